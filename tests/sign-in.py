#!/usr/bin/env python3
"""Google's sign-in as gp-auth meets it, and as told.

usage: sign-in.py DIR

/auth consents at once and sends the browser back; /token changes codes (PKCE
checked) and refreshes; /revoke ends a sign-in. DIR/mode holds words that change
what happens: deny, scope=PART (grants only scopes with PART in their name),
testing (the sign-in lasts seven days), slow, 503, invalid_grant,
invalid_client. DIR/log gets a JSON line for each form that came, with all the
secrets in it. DIR/env is written when it listens.

The stand-in for Google (services/google.py) behaves; this one shows what was
asked, and fails in the ways that a test needs.
"""
import base64
import hashlib
import http.server
import itertools
import json
import os
import sys
import threading
import time
import urllib.parse

folder = sys.argv[1]
lock = threading.Lock()
number = itertools.count(1)
codes = {}
dead = set()


def mode():
    try:
        with open(os.path.join(folder, "mode"), encoding="utf-8") as f:
            return f.read().split()
    except FileNotFoundError:
        return []


def challenge(verifier):
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def consent(query):
    """What the redirect carries after the person went through the pages."""
    if "deny" in mode():
        return {"state": query["state"], "error": "access_denied"}
    scopes = query["scope"].split()
    for word in mode():
        if word.startswith("scope="):
            scopes = [s for s in scopes if word[6:] in s]
    with lock:
        # codes have a slash, which must come back encoded
        code = f"4/0Acode{next(number)}"
        codes[code] = dict(query, scope=" ".join(scopes))
    return {"state": query["state"], "code": code, "scope": " ".join(scopes)}


def refusal(error, text):
    return {"error": error, "error_description": text}


def change_code(form, answer):
    asked = codes.pop(form.get("code"), None)
    if (
        asked is None
        or challenge(form["code_verifier"]) != asked["code_challenge"]
        or form["redirect_uri"] != asked["redirect_uri"]
        or form["client_id"] != asked["client_id"]
    ):
        return 400, refusal("invalid_grant", "Bad Request")
    answer["refresh_token"] = f"1//0refresh{next(number)}"
    answer["scope"] = asked["scope"]
    if "testing" in mode():
        answer["refresh_token_expires_in"] = 604799
    return 200, answer


def token(form):
    if "invalid_client" in mode():
        return 401, refusal("invalid_client", "The OAuth client was deleted.")
    if not form.get("client_secret"):
        return 400, refusal(
            "invalid_request", "Missing required parameter: client_secret"
        )
    answer = {
        "access_token": f"ya29.access{next(number)}",
        "expires_in": 3599,
        "token_type": "Bearer",
    }
    if form.get("grant_type") == "authorization_code":
        return change_code(form, answer)
    if form.get("grant_type") != "refresh_token":
        return 400, refusal("unsupported_grant_type", "Invalid grant_type")
    if "invalid_grant" in mode() or form["refresh_token"] in dead:
        return 400, refusal(
            "invalid_grant", "Token has been expired or revoked."
        )
    return 200, answer


def revoke(form):
    if form["token"] in dead:
        return 400, {"error": "invalid_token"}
    dead.add(form["token"])
    return 200, {}


def answer_to(path, form):
    if "503" in mode():
        return 503, {}
    if "slow" in mode():
        time.sleep(0.5)
    with lock:
        if path == "/token":
            return token(form)
        if path == "/revoke":
            return revoke(form)
    return 404, {}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        query = dict(urllib.parse.parse_qsl(self.path.partition("?")[2]))
        back = urllib.parse.urlencode(consent(query))
        self.send_response(302)
        self.send_header("Location", f"{query['redirect_uri']}/?{back}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(urllib.parse.parse_qsl(body))
        status, answer = answer_to(self.path, form)
        line = {"path": self.path, "form": form, "status": status}
        with lock, open(
            os.path.join(folder, "log"), "a", encoding="utf-8"
        ) as log:
            log.write(json.dumps(line) + "\n")
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
root = f"http://127.0.0.1:{server.server_address[1]}"
with open(os.path.join(folder, "env.new"), "w", encoding="utf-8") as out:
    out.write(f"GP_AUTH_URL={root}/auth\nGP_TOKEN_URL={root}/token\n")
os.rename(os.path.join(folder, "env.new"), os.path.join(folder, "env"))
server.serve_forever()
