#!/bin/bash
# bios_usb.sh FERRITE - USB sticks by the built-in BIOS: INT 13h (bios_usb.asm), and their place in
# the boot order.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
sticks=(-device "usb-disk,disk=hdb" -device "usb-disk,disk=hdc")
one=("${sticks[@]:0:2}")

nasm -f bin -Wall -Werror -I "$here/" -o floppy.img "$here/bios_usb.asm"
truncate -s 1440K floppy.img
printf 'ATA ' >ata.img
printf 'USB ' >usb.img
printf KEPT >kept.img
truncate -s 8M ata.img kept.img
truncate -s 20M usb.img
printf LAST | dd of=usb.img bs=512 seek=40959 conv=notrunc status=none
status=0
timeout 100 "$ferrite" "${extra[@]}" -display none -fda floppy.img -hda ata.img -hdb usb.img \
    -drive file=kept.img,index=2,readonly=on "${sticks[@]}" -debugcon file:console.txt </dev/null || status=$?
grep -v '^ok ' console.txt || true
echo "$(grep -c '^ok ' console.txt) checks passed"
[ "$status" -eq 1 ]
grep -q '^ALL PASSED' console.txt
# What was written at cylinder 2, sector 5, is in the image there.
[ "$(dd if=usb.img bs=512 skip=$((2 * 16 * 63 + 4)) count=128 status=none | head -c 65535 | wc -c)" -eq 65535 ]
[ "$(dd if=usb.img bs=1 skip=$(((2 * 16 * 63 + 4) * 512)) count=4 status=none | od -An -tu1)" = "   7   8   9  10" ]

# A disk that says which one it is and whether DL is 80h; FAILING: then gives up.
system() { # FILE LETTER [FAILING]
    boot_sector system <<ASM
mov ax, 0x0e00 + '$2'
int 0x10
mov ax, 0x0e00 + '-'
cmp dl, 0x80
je .first
mov al, '?'
.first:
int 0x10
xor ax, ax
mov es, ax
mov bx, 0x8000
mov ax, 0x0201
mov cx, 1
mov dl, 0x80
int 0x13
mov ax, [es:0x8000 + 508]
mov ah, 0x0e
int 0x10
${3:+int 0x18}
hlt
jmp \$-1
times 508-(\$-\$\$) db 0
db '$2', 0
ASM
    cp --sparse=always system.img "$1"
    truncate -s 8M "$1"
}
says() { # TEXT ARGUMENT...
    printf 'wait-text "%s" 30\nquit 0\n' "$1" >script
    timeout 100 "$ferrite" "${extra[@]}" -display none -snapshot -script script "${@:2}" </dev/null
}
system ata.img A
system usb.img U
system failing.img F failing
truncate -s 8M blank.img
says "U-U" -hdb usb.img "${one[@]}"
says "A-A" -hda ata.img -hdb usb.img "${one[@]}"
says "U-U" -hda ata.img -hdb usb.img "${one[@]}" -boot u
says "F-FA-A" -hda ata.img -hdb failing.img "${one[@]}" -boot uc
says "A-A" -hda ata.img -hdb blank.img "${one[@]}" -boot uc
says "U-U" -hda ata.img -hdb usb.img -hdc failing.img "${sticks[@]}" -boot u
says "USB stick    none connected" -boot u
says "USB stick    none connected" -device usb-disk -device usb-tablet -boot u
says "USB stick    not bootable: no 55AAh" -hdb blank.img "${one[@]}" -boot u
# Once more by INT 19h, from the start.
sed -i 's/^int 0x18$/int 0x19/' system.asm
nasm -f bin -o again.img system.asm
truncate -s 8M again.img
says "F-FF-FF-F" -hda ata.img -hdb again.img "${one[@]}" -boot uc
echo "sticks start in their order"
