#!/bin/sh
# The helpers of tests/tap.sh themselves: a check that cannot fail would prove nothing.
. tests/tap.sh

# verdict NAME WANT SCRIPT: what a test file of these lines prints, comments left out.
verdict() {
	printf '. tests/tap.sh\n%s\n' "$3" >"$T/inner"
	is "$1" "$(sh "$T/inner" 2>/dev/null; echo "exit $?")" "$2"
}
nl='
'

verdict 'ok passes' "ok 1 - a${nl}1..1${nl}exit 0" 'ok a true; done_testing'
verdict 'ok fails' "not ok 1 - a${nl}1..1${nl}exit 1" 'ok a false; done_testing'
verdict 'is fails' "not ok 1 - a${nl}1..1${nl}exit 1" 'is a 1 2; done_testing'
verdict 'like fails' "not ok 1 - a${nl}1..1${nl}exit 1" 'like a xyz "^y"; done_testing'
verdict 'unlike fails' "not ok 1 - a${nl}1..1${nl}exit 1" 'unlike a xyz y; done_testing'
verdict 'exits fails' "not ok 1 - a${nl}1..1${nl}exit 1" 'exits a 0 sh -c "exit 3"; done_testing'
verdict 'exits passes' "ok 1 - a${nl}1..1${nl}exit 0" 'exits a 3 sh -c "exit 3"; done_testing'
verdict 'within fails on nonsense' "not ok 1 - a${nl}1..1${nl}exit 1" \
	'within a "" 1 2; done_testing'
verdict 'one_line fails on two' "not ok 1 - a${nl}1..1${nl}exit 1" \
	'printf "a\nb\n" >"$T/x"; one_line a "$T/x"; done_testing'
verdict 'skip gives its reason' "ok 1 - a # SKIP none${nl}1..1${nl}exit 0" \
	'skip a none; done_testing'
verdict 'skip_all' "1..0 # SKIP none${nl}exit 0" 'skip_all none'
verdict 'needs' "1..0 # SKIP no-such-program is not installed${nl}exit 0" 'needs no-such-program'
verdict 'no plan without done_testing' "ok 1 - a${nl}exit 0" 'ok a true'

verdict 'wait_pid has the status' "ok 1 - a${nl}1..1${nl}exit 0" \
	'bg sh -c "exit 7"; wait_pid $BG 5; is a $status 7; done_testing'
verdict 'wait_pid ends what hangs' "ok 1 - a${nl}1..1${nl}exit 0" \
	'bg sleep 60; wait_pid $BG 1; is a $status 124; done_testing'
verdict 'bg hears SIGINT' "ok 1 - a${nl}1..1${nl}exit 0" \
	'bg sleep 60; kill -INT $BG; wait_pid $BG 5; is a $status 130; done_testing'
verdict 'await gives up' "ok 1 - a${nl}1..1${nl}exit 0" \
	'await 1 false; is a $? 1; done_testing'

printf '%s\n' '. tests/tap.sh' 'echo "$T"; bg sleep 60; echo $BG' >"$T/inner"
sh "$T/inner" >"$T/said"
ok 'the directory is removed' test ! -e "$(sed -n 1p "$T/said")"
ok 'what runs in the background is ended' await 5 gone "$(sed -n 2p "$T/said")"

done_testing
