#!/bin/bash
# hostile.sh FERRITE - guests that execute garbage or write nonsense to every port: the emulator
# goes on or stops with a status of its own, and never crashes or hangs; an image that was only
# read keeps its bytes.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
echo 'sleep 0.4' >run.script
failures=0

# survives IMAGE: 0 ran on, 3 the guest shut down, odd: it hit the exit port.
survives() {
    local status=0
    timeout 100 "$ferrite" -display none -snapshot -fda "$1" -hda disk.img -script run.script -m 4 \
        -speed 5 -d guest_errors,unimp -D log.txt >out 2>err </dev/null || status=$?
    if [ "$status" -ge 124 ] && [ $((status & 1)) -eq 0 ] || [ "$status" -eq 134 ] ||
        [ "$status" -eq 139 ] || [ "$status" -eq 2 ] || grep -q 'Sanitizer\|runtime error' err; then
        echo "FAILED: $1: status $status"
        tail -n 30 err
        failures=$((failures + 1))
    fi
}

truncate -s 4M disk.img

# Boot sectors of random bytes.
for seed in $(seq 1 12); do
    {
        echo "%assign seed $seed * 7919"
        cat <<'ASM'
%rep 510
%assign seed (seed * 1103515245 + 12345) & 0x7fffffff
db (seed >> 16) & 255
%endrep
dw 0xaa55
ASM
    } >"garbage$seed.asm"
    nasm -f bin -o "garbage$seed.img" "garbage$seed.asm"
    truncate -s 163840 "garbage$seed.img"
    survives "garbage$seed.img"
done

# A storm of reads and writes to ports in a range; 8, 16 and 32 bits wide, all but the exit port.
# The interrupt flag is set, so that what the devices ask for happens, too.
for range in 0x000:0x3ff 0x3c0:0x01f 0x3f0:0x00f 0x1f0:0x00f 0x000:0x0ff 0x400:0xffff; do
    {
        echo "%define FIRST ${range%:*}"
        echo "%define MASK ${range#*:}"
        cat <<'ASM'
org 0x7c00
bits 16
cpu 386
mov ebx, 12345
storm:
sti
imul ebx, ebx, 1103515245
add ebx, 12345
mov edx, ebx
shr edx, 12
and dx, MASK
add dx, FIRST
cmp dx, 0xf1
jb fine
cmp dx, 0xf4
jbe storm
fine:
mov eax, ebx
rol eax, 9
test ebx, 0x100000
jnz reading
test ebx, 0x6000000
jz wide
out dx, al
jmp storm
wide: out dx, eax
jmp storm
reading: in al, dx
jmp storm
times 510-($-$$) db 0
dw 0xaa55
ASM
    } >storm.asm
    image=storm${range%:*}_${range#*:}.img
    nasm -f bin -o "$image" storm.asm
    truncate -s 163840 "$image"
    before=$(cksum <"$image")
    survives "$image"
    [ "$(cksum <"$image")" = "$before" ] || {
        echo "FAILED: $image was written to in spite of -snapshot"
        failures=$((failures + 1))
    }
done

[ "$failures" -eq 0 ] || exit 1
echo "all survived"
