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
