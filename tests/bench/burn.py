"""What the bench records: pure Python work at some depth of stack, on the CPU all the time.

burn.py DEPTH SECONDS  works so long
burn.py DEPTH =N       says "ready", waits for a line on stdin, does N rounds of fixed work and ends
"""
import sys
import time


def leaf(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total


def even(depth, n):
    return odd(depth - 1, n) if depth > 0 else leaf(n)


def odd(depth, n):
    return even(depth - 1, n) if depth > 0 else leaf(n)


def main():
    depth = int(sys.argv[1])
    if sys.argv[2].startswith("="):
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(int(sys.argv[2][1:])):
            even(depth, 2000)
        return
    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        even(depth, 2000)


main()
