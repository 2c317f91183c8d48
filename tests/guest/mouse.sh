#!/bin/bash
# mouse.sh FERRITE VARIANT - FERRITE MOUSE in FreeDOS: a program that tries each call of INT 33h
# (mouse.asm) while the script is the hand on the mouse; with VMware's pointer and with a PS/2 mouse,
# by our BIOS and by SeaBIOS; in memory and out again.
# variants: pointer ps2 seabios seabios_ps2
set -euo pipefail
ferrite=$1
variant=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=${FERRITE_SHARED:-$root/../shared}
image=$shared/guests/freedos/freedos.boot.disk.1.4MB.img
for need in mcopy nasm; do
    command -v $need >/dev/null || { echo "skipped: needs $need (apt install mtools nasm)"; exit 77; }
done
[ -e "$image" ] || { echo "skipped: needs $image"; exit 77; }
options=()
case $variant in
seabios*)
    [ -e /usr/share/seabios/bios.bin ] || { echo "skipped: needs SeaBIOS (apt install seabios)"; exit 77; }
    options+=(-bios /usr/share/seabios/bios.bin)
    ;;
esac
argument=''
case $variant in
*ps2)
    options+=(-no-vmport)
    argument=' R'
    ;;
esac
case $variant in
seabios_ps2) argument=' RN' ;; # it hands on packets of three bytes
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export MTOOLS_SKIP_CHECK=1
nasm -f bin -Wall -Werror -i "$root/tests/guest/" -l listing -o MOUSE.COM "$root/tests/guest/mouse.asm"
cp "$image" a.img
chmod u+w a.img
mdel -i a.img ::/CONFIG.SYS ::/AUTOEXEC.BAT
printf 'SWITCHES=/N\r\nSHELL=A:\\COMMAND.COM /P\r\n' >FDCONFIG.SYS
printf '%s\r\n' '@echo off' 'b:\ferrite mouse /u' 'b:\ferrite mouse' 'b:\ferrite mouse' 'ver' \
    "mouse$argument" 'b:\ferrite mouse /u' 'b:\ferrite mouse /u' 'b:\ferrite mouse' 'echo all done' >AUTOEXEC.BAT
mcopy -i a.img FDCONFIG.SYS AUTOEXEC.BAT MOUSE.COM ::/

# What the program says, and what the hand does then.
if [ "$argument" ]; then
    cat >mouse.script <<'END'
wait-serial "right" 60
mouse-move 64 32
wait-serial "left"
mouse-move -32 0
wait-serial "press"
mouse-buttons 1
wait-serial "release"
mouse-buttons 0
wait-serial "both"
mouse-buttons 6
wait-serial "none"
mouse-buttons 0
wait-serial "wheel"
mouse-move 0 0 2
wait-serial "wheelup"
mouse-move 0 0 -1
wait-serial "away"
mouse-move 30 30
sleep 0.1
mouse-buttons 1
wait-serial "quiet"
mouse-buttons 0
wait-serial "shift"
key-down shift
mouse-buttons 1
sleep 0.1
mouse-buttons 0
key-up shift
wait-serial "noshift"
mouse-buttons 1
sleep 0.1
mouse-buttons 0
wait-serial "corner"
mouse 300 150
END
else
    cat >mouse.script <<'END'
wait-serial "middle" 60
pointer 32768 32768
wait-serial "end"
pointer 65535 65535
wait-serial "press"
pointer 65535 65535 1
wait-serial "release"
pointer 65535 65535 0
wait-serial "both"
pointer 65535 65535 6
wait-serial "none"
pointer 65535 65535 0
wait-serial "wheel"
pointer 65535 65535 0 2
wait-serial "wheelup"
pointer 65535 65535 0 -1
wait-serial "away"
pointer 1000 1000 0
sleep 0.1
pointer 1000 1000 1
wait-serial "quiet"
pointer 1000 1000 0
wait-serial "shift"
key-down shift
pointer 1000 1000 1
sleep 0.1
pointer 1000 1000 0
key-up shift
wait-serial "noshift"
pointer 1000 1000 1
sleep 0.1
pointer 1000 1000 0
wait-serial "quarter"
pointer 16500 49300
wait-serial "threequarters"
pointer 49300 16500
wait-serial "eighth"
pointer 8250 16500
wait-serial "corner"
pointer 65535 65535
END
fi
case $argument in
*N) sed -i '/wheel/,+1d' mouse.script ;;
esac
cat >>mouse.script <<'END'
wait-serial "moves"
mouse-move 100 0
wait-serial "faster"
mouse-move 100 0
wait-serial "curve"
mouse-move 40 0
wait-serial "END" 20
wait-text "all done" 60
dump-text screen
END
"$ferrite" -display none -fda a.img -fdb tools: -debugcon file:said -serial null -script mouse.script \
    "${options[@]}" </dev/null >messages 2>&1 || {
    echo "FAILED: wrong at $(grep -xE '[0-9A-F]{4}' said | head -20 | tr '\n' ' ')"
    cat messages
    exit 1
}
said=$(grep -xE '[0-9A-F]{4}|END' said | tr '\n' ' ')
[ "$said" = "END " ] || {
    echo "FAILED: mouse.asm is wrong at $said"
    for at in $(head -n 20 <<<"${said// /$'\n'}"); do
        [ "$at" = END ] || grep -i "0000$(printf %04X $((16#$at - 0x100)))" listing || true
    done
    exit 1
}
order=$(grep -o 'is not in memory\|driver is in memory\|in memory already\|is gone' screen | tr '\n' ';')
[ "$order" = 'is gone;is not in memory;driver is in memory;' ] || {
    echo "FAILED: in and out of memory: $order"
    cat screen
    exit 1
}
echo "INT 33h is as programs expect it"
