#!/bin/sh
# pyrec as a program: options, commands and their status, signals, where output goes, how it ends.
. tests/tap.sh

python=$(any_python)
[ -x "$python" ] || skip_all 'no Python is installed'

cat >"$T/spin.py" <<'EOF'
import sys, time
def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
spin(float(sys.argv[1]))
EOF

# recorded FUNCTION: the samples of it in $T/data.
recorded() {
	"$BIN/pyfold" -i "$T/data" 2>"$T/fold.err" |
		awk -v f="$1 (" 'index($0, f) { n += $NF } END { print n + 0 }'
}

# whole: the stream is read to its end without a complaint, but for lost ticks.
whole() {
	"$BIN/pyfold" -i "$T/data" >"$T/folded" 2>"$T/fold.err" &&
		! grep -v 'lost in recording' "$T/fold.err"
}

# accounted FIELD: a number of the account in $T/err.
accounted() {
	sed -n "s/^pyrec: .*[:;,] \([0-9]*\) $1.*/\1/p" "$T/err"
}

# most NAME: of the ticks taken nearly all are samples of spin(), the only thing that runs or
# is ready to.
most() {
	within "$1" "$(recorded spin)" $(($(accounted taken) * 9 / 10)) "$(accounted taken)"
}

now() {
	date +%s%N
}

# since NANOSECONDS: milliseconds.
since() {
	echo $((($(now) - $1) / 1000000))
}

# How it is called

exits 'without a target' 2 "$BIN/pyrec"
like 'says what is missing' "$(cat "$T/err")" '^pyrec: no target: .*-p PID or a command'
exits 'with two' 2 "$BIN/pyrec" -p $$ true
like 'says to choose' "$(cat "$T/err")" 'one of the two'
for wrong in '-p 0' '-p x' '-p 99999999' '-r 0' '-r 2000000' '-r x' '-d 0' '-d -1' '-z0' '-z20' \
	'-zx'; do
	# shellcheck disable=SC2086 # an option and its argument
	exits "$wrong is refused" 2 "$BIN/pyrec" $wrong -o "$T/data" true
	one_line "$wrong: in one line" "$T/err"
done
for theirs in t g i F; do
	exits "-$theirs is answered" 2 "$BIN/pyrec" "-$theirs" -o "$T/data" true
	like "-$theirs is pyfold's" "$(cat "$T/err")" "pyfold -$theirs"
done

# A command

exits 'a command that ends with 0' 0 "$BIN/pyrec" -o "$T/data" "$python" "$T/spin.py" 0.3
within 'is recorded' "$(recorded spin)" 1 "$(accounted taken)"
one_line 'the account is one line' "$T/err"
like 'it has every field' "$(cat "$T/err")" "^pyrec: [0-9]+\.[0-9]{2} s: [0-9]+ ticks due, [0-9]+ \
taken, [0-9]+ missed, [0-9]+ late; [0-9]+ samples, [0-9]+ retried, [0-9]+ stopped, [0-9]+ torn; 1 \
threads; [0-9]+\.[0-9] Hz; [0-9]+ bytes$"
is 'due ticks are the taken and the missed' "$(accounted 'ticks due')" \
	$(($(accounted taken) + $(accounted missed)))
is 'the bytes are those of the file' "$(accounted bytes)" "$(wc -c <"$T/data" | tr -d ' ')"
ok 'the stream is whole' whole
exits '-q says nothing' 0 "$BIN/pyrec" -q -o "$T/data" -- "$python" "$T/spin.py" 0.1
is 'at all' "$(cat "$T/err")" ''
exits 'its status is ours' 37 "$BIN/pyrec" -o "$T/data" -- "$python" -c 'import sys; sys.exit(37)'
exits 'so is the signal that ended it' 137 "$BIN/pyrec" -o "$T/data" -- "$python" -c '
import os, signal; os.kill(os.getpid(), signal.SIGKILL)'
exits 'an option after it is its own' 0 "$BIN/pyrec" -o "$T/data" "$python" -q -c \
	'import sys; assert sys.argv[1:] == ["-d", "x", "--", "-p"]' -d x -- -p
exits 'a command that is not there' 127 "$BIN/pyrec" -o "$T/data" no-such-command
like 'is named' "$(cat "$T/err")" '^pyrec: no-such-command: '
exits 'one that is not executable' 126 "$BIN/pyrec" -o "$T/data" "$T/spin.py"
exits 'one that is a directory' 126 "$BIN/pyrec" -o "$T/data" /
exits 'one without a Python' 125 "$BIN/pyrec" -o "$T/data" sleep 0.1
like 'is told from one that failed' "$(cat "$T/err")" '^pyrec: sleep: no CPython interpreter'
exits 'one without a Python that fails' 1 "$BIN/pyrec" -o "$T/data" false
exits 'a file that cannot be opened' 125 "$BIN/pyrec" -o "$T/none/data" -- touch "$T/ran"
like 'is named, too' "$(cat "$T/err")" "^pyrec: $T/none/data: "
ok 'and the command has not run' test ! -e "$T/ran"
exits 'commands that are over at once' 0 sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do
	"$1" -q -o "$2" -- "$3" -c pass || exit; done' sh "$BIN/pyrec" "$T/data" "$python"

# Its standard streams

cat >"$T/streams.py" <<'EOF'
import sys, time
sys.stdout.write("out %s" % sys.stdin.read())
sys.stderr.write("err\n")
time.sleep(0.1)
EOF
echo in | "$BIN/pyrec" -q -o "$T/data" -- "$python" "$T/streams.py" >"$T/out" 2>"$T/err"
is 'with -o the command keeps stdin and stdout' "$(cat "$T/out")" 'out in'
is 'and stderr' "$(cat "$T/err")" 'err'
echo in | "$BIN/pyrec" -q "$python" "$T/streams.py" 2>"$T/err" >"$T/data"
like 'without, its stdout is our stderr' "$(cat "$T/err")" '^out in$'
ok 'and the stream alone is on stdout' whole

"$BIN/pyrec" -q -o - "$python" "$T/streams.py" </dev/null 2>"$T/err" >"$T/data"
like '-o - is standard output: the same' "$(cat "$T/err")" '^out err$'
ok 'nothing else is in it' whole
"$BIN/pyrec" -d 5 "$python" "$T/spin.py" 0.3 <&- 2>&- >"$T/data"
ok 'with stdin and stderr closed the stream is still whole' whole
within 'and the command is recorded' "$(recorded spin)" 30 400

# Nobody waits for more than there is

began=$(now)
exits 'a command outlives -d' 5 "$BIN/pyrec" -d 0.2 -o "$T/data" -- \
	"$python" -c 'import sys, time; time.sleep(0.7); sys.exit(5)'
within 'and is waited for' "$(since "$began")" 650 5000
like 'but not recorded' "$(cat "$T/err")" '^pyrec: 0\.[2-4][0-9] s: '
"$BIN/pyrec" -q -r 5000 "$python" -c 'import time; time.sleep(0.5); open("'"$T/lived"'", "w")' \
	2>"$T/err" | head -c 10 >/dev/null
await 5 test -e "$T/lived"
ok 'a command outlives a reader that goes away' test -e "$T/lived"
is 'which is no error' "$(cat "$T/err")" ''

# closed_pipe: the status of pyrec whose reader is gone at once.
closed_pipe() {
	{
		"$@"
		echo $? >"$T/status"
	} | true
	cat "$T/status"
}
is 'its status is still ours' "$(closed_pipe "$BIN/pyrec" -q -d 0.4 "$python" -c \
	'import sys, time; time.sleep(0.3); sys.exit(9)')" 9
is 'also where no Python was seen yet' "$(closed_pipe "$BIN/pyrec" -q sh -c 'sleep 0.4')" 0

# Signals to the recorder of a command

cat >"$T/handler.py" <<'EOF'
import signal, sys, time
def handler(number, frame):
    print("got", number, flush=True)
    if number != signal.SIGUSR1:
        sys.exit(40 + number)
for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1:
    signal.signal(number, handler)
print("ready", flush=True)
time.sleep(20)
EOF
for sig in TERM INT HUP; do
	bg "$BIN/pyrec" -o "$T/data" -- "$python" "$T/handler.py" >"$T/out" 2>"$T/err"
	await 10 grep -q ready "$T/out"
	kill -USR1 "$BG"
	await 10 grep -q 'got 10' "$T/out"
	kill "-$sig" "$BG"
	wait_pid "$BG" 10
	number=$(kill -l "$sig" 2>/dev/null || echo 0)
	case $sig in TERM) number=15 ;; INT) number=2 ;; HUP) number=1 ;; esac
	like "SIG$sig is passed on, USR1 before it" "$(tr '\n' ' ' <"$T/out")" \
		"^ready got 10 got $number $"
	is "SIG$sig: the command's answer is ours" "$status" $((40 + number))
	ok "SIG$sig: the stream is whole" whole
done
bg "$BIN/pyrec" -o "$T/data" -- "$python" \
	-c 'import time; print("ready", flush=True); time.sleep(20)' \
	>"$T/out" 2>"$T/err"
await 10 grep -q ready "$T/out"
kill -TERM "$BG"
wait_pid "$BG" 10
is 'a signal that ends the command' "$status" 143
bg "$BIN/pyrec" -o "$T/data" -- "$python" -c '
import signal, time
for n in signal.SIGTERM, signal.SIGINT: signal.signal(n, lambda *_: None)
print("ready", flush=True)
end = time.monotonic() + 2
while time.monotonic() < end: time.sleep(0.1)' >"$T/out" 2>"$T/err"
await 10 grep -q ready "$T/out"
kill -INT "$BG"
sleep 0.2
kill -INT "$BG"
wait_pid "$BG" 15
is 'a command that ignores two interrupts is waited for' "$status" 0
ok 'and what was recorded until then is whole' whole
like 'which is less than all' "$(cat "$T/err")" '^pyrec: [01]\.'

# A process

bg "$python" "$T/spin.py" 60
target=$BG
await 10 sh -c 'grep -q spin.py /proc/$1/cmdline' sh "$target"
sleep 0.3
began=$(now)
exits '-p for a time' 0 "$BIN/pyrec" -p "$target" -d 0.5 -o "$T/data"
within 'ends in time' "$(since "$began")" 450 3000
most 'and has recorded'
within 'at its rate: 500 ticks' "$(accounted 'ticks due')" 499 600
exits '-r 200' 0 "$BIN/pyrec" -r 200 -p "$target" -d 1 -o "$T/data"
within 'is 200 in a second' "$(accounted 'ticks due')" 199 230
exits '-r 5000' 0 "$BIN/pyrec" -r 5000 -p "$target" -d 0.4 -o "$T/data"
within 'is 2000 in 0.4 s' "$(accounted 'ticks due')" 1999 2600
exits '-r 0.5' 0 "$BIN/pyrec" -r 0.5 -p "$target" -d 0.2 -o "$T/data"
for z in -z -z1 -z19 --zstd=3; do
	exits "$z compresses" 0 "$BIN/pyrec" "$z" -p "$target" -d 0.3 -o "$T/data"
	ok "$z: the stream is whole" whole
	most "$z: and holds the samples"
	within "$z: in less" "$(wc -c <"$T/data")" 100 $((2000 + $(accounted taken) * 40))
done
"$BIN/pyrec" -p "$target" -d 0.2 2>/dev/null | "$BIN/pyfold" >"$T/folded" 2>/dev/null
like 'through a pipe' "$(cat "$T/folded")" 'spin \(spin.py:[45]\)'

if command -v perf >/dev/null && perf version >/dev/null 2>&1; then
	"$BIN/pyrec" -q -p "$target" -d 0.3 2>/dev/null | perf script -i - >"$T/script" 2>/dev/null
	like 'stock perf reads it from a pipe' "$(cat "$T/script")" \
		'^[[:space:]]+[0-9a-f]+ py::spin:'
	"$BIN/pyrec" -q -p "$target" -d 0.3 -o "$T/data"
	perf report -i "$T/data" --stdio >"$T/report" 2>/dev/null
	like 'and from a file' "$(cat "$T/report")" '[0-9]%.* py::spin:'
else
	skip 'stock perf' 'it is not installed'
fi

for sig in INT TERM HUP QUIT; do
	bg "$BIN/pyrec" -p "$target" -o "$T/data" 2>"$T/err"
	await 10 test -s "$T/data"
	sleep 0.2
	kill "-$sig" "$BG"
	wait_pid "$BG" 10
	is "SIG$sig ends a recording" "$status" 0
	ok "SIG$sig: the stream is whole" whole
	within "SIG$sig: with what was recorded" "$(recorded spin)" 1 5000
	one_line "SIG$sig: and an account" "$T/err"
done

bg "$BIN/pyrec" -p "$target" -o "$T/data" 2>"$T/err"
await 10 test -s "$T/data"
sleep 0.35
kill -KILL "$BG"
wait_pid "$BG" 10
ok 'what a killed recorder leaves is whole' whole
within 'and what it had' "$(recorded spin)" 1 5000
like 'the target runs on' "$(grep State: "/proc/$target/status")" '[[:space:]][RS] '
is 'nobody traces it' "$(awk '/TracerPid/ { print $2 }' "/proc/$target/status")" 0

bg "$python" -c '
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.ptrace.argtypes = [ctypes.c_long] * 4
print(libc.ptrace(0x4206, int(sys.argv[1]), 0, 0), flush=True)  # PTRACE_SEIZE
time.sleep(60)' "$target" >"$T/tracer"
await 10 grep -q . "$T/tracer"
exits 'a process that another traces' 0 "$BIN/pyrec" -q --stop -p "$target" -d 0.3 -o "$T/data"
like 'cannot be stopped, which is said' "$(cat "$T/err")" "is traced by process $BG: .*--no-stop"
within 'and it is recorded' "$(recorded spin)" 10 400
exits 'nor need it be' 0 "$BIN/pyrec" -q --no-stop -p "$target" -d 0.3 -o "$T/data"
is 'with --no-stop' "$(cat "$T/err")" ''
kill -KILL "$BG"
wait_pid "$BG" 5

exits 'threads are more than files may be open' 0 sh -c 'ulimit -Sn 40 && exec "$@"' sh \
	"$BIN/pyrec" -r 50 -o "$T/data" "$python" -c '
import resource, threading, time
for _ in range(80): threading.Thread(target=time.sleep, args=(1.5,)).start()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])'
is 'all are recorded' "$(accounted threads)" 81
is 'and the limit of the command is its own' "$(cat "$T/out")" 40

(kill -STOP "$target")
exits 'a stopped process' 0 "$BIN/pyrec" -p "$target" -d 0.3 -o "$T/data"
like 'stays stopped' "$(grep State: "/proc/$target/status")" '[[:space:]]T '
exits 'a stopped process, stopped for each sample' 0 \
	"$BIN/pyrec" --stop -p "$target" -d 0.3 -o "$T/data"
like 'stays stopped as well' "$(grep State: "/proc/$target/status")" '[[:space:]]T '
kill -CONT "$target"
await 5 grep -Eq 'State:[[:space:]]R' "/proc/$target/status"
like 'and goes on when told' "$(grep State: "/proc/$target/status")" '[[:space:]][RS] '

# Its output

exits 'a full disk' 1 "$BIN/pyrec" -p "$target" -d 1 -o /dev/full
like 'is told' "$(cat "$T/err")" '^pyrec: .*No space left'
one_line 'once' "$T/err"
exits 'a full disk with a command: it failed, the command did not' 125 \
	"$BIN/pyrec" -o /dev/full "$python" -c 'import time; time.sleep(0.3)'
like 'and says so' "$(cat "$T/err")" 'No space left'
(
	ulimit -f 8
	try "$BIN/pyrec" -r 10000 -p "$target" -d 5 -o "$T/data"
	echo "$status" >"$T/status"
)
is 'a file that may not grow' "$(cat "$T/status")" 1
like 'is told as well' "$(cat "$T/err")" '^pyrec: .*File too large'
"$BIN/pyfold" "$T/data" >"$T/folded" 2>"$T/fold.err"
like 'what was written is used' "$(cat "$T/folded")" 'spin '
exits 'a closed standard output' 1 sh -c '"$1" -p "$2" -d 0.2 >&-' sh "$BIN/pyrec" "$target"
like 'is an error' "$(cat "$T/err")" '^pyrec: '
is 'a reader that goes away ends -p with 0' \
	"$(closed_pipe "$BIN/pyrec" -q -d 20 -p "$target")" 0

# terminal COMMAND...: with a terminal as standard output; what it said there.
terminal() {
	"$python" -c '
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
out = b""
try:
    while True:
        more = os.read(fd, 4096)
        if not more: break
        out += more
except OSError:
    pass
status = os.waitpid(pid, 0)[1]
sys.stdout.write(out.decode("latin-1"))
sys.exit(os.WEXITSTATUS(status))' "$@"
}
exits 'a terminal is refused' 1 terminal "$BIN/pyrec" -p "$target" -d 0.2
like 'saying what to do' "$(cat "$T/out")" 'terminal.*pyfold.*-o'
exits 'so it is for a command' 125 terminal "$BIN/pyrec" -- touch "$T/ran"
ok 'which is not run' test ! -e "$T/ran"

bg "$BIN/pyrec" -p "$target" -o "$T/data" 2>"$T/err"
await 10 test -s "$T/data"
sleep 0.2
kill -KILL "$target"
wait_pid "$BG" 10
is '-p ends with 0 when its process does' "$status" 0
ok 'the stream is whole' whole
wait_pid "$target" 5

# What is no target

exits 'no such process' 1 "$BIN/pyrec" -p "$target" -o "$T/data"
like 'says so' "$(cat "$T/err")" "^pyrec: process $target: no such process$"
bg sleep 60
exits 'a process that is no Python' 1 "$BIN/pyrec" -p "$BG" -o "$T/data"
like 'says so, and which it is' "$(cat "$T/err")" \
	"^pyrec: process $BG: no CPython interpreter in it \(.*/sleep\)$"
one_line 'in one line' "$T/err"
exits 'a kernel thread' 1 "$BIN/pyrec" -p 2 -o "$T/data"
one_line 'is told in one line' "$T/err"
exits 'ourselves, as it were' 1 sh -c 'exec "$1" -p $$ -o "$2"' sh "$BIN/pyrec" "$T/data"
like 'no Python either' "$(cat "$T/err")" 'no CPython'
bg "$python" -c 'import os, time
if os.fork() == 0: os._exit(0)
time.sleep(60)'
await 10 sh -c 'test -n "$(cat /proc/$1/task/$1/children)"' sh "$BG"
sleep 0.2
zombie=$(tr -d ' ' <"/proc/$BG/task/$BG/children")
exits 'a zombie' 1 "$BIN/pyrec" -p "$zombie" -o "$T/data"
like 'has gone' "$(cat "$T/err")" "process $zombie: no such process"

done_testing
