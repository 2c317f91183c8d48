; MOUSE.COM: the calls of INT 33h, tried and checked (mouse.sh loads the driver and moves the mouse).
; Each thing that is not as it should be is a line on the debug console (port E9h) with the address
; behind the check (nasm -l lists them, less 100h); the last line is END.
;
; What the person with the mouse is to do is said at the first serial port, a word a line; the script
; waits for it. MOUSE R: there is a mouse that moves only (-no-vmport); N: without a wheel.

    cpu 386
    bits 16
    org 0x100

    jmp start

%macro at_fault 1               ; the condition under which all is well
    j%1 %%well
    call fault
%%well:
%endmacro
%macro same 2
    cmp %1, %2
    at_fault e
%endmacro
%macro mouse 1
    mov ax, %1
    int 0x33
%endmacro
; Say this word, and wait for an event at the handler; or until a second has passed.
%macro ask 1
    mov si, %%word
    call say_and_wait
    jmp %%behind
%%word: db %1, 10, 0
%%behind:
%endmacro

%include "fault.inc"

start:
    cld
    mov si, 0x81
.argument:
    lodsb
    cmp al, ' '
    je .argument
    cmp al, 'R'
    jne .wheel
    inc byte [relative]
    lodsb
.wheel:
    cmp al, 'N'
    je .none
    inc byte [wheel]
.none:
    mov ax, 3
    int 0x10
    call settings
    call buttons_unused
    call handlers
    call states
    call text_cursor
    call graphics
    call modes
    call movement
    mouse 0                     ; nobody is called any more
    mov ax, 3
    int 0x10
    mov si, text_end
    call say
    mov si, text_end
.end:
    lodsb
    or al, al
    jz .exit
    out 0xE9, al
    jmp .end
.exit:
    mov ax, 0x4C00
    int 0x21

; ---- ranges, places, settings ----------------------------------------------------------
settings:
    mouse 0
    same ax, 0xFFFF
    same bx, 3
    mouse 0x21
    same ax, 0xFFFF
    same bx, 3
    mouse 0x24
    same bx, 0x0820
    same ch, 4
    mov bx, 99
    mouse 0x23
    same bx, 0
    mouse 0x31                  ; the whole screen, 640 by 200 places
    same ax, 0
    same bx, 0
    same cx, 639
    same dx, 199
    mouse 0x26
    same bx, 0
    same cx, 639
    same dx, 199
    mouse 3
    same bx, 0
    same cx, 320
    same dx, 96                 ; whole rows
    mov cx, 77
    mov dx, 155
    mouse 4
    mouse 3
    same cx, 72
    same dx, 152
    mov cx, 500                 ; the wrong way round
    mov dx, 100
    mouse 7
    mov cx, 10
    mov dx, 50
    mouse 8
    mouse 0x31
    same ax, 100
    same cx, 500
    same bx, 10
    same dx, 50
    mouse 3                     ; it was moved into it
    same cx, 96
    same dx, 48
    mov cx, 9999
    mov dx, -5
    mouse 4
    mouse 3
    same cx, 496
    same dx, 8
    mouse 0x2A
    same ax, -1
    same bx, 0
    same cx, 0
    same dx, 4
    mouse 1
    mouse 0x2A
    same ax, 0
    mouse 1                     ; more than shown it cannot be
    mouse 2
    mouse 2
    mouse 0x2A
    same ax, -2
    mouse 0x1B
    same bx, 50
    same cx, 50
    same dx, 64
    mov bx, 20
    mov cx, 200
    mov dx, 99
    mouse 0x1A
    mouse 0x1B
    same bx, 20
    same cx, 100
    same dx, 99
    mov dx, 0
    mouse 0x13
    mouse 0x1B
    same dx, 64
    mouse 0x1E
    same bx, 0
    mov bx, 2
    mouse 0x1D
    mouse 0x1E
    same bx, 2
    mouse 0x0B
    same cx, 0
    same dx, 0
    mouse 0x11
    same ax, 0x574D
    same cl, [wheel]
    mouse 0x30                  ; what there is not leaves all as it is
    same ax, 0x30
    mouse 0x25
    same ax, 0x4001
    same dx, 0
    mov cx, 0x13                ; modes, by the driver
    mouse 0x28
    same cx, 0
    mouse 0x25
    same ax, 0x6001
    mouse 0x26
    same cx, 639
    same dx, 199
    mov cx, 0x4F
    mouse 0x28
    same cx, 0x4F
    mov cx, 3
    mouse 0x28
    same cx, 0
    mov cx, 0
    mov si, 0
.modes:
    inc si
    mouse 0x29
    or cx, cx
    jnz .modes
    same si, 15
    mouse 0x7FFF
    same ax, 0x7FFF
    mouse 0x32
    same ax, 0xFFEF
    call profiles_of_speed
    mouse 0x6D
    same word [es:di], 0x2008
    push ds
    pop es
    mouse 0x1F                  ; off and on
    same ax, 0x1F
    mov ax, es
    mov cx, cs
    cmp ax, cx
    at_fault ne
    push ds
    pop es
    mouse 0x26
    same bx, -1
    mouse 0x20
    same ax, 0x20
    mouse 0x26
    same bx, 0
    mouse 0x2F
    same ax, 0xFFFF
    ret

; 2Bh to 2Eh, 33h, 34h: four buffer, which can be read, loaded and named.
profiles_of_speed:
    mouse 0x2C
    same ax, 0
    same bx, 4
    same byte [es:si + 3], 1
    same byte [es:si + 4 + 3 * 32 + 1], 0x7F
    same byte [es:si + 0x84 + 3 * 32], 0x10
    same byte [es:si + 0x104], 'S'
    push ds                     ; a copy to change
    push es
    pop ds
    push cs
    pop es
    mov di, buffer
    mov cx, 324
    rep movsb
    pop ds
    push cs
    pop es
    mov byte [buffer + 1], 2    ; the second: twice as far from 50 counts on
    mov word [buffer + 4 + 32], 50 << 8
    mov word [buffer + 0x84 + 32], 0x2010
    mov byte [buffer], 200      ; and a length that cannot be
    mov si, buffer
    mov bx, 5
    mouse 0x2B
    same ax, 0xFFFF
    mov bx, 2
    mouse 0x2B
    same ax, 0
    mouse 0x2C
    same bx, 2
    same byte [es:si], 32
    same byte [es:si + 4 + 32 + 1], 50
    mov bx, 3
    mouse 0x2D
    same ax, 0
    same bx, 3
    same word [es:si], 'Fa'
    mov bx, 0
    mouse 0x2D
    same ax, 0xFFFE
    mov bx, -1
    mouse 0x2D
    same bx, 3
    push ds
    pop es
    mov si, buffer
    mov byte [si], 'X'
    mov bl, 0
    mouse 0x2E
    same ax, 0
    mov bx, 1
    mouse 0x2D
    same byte [es:si], 'X'
    push ds
    pop es
    mov si, buffer
    mov bl, 1
    mouse 0x2E
    same byte [buffer], 'S'
    mov bx, 1
    mouse 0x2D
    same byte [es:si], 'S'
    push ds
    pop es
    mov cx, 0
    mouse 0x33
    same ax, 0
    same cx, 0x159
    mov dx, buffer
    mov byte [buffer + 6], 0x55
    mov cx, 6
    mouse 0x33
    same cx, 6
    mouse 0x1B
    same bl, [buffer + 2]
    same cl, [buffer + 3]
    same byte [buffer + 5], 1   ; the curve that counts
    same byte [buffer + 6], 0x55
    mov dx, buffer
    mov cx, 0x400
    mouse 0x33
    same cx, 0x159
    same byte [buffer + 0x10 + 1], 2
    same byte [buffer + 0x154], 0
    mouse 0x34
    same ax, 0
    mov di, dx
    same byte [es:di], 0        ; no file
    push ds
    pop es
    mov bx, -1
    mouse 0x2B
    same ax, 0
    mouse 0x2C
    same bx, 4
    same byte [es:si + 1], 4
    push ds
    pop es
    ret

buttons_unused:
    mouse 0
    mov si, 5
.next:
    dec si
    mov bx, si
    mouse 5
    same ax, 0
    same bx, 0
    mov bx, si
    mouse 6
    same ax, 0
    same bx, 0
    or si, si
    jnz .next
    mov bx, 5                   ; none
    mouse 5
    same bx, 0
    mov bx, -1                  ; the wheel, for who has not asked for it
    mouse 6
    same bx, 0
    ret

; ---- handlers, without an event --------------------------------------------------------
handlers:
    mouse 0
    push ds
    pop es
    mov cx, 0x7F
    mov dx, on_event
    mouse 0x0C
    mov cx, 3
    mov dx, on_other
    mouse 0x14
    same cx, 0x7F
    same dx, on_event
    mov ax, es
    mov bx, cs
    same ax, bx
    mov cx, 0x0003              ; no keys
    mov dx, on_other
    mouse 0x18
    same ax, 0xFFFF
    mov bp, 3                   ; three of them
    mov cx, 0x21
.next:
    push cs
    pop es
    mov dx, on_other
    mouse 0x18
    same ax, 0x18
    add cx, 0x20
    dec bp
    jnz .next
    mouse 0x18
    same ax, 0xFFFF
    mov cx, 0x40
    mouse 0x19
    same ax, 0x19
    same cx, 0x41
    same dx, on_other
    mov ax, cs
    same bx, ax
    mov cx, 0xE0
    mouse 0x19
    same ax, 0xFFFF
    same cx, 0
    mov cx, 0x40                ; given up
    mouse 0x18
    same ax, 0x18
    mov cx, 0x40
    mouse 0x19
    same ax, 0xFFFF
    mouse 0
    mov cx, 0x20                ; a reset forgets them
    mouse 0x19
    same ax, 0xFFFF
    ret

; ---- 15h to 17h ------------------------------------------------------------------------
states:
    mouse 0
    mov cx, 40
    mov dx, 80
    mouse 4
    mouse 0x15
    cmp bx, 16
    at_fault a
    cmp bx, 2000
    at_fault b
    push ds
    pop es
    mov dx, buffer
    mouse 0x16
    mov cx, 0
    mov dx, 20
    mouse 7
    mov cx, 5
    mov dx, 3
    mouse 0x0F
    mov dx, buffer
    mouse 0x17
    mouse 0x31
    same ax, 0
    same cx, 639
    mouse 3
    same cx, 40
    same dx, 80
    mouse 0x15                  ; what is no state must do no harm
    mov cx, bx
    mov di, buffer
    xor al, al
    rep stosb
    mov dx, buffer
    mouse 0x17
    mouse 3
    mouse 0
    same ax, 0xFFFF
    ret

; ---- the text cursor -------------------------------------------------------------------
%macro cell 3                   ; column, row, what is there
    mov di, (%2 * 80 + %1) * 2
    same word [es:di], %3
%endmacro

text_cursor:
    mouse 0
    mov ax, 0xB800
    mov es, ax
    xor di, di
    mov ax, 0x1F41
    mov cx, 80 * 25
    rep stosw
    mov cx, 10 * 8
    mov dx, 5 * 8
    mouse 4
    cell 10, 5, 0x1F41
    mouse 1
    cell 10, 5, 0x6841
    mov cx, 11 * 8 + 3
    mouse 4
    cell 10, 5, 0x1F41
    cell 11, 5, 0x6841
    mouse 2
    cell 11, 5, 0x1F41
    mouse 1
    mov word [es:(5 * 80 + 11) * 2], 0x4E42 ; a program writes over it
    mouse 2
    cell 11, 5, 0x4E42
    mov bx, 0                   ; a letter of its own
    mov cx, 0xFF00
    mov dx, 0x0058
    mouse 0x0A
    mouse 1
    cell 11, 5, 0x4E58
    mouse 2
    cell 11, 5, 0x4E42
    ; The area without it.
    mouse 1
    push es
    mov cx, 8 * 8
    mov dx, 4 * 8
    mov si, 20 * 8
    mov di, 10 * 8
    mouse 0x10
    pop es
    cell 11, 5, 0x4E42
    mov cx, 21 * 8
    mov dx, 5 * 8
    mouse 4
    cell 21, 5, 0x1F58
    mov cx, 20 * 8
    mov dx, 10 * 8
    mouse 4
    cell 21, 5, 0x1F41
    cell 20, 10, 0x1F41
    mov cx, 20 * 8
    mov dx, 11 * 8
    mouse 4
    cell 20, 11, 0x1F58
    mov cx, 20 * 8
    mov dx, 10 * 8
    mouse 4
    mouse 1                     ; which is over now
    cell 20, 10, 0x1F58
    mouse 2
    cell 20, 10, 0x1F41
    ; The hardware's.
    mov bx, 1
    mov cx, 2
    mov dx, 5
    mouse 0x0A
    mouse 1
    cell 20, 10, 0x1F41
    call crtc_cursor
    same bx, 10 * 80 + 20
    mov cx, 0
    mov dx, 0
    mouse 4
    call crtc_cursor
    same bx, 0
    ; A mode hides it, and a reset shows nothing.
    mouse 0
    mouse 1
    mov ax, 1
    int 0x10
    mouse 0x2A
    same ax, -1
    mouse 3                     ; 40 columns, 16 places each
    same cx, 320
    mov cx, 39 * 16 + 5
    mov dx, 24 * 8
    mouse 4
    mouse 3
    same cx, 39 * 16
    mouse 1
    mov di, (24 * 40 + 39) * 2
    same word [es:di], 0x7020
    ; 50 rows.
    mov ax, 3
    int 0x10
    mov ax, 0x1112
    mov bl, 0
    int 0x10
    mouse 0x31
    same dx, 399
    ; Another page.
    mov ax, 3
    int 0x10
    mouse 0
    mov bx, 1
    mouse 0x1D
    mov cx, 0
    mov dx, 0
    mouse 4
    mouse 1
    same word [es:0], 0x0720
    same word [es:0x1000], 0x7020
    mouse 2
    same word [es:0x1000], 0x0720
    push ds
    pop es
    ret

; BX = where the CRTC has its cursor.
crtc_cursor:
    mov dx, 0x3D4
    mov al, 0x0E
    out dx, al
    inc dx
    in al, dx
    mov bh, al
    dec dx
    mov al, 0x0F
    out dx, al
    inc dx
    in al, dx
    mov bl, al
    ret

; ---- cursors in graphics ---------------------------------------------------------------
; Each mode is filled with a pattern, the cursor shown in the middle and at all corners: some of the
; picture must change, and when it is hidden all must be as before. Then the masks, bit by bit.
graphics:
    mov si, graphics_modes
.mode:
    lodsb
    cmp al, 0xFF
    je masks
    mov [mode], al
    xor ah, ah
    int 0x10
    push si
    call set_planes
    call picture
    mouse 0
    mov bx, 0
    mov cx, 0
    mov dx, shape_flip
    mouse 9
    mov si, corners
.corner:
    lodsw
    cmp ax, -1
    je .done
    mov cx, ax
    lodsw
    mov dx, ax
    push si
    call checksum
    push eax
    mouse 4
    mouse 1
    call checksum
    pop edx
    cmp eax, edx
    at_fault ne
    push edx
    mouse 2
    call checksum
    pop edx
    same eax, edx
    pop si
    jmp .corner
.done:
    pop si
    jmp .mode

; EAX = of what is in the picture's memory, all planes.
checksum:
    push cx
    push dx
    push si
    push ds
    mov ax, 0xA000
    cmp byte [mode], 6
    ja .segment
    mov ax, 0xB800
.segment:
    mov bl, [mode]
    mov ds, ax
    xor edx, edx
    mov ecx, 0x0300             ; plane 3 first, where there are such
    cmp bl, 0x0D
    jb .one
    cmp bl, 0x12
    jbe .plane
.one:
    xor ch, ch
.plane:
    push dx
    mov dx, 0x3CE
    mov al, 4
    mov ah, ch
    cmp bl, 0x0D
    jb .no_planes
    out dx, ax
.no_planes:
    pop dx
    xor si, si
    push cx
    mov cx, 0x4000 / 4
    cmp bl, 6
    jbe .sum
    mov cx, 0xFA00 / 4
.sum:
    lodsd
    rol edx, 5
    add edx, eax
    loop .sum
    pop cx
    dec ch
    jns .plane
    pop ds
    mov eax, edx
    pop si
    pop dx
    pop cx
    ret

; All planes are written to, by write mode 0.
set_planes:
    mov dx, 0x3C4
    mov ax, 0x0F02
    out dx, ax
    ret

picture:
    mov ax, 0xA000
    cmp byte [mode], 6
    ja .segment
    mov ax, 0xB800
.segment:
    mov es, ax
    xor di, di
    mov cx, 0x4000
    cmp byte [mode], 6
    jbe .byte
    mov cx, 0xFA00
.byte:
    mov ax, di
    xor al, ah
    imul ax, ax, 37
    stosb
    loop .byte
    push ds
    pop es
    ret

masks:
    ; 13h: clears, flips, leaves.
    mov ax, 0x13
    int 0x10
    push ds
    pop es
    mouse 0
    mov bx, 3
    mov cx, 2
    mov dx, shape
    mouse 9
    mouse 0x2A
    same bx, 3
    same cx, 2
    mov ax, 0xA000
    mov es, ax
    xor di, di
    mov ax, 0x0303
    mov cx, 32000
    rep stosw
    mov cx, 200 * 2
    mov dx, 100
    mouse 4
    mouse 1
    mov di, (100 - 2) * 320 + 200 - 3
    same byte [es:di - 1], 3
    same byte [es:di], 0        ; AND 0 XOR 0
    same byte [es:di + 1], 15   ; AND 0 XOR 1
    same byte [es:di + 2], 12   ; AND 1 XOR 1
    same byte [es:di + 3], 3    ; AND 1 XOR 0
    same byte [es:di + 15], 15
    same byte [es:di + 16], 3
    same byte [es:di + 320], 3  ; the next row leaves all
    same byte [es:di + 15 * 320 + 7], 15 ; the last one
    mov bx, 0x0203              ; function 12h: 32 dots wide is refused, one word and two rows are not
    mov cx, 0x0202
    mov dx, two_rows
    push ds
    pop es
    mouse 0x12
    same ax, 0x12
    mov bx, 0x0103
    mouse 0x12
    same ax, 0xFFFF
    mov ax, 0xA000
    mov es, ax
    same byte [es:di], 0
    same byte [es:di + 320], 15
    same byte [es:di + 640], 3  ; the third row leaves all
    same byte [es:di + 15 * 320 + 7], 3
    ; 12h: the same by planes, not at a byte's border; the program's registers and latches stay.
    mov ax, 0x12
    int 0x10
    mouse 0
    push ds
    pop es
    mov bx, 0
    mov cx, 0
    mov dx, shape
    mouse 9
    mov ax, 0xA000
    mov es, ax
    mov byte [es:1000], 0xFF    ; what the latches hold, plane by plane
    mov dx, 0x3C4
    mov ax, 0x0502
    out dx, ax
    mov byte [es:1001], 0x5A
    mov ax, 0x0A02
    out dx, ax
    mov byte [es:1001], 0xC3
    mov dx, 0x3CE
    mov ax, 0x0105              ; write mode 1
    out dx, ax
    mov ax, 0x0F08
    out dx, ax
    mov al, 0x03
    out dx, al
    mov dx, 0x3C4
    mov al, 1
    out dx, al
    mov al, [es:1001]           ; here
    mov cx, 101
    mov dx, 50
    mouse 4
    mouse 1
    mouse 2
    mouse 1
    mov dx, 0x3CE
    in al, dx
    same al, 3
    mov dx, 0x3C4
    in al, dx
    same al, 1
    mov al, 2
    out dx, al
    inc dx
    in al, dx
    and al, 0x0F
    same al, 0x0A
    dec dx
    mov ax, 0x0F02
    out dx, ax
    mov dx, 0x3CE
    mov al, 5
    out dx, al
    inc dx
    in al, dx
    and al, 3
    same al, 1
    dec dx
    mov al, 8
    out dx, al
    inc dx
    in al, dx
    same al, 0x0F
    mov [es:1002], al           ; the latches
    mov dx, 0x3CE
    mov ax, 0x0005
    out dx, ax
    mov ax, 0xFF08
    out dx, ax
    mov ax, 0x0004
    out dx, ax
    same byte [es:1002], 0x5A
    mov ax, 0x0304
    out dx, ax
    same byte [es:1002], 0xC3
    mov di, 50 * 80 + 101 / 8   ; on black, the row is XOR's: 0110 0000 0000 0001 from dot 101 on
    same byte [es:di], 0000_0011b
    same byte [es:di + 1], 0000_0000b
    same byte [es:di + 2], 0000_1000b
    ; 4: two bits a dot.
    mov ax, 4
    int 0x10
    mouse 0
    push ds
    pop es
    mov bx, 0
    mov cx, 0
    mov dx, shape
    mouse 9
    mov ax, 0xB800
    mov es, ax
    mov cx, 22
    mov dx, 11
    mouse 4
    mouse 1
    mov di, 0x2000 + 5 * 80 + 22 / 8
    same byte [es:di], 0000_0001b
    same byte [es:di + 1], 1000_0000b
    same byte [es:di + 2], 0000_0100b
    mouse 2
    same byte [es:di], 0
    push ds
    pop es
    ret

; ---- ranges of modes -------------------------------------------------------------------
modes:
    mov si, mode_ranges
.next:
    lodsw
    cmp ax, -1
    je .out
    int 0x10
    mouse 0x31
    cmp cx, [si]
    at_fault e
    cmp dx, [si + 2]
    at_fault e
    add si, 4
    jmp .next
.out:
    mov ax, 3
    int 0x10
    ret

; ---- the person ------------------------------------------------------------------------
movement:
    mouse 0
    mouse 0x11
    push ds
    pop es
    mov cx, 0xFF
    mov dx, on_event
    mouse 0x0C
    mov cx, 0
    mov dx, 0
    mouse 4
    mouse 0x0B
    cmp byte [relative], 0
    jne .counts
    ; Places: to the middle of the screen, and its end.
    ask "middle"
    same byte [event], 1
    mouse 3
    same cx, 320
    same dx, 96
    same cx, [event_x]
    same dx, [event_y]
    mouse 0x0B                  ; what a mouse would have counted
    same cx, 320
    same dx, 200
    ask "end"
    mouse 3
    same cx, 632
    same dx, 192
    jmp .buttons
.counts:
    ask "right"                 ; 64 and 32 counts
    mouse 3
    same cx, 64
    same dx, 16
    mouse 0x0B
    same cx, 64
    same dx, 32
    mov cx, 4                   ; twice as far
    mov dx, 32
    mouse 0x0F
    ask "left"
    mouse 3
    same cx, 0
    same dx, 16
    mov cx, 0
    mov dx, 0
    mouse 4
.buttons:
    ask "press"                 ; the left one
    same byte [event], 0x02
    same byte [event_buttons], 1
    mouse 3
    same bx, 1
    mov bx, 0
    mouse 5
    same ax, 1
    same bx, 1
    mov bx, 0
    mouse 5
    same bx, 0
    ask "release"
    same byte [event], 0x04
    mov bx, 0
    mouse 6
    same ax, 0
    same bx, 1
    ask "both"                  ; right and middle, down
    same byte [event], 0x28
    mouse 3
    same bx, 6
    ask "none"
    same byte [event], 0x50
    mov bx, 2
    mouse 6
    same bx, 1
    cmp byte [wheel], 0
    je .no_wheel
    ask "wheel"                 ; two turns towards the person
    same byte [event], 0x80
    same byte [event_wheel], 2
    mouse 3
    same bh, 2
    mouse 3
    same bx, 0
    ask "wheelup"
    mov bx, -1
    mouse 5
    same bx, -1
.no_wheel:
    ; What is not asked for is not told.
    push cs
    pop es
    mov cx, 0x02
    mov dx, on_event
    mouse 0x0C
    mov byte [events], 0
    ask "away"                  ; moves, then presses
    same byte [event], 0x02
    ask "quiet"                 ; lets go: no event
    same byte [waited], 0
    mouse 3
    same bx, 0
    ; With a key.
    mouse 0
    push cs
    pop es
    mov cx, 0x22                ; left down with Shift
    mov dx, on_other
    mouse 0x18
    mov cx, 0x02
    mov dx, on_event
    mouse 0x0C
    mov byte [others], 0
    ask "shift"
    same byte [waited], 1
    same byte [others], 1
    ask "noshift"
    same byte [others], 1
    ; Mode 13h with the range of its dots: the pointer is where the host's is.
    mov ax, 0x13
    int 0x10
    mouse 0
    mov cx, 0
    mov dx, 319
    mouse 7
    push cs
    pop es
    mov cx, 0x0101              ; bit 8: places of the screen
    mov dx, on_event
    mouse 0x0C
    cmp byte [relative], 0
    jne .no_place
    ask "quarter"               ; a quarter from the left, three from above
    same word [event], 0x0101
    mouse 3
    same cx, 80
    same dx, 150
    mouse 1                     ; ours is shown: it is under the host's, 640 places across
    ask "threequarters"
    mouse 3
    same cx, 318                ; as far as the range goes
    same dx, 50
    ask "eighth"
    mouse 3
    same cx, 80
.no_place:
    ; The cursor goes along while the program computes.
    mouse 0
    mouse 1
    mov byte [mode], 0x13
    push cs
    pop es
    mov cx, 0x01
    mov dx, on_event
    mouse 0x0C
    mov cx, 0
    mov dx, 0
    mouse 4
    call checksum
    push eax
    ask "corner"                ; away from it
    call checksum
    pop edx
    cmp eax, edx
    at_fault ne
    mov ax, 0xA000
    mov es, ax
    same byte [es:321], 0       ; the arrow's white is gone
    push ds
    pop es
    ; Who asks for movement gets it: from now on the mouse has no borders.
    mouse 0
    push cs
    pop es
    mov cx, 0x01
    mov dx, on_event
    mouse 0x0C
    mov bp, 20
.poll:
    mouse 0x0B
    dec bp
    jnz .poll
    ask "moves"                 ; 100 and 0 counts
    mouse 0x0B
    same cx, 100
    same dx, 0
    same word [event], 1
    mov dx, 10                  ; fast is twice as far
    mouse 0x13
    mov cx, 0
    mov dx, 0
    mouse 4
    ask "faster"                ; 100, at once
    mouse 3
    same cx, 200
    mouse 0x0B
    same cx, 100
    mov dx, -1                  ; not by that any more, but by the third curve: 40 counts count thrice
    mouse 0x13
    mov bx, 3
    mouse 0x2D
    mov cx, 0
    mov dx, 0
    mouse 4
    ask "curve"                 ; 40 and 0
    mouse 3
    same cx, 120
    mouse 0x0B
    same cx, 40
    mov bx, 4
    mouse 0x2D
    ret

on_event:
    mov [cs:event], ax
    mov [cs:event_buttons], bl
    mov [cs:event_wheel], bh
    mov [cs:event_x], cx
    mov [cs:event_y], dx
    inc byte [cs:events]
    xor ax, ax                  ; all is free for it
    mov bx, ax
    mov cx, ax
    mov dx, ax
    mov si, ax
    mov di, ax
    mov bp, ax
    mov ds, ax
    mov es, ax
    std
    retf

on_other:
    inc byte [cs:others]
    inc byte [cs:events]
    retf

; The word at SI goes out; then until the handler is called and all is quiet, or two seconds.
say_and_wait:
    mov byte [events], 0
    call say
    mov ax, 0x40
    mov fs, ax
    mov dx, [fs:0x6C]
.wait:
    mov ax, [fs:0x6C]
    sub ax, dx
    cmp ax, 36
    ja .late
    cmp byte [events], 0
    je .wait
    mov dx, [fs:0x6C]
.rest:                          ; the last of several
    mov ax, [fs:0x6C]
    sub ax, dx
    cmp ax, 3
    jb .rest
    mov byte [waited], 1
    ret
.late:
    mov byte [waited], 0
    ret

; The text at SI to the first serial port.
say:
    mov dx, 0x3FD
    in al, dx
    test al, 0x20
    jz say
    lodsb
    or al, al
    jz .end
    mov dx, 0x3F8
    out dx, al
    jmp say
.end:
    ret

text_end:       db "END", 10, 0
graphics_modes: db 4, 5, 6, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0xFF
corners:        dw 301, 97, 0, 0, 639, 0, 0, 199, 639, 199, 3, 195, 633, 2, -1
mode_ranges:
    dw 0x00, 639, 199, 0x02, 639, 199, 0x04, 639, 199, 0x06, 639, 199, 0x0D, 639, 199
    dw 0x0E, 639, 199, 0x10, 639, 349, 0x11, 639, 479, 0x12, 639, 479, 0x13, 639, 199, -1
; A first and a last row, AND and XOR.
shape:
    dw 0011_1111_1111_1110b
    times 14 dw 0xFFFF
    dw 0000_0000_0000_0000b
    dw 0110_0000_0000_0001b
    times 14 dw 0
    dw 1111_1111_1111_1111b
two_rows:
    dw 0x7FFF, 0x7FFF, 0, 0x8000
shape_flip:
    times 32 dw 0xFFFF

faults:         db 0
relative:       db 0
wheel:          db 0            ; there has to be one
mode:           db 0
waited:         db 0
events:         db 0
others:         db 0
event:          dw 0
event_buttons:  db 0
event_wheel:    db 0
event_x:        dw 0
event_y:        dw 0
buffer:
