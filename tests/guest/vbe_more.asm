; A boot diskette that asks the VGA BIOS for VESA's text modes, mode 6Ah, the
; protected-mode interface (its 32-bit code is called), VBE/PM and VBE/DDC.
; vbe_more.sh assembles it: CIRRUS = 1 for that adapter.

%include "bios_harness.inc"

INFO        equ 0x9000              ; 256 bytes
COLS        equ 0x44A
ROWS        equ 0x484
HEIGHT      equ 0x485

; An index register and its data: value in AL.
%macro get_reg 2                    ; port, index
    mov dx, %1
    mov al, %2
    out dx, al
    inc dx
    in al, dx
%endmacro

main:
    cld
    call text_modes
    call graphic_modes
    call mode_6a
    call power
    call monitor
    call protected
    mov ax, 0x0003
    int 0x10
    jmp finish

; -------------------------------------------------------------- text modes
text_table:
    dw 0x108, 80, 60, 8
    dw 0x109, 132, 25, 16
    dw 0x10A, 132, 43, 8
    dw 0x10B, 132, 50, 8
    dw 0x10C, 132, 60, 8
.end:

text_modes:
    mov si, text_table
.next:
    push si
    mov cx, [si]
    mov ax, 0x4F01
    mov di, INFO
    int 0x10
    cmp ax, 0x004F
    check "text mode: information", e
    pop si
    push si
    mov ax, [si + 2]
    cmp ax, [INFO + 0x12]
    check "text mode: columns said", e
    mov ax, [si + 4]
    cmp ax, [INFO + 0x14]
    check "text mode: rows said", e
    test byte [INFO], 0x11
    check "text mode: no graphics, supported", po
    cmp word [INFO + 8], 0xB800
    check "text mode: window", e
    cmp word [INFO + 0x18], 0x0404  ; as mode 3
    check "text mode: planes and bits", e
    cmp byte [INFO + 0x1A], 1
    check "text mode: banks", e
    cmp byte [INFO + 0x16], 8
    check "text mode: dots of a character", e
    movzx ax, byte [INFO + 0x17]
    cmp ax, [si + 6]
    check "text mode: its lines", e
    mov ax, [si + 2]                ; as many pages as fit in the 32 KB of the window
    mul word [si + 4]
    shl ax, 1
    add ax, 255
    mov al, 0
    mov [page], ax
    mov cx, ax
    mov ax, 0x8000
    xor dx, dx
    div cx
    dec ax
    cmp al, [INFO + 0x1D]
    check "text mode: pages", e
    mov bx, [si]
    mov ax, 0x4F02
    int 0x10
    cmp ax, 0x004F
    check "text mode: set", e
    pop si
    push si
    mov ax, [COLS]
    cmp ax, [si + 2]
    check "text mode: columns", e
    movzx ax, byte [ROWS]
    inc ax
    cmp ax, [si + 4]
    check "text mode: rows", e
    mov ax, [HEIGHT]
    cmp ax, [si + 6]
    check "text mode: height", e
    mov ax, [0x44C]
    cmp ax, [page]
    check "text mode: bytes of a page", e
    mov dx, 0x3CC                   ; the faster clock but for the sizes of the standard modes
    in al, dx
    test al, 0x0C
    check "text mode: 28 MHz", po
    test al, 0x08
    check "text mode: which is clock 1", z
    get_reg 0x3D4, 0x13             ; words of a line
    mov ah, 0
    shl ax, 1
    cmp ax, [si + 2]
    check "text mode: pitch", e
    get_reg 0x3D4, 0x01
    mov ah, 0
    inc ax
    cmp ax, [si + 2]
    check "text mode: characters shown", e
    ; The last cell, by the BIOS, and where it is in memory.
    mov ah, 0x02
    mov bh, 0
    mov dl, [si + 2]
    mov dh, [si + 4]
    dec dl
    dec dh
    int 0x10
    mov ax, 0x0941
    mov bx, 0x001E
    mov cx, 1
    int 0x10
    mov ax, 0xB800
    mov es, ax
    mov ax, [si + 2]
    mul word [si + 4]
    shl ax, 1
    mov di, ax
    cmp word [es:di - 2], 0x1E41
    check "text mode: the last cell", e
    xor ax, ax
    mov es, ax
    mov ax, 0x4F03
    int 0x10
    pop si
    cmp bx, [si]
    check "text mode: asked for", e
    add si, 8
    cmp si, text_table.end
    jb .next
    mov ax, 0x0003
    int 0x10
    mov ax, 0x4F03
    int 0x10
    cmp bx, 3
    check "mode 3 is mode 3 again", e
    ret

; ------------------------------------------------------------ graphics modes
; Each resolution: the memory is clear, a line as long as said; and of the adapter whose CRT
; controller makes the picture the numbers of the monitor's standard (VESA DMT 1.0, CVT): lines in
; pairs where a frame has more than ten bits count, and lines no longer than eight bits and a
; blanking of 64 characters allow.
; Mode, line in units of eight dots, dots and lines of a frame, retrace: first line, lines.
timed_modes:
    dw 0x146, 40, 400, 449, 412, 2
    dw 0x100, 80, 800, 449, 412, 2
    dw 0x101, 80, 800, 525, 490, 2
    dw 0x103, 100, 1056, 628, 601, 4
    dw 0x105, 128, 1344, 806, 771, 6
    dw 0x107, 160, 1688, 1066, 1026, 4
    dw 0x148, 144, 1600, 900, 865, 3
    dw 0x175, 320, 1648, 750, 725, 5
    dw 0x178, 320, 1680, 831, 803, 6
    dw 0x17B, 320, 1760, 1000, 961, 3
    dw 0x11C, 200, 2040, 1250, 1202, 4
.end:
ONE_TIMED   equ 12

graphic_modes:
    mov si, timed_modes
.next:
    ; Ones in all banks of the mode before, at the start, the end and between.
    mov ax, [si]
    mov [timed], ax
    mov ax, 0x4F01
    mov cx, [si]
    mov di, INFO
    int 0x10
    cmp ax, 0x004F
    jne .beyond                     ; more than this adapter's memory
    mov ax, [INFO + 0x10]
    mul word [INFO + 0x14]
    mov [picture], ax
    mov [picture + 2], dx
    mov ax, 0x4F02
    mov bx, [si]
    or bh, 0x80                     ; what is there stays
    int 0x10
    cmp ax, 0x004F
    check "mode: set", e
    mov di, marked
    call each_place
    mov ax, 0x4F02
    mov bx, [si]
    int 0x10
    cmp ax, 0x004F
    check "mode: set once more", e
    mov byte [ones], 0
    mov di, looked_at
    call each_place
    cmp byte [ones], 0
    check "mode: its memory is clear", e
    get_reg 0x3D4, 0x13
    mov bl, al
%if CIRRUS
    get_reg 0x3D4, 0x1B             ; bit 4: the ninth
    and al, 0x10
    shr al, 4
    mov ah, al
%else
    mov ah, [si + 3]                ; eight bits are all there is
%endif
    mov al, bl
    cmp ax, [si + 2]
    check "mode: CRTC 13h", e
%if CIRRUS
    call timing
%endif
.beyond:
    add si, ONE_TIMED
    cmp si, timed_modes.end
    jb .next
    ; The picture begins far down, and at the top again.
    mov ax, 0x4F02
    mov bx, 0x0101
    int 0x10
    mov dx, 4000
.begins:
    push dx
    mov ax, 0x4F07
    mov bx, 0
    mov cx, 0
    int 0x10
    mov ax, 0x4F07
    mov bx, 1
    mov dx, -1
    int 0x10
    pop cx
    cmp dx, cx
    check "mode: the picture begins where it is told to", e
    mov dx, 0
    jcxz .top
    jmp .begins
.top:
    ret

; Calls DI for eight places of the picture: ES:BX is a dword of it.
each_place:
    mov cx, 7
.place:
    mov eax, [picture]
    sub eax, 4
    mul ecx
    push ecx
    mov ecx, 7
    div ecx
    pop ecx
    and al, 0xFC
    mov bx, ax
    shr eax, 16
    push bx
    mov dx, ax
    mov ax, 0x4F05
    mov bx, 0
    int 0x10
    pop bx
    push 0xA000
    pop es
    call di
    dec cx
    jns .place
    xor ax, ax
    mov es, ax
    ret
marked:
    mov dword [es:bx], 0xFFFFFFFF
    ret
looked_at:
    mov eax, [es:bx]
    test eax, eax
    setnz al
    or [ones], al
    ret
timed:      dw 0
picture:    dd 0
ones:       db 0

%if CIRRUS
; The CRT controller's numbers against the row SI.
timing:
    get_reg 0x3D4, 0x07             ; the upper bits
    mov [upper], al
    get_reg 0x3D4, 0x17             ; lines in pairs?
    and al, 4
    shr al, 2
    mov [pairs], al
    get_reg 0x3D4, 0x00
    mov ah, 0
    add ax, 5
    shl ax, 3
    cmp ax, [si + 4]
    check "timing: dots of a line", e
    mov bx, 0x2001
    mov cl, 0x06
    call lines
    add ax, [upper_one]             ; the register is two less
    add ax, [upper_one]
    cmp ax, [si + 6]
    check "timing: lines of a frame", e
    mov bx, 0x4002
    mov cl, 0x12
    call lines
    add ax, [upper_one]
    mov cx, ax
    mov ax, [INFO + 0x14]
    cmp word [INFO + 0x12], 320     ; whose lines are shown twice
    jne .once
    shl ax, 1
.once:
    cmp ax, cx
    check "timing: lines shown", e
    mov bx, 0x8004
    mov cl, 0x10
    call lines
    cmp ax, [si + 8]
    check "timing: retrace begins", e
    get_reg 0x3D4, 0x11
    mov bl, al
    get_reg 0x3D4, 0x10
    sub bl, al
    and bx, 15
    mov cl, [pairs]
    shl bx, cl
    cmp bx, [si + 10]
    check "timing: its length", e
    ; Blanked are the lines that are not shown: from the last one's end to the frame's.
    get_reg 0x3D4, 0x15
    mov ah, 0
    mov bx, ax
    get_reg 0x3D4, 0x12
    sub bl, al
    dec bl
    cmp bl, 0
    je .at_the_end
    cmp bl, 1
.at_the_end:
    check "timing: blanking begins", e
    get_reg 0x3D4, 0x16
    mov bl, al
    get_reg 0x3D4, 0x06
    inc al
    sub bl, al
    check "timing: blanking ends", e
    get_reg 0x3D4, 0x18             ; the screen is not split: 3FFh lines
    cmp al, 0xFF
    check "timing: no split", e
    test byte [upper], 0x10
    check "timing: bit 8 of it", nz
    get_reg 0x3D4, 0x09
    test al, 0x40
    check "timing: bit 9 of it", nz
    ret
; AX = register CL with BL and BH of register 7 for its bits 8 and 9, in lines. [upper_one] = 1 in lines.
lines:
    get_reg 0x3D4, cl
    mov ah, 0
    test [upper], bl
    jz .nine
    or ah, 1
.nine:
    test [upper], bh
    jz .pairs
    or ah, 2
.pairs:
    mov cl, [pairs]
    shl ax, cl
    mov word [upper_one], 1
    shl word [upper_one], cl
    ret
upper:      db 0
pairs:      db 0
upper_one:  dw 0
%endif

; ---------------------------------------------------------------- mode 6Ah
mode_6a:
    mov ax, 0x006A
    int 0x10
    mov ah, 0x0F
    int 0x10
    cmp al, 0x6A
    check "6Ah by AH=00h", e
    mov ax, 0x4F03
    int 0x10
    cmp bx, 0x102
    check "6Ah is 102h", e
    get_reg 0x3D4, 0x13
    cmp al, 0x32
    check "6Ah: CRTC 13h says 100 bytes a plane", e
    mov ax, 0x0C0F                  ; a dot, by the planar functions
    mov bh, 0
    mov cx, 799
    mov dx, 599
    int 0x10
    mov ax, 0x0D00
    mov bh, 0
    mov cx, 799
    mov dx, 599
    int 0x10
    cmp al, 0x0F
    check "6Ah: the last dot", e
    mov ax, 0x4F02
    mov bx, 0x006A
    int 0x10
    cmp ax, 0x004F
    check "6Ah by 4F02h", e
    mov ax, 0x4F01
    mov cx, 0x006A
    mov di, INFO
    int 0x10
    cmp word [INFO + 0x12], 800
    check "6Ah: information", e
    mov ax, 0x4F02
    mov bx, 0x0104
    int 0x10
    get_reg 0x3D4, 0x13
    cmp al, 0x40
    check "104h: CRTC 13h", e
    ret

; ------------------------------------------------------------------ VBE/PM
power:
    mov ax, 0x4F10
    mov bx, 0
    int 0x10
    cmp ax, 0x004F
    check "DPMS: there", e
    cmp bx, 0x0710
    check "DPMS: standby, suspend and off", e
    ; Each state is what it was set to, and the screen is dark in it.
    mov si, .states
.state:
    mov ax, 0x4F10
    mov bh, [si]
    mov bl, 1
    int 0x10
    cmp ax, 0x004F
    check "DPMS: set", e
    mov ax, 0x4F10
    mov bx, 0x0002
    int 0x10
    cmp bh, [si]
    check "DPMS: asked", e
    get_reg 0x3C4, 1
    and al, 0x20
    cmp al, [si + 1]
    check "DPMS: dark unless on", e
%if CIRRUS
    get_reg 0x3CE, 0x0E             ; which syncs are held
    and al, 0x06
%else
    get_reg 0x3D4, 0x17             ; both or none
    and al, 0x80
%endif
    cmp al, [si + 2]
    check "DPMS: syncs", e
    add si, 3
    cmp si, .states.end
    jb .state
    mov ax, 0x4F10                  ; a mode that is set is shown
    mov bx, 0x0401
    int 0x10
    mov ax, 0x4F02
    mov bx, 0x0101
    int 0x10
    mov ax, 0x4F10
    mov bx, 0x0002
    int 0x10
    cmp bh, 0
    check "DPMS: a mode wakes the monitor", e
    mov ax, 0x4F10
    mov bx, 0x0301
    int 0x10
    cmp ax, 0x014F
    check "DPMS: no state 3", e
    mov ax, 0x4F10
    mov bx, 0x0801
    int 0x10
    cmp ax, 0x014F
    check "DPMS: reduced on is refused", e
    mov ax, 0x4F10
    mov bx, 0x0003
    int 0x10
    cmp ax, 0x014F
    check "DPMS: no other function", e
    ret
; State, dark, syncs.
.states:
%if CIRRUS
    db 4, 0x20, 0x06, 2, 0x20, 0x04, 1, 0x20, 0x02, 0, 0, 0
%else
    db 4, 0x20, 0, 2, 0x20, 0x80, 1, 0x20, 0x80, 0, 0, 0x80
%endif
.states.end:

; ----------------------------------------------------------------- VBE/DDC
monitor:
    mov ax, 0x4F15
    mov bx, 0
    mov cx, 0
    int 0x10
    cmp ax, 0x004F
    check "DDC: there", e
    test bl, 2
    check "DDC: level 2", nz
    mov ax, 0x4F15
    mov bx, 1
    mov cx, 0
    mov dx, 0
    mov di, INFO
    int 0x10
    cmp ax, 0x004F
    check "DDC: EDID read", e
    cmp dword [INFO], 0xFFFFFF00
    check "EDID: header", e
    cmp dword [INFO + 4], 0x00FFFFFF
    check "EDID: header's end", e
    mov si, INFO
    mov cx, 128
    mov ah, 0
.sum:
    lodsb
    add ah, al
    loop .sum
    test ah, ah
    check "EDID: sum", z
    mov ax, 0x4F15
    mov bx, 1
    mov cx, 0
    mov dx, 1
    mov di, INFO
    int 0x10
    cmp ax, 0x014F
    check "DDC: no second block", e
    mov ax, 0x4F15
    mov bx, 1
    mov cx, 1
    mov dx, 0
    int 0x10
    cmp ax, 0x014F
    check "DDC: no second controller", e
    ret

; ------------------------------------------------------------------- 4F0Ah
CODE32      equ 0x20000             ; where its code is copied to
; AL = offset of the function's word in the table; EBX, ECX, EDX as the function wants them.
%macro pm_call 1
    mov word [pm_function], %1
    call pm_do
%endmacro

protected:
    mov ax, 0x4F0A
    mov bx, 1
    int 0x10
    cmp ax, 0x014F
    check "4F0Ah: no other function", e
    mov ax, 0x4F0A
    mov bx, 0
    int 0x10
    cmp ax, 0x004F
    check "4F0Ah: there", e
    push ds
    push es
    pop ds
    mov si, di
    mov ax, CODE32 >> 4
    mov es, ax
    xor di, di
    rep movsb
    pop ds
    xor ax, ax
    mov es, ax

    mov ax, 0x4F02                  ; 640x480, a byte a dot
    mov bx, 0x0101
    int 0x10
    mov ebx, 0
    mov edx, 3
    pm_call 0
    cmp ax, 0x004F
    check "window: set", e
    mov ax, 0x4F05
    mov bx, 0x0100
    int 0x10
    cmp dx, 3
    check "window: where it is", e
    mov ebx, 0x0100
    mov edx, 0
    pm_call 0
    cmp word [pm_edx], 3
    check "window: asked for", e
    mov ebx, 1
    pm_call 0
    cmp ax, 0x014F
    check "window B: there is none", e
    mov ebx, 0                      ; line 5, dot 8: (5 * 640 + 8) / 4
    mov ecx, (5 * 640 + 8) / 4
    mov edx, 0
    pm_call 2
    cmp ax, 0x004F
    check "start: set", e
    mov ax, 0x4F07
    mov bx, 1
    int 0x10
    cmp cx, 8
    check "start: dot", e
    cmp dx, 5
    check "start: line", e
    mov ebx, 0x80                   ; in the retrace; beyond 64K: line 500
    mov ecx, 500 * 640 / 4 & 0xFFFF
    mov edx, 500 * 640 / 4 >> 16
    pm_call 2
    mov ax, 0x4F07
    mov bx, 1
    int 0x10
    cmp dx, 500
    check "start: a line far down", e
    mov ax, 0x4F02                  ; planar: in bytes of a plane
    mov bx, 0x0102
    int 0x10
    mov ebx, 0
    mov ecx, 7 * 100 + 2
    mov edx, 0
    pm_call 2
    mov ax, 0x4F07
    mov bx, 1
    int 0x10
    cmp cx, 16
    check "start of a planar picture: dot", e
    cmp dx, 7
    check "start of a planar picture: line", e
    mov ax, 0x0003                  ; not without a mode of VESA's
    int 0x10
    mov ebx, 0
    mov ecx, 0
    mov edx, 0
    pm_call 2
    cmp ax, 0x014F
    check "start: not in mode 3", e
    mov ax, 0x4F02
    mov bx, 0x0101
    int 0x10
    mov ebx, 0                      ; a window for what follows
    mov edx, 3
    pm_call 0
    mov ebx, 0
    mov ecx, 2
    mov edx, 200
    mov dword [pm_colours], 0x00112233
    mov dword [pm_colours + 4], 0x003F0001
    pm_call 4
    mov dx, 0x3C7
    mov al, 201
    out dx, al
    mov dx, 0x3C9
    in al, dx
    cmp al, 0x3F
    check "palette: red", e
    in al, dx
    in al, dx
    cmp al, 0x01
    check "palette: blue", e
%if CIRRUS
    ret
%else
    ; Base address 2: the monitor's EDID as 4F15h gave it, and the registers.
    mov ebx, 0x80000000
.device:
    mov eax, ebx
    call pci_read
    cmp eax, 0x11111234
    je .found
    add ebx, 0x800
    cmp ebx, 0x80010000
    jb .device
.found:
    lea eax, [ebx + 0x18]
    call pci_read
    and al, 0xF0
    mov ebx, eax
    test eax, eax
    check "base address 2 is somewhere", nz
    pm_call read_registers
    test ax, ax
    check "its EDID is the ROM's", z
    cmp word [seen], 0xB0C5
    check "the display interface's number", e
    cmp word [seen + 2], 640
    check "the width that is set", e
    cmp dword [seen + 4], 8
    check "the length of its own registers", e
    cmp dword [seen + 8], 0x1E1E1E1E
    check "little-endian", e
    cmp byte [seen + 12], 0x0F
    check "a VGA register", e
    mov ax, 0x4F05
    mov bx, 0x0100
    int 0x10
    cmp dx, 2
    check "the bank by memory", e
    ret

pci_read:
    mov dx, 0xCF8
    out dx, eax
    mov dx, 0xCFC
    in eax, dx
    ret

seen:       times 16 db 0
    bits 32
; EBX = base address 2. AX = bytes of the EDID that differ from those at INFO.
read_registers:
    mov esi, INFO
    mov edi, ebx
    mov ecx, 128
    xor eax, eax
.compare:
    cmpsb
    je .same
    inc eax
.same:
    loop .compare
    mov dx, [ebx + 0x500]
    mov [seen], dx
    mov dx, [ebx + 0x502]
    mov [seen + 2], dx
    mov edx, [ebx + 0x600]
    mov [seen + 4], edx
    mov edx, [ebx + 0x604]
    mov [seen + 8], edx
    mov word [ebx + 0x404], 0x0F02  ; 3C4h: index 2, map mask Fh
    mov dl, [ebx + 0x405]
    mov [seen + 12], dl
    mov word [ebx + 0x50A], 2       ; the bank
    ret
    bits 16
%endif

; Function [pm_function] of the copy, in 32-bit protected mode; AX comes back, EDX is in pm_edx.
pm_do:
    cli
    lgdt [pm_gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp dword 8:.in32
    bits 32
.in32:
    mov ax, 16
    mov ds, ax
    mov es, ax
    mov ss, ax
    movzx esp, sp
    mov edi, pm_colours
    movzx eax, word [pm_function]
    cmp eax, 8                      ; an entry of the table, or a place of ours
    jae .go
    movzx eax, word [CODE32 + eax]
    add eax, CODE32
.go:
    call eax
    mov [pm_edx], edx
    jmp 24:.in16
    bits 16
.in16:
    mov dx, 32
    mov ds, dx
    mov es, dx
    mov ss, dx
    mov edx, cr0
    and dl, 0xFE
    mov cr0, edx
    jmp 0:.real
.real:
    xor dx, dx
    mov ds, dx
    mov es, dx
    mov ss, dx
    sti
    ret

page:       dw 0
pm_function: dw 0
pm_edx:     dd 0
pm_colours: dd 0, 0
align 8, db 0
pm_gdt:
    dq 0
    dq 0x00CF9B000000FFFF           ; 8: 32-bit code
    dq 0x00CF93000000FFFF           ; 16: data
    dq 0x00009B000000FFFF           ; 24: 16-bit code
    dq 0x000093000000FFFF           ; 32: its data
pm_gdt_pointer:
    dw 5 * 8 - 1
    dd pm_gdt

    times (SECTORS + 1) * 512 - ($ - $$) db 0
