#!/bin/bash
# overlay_damage.sh FERRITE - overlays after a kill and after a host that lost their end: they open,
# say what is missing, and can be checked, repaired, committed and discarded.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

fail() {
    echo "FAILED: $1"
    cat out err
    failures=$((failures + 1))
}

# disk STATUS PATTERN ARGUMENT...: ferrite disk, and what it says.
disk() {
    local expected=$1 pattern=$2 status=0
    shift 2
    "$ferrite" disk "$@" >out 2>err || status=$?
    [ "$status" -eq "$expected" ] || fail "disk $*: status $status, expected $expected"
    [ -z "$pattern" ] || grep -qE -e "$pattern" out err || fail "disk $*: no \"$pattern\""
}

# A boot sector that writes a sector into each of ten clusters by INT 13h, then says so and waits.
cat >w.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov cx, 10
next:
    mov si, packet
    mov ah, 0x43
    mov al, 0
    mov dl, 0x80
    int 0x13
    add dword [lba], 128
    loop next
    mov al, '!'
    out 0xe9, al
    hlt
    jmp $ - 1
align 4
packet: db 16, 0
    dw 1, 0x7c00, 0
lba: dd 5, 0
times 510-($-$$) db 0
dw 0xaa55
ASM
nasm -f bin -o w.img w.asm
truncate -s 163840 w.img
truncate -s 8M base.img
cp base.img blank.img

# Killed (as by the host's memory guard) with nothing flushed: what is a second old is there.
mkfifo said
"$ferrite" -display none -m 4 "${extra[@]}" -fda w.img -boot a -debugcon stdio \
    -drive file=base.img,overlay=o.ovl,index=0 >said 2>err </dev/null &
pid=$!
head -c 1 <said >/dev/null
for _ in $(seq 600); do
    sleep 0.1
    cp o.ovl o.now
    ! "$ferrite" disk info o.now 2>&1 | grep -q 'holds: 10 clusters' || break
done
signal KILL "$pid"
wait "$pid" 2>/dev/null || true
: >out
disk 0 'holds: 10 clusters' info o.ovl
disk 0 'sound' check o.ovl
cmp -s base.img blank.img || fail "the base was written to"

# The file's end is lost.
cp o.ovl cut.ovl
truncate -s -65536 cut.ovl
cp cut.ovl cut2.ovl
disk 0 '1 clusters of 65536 bytes are missing, the first at sector' info cut.ovl
disk 1 'ferrite disk check --repair cut.ovl' check cut.ovl
printf 'sleep 0.2\n' >s
"$ferrite" -display none -m 4 -drive file=base.img,overlay=cut2.ovl,index=0,readonly=on -script s >out 2>err ||
    fail "a cut overlay does not open"
grep -q 'cut2.ovl: the file became shorter' err || fail "a machine does not say what is missing"
disk 0 'Repaired' check --repair cut.ovl
disk 0 'sound' check cut.ovl
disk 0 'missing' commit cut2.ovl
disk 0 'holds: 0 clusters' info cut2.ovl
cp blank.img base.img
disk 0 '' discard cut.ovl
cmp -s base.img blank.img || fail "discard has written to the base"

# Killed at each call that changes a file, commit and discard come to their end when given again.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    for command in commit discard; do
        for call in ftruncate pwrite64 fdatasync; do
            for n in 1 2 3 4; do
                cp blank.img base.img
                cp o.ovl k.ovl
                strace -o /dev/null -e trace=$call -e "inject=$call:signal=SIGKILL:when=$n" \
                    "$ferrite" disk $command k.ovl >out 2>err & # so that the shell says nothing
                wait $! 2>/dev/null || true
                disk 0 '' $command k.ovl
                disk 0 'holds: 0 clusters' info k.ovl
            done
        done
        if [ $command = commit ]; then
            # Of the sector written there, all but the packet's changing number is the boot sector.
            dd if=base.img of=sector bs=512 skip=5 count=1 2>/dev/null
            cmp -s -n 30 sector w.img || fail "commit: not in the base"
        fi
    done
else
    echo "(strace is missing: no kills in the middle of commit and discard; test_overlay_crash has them)"
fi

[ "$failures" -eq 0 ] || exit 1
echo "all right"
