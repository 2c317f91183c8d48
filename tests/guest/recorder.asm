; A boot sector that records: 16384 words of one channel at 22050 Hz through a Sound Blaster 16's
; channel 5, with what MIDI IN brings meanwhile. Both go to the debug console: the words, and then
; "midi" and the bytes. Says "done" on the screen.

    cpu 386
    bits 16
    org 0x7C00

BASE    equ 0x220
WORDS   equ 0x4000

    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7C00
    cld
    mov word [(8 + 5) * 4], interrupt
    mov word [(8 + 5) * 4 + 2], 0
    in al, 0x21
    and al, ~(1 << 5)
    out 0x21, al

    mov dx, BASE + 6            ; reset
    mov al, 1
    out dx, al
    mov cx, 100
.wait:
    in al, dx
    loop .wait
    xor al, al
    out dx, al
    mov dx, BASE + 14
.ready:
    in al, dx
    test al, 0x80
    jz .ready
    mov dx, BASE + 10
    in al, dx
    cmp al, 0xAA
    jne $

    mov dx, 0x331               ; UART
    mov al, 0x3F
    out dx, al
    dec dx
    in al, dx

    mov al, 4 | 1               ; to memory, 20000h
    out 0xD4, al
    mov al, 0x44 | 1
    out 0xD6, al
    xor al, al
    out 0xD8, al
    out 0xC4, al
    out 0xC4, al
    mov al, (WORDS - 1) & 255
    out 0xC6, al
    mov al, (WORDS - 1) >> 8
    out 0xC6, al
    mov al, 2
    out 0x8B, al
    mov al, 1
    out 0xD4, al
    mov si, start
    mov cx, start_end - start
    mov dx, BASE + 12
.put:
    in al, dx
    test al, 0x80
    jnz .put
    lodsb
    out dx, al
    loop .put
    sti
.record:
    hlt
    test byte [over], 1
    jz .record

    cli
    mov ax, 0x2000
    mov ds, ax
    xor si, si
    mov cx, WORDS * 2
    mov dx, 0xE9
    rep outsb
    xor ax, ax
    mov ds, ax
    mov si, midi
    mov cx, 4
    rep outsb
    mov cx, [count]
    mov si, heard
    rep outsb
    mov si, done
.say:
    lodsb
    test al, al
    jz $
    mov ah, 0x0E
    mov bx, 7
    int 0x10
    jmp .say

interrupt:
    push ax
    push dx
    push bx
    mov dx, BASE + 4
    mov al, 0x82
    out dx, al
    inc dx
    in al, dx
    test al, 2
    jz .midi
    mov dx, BASE + 15
    in al, dx
    inc byte [over]
.midi:
    mov dx, 0x331
    in al, dx
    test al, 0x80
    jnz .end
    dec dx
    in al, dx
    mov bx, [count]
    mov [heard + bx], al
    inc word [count]
    jmp .midi
.end:
    mov al, 0x20
    out 0x20, al
    pop bx
    pop dx
    pop ax
    iret

start:
    db 0x42, 22050 >> 8, 22050 & 255
    db 0xB8, 0x10, (WORDS - 1) & 255, (WORDS - 1) >> 8
start_end:
midi    db 'midi'
done    db 'done', 0
over    db 0
count   dw 0
heard   equ 0x7E00

    times 510 - ($ - $$) db 0
    dw 0xAA55
