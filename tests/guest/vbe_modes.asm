; A boot diskette that sets every graphics mode that the VGA BIOS lists (VBE 4F00h, 4F01h), draws tiles in it,
; by its window and by the linear framebuffer, and waits for a byte on the serial port each time. Each is
; a line on the debug port: mode, L or W, width, height, bits a dot (hexadecimal). With -D LIST nothing is drawn.
;
; Tiles of 16 x 16 dots; their colour is ((x >> 4) + 5 * (y >> 4)) & 255: three bits of red, three of green,
; two of blue, from bit 0 on.

    bits 16
    cpu 386
    org 0x7C00

INFO    equ 0x1000              ; in segment 0
MODE    equ 0x1200
LINE    equ 0x3000              ; segments: a line of dots
COM1    equ 0x3F8
%define ATTRIBUTES  MODE
%define GRANULARITY MODE + 4
%define PITCH       MODE + 0x10
%define WIDTH       MODE + 0x12
%define HEIGHT      MODE + 0x14
%define BITS        MODE + 0x19
%define MODEL       MODE + 0x1B
%define GREEN       MODE + 0x21
%define FRAME       MODE + 0x28

start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    cld
    mov ax, 0x0204
    mov bx, 0x7E00
    mov cx, 2
    xor dh, dh
    int 0x13
    jc $
    jmp main

putc:
    out 0xE9, al
    ret
hex:                            ; AX
    push cx
    mov cx, 4
.digit:
    rol ax, 4
    push ax
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    call putc
    pop ax
    loop .digit
    mov al, ' '
    call putc
    pop cx
    ret
fail:                           ; AL says where
    call putc
    mov al, '!'
    call putc
    mov al, 10
    call putc
    mov al, 1
    out 0xF4, al
    jmp $

    times 510 - ($ - $$) db 0
    dw 0xAA55

main:
    call flat
    mov dword [INFO], 'VBE2'
    mov ax, 0x4F00
    mov di, INFO
    int 0x10
    cmp ax, 0x004F
    mov al, '0'
    jne fail
    lds si, [INFO + 14]
    mov di, modes               ; a copy: the list may lie in the block
.copy:
    lodsw
    stosw
    cmp ax, -1
    jne .copy
    xor ax, ax
    mov ds, ax
    mov si, modes
.next:
    lodsw
    cmp ax, -1
    je .end
    push si
    call mode
    pop si
    jmp .next
.end:
    mov al, 'E'
    call putc
    mov al, 10
    call putc
    xor al, al
    out 0xF4, al
    jmp $

; Mode AX, both ways.
mode:
    mov [number], ax
    mov cx, ax
    mov ax, 0x4F01
    mov di, MODE
    int 0x10
    cmp ax, 0x004F
    mov al, '1'
    jne fail
    mov al, [ATTRIBUTES]
    and al, 0x11                ; there, and graphics
    cmp al, 0x11
    jne .out
    cmp byte [BITS], 4          ; (not of one or two bits)
    jb .out
    cmp byte [MODEL], 3
    je .window
    cmp byte [MODEL], 4
    je .window
    cmp byte [MODEL], 6
    jne .out
.window:
    test byte [ATTRIBUTES], 0x40 ; no window?
    jnz .linear
    mov bx, [number]
    mov byte [way], 'W'
    call one
.linear:
    test byte [ATTRIBUTES], 0x80
    jz .out
    mov bx, [number]
    or bx, 0x4000
    mov byte [way], 'L'
    call one
.out:
    ret

; Mode BX.
one:
    mov ax, [number]
    call hex
    mov al, [way]
    call putc
    mov al, ' '
    call putc
    mov ax, [WIDTH]
    call hex
    mov ax, [HEIGHT]
    call hex
    movzx ax, byte [BITS]
    call hex
    mov al, 10
    call putc
%ifdef LIST
    ret
%else
    mov ax, 0x4F02
    push bx
    int 0x10
    pop bx
    cmp ax, 0x004F
    mov al, '2'
    jne fail
    push bx
    mov ax, 0x4F03
    int 0x10
    pop ax
    cmp word [number], 0x6A     ; another name of 102h
    je .set
    xor bx, ax
    and bx, 0x3FFF
    mov al, '3'
    jnz fail
.set:
    cmp byte [MODEL], 6
    je .drawn_colours
    call palette
.drawn_colours:
    mov dword [place], 0
    mov dword [bank], -1
    mov word [line], 0
.line:
    mov ax, [line]
    test al, 15
    jnz .made
    call make_line
.made:
    cmp byte [MODEL], 3
    je .planes
    call copy_line
    jmp .copied
.planes:
    call plane_line
.copied:
    movzx eax, word [PITCH]
    add [place], eax
    inc word [line]
    mov ax, [line]
    cmp ax, [HEIGHT]
    jb .line

    mov dx, COM1
    mov al, 'D'
    out dx, al
    add dx, 5
.wait:
    in al, dx
    test al, 1
    jz .wait
    sub dx, 5
    in al, dx
    ret

; Colours 0 to 255 (of 16: the first ones, which the attribute controller is to give).
palette:
    cmp byte [MODEL], 3
    jne .dac
    mov bx, 0x0F0F
.attribute:
    mov ax, 0x1000
    int 0x10
    sub bx, 0x0101
    jnc .attribute
.dac:
    mov dx, 0x3C8
    xor al, al
    out dx, al
    inc dx
    xor cx, cx
.colour:
    mov al, cl
    and al, 7
    shl al, 3
    out dx, al
    mov al, cl
    and al, 0x38
    out dx, al
    mov al, cl
    shr al, 6
    shl al, 4
    out dx, al
    inc cl
    jnz .colour
    ret

; [line] at LINE:0, as the mode has its dots; of planes, a byte for eight dots.
make_line:
    push LINE
    pop es
    xor di, di
    mov ax, [line]
    shr ax, 4
    imul bx, ax, 5              ; the first tile's colour
    mov bh, 0
    xor cx, cx
.dot:
    mov ax, cx
    shr ax, 4
    add al, bl
    cmp byte [MODEL], 6
    je .direct
    stosb
    cmp byte [MODEL], 3
    jne .next
    add cx, 7
.next:
    inc cx
    cmp cx, [WIDTH]
    jb .dot
    push ds
    pop es
    ret
.direct:
    mov [colour], al
    movzx eax, byte [colour]
    and al, 7
    shl al, 5
    mov [red], al
    mov al, [colour]
    and al, 0x38
    shl al, 2
    mov [green], al
    mov al, [colour]
    and al, 0xC0
    mov [blue], al
    cmp byte [BITS], 24
    jae .bytes
    movzx eax, byte [red]
    shr eax, 3
    cmp byte [GREEN], 6
    je .six
    shl eax, 5
    movzx edx, byte [green]
    shr dl, 3
    jmp .blue
.six:
    shl eax, 6
    movzx edx, byte [green]
    shr dl, 2
.blue:
    or eax, edx
    shl eax, 5
    mov dl, [blue]
    shr dl, 3
    or al, dl
    stosw
    jmp .next
.bytes:
    mov al, [blue]
    stosb
    mov al, [green]
    stosb
    mov al, [red]
    stosb
    cmp byte [BITS], 32
    jne .next
    xor al, al
    stosb
    jmp .next

; CX bytes of the line to [place].
copy_line:
    movzx ax, byte [BITS]
    add ax, 7
    shr ax, 3
    mul word [WIDTH]
    mov cx, ax
    xor esi, esi
    cmp byte [way], 'L'
    je .linear
    mov eax, [place]
.part:
    call window                 ; DI = the offset
    mov dx, cx
    mov bp, di
    neg bp                      ; bytes that are left in the window; 0: all
    jz .all
    cmp dx, bp
    jbe .all
    mov dx, bp
.all:
    push cx
    mov cx, dx
    push LINE
    pop ds
    push 0xA000
    pop es
    rep movsb
    xor ax, ax
    mov ds, ax
    mov es, ax
    pop cx
    mov eax, [place]
    add eax, esi
    sub cx, dx
    jnz .part
    ret
.linear:
    cli
    call flat
    mov edi, [FRAME]
    add edi, [place]
    movzx ecx, cx
    push LINE
    pop ds
    a32 rep movsb
    xor ax, ax
    mov ds, ax
    mov es, ax
    sti
    ret

; Eight dots a byte, one plane after the other.
plane_line:
    push ds
    pop es
    mov bp, 4
    mov cx, 1
.plane:
    mov dx, 0x3C4
    mov al, 2
    mov ah, cl
    out dx, ax
    mov eax, [place]
    call window
    push 0xA000
    pop es
    push LINE
    pop fs
    xor si, si
.byte:
    mov al, [fs:si]
    test al, cl
    setz al
    dec al                      ; FFh: the bit is there
    stosb
    inc si
    test di, di                 ; the window's end, in mid-line
    jnz .inside
    movzx eax, si
    add eax, [place]
    call window
.inside:
    mov ax, si
    shl ax, 3
    cmp ax, [WIDTH]
    jb .byte
    shl cl, 1
    dec bp
    jnz .plane
    mov dx, 0x3C4
    mov ax, 0x0F02
    out dx, ax
    push ds
    pop es
    ret

; The window to where EAX lies: DI = the offset in it. Keeps CX, ESI.
window:
    movzx edi, ax
    shr eax, 16
    cmp eax, [bank]
    je .there
    mov [bank], eax
    push cx
    push esi
    push edi
    mov dx, 64
    mul dx                      ; in KB
    div word [GRANULARITY]
    mov dx, ax
    xor bx, bx
    mov ax, 0x4F05
    int 0x10
    pop edi
    pop esi
    pop cx
.there:
    ret
%endif

; ES over all of memory.
flat:
    pushf
    cli
    lgdt [gdt]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    mov bx, 8
    mov es, bx
    and al, 0xFE
    mov cr0, eax
    popf
    xor bx, bx
    mov es, bx
    ret
    align 8, db 0
gdt:
    dw 15
    dd gdt
    dw 0
    dw 0xFFFF, 0, 0x9200, 0x008F

number: dw 0
way:    db 0
line:   dw 0
place:  dd 0
bank:   dd 0
colour: db 0
red:    db 0
green:  db 0
blue:   db 0
    times 5 * 512 - ($ - $$) db 0
modes:
