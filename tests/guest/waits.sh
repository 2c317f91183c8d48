#!/bin/bash
# waits.sh FERRITE - loops that wait (waits.asm): counted or executed, in the interpreter and in
# machine code, they come to the same to the last bit; and those that wait for memory, for a status
# that only events change, or in the BIOS, are counted.
# no sanitizers
set -euo pipefail
ferrite=$1
command -v nasm >/dev/null || {
    echo "SKIPPED: needs nasm (apt-get install nasm)"
    exit 77
}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failures=0
fail() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}

# run CASE SPIN JIT: the hash of all that the guest did, and how long it took.
run() {
    "$ferrite" -display none -snapshot -fda "case$1.img" -m 16 -speed 20 -spin "$2" -jit "$3" -d hash \
        -D "hash.$2" -stats -limit guest=60 >"out.$2" 2>&1 </dev/null || true
    grep -E 'trace hash|^instructions|^guest seconds' "out.$2"
}

# Of a hundred instructions, so many at least are counted. 5, 13, 15, 21, 23 and 24: a few only, where to
# watch for them costs more than to do them, or they are not the same.
counted=(0 90 85 90 60 0 50 50 80 85 50 90 60 0 60 0 60 60 40 50 10 0 60 0 0 40 30 50 20)
for case in $(seq 28); do
    nasm -Wall -Werror -f bin -DCASE="$case" -o "case$case.img" "$here/waits.asm"
    truncate -s 1474560 "case$case.img"
    executed=$(run "$case" exec off)
    ! grep -q 'ended by the limit' out.exec || fail "case $case does not end"
    for jit in off on; do
        skipped=$(run "$case" skip "$jit")
        [ "$executed" = "$skipped" ] || fail "case $case, -jit $jit: $skipped; it should be $executed"
        cmp hash.exec hash.skip || fail "case $case, -jit $jit: another hash on the way"
    done
    grep -q '^skipped in loops that wait: 0 ' out.exec || fail "case $case: -spin exec skipped something"
    all=$(sed -n 's/^instructions: //p' out.skip)
    n=$(sed -n 's/^skipped in loops that wait: \([0-9]*\) .*/\1/p' out.skip)
    [ $((100 * n)) -ge $((all * counted[case])) ] ||
        fail "case $case: $n of $all instructions counted, not ${counted[case]} in a hundred"
done
# Without a trace, for whose sake each access of the rounds is made; some with the clocks of a processor of
# the past, which instructions take.
for case in {1,4,12,14,16,18,22,25,28}:386-25 {17,19,20,21,23,24,25,26,27,28}:20; do
    for spin in exec skip; do
        "$ferrite" -display none -snapshot -fda "case${case%:*}.img" -m 16 -speed "${case#*:}" -spin "$spin" \
            -debugcon "file:sum.$spin" -stats -limit guest=60 >"out.$spin" 2>&1 </dev/null || true
        grep -E '^instructions|^guest seconds' "out.$spin" >"said.$spin"
    done
    cmp said.exec said.skip || fail "case ${case%:*}, -speed ${case#*:}: $(cat said.*)"
    cmp sum.exec sum.skip || fail "case ${case%:*}, -speed ${case#*:}: it saw something else"
done
[ "$failures" -eq 0 ] && echo "28 kinds of loops, the same counted and executed"
exit $((failures > 0))
