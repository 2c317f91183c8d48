; Ferrite VGA BIOS: setting a mode (AH=00h) and asking for it (0Fh).

; AL = mode, bit 7: leave video memory as it is.
set_mode:
    mov bl, al
    and bx, 0x7F
    cmp bl, 0x6A
    je .svga
    cmp bl, MODE_COUNT
    jae .no_mode
    call mode_entry                 ; FS:SI = parameters, AL = which
    cmp al, NO_MODE
    je .no_mode

    ; Data area first: the rest works from it.
    mov [MODE], bl
    mov al, [bp + FR_AL]
    and al, 0x80
    and byte [INFO], 0x7F
    or [INFO], al
    movzx ax, byte [fs:si + PT_COLS]
    mov [COLS], ax
    mov al, [fs:si + PT_ROWS]
    mov [ROWS], al
    movzx ax, byte [fs:si + PT_HEIGHT]
    mov [HEIGHT], ax
    mov ax, [fs:si + PT_PAGE]
    mov [PAGE_SIZE], ax
    xor ax, ax
    mov [PAGE_START], ax
    mov [PAGE], al
    mov cx, 8
    mov di, CURSOR
.cursors:
    mov [di], ax
    add di, 2
    loop .cursors

    mov ax, 0x3D4                   ; misc bit 0 chooses the ports of the CRTC
    test byte [fs:si + PT_MISC], 1
    jnz .colour
    mov al, 0xB4
.colour:
    mov [CRTC], ax

    ; The equipment word says mono or colour.
    mov ah, [EQUIP]
    or ah, 0x30
    cmp al, 0xB4
    je .equipment
    xor ah, 0x10                    ; 80x25 colour
    cmp bl, 2
    jae .equipment
    xor ah, 0x30                    ; 40x25 colour
.equipment:
    mov [EQUIP], ah

    ; What a CGA would have in its two registers.
    mov al, 0x29
    cmp bl, 8
    jae .cga
    mov al, [cs:cga_modes + bx]
.cga:
    mov [CGA_MODE], al
    mov al, 0x30
    cmp bl, 6
    jne .cga_colour
    mov al, 0x3F
.cga_colour:
    mov [CGA_COLOUR], al

    call dispi_off
    call load_registers
    call load_colours
    call save_palette

    ; The font of the mode, and the characters' generator or the graphics font.
    call kind
    jnz .graphics
    call load_mode_font
    mov word [CURSOR_TYPE], 0x0607
    jmp .clear
.graphics:
    mov word [CURSOR_TYPE], 0
    mov ax, font_8x8
    cmp byte [HEIGHT], 8
    je .font
    mov ax, font_8x14
    cmp byte [HEIGHT], 14
    je .font
    mov ax, font_8x16
.font:
    call set_graphics_font
.clear:
    test byte [INFO], 0x80
    jnz .cleared
    call clear_memory
.cleared:
    ; Now the picture may be seen.
    mov dx, SEQ_PORT
    mov al, 1
    out dx, al
    mov ah, [fs:si + PT_SEQ]
    out dx, ax
    mov al, 0x20
    mov dx, ATTR_PORT
    call attr_reset
    out dx, al
.no_mode:
    ret
; VESA's 800x600 by its first number.
.svga:
    mov bh, [bp + FR_AL]
    and bh, 0x80
    mov ax, 0x4F02
    int 0x10
    ret

cga_modes:
    db 0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29

; BX = mode. FS:SI = its entry in the parameter table (the one that 40:A8 leads
; to), AL = number of the entry, FFh if there is none. Destroys DI.
mode_entry:
    mov al, [cs:entry_200 + bx]
    cmp al, NO_MODE
    je .out
    cmp bl, 7
    ja .known
    test byte [FLAGS], 0x10
    jz .not_400
    mov ah, [cs:entry_400 + bx]
    jmp .text
.not_400:
    test byte [FLAGS], 0x80
    jnz .known                      ; 200 lines
    mov ah, [cs:entry_350 + bx]
.text:
    cmp bl, 4                       ; 4-6 have 200 lines whatever was asked for
    jb .take
    cmp bl, 7
    jb .known
.take:
    mov al, ah
.known:
    les di, [SAVE_PTR]
    les di, [es:di]
    push es
    pop fs
    movzx si, al
    shl si, 6
    add si, di
.out:
    ret

; Z set and AL = 0 for text, else AL = KIND_... of the present mode.
kind:
    push bx
    movzx bx, byte [MODE]
    mov al, KIND_PLANAR
    cmp bl, 0x6A
    je .known
    mov al, KIND_OTHER
    cmp bl, MODE_COUNT
    jae .known
    mov al, [cs:mode_kind + bx]
.known:
    pop bx
    test al, al
    ret

; Reset the attribute controller's flip-flop: the next write is an index.
attr_reset:
    push ax
    push dx
    mov dx, [CRTC]
    add dl, 6
    in al, dx
    pop dx
    pop ax
    ret

; All registers from the entry at FS:SI, with the picture off.
load_registers:
    ; The sequencer is held in reset while the clock may change.
    mov dx, SEQ_PORT
    mov ax, 0x0100
    out dx, ax
    mov al, [fs:si + PT_MISC]
    mov dx, MISC_WRITE
    out dx, al
    mov dx, SEQ_PORT
    xor bx, bx
    mov al, 1
.seq:
    mov ah, [fs:si + bx + PT_SEQ]
    cmp al, 1
    jne .seq_on
    or ah, 0x20                     ; screen off
.seq_on:
    out dx, ax
    inc ax
    inc bx
    cmp bl, 4
    jb .seq
    mov ax, 0x0300
    out dx, ax

    ; CRTC: register 11h protects 0-7 while its bit 7 is set.
    mov dx, [CRTC]
    mov ax, 0x0011
    out dx, ax
    xor bx, bx
.crtc:
    mov al, bl
    mov ah, [fs:si + bx + PT_CRTC]
    out dx, ax
    inc bx
    cmp bl, 0x19
    jb .crtc

    call attr_reset
    mov dx, ATTR_PORT
    xor bx, bx
.attr:
    cmp bl, 0x10                    ; the palette may be kept: AH=12h BL=31h
    jae .attr_set
    test byte [FLAGS], 8
    jnz .attr_next
.attr_set:
    mov al, bl
    out dx, al
    mov al, [fs:si + bx + PT_ATTR]
    out dx, al
.attr_next:
    inc bx
    cmp bl, 0x14
    jb .attr
    mov al, 0x14                    ; colour select
    out dx, al
    mov al, 0
    out dx, al

    mov dx, GC_PORT
    xor bx, bx
.gc:
    mov al, bl
    mov ah, [fs:si + bx + PT_GC]
    out dx, ax
    inc bx
    cmp bl, 9
    jb .gc

    mov dx, DAC_MASK
    mov al, 0xFF
    out dx, al
    ret

; Video memory: blanks in text modes, zeros in graphics.
clear_memory:
    call kind
    mov eax, 0x07200720
    mov cx, 32 * 1024 / 4
    jz .fill
    cmp al, KIND_PLANAR
    mov eax, 0
    jb .fill
    mov cx, 64 * 1024 / 4
.fill:
    call video_segment
    xor di, di
    rep stosd
    ret

; ES = segment of the present mode's video memory. Destroys nothing else.
video_segment:
    push ax
    call kind
    cmp al, KIND_PLANAR
    mov ax, 0xA000
    jae .set
    mov ax, 0xB800
    cmp byte [MODE], 7
    jne .set
    mov ax, 0xB000
.set:
    mov es, ax
    pop ax
    ret

; AH=0Fh: AL = mode with the "not cleared" bit, AH = columns, BH = page.
get_mode:
    mov al, [INFO]
    and al, 0x80
    or al, [MODE]
    mov ah, [COLS]
    mov [bp + FR_AX], ax
    mov al, [PAGE]
    mov [bp + FR_BH], al
    ret
