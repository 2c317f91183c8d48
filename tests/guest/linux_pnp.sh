#!/bin/bash
# linux_pnp.sh FERRITE - Linux isolates two plug-and-play ISA cards, an NE2000 and a Sound Blaster 16, puts
# the first where the second began, and drives both: an address by DHCP, a card of sound.
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need cpio
linux=$("$here/../../scripts/get-guest" linux-drivers) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux-drivers)"; exit 77; }
fail() {
    echo "FAILED: $1"
    tail -n 40 serial out
    exit 1
}

mkdir ram
printf '%s\n' ne snd-sb16 >ram/drivers
cat >ram/test <<'TEST'
printf '#!/bin/sh\n[ "$1" = bound ] && echo "GUEST DHCP $ip"\n' >/bound
chmod +x /bound
ifconfig eth0 up
udhcpc -i eth0 -n -q -s /bound
echo "GUEST CARD $(sed -n 's/^ 0 .*: //p' /proc/asound/cards)"
for device in /sys/bus/pnp/devices/01:*; do
    echo "GUEST PNP $(head -n 1 "$device/id") $(tr '\n' ' ' <"$device/resources")"
done
TEST
{ cat "$linux/initrd.gz"; (cd ram && find . | cpio --quiet -o -H newc | gzip -n); } >initrd.gz
printf '%s\n' 'wait-serial "GUEST DONE" 400' 'quit' >run.script
"$ferrite" -display none -m 96 -cpu pentium2 -speed 800 -kernel "$linux/vmlinuz" -initrd initrd.gz \
    -append 'console=ttyS0,115200 quiet' -sound none -device sb16,pnp=on -netdev user,id=n \
    -device ne2k_isa,netdev=n,pnp=on -serial file:serial -script run.script >out 2>&1 || {
    ! grep -q 'without libslirp' out || { echo "SKIPPED: a build without libslirp"; exit 77; }
    fail "the run"
}
tr -d '\r' <serial >said
for line in "DHCP 10.0.2.15" "CARD SB16" "PNP CTL0031 state = active" \
    "PNP RTL8019 state = active io 0x220-0x23f"; do
    grep -q "^GUEST $line" said || fail "$line"
done
grep '^GUEST' said
