#!/bin/sh
# CPythons that cannot be read are refused, and it is said why; those of another root are read.
. tests/tap.sh

refused() { # NAME VERSION ERE
	bg "$HELPERS/future" "$2" >"$T/ready"
	await 10 test -s "$T/ready"
	exits "$1 is refused" 1 "$BIN/pyrec" -p "$BG" -d 1 -o "$T/data"
	one_line "$1: in one line" "$T/err"
	like "$1: it is said why" "$(cat "$T/err")" "$3"
	kill "$BG"
	rm "$T/ready"
}

refused 'a later version' 031000f0 'CPython 3\.16\.0: .*newer than this release'
refused 'a version of before debug offsets' 030700f0 'CPython 3\.7\.0: .*not known'
# Every offset is 0: sizes cannot be.
refused 'a 3.15 that says nothing sensible' 030f00f0 'CPython 3\.15\.0: debug offsets make no sense'

# Debian sid's own, in a root, a pid and a mount namespace of its own: what it calls itself is not
# what it is from here.
root=$PWD/.pythons/sid
if [ ! -d "$root" ]; then
	skip 'a container' 'tests/pythons/fetch has not brought Pythons'
elif ! unshare --mount --pid --fork chroot "$root" /usr/bin/python3.14 -c '' 2>"$T/err"; then
	skip 'a container' "none can be made here: $(tail -n 1 "$T/err")"
else
	cp tests/oracle/workload.py "$root/tmp/workload.$$.py"
	for v in 3.14 3.15; do
		rm -f "$root/tmp/truth.$$"
		unshare --mount-proc="$root/proc" --pid --fork --kill-child chroot "$root" \
			"/usr/bin/python$v" "/tmp/workload.$$.py" threads 30 "/tmp/truth.$$" &
		outer=$!
		await 10 test -s "$root/tmp/truth.$$"
		sleep 0.3
		read -r inner <"/proc/$outer/task/$outer/children"
		exits "$v in a container is recorded" 0 \
			"$BIN/pyrec" -p "$inner" -d 3 -o "$T/data"
		"$BIN/pyfold" --full-filenames "$T/data" >"$T/folded"
		counts=$("$(any_python)" tests/oracle/check.py "$root/tmp/truth.$$" "$T/folded")
		like "$v in a container: its stacks are possible" "$counts" \
			'^total [0-9]{3,} wrong 0 '
		like "$v in a container: its threads are told apart" \
			"$("$BIN/pyfold" -t "$T/data")" '^thread \([0-9]+\): Thread-[0-9]+'
		kill -KILL "$inner"
		wait "$outer" 2>/dev/null
	done
	rm -f "$root/tmp/workload.$$.py" "$root/tmp/truth.$$"
fi

done_testing
