#!/bin/bash
# recording.sh FERRITE - a run with keys, mouse, a serial line, a diskette that is changed, a reset, a
# change of speed and the host's clock is recorded, and replayed in another process to the same
# hashes: whole, from a snapshot on, after having been taken back; what is damaged or not the same is
# refused in words. Folders shown as disks, which the host changes; ferrite dos; with the images.
set -euo pipefail
ferrite=$(realpath "$1")
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
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
cp told recorded-run
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
grep -q "it had $(stat -c %s keep.img) bytes with SHA-256 $(sha256sum keep.img | cut -c1-64)" err ||
    fail 'it is not said which image'
mv a.img keep-a.img
run replay run.rec -display none
refused 'recorded with a file that is not there: .*/a.img' 'no diskette'
mv keep-a.img a.img
mv keep.img b.img
run -fda b.img -m 4 -snapshot -display none -replay run.rec
refused 'b.img is not the file that this was recorded with' 'another machine'
run -fda a.img -m 8 -snapshot -display none -rtc base=localtime -serial null -replay run.rec
refused 'not the machine that was recorded' 'more memory'
# Another version's: which one is said, for who has to find it.
if command -v python3 >/dev/null; then
    python3 -B - <<'PY'
import struct, zlib

data = open("run.rec", "rb").read()


def crc(of):
    return struct.pack("<I", zlib.crc32(of))


# The records: where each begins, its letter and contents; all as recording.h says.
records, at = [], 12
while at < len(data):
    head, size = data[at : at + 5], struct.unpack_from("<I", data, at + 1)[0]
    assert data[at + 5 : at + 7] == crc(head)[:2]
    assert data[at + 7 + size : at + 11 + size] == crc(data[at : at + 7 + size])
    records.append((at, head[:1], data[at + 7 : at + 7 + size]))
    at += 11 + size


def write(name, version, of, checked):
    with open(name, "wb") as out:
        out.write(data[:8] + struct.pack("<I", version))
        for letter, contents in of:
            record = letter + struct.pack("<I", len(contents))
            record += (crc(record)[:2] if checked else b"") + contents
            out.write(record + crc(record))


assert records[0][1] == b"V"  # the version, before all others
write("old.rec", 4, [(b"V", b"old")] + [r[1:] for r in records[1:]], True)
write("three.rec", 3, [r[1:] for r in records], False)
# A letter and a length, wrong by a bit each: of the first, of one in the middle, of the last.
n = 0
for at in records[0][0], records[len(records) // 2][0], records[-1][0]:
    for byte in range(7):
        bad = bytearray(data)
        bad[at + byte] ^= 1 << (at + byte) % 8
        open(f"head{n}.rec", "wb").write(bad)
        n += 1
PY
    run -fda a.img -m 8 -snapshot -display none -rtc base=localtime -serial null -replay old.rec
    refused 'not the machine that was recorded.*recorded by Ferrite old; this is [0-9.]*, commit' 'another version'
    for bad in head*.rec; do
        run replay "$bad" -display none
        refused 'the recording is damaged' "a damaged head, $bad"
    done
    run "${machine[@]}" -display none -replay three.rec
    [ "$status" -eq 0 ] || fail "format 3: status $status"
    cmp -s told recorded-run || fail 'a recording of format 3 is another run'
fi
size=$(stat -c %s run.rec)
head -c $((size / 2)) run.rec >cut.rec
run replay cut.rec -display none
[ "$status" -eq 0 ] || fail "cut short: status $status"
grep -q 'where the recording breaks off' err || fail 'cut short'
head -c 300 run.rec >cut.rec
run replay cut.rec -display none
refused 'cut short' 'without a beginning'
cp run.rec bad.rec
byte=$(od -An -tu1 -j $((size / 2)) -N 1 run.rec)
printf %b "\\x$(printf %x $((byte ^ 255)))" | dd of=bad.rec bs=1 seek=$((size / 2)) conv=notrunc status=none
run replay bad.rec -display none
refused 'the recording is damaged' 'a wrong byte'
run replay a.img -display none
refused 'not a recording' 'a foreign file'
run -fda a.img -display none -record x.rec -limit guest=1
refused 'wants -snapshot' 'disks that change'

# ---- folders shown as disks, which the host changes meanwhile ----
# Sums up the first sectors of both disks, round and round, and shows the sums.
cat >folders.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7c00
    sti
again:
    xor bp, bp
    mov word [where], 0
disk:
    mov si, packet
    mov ah, 0x42
    mov dl, 0x80
    int 0x13
    call sum
    inc word [where]
    cmp word [where], 120
    jb disk
    mov cx, 1
diskette:
    mov ax, 0x0201
    mov bx, 0x8000
    mov dx, 0x0001
    int 0x13
    call sum
    inc cx
    cmp cx, 18
    jbe diskette
    mov cx, 4
digit:
    rol bp, 4
    mov ax, bp
    and al, 15
    add al, 'a'
    mov ah, 0x0e
    int 0x10
    loop digit
    mov al, '.'
    int 0x10
    hlt
    jmp again
sum:
    adc bp, 0 ; an error
    pusha
    mov si, 0x8000
    mov cx, 256
.word:
    lodsw
    add bp, ax
    rol bp, 1
    loop .word
    mov [0x7000], bp
    popa
    mov bp, [0x7000]
    ret
packet: db 16, 0, 1, 0
    dw 0x8000, 0
where: dd 0, 0
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -o f.img folders.asm
truncate -s 163840 f.img
mkdir f g
seq 1 5000 >f/ONE.TXT
seq 1 900 >g/TWO.TXT
folders=(-drive 'file=f.img,if=floppy,readonly=on' -drive 'folder=f,rw=no'
    -drive 'folder=g,if=floppy,index=1' -m 4 -speed 5 -display none)
timeout 100 "$ferrite" "${folders[@]}" -record folder.rec -qmp unix:m.sock -stats >out 2>err </dev/null &
pid=$!
until [ -S m.sock ] || ! runs "$pid"; do sleep 0.02; done
ask() { timeout 60 "$ferrite" ctl m.sock "$@" >>ctl.out 2>&1 || fail "ctl $*: $(tail -n 1 ctl.out)"; }
ask wait-text '.' 20
ask stop
# In its place, so that the guest reads other bytes; and a diskette that is made anew.
seq 1001 9000 >nine
dd if=nine of=f/ONE.TXT bs="$(stat -c %s f/ONE.TXT)" count=1 conv=notrunc status=none
seq 7 900 >g/NEW.TXT
ask snapshot save folder.snap
ask refresh fdb
ask cont
ask sleep 0.5
rm f/ONE.TXT
ask sleep 0.3
ask quit
wait "$pid" || fail "folders: recording: status $?"
grep -E '^(instructions|guest seconds)' err >recorded
run "${folders[@]}" -replay folder.rec -stats
[ "$status" -eq 0 ] || fail "folders: replay: status $status"
cmp -s told recorded || fail 'folders: the replay is another run'
grep -q 'f: has changed since' err || fail 'folders: no word that the folder has changed'
run "${folders[@]}" -loadvm folder.snap -replay folder.rec -stats
[ "$status" -eq 0 ] || fail "folders: from a snapshot: status $status"
cmp -s told recorded || fail 'folders: from a snapshot on it is another run'
rm -r f g
run replay folder.rec -display none -stats
[ "$status" -eq 0 ] || fail "no folders: replay: status $status"
cmp -s told recorded || fail 'no folders: the replay is another run'

# ---- with the images in it, it is all that is needed ----
printf '%s\n' 'sleep 0.5' 'insert fda b.img' 'sleep 0.2' >s
mkdir there
run "${machine[@]}" -display none -script s -record there/all.rec,images=embed
[ "$status" -eq 0 ] || fail "embed: status $status"
cp told recorded
mv a.img b.img there
(
    cd there
    mkdir tmp
    rm a.img b.img
    TMPDIR=$PWD/tmp run replay all.rec -display none -d hash -D log -stats
    [ "$status" -eq 0 ] || fail "embed: replay: status $status"
    cmp -s told ../recorded || fail 'embed: the replay is another run'
    [ -z "$(ls tmp)" ] || fail "embed: left behind: $(ls tmp)"
    exit "$failures"
) || failures=$((failures + 1))

# ---- a cue sheet and its tracks: one medium ----
mkdir cd
seq 1 40000 >cd/data.iso
seq 1 5000 >cd/Sound.bin
truncate -s 204800 cd/data.iso
truncate -s 23520 cd/Sound.bin
printf '%s\n' 'FILE "data.iso" BINARY' ' TRACK 01 MODE1/2048' '  INDEX 01 00:00:00' \
    'FILE "sub\sound.BIN" BINARY' ' TRACK 02 AUDIO' '  INDEX 01 00:00:00' >cd/disc.cue
cp -r cd cd2
cp f.img disc.img
printf '%s\n' 'sleep 0.3' 'insert cdrom cd2/disc.cue' 'sleep 0.2' >s
disc=(-fda disc.img -cdrom cd/disc.cue -m 4 -snapshot -display none -stats)
run "${disc[@]}" -script s -record disc.rec
[ "$status" -eq 0 ] || fail "cue: status $status"
run "${disc[@]}" -script s -record there/disc.rec,images=embed
[ "$status" -eq 0 ] || fail "cue, embed: status $status"
cp told recorded
run replay disc.rec -display none -stats
[ "$status" -eq 0 ] || fail "cue: replay: status $status"
cmp -s told recorded || fail 'cue: the replay is another run'
printf 'x' | dd of=cd2/Sound.bin bs=1 seek=9 conv=notrunc status=none
run replay disc.rec -display none
refused 'Sound.bin is not the file that this was recorded with' 'another track'
rm cd2/Sound.bin
run replay disc.rec -display none
refused 'there is no file' 'no track'
mkdir cd/a && cp cd/Sound.bin cd/a && sed 's/data.iso/a\/Sound.bin/;s/MODE1.2048/AUDIO/' cd/disc.cue >cd/twice.cue
run -fda disc.img -cdrom cd/twice.cue -m 4 -snapshot -display none -limit guest=0.1 -record x.rec,images=embed
refused 'two files called Sound.bin' 'two of a name'
rm -r cd cd2 disc.img
(
    cd there
    TMPDIR=$PWD/tmp run replay disc.rec -display none -stats
    [ "$status" -eq 0 ] || fail "cue, embed: replay: status $status"
    cmp -s told ../recorded || fail 'cue, embed: the replay is another run'
    [ -z "$(ls tmp)" ] || fail "cue, embed: left behind: $(ls tmp)"
    exit "$failures"
) || failures=$((failures + 1))

[ "$failures" -eq 0 ] || exit 1
echo "all right"
