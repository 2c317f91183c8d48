#!/bin/bash
# vbe_modes.sh FERRITE VARIANT - every graphics mode that a VGA BIOS lists is set, and shows what is drawn by
# the window and by the linear framebuffer (vbe_modes.asm): our VGA BIOS, and Debian's ROMs as they are.
# variants: cirrus-ours cirrus-debian std-ours std-debian isa-ours
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
IFS=- read -r vga rom <<<"$2"
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm python3
machine=(-display none -m 8)
case $vga in
cirrus) machine+=(-vga cirrus) file=vgabios-cirrus.bin ;;
isa) machine+=(-vga cirrus-isa) file= ;;
*) machine+=(-vga std) file=vgabios-stdvga.bin ;;
esac
if [ "$rom" = debian ]; then
    [ -e "/usr/share/seabios/$file" ] || { echo "SKIPPED: needs $file (apt-get install seabios)"; exit 77; }
    machine+=(-vgabios "/usr/share/seabios/$file")
fi
fail() {
    echo "FAILED: $1"
    cat out
    tail -n 5 said drawn
    exit 1
}

nasm -f bin -Wall -Werror -D LIST -o list.img "$here/vbe_modes.asm"
nasm -f bin -Wall -Werror -o draw.img "$here/vbe_modes.asm"
truncate -s 1440K list.img draw.img
status=0
timeout 100 "$ferrite" "${machine[@]}" -fda list.img -debugcon file:said </dev/null >out 2>&1 || status=$?
# SeaBIOS' ROMs have words of their own on port 402h.
grep -E '^[0-9A-F]{4} [LW] ' said >list || fail "no list"
[ $status -eq 1 ] || fail "the list: status $status"
count=$(wc -l <list)
[ "$count" -ge 20 ] || fail "only $count modes"
for i in $(seq "$count"); do
    printf '%s\n' 'wait-serial "D" 60' 'sleep 0.05' "screenshot $i.ppm" 'type-serial "n"'
done >draw.script
status=0
timeout 600 "$ferrite" "${machine[@]}" -fda draw.img -debugcon file:drawn -script draw.script </dev/null >out 2>&1 || status=$?
[ $status -eq 0 ] || fail "drawing: status $status"

python3 - "$rom" <<'PICTURES' || fail "the pictures"
import sys

# What these ROMs have otherwise: blanking begins a character early in 6Ah, and 13h, whose memory is not
# linear on a VGA, has a linear framebuffer (it is on QEMU's).
left_out = [("0013", "L")] if sys.argv[1] == "debian" else []
narrow = {"006A": 8} if sys.argv[1] == "debian" else {}
failed = 0
lines = [line.split() for line in open("list")]
for n, (mode, way, *numbers) in enumerate(lines, 1):
    width, height, bits = (int(v, 16) for v in numbers)
    if (mode, way) in left_out:
        continue
    kind, size, most, dots = open(f"{n}.ppm", "rb").read().split(b"\n", 3)
    w, h = map(int, size.split())
    wide, high = w // width, h // height  # 320 and 200 may be doubled
    if w % width or h % height or not wide or not high:
        print(f"{mode} {way}: {w}x{h}, not {width}x{height}")
        failed += 1
        continue
    wrong = 0
    for y in range(0, height, 3):
        for x in range(y % 5, width - narrow.get(mode, 0), 5):
            colour = ((x >> 4) + 5 * (y >> 4)) & (15 if bits == 4 else 255)
            want = (colour & 7) << 5, (colour & 0x38) << 2, colour & 0xC0
            at = 3 * (y * high * w + x * wide)
            wrong += any(abs(a - b) > 7 for a, b in zip(want, dots[at:at + 3]))
    if wrong:
        print(f"{mode} {way} {width}x{height} {bits}: {wrong} dots are wrong")
        failed += 1
sys.exit(failed > 0)
PICTURES
echo "$count times a mode was set and drawn in"
