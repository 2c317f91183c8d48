#!/bin/bash
# disk_views.sh FERRITE - boot disk_views.asm with disks of several geometries, as their partition
# tables were written with: BIOS, tables, IDENTIFY, EDD, CMOS and the ports must agree.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
nasm -f bin -Wall -Werror -o floppy.img "$here/disk_views.asm"

# bytes N...: these bytes; little N: four of them, the lowest first.
# shellcheck disable=SC2059 # the format is the byte
bytes() { local b; for b; do printf "\\x$(printf %02x "$b")"; done; }
little() { bytes $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24)); }

# disk FILE CYLINDERS HEADS SECTORS: an image with one partition from head 1 of cylinder 0 to its
# end, and in the table the CHS that a partitioning program on that geometry writes.
disk() {
    local file=$1 c=$2 h=$3 s=$4 last=$(($2 - 1))
    truncate -s $((c * h * s * 512)) "$file"
    [ "$last" -le 1023 ] || last=1023
    { bytes 128 1 1 0 6 $((h - 1)) $((s | (last >> 8 << 6))) $((last & 255)); little "$s"; little $(((c * h - 1) * s)); } |
        dd of="$file" bs=1 seek=446 conv=notrunc status=none
    bytes 85 170 | dd of="$file" bs=1 seek=510 conv=notrunc status=none
}

# look A B [OPTION...]: both disks as the first and the second.
look() {
    local a=$1 b=$2 status=0
    shift 2
    read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
    timeout 100 "$ferrite" "${extra[@]}" -display none -snapshot -fda floppy.img -hda "$a" -hdb "$b" -boot a \
        -debugcon file:console.txt "$@" </dev/null || status=$?
    if [ "$status" -ne 1 ] || ! grep -q '^END' console.txt; then
        echo "$a, $b: status $status"
        cat console.txt
        exit 1
    fi
}

disk c410h16s38 410 16 38
disk c614h4s17 614 4 17
disk c980h10s17 980 10 17
disk c900h15s63 900 15 63
disk c500h240s63 500 240 63
disk c700h255s63 700 255 63
disk c1100h16s63 1100 16 63
disk c3000h16s63 3000 16 63
truncate -s 20M plain_20M
truncate -s 600M plain_600M
truncate -s 100K plain_100K
truncate -s 20G plain_20G
look c410h16s38 c614h4s17
look c980h10s17 c500h240s63
look c700h255s63 c900h15s63
look c1100h16s63 c3000h16s63
look plain_20M plain_600M
look plain_20G plain_100K
echo "all views of 12 disks agree"
