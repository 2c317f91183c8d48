; Ferrite VGA BIOS: what the VESA BIOS extension says of the adapter (4F00h) and of each
; mode (4F01h). See vga_vbe.asm.

; AL=00h: ES:DI = 512 bytes about the adapter (256 unless they say "VBE2").
vbe_info:
    mov es, [bp + FR_ES]
    mov di, [bp + FR_DI]
    mov ebx, [es:di]
    push di
    mov cx, 256 / 4
    cmp ebx, 'VBE2'
    jne .clear
    mov cx, 512 / 4
.clear:
    xor eax, eax
    rep stosd
    pop di
    mov dword [es:di], 'VESA'
    mov word [es:di + 4], 0x0200
    mov word [es:di + 6], vbe_name
    mov [es:di + 8], cs
    mov byte [es:di + 10], DAC_CAN_8
    mov al, DISPI_MEMORY
    call dispi_get
    mov [es:di + 0x12], ax
    lea ax, [di + 0x22]             ; the list of modes goes into the reserved part
    mov [es:di + 0x0E], ax
    mov [es:di + 0x10], es
    cmp ebx, 'VBE2'
    jne .list
    mov word [es:di + 0x14], 0x0100 ; software version
    mov word [es:di + 0x16], vbe_name
    mov [es:di + 0x18], cs
    mov word [es:di + 0x1A], vbe_product
    mov [es:di + 0x1C], cs
    mov word [es:di + 0x1E], vbe_product
    mov [es:di + 0x20], cs
.list:
    add di, 0x22
    mov si, vbe_modes
.mode:
    mov bx, [cs:si]
    cmp bx, 0xFFFF
    je .end
    push si
    call find_mode
    pop si
    jc .skip
    mov [es:di], bx
    add di, 2
.skip:
    add si, 8
    jmp .mode
.end:
    mov si, wide_modes
.text:
    cs movsw
    add si, WIDE_SIZE - 2
    cmp si, wide_modes.end
    jb .text
    mov word [es:di], 0xFFFF
    jmp vbe_ok

vbe_name:
    db 'Ferrite VGA', 0
vbe_product:
    db 'Ferrite', 0

; AL=01h: 256 bytes about mode CX to ES:DI.
vbe_mode_info:
    mov bx, cx
    and bx, 0x3FFF
    call wide_find
    jnc .there
    call find_mode
    jc vbe_failed
.there:
    mov es, [bp + FR_ES]
    mov di, [bp + FR_DI]
    push di
    mov cx, 256 / 4
    xor eax, eax
    rep stosd
    pop di
    cmp si, wide_modes
    jb .graphics
    cmp si, wide_modes.end
    jb wide_info
.graphics:
    mov word [es:di], 0x009B        ; supported, colour, graphics, framebuffer
    mov byte [es:di + 2], 7         ; window A: there, readable, writable
    mov word [es:di + 4], 64        ; granularity and size in KB
    mov word [es:di + 6], 64
    mov word [es:di + 8], 0xA000
    mov word [es:di + 0x0C], vbe_window_far
    mov [es:di + 0x0E], cs
    call line_bytes
    mov [es:di + 0x10], ax
    mov [es:di + 0x32], ax
    movzx ecx, word [cs:si + 4]
    mov [es:di + 0x14], cx
    imul ecx, eax                   ; bytes of a picture
    mov ax, [cs:si + 2]
    mov [es:di + 0x12], ax
    mov byte [es:di + 0x16], 8      ; character cell
    mov byte [es:di + 0x17], 16
    mov byte [es:di + 0x18], 1      ; planes
    mov byte [es:di + 0x1A], 1      ; banks
    mov byte [es:di + 0x1E], 1      ; reserved, must be 1
    mov bx, [cs:si + 6]
    mov [es:di + 0x19], bl
    cmp bl, 4
    jne .packed
    mov byte [es:di + 0x18], 4
    mov byte [es:di + 0x1B], 3      ; planar
    mov byte [es:di], 0x1B          ; no framebuffer
    shl ecx, 2
    jmp .pages
.packed:
    mov byte [es:di + 0x1B], 4      ; packed
    cmp bl, 8
    je .linear
    mov byte [es:di + 0x1B], 6      ; direct colour
    push si
    mov si, fields_15
    cmp bl, 15
    je .fields
    mov si, fields_16
    cmp bl, 16
    je .fields
    mov si, fields_24
    cmp bl, 24
    je .fields
    mov si, fields_32
.fields:
    push di
    push ecx
    add di, 0x1F
    mov cx, 8
    cs rep movsb
    sub di, 0x1F + 8
    push di
    add di, 0x36                    ; VBE 3 repeats them for the linear mode
    sub si, 8
    mov cx, 8
    cs rep movsb
    pop di
    pop ecx
    pop di
    pop si
.linear:
    push ecx
    call framebuffer
    pop ecx
    mov [es:di + 0x28], eax
    test eax, eax
    jnz .pages
    mov byte [es:di], 0x1B          ; no framebuffer
.pages:
    mov al, DISPI_MEMORY
    call dispi_get
    movzx eax, ax
    shl eax, 16
    xor edx, edx
    div ecx
    test eax, eax
    jz .one
    dec eax
.one:
    cmp eax, 255
    jbe .fits
    mov al, 255
.fits:
    mov [es:di + 0x1D], al          ; pictures that fit, less one
    mov [es:di + 0x34], al
    mov [es:di + 0x35], al
    jmp vbe_ok

; Size and position of red, green, blue and the rest.
fields_15:
    db 5, 10, 5, 5, 5, 0, 1, 15
fields_16:
    db 5, 11, 6, 5, 5, 0, 0, 0
fields_24:
    db 8, 16, 8, 8, 8, 0, 0, 0
fields_32:
    db 8, 16, 8, 8, 8, 0, 8, 24
