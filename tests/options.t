#!/bin/sh
# Every program: -h, -V, an unknown option; and its option table against its man page.
. tests/tap.sh

# from_help PROGRAM: its options, one a line, as "-x" and "--long".
from_help() {
	"$BIN/$1" -h | sed -n 's/^  *\(-[^ ].*\)/\1/p' | sed 's/   *.*//' |
		grep -oE '(^|[ ,])--?[A-Za-z0-9][A-Za-z0-9-]*' | tr -d ' ,' | cut_letter | sort -u
}

# "-z[LEVEL]" came out as "-z" already; "-dSECONDS" does not occur.
cut_letter() {
	sed 's/^\(-[A-Za-z0-9]\)[^-].*/\1/'
}

# from_man FILE: the options that its lists describe: each "Fl" of an "It" line.
from_man() {
	grep -E '^\.It Fl ' "$1" | sed 's/^\.It //' | awk '{
		for (i = 1; i < NF; i++)
			if ($i == "Fl") print "-" $(i + 1)
	}' | sed 's/,$//' | sort -u
}

for program in $(programs); do
	page=man/$program.1
	[ -x "$BIN/$program" ] || { fail "$program is built"; continue; }

	exits "$program -h" 0 "$BIN/$program" -h
	like "$program -h shows its usage on stdout" "$(cat "$T/out")" "^usage: $program "
	is "$program -h says nothing on stderr" "$(cat "$T/err")" ''
	exits "$program --help" 0 "$BIN/$program" --help
	exits "$program -V" 0 "$BIN/$program" -V
	like "$program -V names it and its version" "$(cat "$T/out")" "^$program [0-9]+(\.[0-9]+)+$"
	exits "$program --version" 0 "$BIN/$program" --version

	for wrong in --no-such-option -@; do
		exits "$program $wrong is refused" 2 "$BIN/$program" "$wrong"
		one_line "$program $wrong: one line on stderr" "$T/err"
		like "$program $wrong: which and how to go on" "$(cat "$T/err")" \
			"^$program: .*$wrong.*$program -h"
		is "$program $wrong: nothing on stdout" "$(cat "$T/out")" ''
	done

	exits "$program -h to a full disk fails" 1 sh -c '"$1" -h >/dev/full' sh "$BIN/$program"

	[ -f "$page" ] || { fail "$program has $page"; continue; }
	from_help "$program" >"$T/help"
	from_man "$page" >"$T/man"
	ok "$program: -h lists options" test -s "$T/help"
	is "$program: what -h lists, $page describes" "$(comm -23 "$T/help" "$T/man")" ''
	is "$program: what $page describes, -h lists" "$(comm -13 "$T/help" "$T/man")" ''
done

done_testing
