#!/bin/bash
# asm.sh FERRITE - `ferrite asm`: options, messages and exit statuses; the project's own guest code
# becomes the same bytes as by NASM.
set -euo pipefail
ferrite=$(realpath "$1")
source=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
failed() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}
# asks STATUS PATTERN ARGUMENT... - in what it says, on either stream
asks() {
    local expected=$1 pattern=$2 status=0
    shift 2
    timeout 60 "$ferrite" asm "$@" >out 2>err </dev/null || status=$?
    if [ "$status" -ne "$expected" ] || ! grep -qE -e "$pattern" out err; then
        failed "asm $*: status $status ($expected expected), \"$pattern\" expected"
        cat out err
    fi
}

mkdir inc
printf 'org 0x100\n%%include "tail.inc"\nmov ax, SIZE\nstart: jmp start\n' >a.asm
printf '%%define HERE 1\n' >inc/tail.inc
asks 0 '^ +3 00000100  b82a00' a.asm -D SIZE=42 -I inc -l -
[ "$(od -An -tx1 a.bin)" = ' b8 2a 00 eb fe' ] || failed "a.bin: $(od -An -tx1 a.bin)"
"$ferrite" asm -DSIZE=42 -Iinc -o b.bin a.asm || failed "-DSIZE=42"
cmp a.bin b.bin || failed "attached values"
"$ferrite" asm -o - a.asm -Iinc -DSIZE=42 | cmp - a.bin || failed "-o -"
asks 1 '^a.asm:3:9: nobody has said what SIZE is' a.asm -Iinc
asks 1 '^a.asm:2:1: there is no file tail.inc' a.asm
printf 'mvo ax, 1\nnop\njmp nowher\nnowhere:\n' >bad.asm
asks 1 '^bad.asm:1:1: .*did you mean mov' bad.asm
asks 1 '^bad.asm:3:5: .*did you mean nowhere' bad.asm
[ ! -e bad.bin ] || failed "bytes of a text that is wrong"
asks 2 'which FILE'
asks 2 'one FILE at a time' a.asm bad.asm
asks 2 'No such file' missing.asm
asks 2 'there is only bin' -f elf a.asm
asks 2 'is the text itself' a.asm -Iinc -DSIZE=1 -o a.asm
asks 2 'is a folder' inc
printf 'nop\n' | "$ferrite" asm - -o n.bin || failed "a text from a pipe"
[ "$(od -An -tx1 n.bin)" = ' 90' ] || failed "n.bin: $(od -An -tx1 n.bin)"

if ! command -v nasm >/dev/null; then
    echo "not compared: nasm is missing (apt-get install nasm)"
    exit "$failures"
fi
# same FILE [-DNAME=VALUE]... - the folder is the file's own, as its includes want
same() {
    local file=$source/$1
    shift
    cd "$(dirname "$file")"
    nasm -w-all -f bin "$@" -o "$work/theirs" "$file" || failed "nasm: $file"
    "$ferrite" asm "$@" -o "$work/ours" "$file" || failed "asm: $file"
    cd "$work"
    cmp theirs ours || failed "$file is something else to NASM"
}
same images/demo/boot.asm
same images/demo/demo.asm
same images/tools/boot.asm
same images/tools/mouse/mouse.asm
same images/harddisk/boot16.asm
same images/hello.asm
same tests/guest/folder/ops.asm
same bios/multiboot.asm
same tests/fuzz/storm.asm
same tests/ops/pmode/monitor.asm
same tests/guest/bios_test.asm
same tests/guest/mouse.asm
same tests/guest/multiboot.asm
same tests/guest/int10.asm
same tests/bench/bench.asm
same tests/guest/waits.asm -DCASE=3
# The BIOS with a font that is made here: its files are of the build.
head -c 2048 /dev/zero >font.bin
same bios/bios.asm "-DFONT_8X8_BIN='$work/font.bin'"
exit "$failures"
