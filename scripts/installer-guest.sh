# shellcheck shell=bash
# installer-guest.sh - sourced by get-guest after packaged-guests.sh: Debian 12's installer.
#
# The kernel and the RAM disks are the ones that Debian packages, unchanged. They are those for a
# start from the network: what comes after the pages for language, keyboard and network the
# installer takes from a Debian mirror. So that no test depends on the internet, the part of the
# mirror that it asks for is kept here: Debian's signed Release file, the list of the installer's
# components, and those components (.udeb) that it loads by itself. A web server on the host, started
# by hand, gives it to a guest with -nic user, and the installer checks Debian's signature and the
# checksums as it always does; the tests stop at the choice of the mirror.
#
# Some mirrors (caches that hold .deb files only) do not have the components. Then there is no
# mirror/debian/pool, and the installer gets as far as loading them.

# udebs COMMAND...: apt-get and its kin, which see nothing but the installer's components.
udebs() {
    local state=${cache:?}/apt-installer command=$1
    shift
    "$command" -q -o APT::Architecture=i386 -o APT::Architectures::=i386 \
        -o "Dir::State=$state" -o "Dir::State::Lists=$state/lists" \
        -o "Dir::State::Status=$state/status" -o "Dir::Cache=$state/cache" \
        -o "Dir::Etc::SourceList=$state/sources" -o Dir::Etc::SourceParts=/dev/null \
        -o APT::Sandbox::User= "$@"
}

# components DIRECTORY KERNEL: the names of all components that the installer loads by itself: standard
# ones, and what these depend on, without the modules of other kernels.
components() {
    local work=$1 kernel=$2
    udebs apt-cache dumpavail >"$work/available"
    awk -v kernel="$kernel" '/^Package: / { name = $2 }
        /^Kernel-Version: / && $2 != kernel { print name }' "$work/available" |
        sort -u >"$work/others"
    awk '/^Package: / { name = $2 }
        /^Priority: (required|important|standard)$/ { print name }' "$work/available" |
        sort -u | comm -23 - "$work/others" >"$work/standard"
    # shellcheck disable=SC2046 # names without spaces
    udebs apt-cache depends --recurse --important $(<"$work/standard") |
        grep '^[a-z0-9]' | sort -u | comm -23 - "$work/others"
}

# mirror_part WORK SITE KERNEL: into the working directory, what the installer takes from a mirror.
mirror_part() {
    local work=$1 site=$2 kernel=$3 names uri file rest
    for file in Release Release.gpg main/debian-installer/binary-i386/Packages.xz; do
        mkdir -p "$(dirname "dists/bookworm/$file")"
        /usr/lib/apt/apt-helper download-file "${site}dists/bookworm/$file" \
            "dists/bookworm/$file" >&2
    done
    names=$(components "$work" "$kernel")
    # shellcheck disable=SC2086 # names without spaces
    udebs apt-get download --print-uris $names >"$work/uris"
    mkdir "$work/pool"
    # shellcheck disable=SC2086
    if (cd "$work/pool" && udebs apt-get download $names >"$work/log" 2>&1); then
        # apt names them by package and version; on the mirror they are where the list says.
        while read -r uri file rest; do
            : "$rest"
            uri=${uri//\'/}
            uri=$(printf '%b' "${uri//%/\\x}")
            mkdir -p "$(dirname "${uri#"$site"}")"
            mv "$work/pool/$file" "${uri#"$site"}"
        done <"$work/uris"
    else
        grep '^E: ' "$work/log" | head -n 1 >&2
        echo "get-guest: $site does not have the installer's components (.udeb): it will get as far as" >&2
        echo "  loading them; name a full Debian mirror in /etc/apt/sources.list for the rest" >&2
    fi
}

# debian_installer DIRECTORY: linux, initrd-text.gz, initrd-gtk.gz, and mirror/debian/.
debian_installer() {
    local into=$1 work state=$cache/apt-installer site images kernel
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # the value of now
    trap "rm -rf '$work'" EXIT
    rm -rf "$into.part"
    mkdir -p "$into.part/mirror/debian" "$state/lists/partial" "$state/cache/archives/partial"
    debian i386 apt-get update >&2 || echo "get-guest: some package lists are old" >&2
    unpack i386 "$work/root" debian-installer-12-netboot-i386
    images=$work/root/usr/lib/debian-installer/images/12/i386
    cp "$images/text/debian-installer/i386/linux" "$into.part/linux"
    cp "$images/text/debian-installer/i386/initrd.gz" "$into.part/initrd-text.gz"
    cp "$images/gtk/debian-installer/i386/initrd.gz" "$into.part/initrd-gtk.gz"
    kernel=$(gzip -dc "$into.part/initrd-text.gz" | cpio --quiet -t 'lib/modules/*' |
        sed -n 's|^lib/modules/\([^/]*\)$|\1|p' | head -n 1)

    # From where this machine takes its packages.
    # shellcheck disable=SC2016 # apt's own variables
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' \
        'Codename: bookworm' 'Label: Debian' 'Component: main' | head -n 1)
    site=${site:-http://deb.debian.org/debian/}
    : >"$state/status"
    echo "deb $site bookworm main/debian-installer" >"$state/sources"
    udebs apt-get update >&2 || echo "get-guest: the installer's list is old" >&2

    (cd "$into.part/mirror/debian" && mirror_part "$work" "$site" "$kernel")
    rm -rf "$into"
    mv "$into.part" "$into"
    rm -rf "$work"
    trap - EXIT
}
