#!/bin/sh
# pyfold: streams to folded text. The spelling, the filters, the laws, and bad input.
. tests/tap.sh

fold() {
	"$BIN/pyfold" "$@"
}

# stream FILE: a stream from the text on stdin, as mkstream reads it.
stream() {
	"$HELPERS/mkstream" >"$1" || bail "mkstream cannot write $1"
}

# same NAME FILE FILE: the folded text is the same.
same() {
	ok "$1" diff "$2" "$3"
}

# total FILE: the sum of the counts.
total() {
	awk '{ s += $NF } END { printf "%.0f\n", s }' "$1"
}

# add FILE...: folded files as one, sorted as pyfold sorts.
add() {
	awk '{ n = $NF; sub(/ [0-9]+$/, ""); sum[$0] += n }
		END { for (s in sum) printf "%s %.0f\n", s, sum[s] }' "$@" | sort
}

stream "$T/a" <<'EOF'
root 5
comm 10 10 0 python3
comm 10 11 0 worker one
cpu 10 10 1000000000 3000000 3 gil main@1 (/app/pkg/m.py:5);f@10 (/app/pkg/m.py:12)
cpu 10 11 1000500000 1000000 1 - main@1 (/app/pkg/m.py:5);f@10 (/app/pkg/m.py:14)
cpu 10 10 1001000000 1500000 2 gil main@1 (/app/pkg/m.py:5)
idle 10 11 1002000000 9000000 9 - main@1 (/app/pkg/m.py:5);w@20 (/lib/python3.11/threading.py:30)
cpu 20 20 2000000000 1000000 1 torn x@1 (/v/lib/python3.11/site-packages/n/x.py:2);[torn]
cpu 20 20 2500000000 1000000 1 -
round
EOF

try fold "$T/a"
is 'stacks on the CPU, by ticks' "$(cat "$T/out")" "$(cat <<'EOF'
[unknown] 1
main (pkg/m.py:5) 2
main (pkg/m.py:5);f (pkg/m.py:12) 3
main (pkg/m.py:5);f (pkg/m.py:14) 1
x (site-packages/n/x.py:2);[torn] 1
EOF
)"
is 'nothing to remark' "$status $(cat "$T/err")" '0 '
is 'from standard input' "$(fold <"$T/a")" "$(cat "$T/out")"
is '- is standard input' "$(fold - <"$T/a")" "$(cat "$T/out")"
exits '-o writes there' 0 fold -o "$T/o" "$T/a"
is 'and nothing to standard output' "$(cat "$T/out")" ''
is 'the same' "$(cat "$T/o")" "$(fold "$T/a")"
fold -F "$T/a" >"$T/F"
is '-F: one frame per function' "$(cat "$T/F")" "$(cat <<'EOF'
[unknown] 1
main (pkg/m.py:1) 2
main (pkg/m.py:1);f (pkg/m.py:10) 4
x (site-packages/n/x.py:1);[torn] 1
EOF
)"
is '--function is -F' "$(fold --function "$T/a")" "$(cat "$T/F")"
is '-i: idle ones too' "$(fold -i "$T/a" | grep w\ )" \
	'main (pkg/m.py:5);w (lib/python3.11/threading.py:30) 9'
is '-g: holders of the GIL' "$(fold -g "$T/a" | add -)" "$(cat <<'EOF'
main (pkg/m.py:5) 2
main (pkg/m.py:5);f (pkg/m.py:12) 3
EOF
)"
is '-w time: nanoseconds' "$(fold -w time "$T/a" | tail -n 1)" \
	'x (site-packages/n/x.py:2);[torn] 1000000'
is '-w samples is what there is without -w' "$(fold -w samples "$T/a")" "$(fold "$T/a")"
is '-t: thread roots' "$(fold -t "$T/a" | cut -d';' -f1 | sort -u)" "$(cat <<'EOF'
thread (10): python3
thread (11): worker one
thread (20)
EOF
)"
is '-P: process roots' "$(fold -P "$T/a" | cut -d';' -f1 | sort -u)" \
	"$(printf 'process (20)\npython3 (10)')"
like '-P -t: the process is above the thread' "$(fold -Pt "$T/a")" \
	'^python3 \(10\);thread \(11\): worker one;main \(pkg/m.py:5\);f \(pkg/m.py:14\) 1$'
like '--full-filenames' "$(fold --full-filenames "$T/a")" '^main \(/app/pkg/m.py:5\) 2$'
is '--tid' "$(fold -i --tid 11,12 "$T/a" | total -)" 10
is '--pid' "$(fold --pid 20 "$T/a" | total -)" 2
is '--time A,B: from A to before B' "$(fold --time 0.001,1 "$T/a" | total -)" 2
is '--time ,B' "$(fold --time ,0.001 "$T/a" | total -)" 4
is '--time A,' "$(fold --time 1, "$T/a" | total -)" 2
is '-e by kind' "$(fold -e idle "$T/a")" "$(fold -e py-idle "$T/a")"
is '-e chooses' "$(fold -e idle "$T/a" | total -)" 9
is '-e with commas' "$(fold -e cpu,py-idle "$T/a")" "$(fold -i "$T/a")"

# A thread's name is that of the time of the sample; a first one reaches back.
stream "$T/names" <<'EOF'
cpu 1 7 1000 1 1 - f (a.py:1)
comm 1 7 2000 first
cpu 1 7 3000 1 1 - f (a.py:1)
comm 1 7 4000 second
cpu 1 7 5000 1 1 - f (a.py:1)
exit 1 0 6000
cpu 1 8 7000 1 1 - f (a.py:1)
EOF
is 'names of threads' "$(fold -t "$T/names")" "$(cat <<'EOF'
thread (7): first;f (a.py:1) 2
thread (7): second;f (a.py:1) 1
thread (8);f (a.py:1) 1
EOF
)"

# Joined streams are told apart: what a thread is called, when the recording began.
stream "$T/nameless" <<'EOF'
cpu 1 7 900000000 1 1 - f (a.py:1)
cpu 1 7 910000000 1 1 - g (a.py:2)
EOF
for skip in 1 17; do
	tail -c +$skip "$T/nameless" | cat "$T/names" - >"$T/joined"
	is "a name does not reach into a joined stream (from byte $skip)" \
		"$(fold -t "$T/joined" | grep '(7);')" \
		"$(printf 'thread (7);%s\n' 'f (a.py:1) 1' 'g (a.py:2) 1')"
	is "its time begins anew (from byte $skip)" "$(fold --time ,0.01 "$T/joined")" \
		"$(printf 'f (a.py:1) 5\n')"
done

# Laws, on a stream of some size.
"$HELPERS/mkstream" -n 3000 -d 12 -f 50 -t 5 >"$T/big"
awk 'BEGIN { srand(3); for (i = 0; i < 2000; i++) {
	printf "%s 1 %d %d %d %d %s ", rand() < .3 ? "idle" : "cpu", 1 + i % 4, 1000 * i,
		1000 * int(rand() * 100), int(rand() * 4), rand() < .4 ? "gil" : "-"
	n = int(rand() * 9); for (k = 0; k < n; k++)
		printf "%sf%d@%d (/x/m%d.py:%d)", k ? ";" : "", k, k, k % 3, k + int(rand() * 3)
	print "" } }' >"$T/text"
stream "$T/mix" <"$T/text"
for f in big mix a; do
	fold -i "$T/$f" >"$T/all"
	fold -i "$T/a" >"$T/apart"
	fold -i "$T/a" "$T/$f" >"$T/joined"
	add "$T/apart" "$T/all" >"$T/sum"
	same "$f: two files fold to the sum" "$T/joined" "$T/sum"
	cat "$T/a" "$T/$f" | fold -i >"$T/cat"
	same "$f: so do streams joined by cat" "$T/cat" "$T/sum"
	fold -itP "$T/a" "$T/$f" >"$T/joined"
	cat "$T/a" "$T/$f" | fold -itP >"$T/cat"
	same "$f: and with threads" "$T/cat" "$T/joined"
	add "$T/all" >"$T/sum"
	same "$f: output is sorted, each stack once" "$T/all" "$T/sum"
	{ fold "$T/$f"; fold -e idle "$T/$f"; } 2>/dev/null | add - >"$T/sum"
	same "$f: CPU and idle are all" "$T/all" "$T/sum"
	for o in -F -t -P -Ft --full-filenames; do
		is "$f: $o keeps the sum" "$(fold -i $o "$T/$f" | total -)" "$(total "$T/all")"
	done
	fold "$T/$f" >"$T/all"
	{ fold --time ,0.0005 "$T/$f"; fold --time 0.0005, "$T/$f"; } 2>/dev/null | add - >"$T/sum"
	same "$f: two windows are all" "$T/all" "$T/sum"
	{ fold --tid 1,10,11,1000,1001 "$T/$f"
		fold --tid 2,3,4,20,1002,1003,1004 "$T/$f"; } 2>/dev/null | add - >"$T/sum"
	same "$f: the threads are all" "$T/all" "$T/sum"
	fold -iF "$T/$f" >"$T/F"
	add "$T/F" >"$T/sum"
	same "$f: -F merges lines" "$T/F" "$T/sum"
done
fold -i "$T/mix" >"$T/all"
is 'counts add up to the ticks' "$(total "$T/all")" \
	"$(awk '{ s += $6 } END { print s }' "$T/text")"
is '-w time adds up to the periods' "$(fold -iw time "$T/mix" | total -)" \
	"$(awk '{ s += $5 } END { print s }' "$T/text")"
is '-g: the ticks with the GIL' "$(fold -ig "$T/mix" | total -)" \
	"$(awk '$7 == "gil" { s += $6 } END { print s }' "$T/text")"
"$HELPERS/mkstream" -z 3 <"$T/text" | fold -i >"$T/z"
same 'compressed or not' "$T/z" "$T/all"

# What is said of what was left out or lost.
stream "$T/idle" <<'EOF'
idle 1 1 1000 1 1 - f (a.py:1)
idle 1 2 1000 1 1 - f (a.py:1)
EOF
exits 'all idle: nothing folded' 0 fold "$T/idle"
is 'and nothing written' "$(cat "$T/out")" ''
is 'but said' "$(cat "$T/err")" 'pyfold: no sample chosen: 2 idle (-i adds them)'
try fold -i --pid 7 "$T/idle"
is 'other processes' "$(cat "$T/err")" 'pyfold: no sample chosen: 2 of other processes (--pid)'
try fold -i --time 9, "$T/idle"
is 'another time' "$(cat "$T/err")" 'pyfold: no sample chosen: 2 outside --time'
try fold -e alloc "$T/a"
like 'other events' "$(cat "$T/err")" 'of other events \(-e py-cpu chooses such\)'
printf '' | stream "$T/none"
exits 'a stream without samples' 0 fold "$T/none"
like 'is said to be one' "$(cat "$T/err")" '^pyfold: no samples in the stream$'
{ cat "$T/text"; echo 'lost 1 0 1 3000000'; } | stream "$T/lost"
try fold -i "$T/lost"
is 'one lost tick is not worth a word' "$(cat "$T/err")" ''
{ cat "$T/text"; echo 'lost 1 0 1000 3000000'; } | stream "$T/lost"
try fold -i "$T/lost"
one_line 'many are' "$T/err"
like 'how many' "$(cat "$T/err")" '1000 ticks were lost in recording, against [0-9]+ sampled'
same 'and the output is the same' "$T/out" "$T/all"

# Bad input.
exits 'empty input' 1 fold /dev/null
one_line 'one line on why' "$T/err"
printf 'main;f 3\n' >"$T/text"
exits 'folded text is no stream' 1 fold "$T/text"
like 'which file' "$(cat "$T/err")" "^pyfold: $T/text: "
exits 'no such file' 1 fold "$T/none-such"
like 'which one' "$(cat "$T/err")" "^pyfold: $T/none-such: No such file"
exits 'a directory' 1 fold "$T"
exits 'a bad file among good ones' 1 fold "$T/a" "$T/text" "$T/names"
is 'the good ones are folded' "$(total "$T/out")" 12
one_line 'and the bad one named' "$T/err"
size=$(wc -c <"$T/big")
head -c $((size * 2 / 3)) "$T/big" >"$T/cut"
exits 'a stream cut off' 1 fold "$T/cut"
like 'says where' "$(cat "$T/err")" "^pyfold: $T/cut: .*[0-9]"
within 'what came before is folded' "$(total "$T/out")" 1900 2000
# Cut anywhere: a clean end or one line, never less than a shorter piece gave.
size=$(wc -c <"$T/a") cut=0 last=0 wrong=
while [ "$cut" -lt "$size" ]; do
	head -c "$cut" "$T/a" >"$T/cut"
	try fold -i "$T/cut"
	now=$(total "$T/out")
	case $status.$(wc -l <"$T/err") in
	0.0 | 0.1 | 1.1) [ "$now" -ge "$last" ] || wrong="$wrong $cut:less" ;;
	*) wrong="$wrong $cut:$status" ;;
	esac
	last=$now cut=$((cut + 11))
done
is 'cut at every 11th byte' "$wrong" ''
exits 'output that cannot be written' 1 sh -c '"$1/pyfold" "$2" >/dev/full' sh "$BIN" "$T/a"
like 'is said' "$(cat "$T/err")" '^pyfold: standard output: .*No space left'
exits 'an -o that cannot be opened' 1 fold -o "$T/no/where" "$T/a"
exits 'a reader that has gone' 0 sh -c '"$1/pyfold" "$2" | true' sh "$BIN" "$T/big"
is 'is not worth a word' "$(cat "$T/err")" ''

# Usage.
for o in -p4 -r9 -d9 -z -s -n; do
	exits "$o is pyrec's" 2 fold $o "$T/a"
	like 'and says so' "$(cat "$T/err")" "^pyfold: ${o%[0-9]}: is pyrec's"
done
exits '-w of a thing unknown' 2 fold -w bytes "$T/a"
exits '--tid of a word' 2 fold --tid worker "$T/a"
exits '--time without a comma' 2 fold --time 3 "$T/a"
exits '--time backwards' 2 fold --time 3,2 "$T/a"

# Ctrl-C reaches the whole pipeline: what the recorder still writes is folded.
mkfifo "$T/fifo"
# sigint DIGITS: it is pyfold that runs by now, not the shell before it, and the last digit of the
# signals that it catches is one of these: SIGINT is the second bit.
sigint() {
	awk '/^Name:/ { name = $2 } /^SigCgt:/ { caught = $2 }
		END { exit !(name == "pyfold" && caught ~ digits "$") }' \
		digits="[$1]" "/proc/$BG/status"
}
# from_fifo: pyfold in the background, its input on descriptor 9, once it catches SIGINT.
from_fifo() {
	bg sh -c 'exec "$1" -i <"$2" >"$3"' sh "$BIN/pyfold" "$T/fifo" "$T/late"
	exec 9>"$T/fifo"
	await 10 sigint 2367abef
}
from_fifo
kill -INT "$BG"
cat "$T/mix" >&9
exec 9>&-
wait_pid "$BG" 10
is 'the first Ctrl-C is left to the writer' "$status" 0
same 'whose last data is folded' "$T/late" "$T/all"
from_fifo
kill -INT "$BG"
ok 'one SIGINT was taken' await 10 sigint 014589cd
kill -INT "$BG"
wait_pid "$BG" 10
is 'the second Ctrl-C ends pyfold' "$status" 130
exec 9>&-

done_testing
