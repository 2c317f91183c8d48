; Ferrite system BIOS: time.
;
; Short times come from bit 4 of port 61h, which flips with every memory
; refresh request (15.085 us). Nothing here counts instructions, so a faster
; processor changes no delay.

TICKS_PER_MS    equ 66              ; refresh flips a millisecond

; One step of a polling loop with a time limit.
;   in:  ECX = flips left, AH = bit 4 as last seen (anything to start with)
;   out: CF = 1 when the time is over; ECX, AH updated; AL destroyed
tmo_step:
    in al, PORT_SYS_B
    and al, 0x10
    cmp al, ah
    je .same
    mov ah, al
    sub ecx, 1
    jc .over
.same:
    clc
    ret
.over:
    xor ecx, ecx
    stc
    ret

; Wait CX milliseconds. Destroys AX, ECX.
delay_ms:
    movzx ecx, cx
    imul ecx, ecx, TICKS_PER_MS
.loop:
    call tmo_step
    jnc .loop
    ret

; Let the processor rest until an interrupt comes, where that is safe: not in
; virtual-8086 mode (HLT belongs to the monitor there), and not when the timer
; is masked, because then nothing might ever wake us. Call with interrupts off
; right after testing what is waited for, so that the interrupt cannot slip in
; between; returns with interrupts on.
idle:
    push ax
    smsw ax
    test al, 1
    jnz .spin
    in al, PORT_PIC1_DATA
    test al, 1
    jnz .spin
    pop ax
    sti
    hlt
    ret
.spin:
    pop ax
    sti
    nop
    ret

; Wait CX milliseconds, for a drive's mechanics: the processor rests between
; interrupts of the clock chip, as INT 15h AH=86h lets it, where that is safe
; and the clock's interrupts are nobody else's; else as delay_ms. Should somebody
; keep the clock's interrupt from us, the timer ends it soon after. Called with
; interrupts on or off. DS = BDA. Destroys AX, ECX.
rest_ms:
    cmp cx, 3
    jb delay_ms
    pushf
    pop ax
    test ah, 0x02                   ; interrupts are on
    jz delay_ms
    smsw ax
    test al, 1
    jnz delay_ms
    push es
    xor ax, ax
    mov es, ax
    cmp word [es:0x70 * 4 + 2], 0xF000  ; who took the vector may not chain, nor count ticks
    jne .poll
    mov al, CMOS_B
    call cmos_read
    test al, 0x70                   ; no interrupt of the clock is used
    jnz .poll
    mov al, CMOS_A
    call cmos_read
    and al, 0x7F
    cmp al, 0x26                    ; the usual period
    jne .poll
    push ebx
    push ecx
    movzx ecx, cx
    inc cx                          ; the first period has begun already
    imul ecx, ecx, 1000
    push ds
    pop es
    mov bx, WAIT_ACT                ; our own flag: bit 7 of 40:A0
    call wait_start
    pop ecx
    jc .busy
    mov ax, cx                      ; ticks (55 ms) after which something is wrong
    shr ax, 5
    add ax, 2
    mov cx, ax
    mov bx, [TIMER]
.sleep:
    cli
    test byte [WAIT_ACT], 0x80
    jnz .over
    call idle
    mov ax, [TIMER]
    sub ax, bx
    cmp ax, cx
    jbe .sleep
    cli
    call wait_stop
.over:
    and byte [WAIT_ACT], 0x7F
    sti
    pop ebx
    pop es
    ret
.busy:
    pop ebx
.poll:
    pop es
    jmp delay_ms

; CMOS register AL -> AL. Bit 7 of the index (NMI mask) is left as given.
cmos_read:
    pushf
    cli
    out PORT_CMOS_INDEX, al
    IO_DELAY
    in al, PORT_CMOS_DATA
    popf
    ret

; AH -> CMOS register AL.
cmos_write:
    pushf
    cli
    out PORT_CMOS_INDEX, al
    IO_DELAY
    xchg al, ah
    out PORT_CMOS_DATA, al
    xchg al, ah
    popf
    ret
