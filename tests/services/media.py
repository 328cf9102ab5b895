"""The hosts that send photos and videos.

The first (lh3.googleusercontent.com in life) knows links; the second
(video-downloads.googleusercontent.com) is where =dv leads, and must never be
shown a token.
"""
import email.utils
import hashlib
import itertools
import re

import clock

PNG = b"\x89PNG\r\n\x1a\n" + bytes(600)
APOLOGY = {"png": (PNG, "image/png"),
           "html": (b"<!doctype html><title>Sorry</title>", "text/html"),
           "json": (b'{"error":{"code":500}}', "application/json")}
SIZES = re.compile(r"([whsm]\d+|c|no|p)(-([whsm]\d+|c|no|p))*$")


class Link:
    def __init__(self, item, private):
        self.item, self.private = item, private
        self.issued = clock.now()


class Media:
    def __init__(self, world):
        self.world, self.switches = world, world.switches
        self.serial = itertools.count(1)

    def link(self, item, part):
        """A new link to an item, good for an hour."""
        path = f"/{part}/{next(self.serial)}-{item.id(part)[4:30]}"
        self.world.state.links[path] = Link(item, part == "ppa")
        return self.world.media_base + path

    def struck(self, item):
        """Whether the switches mean this item."""
        only = self.switches.words("only")
        return not only or item.name in only

    def alive(self, link):
        life = self.switches.number("link_life", 3600)
        return link is not None and clock.now() - link.issued < life

    def first_host(self, send, path, bearer):
        """A link with its =d, =dv or size."""
        path, _, want = path.partition("=")
        link = self.world.state.links.get(path)
        if not self.alive(link) or (
                link.private and self.world.oauth.scopes(bearer) is None):
            return send(403, PNG, "image/png")
        faulty = self.struck(link.item)
        if faulty and self.failed(send):
            return None
        if not want:
            return send(403, PNG, "image/png")
        if want not in ("d", "dv") and not SIZES.match(want):
            return send(400, PNG, "image/png")
        if want == "dv" and not (link.item.video or link.item.movie_at()):
            return send(404, PNG, "image/png")
        if faulty and self.astray(send, path, want):
            return None
        if want == "dv":
            return self.video(send, link)
        return self.photo(send, link.item, want, faulty)

    def failed(self, send):
        """Faults by status, with an image as body."""
        headers = {}
        if self.switches.text("retry_after"):
            headers["Retry-After"] = self.world.retry_after()
        if self.switches.text("media_quota"):
            send(429, PNG, "image/png", **headers)
            return True
        code = self.switches.counted("media_fail")
        if code:
            send(int(code), PNG, "image/png",
                 **(headers if code in ("429", "503") else {}))
        return bool(code)

    def astray(self, send, path, want):
        """Redirects that must not be followed."""
        there = {"loop": f"{self.world.media_base}{path}={want}",
                 "evil": f"{self.world.evil_base}/taken{path}={want}",
                 "http": f"{self.world.plain_base}{path}={want}"}.get(
                     self.switches.text("redirect"))
        if there:
            send(302, Location=there)
        return bool(there)

    def video(self, send, link):
        faulty = self.struck(link.item)
        if faulty and self.switches.text("no_dv"):
            return send(404, PNG, "image/png")
        if self.switches.text("redirect") == "none":
            return self.movie(send, link.item)
        there = f"/videoplayback/{next(self.serial)}"
        self.world.state.links[there] = Link(link.item, False)
        return send(302, Location=self.world.video_base + there)

    def second_host(self, send, path, bearer):
        """Where =dv leads: no token, no ranges."""
        link = self.world.state.links.get(path)
        if bearer:
            return send(400, b"a token was shown to a foreign host")
        if not self.alive(link):
            return send(403, PNG, "image/png")
        return self.movie(send, link.item)

    def movie(self, send, item):
        data, kind = item.bytes()[item.movie_at():], "video/mp4"
        if self.struck(item) and self.switches.text("still"):
            data, kind = self.still(), "image/jpeg"
        return self.body(send, item, data, kind,
                         self.switches.text("video_ranges") or "0", {})

    def still(self):
        return next(i for i in self.world.content.sample
                    if i.mime == "image/jpeg").bytes()

    def photo(self, send, item, want, faulty):
        data, kind, switches = item.bytes(), item.mime, self.switches
        if item.video and switches.text("d_video", "still") == "still":
            data, kind = self.still(), "image/jpeg"
        elif kind == "image/heif" and switches.text("heic") == "jpeg":
            data, kind = self.still(), "image/jpeg"
        elif item.movie_at() and (want != "d" or
                                  switches.text("motion") == "still"):
            data = data[:item.movie_at()]
        if switches.text("reencode") and data.startswith(b"\xff\xd8"):
            text = b"%016d" % next(self.serial)
            data = data[:2] + b"\xff\xfe\x00\x12" + text + data[2:]
        headers = {}
        if switches.text("etag") != "0":
            digest = hashlib.sha256(data).hexdigest()[:16]
            headers["ETag"] = f'"{digest}"'
        if switches.text("modified"):
            headers["Last-Modified"] = email.utils.formatdate(
                1714557630, usegmt=True)
        if switches.text("disposition"):
            headers["Content-Disposition"] = 'inline;filename="photo.jpg"'
        ranges = switches.text("ranges", "1") if faulty else "1"
        return self.body(send, item, data, kind, ranges, headers)

    def body(self, send, item, data, kind, ranges, headers):
        """DATA, or the part asked for, with the faults of the way."""
        struck = self.struck(item)
        if struck and self.switches.text("apology"):
            return send(200, *APOLOGY[self.switches.text("apology")])
        cut = self.switches.counted("cut") if struck else ""
        how = {"cut": int(cut) if cut else None,
               "length": self.switches.counted("length") if struck else "",
               "rate": int(self.switches.number("rate"))}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", send.range or "")
        if ranges == "416" and asked:
            return send(416, PNG, "image/png")
        if ranges not in ("1", "bad") or not asked or (
                send.if_range not in (None, headers.get("ETag"))):
            return send(200, data, kind, **how, **headers)
        first, total = int(asked[1]), len(data)
        last = min(int(asked[2] or total - 1), total - 1)
        if first > last:
            return send(416, b"", kind, **{
                "Content-Range": f"bytes */{total}"})
        said = first + 1 if ranges == "bad" else first
        return send(206, data[first:last + 1], kind, **how, **headers, **{
            "Content-Range": f"bytes {said}-{last}/{total}"})
