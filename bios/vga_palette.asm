; Ferrite VGA BIOS: colours: CGA palettes (AH=0Bh), palette registers and DAC (AH=10h),
; and the DAC's contents for each mode.

; Write AH to register AL of the attribute controller, picture on. Destroys DX.
attr_write:
    call attr_reset
    mov dx, ATTR_PORT
    out dx, al
    xchg al, ah
    out dx, al
    xchg al, ah
    push ax
    mov al, 0x20                    ; hand the palette back to the picture
    out dx, al
    pop ax
    ret

; AH = register AL of the attribute controller. Destroys DX.
attr_read:
    call attr_reset
    push ax
    mov dx, ATTR_PORT
    out dx, al
    inc dx
    in al, dx
    mov ah, al
    push ax
    call attr_reset
    mov dx, ATTR_PORT
    mov al, 0x20
    out dx, al
    pop ax
    pop dx
    mov al, dl
    ret

; AH=0Bh: BH = 0: border (and in graphics background) colour BL; BH = 1: palette
; BL of the 320x200 modes with four colours.
set_colour:
    mov cl, [CGA_COLOUR]
    cmp bh, 1
    je .palette
    ja .out
    and cl, 0xE0
    mov al, bl
    and al, 0x1F
    or cl, al
    mov [CGA_COLOUR], cl
    mov ah, bl
    and ah, 7
    test bl, 8
    jz .dark
    or ah, 0x10                     ; bright, as the 200-line palettes count
.dark:
    mov al, 0x11
    call attr_write
    call kind
    jz .out
    mov al, 0
    call attr_write
    jmp .three
.palette:
    and cl, ~0x20 & 0xFF
    test bl, 1
    jz .store
    or cl, 0x20
.store:
    mov [CGA_COLOUR], cl
.three:
    ; Colours 1-3: green, red, brown or cyan, magenta, white; bit 4 makes them bright.
    call kind
    jz .out
    mov ah, 2
    test cl, 0x20
    jz .first
    inc ah
.first:
    test cl, 0x10
    jz .bright
    or ah, 0x10
.bright:
    mov al, 1
.next:
    call attr_write
    add ah, 2
    inc ax
    cmp al, 4
    jb .next
    call save_palette
.out:
    ret

palette_functions:
    dw set_one, set_border, set_all, set_blink
    dw no_function, no_function, no_function
    dw get_one, get_border, get_all
    times 6 dw no_function
    dw set_dac, no_function, set_dac_block, set_paging
    dw no_function, get_dac, no_function, get_dac_block
    dw set_mask, get_mask, get_paging, grey
.end:

; AH=10h, by AL.
palette:
    cmp al, (palette_functions.end - palette_functions) / 2
    jae .out
    movzx si, al
    shl si, 1
    jmp [cs:palette_functions + si]
.out:
    ret

set_one:                            ; AL=00h: register BL := BH
    cmp bl, 0x14
    ja .out
    mov al, bl
    mov ah, bh
    call attr_write
    call save_palette
.out:
    ret
set_border:                         ; AL=01h
    mov al, 0x11
    mov ah, bh
    call attr_write
    jmp save_palette
set_all:                            ; AL=02h: 16 registers and the border from ES:DX
    mov si, dx
    mov es, [bp + FR_ES]
    mov al, 0
.next:
    mov ah, [es:si]
    inc si
    call attr_write
    inc ax
    cmp al, 16
    jb .next
    mov al, 0x11
    mov ah, [es:si]
    call attr_write
    jmp save_palette
set_blink:                          ; AL=03h: attribute bit 7 is BL = 0 brightness, 1 blinking
    mov al, 0x10
    call attr_read
    and ah, ~8 & 0xFF
    and byte [CGA_MODE], ~0x20 & 0xFF
    test bl, 1
    jz .write
    or ah, 8
    or byte [CGA_MODE], 0x20
.write:
    jmp attr_write
get_one:                            ; AL=07h: BH := register BL
    cmp bl, 0x14
    ja .out
    mov al, bl
    call attr_read
    mov [bp + FR_BH], ah
.out:
    ret
get_border:                         ; AL=08h
    mov al, 0x11
    call attr_read
    mov [bp + FR_BH], ah
    ret
get_all:                            ; AL=09h
    mov di, dx
    mov es, [bp + FR_ES]
; ES:DI = room for the palette and, behind it, the border's colour. Destroys AX, DX, DI.
read_palette:
    mov al, 0
.next:
    call attr_read
    mov [es:di], ah
    inc di
    inc ax
    cmp al, 16
    jb .next
    mov al, 0x11
    call attr_read
    mov [es:di], ah
    ret

set_dac:                            ; AL=10h: colour BX := DH red, CH green, CL blue
    mov ah, dh
    mov dx, DAC_WRITE
    mov al, bl
    out dx, al
    inc dx
    mov al, ah
    out dx, al
    mov al, ch
    out dx, al
    mov al, cl
    out dx, al
    mov cx, 1
    jmp grey_if_asked
set_dac_block:                      ; AL=12h: CX colours from BX on, from ES:DX
    jcxz .out
    push cx
    mov si, dx
    mov es, [bp + FR_ES]
    mov dx, DAC_WRITE
    mov al, bl
    out dx, al
    inc dx
.next:
    mov al, [es:si]
    out dx, al
    mov al, [es:si + 1]
    out dx, al
    mov al, [es:si + 2]
    out dx, al
    add si, 3
    loop .next
    pop cx
grey_if_asked:                      ; AH=12h BL=33h: what is loaded into the DAC is made grey
    test byte [FLAGS], 2
    jnz grey
set_dac_block.out:
    ret
set_paging:                         ; AL=13h: BL=0: mode BH of colour select; BL=1: page BH
    cmp bl, 1
    ja .out
    mov al, 0x10
    je .page
    call attr_read
    shl bh, 7
    and ah, 0x7F
    or ah, bh
    jmp attr_write
.page:
    call attr_read
    test ah, 0x80
    jnz .small                      ; 16 pages of 16 colours
    shl bh, 2                       ; 4 pages of 64
.small:
    mov ah, bh
    and ah, 0x0F
    mov al, 0x14
    jmp attr_write
.out:
    ret
get_dac:                            ; AL=15h
    mov dx, DAC_READ
    mov al, bl
    out dx, al
    mov dx, DAC_DATA
    in al, dx
    mov [bp + FR_DH], al
    in al, dx
    mov [bp + FR_CH], al
    in al, dx
    mov [bp + FR_CL], al
    ret
get_dac_block:                      ; AL=17h
    jcxz .out
    mov di, dx
    mov es, [bp + FR_ES]
    mov dx, DAC_READ
    mov al, bl
    out dx, al
    mov dx, DAC_DATA
.next:
    in al, dx
    stosb
    in al, dx
    stosb
    in al, dx
    stosb
    loop .next
.out:
    ret
set_mask:                           ; AL=18h
    mov dx, DAC_MASK
    mov al, bl
    out dx, al
    ret
get_mask:                           ; AL=19h
    mov dx, DAC_MASK
    in al, dx
    mov [bp + FR_BL], al
    ret
get_paging:                         ; AL=1Ah: BL = mode, BH = page
    mov al, 0x10
    call attr_read
    mov bl, ah
    shr bl, 7
    mov al, 0x14
    call attr_read
    mov bh, ah
    and bh, 0x0F
    test bl, bl
    jnz .small
    shr bh, 2
.small:
    mov [bp + FR_BX], bx
    ret

; AL=1Bh: CX colours from BX on become grey: 30 % red, 59 % green, 11 % blue.
grey:
    jcxz .out
.next:
    mov dx, DAC_READ
    mov al, bl
    out dx, al
    mov dx, DAC_DATA
    in al, dx
    mov ah, 77
    mul ah
    mov si, ax
    in al, dx
    mov ah, 151
    mul ah
    add si, ax
    in al, dx
    mov ah, 28
    mul ah
    lea si, [si + 0x80]
    add si, ax
    mov dx, DAC_WRITE
    mov al, bl
    out dx, al
    inc dx
    mov ax, si
    mov al, ah
    out dx, al
    out dx, al
    out dx, al
    inc bx
    loop .next
.out:
    ret

; When a program gave 40:A8 a table with a place for it: keep the palette there.
save_palette:
    push es
    push di
    push ax
    push dx
    les di, [SAVE_PTR]
    les di, [es:di + 4]
    mov ax, es
    or ax, di
    jz .out
    call read_palette
    ; attr_read leaves the picture on; during a mode change it has to stay off,
    ; which is the sequencer's part (screen off).
.out:
    pop dx
    pop ax
    pop di
    pop es
    ret

; ------------------------------------------------------ colours of each mode
; The DAC's contents follow from rules; only the hues of mode 13h need numbers.
load_colours:
    test byte [FLAGS], 8
    jz .load
    ret
.load:
    push si
    mov dx, DAC_WRITE
    mov al, 0
    out dx, al
    inc dx                          ; DAC data from here on
    movzx bx, byte [MODE]
    mov cx, 64
    cmp bl, 0x13
    je colours_256
    cmp bl, 7
    je colours_mono
    cmp bl, 0x0F
    je colours_mono
    cmp byte [HEIGHT], 8            ; 200 lines, text or not: the CGA's 16 colours
    je colours_cga

    ; EGA: bits 5-3 are a third, bits 2-0 two thirds of red, green and blue.
    xor bx, bx
.ega:
    mov bh, 2
.component:
    push cx
    mov cl, bh
    mov al, bl
    shr al, cl
    pop cx
    mov ah, 0
    test al, 1
    jz .low
    mov ah, 0x2A
.low:
    test al, 8
    jz .high
    add ah, 0x15
.high:
    mov al, ah
    out dx, al
    dec bh
    jns .component
    inc bl
    loop .ega
    jmp colours_done

colours_mono:                       ; bits 4-3: black, grey, black, white
    xor bx, bx
.next:
    mov al, bl
    and ax, 0x18
    shr al, 3
    push bx
    mov bx, ax
    mov al, [cs:.level + bx]
    pop bx
    out dx, al
    out dx, al
    out dx, al
    inc bx
    loop .next
    jmp colours_done
.level:
    db 0, 0x2A, 0, 0x3F

colours_cga:                        ; bits 2-0 and the brightness in bit 4
    xor bx, bx
.next:
    mov al, bl
    and al, 7
    test bl, 0x10
    jz .dark
    or al, 8
.dark:
    call cga_colour
    inc bx
    loop .next
    jmp colours_done

; Write the colour AL (0-15, as a CGA counts) to the DAC. DX = DAC_DATA. Keeps BX, CX.
cga_colour:
    push bx
    push cx
    mov bl, al
    mov cx, 2
.component:                         ; red is bit 2, green bit 1, blue bit 0
    mov al, bl
    shr al, cl
    and al, 1
    neg al
    and al, 0x2A
    cmp cl, 1
    jne .plain
    cmp bl, 6                       ; dark yellow is made brown
    jne .plain
    mov al, 0x15
.plain:
    test bl, 8
    jz .dim
    add al, 0x15
.dim:
    out dx, al
    dec cx
    jns .component
    pop cx
    pop bx
    ret

; Mode 13h: the 16 CGA colours, 16 greys, then 24 hues in three saturations and
; three brightnesses, and eight times black.
colours_256:
    xor bx, bx
.first:
    mov al, bl
    call cga_colour
    inc bx
    cmp bl, 16
    jb .first
    xor bx, bx
.grey:
    mov al, [cs:greys + bx]
    out dx, al
    out dx, al
    out dx, al
    inc bx
    cmp bl, 16
    jb .grey
    mov si, levels
.set:
    mov di, hues
.hue:
    mov cx, 8
.component:                         ; red, green, blue: four bits each, from the top
    mov bx, [cs:di]
    shr bx, cl
    and bx, 15
    mov al, [cs:si + bx]
    out dx, al
    sub cx, 4
    jns .component
    add di, 2
    cmp di, hues.end
    jb .hue
    add si, 5
    cmp si, levels.end
    jb .set
    mov cx, 8 * 3
    mov al, 0
.black:
    out dx, al
    loop .black
colours_done:
    pop si
    xor bx, bx
    mov cx, 256
    push si
    call grey_if_asked
    pop si
    ret

greys:
    db 0, 5, 8, 11, 14, 17, 20, 24, 28, 32, 36, 40, 45, 50, 56, 63

; Each hue: how much (0-4) of red, green and blue, once around the circle from blue.
hues:
    dw 0x004, 0x104, 0x204, 0x304, 0x404, 0x403, 0x402, 0x401
    dw 0x400, 0x410, 0x420, 0x430, 0x440, 0x340, 0x240, 0x140
    dw 0x040, 0x041, 0x042, 0x043, 0x044, 0x034, 0x024, 0x014
.end:

; What 0-4 mean: bright, medium, dark, each full, half and a quarter saturated.
levels:
    db 0, 16, 31, 47, 63
    db 31, 39, 47, 55, 63
    db 45, 49, 54, 58, 63
    db 0, 7, 14, 21, 28
    db 14, 17, 21, 24, 28
    db 20, 22, 24, 26, 28
    db 0, 4, 8, 12, 16
    db 8, 10, 12, 14, 16
    db 11, 12, 13, 15, 16
.end:
