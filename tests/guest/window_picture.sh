#!/bin/bash
# window_picture.sh FERRITE - the picture in a real window on a virtual X server: the same test
# picture by every renderer and filter, where it should be and in the right colours; a change of
# mode never shows a frame that is neither the old mode's nor the new one's.
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
FERRITE_SCREEN=1280x1000
# shellcheck source=tests/guest/window.inc.bash
. "$here/window.inc.bash"

# Mode 13h, the left half red and the right half blue.
cat >halves.asm <<'ASM'
org 0x7c00
bits 16
    mov ax, 0x13
    int 0x10
    mov ax, 0xa000
    mov es, ax
    xor di, di
    mov dx, 200
.line:
    mov al, 4 ; red
    mov cx, 160
    rep stosb
    mov al, 1 ; blue
    mov cx, 160
    rep stosb
    dec dx
    jnz .line
.hang:
    hlt
    jmp .hang
    times 510-($-$$) db 0
    dw 0xaa55
ASM
# Text and graphics in turn, four ticks each, all white or all grey.
cat >modes.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
again:
    mov ax, 0x13
    int 0x10
    mov ax, 0xa000
    mov es, ax
    xor di, di
    mov al, 15
    mov cx, 64000
    rep stosb
    call wait4
    mov ax, 3
    int 0x10
    mov ax, 0xb800
    mov es, ax
    xor di, di
    mov ax, 0x7020
    mov cx, 2000
    rep stosw
    call wait4
    jmp again
wait4:
    mov bx, [0x46c]
    add bx, 4
.w: hlt
    cmp [0x46c], bx
    jb .w
    ret
    times 510-($-$$) db 0
    dw 0xaa55
ASM
for name in halves modes; do
    nasm -f bin -o $name.img $name.asm
    truncate -s 163840 $name.img
done

start() {
    timeout 280 "$ferrite" -status off "$@" >out 2>err &
    machine=$!
    for _ in $(seq 900); do
        window=$(xdotool search --name '^Ferrite' 2>/dev/null | head -n 1) && [ -n "$window" ] && break
        sleep 0.1
    done
    [ -n "$window" ] || fail "no window"
    xdotool windowfocus --sync "$window" || true
    eval "$(xdotool getwindowgeometry --shell "$window")"
}

stop() {
    xdotool key ctrl+alt+q
    wait "$machine" || fail "Ctrl+Alt+Q: status $?"
}

# big_endian OFFSET: a number in the head of an xwd file.
big_endian() {
    od -An -v -tu1 -j "$1" -N 4 picture.xwd | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }'
}

look() {
    xwd -root -silent -out picture.xwd
    pixels=$(($(big_endian 0) + 12 * $(big_endian 76)))
    stride=$(big_endian 48)
    size=$(($(big_endian 44) / 8))
    order=$(big_endian 28) # 1: a pixel's highest byte first
}

# at X Y: the pixel there, of the window, as RRGGBB, in what was looked at.
at() {
    od -An -v -tx1 -j $((pixels + (Y + $2) * stride + size * (X + $1))) -N $size picture.xwd |
        if [ "$order" -eq 1 ]; then awk '{ print $(NF - 2) $(NF - 1) $NF }'; else awk '{ print $3 $2 $1 }'; fi
}

# near COLOUR WANTED: each part within 16h, what a tube may change.
near() {
    for shift in 0 8 16; do
        difference=$(((0x$1 >> shift & 255) - (0x$2 >> shift & 255)))
        [ ${difference#-} -le $((0x16)) ] || return 1
    done
}

await_halves() {
    for _ in $(seq 900); do
        look
        left=$(at $((WIDTH / 4)) $((HEIGHT / 2)))
        right=$(at $((WIDTH * 3 / 4)) $((HEIGHT / 2)))
        if near "$left" aa0000 && near "$right" 0000aa; then
            return 0
        fi
        sleep 0.1
    done
    fail "$1: left $left, right $right"
}

for renderer in '' software opengl; do
    export SDL_RENDER_DRIVER=$renderer
    for filter in sharp nearest linear crt; do
        start -fda halves.img -filter $filter
        await_halves "renderer '$renderer', filter $filter"
        stop
    done
done
unset SDL_RENDER_DRIVER

# 4:3 in the middle of a wide window, and all of it with -scale free.
printf 'width = 1200\nheight = 600\n' >state/ferrite/window.ini
start -fda halves.img
await_halves "a wide window"
[ "$(at 100 300)" = 000000 ] || fail "nothing is black beside a picture of 4:3"
near "$(at 220 300)" aa0000 || fail "the picture is too small"
stop
start -fda halves.img -scale free
await_halves "-scale free"
near "$(at 5 300)" aa0000 || fail "-scale free leaves something free"
stop

# What the middle shows while modes change: white or grey, and never anything else.
printf '\n' >state/ferrite/window.ini
start -fda modes.img
for _ in $(seq 900); do
    look
    [ "$(at $((WIDTH / 2)) $((HEIGHT / 2)))" != ffffff ] || break
    sleep 0.1
done
white=0
grey=0
for _ in $(seq 60); do
    look
    case $(at $((WIDTH / 2)) $((HEIGHT / 2))) in
    ffffff) white=$((white + 1)) ;;
    aaaaaa) grey=$((grey + 1)) ;;
    *) fail "a frame with $(at $((WIDTH / 2)) $((HEIGHT / 2))) between two modes" ;;
    esac
done
if [ $white -eq 0 ] || [ $grey -eq 0 ]; then
    fail "$white white and $grey grey frames: no change of mode"
fi
stop
echo "renderers, filters, places, changes of mode: well"
