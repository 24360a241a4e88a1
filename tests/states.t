#!/bin/sh
# What threads do, against programs that know it: on a CPU by the kernel's own clock, ready for one,
# holding the GIL or waiting for it, collecting garbage, waiting for something else. Short runs on a
# machine that may be busy; make bench has the long ones.
. tests/tap.sh
[ -x "$BIN/pyrec" ] || bail 'pyrec is needed'

# states PYTHON KIND SECONDS [ARG]: leaves in $T/states a line for each thread, see sums.awk. Runs
# under $under; the recorder under $beside.
under=
beside=
states() {
	rm -f "$T"/truth*
	python=$1
	shift
	bg $under "$python" tests/states/program.py "$@" "$T/truth" >/dev/null
	program=$BG
	await 20 test -e "$T/truth.there" || bail "$python does not start"
	bg $beside "$BIN/pyrec" -q -p "$program" -o "$T/data" 2>"$T/err"
	recorder=$BG
	sleep 0.2
	: >"$T/truth.go"
	await 60 test -e "$T/truth" || bail "$python does not end"
	sleep 0.1
	kill -INT "$recorder"
	wait_pid "$recorder" 10
	[ "$status" = 0 ] || diag "pyrec: $status $(cat "$T/err")"
	kill "$program"
	"$HELPERS/catstream" <"$T/data" | awk -f tests/states/sums.awk "$T/truth" - >"$T/states"
}

# of NAME WHAT: the sum over its threads, in hundredths of one's time.
of() {
	awk -v name="$1" -v what="$2" '
		$1 == name { for (i = 2; i < NF; i += 2) if ($i == what) sum += $(i + 1) }
		END { print sum + 0 }' "$T/states"
}

# Short runs on a busy machine: what is off by chance may be tried again, what is wrong stays wrong.
true_to_the_clock() {
	label=$1
	# Polled, a thread that waits for a CPU seems to run, and its time is put right with delay.
	points=2
	[ -z "$beside" ] || points=5
	shift
	for attempt in 1 2 3; do
		states "$@"
		awk -v points="$points" '{ off = $NF * $NF; if (off > points * points) exit 1 }' \
			"$T/states" && break
		diag "$label, attempt $attempt: $(cat "$T/states")"
	done
	while read -r line; do
		within "$label: ${line%% *} has its CPU time" "${line##* }" -$points $points
	done <"$T/states"
}

each_python() {
	v=$(python_version "$1")
	true_to_the_clock "$v waits" "$1" waits 1.2
	within "$v: who reads a pipe does not wait for the GIL" "$(of pipe waited)" 0 8
	within "$v: nor who waits for a lock" "$(of lock waited)" 0 8
	within "$v: or for a condition" "$(of condition waited)" 0 8
	within "$v: and has no CPU" "$(of lock ours)" 0 2
	case $v in
	*t) ;; # there is no GIL
	*)
		within "$v: two spinners hold the GIL by turns" "$(of spin held)" 80 112
		within "$v: have a CPU, wait for one, or for it" \
			"$(echo "$(of spin ours) $(of spin waited) $(of spin ready)" |
				awk '{ print $1 + $2 + $3 }')" 160 206
		within "$v: for it" "$(of spin waited)" 15 110
		true_to_the_clock "$v digest" "$1" digest 1
		within "$v: C code has a CPU without the GIL" \
			"$(echo "$(of digest free) $(of digest extra)" | awk '{ print $1 - $2 }')" \
			-6 6
		;;
	esac
	true_to_the_clock "$v gc" "$1" gc 1
	within "$v: garbage is collected as long as the program says" \
		"$(echo "$(of gc gc) $(of gc extra)" | awk '{ print $1 - $2 }')" -8 8
}

for python in $(pythons); do
	each_python "$python"
done

python=$(any_python)
for beside in '' "$HELPERS/noperf"; do
	how=${beside:+polled }
	for ms in 0.1 0.7 5 50; do
		true_to_the_clock "$how$ms ms of work, as much sleep" "$python" duty 1.2 $ms
	done
done

# Two programs on one CPU: each of them has half of it and is ready for the other half.
if command -v taskset >/dev/null; then
	bg taskset -c 0 "$python" -c 'while True: pass' >/dev/null
	other=$BG
	for beside in '' "$HELPERS/noperf"; do
		how=${beside:+polled }
		under='taskset -c 0'
		true_to_the_clock "${how}two on one CPU" "$python" spin 1.5
		within "${how}who is not on it is ready" \
			"$(echo "$(of spin ours) $(of spin ready)" | awk '{ print $1 + $2 }')" \
			90 108
		within "${how}for a good part" "$(of spin ready)" 25 95
	done
	kill "$other"
else
	skip 'two on one CPU' 'taskset is not installed'
fi
done_testing
