#!/bin/bash
# option_rom.sh FERRITE - what an option ROM finds when the built-in BIOS starts it: which card it is for,
# and data segments that reach all memory. What boots afterwards has 64 KB as ever.
set -euo pipefail
ferrite=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/guest/scratch.bash
. "$here/scratch.bash"
need nasm
read -ra extra <<<"${FERRITE_GUEST_ARGS:-}"

# A video BIOS that does nothing but tell: the card's function, then one letter for each segment.
cat >rom.asm <<'ASM'
bits 16
    db 0x55, 0xaa, 1
    jmp short init
    times 0x18 - ($ - $$) db 0
    dw pcir
init:
    cmp ax, 2 << 3                  ; slot 2
    mov al, 'A'
    je .say
    mov al, '?'
.say:
    out 0xe9, al
    mov edi, 0x00200000
%macro reach 2
    mov dword [%1:edi], %2
    mov al, [%1:edi]
    out 0xe9, al
%endmacro
    xor bx, bx
    mov ds, bx
    mov es, bx
    mov fs, bx
    mov gs, bx
    reach ds, 'D'
    reach es, 'E'
    reach fs, 'F'
    reach gs, 'G'
    retf
align 4
pcir:
    db 'PCIR'
    dw 0x1234, 0x1111, 0, 24
    db 0, 0, 0, 3
    dw 1, 1
    db 0, 0x80
    dw 0
times 511 - ($ - $$) db 0
    db 0
ASM
nasm -f bin -Wall -Werror -o rom.bin rom.asm
sum=$(od -An -v -tu1 rom.bin | awk '{ for (i = 1; i <= NF; i++) s += $i } END { print (256 - s % 256) % 256 }')
printf '%b' "$(printf '\\x%02x' "$sum")" | dd of=rom.bin bs=1 seek=511 conv=notrunc status=none

# The limits afterwards: #GP for each segment.
boot_sector limits <<'ASM'
    xor ax, ax
    mov ss, ax
    mov sp, 0x7c00
    mov edi, 0x00200000
    mov [cs:13 * 4 + 2], ax
%macro limit 2
    mov word [cs:13 * 4], %%good
    mov eax, [%1:edi]
    mov al, '!'
    out 0xe9, al
%%good:
    mov al, %2
    out 0xe9, al
%endmacro
    limit ds, 'd'
    limit es, 'e'
    limit fs, 'f'
    limit gs, 'g'
    xor al, al
    out 0xf4, al
    jmp $
ASM
for model in 386 pentium3; do
    status=0
    timeout 60 "$ferrite" "${extra[@]}" -display none -cpu $model -m 8 -vgabios rom.bin -fda limits.img \
        -debugcon file:said </dev/null >out 2>&1 || status=$?
    [ "$status" -eq 1 ] || { echo "FAILED: $model: status $status, $(cat said out)"; exit 1; }
    [ "$(cat said)" = ADEFGdefg ] || { echo "FAILED: $model: $(cat said)"; exit 1; }
done
echo "option ROMs reach all memory, what boots does not"
