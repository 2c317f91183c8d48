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

; Write the command byte AL.
kbc_set_mode:
    push ax
    mov al, 0x60
    call kbc_command
    pop ax
    jmp kbc_data

; First half: test the controller and send the keyboard into its reset. The
; keyboard's own test takes a while; POST works on until kbc_finish.
kbc_begin:
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
    mov al, 0x64                    ; translation, system flag; mouse off, no IRQs
    call kbc_set_mode
    mov al, 0xAE
    call kbc_command
    mov al, 0xFF                    ; keyboard reset
    call kbc_data
    ret
.broken:
    mov si, msg_kbc
    jmp print_late

; Second half: collect FAh (taken the command) and AAh (test passed), then let
; the keyboard interrupt.
kbc_finish:
    mov ecx, 1000 * TICKS_PER_MS
.wait:
    call kbc_read
    jc .absent
    cmp al, 0xAA
    je .good
    cmp al, 0xFA
    je .wait
    cmp al, 0xFC
    jne .wait
.absent:
    mov si, msg_keyboard
    call print_str
.good:
    mov al, 0x65                    ; translation, system flag, IRQ1; mouse off
    jmp kbc_set_mode

; Too early to print (no video BIOS yet): shown on the POST card instead.
print_late:
    POST_CODE 0xE1
    ret

msg_kbc:      db 'Keyboard controller does not answer', 13, 10, 0
msg_keyboard: db 'No keyboard found', 13, 10, 0
