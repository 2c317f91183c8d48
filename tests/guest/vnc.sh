#!/bin/bash
# vnc.sh FERRITE - -display vnc: clients see the very picture that `screenshot` saves, their keys and
# texts arrive, another size of the screen follows, a password is asked for, and no client, however
# strange, stops the machine. By a small client of our own (control/rfb.py) and by vncsnapshot.
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

# refused WORDS ARGUMENT...: status 2, and the words are in the one line that says why.
refused() {
    local words=$1 status=0
    shift
    timeout 100 "$ferrite" "$@" -limit host=60 >out 2>err </dev/null || status=$?
    [ "$status" = 2 ] || fail "$*: status $status and not 2"
    grep -qF -e "$words" err || fail "$*: not a word of \"$words\""
}

status=0
timeout 100 "$ferrite" -display vnc=unix:probe -limit guest=0.01 >out 2>err </dev/null || status=$?
if grep -qE 'libvncserver-dev|libvncserver.*cannot be loaded' err; then
    grep -q 'apt-get install libvncserver1\|install libvncserver-dev' err || fail "no package is named"
    echo "SKIPPED: needs libvncserver (apt-get install libvncserver-dev, and build again)"
    exit 77
fi
[ "$status" = 124 ] || fail "status $status"
[ ! -e probe ] || fail "the socket stays"

refused 'number of a display' -display vnc=localhost
refused 'no number up to' -display vnc=:x
refused 'no number up to' -display vnc=:70000
refused 'path is missing' -display vnc=unix:
refused '"sharp" says nothing here' -display vnc=:1,sharp
refused 'not both' -display vnc=:1,password-file=x,no-password
refused 'No such file' -display vnc=unix:s,password-file=missing
printf 'ninebytes\n' >long
refused '1 to 8 bytes' -display vnc=unix:s,password-file=long
refused 'others can reach the address 0.0.0.0' -display vnc=0.0.0.0:54321
refused 'there already, and is no socket' -display vnc=unix:long

nasm -f bin -o keys.img "$here/keys.asm"
truncate -s 163840 keys.img

start() {
    "$ferrite" -limit host=100 -m 16 -monitor unix:m "${extra[@]}" "$@" >out 2>err </dev/null &
    machine=$!
    until [ -S m ]; do
        runs "$machine" || fail "it does not start"
        sleep 0.02
    done
}

# session NAME [ARGUMENT]: as control/vnc_session.py has it, to the end that it makes.
session() {
    python3 -B "$here/vnc_session.py" "$@" || fail "session $1"
    local status=0
    wait "$machine" || status=$?
    [ "$status" = 0 ] || fail "session $1: status $status"
    [ ! -e v ] || fail "the socket stays"
}

start -fda keys.img -display vnc=unix:v
until [ -S v ]; do sleep 0.02; done
[ "$(stat -c %a v)" = 600 ] || fail "the socket is open to others"
session keys

nasm -f bin -o place.img "$here/place.asm"
truncate -s 163840 place.img
start -fda place.img -display vnc=unix:v
session place

start -display vnc=unix:v
session sizes 3

start -fda keys.img -display vnc=unix:v
session bad

printf 'sesame!\n' >secret
# In a closed sandbox, too, where there is one.
strict=()
status=0
timeout 100 "$ferrite" -display vnc=unix:probe -sandbox strict -limit guest=0.01 >out 2>err </dev/null ||
    status=$?
[ "$status" != 124 ] || strict=(-sandbox "strict,folder=$work")
start -fda keys.img -display vnc=unix:v,password-file=secret "${strict[@]}"
session password

printf 'wait-text ready\ntype "xy"\nsleep 1000\n' >drive.script
start -fda keys.img -display vnc=unix:v -script drive.script
session script

# A viewer of others', by TCP. Its picture is a JPEG of the best quality: nearly the same.
if ! command -v vncsnapshot >/dev/null || ! command -v ffmpeg >/dev/null; then
    echo "(without vncsnapshot: apt-get install vncsnapshot ffmpeg)"
    exit 0
fi
for _ in 1 2 3 4 5; do # somebody else may take the port meanwhile
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    rm -f m
    "$ferrite" -limit host=100 -m 16 -monitor unix:m "${extra[@]}" -fda keys.img \
        -display "vnc=:$((port - 5900))" >out 2>err </dev/null &
    machine=$!
    until grep -q "VNC at 127.0.0.1 port $port" err; do
        runs "$machine" || break
        sleep 0.02
    done
    runs "$machine" && break
done
python3 -B - "$here" "$((port - 5900))" <<'PYTHON' || fail "vncsnapshot"
import subprocess
import sys

sys.path.insert(0, sys.argv[1])
from vnc_session import Monitor

m = Monitor()
m.expect("ready")
assert "stopped" in m.line("stop")
width, height, want = m.shot()
assert any(want), "the screen is black"
subprocess.run(["timeout", "60", "vncsnapshot", "-quiet", "-quality", "100", "127.0.0.1:" + sys.argv[2],
                "shot.jpg"], check=True, stderr=subprocess.DEVNULL)
got = subprocess.run(["ffmpeg", "-v", "error", "-i", "shot.jpg", "-f", "rawvideo", "-pix_fmt", "rgb24",
                      "-"], check=True, stdout=subprocess.PIPE).stdout
assert len(got) == len(want) == width * height * 3, (len(got), width, height)
wrong = sum(abs(a - b) for a, b in zip(got, want)) / len(want)
assert wrong < 4, wrong
m.line("quit")
PYTHON
wait "$machine" || fail "status $?"
