#!/bin/sh
# Stacks of every shape, of every Python here, frame by frame and line by line as the interpreter
# itself has them. The threads stand still, so there is one truth.
. tests/tap.sh

# recorded: what pyfold makes of $T/data, without counts and without the thread that told the truth.
recorded() {
	"$BIN/pyfold" -i -t --full-filenames "$T/data" |
		sed 's/ [0-9]*$//; /^thread ([0-9]*): report;/d' | sort
}

for python in $(pythons); do
	seen=$python
	rm -f "$T/truth"
	TMPDIR=$T bg "$python" tests/workloads/parked.py "$T/truth"
	if ! await 30 test -f "$T/truth"; then
		fail "$python: the workload does not get ready"
		continue
	fi
	sort "$T/truth" >"$T/want"
	exits "$python: recorded" 0 "$BIN/pyrec" -q -p "$BG" -d 0.3 -o "$T/data"
	is "$python: nothing is said" "$(cat "$T/err")" ''
	recorded >"$T/got"
	is "$python: every stack is the interpreter's own" "$(diff "$T/got" "$T/want")" ''
	within "$python: they were many" "$(grep -c . "$T/want")" 30 100
	exits "$python: recorded without a stop" 0 \
		"$BIN/pyrec" -q --no-stop -p "$BG" -d 0.2 -o "$T/data"
	recorded >"$T/got"
	is "$python: without a stop, the same" "$(diff "$T/got" "$T/want")" ''
	kill "$BG"
	wait_pid "$BG" 5
	is "$python: it was left as it was" "$status" 143

	exits "$python: a stack too deep to be told whole" 0 \
		"$BIN/pyrec" -q -r 50 -o "$T/data" "$python" tests/workloads/deep.py
	"$BIN/pyfold" "$T/data" 2>/dev/null | grep 'f5999 (' | sed 's/ [0-9]*$//' >"$T/got"
	is "$python: has a mark, its newest frames, and no more" \
		"$(sed 's/ ([^;]*//g' "$T/got" | tr ';' '\n' | sort -u | wc -l) $(
			sed 's/f[0-9]* ([^;]*//g; s/;//g' "$T/got" | sort -u)" '4096 [cut]'
done
[ -n "${seen:-}" ] || skip 'stacks' 'no Python is installed'

done_testing
