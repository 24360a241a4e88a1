"""A program that knows what its threads do, for a profiler of states.

    program.py KIND SECONDS [ARG] FILE

Starts its threads and writes FILE.there; when there is a FILE.go, they do what they are for. In
the end writes FILE, a line for each: its kernel tid, its name, then seconds: on a CPU by the
kernel's clock, in all, and of what is told at the function. Then it waits to be ended. The main
thread is not in it. Python 3.8 to 3.15.
"""

import gc
import hashlib
import os
import sys
import threading
import time

kind, seconds, *arg, file = sys.argv[1:]
seconds = float(seconds)
arg = float(arg[0]) if arg else 0
rows = []
started = []
go = threading.Event()


def thread(what, function):
    """Runs function(until), which returns seconds of something, in a thread."""

    def run():
        started.append(threading.get_native_id())
        go.wait()
        wall, cpu = time.monotonic(), time.thread_time()
        extra = function(time.monotonic() + seconds)
        cpu, wall = time.thread_time() - cpu, time.monotonic() - wall
        rows.append((threading.get_native_id(), what, cpu, wall, extra or 0))
        over.wait()

    threads.append(threading.Thread(target=run, name=what, daemon=True))


def spin(until):
    while time.monotonic() < until:
        for _ in range(100):
            pass


def duty(until):
    """On a CPU arg ms, asleep as long."""
    while time.monotonic() < until:
        end = time.monotonic() + arg / 1000
        while time.monotonic() < end:
            pass
        time.sleep(arg / 1000)


def collect(until):
    """Seconds of CPU in the collector."""
    spent = 0
    keep = [[{"a": [i]}] for i in range(60000)]
    while time.monotonic() < until:
        before = time.thread_time()
        gc.collect()
        spent += time.thread_time() - before
        end = time.thread_time() + 0.01
        while time.thread_time() < end:
            pass
    del keep
    return spent


def digest(until):
    """In C, on a CPU, without the GIL. Seconds of CPU there."""
    data = bytes(4 << 20)
    spent = 0
    while time.monotonic() < until:
        before = time.thread_time()
        hashlib.sha256(data)
        spent += time.thread_time() - before
    return spent


def read_pipe(until):
    r, w = os.pipe()
    timer = threading.Timer(until - time.monotonic(), os.write, (w, b"x"))
    timer.daemon = True
    timer.start()
    os.read(r, 1)


def wait_lock(until):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire(timeout=until - time.monotonic())


def wait_condition(until):
    condition = threading.Condition()
    with condition:
        condition.wait(until - time.monotonic())


threads = []
over = threading.Event()
if kind == "duty":
    thread("duty", duty)
elif kind == "spin":
    thread("spin", spin)
elif kind == "gil":
    for i in range(int(arg)):
        thread("spin", spin)
elif kind == "gc":
    gc.disable()
    thread("gc", collect)
elif kind == "digest":
    thread("digest", digest)
elif kind == "waits":
    thread("pipe", read_pipe)
    thread("lock", wait_lock)
    thread("condition", wait_condition)
    thread("spin", spin)
    thread("spin", spin)
else:
    sys.exit("program.py: " + kind)

for t in threads:
    t.start()
while len(started) < len(threads):
    time.sleep(0.001)
open(file + ".there", "w").close()
while not os.path.exists(file + ".go"):
    time.sleep(0.005)
go.set()
while len(rows) < len(threads):
    time.sleep(0.05)
with open(file + ".new", "w") as out:
    for row in rows:
        print(*row, file=out)
os.rename(file + ".new", file)
over.wait()
