#!/bin/bash
# idle.sh FERRITE - FERRITE IDLE: a program that asks for keys all the time rests, and gets its key.
# no sanitizers
set -euo pipefail
ferrite=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=${FERRITE_SHARED:-$root/../shared}
image=$shared/guests/freedos/freedos.boot.disk.1.4MB.img
for need in mcopy nasm; do
    command -v $need >/dev/null || { echo "skipped: needs $need (apt install mtools nasm)"; exit 77; }
done
[ -e "$image" ] || { echo "skipped: needs $image"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export MTOOLS_SKIP_CHECK=1
nasm -f bin -Wall -Werror -o IDLE.COM "$root/tests/guest/idle.asm"
cp "$image" a.img
chmod u+w a.img
mdel -i a.img ::/CONFIG.SYS ::/AUTOEXEC.BAT
printf 'SWITCHES=/N\r\nSHELL=A:\\COMMAND.COM /P\r\n' >FDCONFIG.SYS
printf '@echo off\r\necho first\r\nidle\r\nb:\\ferrite idle\r\nb:\\ferrite idle\r\necho second\r\nidle\r\necho all done\r\n' >AUTOEXEC.BAT
mcopy -i a.img FDCONFIG.SYS AUTOEXEC.BAT IDLE.COM ::/
printf 'wait-text "first" 30\nsleep 2\ntype "x"\nwait-text "second" 30\nsleep 2\ntype "y"\nwait-text "all done" 10\nassert-text "is in memory already"\n' >idle.script
"$ferrite" -display none -fda a.img -fdb tools: -debugcon file:said -script idle.script
if [ "$(tr '\n' ' ' <said)" != "busy no time slice x rests time slice taken y " ]; then
    echo "FAILED: it says"
    cat said
    exit 1
fi
echo "a waiting DOS rests"
