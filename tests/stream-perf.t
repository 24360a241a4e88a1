#!/bin/sh
# Stock perf reads our streams and names the Python functions; ours and perf's can be joined.
. tests/tap.sh
needs perf
perf --version >/dev/null 2>&1 || skip_all 'perf does not run here'
# perf reads only what its user owns, and its pager and configuration are not for a test.
PERF_PAGER=cat PERF_CONFIG=/dev/null
export PERF_PAGER PERF_CONFIG

make_stream() {
	"$HELPERS/mkstream" "$@" <<'END'
comm 100 100 1000000 python3
comm 100 101 1000000 Thread-1 (work)
cpu 100 100 2000000 1000000 1 gil main@3 (/app/w.py:5);Foo.<locals>.bar@10 (/app/w.py:12)
cpu 100 101 2000000 1000000 1 wait main@3 (/app/w.py:6);work@20 (/app/my dir/é.py:29);[torn]
idle 100 101 5000000 3000000 3 - main@3 (/app/w.py:6)
await 100 101 5000000 3000000 3 interp2 main@3 (/app/w.py:6)
round
cpu 100 101 7000000 1000000 1 gc+gil
forget
cpu 100 100 8000000 1000000 1 gil main@3 (/app/w.py:5);Foo.<locals>.bar@10 (/app/w.py:12)
END
}

# What perf says of it, the blanks as single ones.
script() {
	perf script "$@" 2>"$T/err" | sed 's/[[:space:]][[:space:]]*/ /g; s/ $//'
}
F=comm,tid,time,period,event,weight,ip,sym,symoff
WANT='python3 100 0.002000: 1000000 py-cpu: 1
 85ac9b324e800003 py::Foo.<locals>.bar:/app/w.py+0x3
 86bb8558ecd00003 py::main:/app/w.py+0x3

Thread-1 (work) 101 0.002000: 1000000 py-cpu: 1
 a8436afc44e00000 [torn]+0x0
 b3e8f37dbf00000a py::work:/app/my_dir/é.py+0xa
 86bb8558ecd00004 py::main:/app/w.py+0x4

Thread-1 (work) 101 0.005000: 3000000 py-idle: 3
 86bb8558ecd00004 py::main:/app/w.py+0x4

Thread-1 (work) 101 0.005000: 3000000 py-await: 3
 86bb8558ecd00004 py::main:/app/w.py+0x4

Thread-1 (work) 101 0.007000: 1000000 py-cpu: 1

python3 100 0.008000: 1000000 py-cpu: 1
 85ac9b324e800003 py::Foo.<locals>.bar:/app/w.py+0x3
 86bb8558ecd00003 py::main:/app/w.py+0x3'

for z in 0 1 19; do
	make_stream -z $z >"$T/$z.data"
	is "-z$z: perf script -i - names, counts and dates" \
		"$(script -i - -F $F <"$T/$z.data")" "$WANT"
	is "-z$z: and has nothing to say" "$(grep -v '^$' "$T/err")" ''
	is "-z$z: perf script -i FILE" "$(script -i "$T/$z.data" -F $F)" "$WANT"
	is "-z$z: the state is ins_lat" \
		"$(script -i - -F weight,ins_lat -c python3 <"$T/$z.data" | head -n 1)" ' 1 1'
	perf report -i "$T/$z.data" --stdio >"$T/report" 2>"$T/err"
	like "-z$z: perf report names the leaf" "$(cat "$T/report")" \
		'^ +50\.00% +python3 .*py::Foo\.<locals>\.bar:/app/w\.py'
	like "-z$z: and its callers" "$(cat "$T/report")" '---py::main:/app/w\.py'
	like "-z$z: by kind" "$(cat "$T/report")" "^# Samples: 4  of event 'py-cpu'"
	perf report -i - --stdio --no-children -g none -s comm,sym <"$T/$z.data" \
		>"$T/report" 2>"$T/err"
	like "-z$z: perf report -i -" "$(cat "$T/report")" 'Thread-1 \(work\) +\[k\] \[torn\]'
done

# Lost ticks are perf's lost samples.
"$HELPERS/mkstream" >"$T/lost.data" <<'END'
cpu 100 100 2000000 1000000 1 gil main@3 (/app/w.py:5)
lost 100 100 7 3000000
END
like 'lost ticks are reported' "$(perf report -i "$T/lost.data" --stdio 2>&1)" \
	'Total Lost Samples: 7'

# Before the end comes: each round is printed when it is there.
mkfifo "$T/fifo"
perf script -i - -F event,sym <"$T/fifo" >"$T/live" 2>"$T/err" &
exec 3>"$T/fifo"
{
	i=0
	while [ $i -lt 400 ]; do
		i=$((i + 1))
		echo "cpu 1 1 ${i}000000 1000000 1 gil main@1 (/app/a.py:1)"
		[ $((i % 100)) -ne 0 ] || echo round
	done
} | "$HELPERS/mkstream" >&3
ok 'rounds are printed while the stream is open' await 10 grep -q py-cpu "$T/live"
exec 3>&-
wait

# A synthetic stream of some size: perf sees every sample, and the same frames as our reader.
for n in 2000 2001 20000; do
	"$HELPERS/mkstream" -n $n -d 20 -t 3 -z1 >"$T/many.data"
	is "-n$n -z1: every sample, every frame" \
		"$(script -i - -F event,ip,sym --max-stack 100 <"$T/many.data" |
			awk '/ py-cpu/ { s++ } /py::/ { f++ }
			END { print s " samples " f " frames" }')" \
		"$("$HELPERS/catstream" -q <"$T/many.data" | cut -d' ' -f1-4)"
	is "-n$n -z1: perf has nothing to say" "$(grep -v '^$' "$T/err")" ''
done

# What perf itself records, before and after ours: nothing is missing from either.
# shellcheck disable=SC2016 # for the inner shell
busy='i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'
if ! perf record -g -F 99 -o - -- sh -c "$busy" >"$T/perf.data" 2>"$T/err" ||
	[ "$(script -i - -F event <"$T/perf.data" | wc -l)" -eq 0 ]; then
	skip 'joined with perf record' "perf cannot record here: $(tail -n 1 "$T/err")"
	done_testing
fi
samples() {
	script -i - -F event,comm -G | grep -c . || :
}
ours=$(samples <"$T/0.data")
theirs=$(samples <"$T/perf.data")
is 'perf and our reader count the same in what perf recorded' \
	"$("$HELPERS/catstream" -q <"$T/perf.data" | cut -d' ' -f1)" "$theirs"
# joined NAME SAMPLES A B: A and B without its header, to perf and to our reader.
joined() {
	{ cat "$3"; tail -c +17 "$4"; } >"$T/joined"
	is "$1: perf has every sample" "$(samples <"$T/joined")" "$2"
	is "$1: so does our reader" "$("$HELPERS/catstream" -q <"$T/joined" | cut -d' ' -f1)" "$2"
	like "$1: our names are there" "$(script -i - -F comm,ip,sym <"$T/joined")" 'py::main'
}
for z in 0 1; do
	joined "-z$z: ours, then perf's" $((ours + theirs)) "$T/$z.data" "$T/perf.data"
	joined "-z$z: perf's, then ours" $((ours + theirs)) "$T/perf.data" "$T/$z.data"
	joined "-z$z: ours, then ours" $((2 * ours)) "$T/$z.data" "$T/1.data"
done

# What perf compresses, our reader reads.
if perf record -z -g -F 999 -o - -- sh -c "$busy" >"$T/perfz.data" 2>"$T/err"; then
	is 'perf record -z' "$("$HELPERS/catstream" -q <"$T/perfz.data" | cut -d' ' -f1)" \
		"$(samples <"$T/perfz.data")"
	exits 'and twice, with a header each' 0 sh -c "cat '$T/perfz.data' '$T/perfz.data' |
		'$HELPERS/catstream' -q"
fi

done_testing
