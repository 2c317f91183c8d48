#!/bin/bash
# network_lan.sh FERRITE - two machines on a LAN of this host hear each other (network.asm), with
# cards of every kind.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
export XDG_RUNTIME_DIR=$work # the sockets go here
nasm -f bin -Wall -Werror -i "$here/" -D RAW -o ne2k.img "$here/network.asm"
nasm -f bin -Wall -Werror -i "$here/" -D RAW -D PCNET -o pcnet.img "$here/network.asm"
truncate -s 1440K ne2k.img pcnet.img
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

machine() { # NUMBER MODEL
    cp "${2%%_*}.img" "$1.img"
    timeout 100 "$ferrite" "${extra[@]}" -display none -fda "$1.img" -serial "file:$1.txt" \
        -nic "lan,name=test,model=$2" </dev/null
}

together() { # MODEL MODEL: each has an address of its own, and heard the other's.
    local status_one=0 status_two=0 first second
    machine one "$1" &
    sleep 0.2
    machine two "$2" || status_two=$?
    wait $! || status_one=$?
    cat one.txt two.txt
    [ "$status_one" -eq 1 ] || exit 1
    [ "$status_two" -eq 1 ] || exit 1
    first=$(sed -n 's/^card .* MAC \([0-9A-F]*\).*/\1/p' one.txt)
    second=$(sed -n 's/^card .* MAC \([0-9A-F]*\).*/\1/p' two.txt)
    [ -n "$first" ] || exit 1
    [ -n "$second" ] || exit 1
    [ "$first" != "$second" ] || exit 1
    grep -q "^heard $second" one.txt || exit 1
    grep -q "^heard $first" two.txt || exit 1
    [ -z "$(find ferrite-lan -type s)" ] || exit 1 # nothing is left behind
}
together ne2k_isa ne2k_pci
together pcnet ne2k_isa

# Who cannot look whether somebody is there does not take the place of who is.
timeout 100 "$ferrite" "${extra[@]}" -display none -nic lan,name=kept -limit host=90 </dev/null &
there=$!
for ((i = 0; i < 600; i++)); do
    [ ! -S ferrite-lan/kept.0 ] || break
    sleep 0.1
done
before=$(stat -c %i ferrite-lan/kept.0)
refused=0
for files in 3 4 5 6 7 8 9 10; do
    (
        ulimit -n "$files"
        timeout 100 "$ferrite" "${extra[@]}" -display none -nic lan,name=kept -limit guest=0.01
    ) </dev/null >said 2>&1 || refused=1
    [ "$(stat -c %i ferrite-lan/kept.0)" = "$before" ] || { cat said; echo "a place was taken"; exit 1; }
done
[ "$refused" = 1 ] || exit 1
signal TERM "$there"
wait "$there" || true
