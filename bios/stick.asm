; Ferrite system BIOS: INT 15h AH=84h, sticks at the game port.

PORT_GAME   equ 0x201

; Is there an adapter? Its one-shots are low as long as nobody has started them.
stick_detect:
    DS_BDA
    mov dx, PORT_GAME
    in al, dx
    test al, 0x0F
    jnz .none
    or word [EQUIP], 0x1000
.none:
    ret

; DX=0: AL bits 7-4 the buttons, 0 is pressed. DX=1: AX, BX sticks A's x and y,
; CX, DX stick B's; 0 for what is not there.
int15_stick:
    mov ax, [bp + FR_DX]
    cmp ax, 1
    je .positions
    ja int15_unknown
    mov dx, PORT_GAME
    in al, dx
    and al, 0xF0
    mov [bp + FR_AL], al
    jmp int15_ok
.positions:
    mov bl, 1
    call stick_axis
    mov [bp + FR_AX], ax
    call stick_axis
    mov [bp + FR_BX], ax
    call stick_axis
    mov [bp + FR_CX], ax
    call stick_axis
    mov [bp + FR_DX], ax
    RET_CF_CLEAR
    LEAVE_INT

; AX = how long the one-shot of bit BL lasts, in 16 counts of timer 0 (in mode 3 two
; a clock, so that 250 kilo-ohms are some 19Fh); 0 when it does not end in 3.4 ms. BL goes on
; to the next one. Changes CX, DX, SI.
stick_axis:
    pushf
    cli
    call stick_timer
    mov cx, ax
    mov dx, PORT_GAME
    out dx, al
.wait:
    in al, dx
    mov ah, al
    push ax
    call stick_timer
    mov si, cx
    sub si, ax                      ; it counts down
    pop ax
    test ah, bl
    jz .low
    cmp si, 0x1FF0
    jb .wait
    xor si, si
.low:
    shl bl, 1
    mov ax, si
    shr ax, 4
    popf
    ret

; AX = timer 0's count.
stick_timer:
    mov al, 0
    out PORT_PIT_CTRL, al
    in al, PORT_PIT0
    mov ah, al
    in al, PORT_PIT0
    xchg al, ah
    ret
