#!/bin/sh
# make install and uninstall: under DESTDIR, with another prefix; what is installed runs.
. tests/tap.sh
unset MAKEFLAGS MAKELEVEL MFLAGS

# in_tree DIR: the files there, sorted.
in_tree() {
	(cd "$1" && find . ! -type d | sort)
}


exits 'make install' 0 make SAN="${SAN:-0}" DESTDIR="$T/a" prefix=/opt/py install
for program in $(programs); do
	ok "$program runs where it was installed" "$T/a/opt/py/bin/$program" -V
done
for page in man/*.[1-9]; do
	ok "$page is installed" cmp "$page" "$T/a/opt/py/share/man/man${page##*.}/${page#man/}"
done
is 'nothing else is installed' "$(in_tree "$T/a" | wc -l)" \
	"$( (programs; printf '%s\n' man/*.[1-9]) | wc -l)"
exits 'make install again over it' 0 make SAN="${SAN:-0}" DESTDIR="$T/a" prefix=/opt/py install

: >"$T/a/opt/py/bin/other"
exits 'make uninstall' 0 make DESTDIR="$T/a" prefix=/opt/py uninstall
is 'uninstall leaves what is not ours, and nothing of ours' "$(in_tree "$T/a")" ./opt/py/bin/other

exits 'the usual prefix is /usr/local' 0 make -n SAN="${SAN:-0}" DESTDIR="$T/b" install
like 'below DESTDIR' "$(cat "$T/out")" "$T/b/usr/local/bin"

done_testing
