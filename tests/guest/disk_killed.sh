#!/bin/bash
# disk_killed.sh FERRITE - `ferrite disk resize, mkfs, convert` that are ended in the middle, by
# SIGTERM, Ctrl-C or SIGKILL: the image is as it was, and no file is left beside it. What others
# have left, the next run removes; what somebody still writes it leaves alone.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "${BASH_SOURCE[0]}")/scratch.bash"
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# Of a disk as large as this the reading alone takes minutes.
truncate -s 1500G large.img
# ended SIGNAL STATUS ARGUMENT...: `ferrite disk ARGUMENT...`, once it has opened a file to write to.
ended() {
    local signal=$1 expected=$2 pid status=0 left=600
    shift 2
    # A shell's background jobs ignore Ctrl-C; env gives it back.
    env --default-signal=INT "$ferrite" disk "$@" >out 2>err </dev/null &
    pid=$!
    until find "/proc/$pid/fd" -lname "$work/*" ! -lname '*/large.img' ! -lname '*/out' \
        ! -lname '*/err' 2>/dev/null | grep -q .; do
        left=$((left - 1))
        if ! runs "$pid" || [ "$left" -eq 0 ]; then break; fi
        sleep 0.05
    done
    signal "$signal" "$pid" || failed "$*: it ended by itself: $(cat err)"
    wait "$pid" || status=$?
    [ "$status" -eq "$expected" ] || failed "$* and SIG$signal: status $status, expected $expected"
    [ "$(echo *)" = 'err large.img out' ] || failed "$* and SIG$signal: left behind: $(echo *)"
    rm -f -- *.part-*
}
for signal in TERM:143 INT:130 HUP:129 KILL:137; do
    ended ${signal%:*} ${signal#*:} resize large.img 2T
    case $signal in KILL*) ;; *) grep -q 'interrupted (SIG' err || failed "$signal: said: $(cat err)" ;; esac
done
[ "$(stat -c %s large.img)" = 1610612736000 ] || failed "the image has another size"

# Left by somebody killed on a file system that cannot do without a name, and what is none of it.
rm large.img
truncate -s 1M a.img
others=(a.img.part-two b.img.part-2147483000-0 a.img.part-12-3.txt)
touch a.img.part-2147483000-0 "a.img.part-$$-1" "${others[@]}"
if command -v python3 >/dev/null; then
    python3 -c 'import fcntl, signal
f = open("a.img.part-2147483000-2", "w")
fcntl.lockf(f, fcntl.LOCK_EX)
open("ready", "w")
signal.pause()' &
    writer=$!
    for ((i = 0; i < 600; i++)); do
        [ ! -e ready ] || break
        sleep 0.05
    done
    others+=(a.img.part-2147483000-2)
fi
timeout 60 "$ferrite" disk resize a.img 2M >out 2>err || failed "resize: $(cat err)"
for file in a.img.part-2147483000-0 "a.img.part-$$-1"; do
    [ ! -e "$file" ] || failed "$file is still there"
done
for file in "${others[@]}"; do
    [ -e "$file" ] || failed "$file is gone"
done
[ -z "${writer-}" ] || signal TERM "$writer" || failed "the writer has ended"
exit "$failures"
