#!/bin/sh
# Builds the recorder and records tests/ops/vectors anew: record.sh [COUNT [SEED [OUTPUT-FOLDER]]]
# Needs a 64-bit Linux on an x86 processor and gcc -m32 (apt-get install gcc-multilib). Every group
# is recorded twice; vectors that an interrupt disturbed would differ.
set -e
count=${1:-5} seed=${2:-1}
here=$(cd "$(dirname "$0")" && pwd)
out=${3:-$here/../vectors}
root=$here/../../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The program goes above 70000000h: the vectors use the addresses where it would be otherwise. No
# SSE and no stack protector in signal handlers, which start with the vector's state.
gcc -std=gnu17 -m32 -O1 -Wall -Wextra -Wshadow -Wmissing-prototypes -Werror \
    -Wno-missing-field-initializers -mno-sse -fno-stack-protector -fno-pie -no-pie -static \
    -Wl,-Ttext-segment=0x70000000 -I"$root" -o "$work/record" "$here"/*.c "$root/hw/base/err.c"

mkdir -p "$out"
for group in int string stack flow fault seg x87 x87t mmx sse ssea sse2 seq \
    int16 string16 stack16 flow16 ud; do
    case $group in
    *16) n=$((count / 3 + 1)) ;; # the same forms again, in 16-bit code
    ud) n=$((count / 5 + 1)) ;;
    *) n=$count ;;
    esac
    "$work/record" -n "$n" -s "$seed" $group "$work/$group.cvec"
    "$work/record" -n "$n" -s "$seed" $group "$work/again.cvec" >/dev/null
    if ! cmp -s "$work/$group.cvec" "$work/again.cvec"; then
        echo "$group: the second recording differs; run it again on a quieter machine" >&2
        exit 1
    fi
    gzip -9n <"$work/$group.cvec" >"$out/$group.cvec.gz"
done
