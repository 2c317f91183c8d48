#!/bin/bash
# monitor.sh FERRITE - the monitor over a socket and at a terminal with editing and completion, and
# `ferrite ctl` from a shell.
set -euo pipefail
ferrite=$(realpath "$1")
here=$(realpath "$(dirname "$0")")/control
for need in python3 nasm; do
    command -v $need >/dev/null || {
        echo "SKIPPED: needs $need (apt-get install $need)"
        exit 77
    }
done
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

fail() {
    echo "FAILED: $1"
    [ ! -s err ] || sed 's/^/  /' err
    exit 1
}

nasm -f bin -o keys.img "$here/keys.asm"
truncate -s 163840 keys.img other.img
truncate -s 1M disc.iso

# Somebody listens there: the file alone is there a moment earlier.
listening() {
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("s")' 2>/dev/null
}

start() {
    "$ferrite" -display none -limit host=100 -m 16 -fda keys.img "${extra[@]}" "$@" >out 2>err </dev/null &
    machine=$!
    until listening; do
        runs "$machine" || fail "it does not start"
        sleep 0.02
    done
}

# ends STATUS
ends() {
    local status=0
    wait "$machine" || status=$?
    [ "$status" = "$1" ] || fail "status $status and not $1"
}

start -monitor unix:s
python3 -B "$here/monitor_session.py" s || fail "the session"
ends 5

# Going back needs no guest time: a machine that stands does it, and has answered before the next line.
printf '%s\n' 'wait-text ready' 'wait-still 0.2' stop 'watch 0x46c 4' reverse-continue where 'quit 0' |
    "$ferrite" -display none -limit host=100 -m 16 -rewind 32 -fda keys.img "${extra[@]}" -monitor stdio >out 2>err ||
    fail "a pipe that goes back"
grep -q 'reason: after 0000046c was written' out || fail "the watchpoint is not met backwards"

# Lines from a pipe; what stopped the machine there lets it go when it ends.
printf 'wait-text ready\nstop\necho "still here"\n' |
    "$ferrite" -display none -limit guest=5 -m 16 -fda keys.img "${extra[@]}" -monitor stdio >out 2>err ||
    [ $? = 124 ] || fail "a pipe's machine stays stopped"
grep -q 'still here' out || fail "a pipe's lines"

# At a terminal, if there are libedit and script(1).
if command -v script >/dev/null && python3 -c 'import ctypes; ctypes.CDLL("libedit.so.2")' 2>/dev/null; then
    python3 -B "$here/monitor_terminal.py" "$ferrite" "${extra[@]}" || fail "the terminal"
else
    echo "not tested: the terminal (apt-get install libedit2)"
fi

if ! python3 -c 'import ctypes; ctypes.CDLL("libjansson.so.4")' 2>/dev/null; then
    echo "not tested: ctl (apt-get install libjansson4)"
    exit 0
fi

# expect STATUS ARGUMENT... : of ctl, whose words are in said.
expect() {
    local want=$1 status=0
    shift
    timeout 60 "$ferrite" ctl "$@" >said 2>err </dev/null || status=$?
    [ "$status" = "$want" ] || fail "ctl $*: status $status and not $want"
}

expect 2 s status
grep -q 'is a machine with -qmp unix:s running' err || fail "no word about nobody there"
expect 2
start -qmp unix:s -monitor unix:m
expect 0 s wait-text ready 20
expect 0 s status
grep -q '^status: running' said || fail "status"
expect 0 -json s status
python3 -c 'import json; assert json.load(open("said"))["status"] == "running"' || fail "JSON"
expect 0 -json s echo $'\xc2\x9b5m\x7f \xc3\xa4' # what a terminal may heed is escaped
grep -qF $'"\\u009b5m\\u007f \xc3\xa4' said || fail "JSON for a terminal: $(cat -v said)"
expect 0 s sendkey c 20
expect 0 s wait-text c 10
expect 1 s wait-text never 0.05
grep -q 'not seen on the screen' err || fail "no reason"
expect 2 s nonsense
expect 2 s screenshot none/x.ppm
expect 2 m status # is for people
expect 0 s stop   # and stays so, though this client goes
expect 0 s 'info status'
grep -q '^status: paused' said || fail "the machine did not stay stopped"
expect 0 s cont
python3 -B "$here/ctl_full.py" "$ferrite" s || fail "one client more than there may be"
printf 'echo one\necho two\nnonsense\necho three\n' | "$ferrite" ctl s >said 2>err && fail "lines that fail"
[ "$(tr '\n' ' ' <said)" = "one two " ] || fail "lines are not done up to the first that fails"
yes 'echo on' | timeout 60 "$ferrite" ctl s 2>err | head -n 1 >said && fail "nobody hears the answers"
[ "${PIPESTATUS[1]}" = 2 ] || fail "nobody hears the answers: status ${PIPESTATUS[*]}"
printf 'sendkey x 20\nwait-text never 1000\n' | timeout 60 "$ferrite" ctl s >said 2>err &
client=$!
expect 0 s wait-text x 20 # it is there
expect 0 s quit 9
ends 9
status=0
wait "$client" || status=$?
[ "$status" = 3 ] || fail "a machine that ends while it is waited for: status $status"
python3 -B "$here/ctl_silent.py" "$ferrite" || fail "a machine that stands still"
python3 -B "$here/ctl_ended.py" "$ferrite" || fail "a machine that ends before it has the command"
python3 -B "$here/ctl_hostile.py" "$ferrite" || fail "what answers there is no machine"
