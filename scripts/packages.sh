# shellcheck shell=bash
# packages.sh - sourced by run and test: what the project needs of Debian, and installing it.

# shellcheck disable=SC2034 # both are used by those who source this file
build_packages=(gcc libc6-dev cmake ninja-build pkg-config nasm acpica-tools
    libsdl2-dev libpng-dev zlib1g-dev libslirp-dev libvncserver-dev libwebsockets-dev)
# shellcheck disable=SC2034
test_packages=(check libzydis-dev mtools dosfstools xvfb xdotool x11-apps ffmpeg libexpat1
    libjansson4 libedit2 xorriso isolinux syslinux-common grub-pc-bin grub-common seabios shellcheck python3 vncsnapshot)
# For CI, besides.
# shellcheck disable=SC2034
ci_packages=(clang libclang-rt-14-dev clang-format gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
    lintian dpkg-dev desktop-file-utils appstream man-db qemu-utils libnbd0 zsh fish
    chromium chromium-driver python3-selenium)
# For the long tests, besides.
# shellcheck disable=SC2034
long_packages=(emscripten nodejs cpio e2fsprogs ipxe perl fakeroot mmdebstrap uidmap arch-test qemu-user-static)

# install_missing PACKAGE... : apt-get install of those that are not there.
install_missing() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian; if something is missing, install the like of: $*" >&2
        return 0
    fi
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}" >&2
    # Some are for comfort only, so this may fail: the build says what it cannot do without. One at a
    # time, for apt-get does not wait for another's lists.
    {
        flock 9
        "${as_root[@]}" apt-get update -qq 9>&- >&2 &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -qq --no-install-recommends "${missing[@]}" 9>&- >&2 ||
            echo "That failed; as root: apt-get install ${missing[*]}. Going on without." >&2
    } 9<"${BASH_SOURCE[0]}"
}

# progress LOG : what comes is put there; on a terminal its count, "[17/680]" or "[ 2%]", is shown.
progress() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$1"
        if [ -t 2 ] && [[ $line == '['*']'* ]]; then
            printf '\r  %s] ' "${line%%]*}" >&2
        fi
    done
    if [ -t 2 ]; then
        printf '\r\033[K' >&2
    fi
}

# build DIRECTORY [CMAKE ARGUMENT]... : quiet unless it fails. With build_targets these alone are made.
build_targets=()
build() {
    local directory=$1 log
    shift
    mkdir -p "$directory"
    log=$directory/build.log
    local generator=() targets=()
    # A directory that was configured before keeps its generator.
    if [ ! -f "$directory/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        generator=(-G Ninja)
    fi
    if [ ${#build_targets[@]} -gt 0 ]; then
        targets=(--target "${build_targets[@]}")
    fi
    : >"$log"
    if ! { cmake -S . -B "$directory" "${generator[@]}" "$@" &&
        cmake --build "$directory" --parallel "$(nproc)" "${targets[@]}"; } 2>&1 | progress "$log"; then
        tail -n 60 "$log" >&2
        echo "The build failed; all of it is in $log" >&2
        return 1
    fi
}

# Guests that are no part of the repository: FERRITE_SHARED, or a directory beside it.
shared_directory() {
    local root
    root=$(pwd)
    if [ -n "${FERRITE_SHARED:-}" ]; then
        echo "$FERRITE_SHARED"
    elif [ -d "$root/../shared" ]; then
        (cd "$root/../shared" && pwd)
    fi
}
