#!/bin/bash
# sound_cards.sh FERRITE - a guest finds an OPL3 and an UltraSound, and plays on both: what it says,
# what is heard, the same a second time and after a snapshot in mid-note, and the log of the OPL.
# no sanitizers
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
nasm -f bin -Wall -Werror -o floppy.img "$root/tests/guest/sound_cards.asm"
truncate -s 1440K floppy.img

# run NAME SCRIPT-LINES [OPTION...]: two machines of one kind.
run() {
    local name=$1
    printf '%b' "$2" >"$name.script"
    shift 2
    "$ferrite" -display none -fda floppy.img -sound none -device opl3,log="$name.vgm" -device gus \
        -debugcon file:"$name.said" -audio wav:"$name.wav" -script "$name.script" "$@" >"$name.out" 2>&1 ||
        { echo "FAILED: $name"; cat "$name.out"; exit 1; }
}

run whole 'sleep 1.5\nsnapshot save state.snap\nsleep 2.5\nquit\n'
want='opl3 banks 4 dma 1 saw voice 1 timer 4 end '
if [ "$(tr '\n' ' ' <whole.said)" != "$want" ]; then
    echo "FAILED: it says $(tr '\n' ' ' <whole.said)"
    exit 1
fi

run again 'sleep 1.5\nsnapshot save state2.snap\nsleep 2.5\nquit\n'
cmp whole.wav again.wav
cmp whole.vgm again.vgm

# From the snapshot on: the end of the one is that of the other. The first frames that are heard
# again belong to the time just before it.
run rest 'sleep 2.5\nquit\n' -loadvm state.snap
size=$(($(stat -c %s rest.wav) - 44))
[ "$size" -gt 400000 ] || { echo "FAILED: $size bytes of sound"; exit 1; }
tail -c $((size - 8000)) rest.wav >rest.tail
tail -c $((size - 8000)) whole.wav >whole.tail
cmp rest.tail whole.tail

# Something was heard: more than a thousand different samples. The log begins and ends as one.
kinds=$(head -c 400044 whole.wav | tail -c +45 | od -An -v -w4 -tx4 | sort -u | wc -l)
[ "$kinds" -gt 1000 ] || { echo "FAILED: $kinds different samples"; exit 1; }
if [ "$(head -c 3 whole.vgm)" != Vgm ] || [ "$(tail -c 1 whole.vgm)" != f ]; then # 66h ends it
    echo "FAILED: that is no log"
    exit 1
fi
echo "found, heard, and the same again"
