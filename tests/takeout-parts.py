#!/usr/bin/env python3
"""takeout-parts.py zip|tgz|tar|tree DIR STAMP <SPEC    a small export, by hand

Writes the parts DIR/takeout-STAMP-001.zip and so on, or unpacks all of them
into DIR. A line of SPEC is a member, "PART PATH = CONTENT": PATH is below
Takeout/Google Photos/ unless it begins with "/" (which is taken away);
CONTENT stands as it is, "@FILE" is that file's, and these are short for JSON:
  photo TITLE SECONDS [URL] [MORE]   a sidecar; URL - is none
  album TITLE                        an album's own file
  text TEXT                          TEXT, whatever it begins with
"""
import io
import json
import os
import sys
import tarfile
import zipfile


def photo(words):
    title, seconds, *more = words.split(" ", 3)
    title = title.replace("_", " ") if title.startswith("_") else title
    says = {"title": title, "photoTakenTime": {"timestamp": seconds,
            "formatted": "1 Jan 2020, 00:00:00\u202fUTC"}}
    if more and more[0] != "-":
        says["url"] = "https://photos.google.com/photo/" + more[0]
    if len(more) > 1:
        says.update(json.loads(more[1]))
    return json.dumps(says, indent=2)


def content(text):
    if text.startswith("@"):
        with open(text[1:], "rb") as source:
            return source.read()
    if text.startswith("photo "):
        text = photo(text[6:])
    elif text.startswith("text "):
        text = text[5:]
    elif text.startswith("album "):
        text = json.dumps({"title": text[6:], "access": "protected"})
    return text.encode()


def members(spec):
    for line in spec:
        line = line.strip("\n")
        if not line or line.startswith("#"):
            continue
        where, _, text = line.partition(" = ")
        part, _, path = where.partition(" ")
        path = path[1:] if path.startswith("/") else (
            "Takeout/Google Photos/" + path)
        yield int(part), path, content(text)


def write_zip(path, found):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        for name, data in found:
            out.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)


def write_tar(path, found, mode):
    with tarfile.open(path, mode, format=tarfile.GNU_FORMAT) as out:
        for name, data in found:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))


def write_tree(into, found):
    for name, data in found:
        path = os.path.join(into, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)


def main():
    kind, into, stamp = sys.argv[1:4]
    os.makedirs(into, exist_ok=True)
    parts = {}
    for part, path, data in members(sys.stdin):
        parts.setdefault(part, []).append((path, data))
    for part, found in sorted(parts.items()):
        name = os.path.join(into, f"takeout-{stamp}-{part:03}.{kind}")
        if kind == "zip":
            write_zip(name, found)
        elif kind == "tgz":
            write_tar(name, found, "w:gz")
        elif kind == "tar":
            write_tar(name, found, "w")
        else:
            write_tree(into, found)


main()
