#!/usr/bin/env python3
"""Whether each row of tests/bite.tab can still be tried: what it breaks stands
in its file exactly once, and its test is there. tests/bite itself takes long."""
import re
import sys

TABLE = "tests/bite.tab"


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
    path, text, _, bats, title = parts
    times = text_of(path).count(text)
    if times != 1:
        return f"{path}: found {times} times: {text}"
    return None if title in titles(bats) else f"{bats}: no test: {title}"


def main():
    bad = 0
    for number, line in enumerate(text_of(TABLE).splitlines(), 1):
        said = line and not line.startswith("#") and wrong(line)
        if said:
            print(f"{TABLE}:{number}: {said}")
            bad = 1
    return bad


sys.exit(main())
