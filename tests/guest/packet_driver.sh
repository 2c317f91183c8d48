#!/bin/bash
# packet_driver.sh FERRITE - FreeDOS with a packet driver for the PCnet (packet_driver.asm): an address by
# DHCP, then 105 MB from the host by UDP and 105 MB to it (packet_move.asm); then two such machines on a
# LAN, 28 MB each way. What each side got has the CRCs of what the other gave.
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm mtools:mcopy dosfstools:mkfs.fat python3
disk=$("$here/../../scripts/get-guest" freedos-hd 20) || { echo "SKIPPED: no FreeDOS to be had (scripts/get-guest freedos-hd)"; exit 77; }
blocks=75000
lan_blocks=20000
export XDG_RUNTIME_DIR=$work # the LAN's sockets go here
nasm -f bin -Wall -Werror -o PACKET.COM "$here/packet_driver.asm"
nasm -f bin -Wall -Werror -o MOVE.COM "$here/packet_move.asm"
fail() {
    echo "FAILED: $1"
    tail -n 30 ./*.console ./*.out
    exit 1
}

# machine NAME NIC ARGUMENT...: FreeDOS runs MOVE with the arguments; NAME.console is what it says.
machine() {
    local name=$1 nic=$2
    cp --sparse=always "$disk" "$name.img"
    printf 'PACKET\r\nMOVE %s\r\nECHO MOVED %%ERRORLEVEL%%\r\n' "${*:3}" >"$name.bat"
    export MTOOLS_SKIP_CHECK=1
    mcopy -o -i "$name.img@@32256" PACKET.COM MOVE.COM ::
    mcopy -o -i "$name.img@@32256" "$name.bat" ::AUTOEXEC.BAT
    printf '%s\n' 'wait-text "MOVED" 1500' 'quit' >"$name.script"
    "$ferrite" -display none -m 16 -hda "$name.img" -nic "$nic" -debugcon "file:$name.console" \
        -script "$name.script" >"$name.out" 2>&1 </dev/null
}
# said NAME WORD: what follows the word
said() {
    sed -n "s/^$2 \([0-9A-F]*\).*/\1/p" "$1.console"
}
same() { # A B WORDS
    [ -n "$1" ] || fail "$3: nothing was said"
    [ "$1" = "$2" ] || fail "$3: $1 and $2"
}

cat >host.py <<'HOST'
import random, socket, struct, sys, zlib
blocks = int(sys.argv[1])
data = random.Random(1).randbytes(1400 * blocks)
gave = sum(zlib.crc32(struct.pack("<I", n) + data[1400 * n:1400 * n + 1400]) for n in range(blocks))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1], "%08X" % (gave & 0xffffffff), flush=True)
stored = {}
while True:
    said, whom = s.recvfrom(2048)
    word, n = said[:4], struct.unpack("<I", said[4:8])[0]
    if word == b"GET " and n < blocks:
        s.sendto(b"DATA" + said[4:8] + data[1400 * n:1400 * n + 1400], whom)
    elif word == b"PUT " and n < blocks and len(said) == 1408:
        stored[n] = zlib.crc32(said[4:])
        s.sendto(b"DONE" + said[4:8], whom)
    elif word == b"STOP":
        s.sendto(b"BYE!", whom)
        break
print(len(stored), "%08X" % (sum(stored.values()) & 0xffffffff), flush=True)
HOST
timeout 1100 python3 host.py $blocks >host.out & # a guest that never comes holds nobody
host=$!
until [ -s host.out ]; do sleep 0.1; done
read -r port gave <host.out
machine nat user,model=pcnet N "$port" $blocks || {
    ! grep -q 'without libslirp' nat.out || { echo "SKIPPED: a build without libslirp"; exit 77; }
    fail "the run"
}
wait $host || fail "the other side"
grep -q '^DHCP 0A00020F ROUTER 0A000202$' nat.console || fail "DHCP"
same "$(said nat GOT)" "$gave" "from the host"
same "$blocks $(said nat PUT)" "$(tail -n 1 host.out)" "to the host"
cat nat.console

machine server lan,name=test,model=pcnet S 4660 $lan_blocks &
second=$!
machine client lan,name=test,model=pcnet C 4660 $lan_blocks || fail "the client"
wait $second || fail "the server"
same "$(said client GOT)" "$(said server GAVE)" "over the LAN"
same "$(said client PUT)" "$(said server STORED)" "over the LAN, back"
cat client.console server.console
echo "FreeDOS moves what it should by the packet driver"
