#!/bin/bash
# multiboot.sh FERRITE - a Multiboot kernel with arguments and modules (multiboot.asm); then what
# the loader must refuse: each with one line and exit status 2.
set -euo pipefail
ferrite=$1
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm

nasm -f bin -Wall -o kernel.bin "$here/multiboot.asm"
printf 'FIRST module' >first.txt
printf 'second' >second.txt
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"
status=0
timeout 100 "$ferrite" "${extra[@]}" -display none -m 16 -kernel kernel.bin -append "one two=3" \
    -initrd "first.txt with arguments,second.txt" -debugcon file:console.txt </dev/null || status=$?
cat console.txt
[ "$status" -eq 1 ]
grep -q '^ALL PASSED' console.txt

refuse() {
    local status=0
    timeout 100 "$ferrite" -display none "$@" </dev/null 2>error.txt || status=$?
    cat error.txt
    [ "$status" -eq 2 ] && [ "$(wc -l <error.txt)" -eq 1 ]
}
head -c 5000 /dev/zero >zeros.bin
refuse -kernel zeros.bin
refuse -kernel missing.bin
head -c 20 kernel.bin >short.bin
refuse -kernel short.bin
head -c 100 kernel.bin >short.bin
refuse -kernel short.bin
refuse -kernel kernel.bin -m 2
refuse -kernel kernel.bin -initrd missing.txt
refuse -append text
