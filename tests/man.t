#!/bin/sh
# The manual: every page passes mandoc's lint, and the pages it refers to exist.
. tests/tap.sh
needs mandoc

for page in man/*.[1-9]; do
	is "$page: mandoc has nothing to say" "$(mandoc -T lint -W warning "$page" 2>&1)" ''
	for ref in $(sed -n 's/^\.Xr \(py[a-z]*\) \([1-9]\).*/\1.\2/p' "$page" | sort -u); do
		ok "$page refers to $ref, which exists" test -f "man/$ref"
	done
	section=${page##*.} name=${page#man/}
	like "$page: its heading is its name" "$(grep '^\.Dt' "$page")" \
		"^\.Dt $(printf '%s' "${name%.*}" | tr '[:lower:]' '[:upper:]') $section$"
done

for program in $(programs); do
	ok "$program has a man page" test -f "man/$program.1"
done

done_testing
