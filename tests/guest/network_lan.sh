#!/bin/bash
# network_lan.sh FERRITE - two machines on a LAN of this host hear each other (network.asm), one
# with the ISA card and one with the PCI card.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
command -v nasm >/dev/null || { echo "SKIPPED: needs nasm (apt-get install nasm)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export XDG_RUNTIME_DIR=$work # the sockets go here
nasm -f bin -Wall -Werror -D RAW -o one.img "$here/network.asm"
truncate -s 1440K one.img
cp one.img two.img
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

machine() { # NUMBER MODEL
    timeout 100 "$ferrite" "${extra[@]}" -display none -fda "$1.img" -serial "file:$1.txt" \
        -nic "lan,name=test,model=$2" </dev/null
}
status_one=0 status_two=0
machine one ne2k_isa &
sleep 0.2
machine two ne2k_pci || status_two=$?
wait $! || status_one=$?
cat one.txt two.txt
[ "$status_one" -eq 1 ]
[ "$status_two" -eq 1 ]
# Each has an address of its own, and heard the other's.
first=$(sed -n 's/^card .* MAC \([0-9A-F]*\).*/\1/p' one.txt)
second=$(sed -n 's/^card .* MAC \([0-9A-F]*\).*/\1/p' two.txt)
[ -n "$first" ]
[ -n "$second" ]
[ "$first" != "$second" ]
grep -q "^heard $second" one.txt
grep -q "^heard $first" two.txt
[ -z "$(find ferrite-lan -type s)" ] # nothing is left behind
