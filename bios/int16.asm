; Ferrite system BIOS: INT 16h, keyboard services.

int16_entry:
    sti
    ENTER_INT
    DS_BDA
    movzx si, byte [bp + FR_AH]
    cmp si, 0x12
    ja .unknown
    add si, si
    jmp [cs:int16_table + si]
.unknown:
    LEAVE_INT

int16_table:
    dw int16_read                   ; 00
    dw int16_status                 ; 01
    dw int16_flags                  ; 02
    dw int16_typematic              ; 03
    dw int16_entry.unknown          ; 04
    dw int16_store                  ; 05
    dw int16_entry.unknown          ; 06
    dw int16_entry.unknown          ; 07
    dw int16_entry.unknown          ; 08
    dw int16_abilities              ; 09
    dw int16_identify               ; 0A
    dw int16_entry.unknown          ; 0B
    dw int16_entry.unknown          ; 0C
    dw int16_entry.unknown          ; 0D
    dw int16_entry.unknown          ; 0E
    dw int16_entry.unknown          ; 0F
    dw int16_read_ext               ; 10
    dw int16_status_ext             ; 11
    dw int16_flags_ext              ; 12

; Convert the buffered code AX for the old functions. CF = 1: not for them.
key_to_old:
    cmp ah, 0xE0
    je .e0_keys
    cmp ah, 0x84
    ja .hide
    cmp al, 0xF0
    je .f0
    cmp al, 0xE0
    jne .as_is
    test ah, ah                     ; Alt-224 has scan code 0
    jz .as_is
    xor al, al
.as_is:
    clc
    ret
.f0:
    test ah, ah
    jz .as_is
.hide:
    stc
    ret
.e0_keys:
    mov ah, 0x35                    ; keypad /
    cmp al, '/'
    je .as_is
    mov ah, 0x1C                    ; keypad Enter
    clc
    ret

; And for the enhanced ones: only F0h hides.
key_to_new:
    cmp al, 0xF0
    jne .as_is
    test ah, ah
    jz .as_is
    xor al, al
.as_is:
    clc
    ret

; Take the next entry out of the buffer, waiting for it. AX = code.
key_take:
    cli
    mov bx, [KB_HEAD]
    cmp bx, [KB_TAIL]
    jne .there
    mov ax, 0x9002                  ; a multitasker may use the time
    int 0x15
    cli
    mov bx, [KB_HEAD]
    cmp bx, [KB_TAIL]
    jne .there
    call led_update
    call idle
    jmp key_take
.there:
    mov ax, [bx]
    call key_advance
    sti
    ret
key_advance:
    add bx, 2
    cmp bx, [KB_END]
    jb .inside
    mov bx, [KB_START]
.inside:
    mov [KB_HEAD], bx
    ret

int16_read:
    call key_take
    call key_to_old
    jc int16_read
    mov [bp + FR_AX], ax
    LEAVE_INT
int16_read_ext:
    call key_take
    call key_to_new
    mov [bp + FR_AX], ax
    LEAVE_INT

; 01h: codes the old functions do not know are dropped on the way.
int16_status_again:
    cmp byte [bp + FR_AH], 0x11
    je int16_status_ext
int16_status:
    cli
    call led_update
.look:
    mov bx, [KB_HEAD]
    cmp bx, [KB_TAIL]
    je int16_empty
    mov ax, [bx]
    call key_to_old
    jnc int16_ready
    call key_advance
    jmp .look
int16_status_ext:
    cli
    call led_update
    mov bx, [KB_HEAD]
    cmp bx, [KB_TAIL]
    je int16_empty
    mov ax, [bx]
    call key_to_new
int16_ready:
    mov [bp + FR_AX], ax
    mov es, [EBDA_PTR]              ; whoever gets a key is awake
    mov word [es:EX_POLL_GOAL], POLL_MANY
    mov word [es:EX_POLL_LEFT], 0
    RET_ZF_CLEAR
    ; A program that polls with its interrupts off would never see a key.
    or byte [bp + FR_FLAGS + 1], 0x02
    LEAVE_INT
int16_empty:
    call poll_vain
    jc int16_status_again           ; something has happened meanwhile
    RET_ZF_SET
    or byte [bp + FR_FLAGS + 1], 0x02
    LEAVE_INT

int16_flags:
    mov al, [KB_FLAG]
    mov [bp + FR_AL], al
    LEAVE_INT

; 12h: AL as 02h; AH = SysReq, locks pressed, right and left Ctrl and Alt.
int16_flags_ext:
    mov al, [KB_FLAG]
    mov ah, [KB_FLAG1]
    mov cl, ah
    and cl, K1_SYSREQ
    shl cl, 5
    and ah, 0x73
    or ah, cl
    mov cl, [KB_FLAG3]
    and cl, K3_RCTRL | K3_RALT
    or ah, cl
    mov [bp + FR_AX], ax
    LEAVE_INT

; 03h: AL = 05h: BH delay 0-3, BL rate 0-31. AL = 00h: defaults.
int16_typematic:
    mov al, [bp + FR_AL]
    mov bx, [bp + FR_BX]
    test al, al
    jnz .given
    mov bx, 0x010B                  ; 500 ms, 10.9 a second
    jmp .set
.given:
    cmp al, 0x05
    jne .out
    cmp bh, 3
    ja .out
    cmp bl, 31
    ja .out
.set:
    shl bh, 5
    or bl, bh
    call kbd_poll_begin
    mov al, 0xF3
    call kbd_send
    jc .end
    mov al, bl
    call kbd_send
    jnc .end
    mov al, 0xF4                    ; refused half way: let it type on
    call kbd_send
.end:
    call kbd_poll_end
.out:
    LEAVE_INT

; 05h: put CX into the buffer. AL = 0 stored, 1 full.
int16_store:
    cli
    mov ax, [bp + FR_CX]
    call key_put
    mov al, 0
    adc al, 0
    mov [bp + FR_AL], al
    LEAVE_INT

; 09h: what there is. Bit 5: 10h-12h, 4: 0Ah, 2: 0305h, 0: 0300h.
int16_abilities:
    mov byte [bp + FR_AL], 0x35
    LEAVE_INT

; 0Ah: the keyboard's identification, 0 when it gives none.
int16_identify:
    xor bx, bx
    call kbd_poll_begin
    mov al, 0xF2
    call kbd_send
    jc .end
    mov ecx, 20 * TICKS_PER_MS
    call kbc_read
    jc .end
    mov bl, al
    call kbc_read
    jc .end
    mov bh, al
.end:
    call kbd_poll_end
    mov [bp + FR_BX], bx
    LEAVE_INT

; Talk to the keyboard by polling: its interrupt is held off meanwhile. What
; it was sending is given to INT 09h first.
kbd_poll_begin:
    call kbc_drain
    in al, PORT_PIC1_DATA
    mov [INTR_FLAG], al             ; the old mask, put back by kbd_poll_end
    or al, 0x02
    out PORT_PIC1_DATA, al
    ret
kbd_poll_end:
    call kbc_note_stale
    mov al, [INTR_FLAG]
    out PORT_PIC1_DATA, al
    ret

; Send AL to the keyboard and wait for its FAh. CF = 1: it did not come.
kbd_send:
    push ecx
    call kbc_data
    mov ecx, 30 * TICKS_PER_MS
.reply:
    call kbc_read
    jc .out
    test ah, KBC_AUX
    jnz .reply
    cmp al, 0xFA
    je .out                         ; CF = 0: equal
    cmp al, 0xFE
    jne .reply
    stc
.out:
    pop ecx
    ret
