#!/bin/bash
# recording.sh FERRITE - a run with keys, mouse, a serial line, a diskette that is changed, a reset, a
# change of speed and the host's clock is recorded, and replayed in another process to the same
# hashes: whole, from a snapshot on, after having been taken back; what is damaged or not the same is
# refused in words.
set -euo pipefail
ferrite=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0

fail() {
    echo "FAILED: $1"
    [ ! -s err ] || sed 's/^/  /' err
    failures=$((failures + 1))
}

# Sums up sectors of the diskette, keys and what the serial line says, round and round.
cat >busy.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7c00
    sti
    xor bp, bp
again:
    mov ax, 0x0201
    mov bx, 0x8000
    mov cx, 0x0003
    xor dx, dx
    int 0x13
    adc bp, [0x8000]
    mov ah, 1
    int 0x16
    jz line
    xor ax, ax
    int 0x16
    add bp, ax
    mov ah, 0x0e
    int 0x10
line:
    mov dx, 0x3fd
    in al, dx
    test al, 1
    jz tick
    mov dx, 0x3f8
    in al, dx
    add bp, ax
    mov ah, 0x0e
    int 0x10
tick:
    mov al, 0
    out 0x70, al
    in al, 0x71
    add bp, ax
    mov [0x9000], bp
    hlt
    jmp again
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -o a.img busy.asm
truncate -s 163840 a.img
cp a.img b.img
printf 'another diskette' | dd of=b.img bs=512 seek=2 conv=notrunc status=none

cat >s <<'S'
sleep 0.5
key x
type-serial "hello"
sleep 0.3
mouse-move 5 3
snapshot save mid.snap
key y
sleep 0.3
insert fda b.img
sleep 0.4
speed 20
sleep 0.1
speed 486-66
sleep 0.1
speed 20
key z
sleep 0.3
reset
sleep 0.5
type-serial "again"
sleep 0.4
eject fda
sleep 0.2
S
machine=(-fda a.img -m 4 -snapshot -rtc base=localtime -serial null -d hash -D log -stats)
run() { # OPTION... : status and err; what -stats says of the guest in `told`
    status=0
    timeout 100 "$ferrite" "$@" >out 2>err </dev/null || status=$?
    grep -E '^(instructions|guest seconds|trace hash)' err >told || true
}

run "${machine[@]}" -display none -script s -record run.rec
[ "$status" -eq 0 ] || fail "recording: status $status"
cp told recorded
# Nobody notices that it is recorded; the host's clock is what it was then.
run "${machine[@]}" -display none -replay run.rec
[ "$status" -eq 0 ] || fail "replay: status $status"
cmp -s told recorded || fail 'the replay is another run'
grep -q 'state hash [0-9a-f]* as recorded' err || fail 'no verdict'
sleep 1.1
run replay run.rec -display none -jit off -d hash -D log -stats
[ "$status" -eq 0 ] || fail "ferrite replay: status $status"
cmp -s told recorded || fail 'ferrite replay is another run'
# From the middle on.
run "${machine[@]}" -display none -loadvm mid.snap -replay run.rec
[ "$status" -eq 0 ] || fail "from a snapshot: status $status"
cmp -s told recorded || fail 'from a snapshot on it is another run'

# A recording that begins with a snapshot, in which the machine is taken back.
printf '%s\n' 'sleep 0.5' 'key a' 'sleep 0.5' 'key b' 'sleep 0.5' 'rewind 0.7' 'key c' 'sleep 0.3' \
    'snapshot load mid.snap' 'key d' 'sleep 0.2' >s
run "${machine[@]}" -display none -loadvm mid.snap -rewind 16 -script s -record back.rec
[ "$status" -eq 0 ] || fail "taken back: status $status"
cp told recorded
run replay back.rec -display none -d hash -D log -stats
[ "$status" -eq 0 ] || fail "taken back, replay: status $status"
cmp -s told recorded || fail 'taken back, the replay is another run'

# ---- what is refused ----
refused() { # WORDS WHAT
    [ "$status" -eq 2 ] || fail "$2: status $status"
    grep -q "$1" err || fail "$2: no \"$1\""
}
cp b.img keep.img
printf 'x' | dd of=b.img bs=512 seek=5 conv=notrunc status=none
run replay run.rec -display none
refused 'b.img is not the file that this was recorded with' 'another image'
rm b.img
run replay run.rec -display none
refused 'recorded with a file that is not there' 'no image'
mv keep.img b.img
run -fda b.img -m 4 -snapshot -display none -replay run.rec
refused 'b.img is not the file that this was recorded with' 'another machine'
run -fda a.img -m 8 -snapshot -display none -rtc base=localtime -serial null -replay run.rec
refused 'not the machine that was recorded' 'more memory'
size=$(stat -c %s run.rec)
head -c $((size / 2)) run.rec >cut.rec
run replay cut.rec -display none
[ "$status" -eq 0 ] || fail "cut short: status $status"
grep -q 'where the recording breaks off' err || fail 'cut short'
head -c 300 run.rec >cut.rec
run replay cut.rec -display none
refused 'cut short' 'without a beginning'
cp run.rec bad.rec
printf '\xff' | dd of=bad.rec bs=1 seek=$((size / 2)) conv=notrunc status=none
run replay bad.rec -display none
refused 'the recording is damaged' 'a wrong byte'
run replay a.img -display none
refused 'not a recording' 'a foreign file'
run -fda a.img -display none -record x.rec -limit guest=1
refused 'wants -snapshot' 'disks that change'

[ "$failures" -eq 0 ] || exit 1
echo "all right"
