#!/bin/bash
# bios_edges.sh FERRITE - boot bios_edges.asm on the built-in BIOS: what programs meet off the
# beaten path. Calls that do not exist, interrupts on during services, hooks that read the
# keyboard's port before they chain, what POST leaves in the chips.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm

nasm -f bin -Wall -Werror -I "$here/" -o floppy.img "$here/bios_edges.asm"
truncate -s 1440K floppy.img
truncate -s 20M hda.img
truncate -s 300000000000 hdb.img # holes: next to nothing on the host's disk
truncate -s 3000000000000 hdc.img
# At the usual speed in slow builds, too: how often a loop polls in a tick is what some checks are about.
status=0
timeout 300 "$ferrite" -display none -fda floppy.img -hda hda.img -hdb hdb.img -hdc hdc.img \
    -serial file:com1.txt -debugcon file:console.txt </dev/null || status=$?
grep -v '^ok ' console.txt || true
echo "$(grep -c '^ok ' console.txt) checks passed"
# What the guest sent through COM1 without setting it up: all eight bits of it.
[ "$(head -c 4 com1.txt)" = "8N1~" ] || { echo "FAILED: COM1 sent $(head -c 16 com1.txt | xxd -p)"; exit 1; }
[ "$status" -eq 1 ]
grep -q '^ALL PASSED' console.txt
