; keys.asm - a boot sector that shows the keys that are pressed, in the second line; t ends in a triple
; fault. For qmp.sh and monitor.sh.
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov ax, 3
    int 0x10
    mov si, ready
    call say
next:
    xor ax, ax
    int 0x16
    cmp al, 't'
    je die
    mov [key], al
    mov si, key
    call say
    jmp next
die:
    lidt [nowhere]
    int3
say:
    lodsb
    test al, al
    jz .end
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    jmp say
.end:
    ret
ready: db "ready", 13, 10, 0
key: db 0, 0
nowhere: dw 0
    dd 0
    times 510-($-$$) db 0
    dw 0xaa55
