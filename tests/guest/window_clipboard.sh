#!/bin/bash
# window_clipboard.sh FERRITE - text goes from one window to another by the X server's clipboard: the
# whole text screen, a part marked by dragging with the host key or after the menu's entry, a block,
# and into the guest as keys. Of a picture there is no text.
# no sanitizers: waits for two windows
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
# shellcheck source=tests/guest/window.inc.bash
. "$root/tests/guest/window.inc.bash"

# A guest that shows what is typed; Esc sets a graphics mode.
cat >echo.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov ax, 3
    int 0x10
    mov si, text
.say:
    lodsb
    test al, al
    jz next
    call put
    jmp .say
next:
    mov ah, 0
    int 0x16
    cmp al, 27
    je picture
    call put
    cmp al, 13
    jne next
    mov al, 10
    call put
    jmp next
picture:
    mov ax, 0x13
    int 0x10
    jmp next
put:
    out 0xe9, al
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    ret
text:
%ifdef SOURCE
    db "The first line", 13, 10, "second: GR", 9Ah, "N", 13, 10, "the third one", 13, 10
%endif
    db "READY", 13, 10, 0
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -D SOURCE -o source.img echo.asm
nasm -f bin -o target.img echo.asm
truncate -s 163840 source.img target.img

timeout 280 "$ferrite" -status off -fda source.img -debugcon file:keys >out 2>err &
machine=$!
find_window none
source_window=$window
await_said READY "the first window does not start"

# at COLUMN ROW: the pointer to the middle of a cell of 80 by 25.
at() {
    xdotool mousemove --window "$source_window" $(((2 * $1 + 1) * WIDTH / 160)) $(((2 * $2 + 1) * HEIGHT / 50))
    sleep 0.05
}
# drag COLUMN ROW COLUMN ROW
drag() {
    at "$1" "$2"
    xdotool mousedown 1
    sleep 0.1
    at $((($1 + $3) / 2)) $((($2 + $4) / 2))
    at "$3" "$4"
    shot "marked_$1_$2_$3_$4"
    xdotool mouseup 1
    sleep 0.2
}

# pasted_is TEXT WHAT: another window, into which the clipboard is pasted, shows this behind READY.
pasted_is() {
    local last=${1##*$'\n'}
    [ "$last" != READY ] || last=$(sed -n 3p <<<"$1") # which is there already
    printf 'wait-text "READY" 60\ndump-text ready\nwait-text "%s" 60\nsleep 1\ndump-text got\nquit\n' \
        "${last##* }" >paste.script
    rm -f ready got
    timeout 280 "$ferrite" -status off -fda target.img -display sdl -script paste.script >paste.out 2>paste.err &
    other=$!
    find_window "$source_window"
    await READY ready "the other window does not start"
    xdotool key ctrl+alt+v
    wait $other || fail "$2: not pasted: $(cat paste.err)"
    sed '0,/^READY/d' got | sed -e 's/ *$//' -e '/^$/d' >text
    [ "$(<text)" = "$1" ] || fail "$2: \"$(<text)\""
    window=$source_window
    xdotool windowfocus --sync "$window" || true
}

# By the number of the key: xdotool presses the left one, too, for the name of the right one.
host=105

for _ in $(seq 100); do # it says so in the window, for five seconds; a busy host may look later
    xdotool key ctrl+alt+c
    sleep 0.2
    dots=$(paper)
    [ "$dots" -lt 500 ] || break
done
[ "$dots" -ge 500 ] || fail "nothing is said of the copy"
pasted_is $'The first line\nsecond: GRN\nthe third one\nREADY' "the whole screen"
grep -q '1 characters that the guest.s keyboard (us) does not have' paste.err || fail "no word about the letter left out"

xdotool keydown $host
drag 4 0 6 1
xdotool keyup $host
pasted_is $'first line\nsecond:' "marked with the host key"
title_says 'click to capture' "marking captured the mouse, or the host key was taken for a tap"

go keys
xdotool type --delay 8 'a part'
shot marking_entry
xdotool key Return
menu_shown no "the entry closes the menu"
drag 12 2 4 2 # from right to left
pasted_is 'third one' "marked after the menu's entry"

# A block, and nothing by a click or after Esc: the clipboard stays.
xdotool keydown $host keydown shift
drag 4 0 6 2
xdotool keyup shift keyup $host
pasted_is $'fir\nnd:\nthi' "a block"
xdotool keydown $host
at 0 0
xdotool click 1
sleep 0.3
at 0 0
xdotool mousedown 1
at 5 0
xdotool key Escape
at 8 0
xdotool mouseup 1 keyup $host
sleep 0.5
pasted_is $'fir\nnd:\nthi' "after a click, and Esc"
title_says 'click to capture' "the end of a mark that was left captured the mouse"

# Nothing of all this was typed into the guest, or its text would be another one; now it is a picture.
xdotool key Escape
sleep 1
xdotool key ctrl+alt+c
await 'there is no text to copy' err "the text of a picture"
xdotool keydown $host
drag 0 0 5 5
xdotool keyup $host
for _ in $(seq 900); do
    [ "$(grep -c 'there is no text to copy' err)" -lt 2 ] || break
    sleep 0.1
done
[ "$(grep -c 'there is no text to copy' err)" -eq 2 ] || fail "marking in a picture"
xdotool key ctrl+alt+q
status=0
wait "$machine" || status=$?
[ $status -eq 0 ] || fail "the end: status $status"
echo "the screen, a part and a block are copied, and text is pasted: well"
