#!/bin/bash
# usb_disk_linux.sh FERRITE - two USB sticks under Linux: what is on them is read, what is written is
# in the image, and the kernel has nothing to complain about.
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
cd "$(dirname "$0")"
command -v cpio >/dev/null || { echo "SKIPPED: needs cpio (apt-get install cpio)"; exit 77; }
linux=$(../../scripts/get-guest linux) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() {
    echo "FAILED: $1"
    tail -n 20 serial out
    exit 1
}

mkdir ram
cat >ram/init <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
dmesg -n 1
for module in $(cat /modules/order) $(cat /modules/order.usb); do insmod "/modules/$module.ko" 2>/dev/null; done
while [ ! -b /dev/sda ] || [ ! -b /dev/sdb ]; do sleep 0.1; done
for i in a b; do
    echo "GUEST STICK $(cat /sys/block/sd$i/removable) $(cat /sys/block/sd$i/size) $(cat /sys/block/sd$i/ro) $(cat /sys/block/sd$i/device/model)"
done
echo "GUEST SERIALS $(cat /sys/bus/usb/devices/*/serial | grep -v : | sort | tr '\n' ' ')"
echo "GUEST READ $(sha256sum </dev/sda)"
dd if=/dev/sda of=/dev/sdb bs=7k conv=fsync 2>/dev/null
echo 3 >/proc/sys/vm/drop_caches
echo "GUEST WROTE $(sha256sum </dev/sdb)"
# One block more than there are: the stick refuses, and goes on.
dd if=/dev/zero of=/dev/sdb bs=512 seek=8000 count=2 2>&1 | grep -q "No space" && echo "GUEST END"
dmesg | grep -iE 'usb.*(error|reset)|I/O error' | grep -v sector\ 8000 && echo "GUEST GRUMBLES"
echo "GUEST DONE"
sleep 1
poweroff -f
INIT
chmod +x ram/init
{ cat "$linux/initrd.gz"; (cd ram && echo init | cpio --quiet -o -H newc | gzip); } >initrd.gz
{ head -c 512 /dev/zero; seq -f %07.0f 511936; } >one.img # 8000 sectors
truncate -s 4096000 two.img
sum=$(sha256sum <one.img | tr -s ' ')

cat >run.script <<'SCRIPT'
wait-serial "GUEST DONE" 300
quit
SCRIPT
machine=(-display none -m 96 -kernel "$linux/vmlinuz" -initrd initrd.gz -append 'console=ttyS0 quiet'
    -hdb one.img -hdc two.img -device "usb-disk,disk=hdb" -device "usb-disk,disk=hdc")
"$ferrite" "${machine[@]}" -serial file:serial -script run.script >out 2>&1 || fail "the run"
cmp one.img two.img || fail "what was written is not in the image"
for line in "STICK 1 8000 0 USB DISK" "SERIALS 000000000002 000000000003" "READ $sum" "WROTE $sum" "END" \
    "DONE"; do
    tr -s ' ' <serial | grep -qF "GUEST $line" || fail "$line"
done
! grep -q GRUMBLES serial || fail "the kernel complains"
echo "two sticks are read and written"
