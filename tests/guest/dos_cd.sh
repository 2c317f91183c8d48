#!/bin/bash
# dos_cd.sh FERRITE - a CD under ferrite dos: what programs ask of MSCDEX and of a CD-ROM drive's driver,
# files, sound; an image as PATH; letters.
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
image=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm xorriso python3
[ -e "$image" ] || { echo "SKIPPED: needs $image (ferrite get freedos fetches the like)"; exit 77; }
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state
failures=0
fail() {
    echo "FAILED: $1"
    for file in said err; do
        [ ! -s $file ] || sed "s/^/  $file: /" $file
    done
    failures=$((failures + 1))
}
options=()
dos() { # STATUS ARGUMENT...
    local expected=$1 status=0
    shift
    timeout 100 "$ferrite" dos -display none -dos "$image" -debugcon file:said -limit guest=60 -echo \
        "${options[@]}" "$@" </dev/null >out 2>err || status=$?
    [ "$status" -eq "$expected" ] || fail "dos ${options[*]} $*: status $status, expected $expected"
}

mkdir -p files/SUB game
printf 'hello from a CD\r\n' >files/README.TXT
printf 'a long one' >'files/SUB/a long file name.text'
nasm -f bin -Wall -Werror -o game/CD.COM "$root/tests/guest/dos_cd.asm"
cp game/CD.COM files/SUB/ONCD.COM
printf '@echo off\r\ntype a_long_f.tex > d:\\GOT.TXT\r\ncopy e:\\readme.txt d:\\ > nul\r\n' >files/SUB/GO.BAT
(cd files && xorriso -as mkisofs -quiet -iso-level 4 -V SAMPLE -copyright README.TXT -o ../game/disc.iso . 2>/dev/null)
blocks=$(($(stat -c %s game/disc.iso) / 2048))
head -c $((225 * 2352)) < <(yes abc) >game/audio.bin
cat >game/disc.cue <<'END'
FILE "disc.iso" BINARY
  TRACK 01 MODE1/2048
    INDEX 01 00:00:00
FILE "audio.bin" BINARY
  TRACK 02 AUDIO
    INDEX 01 00:00:00
END

# ---- what programs ask ----
le32() { # BLOCKS: as bytes
    printf '%02X%02X%02X%02X' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24))
}
red() { # BLOCK: as frame, second, minute
    printf '%02X%02X%02X00' $((($1 + 150) % 75)) $((($1 + 150) / 75 % 60)) $((($1 + 150) / 4500))
}
options=(-audio wav:sound.wav)
dos 0 -cdrom game/disc.cue game/CD.COM
options=()
sed 's/ *$//' said >said.cut
cat >expected <<END
installed: 0001 0004
driver: 00 MSCD001 0105
is a drive: ADAD 05AD
is D: one: 0000
version: 0217
letters: 04
preference: 0100
copyright: README_TXT
descriptor: 0001 SAMPLE
last descriptor: 00FF
block 16: 014344303031
behind the end: carry 0015
record: 0001 11000000 0C524541444D452E5458543B31
record in a form: 000811000000 0A524541444D452E545854 0100
no record: carry 0002
request to D:: carry 000F
status: 0100 16030000
sector size: 0100 000008
raw sector size: 0100 013009
size: 0100 $(le32 $((blocks + 225)))
changed: 0100 01
disc: 0100 0102$(red $((blocks + 225)))
track 1: 0100 010002000040
track 2: 0100 02$(red "$blocks")00
no track 3: 8108
channels: 0100 00FF01FF02000300
no code: 8103
no command: 8103
read: 0100
is: 014344303031
read raw: 0100
is: 00FFFFFFFFFFFFFFFFFFFF0000021601014344303031
play: 0300
plays: 0300
Q: 0300 010201
relative minute: 00 second: FFFF
stop: 0100
pauses: 0100 0100
resume: 0300
plays on: 0300 0000$(red "$blocks")
has ended: 0100 0000
play data: 8108
loudness: 0100
channels now: 0100 01FF008002000300
files: hello from a CD000D
write: carry 0005 carry 0005
search:  README.TXT SUB
attribute: 0001
space: 0000 0800 $(printf %04X $((blocks + 225)))
remote: 1000
by its name: $(le32 $((blocks + 225)))
END
diff expected said.cut >differs || fail "$(cat differs)"
# Two seconds of "abc" and a line's end are heard, as they are on the disc.
head -c 4096 < <(yes abc) >heard
grep -qFa "$(cat heard)" <(head -c 1000000 sound.wav) || fail "the track was not heard"

# ---- an image as PATH, letters ----
dos 0 game/disc.cue sub/oncd
grep -q '^files: hello' said || fail "a program on the CD"
dos 0 game/disc.iso SUB/GO
[ "$(cat game/GOT.TXT)" = "a long one" ] || fail "a batch file on the CD"
cmp game/README.TXT files/README.TXT || fail "a copy from the CD"
cp game/audio.bin game/both.bin
dos 126 game/both.bin
sed 's/disc.iso/both.bin/; s/2048/2352/' game/disc.cue >game/both.cue
python3 - <<'END'
data = open("game/disc.iso", "rb").read()
with open("game/both.bin", "wb") as out:
    for n in range(len(data) // 2048):
        m, s, f = (n + 150) // 4500, (n + 150) // 75 % 60, (n + 150) % 75
        bcd = bytes(v // 10 << 4 | v % 10 for v in (m, s, f))
        out.write(b"\0" + b"\xff" * 10 + b"\0" + bcd + b"\1" + data[n * 2048 : n * 2048 + 2048] + bytes(288))
END
dos 0 game/both.bin CD.COM # which is beside the image
grep -q '^track 2: 0100' said || fail "raw sectors with a cue sheet beside them"
dos 127 game/disc.iso NONE.EXE
refused() { # PATTERN ARGUMENT...
    local pattern=$1
    shift
    dos 2 "$@"
    grep -q "$pattern" err || fail "dos $*: no \"$pattern\""
}
refused 'no CD' -cd-letter F game/CD.COM
refused "the program's folder" -cd-letter D -cdrom game/disc.iso game/CD.COM
refused 'one drive' -cdrom game/disc.iso game/disc.iso
refused 'what DOS starts from' -share x=files,letter=C game/CD.COM
printf 'dir /b g:\\ > d:\\G.TXT\r\ndir /b e:\\ > d:\\E.TXT\r\n' >game/LOOK.BAT
dos 0 -cd-letter G -cdrom game/disc.iso -share other=game game/LOOK.BAT
grep -qi '^SUB' game/G.TXT || fail "-cd-letter: $(cat game/G.TXT)"
grep -qi 'CD.COM' game/E.TXT || fail "the share's letter: $(cat game/E.TXT)"

# ---- another disc under an open file: its bytes are not those of the file ----
cat >open.asm <<'ASM'
org 0x100
bits 16
    mov ax, 0x2524 ; errors that DOS would ask about fail
    mov dx, fails
    int 0x21
    mov ax, 0x3d00
    mov dx, name
    int 0x21
    jc ends
    mov bx, ax
    xor ax, ax ; until a key comes
    int 0x16
    mov ah, 0x3f
    mov cx, 16
    mov dx, 0x200
    int 0x21
    jc ends
    xor al, al
ends:
    mov ah, 0x4c
    int 0x21
fails:
    mov al, 3
    iret
name: db 'E:\README.TXT', 0
ASM
nasm -f bin -o game/OPEN.COM open.asm
(cd files && xorriso -as mkisofs -quiet -iso-level 4 -V OTHER -o ../game/other.iso . 2>/dev/null)
printf '%s\n' 'sleep 3' 'insert cd game/disc.iso' 'sleep 0.5' 'key a' 'sleep 20' >same
printf '%s\n' 'sleep 3' 'insert cd game/other.iso' 'sleep 0.5' 'key a' 'sleep 20' >other
dos 0 -script same -cdrom game/disc.iso game/OPEN.COM
dos 34 -script other -cdrom game/disc.iso game/OPEN.COM

# ---- again, from a recording ----
dos 0 -record run.fer -cdrom game/disc.iso game/LOOK.BAT
timeout 100 "$ferrite" replay run.fer >out 2>&1 </dev/null || fail "replay: $(cat out)"
[ "$failures" -eq 0 ] || exit 1
