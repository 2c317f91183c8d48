; Ferrite VGA BIOS: the Cirrus Logic CL-GD5446 behind the numbers that vga_vbe.asm
; works with. Those are the registers of the Bochs display interface, which this
; adapter does not have: here each is read from the chip's own registers, and set
; there. What has no place of its own - resolution and depth before the mode is
; enabled - is kept in scratch registers, so that programs find nothing changed in
; the data area.
;
; SR9 width / 8, SRA height / 8, SR14 bits a dot, with bit 7 while the mode is on
; and bit 6 when it was set for the linear framebuffer.

SCRATCH_WIDTH   equ 0x09
SCRATCH_HEIGHT  equ 0x0A
SCRATCH_MODE    equ 0x14
MODE_ON         equ 0x80
MODE_LFB        equ 0x40
MODE_BITS       equ 0x3F

CIRRUS_PITCH    equ 511 * 8         ; bytes of a line at most: nine bits of CRTC 13h

; Destroys AX, DX.
cirrus_init:
    mov dx, SEQ_PORT
    mov ax, 0x1206                  ; the key: some parts lock what follows
    out dx, ax
    mov ax, SCRATCH_MODE
    out dx, ax
    ret

; AL = register AL of the sequencer. Destroys DX.
sr_get:
    mov dx, SEQ_PORT
    out dx, al
    inc dx
    in al, dx
    ret

; The same of the CRT controller.
cr_get:
    mov dx, [cs:crtc_port]
    out dx, al
    inc dx
    in al, dx
    ret

; Register AL := AH. Destroys DX.
cr_put:
    mov dx, [cs:crtc_port]
    out dx, ax
    ret

crtc_port:
    dw 0x3D4                        ; colour, in all modes that this file sets

; AX = register AL. Destroys DX.
dispi_get:
    push ebx
    push ecx
    movzx bx, al
    mov ax, 0xFFFF
    cmp bl, (cirrus_get.end - cirrus_get) / 2
    jae .out
    shl bx, 1
    call [cs:cirrus_get + bx]
.out:
    pop ecx
    pop ebx
    ret

cirrus_get:
    dw get_id, get_width, get_height, get_bits, get_enable, get_bank, get_line
    dw get_lines, get_x, get_y, get_memory
.end:

get_id:
    mov ax, 0xB0C5
    ret
get_width:
    mov al, SCRATCH_WIDTH
    jmp get_eighth
get_height:
    mov al, SCRATCH_HEIGHT
get_eighth:
    call sr_get
    mov ah, 0
    shl ax, 3
    ret
get_bits:
    mov al, SCRATCH_MODE
    call sr_get
    and ax, MODE_BITS
    ret
get_enable:
    mov al, SCRATCH_MODE
    call sr_get
    mov ah, al
    rol al, 1                       ; bit 7 to 0
    and al, DISPI_ON
    and ah, MODE_LFB                ; where it is
    or al, ah
    mov ah, 0
    ret
get_bank:
    mov dx, GC_PORT
    mov al, 0x09
    out dx, al
    inc dx
    in al, dx
    shr al, 2                       ; in 16 KB
    mov ah, 0
    ret
; EAX = bytes of a line, all planes.
line_pitch:
    mov al, 0x1B
    call cr_get
    mov ah, al
    mov al, 0x13
    push ax
    call cr_get
    pop dx
    mov ah, dh
    shr ah, 4
    and ah, 1
    movzx eax, ax
    shl eax, 3
    ret
; ECX = bytes of a dot; of eight dots and all planes with 4 bits.
dot_bytes:
    push ax
    call get_bits
    movzx ecx, ax
    pop ax
    cmp cl, 4
    je .done
    add ecx, 7
    shr ecx, 3
.done:
    ret
; EAX bytes to dots, rounded down. Destroys EBX, ECX, EDX.
bytes_to_dots:
    mov ebx, eax
    call dot_bytes
    call get_bits
    cmp al, 4
    jne .packed
    shl ebx, 3                      ; four bytes are eight dots
.packed:
    mov eax, ebx
    xor edx, edx
    div ecx
    ret
get_line:
    call line_pitch
    jmp bytes_to_dots
; EAX = bytes of memory.
memory_bytes:
    mov al, 0x15
    call sr_get
    mov cl, al
    mov eax, 0x40000
    shl eax, cl                     ; 2, 3, 4: 1, 2, 4 MB
    ret
get_memory:
    call memory_bytes
    shr eax, 16
    ret
get_lines:
    call line_pitch
    mov ebx, eax
    xor eax, eax
    test ebx, ebx
    jz .done
    call memory_bytes
    xor edx, edx
    div ebx
.done:
    ret
; EAX = the first byte shown, of all planes.
start_bytes:
    mov al, 0x1D                    ; bit 7: bit 19
    call cr_get
    and al, 0x80
    shr al, 4
    mov bl, al
    mov al, 0x1B                    ; bits 2-3: 17-18, bit 0: 16
    call cr_get
    mov ah, al
    and al, 1
    and ah, 0x0C
    shr ah, 1
    or al, ah
    or bl, al
    movzx ebx, bl
    shl ebx, 16
    mov al, 0x0C
    call cr_get
    mov bh, al
    mov al, 0x0D
    call cr_get
    mov bl, al
    lea eax, [ebx * 4]
    ret
; EAX = lines before the first one shown, EDX = bytes before its first dot.
start_line:
    call line_pitch
    mov ecx, eax
    call start_bytes
    xor edx, edx
    jecxz .none
    div ecx
    ret
.none:
    xor eax, eax
    ret
get_y:
    call start_line
    ret
get_x:
    call start_line
    mov eax, edx
    jmp bytes_to_dots

; Register AL := CX. Destroys AX, DX.
dispi_set:
    push ebx
    push ecx
    push si
    push di
    movzx bx, al
    cmp bl, (cirrus_set.end - cirrus_set) / 2
    jae .out
    shl bx, 1
    movzx ecx, cx
    call [cs:cirrus_set + bx]
.out:
    pop di
    pop si
    pop ecx
    pop ebx
    ret

cirrus_set:
    dw .none, set_width, set_height, set_bits, set_enable, set_bank, set_line
    dw .none, set_x, set_y
.end:
.none:
    ret

set_width:
    mov al, SCRATCH_WIDTH
    jmp set_eighth
set_height:
    mov al, SCRATCH_HEIGHT
set_eighth:
    shr cx, 3
    mov ah, cl
    mov dx, SEQ_PORT
    out dx, ax
    ret
set_bits:
    mov al, SCRATCH_MODE
    mov ah, cl
    and ah, MODE_BITS
    mov dx, SEQ_PORT
    out dx, ax
    ret
set_bank:
    shl cl, 2
    mov al, 0x09
    mov ah, cl
    mov dx, GC_PORT
    out dx, ax
    ret
; The offset that is wide enough for CX dots; too many leave it alone.
set_line:
    mov ebx, ecx
    call dot_bytes
    imul ebx, ecx
    call get_bits
    cmp al, 4
    jne .packed
    add ebx, 7
    shr ebx, 3
.packed:
    add ebx, 7
    shr ebx, 3
    cmp ebx, CIRRUS_PITCH / 8
    ja .out
put_offset:                         ; of BX
    mov al, 0x13
    mov ah, bl
    call cr_put
    mov al, 0x1B
    call cr_get
    and al, ~0x10 & 0xFF
    and bh, 1
    shl bh, 4
    or al, bh
    mov ah, al
    mov al, 0x1B
    call cr_put
set_line.out:
    ret
set_x:
    mov ebx, ecx
    push ebx
    call get_y
    pop ebx
    movzx ecx, ax
    jmp put_start
set_y:
    push ecx
    call get_x
    pop ecx
    movzx ebx, ax
; The first dot shown: EBX in line ECX.
put_start:
    push ebx
    push ecx
    call line_pitch
    pop ecx
    imul eax, ecx                   ; bytes of the lines before
    pop ebx
    push eax
    call dot_bytes
    imul ebx, ecx
    call get_bits
    cmp al, 4
    jne .packed
    shr ebx, 3
.packed:
    pop eax
    add eax, ebx
    shr eax, 2
    mov ebx, eax
    mov al, 0x0D
    mov ah, bl
    call cr_put
    mov al, 0x0C
    mov ah, bh
    call cr_put
    shr ebx, 16
    mov al, 0x1B
    call cr_get
    and al, ~0x0D & 0xFF
    mov bh, bl
    and bh, 1
    or al, bh
    mov bh, bl
    and bh, 6
    shl bh, 1
    or al, bh
    mov ah, al
    mov al, 0x1B
    call cr_put
    mov al, 0x1D
    call cr_get
    and al, 0x7F
    test bl, 8
    jz .low
    or al, 0x80
.low:
    mov ah, al
    mov al, 0x1D
    jmp cr_put

; ---------------------------------------------------------------- enabling
set_enable:
    mov al, SCRATCH_MODE
    call sr_get
    test cl, DISPI_ON
    jz .off
    mov ah, al
    or ah, MODE_ON
    and ah, ~MODE_LFB & 0xFF
    mov bl, cl
    and bl, DISPI_LFB
    or ah, bl
    mov bl, al
    mov al, SCRATCH_MODE
    mov dx, SEQ_PORT
    out dx, ax
    test bl, MODE_ON
    jz cirrus_mode
    ret
.off:
    and al, MODE_BITS
    mov ah, al
    mov al, SCRATCH_MODE
    mov dx, SEQ_PORT
    out dx, ax

; As after power-up: the VGA's memory and depth.
cirrus_standard:
    mov dx, SEQ_PORT
    mov ax, 0x0007
    out dx, ax
    mov dx, GC_PORT
    mov ax, 0x0009
    out dx, ax
    mov ax, 0x000A
    out dx, ax
    mov ax, 0x000B
    out dx, ax
    mov ax, 0x000E                  ; the syncs are on
    out dx, ax
    mov dx, [CRTC]                  ; a mono mode may be next
    mov ax, 0x001A
    out dx, ax
    mov ax, 0x001B
    out dx, ax
    mov ax, 0x001D
    out dx, ax
    mov cl, 0
; The hidden DAC register := CL: the write after four reads of the mask.
hidden_dac:
    mov dx, DAC_WRITE
    in al, dx                       ; no reads counted yet
    mov dx, DAC_MASK
    in al, dx
    in al, dx
    in al, dx
    in al, dx
    mov al, cl
    out dx, al
    mov dx, DAC_WRITE
    in al, dx
    ret

; Timing of each resolution: characters shown, characters of a line, of its sync
; pulse first and last; lines shown, of a frame, of the pulse; number and divisor
; of the dot clock (14.318 MHz times number / divisor); polarities, CRTC 9.
%macro TIMING 13
    dw %1
    db %2, %3, %4, %5
    dw %6, %7, %8
    db %9, %10, %11, %12, %13
%endmacro
T_WIDTH     equ 0                   ; dots
T_CHARS     equ 2
T_TOTAL     equ 3
T_SYNC      equ 4
T_SYNC_END  equ 5
T_LINES     equ 6                   ; words
T_FRAME     equ 8
T_VSYNC     equ 10
T_VLENGTH   equ 12
T_NUMBER    equ 13
T_DIVISOR   equ 14
T_POLARITY  equ 15
T_ROWS      equ 16                  ; of CRTC 9: the line is shown again
T_SIZE      equ 17
timings:
    TIMING  320,  40,  50,  42,  48,  400,  449,  412, 2, 0x33, 0x3B, 0x40, 1
    TIMING  640,  80, 100,  82,  94,  400,  449,  412, 2, 0x66, 0x3B, 0x40, 0
    TIMING  640,  80, 100,  82,  94,  480,  525,  490, 2, 0x66, 0x3B, 0xC0, 0
    TIMING  800, 100, 132, 105, 121,  600,  628,  601, 4, 81, 29 << 1, 0x00, 0
    TIMING 1024, 128, 168, 131, 148,  768,  806,  771, 6, 118, 26 << 1, 0xC0, 0
    TIMING 1152, 144, 200, 152, 168,  864,  900,  865, 3, 83, 11 << 1, 0x00, 0
    TIMING 1280, 160, 206, 174, 179,  720,  750,  725, 5, 109, 21 << 1, 0x00, 0
    TIMING 1280, 160, 210, 168, 184,  800,  831,  803, 6, 105, 18 << 1, 0x80, 0
    TIMING 1280, 160, 220, 172, 186,  960, 1000,  961, 3, 83, 11 << 1, 0x00, 0
    TIMING 1280, 160, 211, 166, 180, 1024, 1066, 1026, 4, 83, 11 << 1, 0x00, 0
    TIMING 1600, 200, 255, 208, 232, 1200, 1250, 1202, 4, 66, 7 << 1, 0x00, 0
timings_end:

; CS:SI = timing of the resolution in the scratch registers; there always is one.
find_timing:
    call get_width
    mov bx, ax
    call get_height
    mov cx, ax
    mov si, timings
.next:
    cmp bx, [cs:si + T_WIDTH]
    jne .other
    mov ax, cx
    cmp byte [cs:si + T_ROWS], 0
    je .lines
    shl ax, 1
.lines:
    cmp ax, [cs:si + T_LINES]
    je .found
.other:
    add si, T_SIZE
    cmp si, timings_end - T_SIZE
    jb .next
.found:
    ret

; The mode of the scratch registers. The standard ones are those of mode 12h or 13h.
; CL: DISPI_KEEP leaves memory alone. Destroys AX, BX, ECX, DX, SI, DI.
cirrus_mode:
    push cx
    call find_timing
    mov dx, SEQ_PORT                ; held in reset while the clock changes
    mov ax, 0x0100
    out dx, ax
    mov al, 0x0E                    ; dot clock 3
    mov ah, [cs:si + T_NUMBER]
    out dx, ax
    mov al, 0x1E
    mov ah, [cs:si + T_DIVISOR]
    out dx, ax
    mov dx, MISC_WRITE
    mov al, [cs:si + T_POLARITY]
    or al, 0x2F
    out dx, al
    mov dx, SEQ_PORT
    mov ax, 0x0300
    out dx, ax
    call cirrus_crtc
    call cirrus_depth
    mov dx, GC_PORT                 ; banks of 16 KB
    mov ax, 0x200B
    out dx, ax
    mov ax, 0x0009
    out dx, ax
    pop cx
    test cl, DISPI_KEEP
    jnz .done
    call cirrus_clear
.done:
    ret

; CRT controller from the timing CS:SI. Destroys AX, BX, CX, DX.
cirrus_crtc:
    mov ax, 0x0011                  ; registers 0-7 may be written
    call cr_put
    mov al, 0x00
    mov ah, [cs:si + T_TOTAL]
    sub ah, 5
    call cr_put
    mov al, 0x01
    mov ah, [cs:si + T_CHARS]
    dec ah
    call cr_put
    mov al, 0x02                    ; blanked from the last character on
    inc ah
    call cr_put
    mov bl, [cs:si + T_TOTAL]       ; to the first one
    dec bl
    mov al, 0x03
    mov ah, bl
    and ah, 0x1F
    or ah, 0x80
    call cr_put
    mov al, 0x04
    mov ah, [cs:si + T_SYNC]
    call cr_put
    mov al, 0x05
    mov ah, [cs:si + T_SYNC_END]
    and ah, 0x1F
    and bl, 0x20
    shl bl, 2
    or ah, bl
    call cr_put

    ; Vertical numbers have ten bits; in a frame of more than 1024 lines each counts for two.
    mov cl, 0
    cmp word [cs:si + T_FRAME], 1024
    jbe .one
    inc cl
.one:
    mov di, 0x0010                  ; overflow bits: the line compare's
    mov bx, [cs:si + T_FRAME]
    shr bx, cl
    sub bx, 2
    mov al, 0x06
    mov ah, bl
    call cr_put
    mov ax, 0x2001
    call overflow
    mov bx, [cs:si + T_LINES]
    shr bx, cl
    dec bx
    mov al, 0x12
    mov ah, bl
    call cr_put
    mov ax, 0x4002
    call overflow
    mov bx, [cs:si + T_VSYNC]
    shr bx, cl
    mov al, 0x10
    mov ah, bl
    call cr_put
    mov ax, 0x8004
    call overflow
    mov bh, [cs:si + T_VLENGTH]     ; end of the pulse, and the protection
    shr bh, cl
    add bl, bh
    and bl, 0x0F
    or bl, 0xA0
    push bx
    mov bx, [cs:si + T_LINES]       ; blanking: what is not shown
    shr bx, cl
    mov al, 0x15
    mov ah, bl
    call cr_put
    mov ax, 0x0008
    call overflow
    mov ah, [cs:si + T_ROWS]
    or ah, 0x40                     ; line compare
    test bh, 2
    jz .blank
    or ah, 0x20
.blank:
    mov al, 0x09
    call cr_put
    mov bx, [cs:si + T_FRAME]
    shr bx, cl
    dec bx
    mov al, 0x16
    mov ah, bl
    call cr_put
    mov ax, di
    mov ah, al
    mov al, 0x07
    call cr_put
    pop bx
    mov al, 0x11
    mov ah, bl
    call cr_put
    mov ax, 0xFF18
    call cr_put
    mov al, 0x17
    mov ah, 0xE3
    shl cl, 2
    or ah, cl
    call cr_put
    mov ax, 0x000C
    call cr_put
    mov ax, 0x000D
    call cr_put
    mov ax, 0x0008
    call cr_put
    mov ax, 0x001A
    call cr_put
    mov ax, 0x221B                  ; all of memory is shown
    call cr_put
    mov ax, 0x001D
    jmp cr_put

; Bit 8 of BX is bit AL of DI, bit 9 bit AH.
overflow:
    test bh, 1
    jz .nine
    push ax
    mov ah, 0
    or di, ax
    pop ax
.nine:
    test bh, 2
    jz .done
    mov al, ah
    mov ah, 0
    or di, ax
.done:
    ret

; Depth: SR7, hidden DAC, length of a line. Destroys AX, BX, ECX, DX.
cirrus_depth:
    call get_bits
    mov bx, depths
.next:
    cmp al, [cs:bx]
    je .found
    add bx, 3
    jmp .next
.found:
    mov dx, SEQ_PORT
    mov al, 0x07
    mov ah, [cs:bx + 1]
    out dx, ax
    mov cl, [cs:bx + 2]
    call hidden_dac
    call get_width
    movzx ecx, ax
    jmp set_line

; Bits a dot, SR7, hidden DAC register.
depths:
    db 4, 0x00, 0x00
    db 8, 0x01, 0x00
    db 15, 0x07, 0xE0
    db 16, 0x07, 0xE1
    db 24, 0x05, 0xE5
    db 32, 0x09, 0xE5

; The picture's memory becomes zero: the blitter fills it. Destroys AX, BX, CX, DX.
cirrus_clear:
    call line_pitch
    mov bx, ax
    mov dx, GC_PORT
    mov al, 0x24                    ; pitch of the destination
    mov ah, bl
    out dx, ax
    inc ax
    mov ah, bh
    out dx, ax
    dec bx
    mov al, 0x20                    ; a line's bytes - 1
    mov ah, bl
    out dx, ax
    inc ax
    mov ah, bh
    out dx, ax
    call get_height
    dec ax
    mov bx, ax
    mov dx, GC_PORT
    mov al, 0x22                    ; lines - 1
    mov ah, bl
    out dx, ax
    inc ax
    mov ah, bh
    out dx, ax
    mov bx, .registers
.next:
    mov ax, [cs:bx]
    out dx, ax
    add bx, 2
    cmp bx, .end
    jb .next
    mov al, 0x31
    out dx, al
    inc dx
.busy:
    in al, dx
    test al, 1
    jnz .busy
    dec dx
    mov ax, 0x0030                  ; nothing of it stays for the first program that blits
    out dx, ax
    mov ax, 0x0033
    out dx, ax
    ret
.registers:
    dw 0x0028, 0x0029, 0x002A, 0x002F, 0xC030, 0x0433, 0x0032, 0x0231
.end:
