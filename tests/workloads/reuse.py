"""reuse.py SECONDS: makes a code object, runs it some milliseconds, drops it, and makes the next.

They come to lie where others lay. Each is known by its number N: the function made_N is in the file
made_N.py, its lines are N + 1 to N + 5, and the module calls it from line N + 6.
"""

import sys
import time


def main():
    end = time.monotonic() + float(sys.argv[1])
    n = 0
    while time.monotonic() < end:
        n += 1
        source = "\n" * n + (
            "def made_%d(end):\n"
            " while now() < end:\n"
            "  for i in range(100):\n"
            "   pass\n"
            "  %s\n"
            "made_%d(now() + 0.002)\n" % (n, "k = i; " * (n % 30), n)
        )
        exec(compile(source, "made_%d.py" % n, "exec"), {"now": time.monotonic})


main()
