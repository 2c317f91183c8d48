#!/bin/bash
# cirrus_blits.sh FERRITE - thousands of random blits of the CL-GD5446, here and on QEMU's: the memory
# after each of them is the same. What the two do differently on purpose is in hw/video/README.md.
# long
# no sanitizers
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm qemu-system-x86:qemu-system-i386
cases=${CIRRUS_CASES:-3000}
seed=${CIRRUS_SEED:-0x2545F491}

assemble() { # FILE OPTION...
    nasm -f bin -Wall -Werror -DCASES="$cases" -DSEED="$seed" "${@:2}" -o "$1" "$here/cirrus_blits.asm"
    truncate -s 1440K "$1"
}
assemble ours.img
assemble qemu.img -DQEMU
timeout 1000 "$ferrite" -display none -m 8 -vga cirrus -fda ours.img -debugcon file:ours </dev/null || [ $? -eq 1 ]
status=0
timeout 1000 qemu-system-i386 -display none -m 8 -vga cirrus -drive file=qemu.img,format=raw,if=floppy \
    -debugcon file:qemu -global isa-debugcon.iobase=0xe9 -device isa-debug-exit,iobase=0xf4,iosize=1 </dev/null || status=$?
[ "$status" -eq 1 ] || { echo "FAILED: QEMU ended with $status"; exit 1; }
[ "$(wc -l <qemu)" -eq $((cases + 1)) ] || { echo "FAILED: QEMU did $(wc -l <qemu) lines"; exit 1; }
# number, GR30, GR32, GR33, GR2F, width, height, pitches, places, sum
if ! diff ours qemu >differences; then
    echo "FAILED: $(grep -c '^<' differences) of $cases blits are others than QEMU's (<: ours):"
    head -n 20 differences
    exit 1
fi
echo "$cases blits as QEMU's, $(cut -d' ' -f2,3 ours | sort -u | wc -l) combinations of mode and operation"
