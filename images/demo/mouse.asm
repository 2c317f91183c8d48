; Page 6: the PS/2 mouse through INT 15h function C2h.
;
; The mouse hangs on the keyboard controller and has IRQ 12. Each motion is a packet of
; three bytes: buttons with the signs, then how far it went to the right and up. The BIOS
; collects the bytes and calls our handler once for each packet. Nobody draws a pointer
; for us: in this mode the dots are half characters, and the pointer is five of them with
; their colours inverted, which drawing it twice undoes.

CANVAS_ROW      equ 8
CANVAS_COLUMN   equ 2
CANVAS_WIDTH    equ 76          ; in dots of one column and half a row
CANVAS_HEIGHT   equ 30
DOT_SIZE        equ 8           ; mouse steps for one dot

page_mouse:
    frame 'MOUSE   PS/2 packets through INT 15h', \
          'Left and right button paint, both erase   C: clear   Esc: back to the menu'
    call start_mouse
    jnc .present
    text 3, 2, RED, 'There is no PS/2 mouse here: INT 15h function C205h failed.'
    jmp wait_esc

.present:
    mov ax, 0x1003              ; all 16 colours for the lower half of a cell, no blinking
    mov bl, 0
    int 0x10
    text 2, 2, YELLOW, 'Position'
    text 3, 2, YELLOW, 'Last motion'
    text 4, 2, YELLOW, 'Packets'
    text 5, 2, YELLOW, 'Last packet'
    text 2, 44, YELLOW, 'Buttons'
    text 4, 44, DIM, 'A packet: signs and buttons, then'
    text 5, 44, DIM, 'motion to the right, motion up.'
    mov di, AT(CANVAS_ROW - 1, CANVAS_COLUMN - 1)
    mov ah, 0x09
    mov dl, CANVAS_WIDTH + 2
    mov dh, CANVAS_HEIGHT / 2 + 2
    call draw_box
    mov word [mouse_x], CANVAS_WIDTH / 2 * DOT_SIZE
    mov word [mouse_y], CANVAS_HEIGHT / 2 * DOT_SIZE
    mov dword [packet_count], 0
    mov word [last_dx], 0
    mov word [last_dy], 0
    mov byte [mouse_buttons], 0
    mov byte [packet_status], 8
.clear:
    call clear_canvas
    call flip_pointer
.show:
    call show_mouse
    mov byte [mouse_moved], 0
.wait:
    call peek_key
    jnz .key
    cmp byte [mouse_moved], 0
    jne .moved
    hlt
    jmp .wait
.moved:
    call flip_pointer           ; off, with the old position
    cli                         ; take one consistent set of numbers
    mov ax, [mouse_x]
    mov bx, [mouse_y]
    mov byte [mouse_moved], 0
    sti
    call paint
    call flip_pointer           ; on
    jmp .show
.key:
    call read_key
    cmp al, 27
    je .back
    or al, 0x20
    cmp al, 'c'
    je .clear
    jmp .wait
.back:
    mov ax, 0xC200              ; INT 15h function C200h, BH = 0: mouse off
    mov bh, 0
    int 0x15
    ret

; Carry set: no mouse. The order of the calls is the one the BIOS documents.
start_mouse:
    mov ax, 0xC205              ; set up for packets of three bytes
    mov bh, 3
    int 0x15
    jc .failed
    mov ax, 0xC203              ; resolution: 3 = 8 counts per millimetre
    mov bh, 3
    int 0x15
    jc .failed
    mov ax, 0xC207              ; the handler, ES:BX
    push cs
    pop es
    mov bx, mouse_handler
    int 0x15
    jc .failed
    mov ax, 0xC200              ; on
    mov bh, 1
    int 0x15
.failed:
    ret

; A far call from inside the BIOS's interrupt handler. On the stack, above the return
; address: four words, first the status, then x, y, and one that is always zero.
mouse_handler:
    push bp
    mov bp, sp
    push ax
    push bx
    push ds
    push cs
    pop ds
    mov al, [bp + 12]
    mov [packet_status], al
    mov bl, al
    and bl, 7
    mov [mouse_buttons], bl
    ; Bits 4 and 5 of the status are the signs, the ninth bits of the two numbers.
    movzx bx, byte [bp + 10]
    mov [packet_x], bl
    test al, 0x10
    jz .x_known
    mov bh, 0xFF
.x_known:
    mov [last_dx], bx
    add bx, [mouse_x]
    cmp bx, 0
    jge .not_left
    xor bx, bx
.not_left:
    cmp bx, CANVAS_WIDTH * DOT_SIZE - 1
    jle .not_right
    mov bx, CANVAS_WIDTH * DOT_SIZE - 1
.not_right:
    mov [mouse_x], bx
    movzx bx, byte [bp + 8]
    mov [packet_y], bl
    test al, 0x20
    jz .y_known
    mov bh, 0xFF
.y_known:
    mov [last_dy], bx
    neg bx                      ; the mouse counts up, the screen down
    add bx, [mouse_y]
    cmp bx, 0
    jge .not_up
    xor bx, bx
.not_up:
    cmp bx, CANVAS_HEIGHT * DOT_SIZE - 1
    jle .not_down
    mov bx, CANVAS_HEIGHT * DOT_SIZE - 1
.not_down:
    mov [mouse_y], bx
    inc dword [packet_count]
    mov byte [mouse_moved], 1
    pop ds
    pop bx
    pop ax
    pop bp
    retf

; ---- the canvas ------------------------------------------------------------------------
; Every cell holds the character "upper half block": its foreground is the upper dot, its
; background the lower one.
clear_canvas:
    mov ax, [mouse_x]
    mov [drawn_x], ax
    mov ax, [mouse_y]
    mov [drawn_y], ax
    mov di, AT(CANVAS_ROW, CANVAS_COLUMN)
    mov dl, CANVAS_HEIGHT / 2
    mov ax, 0x00DF
.row:
    push di
    mov cx, CANVAS_WIDTH
    call put_repeat
    pop di
    add di, COLUMNS * 2
    dec dl
    jnz .row
    ret

; BX = x, DX = y in dots: DI = the cell's attribute byte, CL = 0 for the upper dot (low
; half of the byte), 4 for the lower one. Carry set: outside.
find_dot:
    cmp bx, CANVAS_WIDTH
    cmc
    jc .out
    cmp dx, CANVAS_HEIGHT
    cmc
    jc .out
    mov di, dx
    shr di, 1
    imul di, di, COLUMNS * 2
    add di, bx
    add di, bx
    add di, AT(CANVAS_ROW, CANVAS_COLUMN) + 1
    mov cl, dl
    and cl, 1
    shl cl, 2                   ; clears carry
.out:
    ret

; BX, DX = the dot under the pointer.
pointer_dot:
    mov ax, [drawn_x]
    shr ax, 3
    mov bx, ax
    mov dx, [drawn_y]
    shr dx, 3
    ret

; The pointer goes from (drawn_x, drawn_y) to (AX, BX). With a button down it leaves a line,
; not only a dot for each packet: 32 small steps, a packet never moves farther than that.
PAINT_STEPS     equ 32

paint:
    mov [target_x], ax
    mov [target_y], bx
    mov al, [mouse_buttons]
    and al, 3
    jz .arrived
    mov ch, YELLOW              ; left
    cmp al, 1
    je .colour_known
    mov ch, 0x09                ; right: light blue
    cmp al, 2
    je .colour_known
    mov ch, 0                   ; both: erase
.colour_known:
    push word [drawn_x]
    push word [drawn_y]
    pop si
    pop bp                      ; BP, SI: where the line starts
    mov byte [paint_step], 1
.step:
    mov ax, [target_x]
    mov bx, bp
    call .between
    mov [drawn_x], ax
    mov ax, [target_y]
    mov bx, si
    call .between
    mov [drawn_y], ax
    call pointer_dot
    call find_dot
    push TEXT_SEGMENT
    pop es
    mov al, 0xF0                ; keep the other half of the cell
    rol al, cl
    mov ah, ch
    shl ah, cl
    and [es:di], al
    or [es:di], ah
    inc byte [paint_step]
    cmp byte [paint_step], PAINT_STEPS
    jbe .step
.arrived:
    mov ax, [target_x]
    mov [drawn_x], ax
    mov ax, [target_y]
    mov [drawn_y], ax
    ret
.between:                       ; AX = BX + (AX - BX) * step / steps
    sub ax, bx
    movzx dx, byte [paint_step]
    imul ax, dx
    sar ax, 5                   ; 32 steps
    add ax, bx
    ret

; Inverts the five dots of the pointer.
flip_pointer:

    push TEXT_SEGMENT
    pop es
    call pointer_dot
    mov si, .shape
.next:
    push bx
    push dx
    lodsb
    cbw
    add bx, ax
    lodsb
    cbw
    add dx, ax
    call find_dot
    jc .outside
    mov al, 0x0F
    shl al, cl
    xor [es:di], al
.outside:
    pop dx
    pop bx
    cmp si, .shape_end
    jb .next
    ret
section .data
.shape: db 0, 0,  -1, 0,  1, 0,  0, -1,  0, 1
.shape_end:
section .text

show_mouse:
    mov ah, BRIGHT
    mov cl, 4
    mov di, AT(2, 15)
    movzx edx, word [drawn_x]
    call put_decimal
    movzx edx, word [drawn_y]
    call put_decimal
    mov di, AT(3, 15)
    mov bx, [last_dx]
    call put_signed
    mov bx, [last_dy]
    call put_signed
    mov di, AT(4, 15)
    mov edx, [packet_count]
    call put_decimal
    mov di, AT(5, 17)
    mov cl, 2
    movzx edx, byte [packet_status]
    call put_hex
    add di, 2
    movzx edx, byte [packet_x]
    call put_hex
    add di, 2
    movzx edx, byte [packet_y]
    call put_hex

    mov dl, [mouse_buttons]
    mov si, .names
    mov di, AT(2, 54)
    mov cx, 3
.button:
    mov ah, 0x17
    shr dl, 1
    jnc .up
    mov ah, 0x2F
.up:
    call put_string
    add di, 2
    loop .button
    ret
section .data
.names: db ' left ', 0, ' right ', 0, ' middle ', 0
section .text

; BX as a signed number in 4 columns, with a sign in front.
put_signed:
    mov al, '+'
    movsx edx, bx
    test edx, edx
    jns .positive
    neg edx
    mov al, '-'
.positive:
    push di
    mov cl, 4
    call put_decimal
    pop bx
    push di
    mov di, bx
    call put_char               ; the sign goes into the first column
    pop di
    ret

section .bss
mouse_x:       resw 1           ; where the mouse is, in steps
mouse_y:       resw 1
drawn_x:       resw 1           ; where the pointer was drawn
drawn_y:       resw 1
target_x:      resw 1           ; where the line being painted ends
target_y:      resw 1
paint_step:    resb 1
last_dx:       resw 1
last_dy:       resw 1
packet_count:  resd 1
packet_status: resb 1
packet_x:      resb 1
packet_y:      resb 1
mouse_buttons: resb 1
mouse_moved:   resb 1
section .text
