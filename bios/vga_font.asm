; Ferrite VGA BIOS: fonts (AH=11h).
;
; Text modes take their glyphs from plane 2: eight fonts, 32 bytes a glyph. In
; graphics modes this BIOS draws them itself, from where INT 43h points.

fonts:
    cmp al, 0x30
    je font_info
    cmp al, 0x03
    je set_blocks
    cmp al, 0x20
    jae graphics_font
    ; 00h-04h load; 10h-14h load and fit the mode to the new height.
    mov cx, 256
    xor dx, dx
    push cs
    pop fs
    mov ah, al
    and al, 0x0F
    mov si, font_8x14
    mov bh, 14
    cmp al, 1
    je .load
    mov si, font_8x8
    mov bh, 8
    cmp al, 2
    je .load
    mov si, font_8x16
    mov bh, 16
    cmp al, 4
    je .load
    test al, al
    jnz .out
    mov bh, [bp + FR_BH]            ; the caller's own, at ES:BP
    mov cx, [bp + FR_CX]
    mov dx, [bp + FR_DX]
    mov fs, [bp + FR_ES]
    mov si, [bp + FR_BP]
.load:
    test bh, bh
    jz .out
    cmp bh, 32
    ja .out
    push ax
    push bx
    call load_font
    pop bx
    pop ax
    test ah, 0x10
    jnz fit_height
.out:
    ret

; The mode's own font into block 0.
load_mode_font:
    push fs
    push si
    push cs
    pop fs
    mov bh, [HEIGHT]
    mov si, font_8x8
    cmp bh, 8
    je .load
    mov si, font_8x14
    cmp bh, 14
    je .load
    mov si, font_8x16
    mov bh, 16
.load:
    mov bl, 0
    mov cx, 256
    xor dx, dx
    call load_font
    pop si
    pop fs
    ret

; CX glyphs of BH lines from FS:SI to character DX on of block BL. Destroys all.
load_font:
    jcxz .out
    shl dx, 5
    mov di, dx
    mov al, bl                      ; blocks 0-3 are 16 KB apart, 4-7 in between
    and al, 3
    shl al, 6
    test bl, 4
    jz .low
    add al, 0x20
.low:
    mov ah, al
    xor al, al
    add di, ax

    ; Plane 2 alone, at A000h, neighbouring addresses not split over planes.
    push di
    mov di, open_plane2
    call write_pairs
    pop di
    mov ax, 0xA000
    mov es, ax
.glyph:
    push cx
    push di
    movzx cx, bh
    fs rep movsb
    pop di
    pop cx
    add di, 32
    loop .glyph

    mov di, close_plane2
    call write_pairs
    test byte [CRTC], 0x40          ; 3D4h: the window is at B8000h, 3B4h: at B0000h
    jnz .out
    mov dx, GC_PORT
    mov ax, 0x0A06
    out dx, ax
.out:
    ret

; Port (low byte, 03xxh), index and value triplets at CS:DI up to a zero.
write_pairs:
    mov dx, 0x0300
.next:
    mov dl, [cs:di]
    test dl, dl
    jz .out
    mov ax, [cs:di + 1]
    out dx, ax
    add di, 3
    jmp .next
.out:
    ret

open_plane2:
    db 0xC4, 0, 1,  0xC4, 2, 4,  0xC4, 4, 7,  0xC4, 0, 3
    db 0xCE, 4, 2,  0xCE, 5, 0,  0xCE, 6, 4,  0
close_plane2:
    db 0xC4, 0, 1,  0xC4, 2, 3,  0xC4, 4, 3,  0xC4, 0, 3
    db 0xCE, 4, 0,  0xCE, 5, 0x10,  0xCE, 6, 0x0E,  0

; The text mode gets characters BH lines high: as many rows as fit, and as a byte counts.
fit_height:
    call kind
    jnz .out
    cmp bh, 2
    jb .out
    movzx ax, bh
    mov [HEIGHT], ax

    ; CRTC 9: lines of a row; the other bits of it stay.
    mov dx, [CRTC]
    mov al, 9
    out dx, al
    inc dx
    in al, dx
    and al, 0xE0
    mov ah, bh
    dec ah
    or al, ah
    out dx, al
    mov ch, al                      ; bit 7: each line is shown twice
    dec dx
    cmp byte [MODE], 7              ; the underline stays on the last line
    jne .cursor
    mov al, 0x14
    out dx, ax
.cursor:
    ; The cursor: an underline at the bottom.
    mov ah, bh
    sub ah, 2
    cmp bh, 14
    jb .low
    dec ah
.low:
    mov al, 0x0A
    out dx, ax
    inc ax
    inc ah
    out dx, ax

    ; Scan lines by 40:89, rows that fit, and the end of display after the last.
    mov ax, 400
    test byte [FLAGS], 0x10
    jnz .lines
    mov ax, 350
    test byte [FLAGS], 0x80
    jz .lines
    mov ax, 200
.lines:
    div bh
    xor ah, ah                      ; AX = rows
    push ax
    dec al
    mov [ROWS], al
    inc al
    mul bh
    test ch, 0x80
    jz .single
    shl ax, 1
.single:
    dec ax
    mov bx, ax
    mov al, 0x12
    mov ah, bl
    out dx, ax
    ; Bits 8 and 9 are in register 7, which is protected.
    mov al, 0x11
    out dx, al
    inc dx
    in al, dx
    mov cl, al
    and al, 0x7F
    out dx, al
    dec dx
    mov al, 7
    out dx, al
    inc dx
    in al, dx
    and al, ~0x42 & 0xFF
    test bh, 1
    jz .bit9
    or al, 2
.bit9:
    test bh, 2
    jz .write7
    or al, 0x40
.write7:
    out dx, al
    dec dx
    mov al, 0x11
    mov ah, cl
    out dx, ax

    ; A page: the characters, rounded up to 2 KB.
    pop ax
    mul word [COLS]
    shl ax, 1
    add ax, 0x7FF
    and ax, 0xF800
    mov [PAGE_SIZE], ax
.out:
    ret

; AL=03h: BL = which two fonts are shown (sequencer register 3).
set_blocks:
    mov dx, SEQ_PORT
    mov ah, bl
    mov al, 3
    out dx, ax
    ret

; INT 43h := CS:AX.
set_graphics_font:
    push ds
    push 0
    pop ds
    mov [VEC_43], ax
    mov [VEC_43 + 2], cs
    pop ds
    ret

; AL=20h-24h: the font of graphics modes.
graphics_font:
    mov es, [bp + FR_ES]
    cmp al, 0x20
    je .upper
    cmp al, 0x24
    ja .out
    cmp al, 0x21
    je .user
    mov cx, 14
    mov dx, font_8x14
    cmp al, 0x22
    je .rom
    mov cx, 8
    mov dx, font_8x8
    cmp al, 0x23
    je .rom
    mov cx, 16
    mov dx, font_8x16
.rom:
    mov ax, dx
    call set_graphics_font
    jmp .rows
.user:
    push ds
    push 0
    pop ds
    mov ax, [bp + FR_BP]
    mov [VEC_43], ax
    mov [VEC_43 + 2], es
    pop ds
.rows:
    mov [HEIGHT], cx
    mov al, [bp + FR_DL]            ; BL=0: the caller says how many
    cmp bl, 1
    jb .set
    mov al, 14
    je .set
    mov al, 25
    cmp bl, 2
    je .set
    mov al, 43
.set:
    dec al
    mov [ROWS], al
.out:
    ret
.upper:
    push ds
    push 0
    pop ds
    mov ax, [bp + FR_BP]
    mov [VEC_1F], ax
    mov [VEC_1F + 2], es
    pop ds
    ret

; AL=30h: ES:BP = font BH, CX = lines of the present characters, DL = rows - 1.
font_info:
    mov ax, [HEIGHT]
    mov [bp + FR_CX], ax
    mov al, [ROWS]
    mov [bp + FR_DL], al
    push 0
    pop es
    mov di, VEC_1F
    cmp bh, 1
    jb .vector
    mov di, VEC_43
    je .vector
    cmp bh, 7
    ja .out
    movzx di, bh
    shl di, 1
    mov ax, [cs:rom_fonts + di - 4]
    mov [bp + FR_BP], ax
    mov [bp + FR_ES], cs
.out:
    ret
.vector:
    mov eax, [es:di]
    mov [bp + FR_BP], ax
    shr eax, 16
    mov [bp + FR_ES], ax
    ret

rom_fonts:
    dw font_8x14, font_8x8, font_8x8 + 128 * 8, no_alternate, font_8x16, no_alternate
; Fonts for nine dots replace single glyphs; ours needs no replacements.
no_alternate:
    db 0
