#!/bin/bash
# bios_services.sh FERRITE - boot bios_services.asm on the built-in BIOS: the functions that
# bios_test and bios_edges do not call, and what the printer and COM1 got from them.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm

nasm -f bin -Wall -Werror -I "$here/" -o floppy.img "$here/bios_services.asm"
truncate -s 1440K floppy.img
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
status=0
timeout 100 "$ferrite" "${extra[@]}" -display none -m 32 -fda floppy.img -serial file:com1.txt \
    -parallel file:lpt1.txt -debugcon file:console.txt </dev/null || status=$?
grep -v '^ok ' console.txt || true
echo "$(grep -c '^ok ' console.txt) checks passed"
# Four characters by INT 14h; one by INT 17h, then the screen by INT 05h: 25 lines of 80.
[ "$(cat com1.txt)" = "Wait" ] || { echo "FAILED: COM1 got something else"; exit 1; }
{ printf 'X\r\n%-80s\r\n' Hi; for _ in {2..25}; do printf '%80s\r\n' ''; done; } >expected.txt
cmp expected.txt lpt1.txt
[ "$status" -eq 1 ]
grep -q '^ALL PASSED' console.txt

# With nothing to start from, each device is named with its reason, once.
truncate -s 1M blank.img
cat >none.script <<'SCRIPT'
wait-text "then press Ctrl+Alt+Del" 20
assert-text "  Diskette A:  no disk in the drive"
assert-text "  Hard disk 0  not bootable: no 55AAh"
assert-text "  CD-ROM       no disc in the drive"
SCRIPT
timeout 100 "$ferrite" "${extra[@]}" -display none -hda blank.img -script none.script </dev/null
