"""codelines COUNT: the lines of so many code objects as the interpreter itself tells them.

Each on a line: style, first line, line table in hex, then LINExTIMES for the instructions at bytes
0, 2, 4, ...; line 0 is none. Code of the standard library, and some that no person writes.
"""

import ast
import ctypes
import glob
import itertools
import marshal
import os
import random
import sys
import sysconfig
import types

addr2line = ctypes.pythonapi.PyCode_Addr2Line
addr2line.argtypes = [ctypes.py_object, ctypes.c_int]
addr2line.restype = ctypes.c_int

STYLE = "locations" if sys.version_info >= (3, 11) else "310"
if sys.version_info < (3, 10):
    STYLE = "lnotab"


def with_inner(code):
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from with_inner(const)


def load(path):
    cache = "%s/__pycache__/%s.%s.pyc" % (
        os.path.dirname(path), os.path.basename(path)[:-3], sys.implementation.cache_tag)
    try:
        with open(cache, "rb") as f:
            return marshal.loads(f.read()[16:])
    except (OSError, ValueError, EOFError):
        pass
    with open(path, "rb") as f:
        return compile(f.read(), path, "exec")


def library():
    for path in sorted(glob.glob(sysconfig.get_paths()["stdlib"] + "/*.py")):
        try:
            yield from with_inner(load(path))
        except (SyntaxError, OSError):
            continue


def odd():
    """Lines that jump: far, back, to the very first; long lines; nothing at all."""
    rand = random.Random(7)
    calls = " + ".join("f(%d,\n%d)" % (n, n) for n in range(200))
    for source in (
        "",
        "def f():\n" + "\n" * 70000 + " return [x\n\n for x in (1,2)]",
        "(" + calls + ")",
        "x = [" + "y, " * 3000 + "]\n@d\nclass C:\n  z = lambda: (\n1)",
    ):
        yield from with_inner(compile(source, "odd", "exec"))
    for most in 2, 90, 300, 40000, 1 << 17:
        source = "def f(a):\n" + "".join(
            rand.choice([" a = g(a, b)\n", " for i in a: a += i\n", " if a: return a\n"])
            for _ in range(400))
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef):
                line = rand.randint(2, most)
                for inner in ast.walk(node):
                    if hasattr(inner, "lineno"):
                        inner.lineno = inner.end_lineno = line
        yield from with_inner(compile(tree, "shuffled", "exec"))


def show(code):
    table = code.co_lnotab if STYLE == "lnotab" else code.co_linetable
    lines = [addr2line(code, off) for off in range(0, len(code.co_code), 2)]
    if STYLE != "lnotab":
        told = [line for start, end, line in code.co_lines() for _ in range(start, end, 2)]
        assert [-1 if line is None else line for line in told][: len(lines)] == lines, code
    runs = ["%dx%d" % (max(line, 0), len(list(same))) for line, same in itertools.groupby(lines)]
    print(STYLE, code.co_firstlineno, table.hex() or "-", *runs)


for code in itertools.islice(itertools.chain(odd(), library()), int(sys.argv[1])):
    show(code)
