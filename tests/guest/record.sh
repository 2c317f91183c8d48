#!/bin/bash
# record.sh FERRITE - video files: every picture is there, pixel by pixel and at its guest time, in
# every run the same however slow the encoder is; modes that change; and an encoder that is missing,
# dies, hangs or has no room. Decoded by ffmpeg.
# no sanitizers: tests/unit/test_capture.c is for those
# seconds: 475
set -euo pipefail
ferrite=$(realpath "$1")
for tool in ffmpeg ffprobe nasm; do
    command -v $tool >/dev/null || {
        echo "SKIPPED: needs $tool (apt-get install ffmpeg nasm)"
        exit 77
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

fail() {
    echo "FAILED: $1"
    [ ! -s err ] || sed 's/^/  /' err
    failures=$((failures + 1))
}

# Mode 13h; at each retrace another colour of the screen, counted in red and green. A key sets mode
# 12h (640 x 480), another one mode 3; the next one a picture that stays.
cat >colours.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov si, modes
set:
    lodsb
    test al, al
    jz still
    cbw
    int 0x10
frame:
    mov dx, 0x3da
.out:
    in al, dx
    test al, 8
    jnz .out
.in:
    in al, dx
    test al, 8
    jz .in
    mov dx, 0x3c8
    xor al, al
    out dx, al
    inc dx
    mov ax, bx
    and al, 63
    out dx, al
    mov ax, bx
    mov cl, 6
    shr ax, cl
    out dx, al
    xor al, al
    out dx, al
    inc bx
    mov ah, 1
    int 0x16
    jz frame
    xor ax, ax
    int 0x16
    jmp set
still:
    mov ax, 0x13
    int 0x10
    mov ax, 0xa000
    mov es, ax
    xor di, di
dots:
    mov ax, di
    xor al, ah
    stosb
    cmp di, 64000
    jb dots
    hlt
    jmp $ - 1
modes: db 0x13, 0x12, 3, 0
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -o colours.img colours.asm
truncate -s 163840 colours.img

# script NAME COMMAND...: one command a line; $options, $status.
options=()
script() {
    printf '%s\n' "$@" >s
    status=0
    timeout 100 "$ferrite" -display none -fda colours.img -boot a "${extra[@]}" "${options[@]}" -script s \
        >out 2>err </dev/null || status=$?
}
says() {
    [ "$status" -eq "$1" ] || fail "$3: status $status, expected $1"
    grep -qE -e "$2" err || fail "$3: no \"$2\""
}

# times FILE: of all pictures, in ms. sums FILE: what they are.
times() { ffprobe -v error -select_streams v -show_entries frame=pts -of csv=p=0 "$1" | tr -d ,; }
sums() { ffmpeg -v error -i "$1" -map 0:v -fps_mode passthrough -f framemd5 - | grep -v '^#' | awk '{print $NF}'; }
size() { ffprobe -v error -select_streams v -show_entries stream=width,height,display_aspect_ratio -of csv=p=0 "$1"; }

# ---- every picture, at its time ----
script 'sleep 1' 'record a.mkv' 'sleep 2' 'screenshot shot.png' 'record stop' 'record stop'
says 2 'record stop: nothing is being recorded' 'a recording'
[ "$(size a.mkv)" = '320,200,4:3' ] || [ "$(size a.mkv)" = '640,400,4:3' ] || fail "a.mkv is $(size a.mkv)"
times a.mkv >at.txt
# 70.086 a second: 140 or 141 in two seconds, the one at the beginning, and the end's.
n=$(wc -l <at.txt)
if [ "$n" -lt 140 ] || [ "$n" -gt 143 ]; then fail "$n pictures in 2 s of 70 Hz"; fi
awk 'NR == 1 && $1 != 0 { print "the first one is at " $1; bad = 1 }
    NR == 2 { first = $1 }
    NR > 2 && $1 < 2000 && ($1 - first - (NR - 2) * 14.2683) ^ 2 > 1.1 { print "picture " NR " is at " $1; bad = 1 }
    END { if ($1 != 2000) { print "the last one is at " $1; bad = 1 }; exit bad }' at.txt || fail 'times'
sums a.mkv >sums.txt
[ "$(uniq sums.txt | wc -l)" -ge $((n - 2)) ] || fail 'pictures are there twice'
script 'sleep 1' 'key x' 'key x' 'key x' 'sleep 1' 'record end.mkv' 'sleep 0.5' 'screenshot shot.png' 'record stop'
ffmpeg -v error -i shot.png -pix_fmt rgb24 -f rawvideo -y shot.rgb
ffmpeg -v error -i end.mkv -pix_fmt rgb24 -fps_mode passthrough -f rawvideo -y end.rgb
tail -c "$(stat -c %s shot.rgb)" end.rgb | cmp -s - shot.rgb || fail 'the last picture is not the screenshot'

# ---- the same in another run, with an encoder that comes late and reads slowly ----
real=$(command -v ffmpeg)
mkdir slow
cat >slow/ffmpeg <<END
#!/bin/bash
sleep 2
head -c 3000000 >first
sleep 1
cat first - | exec $real "\$@"
END
chmod +x slow/ffmpeg
PATH=$work/slow:$PATH script 'sleep 1' 'record slow.mkv' 'sleep 2' 'record stop'
[ "$status" -eq 0 ] || fail "a slow encoder: status $status"
sums slow.mkv | cmp -s - sums.txt || fail 'a slow encoder makes another video'
times slow.mkv | cmp -s - at.txt || fail 'a slow encoder makes other times'

# ---- sound: a square wave of 1000 Hz from the speaker, for a second of two; in step with -audio ----
cat >beep.asm <<'ASM'
org 0x7c00
bits 16
    mov al, 0xb6
    out 0x43, al
    mov ax, 1193
    out 0x42, al
    mov al, ah
    out 0x42, al
    mov ah, 0x86 ; wait half a second
    mov cx, 7
    mov dx, 0xa120
    int 0x15
    in al, 0x61
    or al, 3
    out 0x61, al
    mov ah, 0x86
    mov cx, 15
    mov dx, 0x4240
    int 0x15
    in al, 0x61
    and al, 0xfc
    out 0x61, al
    hlt
    jmp $ - 1
    times 510-($-$$) db 0
    dw 0xaa55
ASM
nasm -f bin -o beep.img beep.asm
truncate -s 163840 beep.img
cp colours.img keep.img
cp beep.img colours.img
options=(-audio wav:beep.wav)
script 'record beep.mkv' 'sleep 3' 'record stop'
[ "$status" -eq 0 ] || fail "sound: status $status"
decode() { ffmpeg -v error -i "$1" -map 0:a -f s16le -ac 2 -; }
for part in beep.mkv beep-?.mkv; do [ ! -e "$part" ] || decode "$part"; done >beep.pcm
decode beep.wav >wav.pcm
cmp -n "$(stat -c %s beep.pcm)" beep.pcm wav.pcm || fail 'not the sound of -audio'
awk 'BEGIN { exit !('"$(stat -c %s beep.pcm)"' > 3 * 48000 * 4 - 8000) }' || fail "$(stat -c %s beep.pcm) bytes of sound in 3 s"
[ "$(od -An -v -td2 beep.pcm | tr -s ' ' '\n' | awk '$1 > 1000 || $1 < -1000' | wc -l)" -gt 40000 ] ||
    fail 'nothing is heard'
options=()
cp keep.img colours.img

# ---- modes: a part for each, or all of them in one ----
script 'sleep 1' 'record m.mkv' 'sleep 1' 'key x' 'sleep 1' 'key x' 'sleep 1' 'record stop'
[ "$status" -eq 0 ] || fail "modes: status $status"
[ "$(size m-2.mkv)" = '640,480,4:3' ] || fail "m-2.mkv is $(size m-2.mkv)"
[[ $(size m-3.mkv) =~ ^720,400,4:3|640,400,4:3$ ]] || fail "m-3.mkv is $(size m-3.mkv)"
[ ! -e m-4.mkv ] || fail 'a part too many'
total=0 # a key takes 0.1 s; the sound of a part may begin a little before its picture
for part in m m-2 m-3; do
    total=$((total + $(times $part.mkv | tail -n 1)))
done
if [ "$total" -lt 3190 ] || [ "$total" -gt 3260 ]; then fail "the parts are $total ms long, not 3200"; fi
script 'sleep 1' 'record one.mkv aspect' 'sleep 1' 'key x' 'sleep 1' 'key x' 'sleep 1' 'record stop'
[[ $(size one.mkv) =~ ^1068,800, ]] || fail "one.mkv is $(size one.mkv)"
[ "$(times one.mkv | tail -n 1)" = 3200 ] || fail 'one.mkv is not 3.2 s long'

# ---- from the start, to the end by a signal; a snapshot in between ----
options=(-record-video start.mkv)
script 'sleep 1' 'snapshot save s1' 'sleep 0.5' 'snapshot load s1' 'sleep 0.5' 'limit 0.01' 'sleep 1000'
says 124 'ended by the limit' 'a run that is ended'
last=$(for part in start*.mkv; do times "$part"; done | sort -n | tail -n 1)
[ "$last" -ge 900 ] || fail "start.mkv ends at $last"
script 'sleep 0.1'
says 2 'start.mkv: there is such a file already' 'a file that exists'
options=(-record-video nowhere/x.mkv)
script 'sleep 0.1'
says 2 'nowhere/x.mkv: cannot be made: No such file' 'no folder'
options=()

# ---- a machine goes on without its encoder ----
# fake NAME LINE...: an encoder like that; the machine writes "went on" when it has got by.
fake() {
    mkdir -p "$1"
    printf '%s\n' '#!/bin/bash' "${@:2}" >"$1/ffmpeg"
    chmod +x "$1/ffmpeg"
}
mkdir none
for tool in env bash timeout cat printf; do ln -s "$(command -v $tool)" none/$tool; done
PATH=$work/none script 'record none.mkv'
says 2 'ffmpeg is not installed' 'no ffmpeg'
[ ! -e none.mkv ] || fail 'an empty file is left'
fake dies 'head -c 3000000 >/dev/null' 'echo "x: No space left on device" >&2' 'exit 1'
PATH=$work/dies:$PATH script 'record dies.mkv' 'sleep 2' 'echo went on' 'record stop'
grep -q 'went on' out || fail 'the machine did not go on'
says 2 'dies.*mkv: ffmpeg: x: No space left on device' 'an encoder that dies'
PATH=$work/dies:$PATH script 'record dies2.mkv' 'sleep 2' 'echo went on'
says 2 'dies2.*mkv: ffmpeg: x: No space left on device' 'the same without stop'
fake killed 'kill -9 $$'
PATH=$work/killed:$PATH script 'record killed.mkv' 'sleep 2' 'record stop'
says 2 'killed.*mkv: ffmpeg was ended by signal 9' 'an encoder that is killed'
fake hangs 'exec sleep 300'
SECONDS=0
PATH=$work/hangs:$PATH script 'record hangs.mkv' 'sleep 5' 'echo went on' 'record stop'
says 2 'hangs.*mkv: ffmpeg took nothing any more' 'an encoder that hangs'
grep -q 'went on' out || fail 'the machine did not go on'
[ "$SECONDS" -lt 90 ] || fail "an encoder that hangs held it for $SECONDS s"
SECONDS=0
options=(-limit host=2)
PATH=$work/hangs:$PATH script 'record hangs2.mkv' 'sleep 500'
[ "$status" -eq 124 ] || fail "an encoder that hangs, and a limit: status $status"
[ "$SECONDS" -lt 80 ] || fail "an encoder that hangs held the end for $SECONDS s"
options=()
(
    ulimit -f 4 # KiB
    trap '' XFSZ
    script 'record full.mkv' 'sleep 2' 'echo went on' 'record stop'
    says 2 'full.*mkv: ffmpeg' 'a full disk'
    grep -q 'went on' out || fail 'the machine did not go on'
    exit "$failures"
) || failures=$((failures + 1))

[ "$failures" -eq 0 ] || exit 1
echo "all right"
