; Ferrite VGA BIOS: graphics modes: characters drawn and recognised, dots (AH=0Ch, 0Dh).

; FS:SI = glyph of character AL. Modes 4-6 keep the upper 128 at INT 1Fh, as the
; CGA did; all else is at INT 43h. Destroys AX.
glyph:
    push bx
    xor bx, bx
    mov fs, bx
    mov bx, VEC_43
    mov ah, [MODE]
    cmp ah, 7
    jae .have
    test al, 0x80
    jz .have
    and al, 0x7F
    mov bx, VEC_1F
.have:
    mul byte [HEIGHT]
    lfs si, [fs:bx]
    add si, ax
    pop bx
    ret

; ES:DI = first byte of the cell at row DH, column DL; BH = page (planar modes).
; Destroys AX.
gfx_cell:
    push dx
    push cx
    movzx cx, dl                    ; column
    call video_segment
    call kind
    cmp al, KIND_PLANAR
    je .planar
    cmp al, KIND_LINEAR
    je .linear
    cmp al, KIND_CGA2
    je .cga2
    shl cx, 1
.cga2:
    movzx ax, dh
    mov dx, 80 * 4                  ; eight lines, four of them in each bank
    mul dx
    jmp .column
.linear:
    shl cx, 3
    movzx ax, dh
    mul word [HEIGHT]
    mov dx, 320
    mul dx
    jmp .column
.planar:
    movzx ax, dh
    mul word [HEIGHT]
    mul word [COLS]
    add cx, ax
    mov ax, [PAGE_SIZE]
    movzx dx, bh
    mul dx
.column:
    add ax, cx
    mov di, ax
    pop cx
    pop dx
    ret

; Draw character AL in colour BL (bit 7: XOR, but in mode 13h) at row DH, column
; DL. BH = page, in mode 13h the background. Keeps BX, DX.
gfx_put:
    push ax
    call kind
    cmp al, KIND_OTHER
    pop ax
    je .out
    push bx
    push cx
    push dx
    push ax
    call gfx_cell
    pop ax
    call glyph
    mov cx, [HEIGHT]
    call kind
    cmp al, KIND_PLANAR
    je put_planar
    cmp al, KIND_LINEAR
    je put_linear
    cmp al, KIND_CGA2
    je put_cga2
    ; Two bits a dot: stretch the glyph's bits, then give them the colour.
    mov bh, bl
    and bl, 3
    mov al, 0x55
    mul bl
    mov ah, al                      ; the colour in all eight dots
    mov dx, ax
    xor cx, cx
.line4:
    mov al, [fs:si]
    call stretch
    and ax, dx
    xchg al, ah
    test bh, 0x80
    jz .store4
    xor ax, [es:di]
.store4:
    mov [es:di], ax
    inc si
    xor di, 0x2000
    test di, 0x2000
    jnz .odd4
    add di, 80
.odd4:
    inc cx
    cmp cx, [HEIGHT]
    jb .line4
    pop dx
    pop cx
    pop bx
.out:
    ret

put_done:
    pop dx
    pop cx
    pop bx
    ret

; AL: each bit twice, into AX.
stretch:
    push cx
    mov cl, al
    mov ch, 8
.bit:
    shl ax, 2
    shl cl, 1
    jnc .zero
    or al, 3
.zero:
    dec ch
    jnz .bit
    pop cx
    ret

put_cga2:
    xor cx, cx
    mov ah, bl
    and ah, 1
    neg ah                          ; 0 or FFh
.line:
    mov al, [fs:si]
    and al, ah
    test bl, 0x80
    jz .store
    xor al, [es:di]
.store:
    mov [es:di], al
    inc si
    xor di, 0x2000
    test di, 0x2000
    jnz .odd
    add di, 80
.odd:
    inc cx
    cmp cx, [HEIGHT]
    jb .line
    jmp put_done

put_linear:
.line:
    mov ah, [fs:si]
    inc si
    mov dx, 8
.dot:
    mov al, bh
    shl ah, 1
    jnc .store
    mov al, bl
.store:
    stosb
    dec dx
    jnz .dot
    add di, 320 - 8
    loop .line
    jmp put_done

; Planes: first zeros into the planes that the colour lacks, then the glyph into
; those that it has. With XOR the glyph is combined with what is there.
put_planar:
    mov dx, GC_PORT
    mov ax, 0x0005                  ; write mode 0, nothing masked, no set/reset
    out dx, ax
    mov ax, 0xFF08
    out dx, ax
    mov ax, 0x0001
    out dx, ax
    mov ax, 0x0003
    test bl, 0x80
    jz .function
    mov ah, 0x18
.function:
    out dx, ax
    call plane_colour
    mov dx, SEQ_PORT
    mov al, 2
    test bl, 0x80
    jnz .glyph
    xor ah, 0x0F
    out dx, ax
    xor ah, 0x0F
    push di
    push cx
    push ax
    xor al, al
    mov bx, [COLS]
.zero:
    mov [es:di], al
    add di, bx
    loop .zero
    pop ax
    pop cx
    pop di
.glyph:
    out dx, ax
    mov bx, [COLS]
.line:
    mov al, [fs:si]
    inc si
    xchg al, [es:di]                ; the read fills the latches for XOR
    add di, bx
    loop .line
    mov ax, 0x0F02
    out dx, ax
    GC_SET 3, 0
    jmp put_done

; AH = planes of colour BL. In mode 11h every colour but 0 shows alike: use all planes.
plane_colour:
    mov ah, bl
    and ah, 0x0F
    cmp byte [MODE], 0x11
    jne .out
    test ah, ah
    jz .out
    mov ah, 0x0F
.out:
    ret

; AH=08h in graphics: gather the cell as a glyph (a bit for each dot that is not
; colour 0), then look for it in the fonts. AL = character, 0 when there is none.
; DX = cell, BH = page.
gfx_read_char:
    cmp al, KIND_OTHER
    je gather_none
    call gfx_cell
    call kind
    mov [bp + L_KIND], al
    lea si, [bp + L_GLYPH]
    cmp al, KIND_PLANAR
    jne .gather
    ; Read mode 1 with colour 0 gives a bit for each dot that is 0.
    GC_SET 5, 8
    GC_SET 2, 0
    GC_SET 7, 0x0F
.gather:
    xor cx, cx
.line:
    call gather_line
    mov [ss:si], al
    inc si
    inc cx
    cmp cx, [HEIGHT]
    jae .compare
    cmp cx, 32
    jb .line
.compare:
    cmp byte [bp + L_KIND], KIND_PLANAR
    jne .search
    push cx
    GC_SET 5, 0
    pop cx
.search:
    push ss
    pop es
    mov dl, 0
.next:
    mov al, dl
    call glyph
    lea di, [bp + L_GLYPH]
    push cx
    fs repe cmpsb
    pop cx
    je .found
    inc dl
    jnz .next
.found:
    mov [bp + FR_AL], dl            ; 0 after going round
    ret

gather_none:
    mov word [bp + FR_AX], 0
    ret

; AL = one line of the cell at ES:DI as bits, DI moves to the next line.
gather_line:
    mov al, [bp + L_KIND]
    cmp al, KIND_PLANAR
    je .planar
    cmp al, KIND_LINEAR
    je .linear
    cmp al, KIND_CGA2
    je .cga2
    push bx
    mov bx, [es:di]
    xchg bl, bh
    mov ah, 8
.pair:
    shl al, 1
    test bh, 0xC0
    jz .blank
    inc ax
.blank:
    shl bx, 2
    dec ah
    jnz .pair
    pop bx
    jmp .bank
.cga2:
    mov al, [es:di]
.bank:
    xor di, 0x2000
    test di, 0x2000
    jnz .out
    add di, 80
.out:
    ret
.planar:
    mov al, [es:di]
    not al
    add di, [COLS]
    ret
.linear:
    push cx
    mov cx, 8
.dot:
    shl al, 1
    cmp byte [es:di], 1
    cmc
    adc al, 0
    inc di
    loop .dot
    add di, 320 - 8
    pop cx
    ret

; ES:DI = byte of the dot CX, DX on page BH; CL = its bit from the left. Destroys AX, DX.
dot_address:
    call video_segment
    call kind
    cmp al, KIND_PLANAR
    je .planar
    cmp al, KIND_LINEAR
    je .linear
    push ax
    mov ax, dx
    xor di, di
    shr ax, 1
    jnc .even
    mov di, 0x2000
.even:
    mov dx, 80
    mul dx
    add di, ax
    pop ax
    cmp al, KIND_CGA4
    jne .bits
    shl cx, 1
.bits:
    mov ax, cx
    shr ax, 3
    add di, ax
    and cl, 7
    ret
.linear:
    mov ax, 320
    mul dx
    mov di, ax
    add di, cx
    ret
.planar:
    mov ax, [COLS]
    mul dx
    mov di, ax
    mov ax, [PAGE_SIZE]
    movzx dx, bh
    mul dx
    add di, ax
    jmp .bits

; AH=0Ch: dot at column CX, row DX, colour AL (bit 7: XOR), page BH.
write_dot:
    mov bl, al
    call kind
    jz .out
    cmp al, KIND_OTHER
    je .out
    call dot_address
    call kind
    cmp al, KIND_PLANAR
    je .planar
    cmp al, KIND_LINEAR
    je .linear
    mov bh, 0x80                    ; the dot's bits in the byte
    mov ah, bl
    ror ah, 1
    and ah, bh
    cmp al, KIND_CGA2
    je .cga
    mov bh, 0xC0
    mov ah, bl
    ror ah, 2
    and ah, bh
.cga:
    shr bh, cl
    shr ah, cl
    mov al, [es:di]
    test bl, 0x80
    jnz .xor
    not bh
    and al, bh
.xor:
    xor al, ah
    mov [es:di], al
.out:
    ret
.linear:
    mov [es:di], bl
    ret
.planar:
    mov ah, 0x80
    shr ah, cl
    mov al, 8                       ; bit mask
    mov dx, GC_PORT
    out dx, ax
    mov ax, 0x0205                  ; write mode 2: the byte is a colour
    out dx, ax
    mov ax, 0x0003
    test bl, 0x80
    jz .function
    mov ah, 0x18
.function:
    out dx, ax
    SEQ_SET 2, 0x0F
    call plane_colour
    xchg ah, [es:di]
    GC_SET 3, 0
    GC_SET 5, 0
    GC_SET 8, 0xFF
    ret

; AH=0Dh: AL = colour of the dot at column CX, row DX, page BH.
read_dot:
    call kind
    jz .out
    cmp al, KIND_OTHER
    je .out
    call dot_address
    call kind
    cmp al, KIND_PLANAR
    je .planar
    mov ah, [es:di]
    cmp al, KIND_LINEAR
    je .take
    shl ah, cl
    cmp al, KIND_CGA2
    je .one
    shr ah, 6
    jmp .take
.one:
    shr ah, 7
.take:
    mov [bp + FR_AL], ah
.out:
    ret
.planar:
    mov bl, 0
    mov dx, GC_PORT
    mov ax, 0x0304                  ; read map select, from plane 3 down
.plane:
    out dx, ax
    mov bh, [es:di]
    shl bh, cl
    shl bh, 1
    rcl bl, 1
    dec ah
    jns .plane
    cmp byte [MODE], 0x11
    jne .colour
    and bl, 1
.colour:
    mov ah, bl
    jmp .take
