#!/bin/bash
# folder_random.sh FERRITE MODE - random file operations of FreeDOS on a folder's disk, and what the
# guest and the host then see (folder/random_dos.py): rw=no, rw=overlay with its commit, rw=live.
# FERRITE_SEEDS: other seeds; FERRITE_KEEP=1: what a failure leaves stays.
# variants: no overlay live
# no sanitizers
set -euo pipefail
ferrite=$(realpath "$1")
cd "$(dirname "$0")"
export FERRITE_SHARED=${FERRITE_SHARED:-$PWD/../../../shared}
image=$FERRITE_SHARED/guests/freedos/freedos.boot.disk.1.4MB.img
for need in python3 nasm mcopy; do
    command -v $need >/dev/null || { echo "SKIPPED: needs $need (apt-get install python3 nasm mtools)"; exit 77; }
done
[ -e "$image" ] || { echo "SKIPPED: needs $image"; exit 77; }
read -ra seeds <<<"${FERRITE_SEEDS:-1 2}"
exec python3 -B folder/random_dos.py "$ferrite" "$2" "${seeds[@]}"
