#!/bin/bash
# snapshot_points_long.sh FERRITE GUEST - larger guests saved at three random points of their boot go
# on from each as if nothing had been.
# long
# no sanitizers
# variants: kolibri kolibri_seabios linux linux_seabios linux_disk
# shellcheck disable=SC2016 # ${SERIAL} is run_points' own
set -euo pipefail
ferrite=$(realpath "$1")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/guest/snapshot_points.bash
. "$root/tests/guest/snapshot_points.bash"

skip() {
    echo "SKIPPED: $1"
    exit 77
}

# made NAME: a guest that scripts/get-guest makes.
made() {
    "$root/scripts/get-guest" "$1" 2>/dev/null || skip "scripts/get-guest $1 could not make it"
}

kolibri() {
    local image=${FERRITE_SHARED:-$root/../shared}/guests/kolibri.img
    [ -f "$image" ] || skip "needs $image (KolibriOS, from kolibrios.org)"
    run_points "$guest" 16 '2 key enter
14 mouse 60 40
15 key f1' -fda "$image" -snapshot -m 128 "$@"
}

linux() {
    local files
    files=$(made linux)
    run_points "$guest" 53 '' -m 128 -kernel "$files/vmlinuz" -initrd "$files/initrd.gz" \
        -append console=ttyS0 -serial 'file:${SERIAL}' "$@"
}

seabios=(-bios /usr/share/seabios/bios-256k.bin -vgabios /usr/share/seabios/vgabios-stdvga.bin)
guest=${2:-linux}
case $guest in
*_seabios) [ -f "${seabios[1]}" ] || skip "no ${seabios[1]} (apt-get install seabios)" ;;
esac
case $guest in
kolibri) kolibri ;;
kolibri_seabios) kolibri "${seabios[@]}" ;;
linux) linux ;;
linux_seabios) linux "${seabios[@]}" ;;
linux_disk)
    disk=$(made linux-disk)
    run_points linux_disk 60 '' -m 64 -hda "$disk" -snapshot -serial 'file:${SERIAL}'
    ;;
esac
[ "$failures" -eq 0 ]
