; Text on the screen, and keys from the keyboard: what every page uses.
;
; In text mode the screen is memory. At B800:0000 lie 80 x 25 cells of two bytes: the
; character's code, then its colours. Writing there is all it takes. Convention here: DI
; is the cell, AH the colours, and both survive, DI moved on to the next free cell.

section .bss
bss_start:

section .text
; Writes the zero-terminated string at SI.
put_string:
    push es
    push TEXT_SEGMENT
    pop es
    push ax
.next:
    lodsb
    test al, al
    jz .done
    stosw
    jmp .next
.done:
    pop ax
    pop es
    ret

; Writes a text of several lines, each ended by a byte 10, the last by a byte 0. DI is
; where the first line starts; the others start below it.
put_lines:
    push es
    push TEXT_SEGMENT
    pop es
.line:
    push di
.next:
    lodsb
    cmp al, 10
    jbe .end
    stosw
    jmp .next
.end:
    pop di
    add di, COLUMNS * 2
    test al, al
    jnz .line
    pop es
    ret

; Writes the character AL.
put_char:
    push es
    push TEXT_SEGMENT
    pop es
    stosw
    pop es
    ret

; Writes the character AL CX times.
put_repeat:
    push es
    push TEXT_SEGMENT
    pop es
    rep stosw
    pop es
    ret

; Writes the lowest CL hexadecimal digits of EDX (1 to 8).
put_hex:
    push eax
    push cx
    push edx
    push es
    push TEXT_SEGMENT
    pop es
    mov ch, cl
    mov al, 8
    sub al, cl
    shl al, 2
    mov cl, al
    shl edx, cl                 ; the first digit to print is now at the top
.next:
    rol edx, 4
    mov al, dl
    and al, 0x0F
    cmp al, 10
    sbb al, 0x69                ; a classic: 0-9 and A-F to their characters
    das
    stosw
    dec ch
    jnz .next
    pop es
    pop edx
    pop cx
    pop eax
    ret

; Writes EDX as a decimal number, right-aligned in CL columns (0: as wide as it is).
put_decimal:
    pushad
    movzx cx, cl
    mov [.colour], ah
    mov eax, edx
    mov ebx, 10
    xor si, si                  ; digits so far
.divide:
    xor edx, edx
    div ebx
    push dx
    inc si
    test eax, eax
    jnz .divide
    mov ah, [.colour]
    sub cx, si
    jle .digits
    mov al, ' '
    call put_repeat
.digits:
    pop dx
    mov al, '0'
    add al, dl
    call put_char
    dec si
    jnz .digits
    mov [.cell], di
    popad
    mov di, [.cell]
    ret
section .bss
.colour: resb 1
.cell:   resw 1
section .text

; Writes the byte AL as eight bits.
put_binary:
    pusha
    mov dl, al
    mov cx, 8
.next:
    mov al, '0'
    shl dl, 1
    adc al, 0
    call put_char
    loop .next
    popa
    add di, 16
    ret

; Fills CX cells with blanks in colour AH.
put_blank:
    mov al, ' '
    jmp put_repeat

; Draws a box of double lines. DI is its upper left corner, DL its width, DH its height.
; Box characters are part of code page 437, the PC's own character set.
draw_box:
    pusha
    push es
    push TEXT_SEGMENT
    pop es
    mov bh, 0
    mov bl, dl
    sub bx, 2                   ; columns inside
    mov si, .top
    call .row
    sub dh, 2
.body:
    mov si, .middle
    call .row
    dec dh
    jnz .body
    mov si, .bottom
    call .row
    pop es
    popa
    ret
.row:                           ; one row from the three characters at SI
    push di
    lodsb
    stosw
    lodsb
    mov cx, bx
    rep stosw
    lodsb
    stosw
    pop di
    add di, COLUMNS * 2
    ret
section .data
.top:    db 0xC9, 0xCD, 0xBB
.middle: db 0xBA, ' ',  0xBA
.bottom: db 0xC8, 0xCD, 0xBC
section .text

; An empty 80 x 25 text screen, title SI on top, help line BX below, cursor hidden.
draw_frame:
    call set_text_mode
    mov di, AT(0, 0)
    mov ah, TITLE
    mov cx, COLUMNS
    call put_blank
    mov di, AT(0, 2)
    call put_string
    mov di, AT(24, 0)
    mov ah, FOOTER
    mov cx, COLUMNS
    call put_blank
    mov di, AT(24, 2)
    mov si, bx
    jmp put_string

set_text_mode:
    pusha
    mov ax, 0x0003              ; INT 10h function 00h: video mode 3, clears the screen
    int 0x10
    mov ah, 0x01                ; function 01h: shape of the cursor, bit 13 hides it
    mov cx, 0x2000
    int 0x10
    popa
    ret

; Text on a graphics screen: DX row and column, BL colour, SI string. The BIOS draws the
; characters dot by dot from the font in its ROM.
put_graphics_string:
    pusha
    mov bh, 0
    mov ah, 0x02                ; INT 10h function 02h: move the cursor
    int 0x10
.next:
    lodsb
    test al, al
    jz .done
    mov ah, 0x0E                ; function 0Eh: write and move on
    int 0x10
    jmp .next
.done:
    popa
    ret

; Waits for a key: AL its ASCII code, AH its scan code. HLT lets the processor sleep until
; the next interrupt, which costs no power on a real PC and no host time in an emulator.
wait_key:
    mov ah, 0x01                ; INT 16h function 01h: is there a key?
    int 0x16
    jnz read_key
    hlt
    jmp wait_key
read_key:
    mov ah, 0x00                ; function 00h: take it
    int 0x16
    ret

; Zero flag clear: a key is waiting (AX as above, it stays in the buffer).
peek_key:
    mov ah, 0x01
    int 0x16
    ret

wait_esc:
    call wait_key
    cmp al, 27
    jne wait_esc
    ret

; Waits for the start of the next vertical retrace: the moment when the picture is
; complete and changes do not tear it.
wait_retrace:
    push ax
    push dx
    mov dx, INPUT_STATUS
.in_retrace:
    in al, dx
    test al, 8
    jnz .in_retrace
.in_picture:
    in al, dx
    test al, 8
    jz .in_picture
    pop dx
    pop ax
    ret

; EAX = sine of AL (256 steps to the full circle), -127 to 127. Half a wave is close to a
; parabola: 4x(1-x). Good enough for pictures, and no table to look up where it came from.
sine:
    push ebx
    push ax
    movzx ebx, al
    mov eax, ebx
    and eax, 0x7F
    neg eax
    add eax, 128
    and ebx, 0x7F
    imul eax, ebx               ; x * (128 - x): 0 to 4096
    imul eax, eax, 127
    sar eax, 12
    pop bx
    test bl, 0x80               ; the second half of the circle lies below zero
    jz .positive
    neg eax
.positive:
    pop ebx
    ret
