#!/bin/bash
# usb_plug_linux.sh FERRITE - Linux sees a USB stick go and come: idle, and while it is read and written;
# what is on it is right afterwards, and the other one does not notice. One alone goes until the bus is
# put to sleep, and wakes it.
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need cpio
linux=$("$here/../../scripts/get-guest" linux) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux)"; exit 77; }
fail() {
    echo "FAILED: $1"
    tail -n 40 serial out
    exit 1
}

# ram_disk NAME: from standard input, what init does once the drivers are there.
ram_disk() {
    mkdir "$1"
    cat - >"$1/init"
    chmod +x "$1/init"
    { cat "$linux/initrd.gz"; (cd "$1" && echo init | cpio --quiet -o -H newc | gzip); } >"$1.gz"
}
ram_disk two <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
dmesg -n 1
for module in $(cat /modules/order) $(cat /modules/order.usb); do insmod "/modules/$module.ko" 2>/dev/null; done
# The stick of this serial number: its device, or nothing.
stick() {
    for i in /sys/block/sd*; do
        grep -q "$1" "$(realpath "$i/device" 2>/dev/null)/../../../../serial" 2>/dev/null && echo "/dev/${i##*/}"
    done
}
come() { until [ -n "$(stick $1)" ] && [ -b "$(stick $1)" ]; do sleep 0.1; done; }
go() { until [ -z "$(stick $1)" ]; do sleep 0.1; done; }
sum() { echo "GUEST $1 $(sha256sum <"$(stick $2)")"; }
come 2
come 3
sum IDLE 2
echo "GUEST PULL"
go 2
echo "GUEST PLUG"
come 2
sum AGAIN 2
dd if=/dev/zero of="$(stick 2)" bs=64k seek=31 count=1 conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
echo "GUEST READING"
n=$(wc -c <"$(stick 2)" 2>/dev/null) # an error, or an early end
[ "${n:-0}" -lt 4194304 ] && echo "GUEST READ FAILED after ${n:-0}"
go 2
echo "GUEST PLUG"
come 2
echo "GUEST WRITING"
while dd if=/dev/zero of="$(stick 2)" bs=64k seek=32 count=16 conv=fsync 2>/dev/null; do :; done
echo "GUEST WRITE FAILED"
go 2
echo "GUEST PLUG"
come 2
sum END 2
sum OTHER 3
echo "GUEST DONE"
sleep 1
poweroff -f
INIT
ram_disk alone <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
dmesg -n 1
for module in $(cat /modules/order) $(cat /modules/order.usb); do insmod "/modules/$module.ko" 2>/dev/null; done
until [ -b /dev/sda ]; do sleep 0.1; done
echo "GUEST PULL"
until [ "$(cat /sys/bus/usb/devices/usb1/power/runtime_status)" = suspended ]; do sleep 0.1; done
sleep 1
echo "GUEST SLEEPS"
until [ -b /dev/sda ]; do sleep 0.1; done
echo "GUEST WOKEN $(sha256sum </dev/sda)"
echo "GUEST DONE"
sleep 1
poweroff -f
INIT
{ head -c 512 /dev/zero; seq -f %07.0f 262080; head -c 2097152 /dev/zero; } >one.img # 4 MB: text, then zeros
{ head -c 512 /dev/zero; seq -f %07.0f 65472; } >two.img
one=$(sha256sum <one.img | tr -s ' ')
two=$(sha256sum <two.img | tr -s ' ')
# What is written: zeros, in the last 64 KB of the text.
cp one.img after.img
dd if=/dev/zero of=after.img bs=64k seek=31 count=1 conv=notrunc status=none
after=$(sha256sum <after.img | tr -s ' ')

cat >run.script <<'SCRIPT'
wait-serial "GUEST PULL" 300
unplug hdb
wait-serial "GUEST PLUG" 60
plug hdb
wait-serial "GUEST READING" 60
sleep 0.5
unplug hdb
wait-serial "GUEST PLUG" 60
plug hdb
wait-serial "GUEST WRITING" 60
sleep 1
unplug hdb
wait-serial "GUEST PLUG" 60
plug hdb
wait-serial "GUEST DONE" 60
quit
SCRIPT
"$ferrite" -display none -m 96 -kernel "$linux/vmlinuz" -initrd two.gz -append 'console=ttyS0 quiet' \
    -hdb one.img -hdc two.img -device "usb-disk,disk=hdb" -device "usb-disk,disk=hdc" \
    -serial file:serial -script run.script >out 2>&1 || fail "the run"
for line in "IDLE $one" "AGAIN $one" "READ FAILED" "WRITE FAILED" "END $after" "OTHER $two" "DONE"; do
    tr -s ' \r' ' ' <serial | grep -qF "GUEST $line" || fail "$line"
done
cmp one.img after.img || fail "the image"

cat >alone.script <<'SCRIPT'
wait-serial "GUEST PULL" 300
unplug hdb
wait-serial "GUEST SLEEPS" 60
plug hdb
wait-serial "GUEST DONE" 60
quit
SCRIPT
"$ferrite" -display none -m 96 -kernel "$linux/vmlinuz" -initrd alone.gz -append 'console=ttyS0 quiet' \
    -hdb two.img -device "usb-disk,disk=hdb" -serial file:serial -script alone.script >out 2>&1 || fail "alone"
tr -s ' \r' ' ' <serial | grep -qF "GUEST WOKEN $two" || fail "the one alone"
echo "Linux sees a stick go and come"
