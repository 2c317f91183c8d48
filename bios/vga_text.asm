; Ferrite VGA BIOS: characters (AH=08h-0Ah, 0Eh, 13h), in text and graphics modes.
; What is different in graphics modes is in vga_gfx.asm.

; ES:DI = cell of row DH, column DL on page BH in a text mode. Destroys AX.
text_cell:
    push dx
    mov al, [COLS]
    mul dh
    xor dh, dh
    add ax, dx
    shl ax, 1
    mov di, ax
    mov ax, [PAGE_SIZE]
    movzx dx, bh
    mul dx
    add di, ax
    pop dx
    jmp video_segment

; DX = cursor of page BH (of page 0 when there is no such page). Destroys SI.
page_cursor:
    cmp bh, 8
    jb .ok
    xor bh, bh
.ok:
    movzx si, bh
    shl si, 1
    mov dx, [si + CURSOR]
    ret

; AH=08h: AL = character, AH = attribute at the cursor of page BH.
read_char:
    call page_cursor
    call kind
    jnz gfx_read_char
    call text_cell
    mov ax, [es:di]
    mov [bp + FR_AX], ax
    ret

; AH=09h: AL = character, BL = attribute or colour, CX times from the cursor of page BH.
; The cursor does not move; in text the characters run on into the next row.
write_char_attr:
    mov byte [bp + L_FLAG], 1
    jmp write_chars
; AH=0Ah: the same, but in text modes the attributes stay.
write_char:
    mov byte [bp + L_FLAG], 0
write_chars:
    jcxz .out
    push ax
    call kind
    pop ax
    jnz .graphics
    call page_cursor
    push ax
    call text_cell
    pop ax
    mov ah, bl
    cmp byte [bp + L_FLAG], 0
    je .keep
    rep stosw
.out:
    ret
.keep:
    stosb
    inc di
    loop .keep
    ret

.graphics:
    ; In mode 13h BH is no page but the background colour.
    cmp byte [MODE], 0x13
    jne .page
    mov dx, [CURSOR]
    jmp .cell
.page:
    call page_cursor
.cell:
    push ax
    push bx
    push cx
    call gfx_put
    pop cx
    pop bx
    pop ax
    inc dx                          ; next column; a run stops at the screen's edge
    cmp dl, [COLS]
    jae .out
    loop .cell
    ret

; AH=0Eh: AL = character on the present page, BL = colour in graphics. The
; cursor moves, and the screen scrolls under it.
teletype:
    mov bh, [PAGE]
    mov byte [bp + L_FLAG], 0
; AL = character for page BH, colour BL (text: the attribute stays).
put_teletype:
    call page_cursor
    cmp al, 13
    je .return
    cmp al, 10
    je .feed
    cmp al, 8
    je .back
    cmp al, 7
    je bell
    push bx
    call put_at
    pop bx
    inc dx
    cmp dl, [COLS]
    jb .move
    xor dl, dl
.feed:
    inc dh
    cmp dh, [ROWS]
    jbe .move
    mov dh, [ROWS]
    push dx
    push bx
    call scroll_one
    pop bx
    pop dx
    jmp .move
.return:
    xor dl, dl
    jmp .move
.back:
    sub dl, 1
    adc dl, 0                       ; stays in column 0
.move:
    push bx
    call set_cursor
    pop bx
    ret

; One character at DX on page BH. Text: attribute BL when L_FLAG bit 0 is set.
put_at:
    push ax
    call kind
    pop ax
    jnz .graphics
    push ax
    call text_cell
    pop ax
    mov [es:di], al
    test byte [bp + L_FLAG], 1
    jz .out
    mov [es:di + 1], bl
.out:
    ret
.graphics:
    push dx
    cmp byte [MODE], 0x13
    jne .put
    xor bh, bh                      ; background
.put:
    call gfx_put
    pop dx
    ret

; Page BH up by one line; the new line looks like what the cursor left.
scroll_one:
    mov al, 0                       ; graphics: background
    push ax
    call kind
    pop ax
    jnz .fill
    call page_cursor
    call text_cell
    mov al, [es:di + 1]
.fill:
    mov bl, bh                      ; page
    mov bh, al
    xor cx, cx
    mov dh, [ROWS]
    mov dl, [COLS]
    dec dx
    mov al, 1
    jmp scroll_page

; The bell: about a fifth of a second of 900 Hz, timed by the refresh bit (15 us).
bell:
    push bx
    mov al, 0xB6
    out 0x43, al
    mov al, 0x2E                    ; 1193182 / 900
    out 0x42, al
    mov al, 0x05
    out 0x42, al
    in al, 0x61
    mov bl, al
    or al, 3
    out 0x61, al
    mov cx, 13000
.tick:
    in al, 0x61
    and al, 0x10
    mov ah, al
    mov dx, 200                     ; and never for ever, should the bit stand still
.same:
    in al, 0x61
    and al, 0x10
    cmp al, ah
    jne .changed
    dec dx
    jnz .same
.changed:
    loop .tick
    mov al, bl
    out 0x61, al
    pop bx
    ret

; AH=13h: CX characters from ES:BP to row DH, column DL of page BH.
; AL bit 0: the cursor follows; bit 1: attributes stand between the characters.
write_string:
    jcxz .out
    cmp bh, 8
    jae .out
    push dx
    call page_cursor
    mov [bp + L_SAVED], dx          ; where the cursor was
    pop dx
    push bx
    call set_cursor
    pop bx
    mov byte [bp + L_FLAG], 1
    mov si, [bp + FR_BP]
    mov cx, [bp + FR_CX]
.next:
    mov es, [bp + FR_ES]
    mov al, [es:si]
    inc si
    ; Control characters have no attribute of their own.
    cmp al, 7
    je .put
    cmp al, 8
    je .put
    cmp al, 10
    je .put
    cmp al, 13
    je .put
    test byte [bp + FR_AL], 2
    jz .put
    mov bl, [es:si]
    inc si
.put:
    push si
    push cx
    push bx
    call put_teletype
    pop bx
    pop cx
    pop si
    loop .next
    test byte [bp + FR_AL], 1
    jnz .out
    mov dx, [bp + L_SAVED]
    call set_cursor
.out:
    ret
