#!/bin/bash
# disk_errors.sh FERRITE - a host that cannot write an image: werror=, wait-stop and cont, how runs
# end, and a log of bounded size. A limit on the size of files stands for a full disk.
set -euo pipefail
ferrite=$1
# shellcheck source=tests/guest/scratch.bash
. "$(dirname "$0")/scratch.bash"
need nasm
failures=0
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

# A boot sector that writes sector 5000 300 times, says O for each or E, the error's number and how
# many sectors were done (the packet has it), and switches off by F4h.
cat >w.asm <<'ASM'
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov cx, 300
next:
    push cx
    mov si, packet
    mov word [si + 2], 1 ; an error leaves the number of sectors done there
    mov ax, 0x4300
    mov dl, 0x80
    int 0x13
    mov al, 'O'
    jnc said
    mov al, 'E'
    out 0xe9, al
    mov al, ah
    shr al, 4
    call digit
    mov al, ah
    and al, 15
    call digit
    mov al, [packet + 2]
    call digit
    jmp done
said:
    out 0xe9, al
done:
    pop cx
    loop next
    mov al, 0
    out 0xf4, al
    hlt
digit:
    add al, '0'
    cmp al, '9'
    jbe .out
    add al, 7
.out:
    out 0xe9, al
    ret
align 4
packet: db 16, 0
    dw 1, 0x7c00, 0
    dd 5000, 0
times 510-($-$$) db 0
dw 0xaa55
ASM
nasm -f bin -o w.img w.asm
truncate -s 163840 w.img

# run STATUS SAID PATTERN ARGUMENT...: what the guest says first, and we.
run() {
    local expected=$1 said=$2 pattern=$3 status=0 got
    shift 3
    rm -f disk.img e9
    truncate -s 8M disk.img
    (
        ulimit -f "${limit:-unlimited}"
        exec timeout 60 "$ferrite" -display none -m 4 "${extra[@]}" -fda w.img -boot a -debugcon file:e9 "$@"
    ) >out 2>err </dev/null || status=$?
    got=$(head -c ${#said} e9)
    if [ "$status" -ne "$expected" ] || [ "$got" != "$said" ] || ! grep -qE -e "${pattern:-^|$}" <(echo && cat err) ||
        [ "$(grep -c 'host error' err)" -gt 30 ]; then
        echo "FAILED: $*"
        echo "  status $status ($expected expected), the guest says \"$got\" (\"$said\"), no \"$pattern\", or too much, in:"
        head -n 20 err
        failures=$((failures + 1))
    fi
}

run 1 O '' -hda disk.img
limit=1024 # KiB; sector 5000 lies behind
run 2 '' 'disk.img: host error, cannot write sector 5000: .*; the machine stops' -hda disk.img
run 2 '' 'the machine stops' -drive file=disk.img,werror=stop
run 1 ECC0 'not all of them are shown' -drive file=disk.img,werror=report
run 1 O 'not all of them are shown' -drive file=disk.img,werror=ignore
printf 'wait-stop 20\ncont\nwait-stop 20\nquit 7\n' >s
run 7 '' '' -hda disk.img -script s
printf 'sleep 20\n' >s
run 2 '' 's:1: sleep 20: disk.img: host error' -hda disk.img -script s
printf 'wait-stop 20\nsleep 1\n' >s
run 1 '' 'cont lets it go on' -hda disk.img -script s
printf 'cont\n' >s
run 1 '' 'not stopped' -hda disk.img -script s
limit=
run 1 '' 'did not stop' -drive file=disk.img -boot c -script <(echo 'wait-stop 0.2')

# A diskette: the limit lies within its image. The first E is the change line's.
limit=512
truncate -s 1474560 floppy.img
status=0
sed 's/mov ax, 0x4300/mov ax, 0x0301/; s/mov si, packet/mov cx, 0x2801/; s/mov word .*/mov bx, 0x7c00/; s/mov dl, 0x80/mov dx, 0x0101/; s/mov cx, 300/mov cx, 3/' w.asm >f.asm
nasm -f bin -o f.img f.asm
truncate -s 163840 f.img
for policy in stop:2:E061 report:1:E061E201E201; do
    IFS=: read -r action expected said <<<"$policy"
    rm -f e9
    status=0
    (
        ulimit -f "$limit"
        exec timeout 60 "$ferrite" -display none -m 4 "${extra[@]}" -fda f.img -boot a -debugcon file:e9 \
            -drive file=floppy.img,if=floppy,index=1,werror="$action"
    ) >out 2>err </dev/null || status=$?
    if [ "$status" -ne "$expected" ] || [ "$(cat e9)" != "$said" ] || ! grep -q 'host error, cannot write' err; then
        echo "FAILED: a diskette with werror=$action: status $status, the guest says \"$(cat e9)\""
        head -n 20 err
        failures=$((failures + 1))
    fi
done
limit=

# Stopped, and then there is room again: the guest notices nothing.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    printf 'wait-stop 20\ncont\nsleep 2\nquit 7\n' >s
    rm -f disk.img
    truncate -s 8M disk.img
    status=0
    strace -f -o /dev/null -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC:when=1 timeout 100 \
        "$ferrite" -display none -m 4 "${extra[@]}" -fda w.img -boot a -debugcon file:e9 -hda disk.img -script s \
        >out 2>err </dev/null || status=$?
    if [ "$status" -ne 1 ] || [ "$(tr -d O <e9)" != "" ] || [ "$(wc -c <e9)" -ne 300 ]; then
        echo "FAILED: stop and go on: status $status, the guest says $(head -c 40 e9)"
        cat err
        failures=$((failures + 1))
    fi

    # An image that cannot be read after a while: CRC errors, as a worn disk's.
    sed 's/0x4300/0x4200/; s/dw 1, 0x7c00/dw 1, 0x8000/' w.asm >r.asm
    nasm -f bin -o w.img r.asm
    truncate -s 163840 w.img
    strace -f -o /dev/null -P disk.img -e trace=pread64 -e inject=pread64:error=EIO:when=10+ timeout 100 \
        "$ferrite" -display none -m 4 "${extra[@]}" -fda w.img -boot a -debugcon file:e9 \
        -drive file=disk.img,rerror=report >out 2>err </dev/null || true
    if ! grep -qxE 'O+(E100)+' e9 || ! grep -q 'cannot read sector 5000' err; then
        echo "FAILED: a disk that cannot be read: the guest says $(head -c 40 e9)"
        cat err
        failures=$((failures + 1))
    fi
fi

[ "$failures" -eq 0 ] || exit 1
echo "all right"
