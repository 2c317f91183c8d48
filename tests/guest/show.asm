; SHOW.COM: says its environment and its arguments on the debug console (port E9h), and ends with
; the length of its command tail as exit code.

    cpu 8086
    bits 16
    org 0x100

    cld
    push ds
    mov ds, [0x2C]
    xor si, si
.string:
    lodsb
    or al, al
    jz .end
.byte:
    out 0xE9, al
    lodsb
    or al, al
    jnz .byte
    mov al, 10
    out 0xE9, al
    jmp .string
.end:
    pop ds
    mov si, text
.text:
    lodsb
    out 0xE9, al
    cmp al, '['
    jne .text
    mov si, 0x81
    mov cl, [0x80]
    xor ch, ch
    jcxz .last
.tail:
    lodsb
    out 0xE9, al
    loop .tail
.last:
    mov al, ']'
    out 0xE9, al
    mov al, 10
    out 0xE9, al
    mov al, [0x80]
    mov ah, 0x4C
    int 0x21

text: db "tail ["
