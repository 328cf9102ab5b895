"""The switches: what they are called, and where their values are kept.

A switch is a file DIR/set/NAME whose content is its value; it counts from the
next request on. Removing the file, or emptying it, switches it off.
"""
import os
import threading

# group, name, value, what it does. N after a colon: only the next N times.
TABLE = [
    ("paging", "page_size", "N", "no page holds more than N things"),
    ("paging", "empty_pages", "1", "each second page holds nothing"),
    ("paging", "repeat_item", "1",
     "a page begins with the last item of the one before"),
    ("paging", "repeat_token", "1", "the same page token for ever"),
    ("paging", "token_life", "SECONDS",
     "older page tokens are refused with 400 (3600; uncertain)"),
    ("answers", "items", "N", "all there is: Ezra Backup with N made photos"),
    ("answers", "foreign", "1",
     "albums were made in the Google Photos app: they are not shown"),
    ("answers", "foreign_code", "400|403|404|empty",
     "what is answered for a foreign id (400; uncertain)"),
    ("answers", "missing", "FIELD,...", "left out of media items"),
    ("answers", "described", "BYTES", "each item's description is that long"),
    ("answers", "ints", "1", "the Library's sizes are numbers"),
    ("answers", "strings", "1", "the Picker's sizes are texts"),
    ("answers", "processing", "FILENAME,...", "videos not ready yet"),
    ("answers", "failed", "FILENAME,...", "videos that Google gave up"),
    ("API", "api_fail", "CODE:N",
     "400, 401, 403, 404, 429, 500, 502, 503, 504"),
    ("API", "retry_after", "SECONDS|date:SECONDS",
     "Retry-After with each 429 and 503 (none; uncertain)"),
    ("API", "quota", "1", "the day's requests are used up"),
    ("API", "minute_quota", "N", "the next N calls: the minute's are used up"),
    ("API", "denied", "scope|disabled",
     "403: the token's scope, the API is not enabled"),
    ("API", "unauthorized", "N", "401 for the next N calls"),
    ("API", "truncate", "N", "the next N answers are JSON that breaks off"),
    ("API", "html", "N", "the next N answers are a web page with 200"),
    ("API", "api_cut", "BYTES:N", "the connection ends early"),
    ("API", "api_delay", "SECONDS", "before each answer of the API"),
    ("API", "hold", "TEXT",
     "what has TEXT in its path is answered when that is off; the Nth makes DIR/held-N"),
    ("media", "only", "FILENAME,...",
     "the switches below strike these files alone"),
    ("media", "media_fail", "CODE:N", "with an image as body, as Google does"),
    ("media", "media_quota", "1", "429: the day's bytes are used up"),
    ("media", "link_life", "SECONDS", "a link dies (3600)"),
    ("media", "cut", "BYTES:N", "the connection ends early"),
    ("media", "length", "less|more|none[:N]",
     "Content-Length is too small, too large, not there (chunked)"),
    ("media", "ranges", "0|1|bad|416",
     "=d: whole file, 206, a wrong Content-Range, 416 (1; uncertain)"),
    ("media", "video_ranges", "0|1", "the same for =dv's second host (0)"),
    ("media", "etag", "0|1", "=d has an ETag (1; uncertain)"),
    ("media", "disposition", "1", "Content-Disposition (none; uncertain)"),
    ("media", "modified", "1", "Last-Modified (none; uncertain)"),
    ("media", "apology", "png|html|json", "200, but no photo"),
    ("media", "still", "1", "a JPEG in place of a video"),
    ("media", "no_dv", "1", "=dv is 404"),
    ("media", "d_video", "still|video",
     "what =d on a video is (still; uncertain)"),
    ("media", "heic", "jpeg", "=d of a HEIC is a JPEG (uncertain)"),
    ("media", "motion", "whole|still",
     "=d of a motion photo has its video (whole; uncertain)"),
    ("media", "reencode", "1", "=d is other bytes each time (uncertain)"),
    ("media", "redirect", "loop|evil|http|none",
     "=dv and =d lead astray; none: =dv comes without a redirect"),
    ("media", "rate", "BYTES", "a second, each transfer"),
    ("picker", "polls", "N", "Done after N looks (a person must press Done)"),
    ("picker", "interval", "SECONDS", "pollInterval (0.05)"),
    ("picker", "timeout", "SECONDS", "timeoutIn (1800)"),
    ("picker", "never", "1", "nobody picks"),
    ("picker", "gone", "1", "sessions are not known any more"),
    ("picker", "session_life", "SECONDS", "604800"),
    ("picker", "too_many", "1", "429: too many sessions"),
    ("picker", "no_photos", "1", "the account has no Google Photos"),
    ("picker", "pick_limit", "N",
     "listing more than N picked items is 500 (uncertain)"),
    ("picker", "shown", "N",
     "a listing shows N of the picked items, as a whole one (uncertain)"),
    ("picker", "picker_ids", "session|library",
     "ids change each session, or are the Library's (uncertain)"),
    ("sign-in", "consent", "page|allow",
     "a page with two buttons, or at once a 302 (page)"),
    ("sign-in", "deny", "1", "the person says no"),
    ("sign-in", "grant", "WORD", "only scopes with WORD in them are granted"),
    ("sign-in", "wrong_state", "1", "the redirect has another state"),
    ("sign-in", "testing", "1", "the refresh token dies after 7 days"),
    ("sign-in", "no_refresh", "1", "no refresh token is given"),
    ("sign-in", "expires_in", "SECONDS", "an access token's life (3599)"),
    ("sign-in", "code_life", "SECONDS", "an authorization code's (600)"),
    ("sign-in", "invalid_grant", "1", "refresh tokens are dead"),
    ("sign-in", "invalid_client", "1", "the client was deleted"),
    ("sign-in", "oauth_fail", "CODE:N", "the token endpoint fails"),
    ("all", "delay", "SECONDS", "before each answer"),
    ("all", "reset", "ANY", "a new value: all that it remembers is forgotten"),
]
NAMES = {row[1] for row in TABLE}


def help_text():
    """The table, for --help."""
    lines, group = [], None
    for new, name, value, text in TABLE:
        if new != group:
            lines.append(f" {new}")
            group = new
        lines.append(f"  {name}={value}\n      {text}")
    return "\n".join(lines)


class Switches:
    """The folder DIR/set, read afresh for each request."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "set")
        self.lock = threading.RLock()
        self.used = {}  # (switch, when it was set): how often it struck

    def put(self, name, value):
        path = os.path.join(self.folder, name)
        with self.lock:
            with open(path + ".new", "w", encoding="utf-8") as f:
                f.write(value + "\n")
            os.rename(path + ".new", path)

    def clear(self):
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))
        self.used.clear()

    def text(self, name, default=""):
        assert name in NAMES, name
        try:
            with open(os.path.join(self.folder, name),
                      encoding="utf-8") as f:
                return f.read().strip() or default
        except FileNotFoundError:
            return default

    def number(self, name, default=0):
        return float(self.text(name) or default)

    def words(self, name):
        return [word for word in self.text(name).split(",") if word]

    def all(self):
        names = sorted(NAMES & set(os.listdir(self.folder)))
        return {n: self.text(n) for n in names if self.text(n)}

    def strikes(self, name, times):
        """Whether a switch that works TIMES times still does."""
        try:
            when = os.stat(os.path.join(self.folder, name)).st_mtime_ns
        except FileNotFoundError:
            return False
        with self.lock:
            key = (name, when)
            self.used[key] = self.used.get(key, 0) + 1
            return self.used[key] <= times

    def counted(self, name):
        """The VALUE of a VALUE:N switch while it lasts, else nothing."""
        value, colon, times = self.text(name).partition(":")
        if value and (not colon or self.strikes(name, int(times))):
            return value
        return ""

    def next(self, name):
        """Whether one of the next N calls is meant by a switch N."""
        times = self.text(name)
        return bool(times) and self.strikes(name, int(times))
