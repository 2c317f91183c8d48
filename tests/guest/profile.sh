#!/bin/bash
# profile.sh - -profile, -coverage and -symbols with a kernel whose calls and counts are known
# (profile_kernel.asm): folded stacks to the instruction, speedscope's JSON, drcov's blocks, lcov's
# lines; the same by commands for a stretch; the same hash with and without; bad input.
#
#   profile.sh FERRITE
set -euo pipefail
ferrite=$(realpath "$1")
kernel=$(realpath "$(dirname "$0")/profile_kernel.asm")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "profile.sh: $1" >&2
    exit 1
}

for tool in nasm ld; do
    command -v $tool >/dev/null || {
        echo "SKIPPED: needs $tool (apt-get install nasm binutils)"
        exit 77
    }
done
ld -V | grep -q elf_i386 || {
    echo "SKIPPED: ld does not link for 32-bit x86"
    exit 77
}

cd "$work"
cp "$kernel" kernel.asm
nasm -Wall -Werror -f elf32 -g -F dwarf -o kernel.o kernel.asm
ld -m elf_i386 -nostdlib -Ttext=0x100000 -e start -o kernel.elf kernel.o 2>/dev/null

run() {
    local status=0
    timeout 60 "$ferrite" -display none -kernel kernel.elf -device isa-debug-exit "$@" || status=$?
    [ "$status" -eq 1 ] || fail "exit status $status: $*"
}

run -d hash -stats 2>plain.txt
run -d hash -stats -symbols kernel.elf -profile out.folded -coverage out.info 2>counted.txt
# What `MIPS` and `host seconds` say is the host's.
for word in instructions "guest seconds" "trace hash"; do
    [ "$(grep "^$word" plain.txt)" = "$(grep "^$word" counted.txt)" ] || fail "another $word with -profile"
done

# count CHAIN: the instructions of a chain.
count() {
    awk -v chain="$1" '$1 == chain { n += $2 } END { print n + 0 }' out.folded
}
[ "$(awk '{ n += $2 } END { print n }' out.folded)" = "$(awk '/^instructions/ { print $2 }' plain.txt)" ] ||
    fail "the sum is not the number of instructions"
chain=$(awk '$1 ~ /(^|;)start$/ { print $1 }' out.folded)
[ -n "$chain" ] || fail "no start in the profile"
[ "$(count "$chain")" = 12 ] || fail "start: $(count "$chain")"
[ "$(count "$chain;outer")" = 16 ] || fail "outer: $(count "$chain;outer")"
[ "$(count "$chain;outer;work")" = 12 ] || fail "work: $(count "$chain;outer;work")"
[ "$(count "$chain;tail")" = 1 ] || fail "tail: $(count "$chain;tail")"
[ "$(count "$chain;target")" = 2 ] || fail "target: $(count "$chain;target")"

if grep -q libdw1 counted.txt; then
    echo "lcov not looked at: libdw is not installed"
else
    # The line of a label that has code on it, and how often that was executed.
    line() {
        grep -n "^$1:" kernel.asm | cut -d: -f1
    }
    for pair in start,1 outer,2 work,6 tail,1 target,1 never,0; do
        grep -qx "DA:$(line "${pair%,*}"),${pair#*,}" out.info || fail "lcov: ${pair%,*}"
        grep -qx "FNDA:${pair#*,},${pair%,*}" out.info || fail "lcov: function ${pair%,*}"
    done
    grep -q '^SF:.*kernel.asm$' out.info || fail "lcov names no source"
fi

# A stretch by commands, and the other formats.
printf 'profile start\nsleep 0.2\nprofile save s.speedscope.json\nprofile save s.folded\ncoverage save s.drcov\nprofile stop\nquit\n' \
    >stretch.script
timeout 60 "$ferrite" -display none -script stretch.script >stretch.txt || fail "commands"
head -c 11 s.speedscope.json | grep -q '^{".schema"' || fail "speedscope"
head -n 1 s.drcov | grep -qx 'DRCOV VERSION: 2' || fail "drcov"
[ "$(awk '{ n += $2 } END { print n }' s.folded)" -gt 1000 ] || fail "nothing in the stretch"

# refuses WORDS OPTION...: before the guest starts, in one line with these words.
refuses() {
    local words=$1 status=0
    shift
    timeout 60 "$ferrite" -display none "$@" 2>wrong.txt || status=$?
    [ "$status" -eq 2 ] || fail "exit status $status for $*"
    [ "$(wc -l <wrong.txt)" -eq 1 ] || fail "more than a line for $*"
    grep -qF -- "$words" wrong.txt || fail "$* says $(cat wrong.txt)"
}
refuses "no symbols are found" -symbols kernel.asm
refuses "No such file" -symbols nowhere.elf
refuses "base= wants" -symbols kernel.elf,base=here
refuses "folded or speedscope" -profile x,format=pprof
refuses "drcov or lcov" -coverage x,format=gcov
refuses "given twice" -profile x -profile y
refuses "same file" -kernel kernel.elf -profile kernel.elf
# Said before the run, whose counts would be lost.
refuses "-profile nowhere/x: cannot be written: No such file" -profile nowhere/x
refuses "-coverage .: is a directory" -coverage .
status=0
timeout 60 "$ferrite" -display none -kernel kernel.elf -device isa-debug-exit -coverage lines.info 2>wrong.txt ||
    status=$?
grep -qF "DWARF" wrong.txt || fail "lcov without symbols says $(cat wrong.txt)"
[ "$status" -eq 2 ] || fail "exit status $status for lcov without symbols"
[ ! -e lines.info ] || fail "a tracefile without lines"
