; sound_cards.asm - a diskette that finds an OPL3 and an UltraSound as programs of the time do, plays on
; both, and says on the debug console (port E9h) what it found: the kind of OPL, how many banks of
; 256 KB the UltraSound has, whether its DMA, its voice's and its timer's interrupts came.

    cpu 386
    bits 16
    org 0x7C00

GUS equ 0x240

start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    mov ax, 0x0208              ; the rest of this
    mov bx, 0x7E00
    mov cx, 0x0002
    mov dh, 0
    int 0x13
    jmp main
    times 510 - ($ - $$) db 0
    dw 0xAA55

; ---- helpers ----

say:                            ; text at SI
    lodsb
    or al, al
    jz .end
    out 0xE9, al
    jmp say
.end:
    ret

say_digit:                      ; AL
    add al, '0'
    out 0xE9, al
    mov al, 10
    out 0xE9, al
    ret

wait_us15:                      ; CX times 15 us, by the refresh toggle
    in al, 0x61
    and al, 0x10
    mov ah, al
.same:
    in al, 0x61
    and al, 0x10
    cmp al, ah
    je .same
    loop wait_us15
    ret

wait_ticks:                     ; CX ticks of 55 ms
    mov bx, [0x46C]
    add bx, cx
.more:
    hlt
    cmp [0x46C], bx
    jne .more
    ret

opl:                            ; AL register, AH value, first array
    mov dx, 0x388
    out dx, al
    inc dx
    mov al, ah
    out dx, al
    ret

opl_list:                       ; port, register, value at SI; port 0 ends
    lodsw
    mov dx, ax
    or dx, dx
    jz .end
    lodsb
    out dx, al
    inc dx
    lodsb
    out dx, al
    jmp opl_list
.end:
    ret

gus8:                           ; AL register, AH value
    mov dx, GUS + 0x103
    out dx, al
    mov dx, GUS + 0x105
    mov al, ah
    out dx, al
    ret

gus16:                          ; AL register, BX value
    mov dx, GUS + 0x103
    out dx, al
    inc dx
    mov ax, bx
    out dx, ax
    ret

gus_at:                         ; address AL:BX, of the memory's port
    push ax
    mov al, 0x43
    call gus16
    pop ax
    mov ah, al
    mov al, 0x44
    call gus8
    mov dx, GUS + 0x107
    ret

%macro gus_byte 2
    mov ax, %1 | %2 << 8
    call gus8
%endmacro
%macro gus_word 2
    mov bx, %2
    mov al, %1
    call gus16
%endmacro

; ---- what there is ----

main:
    sti
    mov ax, 0x6004
    call opl
    mov ax, 0x8004
    call opl
    mov dx, 0x388
    in al, dx
    mov [before], al
    mov ax, 0xFF02
    call opl
    mov ax, 0x2104
    call opl
    mov cx, 7                   ; 90 us at the least: the first one has begun
    call wait_us15
    mov dx, 0x388
    in al, dx
    mov [after], al
    mov ax, 0x6004
    call opl
    mov ax, 0x8004
    call opl
    mov al, [before]
    and al, 0xE0
    jnz .none
    mov al, [after]
    and al, 0xE0
    cmp al, 0xC0
    jne .none
    mov si, text_opl2
    test byte [after], 6
    jnz .found
    mov si, text_opl3
.found:
    call say
.none:

    gus_byte 0x4C, 0
    mov cx, 20
    call wait_us15
    gus_byte 0x4C, 1
    mov cx, 20
    call wait_us15
    xor cx, cx                  ; banks that keep what is written, and are no other's
.bank:
    mov al, cl
    shl al, 2
    xor bx, bx
    call gus_at
    mov al, cl
    add al, 0xA5
    out dx, al
    inc cx
    cmp cx, 4
    jb .bank
    xor cx, cx
.look:
    mov al, cl
    shl al, 2
    xor bx, bx
    call gus_at
    in al, dx
    sub al, 0xA5
    cmp al, cl
    jne .banks
    inc cx
    cmp cx, 4
    jb .look
.banks:
    mov si, text_gus
    call say
    mov al, cl
    call say_digit

; ---- interrupts and DMA of the UltraSound ----

    mov word [0x73 * 4], on_irq
    mov word [0x73 * 4 + 2], 0
    in al, 0xA1
    and al, 0xF7
    out 0xA1, al
    in al, 0x21
    and al, 0xFB
    out 0x21, al
    gus_byte 0x4C, 7
    mov dx, GUS                 ; lines: IRQ 11, DMA 3
    mov al, 0x09
    out dx, al
    mov dx, GUS + 0x0B
    mov al, 2
    out dx, al
    mov dx, GUS
    mov al, 0x49
    out dx, al
    mov dx, GUS + 0x0B
    mov al, 5
    out dx, al

    xor di, di                  ; a saw of 256 bytes at 1000:0
    mov ax, 0x1000
    mov es, ax
.saw:
    mov ax, di
    mov [es:di], al
    inc di
    cmp di, 256
    jb .saw
    mov al, 7
    out 0x0A, al
    mov al, 0x4B
    out 0x0B, al
    out 0x0C, al
    xor al, al
    out 0x06, al
    out 0x06, al
    mov al, 1
    out 0x82, al
    mov al, 255
    out 0x07, al
    xor al, al
    out 0x07, al
    mov al, 3
    out 0x0A, al
    gus_word 0x42, 0x0200       ; to 2000h, made signed
    gus_byte 0x41, 0xA1
    mov cx, 2
    call wait_ticks
    mov si, text_dma
    call say
    mov al, [irqs_dma]
    call say_digit
    mov si, text_saw
    mov cx, 256
.check:
    mov bx, 0x2100
    sub bx, cx
    xor al, al
    call gus_at
    in al, dx
    mov bl, al
    mov al, 0x80
    sub al, cl
    cmp al, bl
    jne .wrong
    loop .check
    call say
.wrong:

; Voice 3 once through the saw, with an interrupt at its end; then timer 1 four times.
    mov dx, GUS + 0x102
    mov al, 3
    out dx, al
    gus_word 0x01, 0x0400
    gus_word 0x02, 0x0040
    gus_word 0x03, 0
    gus_word 0x04, 0x0042
    gus_word 0x05, 0
    gus_word 0x0A, 0x0040
    gus_word 0x0B, 0
    gus_word 0x09, 0xF000
    gus_byte 0x00, 0x20
    mov cx, 2
    call wait_ticks
    mov si, text_voice
    call say
    mov al, [irqs_voice]
    call say_digit
    gus_byte 0x46, 0            ; 20.5 ms
    gus_byte 0x45, 4
    mov dx, GUS + 8
    mov al, 4
    out dx, al
    inc dx
    mov al, 1
    out dx, al
.timers:
    hlt
    cmp byte [irqs_timer], 4
    jb .timers
    mov dx, GUS + 9
    mov al, 0
    out dx, al
    mov si, text_timer
    call say
    mov al, [irqs_timer]
    call say_digit

; ---- both play ----

    gus_byte 0x00, 0x08
    mov si, tune
    call opl_list
    mov cx, 30
    call wait_ticks
    mov si, tune_end
    call opl_list
    gus_byte 0x00, 0x03
    mov cx, 10
    call wait_ticks
    mov si, text_end
    call say
stop:
    hlt
    jmp stop

on_irq:
    pusha
    push ds
    xor ax, ax
    mov ds, ax
    mov dx, GUS + 6
    in al, dx
    mov bl, al
    test bl, 0x80
    jz .no_dma
    inc byte [irqs_dma]
    mov dx, GUS + 0x103
    mov al, 0x41
    out dx, al
    mov dx, GUS + 0x105
    in al, dx
.no_dma:
    test bl, 0x20
    jz .no_voice
    mov dx, GUS + 0x103
    mov al, 0x8F
    out dx, al
    mov dx, GUS + 0x105
    in al, dx
    cmp al, 0x63                ; voice 3, its wave
    jne .no_voice
    inc byte [irqs_voice]
.no_voice:
    test bl, 0x04
    jz .no_timer
    inc byte [irqs_timer]
    mov ax, 0x0045
    call gus8
    mov ax, 0x0445
    call gus8
.no_timer:
    mov al, 0x20
    out 0xA0, al
    out 0x20, al
    pop ds
    popa
    iret

before:     db 0
after:      db 0
irqs_dma:   db 0
irqs_voice: db 0
irqs_timer: db 0
text_opl2:  db "opl2", 10, 0
text_opl3:  db "opl3", 10, 0
text_gus:   db "banks ", 0
text_dma:   db "dma ", 0
text_saw:   db "saw", 10, 0
text_voice: db "voice ", 0
text_timer: db "timer ", 0
text_end:   db "end", 10, 0

%macro fm 3                     ; array, register, value
    dw 0x388 + 2 * %1
    db %2, %3
%endmacro

tune:
    fm 1, 5, 1
    fm 1, 4, 1                  ; the first pair in four
    fm 0, 0xBD, 0xC0
%assign channel 0
%rep 9
%assign array 0
%rep 2
%assign at channel / 3 * 8 + channel % 3
    fm array, 0x20 + at, 0xE1
    fm array, 0x40 + at, 0x12 + channel
    fm array, 0x60 + at, 0xF4
    fm array, 0x80 + at, 0x47
    fm array, 0xE0 + at, channel % 8
    fm array, 0x23 + at, 0x21
    fm array, 0x43 + at, 0x0C
    fm array, 0x63 + at, 0xC3
    fm array, 0x83 + at, 0x56
    fm array, 0xE3 + at, array
    fm array, 0xC0 + channel, 0x38
    fm array, 0xA0 + channel, 0x40 + 23 * channel
    fm array, 0xB0 + channel, 0x2D + 4 * array
%assign array array + 1
%endrep
%assign channel channel + 1
%endrep
    dw 0

tune_end:
%assign channel 0
%rep 9
    fm 0, 0xB0 + channel, 0x0D
    fm 1, 0xB0 + channel, 0x11
%assign channel channel + 1
%endrep
    dw 0
    times 9 * 512 - ($ - $$) db 0
