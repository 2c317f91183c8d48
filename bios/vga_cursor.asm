; Ferrite VGA BIOS: cursor and page (AH=01h-05h).

; Write BX to the CRTC's registers AL (high byte) and AL + 1. Destroys AX, DX.
crtc_word:
    mov dx, [CRTC]
    mov ah, bh
    out dx, ax
    inc ax
    mov ah, bl
    out dx, ax
    ret

; AH=01h: CH = first, CL = last line of the cursor; CH bit 5 hides it.
; The caller thinks of characters eight lines high, so that CX = 0607h is the
; usual underline. Unless 40:87 bit 0 says no, fit that to the real height.
set_cursor_shape:
    mov [CURSOR_TYPE], cx
    call kind
    jnz .out
    test byte [INFO], 1
    jnz .write
    cmp byte [HEIGHT], 8
    jbe .write
    test ch, 0x20
    jnz .write
    cmp cl, 8                       ; someone who knows the real height
    jae .write
    cmp ch, cl
    ja .write
    mov al, cl
    sub al, ch
    cmp al, 2
    ja .scale
    cmp ch, 3
    jbe .scale
    ; Thin and low: the same distance from the bottom, less one for the descenders.
    mov al, [HEIGHT]
    sub al, 9
    add ch, al
    add cl, al
    jmp .write
.scale:
    mov al, ch
    mul byte [HEIGHT]
    shr ax, 3
    mov ch, al
    mov al, cl
    inc ax
    mul byte [HEIGHT]
    shr ax, 3
    dec ax
    mov cl, al
.write:
    mov bx, cx
    mov al, 0x0A
    call crtc_word
.out:
    ret

; AH=02h: BH = page, DH = row, DL = column.
set_cursor:
    cmp bh, 8
    jae .out
    movzx si, bh
    shl si, 1
    mov [si + CURSOR], dx
    cmp bh, [PAGE]
    je show_cursor
.out:
    ret

; Put the CRTC's cursor where the present page's is. Destroys AX, BX, DX, SI.
show_cursor:
    call kind
    jnz .out
    movzx si, byte [PAGE]
    shl si, 1
    mov dx, [si + CURSOR]
    mov al, [COLS]
    mul dh
    xor dh, dh
    add ax, dx
    mov bx, [PAGE_START]
    shr bx, 1
    add bx, ax
    mov al, 0x0E
    call crtc_word
.out:
    ret

; AH=03h: BH = page. CX = shape, DX = position.
get_cursor:
    xor dx, dx
    cmp bh, 8
    jae .page
    movzx si, bh
    shl si, 1
    mov dx, [si + CURSOR]
.page:
    mov [bp + FR_DX], dx
    mov ax, [CURSOR_TYPE]
    mov [bp + FR_CX], ax
    ret

; AH=04h: there is no light pen on a VGA.
light_pen:
    mov byte [bp + FR_AH], 0
    ret

; AH=05h: AL = page to show.
set_page:
    cmp al, 8
    jae .out
    push ax
    call kind
    mov cl, al
    pop ax
    cmp cl, KIND_TEXT
    je .known
    cmp cl, KIND_PLANAR
    je .known
    xor al, al                      ; one page only
.known:
    mov [PAGE], al
    movzx bx, al
    mov ax, [PAGE_SIZE]
    mul bx
    mov [PAGE_START], ax
    mov bx, ax
    cmp cl, KIND_TEXT
    jne .bytes
    shr bx, 1                       ; the CRTC counts characters
.bytes:
    mov al, 0x0C
    call crtc_word
    call show_cursor
.out:
    ret
