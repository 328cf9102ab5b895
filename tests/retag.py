"""retag.py IMAGE OFFSET: flips a byte of an image that xorriso made and sets the
MD5 of its session right again, so that only the MD5 of what was hit is wrong.
The tag: libisofs, doc/checksums.txt."""

import hashlib
import re
import sys

image, offset = sys.argv[1], int(sys.argv[2])
with open(image, "r+b") as f:
    data = bytearray(f.read())
    data[offset] ^= 1
    tag = [
        m
        for m in re.finditer(
            rb"libisofs_checksum_tag_v1 pos=(\d+) range_start=0 range_size=(\d+)"
            rb" md5=(\w{32}) self=(\w{32})\n",
            data,
        )
        if m[1] == m[2]
    ][-1]
    data[tag.start(3) : tag.end(3)] = (
        hashlib.md5(data[: int(tag[2]) * 2048]).hexdigest().encode()
    )
    text = data[tag.start() : tag.end(3)]
    data[tag.start(4) : tag.end(4)] = hashlib.md5(text).hexdigest().encode()
    f.seek(0)
    f.write(data)
