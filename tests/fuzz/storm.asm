; storm.asm - what the guest of fuzz_snapshot.c does: random port accesses, memory accesses all over
; video memory, ROMs and windows, interrupts on.
org 0x7c00
bits 16
cpu 386
    xor ax, ax
    mov ss, ax
    mov sp, 0x7c00
    mov ds, ax
    lgdt [gdt_pointer]      ; unreal mode: FS reaches all of memory
    cli
    mov eax, cr0
    inc ax
    mov cr0, eax
    mov bx, 8
    mov fs, bx
    dec ax
    mov cr0, eax
    mov ebx, 12345
storm:
    sti
    imul ebx, ebx, 1103515245
    add ebx, 12345
    mov edx, ebx
    shr edx, 12
    test ebx, 0x40000000
    jz low
    mov si, dx
    and si, 31
    add si, si
    mov dx, [ports + si]
low:
    and dx, 0x3ff
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
    jmp memory
wide:
    out dx, eax
    jmp memory
reading:
    in al, dx
memory:
    mov edx, ebx
    shr edx, 3
    and edx, 0x1ffff
    add edx, 0xa0000
    test ebx, 0x8000000
    jz near_memory
    mov si, dx
    and si, 12
    and edx, 0xffff
    add edx, [windows + si]
near_memory:
    mov ecx, [fs:edx]
    mov [fs:edx], eax
    fninit
    fild dword [ports]
    fidiv dword [ports]
    test ebx, 0x3f00
    jnz storm
    hlt
    jmp storm
ports:
    dw 0x20, 0x21, 0x40, 0x43, 0x60, 0x64, 0x70, 0x71, 0xa0, 0xa1, 0x3d4, 0x3d5, 0x3c0, 0x3c4
    dw 0x3c5, 0x3ce, 0x3cf, 0x3c8, 0x3c9, 0x1ce, 0x1cf, 0x1f7, 0x1f6, 0x1f2, 0x177, 0x170
    dw 0x3f5, 0x3f2, 0x3f8, 0x3fa, 0x0b, 0x0a
windows:
    dd 0xfee00000, 0xfec00000, 0xe0000000, 0x100000
gdt_pointer:
    dw 15
    dd gdt
gdt:
    dq 0
    dq 0x00cf92000000ffff
times 510-($-$$) db 0
dw 0xaa55
