"""Sign-in: the consent page, codes, tokens."""
import base64
import hashlib
import html
import secrets
import urllib.parse

import clock

SCOPE = "https://www.googleapis.com/auth/"
PICKER_SCOPE = SCOPE + "photospicker.mediaitems.readonly"
LIBRARY_SCOPE = SCOPE + "photoslibrary.readonly.appcreateddata"
CLIENT = "1-sample.apps.googleusercontent.com"
SECRET = "GOCSPX-sample"
NEEDED = ("client_id", "redirect_uri", "response_type", "scope")


def refused(code, error, text=""):
    return code, {"error": error,
                  **({"error_description": text} if text else {})}


def loopback(url):
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "http" and parts.hostname in (
        "127.0.0.1", "::1", "localhost")


class OAuth:
    def __init__(self, world):
        self.world, self.switches = world, world.switches

    def consent(self, query):
        """What the browser gets: (status, HTML or address)."""
        wrong = [n for n in NEEDED if not query.get(n)]
        if query.get("client_id") not in (CLIENT, None):
            return 401, "Error 401: invalid_client"
        if wrong or query["response_type"] != "code":
            return 400, "Error 400: invalid_request " + " ".join(wrong)
        if not loopback(query["redirect_uri"]):
            return 400, "Error 400: redirect_uri_mismatch"
        answer = query.pop("answer", "")
        if self.switches.text("deny"):
            answer = "deny"
        elif self.switches.text("consent") == "allow":
            answer = "allow"
        if answer:
            return 302, self.back(query, answer == "allow")
        fields = "".join(
            f'<input type="hidden" name="{html.escape(n)}" '
            f'value="{html.escape(v)}">' for n, v in query.items())
        scopes = "".join(f"<li>{html.escape(s)}"
                         for s in query["scope"].split())
        return 200, (
            "<!doctype html><title>Sign in - stand-in for Google</title>"
            f"<h1>gp wants access to your photos</h1><ul>{scopes}</ul>"
            f'<form method="get">{fields}'
            '<button name="answer" value="allow">Allow</button> '
            '<button name="answer" value="deny">Deny</button></form>')

    def back(self, query, allowed):
        """The redirect to the client's own port."""
        state = query.get("state")
        if state and self.switches.text("wrong_state"):
            state += "x"
        answer = {"state": state} if state else {}
        if allowed:
            scopes = " ".join(s for s in query["scope"].split()
                              if self.switches.text("grant") in s)
            code = "4/0A" + secrets.token_urlsafe(30)
            self.world.state.codes[code] = dict(
                query, scope=scopes, issued=clock.now())
            answer.update(code=code, scope=scopes)
        else:
            answer["error"] = "access_denied"
        parts = urllib.parse.urlsplit(query["redirect_uri"])
        return urllib.parse.urlunsplit((
            "http", parts.netloc, parts.path or "/",
            urllib.parse.urlencode(answer), ""))

    def token(self, form):
        """The token endpoint: (status, tree)."""
        code = self.switches.counted("oauth_fail")
        if code:
            return refused(int(code), "internal_failure")
        if not form.get("client_secret"):
            return refused(400, "invalid_request",
                           "Missing required parameter: client_secret")
        if (self.switches.text("invalid_client") or
                form.get("client_id") != CLIENT or
                form["client_secret"] != SECRET):
            return refused(401, "invalid_client",
                           "The OAuth client was not found.")
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self.change_code(form)
        if kind == "refresh_token":
            return self.refresh(form)
        return refused(400, "unsupported_grant_type",
                       "Invalid grant_type: " + str(kind))

    def access(self, scope):
        life = int(self.switches.number("expires_in", 3599))
        token = "ya29." + secrets.token_urlsafe(40)
        self.world.state.tokens[token] = (scope.split(), clock.now() + life)
        self.world.write("token", token.encode() + b"\n")
        return {"access_token": token, "expires_in": life, "scope": scope,
                "token_type": "Bearer"}

    def change_code(self, form):
        asked = self.world.state.codes.pop(form.get("code"), None)
        life = self.switches.number("code_life", 600)
        if asked is None or clock.now() - asked["issued"] > life or any(
                form.get(n) != asked[n] for n in
                ("redirect_uri", "client_id")) or not self.proved(
                    asked, form.get("code_verifier", "")):
            return refused(400, "invalid_grant", "Bad Request")
        answer = self.access(asked["scope"])
        if (asked.get("access_type") == "offline" and
                not self.switches.text("no_refresh")):
            refresh = "1//0" + secrets.token_urlsafe(40)
            self.world.state.refresh[refresh] = asked["scope"]
            answer["refresh_token"] = refresh
            if self.switches.text("testing"):
                answer["refresh_token_expires_in"] = 604799
        return 200, answer

    @staticmethod
    def proved(asked, verifier):
        """PKCE, S256."""
        if not asked.get("code_challenge"):
            return not verifier
        digest = hashlib.sha256(verifier.encode()).digest()
        made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return (43 <= len(verifier) <= 128 and
                asked.get("code_challenge_method") == "S256" and
                made == asked["code_challenge"])

    def refresh(self, form):
        scope = self.world.state.refresh.get(form.get("refresh_token"))
        if scope is None or self.switches.text("invalid_grant"):
            return refused(400, "invalid_grant",
                           "Token has been expired or revoked.")
        return 200, self.access(scope)

    def revoke(self, form):
        state, token = self.world.state, form.get("token")
        if token in state.refresh:
            del state.refresh[token]
            return 200, {}
        if token in state.tokens:
            del state.tokens[token]
            return 200, {}
        return refused(400, "invalid_token", "Token expired or revoked")

    def scopes(self, token):
        """What a bearer may do; None if it is not known or too old."""
        scopes, ends = self.world.state.tokens.get(token, (None, 0))
        return scopes if ends > clock.now() else None
