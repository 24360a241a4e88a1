"""Threads that stand still in functions whose variables are known, and what they are.

    locals.py FILE

Writes to FILE, as JSON, for each of its functions the variables that a debugger should show:
{function: {"arguments": {name: repr}, "locals": {name: repr}}}, and then stays. SIGTERM ends it.
"""

import asyncio
import collections
import dataclasses
import enum
import functools
import json
import os
import select
import sys
import threading
import time
import typing

expected = {}
parked = []


class Color(enum.Enum):
    RED = 1
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = -3


class Perm(enum.Flag):
    R = 4


Point = collections.namedtuple("Point", "x y")


class Typed(typing.NamedTuple):
    name: str
    size: int = 3


@dataclasses.dataclass
class Data:
    a: int
    b: str = "x"
    c: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class MoreData(Data):
    d: float = 0.5


class Plain:
    def method(self):
        pass


class OwnError(ValueError):
    pass


class Liar:
    def __repr__(self):
        return "never called"


def park(names, arguments=()):
    """Says what the caller's variables are: those named, by repr()."""
    frame = sys._getframe(1)
    values = frame.f_locals
    code = frame.f_code
    show = {name: repr(values[name]) for name in names}
    given = {name: repr(values[name]) for name in arguments}
    expected[getattr(code, "co_qualname", code.co_name)] = {"arguments": given, "locals": show}
    wait()


def wait():
    parked.append(None)
    threading.Event().wait()


def numbers():
    i0, i1, i2 = 0, 1, -1
    i3, i4, i5 = 2**30 - 1, 2**30, -(2**30)
    i6, i7, i8 = 2**60 - 1, 2**60, 2**64
    i9, i10, i11 = 10**18, -(10**27), 3**600
    i12, i13 = 10**300, -(2**1019)
    f0, f1, f2, f3, f4 = 0.0, -0.0, 1.0, 0.1, 1 / 3
    f5, f6, f7, f8 = 1e15, 1e16, 123456789012345680.0, 1e22
    f9, f10, f11, f12 = 0.0001, 0.00001, 5e-324, 1.7976931348623157e308
    f13, f14, f15, f16 = float("inf"), float("-inf"), float("nan"), -2.5
    f17, f18, f19, f20 = 9007199254740993.0, 1e100, 2**0.5, 100.0
    f21, f22, f23 = 1e-7, 12345.678, 4.35
    c0, c1, c2, c3, c4 = 1j, 1 + 2j, -1.5 - 0.0j, complex(-0.0, 1), complex("nan+infj")
    b0, b1, none, dots, no = True, False, None, ..., NotImplemented
    park([n for n in sorted(locals())])


def text():
    s0, s1, s2, s3 = "", "a", "it's", 'say "hi"'
    s4, s5, s6 = "it's \"both\"", "a\\b\t\n\r\x00\x1b\x7f", "\x80\x9f\xa0\xad\xff"
    s7, s8, s9 = "caf\u00e9", "\u4e2d\u6587", "\U0001f40d"
    s10, s11, s12 = "\ud800", "\u200b\u2028\ue000\ufeff", "\u0394" * 200
    s13, s14 = "x" * 200, "\u3000\u00a0 \U000e0001"
    b0, b1, b2, b3 = b"", b"a'b", b"'\"", bytes(range(150))
    b4, b5 = bytearray(b"xy\xff"), bytearray()
    b6 = bytearray(b"abcdef")
    del b6[:2]
    park([n for n in sorted(locals())])


def containers():
    l0, l1, l2 = [], [1], [1, "a", None, [2.5, [b"x"]]]
    t0, t1, t2 = (), (1,), (1, (2, (3,)))
    d0, d1, d2 = {}, {"a": 1}, {1: "x", None: [], (1, 2): {"k": {}}, 2.5: b""}
    d3 = {n: n for n in range(30)}
    for n in range(15):
        del d3[n]
    d4 = dict.fromkeys("abc", 0)
    s0, s1, s2 = set(), {1}, {1, 2, 3, "a"}
    s3 = set(range(40))
    s3 -= set(range(2, 40))
    z0, z1 = frozenset(), frozenset([1, (2,)])
    l3 = list(range(20))
    l4 = [1]
    l4.append(l4)
    d5 = {}
    d5["me"] = d5
    l5 = [l4, l4]
    q0, q1, q2 = (
        collections.deque(),
        collections.deque([1, 2, 3]),
        collections.deque(range(200), maxlen=7),
    )
    e0 = collections.defaultdict(list, {1: [2]})
    e1 = collections.defaultdict(None, {})
    r0, r1, r2 = range(3), range(1, 9, 2), range(-1, -(2**70), -1)
    w0, w1 = slice(3), slice(1, None, "x")
    del n
    park([n for n in sorted(locals()) if n != "n"])


def objects():
    e0, e1, e2, e3 = Color.RED, Color.GREEN, Level.LOW, [Perm.R]
    p0, p1 = Point(1, "y"), Typed("n")
    a0, a1 = Data(1), MoreData(2, "z", [Data(3)], 1.5)
    o0, o1, o2 = Plain(), object(), threading.Thread()
    del o2
    t0, t1, t2, t3 = int, Plain, Color, collections.OrderedDict
    t4 = collections.abc.Mapping
    x0, x1, x2, x3 = ValueError(), KeyError("k"), OwnError(1, "two"), OSError
    f0, f1, f2 = numbers, len, (lambda: 0)
    f3 = [].append
    m0, m1 = Plain().method, "x".upper
    g0 = (n for n in ())
    k0 = objects.__code__
    i0 = None
    park([n for n in sorted(locals()) if n not in ("i0",)])


def arguments(first, second=2, *rest, only, other="o", **more):
    local = first
    later = 1
    del later

    def inner():
        return first, only, shared

    shared = [local]
    unset = None
    del unset
    park(["local", "inner", "shared"], ["first", "second", "only", "other", "rest", "more"])


def enclosing(given):
    kept = "kept"

    def closure(own):
        mine = (given, kept)
        park(["mine", "given", "kept"], ["own"])

    closure(1)


class Method:
    def __init__(self, value):
        self.value = value
        park([], ["self", "value"])


def comprehension():
    outer = "o"
    return [park_in(item, outer) for item in [1]]


def park_in(item, outer):
    park([], ["item", "outer"])


def generator(limit):
    for step in range(limit):
        if step == 1:
            park(["step"], ["limit"])
        yield step


async def coroutine(depth):
    awaited = "w"
    if depth:
        await coroutine(depth - 1)
    park(["awaited"], ["depth"])


exec("def имя(аргумент):\n ñ = 'значение'\n park(['ñ'], ['аргумент'])")


def unpacking(*, a):
    try:
        raise ValueError(a)
    except ValueError as error:
        with open(os.devnull) as file:
            fd = file.fileno()
            del file
            park(["error"], ["a"])
            return fd


def recursion(n):
    if n:
        recursion(n - 1)
    else:
        wait()


# What bounds: shown in part, so not compared with repr().


def bounded():
    huge = list(range(1000000))
    deep = []
    for _ in range(100):
        deep = [deep]
    wide = {n: list(range(100)) for n in range(100)}
    long = "x" * 1000000
    raw = b"\xff" * 1000000
    number = 1 << 1000000
    negative = -(1 << 5000)
    many = set(range(100000))
    tree = tuple(tuple(tuple(tuple(range(30)) for _ in range(30)) for _ in range(30)) for _ in "ab")
    big_dict = dict.fromkeys(range(100000))
    queue = collections.deque(range(100000))
    liar = Liar()
    odd_name = type("bad\nname\x1b[31m", (), {})()
    sub = [
        type("MyList", (list,), {})([1]),
        type("MyStr", (str,), {})("s"),
        type("MyInt", (int,), {})(7),
        type("MyDict", (dict,), {})(a=1),
        collections.OrderedDict(a=1),
    ]
    sparse = {n: n for n in range(10000)}
    for n in range(9999):
        del sparse[n]
    wait()


exec(
    "def crowded():\n"
    + "".join(" v%d = %d\n" % (n, n) for n in range(400))
    + " wait()\n"
)


def blocked(how):
    lock = threading.Lock()
    lock.acquire()
    parked.append(None)
    if how == "lock":
        lock.acquire()
    elif how == "sleep":
        time.sleep(100000)
    elif how == "select":
        select.select([os.pipe()[0]], [], [])


def spin():
    parked.append(None)
    while True:
        pass


def start(f, *args, name=None, **kw):
    target = functools.partial(f, *args, **kw)
    threading.Thread(target=target, name=name or f.__name__, daemon=True).start()


def run(coro):
    asyncio.new_event_loop().run_until_complete(coro)


def main():
    threading.stack_size(16 << 20)
    sys.setrecursionlimit(3000)
    start(numbers)
    start(text)
    start(containers)
    start(objects)
    start(arguments, 1, "s", 3, 4, only=[], key={})
    start(enclosing, "g")
    start(Method, 5, name="Method")
    start(comprehension)
    start(lambda: list(generator(3)), name="generator")
    start(lambda: run(coroutine(3)), name="coroutine")
    start(имя, 1, name="поток \u7ebf\u7a0b")  # noqa: F821
    start(unpacking, a="e")
    start(recursion, 1500)
    start(bounded)
    start(crowded)  # noqa: F821
    for how in "lock", "sleep", "select":
        start(blocked, how, name=how)
    while len(parked) < 18:
        time.sleep(0.01)
    time.sleep(0.2)
    if "spin" in sys.argv:
        start(spin)
    with open(sys.argv[1] + ".new", "w") as f:
        json.dump(expected, f)
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    threading.Event().wait()


main()
