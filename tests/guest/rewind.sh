#!/bin/bash
# rewind.sh FERRITE - going back to states that are kept in memory: how far, to what, in every run the
# same; the bound of the memory; and disks that were written to, which do not go back.
set -euo pipefail
ferrite=$(realpath "$1")
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

fail() {
    echo "FAILED: $1"
    [ ! -s err ] || sed 's/^/  /' err
    failures=$((failures + 1))
}

# A key W writes a sector of the first hard disk; each key is shown.
cat >keys.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7c00
next:
    xor ax, ax
    int 0x16
    cmp al, 'w'
    jne show
    push ax
    mov ax, 0x0301
    mov cx, 5
    mov dx, 0x80
    mov bx, 0x7c00
    int 0x13
    pop ax
show:
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    jmp next
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -o keys.img keys.asm
truncate -s 163840 keys.img
truncate -s 2M disk.img

options=()
script() {
    printf '%s\n' "$@" >s
    status=0
    timeout 100 "$ferrite" -display none -fda keys.img -hda disk.img -boot a "${extra[@]}" "${options[@]}" \
        -script s >out 2>err </dev/null || status=$?
}
well() { [ "$status" -eq 0 ] || fail "$1: status $status"; }
says() {
    [ "$status" -eq 2 ] || fail "$3: status $status"
    grep -qE -e "$2" "$1" || fail "$3: no \"$2\""
}

script 'sleep 1' 'rewind 1'
says err 'no states are kept here.*-rewind' 'without the option'

# ---- there and back ----
options=(-rewind 64)
script 'sleep 3' 'key a' 'sleep 3' 'key b' 'sleep 3' 'assert-text ab' 'rewind 4' 'assert-text a' 'refute-text ab' \
    'sleep 1' 'key c' 'sleep 1' 'assert-text ac' 'rewind 5' 'refute-text a' 'key d' 'sleep 2' 'assert-text d' \
    'rewind 0.5' 'rewind status' 'state-hash'
well 'there and back'
cp out first
script 'sleep 3' 'key a' 'sleep 3' 'key b' 'sleep 3' 'assert-text ab' 'rewind 4' 'assert-text a' 'refute-text ab' \
    'sleep 1' 'key c' 'sleep 1' 'assert-text ac' 'rewind 5' 'refute-text a' 'key d' 'sleep 2' 'assert-text d' \
    'rewind 0.5' 'rewind status' 'state-hash'
cmp -s first out || fail 'another run goes back to something else'
# A machine whose states are kept is the same as one without.
options=()
script 'sleep 3' 'key a' 'sleep 2.2' 'state-hash'
cp out plain
options=(-rewind 64)
script 'sleep 3' 'key a' 'sleep 2.2' 'state-hash'
cmp -s plain out || fail 'keeping states changes the machine'

# ---- every instant of the past, and the present again ----
script 'sleep 3' 'key a' 'sleep 1' 'goto 3s' 'refute-text a' 'rewind status' 'sleep 0.5' 'assert-text a' 'goto -100000' \
    'state-hash' 'goto latest' 'state-hash' 'key b' 'sleep 1' 'assert-text ab' 'goto -1.5s' 'key c'
says err 'the machine is in its past.*live' 'a key in the past'
cp out first
options=(-rewind 8)
script 'sleep 3' 'key a' 'sleep 1' 'goto 3s' 'refute-text a' 'rewind status' 'sleep 0.5' 'assert-text a' 'goto -100000' \
    'state-hash' 'goto latest' 'state-hash' 'key b' 'sleep 1' 'goto -1.5s' 'live' 'key c' 'sleep 0.5' 'assert-text ac'
well 'another present'
cmp -s <(grep -v '^bytes' first) <(grep -v '^bytes' out) || fail 'another past'
options=()
script 'sleep 3' 'key a' 'sleep 1' 'state-hash'
cmp -s out <(tail -n 2 first) || fail 'the present is not what it was'
options=(-rewind 64)
script 'sleep 3' 'goto 4s'
says err 'has not been there yet' 'the future'

# ---- bounds ----
script 'sleep 5' 'rewind 50'
says err 'rewind 50: one can go back [45]\.[0-9] s$' 'too far'
options=(-rewind 1)
script 'sleep 60' 'rewind status'
well 'little memory'
bytes=$(sed -n 's/^bytes: //p' out)
if [ "$bytes" -gt 1048576 ] || [ "$bytes" -lt 100000 ]; then fail "$bytes bytes in 1 MB"; fi
options=(-rewind many)
script 'sleep 1'
says err 'say megabytes' 'a wrong number'

# ---- disks ----
options=(-rewind 64)
script 'sleep 3' 'key w' 'sleep 3' 'rewind 5'
says err 'rewind 5: one can go back [0-3].* written to a disk' 'a disk that was written to'
script 'sleep 3' 'key w' 'sleep 3' 'key a' 'sleep 2' 'rewind 2.5' 'assert-text w' 'refute-text wa'
well 'after the disk was written to'
options=(-rewind 64 -snapshot)
script 'sleep 3' 'key w' 'sleep 3' 'rewind 5' 'refute-text w'
well 'a disk that goes back'

[ "$failures" -eq 0 ] || exit 1
echo "all right"
