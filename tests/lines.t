#!/bin/sh
# The line of every instruction of some thousand code objects, as each installed Python tells it,
# against what we read from their line tables.
. tests/tap.sh

want=2500
for python in $(pythons); do
	if ! "$python" -c 'import ctypes' 2>/dev/null; then
		skip "$python: lines" 'it has no ctypes'
		continue
	fi
	exits "$python tells its lines" 0 "$python" -S tests/helpers/codelines.py "$want"
	mv "$T/out" "$T/lines"
	exits "$python: every line is ours" 0 "$HELPERS/linescheck" <"$T/lines"
	diag "$python: $(head -n 20 "$T/out")"
	like "$python: they were many" "$(cat "$T/out")" "^codes $want instructions [0-9]{5,}$"
	found=$python
done
[ -n "${found:-}" ] || { skip 'lines' 'no Python is installed'; done_testing; }

# A wrong line is seen.
sed -n '30{s/ \([0-9]*\)x\([0-9]*\)$/ 1\1x\2/;p;}' "$T/lines" >"$T/wrong"
exits 'a wrong line fails' 1 "$HELPERS/linescheck" <"$T/wrong"
like 'and is named' "$(cat "$T/out")" '^code 0 byte [0-9]+: at'

done_testing
