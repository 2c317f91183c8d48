#!/bin/bash
# audio.sh FERRITE - what a machine sounds like: a guest that beeps at 1000 Hz, into a WAV file (the
# same bytes in every run, and across a snapshot), into a window's device (SDL's own to a file), on
# hosts without a device, with a full disk, and when the program is killed.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
export HOME=$work XDG_STATE_HOME=$work/state
failed() {
    echo "FAILED: $1" >&2
    cat err >&2 || true
    exit 1
}

# in al,61h; or al,3; out 61h,al; mov al,0b6h; out 43h,al; 1193 into 42h; hlt; jmp to the hlt
printf '\xe4\x61\x0c\x03\xe6\x61\xb0\xb6\xe6\x43\xb0\xa9\xe6\x42\xb0\x04\xe6\x42\xf4\xeb\xfd' >tone.img
truncate -s 510 tone.img
printf '\x55\xaa' >>tone.img
truncate -s 163840 tone.img

# run STATUS ARGUMENT...
run() {
    local expected=$1 status=0
    shift
    timeout 60 "$ferrite" -display none -fda tone.img "$@" >out 2>err </dev/null || status=$?
    [ "$status" = "$expected" ] || failed "$*: status $status, $expected expected"
}

# upward FILE SKIP: how often the left channel crosses zero upwards, and its largest value
upward() {
    od -An -v -td2 -w4 -j "$2" "$1" | awk '{ if (last < 0 && $1 >= 0) n++; last = $1
        if ($1 > most) most = $1 } END { print n + 0, most + 0 }'
}

run 124 -limit guest=3 -audio wav:a.wav
run 124 -limit guest=3 -audio wav:b.wav -speed 50
[ "$(stat -c %s a.wav)" -gt 570000 ] || failed "too little sound"
read -r crossings most < <(upward a.wav $((44 + 4 * 48000)))
# The last 6 ms are not complete when a run ends.
{ [ "$crossings" -gt 1980 ] && [ "$crossings" -lt 2000 ] && [ "$most" -gt 4000 ]; } ||
    failed "$crossings crossings in 2 s, $most high: 1000 Hz expected"
run 124 -limit guest=3 -audio wav:b.wav
cmp a.wav b.wav || failed "two runs, two sounds"

# Recorded by command, beside the whole; a snapshot in the middle, and on from it elsewhere.
cat >s.script <<'END'
advance 1.5
snapshot save s.state
audio wav part.wav
advance 1
audio stop
volume speaker 50
mute speaker
advance 0.5
sound
END
run 0 -audio none -script s.script
grep -q '"speaker"\|speaker' out || failed "sound does not list the speaker"
read -r crossings most < <(upward part.wav 44)
[ "$crossings" -ge 990 ] || failed "$crossings crossings in a part of 1 s"
# What is done on trial, or again, is not heard; where the past becomes the present, the file goes back.
run 0 -audio wav:whole.wav -script <(echo "advance 2")
printf '%s\n' 'advance 1' 'goto -0.3s' 'goto latest' 'advance 0.3' 'goto -0.2s' 'advance 0.3' \
    'advance 0.6' >back.script
run 0 -rewind 32 -audio wav:back.wav -script back.script
cmp whole.wav back.wav || failed "a machine that was taken back and forth sounds otherwise"
printf '%s\n' 'advance 1' 'goto -0.3s' live 'advance 0.5' 'rewind 0.2s' 'advance 1' >live.script
run 0 -rewind 32 -audio wav:live.wav -script live.script
[ "$(stat -c %s live.wav)" = "$(stat -c %s whole.wav)" ] || failed "the file has what has not been"
printf '\x40' | dd of=tone.img bs=1 seek=18 conv=notrunc status=none # inc ax instead of hlt
run 0 -audio wav:ahead.wav -script <(echo "advance 0.5")
printf '%s\n' 'advance 0.2' stop 'explain next' cont 'advance 0.3' >ahead.script
run 0 -rewind 32 -audio wav:tried.wav -script ahead.script
if grep -q 'not tried' out; then failed "the next instruction was not tried"; fi
cmp ahead.wav tried.wav || failed "an instruction that was tried is heard"
printf '\xf4' | dd of=tone.img bs=1 seek=18 conv=notrunc status=none

cat >t.script <<'END'
advance 1
snapshot save t.state
advance 2
END
run 0 -audio wav:whole.wav -script t.script
run 0 -audio wav:rest.wav -loadvm t.state -script <(echo "advance 2")
n=$(($(stat -c %s rest.wav) - 44))
cmp <(tail -c "$n" whole.wav) <(tail -c "$n" rest.wav) ||
    failed "a machine from a snapshot sounds other than the one it is from"

# What cannot be.
run 2 -audio sdl
grep -q 'goes with a window' err || failed "-audio sdl without a window: no word"
run 2 -audio wav:none/a.wav
grep -q 'none/a.wav' err || failed "a folder that is not there: no word"
run 2 -audio wav:tone.img
grep -q 'tone.img' err || failed "the guest's own disk: no word"
(
    ulimit -f 200
    trap '' XFSZ
    run 2 -limit guest=20 -audio wav:full.wav
)
grep -q 'full.wav' err || failed "a full disk: no word"

# Killed: all but the last third of a second can be played.
"$ferrite" -display none -fda tone.img -audio wav:killed.wav -speed 1 >out 2>err </dev/null &
victim=$!
for _ in $(seq 900); do
    [ "$(stat -c %s killed.wav 2>/dev/null || echo 0)" -gt 200000 ] && break
    sleep 0.1
done
signal KILL $victim
wait $victim 2>/dev/null || true
bytes=$(od -An -tu4 -j 40 -N 4 killed.wav | tr -d ' ')
{ [ "$bytes" -gt 150000 ] && [ $((bytes + 44)) -le "$(stat -c %s killed.wav)" ]; } ||
    failed "killed: the header says $bytes bytes"

# A window's sound, by SDL's driver that writes to a file.
if ! SDL_VIDEODRIVER=dummy timeout 60 "$ferrite" -fda tone.img -display sdl -audio none \
    -limit guest=0.1 >out 2>err; then
    grep -q 'limit' err || {
        echo "the window's sound is not tested: $(head -n 1 err)"
        exit 0
    }
fi
# shown DRIVER ARGUMENT...
shown() {
    local driver=$1 status=0
    shift
    rm -f dev.raw
    SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=$driver SDL_DISKAUDIOFILE=dev.raw timeout 100 "$ferrite" \
        -fda tone.img -display sdl -limit guest=3 "$@" >out 2>err || status=$?
    [ $status = 124 ] || failed "a window with sound driver $driver: status $status"
}
shown disk
[ "$(stat -c %s dev.raw)" -gt 200000 ] || failed "the window's device got nothing"
read -r crossings most < <(upward dev.raw 0)
{ [ "$crossings" -gt 500 ] && [ "$most" -gt 3000 ]; } ||
    failed "the window's device got no tone: $crossings crossings, $most high"
shown disk -audio none
[ ! -e dev.raw ] || failed "-audio none opens a device"
shown nonsense
[ "$(grep -c 'no sound' err)" = 1 ] || failed "no device: one line expected"
echo "all sounds as they should"
