#!/bin/sh
# What a recording says, against what the programs know of themselves: shares of CPU time, who held
# the GIL, who slept, how long it all took, which code ran. For every Python here.
. tests/tap.sh

# The seconds recorded, from the account in $T/err.
seconds() {
	sed -n 's/^pyrec: \([0-9.]*\) s: .*/\1/p' "$T/err"
}

# accounted FIELD: a number of the account.
accounted() {
	sed -n "s/^pyrec: .*[ :;] *\([0-9.]*\) $1.*/\1/p" "$T/err"
}

# sum ERE [OPTION...]: the weight of the stacks that match.
sum() {
	sum_ere=$1
	shift
	"$BIN/pyfold" "$@" "$T/data" 2>/dev/null |
		awk -v ere="$sum_ere" '$0 ~ ere { n += $NF } END { printf "%d\n", n }'
}

# share ERE [OPTION...]: in percent of the stacks.
share() {
	awk -v part="$(sum "$@")" -v all="$(shift; sum . "$@")" \
		'BEGIN { printf "%.2f\n", all ? 100 * part / all : -1 }'
}

# Where functions take 70, 20 and 10 %, as their own CPU clock has it. With some 2000 samples the
# standard deviation of the largest share is a point; the machine may be busy.
split_70_20_10() {
	exits "$python: 70/20/10 is recorded" 0 \
		"$BIN/pyrec" -o "$T/data" -- "$python" tests/workloads/split.py 2 "$T/shares"
	while read -r name percent; do
		within "$python: $name has its share of $percent" "$(share "$name " -F)" \
			"$(echo "$percent" | awk '{ print $1 - 5 }')" \
			"$(echo "$percent" | awk '{ print $1 + 5 }')"
	done <"$T/shares"
	within "$python: hardly any stack is torn" "$(accounted torn)" 0 20
}

# Two threads want the GIL, one sleeps. For every thread all time is in a sample.
gil_and_sleep() {
	try "$BIN/pyrec" -d 1.2 -o "$T/data" -- "$python" -c '
import threading, time
end = time.monotonic() + 1.6
def spin():
	while time.monotonic() < end: pass
def sleeper():
	time.sleep(1.6)
for f in spin, spin, sleeper: threading.Thread(target=f, name=f.__name__).start()
sleeper()'
	is "$python: spinners and a sleeper are recorded" "$status" 0
	held=$(sum 'spin ' -g)
	# At any moment one of them has it; a tick may find neither, or both in turn.
	within "$python: the GIL is held by one at a time" "$held" \
		"$(($(accounted taken) * 6 / 10))" "$(($(accounted taken) * 23 / 20))"
	"$BIN/pyfold" -g -t "$T/data" | awk '/: spin;/ { split($0, f, ";"); n[f[1]] += $NF }
		END { for (t in n) print n[t] }' | sort -n >"$T/each"
	is "$python: two threads had it" "$(grep -c . "$T/each")" 2
	within "$python: each a good part of the time" "$(head -n 1 "$T/each")" "$((held / 5))" \
		"$((held / 2))"
	within "$python: who sleeps counts nothing" "$(share 'sleeper ')" 0 1
	within "$python: with -i it counts" "$(sum 'sleeper ' -i -t)" \
		"$(($(accounted taken) * 14 / 10))" "$(($(accounted taken) * 2))"
	is "$python: no sleeper held the GIL" "$(sum 'sleeper \([^;]*\) [0-9]*$' -i -g)" 0
}

# Every thread was there for most of the recording: the first for all of it but the start.
time_is_conserved() {
	"$BIN/pyfold" -i -t -w time "$T/data" 2>/dev/null | awk -v s="$(seconds)" '
		{ split($0, f, ";"); n[f[1]] += $NF }
		END { for (t in n) print n[t] / 1e9 / s }' | sort -n >"$T/parts"
	is "$python: four threads" "$(grep -c . "$T/parts")" 4
	within "$python: their time is all of the recording, but for their start" \
		"$(head -n 1 "$T/parts")" 0.7 1.005
	within "$python: and not more" "$(tail -n 1 "$T/parts")" 0.7 1.005
}

# Code objects that come and go where others were: none under another's name.
code_reuse() {
	try "$BIN/pyrec" -o "$T/data" -- "$python" tests/workloads/reuse.py 1.2
	"$BIN/pyfold" "$T/data" 2>/dev/null | awk '
		function number(s) { return match(s, /made_[0-9]+\.py/) ?
			substr(s, RSTART + 5, RLENGTH - 8) + 0 : 0 }
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
				bad += made && n != made || line > n + 6
				if (f[i] !~ /^<module>/)
					bad += line <= n || index(f[i], "made_" n " ") != 1
				made = n
			}
			all += made ? count : 0
			wrong += bad ? count : 0
		}
		END { printf "%d %.3f\n", all, all ? 100 * wrong / all : 100 }' >"$T/reuse"
	read -r all wrong <"$T/reuse"
	within "$python: made code is seen" "$all" 300 3000
	within "$python: hardly ever under the name of other code (percent)" "$wrong" 0 0.7
}

for python in $(pythons); do
	if [ "$(python_version "$python" | cut -d. -f2)" -gt 13 ]; then
		skip "$python: truth" 'a version for later'
		continue
	fi
	seen=yes
	split_70_20_10
	gil_and_sleep
	time_is_conserved
	code_reuse
done
[ -n "${seen:-}" ] || skip 'truth' 'no Python is installed'

done_testing
