# shellcheck shell=bash
# driver-guest.sh - sourced by get-guest, behind packaged-guests.sh: Debian's 686 kernel with drivers for
# the cards that Ferrite has, for tests that bring what is to be done.

# load_order DRIVER FILE-OF-MODULES: the driver's file behind those of what it needs, once each.
load_order() {
    local name=${1//-/_} file need
    [[ " $ordered " != *" $name "* ]] || return 0
    ordered+=" $name"
    file=$(awk -v name="$name" '{ base = $0; sub(/.*\//, "", base); sub(/\.ko$/, "", base); gsub("-", "_", base)
        if (base == name) { print; exit } }' "$2")
    [ -n "$file" ] || return 0 # built in
    for need in $(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p' | tr , ' '); do
        load_order "$need" "$2"
    done
    echo "$file"
}

# linux_drivers DIRECTORY: the kernel, and a RAM disk. Its init loads the drivers that /drivers names,
# one a line with its parameters, and runs /test; a test adds both by an archive of its own behind this one.
linux_drivers() {
    local into=$1 work kernel driver file ordered
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # the value of now
    trap "rm -rf '$work'" EXIT
    debian i386 apt-get update >&2 || echo "get-guest: some package lists are old" >&2
    kernel=$(debian i386 apt-cache depends linux-image-686 |
        awk '/Depends: linux-image-/ { print $2; exit }')
    unpack i386 "$work/root" "$kernel" busybox-static
    mkdir -p "$work/ram/bin" "$work/ram/modules" "$into.part"
    cp "$work/root/bin/busybox" "$work/ram/bin"
    find "$work/root/lib/modules" -name '*.ko' >"$work/all"
    for driver in pcnet32 ne ne2k-pci snd-sb8 snd-sb16 snd-gusclassic snd-ens1370 snd-mpu401 \
        snd-pcm-oss snd-mixer-oss cirrusfb cirrus bochs evdev joydev analog ns558 psmouse \
        uhci-hcd usbhid hid-generic; do
        ordered=
        for file in $(load_order "$driver" "$work/all"); do
            cp -n "$file" "$work/ram/modules"
            basename "$file" >>"$work/ram/modules/order.$driver"
        done
    done
    cat >"$work/ram/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
dmesg -n 1
while read -r driver parameters; do
    for module in $(cat "/modules/order.$driver"); do
        set -- # the parameters are the driver's own
        [ "$module" != "$driver.ko" ] || set -- $parameters
        insmod "/modules/$module" "$@" 2>/dev/null
    done
done </drivers
. /test
echo "GUEST DONE"
sleep 2
poweroff -f
INIT
    chmod +x "$work/ram/init"
    (cd "$work/ram" && find . | cpio --quiet -o -H newc | gzip -n) >"$into.part/initrd.gz"
    cp "$work"/root/boot/vmlinuz-* "$into.part/vmlinuz"
    rm -rf "$into"
    mv "$into.part" "$into"
    rm -rf "$work"
    trap - EXIT
}
