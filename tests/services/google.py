#!/usr/bin/env python3
"""A stand-in for Google: Library and Picker API, sign-in, media, over TLS.

    python3 tests/services/google.py --dir /tmp/google --daemon
    set -a; . /tmp/google/env; set +a
    gp-list --albums
    kill "$(cat /tmp/google/pid)"

In DIR: env (points gp at it), token (an access token that it takes),
client_secret.json and web_secret.json (for gp-auth), pid, log.ndjson (a line
for each request), errors (if it has a mistake of its own). Albums: "Ezra
Backup" (the sample album), one that shares photos with it, an empty one, two
with hostile names, one that was made in the Google Photos app and is therefore
not shown, and with --synthetic "Synthetic".

A switch NAME=VALUE is set by --set, by writing DIR/set/NAME, or by
    curl -X POST "$GP_TEST_CONTROL/set?NAME=VALUE&..."
and counts from the next request on. A person and time are played by
    curl -X POST "$GP_TEST_CONTROL/pick"            (?count=N: picks, Done)
                 .../expire-links  .../expire-pages  .../expire-tokens
                 .../end-sessions  .../revoke        (refresh tokens)
                 .../reset         (switches off, all forgotten, log empty)
    curl "$GP_TEST_CONTROL/state"                   (as JSON)

switches:
"""
import argparse
import email.utils
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import sys
import threading
import time
import traceback
import urllib.parse

sys.dont_write_bytecode = True  # nothing is written outside DIR

import clock
from faults import NAMES, Switches, help_text
from library import Content, Library, Refused
from media import Media
from oauth import CLIENT, LIBRARY_SCOPE, OAuth, PICKER_SCOPE, SECRET
from picker import Picker

HERE = os.path.dirname(os.path.abspath(__file__))
API, MEDIA, VIDEO, EVIL = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.66"
PAGE_404 = b"<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1" \
    b"</title><p><b>404.</b> <ins>That's an error.</ins>"
STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED",
          403: "PERMISSION_DENIED", 404: "NOT_FOUND",
          429: "RESOURCE_EXHAUSTED", 502: "UNAVAILABLE", 503: "UNAVAILABLE",
          504: "DEADLINE_EXCEEDED"}
LOGIN = "See https://developers.google.com/identity/sign-in/web/devconsole-" \
    "project."


class State:
    """What it remembers; a reset begins anew."""

    def __init__(self, mark):
        scopes = [PICKER_SCOPE, LIBRARY_SCOPE]
        self.tokens = {"ya29.sample": (scopes, float("inf"))}
        self.refresh = {}  # refresh token: scopes
        self.codes = {}  # authorization code: the request
        self.sessions = {}  # picking sessions by id
        self.links = {}  # links by path
        self.tokens_since = 0  # page tokens issued earlier are dead
        self.mark = mark  # the switch "reset" as it was


class World:
    """All parts, for each other."""

    def __init__(self, args):
        self.folder = os.path.abspath(args.dir)
        self.lock = threading.RLock()
        self.held = 0
        shutil.rmtree(self.folder + "/set", ignore_errors=True)
        os.makedirs(self.folder + "/set")
        self.switches = Switches(self.folder)
        self.content = Content(self, args)
        self.library, self.picker = Library(self), Picker(self)
        self.oauth, self.media = OAuth(self), Media(self)
        self.begin()

    def begin(self):
        for held in pathlib.Path(self.folder).glob("held-*"):
            held.unlink()
        self.held = 0
        self.state = State(self.switches.text("reset"))
        self.write("token", b"ya29.sample\n")

    def write(self, name, data):
        path = f"{self.folder}/{name}"
        with open(path + ".new", "wb") as f:
            f.write(data)
        os.rename(path + ".new", path)

    def note(self, line):
        with self.lock, open(self.folder + "/log.ndjson", "a",
                             encoding="utf-8") as f:
            f.write(json.dumps(line) + "\n")

    def retry_after(self):
        value = self.switches.text("retry_after")
        if value.startswith("date:"):
            return email.utils.formatdate(
                clock.now() + float(value[5:]), usegmt=True)
        return value

    def limited(self, code, status, message):
        """A refusal that may carry Retry-After."""
        value = self.retry_after() if code in (429, 503) else ""
        return Refused(code, status, message,
                       **({"Retry-After": value} if value else {}))

    def check_faults(self, picking):
        """Raises what the switches order."""
        switches = self.switches
        service = "photos" + ("picker" if picking else "library")
        quota = ("Quota exceeded for quota metric 'All requests' and limit "
                 "'All requests per {}' of service '" + service +
                 ".googleapis.com' for consumer 'project_number:1'.")
        code = int(switches.counted("api_fail") or 0)
        if code:
            raise self.limited(code, STATUS.get(code, "INTERNAL"),
                               "Internal error encountered." if code == 500
                               else "The service is currently unavailable.")
        if switches.text("quota"):
            raise self.limited(429, STATUS[429], quota.format("day"))
        if switches.next("minute_quota"):
            raise self.limited(429, STATUS[429],
                               quota.format("minute per user"))
        if switches.text("denied") == "disabled":
            name = "Picker" if picking else "Library"
            raise Refused(
                403, STATUS[403], f"Photos {name} API has not been used in "
                "project 1 before or it is disabled. Enable it by visiting "
                "https://console.developers.google.com/apis/api/" + service +
                ".googleapis.com/overview?project=1 then retry.",
                "SERVICE_DISABLED")

    def check_token(self, header, picking):
        if header is None:
            raise Refused(401, STATUS[401], "Request is missing required "
                          "authentication credential. Expected OAuth 2 "
                          "access token, login cookie or other valid "
                          "authentication credential. " + LOGIN,
                          "CREDENTIALS_MISSING")
        scopes = self.oauth.scopes(header.removeprefix("Bearer "))
        if scopes is None or self.switches.next("unauthorized"):
            raise Refused(401, STATUS[401], "Request had invalid "
                          "authentication credentials. Expected OAuth 2 "
                          "access token, login cookie or other valid "
                          "authentication credential. " + LOGIN)
        scope = PICKER_SCOPE if picking else LIBRARY_SCOPE
        if scope not in scopes or self.switches.text("denied") == "scope":
            raise Refused(403, STATUS[403], "Request had insufficient "
                          "authentication scopes.",
                          "ACCESS_TOKEN_SCOPE_INSUFFICIENT")

    def control(self, action, query):
        """GP_TEST_CONTROL: what it says; None: no such thing."""
        state = self.state
        if action == "set":
            unknown = [n for n in query if n not in NAMES]
            if unknown:
                return None
            for name, values in query.items():
                self.switches.put(name, values[0])
        elif action == "reset":
            self.switches.clear()
            self.begin()
            self.write("log.ndjson", b"")
        elif action == "pick":
            self.picker.pick(int(query.get("count", ["0"])[0]) or None)
        elif action == "expire-links":
            state.links.clear()
        elif action == "expire-pages":
            state.tokens_since = clock.now()
        elif action == "expire-tokens":
            state.tokens.clear()
        elif action == "end-sessions":
            state.sessions.clear()
        elif action == "revoke":
            state.refresh.clear()
        elif action != "state":
            return None
        return {"switches": self.switches.all(), "links": len(state.links),
                "tokens": len(state.tokens), "refresh": len(state.refresh),
                "sessions": {k: s.items is not None
                             for k, s in state.sessions.items()}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "ESF", ""
    timeout = int(os.environ.get("PATIENCE", "120"))  # seconds; a client may be held up
    world = None
    kind = "other"

    def log_message(self, *_):
        pass

    def note(self, status, size):
        header = self.headers.get("Authorization")
        token = (header or "").rpartition(" ")[2].encode()
        self.world.note({
            "time": clock.now(), "method": self.command,
            "host": self.connection.getsockname()[0], "path":
            self.path.partition("?")[0], "query": self.path.partition("?")[2],
            "kind": self.kind, "status": status, "bytes": size,
            "token": header is not None, "scheme":
            header.partition(" ")[0] if header else None, "token_hash":
            hashlib.sha256(token).hexdigest()[:16] if header else None,
            "range": self.headers.get("Range")})

    def send(self, code, body=b"", kind="text/html; charset=UTF-8", cut=None,
             length="", rate=0, **headers):
        """An answer; CUT bytes of it, at RATE, with a wrong LENGTH."""
        part = body if cut is None else body[:cut]
        said = len(body) + {"less": -len(body) // 2, "more": 1000}.get(
            length, 0)
        self.note(code, len(part))
        self.send_response(code)
        if length == "none":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(said))
        if body:
            self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.pour(part, rate, length == "none", cut is None)
        if cut is not None or length in ("less", "more"):
            self.hang_up()

    def pour(self, data, rate, chunked, whole):
        step = max(rate // 20, 1) if rate else 1 << 20
        for at in range(0, len(data), step):
            piece = data[at:at + step]
            if chunked:
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            self.wfile.write(piece)
            if rate:
                time.sleep(step / rate)
        if chunked and whole:
            self.wfile.write(b"0\r\n\r\n")

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def send_json(self, code, tree, **how):
        body = json.dumps(tree, indent=2, ensure_ascii=False).encode()
        if self.kind == "api" and self.world.switches.next("truncate"):
            body = body[:len(body) // 2]
        self.send(code, body, "application/json; charset=UTF-8", **how)

    def api(self, url, query, text):
        world, path = self.world, url.path
        picking = path.startswith("/v1/sessions") or "sessionId" in query
        time.sleep(world.switches.number("api_delay"))
        if world.switches.text("hold", "\n") in path:
            with world.lock:
                world.held += 1
                world.write(f"held-{world.held}", b"")
        while world.switches.text("hold", "\n") in path:
            time.sleep(0.05)
        try:
            world.check_faults(picking)
            world.check_token(self.headers.get("Authorization"), picking)
            try:
                body = json.loads(text or b"{}")
            except ValueError as error:
                raise Refused(400, "INVALID_ARGUMENT",
                              "Invalid JSON payload received.") from error
            part = world.picker if picking else world.library
            with world.lock:
                answer = part.answer(self.command, path, query, body)
            if answer is None:
                return self.send(404, PAGE_404)
            if world.switches.next("html"):
                return self.send(200, b"<!doctype html><title>Sign in</title>")
            cut = world.switches.counted("api_cut")
            return self.send_json(200, answer, cut=int(cut) if cut else None)
        except Refused as r:
            return self.send_json(r.code, r.tree(), **r.headers)

    def sign_in(self, path, query, text):
        form = dict(urllib.parse.parse_qsl(text.decode("latin-1")))
        with self.world.lock:
            if path == "/o/oauth2/v2/auth":
                code, answer = self.world.oauth.consent(query)
            elif self.command != "POST":
                return self.send(404, PAGE_404)
            elif path == "/token":
                code, answer = self.world.oauth.token(form)
            else:
                code, answer = self.world.oauth.revoke(form)
        if code == 302:
            return self.send(302, Location=answer)
        if isinstance(answer, str):
            return self.send(code, answer.encode())
        return self.send_json(code, answer)

    def control(self, path, query):
        with self.world.lock:
            answer = self.world.control(path[len("/control/"):], query)
        body = json.dumps(answer).encode() + b"\n"
        self.send_response(200 if answer is not None else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def bytes_asked(self, host, path):
        """The hosts that are not the API's."""
        self.kind = "evil" if host == EVIL else "media"
        header = self.headers.get("Authorization")
        bearer = (header or "").removeprefix("Bearer ")
        if host == EVIL:
            return self.send(200, self.world.media.still(), "image/jpeg")
        media, send = self.world.media, self.send

        def sender(*args, **named):
            return send(*args, **named)
        sender.range = self.headers.get("Range")
        sender.if_range = self.headers.get("If-Range")
        if host == VIDEO and path.startswith("/videoplayback/"):
            return media.second_host(sender, path, header)
        return media.first_host(sender, path, bearer)

    def answer(self):
        world, url = self.world, urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        host = self.connection.getsockname()[0]
        if url.path.startswith("/control/") and host == API:
            return self.control(url.path, query)
        with world.lock:
            if world.switches.text("reset") != world.state.mark:
                world.begin()
        time.sleep(world.switches.number("delay"))
        if host != API:
            return self.bytes_asked(host, url.path)
        self.kind = "api"
        if url.path.startswith("/v1/"):
            return self.api(url, query, text)
        self.kind = "oauth"
        if url.path in ("/token", "/revoke", "/o/oauth2/v2/auth"):
            return self.sign_in(
                url.path, {k: v[0] for k, v in query.items()}, text)
        self.kind = "other"
        if url.path.startswith("/picker/"):
            with world.lock:
                code, page = world.picker.page(self.command, url.path)
            return self.send(code, page.encode())
        return self.send(404, PAGE_404)

    do_GET = do_POST = do_DELETE = do_HEAD = do_PUT = answer


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True
    allow_reuse_address = True

    def server_bind(self):
        # without the name look-up of the class above
        http.server.socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def get_request(self):
        connection, peer = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, peer

    def handle_error(self, *_):
        """Clients that leave are the point; what else fails is our fault."""
        if not isinstance(sys.exc_info()[1], OSError):
            with open(Handler.world.folder + "/errors", "a",
                      encoding="utf-8") as f:
                f.write(traceback.format_exc())


def certificate(folder):
    """For all hosts, from 2000 to 2099, whatever the clock says."""
    tls = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tls")
    shutil.copyfile(tls + "/ca.pem", folder + "/ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls + "/server.pem", tls + "/server.key")
    return context


def listen_all(port, context):
    """One server for each host, all on one port."""
    for _ in range(20):
        servers = []
        try:
            for host in (API, MEDIA, VIDEO, EVIL):
                number = servers[0].server_port if servers else port
                servers.append(Server((host, number), Handler))
            break
        except OSError:
            for server in servers:
                server.server_close()
            if port:
                raise
    else:
        raise OSError("no free port")
    for server in servers:
        if context:
            server.socket = context.wrap_socket(
                server.socket, server_side=True,
                do_handshake_on_connect=False)
    return servers


def write_files(world, port, plain):
    """What gp and the tests read; env last."""
    client = {"client_id": CLIENT, "project_id": "sample", "auth_uri":
              world.api_base + "/o/oauth2/v2/auth", "token_uri":
              world.api_base + "/token", "client_secret": SECRET,
              "redirect_uris": ["http://localhost"]}
    for kind, name in (("installed", "client"), ("web", "web")):
        world.write(name + "_secret.json", json.dumps(
            {kind: client}).encode() + b"\n")
    world.write("log.ndjson", b"")
    world.write("pid", b"%d\n" % os.getpid())
    world.write("env", f"""GP_LIBRARY_URL={world.api_base}
GP_PICKER_URL={world.api_base}
GP_AUTH_URL={world.api_base}/o/oauth2/v2/auth
GP_TOKEN_URL={world.api_base}/token
GP_MEDIA_HOSTS='{MEDIA} {VIDEO}'
GP_CA_FILE='{world.folder}/ca.pem'
SSL_CERT_FILE='{os.path.dirname(HERE)}/data/nobody.pem'
GP_TOKEN_CMD="cat '{world.folder}/token'"
GP_TEST_CONTROL=http://{API}:{plain}/control
GP_TEST_HTTP=http://{API}:{plain}
GP_TEST_MEDIA={world.media_base}
GP_TEST_VIDEO={world.video_base}
GP_TEST_EVIL={world.evil_base}
""".encode())


def options():
    parser = argparse.ArgumentParser(
        description=__doc__ + help_text(),
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", required=True, help="all its files go here")
    parser.add_argument("--port", type=int, default=0, help="TLS")
    parser.add_argument("--http-port", type=int, default=0, help="without")
    parser.add_argument("--album-dir", "--album", metavar="FOLDER",
                        default=os.path.join(HERE, "..", "data", "album"))
    parser.add_argument("--more-dir", metavar="FOLDER",
                        default=os.path.join(HERE, "..", "data", "more"))
    parser.add_argument("--describe", metavar="FILE", help="JSON: {name: "
                        "{creationTime, description}}")
    parser.add_argument("--synthetic", metavar="N[xBYTES]")
    parser.add_argument("--set", action="append", default=[],
                        metavar="NAME=VALUE")
    parser.add_argument("--daemon", action="store_true",
                        help="returns when it listens")
    parser.add_argument("--clock-ahead", type=float, default=0,
                        metavar="SECONDS", help="of this machine's")
    args = parser.parse_args()
    for pair in args.set:
        if pair.partition("=")[0] not in NAMES:
            parser.error("no such switch: " + pair)
    return args


def become_daemon(folder):
    """The caller returns when env is there; the child goes on."""
    child = os.fork()
    if child == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.closerange(3, 256)
        return
    for _ in range(30000):  # ten minutes; as a rule it lives or is dead soon
        if os.path.exists(folder + "/env"):
            sys.exit(0)
        if os.waitpid(child, os.WNOHANG)[0]:
            break
        time.sleep(0.02)
    sys.exit("google.py: did not start")


def main():
    args = options()
    os.makedirs(args.dir, exist_ok=True)
    if os.path.exists(args.dir + "/env"):
        os.unlink(args.dir + "/env")
    clock.AHEAD = args.clock_ahead
    if args.daemon:
        become_daemon(args.dir)
    world = Handler.world = World(args)
    for pair in args.set:
        name, _, value = pair.partition("=")
        world.switches.put(name, value)
    world.state.mark = world.switches.text("reset")
    servers = listen_all(args.port, certificate(world.folder))
    port = servers[0].server_port
    plain = listen_all(args.http_port, None)
    world.api_base, world.media_base, world.video_base, world.evil_base = (
        f"https://{host}:{port}" for host in (API, MEDIA, VIDEO, EVIL))
    world.plain_base = f"http://{VIDEO}:{plain[0].server_port}"
    for server in servers + plain:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    write_files(world, port, plain[0].server_port)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    os.unlink(world.folder + "/env")


if __name__ == "__main__":
    main()
