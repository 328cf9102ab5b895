"""Makes tiny media files for tests, each with just what a test looks at.

  media-file.py jpeg FILE [--original T] [--offset O] [--digitized T] [--changed T]
                          [--size WxH] [--pad N]
  media-file.py heic FILE [--original T] [--offset O] [--size WxH] [--at N]
  media-file.py mp4 FILE [--created SECONDS-SINCE-1904] [--size WxH] [--moov first]

Times are as EXIF has them (2021:06:07 08:09:10), offsets as +02:00.
"""
import argparse
import struct


def ifd(entries, start):
    """A TIFF directory at offset START, its long values behind it."""
    head = struct.pack("<H", len(entries))
    data = b""
    at = start + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in sorted(entries):
        if len(value) > 4:
            head += struct.pack("<HHII", tag, kind, count, at + len(data))
            data += value
        else:
            head += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
    return head + struct.pack("<I", 0) + data


def text(tag, value):
    value = value.encode() + b"\0"
    return (tag, 2, len(value), value)


def tiff(args):
    """EXIF: IFD0 with DateTime, and the EXIF directory behind it."""
    first = [(0x8769, 4, 1, struct.pack("<I", 0))]
    if args.changed:
        first.append(text(0x0132, args.changed))
    behind = 8 + len(ifd(first, 8))
    first[0] = (0x8769, 4, 1, struct.pack("<I", behind))
    exif = [(0x9000, 7, 4, b"0232")]
    if args.original:
        exif.append(text(0x9003, args.original))
    if args.digitized:
        exif.append(text(0x9004, args.digitized))
    if args.offset:
        exif.append(text(0x9011, args.offset))
    return b"II*\0" + struct.pack("<I", 8) + ifd(first, 8) + ifd(exif, behind)


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(args, width, height):
    out = b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    for _ in range(args.pad):
        out += segment(0xE2, b"\0" * 65000)
    if args.original or args.digitized or args.changed:
        out += segment(0xE1, b"Exif\0\0" + tiff(args))
    out += segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    return out + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\x34\xff\xd9"


def box(kind, body):
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind, version, body):
    return box(kind, struct.pack(">I", version << 24) + body)


def heic(args, width, height):
    """A HEIC whose EXIF item lies at byte --at."""
    item = struct.pack(">I", 6) + b"Exif\0\0" + tiff(args)
    start = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    infe = full(b"infe", 2, struct.pack(">HH4sB", 7, 0, b"Exif", 0))
    start += full(
        b"meta",
        0,
        full(b"hdlr", 0, b"\0" * 4 + b"pict" + b"\0" * 13)
        + full(b"iinf", 0, struct.pack(">H", 1) + infe)
        + full(
            b"iloc",
            0,
            struct.pack(">BBHHHHII", 0x44, 0, 1, 7, 0, 1, args.at, len(item)),
        )
        + box(
            b"iprp",
            box(
                b"ipco",
                full(b"ispe", 0, struct.pack(">II", 64, 64))
                + full(b"ispe", 0, struct.pack(">II", width, height)),
            ),
        ),
    )
    return start.ljust(args.at, b"\0") + item


def mp4(args, width, height):
    times = struct.pack(">IIII", args.created, args.created, 1000, 1000)
    moov = box(
        b"moov",
        full(b"mvhd", 0, times + b"\0" * 80)
        + box(b"trak", full(b"tkhd", 0, b"\0" * 72 + struct.pack(
            ">II", width << 16, height << 16))),
    )
    # a 64-bit size, as long recordings have
    mdat = struct.pack(">I4sQ", 1, b"mdat", 16 + 500000) + b"\x55" * 500000
    start = box(b"ftyp", b"isom\0\0\0\0isommp42")
    return start + (moov + mdat if args.moov == "first" else mdat + moov)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["jpeg", "heic", "mp4"])
    parser.add_argument("file")
    parser.add_argument("--original")
    parser.add_argument("--offset")
    parser.add_argument("--digitized")
    parser.add_argument("--changed")
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--pad", type=int, default=0)
    parser.add_argument("--at", type=int, default=2000)
    parser.add_argument("--created", type=int, default=0)
    parser.add_argument("--moov")
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    make = {"jpeg": jpeg, "heic": heic, "mp4": mp4}[args.kind]
    with open(args.file, "wb") as out:
        out.write(make(args, width, height))


main()
