# shellcheck shell=bash
# debian-disk.sh - sourced by get-guest after disk-guests.sh: Debian 12 for the 386 family.

# as_namespace_root COMMAND...: in a user namespace in which there are 65536 users, and we are root.
# A user needs a range of numbers in /etc/subuid, as adduser gives; root takes the real ones.
as_namespace_root() {
    local pid
    if [ "$(id -u)" -ne 0 ]; then
        unshare --user --map-root-user --map-auto --mount --pid --fork "$@"
        return
    fi
    # unshare's own options ask /etc/subuid, where root need not be. The first line that the shell
    # reads says that the numbers are there.
    coproc namespace { exec unshare --user --mount --pid --fork bash -c 'read -r && exec "$@" </dev/null >&2' in "$@"; }
    # shellcheck disable=SC2154 # coproc makes it
    pid=$namespace_PID
    until [ "$(readlink "/proc/$pid/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do
        sleep 0.1
    done
    echo '0 0 65536' >"/proc/$pid/uid_map"
    echo '0 0 65536' >"/proc/$pid/gid_map"
    echo go >&"${namespace[1]}"
    wait "$pid"
}

# with_i386 COMMAND...: where programs for i386 run: here, if the kernel runs them; else a
# namespace whose kernel hands them to qemu-i386-static (Linux 6.7 or newer; nothing outside the
# namespace notices).
with_i386() {
    if arch-test i386 >/dev/null 2>&1; then
        "$@"
        return
    fi
    echo "get-guest: this kernel runs no i386 programs, qemu-i386-static will (slower)" >&2
    packages="qemu-user-static util-linux" need qemu-i386-static unshare
    # shellcheck disable=SC2016 # the inner shell's
    as_namespace_root bash -euc '
        mount -t proc proc /proc
        mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
        printf %s "$1" >/proc/sys/fs/binfmt_misc/register
        shift
        exec "$@"' with_i386 ":i386:M::\\x7fELF\\x01\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\
\\x02\\x00\\x03\\x00:\\xff\\xff\\xff\\xff\\xff\\xfe\\xfe\\xfc\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\
\\xff\\xff:$(command -v qemu-i386-static):OCF" "$@" --mode=root
}

# debian_disk IMAGE: systemd, logins on the screen and the serial port (root, password ferrite),
# gcc, perl, python3. mmdebstrap installs it in a namespace of its own and fakeroot keeps the
# owners: no root, no loop devices.
debian_disk() {
    local work mirror=${FERRITE_MIRROR:-http://deb.debian.org/debian} excluded=() path
    packages="mmdebstrap uidmap arch-test fakeroot perl grub-pc-bin grub-common e2fsprogs" \
        need mmdebstrap arch-test fakeroot perl grub-mkimage mke2fs
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # the value of now
    trap "rm -rf '$work'" EXIT
    mkdir -p "$work/root/boot/grub"
    chmod 755 "$work"

    # Without what no test looks at, above all drivers: half of the installation's time.
    for path in /usr/share/{man,doc,locale,info}/ \
        /lib/modules/'*'/kernel/{sound,drivers/{gpu,media,net/wireless,infiniband,iio,staging}}/; do
        excluded+=("--dpkgopt=path-exclude=$path*")
    done
    # A RAM disk for this machine alone: one for all machines takes minutes to unpack.
    # shellcheck disable=SC2016 # $1 is mmdebstrap's
    if ! with_i386 mmdebstrap --quiet --architectures=i386 --variant=minbase \
        --include=linux-image-686,systemd-sysv,udev,dbus,login,kmod,procps,e2fsprogs \
        --include=gcc,libc6-dev,perl,python3 "${excluded[@]}" \
        --setup-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
        --setup-hook='echo MODULES=list >"$1/etc/initramfs-tools/conf.d/machine"' \
        --setup-hook='printf "%s\n" ata_piix sd_mod ext4 >"$1/etc/initramfs-tools/modules"' \
        bookworm "$work/root.tar" "$mirror" >&2; then
        echo "get-guest: Debian was not installed (the mirror is $mirror; another: FERRITE_MIRROR)" >&2
        exit 2
    fi

    cat >"$work/setup" <<'SETUP'
set -euo pipefail
image=$1 work=$2
. scripts/disk-guests.sh
need() { :; }
tar -x -p -f "$work/root.tar" -C "$work/root"
cp "$work/grub.cfg" "$work/root/boot/grub/grub.cfg"
(
    cd "$work/root"
    perl -pi -e 's/^root:[^:]*/"root:" . crypt("ferrite", q($6$ferrite$))/e' etc/shadow
    echo ferrite >etc/hostname
    printf '127.0.0.1 localhost\n127.0.1.1 ferrite\n' >etc/hosts
    echo '/dev/sda1 / ext4 errors=remount-ro 0 1' >etc/fstab
    # The image has its identity from the start: nothing random at the first boot.
    echo ferrite | md5sum | cut -c1-32 >etc/machine-id
    mv boot/vmlinuz-* boot/vmlinuz
    mv boot/initrd.img-* boot/initrd.gz
    rm -rf boot/System.map-* var/lib/apt/lists/* var/cache/apt/*.bin
    find . -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
)
grub_disk "$image" 2000 "$work/root"
SETUP
    grub_menu "$work/grub.cfg" "Debian 12" "root=/dev/sda1 ro quiet console=tty0 console=ttyS0,115200"
    fakeroot bash "$work/setup" "$1.part" "$work"
    mv "$1.part" "$1"
    rm -rf "$work"
    trap - EXIT
}
