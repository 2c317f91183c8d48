; IDLE.COM: how often can the keyboard be asked for in a second? Asks with other registers each time,
; so that a BIOS which knows about waiting programs does not take it for one. Then INT 28h and INT 2Fh
; AX=1680h, and a key that has to come through. Says what it found on the debug console (port E9h).

    cpu 8086
    bits 16
    org 0x100

    xor ax, ax
    mov es, ax
    mov bx, [es:0x46C]
.edge:
    cmp bx, [es:0x46C]
    je .edge
    add bx, 1 + 18
    xor si, si                  ; polls, DI:SI
    xor di, di
.poll:
    add si, 1
    adc di, 0
    mov dx, si
    mov ah, 1
    int 0x16
    jnz .poll
    cmp bx, [es:0x46C]
    jne .poll
    or di, di
    mov dx, text_busy
    jnz .say                    ; 65,536 and more
    mov dx, text_rests
    cmp si, 18 * 120
    jbe .say
    mov dx, text_some
.say:
    call say
    mov ax, 0x1680
    int 0x2F
    mov dx, text_slice
    or al, al
    jz .supported
    mov dx, text_no_slice
.supported:
    call say
    int 0x28
    mov ah, 0                   ; flags and AX of a key that is there
    int 0x16
    mov [text_key], al
    mov dx, text_key
    call say
    mov ax, 0x4C00
    int 0x21

say:
    mov si, dx
.next:
    lodsb
    or al, al
    jz .end
    out 0xE9, al
    jmp .next
.end:
    ret

text_busy:      db "busy", 10, 0
text_some:      db "some", 10, 0
text_rests:     db "rests", 10, 0
text_slice:     db "time slice taken", 10, 0
text_no_slice:  db "no time slice", 10, 0
text_key:       db "?", 10, 0
