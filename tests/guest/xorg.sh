#!/bin/bash
# xorg.sh FERRITE VARIANT - Debian's Xorg draws a desktop: a terminal that is typed into, a window manager's
# frames, a colour behind. What is on our screen is what the server says it has drawn, dot for dot, but for
# the pointer. Variants: the adapter, the driver, how many bits a dot has. cirrus is the chip's own driver,
# with its hardware cursor; fbdev and modesetting draw through Linux' cirrusfb, cirrus and bochs.
# variants: cirrus-cirrus-8 cirrus-cirrus-16 cirrus-fbdev-8 cirrus-fbdev-16 cirrus-modesetting-16 cirrus-modesetting-24 std-modesetting-24
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
IFS=- read -r vga driver bits <<<"$2"
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need cpio python3
linux=$("$here/../../scripts/get-guest" linux-drivers) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux-drivers)"; exit 77; }
xorg=$("$here/../../scripts/get-guest" xorg) || { echo "SKIPPED: no X server to be had (scripts/get-guest xorg)"; exit 77; }
fail() {
    echo "FAILED: $1"
    sed '/^GUEST PICTURE/d' serial | tail -n 60
    cat out
    exit 1
}

mkdir ram
case $vga-$driver in
cirrus-fbdev) echo cirrusfb ;;
cirrus-modesetting) echo cirrus ;;
std-modesetting) echo bochs ;;
esac >ram/drivers
printf '%s\n' psmouse evdev >>ram/drivers
cat >ram/x.conf <<CONF
Section "ServerFlags"
    Option "AutoAddDevices" "false"
    Option "AutoAddGPU" "false"
EndSection
Section "InputDevice"
    Identifier "keys"
    Driver "evdev"
    Option "Device" "/keys"
EndSection
Section "InputDevice"
    Identifier "mouse"
    Driver "evdev"
    Option "Device" "/mouse"
    Option "AccelerationProfile" "-1"
EndSection
Section "Device"
    Identifier "card"
    Driver "$driver"
$([ "$driver" != cirrus ] || echo '    Option "HWCursor" "true"')
$([ "$driver" != modesetting ] || echo '    Option "AccelMethod" "none"')
EndSection
Section "Screen"
    Identifier "screen"
    Device "card"
    DefaultDepth $bits
    SubSection "Display"
        Modes "800x600" "640x480"
    EndSubSection
EndSection
Section "ServerLayout"
    Identifier "all"
    Screen "screen"
    InputDevice "keys" "CoreKeyboard"
    InputDevice "mouse" "CorePointer"
EndSection
CONF
cat >ram/test <<'TEST'
export PATH=/bin:/usr/bin HOME=/ DISPLAY=:0 TERM=xterm LD_LIBRARY_PATH=/usr/lib/i386-linux-gnu:/lib/i386-linux-gnu
stty -onlcr </dev/console
mkdir -p /tmp /dev/pts /dev/shm /var/log /run
chmod 1777 /tmp
mount -t devpts devpts /dev/pts
event() { # NAME FILE: the device of that name
    local found
    until found=$(grep -l "$1" /sys/class/input/event*/device/name); do sleep 0.1; done
    found=${found#/sys/class/input/}
    ln -s "/dev/input/${found%%/*}" "$2"
}
event keyboard /keys
event Mouse /mouse
/usr/lib/xorg/Xorg :0 -config /x.conf -noreset -nolisten tcp -logfile /x.log vt1 >/x.out 2>&1 &
server=$!
until [ -S /tmp/.X11-unix/X0 ] || ! kill -0 $server; do sleep 0.2; done
xsetroot -solid '#204060' -cursor_name left_ptr
twm 2>/dev/null &
xlogo -geometry 100x100+500+40 &
xterm -fn fixed -geometry 60x14+40+60 -bg '#ffffd0' -fg '#800000' -e sh &
until [ -n "$(xwd -silent -root -name nobody 2>&1)" ] && pidof sh >/dev/null && [ -e /dev/pts/0 ]; do sleep 0.2; done
sleep 3
echo "GUEST READY"
until [ -e /typed ] || ! kill -0 $server; do sleep 0.2; done
sleep 2
echo "GUEST DRAWN"
sleep 3
grep -aE '\(EE\)|no screens|Using (SW|HW) cursor' /x.log
xwd -root -silent | gzip -9 | base64 | sed 's/^/GUEST PICTURE /'
TEST
{ cat "$linux/initrd.gz" "$xorg/ram.gz"; (cd ram && find . | cpio --quiet -o -H newc | gzip -n); } >initrd.gz
cat >run.script <<'SCRIPT'
wait-serial "GUEST READY" 400
mouse -250 -150
sleep 1
type "for i in 1 2 3; do seq 20 | tr -d '\\n'; echo; done; ls /; touch /typed\n"
wait-serial "GUEST DRAWN" 100
mouse 0 200
sleep 1
screenshot picture.ppm
wait-serial "GUEST DONE" 100
quit
SCRIPT
"$ferrite" -display none -m 192 -vga "$vga" -speed 800 -kernel "$linux/vmlinuz" -initrd initrd.gz \
    -append 'console=ttyS0,115200 quiet' -serial file:serial -script run.script >out 2>&1 || fail "the run"
[ -z "${KEEP_PICTURE:-}" ] || cp picture.ppm "$KEEP_PICTURE" # to be looked at
tr -d '\r' <serial | sed -n 's/^GUEST PICTURE //p' | base64 -d | gzip -d >root.xwd || fail "no picture from the server"

python3 - "$bits" <<'PICTURE' || fail "the picture"
import struct, sys

bits = int(sys.argv[1])
kind, size, most, dots = open("picture.ppm", "rb").read().split(b"\n", 3)
width, height = map(int, size.split())
screen = [dots[3 * i:3 * i + 3] for i in range(width * height)]

# XWDFile.h: a header of 25 numbers, the window's name, colours, dots.
xwd = open("root.xwd", "rb").read()
head = struct.unpack(">25I", xwd[:100])
header, lines_are, order, deep, pitch = head[0], head[4:6], head[7], head[11], head[12]
masks, colours = head[14:17], head[19]
assert lines_are == (width, height), (lines_are, width, height)
palette = {}
for i in range(colours):
    pixel, red, green, blue = struct.unpack_from(">I3H", xwd, header + 12 * i)
    palette[pixel] = (red, green, blue)
at, size = header + 12 * colours, deep // 8
as_number = "little" if order == 0 else "big"


def drawn(pixel):
    if bits == 8:
        return bytes(v >> 8 for v in palette[pixel])
    out = b""
    for mask in masks:
        shift, wide = (mask & -mask).bit_length() - 1, bin(mask).count("1")
        out += bytes([((pixel & mask) >> shift) * 255 // ((1 << wide) - 1)])
    return out


seen, said = {}, []
for y in range(height):
    for x in range(width):
        place = at + y * pitch + x * size
        pixel = int.from_bytes(xwd[place:place + size], as_number)
        if pixel not in seen:
            seen[pixel] = drawn(pixel)
        said.append(seen[pixel])



def near(a, b, by):
    return all(abs(x - y) <= by for x, y in zip(a, b))


# Six bits of a palette's eight reach the DAC; five or six are widened.
others = [i for i in range(width * height) if screen[i] != said[i] and not near(screen[i], said[i], 4)]
xs, ys = [i % width for i in others], [i // width for i in others]
print(f"{width}x{height}, {len(seen)} colours, {len(others)} dots are others")
assert 20 <= len(others) <= 400 and max(xs) - min(xs) < 32 and max(ys) - min(ys) < 32, "not just the pointer"
# What must be in it: the colour behind, the terminal's paper, its ink, white and black of the logo.
count = {}
for dot in screen:
    count[dot] = count.get(dot, 0) + 1


def share(colour):
    return sum(n for c, n in count.items() if near(c, bytes.fromhex(colour), 8)) / len(screen)


assert share("204060") > 0.5 and share("ffffd0") > 0.1, count
assert share("800000") > 0.003 and share("000000") > 0.004 and share("ffffff") > 0.01, count
PICTURE
echo "what Xorg draws is on the screen"
