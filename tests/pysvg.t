#!/bin/sh
# pysvg: folded text to SVG. What a browser makes of it is in pysvg-browser.t.
. tests/tap.sh
PY=$(any_python)

draw() {
	"$BIN/pysvg" "$@" >"$T/out.svg" 2>"$T/err"
}

# facts: the boxes of $T/out.svg as "depth start total self class name|about", and whether the
# numbers hold: each box lies in its parent, siblings do not overlap, x and width are in proportion.
facts() {
	"$PY" - "$T/out.svg" <<'END'
import sys, xml.etree.ElementTree as ET
S = '{http://www.w3.org/2000/svg}'
root = ET.parse(sys.argv[1]).getroot()
layer = next(g for g in root.iter(S + 'g') if g.get('class') == 'frames')
inner, open_, rows = None, [], {}
for g in layer:
    start, total, self_, depth = map(int, g.get('data-f').split())
    rect = g.find(S + 'rect')
    x, w, y = (float(rect.get(k)) for k in ('x', 'width', 'y'))
    inner = inner or (w + 0.5, total)
    del open_[depth:]
    if depth:
        assert len(open_) == depth, 'not preorder'
        p = open_[-1]
        assert p[2] <= start and start + total <= p[1], 'outside its parent'
        p[2] = start + total
        p[3] -= total
        assert p[3] >= 0, 'more than the parent has'
    open_.append([start, start + total, start, total - self_])
    assert abs(x - start * inner[0] / inner[1]) < 0.01, 'x'
    assert -0.01 < total * inner[0] / inner[1] - w < 0.51, 'width'
    assert rows.setdefault(depth, y) == y, 'row'
    name, about = g.find(S + 'title').text.split('\n')
    print(depth, start, total, self_, rect.get('class')[0], name + '|' + about)
END
}

cat >"$T/in" <<'END'
main (app.py:3);load (app.py:9);loads (lib/python3.11/json/__init__.py:346) 50
main (app.py:3);load (app.py:9) 25
main (app.py:4);get (site-packages/requests/api.py:73);poll ([libc.so.6]) 15
python3 (77);thread (78): worker;_bootstrap (lib64/python3.13t/threading.py:1) 9
[unknown] 1
END
exits 'draws a file' 0 "$BIN/pysvg" "$T/in"
cp "$T/out" "$T/out.svg"
is 'says nothing' "$(cat "$T/err")" ''
is 'every box, its place, kind and numbers' "$(facts 2>&1)" "$(cat <<'END'
0 0 100 0 c all|100 samples, 100%
1 0 1 1 c [unknown]|1 sample, 1.00%
1 1 75 0 a main (app.py:3)|75 samples, 75.00%
2 1 75 25 a load (app.py:9)|75 samples, 75.00%, itself 25.00%
3 1 50 50 l loads (lib/python3.11/json/__init__.py:346)|50 samples, 50.00%
1 76 15 0 a main (app.py:4)|15 samples, 15.00%
2 76 15 0 s get (site-packages/requests/api.py:73)|15 samples, 15.00%
3 76 15 15 n poll ([libc.so.6])|15 samples, 15.00%
1 91 9 0 c python3 (77)|9 samples, 9.00%
2 91 9 0 c thread (78): worker|9 samples, 9.00%
3 91 9 9 l _bootstrap (lib64/python3.13t/threading.py:1)|9 samples, 9.00%
END
)"
"$BIN/pysvg" <"$T/in" >"$T/stdin.svg"
ok 'standard input does as well' cmp "$T/out" "$T/stdin.svg"
"$BIN/pysvg" - <"$T/in" >"$T/stdin.svg"
ok 'and so does -' cmp "$T/out" "$T/stdin.svg"
sort -R "$T/in" | "$BIN/pysvg" >"$T/order.svg"
ok 'the order of lines does not matter' cmp "$T/out" "$T/order.svg"
sed -n 1,2p "$T/in" >"$T/a"
sed -n '3,$p' "$T/in" >"$T/b"
exits 'several files' 0 "$BIN/pysvg" "$T/a" "$T/b"
ok 'add up' cmp "$T/out" "$T/stdin.svg"
exits '-o' 0 "$BIN/pysvg" -o "$T/o.svg" "$T/in"
ok 'writes the file' cmp "$T/o.svg" "$T/stdin.svg"
is 'and not standard output' "$(cat "$T/out")" ''

# Options.
draw -t 'Of <b> & "me"' "$T/in"
like '-t is the heading' "$(cat "$T/out.svg")" 'data-t="Of &lt;b&gt; &amp; &quot;me&quot;"'
like 'and the title of the document' "$(cat "$T/out.svg")" \
	'^<title>Of &lt;b&gt; &amp; &quot;me&quot;</title>'
draw --title 'x' --width 700 --height 30 "$T/in"
like '--width' "$(cat "$T/out.svg")" '<svg [^>]*width="700"[^>]*data-fixed'
like '--height' "$(cat "$T/out.svg")" '<rect class="c0" x="0.00" y="90" width="675.50" height="29"'
ok 'and the boxes follow them' facts
draw -i "$T/in"
like '-i: the root on top' "$(cat "$T/out.svg")" '<rect class="c0" x="0.00" y="0"'
draw --inverted "$T/in"
like '--inverted' "$(cat "$T/out.svg")" '<rect class="c0" x="0.00" y="0"'
printf 'a 1234567\nb 999\n' | draw --countname beans
like '--countname' "$(facts)" 'a\|1,234,567 beans, 99.92%'
printf 'a 1234567890\nb 999\nc 1500\n' | draw --countname ns
like 'nanoseconds are scaled' "$(facts)" 'a\|1.235 s, 100.00%'
printf 'a 1048577\nb 12\n' | draw --countname bytes
like 'bytes are scaled' "$(facts)" 'a\|1.000 MiB'
printf 'a;x 1\na;y 1\nb 99999998\n' | draw
is 'what is too narrow is left out' "$(facts | wc -l | tr -d ' ')" 2
like 'and counted' "$(cat "$T/out.svg")" '>3 boxes narrower than 0.1 px, counted but not drawn<'
printf 'a;x 1\na;y 1\nb 99999998\n' | draw --minwidth 0
is '--minwidth 0 leaves nothing out' "$(facts | wc -l | tr -d ' ')" 5
like 'a small share is not none' "$(facts)" 'x\|1 sample, <0.01%'
for wrong in '--width 1' '--width x' '--height 0' '--minwidth -1'; do
	# shellcheck disable=SC2086 # option and value
	exits "$wrong is refused" 2 "$BIN/pysvg" $wrong "$T/in"
done

# Names are data.
{
	printf '<script>alert(1)</script>;]]>;"quo" & '"'te'"';\\x3b\\x0a;\033[31m;'
	printf '\377\300\200\355\240\200;\342\200\256txt;\357\277\277;\303\251\360\237\220\215 7\n'
} | draw
is 'hostile names come out as text' \
	"$(facts 2>&1 | sed '1d; s/|.*//; s/^[^ ]* [^ ]* [^ ]* [^ ]* . //')" \
	"$(printf '%s\n' '<script>alert(1)</script>' ']]>' "\"quo\" & 'te'" ';\x0a' '\x1b[31m' \
		'\xff\xc0\x80\xed\xa0\x80' '\u202etxt' '\uffff' \
		"$(printf '\303\251\360\237\220\215')")"
is 'and open no element' "$(grep -c '<script>' "$T/out.svg")" 1
printf 'a\000b 1\n' | draw
like 'a NUL byte as well' "$(facts)" 'a\\x00b\|1 sample'
printf 'a 1\n' | draw -t "$(printf '\377]]>\001')" --countname '<\&>'
like 'headings and units too' "$(facts)" '1 <'

# Much and deep.
awk 'BEGIN { for (i = 0; i < 5000; i++) printf "%sf%d (d.py:%d)", i ? ";" : "", i % 9, i
	print " 3" }' | draw
is '5,000 frames deep' "$(facts | tail -n 1)" '5000 0 3 3 a f4 (d.py:4999)|3 samples, 100%'
awk 'BEGIN { srand(7); for (i = 0; i < 100000; i++) {
	printf "main (m.py:1)"
	for (k = int(rand() * 9); k >= 0; k--)
		printf ";g%d (lib/python3.11/x.py:%d)", rand() * 9, rand() * 50
	print ";leaf" i, 1 + int(rand() * 9) } }' >"$T/many"
exits '100,000 distinct stacks' 0 timeout 20 "$BIN/pysvg" -o "$T/out.svg" "$T/many"
ok 'the boxes hold together' facts
like 'and all are counted' "$(facts | grep '^0 ')" "all\|$(awk '{ n += $NF } END { print n }' \
	"$T/many" | sed 's/...$/,&/') samples"

# Bad input.
exits 'no input' 1 "$BIN/pysvg" /dev/null
is 'says so' "$(cat "$T/err")" 'pysvg: no stacks: the input is empty'
is 'and writes nothing' "$(cat "$T/out")" ''
printf 'keep' >"$T/kept"
exits 'no input, -o' 1 "$BIN/pysvg" -o "$T/kept" /dev/null
is 'leaves the file alone' "$(cat "$T/kept")" keep
printf 'a 0\n' >"$T/zero"
exits 'only zeros' 1 "$BIN/pysvg" -o "$T/kept" "$T/zero"
like 'say so' "$(cat "$T/err")" '^pysvg: no stacks'
is 'and leave the file alone' "$(cat "$T/kept")" keep
printf 'a;b 1\na;c 2\nwhat is this\na;d 4\n' >"$T/bad"
exits 'a malformed line' 1 "$BIN/pysvg" "$T/bad" "$T/a"
is 'is named' "$(cat "$T/err")" "pysvg: $T/bad: line 3: no count after the last space"
cp "$T/out" "$T/out.svg"
is 'what is before it is drawn, and the other files' "$(facts | grep '^0 ')" \
	'0 0 78 0 c all|78 samples, 100%'
exits 'no such file' 1 "$BIN/pysvg" "$T/none" "$T/a"
is 'no such file: named' "$(cat "$T/err")" "pysvg: $T/none: No such file or directory"
ok 'no such file: the others are drawn' grep -q '^</svg>' "$T/out"
exits 'a directory' 1 "$BIN/pysvg" "$T"
like 'a directory: named' "$(cat "$T/err")" "^pysvg: $T: read: Is a directory"
head -c 100000 /dev/urandom >"$T/noise"
try timeout 20 "$BIN/pysvg" "$T/noise"
within 'noise is refused or drawn' "$status" 0 1
exits 'a full disk' 1 sh -c '"$1" "$2" >/dev/full' sh "$BIN/pysvg" "$T/in"
like 'a full disk: said' "$(cat "$T/err")" '^pysvg: .*No space left'
{
	"$BIN/pysvg" "$T/many" 2>"$T/err"
	echo "$?" >"$T/code"
} | head -c 1 >"$T/out"
is 'a closed pipe ends it quietly' "$(wc -c <"$T/out") $(cat "$T/err" "$T/code")" '1 141'

done_testing
