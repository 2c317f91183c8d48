# shellcheck shell=bash
# xorg-guest.sh - sourced by get-guest, behind packaged-guests.sh: Debian's X server for i386 and a few
# of its clients, for tests that add it to the RAM disk of "get-guest linux-drivers".

# with_libraries ROOT INTO FILE...: these files, and the libraries that they name.
with_libraries() {
    local root=$1 into=$2 file name
    shift 2
    for file in "$@"; do
        [ ! -e "$into/$file" ] || continue
        mkdir -p "$into/$(dirname "$file")"
        cp -L "$root/$file" "$into/$file"
        for name in $(readelf -d "$root/$file" 2>/dev/null | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'); do
            while read -r name; do with_libraries "$root" "$into" "$name"; done < <(cd "$root" &&
                find lib usr/lib -maxdepth 2 -name "$name" -path '*/i386-linux-gnu/*' | head -n 1)
        done
    done
}

# xorg DIRECTORY: ram.gz, to be put behind another RAM disk. What the server could do with OpenGL, and what
# only the installation of packages needs, stays away.
xorg() {
    local into=$1 work modules=usr/lib/xorg/modules packages
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # the value of now
    trap "rm -rf '$work'" EXIT
    debian i386 apt-get update >&2 || echo "get-guest: some package lists are old" >&2
    mapfile -t packages < <(debian i386 apt-get install --no-install-recommends --simulate \
        xserver-xorg-core xserver-xorg-video-{cirrus,fbdev} xserver-xorg-input-evdev xterm twm x11-apps \
        x11-xserver-utils | awk '/^Inst/ { print $2 }' |
        grep -vE '^(libllvm|libgl1|libglx|libicu|libz3|perl|dpkg|tar$|passwd|adduser|udev|libdb5|openssl|fonts|mesa|man-db|groff)')
    [ ${#packages[@]} -gt 10 ] || { echo "get-guest: no X server for i386 in apt's lists" >&2; exit 2; }
    unpack i386 "$work/root" "${packages[@]}"
    with_libraries "$work/root" "$work/ram" usr/lib/xorg/Xorg lib/i386-linux-gnu/libgcc_s.so.1 \
        usr/bin/{xkbcomp,xterm,twm,xlogo,xsetroot,xwd} \
        $modules/drivers/{cirrus_drv,cirrus_alpine,fbdev_drv,modesetting_drv}.so $modules/input/evdev_drv.so \
        $modules/lib{fbdevhw,int10,shadow,shadowfb,vgahw}.so
    cp -L "$work/root/lib/i386-linux-gnu/ld-linux.so.2" "$work/ram/lib"
    mkdir -p "$work/ram/usr/share" "$work/ram/etc" "$into.part"
    cp -r "$work/root/usr/share/X11" "$work/ram/usr/share"
    cp -r "$work/root/etc/X11" "$work/ram/etc"
    (cd "$work/ram" && find . | cpio --quiet -o -H newc | gzip -n) >"$into.part/ram.gz"
    rm -rf "$into"
    mv "$into.part" "$into"
    rm -rf "$work"
    trap - EXIT
}
