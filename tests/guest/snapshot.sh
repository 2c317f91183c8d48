#!/bin/bash
# snapshot.sh FERRITE - a machine saved in the middle of its boot and loaded by another process
# goes on exactly as if nothing had happened: same screens, same number of instructions. Damaged
# snapshots and those of another machine are refused with the reason.
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

fail() {
    echo "FAILED: $1"
    cat err
    failures=$((failures + 1))
}

# continues SECONDS ARGUMENT...: saved after so many seconds, loaded, run on for one.
continues() {
    local at=$1 status=0
    shift
    printf 'sleep %s\nsnapshot save vm.snap\n' "$at" >save.script
    printf 'key down\nsleep 1\nscreenshot a.png\ndump-text a.txt\n' >>save.script
    printf 'key down\nsleep 1\nscreenshot b.png\ndump-text b.txt\n' >load.script
    "$ferrite" "$@" "${extra[@]}" -stats -script save.script >out 2>err || fail "saving at $at s"
    grep -E '^(instructions|guest)' err >a.stats
    "$ferrite" "$@" "${extra[@]}" -stats -loadvm vm.snap -script load.script >out 2>err || fail "loading"
    grep -E '^(instructions|guest)' err >b.stats
    for kind in png txt stats; do
        cmp a.$kind b.$kind || fail "$* saved at $at s: the $kind differs after loading"
    done
}

# refused PATTERN ARGUMENT...
refused() {
    local pattern=$1 status=0
    shift
    "$ferrite" -display none -script load.script "$@" >out 2>err || status=$?
    if [ $status -ne 2 ] || [ "$(wc -l <err)" -ne 1 ] || ! grep -qE -e "$pattern" err; then
        fail "$*: status $status, no \"$pattern\""
    fi
}

for at in 0.003 0.02 0.11; do
    continues $at -display none
done
freedos=${FERRITE_SHARED:-$root/../shared}/guests/freedos/freedos.boot.disk.1.4MB.img
if [ -f "$freedos" ]; then
    for at in 0.2 0.4; do
        continues $at -display none -fda "$freedos" -snapshot -m 4 -speed 20
    done
    continues 0.5 -display none -fda "$freedos" -snapshot -m 4 -speed 20 -cpu 386
fi
mikeos=${FERRITE_SHARED:-$root/../shared}/guests/mikeos.iso
if [ -f "$mikeos" ]; then # in the middle of reading the CD, and after it
    for at in 0.021 0.022 0.023 0.03 0.2; do
        continues $at -display none -cdrom "$mikeos" -m 4
    done
fi
# Another firmware: ROMs copied to shadow RAM, base addresses moved, memory above 1 MB in use.
seabios=/usr/share/seabios
if [ -f "$freedos" ] && [ -f $seabios/bios.bin ] && [ -f $seabios/vgabios-stdvga.bin ]; then
    for at in 0.003 0.1 0.6 1.3; do
        continues $at -display none -fda "$freedos" -snapshot -m 8 -speed 20 \
            -bios $seabios/bios.bin -vgabios $seabios/vgabios-stdvga.bin
    done
fi

continues 0.05 -display none
size=$(stat -c %s vm.snap)
head -c $((size / 2)) vm.snap >half.snap
cp vm.snap flipped.snap
printf '\252' | dd of=flipped.snap bs=1 seek=$((size / 2)) conv=notrunc status=none
cmp -s vm.snap flipped.snap && printf '\125' | dd of=flipped.snap bs=1 seek=$((size / 2)) conv=notrunc status=none
echo "this is no snapshot" >text.snap
: >empty.snap
refused 'truncated' -loadvm half.snap
refused 'checksum' -loadvm flipped.snap
refused 'not a Ferrite snapshot' -loadvm text.snap
refused 'not a Ferrite snapshot' -loadvm empty.snap
refused 'No such file' -loadvm missing.snap
refused 'vm.snap: .*(memory|RAM|ram)' -loadvm vm.snap -m 17
refused 'vm.snap: ' -loadvm vm.snap -cpu 486

[ "$failures" -eq 0 ] || exit 1
echo "saved and loaded machines go on the same"
