#!/usr/bin/env python3
"""Whether each row of tests/bite.tab can still be tried: what it breaks stands
in its file exactly once, and its test is there. tests/bite itself takes long."""
import re
import sys

TABLE = "tests/bite.tab"
PROMISES = 12


def text_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        return str(error)


def titles(path):
    """What bats calls the tests of a file."""
    found = re.findall(r'^@test "(.*)" \{$', text_of(path), re.M)
    return {re.sub(r'\\(["\\$`])', r"\1", title) for title in found}


def wrong(row):
    parts = row.split("\t")
    if len(parts) != 5:
        return "a row has file, text, replacement, .bats file, title"
    path, text, replacement, bats, title = parts
    if text == replacement:
        return "breaks nothing"
    times = text_of(path).count(text)
    if times != 1:
        return f"{path}: found {times} times: {text}"
    return None if title in titles(bats) else f"{bats}: no test: {title}"


def unguarded(lines):
    """Promises, a numbered heading each, without a row."""
    rows = {}
    promise = None
    for line in lines:
        heading = re.match(r"# (\d+)\. ", line)
        if heading:
            promise = int(heading.group(1))
            rows[promise] = 0
        elif line == "#":
            promise = None
        elif line and not line.startswith("#") and promise is not None:
            rows[promise] += 1
    return [n for n in range(1, PROMISES + 1) if not rows.get(n)]


def main():
    bad = 0
    for number in unguarded(text_of(TABLE).splitlines()):
        print(f"{TABLE}: no row for promise {number} of gp-promises(7)")
        bad = 1
    for number, line in enumerate(text_of(TABLE).splitlines(), 1):
        said = line and not line.startswith("#") and wrong(line)
        if said:
            print(f"{TABLE}:{number}: {said}")
            bad = 1
    return bad


sys.exit(main())
