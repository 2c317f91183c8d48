#!/bin/bash
# bios_test.sh FERRITE - boot bios_test.asm on the built-in BIOS: every INT service a DOS program
# relies on, checked from inside the guest. The debug console tells what each check found.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
command -v nasm >/dev/null || { echo "skipped: needs nasm (apt install nasm)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

nasm -f bin -Wall -Werror -o test.bin "$here/bios_test.asm"
cp test.bin floppy.img && truncate -s 1440K floppy.img
truncate -s 20M hda.img
truncate -s 600M hdb.img
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
status=0
timeout 300 "$ferrite" "${extra[@]}" -display none -m 32 -fda floppy.img -hda hda.img -hdb hdb.img \
    -debugcon file:console.txt </dev/null || status=$?
grep -v '^ok ' console.txt || true
echo "$(grep -c '^ok ' console.txt) checks passed"
# The guest leaves with 0 when all is well: (0 << 1) | 1.
[ "$status" -eq 1 ] && grep -q '^ALL PASSED' console.txt
