#!/bin/bash
# window_menu.sh FERRITE - the menu in a real window on a virtual X server, by keys and by the mouse:
# every page opens and can be left, every entry does what it says, the key that opened or closed the
# menu is not typed into the guest, the status line, scales and filters, the remembered size. With
# FERRITE_PICTURES=DIR a picture of each state is left there, to be looked at.
# seconds: 300
# no sanitizers: the machine behind it is another test's, and the waits would be long
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
xvfb=''
machine=''
manager=''
# shellcheck disable=SC2317 # called by the trap
tidy_up() {
    [ -z "$machine" ] || kill "$machine" 2>/dev/null || true
    [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null || true
    rm -rf "$work"
}
trap tidy_up EXIT
cd "$work"
# shellcheck source=tests/guest/window.inc.bash
. "$here/window.inc.bash"

# A guest that shows every key as its scan code, one after the other, and never idles its screen.
cat >keys.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov si, ready
.say:
    lodsb
    test al, al
    jz next
    call put
    jmp .say
next:
    mov ah, 0x10
    int 0x16
    mov al, ah
    push ax
    shr al, 4
    call digit
    pop ax
    and al, 15
    call digit
    mov al, ' '
    call put
    jmp next
digit:
    add al, '0'
    cmp al, '9'
    jbe put
    add al, 7
put:
    push bx
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    pop bx
    ret
ready: db 'KEYS ', 0
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -o keys.img keys.asm
truncate -s 163840 keys.img
cp keys.img other.img
cp keys.img look.img

# start OPTION...
start() {
    timeout 300 "$ferrite" -fda keys.img -rewind 64 "$@" >out 2>err &
    machine=$!
    for _ in $(seq 200); do
        window=$(xdotool search --name '^Ferrite' 2>/dev/null | head -n 1) && [ -n "$window" ] && break
        sleep 0.1
    done
    [ -n "$window" ] || fail "no window"
    # A window manager gives a new window the focus itself, and is disturbed by others who do.
    if [ -z "$manager" ]; then
        xdotool windowfocus --sync "$window" || true
    else
        for _ in $(seq 100); do
            [ "$(xdotool getwindowfocus 2>/dev/null)" != "$window" ] || break
            sleep 0.1
        done
    fi
    sleep 2
}

# stop: by the keys that always do.
stop() {
    xdotool key ctrl+alt+q
    wait "$machine" || fail "Ctrl+Alt+Q: status $?"
    machine=''
}

# press KEY...: one after the other, slowly enough for a busy host.
press() {
    for key in "$@"; do
        xdotool key "$key"
        sleep 0.15
    done
}

# paper: how many pixels have the colour behind menu, messages and status line.
paper() {
    xwd -root -silent -out picture.xwd
    od -An -v -tx4 -w4 picture.xwd | grep -c '101c3c' || true
}

# menu_shown yes|no WHAT
menu_shown() {
    for _ in $(seq 40); do
        if [ "$(paper)" -ge 20000 ]; then is=yes; else is=no; fi
        [ $is != "$1" ] || return 0
        sleep 0.1
    done
    fail "$2: menu shown: $is"
}

# guest_says STATE: the text on the guest's screen in a snapshot.
guest_says() {
    "$ferrite" -display none -fda look.img -loadvm "$1" -script <(echo dump-text) 2>&1 || true
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
sleep 0.3
press c

# A state, its thumbnail, and back. The letters of its name find the row.
press F12
xdotool type --delay 60 'save'
press Return
shot save
press Return
await 'saved as' err "Save state"
menu_shown no "Save state closes"
snapshot=$(find "$work/state" -name '1.state')
[ -n "$snapshot" ] || fail "no state was saved"
for _ in $(seq 50); do
    [ ! -s "${snapshot%.state}.png" ] || break
    sleep 0.1
done
[ -s "${snapshot%.state}.png" ] || fail "no thumbnail"
text=$(guest_says "$snapshot")
case $text in
*'KEYS 1E 30 86 2E'*) ;;
*) fail "the guest got other keys than a, b, F12, c: $text" ;;
esac

# go LABEL...: from the first level on, by the letters of the rows' names; yes answers a question.
go() {
    xdotool key F12
    sleep 0.3
    for label in "$@"; do
        if [ "$label" = yes ]; then
            xdotool key Down
        else
            xdotool type --delay 40 "$label"
        fi
        sleep 0.2
        xdotool key Return
        sleep 0.4
    done
}

# Every page opens; what changes at once is seen, what is asked about is not done by the default.
go drives A: && shot drive && press Escape Escape Escape
menu_shown no "Esc goes back one level a time"
go keys && shot keys && press Escape F12
go keys another && shot catcher && press Escape F12
go picture && shot picture && press F12
go sound && shot sound && press F12
go mouse && shot mouse && press F12
go keyboard && shot keyboard && press F12
go speed 486 && shot speed && press F12
go machine reset && shot question && press Return F12
go load && shot load && press Return && sleep 0.3 && shot back && press Return F12
menu_shown no "after all pages"
! grep -q '^ferrite: reset' err || fail "a question's default did it"

# Commands: each says what it has done.
go pause
press F12
for _ in $(seq 50); do
    xdotool getwindowname "$window" | grep -q paused && break
    sleep 0.1
done
xdotool getwindowname "$window" | grep -q paused || fail "Pause: $(xdotool getwindowname "$window")"
go 'next frame'
press F12
xdotool getwindowname "$window" | grep -q paused || fail "a frame's step lets it run"
go continue
sleep 0.5
! xdotool getwindowname "$window" | grep -q paused || fail "Continue"
go screenshot
await 'screenshot in .*ferrite-1.png' err "Screenshot"
go record right
await 'screenshot in ferrite-2.png' err "Screenshot, right shape"
if command -v ffmpeg >/dev/null; then
    go record 'record a'
    await 'recording into .*ferrite-1.mkv' err "Record a video"
    sleep 2
    shot recording
    go record stop
    await ' s recorded in ferrite-1.mkv' err "Stop recording"
    [ -s ferrite-1.mkv ] || fail "no video"
else
    echo "not tested: Record (apt-get install ffmpeg)"
fi
go rewind '1 s'
await ' s back' err "Rewind"
go drives A: write
await 'is write-protected' err "Write protection"
press F12
go drives A: eject
await 'A: is empty' err "Eject"
press F12
go drives A: insert other.img
await 'other.img is in A:' err "Insert"
shot inserted
press F12
go machine power
await 'power button was pressed' err "Power button"
go load 'state 1' yes
await 'back to 1.state' err "Load state"
go machine reset yes
await '^ferrite: reset' err "Reset"
go keys alt+f4

# Typing by the host on a guest with a German keyboard: y and z change places, an accent is a dead
# key and its letter, @ is AltGr and Q; Ctrl goes with the letter's key, Shift with a key without text.
go keyboard typing && press F12
go keyboard "guest's" && press Return Return F12
xdotool type --delay 80 'yzA-é@'
press Return ctrl+z shift+F1
sleep 0.3
go save 'state 2'
await 'saved as 2.state' err "Save state 2"
text=$(guest_says "$work/state/ferrite/states/"*/2.state)
case $text in
*'2C 15 1E 35 0D 12 10 1C 15 54'*) ;;
*) fail "typing by the host: $text" ;;
esac
go keyboard typing
shot typing
press F12
go picture filter
press Return Return F12 # nearest, linear, crt
go picture scale
press F12
go mouse capture
sleep 0.5
xdotool getwindowname "$window" | grep -q 'Right Ctrl or Ctrl+Alt+G releases' || fail "Capture"
shot captured
xdotool key F12 # the menu frees it, and gives it back
sleep 0.5
xdotool getwindowname "$window" | grep -q 'click to capture' || fail "the menu does not free the mouse"
press F12
sleep 0.3
xdotool getwindowname "$window" | grep -q 'releases' || fail "the mouse is not given back"
xdotool key $host
sleep 0.5
xdotool getwindowname "$window" | grep -q 'click to capture' || fail "the host key does not free the mouse"

# The rows that set something: what they have set is in the window's file at the end.
go sound volume && press F12
go sound mute && press Return F12 # on, off
go mouse sensitivity && press F12
go keyboard joystick && press F12
go picture pace && press Return F12
go picture 'pause in' && press Return F12
go speed 'as fast' && press F12
await 'as fast as the host can' err "Speed"

# The mouse alone: a click on the status line, rows, Back, Close, beside.
go picture status && press F12 # on
sleep 0.5
size=$(xdotool getwindowgeometry --shell "$window")
eval "$size"
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
sleep 1
go quit yes
status=0
wait "$machine" || status=$?
machine=''
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
go drives B: 'read the folder'
await 'fdb shows the folder as it is now' err "Read the folder anew"
press F12

# A guest that waits costs next to nothing, window open: 3 percent of a processor, of which a build
# with sanitizers takes more.
pid=$(pgrep -P "$machine")
ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
before=$(ticks)
sleep 10
used=$(($(ticks) - before))
most=$((3 * 10 * $(getconf CLK_TCK) / 100))
! nm "$ferrite" 2>/dev/null | grep -q __asan_init || most=$((10 * most))
[ $used -le $most ] || fail "$used ticks in 10 s for a guest that waits; at most $most"
stop

# Closing the window asks; the default answer does not; asking twice means it. The window manager
# tells the window.
if command -v openbox >/dev/null; then
    openbox >/dev/null 2>&1 &
    manager=$!
    sleep 2
    start
    sleep 1
    go picture 'full screen' && press F12
    for _ in $(seq 50); do
        [ "$(xdotool getwindowgeometry "$window" | sed -n 's/.*Geometry: //p')" != 1024x768 ] || break
        sleep 0.1
    done
    [ "$(xdotool getwindowgeometry "$window" | sed -n 's/.*Geometry: //p')" = 1024x768 ] || fail "Full screen"
    shot fullscreen
    go picture 'full screen' && press F12
    xdotool key alt+F4
    menu_shown yes "closing the window asks nothing"
    shot closing
    press Return
    menu_shown no "No"
    kill -0 "$machine" || fail "No closes the window"
    press alt+F4 alt+F4
    wait "$machine" || fail "closing twice: status $?"
    machine=''
    kill $manager
else
    echo "not tested: closing the window (apt-get install openbox)"
fi
echo "menu by keys and by mouse, every entry, questions, keys eaten, settings remembered: well"
