"""The Picker API: sessions in which a person ticks photos."""
import datetime
import uuid

import clock
from library import (Pages, Refused, bad, leave_out, not_found, page_size,
                     sizes, video_status)

DONE_PAGE = """<!doctype html><title>Pick photos</title>
<h1>Pick photos</h1><p>The album Ezra Backup is ticked.
<form method="post"><button>Done</button></form>"""


class Session:
    def __init__(self, most):
        self.key, self.begun = str(uuid.uuid4()), clock.now()
        self.looks, self.items, self.most = 0, None, most


class Picker:
    def __init__(self, world):
        self.world, self.switches = world, world.switches

    def pick(self, count=None, key=None):
        """A person ticks COUNT photos (all) and presses Done."""
        content = self.world.content
        for session in self.world.state.sessions.values():
            if key in (None, session.key) and session.items is None:
                session.items = content.of(content.albums[0])[
                    :min(count or session.most, session.most)]

    def tree(self, session):
        polls = self.switches.text("polls")
        if (polls and session.looks >= int(polls) and
                not self.switches.text("never")):
            self.pick(key=session.key)
        ends = session.begun + self.switches.number("session_life", 604800)
        tree = {"id": session.key, "pickerUri":
                self.world.api_base + "/picker/" + session.key,
                "expireTime": datetime.datetime.fromtimestamp(
                    ends, datetime.timezone.utc).isoformat(
                        timespec="milliseconds").replace("+00:00", "Z"),
                "pickingConfig": {"maxItemCount": str(session.most)}}
        if session.items is not None:
            return {**tree, "mediaItemsSet": True}
        return {**tree, "pollingConfig": {
            "pollInterval": self.switches.text("interval", "0.05") + "s",
            "timeoutIn": self.switches.text("timeout", "1800") + "s"}}

    def find(self, key):
        try:
            uuid.UUID(key)
        except ValueError as error:
            raise Refused(400, "INVALID_ARGUMENT", "Request contains an "
                          "invalid argument.", "REQUEST_INVALID") from error
        session = self.world.state.sessions.get(key)
        life = self.switches.number("session_life", 604800)
        if (session is None or self.switches.text("gone") or
                clock.now() - session.begun > life):
            raise not_found()
        return session

    def create(self, body):
        if self.switches.text("too_many"):
            raise Refused(429, "RESOURCE_EXHAUSTED",
                          "Too many active sessions.")
        if self.switches.text("no_photos"):
            raise Refused(400, "FAILED_PRECONDITION",
                          "The user does not have a Google Photos account.")
        try:
            most = int(body.get("pickingConfig", {}).get("maxItemCount", 0))
        except ValueError as error:
            raise bad("Invalid value at 'max_item_count'") from error
        if most < 0:
            raise bad("Request contains an invalid argument.")
        session = Session(min(most or 2000, 2000))
        self.world.state.sessions[session.key] = session
        return self.tree(session)

    def item(self, item, session):
        if item.video:
            kind = {"videoMetadata": {"fps": 15.0, "processingStatus":
                                      video_status(self.switches, item)}}
        else:
            kind = {"photoMetadata": {"focalLength": 4.2,
                                      "isoEquivalent": 50,
                                      "exposureTime": "0.033333335s"}}
        api = {"session": "picker" + session.key, "library": "library"}.get(
            self.switches.text("picker_ids"), "picker")
        spell = str if self.switches.text("strings") else int
        meta = {**sizes(item, spell), "cameraMake": "Sample", **kind}
        file = {"baseUrl": self.world.media.link(item, "ppa"), "mimeType":
                item.mime, "mediaFileMetadata": meta, "filename": item.name}
        tree = {"id": item.id(api), "createTime": item.taken,
                "type": "VIDEO" if item.video else "PHOTO",
                "mediaFile": file}
        return leave_out(self.switches, tree, file, meta)

    def items(self, first):
        session = self.find(first.get("sessionId", ""))
        size = page_size(first.get("pageSize"), 50, 100)
        if not self.tree(session).get("mediaItemsSet"):
            raise Refused(
                400, "FAILED_PRECONDITION", "No media items have been "
                "selected by the user.", "PENDING_USER_ACTION")
        limit = self.switches.number("pick_limit")
        if limit and len(session.items) > limit:
            raise Refused(500, "INTERNAL", "Internal error encountered.")
        shown = session.items[:int(self.switches.number("shown", 2000))]
        return Pages(self.world, size, ["picked", session.key]).cut(
            shown, "mediaItems", lambda i: self.item(i, session),
            first.get("pageToken"))

    def answer(self, method, path, query, body):
        """The tree for one call; None: there is no such path."""
        first = {k: v[0] for k, v in query.items()}
        if method == "POST" and path == "/v1/sessions":
            return self.create(body)
        if method == "GET" and path == "/v1/mediaItems":
            return self.items(first)
        key = path[len("/v1/sessions/"):]
        if not path.startswith("/v1/sessions/") or "/" in key:
            return None
        session = self.find(key)
        if method == "DELETE":
            del self.world.state.sessions[key]
            return {}
        if method != "GET":
            return None
        session.looks += 1
        return self.tree(session)

    def page(self, method, path):
        """The page behind pickerUri: (status, HTML)."""
        parts = path.split("/")
        session = self.world.state.sessions.get(parts[2])
        if session is None or session.items is not None:
            return 404, "<!doctype html><title>This link is over</title>"
        if method == "POST":
            self.pick(key=session.key)
            done = "<script>close()</script>" * (parts[-1] == "autoclose")
            return 200, "<!doctype html><title>Done</title>Done." + done
        return 200, DONE_PAGE
