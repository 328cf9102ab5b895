#!/usr/bin/env python3
"""Answers HTTP requests with what a test wrote down, one after the other.

usage: answers.py ROOT
       answers.py --many N DIR     one library of N photos; DIR/all is made
                                   when its last page was asked for

What is asked below /NAME is answered from DIR, which is ROOT/NAME: a test has
one of its own. DIR/answers holds one answer a line, a JSON object: "code" (200), "body" (JSON,
or text as it is), "raw" (the same, for JSON to the letter),"headers", "length" (a false Content-Length: the connection
is cut), "gate" (a file: the answer waits until it is there), "times" (how often
it is given), "repeat" (this one answers all that follow). DIR/log gets a line for each request: method,
path, body; DIR/auth its Authorization. ROOT/port is written when it listens.

The stand-in for Google (services/google.py) behaves; this one does as told,
for answers that no server of Google's would own up to.
"""
import http.server
import json
import os
import sys
import threading
import time

many = int(sys.argv[2]) if sys.argv[1] == "--many" else 0
root = sys.argv[-1]
lock = threading.Lock()
loaded = {}  # answers that are left, by folder


def load(folder):
    with open(os.path.join(folder, "answers"), encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def note(folder, name, text):
    with open(os.path.join(folder, name), "a", encoding="utf-8") as f:
        f.write(text + "\n")


ITEM = """{"id":"ALvc-@","baseUrl":"https://lh3.googleusercontent.com/lr/@",
"mimeType":"image/jpeg","filename":"IMG_@.JPG","mediaMetadata":{
"creationTime":"2024-05-01T10:20:30Z","width":"4032","height":"3024"}}"""


def page_of_many(path):
    start = int(path.partition("pageToken=")[2] or 0)
    end = min(start + 100, many)
    token = f',"nextPageToken":"{end}"' if end < many else ""
    if not token:
        note(root, "all", "asked for")
    items = ",".join(ITEM.replace("@", f"{i:07}") for i in range(start, end))
    return {"raw": f'{{"mediaItems":[{items}]{token}}}'}


def take(folder):
    if folder not in loaded:
        loaded[folder] = load(folder)
    answers = loaded[folder]
    if not answers:
        return {"code": 400, "body": {"error": {
            "code": 400, "message": "the test has no answer left"}}}
    if answers[0].get("repeat"):
        return answers[0]
    answers[0]["times"] = answers[0].get("times", 1) - 1
    return answers.pop(0) if answers[0]["times"] < 1 else answers[0]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20

    def log_message(self, *args):
        pass

    def listed(self, asked):
        name, _, path = self.path[1:].partition("/")
        folder = os.path.join(root, name)
        note(folder, "log", f"{self.command} /{path} {asked}".rstrip())
        note(folder, "auth", self.headers.get("Authorization", "none"))
        return take(folder)

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        asked = self.rfile.read(length).decode()
        with lock:
            a = page_of_many(self.path) if many else self.listed(asked)
        if "gate" in a:
            while not os.path.exists(a["gate"]):
                time.sleep(0.02)
        body = a.get("body", {})
        if not isinstance(body, str):
            body = json.dumps(body, ensure_ascii=False)
        if "raw" in a:
            body = a["raw"]
        data = body.encode()
        self.send_response(a.get("code", 200))
        self.send_header("Content-Length", str(a.get("length", len(data))))
        for name, value in a.get("headers", {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
        if "length" in a:
            self.close_connection = True

    do_GET = do_POST = do_DELETE = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(root, "port.new"), "w", encoding="utf-8") as f:
    f.write(str(server.server_port))
os.rename(os.path.join(root, "port.new"), os.path.join(root, "port"))
server.serve_forever()
