# shellcheck shell=bash
# disk-guests.sh - sourced by get-guest: systems on a hard disk that GRUB starts.
# No root, no loop devices: the image is put together from its parts.

# The one partition starts at 1 MB; GRUB's core lies in front of it.
partition_start=2048

# le32 NUMBER: its four bytes, for printf '%b'.
le32() {
    printf '\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# grub_disk IMAGE MB DIRECTORY: a disk of MB megabytes, an ext4 file system with what is in
# DIRECTORY, GRUB in front of it, which takes its menu from /boot/grub/grub.cfg. Run it under
# fakeroot where owners matter. The same contents give the same image.
grub_disk() {
    local image=$1 sectors=$(($2 * 2048)) tree=$3 work grub=/usr/lib/grub/i386-pc
    packages="grub-pc-bin grub-common e2fsprogs" need grub-mkimage mke2fs
    if [ ! -f $grub/boot.img ]; then
        echo "get-guest: no $grub/boot.img: apt-get install grub-pc-bin" >&2
        exit 2
    fi
    work=$(mktemp -d)
    # The core's own first sector already expects the rest of it from sector 2 on, and boot.img
    # the core in sector 1: nothing has to be patched.
    grub-mkimage -O i386-pc -o "$work/core" -p '(hd0,msdos1)/boot/grub' biosdisk part_msdos ext2 \
        normal configfile linux serial terminal terminfo echo test cat ls
    if [ "$(stat -c %s "$work/core")" -gt $(((partition_start - 1) * 512)) ]; then
        echo "get-guest: GRUB's core does not fit in front of the partition" >&2
        exit 2
    fi
    rm -f "$image"
    truncate -s $((sectors * 512)) "$image"
    # Fixed identifiers and times: the same image every time.
    E2FSPROGS_FAKE_TIME=${SOURCE_DATE_EPOCH:?} mke2fs -q -t ext4 -L ferrite \
        -U 46657272-6974-6544-8973-6b0000000001 \
        -E "offset=$((partition_start * 512)),hash_seed=46657272-6974-6544-8973-6b0000000002,root_owner=0:0" \
        -d "$tree" "$image" $(((sectors - partition_start) / 2))k
    dd if=$grub/boot.img of="$image" bs=440 count=1 conv=notrunc status=none
    dd if="$work/core" of="$image" bs=512 seek=1 conv=notrunc status=none
    # The disk's signature; then the partition: active, type 83h, its place as a CHS address that
    # says "see the LBA", its place and length.
    printf '%b' "FERR\\0\\0\\x80\\xfe\\xff\\xff\\x83\\xfe\\xff\\xff$(le32 $partition_start)$(le32 \
        $((sectors - partition_start)))" |
        dd of="$image" bs=1 seek=440 conv=notrunc status=none
    printf '\x55\xaa' | dd of="$image" bs=1 seek=510 conv=notrunc status=none
    rm -rf "$work"
}

# grub_menu FILE TITLE KERNEL-ARGUMENTS: on the screen and on the first serial port.
grub_menu() {
    mkdir -p "$(dirname "$1")"
    cat >"$1" <<MENU
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
set timeout=3
menuentry "$2" {
    echo "Loading $2"
    linux /boot/vmlinuz $3
    initrd /boot/initrd.gz
}
MENU
}

# linux_disk IMAGE: the kernel and the RAM disk of "get-guest linux", a root of busybox, and 24 MB
# of data that a test can check. Init leaves shells on the screen and on the serial port.
linux_disk() {
    local kernel work
    kernel=$(scripts/get-guest linux)
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # the value of now
    trap "rm -rf '$work'" EXIT
    mkdir -p "$work"/root/{bin,sbin,dev,proc,sys,etc,tmp,data,boot}
    cp "$kernel/vmlinuz" "$kernel/initrd.gz" "$work/root/boot"
    cp "$kernel/busybox" "$work/root/bin"
    grub_menu "$work/root/boot/grub/grub.cfg" "Linux on a disk" \
        "root=/dev/sda1 console=tty0 console=ttyS0,115200 quiet"
    cat >"$work/root/etc/inittab" <<'INITTAB'
::sysinit:/etc/rc
tty1::respawn:-/bin/sh
ttyS0::respawn:-/bin/sh
::shutdown:/bin/sync
::shutdown:/bin/umount -a -r
INITTAB
    cat >"$work/root/etc/rc" <<'RC'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -o remount,rw /
/bin/busybox --install -s
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
dmesg -n 1 # no messages in the middle of ours
for console in /dev/tty1 /dev/ttyS0; do
    echo "GUEST READY $(uname -sm)" >$console
done
RC
    # What the tests want to know, on the serial port; "sh /check" at either prompt.
    cat >"$work/root/check" <<'CHECK'
exec >/dev/ttyS0 2>&1
stty -onlcr
dmesg >/tmp/dmesg
say() { echo "GUEST $*"; }
say CLOCKSOURCES $(cat /sys/devices/system/clocksource/clocksource0/*_clocksource)
# Ten seconds of the clock chip, told by each clock source of the kernel.
seconds() { cat /sys/class/rtc/rtc0/since_epoch; }
tick() {
    local now=$(seconds)
    while [ "$(seconds)" = "$now" ]; do :; done
}
uptime() { sed 's/ .*//' /proc/uptime; }
for source in $(cat /sys/devices/system/clocksource/clocksource0/available_clocksource); do
    echo $source >/sys/devices/system/clocksource/clocksource0/current_clocksource
    tick; a=$(uptime)
    for i in 1 2 3 4 5 6 7 8 9 10; do tick; done
    say CLOCK $source 10 $a $(uptime)
done
say READ $(sha256sum </data/input)
cp /data/input /data/output
sed -n 1000,2000p /data/input | tac >/data/reversed
sync
echo 3 >/proc/sys/vm/drop_caches
say WRITTEN $(sha256sum </data/output)
say REVERSED $(sha256sum </data/reversed)
say DONE
CHECK
    chmod +x "$work/root/etc/rc"
    ln -s /bin/busybox "$work/root/sbin/init"
    seq -f %07.0f 3000000 >"$work/root/data/input"
    find "$work/root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    grub_disk "$1.part" 160 "$work/root"
    mv "$1.part" "$1"
    rm -rf "$work"
    trap - EXIT
}
