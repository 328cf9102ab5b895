#!/usr/bin/env python3
"""takeout-big.py zip|tgz DIR ITEMS PARTS [BYTES [STAMP]]    a large export

ITEMS photos of BYTES more than a few, all different, each with a sidecar of
the usual size; every tenth lies in an album too. Another STAMP, such as
20260301T000000Z, makes another export of other photos."""
import io
import json
import os
import random
import sys
import tarfile
import zipfile


# A photo can be packed by some percent, no more: a few bytes are more frequent
LIKE_JPEG = bytes(b if b < 240 else b & 1 for b in range(256))


def sidecar(i, taken):
    place = {"latitude": 48.1, "longitude": 11.5, "altitude": 0.0,
             "latitudeSpan": 0.0, "longitudeSpan": 0.0}
    return json.dumps({
        "title": f"IMG_{i:06}.jpg", "description": "", "imageViews": "12",
        "creationTime": {"timestamp": str(taken + 100),
                         "formatted": "1 Jan 2020, 00:00:00 UTC"},
        "photoTakenTime": {"timestamp": str(taken),
                           "formatted": "1 Jan 2020, 00:00:00 UTC"},
        "geoData": place, "geoDataExif": place,
        "url": f"https://photos.google.com/photo/AF1QipN{SALT}{i:037}",
        "googlePhotosOrigin": {"mobileUpload": {
            "deviceFolder": {"localFolderName": ""},
            "deviceType": "ANDROID_PHONE"}}}, indent=2).encode()


def members(first, last):
    for i in range(first, last):
        year = 2000 + i % 24
        photo = b"\xff\xd8\xff" + (SALT + str(i)).encode()
        if SIZE > 0:
            photo += random.Random(SALT + str(i)).randbytes(SIZE).translate(LIKE_JPEG)
        text = sidecar(i, 946684800 + 31557600 * (year - 2000) + 8640000 + i)
        name = f"IMG_{i:06}.jpg"
        folders = [f"Photos from {year}"]
        if i % 10 == 0:
            folders.append(f"Album {i % 70 // 10}")
        for folder in folders:
            path = f"Takeout/Google Photos/{folder}/"
            yield path + name, photo
            yield path + (name + ".supplemental-metadata")[:46] + ".json", text


def write_zip(path, found):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        for name, data in found:
            out.writestr(name, data)


def write_tgz(path, found):
    with tarfile.open(path, "w:gz", compresslevel=1) as out:
        for name, data in found:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))


kind, into, items, parts = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
SIZE = int(sys.argv[5]) if len(sys.argv) > 5 else 0
STAMP = sys.argv[6] if len(sys.argv) > 6 else "20260101T000000Z"
SALT = STAMP if len(sys.argv) > 6 else ""
os.makedirs(into, exist_ok=True)
for part in range(parts):
    (write_zip if kind == "zip" else write_tgz)(
        f"{into}/takeout-{STAMP}-{part + 1:03}.{kind}",
        members(items * part // parts, items * (part + 1) // parts))
