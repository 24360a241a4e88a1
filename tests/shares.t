#!/bin/sh
# The shares of callers and callees that call each other through C, many times in a microsecond's
# reach: as a stopped reference has them, without asking for the stops.
. tests/tap.sh
[ -x "$BIN/pyrec" ] && [ -x "$BIN/pyfold" ] || bail 'pyrec and pyfold are needed'

# self FUNCTION OPTION...: its own share of a second and a half, in percent.
self() {
	func=$1
	shift
	"$BIN/pyrec" -q -p "$target" -d 1.5 -o "$T/data" "$@" 2>/dev/null
	"$BIN/pyfold" -F "$T/data" 2>/dev/null | awk -v f="$func" '
		{ n = $NF; all += n; sub(/ [0-9]+$/, ""); sub(/.*;/, "") }
		index($0, f " (") == 1 { mine += n }
		END { printf "%.1f\n", all ? 100 * mine / all : 0 }'
}

# Another program may have the CPU meanwhile: three goes.
for python in $(pythons); do
	case $(python_version "$python") in 3.1[123]*) ;; *) continue ;; esac
	bg "$python" tests/workloads/short.py 60
	target=$BG
	sleep 0.3
	for go in 1 2 3; do
		callers=$(self by_genexpr)
		reference=$(self by_genexpr --stop)
		off=$(awk "BEGIN { d = $callers - $reference; print d < 0 ? -d : d }")
		[ "${off%.*}" -ge 6 ] || break
	done
	within "$python: a caller has $callers %, stopped $reference %, go $go" "$off" 0 6
	kill "$target"
done
done_testing
