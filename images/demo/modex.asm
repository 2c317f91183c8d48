; Page 4: "mode X", 320 x 240 dots in 256 colours, unchained.
;
; Mode 13h shows a quarter of the VGA's 256 KB because it hides the planes: address bits 0
; and 1 choose the plane ("chain 4"). Switch that off and all memory is there: dot x lies
; in plane x & 3, and each plane's 64 KB are shared by pictures as large as you like. The
; start address then moves the screen over the picture without copying a byte, pixel
; panning adds the dots between two addresses, and the line compare register splits the
; screen: from that line on the display starts again at address 0.
;
; Here: a picture of 640 x 360 dots, a window of 320 x 200 that wanders over it, and a
; panel of 40 lines below that stays.

VIRTUAL_WIDTH   equ 640
VIRTUAL_BYTES   equ VIRTUAL_WIDTH / 4   ; per plane and line
PANEL_LINES     equ 40
WINDOW_LINES    equ 240 - PANEL_LINES
PICTURE_LINES   equ 360
PICTURE_START   equ PANEL_LINES * VIRTUAL_BYTES ; the panel lies first, at address 0
PAN_STEPS       equ 256                 ; one round
PAN_FRAMES      equ 5 * PAN_STEPS       ; about 18 seconds, then the picture rests

page_modex:
    mov ax, 0x0013
    int 0x10
    call make_palette
    call load_palette
    call set_mode_x
    call draw_picture
    call draw_panel
.run:
    mov word [frame_number], 0
.frame:
    call pan
    call peek_key
    jnz .key
    inc word [frame_number]
    cmp word [frame_number], PAN_FRAMES
    jb .frame
    jmp .rest
.key:
    call read_key
    cmp al, 27
    je .back
    cmp al, ' '
    jne .frame
.rest:                          ; at rest the window is always where it started
    mov word [frame_number], 0
    call pan
.wait:
    call wait_key
    cmp al, ' '
    je .run
    cmp al, 27
    jne .wait
.back:
    ret

set_mode_x:
    indexed SEQUENCER, 4, 0x06  ; chain 4 off, all memory
    indexed SEQUENCER, 0, 0x01  ; hold the sequencer while the clock changes
    outb 0x3C2, 0xE3            ; miscellaneous output: 25 MHz, 480 lines (240 doubled)
    indexed SEQUENCER, 0, 0x03
    mov dx, CRTC                ; allow writes to CRTC 0-7: bit 7 of register 11h
    mov al, 0x11
    out dx, al
    inc dx
    in al, dx
    and al, 0x7F
    out dx, al
    mov si, .registers
    mov cx, (.registers_end - .registers) / 2
    mov dx, CRTC
    cld
    rep outsw

    mov dx, INPUT_STATUS        ; attribute mode control, bit 5: panning stops at the split
    in al, dx
    mov dx, ATTRIBUTE
    mov al, 0x10 | 0x20
    out dx, al
    mov al, 0x61
    out dx, al
    ret
section .data
.registers:                     ; index, value
    db 0x06, 0x0D               ; vertical total: 525 lines
    db 0x07, 0x3E               ; overflow bits; bit 4: line compare bit 8
    db 0x09, 0x01               ; each line twice; bit 6: line compare bit 9
    db 0x10, 0xEA               ; retrace starts
    db 0x11, 0xAC               ; retrace ends, registers 0-7 locked again
    db 0x12, 0xDF               ; 480 lines shown
    db 0x13, VIRTUAL_BYTES / 2  ; words from one line to the next
    db 0x14, 0x00               ; no doubleword addresses
    db 0x15, 0xE7               ; blanking starts
    db 0x16, 0x06               ; blanking ends
    db 0x17, 0xE3               ; byte addresses
    db 0x18, (WINDOW_LINES * 2 - 1) & 0xFF ; line compare: 399, bits 8 above
.registers_end:
section .text

; Waves around two centres, for one plane after the other: CX is x, BX is y.
draw_picture:
    xor bx, bx                  ; one wave as a table of 256 bytes, 0 to 111
.wave:
    mov al, bl
    call sine
    imul eax, eax, 56
    sar eax, 7
    add al, 56
    mov [wave + bx], al
    inc bl
    jnz .wave

    push GRAPHICS_SEGMENT
    pop es
    mov byte [plane], 0
.plane:
    mov cl, [plane]
    mov ah, 1
    shl ah, cl
    mov al, 2
    mov dx, SEQUENCER
    out dx, ax                  ; map mask: this plane only
    mov di, PICTURE_START
    xor bx, bx
.row:
    movzx cx, byte [plane]
.dot:
    movsx eax, cx
    sub eax, 200
    imul eax, eax
    movzx edx, bx
    sub edx, 150
    imul edx, edx
    add eax, edx                ; squared distance from (200, 150)
    movsx ebp, cx
    sub ebp, 440
    imul ebp, ebp
    movzx edx, bx
    sub edx, 210
    imul edx, edx
    add ebp, edx                ; squared distance from (440, 210)
    shr eax, 7
    movzx eax, al
    shr ebp, 7
    and ebp, 0xFF
    mov al, [wave + eax]
    add al, [wave + ebp]        ; the two waves add up: interference
    add al, FIRST_CYCLED
    test cl, 0x1F               ; a grid every 32 dots, to see the motion
    jz .grid
    test bl, 0x1F
    jnz .colour_known
.grid:
    mov al, 8
.colour_known:
    stosb
    add cx, 4
    cmp cx, VIRTUAL_WIDTH
    jb .dot
    inc bx
    cmp bx, PICTURE_LINES
    jb .row
    inc byte [plane]
    cmp byte [plane], 4
    jb .plane
    indexed SEQUENCER, 2, 0x0F
    ret

; The BIOS does not know this mode, so its font is fetched (INT 10h function 1130h) and
; drawn here: a byte of the font is eight dots, two from each plane.
draw_panel:
    push GRAPHICS_SEGMENT
    pop es
    xor di, di
    mov cx, PANEL_LINES * VIRTUAL_BYTES / 2
    mov ax, 0x0101              ; colour 1, blue, four dots a byte: all planes
    rep stosw
    mov ax, 0x1130              ; where is the font? BH = 3: 8x8, BH = 4: its upper half
    mov bh, 0x03
    push bp
    int 0x10
    mov [font_offset], bp
    mov [font_segment], es
    pop bp
    mov di, 0 * VIRTUAL_BYTES + 2
    mov ah, 15
    mov si, .title
    call put_panel_string
    mov di, 16 * VIRTUAL_BYTES + 2
    mov ah, 14
    mov si, .line1
    call put_panel_string
    mov di, 24 * VIRTUAL_BYTES + 2
    mov si, .line2
    call put_panel_string
    mov di, 32 * VIRTUAL_BYTES + 2
    mov ah, 7
    mov si, .line3
    jmp put_panel_string
section .data
.title: db 'MODE X: 320 x 240, 256 colours, planes', 0
.line1: db 'The picture has 640 x 360 dots; the', 0
.line2: db 'start address moves the window over it.', 0
.line3: db 'Line compare splits.  Space: stop   Esc', 0
section .text

; SI: string, DI: address, AH: colour.
put_panel_string:
    mov [panel_colour], ah
.character:
    mov ah, [panel_colour]
    lodsb
    test al, al
    jz .done
    push si
    push di
    mov bl, 0                   ; BL: plane
.plane:
    push ax
    mov cl, bl
    mov ah, 1
    shl ah, cl
    mov al, 2
    mov dx, SEQUENCER
    out dx, ax
    pop ax
    push di
    push ax
    push es
    les si, [font_offset]
    movzx bp, al
    shl bp, 3
    add si, bp
    mov bh, 8                   ; BH: rows
.row:
    mov al, [es:si]
    inc si
    mov cl, bl
    shl al, cl                  ; bit 7: this plane's left dot, bit 3: its right one
    push es
    push GRAPHICS_SEGMENT
    pop es
    test al, 0x80
    jz .no_left
    mov [es:di], ah
.no_left:
    test al, 0x08
    jz .no_right
    mov [es:di + 1], ah
.no_right:
    pop es
    add di, VIRTUAL_BYTES
    dec bh
    jnz .row
    pop es
    pop ax
    pop di
    inc bl
    cmp bl, 4
    jb .plane
    pop di
    pop si
    add di, 2                   ; eight dots are two addresses
    jmp .character
.done:
    indexed SEQUENCER, 2, 0x0F
    ret

; Moves the window for this frame: an ellipse around the picture's middle. The start
; address takes effect with the next retrace, panning at once: both are set just before
; and just after it begins.
pan:
    mov al, [frame_number]
    call sine
    imul eax, eax, 158
    sar eax, 7
    add eax, 160                ; x: 3 to 317
    mov ebx, eax
    mov al, [frame_number]
    shl al, 1                   ; twice as fast: a figure of eight
    call sine
    imul eax, eax, 78
    sar eax, 7
    add eax, 80                 ; y: 3 to 157
    imul eax, eax, VIRTUAL_BYTES
    mov ecx, ebx
    shr ecx, 2
    add eax, ecx
    add eax, PICTURE_START
    mov cx, ax

    mov dx, INPUT_STATUS
.in_retrace:
    in al, dx
    test al, 8
    jnz .in_retrace
    mov dx, CRTC
    mov ah, ch
    mov al, 0x0C                ; start address, high half
    out dx, ax
    mov ah, cl
    mov al, 0x0D                ; and low half
    out dx, ax
    mov dx, INPUT_STATUS
.in_picture:
    in al, dx
    test al, 8
    jz .in_picture
    and bl, 3
    shl bl, 1                   ; pixel panning counts half dots in 256 colours
    mov dx, ATTRIBUTE
    mov al, 0x13 | 0x20
    out dx, al
    mov al, bl
    out dx, al
    ret

section .bss
wave:         resb 256
plane:        resb 1
panel_colour: resb 1
font_offset:  resw 1
font_segment: resw 1
section .text
