#!/usr/bin/env python3
"""A media host over TLS that fails as told, for gp-fetch.

usage: mediahost.py DIR

The path names what happens: /BEHAVIOUR/anything=d. DIR/log gets a line for
each request (at= in milliseconds, by a clock that nobody sets), DIR/env what a shell needs to ask it, DIR/photo.jpg and
DIR/video.mp4 are what it sends. /v1/ is a little of Google's APIs: batchGet
and a picking session's page, giving links that work (/fresh/N/ID, N counts
the links issued). DIR/token holds the token it takes.

The stand-in for Google (services/google.py) behaves; this one breaks in the
ways that a server of Google's would not own up to.
"""
import collections
import http.server
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse

folder = sys.argv[1]
TESTS = os.path.dirname(os.path.abspath(__file__))
TLS = TESTS + "/services/tls"
# the system's certificates take each client a tenth of a second to read
NOBODY = TESTS + "/data/nobody.pem"
lock = threading.Lock()
asked = collections.Counter()
issued = collections.Counter()
noise = bytes((i * 7 + i // 251) % 256 for i in range(3_000_000))
PHOTO = b"\xff\xd8\xff\xe0" + noise
VIDEO = b"\0\0\0\x18ftypmp42" + noise
DATE = "Wed, 01 May 2024 10:20:30 GMT"
SMALL = PHOTO[:20_000]  # where many are asked for
OTHER = b"\xff\xd8\xff\xe0" + noise[::-1]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)
BODIES = {
    "photo": PHOTO,
    "small": SMALL,
    "video": VIDEO,
    "png": PNG,
    "heic": b"\0\0\0\x18ftypheic" + noise[:1000],
    "empty": b"",
    "html": b"<!doctype html><html><title>Sorry</title></html>",
    "json": b'{"error":{"code":500}}',
    "text": b"sorry, not now",
}
DAILY = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message":
         "Quota exceeded for quota metric 'All requests' and limit 'All "
         "requests per day' of service 'photoslibrary.googleapis.com'"}}


def write(name, data):
    with open(os.path.join(folder, name + ".new"), "wb") as f:
        f.write(data)
    os.rename(os.path.join(folder, name + ".new"), os.path.join(folder, name))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def send(self, code, body=b"", length=None, **headers):
        self.send_response(code)
        self.send_header("Content-Length",
                         str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        if length is not None:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)

    def send_json(self, tree, code=200):
        self.send(code, json.dumps(tree).encode())

    def start(self):
        """The byte that Range asks from."""
        m = re.match(r"bytes=(\d+)-", self.headers.get("Range") or "")
        return int(m[1]) if m else 0

    def cut(self, how, times=3):
        """Every 700 kB the connection ends; how: what Range is worth."""
        start, total = self.start(), len(PHOTO)
        headers = {} if how == "plain" else {
            "ETag": 'W/"v1"' if how == "weak" else '"v1"'}
        if how == "changed" and self.count > 1:
            headers["ETag"] = '"v2"'
        code = 200
        if start and how == "416":
            return self.send(416)
        if start and how not in ("ignores", "changed"):
            code = 206
            first = start + 1 if how == "shifted" else start
            size = total + 1 if how == "grown" else total
            headers["Content_Range"] = f"bytes {first}-{size - 1}/{size}"
            start = first
        body = PHOTO[start:] if code == 206 else PHOTO
        if self.count <= times:
            return self.send(code, body[:700_000], len(body), **headers)
        return self.send(code, body, **headers)

    def chunks(self, whole):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(0, len(PHOTO), 500_000):
            if i and not whole:
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(2)
                return
            part = PHOTO[i:i + 500_000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def unbounded(self):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(PHOTO)
        self.close_connection = True

    def gated(self, gate, name="ETag", value='"v1"'):
        """Half, and the rest when the file is there."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(PHOTO)))
        self.send_header(name, value)
        self.end_headers()
        self.wfile.write(PHOTO[:1_600_000])
        self.wfile.flush()
        while not os.path.exists(os.path.join(folder, gate)):
            time.sleep(0.02)
        self.wfile.write(PHOTO[1_600_000:])

    def resumed(self, gate):
        """As gated, but what is asked from a byte on comes at once."""
        start = self.start()
        if not start:
            return self.gated(gate)
        return self.send(206, PHOTO[start:], ETag='"v1"', Content_Range=
                         f"bytes {start}-{len(PHOTO) - 1}/{len(PHOTO)}")

    def other(self, etag):
        """Another photo of the same size, from any byte on, whatever If-Range
        asks."""
        start = self.start()
        headers = {"etag": {"ETag": '"v2"'},
                   "dated": {"Last-Modified": DATE}}.get(etag, {})
        if not start:
            return self.send(200, OTHER, **headers)
        return self.send(206, OTHER[start:], **headers, Content_Range=
                         f"bytes {start}-{len(OTHER) - 1}/{len(OTHER)}")

    def swapped(self, how, gate=None):
        """Half of a photo, then the rest of another one, whatever If-Range
        asks; how: what the two answers tell them apart by."""
        first, later = {
            "forgotten": ({"ETag": '"v1"'}, {}),
            "undated": ({"Last-Modified": DATE}, {}),
            "weakless": ({"ETag": 'W/"v1"'}, {}),
            "weak": ({"ETag": 'W/"v1"'}, {"ETag": 'W/"v2"'})}[how]
        if self.count == 1 and gate:
            (name, value), = first.items()
            return self.gated(gate, name, value)
        if self.count == 1:
            return self.send(200, PHOTO[:1_600_000], len(PHOTO), **first)
        start = self.start()
        if not start:
            return self.send(200, OTHER, **later)
        return self.send(206, OTHER[start:], **later, Content_Range=
                         f"bytes {start}-{len(OTHER) - 1}/{len(OTHER)}")

    def fresh(self, number, item):
        # one that was issued stays good, as Google's do for an hour
        if int(number) > issued[item] or item.startswith("refused"):
            return self.send(403, PNG)
        if item.startswith("picked") and not self.signed_in():
            return self.send(403, PNG)
        return self.send(200, SMALL if item.startswith("small") else PHOTO)

    def busy(self, code, times, **headers):
        if self.count <= times:
            return self.send(code, b"busy", **headers)
        return self.send(200, PHOTO)

    def signed_in(self):
        with open(os.path.join(folder, "token"), encoding="utf-8") as f:
            token = f.read().strip()
        return self.headers.get("Authorization") == "Bearer " + token

    def link(self, item):
        with lock:
            issued[item] += 1
            return f"{base}/fresh/{issued[item]}/{item}"

    def batch_get(self, query):
        ids = query["mediaItemIds"]
        if len(ids) > 50 or len(set(ids)) < len(ids) or (
                len(ids) > 1 and "poison" in ids):
            return self.send_json({"error": {"code": 400, "message": "no",
                                   "status": "INVALID_ARGUMENT"}}, 400)
        return self.send_json({"mediaItemResults": [
            {"status": {"code": 5, "message": "not found"}}
            if i.startswith("gone") else
            {"mediaItem": {"id": i, "baseUrl": self.link(i)}} for i in ids]})

    def api(self, url):
        if not self.signed_in():
            return self.send_json({"error": {"code": 401, "status":
                                   "UNAUTHENTICATED"}}, 401)
        query = urllib.parse.parse_qs(url.query)
        if url.path == "/v1/mediaItems:batchGet":
            return self.batch_get(query)
        if url.path == "/v1/mediaItems" and query["sessionId"] != ["over"]:
            return self.send_json({"mediaItems": [
                {"id": i, "mediaFile": {"baseUrl": self.link(i)}}
                for i in ("picked1", "picked2")]})
        return self.send_json({"error": {"code": 404}}, 404)

    def answer(self):
        url = urllib.parse.urlsplit(self.path)
        with lock:
            asked[self.path] += 1
            self.count = asked[self.path]
            with open(os.path.join(folder, "log"), "a",
                      encoding="utf-8") as f:
                print(self.command, self.path,
                      "host=" + self.headers["Host"].partition(":")[0],
                      "token=" + (self.headers.get("Authorization") or "no"),
                      "range=" + (self.headers.get("Range") or "no"),
                      "if-range=" + (self.headers.get("If-Range") or "no"),
                      "at=" + str(time.monotonic_ns() // 1_000_000),
                      file=f)
        what = url.path.split("=")[0].split("/")[1:]
        kind, rest = what[0], what[1:]
        if kind == "v1":
            return self.api(url)
        if kind in BODIES:
            return self.send(200, BODIES[kind])
        if kind.isdigit():
            return self.send(int(kind), PNG)
        return {
            "cut": lambda: self.cut(rest[0]),
            "cut-always": lambda: self.send(200, b"", 1000),
            "chunked": lambda: self.chunks(True),
            "chunked-cut": lambda: self.chunks(self.count > 3),
            "unbounded": self.unbounded,
            "gated": lambda: self.gated(rest[0]),
            "bare": lambda: self.gated(rest[0], "X-Nothing", "said"),
            "dated": lambda: self.gated(rest[0], "Last-Modified", DATE),
            "other": lambda: self.other(rest[0]),
            "swapped": lambda: self.swapped(rest[0]),
            "swapped-gated": lambda: self.swapped(rest[0], rest[1]),
            "resumed": lambda: self.resumed(rest[0]),
            "fresh": lambda: self.fresh(*rest),
            "busy": lambda: self.busy(int(rest[0]), int(rest[1])),
            "later": lambda: self.busy(503, 1, Retry_After="2"),
            "quota": lambda: self.send_json(DAILY, 429),
            "unsigned": lambda: self.send(200, PHOTO) if self.signed_in()
            else self.send(403 if rest[0] == "403" else 401, PNG),
            "to-loopback": lambda: self.send(
                302, Location=base.replace("localhost", "127.0.0.1") +
                "/photo/moved"),
            "to-elsewhere": lambda: self.send(
                302, Location="https://photos.example/"),
            "to-file": lambda: self.send(302, Location="file:///etc/passwd"),
            "to-itself": lambda: self.send(302, Location=self.path),
        }[kind]()

    do_GET = do_DELETE = answer


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(TLS + "/server.pem", TLS + "/server.key")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request, address):
        pass  # clients that leave are the point


server = Server(("127.0.0.1", 0), Handler)
server.socket = tls.wrap_socket(server.socket, server_side=True,
                                do_handshake_on_connect=False)
base = f"https://localhost:{server.server_port}"
write("photo.jpg", PHOTO)
write("video.mp4", VIDEO)
write("other.jpg", OTHER)
write("log", b"")
write("token", b"token-1\n")
write("env", f"""HOST_URL={base}
GP_LIBRARY_URL={base}
GP_PICKER_URL={base}
GP_CA_FILE={TLS}/ca.pem
SSL_CERT_FILE='{NOBODY}'
GP_MEDIA_HOSTS='localhost 127.0.0.1'
""".encode())
server.serve_forever()
