# shellcheck shell=bash
# packaged-guests.sh - sourced by get-guest: guests that come out of Debian's package archive.
# Nothing is installed and root is not needed.

# debian ARCH COMMAND...: apt-get with lists of its own, so that neither root nor the machine's
# configuration matters for packages of another architecture.
debian() {
    local arch=$1 state=${cache:?}/apt-$1 command=$2
    shift 2
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    [ -f "$state/status" ] || : >"$state/status"
    "$command" -q -o "APT::Architecture=$arch" -o "APT::Architectures::=$arch" \
        -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" \
        -o "Dir::State::Status=$state/status" -o "Dir::Cache=$state/cache" \
        -o APT::Sandbox::User= "$@"
}

# unpack ARCH DIRECTORY PACKAGE...
unpack() {
    local arch=$1 into=$2 package
    shift 2
    mkdir -p "$into"
    (cd "$into" && debian "$arch" apt-get download "$@" >&2)
    for package in "$into"/*.deb; do
        dpkg-deb -x "$package" "$into"
    done
}

# linux DIRECTORY: the 686 kernel, and a RAM disk whose init reports on the serial port.
linux() {
    local into=$1 work kernel module
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # the value of now
    trap "rm -rf '$work'" EXIT
    debian i386 apt-get update >&2 || echo "get-guest: some package lists are old" >&2
    kernel=$(debian i386 apt-cache depends linux-image-686 |
        awk '/Depends: linux-image-/ { print $2; exit }')
    unpack i386 "$work/root" "$kernel" busybox-static
    mkdir -p "$work/ram/bin" "$work/ram/modules" "$into.part"
    cp "$work/root/bin/busybox" "$work/ram/bin"
    # In the order in which they need one another.
    for module in scsi_common scsi_mod libata ata_piix crc64 crct10dif_common crct10dif_generic \
        crc-t10dif crc64_rocksoft_generic crc64-rocksoft t10-pi sd_mod \
        crc32c_generic crc16 mbcache jbd2 ext4; do
        find "$work/root/lib/modules" -name "$module.ko" -exec cp {} "$work/ram/modules" \;
        echo "$module" >>"$work/ram/modules/order"
    done
    # A test that brings its own init mounts FAT volumes.
    for module in fat vfat nls_ascii nls_cp437 nls_utf8; do
        find "$work/root/lib/modules" -name "$module.ko" -exec cp {} "$work/ram/modules" \;
        echo "$module" >>"$work/ram/modules/order.fat"
    done
    # And one has its disk at a USB port.
    for module in usb-common usbcore uhci-hcd usb-storage; do
        find "$work/root/lib/modules" -name "$module.ko" -exec cp {} "$work/ram/modules" \;
        echo "$module" >>"$work/ram/modules/order.usb"
    done
    cat >"$work/ram/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
# root=/dev/sda1: a system on a disk (get-guest linux-disk).
root=$(sed -n 's/.*\<root=\([^ ]*\).*/\1/p' /proc/cmdline)
if [ -n "$root" ]; then
    for module in $(cat /modules/order); do insmod "/modules/$module.ko"; done
    while [ ! -b "$root" ]; do sleep 0.1; done
    mkdir -p /root
    mount -t ext4 -o ro "$root" /root
    umount /dev /sys /proc
    exec switch_root /root /sbin/init
fi
echo "GUEST READY $(uname -sm)"
echo "GUEST SHA256 $(sha256sum </bin/busybox)"
echo "GUEST CPU $(grep -m1 'model name' /proc/cpuinfo)"
# A test that adds a file "disk" to the RAM disk: read a disk, write to it, read it again.
if [ -f /disk ]; then
    dmesg -n 1 # no messages in the middle of ours
    for module in $(cat /modules/order); do insmod "/modules/$module.ko"; done
    while [ ! -b /dev/sda ]; do sleep 0.1; done
    echo "GUEST DISK $(sha256sum </dev/sda)"
    dd if=/bin/busybox of=/dev/sda bs=64k seek=16 conv=fsync 2>/dev/null
    echo 3 >/proc/sys/vm/drop_caches
    echo "GUEST DISK WRITTEN $(sha256sum </dev/sda)"
fi
echo "GUEST DONE"
sleep 1
poweroff -f
INIT
    chmod +x "$work/ram/init"
    (cd "$work/ram" && find . | cpio --quiet -o -H newc | gzip -n) >"$into.part/initrd.gz"
    cp "$work"/root/boot/vmlinuz-* "$into.part/vmlinuz"
    cp "$work/root/bin/busybox" "$into.part"
    sha256sum <"$work/root/bin/busybox" >"$into.part/busybox.sha256"
    rm -rf "$into"
    mv "$into.part" "$into"
    rm -rf "$work"
    trap - EXIT
}

# memtest DIRECTORY: memtest86+, which starts like a Linux kernel.
memtest() {
    local into=$1 work
    work=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    debian amd64 apt-get update >&2 || echo "get-guest: some package lists are old" >&2
    unpack amd64 "$work" memtest86+
    mkdir -p "$into"
    cp "$work/boot/memtest86+ia32.bin" "$into/memtest.bin"
    rm -rf "$work"
    trap - EXIT
}
