#!/bin/bash
# bios_cd.sh FERRITE - boot bios_cd.asm from CDs on the built-in BIOS: without emulation, in a
# diskette's place and in a disk's; and a CD that does not boot says why.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

printf REAL >floppy.img
truncate -s 1440K floppy.img
cp floppy.img hda.img
truncate -s 8M hda.img

for kind in 0 2 4; do
    nasm -f bin -Wall -Werror -I "$here/" -DKIND=$kind -o boot.bin "$here/bios_cd.asm"
    count=1
    [ $kind != 0 ] || count=$(($(stat -c %s boot.bin) / 512))
    nasm -f bin -Wall -Werror -DKIND=$kind -DCOUNT=$count -DIMAGE_FILE="'boot.bin'" -o cd.iso "$here/bios_cd_disc.asm"
    status=0
    timeout 100 "$ferrite" "${extra[@]}" -display none -snapshot -fda floppy.img -hda hda.img -cdrom cd.iso -boot d \
        -debugcon file:console.txt </dev/null || status=$?
    grep -v '^ok ' console.txt || true
    echo "kind $kind: $(grep -c '^ok ' console.txt) checks passed"
    [ "$status" -eq 1 ] || exit 1
    grep -q '^ALL PASSED' console.txt || exit 1
    [ $kind != 0 ] || grep -q 'a CD comes third' console.txt || exit 1
done

nasm -f bin -Wall -Werror -DKIND=0 -DCOUNT=1 -DNO_BOOT -DIMAGE_FILE="'boot.bin'" -o cd.iso "$here/bios_cd_disc.asm"
printf 'wait-text "not bootable: no El Torito boot record" 10\nquit 0\n' >script
timeout 100 "$ferrite" "${extra[@]}" -display none -cdrom cd.iso -boot d -script script </dev/null
