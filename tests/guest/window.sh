#!/bin/bash
# window.sh FERRITE - the SDL window on a virtual X server: the demo is shown, keys typed into the
# window reach the guest, Ctrl+Alt+Q ends in order, a click captures the mouse and says how to
# get it back; messages are shown over the picture; a large guest mode enlarges the window; the
# window's keys go by their letter on the host's layout.
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
# shellcheck source=tests/guest/window.inc.bash
. "$here/window.inc.bash"

# Without a display it says so and runs headless.
status=0
env -u DISPLAY -u SDL_VIDEODRIVER timeout 100 "$ferrite" -limit guest=0.5 >out 2>err </dev/null || status=$?
grep -q 'no display here' err || fail "no word about the missing display"

# A key typed into the window arrives in the guest.
printf 'wait-text "TEXT MODE" 40\nquit 5\n' >key.script
timeout 280 "$ferrite" -display sdl -script key.script >out 2>err &
machine=$!
find_window none
xdotool windowfocus "$window" || true
for _ in $(seq 900); do
    runs $machine || break
    xdotool key 1
    sleep 0.1
done
status=0
wait $machine || status=$?
[ $status -eq 5 ] || fail "the key did not reach the guest (status $status)"

# The picture is on the screen, the mouse is captured and released, Ctrl+Alt+Q ends.
timeout 280 "$ferrite" -status off >out 2>err &
machine=$!
find_window none
for _ in $(seq 900); do
    xwd -root -silent -out picture.xwd
    colours=$(od -An -v -tx4 -w4 picture.xwd | sort -u | wc -l)
    [ "$colours" -lt 6 ] || break
done
[ "$colours" -ge 6 ] || fail "the window shows nothing ($colours values of pixels)"
# Where the kernel has no graphics processor OpenGL is not loaded, which takes longer than all else.
drivers=(/dev/dri /dev/nvidiactl /dev/dxg /dev/mali* /dev/kgsl-3d0 /dev/pvr /dev/nvhost-gpu /dev/nvmap)
found=$(ls -d "${drivers[@]}" 2>/dev/null) || true
if [ -z "$found" ]; then
    ! grep -qE 'libGL|gallium|swrast' "/proc/$(pgrep -P $machine)/maps" || fail "OpenGL is loaded for nothing"
fi
xdotool windowfocus "$window" || true
xdotool mousemove --window "$window" 100 100 click 1
title_says 'Ctrl+Alt+G releases' "no hint how to release the mouse"
xdotool key ctrl+alt+g
title_says 'click to capture' "the mouse was not released"
[ "$(paper)" -eq 0 ] || fail "a message that nobody wrote"
xdotool key ctrl+alt+e
await 'A: is empty' err "Ctrl+Alt+E says nothing"
for _ in $(seq 100); do # for five seconds; a busy host may look later
    dots=$(paper)
    [ "$dots" -lt 500 ] || break
    xdotool key ctrl+alt+e
    sleep 0.2
done
[ "$dots" -ge 500 ] || fail "the message is not shown in the window"
for _ in $(seq 900); do
    [ "$(paper)" -ne 0 ] || break
    sleep 0.2
done
[ "$(paper)" -eq 0 ] || fail "the message stays for ever"

# On a French keyboard Q stands where A does on a US one.
if command -v setxkbmap >/dev/null && setxkbmap fr 2>/dev/null; then
    sleep 0.5
else
    echo "not tested: another layout (apt-get install x11-xkb-utils)"
fi
xdotool key ctrl+alt+q
status=0
wait $machine || status=$?
[ $status -eq 0 ] || fail "Ctrl+Alt+Q: status $status"
[ -z "$(command -v setxkbmap)" ] || setxkbmap us 2>/dev/null || true

# The window grows for a guest's 1024 x 768, as far as there is room.
if command -v nasm >/dev/null; then
    printf '%s\n' 'org 0x7c00' 'bits 16' 'mov ax, 0x4f02' 'mov bx, 0x105' 'int 0x10' 'hang: hlt' \
        'jmp hang' 'times 510-($-$$) db 0' 'dw 0xaa55' >mode.asm
    nasm -f bin -o mode.img mode.asm
    truncate -s 163840 mode.img
    timeout 280 "$ferrite" -fda mode.img >out 2>err &
    machine=$!
    find_window none
    for _ in $(seq 900); do
        size=$(xdotool getwindowgeometry "$window" | sed -n 's/.*Geometry: //p')
        [ "$size" != 1024x768 ] || break
        sleep 0.1
    done
    [ "$size" = 1024x768 ] || fail "the window has $size for 1024 x 768"
    xdotool windowfocus "$window" || true
    xdotool key ctrl+alt+q
    wait $machine || fail "the end after a large mode"
fi
echo "window, keys, mouse capture, messages, large modes, end: well"
