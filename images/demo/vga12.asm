; Page 3: VGA mode 12h, 640 x 480 dots in 16 colours.
;
; 640 * 480 dots of four bits are 150 KB, but the window at A000:0000 has 64. The VGA
; answers with four planes at the same addresses: each byte there is eight dots of one bit,
; four times over. Which planes a write reaches, which bits, and what the data is, say the
; registers below. They also do work that the processor would be slow at: one byte written
; changes 32 bits. A page that uses them one by one.
;
;   sequencer 2      map mask: the planes that writes reach
;   graphics 0, 1    set/reset: the colour that replaces the data, and for which planes
;   graphics 4       the plane that reads see
;   graphics 5       write mode 0 (data through set/reset), 1 (latches), 2 (data = colour)
;   graphics 8       bit mask: the dots that change; the rest comes from the latches
;
; The latches hold the four bytes (one per plane) that the last read touched.

LINE_BYTES      equ 640 / 8

; Offset of the byte with dot (x, y); x must be a multiple of 8.
%define PLANAR(x, y) ((y) * LINE_BYTES + (x) / 8)

page_vga12:
    mov ax, 0x0012
    int 0x10
    gtext 0, 14, 15, 'MODE 12h: 640 x 480, 16 colours in four bit planes'
    call show_planes
    call show_lines
    call show_latches
    call show_colours
    gtext 29, 27, 7, 'Esc: back to the menu'
    jmp wait_esc

; ---- 1: four planes --------------------------------------------------------------------
; Each plane gets one rectangle. They overlap so that all 16 sums occur: the horizontal
; ones and the vertical ones follow a Gray code, as in a Karnaugh map.
show_planes:
    gtext 2, 3, 14, 'Four planes, one bit of the colour each'
    indexed SEQUENCER, 2, 0x01  ; plane 0, blue: columns 1 and 2
    mov di, PLANAR(80, 64)
    mov cx, 112 / 8
    mov bx, 128
    call fill_bytes
    indexed SEQUENCER, 2, 0x02  ; plane 1, green: columns 2 and 3
    mov di, PLANAR(136, 64)
    mov cx, 112 / 8
    mov bx, 128
    call fill_bytes
    indexed SEQUENCER, 2, 0x04  ; plane 2, red: rows 1 and 2
    mov di, PLANAR(24, 96)
    mov cx, 224 / 8
    mov bx, 64
    call fill_bytes
    indexed SEQUENCER, 2, 0x08  ; plane 3, bright: rows 2 and 3
    mov di, PLANAR(24, 128)
    mov cx, 224 / 8
    mov bx, 64
    call fill_bytes
    indexed SEQUENCER, 2, 0x0F
    gtext 3, 10, 1, 'blue 1'
    gtext 3, 20, 2, 'green 2'
    gtext 7, 32, 4, 'red 4'
    gtext 10, 32, 8, 'bright 8'
    gtext 12, 3, 7, 'Map mask chooses the planes.'
    ret

; Fills BX rows of CX bytes from A000:DI with ones, in the planes of the map mask.
fill_bytes:
    push GRAPHICS_SEGMENT
    pop es
.row:
    push cx
    push di
    mov al, 0xFF
    rep stosb
    pop di
    pop cx
    add di, LINE_BYTES
    dec bx
    jnz .row
    ret

; ---- 2: lines --------------------------------------------------------------------------
; Single dots: set/reset holds the colour for all planes, the bit mask picks the dot, the
; read before the write loads the latches with the seven neighbours that must stay.
show_lines:
    gtext 2, 44, 14, 'Dots: bit mask and set/reset'
    indexed GRAPHICS, 1, 0x0F   ; set/reset replaces the data in all planes
    xor cx, cx
.next:                          ; 64 lines like the seconds of a clock
    mov al, cl
    shl al, 2
    push ax
    call sine
    imul ax, ax, 9
    sar ax, 3
    add ax, 480
    mov [line_x1], ax
    pop ax
    add al, 64                  ; cosine
    call sine
    sar ax, 1
    add ax, 128
    mov [line_y1], ax
    mov word [line_x0], 480
    mov word [line_y0], 128
    mov ah, cl
    and ah, 0x0F
    jnz .visible
    mov ah, 8                   ; black on black would not be seen
.visible:
    mov al, 0
    mov dx, GRAPHICS
    out dx, ax                  ; graphics 0: the colour
    call draw_line
    inc cx
    cmp cx, 64
    jb .next
    indexed GRAPHICS, 1, 0x00
    indexed GRAPHICS, 8, 0xFF
    gtext 12, 44, 7, 'Bit mask chooses the dots.'
    ret

; Bresenham's line from (line_x0, line_y0) to (line_x1, line_y1): only additions.
draw_line:
    pusha
    push GRAPHICS_SEGMENT
    pop es
    mov word [line_sx], 1
    mov ax, [line_x1]
    sub ax, [line_x0]
    jns .dx_known
    neg ax
    mov word [line_sx], -1
.dx_known:
    mov [line_dx], ax
    mov word [line_sy], 1
    mov bx, [line_y1]
    sub bx, [line_y0]
    jns .dy_known
    neg bx
    mov word [line_sy], -1
.dy_known:
    neg bx
    mov [line_dy], bx           ; minus the height
    add ax, bx
    mov bp, ax                  ; BP: the error term
.dot:
    mov bx, [line_x0]
    mov cx, bx
    imul di, [line_y0], LINE_BYTES
    shr bx, 3
    and cl, 7
    mov ah, 0x80
    shr ah, cl
    mov al, 8
    mov dx, GRAPHICS
    out dx, ax                  ; graphics 8: the bit mask
    mov al, [es:di + bx]        ; load the latches
    mov [es:di + bx], al        ; the data is ignored: set/reset rules

    mov ax, [line_x0]
    cmp ax, [line_x1]
    jne .step
    mov ax, [line_y0]
    cmp ax, [line_y1]
    je .done
.step:
    mov ax, bp
    shl ax, 1
    cmp ax, [line_dy]
    jl .no_x
    add bp, [line_dy]
    mov bx, [line_sx]
    add [line_x0], bx
.no_x:
    cmp ax, [line_dx]
    jg .dot
    add bp, [line_dx]
    mov bx, [line_sy]
    add [line_y0], bx
    jmp .dot
.done:
    popa
    ret

; ---- 3: the latches --------------------------------------------------------------------
; Write mode 2 draws one ball (the data is the colour, as wide as the bit mask); write
; mode 1 then copies it: each byte read and written moves 8 dots in all four planes.
TILE_BYTES      equ 6           ; 48 x 48 dots
TILE_ROWS       equ 48

show_latches:
    gtext 15, 3, 14, 'Copies: write mode 1 and the latches'
    indexed GRAPHICS, 5, 2      ; write mode 2
    push GRAPHICS_SEGMENT
    pop es
    mov cx, -(TILE_ROWS / 2)
.row:
    mov bx, -(TILE_BYTES * 8 / 2)
.dot:
    mov ax, bx
    imul ax, ax
    mov di, cx
    imul di, di
    add ax, di
    shr ax, 6                   ; distance squared, in steps: rings of colour
    cmp ax, 8
    jae .skip
    mov si, ax
    mov al, [.rings + si]
    push ax
    mov ax, cx
    add ax, 264 + TILE_ROWS / 2
    imul di, ax, LINE_BYTES
    mov ax, bx
    add ax, 24 + TILE_BYTES * 4
    mov dx, ax
    shr ax, 3
    add di, ax
    push cx
    mov cl, dl
    and cl, 7
    mov ah, 0x80
    shr ah, cl
    pop cx
    mov al, 8
    mov dx, GRAPHICS
    out dx, ax
    pop ax
    mov ah, [es:di]             ; load the latches
    mov [es:di], al             ; write mode 2: the data is the colour
.skip:
    inc bx
    cmp bx, TILE_BYTES * 8 / 2
    jl .dot
    inc cx
    cmp cx, TILE_ROWS / 2
    jl .row
    indexed GRAPHICS, 8, 0xFF

    indexed GRAPHICS, 5, 1      ; write mode 1: the latches go out, data is ignored
    mov bx, 1                   ; copies 1 to 8, the original is number 0
.copy:
    movzx ax, bl
    mov dl, 3
    div dl                      ; AL: row of the pattern, AH: column
    movzx dx, ah
    imul dx, dx, TILE_BYTES + 2
    movzx di, al
    imul di, di, 56 * LINE_BYTES
    add di, dx
    add di, PLANAR(24, 264)
    mov si, PLANAR(24, 264)
    push ds
    push GRAPHICS_SEGMENT
    pop ds
    mov dx, TILE_ROWS
.line:
    mov cx, TILE_BYTES
    rep movsb                   ; bytes, not words: a latch holds one byte per plane
    add si, LINE_BYTES - TILE_BYTES
    add di, LINE_BYTES - TILE_BYTES
    dec dx
    jnz .line
    pop ds
    inc bx
    cmp bx, 9
    jb .copy
    indexed GRAPHICS, 5, 0
    gtext 18, 28, 7, 'One ball was'
    gtext 19, 28, 7, 'drawn, eight'
    gtext 20, 28, 7, 'are copies: one'
    gtext 21, 28, 7, 'byte moved is'
    gtext 22, 28, 7, '32 bits.'
    ret
section .data
.rings: db 15, 14, 12, 12, 4, 5, 9, 1
section .text

; ---- 4: the colours --------------------------------------------------------------------
; Set/reset alone fills a bar: the processor's data does not matter at all.
show_colours:
    gtext 15, 44, 14, 'The 16 colours'
    indexed GRAPHICS, 1, 0x0F
    push GRAPHICS_SEGMENT
    pop es
    xor cx, cx
.bar:
    mov al, 0
    mov ah, cl
    mov dx, GRAPHICS
    out dx, ax
    mov ax, cx
    shr ax, 3                   ; two rows of eight
    imul di, ax, 88 * LINE_BYTES
    mov ax, cx
    and ax, 7
    imul ax, ax, 4
    add di, ax
    add di, PLANAR(352, 264)
    mov bx, 64
.row:
    mov word [es:di], 0
    mov byte [es:di + 2], 0
    add di, LINE_BYTES
    dec bx
    jnz .row
    inc cx
    cmp cx, 16
    jb .bar
    indexed GRAPHICS, 1, 0x00
    gtext 21, 44, 7, '0   1   2   3   4   5   6   7'
    gtext 26, 44, 7, '8   9   A   B   C   D   E   F'
    ret

section .bss
line_x0: resw 1
line_y0: resw 1
line_x1: resw 1
line_y1: resw 1
line_dx: resw 1
line_dy: resw 1
line_sx: resw 1
line_sy: resw 1
section .text
