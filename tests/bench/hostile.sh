#!/bin/bash
# hostile.sh FERRITE - guests that are hard on a translator (hostile.asm) never take more than 1.2 of
# what the interpreter alone takes, in instructions of the host as callgrind counts them; where the
# host's caches decide, in its processor's time: then a quarter more is too much, the least of some
# rounds that take turns.
set -euo pipefail
ferrite=$1
for tool in nasm valgrind; do
    command -v "$tool" >/dev/null || {
        echo "SKIPPED: needs $tool (apt-get install $tool)"
        exit 77
    }
done
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# count CASE JIT: the host's instructions of a run to the guest's end.
count() {
    nasm -Wall -Werror -f bin -DCASE="$1" -o hostile.img "$here/hostile.asm"
    truncate -s 1474560 hostile.img
    valgrind --tool=callgrind --smc-check=all --callgrind-out-file=/dev/null "$ferrite" -display none \
        -snapshot -fda hostile.img -m 32 -jit "$2" -limit guest=60 >out 2>&1 </dev/null || true
    if grep -q 'ended by the limit' out; then
        echo "FAILED: case $1 does not end" >&2
        return 1
    fi
    sed -n 's/.*Collected : //p' out
}

# seconds JIT: of processor time.
seconds() {
    local TIMEFORMAT=%U
    { time "$ferrite" -display none -snapshot -fda hostile.img -m 32 -jit "$1" -limit guest=60 \
        >out 2>&1 </dev/null || true; } 2>&1
}

# in_time CASE BLOCKS PASSES: does machine code and interpreter take what it may?
in_time() {
    local on off least_on=1000 least_off=1000 ratio
    nasm -Wall -Werror -f bin -DCASE="$1" -DBLOCKS="$2" -DPASSES="$3" -o hostile.img "$here/hostile.asm"
    truncate -s 1474560 hostile.img
    for _ in 1 2 3 4 5 6 7 8; do
        off=$(seconds off)
        on=$(seconds on)
        ! grep -q 'ended by the limit' out || { echo "FAILED: case $1 does not end"; return 1; }
        read -r least_off least_on ratio < <(awk -v a="$off" -v b="$on" -v c="$least_off" \
            -v d="$least_on" 'BEGIN { if (a < c) c = a; if (b < d) d = b; print c, d, d / c }')
        if awk -v r="$ratio" 'BEGIN { exit r > 1.25 }'; then
            printf '%-20s %11ss %11ss %8.2f\n' "$4" "$least_off" "$least_on" "$ratio"
            return
        fi
    done
    echo "FAILED: $4: $least_on s, the interpreter alone $least_off"
    return 1
}

failures=0
start_off=$(count 0 off)
start_on=$(count 0 on)
names=('' 'an operand written' 'a routine written' 'a page remapped' "a display's memory"
    'into instructions' 'modes' 'many blocks' '' 'INVLPG' 'CR3' 'modes, page tables')
printf '%-20s %12s %12s %8s\n' case interpreter both ratio
for case in 1 2 3 4 5 6 7 9 10 11; do
    off=$(($(count "$case" off) - start_off))
    on=$(($(count "$case" on) - start_on))
    printf '%-20s %12d %12d %8s\n' "${names[case]}" "$off" "$on" \
        "$(awk -v a="$on" -v b="$off" 'BEGIN { printf "%.2f", a / b }')"
    if [ $((10 * on)) -gt $((12 * off)) ]; then
        echo "FAILED: ${names[case]}: more than 1.2 of the interpreter alone"
        failures=$((failures + 1))
    fi
done
in_time 8 20000 2000 'much code, memory' || failures=$((failures + 1))
in_time 8 30000 1500 'more of it' || failures=$((failures + 1))
exit $((failures > 0))
