; Page 1: the text screen. All 256 characters, all 256 attributes.
;
; The second byte of a cell, its attribute: bits 0-3 choose one of 16 colours for the
; character, bits 4-6 one of 8 for the background. Bit 7 makes the character blink, or,
; when the attribute controller is told so, gives the background 16 colours as well.

page_text:
    frame 'TEXT MODE   80 x 25 characters in 16 colours', \
          'B: blinking or bright backgrounds   Esc: back to the menu'
    text 2, 2, PLAIN, 'Each cell is two bytes at B800:0000 + (row * 80 + column) * 2:'
    text 2, 65, YELLOW, 'character'
    text 2, 75, PLAIN, 'and'
    text 3, 2, CYAN, 'attribute'
    text 3, 12, PLAIN, '= bit 7: blink or bright, 6-4: background, 3-0: character colour.'
    text 5, 2, YELLOW, 'The 256 characters'
    text 5, 42, CYAN, 'The 256 attributes'

    ; Digits above and beside both tables.
    mov cx, 16
.digits:
    mov dx, 16
    sub dx, cx                  ; 0 to 15
    movzx edx, dx
    mov bx, dx
    shl bx, 2                   ; two cells for each column: 4 bytes
    push cx
    mov cl, 1
    mov ah, DIM
    lea di, [bx + AT(6, 5)]
    call put_hex
    lea di, [bx + AT(6, 45)]
    call put_hex
    imul bx, dx, COLUMNS * 2
    lea di, [bx + AT(7, 2)]
    call put_hex
    lea di, [bx + AT(7, 42)]
    call put_hex
    pop cx
    loop .digits

    ; Both tables at once: AL runs through all 256 values.
    push TEXT_SEGMENT
    pop es
    xor al, al
.cell:
    movzx bx, al
    shr bx, 4
    imul di, bx, COLUMNS * 2    ; row: the high digit
    movzx bx, al
    and bx, 0x0F
    shl bx, 2                   ; column: the low digit
    add di, bx
    mov [es:di + AT(7, 5)], al              ; the character, in light grey
    mov byte [es:di + AT(7, 5) + 1], BRIGHT
    mov byte [es:di + AT(7, 44)], ' '       ; the attribute, on a small sample
    mov [es:di + AT(7, 44) + 1], al
    mov byte [es:di + AT(7, 45)], 'a'
    mov [es:di + AT(7, 45) + 1], al
    inc al
    jnz .cell

    mov byte [blink_off], 0
.show:
    mov bl, 1
    sub bl, [blink_off]
    mov ax, 0x1003              ; INT 10h function 1003h: BL = 1 blink, 0 bright
    int 0x10
    cmp byte [blink_off], 0
    jne .bright
    text 23, 42, PLAIN, 'Rows 8 to F blink now.            '
    jmp .wait
.bright:
    text 23, 42, PLAIN, 'Rows 8 to F are bright now.       '
.wait:
    call wait_key
    cmp al, 27
    je .back
    or al, 0x20
    cmp al, 'b'
    jne .wait
    xor byte [blink_off], 1
    jmp .show
.back:
    ret

section .bss
blink_off: resb 1
section .text
