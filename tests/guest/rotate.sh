#!/bin/bash
# rotate.sh - scripts/rotate, which runs as many long tests as fit into a time: each is the first of
# some day, those that would not fit do not begin, and one that the end cuts off is not shown as one
# that failed; one that fails is, and so is one that hangs.
# no sanitizers: of Ferrite nothing runs
set -euo pipefail
rotate=$(realpath "$(dirname "$0")/../../scripts/rotate")
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
fail() {
    echo "FAILED: $1"
    sed 's/^/  said: /' said
    exit 1
}

# a_test NAME COMMAND PROPERTY...: one of the label long.
a_test() {
    echo "add_test([=[$1]=] /bin/sh -c [=[$2]=])"
    echo "set_tests_properties([=[$1]=] PROPERTIES LABELS long SKIP_RETURN_CODE 77 ${*:3})"
}
{
    a_test quick 'echo >>ran.quick' COST 1
    a_test slow 'echo >>ran.slow; echo FAILED in between; sleep 300' COST 100
    a_test skips 'echo >>ran.skips; echo skipped: needs nothing; exit 77' COST 1
    a_test unknown 'echo >>ran.unknown'
    a_test fails 'echo >>ran.fails; echo what it says; exit 1' COST 1
    a_test hangs 'echo >>ran.hangs; sleep 300' COST 1 TIMEOUT 1
    a_test builds/compare 'echo >>ran.builds' COST 1
} >CTestTestfile.cmake

# on DAY SECONDS STATUS: what ran is in `ran`.
on() {
    local status=0
    rm -f ran.* ctest.out ctest.log
    "$rotate" "$2" "$1" >said 2>&1 || status=$?
    [ "$status" -eq "$3" ] || fail "day $1: status $status, expected $3"
    ran=$(printf '%s\n' ran.* | sed 's/ran\.//' | xargs)
}

# cut DAY SECONDS: the same, where `slow` begins; on a busy host with more time.
cut() {
    on "$1" "$2" 0
    [[ $ran = *slow* ]] || on "$1" 20 0
    grep -q '^slow: cut off' said || fail "it is not said"
}

# The first has all the time, and its end is none of ctest's.
cut 1 2
[ "$ran" = slow ] || fail "the slow one's day: $ran"
if grep -qE '\*\*\*|FAILED|Timeout' said; then fail "it looks like a failure"; fi
[ ! -s ctest.out ] || fail "it counts among those that ran"
# Others begin only if they fit, as far as one knows; the others go on.
on 2 24 1
[ "$ran" = 'fails hangs quick skips' ] || fail "what fits into 24 s: $ran"
grep -q 'what it says' said || fail "nothing of what failed"
grep -q 'hangs.*\*\*\*Timeout' said || fail "one that hangs is not shown"
grep -q '4 of 6 long tests.* number 3 on: skips' said || fail "no account"
grep -q 'skips (Skipped)' ctest.out || fail "nothing for scripts/skipped"
grep -q 'skipped: needs nothing' ctest.log || fail "no reason for scripts/skipped"
# Each day another, and if nobody knows how long it takes.
on 9 24 1
[ "${ran%% *}" = fails ] || fail "day 9: $ran"
[[ $ran = *unknown* ]] || fail "day 9 is the unknown one's: $ran"
# What it took before counts more than what is written down.
sed -i 's/^slow .*/slow 1 0.1/' Testing/Temporary/CTestCostData.txt
cut 6 4
[ "$ran" = 'quick slow' ] || fail "the record does not count: $ran"
"$rotate" x >said 2>&1 && fail "no number of seconds"
echo "as many as fit"
