# shellcheck shell=sh
# tap: helpers of tests/*.t, which are sh scripts that print TAP.
#
#	. tests/tap.sh
#	exits 'reads an empty file' 0 "$BIN/pyfold" /dev/null
#	is 'and prints nothing' "$(cat "$T/out")" ''
#	done_testing
#
# Run from the root of the repository: `prove tests/x.t`, or `BIN=bin/san prove tests/x.t`.
#
#	$BIN      absolute directory of the programs under test
#	$HELPERS  absolute directory of what is built from tests/helpers/*.c
#	$T        a directory of this test's own, removed at the end
#	$status, $T/out, $T/err   of the last try or exits
#
# The name of a test comes first everywhere. No function ends the script but skip_all and bail.

LC_ALL=C
export LC_ALL
unset CDPATH
tap_n=0
tap_failed=0
tap_bg=
status=0

bail() {
	printf 'Bail out! %s\n' "$*"
	exit 1
}

BIN=$(cd "${BIN:-bin}" 2>/dev/null && pwd) || bail "no programs in ${BIN:-bin}: run make first"
HELPERS=${HELPERS:-obj${BIN##*/bin}/tests/helpers}
case $HELPERS in /*) ;; *) HELPERS=$PWD/$HELPERS ;; esac
T=$(mktemp -d "${TMPDIR:-/tmp}/pyrec-test.XXXXXX") || bail 'no temporary directory'

tap_end() {
	tap_status=$?
	trap - EXIT
	for tap_pid in $tap_bg; do
		kill -KILL "$tap_pid" 2>/dev/null
	done
	rm -rf "$T"
	exit "$tap_status"
}
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# Text as a comment, so that it shows under `prove -v` and beside a failure.
diag() {
	printf '%s\n' "$*" | sed 's/^/# /' >&2
}

# pass NAME, fail NAME: what the others come down to.
pass() {
	tap_n=$((tap_n + 1))
	printf 'ok %d - %s\n' "$tap_n" "$1"
}

fail() {
	tap_n=$((tap_n + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_n" "$1"
	diag "failed: $1"
	return 1
}

# ok NAME COMMAND...: the command succeeds. Its output does not mix with ours.
ok() {
	tap_name=$1
	shift
	if "$@" >"$T/ok.out" 2>&1; then
		pass "$tap_name"
	else
		fail "$tap_name"
		diag "$* gave $(tail -n 20 "$T/ok.out")"
	fi
}

# is NAME GOT WANT
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		diag "got:  $2"
		diag "want: $3"
	fi
}

# todo_is NAME GOT WANT REASON: a defect that is known: shown, and no failure until it is mended.
todo_is() {
	tap_n=$((tap_n + 1))
	[ "$2" = "$3" ] && printf 'ok %d - %s # TODO %s\n' "$tap_n" "$1" "$4" && return
	printf 'not ok %d - %s # TODO %s\n' "$tap_n" "$1" "$4"
}

# like NAME TEXT ERE: some line of the text matches. unlike: none does.
like() {
	if printf '%s\n' "$2" | grep -Eq -e "$3"; then
		pass "$1"
	else
		fail "$1"
		diag "text: $2"
		diag "does not match: $3"
	fi
}

unlike() {
	if printf '%s\n' "$2" | grep -Eq -e "$3"; then
		fail "$1"
		diag "text: $2"
		diag "matches: $3"
	else
		pass "$1"
	fi
}

# within NAME VALUE LOW HIGH: numbers, ends included.
within() {
	if awk "BEGIN { exit !($2 >= $3 && $2 <= $4) }" 2>/dev/null; then
		pass "$1"
	else
		fail "$1"
		diag "$2 is not within $3 to $4"
	fi
}

# try COMMAND...: sets $status, $T/out and $T/err. Always succeeds itself.
try() {
	status=0
	"$@" >"$T/out" 2>"$T/err" || status=$?
}

# exits NAME STATUS COMMAND...: as try, and the status is the wanted one.
exits() {
	tap_name=$1 tap_want=$2
	shift 2
	try "$@"
	if [ "$status" = "$tap_want" ]; then
		pass "$tap_name"
	else
		fail "$tap_name"
		diag "$* ended with $status, not $tap_want: $(tail -n 20 "$T/err")"
	fi
}

# one_line NAME FILE: exactly one line, ended by a newline, not empty.
one_line() {
	is "$1" "$(grep -c . "$2") $(wc -l <"$2" | tr -d ' ')" '1 1'
}

# skip NAME REASON: a test that cannot be done here; say why.
skip() {
	tap_n=$((tap_n + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_n" "$1" "$2"
}

# skip_all REASON: the whole file cannot be done here.
skip_all() {
	printf '1..0 # SKIP %s\n' "$*"
	exit 0
}

# needs PROGRAM...: skips the whole file where one is not in PATH.
needs() {
	for tap_need in "$@"; do
		command -v "$tap_need" >/dev/null 2>&1 || skip_all "$tap_need is not installed"
	done
}

done_testing() {
	printf '1..%d\n' "$tap_n"
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}

# await SECONDS COMMAND...: until the command succeeds; 1 when it did not in time.
await() {
	tap_left=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$tap_left" -gt 0 ] || return 1
		tap_left=$((tap_left - 1))
		sleep 0.05
	done
}

# bg COMMAND...: a program in the background, its pid in $BG, killed at the end. Redirect it as
# any command. SIGINT and SIGQUIT reach it, which sh would have it ignore. Returns when the program
# itself runs, so that a signal cannot come too early.
bg() {
	env --default-signal=INT,QUIT "$@" </dev/null &
	BG=$!
	tap_bg="$tap_bg $BG"
	await 10 tap_runs "$BG"
}

tap_runs() {
	case $(tr '\0' ' ' <"/proc/$1/cmdline") in
	"$tap_shell" | 'env --default-signal'*) return 1 ;;
	esac
}
tap_shell=$(tr '\0' ' ' <"/proc/$$/cmdline")

# gone PID: no such process, or one that only waits to be waited for.
gone() {
	! tap_stat=$(cat "/proc/$1/stat" 2>/dev/null) || case ${tap_stat##*) } in
	Z* | X*) true ;;
	*) false ;;
	esac
}

# wait_pid PID SECONDS: the end of a bg process, its status in $status. After SECONDS it is killed,
# and 1 is returned with $status 124.
wait_pid() {
	if await "$2" gone "$1"; then
		status=0
		wait "$1" || status=$?
		return 0
	fi
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	status=124
	return 1
}

# The names of our programs.
programs() {
	for tap_main in cmd/*.c; do
		tap_main=${tap_main#cmd/}
		[ "$tap_main" = front.c ] || printf '%s\n' "${tap_main%.c}"
	done
}

# Paths of the Pythons here, 3.8 to 3.15, free-threaded ones (3.13t) too: pyenv's, the system's own,
# what tests/pythons/ has brought into .pythons/. PYTHONS overrides.
pythons() {
	if [ -n "${PYTHONS:-}" ]; then
		# shellcheck disable=SC2086 # a list, as pyenv's below
		printf '%s\n' $PYTHONS
		return
	fi
	tap_root=$(pyenv root 2>/dev/null) || tap_root=$HOME/.pyenv
	for tap_minor in 8 9 10 11 12 13 13t 14 14t 15 15t; do
		for tap_py in "$tap_root"/versions/3."${tap_minor%t}".*/bin/python3."$tap_minor" \
			/usr/local/bin/python3."$tap_minor" /usr/bin/python3."$tap_minor" \
			"$PWD"/.pythons/bin/python3."$tap_minor"; do
			[ ! -x "$tap_py" ] || printf '%s\n' "$tap_py"
		done
	done
}

# python_version PATH: "3.11", "3.14t", without running it.
python_version() {
	printf '%s\n' "${1##*python}"
}

# any_python: one of them, the system's own first (it needs no pyenv shim); PYTHON overrides.
any_python() {
	if [ -n "${PYTHON:-}" ]; then
		printf '%s\n' "$PYTHON"
	elif [ -x /usr/bin/python3 ]; then
		printf '%s\n' /usr/bin/python3
	else
		pythons | tail -n 1
	fi
}
