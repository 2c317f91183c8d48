#!/bin/bash
# bios_usb_stall.sh FERRITE - the built-in BIOS goes on with a USB stick that stalls, has lost its place, or
# has been left in mid-command (bios_usb_stall.asm).
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
nasm -f bin -Wall -Werror -I "$here/" -o floppy.img "$here/bios_usb_stall.asm"
truncate -s 1440K floppy.img
printf 'USB ' >usb.img
truncate -s 8M usb.img
printf 'TEN ' | dd of=usb.img bs=512 seek=9 conv=notrunc status=none
status=0
timeout 100 "$ferrite" "${extra[@]}" -display none -m 8 -boot a -fda floppy.img -hdb usb.img \
    -device "usb-disk,disk=hdb" -debugcon file:console.txt </dev/null || status=$?
grep -v '^ok ' console.txt || true
echo "$(grep -c '^ok ' console.txt) checks passed"
[ "$status" -eq 1 ]
grep -q '^ALL PASSED' console.txt
