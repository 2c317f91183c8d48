#!/bin/bash
# floppy_sizes.sh FERRITE - a boot sector in images of every size up to 2.88M starts, reads its last
# sector through INT 13h by the geometry of its BIOS parameter block, and a write behind the end of
# a short file makes it longer.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
failures=0

# Reads cylinder 79, side 1, sector SPT, says its first byte, writes 'w' to that sector and exits.
cat >boot.asm <<'TEXT'
org 7C00h
    jmp short start
    nop
    db "FERRITE "
    dw 512
    db 1
    dw 1
    db 2
    dw 224, SPT*160
    db 0F0h
    dw 9, SPT, 2
    times 3Eh-($-$$) db 0
start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov al, 'K'
    out 0E9h, al
    mov bx, 8000h
    mov cx, 4F00h+SPT
    mov dx, 0100h
    mov ax, 0201h
    int 13h
    jc failed
    mov al, [8000h]
    add al, '0'
    out 0E9h, al
    mov byte [8000h], 'w'-'0'
    mov ax, 0301h
    int 13h
    jc failed
    mov al, 'W'
    jmp short done
failed:
    mov al, 'F'
done:
    out 0E9h, al
    mov dx, 0F4h
    mov al, 0
    out dx, al
    hlt
    times 510-($-$$) db 0
    dw 0AA55h
TEXT

# boots SPT SIZE [ARGUMENT]... : what the guest says.
boots() {
    local spt=$1 size=$2
    shift 2
    nasm -f bin -DSPT="$spt" -o boot.img boot.asm
    truncate -s "$size" boot.img
    timeout 60 "$ferrite" -display none -fda boot.img -debugcon file:said "$@" >out 2>err \
        </dev/null || true
    tr -d '\0' <said
}

# expect WHAT GOT FOR
expect() {
    if [ "$1" != "$2" ]; then
        echo "FAILED: $3: \"$2\" where \"$1\" was expected"
        cat err
        failures=1
    fi
}

for row in 9:512 9:737280 10:819200 15:1000 15:1228800 18:512 18:1474048 18:1474560 20:1638400 \
    21:1720320 22:1802240 23:1884160 23:100000 24:1966080 36:512 36:2949120; do
    expect K0W "$(boots "${row%:*}" "${row#*:}" -snapshot)" "${row#*:} bytes of ${row%:*} sectors"
    if [ "$(stat -c %s boot.img)" != "${row#*:}" ]; then
        echo "FAILED: -snapshot changed the size of the file"
        failures=1
    fi
done
expect K0W "$(boots 18 100000)" "100000 bytes"
grep -q 'boot.img: 100000 bytes.*grows' err || {
    echo "FAILED: no word about the file that grows: $(cat err)"
    failures=1
}
if [ "$(stat -c %s boot.img)" != 1474560 ] || [ "$(tail -c 512 boot.img | head -c 1)" != G ]; then
    echo "FAILED: what the guest wrote behind the end is not in the file"
    failures=1
fi
exit "$failures"
