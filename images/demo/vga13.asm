; Page 2: VGA mode 13h, 320 x 200 dots in 256 colours.
;
; Memory is as simple as it gets: the dot (x, y) is the byte A000:(y * 320 + x), a number
; from 0 to 255. What colour the number means stands in the DAC: 256 entries of red, green
; and blue, six bits each. Change an entry and every dot of that number changes at once.
; So the plasma here is computed once, and moves because the palette turns under it.

GRAPHICS_SEGMENT equ 0xA000
FIRST_CYCLED    equ 32          ; colours 0-31 stay, 32-255 turn
CYCLED          equ 224
PLASMA_TOP      equ 16          ; the rows between two bars of text
PLASMA_BOTTOM   equ 168
BALL_SIZE       equ 32
BALL_COLOURS    equ 16          ; 16-31: shades of the ball
ANIMATION_FRAMES equ 6 * CYCLED ; about 19 seconds

page_vga13:
    mov ax, 0x0013
    int 0x10
    call make_palette
    call load_palette
    call draw_plasma
    gtext 0, 4, 15, 'MODE 13h: 320 x 200, 256 colours'
    gtext 22, 1, 14, 'A000:(320 y + x) is one dot, one byte.'
    gtext 23, 1, 7,  'The plasma is never redrawn: only its'
    gtext 24, 1, 7,  'palette turns.  Space: stop, go   Esc'

    call save_background_at_start
.run:
    mov word [frame_number], 0
.frame:
    call draw_ball
    call wait_retrace
    call turn_palette
    call peek_key
    jnz .key
    inc word [frame_number]
    cmp word [frame_number], ANIMATION_FRAMES
    je .rest
    call restore_background
    call move_ball
    call save_background
    jmp .frame
.key:
    call read_key
    cmp al, 27
    je .back
    cmp al, ' '
    jne .frame

    ; At rest the picture is always the same: the first one.
.rest:
    call restore_background
    call save_background_at_start
    call draw_ball
    mov word [frame_number], 0
    call wait_retrace
    call turn_palette
.wait:
    call wait_key
    cmp al, ' '
    je .run
    cmp al, 27
    jne .wait
.back:
    ret

save_background_at_start:
    mov word [ball_x], 20
    mov word [ball_y], PLASMA_TOP + 4
    mov word [ball_dx], 2
    mov word [ball_dy], 1
    jmp save_background

; ---- the palette -----------------------------------------------------------------------
; Our own copy, three bytes a colour: the BIOS's first 16 colours are read from the DAC,
; then 16 shades for the ball, then a rainbow: three sine waves a third of a circle apart.
make_palette:
    outb 0x3C7, 0               ; read from colour 0
    mov dx, DAC_DATA
    mov di, palette
    push ds
    pop es
    mov cx, 16 * 3
    rep insb

    xor cx, cx
.shade:                         ; dark red to light yellow
    mov al, cl
    shl al, 1
    add al, 33
    cmp al, 63
    jbe .red
    mov al, 63
.red:
    stosb
    mov al, cl
    shl al, 2
    stosb
    mov al, cl
    shl al, 1
    stosb
    inc cx
    cmp cx, 16
    jb .shade

    xor cx, cx
.rainbow:
    mov ax, cx                  ; 0 to 223 becomes a full circle of 256
    shl ax, 8
    xor dx, dx
    mov bx, CYCLED
    div bx
    mov bl, al
    mov bh, 3
.component:
    mov al, bl
    call sine
    add eax, 128                ; 1 to 255
    shr eax, 2                  ; 0 to 63
    stosb
    add bl, 85                  ; a third of the circle
    dec bh
    jnz .component
    inc cx
    cmp cx, CYCLED
    jb .rainbow
    ret

; Writes all colours. The DAC counts on by itself after every third byte.
load_palette:
    outb DAC_WRITE, 0
    mov dx, DAC_DATA
    mov si, palette
    mov cx, 256 * 3
    rep outsb
    ret

; Writes the rainbow again, starting one colour later with each frame.
turn_palette:
    outb DAC_WRITE, FIRST_CYCLED
    mov ax, [frame_number]
    xor dx, dx
    mov bx, CYCLED
    div bx                      ; DX: 0 to 223
    imul ax, dx, 3
    mov bx, ax
    mov dx, DAC_DATA
    lea si, [bx + palette + FIRST_CYCLED * 3]
    mov cx, CYCLED * 3          ; from there to the end of the rainbow ...
    sub cx, bx
    rep outsb
    mov si, palette + FIRST_CYCLED * 3
    mov cx, bx                  ; ... and on from its beginning
    rep outsb
    ret

; ---- the plasma ------------------------------------------------------------------------
; Colour = a sum of sine waves: along x, along y, along a diagonal, and of one another.
draw_plasma:
    push GRAPHICS_SEGMENT
    pop es
    mov di, PLASMA_TOP * 320
    mov bx, PLASMA_TOP          ; BX: y
.row:
    xor cx, cx                  ; CX: x
.dot:
    mov al, cl
    add al, bl
    call sine
    mov ebp, eax
    mov al, bl
    shl al, 1
    call sine
    sar eax, 1
    add ebp, eax
    mov ax, cx
    sar ax, 1
    add ax, bp                  ; this wave bends with the sum so far
    call sine
    add ebp, eax
    mov ax, cx
    sub ax, bx
    sub ax, bx
    call sine
    add eax, ebp
    add eax, 4 * 128
    xor edx, edx
    push ebx
    mov ebx, CYCLED
    div ebx
    pop ebx
    mov al, dl
    add al, FIRST_CYCLED
    stosb
    inc cx
    cmp cx, 320
    jb .dot
    inc bx
    cmp bx, PLASMA_BOTTOM
    jb .row
    ret

; ---- the ball --------------------------------------------------------------------------
; DI = where the ball's upper left dot lies in screen memory.
ball_address:
    imul di, [ball_y], 320
    add di, [ball_x]
    ret

; What the ball covers is saved before it is drawn, and put back before it moves on.
save_background:
    push ds
    push es
    call ball_address
    mov si, di
    mov di, ball_background
    push ds
    pop es
    push GRAPHICS_SEGMENT
    pop ds
    mov dx, BALL_SIZE
.row:
    mov cx, BALL_SIZE / 4
    rep movsd
    add si, 320 - BALL_SIZE
    dec dx
    jnz .row
    pop es
    pop ds
    ret

restore_background:
    call ball_address
    mov si, ball_background
    push GRAPHICS_SEGMENT
    pop es
    mov dx, BALL_SIZE
.row:
    mov cx, BALL_SIZE / 4
    rep movsd
    add di, 320 - BALL_SIZE
    dec dx
    jnz .row
    ret

; A circle, lit from the upper left: the shade is the distance from the light.
draw_ball:
    call ball_address
    push GRAPHICS_SEGMENT
    pop es
    mov cx, -(BALL_SIZE / 2)     ; CX: y from the middle
.row:
    mov bx, -(BALL_SIZE / 2)     ; BX: x from the middle
.dot:
    imul ax, cx, 6              ; a dot of this mode is higher than wide, 6 to 5:
    cwd
    mov si, 5
    idiv si
    mov si, ax                  ; SI: y measured in widths
    imul ax, ax
    mov dx, bx
    imul dx, dx
    add ax, dx
    cmp ax, 15 * 15             ; outside the circle: leave the picture alone
    ja .skip
    mov ax, bx
    add ax, 5
    imul ax, ax
    mov dx, si
    add dx, 6
    imul dx, dx
    add ax, dx
    shr ax, 5
    neg ax
    add ax, BALL_COLOURS + 15
    cmp ax, BALL_COLOURS
    jge .shade_known
    mov ax, BALL_COLOURS
.shade_known:
    mov [es:di], al
.skip:
    inc di
    inc bx
    cmp bx, BALL_SIZE / 2
    jl .dot
    add di, 320 - BALL_SIZE
    inc cx
    cmp cx, BALL_SIZE / 2
    jl .row
    ret

; One step; at an edge the direction turns round.
move_ball:
    mov ax, [ball_x]
    add ax, [ball_dx]
    cmp ax, 320 - BALL_SIZE
    jbe .x_known
    neg word [ball_dx]
    mov ax, [ball_x]
.x_known:
    mov [ball_x], ax
    mov ax, [ball_y]
    add ax, [ball_dy]
    cmp ax, PLASMA_TOP
    jb .turn
    cmp ax, PLASMA_BOTTOM - BALL_SIZE
    jbe .y_known
.turn:
    neg word [ball_dy]
    mov ax, [ball_y]
.y_known:
    mov [ball_y], ax
    ret

section .bss
palette:         resb 256 * 3
ball_background: resb BALL_SIZE * BALL_SIZE
ball_x:          resw 1
ball_y:          resw 1
ball_dx:         resw 1
ball_dy:         resw 1
frame_number:    resw 1
section .text
