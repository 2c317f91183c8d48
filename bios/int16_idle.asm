; Ferrite system BIOS: INT 16h 01h and 11h polled in vain.
;
; A DOS prompt, and much else that waits for a key, asks for it over and over and does nothing
; between. That costs a real machine power and an emulated one its host's processor, so the BIOS
; rests (HLT) until the next interrupt when it is sure enough that nobody minds:
;
; - the same caller with the same registers, the stack pointer included, has asked POLL_MANY times
;   within one tick of the timer (18,600 times a second at the usual rate): programs that draw,
;   play or measure between two polls ask seldom or carry values around;
; - a tick came since the last rest, so the timer runs and will end this one;
; - the caller has its interrupts on, the speaker is off (its tone may be timed by polling), and no
;   serial port is in use without interrupts (DTR on, OUT2 off: its bytes would be lost).
;
; After a rest the buffer is looked at again before the caller gets its answer, so a key is told as
; soon as its interrupt was served; the timer's interrupt ends the rest, so no tick is late. There
; is one rest a tick: a program that waits for other interrupts as well runs on at full speed when
; one of them ended it. As long as nothing else happens each further tick needs half as many polls,
; down to POLL_FEW. Programs that poll hardware that can neither interrupt nor be seen here, in the
; same loop and with the same registers, get to it once a tick; a program that counts polls for
; a measure counts fewer.
;
; Not done in virtual-8086 mode, or with the timer masked (see idle).

POLL_MANY   equ 1024
POLL_FEW    equ 4
POLL_WORDS  equ (FR_FLAGS + 2) / 2

; The buffer is empty, interrupts are off, DS = BDA. CF = 1: the machine has rested, look again.
; Destroys AX, BX, CX, DX, SI, DI.
poll_vain:
    push es
    mov es, [EBDA_PTR]
    mov si, bp                      ; the same caller as last time?
    mov di, EX_POLL_FRAME
    mov cx, POLL_WORDS
    ss repe cmpsw
    jne .other
    mov ax, ss
    cmp [es:EX_POLL_SS], ax
    jne .other
    mov al, [TIMER]
    cmp [es:EX_POLL_TICK], al
    jne .tick
    cmp word [es:EX_POLL_LEFT], 0
    je .busy
    dec word [es:EX_POLL_LEFT]
    jnz .busy
    call poll_may_rest
    jc .busy
    mov ax, [es:EX_POLL_GOAL]
    shr ax, 1
    cmp ax, POLL_FEW
    jb .rest
    mov [es:EX_POLL_GOAL], ax
.rest:
    call idle
    cli
    pop es
    stc
    ret
.other:
    mov si, bp
    mov di, EX_POLL_FRAME
    mov cx, POLL_WORDS
    ss rep movsw
    mov [es:EX_POLL_SS], ss
    mov word [es:EX_POLL_GOAL], POLL_MANY
    mov word [es:EX_POLL_LEFT], 0   ; from the next tick on
    mov al, [TIMER]
    mov [es:EX_POLL_TICK], al
    jmp .busy
.tick:
    mov [es:EX_POLL_TICK], al
    mov ax, [es:EX_POLL_GOAL]
    mov [es:EX_POLL_LEFT], ax
.busy:
    pop es
    clc
    ret

; CF = 1: better not. DS = BDA. Destroys AX, CX, DX, SI.
poll_may_rest:
    test byte [bp + FR_FLAGS + 1], 0x02
    jz .no
    in al, PORT_SYS_B
    test al, 0x03
    jnz .no
    mov si, COM_BASE
    mov cx, 4
.port:
    lodsw
    test ax, ax
    jz .next
    add ax, 4                       ; modem control: DTR without OUT2
    mov dx, ax
    in al, dx
    and al, 0x09
    cmp al, 0x01
    je .no
.next:
    loop .port
    clc
    ret
.no:
    stc
    ret
