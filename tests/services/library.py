"""What Google holds, and the Library API's ways to ask for it."""
import base64
import datetime
import hashlib
import json
import os
import struct

import clock

TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".heic": "image/heif",
         ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
         ".mp4": "video/mp4"}
TINY = base64.b64decode(  # a grey JPEG of one pixel
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRof"
    "Hh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAHwAA"
    "AQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQR"
    "BRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RF"
    "RkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ip"
    "qrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEB"
    "AAA/APn+v//Z")

# Titles and names as people and phones write them, and worse.
HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "a/b.jpg", "..", ".", ".hidden.jpg",
    "-rf", "-n.jpg", "IMG_1.jpg", "img_1.JPG", "IMG_1.jpg", "caf\u00e9.jpg",
    "cafe\u0301.jpg", "\u1e9e.jpg", "ss.jpg", "n" * 300 + ".jpg",
    "\u65e5" * 120 + ".jpg", "tab\there.jpg", "line\nbreak.jpg",
    "bell\x07.jpg", "nul\x00byte.jpg", "\x7f.jpg", "\U0001f600.jpg",
    "\u202egpj.exe", "back\\slash.jpg", "CON", "aux.jpg", "a:b*c?.jpg",
    'quo"te.jpg', "SHA256SUMS", " blanks .jpg ", "dot.", "",
]


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, code, status, message, reason=None, **headers):
        super().__init__(message)
        self.code, self.status = code, status
        self.reason, self.headers = reason, headers

    def tree(self):
        error = {"code": self.code, "message": str(self),
                 "status": self.status}
        if self.reason:
            error["details"] = [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": self.reason, "domain": "photos.googleapis.com"}]
        return {"error": error}


def bad(message):
    return Refused(400, "INVALID_ARGUMENT", message)


def not_found():
    return Refused(404, "NOT_FOUND", "Requested entity was not found.")


def box_size(data, kind, at):
    """Two 32-bit numbers AT bytes into the largest box of a kind."""
    found, start = [(0, 0)], data.find(kind)
    while start >= 0:
        found.append(struct.unpack_from(">II", data, start + at))
        start = data.find(kind, start + 4)
    return max(found)


def jpeg_size(data):
    at = 2
    while at + 9 < len(data):
        marker, length = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if marker in (0xc0, 0xc1, 0xc2):
            return struct.unpack_from(">HH", data, at + 5)[::-1]
        at += 2 + length[0]
    return 0, 0


def picture_size(data):
    """Width and height, or zeros."""
    if data.startswith(b"\xff\xd8"):
        return jpeg_size(data)
    if data.startswith(b"\x89PNG"):
        return struct.unpack_from(">II", data, 16)
    if data.startswith(b"GIF8"):
        return struct.unpack_from("<HH", data, 6)
    if data[8:12] == b"WEBP" and data[12:16] == b"VP8 ":
        return struct.unpack_from("<HH", data, 26)
    if data[4:11] == b"ftyphei":
        return box_size(data, b"ispe", 8)
    return tuple(n >> 16 for n in box_size(data, b"tkhd", 80))


class Item:
    """A photo or video: a file, or bytes made from its number."""

    def __init__(self, name, minute, path=None, number=0, size=0, told=None):
        self.name, self.path, self.number, self.size = (
            name, path, number, size)
        start = datetime.datetime(2024, 5, 1, 10, 0, 30)
        taken = start + datetime.timedelta(minutes=minute)
        self.key = name if path else f"{name}/{number}"
        self.taken = taken.isoformat() + "Z"
        self.mime = TYPES[os.path.splitext(path or "x.jpg")[1].lower()]
        self.video = self.mime.startswith("video/")
        self.width, self.height = (
            picture_size(self.bytes()) if path else (1, 1))
        self.told = told or {}
        self.taken = self.told.get("creationTime", self.taken)

    def bytes(self):
        if self.path:
            with open(self.path, "rb") as f:
                return f.read()
        text = b"made photo %d %s" % (self.number, self.name.encode())
        fill = max(self.size - len(TINY) - len(text) - 4, 0)
        parts = [text + b"." * min(fill, 60000)]
        fill -= 60000
        while fill > 4:
            parts.append(b"." * min(fill - 4, 60000))
            fill -= 60004
        return TINY[:2] + b"".join(
            struct.pack(">HH", 0xfffe, len(p) + 2) + p
            for p in parts) + TINY[2:]

    def movie_at(self):
        """Where the video of a motion photo begins, or 0."""
        if self.mime != "image/jpeg" or not self.path:
            return 0
        return max(self.bytes().find(b"ftyp", 1000) - 4, 0)

    def id(self, api):
        digest = hashlib.sha256((api + self.key).encode()).digest()
        head = {"library": "ALvc", "picker": "AByI"}.get(api[:7], "AByI")
        return head + base64.urlsafe_b64encode(digest).decode().rstrip("=")


class Album:
    def __init__(self, title, items, foreign=False):
        digest = hashlib.sha256(("album" + title).encode()).digest()
        self.id = "ALvcAlbum" + base64.urlsafe_b64encode(
            digest).decode().rstrip("=")
        self.title, self.items, self.foreign = title, items, foreign


def folder_items(folder, start, told):
    return [Item(name, start + i, os.path.join(folder, name),
                 told=told.get(name))
            for i, name in enumerate(sorted(os.listdir(folder)))
            if os.path.splitext(name)[1].lower() in TYPES]


class Content:
    """All albums."""

    def __init__(self, world, args):
        self.world, self.made, self.kept = world, {}, {}
        told = {}
        if args.describe:
            with open(args.describe, encoding="utf-8") as f:
                told = json.load(f)
        self.sample = folder_items(args.album_dir, 20, told)
        more = []
        if args.more_dir and os.path.isdir(args.more_dir):
            more = folder_items(args.more_dir, 90, told)
        hostile = [Item(n, i - 1000, number=i, size=400)
                   for i, n in enumerate(HOSTILE)]
        self.albums = [
            Album("Ezra Backup", self.sample),
            Album("\u042d\u0437\u0440\u0430 & Caf\u00e9", self.sample[:2] +
                  more),
            Album("Empty", []),
            Album("../../etc/passwd", hostile),
            Album("-rf /", hostile[:1]),
            Album("Made in the app", self.sample[:1], foreign=True)]
        if args.synthetic:
            count, _, size = args.synthetic.partition("x")
            self.albums.append(
                Album("Synthetic", self.many(int(count), int(size or 0))))

    def many(self, count, size=0):
        """COUNT made photos; made once, as they are many."""
        if (count, size) not in self.made:
            self.made = {(count, size): [
                Item(f"IMG_{i:06}.jpg", 20 + i, number=i, size=size)
                for i in range(count)]}
        return self.made[count, size]

    def visible(self):
        """Albums that this app made."""
        if self.world.switches.text("foreign"):
            return []
        if self.made_items():
            return self.albums[:1]
        return [a for a in self.albums if not a.foreign]

    def made_items(self):
        return int(self.world.switches.number("items"))

    def of(self, album):
        count = self.made_items()
        if count and album is self.albums[0]:
            return self.many(count)
        return album.items

    def all_items(self):
        """Each item once, newest first."""
        return self.sorted_items()[0]

    def by_id(self):
        return self.sorted_items()[1]

    def sorted_items(self):
        """All items, and the same by id; kept, as they may be many."""
        key = (self.world.switches.text("foreign"), self.made_items())
        if key not in self.kept:
            items = {i.key: i for a in self.visible() for i in self.of(a)}
            items = sorted(items.values(), key=lambda i: i.taken,
                           reverse=True)
            self.kept = {key: (items, {i.id("library"): i for i in items})}
        return self.kept[key]


def page_size(given, default, most):
    """How many are asked for; more than the most is taken for the most."""
    try:
        size = int(given or 0)
    except (TypeError, ValueError) as error:
        raise bad("Invalid value at 'page_size' (TYPE_INT32)") from error
    if size < 0:
        raise bad("Request contains an invalid argument.")
    return min(size or default, most)


class Pages:
    """One listing's pages; BINDING is what must not change between them."""

    def __init__(self, world, size, binding):
        self.switches = world.switches
        self.since = world.state.tokens_since
        self.size = min(size, int(self.switches.number("page_size", size)))
        text = json.dumps([binding, size], sort_keys=True)
        self.check = hashlib.sha256(text.encode()).hexdigest()[:12]

    def token(self, start, half=0, same=False):
        issued = 0 if same else int(clock.now() * 1000)
        text = f"type.googleapis.com/ListRequest {start} {half} {issued} "
        return base64.urlsafe_b64encode((text + self.check).encode()).decode()

    def read(self, token):
        try:
            text = base64.urlsafe_b64decode(token.encode()).decode()
            start, half, issued = (int(p) for p in text.split()[1:4])
            if text.split()[4] != self.check or start < 0:
                raise ValueError
        except (ValueError, IndexError) as error:
            raise bad("Request contains an invalid argument.") from error
        life = self.switches.number("token_life", 3600)
        if issued and (issued < self.since * 1000 or
                       clock.now() * 1000 - issued > life * 1000):
            raise bad("The page token has expired.")
        return start, half

    def cut(self, things, name, make, token):
        """A page of THINGS as {NAME: [...], "nextPageToken": ...}."""
        start, half = self.read(token) if token else (0, 0)
        if self.switches.text("empty_pages") and not half:
            return {"nextPageToken": self.token(start, 1)}
        first = start
        if self.switches.text("repeat_item") and start:
            first -= 1
        chosen = [make(t) for t in things[first:start + self.size]]
        answer = {name: chosen} if chosen else {}
        if self.switches.text("repeat_token"):
            answer["nextPageToken"] = self.token(self.size, 1, same=True)
        elif start + self.size < len(things):
            answer["nextPageToken"] = self.token(start + self.size)
        return answer


def leave_out(switches, item, *parts):
    for name in switches.words("missing"):
        for part in (item, *parts):
            part.pop(name, None)
    return item


def video_status(switches, item):
    for status in ("processing", "failed"):
        if item.name in switches.words(status):
            return status.upper()
    return "READY"


def sizes(item, spell):
    """proto3: what is zero is not there."""
    return {n: spell(v) for n, v in (
        ("width", item.width), ("height", item.height)) if v}


class Library:
    def __init__(self, world):
        self.world, self.switches = world, world.switches

    def item(self, item):
        if item.video:
            kind = {"video": {"fps": 15.0, "status":
                              video_status(self.switches, item)}}
        else:
            kind = {"photo": {"cameraMake": "Sample", "focalLength": 4.2,
                              "isoEquivalent": 50, "exposureTime": "0.0333s"}}
        key = item.id("library")
        spell = int if self.switches.text("ints") else str
        meta = {"creationTime": item.taken, **sizes(item, spell), **kind}
        tree = {"id": key, "productUrl":
                "https://photos.google.com/lr/photo/" + key, "baseUrl":
                self.world.media.link(item, "lr"), "mimeType": item.mime,
                "mediaMetadata": meta, "filename": item.name}
        if item.told.get("description"):
            tree["description"] = item.told["description"]
        if self.switches.text("described"):
            tree["description"] = "x" * int(self.switches.number("described"))
        if not item.name:
            del tree["filename"]
        return leave_out(self.switches, tree, meta)

    def album(self, album):
        items = self.world.content.of(album)
        tree = {"id": album.id, "title": album.title, "productUrl":
                "https://photos.google.com/lr/album/" + album.id,
                "isWriteable": True, "coverPhotoBaseUrl":
                self.world.media_base + "/lr/cover"}
        if items:
            tree.update(mediaItemsCount=str(len(items)),
                        coverPhotoMediaItemId=items[0].id("library"))
        return tree

    def foreign(self):
        code = self.switches.text("foreign_code", "400")
        return {"400": bad("Request contains an invalid argument."),
                "403": Refused(403, "PERMISSION_DENIED",
                               "The caller does not have permission"),
                "404": not_found()}.get(code, not_found())

    def find(self, key):
        for album in self.world.content.visible():
            if album.id == key:
                return album
        raise self.foreign()

    def search(self, body):
        key, filters = body.get("albumId"), body.get("filters")
        if key and filters:
            raise bad("Request must not contain both album_id and filters.")
        if body.get("orderBy") and not (filters or {}).get("dateFilter"):
            raise bad("order_by needs a date filter.")
        size = page_size(body.get("pageSize"), 25, 100)
        if not key:
            items = self.world.content.all_items()
        else:
            try:
                items = self.world.content.of(self.find(key))
            except Refused:
                if self.switches.text("foreign_code") == "empty":
                    return {}
                raise
        rest = {k: v for k, v in body.items()
                if k not in ("pageToken", "pageSize")}
        return Pages(self.world, size, ["search", rest]).cut(
            items, "mediaItems", self.item, body.get("pageToken"))

    def batch_get(self, ids):
        if not ids or len(ids) > 50 or len(set(ids)) < len(ids):
            raise bad("Request contains an invalid argument.")
        known = self.world.content.by_id()
        return {"mediaItemResults": [
            {"mediaItem": self.item(known[i])} if i in known else
            {"status": {"code": 5, "message":
                        "Requested entity was not found."}}
            for i in ids]}

    def get_item(self, key):
        known = self.world.content.by_id()
        if key not in known:
            raise self.foreign()
        return self.item(known[key])

    def answer(self, method, path, query, body):
        """The tree for one call; None: there is no such path."""
        first = {k: v[0] for k, v in query.items()}
        token, size = first.get("pageToken"), first.get("pageSize")
        if method == "GET" and path == "/v1/albums":
            return Pages(self.world, page_size(size, 20, 50), "albums").cut(
                self.world.content.visible(), "albums", self.album, token)
        if method == "GET" and path.startswith("/v1/albums/"):
            return self.album(self.find(path[len("/v1/albums/"):]))
        if method == "POST" and path == "/v1/mediaItems:search":
            return self.search(body)
        if method == "GET" and path == "/v1/mediaItems:batchGet":
            return self.batch_get(query.get("mediaItemIds", []))
        if method == "GET" and path == "/v1/mediaItems":
            return Pages(self.world, page_size(size, 25, 100), "items").cut(
                self.world.content.all_items(), "mediaItems", self.item,
                token)
        if method == "GET" and path.startswith("/v1/mediaItems/"):
            return self.get_item(path[len("/v1/mediaItems/"):])
        return None
