#!/usr/bin/env python3
"""takeout-names.py make TABLE DIR     one folder a row, as an export
takeout-names.py check TABLE LIST   what gp-list said of it, row by row"""
import json
import os
import re
import sys
import urllib.parse


def plain(text):
    return re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text)


def rows(table):
    with open(table, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            media, sidecars, wanted = plain(line).split("\t")
            yield (number, media.split(" | "), sidecars.split(" | "),
                   [int(n) for n in wanted.split()])


def make(table, into):
    for number, media, sidecars, _ in rows(table):
        folder = os.path.join(into, "Takeout", "Google Photos", f"row {number}")
        os.makedirs(folder)
        with open(os.path.join(folder, "album.json"), "w") as out:
            json.dump({"title": f"row {number}"}, out)
        for i, name in enumerate(media):
            with open(os.path.join(folder, name), "w") as out:
                out.write(f"{number} {i}")
        for i, sidecar in enumerate(sidecars, 1):
            name, _, title = sidecar.partition(" = ")
            says = {"photoTakenTime": {"timestamp": "1600000000"},
                    "url": f"https://photos.google.com/photo/{number}-{i}"}
            if title:
                says["title"] = title
            with open(os.path.join(folder, name), "w") as out:
                json.dump(says, out, indent=2)


def check(table, listing):
    got = {}
    with open(listing, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            path = urllib.parse.unquote(record.get("member") or record["url"])
            url = record.get("metadata", {}).get("url", "")
            sidecar = int(url.rpartition("-")[2]) if url else 0
            got[tuple(path.split("/")[-2:])] = sidecar
    cases = bad = 0
    for number, media, _, wanted in rows(table):
        cases += 1
        found = [got.pop((f"row {number}", name), None) for name in media]
        if found != wanted:
            bad += 1
            print(f"{table}:{number}: {media}: wanted {wanted}, got {found}")
    if got:
        bad += 1
        print(f"in no row: {sorted(got)}")
    print(f"{cases} rows, {bad} wrong")
    sys.exit(bad != 0 or cases == 0)


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](sys.argv[2], sys.argv[3])
