#!/bin/sh
# The recipes of pytools(7), as they stand in the page, on a real program.
. tests/tap.sh
[ -x "$BIN/pyrec" ] && [ -x "$BIN/pyfold" ] && [ -x "$BIN/pysvg" ] ||
	bail 'pyrec, pyfold and pysvg are needed'

page=$PWD/man/pytools.7
PATH=$BIN:$PATH
workload=$PWD/tests/workloads/demo.py
python=$(any_python)
cd "$T" || exit 1

# The page's names stand for ours: python3 job.py, and pid 4242 for ten seconds.
recipes() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$page" | awk '
		/^\.Dl / { sub(/^\.Dl /, ""); print; print "" }
		/^\.Bd/ { inside = 1; next }
		/^\.Ed/ { inside = 0; print "" }
		inside' |
		sed -e "s,python3 job\.py,$python $workload 0.3,; s,ssh host ,," \
			-e "s,4242 -d 10,$1 -d 1,; s,4242$,$1,"
}

bg "$python" "$workload" 20 >target.out
recipes "$BG" >all
awk -v RS= '{ print > (NR ".sh") }' all
count=$(find . -name '*.sh' | wc -l)
within 'the page has recipes' "$count" 5 40

n=1
while [ "$n" -le "$count" ]; do
	name=$(tail -n 1 "$n.sh")
	if grep -qw perf "$n.sh" && ! command -v perf >/dev/null; then
		skip "$name" 'perf is not installed'
	else
		sed -i 's/| less$/| cat/' "$n.sh"
		exits "$name" 0 sh -e "$n.sh"
		unlike "$name: nothing complains" "$(grep -v 'ticks were lost' "$T/err")" \
			'^(pyfold|pysvg|sh|awk):'
		for svg in $(grep -o '[a-z_]*\.svg' "$n.sh"); do
			like "$svg is a picture with frames" "$(cat "$svg")" '<rect|<path'
			like "$svg names a function of the program" "$(cat "$svg")" 'demo\.py|_list'
		done
		case $name in
		*head) is "$name: ten lines" "$(wc -l <out)" 10 ;;
		perf* | pydump*)
			like "$name: names its functions" "$(cat out)" 'Parser|parse_|Corpus'
			;;
		esac
	fi
	n=$((n + 1))
done

done_testing
