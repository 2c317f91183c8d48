#!/bin/bash
# window_wayland.sh FERRITE - a window on Wayland, on an output with two dots a unit and without a
# graphics processor: keys, the menu at twice the size and the pointer in it; when the server dies the
# machine is saved first, as it is under X. Weston is the server, in a window of a virtual X server.
# no sanitizers: OpenGL by the processor is behind it
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
command -v weston >/dev/null || {
    echo "SKIPPED: needs weston (apt-get install weston)"
    exit 77
}
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
FERRITE_SCREEN=1600x1200
# shellcheck source=tests/guest/window.inc.bash
. "$here/window.inc.bash"
make_keys keys.img
mkdir -m 700 run
export XDG_RUNTIME_DIR=$work/run MESA_SHADER_CACHE_DISABLE=true
weston --backend=x11-backend.so --use-pixman --scale=2 --width=800 --height=600 --socket=w --idle-time=0 >weston.log 2>&1 &
weston=$!
for _ in $(seq 900); do
    desktop=$(xdotool search --class Weston 2>/dev/null | tail -n 1) && [ -n "$desktop" ] && [ -S run/w ] && break
    sleep 0.1
done
[ -S run/w ] || {
    echo "SKIPPED: weston does not start: $(tail -n 1 weston.log)"
    exit 77
}
export WAYLAND_DISPLAY=w SDL_VIDEODRIVER=wayland

"$ferrite" -fda keys.img -debugcon file:keys -limit host=280 >out 2>err &
machine=$!
for _ in $(seq 900); do
    [ ! -s keys ] || break
    runs "$machine" || break
    sleep 0.1
done
if ! runs "$machine" && grep -qE 'wayland not available|EGL' err; then
    echo "SKIPPED: SDL without Wayland, or Wayland without OpenGL: $(grep ferrite: err | head -n 1)"
    exit 77
fi
[ -s keys ] || fail "the guest does not run in a window on Wayland"
await_said KEYS "the guest does not start"
xdotool windowfocus "$desktop" mousemove 800 620
for _ in $(seq 900); do # the server gives a new window the keys when it likes
    xdotool key a
    sleep 0.2
    [[ $(said) != *1E* ]] || break
done
[[ $(said) == *1E* ]] || fail "no key gets there: $(said)"
forget_keys

# Twice the size: more than three times the dots that it has at 96 dots an inch. The page of the row
# that the pointer is on opens.
xdotool key F12
for _ in $(seq 900); do
    [ "$(paper)" -lt 300000 ] || break
    sleep 0.1
done
shot wayland_menu
[ "$(paper)" -ge 300000 ] || fail "the menu is too small for the output: $(paper) dots"
xdotool key F12
for _ in $(seq 900); do
    [ "$(paper)" -ge 60000 ] || break
    sleep 0.1
done
xdotool key b
await_said 30 "a key after the menu"
[[ $(said) != *58* ]] || fail "the menu's key is the guest's"

signal KILL "$weston"
wait "$weston" 2>/dev/null || true
status=0
wait "$machine" || status=$?
[ "$status" -eq 1 ] || fail "the server dies: status $status"
grep -q 'the window is lost.*The machine was saved in .*lost.state' err || fail "it is not said"
state=$(find state -name lost.state)
[ -s "$state" ] || fail "no state"
printf 'assert-text "KEYS"\nquit\n' >look.script
"$ferrite" -display none -fda keys.img -loadvm "$state" -script look.script >out 2>err || fail "the state is not where it was"
echo "a window on Wayland, and the machine saved when the server dies: well"
