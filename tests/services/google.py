#!/usr/bin/env python3
"""A stand-in for Google: Library and Picker API, sign-in, media, over TLS.

usage: google.py --dir DIR [--port N] [--album FOLDER]

Serves one album, "Ezra Backup", made of the files in FOLDER (the sample album
by default). When it listens it writes DIR/env, which points gp at it:

    python3 tests/services/google.py --dir /tmp/google &
    set -a; . /tmp/google/env; set +a
    gp-list --albums

DIR/token holds an access token that it takes, DIR/client_secret.json a client
for gp-auth. DIR/log.ndjson gets a line for each request. A file DIR/set/NAME
is a switch; its content is the value, and it counts from the next request on:

 paging      page_size=N, empty_pages=1 (each second page holds nothing),
             repeat_item=1 (a page begins with the last item of the one
             before), repeat_token=1 (the same token for ever),
             token_life=SECONDS (older page tokens are refused)
 answers     missing=FIELD,... (left out of items), ints=1 / strings=1 (sizes
             as numbers / as text everywhere), processing=FILENAME,...,
             items=N (an album of N photos), foreign=1 (made in the Google
             Photos app: not shown), foreign_code=400|403|404 (what a search
             of a foreign album answers)
 API faults  api_fail=CODE:N (the next N calls), retry_after=SECONDS, quota=1
             (the day's), denied=scope|disabled, unauthorized=N (the next N)
 media       media_fail=CODE:N, cut=BYTES:N (the next N end early),
             ranges=1 (=d resumes; Google does not say whether it does),
             apology=png|html|json (200, but no photo), still=1 (a still for
             a video), no_dv=1 (404 for =dv), d_video=still|video (=d on a
             video), link_life=SECONDS (3600), rate=BYTES a second
 picker      polls=N (Done after so many looks; 0), timeout=SECONDS,
             never=1 (nobody picks), gone=1 (sessions are not known any more),
             too_many=1
 sign-in     deny=1, grant=WORD (only scopes with WORD in them), testing=1
             (dies after 7 days), invalid_grant=1, invalid_client=1
             oauth_fail=CODE:N
 all         delay=SECONDS (before each answer), reset=ANY (forget all state)
"""
import argparse
import base64
import datetime
import hashlib
import http.server
import itertools
import json
import os
import shutil
import ssl
import subprocess
import threading
import time
import urllib.parse
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
TITLE, ALBUM = "Ezra Backup", "ALvcEzraBackup0000000000000000000001"
SCOPE = "https://www.googleapis.com/auth/"
PICKER_SCOPE = SCOPE + "photospicker.mediaitems.readonly"
LIBRARY_SCOPE = SCOPE + "photoslibrary.readonly.appcreateddata"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(600)
TYPES = {".jpg": "image/jpeg", ".heic": "image/heif", ".png": "image/png",
         ".mp4": "video/mp4"}

parser = argparse.ArgumentParser(
    description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--dir", required=True)
parser.add_argument("--port", type=int, default=0)
parser.add_argument(
    "--album", default=os.path.join(HERE, "..", "data", "album"))
args = parser.parse_args()
folder = os.path.abspath(args.dir)

lock = threading.RLock()
serial = itertools.count(1)


class State:
    """What it remembers; a reset begins anew."""

    def __init__(self):
        self.tokens = {}  # access token: scopes
        self.refresh = {}  # refresh token: scopes
        self.codes = {}  # authorization code: the request
        self.sessions = {}  # picking session: looks so far
        self.links = {}  # link: (file, issued, needs a token)
        self.used = {}  # switch: how often it struck
        self.reset = switch("reset")


def switch(name, default=""):
    try:
        with open(f"{folder}/set/{name}", encoding="utf-8") as f:
            return f.read().strip()
    except FileNotFoundError:
        return default


def number(name, default=0):
    return int(switch(name) or default)


def strikes(name, times):
    """Whether a switch that works N times still does."""
    with lock:
        key = (name, switch(name))
        state.used[key] = state.used.get(key, 0) + 1
        return state.used[key] <= times


def fault(name):
    """The code of a CODE:N switch, while it lasts."""
    code, _, times = switch(name).partition(":")
    return int(code) if code and strikes(name, int(times or 1)) else 0


def write(name, data):
    with open(f"{folder}/{name}.new", "wb") as f:
        f.write(data)
    os.rename(f"{folder}/{name}.new", f"{folder}/{name}")


def listed(name):
    return [part for part in switch(name).split(",") if part]


def size_of(path):
    """Width and height, as the names of the sample files have them."""
    return (320, 240) if path.endswith((".heic", ".png", ".mp4")) else (
        480, 360) if "PXL" in path else (640, 480)


def album_items():
    """Name, path, minute of each item, oldest first."""
    names = sorted(os.listdir(args.album))
    count = number("items")
    if count:
        photo = next(n for n in names if n.endswith(".jpg"))
        return [(f"IMG_{i:06}.jpg", os.path.join(args.album, photo), i)
                for i in range(count)]
    return [(n, os.path.join(args.album, n), i + 20)
            for i, n in enumerate(names)]


def item_id(name, api):
    digest = hashlib.sha256((api + name).encode()).digest()
    return ("ALvc" if api == "library" else "AByI") + base64.urlsafe_b64encode(
        digest).decode().rstrip("=")



def link(path, name, api):
    with lock:
        part = "lr" if api == "library" else "ppa"
        key = f"/{part}/{next(serial)}-{item_id(name, api)[:16]}"
        state.links[key] = (path, time.time(), api == "picker", name)
        return base + key


def taken(minute):
    start = datetime.datetime(2024, 5, 1, 10, 0, 30)
    return (start + datetime.timedelta(minutes=minute)).isoformat() + "Z"


def common(name, path, minute, api):
    width, height = size_of(path)
    video = path.endswith(".mp4")
    status = "PROCESSING" if name in listed("processing") else "READY"
    return width, height, video, status, {
        "id": item_id(name, api), "filename": name, "mimeType":
        TYPES[os.path.splitext(path)[1].lower()], "baseUrl":
        link(path, name, api), "time": taken(minute)}


def library_item(name, path, minute):
    width, height, video, status, c = common(name, path, minute, "library")
    spell = int if switch("ints") else str
    kind = ({"video": {"fps": 15, "status": status}} if video else
            {"photo": {"cameraMake": "Sample", "focalLength": 4.20}})
    item = {
        "id": c["id"], "productUrl": "https://photos.google.com/lr/photo/" +
        c["id"], "baseUrl": c["baseUrl"], "mimeType": c["mimeType"],
        "mediaMetadata": {"creationTime": c["time"], "width": spell(width),
                          "height": spell(height), **kind},
        "filename": c["filename"]}
    return leave_out(item, item["mediaMetadata"])


def picked_item(name, path, minute):
    width, height, video, status, c = common(name, path, minute, "picker")
    spell = str if switch("strings") else int
    kind = ({"videoMetadata": {"fps": 15, "processingStatus": status}}
            if video else {"photoMetadata": {"focalLength": 4.20}})
    item = {
        "id": c["id"], "createTime": c["time"],
        "type": "VIDEO" if video else "PHOTO", "mediaFile": {
            "baseUrl": c["baseUrl"], "mimeType": c["mimeType"],
            "mediaFileMetadata": {"width": spell(width), "height":
                                  spell(height), **kind},
            "filename": c["filename"]}}
    return leave_out(item, item["mediaFile"],
                     item["mediaFile"]["mediaFileMetadata"])


def leave_out(item, *parts):
    for name in listed("missing"):
        for part in (item, *parts):
            part.pop(name, None)
    return item


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, code, status, message, **headers):
        super().__init__(message)
        self.code, self.status, self.headers = code, status, headers


def bad(message):
    return Refused(400, "INVALID_ARGUMENT", message)


def page_token(start):
    text = f"{start}.{int(time.time() * 1000)}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def paged(items, make, size, token):
    """A page of items and the token for the next."""
    size = min(size, number("page_size", size))
    start = 0
    if token:
        try:
            text = base64.urlsafe_b64decode(token.encode()).decode()
            start, issued = (int(part) for part in text.split("."))
        except ValueError as error:
            raise bad("Invalid page token.") from error
        if time.time() * 1000 - issued > number("token_life", 3600) * 1000:
            raise bad("The page token has expired.")
    half, answer = start & (1 << 40), {}
    start &= ~(1 << 40)
    if switch("empty_pages") and not half:
        return {"nextPageToken": page_token(start | 1 << 40)}
    chosen = items[start:start + size]
    if switch("repeat_item") and start:
        chosen = [items[start - 1]] + chosen
    if chosen:
        answer["mediaItems"] = [make(*item) for item in chosen]
    if start + size < len(items):
        answer["nextPageToken"] = page_token(start + size)
    if switch("repeat_token"):
        answer["nextPageToken"] = "c2FtZQ=="
    return answer


def page_size(given, default, most):
    try:
        size = int(given or 0)
    except ValueError as error:
        raise bad("Invalid page size.") from error
    if size < 0:
        raise bad("Invalid page size.")
    return min(size or default, most)


def the_album():
    count = len(album_items())
    return {"id": ALBUM, "title": TITLE, "productUrl":
            "https://photos.google.com/lr/album/" + ALBUM,
            "mediaItemsCount": str(count), "isWriteable": True}


def foreign():
    code = number("foreign_code", 400)
    status = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED",
              404: "NOT_FOUND"}[code]
    return Refused(code, status, "Request contains an invalid album id.")


def search(body):
    if body.get("albumId") and body.get("filters"):
        raise bad("albumId and filters can't be set together.")
    if body.get("orderBy") and not body.get("filters"):
        raise bad("orderBy needs a dateFilter.")
    if body.get("albumId") not in (None, ALBUM) or switch("foreign"):
        raise foreign()
    return paged(album_items(), library_item, page_size(
        body.get("pageSize"), 25, 100), body.get("pageToken"))


def batch_get(ids):
    if not ids or len(ids) > 50 or len(set(ids)) < len(ids):
        raise bad("mediaItemIds: between 1 and 50, no repeats.")
    known = {item_id(i[0], "library"): i for i in album_items()}
    return {"mediaItemResults": [
        {"mediaItem": library_item(*known[i])} if i in known else
        {"status": {"code": 5, "message": "Media item not found."}}
        for i in ids]}


def library(method, path, query, body):
    size, token = query.get("pageSize"), query.get("pageToken")
    if (method, path) == ("GET", "/v1/albums"):
        page_size(size, 20, 50)
        return {} if switch("foreign") else {"albums": [the_album()]}
    if method == "GET" and path.startswith("/v1/albums/"):
        if path != "/v1/albums/" + ALBUM or switch("foreign"):
            raise foreign()
        return the_album()
    if (method, path) == ("POST", "/v1/mediaItems:search"):
        return search(body)
    if (method, path) == ("GET", "/v1/mediaItems"):
        if switch("foreign"):
            return {}
        return paged(album_items(), library_item,
                     page_size(size, 25, 100), token)
    if method == "GET" and path.startswith("/v1/mediaItems/"):
        for item in album_items():
            if path == "/v1/mediaItems/" + item_id(item[0], "library"):
                return library_item(*item)
    raise Refused(404, "NOT_FOUND", "Requested entity was not found.")


def session(key):
    polls = number("polls")
    done = state.sessions[key] >= polls and not switch("never")
    answer = {"id": key, "pickerUri": base + "/picker/" + key, "expireTime":
              (datetime.datetime.utcnow() + datetime.timedelta(days=7)
               ).isoformat(timespec="seconds") + "Z",
              "pickingConfig": {"maxItemCount": "2000"}}
    if done:
        return {**answer, "mediaItemsSet": True}
    return {**answer, "pollingConfig": {
        "pollInterval": "0.05s", "timeoutIn": switch("timeout", "1800") + "s"}}


def picker(method, path, query):
    if (method, path) == ("POST", "/v1/sessions"):
        if switch("too_many"):
            raise Refused(429, "RESOURCE_EXHAUSTED", "Too many sessions.")
        key = str(uuid.uuid4())
        state.sessions[key] = 0
        return session(key)
    key = query.get("sessionId") or path.rpartition("/")[2]
    if key not in state.sessions or switch("gone"):
        raise Refused(404, "NOT_FOUND", "Requested entity was not found.")
    if path == "/v1/mediaItems":
        if not session(key).get("mediaItemsSet"):
            raise Refused(400, "FAILED_PRECONDITION",
                          "The user has not picked yet.")
        return paged(album_items(), picked_item, page_size(
            query.get("pageSize"), 50, 100), query.get("pageToken"))
    if method == "DELETE":
        del state.sessions[key]
        return {}
    state.sessions[key] += 1
    return session(key)


def check_faults():
    code = fault("api_fail")
    if code:
        headers = {}
        if switch("retry_after"):
            headers["Retry-After"] = switch("retry_after")
        status = {429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}.get(
            code, "INTERNAL")
        raise Refused(code, status, "Try again later.", **headers)
    if switch("quota"):
        raise Refused(
            429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'All "
            "requests' and limit 'All requests per day' of service "
            "'photoslibrary.googleapis.com' for consumer 'project_number:1'.")
    if switch("denied") == "disabled":
        raise Refused(
            403, "PERMISSION_DENIED", "Photos Library API has not been used "
            "in project 1 before or it is disabled.")


def check_token(token, scope):
    if not token or token not in state.tokens or (
            switch("unauthorized") and
            strikes("unauthorized", number("unauthorized"))):
        raise Refused(401, "UNAUTHENTICATED", "Request had invalid "
                      "authentication credentials. Expected OAuth 2 access "
                      "token, login cookie or other valid authentication "
                      "credential.")
    if scope not in state.tokens[token] or switch("denied") == "scope":
        raise Refused(403, "PERMISSION_DENIED",
                      "Request had insufficient authentication scopes.")


def refused(error, text=""):
    return {"error": error, **({"error_description": text} if text else {})}


def change_code(form, answer):
    asked = state.codes.pop(form.get("code"), None)
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if asked is None or proof != asked.get("code_challenge") or any(
            form.get(n) != asked.get(n) for n in ("redirect_uri", "client_id")):
        return 400, refused("invalid_grant", "Bad Request")
    refresh = f"1//0refresh{next(serial)}"
    state.refresh[refresh] = asked["scope"]
    answer.update(refresh_token=refresh, scope=asked["scope"])
    if switch("testing"):
        answer["refresh_token_expires_in"] = 604799
    return 200, answer


def token_request(form):
    code = fault("oauth_fail")
    if code:
        return code, refused("internal_failure")
    if switch("invalid_client"):
        return 401, refused("invalid_client", "The OAuth client was deleted.")
    if not form.get("client_secret"):
        return 400, refused("invalid_request",
                            "Missing required parameter: client_secret")
    token = f"ya29.access{next(serial)}"
    answer = {"access_token": token, "expires_in": 3599,
              "token_type": "Bearer"}
    code = 400
    if form.get("grant_type") == "authorization_code":
        code, answer = change_code(form, answer)
    elif form.get("grant_type") != "refresh_token":
        answer = refused("unsupported_grant_type", "Invalid grant_type")
    elif switch("invalid_grant") or form.get(
            "refresh_token") not in state.refresh:
        answer = refused("invalid_grant",
                         "Token has been expired or revoked.")
    else:
        code = 200
        answer["scope"] = state.refresh[form["refresh_token"]]
    if code == 200:
        state.tokens[token] = answer["scope"].split()
        write("token", token.encode() + b"\n")
    return code, answer


def revoke(form):
    if state.refresh.pop(form.get("token"), None) is None:
        return 400, refused("invalid_token")
    return 200, {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "ESF"

    def log_message(self, *_):
        pass

    def note(self, status, size):
        line = {"time": time.time(), "method": self.command,
                "host": self.headers.get("Host", ""), "path": self.path,
                "kind": self.kind, "status": status, "bytes": size,
                "token": "Authorization" in self.headers,
                "range": self.headers.get("Range")}
        with lock, open(f"{folder}/log.ndjson", "a", encoding="utf-8") as f:
            f.write(json.dumps(line) + "\n")

    def send(self, code, body=b"", kind="text/html", cut=None, **headers):
        self.note(code, len(body) if cut is None else cut)
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "HEAD":
            return
        rate = number("rate") if self.kind == "media" else 0
        part = body if cut is None else body[:cut]
        for i in range(0, len(part), rate // 10 or len(part) or 1):
            self.wfile.write(part[i:i + (rate // 10 or len(part))])
            if rate:
                time.sleep(0.1)
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)

    def send_json(self, code, tree, **headers):
        self.send(code, json.dumps(tree, indent=2).encode(),
                  "application/json; charset=UTF-8", **headers)

    def bearer(self):
        return (self.headers.get("Authorization") or "").removeprefix(
            "Bearer ")

    def api(self, url, query, body):
        path = url.path
        picking = path.startswith("/v1/sessions") or "sessionId" in query
        try:
            check_faults()
            check_token(self.bearer(),
                        PICKER_SCOPE if picking else LIBRARY_SCOPE)
            with lock:
                if picking:
                    answer = picker(self.command, path, query)
                elif path == "/v1/mediaItems:batchGet":
                    answer = batch_get(urllib.parse.parse_qs(
                        url.query).get("mediaItemIds", []))
                else:
                    answer = library(self.command, path, query, body)
            self.send_json(200, answer)
        except Refused as r:
            self.send_json(r.code, {"error": {
                "code": r.code, "message": str(r), "status": r.status}},
                **{n.replace("-", "_"): v for n, v in r.headers.items()})

    def oauth(self, path, query, form):
        if path == "/o/oauth2/v2/auth":
            return self.consent(query)
        with lock:
            code, answer = (token_request if path == "/token" else revoke)(
                form)
        return self.send_json(code, answer)

    def consent(self, query):
        """The person says yes, or as the switches have it."""
        need = ("client_id", "redirect_uri", "state", "code_challenge")
        if any(not query.get(n) for n in need) or query.get(
                "response_type") != "code":
            return self.send(400, b"Error 400: invalid_request")
        answer = {"state": query["state"], "error": "access_denied"}
        if not switch("deny"):
            scopes = " ".join(s for s in query["scope"].split()
                              if switch("grant") in s)
            with lock:
                code = f"4/0Acode{next(serial)}"
                state.codes[code] = dict(query, scope=scopes)
            answer = {"state": query["state"], "code": code, "scope": scopes}
        back = query["redirect_uri"] + "/?" + urllib.parse.urlencode(answer)
        return self.send(302, Location=back)

    def media(self, path):
        key, _, want = path.partition("=")
        path, issued, private, name = state.links.get(key, (None, 0, 0, ""))
        if path is None or time.time() - issued > number("link_life", 3600):
            return self.send(403, PNG, "image/png")
        if private and self.bearer() not in state.tokens:
            return self.send(403, PNG, "image/png")
        code = fault("media_fail")
        if code:
            return self.send(code, PNG, "image/png")
        if not want or (want == "dv" and switch("no_dv")):
            return self.send(404, PNG, "image/png")
        video = path.endswith(".mp4")
        if want == "dv" and video:
            with lock:
                there = f"/videoplayback/{next(serial)}"
                state.links[there] = (path, time.time(), False, name)
            return self.send(302, Location=elsewhere + there)
        return self.body(path, video and switch("d_video", "still") == "still")

    def body(self, path, still, resumes=False):
        apology = switch("apology")
        if apology:
            return self.send(200, *{
                "png": (PNG, "image/png"),
                "html": (b"<!doctype html><title>Sorry</title>", "text/html"),
                "json": (b'{"error":{"code":500}}', "application/json"),
            }[apology])
        if still or switch("still"):
            path = next(i[1] for i in album_items() if i[1].endswith(".jpg"))
        with open(path, "rb") as f:
            data = f.read()
        kind = TYPES[os.path.splitext(path)[1].lower()]
        cut, _, times = switch("cut").partition(":")
        cut = int(cut) if cut and strikes("cut", int(times or 1)) else None
        start = (self.headers.get("Range") or "").removeprefix("bytes=")
        if (resumes or switch("ranges")) and start.endswith("-"):
            first = int(start[:-1])
            return self.send(206, data[first:], kind, cut, Content_Range=
                             f"bytes {first}-{len(data) - 1}/{len(data)}",
                             ETag='"1"')
        if switch("ranges"):
            return self.send(200, data, kind, cut, ETag='"1"')
        return self.send(200, data, kind, cut)

    def video(self, path):
        path, *_ = state.links.get(path, (None,))
        if path is None:
            return self.send(403, PNG, "image/png")
        return self.body(path, False)

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with lock:
            if switch("reset") != state.reset:
                begin()
        time.sleep(float(switch("delay", "0")))
        if url.path.startswith("/v1/"):
            self.kind = "api"
            return self.api(url, query, json.loads(text or b"{}"))
        if url.path in ("/token", "/revoke", "/o/oauth2/v2/auth"):
            self.kind = "oauth"
            return self.oauth(url.path, query, dict(
                urllib.parse.parse_qsl(text.decode())))
        self.kind = "media"
        if url.path.startswith("/videoplayback/"):
            return self.video(url.path)
        if url.path.startswith(("/lr/", "/ppa/")):
            return self.media(url.path)
        self.kind = "other"
        return self.send(404, b"<!DOCTYPE html><title>Error 404</title>")

    do_GET = do_POST = do_DELETE = do_HEAD = answer


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that leave are the point


def begin():
    """All as at the start: one token that may do everything."""
    global state
    state = State()
    state.tokens["ya29.sample"] = [PICKER_SCOPE, LIBRARY_SCOPE]
    write("token", b"ya29.sample\n")


def certificate():
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
         "-days", "30", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
         folder + "/key.pem", "-out", folder + "/cert.pem"],
        check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    return context


shutil.rmtree(folder + "/set", ignore_errors=True)
os.makedirs(folder + "/set")
state = None
begin()
server = Server(("127.0.0.1", args.port), Handler)
server.socket = certificate().wrap_socket(
    server.socket, server_side=True, do_handshake_on_connect=False)
base = f"https://localhost:{server.server_port}"
elsewhere = f"https://127.0.0.1:{server.server_port}"
write("log.ndjson", b"")
write("client_secret.json", json.dumps({"installed": {
    "client_id": "1-sample.apps.googleusercontent.com", "client_secret":
    "GOCSPX-sample", "redirect_uris": ["http://localhost"]}}).encode())
write("env", f"""GP_LIBRARY_URL={base}
GP_PICKER_URL={base}
GP_AUTH_URL={base}/o/oauth2/v2/auth
GP_TOKEN_URL={base}/token
GP_MEDIA_HOSTS='localhost 127.0.0.1'
GP_CA_FILE='{folder}/cert.pem'
GP_TOKEN_CMD="cat '{folder}/token'"
""".encode())
server.serve_forever()
