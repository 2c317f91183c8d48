#!/bin/bash
# window_lost.sh FERRITE - a window that is destroyed ends no machine. The X server dies under one:
# the program ends at once, what the machine was is in a file, from which it goes on, and its disks
# are closed in order.
# no sanitizers: the window's other tests are enough of them
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
# shellcheck source=tests/guest/window.inc.bash
. "$here/window.inc.bash"

# Counts and shows how often a key was pressed, without an end, and says each on port E9h by a line.
cat >count.asm <<'ASM'
org 0x7c00
bits 16
    mov ax, 0x0e21
    mov bx, 7
    int 0x10
    out 0xe9, al
    mov al, 10
    out 0xe9, al
    xor ax, ax
    int 0x16
    jmp $$
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -o count.img count.asm
truncate -s 163840 count.img
# counted N: until the guest has said so many.
counted() {
    for _ in $(seq 900); do
        [ "$(grep -c '!' runs 2>/dev/null)" != "$1" ] || return 0
        sleep 0.1
    done
    fail "the guest has counted $(grep -c '!' runs) and not $1"
}

for renderer in software opengl; do
    rm -rf state
    rm -f runs
    SDL_RENDER_DRIVER=$renderer timeout 280 "$ferrite" -fda count.img -debugcon file:runs >out 2>err &
    machine=$!
    for _ in $(seq 900); do
        window=$(xdotool search --name '^Ferrite' 2>/dev/null | head -n 1) && [ -n "$window" ] && break
        sleep 0.1
    done
    [ -n "$window" ] || fail "no window"
    xdotool windowfocus --sync "$window" || true
    counted 1
    for n in 2 3 4; do
        xdotool key a
        counted $n
    done
    signal KILL "$xvfb"
    wait "$xvfb" 2>/dev/null || true
    status=0
    wait "$machine" || status=$?
    [ "$status" -eq 1 ] || fail "$renderer: status $status"
    grep -q 'the window is lost.*The machine was saved in .*lost.state' err || fail "$renderer: it is not said"
    state=$(find state -name lost.state)
    [ "$(grep -c 'window is lost' err)" -eq 1 ] || fail "$renderer: it is kept more than once"
    [ -s "$state" ] || fail "$renderer: no state"
    [ -s "$(find state -name lost.png)" ] || fail "$renderer: no thumbnail"
    # The diskette is closed, and the machine goes on where it was: three keys, one more.
    printf '%s\n' 'assert-text "!!!!"' 'refute-text "!!!!!"' 'key b' 'wait-text "!!!!!"' >script
    "$ferrite" -display none -fda count.img -loadvm "$state" -script script >out 2>err ||
        fail "$renderer: the state is not where it was"
    start_server
done

# A guest that keeps the machine's thread waking the window's, which goes through the server, too; and
# a signal beside it, as at the end of a session: always the signal's own status, and no crash. A
# signal behind it may find the machine saved and gone.
cat >busy.asm <<'ASM'
org 0x7c00
bits 16
    mov ax, 0x13
    int 0x10
    mov ax, 0xa000
    mov es, ax
    mov al, '!' ; it runs
    out 0xe9, al
again:
    xor di, di
    mov cx, 64000
    inc bl
    mov al, bl
    rep stosb
    jmp again
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -o busy.img busy.asm
truncate -s 163840 busy.img
for order in server both signal; do
    rm -rf state
    rm -f runs
    timeout 280 "$ferrite" -fda busy.img -snapshot -debugcon file:runs >out 2>err &
    machine=$!
    await '!' runs "the guest does not start"
    sleep 0.$((RANDOM % 5))
    [ $order != signal ] || signal TERM "$machine"
    signal KILL "$xvfb"
    [ $order != both ] || signal TERM "$machine" || true
    wait "$xvfb" 2>/dev/null || true
    status=0
    wait "$machine" || status=$?
    case $order in
    server) wanted=1 ;;
    both) wanted='1|143' ;;
    signal) wanted=143 ;;
    esac
    [[ $status =~ ^($wanted)$ ]] || fail "$order: status $status"
    [ "$status" -ne 1 ] || [ -s "$(find state -name lost.state)" ] || fail "$order: no state"
    start_server
done

# Somebody destroys the window under the program, which goes on asking the server to show pictures in
# it: what the server refuses ends no machine, nor does what it refuses while SDL shuts down.
for _ in 1 2 3; do
    rm -rf state
    rm -f runs
    timeout 280 "$ferrite" -fda busy.img -snapshot -debugcon file:runs >out 2>err &
    machine=$!
    await '!' runs "the guest does not start"
    xdotool windowclose "$(xdotool search --name '^Ferrite' | head -n 1)"
    await 'refused a request' err "the server has refused nothing"
    sleep 0.5
    signal TERM "$machine" || fail "a request that is refused has ended the machine: $(cat err)"
    status=0
    wait "$machine" || status=$?
    [ "$status" -eq 143 ] || fail "behind a refused request: status $status"
done
echo "all right"
