#!/bin/bash
# hostile.sh FERRITE - guests that are hard on a translator (hostile.asm) never take more than 1.2 of
# what the interpreter alone takes, in instructions of the host as callgrind counts them.
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

failures=0
start_off=$(count 0 off)
start_on=$(count 0 on)
names=('' 'an operand written' 'a routine written' 'a page remapped' "a display's memory"
    'into instructions' 'modes' 'many blocks')
printf '%-20s %12s %12s %8s\n' case interpreter both ratio
for case in 1 2 3 4 5 6 7; do
    off=$(($(count "$case" off) - start_off))
    on=$(($(count "$case" on) - start_on))
    printf '%-20s %12d %12d %8s\n' "${names[case]}" "$off" "$on" \
        "$(awk -v a="$on" -v b="$off" 'BEGIN { printf "%.2f", a / b }')"
    if [ $((10 * on)) -gt $((12 * off)) ]; then
        echo "FAILED: ${names[case]}: more than 1.2 of the interpreter alone"
        failures=$((failures + 1))
    fi
done
exit $((failures > 0))
