; Ferrite system BIOS: INT 14h serial ports, INT 17h printers.

; ----------------------------------------------------------------- INT 14h
; DX = port 0-3. Time-outs come from 40:7C, in units of one second.
int14_entry:
    sti
    ENTER_INT
    DS_BDA
    cmp dx, 3
    ja .out
    mov si, dx
    add si, si
    mov di, [COM_BASE + si]
    test di, di
    jz .out
    mov bx, dx
    mov bl, [COM_TMO + bx]          ; BL = seconds
    push bx                         ; also at L_COM_TMO
    movzx ax, byte [bp + FR_AH]
    cmp ax, 5
    ja .out
    mov si, ax
    add si, si
    call [cs:.functions + si]
.out:
    mov sp, bp
    LEAVE_INT
.functions:
    dw com_init, com_send, com_receive, com_status, com_init_ext, com_modem

; AH=00h: AL = 7-5 rate, 4-3 parity, 2 stop bits, 1-0 word length.
com_init:
    mov al, [bp + FR_AL]
    mov cl, al
    shr al, 5
    movzx si, al
    add si, si
    mov ax, [cs:baud_table + si]
    and cl, 0x1F
    jmp com_set
; AH=04h: AL break, BH parity, BL stop, CH length, CL rate (0 110 .. 8 19200,
; 9 38400, 10 57600, 11 115200).
com_init_ext:
    movzx si, byte [bp + FR_CL]
    cmp si, 11
    ja com_status
    add si, si
    mov ax, [cs:.divisors + si]
    mov cl, [bp + FR_CH]
    and cl, 3
    mov ch, [bp + FR_BL]
    and ch, 1
    shl ch, 2
    or cl, ch
    movzx si, byte [bp + FR_BH]
    cmp si, 4
    ja com_status
    or cl, [cs:.parities + si]
    test byte [bp + FR_AL], 1
    jz com_set
    or cl, 0x40
    jmp com_set
.divisors: dw 1047, 768, 384, 192, 96, 48, 24, 12, 6, 3, 2, 1
.parities: db 0x00, 0x08, 0x18, 0x28, 0x38

; AX = divisor, CL = line control.
com_set:
    call com_line

; AH=03h: AH = line status, AL = modem status.
com_status:
    lea dx, [di + 5]
    in al, dx
    mov [bp + FR_AH], al
    inc dx
    in al, dx
    mov [bp + FR_AL], al
    ret

; The port at DI gets the divisor AX and the line control CL. Destroys AL, DX.
com_line:
    push ax
    lea dx, [di + 3]
    mov al, cl
    or al, 0x80                     ; DLAB
    out dx, al
    pop ax
    mov dx, di
    out dx, al
    IO_DELAY
    inc dx
    mov al, ah
    out dx, al
    IO_DELAY
    lea dx, [di + 3]
    mov al, cl
    out dx, al
    IO_DELAY
    lea dx, [di + 1]
    xor al, al                      ; no interrupts
    out dx, al
    ret

; AH=01h: send AL. AH = line status, bit 7 on time-out.
com_send:
    lea dx, [di + 4]
    mov al, 0x03                    ; DTR, RTS (OUT2 stays off)
    out dx, al
    mov bh, 0x30                    ; DSR and CTS
    lea dx, [di + 6]
    call com_wait
    jc com_timeout
    mov bh, 0x20                    ; transmitter empty
    lea dx, [di + 5]
    call com_wait
    jc com_timeout
    mov [bp + FR_AH], al
    mov al, [bp + FR_AL]
    mov dx, di
    out dx, al
    ret
com_timeout:
    or al, 0x80
    mov [bp + FR_AH], al
    ret

; AH=02h: receive AL.
com_receive:
    lea dx, [di + 4]
    mov al, 0x01                    ; DTR
    out dx, al
    mov bh, 0x20                    ; DSR
    lea dx, [di + 6]
    call com_wait
    jc com_timeout
    mov bh, 0x01                    ; data ready
    lea dx, [di + 5]
    call com_wait
    jc com_timeout
    and al, 0x1E                    ; the error bits
    mov [bp + FR_AH], al
    mov dx, di
    in al, dx
    mov [bp + FR_AL], al
    ret

; AH=05h: AL = 0 read modem control into BL, 1 write it from BL.
com_modem:
    lea dx, [di + 4]
    cmp byte [bp + FR_AL], 0
    jne .write
    in al, dx
    mov [bp + FR_BL], al
    jmp com_status
.write:
    mov al, [bp + FR_BL]
    and al, 0x1F
    out dx, al
    jmp com_status

; Wait until all bits BH of port DX are set. AL = the last value read.
; CF = 1: time out after BL seconds.
com_wait:
    movzx ecx, bl
    imul ecx, ecx, 1000 * TICKS_PER_MS
    xor ah, ah
.loop:
    in al, dx
    mov bl, al
    and al, bh
    cmp al, bh
    je .there
    call tmo_step
    jnc .loop
    stc
.there:                             ; CF = 0: equal
    mov al, bl
    mov bl, [bp + L_COM_TMO]
    ret
L_COM_TMO equ -2

; ----------------------------------------------------------------- INT 17h
; DX = printer 0-2. AH returns the status: 7 not busy, 6 acknowledge, 5 out of
; paper, 4 selected, 3 error, 0 time-out.
int17_entry:
    sti
    ENTER_INT
    DS_BDA
    cmp dx, 2
    ja .out
    mov si, dx
    add si, si
    mov di, [LPT_BASE + si]
    test di, di
    jz .out
    mov bx, dx
    mov bl, [LPT_TMO + bx]
    mov ah, [bp + FR_AH]
    cmp ah, 1
    jb lpt_print
    je lpt_init
    cmp ah, 2
    je lpt_status
.out:
    LEAVE_INT

lpt_print:
    mov al, [bp + FR_AL]
    mov dx, di
    out dx, al
    inc dx
    movzx ecx, bl
    imul ecx, ecx, 1000 * TICKS_PER_MS
    xor ah, ah
.wait:
    in al, dx
    test al, 0x80                   ; not busy
    jnz .strobe
    call tmo_step
    jnc .wait
    in al, dx
    and al, 0xF8
    xor al, 0x48
    or al, 0x01
    jmp lpt_done
.strobe:
    inc dx
    in al, dx
    and al, 0x1E
    or al, 0x01
    out dx, al                      ; strobe
    IO_DELAY
    IO_DELAY
    and al, 0xFE
    out dx, al
    jmp lpt_status

lpt_init:
    lea dx, [di + 2]
    mov al, 0x08                    ; INIT low
    out dx, al
    mov ecx, 4                      ; 50 us
    xor ah, ah
.pulse:
    call tmo_step
    jnc .pulse
    mov al, 0x0C
    out dx, al

lpt_status:
    lea dx, [di + 1]
    in al, dx
    and al, 0xF8
    xor al, 0x48                    ; ACK and ERROR are active low
lpt_done:
    mov [bp + FR_AH], al
    LEAVE_INT
