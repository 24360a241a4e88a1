#!/bin/sh
# The floors of the house: a file includes from its own floor and those below, never above.
# base < stream < target < cpython < record < model < render; model and render are pure.
. tests/tap.sh

floors='base stream target cpython record model render'

# below FLOOR: the floors it may include from, as an ERE.
below() {
	case $1 in
	model) printf 'base|stream|model' ;;
	render) printf 'base|stream|model|render' ;;
	*) printf '%s' "${floors%%"$1"*}$1" | tr ' ' '|' ;;
	esac
}

# upward ROOT FLOOR: the includes that point up, sideways or out of lib/.
upward() {
	find "$1/lib/$2" -name '*.[ch]' 2>/dev/null | sort |
		xargs -r grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' |
		grep -vE "include[[:space:]]*\"($(below "$2"))/[^/\"]+\""
}

for floor in $floors; do
	is "lib/$floor includes nothing above it" "$(upward . "$floor")" ''
done
any=$(printf '%s' "$floors" | tr ' ' '|')
is 'every directory of lib is a floor' \
	"$(find lib -mindepth 1 -maxdepth 1 -printf '%f\n' | grep -vxE "agent|$any")" ''
is 'every include of cmd is of cmd or lib' \
	"$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' cmd/*.[ch] |
		grep -vE "\"(cmd|$any)/")" ''

# The check itself finds what it is for.
mkdir -p "$T/lib/model"
printf '#include "target/proc.h"\n#include "base/err.h"\n' >"$T/lib/model/a.c"
is 'an include that points up is found' "$(upward "$T" model)" \
	"$T/lib/model/a.c:1:#include \"target/proc.h\""

# linked PROGRAM: the symbols it defines or wants.
linked() {
	nm "$BIN/$1" | awk '{ print $NF }' | sed 's/@.*//'
}

# owned FLOOR...: the public functions of those floors, from their headers.
owned() {
	for floor in "$@"; do
		find "lib/$floor" -name '*.h' -exec cat {} +
	done | grep -oE '\b[a-z][a-z0-9]*_[a-z0-9_]+\(' | tr -d '(' | sort -u |
		grep -vxE 'err_.*|__.*|offsetof'
}

for program in pysvg pyfold; do
	[ -x "$BIN/$program" ] || { skip "what $program links" 'not built'; continue; }
	linked "$program" | sort -u >"$T/linked"
	is "$program reads no process" \
		"$(grep -xE 'process_vm_readv|ptrace|elf_.*|pid_.*maps.*' "$T/linked")" ''
	for floor in target cpython record; do
		is "$program links nothing of lib/$floor" \
			"$(owned "$floor" | comm -12 - "$T/linked")" ''
	done
done
if [ -x "$BIN/pysvg" ]; then
	linked pysvg | sort -u >"$T/linked"
	is 'pysvg does not read streams' "$(owned stream | comm -12 - "$T/linked")" ''
	if [ "${SAN:-0}" = 1 ]; then
		skip 'pysvg needs libc and libm alone' 'the sanitizers need more'
	else
		is 'pysvg needs libc and libm alone' "$(ldd "$BIN/pysvg" |
			awk '/=>/ { print $1 }' | grep -vE '^lib[cm]\.')" ''
	fi
fi
if [ -x "$BIN/pyrec" ]; then
	linked pyrec | sort -u >"$T/linked"
	ok 'nm sees process_vm_readv where it is' grep -qx process_vm_readv "$T/linked"
fi

done_testing
