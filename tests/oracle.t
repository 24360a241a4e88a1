#!/bin/sh
# Stacks that cannot have been: programs with one legal caller line for every function
# (tests/oracle/workload.py), sampled while they do nothing but call. Short runs; make bench has the
# long ones and the shares.
. tests/tap.sh
[ -x "$BIN/pyrec" ] && [ -x "$BIN/pyfold" ] || bail 'pyrec and pyfold are needed'

seconds=1
checker=$(any_python)

# sampled PYTHON KIND RATE: the program under the recorder; leaves $counts.
sampled() {
	bg "$1" tests/oracle/workload.py "$2" $((seconds + 30)) "$T/truth" >/dev/null
	await 10 test -s "$T/truth"
	sleep 0.2
	"$BIN/pyrec" -q -p "$BG" -r "$3" -d "$seconds" -o "$T/data" 2>"$T/err"
	kill "$BG"
	"$BIN/pyfold" --full-filenames "$T/data" >"$T/folded" 2>>"$T/err"
	counts=$("$checker" tests/oracle/check.py "$T/truth" "$T/folded" 2>"$T/why")
	rm -f "$T/truth"
}

count() {
	printf '%s\n' "$counts" | sed -n "s/.*\<$1 \([0-9]*\).*/\1/p"
}

# Heap frames (before 3.11) are promised at 1 kHz, the others at 10.
for python in $(pythons); do
	v=$(python_version "$python")
	case $v in 3.8 | 3.9 | 3.10) rate=1000 ;; *) rate=10000 ;; esac
	for kind in towers tall recurse sorted gens coros excs swap threads; do
		sampled "$python" "$kind" "$rate"
		total=$(count total) torn=$(count torn)
		within "$v $kind: it was sampled" "$total" 50 1000000
		within "$v $kind: no stack that cannot be" "$(count wrong)" 0 $((total / 10000)) ||
			diag "$(head -n 4 "$T/why" | cut -c 1-600)"
		# A target that waits for a busy CPU cannot be stopped: no test, a remark.
		[ "$torn" -le $((total / 50)) ] || diag "$v $kind: $torn of $total are torn"
	done
done
done_testing
