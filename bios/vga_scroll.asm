; Ferrite VGA BIOS: scrolling a window (AH=06h, 07h), the same way in every mode.
;
; A row of characters is L_LINES lines of video memory, a character L_CELL bytes
; of each; only the address of a line and the way to fill differ by kind.

; AL = rows (0: clear), BH = attribute of the new ones, CX = top left, DX = bottom
; right, on the present page.
scroll_up:
    mov bl, [PAGE]
scroll_page:                        ; the same on page BL
    call window
    jc .out
    mov al, [bp + L_TOP]
.row:
    mov ah, al
    add ah, [bp + L_COUNT]
    cmp ah, [bp + L_BOTTOM]
    ja .fill
    call copy_row
    inc ax
    jmp .row
.fill:
    cmp al, [bp + L_BOTTOM]
    ja .done
    call fill_row
    inc ax
    jmp .fill
.done:
    call end_window
.out:
    ret

scroll_down:
    mov bl, [PAGE]
    call window
    jc .out
    mov al, [bp + L_BOTTOM]
.row:
    mov ah, al
    sub ah, [bp + L_COUNT]
    jc .fill
    cmp ah, [bp + L_TOP]
    jb .fill
    call copy_row
    dec al
    jmp .row
.fill:
    call fill_row
    cmp al, [bp + L_TOP]
    je .done
    dec al
    jmp .fill
.done:
    call end_window
.out:
    ret

; Check the window and set the locals; ES = video memory, the word at L_PAGE =
; first byte of page BL. Carry: nothing to do.
window:
    mov ah, [ROWS]
    cmp dh, ah
    jbe .bottom
    mov dh, ah
.bottom:
    mov ah, [COLS]
    dec ah
    cmp dl, ah
    jbe .right
    mov dl, ah
.right:
    cmp ch, dh
    ja .nothing
    cmp cl, dl
    ja .nothing
    mov [bp + L_TOP], ch
    mov [bp + L_LEFT], cl
    mov [bp + L_BOTTOM], dh
    mov [bp + L_RIGHT], dl
    mov [bp + L_ATTR], bh
    sub dh, ch
    inc dh                          ; rows in the window
    test al, al
    jz .clear
    cmp al, dh
    jbe .count
.clear:
    mov al, dh
.count:
    mov [bp + L_COUNT], al
    call video_segment
    call kind
    cmp al, KIND_OTHER
    je .nothing
    mov [bp + L_KIND], al
    movzx si, al
    mov al, [cs:kind_cell + si]
    mov [bp + L_CELL], al
    sub dl, cl
    inc dl
    mul dl
    mov [bp + L_WIDTH], ax          ; bytes of a line
    mov ax, 1
    cmp byte [bp + L_KIND], KIND_TEXT
    je .lines
    mov ax, [HEIGHT]
.lines:
    mov [bp + L_LINES], ax
    xor ax, ax
    cmp byte [bp + L_KIND], KIND_TEXT
    je .paged
    cmp byte [bp + L_KIND], KIND_PLANAR
    jne .start
    push dx
    SEQ_SET 2, 0x0F
    GC_SET 3, 0
    GC_SET 8, 0xFF
    pop dx
.paged:
    mov ax, [PAGE_SIZE]
    movzx dx, bl
    mul dx
.start:
    mov [bp + L_PAGE], ax
    clc
    ret
.nothing:
    stc
    ret

end_window:
    cmp byte [bp + L_KIND], KIND_PLANAR
    jne .out
    GC_SET 5, 0
    GC_SET 1, 0
    GC_SET 0, 0
.out:
    ret

; AX = line of video memory. DI = its first byte inside the window. Destroys AX, DX.
line_address:
    mov di, [bp + L_PAGE]
    cmp byte [bp + L_KIND], KIND_CGA4
    je .cga
    cmp byte [bp + L_KIND], KIND_CGA2
    je .cga
    mul word [COLS]
    movzx dx, byte [bp + L_CELL]
    mul dx
    jmp .left
.cga:
    shr ax, 1                       ; odd lines are in the second bank
    jnc .even
    add di, 0x2000
.even:
    mov dx, 80
    mul dx
.left:
    add di, ax
    mov al, [bp + L_CELL]
    mul byte [bp + L_LEFT]
    add di, ax
    ret

; Copy row AH to row AL.
copy_row:
    push ax
    cmp byte [bp + L_KIND], KIND_PLANAR
    jne .ready
    push ax
    GC_SET 5, 1                     ; write mode 1: all planes through the latches
    pop ax
.ready:
    mov bl, al
    mov al, ah
    mul byte [bp + L_LINES]
    mov cx, ax                      ; line to read
    mov al, bl
    mul byte [bp + L_LINES]
    mov bx, ax                      ; line to write
    mov si, [bp + L_LINES]
.line:
    push si
    push cx
    mov ax, cx
    call line_address
    mov si, di
    mov ax, bx
    call line_address
    mov cx, [bp + L_WIDTH]
    shr cx, 1                       ; words where the memory is one of words
    cmp byte [bp + L_CELL], 1
    jne .words
    mov cx, [bp + L_WIDTH]
    es rep movsb
    jmp .copied
.words:
    es rep movsw
.copied:
    pop cx
    pop si
    inc cx
    inc bx
    dec si
    jnz .line
    pop ax
    ret

; Fill row AL with L_ATTR.
fill_row:
    push ax
    cmp byte [bp + L_KIND], KIND_PLANAR
    jne .ready
    push ax
    GC_SET 5, 0
    mov dx, GC_PORT
    mov ah, [bp + L_ATTR]           ; set/reset gives the colour, whatever is written
    and ah, 0x0F
    mov al, 0
    out dx, ax
    mov ax, 0x0F01
    out dx, ax
    pop ax
.ready:
    mul byte [bp + L_LINES]
    mov bx, ax
    mov si, [bp + L_LINES]
.line:
    mov ax, bx
    call line_address
    mov cx, [bp + L_WIDTH]
    mov al, [bp + L_ATTR]
    cmp byte [bp + L_KIND], KIND_TEXT
    je .text
    rep stosb
.next:
    inc bx
    dec si
    jnz .line
    pop ax
    ret
.text:
    mov ah, al
    mov al, ' '
    shr cx, 1
    rep stosw
    jmp .next
