; Ferrite VGA BIOS: saving and restoring the video state (AH=1Ch).
;
; CX bit 0: the registers; bit 1: the data area and vectors; bit 2: the DAC. The
; buffer starts with three words: where each part is in it, 0 for absent.

SAVE_HEAD   equ 8
REGS_SIZE   equ 1 + 5 + 1 + 25 + 21 + 9 + 2 + 4
DATA_SIZE   equ (CGA_COLOUR - MODE + 1) + (DCC - ROWS + 1) + 4 + 2 + 4 + 4
DAC_SIZE    equ 1 + 768

save_restore:
    and cx, 7
    jz .out
    cmp al, 1
    jb save_size
    mov es, [bp + FR_ES]
    mov di, bx
    je save
    cmp al, 2
    je restore
.out:
    ret

save_done:
    mov byte [bp + FR_AL], 0x1C
    ret

save_size:                          ; AL=0: BX = 64-byte blocks
    mov bx, SAVE_HEAD + 63
    test cl, 1
    jz .no_registers
    add bx, REGS_SIZE
.no_registers:
    test cl, 2
    jz .no_data
    add bx, DATA_SIZE
.no_data:
    test cl, 4
    jz .no_dac
    add bx, DAC_SIZE
.no_dac:
    shr bx, 6
    mov [bp + FR_BX], bx
    jmp save_done

; AL=1: to ES:BX.
save:
    mov bx, di                      ; the head
    xor ax, ax
    mov [es:di], ax
    mov [es:di + 2], ax
    mov [es:di + 4], ax
    add di, SAVE_HEAD
    mov [bp + L_FLAG], cl
    test cl, 1
    jz .no_registers
    mov [es:bx], di
    sub [es:bx], bx
    call save_registers
.no_registers:
    test byte [bp + L_FLAG], 2
    jz .no_data
    mov [es:bx + 2], di
    sub [es:bx + 2], bx
    mov si, MODE
    mov cx, CGA_COLOUR - MODE + 1
    rep movsb
    mov si, ROWS
    mov cx, DCC - ROWS + 1
    rep movsb
    mov eax, [SAVE_PTR]
    stosd
    mov ax, [EQUIP]
    stosw
    push ds
    push 0
    pop ds
    mov eax, [VEC_1F]
    stosd
    mov eax, [VEC_43]
    stosd
    pop ds
.no_data:
    test byte [bp + L_FLAG], 4
    jz save_done
    mov [es:bx + 4], di
    sub [es:bx + 4], bx
    mov dx, DAC_MASK
    in al, dx
    stosb
    mov dx, DAC_READ
    mov al, 0
    out dx, al
    mov dx, DAC_DATA
    mov cx, 768
.dac:
    in al, dx
    stosb
    loop .dac
    jmp save_done

; AL=2: from ES:BX.
restore:
    mov bx, di
    mov [bp + L_FLAG], cl
    test cl, 2                      ; the data area first: it tells the CRTC's ports
    jz .no_data
    mov si, [es:bx + 2]
    test si, si
    jz .no_data
    add si, bx
    push es                         ; swap roles: DS:SI the buffer, ES the data area
    push ds
    pop es
    pop ds
    mov di, MODE
    mov cx, CGA_COLOUR - MODE + 1
    rep movsb
    mov di, ROWS
    mov cx, DCC - ROWS + 1
    rep movsb
    lodsd
    mov [es:SAVE_PTR], eax
    lodsw
    mov [es:EQUIP], ax
    push es
    push 0
    pop es
    lodsd
    mov [es:VEC_1F], eax
    lodsd
    mov [es:VEC_43], eax
    pop es
    push es
    push ds
    pop es
    pop ds
.no_data:
    test byte [bp + L_FLAG], 1
    jz .no_registers
    mov si, [es:bx]
    test si, si
    jz .no_registers
    add si, bx
    call restore_registers
.no_registers:
    test byte [bp + L_FLAG], 4
    jz save_done
    mov si, [es:bx + 4]
    test si, si
    jz save_done
    add si, bx
    es lodsb
    mov dx, DAC_MASK
    out dx, al
    mov dx, DAC_WRITE
    mov al, 0
    out dx, al
    inc dx
    mov cx, 768
.dac:
    es lodsb
    out dx, al
    loop .dac
    jmp save_done

; AH = count registers from AL = 0 up of the index port DX, to ES:DI.
save_indexed:
    mov al, 0
.next:
    out dx, al
    push ax
    inc dx
    in al, dx
    dec dx
    stosb
    pop ax
    inc ax
    cmp al, ah
    jb .next
    ret

; The same back, from ES:SI.
restore_indexed:
    mov cl, ah
    mov al, 0
.next:
    mov ah, [es:si]
    inc si
    out dx, ax
    inc ax
    cmp al, cl
    jb .next
    ret

save_registers:
    mov dx, MISC_READ
    in al, dx
    stosb
    mov dx, SEQ_PORT
    mov ah, 5
    call save_indexed
    mov dx, 0x3CA                   ; feature control
    in al, dx
    stosb
    mov dx, [CRTC]
    mov ah, 25
    call save_indexed
    mov al, 0
.attr:
    push ax
    call attr_read
    mov [es:di], ah
    inc di
    pop ax
    inc ax
    cmp al, 21
    jb .attr
    mov dx, GC_PORT
    mov ah, 9
    call save_indexed
    mov ax, [CRTC]
    stosw
    ; The latches: CRTC register 22h shows the one that read map select names.
    mov cx, 4
    mov ah, 0
.latch:
    mov dx, GC_PORT
    mov al, 4
    out dx, ax
    mov dx, [CRTC]
    mov al, 0x22
    out dx, al
    inc dx
    in al, dx
    stosb
    inc ah
    loop .latch
    sub di, 4 + 2 + 9 - 4           ; read map select as it was
    mov ah, [es:di]
    add di, 4 + 2 + 9 - 4
    mov al, 4
    mov dx, GC_PORT
    out dx, ax
    ret

restore_registers:
    mov dx, SEQ_PORT
    mov ax, 0x0100
    out dx, ax
    es lodsb
    mov dx, MISC_WRITE
    out dx, al
    mov dx, 0x3D4
    test al, 1
    jnz .colour
    mov dl, 0xB4
.colour:
    mov [CRTC], dx
    inc si                          ; sequencer 0 comes last
    mov dx, SEQ_PORT
    mov al, 1
.seq:
    mov ah, [es:si]
    inc si
    out dx, ax
    inc ax
    cmp al, 5
    jb .seq
    mov ax, 0x0300
    out dx, ax
    es lodsb
    mov dx, [CRTC]
    add dl, 6
    out dx, al
    mov dx, [CRTC]
    mov ax, 0x0011
    out dx, ax
    mov ah, 25
    call restore_indexed
    mov al, 0
.attr:
    mov ah, [es:si]
    inc si
    push ax
    call attr_write
    pop ax
    inc ax
    cmp al, 21
    jb .attr
    mov dx, GC_PORT
    mov ah, 9
    call restore_indexed
    ret
