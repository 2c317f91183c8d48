#!/bin/bash
# window_walk.sh FERRITE - the whole menu of a real window, row by row: once by the keyboard alone in
# the smallest window, once by the mouse alone in a larger one with the snapshots of a machine that
# has a name, once on a screen with many dots. Every page, every question, every choice and every
# command; the sources of the menu are looked through for a row that was left out.
# FERRITE_PICTURES=DIR keeps a picture of each state.
# long
# no sanitizers: the machine behind it is another test's, and the waits would be long
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 >/dev/null || {
    echo "SKIPPED: needs python3 (apt-get install python3)"
    exit 77
}
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
FERRITE_SCREEN=${FERRITE_SCREEN:-640x480}
# shellcheck source=tests/guest/window.inc.bash
. "$here/window.inc.bash"
walker=$here/control/window_walk.py
nasm -f bin -o raw.img "$here/control/raw_keys.asm"
truncate -s 163840 raw.img
cp raw.img other.img
nasm -f bin -DLOCK -o lock.img "$here/control/raw_keys.asm"
truncate -s 163840 lock.img
truncate -s 1M hd.img stick.img disc.iso other.iso
mkdir -p folder sub
: >visited
if "$ferrite" -display none -qmp unix:probe -limit guest=0.01 >out 2>err </dev/null; then
    fail "the limit was not met"
fi
if grep -q 'Jansson cannot be loaded' err; then
    echo "SKIPPED: needs libjansson4 (apt-get install libjansson4)"
    exit 77
fi

# again SCREEN: another X server.
again() {
    signal TERM "$xvfb"
    wait "$xvfb" 2>/dev/null || true
    rm -f number
    Xvfb -noreset -displayfd 3 -screen 0 "$1x24" 3>number >xvfb.log 2>&1 &
    xvfb=$!
    for _ in $(seq 300); do
        [ ! -s number ] || break
        sleep 0.1
    done
    DISPLAY=:$(<number)
}

# begin COMMAND...: the machine, and its window.
begin() {
    rm -f keys s
    forgotten=0
    "$@" -debugcon file:keys -limit host=900 >out 2>err &
    machine=$!
    find_window none
    await_said KEYS "the guest does not start"
}

finish() {
    xdotool key ctrl+alt+q
    wait "$machine" || fail "Ctrl+Alt+Q: status $?"
}

# walk HOW SOCKET NAME SCALE [do]
walk() {
    python3 -B "$walker" walk "$1" "$2" "$window" "${FERRITE_PICTURES:-}" "$3" "$4" visited "${@:5}" || fail "$3"
}

pc=(-drive "folder=folder,if=floppy,index=1" -cdrom disc.iso -hda hd.img -rewind 64)
echo 'status = on' >window.ini
mkdir -p state/ferrite
cp window.ini state/ferrite/
begin "$ferrite" -fda raw.img "${pc[@]}" -hdb stick.img -device usb-disk,disk=hdb -qmp unix:s
walk keys s small 1 'do'
finish

again 1024x768
cp window.ini state/ferrite/
export FERRITE_MACHINES=$work/machines
"$ferrite" new -y -for dos -storage none Named >out 2>err || fail "ferrite new"
begin "$ferrite" run Named -fda lock.img "${pc[@]}" -audio wav:sound.wav
"$ferrite" ctl Named snapshot take first >out || fail "a snapshot"
walk mouse machines/Named/control large 1 'do'
finish

again 2560x1600
printf 'ui-scale = 2\nwidth = 2000\nheight = 1500\n' | cat window.ini - >state/ferrite/window.ini
state=$(find state -name 1.state) # as if the window had been lost once
cp "$state" "${state%/*}/lost.state"
begin "$ferrite" -fda raw.img "${pc[@]}" -qmp unix:s
walk keys s dense 2
finish

python3 -B "$walker" covered visited "$here"/../../frontend/view/menu_{pages,files}.c || fail "rows left out"
echo "every row of the menu, by keys and by the mouse: well"
