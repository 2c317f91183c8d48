; Ferrite system BIOS: PS/2 mouse: INT 15h C2xxh and INT 74h (IRQ12).
;
; The packet handler registered with C207h is called far with four words on
; the stack: status, X, Y, Z (0).

; AH=C2h
int15_mouse:
    DS_EBDA
    movzx si, byte [bp + FR_AL]
    cmp si, 9
    ja .bad
    add si, si
    jmp [cs:.functions + si]
.functions:
    dw mouse_enable, mouse_reset, mouse_rate, mouse_resolution
    dw mouse_type, mouse_init_packets, mouse_extended, mouse_handler
    dw mouse_write, mouse_read
.bad:
    mov ah, 0x01
    jmp int15_fail

; The end of every function: CF = 1: AH = error (03h interface, 04h resend).
mouse_finish:
    pushf
    call mouse_end
    popf
    jc int15_fail
    jmp int15_ok

; C200h: BH = 0 off, 1 on.
mouse_enable:
    mov bh, [bp + FR_BH]
    mov ah, 0x02
    cmp bh, 1
    ja int15_fail
    jb .off
    test byte [EX_MOUSE_F2], 0x80   ; on: somebody must take the packets
    mov ah, 0x05
    jz int15_fail
.off:
    call mouse_begin
    and byte [EX_MOUSE_F1], 0xF8    ; start with a whole packet
    mov al, 0xF5
    sub al, bh                      ; F4h = on
    push bx
    call mouse_command
    pop bx
    jc mouse_finish
    and byte [EX_MOUSE_INIT], ~0x02
    test bh, bh
    jz .set
    or byte [EX_MOUSE_INIT], 0x02   ; IRQ12 with it
.set:
    clc
    jmp mouse_finish

; C201h: BH = identification, BL = AAh.
mouse_reset:
    call mouse_begin
    mov al, 0xFF
    call mouse_command
    jc mouse_finish
    mov ecx, 1000 * TICKS_PER_MS    ; its self test takes up to half a second
    call mouse_byte
    jc mouse_finish
    mov [bp + FR_BL], al
    mov ecx, 100 * TICKS_PER_MS
    call mouse_byte
    jc mouse_finish
    mov [bp + FR_BH], al
    and byte [EX_MOUSE_INIT], ~0x02
    and byte [EX_MOUSE_F1], 0xF8
    clc
    jmp mouse_finish

; C202h: BH = 0..6: 10, 20, 40, 60, 80, 100, 200 a second.
mouse_rate:
    movzx si, byte [bp + FR_BH]
    mov ah, 0x02
    cmp si, 6
    ja int15_fail
    mov bl, [cs:.rates + si]
    mov bh, 0xF3
    jmp mouse_command_arg
.rates: db 10, 20, 40, 60, 80, 100, 200

; C203h: BH = 0..3: 1, 2, 4, 8 counts a millimetre.
mouse_resolution:
    mov bl, [bp + FR_BH]
    mov ah, 0x02
    cmp bl, 3
    ja int15_fail
    mov bh, 0xE8
mouse_command_arg:                  ; command BH with argument BL
    call mouse_begin
    mov al, bh
    call mouse_command
    jc mouse_finish
    mov al, bl
    call mouse_command
    jmp mouse_finish

; C204h: BH = identification.
mouse_type:
    call mouse_begin
    mov al, 0xF2
    call mouse_command
    jc mouse_finish
    mov ecx, 100 * TICKS_PER_MS
    call mouse_byte
    jc mouse_finish
    mov [bp + FR_BH], al
    jmp mouse_finish

; C205h: BH = packet size 1..8; then as C201h.
mouse_init_packets:
    mov al, [bp + FR_BH]
    dec al
    mov ah, 0x02
    cmp al, 7
    ja int15_fail
    and byte [EX_MOUSE_F2], 0x80
    or [EX_MOUSE_F2], al
    and byte [EX_MOUSE_F1], 0xF8
    jmp mouse_reset

; C206h: BH = 0 status into BL CL DL, 1 scaling 1:1, 2 scaling 2:1.
mouse_extended:
    mov bh, [bp + FR_BH]
    mov ah, 0x02
    cmp bh, 2
    ja int15_fail
    je .double
    cmp bh, 1
    je .single
    call mouse_begin
    mov al, 0xE9
    call mouse_command
    jc mouse_finish
    mov ecx, 100 * TICKS_PER_MS
    call mouse_byte
    jc mouse_finish
    mov [bp + FR_BL], al
    call mouse_byte
    jc mouse_finish
    mov [bp + FR_CL], al
    call mouse_byte
    jc mouse_finish
    mov [bp + FR_DL], al
    jmp mouse_finish
.single:
    mov al, 0xE6
    jmp .scale
.double:
    mov al, 0xE7
.scale:
    mov bh, al
    call mouse_begin
    mov al, bh
    call mouse_command
    jmp mouse_finish

; C207h: ES:BX = packet handler; 0:0 takes it away.
mouse_handler:
    mov ax, [bp + FR_BX]
    mov [EX_MOUSE_PTR], ax
    mov bx, [bp + FR_ES]
    mov [EX_MOUSE_PTR + 2], bx
    or ax, bx
    jz .none
    or byte [EX_MOUSE_F2], 0x80
    jmp int15_ok
.none:
    test byte [EX_MOUSE_F2], 0x80
    jz int15_ok
    and byte [EX_MOUSE_F2], 0x7F    ; the device goes quiet with it
    call mouse_begin
    and byte [EX_MOUSE_INIT], ~0x02
    mov al, 0xF5
    call mouse_command
    jmp mouse_finish

; C208h: send BL. C209h: status in BL, data in BH.
mouse_write:
    mov bl, [bp + FR_BL]
    call mouse_begin
    mov al, bl
    call mouse_command
    jmp mouse_finish
mouse_read:
    call mouse_begin
    mov ecx, 20 * TICKS_PER_MS
    call mouse_byte
    jc mouse_finish
    mov [bp + FR_BL], ah
    mov [bp + FR_BH], al
    jmp mouse_finish

; ------------------------------------------------ polling the second port

; Take the 8042 for ourselves: wait until pending bytes are served, stop the
; keyboard, hold both interrupts. Interrupts stay off until mouse_end. The
; command byte to restore is in EX_MOUSE_INIT. Destroys AX, ECX.
mouse_begin:
    call kbc_drain
    mov al, 0xAD
    call kbc_command
    ; One last byte may have come in just before; it is lost if the keyboard's,
    ; and stale if the mouse's.
    call kbc_flush
    mov al, 0x20
    call kbc_command
    mov ecx, 20 * TICKS_PER_MS
    call kbc_read
    jnc .got
    mov al, 0x65
.got:
    and al, ~0x30 & 0xFF            ; both devices on, when we are done
    mov [EX_MOUSE_INIT], al
    and al, ~0x03 & 0xFF
    or al, 0x10                     ; keyboard off meanwhile
    jmp kbc_set_mode

mouse_end:
    push ax
    mov al, [EX_MOUSE_INIT]
    call kbc_set_mode
    mov al, 0xAE
    call kbc_command
    call kbc_note_stale
    pop ax
    sti
    ret

; Send AL to the mouse and wait for its FAh. CF = 1: AH = error.
mouse_command:
    push ecx
    push ax
    mov al, 0xD4
    call kbc_command
    pop ax
    call kbc_data
    mov ecx, 100 * TICKS_PER_MS
.reply:
    call mouse_byte
    jc .out
    cmp al, 0xFA
    je .out                         ; CF = 0: equal
    mov ah, 0x04
    cmp al, 0xFE
    stc
    je .out
    mov ah, 0x03
    cmp al, 0xFC
    stc
    je .out
    jmp .reply                      ; the rest of a packet
.out:
    pop ecx
    ret

; Next byte of the mouse: AL (AH = status). CF = 1: AH = 03h.
mouse_byte:
    call kbc_read
    jc .none
    test ah, KBC_AUX
    jz mouse_byte                   ; a keyboard byte that was on its way
    ret
.none:
    mov ah, 0x03
    stc
    ret

; ------------------------------------------------------------------ IRQ12
int74_irq:
    ENTER_INT
    DS_EBDA
    mov ah, STALE_MOUSE
    call kbc_irq_byte
    jc .eoi
    test byte [EX_MOUSE_F2], 0x80
    jz .eoi
    mov bl, [EX_MOUSE_F1]
    and bx, 7
    mov [EX_MOUSE_DATA + bx], al
    mov al, [EX_MOUSE_F2]
    and al, 7
    cmp bl, al
    jae .packet
    inc byte [EX_MOUSE_F1]
    jmp .eoi
.packet:
    and byte [EX_MOUSE_F1], 0xF8
    mov al, EOI
    out PORT_PIC2_CMD, al
    out PORT_PIC1_CMD, al
    movzx ax, byte [EX_MOUSE_DATA]
    push ax
    movzx ax, byte [EX_MOUSE_DATA + 1]
    push ax
    movzx ax, byte [EX_MOUSE_DATA + 2]
    push ax
    push word 0
    sti
    call far [EX_MOUSE_PTR]
    cli
    mov sp, bp
    LEAVE_INT
.eoi:
    mov al, EOI
    out PORT_PIC2_CMD, al
    out PORT_PIC1_CMD, al
    LEAVE_INT

; POST: is there a mouse? The interface test A9h answers 00h when the second
; port exists, and the device must acknowledge a harmless command.
mouse_init:
    DS_EBDA
    mov byte [EX_MOUSE_F2], 2       ; packets of three bytes
    cli                             ; the answers are ours, not INT 09h's
    mov al, 0xA9
    call kbc_command
    mov ecx, 20 * TICKS_PER_MS
    call kbc_read
    jc .none
    test al, al
    jnz .none
    mov al, 0xA8
    call kbc_command
    call mouse_begin
    mov al, 0xF5
    call mouse_command
    pushf
    and byte [EX_MOUSE_INIT], ~0x02
    call mouse_end
    popf
    jc .none
    DS_BDA
    or byte [EQUIP], 0x04
.none:
    sti
    ret
