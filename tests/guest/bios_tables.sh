#!/bin/bash
# bios_tables.sh FERRITE - boot bios_tables.asm on the built-in BIOS: the tables that operating
# systems look for (ACPI, MP, SMBIOS, $PIR, $PnP, _32_) and the entries of PnP, APM and the 32-bit
# PCI BIOS, in several machines. The last thing each does is to switch itself off through APM.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
for tool in nasm:nasm iasl:acpica-tools; do
    command -v "${tool%:*}" >/dev/null || {
        echo "skipped: needs ${tool%:*} (apt install ${tool#*:})"
        exit 77
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
printf 'wait-text "Press the button"\nsleep 1\npower\nsleep 10\n' >button.script

# What the sound card takes, as options and for the guest.
sound=()
takes=(-DSB=0x220 -DSB_IRQ=5 -DSB_DMA=1 -DSB_HDMA=5 -DFM=0x388 -DFM_PORTS=4 -DMPU=0x330)

# run CPU MB ACPI APIC OFF
run() {
    local status=0 expected=0 script=()
    nasm -f bin -Wall -Werror -DMB="$2" -DACPI="$3" -DAPIC="$4" -DOFF="$5" "${takes[@]}" -o floppy.img \
        "$here/bios_tables.asm"
    truncate -s 1440K floppy.img
    if [ "$5" -eq 4 ]; then # a script whose guest is gone before its end
        script=(-script button.script)
        expected=3
    fi
    timeout 100 "$ferrite" "${extra[@]}" -display none -cpu "$1" -m "$2" -fda floppy.img "${sound[@]}" \
        "${script[@]}" -debugcon file:console.txt -serial file:serial.bin </dev/null >out.txt 2>&1 || status=$?
    grep -v '^ok ' console.txt || true
    echo "$1, $2 MB: $(grep -c '^ok ' console.txt) checks passed, then status $status"
    if [ "$status" -ne "$expected" ] || ! grep -q '^ALL PASSED' console.txt; then
        cat out.txt
        exit 1
    fi
}

run pentium3 32 1 1 1

# What the guest saw, one table after the other: iasl reads it, and knows better than we do whether
# lengths and sums are right.
at=0
tables=0
while [ $at -lt "$(stat -c %s serial.bin)" ]; do
    name=$(dd if=serial.bin iflag=skip_bytes skip=$at bs=4 count=1 status=none)
    length=$(od -An -tu4 -j $((at + 4)) -N 4 serial.bin | tr -d ' ')
    dd if=serial.bin of="$name.dat" iflag=skip_bytes skip=$at bs="$length" count=1 status=none
    if ! iasl -d "$name.dat" >iasl.txt 2>&1 || ! grep -qi ' output: ' iasl.txt ||
        grep -iE 'error|warning|invalid|incorrect|should be' iasl.txt "$name.dsl"; then
        echo "iasl does not like $name:"
        cat iasl.txt
        exit 1
    fi
    at=$((at + length))
    tables=$((tables + 1))
done
echo "iasl: $tables tables"
[ $tables -eq 4 ]
if ! iasl -vs -we -vw 3168 -p again DSDT.dsl >iasl.txt 2>&1; then
    cat iasl.txt
    exit 1
fi

run pentium3 2 1 1 2
run pentium4 4 1 1 3
run pentium3 2048 1 1 4
run pentium2 1 0 1 3
# One Pentium on a board: its APIC is strapped off.
run pentium 8 1 0 2
run 486 8 0 0 2
sound=(-sound none -device "sb16,addr=0x240,irq=7,dma=3,hdma=6,fm=0,mpu=0x300" -device es1370)
takes=(-DSB=0x240 -DSB_IRQ=7 -DSB_DMA=3 -DSB_HDMA=6 -DFM=0x248 -DFM_PORTS=2 -DMPU=0x300)
run 386 4 0 0 3
