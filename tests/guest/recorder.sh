#!/bin/bash
# recorder.sh FERRITE - a guest records what -audio-in and -midi-in bring: a tone of a WAV file at its
# pitch and level, a song's bytes; the same in a second run, from a snapshot, and in a replay of a
# recording, which does not have the files any more; silence when nothing is plugged in.
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

nasm -f bin -Wall -Werror -o boot.img "$root/tests/guest/recorder.asm"
truncate -s 1474560 boot.img
# A second of a square wave of 500 Hz between -8000 and 8000, at 44100 Hz, in mono.
LC_ALL=C awk 'BEGIN {
    printf "RIFF%c%c%c%cWAVEfmt ", 172, 88, 1, 0
    printf "%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c%c", 16, 0, 0, 0, 1, 0, 1, 0, 68, 172, 0, 0, 136, 88, 1, 0, 2, 0, 16, 0
    printf "data%c%c%c%c", 136, 88, 1, 0
    for (i = 0; i < 44100; i++) if (int(i * 1000 / 44100) % 2) printf "%c%c", 64, 31; else printf "%c%c", 192, 224
}' >tone.wav
# Notes at 0.25 and 0.5 seconds.
printf 'MThd\0\0\0\6\0\0\0\1\0\144MTrk\0\0\0\17\62\220\74\144\62\76\145\0\377\57\0\0\0\0\0' >song.mid
printf 'wait-text "done" 20\nsleep 0.1\nquit\n' >run.script
printf 'sleep 0.6\nsnapshot save middle\nwait-text "done" 20\nsleep 0.1\nquit\n' >save.script
inputs="-audio-in wav:tone.wav -midi-in file:song.mid"

run() {
    local said=$1
    shift
    "$ferrite" -display none -fda boot.img -snapshot -debugcon file:"$said" "$@" >out 2>&1 ||
        { cat out; fail "the run $said"; }
}

# shellcheck disable=SC2086
run a -script run.script -record a.rec $inputs
# shellcheck disable=SC2086
run b -script save.script $inputs
# shellcheck disable=SC2086
run c -loadvm middle -script run.script $inputs
run silent -script run.script
cmp a b || fail "two runs differ"
cmp a c || fail "the snapshot goes on with another recording"
rm tone.wav song.mid
"$ferrite" replay a.rec >replayed 2>&1 || { cat replayed; fail "the replay"; }

tail -c +32769 a | od -An -v -t x1 | tr -d ' \n' >midi
grep -q '^6d696469903c64903e65' midi || fail "MIDI: $(cat midi)"
head -c 32768 a | od -An -v -t d2 -w2 >words
LC_ALL=C awk '
    NR > 200 { rises += last <= 0 && $1 > 0; sum += $1 < 0 ? -$1 : $1; n++ }
    { last = $1 }
    END { hertz = rises * 22050 / n; level = sum / n
          if (hertz < 495 || hertz > 505 || level < 7500 || level > 8100) { print hertz, level; exit 1 } }' words ||
    fail "the tone"
[ "$(head -c 32768 silent | tr -d '\0' | wc -c)" = 0 ] || fail "no silence"
echo "what came in was recorded"
