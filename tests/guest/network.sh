#!/bin/bash
# network.sh FERRITE - network.asm drives the NE2000 (ISA), the RTL8029 and the PCnet (PCI) by
# their ports, gets an address by DHCP and the router's by ARP; the host sends it a datagram through a
# forwarded port and gets it back. Needs a build with libslirp.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
command -v nasm >/dev/null || { echo "SKIPPED: needs nasm (apt-get install nasm)"; exit 77; }
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

image() { # NAME [NASM ARGUMENT]...
    local name=$1
    shift
    nasm -f bin -Wall -Werror -i "$here/" "$@" -o "$name" "$here/network.asm"
    truncate -s 1440K "$name"
}
image plain.img
image echo.img -D ECHO
image pcnet.img -D PCNET

run() { # IMAGE NIC [ARGUMENT]...: what the guest says, without CRs
    local image=$1 nic=$2 status=0
    shift 2
    timeout 100 "$ferrite" "${extra[@]}" -display none -fda "$image" -nic "$nic" "$@" \
        -serial file:serial.txt </dev/null 2>error.txt || status=$?
    cat error.txt >&2
    if grep -q 'without libslirp' error.txt; then
        echo "SKIPPED: $(cat error.txt)"
        exit 77
    fi
    [ "$status" -eq 1 ] || { echo "FAILED: exit status $status"; exit 1; }
    tr -d '\r' <serial.txt >said.txt
    cat said.txt
}

expect() { # LINE...
    printf '%s\n' "$@" | diff - said.txt || { echo "FAILED: the guest said something else"; exit 1; }
}

common=('DHCP 10.0.2.15' 'ARP 10.0.2.2 at 52550A000202')

# The same run twice gives the same frames at the same times: the host is not in it.
run plain.img user,model=ne2k_isa -netdump one.pcap
expect 'card 0300 MAC 525400123456' "${common[@]}" 'interrupts 04' END
run plain.img user,model=ne2k_isa -netdump two.pcap
cmp one.pcap two.pcap
[ "$(od -An -tx4 -N4 one.pcap | tr -d ' ')" = a1b23c4d ]
# DISCOVER, OFFER, question and answer of ARP: each with its 16 bytes of header.
[ "$(od -An -tx1 -v one.pcap | tr -d ' \n' | grep -o '0806000108000604000[12]' | wc -l)" -ge 2 ]
run plain.img user,model=ne2k_isa,io=0x300,irq=11,mac=02:00:00:aa:bb:cc
expect 'card 0300 MAC 020000AABBCC' "${common[@]}" 'interrupts 00' END # the guest takes 10 for sure
run plain.img user,model=ne2k_pci,restrict=on
grep -q '^card [1-9A-F]..0 MAC 525400123456' said.txt
sed -i 1d said.txt
expect "${common[@]}" 'interrupts 04' END
run pcnet.img user,model=pcnet -netdump one.pcap
grep -q '^card [1-9A-F]..0 MAC 525400123456' said.txt
sed -i 1d said.txt
expect "${common[@]}" 'interrupts 04' END
run pcnet.img user,model=pcnet -netdump two.pcap
cmp one.pcap two.pcap

# A file of frames that cannot be written is an error before the machine starts.
status=0
timeout 100 "$ferrite" -display none -fda plain.img -nic user -netdump . </dev/null 2>error.txt ||
    status=$?
cat error.txt
[ "$status" -eq 2 ]
grep -q netdump error.txt
# One that fills up is one in mid-run, not only at the end of a guest that never ends.
status=0
timeout 100 "$ferrite" -display none -fda plain.img -nic user,model=ne2k_isa -netdump /dev/full -limit host=90 \
    </dev/null 2>error.txt || status=$?
cat error.txt
[ "$status" -eq 2 ]
[ "$(grep -c 'netdump /dev/full: not all was written' error.txt)" -eq 1 ]

# Through a forwarded port and back. Another program may have the port: try some.
start_echo() { # RESTRICT
    local attempt i
    for ((attempt = 0; attempt < 5; attempt++)); do
        port=$((20000 + RANDOM))
        : >serial.txt
        timeout 100 "$ferrite" "${extra[@]}" -display none -fda echo.img -serial file:serial.txt \
            -nic "user,restrict=$1,hostfwd=udp::$port-:7" </dev/null 2>error.txt &
        running=$!
        for ((i = 0; i < 600; i++)); do
            ! grep -q ready serial.txt || return 0
            runs "$running" || break
            sleep 0.1
        done
        wait "$running" || true
        cat error.txt
    done
    echo "FAILED: the guest never gets ready"
    exit 1
}

# ask SECONDS: the answer to a datagram, empty when none comes.
ask() {
    local status=0 host=127.0.0.1
    exec 3<>"/dev/udp/$host/$port"
    printf 'how are you?' >&3
    answer=""
    read -r -t "$1" -N 12 answer <&3 || true
    exec 3>&-
    wait "$running" || status=$?
    cat serial.txt
    [ "$status" -eq 1 ] && grep -q '^UDP how are you?' serial.txt
}

start_echo off
ask 60
[ "$answer" = 'how are you?' ] || { echo "FAILED: the answer is \"$answer\""; exit 1; }
# A restricted guest can be reached, but what it sends by UDP goes nowhere.
start_echo on
ask 2
[ -z "$answer" ] || { echo "FAILED: restrict=on lets \"$answer\" out"; exit 1; }
