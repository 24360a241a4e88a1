"""Threads that stand still in calls of every shape, and what a profiler must say of them.

    parked.py FILE

Writes to FILE one line for each thread, as `pyfold -i -t --full-filenames` has it but for the
count, from what the interpreter itself says (sys._current_frames), and then stays. The thread that
writes is not in it. SIGTERM ends it.
"""

import asyncio
import contextlib
import functools
import os
import re
import sys
import threading
import time
import types

DEPTH = 700
lock = threading.Lock()
lock.acquire()
threads = {}
waiting = []


def park(*_):
    waiting.append(None)
    lock.acquire()


def shape(f, name=None):
    """Runs f in a thread of its own."""
    thread = threading.Thread(target=f, name=name or f.__name__, daemon=True)
    threads[f] = thread
    return f


# Recursion


@shape
def deep(n=DEPTH):
    if n:
        return deep(n - 1) + 1
    park()


@shape
def ping(n=30):
    pong(
        n,
    )


def pong(n):
    if n == 0:
        park()
    ping(n - 1)


# Lines


@shape
def several_lines():
    return max(
        1,
        len(
            str(
                park()
            )
        ),
        2,
    )


@shape
def chained():
    (
        Chain()
        .first()
        .second()
        .third(
            1
        )
    )


class Chain:
    def first(self):
        return self

    def second(self):
        return self

    def third(self, n): park()  # noqa: E704


@shape
def in_finally():
    try:
        raise ValueError
    except ValueError:
        try:
            return 1
        finally:
            park()


@shape
def in_with():
    with manager():
        with contextlib.ExitStack() as stack:
            stack.callback(park)


@contextlib.contextmanager
def manager():
    try:
        yield
    finally:
        park()


@shape
def in_loop():
    for a in range(3):
        while True:
            if a == 1:
                park(); a = 2  # noqa: E702
            break
    else:
        pass


# Generators and coroutines


@shape
def generators():
    for _ in outer(3):
        pass


def outer(n):
    if n:
        yield from outer(n - 1)
    else:
        yield from inner()


def inner():
    yield from (park() for _ in range(1))


@shape
def half_way():
    """The frame that waits is that of the second step."""
    steps = two_steps()
    next(steps)
    next(steps)


def two_steps():
    yield 1
    park()
    yield 2


@shape
def coroutines():
    try:
        awaiting(5).send(None)
    except StopIteration:
        pass


async def awaiting(n):
    if n:
        await awaiting(n - 1)
    park()


@shape
def event_loop():
    asyncio.new_event_loop().run_until_complete(tasks())


async def tasks():
    await asyncio.gather(one_task(), one_task())


async def one_task():
    async with entering():
        async for _ in numbers():
            park()


class entering:
    async def __aenter__(self):
        await asyncio.sleep(0)

    async def __aexit__(self, *_):
        pass


async def numbers():
    yield 1


# Called from C


@shape
def from_sort():
    sorted([3, 2, 1], key=lambda n: park() if n == 1 else n)


@shape
def from_reduce():
    functools.reduce(lambda a, b: list(map(park, [b])), [1, 2, 3])


@shape
def from_regex():
    re.sub("a+", replaced, "baa")


def replaced(match):
    return "".join(str(part) for part in Parts())


class Parts:
    def __iter__(self):
        return self

    def __next__(self):
        return self.value

    @property
    def value(self):
        return self["key"]

    def __getitem__(self, key):
        return self.missing

    def __getattr__(self, name):
        return +self

    def __pos__(self):
        return self == 1

    def __eq__(self, other):
        return park()


class Dying:
    def __del__(self):
        park()


@shape
def deleted():
    dying = Dying()
    del dying


@shape
def from_init_subclass():
    class Base:
        def __init_subclass__(cls):
            park()

    class Derived(Base):
        pass


@shape
def from_partial():
    functools.partial(functools.lru_cache()(functools.partial(park, 1)), 2)()


# Where functions are made


@shape
def class_body():
    class Outer:
        class Inner:
            value = park()


@shape
def decorator():
    def decorate(f):
        park()
        return f

    @functools.lru_cache()
    @decorate
    @functools.wraps(park)
    def decorated():
        pass


@shape
def decorated_call():
    logged(park)(
        1,
    )


def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kw):
        return f(*args, **kw)

    return wrapper


@shape
def defaults():
    def with_default(
        a=1,
        b=park(),
    ):
        pass


@shape
def comprehensions():
    return [
        {
            b: c
            for b in range(2)
            for c in {park() for d in range(2)}
        }
        for a in range(3)
    ]


nested = shape(
    lambda: (lambda: (lambda: park())())(),
    "nested lambdas",
)


@shape
def importing():
    name = "parked_module_%d" % os.getpid()
    module = types.ModuleType(name)
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), name + ".py")
    with open(path, "w") as f:
        f.write("import sys\n\n\nclass C:\n    sys.modules['__main__'].park()\n")
    sys.path.insert(0, os.path.dirname(path))
    try:
        __import__(name)
    finally:
        del module


# Names


@shape
def executed():
    name = "a file; with\nodd \\x3b (name:1).py"
    exec(compile("\n\ndef f():\n\n  park()\n\nf()", name, "exec"), globals())


@shape
def evaluated():
    eval("[park() for x in (1,)]")


exec("def функция(): 变量()\ndef 变量(): ñandú𝔘()\ndef ñandú𝔘(): park()")
shape(функция, "поток ñ 线程 🧵")  # noqa: F821


@shape
def odd_file_names():
    for name in "папка/文件.py", "caf\u00e9.py", "latin \udce9.py", "\U0001f40d.py", "":
        code = compile("lambda f: f()", name, "eval")
        odd.append(eval(code))
    call = park
    for f in odd:
        call = functools.partial(f, call)
    call()


odd = []


@shape
def renamed():
    def f():
        park()

    code = f.__code__.replace(co_name="<odd; name>\t(x:1)")
    if hasattr(code, "co_qualname"):
        code = code.replace(co_qualname="<odd; name>\t(x:1)")
    types.FunctionType(code, globals())()


@shape
def far_line():
    scope = dict(globals())
    exec("\n" * 3000000 + "def far():\n" + "\n" * 70000 + "  park()", scope)
    scope["far"]()


@shape
def many_locals():
    names = ", ".join("a%d" % n for n in range(600))
    scope = dict(globals())
    exec("def many(%s):\n park()\n" % ", ".join("a%d=0" % n for n in range(600)), scope)
    exec("def big():\n %s = range(600)\n many()\n many()" % names, scope)
    scope["big"]()


# What a profiler says


def escape(text):
    raw = text.encode("utf-8", "surrogateescape")
    raw = re.sub(rb"\\(?=x[0-9a-f]{2})", rb"\\x5c", raw)
    return re.sub(rb"[\x00-\x1f\x7f;]", lambda m: b"\\x%02x" % m.group()[0], raw)


def spell(frame, line):
    code = frame.f_code
    text = getattr(code, "co_qualname", code.co_name)
    if code.co_filename:
        text += " (%s%s)" % (code.co_filename, ":%d" % line if line else "")
    return escape(text)


def stack_of(frame):
    spelled = []
    while frame:
        spelled.append(spell(frame, frame.f_lineno))
        frame = frame.f_back
    return spelled[::-1]


def report(path):
    while len(waiting) < len(threads) + 1:
        time.sleep(0.01)
    time.sleep(0.2)
    names = {t.ident: (t.native_id, t.name) for t in threading.enumerate()}
    with open("/proc/self/comm") as f:
        names[threading.main_thread().ident] = (os.getpid(), f.read()[:-1])
    with open(path + ".new", "wb") as out:
        for ident, frame in sys._current_frames().items():
            if ident == threading.get_ident():
                continue
            root = escape("thread (%d): %s" % names[ident])
            out.write(b";".join([root] + stack_of(frame)) + b"\n")
    os.rename(path + ".new", path)
    threading.Event().wait()


def main():
    sys.setrecursionlimit(DEPTH + 200)
    threading.stack_size(16 << 20)
    for thread in threads.values():
        thread.start()
    threading.Thread(target=report, args=sys.argv[1:], name="report", daemon=True).start()
    park()


if __name__ == "__main__":
    main()
