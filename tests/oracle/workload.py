"""Programs whose wrong stacks can be recognised by construction.

usage: workload.py KIND SECONDS TRUTH [DEPTH]

Every function that the program defines has one legal caller line, so a sampled stack is possible
only if each of its frames stands on the one line that calls the next. TRUTH is written first: JSON
with "edges" (function, line, called function), "leaves" (functions that may be the innermost) and
"roots" (functions that something outside calls). check.py holds folded stacks against it.

Kinds: towers  three disjoint towers of equal frames, called in turn
       tall    the same, two towers, deeper by default
       recurse a chain of functions, each of its own depth, unwound and entered again
       sorted  towers whose frames are joined by C calls (a key function)
       gens    chains of generators, each made anew for every item
       coros   chains of coroutines
       excs    towers left by an exception caught at the bottom
       swap    functions whose code objects are replaced by equal-sized ones
       threads towers run by threads that start and end
Runs on CPython 3.6 and later.
"""
import json
import sys
import threading
import time

NAME = "oracle_%s.py"


class Program:
    def __init__(self, kind):
        self.file = NAME % kind
        self.lines = []
        self.truth = {"file": self.file, "edges": [], "leaves": [], "roots": []}
        self.space = {"threading": threading, "time": time}

    def add(self, text):
        """Adds lines; returns the number of the first."""
        first = len(self.lines) + 1
        self.lines += text.split("\n")
        return first

    def edge(self, caller, line, callee):
        self.truth["edges"].append([caller, line, callee])

    def compile(self):
        exec(compile("\n".join(self.lines), self.file, "exec"), self.space)


def tower(p, name, depth, call="return %s(n)", leaf=None, define="def"):
    """name_1 calls name_2 ... name_DEPTH, a leaf that works a little."""
    for i in range(1, depth):
        callee = "%s_%d" % (name, i + 1)
        at = p.add("%s %s_%d(n):\n    %s" % (define, name, i, call % callee))
        p.edge("%s_%d" % (name, i), at + 1, callee)
    body = leaf or "    x = n\n    x = x + 1\n    x = x * 3\n    return x"
    p.add("%s %s_%d(n):\n%s" % (define, name, depth, body))
    p.truth["leaves"].append("%s_%d" % (name, depth))


def main_loop(p, calls, before=""):
    """main() runs the calls in turn until the time is over."""
    p.add("def main(end, clock):\n    while clock() < end:\n        for i in range(200):")
    for callee, text in calls:
        at = p.add("            " + text)
        p.edge("main", at, callee)
    p.truth["roots"].append("main")


def towers(p, depth, names="abc"):
    for name in names:
        tower(p, name, depth)
    main_loop(p, [(n + "_1", n + "_1(i)") for n in names])


def tall(p, depth):
    towers(p, depth or 100, "ab")


def recurse(p, depth):
    tower(p, "r", depth)
    tower(p, "s", max(2, depth // 3))
    main_loop(p, [("r_1", "r_1(i)"), ("s_1", "s_1(i)")])


def by_sorted(p, depth):
    for name in "ab":
        tower(p, name, depth, "return sorted((n,), key=%s)")
    main_loop(p, [(n + "_1", n + "_1(i)") for n in "ab"])


def gens(p, depth):
    for name in "ab":
        for i in range(1, depth):
            callee = "%s_%d" % (name, i + 1)
            at = p.add("def %s_%d(n):\n    for x in %s(n):\n        yield x" % (name, i, callee))
            p.edge("%s_%d" % (name, i), at + 1, callee)
        p.add("def %s_%d(n):\n    yield n\n    yield n + 1" % (name, depth))
        p.truth["leaves"].append("%s_%d" % (name, depth))
    p.add("def main(end, clock):\n    while clock() < end:\n        for i in range(200):")
    for name in "ab":
        at = p.add("            for x in %s_1(i):\n                pass" % name)
        p.edge("main", at, name + "_1")
    p.truth["roots"].append("main")


def coros(p, depth):
    for name in "ab":
        tower(p, name, depth, "return await %s(n)", define="async def")
    p.add("def drive(coro):\n    try:\n        coro.send(None)\n    except StopIteration as e:\n"
          "        return e.value")
    at = 0
    for i, line in enumerate(p.lines):
        if line == "        coro.send(None)":
            at = i + 1
    for name in "ab":
        p.edge("drive", at, name + "_1")
    p.truth["leaves"].append("drive")
    main_loop(p, [("drive", "drive(%s_1(i))" % n) for n in "ab"])
    # Calling a coroutine function runs its frame for a moment, to make the coroutine.
    for i, name in enumerate("ab"):
        p.edge("main", len(p.lines) - 1 + i, name + "_1")


def excs(p, depth):
    for name in "ab":
        tower(p, name, depth, leaf="    raise KeyError(n)")
    for name in "ab":
        at = p.add("def catch_%s(n):\n    try:\n        %s_1(n)\n    except KeyError:\n        pass"
                   % (name, name))
        p.edge("catch_" + name, at + 2, name + "_1")
        p.truth["leaves"].append("catch_" + name)
    main_loop(p, [("catch_" + n, "catch_%s(i)" % n) for n in "ab"])


def swap(p, depth):
    """One function, f_1, whose code is exchanged between two that call different towers."""
    for name in "ab":
        tower(p, name, depth)
    for name in "ab":
        at = p.add("def via_%s(n):\n    return %s_1(n)" % (name, name))
        p.edge("via_" + name, at + 1, name + "_1")
    p.add("def f(n):\n    return None")
    p.add("codes = [via_a.__code__, via_b.__code__]")
    p.add("def main(end, clock):\n    while clock() < end:\n        for i in range(200):\n"
          "            f.__code__ = codes[i & 1]")
    at = p.add("            f(i)")
    p.edge("main", at, "via_a")
    p.edge("main", at, "via_b")
    p.truth["roots"].append("main")


def threads(p, depth):
    for name in "ab":
        tower(p, name, depth)
    for name in "ab":
        p.add("def run_%s():" % name)
        at = p.add("    for i in range(3000):\n        %s_1(i)" % name)
        p.edge("run_" + name, at + 1, name + "_1")
        p.truth["roots"].append("run_" + name)
    p.add("def main(end, clock):\n    while clock() < end:\n"
          "        ts = []\n        for t in (run_a, run_b) * 4:\n"
          "            ts.append(threading.Thread(target=t))\n"
          "        for t in ts: t.start()\n        for t in ts: t.join()")
    p.truth["roots"].append("main")


KINDS = {"towers": (towers, 8), "tall": (tall, 100), "recurse": (recurse, 60),
         "sorted": (by_sorted, 8), "gens": (gens, 6), "coros": (coros, 8), "excs": (excs, 8),
         "swap": (swap, 8), "threads": (threads, 8)}


def run():
    kind, seconds, truth = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    make, depth = KINDS[kind]
    depth = int(sys.argv[4]) if len(sys.argv) > 4 else depth
    sys.setrecursionlimit(100000)
    p = Program(kind)
    make(p, depth)
    p.compile()
    with open(truth, "w") as f:
        json.dump(p.truth, f)
    p.space["main"](time.time() + seconds, time.time)


if __name__ == "__main__":
    run()
