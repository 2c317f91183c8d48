#!/bin/bash
# window_menu.sh FERRITE - the menu in a real window on a virtual X server, by keys and by the mouse:
# every page opens and can be left, every entry does what it says, the key that opened or closed the
# menu is not typed into the guest, the status line, scales and filters, the remembered size. With
# FERRITE_PICTURES=DIR a picture of each state is left there, to be looked at.
# seconds: 900
# no sanitizers: the machine behind it is another test's, and the waits would be long
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
# shellcheck source=tests/guest/window.inc.bash
. "$here/window.inc.bash"
manager=''

make_keys keys.img other.img

# start OPTION...
start() {
    rm -f keys
    timeout 300 "$ferrite" -fda keys.img -rewind 64 -debugcon file:keys "$@" >out 2>err &
    machine=$!
    for _ in $(seq 900); do
        window=$(xdotool search --name '^Ferrite' 2>/dev/null | head -n 1) && [ -n "$window" ] && break
        sleep 0.05
    done
    [ -n "$window" ] || fail "no window"
    # A window manager gives a new window the focus itself, and is disturbed by others who do.
    if [ -z "$manager" ]; then
        xdotool windowfocus --sync "$window" || true
    else
        for _ in $(seq 900); do
            [ "$(xdotool getwindowfocus 2>/dev/null)" != "$window" ] || break
            sleep 0.05
        done
    fi
    forgotten=0
    await_said KEYS "the guest does not start"
}

# stop: by the keys that always do.
stop() {
    xdotool key ctrl+alt+q
    wait "$machine" || fail "Ctrl+Alt+Q: status $?"
}

# title_is_without TEXT WHAT
title_is_without() {
    for _ in $(seq 900); do
        xdotool getwindowname "$window" | grep -q "$1" || return 0
        sleep 0.05
    done
    fail "$2: $(xdotool getwindowname "$window")"
}

start

# Open and close by the key; neither is typed into the guest, nor are the keys in between.
press a F12
menu_shown yes "F12"
shot root
press Down Up x BackSpace F12
menu_shown no "F12 again"
press b
# By the number of the key: xdotool presses the left one, too, for the name of the right one.
host=105
xdotool keydown $host key F12 keyup $host # sends it
press c
typed '1E 30 86 2E' "a, b, F12, c"

# A state, its thumbnail, and back. The letters of its name find the row.
go save
sleep 0.1
shot save
press Return
await 'saved as 1.state' err "Save state"
menu_shown no "Save state closes"
snapshot=$(find "$work/state" -name '1.state')
[ -n "$snapshot" ] || fail "no state was saved"
for _ in $(seq 900); do
    [ ! -s "${snapshot%.state}.png" ] || break
    sleep 0.05
done
[ -s "${snapshot%.state}.png" ] || fail "no thumbnail"

# Every page opens; what changes at once is seen, what is asked about is not done by the default.
go drives A:
sleep 0.1
shot drive
press Escape Escape Escape
menu_shown no "Esc goes back one level a time"
see keys keys
see catcher keys another
press Escape # the catcher has taken the menu's key for the guest
see picture picture
see sound sound
see mouse mouse
see keyboard keyboard
see speed speed 486
see question machine reset
see load load
! grep -q '^ferrite: reset' err || fail "a question's default did it"

# Commands: each says what it has done.
go pause
close_menu
title_says paused "Pause"
go 'next frame'
close_menu
title_says paused "a frame's step lets it run"
go continue
title_is_without paused "Continue"
goes 'screenshot in .*ferrite-1.png' screenshot
goes 'screenshot in ferrite-2.png' record right
if command -v ffmpeg >/dev/null; then
    goes 'recording into .*ferrite-1.mkv' record 'record a'
    shot recording
    press d e
    goes ' s recorded in ferrite-1.mkv' record stop
    [ -s ferrite-1.mkv ] || fail "no video"
else
    echo "not tested: Record (apt-get install ffmpeg)"
fi
goes ' s back' rewind '1 s'
goes 'is write-protected' drives A: write
goes 'A: is empty' drives A: eject
goes 'other.img is in A:' drives A: insert other.img
goes 'power button was pressed' machine power
goes 'back to 1.state' load 'state 1' yes
forget_keys
goes '^ferrite: reset' machine reset yes
await_said KEYS "Reset"
press a
typed 1E "after the reset"
for entry in keys machine; do # both pages have it
    forget_keys
    go $entry ctrl+alt+del
    await_said KEYS "Ctrl+Alt+Del of the page $entry"
    typed '' "Ctrl+Alt+Del of the page $entry"
done
go keys alt+f4

# Typing by the host on a guest with a German keyboard: y and z change places, an accent is a dead
# key and its letter, @ is AltGr and Q; Ctrl goes with the letter's key, Shift with a key without text.
go keyboard typing
close_menu
go keyboard "guest's"
press Return Return
close_menu
forget_keys
# On a host's keyboard that has them all: for others xdotool changes the keyboard for a moment, which on
# a busy machine is over before the window asks what the key was.
setxkbmap fr
xdotool type --delay 40 'yzA-é@'
press Return ctrl+z shift+F1
typed '2C 15 1E 35 0D 12 10 1C 15 54' "typing by the host"
setxkbmap us
see typing keyboard typing
go picture filter
press Return Return # nearest, linear, crt
close_menu
go picture scale
close_menu
go mouse capture
title_says 'Right Ctrl or Ctrl+Alt+G releases' "Capture"
shot captured
xdotool key F12 # the menu frees it, and gives it back
title_says 'click to capture' "the menu does not free the mouse"
press F12
title_says releases "the mouse is not given back"
xdotool key $host
title_says 'click to capture' "the host key does not free the mouse"

# The rows that set something: what they have set is in the window's file at the end.
go sound volume
close_menu
go sound mute
press Return # on, off
close_menu
go mouse sensitivity
close_menu
go keyboard joystick
close_menu
go picture pace
press Return
close_menu
go picture 'pause in'
press Return
close_menu
goes 'as fast as the host can' speed 'as fast'

# The mouse alone: a click on the status line, rows, Back, Close, beside.
go picture status # on
close_menu
for _ in $(seq 900); do
    [ "$(paper)" -lt 2000 ] || break
    sleep 0.05
done
eval "$(xdotool getwindowgeometry --shell "$window")"
shot status
[ "$(paper)" -ge 2000 ] || fail "no status line"
xdotool mousemove --window "$window" $((WIDTH / 2)) $((HEIGHT - 8)) click 3
menu_shown yes "right click on the status line"
xdotool click 3 # back, from the first level: closed
menu_shown no "right click goes back"
xdotool mousemove --window "$window" $((WIDTH / 2)) $((HEIGHT - 8)) click 1
menu_shown yes "click on the status line"
xdotool mousemove --window "$window" 3 3 click 1
menu_shown no "a click beside the menu"

xdotool windowsize --sync "$window" 700 560
go quit yes
status=0
wait "$machine" || status=$?
[ $status -eq 0 ] || fail "Quit: status $status"

# What the window remembers.
for line in 'width = 700' 'height = 560' 'filter = crt' 'scale = integer' 'status = on' 'volume = 90' \
    'mute = off' 'sensitivity = 110' 'stick = keypad' 'pace = exact' 'menu-pause = on' 'layout = de' \
    'typing = position'; do
    grep -qx "$line" state/ferrite/window.ini || fail "not remembered: $line"
done
mkdir folder
start -drive folder=folder,if=floppy,index=1
size=$(xdotool getwindowgeometry "$window" | sed -n 's/.*Geometry: //p')
[ "$size" = 700x560 ] || fail "the window has $size, not the size it had"
shot again
# A folder in a drive: changed by the host, and read anew by hand.
touch folder/new
await 'folder has changed, and with it the diskette in B:' err "a folder that changes"
goes 'fdb shows the folder as it is now' drives B: 'read the folder'

# A guest that waits costs next to nothing, window open: 3 percent of a processor, of which a build
# with sanitizers takes more.
pid=$(pgrep -P "$machine")
ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
before=$(ticks)
sleep 5
used=$(($(ticks) - before))
most=$((3 * 5 * $(getconf CLK_TCK) / 100))
! nm "$ferrite" 2>/dev/null | grep -q __asan_init || most=$((10 * most))
[ $used -le $most ] || fail "$used ticks in 5 s for a guest that waits; at most $most"
stop

# placed PLACE: the window gets there.
place() {
    xdotool getwindowgeometry --shell "$window" | grep -E '^(X|Y|WIDTH|HEIGHT)=' | xargs
}
placed() {
    for _ in $(seq 900); do
        [ "$(place)" != "$1" ] || return 0
        sleep 0.05
    done
    fail "the window is at $(place), not $1"
}

# Full screen where nobody manages windows, and back to the size and the place it had.
start
before=$(place)
go picture 'full screen'
close_menu
placed 'X=0 Y=0 WIDTH=1024 HEIGHT=768'
go picture 'full screen'
close_menu
placed "$before"
stop

# Closing the window asks; the default answer does not; asking twice means it. The window manager
# tells the window.
if command -v openbox >/dev/null; then
    openbox >/dev/null 2>&1 &
    manager=$!
    for _ in $(seq 900); do # it says so on the root window
        ! xprop -root _NET_CLIENT_LIST 2>/dev/null | grep -q 'window id' || break
        sleep 0.05
    done
    start
    go picture 'full screen'
    close_menu
    placed 'X=0 Y=0 WIDTH=1024 HEIGHT=768'
    shot fullscreen
    go picture 'full screen'
    close_menu
    xdotool key alt+F4
    menu_shown yes "closing the window asks nothing"
    shot closing
    press Return
    menu_shown no "No"
    runs "$machine" || fail "No closes the window"
    press alt+F4 alt+F4
    wait "$machine" || fail "closing twice: status $?"
    signal TERM $manager
else
    echo "not tested: closing the window (apt-get install openbox)"
fi
echo "menu by keys and by mouse, every entry, questions, keys eaten, settings remembered: well"
