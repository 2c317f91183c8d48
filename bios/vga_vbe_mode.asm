; Ferrite VGA BIOS: setting a VESA mode (4F02h), and which one is set (4F03h). See
; vga_vbe.asm.

; AL=02h: BX = mode, bit 14: linear framebuffer, bit 15: leave memory as it is.
vbe_set_mode:
    mov ax, bx
    and bx, 0x3FFF
    cmp bx, 0x6A
    je .extended
    cmp bx, 0x100
    jae .extended
    cmp bx, 0x7F
    ja vbe_failed
    shr ax, 8
    and al, 0x80
    or al, bl
    cmp bl, MODE_COUNT
    jae vbe_failed
    mov ah, 0
    int 0x10
    jmp vbe_ok
.extended:
    push ax
    call wide_find
    pop ax
    mov bx, ax                      ; with its bits
    jnc wide_set
    and bx, 0x3FFF
    push ax
    call find_mode
    pop bx
    jc vbe_failed
    test bh, 0x40
    jz .there
    push cx
    push dx
    call framebuffer
    pop dx
    pop cx
    test eax, eax
    jz vbe_failed
.there:
    ; The standard registers as in mode 12h or 13h, then the interface over them.
    push si
    mov ax, 0x0092
    cmp word [cs:si + 6], 4
    je .base
    mov al, 0x93
.base:
    int 0x10
    pop si
    mov al, DISPI_ENABLE
    xor cx, cx
    call dispi_set
    mov al, DISPI_XRES
    mov cx, [cs:si + 2]
    call dispi_set
    mov al, DISPI_YRES
    mov cx, [cs:si + 4]
    call dispi_set
    mov al, DISPI_BPP
    mov cx, [cs:si + 6]
    call dispi_set
    mov cx, DISPI_ON
    test bh, 0x40
    jz .banked
    or cl, DISPI_LFB
.banked:
    test bh, 0x80
    jz .clear
    or cl, DISPI_KEEP
.clear:
    mov al, DISPI_ENABLE
    call dispi_set

    ; The data area: text functions work in planar modes, others have none.
    mov ax, [cs:si + 2]
    shr ax, 3
    mov [COLS], ax
    mov ax, [cs:si + 4]
    shr ax, 4
    dec ax
    mov [ROWS], al
    mov word [HEIGHT], 16
    mov word [PAGE_SIZE], 0
    and byte [INFO], 0x7F
    and bh, 0x80
    or [INFO], bh
    call show_pitch
    cmp word [cs:si + 6], 4
    jne .packed
    cmp word [cs:si], 0x6A
    jne vbe_ok
    mov byte [MODE], 0x6A
    jmp vbe_ok
.packed:
    mov byte [MODE], VBE_MODE_BYTE
    jmp vbe_ok

; CRTC register 13h says how far one line is from the next, as it does in the standard
; modes: programs take it from there. On this adapter nothing else comes of it. Destroys
; EAX, CX, DX.
show_pitch:
%ifndef CIRRUS
    mov al, DISPI_VWIDTH
    call dispi_get
    mov cx, ax
    mov al, DISPI_BPP
    call dispi_get
    xchg ax, cx
    movzx eax, ax
    mov dl, 1                       ; two bytes of a plane
    cmp cl, 4
    je .planes
    mov dl, 3                       ; eight bytes
.planes:
    push dx
    call bytes_of_dots
    pop cx
    shr eax, cl
    mov ah, al
    mov al, 0x13
    mov dx, [CRTC]
    out dx, ax
%endif
    ret

; AL=03h: BX = mode, with its bits.
vbe_get_mode:
    mov al, DISPI_ENABLE
    call dispi_get
    test al, DISPI_ON
    jz .standard
    mov bh, al                      ; framebuffer is bit 6 here and 14 there
    and bh, DISPI_LFB
    mov al, [INFO]                  ; (the interface's "keep" is of the last write
    and al, 0x80                    ; only, and AL=08h writes it)
    or bh, al
    mov bl, 0
    mov al, DISPI_XRES
    call dispi_get
    mov cx, ax
    mov al, DISPI_YRES
    call dispi_get
    mov di, ax
    mov al, DISPI_BPP
    call dispi_get
    mov si, vbe_modes
.next:
    cmp word [cs:si], 0xFFFF
    je .standard
    cmp cx, [cs:si + 2]
    jne .other
    cmp di, [cs:si + 4]
    jne .other
    cmp ax, [cs:si + 6]
    je .found
.other:
    add si, 8
    jmp .next
.found:
    or bx, [cs:si]
    jmp .done
.standard:
    call wide_present
    jnc .kept
    movzx bx, byte [MODE]
.kept:
    mov al, [INFO]
    and al, 0x80
    or bh, al
.done:
    mov [bp + FR_BX], bx
    jmp vbe_ok
