#!/bin/bash
# linux_drivers.sh FERRITE - Debian's Linux drives our cards with its own drivers: snd-sb16,
# snd-gusclassic and snd-ens1370 play a tone each and the right one is heard, two notes leave by the
# UltraSound's MIDI, pcnet32 gets an address by DHCP and moves a hundred megabytes each way, cirrusfb
# scrolls its console and shows what is in its memory.
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
for tool in cpio nasm python3; do
    command -v $tool >/dev/null || { echo "SKIPPED: needs $tool (apt-get install $tool)"; exit 77; }
done
linux=$("$here/../../scripts/get-guest" linux-drivers) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux-drivers)"; exit 77; }
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
fail() {
    echo "FAILED: $1"
    tail -n 30 serial out
    exit 1
}

# What the guest fetches is what it sends, too: each side says the sum of what it got.
cat >host.py <<'HOST'
import hashlib, socket
listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
data = b"".join(b"%d\n" % n for n in range(600000))[:4000000] * 25
print(*(s.getsockname()[1] for s in listening), hashlib.sha256(data).hexdigest(), flush=True)
get, _ = listening[0].accept()
get.sendall(data)
get.shutdown(socket.SHUT_WR)
put, _ = listening[1].accept()
digest = hashlib.sha256()
while block := put.recv(65536):
    digest.update(block)
print("got", digest.hexdigest(), flush=True)
HOST
timeout 600 python3 host.py >host.out & # a guest that never comes holds nobody
host=$!
until [ -s host.out ]; do sleep 0.1; done
read -r get put sum <host.out

mkdir -p ram/bin
cat >ram/drivers <<'DRIVERS'
cirrusfb
snd-sb16 isapnp=0 port=0x220 irq=5 dma8=1 dma16=5 mpu_port=0x330 index=0
snd-gusclassic port=0x240 irq=7 dma1=3 dma2=3 index=1
snd-ens1370 index=2
snd-pcm-oss
snd-mixer-oss
pcnet32
DRIVERS
# A second of 8000 bytes of a square wave; a mixer, which opens its argument and turns all of it up.
for hertz in 400 500 800; do
    LC_ALL=C awk -v half=$((4000 / hertz)) 'BEGIN { for (i = 0; i < 8000; i++) printf "%c", int(i / half) % 2 ? 160 : 96 }' >"ram/$hertz"
done
nasm -f bin -Wall -Werror -o ram/bin/mixer "$here/linux_mixer.asm"
chmod +x ram/bin/mixer
for row in $(seq 0 99); do head -c 640 /dev/zero | tr '\0' "$(printf '\\%o' $((row % 2 * 15)))"; done >ram/rows
cat >ram/test <<TEST
n=0
for hertz in 400 500 800; do
    echo "GUEST CARD \$(sed -n "s/^ \$n .*: //p" /proc/asound/cards)"
    dsp=/dev/dsp\${n#0} mixer=/dev/mixer\${n#0}
    while [ ! -c \$dsp ]; do sleep 0.1; done
    mixer \$mixer
    cat /\$hertz >\$dsp
    n=\$((n + 1))
done
echo "GUEST MIDI \$(ls /dev/snd)"
printf '\\220\\074\\144\\220\\076\\145' >/dev/snd/midiC1D0
printf '#!/bin/sh\n[ "\$1" = bound ] && ifconfig \$interface \$ip && route add default gw \$router && echo "GUEST DHCP \$ip"\n' >/bound
chmod +x /bound
ifconfig eth0 up
udhcpc -i eth0 -n -q -s /bound
echo "GUEST GOT \$(nc 10.0.2.2 $get </dev/null | sha256sum)"
i=0
while [ \$i -lt 600000 ]; do seq \$i \$((i + 9999)); i=\$((i + 10000)); done | head -c 4000000 >/data
for i in \$(seq 25); do cat /data; done | nc 10.0.2.2 $put
for i in \$(seq 1 100); do echo "line \$i" >/dev/tty1; done
echo "GUEST FB \$(cat /proc/fb)"
cat /rows >/dev/fb0
sleep 1
TEST
{ cat "$linux/initrd.gz"; (cd ram && find . | cpio --quiet -o -H newc | gzip -n); } >initrd.gz
printf '%s\n' 'wait-serial "GUEST DONE" 400' 'screenshot picture.ppm' 'quit' >run.script
"$ferrite" -display none -m 96 -speed 800 -kernel "$linux/vmlinuz" -initrd initrd.gz \
    -append 'console=ttyS0 quiet' -vga cirrus -device gus,addr=240,irq=7,dma=3 -device es1370 \
    -nic user,model=pcnet -device sound,rate=8000 -audio wav:heard.wav -midi file:sent.mid -serial file:serial \
    -script run.script >out 2>&1 || {
    ! grep -q 'without libslirp' out || { echo "SKIPPED: a build without libslirp"; exit 77; }
    fail "the run"
}
tr -d '\r' <serial >said
for line in "CARD SB16" "CARD GUS" "CARD ENS1370" "DHCP 10.0.2.15" "GOT $sum" "FB 0 CL Picasso4"; do
    grep -q "^GUEST $line" said || fail "$line"
done
wait $host || fail "the other side"
grep -q "^got $sum" host.out || fail "the host got something else"

# The tones: how often the left side rises through zero, in each tenth of a second with sound.
tail -c +45 heard.wav | od -An -v -t d2 -w4 | awk '
    { rises += last <= 0 && $1 > 0; last = $1; peak = $1 > peak ? $1 : peak }
    NR % 800 == 0 { if (peak > 500) count[rises * 10]++; rises = peak = 0 }
    END { for (hertz in count) if (count[hertz] > 5) print hertz, count[hertz] }' | sort -n >tones
[ "$(cut -d ' ' -f 1 tones | tr '\n' ' ')" = "400 500 800 " ] || { cat tones; fail "the tones"; }

# What was written to the UltraSound's MIDI: two notes.
od -An -v -tx1 sent.mid | tr -d ' \n' | grep -qE '903c64..903e65' || { od -An -tx1 sent.mid; fail "MIDI"; }

# Rows of one colour each, black and white in turn.
python3 - <<'PICTURE' || fail "the picture"
head, size, most, pixels = open("picture.ppm", "rb").read().split(b"\n", 3)
width, height = map(int, size.split())
rows = [pixels[3 * width * y:3 * width * (y + 1)] for y in range(100)]
assert width == 640 and height >= 480
assert all(row == row[:3] * width for row in rows)
assert rows[0] == bytes(3 * width) and min(rows[1]) > 160 and rows == rows[:2] * 50
PICTURE
echo "sound, network and picture by Linux's own drivers"
