; Ferrite system BIOS: the 8042 keyboard controller, by polling.

; All with a time limit; CF = 1 when it ran out. Destroy AX only.

; Wait until the controller has taken our last byte (20 ms).
kbc_wait_input:
    push ecx
    mov ecx, 20 * TICKS_PER_MS
.loop:
    in al, PORT_KBC_CMD
    test al, KBC_IBF
    jz .ready
    call tmo_step
    jnc .loop
.ready:                             ; CF is clear after TEST, set by tmo_step
    pop ecx
    ret

; Interrupts on until what the controller holds was served, 10 ms at the most; then off.
; Destroys AX, ECX.
kbc_drain:
    mov ecx, 10 * TICKS_PER_MS
    sti
.drain:
    in al, PORT_KBC_CMD
    test al, KBC_OBF
    jz .empty
    call tmo_step
    jnc .drain
.empty:
    cli
    ret

; Command AL to the controller.
kbc_command:
    push ax
    call kbc_wait_input
    pop ax
    out PORT_KBC_CMD, al
    ret

; Byte AL to port 60h.
kbc_data:
    push ax
    call kbc_wait_input
    pop ax
    out PORT_KBC_DATA, al
    ret

; Next byte from port 60h into AL, waiting ECX refresh flips. AH = status.
kbc_read:
    push ecx
    xor ah, ah
.loop:
    in al, PORT_KBC_CMD
    test al, KBC_OBF
    jnz .there
    call tmo_step
    jnc .loop
    pop ecx
    ret
.there:
    mov ah, al
    in al, PORT_KBC_DATA
    pop ecx
    clc
    ret

; Throw away what waits in the output buffer.
kbc_flush:
    push cx
    mov cx, 64
.loop:
    in al, PORT_KBC_CMD
    test al, KBC_OBF
    jz .empty
    in al, PORT_KBC_DATA
    IO_DELAY
    loop .loop
.empty:
    pop cx
    ret

; An interrupt of the keyboard (AH = STALE_KBD) or the mouse (STALE_MOUSE): AL =
; its byte, CF = 0. As an AT's BIOS does, this does not ask whether the output
; buffer is full: a program that hooked the interrupt may have read the byte and
; chained to us, and the controller gives it once more. CF = 1: the byte is the
; other device's, or we took it ourselves some time ago.
kbc_irq_byte:
    push ds
    push cx
    mov cl, ah
    DS_EBDA
    mov ah, [EX_STALE]
    mov al, cl
    not al
    and [EX_STALE], al
    in al, PORT_KBC_CMD
    test al, KBC_OBF
    jz .empty
    test al, KBC_AUX
    mov al, STALE_KBD
    jz .from
    mov al, STALE_MOUSE
.from:
    cmp al, cl
    jne .none
.take:
    in al, PORT_KBC_DATA
    clc
    jmp .out
.empty:
    test ah, cl
    jz .take
.none:
    stc
.out:
    pop cx
    pop ds
    ret

; After polling with both interrupts held off: a request that still stands in the
; 8259s though its byte is gone will come to nothing. (The data sheet wants a
; request held until it is acknowledged; chipsets there are latch it.) Call with
; interrupts off. Destroys AX.
kbc_note_stale:
    push ds
    push cx
    mov al, 0x0A                    ; OCW3: read the request register
    out PORT_PIC1_CMD, al
    IO_DELAY
    in al, PORT_PIC1_CMD
    and al, STALE_KBD
    mov cl, al
    mov al, 0x0A
    out PORT_PIC2_CMD, al
    IO_DELAY
    in al, PORT_PIC2_CMD
    and al, STALE_MOUSE
    or cl, al
    in al, PORT_KBC_CMD
    test al, KBC_OBF
    jz .empty
    test al, KBC_AUX
    jnz .mouse
    and cl, ~STALE_KBD & 0xFF       ; that one is true
    jmp .empty
.mouse:
    and cl, ~STALE_MOUSE & 0xFF
.empty:
    DS_EBDA
    mov [EX_STALE], cl
    pop cx
    pop ds
    ret

; Write the command byte AL.
kbc_set_mode:
    push ax
    mov al, 0x60
    call kbc_command
    pop ax
    jmp kbc_data

; First half: test the controller and send the keyboard into its reset. The
; keyboard answers FAh at once and AAh after its own test, some time later; a
; handler of POST's own collects both while POST works on. Called with IRQ1
; masked in the 8259, which keeps the first request until it is opened.
kbc_begin:
    mov ax, EBDA_SEG
    mov ds, ax
    mov byte [EX_POST_KBD], 0
    xor ax, ax
    mov es, ax
    mov word [es:0x09 * 4], kbc_post_irq
    mov al, 0xAD
    call kbc_command
    mov al, 0xA7
    call kbc_command
    call kbc_flush
    mov al, 0xAA                    ; controller self test
    call kbc_command
    mov ecx, 500 * TICKS_PER_MS
    call kbc_read
    jc .broken
    cmp al, 0x55
    jne .broken
    mov al, 0x65                    ; translation, system flag, IRQ1; mouse off
    call kbc_set_mode
    mov al, 0xAE
    call kbc_command
    mov al, 0xFF                    ; keyboard reset
    jmp kbc_data
.broken:
    POST_CODE 0xE1                  ; (there is no video BIOS yet)
    ret

; INT 09h until the keyboard is ready.
kbc_post_irq:
    push ax
    push ds
    mov ax, EBDA_SEG
    mov ds, ax
    in al, PORT_KBC_CMD
    test al, KBC_OBF
    jz .eoi
    in al, PORT_KBC_DATA
    mov ah, KBD_ACK
    cmp al, 0xFA
    je .note
    mov ah, KBD_READY
    cmp al, 0xAA
    je .note
    cmp al, 0xFC                    ; test failed: nothing more to wait for
    jne .eoi
.note:
    mov [EX_POST_KBD], ah
.eoi:
    mov al, EOI
    out PORT_PIC1_CMD, al
    pop ds
    pop ax
    iret
KBD_ACK     equ 1
KBD_READY   equ 2

; Second half, with interrupts on: wait for the keyboard to be ready, up to a
; second if it has answered at all, then put the real INT 09h in place.
kbc_finish:
    DS_BDA
    mov ax, EBDA_SEG
    mov es, ax
    mov cx, [TIMER]
.wait:
    cli
    mov al, [es:EX_POST_KBD]
    cmp al, KBD_READY
    je .ready
    mov dx, [TIMER]
    sub dx, cx
    cmp dx, 20
    ja .absent
    cmp al, KBD_ACK
    je .rest
    cmp dx, 2                       ; 55 to 110 ms without an answer
    ja .absent
.rest:
    call idle
    jmp .wait
.absent:
    mov si, msg_keyboard
    call print_str
.ready:
    xor ax, ax
    mov es, ax
    mov word [es:0x09 * 4], 0xE987
    sti
    ret

msg_keyboard: db 'No keyboard found', 13, 10, 0
