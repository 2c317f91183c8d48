; Ferrite VGA BIOS: VESA services in a mode that is set, 4F04h to 4F09h: state, window,
; length of lines, first dot shown, the DAC and its colours. See vga_vbe.asm.

; AL=04h: save and restore, by DL as AH=1Ch by AL; the interface's registers follow.
VBE_REGS    equ 9                   ; 1 to 9; the enable register last
vbe_state:
    cmp dl, 2
    ja vbe_failed
    mov al, dl
    mov ah, 0x1C
    and cx, 7                       ; bit 3 is the interface
    jnz .call
    mov cl, 1                       ; the head of the buffer has to be there
.call:
    cmp dl, 0
    je .size
    cmp dl, 2
    je .restore
    int 0x10
    mov es, [bp + FR_ES]
    mov di, [bp + FR_BX]
    call vbe_state_end
    mov cx, 1
.save:
    mov al, cl
    call dispi_get
    stosw
    inc cx
    cmp cl, VBE_REGS
    jbe .save
    jmp vbe_ok
.size:
    int 0x10
    inc bx
    mov [bp + FR_BX], bx
    jmp vbe_ok
.restore:
    call dispi_off
    int 0x10
    mov es, [bp + FR_ES]
    mov di, [bp + FR_BX]
    call vbe_state_end
    mov si, di
    mov bx, [es:si + 2 * (DISPI_ENABLE - 1)]
    mov di, 1
.first:                             ; resolution and depth, then enable, then the others
    mov cx, [es:si]
    add si, 2
    cmp di, DISPI_ENABLE
    jne .write
    mov cx, bx
    or cl, DISPI_KEEP
    test cl, DISPI_ON
    jnz .write
    xor cx, cx
.write:
    mov ax, di
    call dispi_set
    inc di
    cmp di, VBE_REGS
    jbe .first
    jmp vbe_ok

; ES:DI = the block after what AH=1Ch with CX keeps at ES:DI. Destroys AX, BX.
vbe_state_end:
    mov ax, 0x1C00
    int 0x10                        ; BX = blocks of 64 bytes
    shl bx, 6
    add di, bx
    ret

; AL=05h: BH = 0 sets, 1 gets the position of window BL, DX in 64 KB.
vbe_window:
    test bl, bl
    jnz vbe_failed
    cmp bh, 1
    ja vbe_failed
    je .get
    mov al, DISPI_MEMORY
    push dx
    call dispi_get
    pop cx
    cmp cx, ax
    jae vbe_failed
    mov al, DISPI_BANK
    call dispi_set
    jmp vbe_ok
.get:
    mov al, DISPI_BANK
    call dispi_get
    mov [bp + FR_DX], ax
    jmp vbe_ok

; The same as a far call, without the interrupt: AX, DX may change.
vbe_window_far:
    cmp bl, 0
    jne .failed
    cmp bh, 1
    ja .failed
    je .get
    push cx
    mov cx, dx
    mov al, DISPI_BANK
    call dispi_set
    pop cx
    mov ax, 0x004F
    retf
.get:
    mov al, DISPI_BANK
    call dispi_get
    mov dx, ax
    mov ax, 0x004F
    retf
.failed:
    mov ax, 0x014F
    retf

; AL=06h: BL = 0 sets the line's length to CX dots, 1 gets, 2 sets it in bytes, 3 gets
; the largest. BX = bytes, CX = dots of a line, DX = lines.
vbe_line_length:
    call vbe_enabled
    jz vbe_not_now
    mov al, DISPI_BPP
    push cx
    call dispi_get
    mov di, ax                      ; bits
    pop cx
    cmp bl, 1
    je .get
    cmp bl, 3
    je .largest
    ja vbe_failed
    cmp bl, 2
    jne .set
    ; Bytes to dots, rounded up.
    movzx eax, cx
    cmp di, 4
    jne .divide
    shl eax, 3
    jmp .dots
.divide:
    lea cx, [di + 7]
    shr cx, 3
    movzx ecx, cx
    add eax, ecx
    dec eax
    xor edx, edx
    div ecx
.dots:
    cmp eax, 0xFFF8
    ja vbe_failed
    mov cx, ax
.set:
    push cx
    mov al, DISPI_XRES              ; a line shorter than the screen cannot be
    call dispi_get
    pop cx
    cmp cx, ax
    jb vbe_failed
    push cx
    mov al, DISPI_VWIDTH
    call dispi_get
    mov si, ax                      ; as it was
    pop cx
    mov al, DISPI_VWIDTH
    call dispi_set
    ; Does the screen still fit?
    mov al, DISPI_VHEIGHT
    call dispi_get
    mov cx, ax
    mov al, DISPI_YRES
    call dispi_get
    cmp cx, ax
    jae .get
    mov cx, si
    mov al, DISPI_VWIDTH
    call dispi_set
    mov word [bp + FR_AX], 0x024F
    ret
.get:
    call show_pitch
    mov al, DISPI_VWIDTH
    call dispi_get
    mov [bp + FR_CX], ax
    movzx eax, ax
    mov cx, di
    call bytes_of_dots
    mov [bp + FR_BX], ax
    mov al, DISPI_VHEIGHT
    call dispi_get
    mov [bp + FR_DX], ax
    jmp vbe_ok
.largest:
    mov al, DISPI_MEMORY
    call dispi_get
    movzx ebx, ax
    shl ebx, 16
    cmp di, 4
    jne .chunky
    shr ebx, 2
.chunky:
    mov al, DISPI_YRES
    call dispi_get
    movzx ecx, ax
    mov eax, ebx
    xor edx, edx
    div ecx                         ; bytes a line
    cmp eax, 0x7FFF
    jbe .fits
    mov eax, 0x7FF8
.fits:
    mov [bp + FR_BX], ax
    mov [bp + FR_DX], cx
    mov cx, di
    cmp cl, 4
    jne .bytes
    shl eax, 3
    jmp .width
.bytes:
    movzx ecx, cl
    add ecx, 7
    shr ecx, 3
    xor edx, edx
    div ecx
.width:
    and al, 0xF8
    mov [bp + FR_CX], ax
    jmp vbe_ok

; Z clear when the interface is on. Destroys AX, keeps the rest.
vbe_enabled:
    push dx
    mov al, DISPI_ENABLE
    call dispi_get
    pop dx
    test al, DISPI_ON
    ret

; AL=07h: BL = 0 (80h: in the retrace) sets, 1 gets the first dot shown: CX, DX.
vbe_start:
    call vbe_enabled
    jz vbe_not_now
    cmp bl, 1
    je .get
    test bl, 0x7F
    jnz vbe_failed
    test bl, 0x80
    jz .set
    call wait_retrace
.set:
    push dx
    mov al, DISPI_X
    call dispi_set
    pop cx
    mov al, DISPI_Y
    call dispi_set
    jmp vbe_ok
.get:
    mov al, DISPI_X
    call dispi_get
    mov [bp + FR_CX], ax
    mov al, DISPI_Y
    call dispi_get
    mov [bp + FR_DX], ax
    mov byte [bp + FR_BH], 0
    jmp vbe_ok

; Wait for the beginning of a vertical retrace. Keeps everything.
wait_retrace:
    push ax
    push dx
    mov dx, [CRTC]
    add dl, 6
.in:
    in al, dx
    test al, 8
    jnz .in
.out:
    in al, dx
    test al, 8
    jz .out
    pop dx
    pop ax
    ret

; AL=08h: BL = 0 sets (BH = bits wanted), 1 gets the bits of a DAC component: BH.
vbe_dac_width:
    call vbe_enabled
    jz vbe_not_now
    mov ah, 0
    mov cx, ax                      ; the enable register (its high byte is 0)
    cmp bl, 1
    je .get
    ja vbe_failed
    and cl, ~DISPI_DAC8 & 0xFF
    cmp bh, 8
    jb .set
    or cl, DISPI_DAC8
.set:
    or cl, DISPI_KEEP
    mov al, DISPI_ENABLE
    call dispi_set
    mov al, DISPI_ENABLE            ; not every adapter has eight
    call dispi_get
    mov cx, ax
.get:
    mov byte [bp + FR_BH], 6
    test cl, DISPI_DAC8
    jz .six
    mov byte [bp + FR_BH], 8
.six:
    jmp vbe_ok

; AL=09h: BL = 0 (80h: in the retrace) sets, 1 gets CX colours from DX on, ES:DI;
; each is blue, green, red and a filler.
vbe_palette:
    cmp cx, 256
    ja vbe_failed
    mov es, [bp + FR_ES]
    mov di, [bp + FR_DI]
    jcxz .done
    cmp bl, 1
    je .get
    test bl, 0x7F
    jnz vbe_failed
    test bl, 0x80
    jz .set
    call wait_retrace
.set:
    mov al, dl
    mov dx, DAC_WRITE
    out dx, al
    inc dx
.next:
    mov eax, [es:di]
    add di, 4
    mov bl, al
    mov bh, ah
    shr eax, 16
    out dx, al
    mov al, bh
    out dx, al
    mov al, bl
    out dx, al
    loop .next
.done:
    jmp vbe_ok
.get:
    mov al, dl
    mov dx, DAC_READ
    out dx, al
    mov dx, DAC_DATA
.read:
    in al, dx
    mov ah, 0
    shl eax, 16
    in al, dx
    mov ah, al
    in al, dx
    mov [es:di], eax
    add di, 4
    loop .read
    jmp vbe_ok
