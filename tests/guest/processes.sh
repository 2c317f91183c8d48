#!/bin/bash
# processes.sh - what processes.bash promises: a number that the shell has given back is nobody's to it,
# also when it is another process's by now; at the end whatever runs is ended, and nobody else.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
fail() {
    echo "FAILED: $1"
    exit 1
}

sleep 100 &
first=$!
runs $first || fail "who has just been started does not run"
signal TERM $first || fail "who runs gets no signal"
wait $first 2>/dev/null || true
! runs $first || fail "who was waited for runs"
! signal TERM $first || fail "who was waited for gets a signal"
true & # the shell hears of the end without a wait
second=$!
for ((k = 0; k < 3000; k++)); do
    runs $second || break
    sleep 0.01
done
! runs $second || fail "who has ended runs"

cat >many <<'ASK'
. "$1/processes.bash"
sleep 100 &
sleep 100 | cat &
end_all 2>/dev/null
[ -z "$(jobs -pr)" ]
ASK
timeout 60 bash many "$here" || fail "end_all leaves somebody"

# In a name space of its own the next process's number is what one says: a stranger gets that of a job
# that is over.
cat >stranger <<'ASK'
. "$1/processes.bash"
sleep 0 &
job=$!
wait $job
other=$(
    echo $((job - 1)) >/proc/sys/kernel/ns_last_pid
    sleep 100 >/dev/null &
    echo $!
)
[ "$other" = $job ] || exit 3 # somebody was faster, or it may not be said here
! runs $job || exit 1
! signal TERM $job || exit 1
end_all
kill -0 $job
ASK
status=0
unshare -pf --mount-proc bash stranger "$here" 2>err || status=$?
case $status in
0) echo "a number that is another's by now is left alone" ;;
1) fail "a stranger with an old number gets the signal: $(cat err)" ;;
*) echo "not tested: an old number in other hands (no name space to be had)" ;;
esac
