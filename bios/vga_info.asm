; Ferrite VGA BIOS: alternate select (AH=12h), display combination (1Ah), state
; information (1Bh).

; AH=12h, by BL. AL = 12h tells the caller that the function exists.
alternate:
    cmp bl, 0x10
    je .ega_info
    cmp bl, 0x20
    je .out                         ; Print Screen: the system BIOS knows any number of rows
    cmp bl, 0x30
    jb .out
    cmp bl, 0x36
    ja .out
    cmp al, 2
    ja .out
    movzx si, bl
    shl si, 1
    call [cs:.functions + si - 2 * 0x30]
.out:
    ret
.functions:
    dw scan_lines, palette_loading, video_access, grey_summing
    dw cursor_emulation, display_switch, refresh

.ega_info:                          ; BH = mono?, BL = memory, CH = feature bits, CL = switches
    mov al, 0
    test byte [CRTC], 0x40
    jnz .colour
    inc al
.colour:
    mov [bp + FR_BH], al
    mov byte [bp + FR_BL], 3        ; 256 KB
    mov al, [SWITCHES]
    mov ah, al
    shr ah, 4
    and al, 0x0F
    mov [bp + FR_CX], ax
    ret

alternate_done:
    mov byte [bp + FR_AL], 0x12
    ret

scan_lines:                         ; BL=30h: text from the next mode on: AL=0 200, 1 350, 2 400
    mov ah, 0x80
    cmp al, 1
    jb .set
    mov ah, 0x00
    je .set
    mov ah, 0x10
.set:
    and byte [FLAGS], ~0x90 & 0xFF
    or [FLAGS], ah
    jmp alternate_done

; Three switches in 40:89 and 40:87: AL=0 means on, 1 off.
palette_loading:                    ; BL=31h: bit 3 = do not load
    mov ah, 8
    jmp set_flag
grey_summing:                       ; BL=33h: bit 1 = do sum
    xor al, 1
    mov ah, 2
set_flag:
    cmp al, 1
    ja no_function
    not ah
    and [FLAGS], ah
    not ah
    test al, al
    jz alternate_done
    or [FLAGS], ah
    jmp alternate_done
cursor_emulation:                   ; BL=34h: 40:87 bit 0 = off
    cmp al, 1
    ja no_function
    and byte [INFO], ~1 & 0xFF
    or [INFO], al
    jmp alternate_done

video_access:                       ; BL=32h: does the adapter answer the processor?
    cmp al, 1
    ja no_function
    mov ah, al
    xor ah, 1
    shl ah, 1
    mov dx, MISC_READ
    in al, dx
    and al, ~2 & 0xFF
    or al, ah
    mov dx, MISC_WRITE
    out dx, al
    jmp alternate_done

display_switch:                     ; BL=35h: needs a second adapter on the board
    mov byte [bp + FR_AL], 0
    ret

refresh:                            ; BL=36h: AL=0 picture on, 1 off
    cmp al, 1
    ja no_function
    mov ah, al
    shl ah, 5
    mov dx, SEQ_PORT
    mov al, 1
    out dx, al
    inc dx
    in al, dx
    and al, ~0x20 & 0xFF
    or al, ah
    out dx, al
    jmp alternate_done

; AH=1Ah: AL=0 gets, AL=1 sets: BL = the active display, BH = the other one.
display_combination:
    cmp al, 1
    je .set
    ja .out
    call combination
    mov [bp + FR_BX], bx
.done:
    mov byte [bp + FR_AL], 0x1A
.out:
    ret
.set:
    call combination_table
    movzx cx, byte [es:di]
    add di, 4
    mov al, 0
.next:
    cmp bx, [es:di]
    je .found
    xchg bl, bh
    cmp bx, [es:di]
    xchg bl, bh
    je .found
    add di, 2
    inc ax
    loop .next
    jmp .done
.found:
    mov [DCC], al
    jmp .done

; ES:DI = table of display combinations, by way of 40:A8.
combination_table:
    les di, [SAVE_PTR]
    les di, [es:di + 16]
    les di, [es:di + 2]
    ret

; BL = active display, BH = the other one; FFFFh when unknown. A pair in the
; table is {one, other}; the one that fits the CRTC's ports is the active one.
combination:
    push ax
    push di
    push es
    call combination_table
    movzx bx, byte [DCC]
    cmp bl, [es:di]
    mov ax, 0xFFFF
    jae .out
    shl bx, 1
    mov ax, [es:di + bx + 4]
    cmp ah, 0
    je .out
    cmp al, 0
    je .swap
    ; Two displays: odd numbers but 1 are mono. Is a mono mode set?
    test al, 1
    setnz bl
    test byte [CRTC], 0x40
    setz bh
    cmp bl, bh
    je .out
.swap:
    xchg al, ah
.out:
    mov bx, ax
    pop es
    pop di
    pop ax
    ret

; AH=1Bh, BX=0: 64 bytes about the present state to ES:DI.
functionality:
    test bx, bx
    jnz no_function
    mov es, [bp + FR_ES]
    mov di, [bp + FR_DI]
    cld
    mov ax, static_functions
    stosw
    mov ax, cs
    stosw
    mov si, MODE                    ; 04h-21h: mode to CGA registers, as in the data area
    mov cx, CGA_COLOUR - MODE + 1
    rep movsb
    mov al, [ROWS]
    inc ax
    stosb                           ; 22h
    mov ax, [HEIGHT]
    stosw                           ; 23h
    call combination
    mov ax, bx
    stosw                           ; 25h, 26h
    movzx bx, byte [MODE]
    cmp bl, MODE_COUNT
    jae .unknown
    mov al, [cs:mode_colours + bx]
    mov ah, 0
    cmp bl, 0x13
    jne .colours
    mov ax, 256
.colours:
    stosw                           ; 27h: colours, 0 = mono
    mov al, [cs:mode_pages + bx]
    stosb                           ; 29h: pages
    mov al, 3                       ; 2Ah: scan lines: 0 200, 1 350, 2 400, 3 480
    cmp bl, 0x11
    je .lines
    cmp bl, 0x12
    je .lines
    mov al, 1
    cmp bl, 0x0F
    je .lines
    cmp bl, 0x10
    je .lines
    mov al, 0
    call kind
    mov al, 0
    jnz .lines
    test byte [FLAGS], 0x80
    jnz .lines
    mov al, [FLAGS]
    shr al, 4
    and al, 1
    inc ax
.lines:
    stosb
.fonts:
    mov dx, SEQ_PORT                ; 2Bh, 2Ch: the two fonts
    mov al, 3
    out dx, al
    inc dx
    in al, dx
    mov ah, al
    mov bl, al
    and al, 3
    shr bl, 2
    and bl, 4
    or al, bl
    stosb
    mov al, ah
    shr al, 2
    and al, 3
    shr ah, 3
    and ah, 4
    or al, ah
    stosb
    mov al, 1                       ; 2Dh: all modes on all monitors
    mov ah, [FLAGS]
    test ah, 2
    jz .no_grey
    or al, 2
.no_grey:
    test ah, 4
    jz .no_mono
    or al, 4
.no_mono:
    test ah, 8
    jz .loaded
    or al, 8
.loaded:
    test byte [INFO], 1
    jnz .no_emulation
    or al, 0x10
.no_emulation:
    test byte [CGA_MODE], 0x20
    jz .no_blink
    or al, 0x20
.no_blink:
    stosb
    xor ax, ax
    stosb                           ; 2Eh-30h
    stosw
    mov al, 3
    stosb                           ; 31h: 256 KB
    mov cx, 0x40 - 0x32
    mov al, 0
    rep stosb
    mov byte [bp + FR_AL], 0x1B
    ret
.unknown:
    xor ax, ax
    stosw
    stosw
    jmp .fonts

mode_colours:
    db 16, 16, 16, 16, 4, 4, 2, 0, 0, 0, 0, 0, 0, 16, 16, 0, 16, 2, 16, 0
mode_pages:
    db 8, 8, 8, 8, 1, 1, 1, 8, 0, 0, 0, 0, 0, 8, 4, 2, 2, 1, 1, 1
