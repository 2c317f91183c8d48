#!/bin/bash
# sound_card.sh FERRITE - a guest plays through its Sound Blaster 16 and MPU-401: every sample of five
# seconds is in the WAV file, in order; two runs give the same bytes, and so does one that goes on
# from a snapshot; who listens is nothing to the guest.
# no sanitizers
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm

fail() {
    echo "FAILED: $1"
    exit 1
}

nasm -f bin -Wall -Werror -o boot.img "$root/tests/guest/sound_card.asm"
truncate -s 1474560 boot.img
printf 'wait-text "45 done" 20\nsleep 0.1\nquit\n' >play.script
printf 'sleep 3\nstate-hash hash\nsnapshot save middle\nwait-text "45 done" 20\nsleep 0.1\nquit\n' >save.script
printf 'sleep 3\nstate-hash deaf\nquit\n' >deaf.script

play() {
    "$ferrite" -display none -fda boot.img -device sound,rate=44100 "$@" >/dev/null
}

play -audio wav:a.wav -midi file:a.mid -script play.script
play -audio wav:b.wav -midi file:b.mid -script save.script
play -audio wav:c.wav -loadvm middle -script play.script
play -script deaf.script
cmp a.wav b.wav || fail "two runs differ"
cmp a.mid b.mid || fail "MIDI of two runs differs"
tail -c +45 c.wav >c.raw
tail -c "$(stat -c %s c.raw)" a.wav | cmp - c.raw || fail "the snapshot goes on with other sound"
cmp hash deaf || fail "the guest knows that somebody listens"

# A ramp of 15 bits, the same on both sides, from its first 1 on: 60 blocks of 4096.
tail -c +45 a.wav | od -An -v -t d2 -w4 | awk '
    n == 0 && $1 == 0 { next }
    n < 60 * 4096 - 1 { n++; if ($1 != n % 32768 || $2 != $1) { print "sample", n, $1, $2; bad = 1; exit } }
    END { if (n != 60 * 4096 - 1) { print n, "samples"; bad = 1 } exit bad }' || fail "the ramp"

midi=$(od -An -v -t x1 a.mid | tr -d ' \n')
case $midi in
4d546864*903c7f*803c4000ff2f00) ;;
*) fail "the MIDI file: $midi" ;;
esac
echo "sound as it was played"
