; multiboot.asm - a Multiboot 1 kernel without ELF (address fields in the header) that checks what
; the loader gave it and answers on the debug console and port F4h. Assembled by multiboot.sh.
bits 32
LOAD equ 0x200000
org LOAD

header:
    dd 0x1BADB002, 0x00010003, -(0x1BADB002 + 0x00010003)
    dd header, LOAD, end, bss_end, start

say:                                ; ESI: text
    lodsb
    test al, al
    jz .done
    out 0xE9, al
    jmp say
.done:
    ret

%macro check 2                      ; condition that must hold, name
    mov esi, %%name
    mov al, 'o'
    j%+1 %%ok
    mov byte [failed], 1
    mov al, 'X'
%%ok:
    out 0xE9, al
    mov al, ' '
    out 0xE9, al
    call say
    jmp %%end
%%name: db %2, 10, 0
%%end:
%endmacro

start:
    mov esp, stack
    cmp eax, 0x2BADB002
    check e, "magic"
    mov eax, cr0
    and eax, 0x80000001
    cmp eax, 1
    check e, "protected mode, no paging"
    pushfd
    pop eax
    test eax, 0x20200
    check z, "interrupts off"
    ; A20: 1 MB apart must differ
    mov dword [0x100500], 0x12345678
    mov dword [0x500], 0
    cmp dword [0x100500], 0x12345678
    check e, "A20 on"
    cmp dword [zeros], 0
    check e, "memory after the image is clear"
    mov eax, [ebx]
    and eax, 0x24D
    cmp eax, 0x24D
    check e, "information flags"
    cmp dword [ebx + 4], 639
    check e, "low memory"
    cmp dword [ebx + 8], 15 * 1024 - 64 ; the BIOS has its tables there
    check e, "high memory"
    mov esi, [ebx + 16]
.tail:
    lodsb
    cmp al, ' '
    jne .tail
    mov edi, arguments
    mov ecx, arguments_end - arguments
    repe cmpsb
    check e, "command line"
    cmp dword [ebx + 20], 2
    check e, "two modules"
    mov edx, [ebx + 24]
    mov esi, [edx]
    cmp dword [esi], 'FIRS'
    check e, "first module"
    mov eax, [edx + 20]
    sub eax, [edx + 16]
    cmp eax, 6
    check e, "length of the second module"
    test dword [edx + 16], 0xFFF
    check z, "modules on pages"
    ; the map: it must have 1 MB to 16 MB as memory, but for ACPI's tables
    mov esi, [ebx + 48]
    mov ecx, esi
    add ecx, [ebx + 44]
.entry:
    cmp dword [esi + 4], 0x100000
    je .found
    add esi, [esi]
    add esi, 4
    cmp esi, ecx
    jb .entry
.found:
    cmp dword [esi + 12], 0xEF0000
    check e, "memory map"
    mov byte [zeros], 1             ; a reset must clear it again
    cmp byte [failed], 0
    jne .bad
    mov esi, passed
    call say
.bad:
    movzx eax, byte [failed]
    out 0xF4, eax
    hlt

passed: db "ALL PASSED", 10, 0
failed: db 0
arguments: db "one two=3", 0
arguments_end:
end:
absolute end
zeros: resd 16
    resb 4096
stack:
bss_end:
