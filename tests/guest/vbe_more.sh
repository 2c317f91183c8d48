#!/bin/bash
# vbe_more.sh FERRITE - boot vbe_more.asm: what the VGA BIOS adds to the modes of VBE: text modes,
# mode 6Ah, the protected-mode interface, power management and the monitor's EDID.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

# run VGA CIRRUS: 1 for that adapter
run() {
    local status=0
    nasm -f bin -Wall -Werror -I "$here/" -DCIRRUS="$2" -o floppy.img "$here/vbe_more.asm"
    truncate -s 1440K floppy.img
    timeout 100 "$ferrite" "${extra[@]}" -display none -m 16 -vga "$1" -fda floppy.img \
        -debugcon file:console.txt </dev/null >out.txt 2>&1 || status=$?
    grep -v '^ok ' console.txt || true
    echo "$1: $(grep -c '^ok ' console.txt) checks passed, status $status"
    [ "$status" -eq 1 ] || { cat out.txt; exit 1; }
    grep -q '^ALL PASSED' console.txt || exit 1
}
run std 0
run cirrus 1
