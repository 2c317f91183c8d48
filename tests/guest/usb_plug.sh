#!/bin/bash
# usb_plug.sh FERRITE - a USB stick is pulled out while the BIOS reads it, and put in again: reads fail
# soon, and work again after a reset; recorded, saved and loaded in between. One that is out when the
# machine starts is not there.
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
fail() {
    echo "FAILED: $1"
    cat out
    exit 1
}

# Reads a sector of disk 80h over and over. S: begins; G: the sector's right; E and the error's number.
boot_sector reader <<'ASM'
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7c00
    sti
    mov al, 'S'
    call say
again:
    mov word [0x8000], 0
    mov ax, 0x0201
    mov bx, 0x8000
    mov cx, 6
    mov dx, 0x0080
    int 0x13
    mov al, ah
    jc news
    xor al, al
    cmp word [0x8000], 'ok'
    jne $
news:
    cmp al, [last]
    je again
    mov [last], al
    test al, al
    jz good
    push ax
    mov al, 'E'
    call say
    pop ax
    push ax
    shr al, 4
    call digit
    pop ax
    and al, 15
    call digit
    jmp again
good:
    mov al, 'G'
    call say
    jmp again
digit:
    cmp al, 10
    sbb al, 0x69
    das
say:
    out 0xe9, al
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    ret
last: db 0xff
ASM
truncate -s 4M stick.img
printf ok | dd of=stick.img bs=512 seek=5 conv=notrunc status=none
machine=("${extra[@]}" -display none -m 8 -speed 20 -fda reader.img -snapshot -boot a -hdb stick.img
    -device "usb-disk,disk=hdb")

cat >pull.script <<'SCRIPT'
wait-text "SG" 30
drives hdb
unplug hdb
wait-text "SGE80" 20
drives hdb
snapshot save pulled
plug hdb
sleep 1
assert-text "SGE80"
reset
sleep 5
assert-text "SG"
refute-text "E80"
quit
SCRIPT
"$ferrite" "${machine[@]}" -record run.rec -debugcon file:said -script pull.script >out 2>&1 </dev/null ||
    fail "the run"
[ "$(cat said)" = "SGE80SG" ] || fail "it read $(cat said)"
[ "$(grep -c 'plugged: *yes' out)" -eq 1 ] || fail "drives, before"
[ "$(grep -c 'plugged: *no' out)" -eq 1 ] || fail "drives, after"
"$ferrite" replay run.rec >out 2>&1 </dev/null || fail "the replay"

# From the snapshot, whose stick is out; it cannot be pulled out again.
printf '%s\n' 'sleep 1' 'reset' 'wait-text "SE" 30' 'plug hdb' 'reset' 'sleep 5' 'assert-text "SG"' \
    'unplug hdb' 'quit' >load.script
"$ferrite" "${machine[@]}" -loadvm pulled -script load.script >out 2>&1 </dev/null || fail "from the snapshot"
# refused WORDS COMMAND...: one a line; the last of them fails, and says so.
refused() {
    local status=0
    printf '%s\n' "${@:2}" >refused.script
    "$ferrite" "${machine[@]}" -script refused.script >out 2>&1 </dev/null || status=$?
    [ $status -eq 2 ] || fail "$*: status $status"
    grep -q "refused.script:$(($# - 1)): .*$1" out || fail "$*: other words"
}
refused "the stick is not plugged in" "unplug hdb" "unplug hdb"
refused "the stick is plugged in already" "unplug hdb" "plug hdb" "plug hdb"
refused "hda is no USB stick" "unplug hda"

# Out from the start: the BIOS goes on without it.
printf '%s\n' 'unplug hdb' 'wait-text "none connected" 60' 'quit' >out.script
"$ferrite" "${machine[@]}" -boot u -script out.script >out 2>&1 </dev/null || fail "out from the start"
echo "a stick is pulled out and put in again"
