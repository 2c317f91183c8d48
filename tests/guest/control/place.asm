; place.asm - a boot sector that asks for positions as VMware's drivers do, and shows each event:
; buttons, x and y, four digits each. For vnc.sh.
cpu 386
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov ax, 3
    int 0x10
    mov ebx, 0x45414552 ; read the identity: the port is on
    mov cx, 0x29
    call ask
    mov ebx, 1 ; which is a word of data
    mov cx, 0x27
    call ask
    mov ebx, 0x53424152 ; positions, please
    mov cx, 0x29
    call ask
    mov si, ready
say:
    lodsb
    mov ah, 0x0e
    int 0x10
    cmp al, 'y'
    jne say
next:
    mov cx, 0x28
    call ask
    cmp ax, 4
    jb next
    mov ebx, 4
    mov cx, 0x27
    call ask
    push cx
    push bx
    push ax
    mov cx, 3
number:
    mov al, ' '
    mov ah, 0x0e
    int 0x10
    pop dx
    mov di, 4
digit:
    rol dx, 4
    mov al, dl
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    mov ah, 0x0e
    int 0x10
    dec di
    jnz digit
    loop number
    jmp next
ask:
    mov eax, 0x564d5868
    mov dx, 0x5658
    in eax, dx
    ret
ready: db "ready"
    times 510-($-$$) db 0
    dw 0xaa55
