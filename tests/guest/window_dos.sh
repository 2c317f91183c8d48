#!/bin/bash
# window_dos.sh FERRITE - ferrite dos in a window: a program that uses the mouse is where the host's
# pointer is, in text and in a picture, without capture, and the pointer goes where it likes; the host
# key marks text there, too; a right click on the status line opens the menu; a program that wants
# movement gets a captured mouse and lets it go; the program's exit code is the status.
# no sanitizers: the machine behind it is another test's
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
image=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
[ -e "$image" ] || { echo "SKIPPED: needs $image (ferrite get freedos fetches the like)"; exit 77; }
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
# shellcheck source=tests/guest/window.inc.bash
. "$root/tests/guest/window.inc.bash"
export XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data

# Says where the mouse is at each click of the left button, "X Y" in hexadecimal; the right one ends it,
# with 42. POINT G does so in mode 13h; POINT M says what was moved, and shows no cursor.
cat >point.asm <<'ASM'
    org 0x100
    bits 16
    cpu 386
    mov al, [0x82]
    mov [how], al
    mov ax, 3
    cmp byte [how], 'G'
    jne .mode
    mov ax, 0x13
.mode:
    int 0x10
    xor ax, ax
    int 0x33
    cmp byte [how], 'M'
    je .ready
    mov ax, 1
    int 0x33
.ready:
    mov si, ready
    call say
.next:
    cmp byte [how], 'M'
    jne .place
    mov ax, 0x0B
    int 0x33
    add [x], cx
    add [y], dx
.place:
    mov ax, 3
    int 0x33
    test bl, 2
    jnz .end
    test bl, 1
    jz .up
    cmp byte [down], 1
    je .next
    mov byte [down], 1
    cmp byte [how], 'M'
    jne .tell
    mov cx, [x]
    mov dx, [y]
.tell:
    push dx
    mov bx, cx
    call number
    pop bx
    call number
    mov si, line
    call say
    jmp .next
.up:
    mov byte [down], 0
    hlt
    jmp .next
.end:
    mov ax, 0x4C2A
    int 0x21
number:
    mov cx, 4
.digit:
    rol bx, 4
    mov al, bl
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    out 0xE9, al
    loop .digit
    mov al, ' '
    out 0xE9, al
    ret
say:
    lodsb
    or al, al
    jz .said
    out 0xE9, al
    jmp say
.said:
    ret
how:    db 0
down:   db 0
x:      dw 0
y:      dw 0
ready:  db "ready"
line:   db 10, 0
ASM
mkdir game
nasm -f bin -o game/POINT.COM point.asm

# start ARGUMENT: the program runs, and its window is there.
start() {
    rm -f said
    timeout 280 "$ferrite" dos -dos "$image" -debugcon file:said game/POINT.COM "$1" >out 2>err &
    machine=$!
    find_window none
    await ready said "POINT $1 does not start"
    sleep 1
    eval "$(xdotool getwindowgeometry --shell "$window")"
}

# click X Y ACROSS DOWN NEAR WHAT: at this thousandth of the picture; the program must say this place,
# give or take NEAR.
click() {
    local before last x y
    before=$(wc -l <said)
    xdotool mousemove --window "$window" $((WIDTH * $1 / 1000)) $((HEIGHT * $2 / 1000))
    sleep 0.3
    xdotool click 1
    for _ in $(seq 900); do
        [ "$(wc -l <said)" -eq "$before" ] || break
        sleep 0.1
    done
    last=$(tail -n 1 said)
    [ "$(wc -l <said)" -ne "$before" ] || fail "$6: the click is lost"
    read -r x y <<<"$last"
    x=$((16#$x - $3)) y=$((16#$y - $4))
    if [ "${x#-}" -gt "$5" ] || [ "${y#-}" -gt "$5" ]; then fail "$6: the program is at $last"; fi
}

# finish: by the right button; the exit code is the program's.
finish() {
    local status=0
    xdotool click 3
    wait "$machine" || status=$?
    [ $status -eq 42 ] || fail "$1: status $status"
}

# Text: places of 640 by 200, whole cells of 8.
start T
click 300 400 192 80 8 "text"
title_says 'the guest follows the pointer' "nothing was captured"
click 900 100 576 20 8 "text, elsewhere"
# It leaves the window as it likes, and the host knows it there.
xdotool windowmove "$window" 100 20
xdotool mousemove 20 700
sleep 0.5
[ "$(xdotool getmouselocation --shell | head -n 2 | tr '\n' ' ')" = 'X=20 Y=700 ' ] || fail "the pointer is trapped"
click 500 500 320 100 8 "back in the window"
# The host key marks, and the program is told nothing of it.
before=$(wc -l <said)
xdotool keydown 105 mousemove --window "$window" $((WIDTH / 4)) $((HEIGHT / 4)) mousedown 1
sleep 0.5
xdotool mousemove --window "$window" $((WIDTH / 2)) $((HEIGHT / 2)) mouseup 1 keyup 105
sleep 1
[ "$(wc -l <said)" -eq "$before" ] || fail "the program saw the mark"
# The menu by a right click on the status line, which comes when the pointer is there.
paper() {
    xwd -root -silent -out picture.xwd
    od -An -v -tx4 -w4 picture.xwd | grep -c '101c3c' || true
}
xdotool mousemove --window "$window" $((WIDTH / 2)) $((HEIGHT - 10))
for _ in $(seq 900); do
    [ "$(paper)" -lt 2000 ] || break
    sleep 0.1
done
xdotool click 3
for _ in $(seq 900); do
    [ "$(paper)" -lt 60000 ] || break
    sleep 0.1
done
shot dos_menu
[ "$(paper)" -ge 60000 ] || fail "a right click on the status line opens no menu"
runs $machine || fail "the right click was the program's"
xdotool click 3
sleep 1
click 300 400 192 80 8 "after the menu"
finish "text"

# A picture: two places are a dot across.
start G
click 250 750 160 150 3 "picture"
shot dos_picture
click 750 250 480 50 3 "picture, elsewhere"
finish "picture"

# Movement: a click captures, as for games; the host key lets go.
start M
title_says 'click to capture' "a program that asks for movement"
xdotool mousemove --window "$window" $((WIDTH / 2)) $((HEIGHT / 2)) click 1
title_says 'releases the mouse' "a click does not capture"
sleep 0.5
for _ in $(seq 40); do
    xdotool mousemove_relative -- 10 0
    sleep 0.02
done
sleep 0.5
xdotool click 1
await '^0[0-9A-F]* ' said "nothing was said"
read -r x _ <<<"$(tail -n 1 said)"
[ $((16#$x)) -ge 300 ] || fail "400 to the right are $((16#$x)) for the program"
xdotool key 105
title_says 'click to capture' "the host key does not free the mouse"
xdotool mousemove 20 700
[ "$(xdotool getmouselocation --shell | head -n 2 | tr '\n' ' ')" = 'X=20 Y=700 ' ] || fail "the pointer stays trapped"
xdotool mousemove --window "$window" $((WIDTH / 2)) $((HEIGHT / 2)) click 1
title_says 'releases the mouse' "a click captures again"
finish "movement"
echo "ferrite dos in a window: pointer without capture, menu, movement, exit status: well"
