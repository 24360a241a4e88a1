#!/bin/sh
# pysvg's pictures in a real browser: tests/browser/check.js drives Debian's chromium.
. tests/tap.sh
needs node chromium

# playwright-core, as package-lock.json pins it, is fetched once. Its reason when it cannot be had.
if [ ! -d tests/browser/node_modules/playwright-core ]; then
	needs npm
	(cd tests/browser && npm ci --no-audit --no-fund) >"$T/npm" 2>&1 ||
		skip_all "no playwright-core: $(tail -n 1 "$T/npm")"
fi

cat >"$T/small" <<END
main (report.py:88);load (report.py:12);\
loads (lib/python3.11/json/__init__.py:346);decode (lib/python3.11/json/decoder.py:337) 100
main (report.py:88);load (report.py:14);read ([libc.so.6]) 20
main (report.py:90);groupby (site-packages/pandas/core/frame.py:8402);\
main (report.py:91);groupby (site-packages/pandas/core/frame.py:8402) 60
main (report.py:90);groupby (site-packages/pandas/core/frame.py:8402) 10
python3 (77);thread (78): worker;poll ([libc.so.6]) 9
[unknown] 1
END
printf '%s 3\n' '<script>window.hacked = 1</script>' ']]><b>;"quo" & '"'te'" \
	'<img src=x onerror="window.hacked=1">;${alert(1)}' '</title></g></svg>' \
	"$(printf '\033[31mred')" "$(printf '\377\300\200 no utf-8')" \
	"$(printf 'a \342\200\256txt.exe')" \
	'🐍🐍🐍🐍🐍🐍🐍🐍 (🐍.py:1)' 'a\x3bb\x0ac' \
	'漢字の関数名がここにあります (ファイル名.py:12);関数' \
	>"$T/hostile"
awk 'BEGIN { for (i = 0; i < 300; i++) printf "%sf%d (deep.py:%d)", i ? ";" : "", i % 9, i
	print " 30"; for (i = 0; i < 400; i++) print "f0 (deep.py:0);WideName" i " (x.py:" i ") 1"
	print "f0 (deep.py:0);rare 1\nbulk (b.py:1) 20000" }' >"$T/tall"

for picture in small hostile tall; do
	"$BIN/pysvg" "$T/$picture" -o "$T/$picture.svg" || bail "no picture of $picture"
done
"$BIN/pysvg" -i "$T/small" -o "$T/icicle.svg"
"$BIN/pysvg" --width 900 "$T/small" -o "$T/fixed.svg"
"$BIN/pysvg" --minwidth 5 --countname ns "$T/tall" -o "$T/narrow.svg" \
	-t "A heading so long that it does not fit beside the tools, whatever the window's width is"

node tests/browser/check.js "$T" || exit 1
exit 0
