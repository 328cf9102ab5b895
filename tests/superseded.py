#!/usr/bin/env python3
"""superseded.py SEED DIR: items of few photos that are easily mistaken for each
other, as records with staged files in DIR, on stdout; and on stderr which
copies are superseded by which originals, thought out from the words of
gp-index(1) alone, as lines COPY ORIGINAL of sums."""
import hashlib
import json
import random
import sys

DOORS = [("picker", "anna", "no"), ("picker", "ben", "no"), ("library", "anna", "no"),
         ("takeout", "", "yes"), ("takeout", "", "yes"), ("takeout", "", "unknown"),
         ("dir", "", "unknown")]


def make(number, folder):
    source, account, original = random.choice(DOORS)
    content = b"photo %d" % random.randrange(25)
    sha = hashlib.sha256(content).hexdigest()
    file = "%s/%d" % (folder, number)
    with open(file, "wb") as out:
        out.write(content)
    rec = {"id": "i%d" % number, "source": source, "original": original, "sha256": sha, "file": file}
    if account:
        rec["account"] = account
    stem = random.choice(["IMG_1", "IMG_1", "Img_1", "IMG_2", "\u00e9t\u00e9", "e\u0301te\u0301"])
    rec["filename"] = stem + random.choice([".HEIC", ".jpg", ".mp4", ""])
    kind = random.choice(["image/jpeg", "image/heif", "image/jpeg", "video/mp4", None])
    if kind:
        rec["mimeType"] = kind
    if random.random() < 0.9:
        rec["creationTime"] = "2024-05-01T10:20:%sZ" % random.choice(["30", "30.5", "31"])
    if random.random() < 0.9:
        title = random.choice(["Ezra", "Ezra", "Zo\u00e9"])
        rec["album"] = {"id": "G" + title if source == "library" else title, "title": title}
    return rec


def stem(rec):
    return rec["filename"].split(".")[0].lower().replace("e\u0301", "\u00e9")


def second(rec):
    return rec.get("creationTime", "")[:19] or None


def same_place(a, b):
    if "album" in a or "album" in b:
        return "album" in a and "album" in b and a["album"]["title"] == b["album"]["title"]
    return a["source"] == b["source"] == "takeout" and a.get("mimeType") == b.get("mimeType")


def same_photo(a, b):
    kinds = [r.get("mimeType", "").split("/")[0] for r in (a, b)]
    return (stem(a) == stem(b) and second(a) == second(b) is not None and same_place(a, b)
            and ("" in kinds or kinds[0] == kinds[1]))


def door(rec):
    return rec["source"], rec.get("account")


def judge(items):
    """Pairs of a copy's sum and its original's."""
    files = {}
    for rec in items:
        files.setdefault(rec["sha256"], []).append(rec)
    originals = {sha for sha, recs in files.items() if any(r["original"] == "yes" for r in recs)}
    for sha, mine in sorted(files.items()):
        from_api = all(r["original"] == "no" for r in mine)
        damaged = all(door(r) == ("takeout", None) and r["original"] == "unknown" for r in mine)
        if not from_api and not damaged or len({(stem(r), second(r)) for r in mine}) != 1:
            continue
        match = [(m, o) for m in mine for o in items if o["sha256"] != sha and same_photo(m, o)]
        found = {o["sha256"] for _, o in match} & originals
        if len(found) == 1 and (damaged or not any(door(m) == door(o) for m, o in match)):
            yield sha, found.pop()


def main():
    random.seed(int(sys.argv[1]))
    items = [make(n, sys.argv[2]) for n in range(random.randrange(4, 40))]
    for rec in items:
        print(json.dumps(rec, ensure_ascii=False))
    for pair in judge(items):
        print(*pair, file=sys.stderr)


main()
