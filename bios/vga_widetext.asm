; Ferrite VGA BIOS: VESA's text modes. They are mode 3 with other numbers in the CRT
; controller: 132 columns of 8 dots with the faster of the VGA's two clocks, 400 or 480
; lines with small characters.

; Number, columns, rows, lines of a character, CRTC 6, 7, 10h-12h, 15h, 16h
%macro WIDE 5-6+
    dw %1
    db %2, %3, %4
    db %5, %6
%endmacro
WIDE_SIZE   equ 12
wide_modes:
    WIDE 0x108, 80, 60, 8, V525, SYNC_480, BLANK_480
    WIDE 0x109, 132, 25, 16, V449, SYNC_400, BLANK_400
    WIDE 0x10A, 132, 43, 8, V449, 0x83, 0x85, 0x57, BLANK_350 ; 344 lines of 350
    WIDE 0x10B, 132, 50, 8, V449, SYNC_400, BLANK_400
    WIDE 0x10C, 132, 60, 8, V525, SYNC_480, BLANK_480
.end:
%if wide_modes.end - wide_modes != 5 * WIDE_SIZE
%error "an entry of wide_modes has another size"
%endif

; CRTC 0-5 of 132 columns: a line of 160 characters.
wide_line:
    db 0x9B, 0x83, 0x84, 0x9E, 0x8B, 0x16
wide_registers:
    db 0x06, 0x07, 0x10, 0x11, 0x12, 0x15, 0x16

; SI = entry of mode BX; carry: there is none.
wide_find:
    mov si, wide_modes
.next:
    cmp bx, [cs:si]
    je .found
    add si, WIDE_SIZE
    cmp si, wide_modes.end
    jb .next
    stc
    ret
.found:
    clc
    ret

; AX = bytes of a page of the entry SI.
wide_page:
    mov al, [cs:si + 2]
    mul byte [cs:si + 3]
    shl ax, 1
    add ax, 0xFF
    mov al, 0
    ret

; Register AL of the CRTC := AH, at [CRTC]. Destroys DX.
wide_crtc:
    mov dx, [CRTC]
    out dx, ax
    ret

; The mode of entry SI; BH bit 7: memory stays as it is.
wide_set:
    mov al, bh
    and al, 0x80
    or al, 3
    mov ah, 0
    push si
    int 0x10
    pop si
    mov dx, SEQ_PORT                ; held while clock and lines change
    mov ax, 0x0100
    out dx, ax
    mov dx, 0x3CC
    in al, dx
    and al, 0x33                    ; no clock, no polarity
    or al, 0x04                     ; 28 MHz
    mov ah, [cs:si + 6]             ; 3Eh: 525 lines
    cmp ah, 0x3E
    jne .few
    or al, 0xC0                     ; 480 lines
    jmp .clock
.few:
    or al, 0x40                     ; 400 lines
    cmp byte [cs:si + 9], 0x57
    jne .clock
    xor al, 0xC0                    ; 350 lines
.clock:
    mov dx, MISC_WRITE
    out dx, al
    mov ax, 0x0011                  ; registers 0-7 may be written
    call wide_crtc
    mov cx, 7
    mov bx, si
    xor di, di
.vertical:
    mov al, [cs:wide_registers + di]
    mov ah, [cs:bx + di + 5]
    cmp al, 0x11
    jne .write
    and ah, 0x7F
.write:
    call wide_crtc
    inc di
    loop .vertical
    mov ah, [cs:si + 4]             ; lines of a character, and bit 9 of the line compare
    dec ah
    or ah, 0x40
    mov al, 0x09
    call wide_crtc
    cmp byte [cs:si + 2], 132
    jne .lines_done
    xor di, di
.line:
    mov ax, di
    mov ah, [cs:wide_line + di]
    call wide_crtc
    inc di
    cmp di, 6
    jb .line
    mov ax, 132 / 2 << 8 | 0x13
    call wide_crtc
    mov dx, SEQ_PORT                ; eight dots a character
    mov ax, 0x0101
    out dx, ax
    call attr_reset
    mov dx, ATTR_PORT
    mov al, 0x33                    ; no panning; bit 5: the picture stays on
    out dx, al
    mov al, 0
    out dx, al
.lines_done:
    mov dx, SEQ_PORT
    mov ax, 0x0300
    out dx, ax

    movzx ax, byte [cs:si + 2]
    mov [COLS], ax
    mov al, [cs:si + 3]
    dec al
    mov [ROWS], al
    mov al, [cs:si + 4]
    mov [HEIGHT], ax
    call wide_page
    mov [PAGE_SIZE], ax
    cmp byte [HEIGHT], 8
    jne vbe_ok
    mov ax, 0x1102                  ; small characters
    mov bl, 0
    int 0x10
    mov ah, 0x01
    mov cx, 0x0607
    int 0x10
    jmp vbe_ok

; BX = number of the VESA text mode that is set, when it is mode 3 with other columns
; and rows; carry: it is none. Destroys AX, SI.
wide_present:
    cmp byte [MODE], 3
    jne .none
    mov si, wide_modes
.next:
    mov bx, [cs:si]
    mov al, [cs:si + 2]
    mov ah, [cs:si + 3]
    dec ah
    add si, WIDE_SIZE
    cmp al, [COLS]
    jne .other
    cmp ah, [ROWS]
    je .found
.other:
    cmp si, wide_modes.end
    jb .next
.none:
    stc
    ret
.found:
    clc
    ret

; AL=01h for the entry SI: ES:DI = 256 bytes, cleared.
wide_info:
    mov word [es:di], 0x000F        ; supported, by this BIOS' text functions, colour; text
    mov byte [es:di + 2], 7
    mov word [es:di + 4], 32
    mov word [es:di + 6], 32
    mov word [es:di + 8], 0xB800
    movzx ax, byte [cs:si + 2]
    mov [es:di + 0x12], ax
    shl ax, 1
    mov [es:di + 0x10], ax
    mov al, [cs:si + 3]
    mov ah, 0
    mov [es:di + 0x14], ax
    mov byte [es:di + 0x16], 8
    mov al, [cs:si + 4]
    mov [es:di + 0x17], al
    mov word [es:di + 0x18], 0x0404 ; planes, bits
    mov byte [es:di + 0x1A], 1
    call wide_page
    mov cx, ax
    mov ax, 0x8000
    xor dx, dx
    div cx
    dec al
    mov [es:di + 0x1D], al
    mov byte [es:di + 0x1E], 1
    jmp vbe_ok
