; A boot sector that plays: a ramp of 16-bit samples over 64 KB of memory, again and again, by
; auto-initialised DMA on channel 5 at 44100 Hz, and a note through the MPU-401. Says on the screen
; what version the DSP is, and "done" after 60 interrupts.

    cpu 386
    bits 16
    org 0x7C00

BASE    equ 0x220
BLOCKS  equ 60

    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7C00
    cld

    mov ax, 0x2000              ; the ramp
    mov es, ax
    xor di, di
    xor ax, ax
.ramp:
    stosw
    inc ax
    test ax, 0x7FFF
    jnz .ramp

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
    call get
    cmp al, 0xAA
    jne fail
    mov al, 0xE1
    call put
    call get
    call digit
    call get
    call digit

    mov dx, 0x331               ; a note
    mov al, 0x3F
    out dx, al
    dec dx
    in al, dx
    cmp al, 0xFE
    jne fail
    mov si, note
    call midi

    mov al, 4 | 1               ; 20000h, 8000h words
    out 0xD4, al
    mov al, 0x58 | 1
    out 0xD6, al
    xor al, al
    out 0xD8, al
    out 0xC4, al
    out 0xC4, al
    mov al, 0xFF
    out 0xC6, al
    mov al, 0x7F
    out 0xC6, al
    mov al, 2
    out 0x8B, al
    mov al, 1
    out 0xD4, al

    mov si, start
    mov cx, start_end - start
.command:
    lodsb
    call put
    loop .command
.play:
    hlt
    cmp byte [count], BLOCKS
    jb .play
    mov al, 0xD5
    call put
    mov si, silence
    call midi
    mov si, text_done
    jmp say
fail:
    mov si, text_fail
say:
    lodsb
    or al, al
    jz .end
    call tell
    jmp say
.end:
    hlt
    jmp .end

interrupt:
    push ax
    push dx
    mov dx, BASE + 0xF
    in al, dx
    inc byte [count]
    mov al, 0x20
    out 0x20, al
    pop dx
    pop ax
    iret

put:
    mov ah, al
    mov dx, BASE + 0xC
.busy:
    in al, dx
    test al, al
    js .busy
    mov al, ah
    out dx, al
    ret

get:
    mov dx, BASE + 0xE
.none:
    in al, dx
    test al, al
    jns .none
    mov dx, BASE + 0xA
    in al, dx
    ret

midi:                           ; three bytes
    mov cx, 3
.next:
    mov dx, 0x331
.busy:
    in al, dx
    test al, 0x40
    jnz .busy
    dec dx
    lodsb
    out dx, al
    loop .next
    ret

digit:
    add al, '0'
tell:
    mov ah, 0x0E
    mov bx, 7
    int 0x10
    ret

note:       db 0x90, 0x3C, 0x7F
silence:    db 0x80, 0x3C, 0x40
start:      db 0x41, 44100 >> 8, 44100 & 0xFF
            db 0xB6, 0x10, 0xFF, 0x0F   ; 4096 words a block
start_end:
count:      db 0
text_done:  db " done", 0
text_fail:  db " fail", 0

    times 510 - ($ - $$) db 0
    dw 0xAA55
