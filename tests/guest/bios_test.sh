#!/bin/bash
# bios_test.sh FERRITE - boot bios_test.asm on the built-in BIOS: every INT service a DOS program
# relies on, checked from inside the guest. The debug console tells what each check found.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm

nasm -f bin -Wall -Werror -I "$here/" -o test.bin "$here/bios_test.asm"
cp test.bin floppy.img && truncate -s 1440K floppy.img
truncate -s 20M hda.img
truncate -s 600M hdb.img
# 614 cylinders of 4 heads and 17 sectors; one partition from 0/1/1 to the end.
truncate -s $((614 * 4 * 17 * 512)) hdc.img
printf '\x80\x01\x01\x00\x04\x03\x91\x65\x11\x00\x00\x00\x07\xa3\x00\x00' |
    dd of=hdc.img bs=1 seek=446 conv=notrunc status=none
printf '\x55\xaa' | dd of=hdc.img bs=1 seek=510 conv=notrunc status=none
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
status=0
timeout 300 "$ferrite" "${extra[@]}" -display none -m 32 -fda floppy.img -hda hda.img -hdb hdb.img -hdc hdc.img \
    -debugcon file:console.txt </dev/null || status=$?
grep -v '^ok ' console.txt || true
echo "$(grep -c '^ok ' console.txt) checks passed"
# The guest leaves with 0 when all is well: (0 << 1) | 1.
[ "$status" -eq 1 ]
grep -q '^ALL PASSED' console.txt
