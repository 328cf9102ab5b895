#!/usr/bin/env python3
"""tree.py: what holds of the tree, told where it does not.

No tool includes another, lib/ includes no tool, no circle of modules or rooms, a
tag, a type, a constant and a macro have one meaning, a file name one place, every function that a
header declares has a comment before it (two may share one) and is called by others, no comment names a
file that is gone, nor does CONTRIBUTING.md, no room touches what its map does not
say, and no condition assigns. At the top lies what belongs there, and nothing that a test has left.
"""

import glob
import os
import re
import shlex
import subprocess
import sys

# in quotes, and what is ours in angles too
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"|<(?=gp-|lib/|suite/))([^">]+)', re.M)
GENERATED = {"schema.inc"}
CONDITION = re.compile(r"\b(if|while|for|switch) \(")
QUOTED = re.compile(r"""/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""", re.S)
OTHERS = {"dvdisaster.h"} # files that are no part of gp
TOP = {".clang-format", ".clang-tidy", ".editorconfig", ".gitignore", "CHANGELOG.md",
       "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "VERSION"}
ASSIGNS = re.compile(r"(?:[^=!<>]|<<|>>)=[^=]")
TAG = re.compile(r"^\s*(?:(?:typedef|static|const|volatile) )*(?:struct|union|enum)"
                 r"(?: __attribute__\(\(.*?\)\))? (\w+)\s*\{", re.M)
ENUM = re.compile(r"\benum\b[^;{}()=]*\{([^}]*)\}")
TYPE = re.compile(r"^typedef\b[^;{}]*?(\w+)(?:\([^;]*\))?;", re.M)
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.M)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
ABOVE = re.compile(r"^/\*(?:(?!\*/).)*\*/$", re.M | re.S)
# a declaration, or the head of a function that is static inline
IN_HEADER = re.compile(r"^(?!typedef|#)[A-Za-z_][\w \n*]*?\b(\w+)\((?!\*)[^{;]*[{;]", re.M)
NAMED = re.compile(r"[\w/-]+\.[ch]\b")
GUIDE = "CONTRIBUTING.md"
OF_TREE = re.compile(r"(?<![\w./-])(?:src|tests|pipelines|man|bench|contrib)/[\w./*-]*")
DECLARED = re.compile(r"^(?!static|typedef|#)[a-z_][\w *]*?[ *](\w+)\((?!\*)", re.M)
DEFINED = re.compile(r"^(?!static)[a-z_][^;{}()=#\n]*\n(\w+)\(", re.M)
# headers of what several files do in the same way: a mode, a format
TABLES = {"auth.h", "modes.h", "package-format.h", "source.h"}
# what moves files that it does not publish: see lib/files/publish.h
MOVERS = {"gp-fetch/staging.c", "gp-index/open/in-place.c", "gp-list/google/picking-session.c",
          "lib/archive/staged-record.c", "lib/files/file.c", "lib/files/publish.c"}
RENAME = re.compile(r"\brename(?:at2?)?\(")
BUFFER = re.compile(r"^[ \t]+static (?!const |_Thread_local )(?:unsigned )?char (\w+)\[", re.M)
# what speaks to the network, and what makes, moves or removes a file
SPEAKS = re.compile(r"\b(?:curl_easy_\w+|curl_multi_add_handle|socket)(?=\()")
WRITES = re.compile(r"\b(?:O_CREAT|O_RDWR|O_WRONLY|(?:unlink|rename|mkdir)(?:at2?)?(?=\()|mkdtemp(?=\()|"
                    r"linkat(?=\()|ftruncate(?=\()|remove(?=\()|publish_\w+(?=\())")
STATIC = re.compile(r"^static [^;{}()=]*\n(\w+)\(", re.M)


def sources():
    for folder, _, names in os.walk("src"):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                yield os.path.join(folder, name)[len("src/"):]


def tool_of(path):
    return path.split("/", 1)[0]


def strangers(texts):
    for path, text in texts.items():
        for other in INCLUDE.findall(text):
            if "/" in other and tool_of(other) not in (tool_of(path), "lib"):
                yield f"{path} includes {other}"


def nowhere(texts):
    """Includes of ours that name no file from src/ on: no other check sees them."""
    for path, text in texts.items():
        for other in INCLUDE.findall(text):
            if other not in texts and other not in GENERATED:
                yield f"{path} includes {other}, which is no file below src/"


def circles(texts):
    """Of modules, X.c and X.h being one, and of the rooms of a tool or of lib/;
    what lies beside its rooms is in none."""
    modules, rooms = {}, {}
    for path, text in texts.items():
        module, room = path[:-2], os.path.dirname(path)
        for other in INCLUDE.findall(text):
            if other not in texts:
                continue
            if other[:-2] != module:
                modules.setdefault(module, []).append(other[:-2])
            other_room = os.path.dirname(other)
            if other_room != room and "/" in room and "/" in other_room:
                rooms.setdefault(room, []).append(other_room)
    yield from ways_back(modules)
    yield from ways_back(rooms)


def ways_back(includes):
    done = set()

    def visit(one, way):
        if one in way:
            yield "a circle: " + " -> ".join(way[way.index(one):] + [one])
        elif one not in done:
            for other in dict.fromkeys(includes.get(one, ())):
                yield from visit(other, way + [one])
            done.add(one)

    for one in includes:
        yield from visit(one, [])


def places(texts, found):
    """Where each of FOUND, a list of names for each text, is."""
    where = {}
    for path, text in texts.items():
        for name in found(text):
            where.setdefault(name, set()).add(path)
    return where


def constants_of(text):
    """Of the enums."""
    for inside in ENUM.findall(COMMENT.sub("", text)):
        for one in inside.split(","):
            name = re.match(r"\s*(\w+)", one)
            if name:
                yield name.group(1)


def twice(texts):
    """Tags, macros and names of files; a tag, too, is not a function's name,
    where both are not private to files of their own."""
    tags, macros = places(texts, TAG.findall), places(texts, MACRO.findall)
    external = places({p: t for p, t in texts.items() if p.endswith(".h")}, DECLARED.findall)
    static = places(texts, STATIC.findall)
    names = {}
    for path in texts:
        if os.path.basename(path) != "main.c":
            names.setdefault(os.path.basename(path), []).append(path)
    types = places(texts, TYPE.findall)
    constants = places({p: t for p, t in texts.items() if os.path.basename(p) != "main.c"},
                       constants_of)
    for what, found in (("the tag ", tags), ("the macro ", macros), ("the type ", types),
                        ("the constant ", constants), ("", names)):
        for name, where in sorted(found.items()):
            if len(where) > 1:
                yield f"{what}{name} is there twice: " + ", ".join(sorted(where))
    for tag, where in sorted(tags.items()):
        others = set(external.get(tag, ()))
        for path in static.get(tag, ()):
            if path in where or any(p.endswith(".h") for p in where):
                others.add(path)
        if others:
            yield f"{tag} is a tag and a function: " + ", ".join(sorted(where | others))


def homonyms(texts):
    """A static function bears no other's external name."""
    external = {}
    for path, text in texts.items():
        if path.endswith(".h"):
            for name in DECLARED.findall(text):
                external[name] = path
    for path, text in texts.items():
        for name in STATIC.findall(text):
            if name in external:
                yield f"{path}: the static {name}() is another's: {external[name]}"


def elsewhere(texts):
    """What X.c gives to others is declared in X.h, or in a table of such."""
    declared = {}
    for path, text in texts.items():
        if path.endswith(".h") and os.path.basename(path) not in TABLES:
            for name in DECLARED.findall(text):
                declared[name] = path
    for path, text in texts.items():
        for name in DEFINED.findall(text) if path.endswith(".c") else ():
            if declared.get(name, path[:-1] + "h") != path[:-1] + "h":
                yield f"{path}: {name}() is declared in {declared[name]}"


def unshared(texts):
    """What X.c gives to others, somebody else calls: a tool, or a test of it."""
    others = dict(texts)
    for path in glob.glob("tests/unit/*.c") + glob.glob("tests/fuzz/*.c"):
        with open(path, encoding="utf-8") as file:
            others[path] = file.read()
    words = {path: set(re.findall(r"\w+", COMMENT.sub("", text)))
             for path, text in others.items()}
    for path, text in texts.items():
        for name in DECLARED.findall(text) if path.endswith(".h") else ():
            own = (path, path[:-1] + "c")
            if not any(name in words[p] for p in words if p not in own):
                yield f"{path}: nobody else calls {name}(): it is static, or goes"


def uncommented(texts):
    """Functions of a header without a comment directly before them. One may
    serve two that follow each other."""
    for path, text in texts.items():
        if not path.endswith(".h"):
            continue
        commented = {found.end() + 1: 2 for found in ABOVE.finditer(text)}
        for found in IN_HEADER.finditer(text):
            serves = commented.get(found.start(), 0)
            if serves == 0:
                yield f"{path}: {found.group(1)}() has no comment of its own"
            commented[found.end() + 1] = max(serves - 1, 0)


def gone(texts):
    """Files of ours that a comment or CONTRIBUTING.md names, and that are not
    there. NAME in such a name stands for any."""
    names = {os.path.basename(p) for p in texts} | OTHERS
    for path, text in texts.items():
        for comment in COMMENT.findall(text):
            for name in NAMED.findall(comment):
                if os.path.basename(name) not in names:
                    yield f"{path}: a comment names {name}, which is not there"
    with open(GUIDE, encoding="utf-8") as file:
        guide = file.read()
    for name in sorted(set(NAMED.findall(guide))):
        if "NAME" not in name and os.path.basename(name) not in names:
            yield f"{GUIDE} names {name}, which is not there"
    for name in sorted(set(OF_TREE.findall(guide))):
        if "NAME" not in name and not glob.glob(name.rstrip(".")):
            yield f"{GUIDE} names {name}, which is not there"


def closing(text, at):
    """Where the bracket that opens before AT is closed."""
    depth = 1
    while depth > 0:
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at - 1


def assigning(texts):
    for path, text in texts.items():
        # lines stay where they are
        text = QUOTED.sub(lambda m: re.sub(r"[^\n]", "_", m.group()), text)
        for found in CONDITION.finditer(text):
            inside = text[found.end():closing(text, found.end())]
            if found.group(1) == "for":
                inside = inside.split(";")[1]
            if ASSIGNS.search(inside):
                line = text.count("\n", 0, found.start()) + 1
                yield f"{path}:{line}: assigns in a condition"


def habits(texts):
    """lib/ knows no tool and no locale, files are published in one way, and no
    function keeps a buffer from call to call."""
    for path, text in texts.items():
        code = COMMENT.sub("", text)
        if path.startswith("lib/"):
            for name in sorted(set(re.findall(r'"[^"\n]*\b(gp-(?:auth|fetch|hash|index|list|pack))\b[^"\n]*"', code))):
                yield f"{path}: speaks of {name}; what a tool is called is in suite/suite.c"
            if "setlocale(" in code:
                yield f"{path}: sets the locale, which is the program's"
        if path not in MOVERS and RENAME.search(code):
            yield f"{path}: renames; lib/files/publish.h gives files their names"
        for name in BUFFER.findall(code):
            yield f"{path}: {name} is a static buffer"


def litter_lists(texts):
    """The pipelines pass over what the tools do; hidden files they pass over anyway."""
    tools = re.search(r"litter\[\] = \{(.*?)\}", texts["lib/archive/litter.c"], re.S).group(1)
    tools = {n for n in re.findall(r'"([^"]+)"', tools) if not n.startswith(".")}
    shell = re.search(r"^LITTER=\((.*?)\)", open("pipelines/copies.sh", encoding="utf-8").read(), re.S | re.M)
    shell = set(shlex.split(shell.group(1)))
    for name in sorted(tools ^ shell):
        yield f"{name}: is litter to one of lib/archive/litter.c and pipelines/copies.sh alone"


def endings(texts):
    """What is unfinished is so to the tools and to gp-takeout-pull."""
    tools = re.search(r"endings\[\] = \{(.*?)\}", texts["lib/files/unfinished.c"], re.S).group(1)
    with open("pipelines/gp-takeout-pull", encoding="utf-8") as file:
        shell = re.search(r"^ARRIVING='.*?\((.*?)\)", file.read(), re.M).group(1)
    for name in sorted(set(re.findall(r'"\.(\w+)"', tools)) ^ set(shell.split("|"))):
        yield f".{name}: is unfinished to one of lib/files/unfinished.c and gp-takeout-pull alone"


def unmapped(texts):
    """Rooms that CONTRIBUTING.md does not tell of, or that are gone."""
    with open(GUIDE, encoding="utf-8") as file:
        guide = file.read()
    for folder in sorted({os.path.dirname(p) for p in texts}):
        top, _, room = folder.partition("/")
        if not (re.search(rf"^(?:.*, )?{folder}/[, ]", guide, re.M) if room else top in guide):
            yield f"src/{folder}: {GUIDE} does not say what it is"
    for room in re.findall(r"(?:^|, )((?:gp-|lib)[\w/-]*)/(?=[, ])", guide, re.M):
        if not os.path.isdir(os.path.join("src", room)):
            yield f"{GUIDE} tells of {room}/, which is not there"


def reaching(texts):
    """What a file does and the map says that its room does not touch."""
    with open(GUIDE, encoding="utf-8") as file:
        rows = re.findall(r"^((?:gp-|lib)[^\s,]*(?:, \S+)?) [^|\n]*\| (.*)$", file.read(), re.M)
    touched = {room.rstrip("/"): what for rooms, what in rows for room in rooms.split(", ")}
    for path, text in sorted(texts.items()):
        what = touched.get(path, touched.get(os.path.dirname(path), "nothing"))
        code = QUOTED.sub("", text) if path.endswith(".c") else ""
        for call in re.findall(SPEAKS, code)[:1]:
            if "network" not in what:
                yield f"{path}: calls {call}, and {GUIDE} says that its room touches: {what}"
        for call in re.findall(WRITES, code)[:1]:
            if what in ("nothing", "network"):
                yield f"{path}: has {call}, and {GUIDE} says that its room touches: {what}"


def unrun(_):
    """Tests that no run would come to."""
    for path in sorted(glob.glob("tests/**/*.bats", recursive=True)):
        if os.path.dirname(path) not in ("tests", "tests/services"):
            yield f"{path}: tests/run looks in tests/ and tests/services/ alone"
    with open("tests/fuzz.bats", encoding="utf-8") as file:
        fuzzed = set(re.findall(r"^\tfuzz (\w+)$", file.read(), re.M))
    for path in sorted(glob.glob("tests/fuzz/*.c")):
        name = os.path.basename(path)[:-2]
        if name not in fuzzed and name != "quiet":
            yield f"{path}: no test in tests/fuzz.bats"


def litter(_):
    """Files at the top that git keeps and nobody knows; none where it keeps none."""
    got = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False)
    for name in got.stdout.splitlines():
        if "/" not in name and name not in TOP:
            yield f"{name}: is at the top of the tree, where it is not known"


def main():
    texts = {p: open(os.path.join("src", p), encoding="utf-8").read() for p in sources()}
    bad = [line for check in (strangers, nowhere, circles, twice, homonyms, elsewhere, unshared, uncommented, gone, assigning, habits, litter_lists, endings, unmapped, reaching, unrun, litter) for line in check(texts)]
    print("\n".join(bad), end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
