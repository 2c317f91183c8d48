; Page 5: the keyboard, from the interrupt to the character.
;
; A key that goes down or up makes the keyboard send a scan code (a number for its place,
; bit 7 set when it is released; some keys send E0h first). The keyboard controller raises
; IRQ 1, which arrives as INT 9. The BIOS reads the byte from port 60h, offers it to INT
; 15h function 4Fh, keeps track of the shift keys, translates by a table and puts scan
; code and ASCII into a small ring buffer. INT 16h hands them out.
;
; We hook INT 9 to count interrupts, and INT 15h to see every byte on its way; both go on
; to the BIOS. An interrupt handler that never reads port 60h cannot take a byte away.

LOG_SIZE        equ 32          ; scan codes shown; a power of two
KEYS_SHOWN      equ 8

; key ROW, COLUMN, WIDTH, SCAN CODE (E0xx: with prefix), 'label'
%macro key 5
    db %1, %2, %3
    db (%4 & 0x7F) | (%4 >> 8 ? 0x80 : 0)
    db %%end - %%label
%%label: db %5
%%end:
%endmacro

page_keyboard:
    frame 'KEYBOARD   from IRQ 1 to INT 16h', 'Press any keys   Esc: back to the menu'
    mov di, key_down            ; forget what an earlier visit saw
    mov cx, keyboard_state_end - key_down
    xor al, al
    push ds
    pop es
    rep stosb
    call hook_keyboard

    text 12, 2, YELLOW, 'Scan codes as they arrive (port 60h)'
    text 13, 2, GREEN, 'pressed'
    text 13, 11, RED, 'released'
    text 13, 21, CYAN, 'E0/E1 prefix'
    text 18, 2, YELLOW, 'Interrupts (IRQ 1):'
    text 19, 2, YELLOW, 'Shift state at 0040:0017:'
    text 12, 44, YELLOW, 'Keys from INT 16h, last one first'
    text 13, 44, DIM, 'AH: scan   AL: ASCII   character'
    text 21, 2, DIM, 'Lit: the key is down.'
    text 22, 2, DIM, 'Marked: its code has been seen.'

.redraw:
    mov byte [keyboard_changed], 0
    call draw_keyboard
    call draw_scan_codes
    call draw_shift_state
    call draw_keys_read
.wait:
    mov ah, 0x11                ; INT 16h function 11h: like 01h, with all 101 keys
    int 0x16
    jnz .key
    cmp byte [keyboard_changed], 0
    jne .redraw
    hlt
    jmp .wait
.key:
    mov ah, 0x10                ; function 10h: take it
    int 0x16
    mov si, keys_read + (KEYS_SHOWN - 1) * 2 - 1    ; move the list down
    lea di, [si + 2]
    push ds
    pop es
    mov cx, (KEYS_SHOWN - 1) * 2
    std
    rep movsb
    cld
    mov [keys_read], ax
    cmp ax, KEY_ESC
    jne .redraw
    jmp unhook_keyboard

; ---- the hooks -------------------------------------------------------------------------
hook_keyboard:
    push 0
    pop es
    cli
    mov eax, [es:0x09 * 4]
    mov [old_int9], eax
    mov word [es:0x09 * 4], count_irq1
    mov [es:0x09 * 4 + 2], cs
    mov eax, [es:0x15 * 4]
    mov [old_int15], eax
    mov word [es:0x15 * 4], watch_scan_codes
    mov [es:0x15 * 4 + 2], cs
    sti
    ret

unhook_keyboard:
    push 0
    pop es
    cli
    mov eax, [old_int9]
    mov [es:0x09 * 4], eax
    mov eax, [old_int15]
    mov [es:0x15 * 4], eax
    sti
    ret

; INT 9. In an interrupt only CS is known, so everything is addressed through it.
count_irq1:
    inc dword [cs:irq1_count]
    mov byte [cs:keyboard_changed], 1
    jmp far [cs:old_int9]

; INT 15h. Function 4Fh: AL is a scan code; carry set on return means "handle it".
watch_scan_codes:
    cmp ah, 0x4F
    jne .go_on
    push ax
    push bx
    push ds
    push cs
    pop ds
    mov bx, [log_count]
    and bx, LOG_SIZE - 1
    mov [scan_log + bx], al
    inc word [log_count]
    cmp al, 0xE0
    jne .not_prefix
    mov byte [prefix_seen], 0x80
    jmp .logged
.not_prefix:
    mov bl, al
    and bx, 0x7F
    or bl, [prefix_seen]
    mov byte [prefix_seen], 0
    test al, 0x80
    setz [key_down + bx]
    mov byte [key_seen + bx], 1
.logged:
    pop ds
    pop bx
    pop ax
.go_on:
    jmp far [cs:old_int15]

; ---- what is shown ---------------------------------------------------------------------
draw_keyboard:
    mov si, key_table
.next:
    lodsb                       ; row; FFh ends the table
    cmp al, 0xFF
    je .done
    movzx di, al
    imul di, di, COLUMNS * 2
    lodsb
    movzx bx, al
    shl bx, 1
    add di, bx
    add di, AT(3, 3)
    lodsb
    movzx cx, al                ; width
    lodsb
    movzx bx, al                ; scan code, bit 7: with prefix
    mov ah, 0x17                ; idle: grey on blue
    cmp byte [key_seen + bx], 0
    je .not_seen
    mov ah, 0x30                ; seen before: black on cyan
.not_seen:
    cmp byte [key_down + bx], 0
    je .up
    mov ah, 0x6F                ; down: white on brown
.up:
    push di
    push cx
    call put_blank
    pop cx
    pop di
    lodsb
    movzx dx, al                ; label
    sub cx, dx
    shr cx, 1                   ; in the middle of the key
    shl cx, 1
    add di, cx
    mov cx, dx
.label:
    lodsb
    call put_char
    loop .label
    jmp .next
.done:
    ret

; The newest codes, in the order in which they came.
draw_scan_codes:
    mov bx, [log_count]
    xor dx, dx
    cmp bx, LOG_SIZE
    jbe .start_known
    mov dx, bx
    sub dx, LOG_SIZE
.start_known:
    mov si, dx
    mov di, AT(14, 2)
    xor ch, ch                  ; CH: codes on this row
.next:
    cmp si, bx
    jae .done
    push bx
    mov bx, si
    and bx, LOG_SIZE - 1
    movzx edx, byte [scan_log + bx]
    pop bx
    mov ah, CYAN
    mov al, dl
    and al, 0xFE
    cmp al, 0xE0                ; E0 or E1
    je .colour_known
    mov ah, GREEN
    test dl, 0x80
    jz .colour_known
    mov ah, RED
.colour_known:
    mov cl, 2
    call put_hex
    mov al, ' '
    call put_char
    inc si
    inc ch
    cmp ch, LOG_SIZE / 3
    jb .next
    xor ch, ch
    add di, COLUMNS * 2 - LOG_SIZE / 3 * 3 * 2
    jmp .next
.done:
    ret

draw_shift_state:
    mov di, AT(18, 28)
    mov ah, BRIGHT
    mov edx, [irq1_count]
    mov cl, 0
    call put_decimal
    push BDA
    pop es
    mov al, [es:BDA_SHIFT]
    push ax
    mov di, AT(19, 28)
    mov ah, BRIGHT
    call put_binary
    pop dx
    mov si, .names
    mov di, AT(10, 3)
.next:
    mov ah, 0x08                ; off: dark
    shl dl, 1
    jnc .off
    mov ah, 0x2F                ; on: white on green
.off:
    call put_string
    add di, 2
    cmp byte [si], 0xFF
    jne .next
    ret
section .data
.names: db ' Insert ', 0, ' Caps Lock ', 0, ' Num Lock ', 0, ' Scroll ', 0
        db ' Alt ', 0, ' Ctrl ', 0, ' L Shift ', 0, ' R Shift ', 0, 0xFF
section .text

draw_keys_read:
    mov si, keys_read
    mov di, AT(14, 44)
    mov bp, KEYS_SHOWN
.next:
    cmp word [si], 0
    je .done
    push di
    mov ah, BRIGHT
    mov cl, 2
    movzx edx, byte [si + 1]
    call put_hex
    add di, 9 * 2
    movzx edx, byte [si]
    call put_hex
    add di, 10 * 2
    mov ah, GREEN
    mov al, dl
    test al, al
    jnz .character
    mov al, ' '
.character:
    call put_char
    pop di
    add di, COLUMNS * 2
    add si, 2
    dec bp
    jnz .next
.done:
    ret

; ---- the keyboard: 101 keys, their place on the screen and their scan codes ------------
section .data
key_table:
    key 0,  0, 3, 0x01, 'Esc'
%assign column 6
%assign code 0x3B
%rep 4
    key 0, column, 2, code, {'F', code - 0x3B + '1'}
%assign column column + 3
%assign code code + 1
%endrep
%assign column 19
%rep 4
    key 0, column, 2, code, {'F', code - 0x3B + '1'}
%assign column column + 3
%assign code code + 1
%endrep
    key 0, 32, 2, 0x43, 'F9'
    key 0, 35, 3, 0x44, '10'
    key 0, 39, 3, 0x57, '11'
    key 0, 43, 3, 0x58, '12'
    key 0, 48, 3, 0xE037, 'Prt'
    key 0, 52, 3, 0x46, 'Scr'
    key 0, 56, 3, 0x45 | 0xE000, 'Pau'

    key 1,  0, 2, 0x29, '`'
%assign column 3
%assign code 2
%rep 9
    key 1, column, 2, code, {code - 1 + '0'}
%assign column column + 3
%assign code code + 1
%endrep
    key 1, 30, 2, 0x0B, '0'
    key 1, 33, 2, 0x0C, '-'
    key 1, 36, 2, 0x0D, '='
    key 1, 39, 7, 0x0E, 'Back'
    key 1, 48, 3, 0xE052, 'Ins'
    key 1, 52, 3, 0xE047, 'Hom'
    key 1, 56, 3, 0xE049, 'PgU'
    key 1, 61, 3, 0x45, 'Num'
    key 1, 65, 2, 0xE035, '/'
    key 1, 68, 2, 0x37, '*'
    key 1, 71, 2, 0x4A, '-'

    key 2,  0, 4, 0x0F, 'Tab'
    key 2,  5, 2, 0x10, 'Q'
    key 2,  8, 2, 0x11, 'W'
    key 2, 11, 2, 0x12, 'E'
    key 2, 14, 2, 0x13, 'R'
    key 2, 17, 2, 0x14, 'T'
    key 2, 20, 2, 0x15, 'Y'
    key 2, 23, 2, 0x16, 'U'
    key 2, 26, 2, 0x17, 'I'
    key 2, 29, 2, 0x18, 'O'
    key 2, 32, 2, 0x19, 'P'
    key 2, 35, 2, 0x1A, '['
    key 2, 38, 2, 0x1B, ']'
    key 2, 41, 5, 0x2B, '\'
    key 2, 48, 3, 0xE053, 'Del'
    key 2, 52, 3, 0xE04F, 'End'
    key 2, 56, 3, 0xE051, 'PgD'
    key 2, 61, 3, 0x47, '7'
    key 2, 65, 2, 0x48, '8'
    key 2, 68, 2, 0x49, '9'
    key 2, 71, 2, 0x4E, '+'

    key 3,  0, 5, 0x3A, 'Caps'
    key 3,  6, 2, 0x1E, 'A'
    key 3,  9, 2, 0x1F, 'S'
    key 3, 12, 2, 0x20, 'D'
    key 3, 15, 2, 0x21, 'F'
    key 3, 18, 2, 0x22, 'G'
    key 3, 21, 2, 0x23, 'H'
    key 3, 24, 2, 0x24, 'J'
    key 3, 27, 2, 0x25, 'K'
    key 3, 30, 2, 0x26, 'L'
    key 3, 33, 2, 0x27, ';'
    key 3, 36, 2, 0x28, "'"
    key 3, 39, 7, 0x1C, 'Enter'
    key 3, 61, 3, 0x4B, '4'
    key 3, 65, 2, 0x4C, '5'
    key 3, 68, 2, 0x4D, '6'

    key 4,  0, 7, 0x2A, 'Shift'
    key 4,  8, 2, 0x2C, 'Z'
    key 4, 11, 2, 0x2D, 'X'
    key 4, 14, 2, 0x2E, 'C'
    key 4, 17, 2, 0x2F, 'V'
    key 4, 20, 2, 0x30, 'B'
    key 4, 23, 2, 0x31, 'N'
    key 4, 26, 2, 0x32, 'M'
    key 4, 29, 2, 0x33, ','
    key 4, 32, 2, 0x34, '.'
    key 4, 35, 2, 0x35, '/'
    key 4, 38, 8, 0x36, 'Shift'
    key 4, 52, 3, 0xE048, 0x18
    key 4, 61, 3, 0x4F, '1'
    key 4, 65, 2, 0x50, '2'
    key 4, 68, 2, 0x51, '3'
    key 4, 71, 2, 0xE01C, 0x11

    key 5,  0, 5, 0x1D, 'Ctrl'
    key 5,  6, 4, 0xE05B, 'Win'
    key 5, 11, 4, 0x38, 'Alt'
    key 5, 16, 17, 0x39, 'Space'
    key 5, 34, 4, 0xE038, 'Alt'
    key 5, 39, 7, 0xE01D, 'Ctrl'
    key 5, 48, 3, 0xE04B, 0x1B
    key 5, 52, 3, 0xE050, 0x19
    key 5, 56, 3, 0xE04D, 0x1A
    key 5, 61, 6, 0x52, '0'
    key 5, 68, 2, 0x53, '.'
    db 0xFF

section .bss
old_int9:         resd 1
old_int15:        resd 1
key_down:         resb 256      ; from here on: cleared when the page opens
key_seen:         resb 256
scan_log:         resb LOG_SIZE
keys_read:        resw KEYS_SHOWN
log_count:        resw 1
irq1_count:       resd 1
prefix_seen:      resb 1
keyboard_changed: resb 1
keyboard_state_end:
section .text
