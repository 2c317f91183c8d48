#!/bin/bash
# folder_removable.sh FERRITE - a folder as a removable disk (removable=on) under Linux: it is one for
# the kernel, what the host changes is there at the next mount by the drive's own word, what the guest
# writes is in the folder, a mounted disk is locked and left alone.
# long
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
cd "$(dirname "$0")"
command -v cpio >/dev/null || { echo "SKIPPED: needs cpio (apt-get install cpio)"; exit 77; }
linux=$(../../scripts/get-guest linux) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux)"; exit 77; }
# shellcheck source=tests/guest/scratch.bash
. ./scratch.bash
mkdir ram folder
printf 'first\n' >'folder/a long name.txt'
cat >ram/init <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev /mnt
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
dmesg -n 1
for module in $(cat /modules/order) $(cat /modules/order.fat); do insmod "/modules/$module.ko" 2>/dev/null; done
while [ ! -b /dev/sda1 ]; do sleep 0.1; done
on() { mount -t vfat -o iocharset=utf8 /dev/sda1 /mnt || echo BAD mount; }
wait_host() { echo "STEP $1."; read -r line </dev/ttyS0; }
echo "REMOVABLE $(cat /sys/block/sda/removable) $(cat /sys/block/sda/device/type) $(cat /sys/block/sda/device/model)"
on
echo "SEEN $(cat '/mnt/a long name.txt') $(ls /mnt | wc -l)"
wait_host 1
umount /mnt
wait_host 2
on
echo "SEEN $(cat '/mnt/a long name.txt') $(ls /mnt | wc -l)"
seq 5000 >/mnt/from-guest.txt
umount /mnt
wait_host 3
echo "ALL DONE"
while :; do sleep 10; done
INIT
chmod +x ram/init
{ cat "$linux/initrd.gz"; (cd ram && echo init | cpio --quiet -o -H newc | gzip); } >initrd.gz
"$ferrite" -display none -m 96 -kernel "$linux/vmlinuz" -initrd initrd.gz -append 'console=ttyS0 quiet' \
    -serial file:serial -drive folder=folder,rw=live,removable=on,size=40M -qmp unix:s -limit host=900 >out 2>err &
machine=$!
fail() {
    echo "FAILED: $1"
    tail -n 5 serial err
    signal TERM $machine || true
    exit 1
}
for _ in $(seq 100); do
    [ ! -S s ] || break
    runs $machine || break
    sleep 0.1
done
if ! runs $machine; then
    echo "SKIPPED: $(head -n 1 err)"
    exit 77
fi
tell() { "$ferrite" ctl s "$@" >said 2>&1; }
tell wait-serial 'REMOVABLE 1 0 REMOVABLE DISK' 600 || fail "no removable disk: $(<said)"
tell wait-serial 'SEEN first 1' 60 || fail "what is in the folder: $(<said)"
tell wait-serial 'STEP 1.' 60 || fail "$(<said)"
printf 'second, and longer\n' >'folder/a long name.txt'
printf 'more\n' >folder/more.txt
! tell refresh hda || fail "a disk that is mounted was changed"
grep -q 'has locked the disk in hda' said || fail "locked: $(<said)"
tell type-serial $'go\n' || fail "$(<said)"
tell wait-serial 'STEP 2.' 60 || fail "$(<said)"
tell refresh hda || fail "the change is refused: $(<said)"
tell drives || fail "$(<said)"
grep -q 'format: removable' said || fail "drives: $(<said)"
tell type-serial $'go\n' || fail "$(<said)"
tell wait-serial 'SEEN second, and longer 2' 60 || fail "the guest does not see what was changed"
tell wait-serial 'STEP 3.' 60 || fail "$(<said)"
tell sleep 3 || fail "$(<said)"
tell quit || true
wait $machine || fail "status $?"
! grep -q BAD serial || fail "the guest complains"
seq 5000 | cmp - folder/from-guest.txt || fail "what the guest wrote is not in the folder"
[ -z "$(find folder -name '.ferrite-*')" ] || fail "half-written files"
echo "a removable disk: seen, changed, locked, written: well"
