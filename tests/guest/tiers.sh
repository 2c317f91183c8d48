#!/bin/bash
# tiers.sh FERRITE - guests that are hard on a translator, and one that is not (tiers.asm): with
# -jit off, on, all and check they do the same to the last bit, and translating is kept within
# bounds.
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
"$ferrite" -display none -stats -limit guest=0.001 >out 2>&1 </dev/null || true
if ! grep -q '^translated: ' out; then
    echo "SKIPPED: this program has no translator, or its host refuses it"
    exit 77
fi

failures=0
fail() {
    echo "FAILED: $1"
    failures=$((failures + 1))
}

(
    ulimit -f 2048 # KB: no memory file for the code
    exec "$ferrite" -display none -limit guest=0.001 >limited 2>&1 </dev/null
) || true
grep -c 'the interpreter goes on alone' limited | grep -qx 1 ||
    fail "a host that refuses memory for code: $(cat limited)"

# run CASE HOW: the hash of all that the guest did, and its length.
run() {
    "$ferrite" -display none -snapshot -fda "case$1.img" -m 16 -jit "$2" -d hash -D "hash.$2" -stats \
        -limit guest=600 >"out.$2" 2>&1 </dev/null || true
    grep -E 'trace hash|^instructions' "out.$2"
}

rounds=(0 20000 50000 20000 5000 20000 3 50000 200000 5000 60000)
for case in 1 2 3 4 5 6 7 8 9 10; do
    nasm -f bin -DCASE="$case" -DROUNDS="${rounds[case]}" -o "case$case.img" "$here/tiers.asm"
    truncate -s 1474560 "case$case.img"
    off=$(run "$case" off)
    grep -q 'trace hash' <<<"$off" || fail "case $case does not run: $(cat out.off)"
    ! grep -q 'ended by the limit' out.off || fail "case $case does not end"
    for how in on all check; do
        other=$(run "$case" "$how")
        [ "$off" = "$other" ] || fail "case $case, -jit $how: $other; it should be $off"
        cmp hash.off "hash.$how" || fail "case $case, -jit $how: another hash on the way"
    done
    [ "$case" -ne 6 ] || ! grep -q 'was full 0 times' out.all || fail "case 6 did not fill the cache"
    # Whatever the guest does, a block has run 512 times when it is translated.
    run "$case" on >/dev/null
    executed=$(sed -n 's/^instructions: //p' out.on)
    translated=$(sed -n 's/^translated: [0-9]* blocks, \([0-9]*\) .*/\1/p' out.on)
    if [ -z "$translated" ] || [ $((translated * 500)) -gt "$executed" ]; then
        fail "case $case: $translated of $executed instructions translated"
    fi
done
[ "$failures" -eq 0 ] && echo "ten guests, the same with and without machine code"
exit $((failures > 0))
