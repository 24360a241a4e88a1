#!/bin/sh
# The recorder is killed at random moments, while it stops threads at every sample: the target is
# neither stopped nor dead, and what was written is whole. KILLS sets how often.
. tests/tap.sh
[ -x "$BIN/pyrec" ] && [ -x "$BIN/pyfold" ] || bail 'pyrec and pyfold are needed'

kills=${KILLS:-150}
python=$(any_python)
cat >"$T/spin.py" <<'EOF'
import threading, time
def f(n):
    return n if n < 2 else f(n - 1) + f(n - 2)
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
while True:
    f(12)
EOF

state() {
	sed 's/.*) \(.\).*/\1/' "/proc/$1/stat"
}

bg "$python" "$T/spin.py"
target=$BG
sleep 0.3
stopped=0 broken=0 recorded=0 i=0
while [ "$i" -lt "$kills" ]; do
	i=$((i + 1))
	"$BIN/pyrec" -q --stop -r 5000 -p "$target" -o "$T/data" 2>/dev/null &
	recorder=$!
	sleep "0.0$((i % 5 * 3 + 1))"
	[ $((i % 10)) -ne 0 ] || sleep 0.25
	kill -KILL "$recorder"
	wait "$recorder" 2>/dev/null
	case $(state "$target") in [tT]) stopped=$((stopped + 1)) ;; esac
	[ -s "$T/data" ] || continue
	recorded=$((recorded + 1))
	"$BIN/pyfold" "$T/data" >/dev/null 2>"$T/err" || broken=$((broken + 1))
done
is "after $kills kills the target was never left stopped" "$stopped" 0
is 'what was written is whole' "$broken" 0
within 'something was written' "$recorded" 1 "$kills"
like 'the target still runs' "$(state "$target")" '[RS]'
like 'nobody traces it' "$(grep TracerPid "/proc/$target/status")" '[[:space:]]0$'
before=$(awk '{ print $14 }' "/proc/$target/stat")
sleep 0.3
within 'and works' "$(($(awk '{ print $14 }' "/proc/$target/stat") - before))" 1 100
done_testing
