#!/bin/sh
# Several processes in one stream: -s follows fork, exec and multiprocessing; -p takes several.
. tests/tap.sh
[ -x "$BIN/pyrec" ] && [ -x "$BIN/pyfold" ] || bail 'pyrec and pyfold are needed'

cat >"$T/family.py" <<'EOF'
import multiprocessing, os, subprocess, sys, time

def burn(name, seconds):
    end = time.time() + seconds
    while time.time() < end:
        pass

def pooled(n):
    burn("pooled", 0.4)

def forked():
    burn("forked", 0.4)

CHILD = """
import time
def %s():
    end = time.time() + 0.4
    while time.time() < end:
        pass
%s()
"""

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    with multiprocessing.Pool(2) as pool:
        pool.map(pooled, [1, 2])
    pid = os.fork()
    if pid == 0:
        forked()
        os._exit(0)
    os.waitpid(pid, 0)
    subprocess.call([sys.executable, "-c", CHILD % ("spawned", "spawned")])
    subprocess.call(["sh", "-c", "sleep 0.1; exec '%s' -c '%s'"
                     % (sys.executable, CHILD % ("shelled", "shelled"))])
    sys.exit(7)
EOF

cat >"$T/one.py" <<'EOF'
import sys, time
exec("def %s():\n    end = time.time() + 1.5\n    while time.time() < end: pass" % sys.argv[1])
globals()[sys.argv[1]]()
EOF

python=$(any_python)
for method in fork spawn forkserver; do
	exits "$method: the command's status is ours" 7 \
		"$BIN/pyrec" -s -o "$T/data" -- "$python" "$T/family.py" "$method"
	"$BIN/pyfold" -P -F "$T/data" >"$T/folded" 2>"$T/err"
	for f in pooled forked spawned shelled; do
		like "$method: $f is recorded" "$(cat "$T/folded")" "^[^;]* \([0-9]+\);.*$f "
	done
	processes=$(sed -n '/pooled/s/^[^;]* (\([0-9]*\));.*/\1/p' "$T/folded" | sort -u |
		grep -c .)
	is "$method: two workers, each its own process" "$processes" 2 ||
		diag "$(grep pooled "$T/folded")"
done

exits 'without -s only the command' 7 \
	"$BIN/pyrec" -o "$T/data" -- "$python" "$T/family.py" fork
unlike 'no child is recorded' "$("$BIN/pyfold" "$T/data" 2>/dev/null)" 'spawned|shelled'

bg "$python" "$T/one.py" first
a=$BG
bg "$python" "$T/one.py" second
b=$BG
sleep 0.2
exits 'two pids, to the end of the last' 0 "$BIN/pyrec" -p "$a,$b" -o "$T/data"
folded=$("$BIN/pyfold" -P "$T/data" 2>/dev/null)
like 'the first is recorded' "$folded" "\($a\);.*first"
like 'the second is recorded' "$folded" "\($b\);.*second"

bg sleep 30
exits 'a pid that is not Python' 1 "$BIN/pyrec" -p "$$,$BG" -o "$T/data"
one_line 'says so' "$T/err"

bg sh -c "sleep 0.3; '$python' '$T/one.py' late; :"
exits 'a shell becomes the parent of one' 0 "$BIN/pyrec" -s -p "$BG" -o "$T/data"
like 'which is recorded' "$("$BIN/pyfold" "$T/data" 2>/dev/null)" 'late'
done_testing
