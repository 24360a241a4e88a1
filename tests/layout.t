#!/bin/sh
# Our rows of offsets, one per CPython version, against what the headers of each installed Python
# say; from 3.13 on also against what the interpreter's own file says of itself.
. tests/tap.sh
needs cc

# headers [FLAG...]: $T/headers, what the headers in $include say.
headers() {
	# Behind this system's own: Debian's pyconfig.h, found as x86_64-linux-gnu/python3.N/.
	try cc -w "$@" -I "$include" -I "$include/internal" -idirafter "${include%/*}" \
		-o "$T/probe" tests/layout/probe.c
	is "$python: the probe builds $*" "$(cat "$T/err")" ''
	"$T/probe" >"$T/headers" || fail "$python: the probe runs"
}

# compare PROBE ROW: nothing where all is well, else what is not.
compare() {
	awk 'NR == FNR { least[$1] = $2; most[$1] = NF > 2 ? $3 : $2; next }
		$2 == "-" && $1 in least { print $1 " is absent, headers: " least[$1] }
		$2 == "-" { next }
		!($1 in least) { print $1 " is not in the headers"; next }
		$2 + 0 < least[$1] + 0 || $2 + 0 > most[$1] + 0 {
			print $1 " is " $2 ", headers: " least[$1] }
		{ seen++ }
		END { if (seen < 30) print "only " seen + 0 " fields" }' "$1" "$2"
}

# not_noticed PROBE ROW: the fields that could be wrong in a row without compare's saying so.
not_noticed() {
	grep -v ' -$' "$2" | while read -r field value; do
		case $field in
		*_size) wrong=0 ;;
		*) wrong=$((value + 8)) ;;
		esac
		awk -v f="$field" -v v="$wrong" '$1 == f { $2 = v } { print }' "$2" >"$T/wrong"
		[ -n "$(compare "$1" "$T/wrong")" ] || echo "$field"
	done
}

setting() {
	"$python" -c "import sysconfig; print($1)" 2>/dev/null
}

found=
for python in $(pythons); do
	version=$(python_version "$python")
	minor=${version#3.}
	include=$(setting 'sysconfig.get_paths()["include"]')
	if [ ! -f "$include/Python.h" ]; then
		skip "$python: the row of $version" "no headers in $include"
		continue
	fi
	headers
	"$HELPERS/layoutdump" "$minor" >"$T/row" || fail "$version has a row"
	is "$python: the row of $version is what the headers say" \
		"$(compare "$T/headers" "$T/row")" ''
	is "$python: any number of it could not be wrong unseen" \
		"$(not_noticed "$T/headers" "$T/row")" ''
	found=yes
	[ "${minor%t}" -ge 13 ] || continue

	object=$(setting 'sysconfig.get_config_var("LIBDIR") + "/" + \
		sysconfig.get_config_var("INSTSONAME")')
	case $object in
	*.so*) [ -f "$object" ] || object=$(setting '__import__("sys").executable') ;;
	*) object=$(setting '__import__("sys").executable') ;; # linked into it
	esac
	"$HELPERS/layoutdump" "$minor" "$object" >"$T/debug" ||
		fail "$object: it describes itself"
	is "$object: its debug offsets are what the headers say" \
		"$(compare "$T/headers" "$T/debug")" ''
	is "$object: any number of them could not be wrong unseen" \
		"$(not_noticed "$T/headers" "$T/debug")" ''

	# The same headers say how the free-threaded build is laid out.
	case $minor in *t) continue ;; esac
	headers -DPy_GIL_DISABLED=1
	"$HELPERS/layoutdump" "${minor}t" >"$T/row" || fail "${version}t has a row"
	is "$python: the row of ${version}t is what its headers say" \
		"$(compare "$T/headers" "$T/row")" ''
done
[ -n "$found" ] || skip 'the rows' 'no Python with headers is installed'

exits 'a version without a row is refused' 1 "$HELPERS/layoutdump" 7
exits 'and one that is not there yet' 1 "$HELPERS/layoutdump" 16
exits 'and a build without one' 1 "$HELPERS/layoutdump" 12t
exits 'a file that is not ELF is refused' 1 "$HELPERS/layoutdump" 13 tests/layout.t
exits 'a file without an interpreter is refused' 1 "$HELPERS/layoutdump" 13 /bin/sh

done_testing
