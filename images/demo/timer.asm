; Page 7: timer, clock and speaker.
;
; The 8254 has three counters that run down at 1,193,182 Hz. Counter 0 raises IRQ 0 each
; time it has gone through its divisor; the BIOS leaves 65536, which makes 18.2 interrupts
; a second and a clock of ticks at 0040:006C. Counter 2 drives the speaker through a gate
; (port 61h bit 0) and an AND (bit 1). The battery clock, an MC146818 behind ports 70h and
; 71h, counts real seconds and raises IRQ 8 when its time has just changed: with that we
; measure the timer. An interrupt is the right moment to look: it comes at once, a program
; that asks again and again may be late.

PIT_CLOCK       equ 1193182
PIC1            equ 0x20        ; first interrupt controller: command, data at 21h
PIC2            equ 0xA0        ; second one: IRQ 8 to 15

page_timer:
    frame 'TIMER   8254, clock and speaker', \
          '1-8: play a note   F: another timer frequency   Esc: back to the menu'
    text 2, 2, YELLOW, 'The battery clock (MC146818, ports 70h and 71h)'
    text 11, 2, YELLOW, 'The timer (8254, counter 0, IRQ 0)'
    text 12, 4, PLAIN, 'Divisor'
    text 13, 4, PLAIN, 'Interrupts so far'
    text 14, 4, PLAIN, 'Counter now'
    text 15, 4, PLAIN, 'BIOS ticks, 0040:006C'
    text 17, 2, YELLOW, 'One measured with the other'
    text 18, 4, PLAIN, 'Interrupts in a second of the clock'
    text 19, 4, PLAIN, 'Timer clocks per second'
    text 19, 52, DIM, '(1,193,182 by the book)'
    text 21, 2, YELLOW, 'The speaker (counter 2, port 61h)'
    text 22, 4, PLAIN, 'Note'
    text 22, 22, PLAIN, 'Divisor'
    text 22, 38, PLAIN, 'Port 61h'
    mov dword [timer_count], 0
    mov word [seconds_seen], 0
    mov word [chain_sum], 0
    mov byte [note_ticks], 0
    mov dword [timer_divisor], 65536
    call hook_timer

.show:
    call show_clock
    call show_timer
    call show_speaker
.wait:
    call peek_key
    jnz .key
    hlt                         ; the timer itself wakes us
    jmp .show
.key:
    call read_key
    cmp al, 27
    je .back
    cmp al, '1'
    jb .wait
    cmp al, '8'
    jbe .note
    or al, 0x20
    cmp al, 'f'
    jne .wait
    call next_divisor
    jmp .show
.note:
    sub al, '1'
    call play_note
    jmp .show
.back:
    call stop_note
    jmp unhook_timer

; ---- counter 0 and its interrupt -------------------------------------------------------
hook_timer:
    push 0
    pop es
    cli
    mov eax, [es:0x08 * 4]
    mov [old_int8], eax
    mov word [es:0x08 * 4], timer_interrupt
    mov [es:0x08 * 4 + 2], cs
    mov eax, [es:0x70 * 4]
    mov [old_int70], eax
    mov word [es:0x70 * 4], clock_interrupt
    mov [es:0x70 * 4 + 2], cs
    call set_divisor

    in al, PIC2 + 1             ; let IRQ 8 through, it is bit 0 of the second mask
    mov [old_mask2], al
    and al, 0xFE
    out PIC2 + 1, al
    in al, PIC1 + 1             ; and IRQ 2, by which the second controller speaks
    mov [old_mask1], al
    and al, 0xFB
    out PIC1 + 1, al
    mov al, 0x0B                ; register B, bit 4: interrupt when an update has ended
    call read_clock
    mov [old_register_b], al
    or al, 0x10
    mov ah, al
    mov al, 0x0B
    call write_clock
    mov al, 0x0C                ; reading register C clears what is pending
    call read_clock
    sti
    ret

unhook_timer:
    push 0
    pop es
    cli
    mov ah, [old_register_b]
    mov al, 0x0B
    call write_clock
    mov al, [old_mask2]
    out PIC2 + 1, al
    mov al, [old_mask1]
    out PIC1 + 1, al
    mov eax, [old_int70]
    mov [es:0x70 * 4], eax
    mov eax, [old_int8]
    mov [es:0x08 * 4], eax
    outb 0x43, 0x36             ; counter 0, mode 3, 65536: as the BIOS had it
    outb 0x40, 0
    outb 0x40, 0
    sti
    ret

; Counter 0 in mode 2 (a rate generator: it counts down by one, so reading it is easy).
set_divisor:
    outb 0x43, 0x34             ; counter 0, low byte then high byte, mode 2
    mov ax, [timer_divisor]     ; 0 stands for 65536
    out 0x40, al
    mov al, ah
    out 0x40, al
    mov word [seconds_seen], 0  ; what was measured before is void
    ret

next_divisor:
    cli
    mov eax, 11932              ; 100 Hz
    cmp dword [timer_divisor], 65536
    je .known
    mov eax, 1193               ; 1000 Hz
    cmp dword [timer_divisor], 11932
    je .known
    mov eax, 65536
.known:
    mov [timer_divisor], eax
    call set_divisor
    sti
    ret

; INT 8, perhaps far more often than the BIOS expects: it gets only as many as make 18.2
; a second. chain_sum adds up the divisors; each overflow of 16 bits is one tick for it.
timer_interrupt:
    push ax
    push ds
    push cs
    pop ds
    inc dword [timer_count]
    mov ax, [timer_divisor]
    test ax, ax
    jz .chain                   ; 65536: every one
    add [chain_sum], ax
    jc .chain
    mov al, 0x20                ; end of interrupt
    out PIC1, al
    pop ds
    pop ax
    iret
.chain:
    pop ds
    pop ax
    jmp far [cs:old_int8]

; All timer clocks so far, in EAX: whole rounds from the interrupt count, the rest from the
; counter. Interrupts must be off. When the counter has just begun a new round, its
; interrupt may still wait in the controller: then the count is one short.
timer_clocks:
    push ebx
    push edx
    outb 0x43, 0x00             ; latch counter 0
    in al, 0x40
    mov bl, al
    in al, 0x40
    mov bh, al
    outb PIC1, 0x0A             ; the next read shows the requests that wait
    in al, PIC1
    movzx ebx, bx
    test ebx, ebx
    jnz .known
    mov ebx, [timer_divisor]    ; 0 is a full counter
.known:
    mov edx, [timer_divisor]
    sub edx, ebx                ; clocks into this round
    mov ebx, [timer_count]
    test al, 0x01
    jz .none_waits
    mov eax, [timer_divisor]
    shr eax, 1
    cmp edx, eax                ; early in the round: the waiting one is not counted yet
    jae .none_waits
    inc ebx
.none_waits:
    imul ebx, [timer_divisor]
    lea eax, [ebx + edx]
    pop edx
    pop ebx
    ret

; ---- the battery clock -----------------------------------------------------------------
; AL = register: AL = its contents. The write to 70h chooses, port 71h is the data.
read_clock:
    out 0x70, al
    in al, 0x71
    ret

; AL = register, AH = the new contents.
write_clock:
    out 0x70, al
    mov al, ah
    out 0x71, al
    ret

; INT 70h, once a second: how far has the timer come since the last time?
clock_interrupt:
    pushad
    push ds
    push cs
    pop ds
    mov al, 0x0C                ; which interrupt? reading also acknowledges it
    call read_clock
    test al, 0x10
    jz .not_ours
    call timer_clocks
    mov ebx, eax
    xchg ebx, [clocks_before]
    sub eax, ebx
    mov [clocks_per_second], eax
    mov eax, [timer_count]
    mov ebx, eax
    xchg ebx, [count_before]
    sub eax, ebx
    mov [interrupts_per_second], eax
    inc word [seconds_seen]
.not_ours:
    mov al, 0x20                ; both controllers wait for an end of interrupt
    out PIC2, al
    out PIC1, al
    pop ds
    popad
    iret

; ---- what is shown ---------------------------------------------------------------------
; Date and time in the clock are decimal digits, four bits each, unless bit 2 of register B
; says binary. Interrupts off: the update must not come between two reads; when one is
; under way (register A, bit 7) we skip this time.
show_clock:
    cli
    mov al, 0x0A
    call read_clock
    test al, 0x80
    jnz .busy
    mov si, .registers
    mov di, clock_digits
    push ds
    pop es
    mov cx, 7
.read:
    lodsb
    call read_clock
    test byte [old_register_b], 0x04
    jz .decimal
    aam                         ; binary: AH = AL / 10, AL = AL % 10
    shl ah, 4
    or al, ah
.decimal:
    stosb
    loop .read
    sti

    mov di, AT(4, 4)
    mov al, [clock_digits]      ; hours
    and al, 0x7F
    call put_two_large
    call put_large_colon
    mov al, [clock_digits + 1]
    call put_two_large
    call put_large_colon
    mov al, [clock_digits + 2]
    call put_two_large

    mov di, AT(6, 60)
    mov ah, BRIGHT
    movzx edx, byte [clock_digits + 3]
    mov cl, 2
    call put_hex                ; decimal digits print as hexadecimal ones
    movzx edx, byte [clock_digits + 4]
    call put_hex
    mov al, '-'
    call put_char
    movzx edx, byte [clock_digits + 5]
    call put_hex
    mov al, '-'
    call put_char
    movzx edx, byte [clock_digits + 6]
    call put_hex
    ret
.busy:
    sti
    ret
section .data
.registers: db 0x04, 0x02, 0x00, 0x32, 0x09, 0x08, 0x07 ; h, m, s, century, year, month, day
section .text

; AL: two decimal digits, DI: upper left cell, moved on.
put_two_large:
    push ax
    shr al, 4
    call put_large
    pop ax
    and al, 0x0F
put_large:                      ; one digit, from the bit pattern of its five rows
    movzx bx, al
    cmp bx, 9
    ja .done
    imul bx, bx, 5
    add bx, large_digits
    mov ah, GREEN
    push di
    mov dh, 5
.row:
    push di
    mov dl, [bx]
    inc bx
    mov ch, 4
.dot:
    mov al, ' '
    shl dl, 1
    jnc .empty
    mov al, 0xDB                ; full block
.empty:
    call put_char
    call put_char
    dec ch
    jnz .dot
    pop di
    add di, COLUMNS * 2
    dec dh
    jnz .row
    pop di
    add di, 8 * 2
.done:
    ret

put_large_colon:
    mov ah, GREEN
    mov al, 0xDB
    push di
    add di, COLUMNS * 2
    call put_char
    add di, COLUMNS * 4 - 2
    call put_char
    pop di
    add di, 3 * 2
    ret

section .data
large_digits:                   ; three dots wide, a fourth stays free
    db 0xE0, 0xA0, 0xA0, 0xA0, 0xE0
    db 0x40, 0xC0, 0x40, 0x40, 0xE0
    db 0xE0, 0x20, 0xE0, 0x80, 0xE0
    db 0xE0, 0x20, 0xE0, 0x20, 0xE0
    db 0xA0, 0xA0, 0xE0, 0x20, 0x20
    db 0xE0, 0x80, 0xE0, 0x20, 0xE0
    db 0xE0, 0x80, 0xE0, 0xA0, 0xE0
    db 0xE0, 0x20, 0x20, 0x40, 0x40
    db 0xE0, 0xA0, 0xE0, 0xA0, 0xE0
    db 0xE0, 0xA0, 0xE0, 0x20, 0xE0
section .text

show_timer:
    mov ah, BRIGHT
    mov cl, 10
    mov edx, [timer_divisor]
    mov di, AT(12, 40)
    call put_decimal
    mov edx, [timer_count]
    mov di, AT(13, 40)
    call put_decimal
    cli
    outb 0x43, 0x00             ; latch, or the two halves may not belong together
    in al, 0x40
    mov dl, al
    in al, 0x40
    mov dh, al
    sti
    movzx edx, dx
    mov ah, BRIGHT
    mov di, AT(14, 40)
    call put_decimal
    push BDA
    pop es
    mov edx, [es:BDA_TICKS]
    mov di, AT(15, 40)
    call put_decimal

    ; The first interrupt of the clock starts the measuring, the second one ends it.
    cmp word [seconds_seen], 2
    jb .too_early
    mov edx, [interrupts_per_second]
    mov di, AT(18, 40)
    mov ah, GREEN
    call put_decimal
    mov edx, [clocks_per_second]
    mov di, AT(19, 40)
    call put_decimal
    ret
.too_early:
    text 18, 41, DIM, '...      '
    text 19, 41, DIM, '...      '
    ret

; ---- the speaker -----------------------------------------------------------------------
; AL = 0 to 7. The note lasts a quarter of a second; show_speaker ends it.
play_note:
    movzx bx, al
    mov [note_number], bl
    shl bx, 1
    mov bx, [note_divisors + bx]
    mov [note_divisor], bx
    outb 0x43, 0xB6             ; counter 2, mode 3: a square wave
    mov al, bl
    out 0x42, al
    mov al, bh
    out 0x42, al
    in al, 0x61                 ; open the gate and connect the speaker
    or al, 0x03
    out 0x61, al
    push BDA
    pop es
    mov al, [es:BDA_TICKS]
    mov [note_start], al
    mov byte [note_ticks], 5
    ret

stop_note:
    in al, 0x61
    and al, 0xFC
    out 0x61, al
    mov byte [note_ticks], 0
    ret

show_speaker:
    cmp byte [note_ticks], 0
    je .silent
    push BDA
    pop es
    mov al, [es:BDA_TICKS]
    sub al, [note_start]
    cmp al, [note_ticks]
    jb .playing
    call stop_note
.silent:
    text 22, 10, DIM, 'silent  '
    jmp .port
.playing:
    mov si, note_names
    movzx bx, byte [note_number]
    lea si, [note_names + bx]
    mov al, [si]
    mov ah, GREEN
    mov di, AT(22, 10)
    call put_char
    mov al, ' '
    mov cx, 7
    call put_repeat
    mov di, AT(22, 30)
    movzx edx, word [note_divisor]
    mov cl, 5
    mov ah, BRIGHT
    call put_decimal
.port:
    in al, 0x61
    and al, 0x03                ; the other bits change all the time
    mov ah, BRIGHT
    mov di, AT(22, 47)
    mov dl, al
    mov al, '0'
    shr dl, 1
    adc al, 0
    push dx
    push ax
    mov si, .gate
    call put_string
    pop ax
    call put_char
    pop dx
    mov al, '0'
    add al, dl
    push ax
    mov si, .data
    call put_string
    pop ax
    jmp put_char
section .data
.gate: db 'gate ', 0
.data: db ', data ', 0
section .text

section .data
note_names:    db 'CDEFGAHC'
note_divisors:                  ; from middle C: 261.6, 293.7, 329.6, ... 523.3 Hz
    dw PIT_CLOCK * 10 / 2616, PIT_CLOCK * 10 / 2937, PIT_CLOCK * 10 / 3296
    dw PIT_CLOCK * 10 / 3492, PIT_CLOCK * 10 / 3920, PIT_CLOCK * 10 / 4400
    dw PIT_CLOCK * 10 / 4939, PIT_CLOCK * 10 / 5233
section .bss
old_int8:              resd 1
old_int70:             resd 1
timer_divisor:         resd 1
timer_count:           resd 1
clocks_before:         resd 1
count_before:          resd 1
clocks_per_second:     resd 1
interrupts_per_second: resd 1
seconds_seen:          resw 1
chain_sum:             resw 1
note_divisor:          resw 1
note_number:           resb 1
note_ticks:            resb 1
note_start:            resb 1
old_mask1:             resb 1
old_mask2:             resb 1
old_register_b:        resb 1
clock_digits:          resb 7
section .text
