; A boot diskette that names every key it gets: the code that INT 16h 10h
; returns, in hexadecimal, on the debug port E9h. "B" is INT 1Bh (Ctrl-Break),
; "P" is INT 05h (Print Screen), "Q" and "q" are SysReq down and up. F12 ends
; the machine through port F4h.

    bits 16
    cpu 386
    org 0x7C00

    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    mov word [0x05 * 4], on_print
    mov [0x05 * 4 + 2], ax
    mov word [0x1B * 4], on_break
    mov [0x1B * 4 + 2], ax
    mov eax, [0x15 * 4]
    mov [old_15], eax
    mov word [0x15 * 4], on_15
    mov word [0x15 * 4 + 2], 0
    sti
    mov si, ready
.ready:
    lodsb
    mov ah, 0x0E
    int 0x10
    test al, al
    jnz .ready

next:
    mov ah, 0x10
    int 0x16
    mov bx, ax
    mov cx, 4
.digit:
    rol bx, 4
    mov al, bl
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    out 0xE9, al
    loop .digit
    mov al, ' '
    out 0xE9, al
    cmp bx, 0x8600
    jne next
    mov al, 10
    out 0xE9, al
    xor al, al
    out 0xF4, al
    hlt

on_break:
    push ax
    mov al, 'B'
    jmp show
on_print:
    push ax
    mov al, 'P'
    jmp show
on_15:
    cmp ah, 0x85
    je .sysreq
    jmp far [cs:old_15]
.sysreq:
    push ax
    cmp al, 1
    mov al, 'Q'
    jb show
    mov al, 'q'
show:
    out 0xE9, al
    mov al, ' '
    out 0xE9, al
    pop ax
    iret

old_15: dd 0
ready:  db 'Press keys', 13, 10, 0
    times 510 - ($ - $$) db 0
    dw 0xAA55
