#!/usr/bin/env python3
"""Takes what gp-notify sends: mail and web requests, over TLS or plain.

    python3 tests/services/sink.py --dir /tmp/sink

In DIR: env (SINK_HTTP, SINK_HTTPS, SINK_SMTP, GP_CA_FILE), pid, and
log.ndjson, a line for each request or mail. A file DIR/refuse makes it answer
500 (mail: 451).
"""
import argparse
import asyncio
import http.server
import json
import os
import ssl
import threading

from aiosmtpd.smtp import SMTP

parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--dir", required=True)
DIR = parser.parse_args().dir
TLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tls")
lock = threading.Lock()


def path(name):
    return os.path.join(DIR, name)


def log(**line):
    with lock, open(path("log.ndjson"), "a", encoding="utf-8") as f:
        f.write(json.dumps(line) + "\n")


class Web(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        refused = os.path.exists(path("refuse"))
        if not refused:
            log(kind="web", path=self.path, headers=dict(self.headers),
                body=body.decode("utf-8", "replace"))
        self.send_response(500 if refused else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Mail:
    async def handle_DATA(self, server, session, envelope):
        if os.path.exists(path("refuse")):
            return "451 not now"
        log(kind="mail", sender=envelope.mail_from, to=envelope.rcpt_tos,
            text=envelope.content.decode("utf-8", "replace"))
        return "250 OK"


def certificate():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS + "/server.pem", TLS + "/server.key")
    return context


def web(context):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    port = server.server_address[1]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return port


async def main():
    os.makedirs(DIR, exist_ok=True)
    open(path("log.ndjson"), "w", encoding="utf-8").close()
    plain, tls = web(None), web(certificate())
    smtp = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Mail()), "127.0.0.1", 0)
    port = smtp.sockets[0].getsockname()[1]
    with open(path("pid"), "w", encoding="utf-8") as f:
        f.write(str(os.getpid()))
    with open(path("env.new"), "w", encoding="utf-8") as f:
        f.write(f"SINK_HTTP=http://127.0.0.1:{plain}\n"
                f"SINK_HTTPS=https://127.0.0.1:{tls}\n"
                f"SINK_SMTP=smtp://127.0.0.1:{port}\n"
                f"GP_CA_FILE={TLS}/ca.pem\n")
    os.rename(path("env.new"), path("env"))
    await smtp.serve_forever()


asyncio.run(main())
