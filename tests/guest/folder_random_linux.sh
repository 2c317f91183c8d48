#!/bin/bash
# folder_random_linux.sh FERRITE MODE - random file operations of Linux' vfat on a folder's disk, and
# what the guest and the host then see (folder/random_linux.py). FERRITE_SEEDS, FERRITE_KEEP: as for
# folder_random.sh.
# long
# variants: no overlay live
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
cd "$(dirname "$0")"
for need in python3 cpio apt-get; do
    command -v $need >/dev/null || { echo "SKIPPED: needs $need (apt-get install python3 cpio)"; exit 77; }
done
FERRITE_LINUX=$(../../scripts/get-guest linux) || { echo "SKIPPED: no Linux to be had (scripts/get-guest linux)"; exit 77; }
export FERRITE_LINUX
read -ra seeds <<<"${FERRITE_SEEDS:-1 2 3}"
exec python3 -B folder/random_linux.py "$ferrite" "$2" "${seeds[@]}"
