#!/bin/bash
# network_kolibri.sh FERRITE - an operating system with its own driver and its own TCP/IP:
# KolibriOS finds the RTL8029, gets its address by DHCP, and its FTP server answers a connection
# from the host through a forwarded port. Needs a build with libslirp.
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kolibri=${FERRITE_SHARED:-$root/../shared}/guests/kolibri.img
[ -f "$kolibri" ] || { echo "SKIPPED: needs $kolibri (KolibriOS, from kolibrios.org)"; exit 77; }
command -v mcopy >/dev/null || { echo "SKIPPED: needs mtools (apt-get install mtools)"; exit 77; }
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
export MTOOLS_SKIP_CHECK=1

# The image comes with its network switched off in the list of programs to start.
cp "$kolibri" kolibri.img
{
    mtype -i kolibri.img ::/SETTINGS/AUTORUN.DAT | sed 's|^#/SYS/NETWORK|/SYS/NETWORK|'
    printf '\r\n/SYS/NETWORK/FTPD "" 1\r\n'
} >autorun
mcopy -o -i kolibri.img autorun ::/SETTINGS/AUTORUN.DAT
cat >boot.script <<'END'
wait-text "Press [abcde] to change settings"
key enter
sleep 90
screenshot late.png
END

# A slow guest clock: KolibriOS lets a server write before its TCP has seen the handshake's last
# ACK, and then takes the first byte for the SYN that is acknowledged. A server faster than two
# frames take on the cable (0.13 ms) therefore loses the first digit.
#
# 220 is an FTP server's greeting. The connection is taken by the host's side as soon as there is
# a port, and falls silent or is closed when nobody in the guest listens.
greeting=""
for ((attempt = 0; attempt < 5; attempt++)); do
    port=$((20000 + RANDOM))
    timeout 110 "$ferrite" -speed 12 -display none -m 64 -fda kolibri.img -script boot.script \
        -nic "user,hostfwd=tcp::$port-:21" -netdump frames.pcap </dev/null 2>error.txt &
    running=$!
    for ((i = 0; i < 50; i++)); do
        runs "$running" || break
        sleep 2
        if exec 3<>"/dev/tcp/127.0.0.1/$port"; then
            read -r -t 5 greeting <&3 || true
            exec 3>&-
        fi 2>/dev/null
        [[ $greeting != 220* ]] || break 2
    done
    wait "$running" || true
    cat error.txt
    if grep -q 'without libslirp' error.txt; then
        echo "SKIPPED: $(cat error.txt)"
        exit 77
    fi
    grep -q 'cannot be taken' error.txt || break
done
echo "greeting: $greeting"
[[ $greeting == 220* ]] || { echo "FAILED: no FTP server answers"; exit 1; }
