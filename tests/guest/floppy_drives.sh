#!/bin/bash
# floppy_drives.sh FERRITE - each usual diskette sits in a drive whose every sector the firmware
# reaches: ours, which steps twice for 40 tracks in a 1.2M drive, and SeaBIOS, which does not.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm

seabios=/usr/share/seabios/bios.bin
[ -e "$seabios" ] || echo "without SeaBIOS (apt install seabios)"
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
failed=0
for d in "160 8 1" "180 9 1" "320 8 2" "360 9 2" "720 9 2" "1200 15 2"; do
    read -r kb spt heads <<<"$d"
    nasm -f bin -Wall -Werror -DTOTAL=$((kb * 2)) -DSPT="$spt" -DHEADS="$heads" -o "$kb.img" "$here/floppy_drives.asm"
    for bios in "" "$seabios"; do
        [ -z "$bios" ] || [ -e "$bios" ] || continue
        rm -f said
        timeout 60 "$ferrite" "${extra[@]}" -display none -snapshot ${bios:+-bios "$bios"} -fda "$kb.img" \
            -debugcon file:said </dev/null >out 2>&1 || true
        # What SeaBIOS does at the end of a track is its own affair.
        expected=MK
        [ -z "$bios" ] || expected='M?K'
        if ! grep -qEx "$expected" said; then
            echo "${kb}K under ${bios:-our BIOS}: $(cat said)"
            failed=1
        fi
    done
done
exit $failed
