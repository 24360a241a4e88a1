# A stack deeper than any sample: 6000 functions that call each other, once through C.
import sys
import threading
import time

N = 3000

def body(i):
    if i == 2 * N - 1:
        return "end = time.monotonic() + 1\n    while time.monotonic() < end: pass"
    return "list(map(f%d, [0]))" % (i + 1) if i == N else "f%d(0)" % (i + 1)

scope = {"time": time}
exec("".join("def f%d(_):\n    %s\n" % (i, body(i)) for i in range(2 * N)), scope)
sys.setrecursionlimit(20000)
threading.stack_size(256 << 20)
thread = threading.Thread(target=scope["f0"], args=(0,))
thread.start()
thread.join()
