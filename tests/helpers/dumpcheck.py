"""Checks what pydump -j says.

    dumpcheck.py locals DUMP EXPECTED   against what tests/workloads/locals.py said; prints what
                                        differs
    dumpcheck.py stacks DUMP EXPECTED COMM
                                        against what tests/workloads/parked.py said; COMM is what
                                        it calls the main thread
    dumpcheck.py states DUMP            the threads of locals.py, with spin
    dumpcheck.py bounds DUMP            the variables of its function bounded()
"""

import json
import re
import sys

sys.stdout.reconfigure(errors="backslashreplace")


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def short(text):
    text = ascii(text)
    return text if len(text) < 300 else text[:300] + "..."


def by_name(dump):
    """The newest frame of each function."""
    return {f["name"]: f for t in dump["threads"] for f in reversed(t["frames"])}


def check_locals(dump, expected):
    frames = by_name(dump)
    shown = 0
    for name, want in expected.items():
        found = frames.get(name) or print(name, "has no frame")
        if not found:
            continue
        order = [v["arg"] for v in found["locals"]]
        if order != sorted(order, reverse=True):
            print(name, "arguments do not come first")
        for kind, arg in ("arguments", True), ("locals", False):
            got = {v["name"]: v["repr"] for v in found["locals"] if v["arg"] == arg}
            if arg and list(got) != list(want[kind]):
                print(name, "arguments:", list(got), "not", list(want[kind]))
            for variable, value in want[kind].items():
                shown += 1
                if got.get(variable) != value:
                    print(
                        "%s.%s: got %s want %s"
                        % (name, variable, short(got.get(variable)), short(value))
                    )
            if name in ("arguments", "closure"):
                extra = sorted(set(got) - set(want[kind]))
                if extra:
                    print(name, kind, "too many:", extra)
    if shown < 150:
        print("only", shown, "variables")


def escape(text):
    raw = text.encode("utf-8", "surrogateescape")
    raw = re.sub(rb"\\(?=x[0-9a-f]{2})", rb"\\x5c", raw)
    return re.sub(rb"[\x00-\x1f\x7f;]", lambda m: b"\\x%02x" % m.group()[0], raw)


def spell(frame):
    text = frame["name"]
    if frame["filename"]:
        line = ":%d" % frame["line"] if frame["line"] else ""
        text += " (%s%s)" % (frame["filename"], line)
    return escape(text)


def check_stacks(dump, path, pid_name):
    with open(path, "rb") as f:
        want = set(f.read().splitlines())
    got = set()
    for thread in dump["threads"]:
        name = thread["thread_name"]
        if name == "MainThread":
            name = pid_name
        root = escape("thread (%d): %s" % (thread["os_thread_id"], name))
        got.add(b";".join([root] + [spell(f) for f in reversed(thread["frames"])]))
    for line in want - got:
        print("missing", short(line))
    if len(got) != len(want) + 1:
        print(len(got), "stacks, not", len(want) + 1)


BOUNDS = {
    "huge": r"\[0, 1, .*, 19, \.\.\. 999980 more\]",
    "deep": r"\[\[\[\[\[\[\.\.\.\]\]\]\]\]\]",
    "wide": r"\{0: \[0, 1, .*\.\.\. \d+ more\}",
    "long": r"'x{200}'\.\.\.",
    "raw": r"b'(\\xff){200}'\.\.\.",
    "number": r"0x[0-9a-f]+\.\.\. \(1000001 bits\)",
    "negative": r"-0x[0-9a-f]+\.\.\. \(5001 bits\)",
    "many": r"\{0, 1, .*, 19, \.\.\. 99980 more\}",
    "tree": r"\(\(\(\(0, .* more\)",
    "big_dict": r"\{0: None, .*\.\.\. 99980 more\}",
    "queue": r"deque\(\[0, .*, 19, \.\.\. 99980 more\]\)",
    "liar": r"<__main__\.Liar object at 0x[0-9a-f]+>",
    "odd_name": r"<__main__\.bad\\nname\\x1b\[31m object at 0x[0-9a-f]+>",
    "sub": r"\[MyList\(\[1\]\), MyStr\('s'\), MyInt\(7\), MyDict\(\{'a': 1\}\), "
    r"OrderedDict\(\{'a': 1\}\)\]",
    "sparse": r"\{\.\.\. 1 more\}",
}


def check_bounds(dump):
    frames = by_name(dump)
    got = {v["name"]: v["repr"] for v in frames["bounded"]["locals"]}
    for name, want in BOUNDS.items():
        if not re.fullmatch(want, got.get(name, "")):
            print(name, "is", short(got.get(name)))
    for name, value in got.items():
        if len(value.encode()) > 6000:
            print(name, "is", len(value), "long")
    crowd = frames["crowded"]["locals"]
    if len(crowd) != 257 or crowd[256]["repr"] is not None or crowd[255]["repr"] != "255":
        print("crowded has", len(crowd))


def check_states(dump):
    threads = {t["thread_name"]: t for t in dump["threads"]}
    for name in "lock", "sleep", "select", "MainThread":
        if threads[name]["active"]:
            print(name, "is active")
    if not threads["spin"]["active"] or not threads["spin"]["owns_gil"]:
        print("spin", "is idle" if not threads["spin"]["active"] else "has no GIL")
    if sum(t["owns_gil"] for t in dump["threads"]) > 1:
        print("several hold the GIL")
    for thread in dump["threads"]:
        if thread["torn"] or thread["cut"]:
            print(thread["thread_name"], "is torn or cut")
    depth = [f["name"] for f in threads["recursion"]["frames"]].count("recursion")
    if depth != 1501:
        print("recursion is", depth, "deep")
    if dump["threads"][0]["thread_name"] != "MainThread":
        print("the main thread is not the first")


def main():
    what, dump = sys.argv[1], load(sys.argv[2])
    if what == "locals":
        check_locals(dump, load(sys.argv[3]))
    elif what == "stacks":
        check_stacks(dump, sys.argv[3], sys.argv[4])
    elif what == "states":
        check_states(dump)
    else:
        check_bounds(dump)


main()
