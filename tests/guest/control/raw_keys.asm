; raw_keys.asm - a boot sector that says every byte of the keyboard as hexadecimal digits on port E9h; with
; LOCK it holds the CD in its drive (the ATAPI command PREVENT MEDIUM REMOVAL). For window_walk.sh.
org 0x7c00
bits 16
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    mov ax, 3
    int 0x10
    mov si, ready
.show:
    lodsb
    test al, al
    jz .lock
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    jmp .show
.lock:
%ifdef LOCK
    mov bp, 3 ; the first ones are told that the drive was reset
.again:
    mov dx, 0x176 ; the second channel's first drive
    mov al, 0xa0
    out dx, al
    inc dx
    out dx, al ; PACKET
    mov cx, 0xffff
.wait:
    in al, dx
    test al, 8
    loopz .wait
    jz .keys ; no drive
    mov dx, 0x170
    mov si, packet
    mov cx, 6
    rep outsw
    mov dx, 0x177
.busy:
    in al, dx
    test al, 0x80
    jnz .busy
    dec bp
    jnz .again
%endif
.keys:
    in al, 0x21
    or al, 2 ; the keys are ours
    out 0x21, al
    mov si, ready
.say:
    lodsb
    out 0xe9, al
    test al, al
    jnz .say
next:
    in al, 0x64
    test al, 1
    jnz .take
    sti
    hlt ; until the timer
    jmp next
.take:
    mov ah, al
    in al, 0x60
    test ah, 0x20 ; the mouse
    jnz next
    aam 16
    call digit
    mov al, [hex] ; the low one
    call put
    mov al, ' '
    call put
    jmp next
digit: ; of AH; the character of AL is left in [hex]
    call one
    mov [hex], al
    mov al, ah
    call one
put:
    out 0xe9, al
    mov ah, 0x0e
    mov bx, 7
    int 0x10
    ret
one:
    add al, '0'
    cmp al, '9'
    jbe .end
    add al, 7
.end:
    ret
hex: db 0
packet: db 0x1e, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0
ready: db 'KEYS ', 0
    times 510-($-$$) db 0
    dw 0xaa55
