"""split.py SECONDS FILE: a program whose three functions take 70, 20 and 10 % of its CPU time.

Measures by the thread's own CPU clock what each took, also before and after the recording, and
writes "name share" lines to FILE.
"""

import sys
import time

SLICE = 0.001  # seconds that one unit of work takes, about


def make(name, units):
    scope = {"now": time.thread_time}
    exec(
        compile(
            "def %s():\n"
            "    start = now()\n"
            "    for n in range(%d):\n"
            "        k = 0\n"
            "        for i in range(work):\n"
            "            k += i & 7\n"
            "    return now() - start\n" % (name, units),
            "split.py",
            "exec",
        ),
        scope,
    )
    return name, scope


def set_work(scopes):
    """So much that a unit is about a slice on this machine."""
    start = time.thread_time()
    for scope in scopes:
        scope["work"] = 20000
    scopes[0][next(k for k in scopes[0] if k.startswith("use_"))]()
    took = (time.thread_time() - start) / 7
    for scope in scopes:
        scope["work"] = max(1000, int(20000 * SLICE / took))


def main():
    seconds, path = float(sys.argv[1]), sys.argv[2]
    made = [make("use_70", 7), make("use_20", 2), make("use_10", 1)]
    set_work([scope for _, scope in made])
    took = {name: 0.0 for name, _ in made}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, scope in made:
            took[name] += scope[name]()
    with open(path, "w") as out:
        for name in took:
            out.write("%s %.3f\n" % (name, 100 * took[name] / sum(took.values())))


main()
