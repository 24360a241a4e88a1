#!/bin/sh
# What a recording says, against what the programs know of themselves: shares of CPU time, who held
# the GIL, who slept, how long it all took, which code ran. For every Python here. The machine may
# be busy: so nanoseconds count, not ticks, and only relations are judged.
. tests/tap.sh

# sum ERE [OPTION...]: milliseconds of the stacks that match.
sum() {
	sum_ere=$1
	shift
	"$BIN/pyfold" -w time "$@" "$T/data" 2>/dev/null |
		awk -v ere="$sum_ere" '$0 ~ ere { n += $NF } END { printf "%.0f\n", n / 1e6 }'
}

# percent PART WHOLE
percent() {
	awk -v part="$1" -v whole="$2" \
		'BEGIN { printf "%.2f\n", (whole > 0 ? 100 * part / whole : -1) }'
}

# Where functions take 70, 20 and 10 %, as their own CPU clock has it: "name share recorded" lines.
split_70_20_10() {
	try "$BIN/pyrec" -o "$T/data" -- "$python" tests/workloads/split.py 2 "$T/split"
	[ "$status" = 0 ] || return
	while read -r name share; do
		echo "$name $share $(percent "$(sum "$name " -F)" "$(sum 'use_' -F)")"
	done <"$T/split"
}

# With 2000 samples the standard deviation of the largest share is a point, and more where others
# take the CPU away: then it may be tried again, for what is wrong stays wrong.
shares() {
	for attempt in 1 2 3; do
		split_70_20_10 >"$T/shares"
		awk '$3 - $2 > 5 || $2 - $3 > 5 { exit 1 }' "$T/shares" && break
		diag "$python, attempt $attempt: $(tr '\n' ' ' <"$T/shares")"
	done
	is "$python: three functions are seen" "$(grep -c '^use_' "$T/shares")" 3
	while read -r name share recorded; do
		within "$python: $name has its share" "$recorded" \
			"$(echo "$share" | awk '{ print $1 - 5 }')" \
			"$(echo "$share" | awk '{ print $1 + 5 }')"
	done <"$T/shares"
	within "$python: hardly any of it is torn (percent)" \
		"$(percent "$(sum '\[torn\]')" "$(sum .)")" 0 2
}

# Two threads want the GIL, one sleeps, and so does the first.
gil_and_sleep() {
	try "$BIN/pyrec" -d 1.2 -o "$T/data" -- "$python" -c '
import threading, time
end = time.monotonic() + 1.6
def spin():
	while time.monotonic() < end: pass
def sleeper():
	time.sleep(max(0, end - time.monotonic()))
for f in spin, spin, sleeper: threading.Thread(target=f, name=f.__name__).start()
sleeper()'
	is "$python: spinners and a sleeper are recorded" "$status" 0
	spin=$(($(sum ': spin;' -i -t) / 2))
	within "$python: the spinners are seen (milliseconds)" "$spin" 300 1250
	within "$python: one of them holds the GIL, one at a time (percent)" \
		"$(percent "$(sum 'spin ' -g -i)" "$spin")" 50 125
	"$BIN/pyfold" -g -i -t -w time "$T/data" 2>/dev/null | awk '/: spin;/ {
		split($0, f, ";"); n[f[1]] += $NF }
		END { for (t in n) printf "%.0f\n", n[t] / 1e6 }' | sort -n >"$T/each"
	is "$python: both had it" "$(grep -c . "$T/each")" 2
	within "$python: the one as well as the other (percent)" \
		"$(percent "$(head -n 1 "$T/each")" "$(tail -n 1 "$T/each")")" 25 100
	within "$python: who sleeps counts nothing (percent)" \
		"$(percent "$(sum 'sleeper ')" "$(sum .)")" 0 1
	within "$python: with -i it counts (percent)" \
		"$(percent "$(sum ': sleeper;.*sleeper ' -i -t)" "$(sum ': sleeper;' -i -t)")" \
		80 100
	within "$python: nor had it the GIL, but to go to sleep (percent)" \
		"$(percent "$(sum 'sleeper \([^;]*\) [0-9]*$' -i -g)" "$spin")" 0 3
}

# From a thread's begin to its last sample, all its time is in one of its samples.
time_is_conserved() {
	"$HELPERS/catstream" <"$T/data" | awk -v rate=1000 '
		($1 == "fork" || $1 == "comm") && !($2 in first) { first[$2] = $3 }
		$1 == "sample" {
			names += !($2 in last)
			last[$2] = $3
			sum[$2] += $5
			ticks[$2] += $7
		}
		$1 == "lost" { lost += $4 }
		END {
			for (t in sum) {
				off = sum[t] / (last[t] - first[t])
				if (off < 0.99 || off > 1.01) odd++
				if (last[t] - first[t] > longest) {
					longest = last[t] - first[t]
					due = ticks[t] + lost
				}
			}
			printf "threads %d odd %d\n", names, odd
			printf "%.3f\n", due / (longest / 1e9 * rate)
		}' >"$T/tiles"
	is "$python: every thread, all its time" "$(head -n 1 "$T/tiles")" \
		'threads 4 odd 0'
	within "$python: ticks taken and lost make the rate" "$(tail -n 1 "$T/tiles")" 0.95 1.05
}

# Code objects that come and go where others were: none under another's name.
code_reuse() {
	try "$BIN/pyrec" -o "$T/data" -- "$python" tests/workloads/reuse.py 1.2
	"$BIN/pyfold" "$T/data" 2>/dev/null | awk '
		function number(s) {
			if (!match(s, /made_[0-9]+\.py/))
				return 0
			return substr(s, RSTART + 5, RLENGTH - 8) + 0
		}
		{
			count = $NF
			sub(/ [0-9]+$/, "")
			split($0, f, ";")
			made = bad = 0
			for (i in f) {
				n = number(f[i])
				if (!n)
					continue
				line = f[i]
				sub(/.*:/, "", line)
				line += 0
				bad += (made && n != made) || line > n + 6
				if (f[i] !~ /^<module>/)
					bad += line <= n || index(f[i], "made_" n " ") != 1
				made = n
			}
			all += made ? count : 0
			wrong += bad ? count : 0
		}
		END { printf "%d %.3f\n", all, all ? 100 * wrong / all : 100 }' >"$T/reuse"
	read -r all wrong <"$T/reuse"
	within "$python: made code is seen" "$all" 100 3000
	within "$python: hardly ever under the name of other code (percent)" "$wrong" 0 1
}

for python in $(pythons); do
	seen=yes
	shares
	gil_and_sleep
	time_is_conserved
	code_reuse
done
[ -n "${seen:-}" ] || skip 'truth' 'no Python is installed'

done_testing
