#!/bin/sh
# Pythons wherever they are and whatever becomes of them: who may read them, containers, renamed,
# deleted and stripped files, exec, fork, threads that come and go, threads that cannot be stopped.
. tests/tap.sh

python=$(any_python)
[ -x "$python" ] || skip_all 'no Python is installed'
chmod 755 "$T"
root=
[ "$(id -u)" != 0 ] || root=yes

cat >"$T/loop.py" <<'EOF'
import threading, time
def here():
    end = time.monotonic() + 60
    while time.monotonic() < end:
        sum(range(1000))
threading.Thread(target=here, name="wörker").start()
here()
EOF

# sees NAME PID: it is recorded, both threads, the second by its name.
sees() {
	try "$BIN/pyrec" -q -p "$2" -d 0.4 -o "$T/data"
	try "$BIN/pyfold" -i -t "$T/data"
	like "$1: the first thread" "$(cat "$T/out")" \
		'^thread \([0-9]+\): [^;]*;.*<module>.*here \(loop.py:[0-9]+\)'
	like "$1: another, by its name" "$(cat "$T/out")" \
		'^thread \([0-9]+\): wörker;.*here \(loop.py:[0-9]+\)'
	is "$1: those two" "$(sed 's/).*//' "$T/out" | sort -u | grep -c .)" 2
}

# runs NAME COMMAND...: sees() that command, and ends it.
runs() {
	runs_name=$1
	shift
	bg "$@"
	if await 10 has_thread "$BG"; then
		sees "$runs_name" "$BG"
	else
		fail "$runs_name: it does not start"
	fi
	kill "$BG"
	wait_pid "$BG" 5
}

has_thread() {
	[ "$(ls "/proc/$1/task" | wc -l)" -ge 2 ]
}

# Where the interpreter is

for python in $(pythons); do
	runs "$python" "$python" "$T/loop.py"
	last=$python
done
python=$(any_python)

loader=
for file in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do
	[ ! -x "$file" ] || loader=$file
done
[ -z "$loader" ] || runs 'through the loader' "$loader" "$(readlink -f "$python")" "$T/loop.py"

cp "$(readlink -f "$python")" "$T/snake"
prefix=$("$python" -c 'import sys; print(sys.base_prefix)')
runs 'renamed' env PYTHONHOME="$prefix" "$T/snake" "$T/loop.py"
bg env PYTHONHOME="$prefix" "$T/snake" "$T/loop.py"
await 10 has_thread "$BG"
rm "$T/snake"
sees 'deleted' "$BG"
kill "$BG"

"$python" -m venv --without-pip "$T/venv" >/dev/null 2>&1 &&
	runs 'in a venv' "$T/venv/bin/python" "$T/loop.py"

# A library of its own, whole, stripped, and deleted while it runs.
shared=
for python in $(pythons); do
	library=$(ldd "$python" 2>/dev/null | awk '/libpython/ { print $3 }')
	[ ! -f "$library" ] || shared=$python
done
if [ -n "$shared" ] && command -v strip >/dev/null; then
	library=$(ldd "$shared" | awk '/libpython/ { print $3 }')
	mkdir "$T/lib"
	strip -o "$T/lib/${library##*/}" "$library"
	runs 'a stripped library' env LD_LIBRARY_PATH="$T/lib" "$shared" "$T/loop.py"
	bg env LD_LIBRARY_PATH="$T/lib" "$shared" "$T/loop.py"
	await 10 has_thread "$BG"
	rm -r "${T:?}/lib"
	sees 'a deleted library' "$BG"
	kill "$BG"
else
	skip 'a stripped library' 'no Python with a shared library, or no strip'
fi
python=$(any_python)

# A pid namespace, as containers have: other numbers inside.

for python in $(any_python) ${last:-} $(pythons | grep -F python3.8); do
	if ! unshare -pf true 2>/dev/null; then
		skip "$python: in a pid namespace" 'unshare(1) may not make one'
		continue
	fi
	bg unshare -pf --kill-child "$python" "$T/loop.py" 2>/dev/null
	outer=$BG
	await 10 sh -c 'test -n "$(cat /proc/$1/task/$1/children)"' sh "$outer"
	inner=$(awk '{ print $1 }' "/proc/$outer/task/$outer/children")
	await 10 has_thread "$inner"
	sees "$python: in a pid namespace" "$inner"
	is "$python: by the numbers that we see" "$(sed 's/thread (\([0-9]*\)).*/\1/' "$T/out" |
		sort -u | tr '\n' ' ')" "$(ls "/proc/$inner/task" | sort | tr '\n' ' ')"
	kill -KILL "$inner"
	wait_pid "$outer" 5
done
python=$(any_python)

# Who may read

# nobody COMMAND...: as another user without any right.
nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$@"
}

if [ -n "$root" ] && nobody "$python" -c '' 2>/dev/null; then
	cp "$BIN/pyrec" "$T/pyrec"
	chmod 755 "$T/pyrec" "$T/loop.py"
	chmod 644 "$T/loop.py"
	bg "$python" "$T/loop.py"
	target=$BG
	await 10 has_thread "$target"
	exits "another user's process" 1 nobody "$T/pyrec" -p "$target"
	like 'names both users' "$(cat "$T/err")" \
		"^pyrec: process $target: permission denied: it belongs to uid 0, we run as uid"
	one_line 'in one line' "$T/err"
	exits 'root without the capability' 1 \
		setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace \
		"$BIN/pyrec" -p "$target" -d 0.1
	like 'names the capability' "$(cat "$T/err")" 'permission denied: .*CAP_SYS_PTRACE'
	like 'as what is missing' "$(cat "$T/err")" 'capabilities that we lack'
	kill "$target"

	nobody "$T/pyrec" -q -d 0.5 "$python" -c 'import time
end = time.monotonic() + 0.4
while time.monotonic() < end: pass' >"$T/data" 2>"$T/err"
	is 'a command without any privilege' "$?" 0
	like 'is recorded' "$("$BIN/pyfold" "$T/data" 2>/dev/null)" '<module> \(<string>:3\)'

	if "$python" -c 'import ctypes' 2>/dev/null; then
		bg setpriv --reuid=65534 --regid=65534 --clear-groups "$python" -c '
import ctypes, time
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
time.sleep(60)'
		sleep 0.5
		exits 'a process that is not dumpable' 1 nobody "$T/pyrec" -p "$BG"
		like 'is told so' "$(cat "$T/err")" 'permission denied: it is not dumpable'
		kill "$BG"
	fi
	scope=/proc/sys/kernel/yama/ptrace_scope
	if [ -f "$scope" ] && [ "$(cat "$scope")" -ge 1 ]; then
		bg setpriv --reuid=65534 --regid=65534 --clear-groups "$python" "$T/loop.py"
		await 10 has_thread "$BG"
		exits 'a process under ptrace scope' 1 nobody "$T/pyrec" -p "$BG"
		like 'names the scope and the ways out' "$(cat "$T/err")" \
			'ptrace_scope is [0-9].*pyrec -- COMMAND.*CAP_SYS_PTRACE'
		kill "$BG"
	else
		skip 'ptrace scope' 'Yama is not in this kernel, or 0'
	fi
else
	skip 'permissions' 'needs root, and a Python that nobody may run'
fi

# What becomes of it

cat >"$T/exec.py" <<'EOF'
import os, sys, time
def before():
    end = time.monotonic() + 0.3
    while time.monotonic() < end: pass
before()
os.execv(sys.argv[1], sys.argv[1:])
EOF
cat >"$T/after.py" <<'EOF'
import time
def after():
    end = time.monotonic() + 0.3
    while time.monotonic() < end: pass
after()
EOF
cat >"$T/fork.py" <<'EOF'
import os, time
def parent(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end: pass
parent(0.2)
for n in range(5):
    if os.fork() == 0:
        parent.__code__ = (lambda seconds: time.sleep(0.3)).__code__
        parent(0)
        os._exit(0)
parent(0.3)
EOF
exits 'it executes a Python' 0 "$BIN/pyrec" -o "$T/data" \
	"$python" "$T/exec.py" "$python" "$T/after.py"
folded=$("$BIN/pyfold" -i "$T/data" 2>/dev/null)
like 'what ran before is there' "$folded" 'before \(exec.py:[34]\)'
like 'what ran after is there' "$folded" 'after \(after.py:[34]\)'
unlike 'none is called by the other' "$folded" 'exec.py.*after.py'
for python in $(pythons); do
	[ "$python" != "$(any_python)" ] || continue
	try "$BIN/pyrec" -o "$T/data" "$(any_python)" "$T/exec.py" "$python" "$T/after.py"
	like "it becomes $python" "$("$BIN/pyfold" -i "$T/data" 2>/dev/null)" \
		'after \(after.py:[34]\)'
done
python=$(any_python)
exits 'it executes something else' 3 "$BIN/pyrec" -o "$T/data" \
	"$python" "$T/exec.py" /bin/sh -c 'sleep 0.3; exit 3'
like 'what ran before is kept' "$("$BIN/pyfold" "$T/data" 2>/dev/null)" 'before '
exits 'it forks' 0 "$BIN/pyrec" -o "$T/data" "$python" "$T/fork.py"
folded=$("$BIN/pyfold" -i -t "$T/data" 2>/dev/null)
is 'only it is recorded' "$(printf '%s\n' "$folded" | sed 's/).*//' | sort -u | grep -c .)" 1
like 'and goes on to be' "$folded" 'parent \(fork.py:4\)'

# Threads that come and go: the first thread's time is all there.
cat >"$T/many.py" <<'EOF'
import threading, time
def short():
    end = time.monotonic() + 0.003
    while time.monotonic() < end: pass
for n in range(100):
    pair = [threading.Thread(target=short, name="short-%d" % n) for _ in range(2)]
    for t in pair: t.start()
    for t in pair: t.join()
EOF
for python in $(pythons); do
	exits "$python: 200 short threads" 0 "$BIN/pyrec" -o "$T/data" "$python" "$T/many.py"
	"$HELPERS/catstream" <"$T/data" | awk '
		{ split($2, id, "/") }
		id[1] == id[2] && !first { first = $3 }
		$1 == "sample" && id[1] == id[2] { own += $5; last = $3 }
		$1 == "sample" && id[1] != id[2] && !tids[$2]++ { n++ }
		END { printf "%d %.3f\n", n, own / (last - first) }' >"$T/many"
	read -r threads part <"$T/many"
	within "$python: many of them are seen" "$threads" 30 200
	within "$python: the first thread's time is whole" "$part" 0.97 1.03
	unlike "$python: every name is a thread's own" "$("$BIN/pyfold" -t -i "$T/data" 2>"$T/err" |
		grep 'short (' | sed 's/;.*//' | sort -u)" 'MainThread'
done

# A thread that cannot be stopped: it waits for a child that it made by vfork(2), which waits for
# somebody to read. Nothing of ours waits for it, and it is let go when it runs again.
cat >"$T/vfork.py" <<'EOF'
import os, sys, threading, time
def spawn():
    os.posix_spawn("/bin/true", ["true"], {}, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, sys.argv[1], os.O_WRONLY, 0)])
def spin():
    while True: sum(range(1000))
threading.Thread(target=spin, daemon=True).start()
time.sleep(0.3)
spawn()
time.sleep(60)
EOF
for how in '' --stop --no-stop; do
	mkfifo "$T/fifo"
	bg "$python" "$T/vfork.py" "$T/fifo"
	target=$BG
	if ! await 5 grep -q ') D ' "/proc/$target/stat"; then
		skip "a thread that cannot be stopped $how" 'posix_spawn does not wait here'
		kill -KILL "$target"
		rm "$T/fifo"
		continue
	fi
	began=$(date +%s)
	# shellcheck disable=SC2086 # nothing or one
	exits "a thread that cannot be stopped $how" 0 \
		timeout -s KILL 10 "$BIN/pyrec" $how -p "$target" -d 0.5 -o "$T/data"
	within "$how does not hold us up" "$(($(date +%s) - began))" 0 4
	like "$how: and is recorded" "$("$BIN/pyfold" -i "$T/data" 2>/dev/null)" 'spawn \(vfork'
	timeout 5 cat "$T/fifo" >/dev/null
	await 5 grep -q ') [RS] ' "/proc/$target/stat"
	like "$how: it runs on" "$(cat "/proc/$target/stat")" '\) [RS] '
	kill -KILL "$target"
	wait_pid "$target" 5
	rm "$T/fifo"
done

done_testing
