"""Short calls through C and generators: what a look that fails would favour is their callers.

usage: short.py SECONDS
"""
import sys
import time


class S:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        x = self.n
        for i in (1, 2, 3, 4):
            x += i
        return self


def plain(n):
    x = n
    for i in (1, 2, 3, 4):
        x += i
    return x


def by_operator(a, b):
    for i in (1, 2, 3):
        a + b


def by_genexpr():
    return list(plain(i) for i in (1, 2, 3))


def main(seconds):
    end = time.time() + seconds
    a, b = S(1), S(2)
    while time.time() < end:
        for i in range(200):
            by_operator(a, b)
            by_genexpr()


main(float(sys.argv[1]))
