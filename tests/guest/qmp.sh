#!/bin/bash
# qmp.sh FERRITE - QMP, spoken by a plain client in Python: a session from start to quit, input that
# is none, sockets that are there already, and that nothing of it is seen by the guest.
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
FEATURES=$("$ferrite" -version | grep features)
export FEATURES

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
}

# ends STATUS
ends() {
    local status=0
    wait "$machine" || status=$?
    [ "$status" = "$1" ] || fail "status $status and not $1"
}

if "$ferrite" -display none -qmp unix:probe -limit guest=0.01 >out 2>err </dev/null; then
    fail "the limit was not met"
fi
if grep -q 'Jansson cannot be loaded' err; then
    grep -q 'apt-get install libjansson4' err || fail "no package is named"
    echo "SKIPPED: needs libjansson4 (apt-get install libjansson4)"
    exit 77
fi

# A whole session; the socket is the user's alone, and gone at the end.
start -qmp unix:s,server=on,wait=off
python3 -B "$here/qmp_session.py" s session || fail "the session"
ends 7
[ ! -e s ] || fail "the socket stays"

start -qmp unix:s,server,wait=off -rewind 32
python3 -B "$here/qmp_session.py" s back || fail "going back"
ends 0

# What is no QMP. The same socket cannot be had twice; one that was left behind is replaced.
start -qmp unix:s,server,nowait
until listening; do
    runs "$machine" || fail "nobody listens"
    sleep 0.02
done
[ "$(stat -c %a s)" = 600 ] || fail "the socket is open to others"
if timeout 100 "$ferrite" -display none -qmp unix:s >out2 2>err2 </dev/null; then
    fail "a socket with two owners"
fi
grep -q 'another program listens there' err2 || fail "no word about the other program"
python3 -B "$here/qmp_session.py" s bad || fail "bad input"
ends 0
start -qmp unix:s,wait=on
until [ -S s ]; do sleep 0.02; done
signal KILL "$machine"
wait "$machine" 2>/dev/null || true
[ -S s ] || fail "killed, but tidy"

# The machine that waits for its client starts with it; a client changes nothing in the guest.
cat >look.script <<'SCRIPT'
wait-text "ready"
type "some keys"
sleep 600
state-hash
SCRIPT
timeout 100 "$ferrite" -display none -m 16 -fda keys.img "${extra[@]}" -script look.script >alone 2>err </dev/null ||
    fail "the script alone"
start -qmp unix:s,wait=on -script look.script
python3 -B - "$here" <<'PYTHON' || fail "a client beside a script"
import sys
sys.path.insert(0, sys.argv[1])
from qmp_client import Qmp
q = Qmp("s")
q.command("qmp_capabilities")
looks = 0
try:
    while True:
        for look in ("query-block", "screen", "status", "info"):
            q.command(look)
            looks += 1
except (AssertionError, OSError):
    assert looks > 3, looks
PYTHON
ends 0
cmp alone out || fail "a client has changed the guest"
