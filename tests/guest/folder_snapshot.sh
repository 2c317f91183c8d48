#!/bin/bash
# folder_snapshot.sh FERRITE - snapshots of machines with a folder as their disk: saved and loaded over
# the same files, refused in words over others, and with rw=live.
set -euo pipefail
ferrite=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_STATE_HOME=$work/state
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

# script DRIVE STATUS PATTERN COMMAND...: one command a line; how it ends, and what is said.
script() {
    local drive=$1 expected=$2 pattern=$3 status=0
    shift 3
    printf '%s\n' "$@" >s
    timeout 60 "$ferrite" -display none -m 4 "${extra[@]}" -drive "folder=f,$drive" -script s >out 2>err </dev/null ||
        status=$?
    if [ "$status" -ne "$expected" ] || { [ -n "$pattern" ] && ! grep -qE -e "$pattern" out err; }; then
        echo "FAILED: $drive: $*: status $status, expected $expected and \"$pattern\""
        sed 's/^/  /' err
        failures=$((failures + 1))
    fi
}

new() {
    rm -rf f o
    mkdir f f/sub
    echo one >f/one.txt
    head -c 100000 /dev/urandom >f/sub/two.bin
}

for drive in rw=no rw=overlay,overlay=o; do
    new
    script "$drive" 0 '' 'sleep 0.05' 'snapshot save snap' 'sleep 0.05' 'snapshot load snap' 'sleep 0.05'
    script "$drive" 0 '' 'snapshot load snap' 'sleep 0.05'
done
# Over other files it would mix two file systems.
new
script rw=no 0 '' 'snapshot save snap'
echo more >>f/one.txt
script rw=no 2 'is not the image, or not in the state' 'snapshot load snap'
new
script rw=no 0 '' 'snapshot save snap'
touch f/three
script rw=no 2 'is not the image, or not in the state' 'snapshot load snap'
mkdir other
cp -r f/. other
mv f away && mv other f
script rw=no 2 'is not the image, or not in the state|disk sectors' 'snapshot load snap'
# A live folder is never in a snapshot, nor loaded over.
new
script rw=live 2 'cannot be in a snapshot: its files would not go back' 'snapshot save live'
[ ! -e live ] || { echo "FAILED: half a snapshot"; failures=$((failures + 1)); }
script rw=no 0 '' 'snapshot save snap'
script rw=live 2 'snap: ' 'snapshot load snap'

[ "$failures" -eq 0 ] || exit 1
echo "all right"
