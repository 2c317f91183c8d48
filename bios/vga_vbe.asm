; Ferrite VGA BIOS: VESA BIOS extension 2.0 (AH=4Fh) on the Bochs display interface.
;
; The interface (DISPI) has an index register at 1CEh and data at 1CFh, 16 bits
; each. Everything about a mode follows from its width, height and depth, so the
; table of modes has just these; the present mode is found by asking the adapter.
;
; Answers: AL = 4Fh says that the function exists, AH = 0 that it went well.

DISPI_INDEX     equ 0x1CE
DISPI_XRES      equ 1
DISPI_YRES      equ 2
DISPI_BPP       equ 3
DISPI_ENABLE    equ 4
DISPI_BANK      equ 5
DISPI_VWIDTH    equ 6
DISPI_VHEIGHT   equ 7
DISPI_X         equ 8
DISPI_Y         equ 9
DISPI_MEMORY    equ 10              ; in 64 KB
DISPI_ON        equ 0x01
DISPI_DAC8      equ 0x20
DISPI_LFB       equ 0x40
DISPI_KEEP      equ 0x80

LFB_DEFAULT     equ 0xE0000000      ; of an adapter that is not on PCI

; The same file serves the Cirrus Logic CL-GD5446: vga_cirrus.asm puts the chip
; behind dispi_get and dispi_set.
%ifdef CIRRUS
DISPLAY_PCI     equ 0x00B81013
%define DAC_CAN_8 0
%else
DISPLAY_PCI     equ 0x11111234      ; the Bochs/QEMU standard VGA
%define DAC_CAN_8 1
%endif

VBE_MODE_BYTE   equ 0x7F            ; 40:49 while a packed-pixel mode is set

; Number, width, height, bits a dot. 4 bits are planar.
vbe_modes:
    dw 0x100, 640, 400, 8
    dw 0x101, 640, 480, 8
    dw 0x102, 800, 600, 4
    dw 0x103, 800, 600, 8
    dw 0x104, 1024, 768, 4
    dw 0x105, 1024, 768, 8
    dw 0x106, 1280, 1024, 4
    dw 0x107, 1280, 1024, 8
    dw 0x10D, 320, 200, 15
    dw 0x10E, 320, 200, 16
    dw 0x10F, 320, 200, 24
    dw 0x110, 640, 480, 15
    dw 0x111, 640, 480, 16
    dw 0x112, 640, 480, 24
    dw 0x113, 800, 600, 15
    dw 0x114, 800, 600, 16
    dw 0x115, 800, 600, 24
    dw 0x116, 1024, 768, 15
    dw 0x117, 1024, 768, 16
    dw 0x118, 1024, 768, 24
    dw 0x119, 1280, 1024, 15
    dw 0x11A, 1280, 1024, 16
    dw 0x11B, 1280, 1024, 24
    dw 0x11C, 1600, 1200, 8
    dw 0x11D, 1600, 1200, 15
    dw 0x11E, 1600, 1200, 16
    dw 0x11F, 1600, 1200, 24
    ; Above the numbers that VESA gave out: as Bochs and QEMU count.
    dw 0x140, 320, 200, 32
    dw 0x141, 640, 400, 32
    dw 0x142, 640, 480, 32
    dw 0x143, 800, 600, 32
    dw 0x144, 1024, 768, 32
    dw 0x145, 1280, 1024, 32
    dw 0x146, 320, 200, 8
    dw 0x147, 1600, 1200, 32
    dw 0x148, 1152, 864, 8
    dw 0x149, 1152, 864, 15
    dw 0x14A, 1152, 864, 16
    dw 0x14B, 1152, 864, 24
    dw 0x14C, 1152, 864, 32
    dw 0x175, 1280, 720, 16
    dw 0x176, 1280, 720, 24
    dw 0x177, 1280, 720, 32
    dw 0x178, 1280, 800, 16
    dw 0x179, 1280, 800, 24
    dw 0x17A, 1280, 800, 32
    dw 0x17B, 1280, 960, 16
    dw 0x17C, 1280, 960, 24
    dw 0x17D, 1280, 960, 32
    dw 0x6A, 800, 600, 4            ; 102h as VESA called it first
    dw 0xFFFF

vbe_functions:
    dw vbe_info, vbe_mode_info, vbe_set_mode, vbe_get_mode, vbe_state
    dw vbe_window, vbe_line_length, vbe_start, vbe_dac_width, vbe_palette
    dw vbe_protected
.end:

vbe:
    cmp al, 0x10
    je vbe_power
    cmp al, 0x15
    je vbe_ddc
    cmp al, (vbe_functions.end - vbe_functions) / 2
    jae .none
    push ax
    push dx
    mov al, 0                       ; an adapter without the interface answers FFFFh
    call dispi_get
    and al, 0xF0
    cmp ax, 0xB0C0
    pop dx
    pop ax
    jne .none
    mov si, ax
    and si, 0xFF
    shl si, 1
    jmp [cs:vbe_functions + si]
.none:
    ret

vbe_ok:
    mov word [bp + FR_AX], 0x004F
    ret
vbe_failed:
    mov word [bp + FR_AX], 0x014F
    ret
vbe_not_now:                        ; not in this mode
    mov word [bp + FR_AX], 0x034F
    ret

%ifdef CIRRUS
%include "vga_cirrus.asm"
%else
; AX = register AL. Destroys DX.
dispi_get:
    mov dx, DISPI_INDEX
    xor ah, ah
    out dx, ax
    inc dx
    in ax, dx
    ret

; Register AL := CX. Destroys AX, DX.
dispi_set:
    mov dx, DISPI_INDEX
    xor ah, ah
    out dx, ax
    inc dx
    mov ax, cx
    out dx, ax
    ret
%endif

; Back to what the standard registers say (a mode below 100h is set).
dispi_off:
    push ax
    push cx
    push dx
    mov al, 0
    call dispi_get
    and al, 0xF0
    cmp ax, 0xB0C0
    jne .out
    mov al, DISPI_ENABLE
    xor cx, cx
    call dispi_set
.out:
    pop dx
    pop cx
    pop ax
    ret

; CS:SI = entry of mode BX, or the mark of the end with carry. Modes that do not fit
; into memory do not exist. Destroys AX, CX, DX.
find_mode:
    mov si, vbe_modes
.next:
    cmp word [cs:si], 0xFFFF
    je .none
    cmp bx, [cs:si]
    je .found
    add si, 8
    jmp .next
.found:
    push bx
    call line_bytes
%ifdef CIRRUS
    cmp eax, CIRRUS_PITCH + 1       ; longer lines than the chip has
    cmc
    jc .long
%endif
    movzx ecx, word [cs:si + 4]
    imul ecx, eax
    cmp word [cs:si + 6], 4
    jne .packed
    shl ecx, 2                      ; four planes
.packed:
    mov al, DISPI_MEMORY
    call dispi_get
    movzx eax, ax
    shl eax, 16
    cmp eax, ecx
.long:
    pop bx
    ret                             ; carry: memory < need
.none:
    stc
    ret

; EAX = bytes of a line of the entry CS:SI (of one plane with 4 bits).
line_bytes:
    movzx eax, word [cs:si + 2]
    add eax, 7
    and al, 0xF8
    push cx
    mov cx, [cs:si + 6]
    call bytes_of_dots
    pop cx
    ret

; EAX dots with CX bits each to bytes.
bytes_of_dots:
    cmp cl, 4
    jne .packed
    shr eax, 3
    ret
.packed:
    push ecx
    movzx ecx, cl
    add ecx, 7
    shr ecx, 3
    imul eax, ecx
    pop ecx
    ret

; EAX = physical address of the framebuffer: base register 0 of the first VGA on
; PCI bus 0, else the place of one that is not on PCI. Destroys CX, DX.
framebuffer:
    push ebx
    mov ebx, 0x80000000
.device:
    mov eax, ebx
    call pci_read
    cmp eax, DISPLAY_PCI
    je .found
    add ebx, 0x800
    cmp ebx, 0x80010000
    jb .device
    mov eax, LFB_DEFAULT
    jmp .out
.found:
    lea eax, [ebx + 0x10]
    call pci_read
    and al, 0xF0
.out:
    pop ebx
    ret

; EAX = configuration register EAX.
pci_read:
    mov dx, 0xCF8
    out dx, eax
    mov dx, 0xCFC
    in eax, dx
    ret

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

; AL=04h: save and restore, by DL as AH=1Ch by AL; the interface's registers follow.
VBE_REGS    equ 9                   ; 1 to 9; the enable register last
vbe_state:
    cmp dl, 2
    ja vbe_failed
    mov al, dl
    mov ah, 0x1C
    and cx, 7                       ; bit 3 is the interface
    jnz .call
    mov cl, 1                       ; the head of the buffer has to be there
.call:
    cmp dl, 0
    je .size
    cmp dl, 2
    je .restore
    int 0x10
    mov es, [bp + FR_ES]
    mov di, [bp + FR_BX]
    call vbe_state_end
    mov cx, 1
.save:
    mov al, cl
    call dispi_get
    stosw
    inc cx
    cmp cl, VBE_REGS
    jbe .save
    jmp vbe_ok
.size:
    int 0x10
    inc bx
    mov [bp + FR_BX], bx
    jmp vbe_ok
.restore:
    call dispi_off
    int 0x10
    mov es, [bp + FR_ES]
    mov di, [bp + FR_BX]
    call vbe_state_end
    mov si, di
    mov bx, [es:si + 2 * (DISPI_ENABLE - 1)]
    mov di, 1
.first:                             ; resolution and depth, then enable, then the others
    mov cx, [es:si]
    add si, 2
    cmp di, DISPI_ENABLE
    jne .write
    mov cx, bx
    or cl, DISPI_KEEP
    test cl, DISPI_ON
    jnz .write
    xor cx, cx
.write:
    mov ax, di
    call dispi_set
    inc di
    cmp di, VBE_REGS
    jbe .first
    jmp vbe_ok

; ES:DI = the block after what AH=1Ch with CX keeps at ES:DI. Destroys AX, BX.
vbe_state_end:
    mov ax, 0x1C00
    int 0x10                        ; BX = blocks of 64 bytes
    shl bx, 6
    add di, bx
    ret

; AL=05h: BH = 0 sets, 1 gets the position of window BL, DX in 64 KB.
vbe_window:
    test bl, bl
    jnz vbe_failed
    cmp bh, 1
    ja vbe_failed
    je .get
    mov al, DISPI_MEMORY
    push dx
    call dispi_get
    pop cx
    cmp cx, ax
    jae vbe_failed
    mov al, DISPI_BANK
    call dispi_set
    jmp vbe_ok
.get:
    mov al, DISPI_BANK
    call dispi_get
    mov [bp + FR_DX], ax
    jmp vbe_ok

; The same as a far call, without the interrupt: AX, DX may change.
vbe_window_far:
    cmp bl, 0
    jne .failed
    cmp bh, 1
    ja .failed
    je .get
    push cx
    mov cx, dx
    mov al, DISPI_BANK
    call dispi_set
    pop cx
    mov ax, 0x004F
    retf
.get:
    mov al, DISPI_BANK
    call dispi_get
    mov dx, ax
    mov ax, 0x004F
    retf
.failed:
    mov ax, 0x014F
    retf

; AL=06h: BL = 0 sets the line's length to CX dots, 1 gets, 2 sets it in bytes, 3 gets
; the largest. BX = bytes, CX = dots of a line, DX = lines.
vbe_line_length:
    call vbe_enabled
    jz vbe_not_now
    mov al, DISPI_BPP
    push cx
    call dispi_get
    mov di, ax                      ; bits
    pop cx
    cmp bl, 1
    je .get
    cmp bl, 3
    je .largest
    ja vbe_failed
    cmp bl, 2
    jne .set
    ; Bytes to dots, rounded up.
    movzx eax, cx
    cmp di, 4
    jne .divide
    shl eax, 3
    jmp .dots
.divide:
    lea cx, [di + 7]
    shr cx, 3
    movzx ecx, cx
    add eax, ecx
    dec eax
    xor edx, edx
    div ecx
.dots:
    cmp eax, 0xFFF8
    ja vbe_failed
    mov cx, ax
.set:
    push cx
    mov al, DISPI_XRES              ; a line shorter than the screen cannot be
    call dispi_get
    pop cx
    cmp cx, ax
    jb vbe_failed
    push cx
    mov al, DISPI_VWIDTH
    call dispi_get
    mov si, ax                      ; as it was
    pop cx
    mov al, DISPI_VWIDTH
    call dispi_set
    ; Does the screen still fit?
    mov al, DISPI_VHEIGHT
    call dispi_get
    mov cx, ax
    mov al, DISPI_YRES
    call dispi_get
    cmp cx, ax
    jae .get
    mov cx, si
    mov al, DISPI_VWIDTH
    call dispi_set
    mov word [bp + FR_AX], 0x024F
    ret
.get:
    call show_pitch
    mov al, DISPI_VWIDTH
    call dispi_get
    mov [bp + FR_CX], ax
    movzx eax, ax
    mov cx, di
    call bytes_of_dots
    mov [bp + FR_BX], ax
    mov al, DISPI_VHEIGHT
    call dispi_get
    mov [bp + FR_DX], ax
    jmp vbe_ok
.largest:
    mov al, DISPI_MEMORY
    call dispi_get
    movzx ebx, ax
    shl ebx, 16
    cmp di, 4
    jne .chunky
    shr ebx, 2
.chunky:
    mov al, DISPI_YRES
    call dispi_get
    movzx ecx, ax
    mov eax, ebx
    xor edx, edx
    div ecx                         ; bytes a line
    cmp eax, 0x7FFF
    jbe .fits
    mov eax, 0x7FF8
.fits:
    mov [bp + FR_BX], ax
    mov [bp + FR_DX], cx
    mov cx, di
    cmp cl, 4
    jne .bytes
    shl eax, 3
    jmp .width
.bytes:
    movzx ecx, cl
    add ecx, 7
    shr ecx, 3
    xor edx, edx
    div ecx
.width:
    and al, 0xF8
    mov [bp + FR_CX], ax
    jmp vbe_ok

; Z clear when the interface is on. Destroys AX, keeps the rest.
vbe_enabled:
    push dx
    mov al, DISPI_ENABLE
    call dispi_get
    pop dx
    test al, DISPI_ON
    ret

; AL=07h: BL = 0 (80h: in the retrace) sets, 1 gets the first dot shown: CX, DX.
vbe_start:
    call vbe_enabled
    jz vbe_not_now
    cmp bl, 1
    je .get
    test bl, 0x7F
    jnz vbe_failed
    test bl, 0x80
    jz .set
    call wait_retrace
.set:
    push dx
    mov al, DISPI_X
    call dispi_set
    pop cx
    mov al, DISPI_Y
    call dispi_set
    jmp vbe_ok
.get:
    mov al, DISPI_X
    call dispi_get
    mov [bp + FR_CX], ax
    mov al, DISPI_Y
    call dispi_get
    mov [bp + FR_DX], ax
    mov byte [bp + FR_BH], 0
    jmp vbe_ok

; Wait for the beginning of a vertical retrace. Keeps everything.
wait_retrace:
    push ax
    push dx
    mov dx, [CRTC]
    add dl, 6
.in:
    in al, dx
    test al, 8
    jnz .in
.out:
    in al, dx
    test al, 8
    jz .out
    pop dx
    pop ax
    ret

; AL=08h: BL = 0 sets (BH = bits wanted), 1 gets the bits of a DAC component: BH.
vbe_dac_width:
    call vbe_enabled
    jz vbe_not_now
    mov ah, 0
    mov cx, ax                      ; the enable register (its high byte is 0)
    cmp bl, 1
    je .get
    ja vbe_failed
    and cl, ~DISPI_DAC8 & 0xFF
    cmp bh, 8
    jb .set
    or cl, DISPI_DAC8
.set:
    or cl, DISPI_KEEP
    mov al, DISPI_ENABLE
    call dispi_set
    mov al, DISPI_ENABLE            ; not every adapter has eight
    call dispi_get
    mov cx, ax
.get:
    mov byte [bp + FR_BH], 6
    test cl, DISPI_DAC8
    jz .six
    mov byte [bp + FR_BH], 8
.six:
    jmp vbe_ok

; AL=09h: BL = 0 (80h: in the retrace) sets, 1 gets CX colours from DX on, ES:DI;
; each is blue, green, red and a filler.
vbe_palette:
    cmp cx, 256
    ja vbe_failed
    mov es, [bp + FR_ES]
    mov di, [bp + FR_DI]
    jcxz .done
    cmp bl, 1
    je .get
    test bl, 0x7F
    jnz vbe_failed
    test bl, 0x80
    jz .set
    call wait_retrace
.set:
    mov al, dl
    mov dx, DAC_WRITE
    out dx, al
    inc dx
.next:
    mov eax, [es:di]
    add di, 4
    mov bl, al
    mov bh, ah
    shr eax, 16
    out dx, al
    mov al, bh
    out dx, al
    mov al, bl
    out dx, al
    loop .next
.done:
    jmp vbe_ok
.get:
    mov al, dl
    mov dx, DAC_READ
    out dx, al
    mov dx, DAC_DATA
.read:
    in al, dx
    mov ah, 0
    shl eax, 16
    in al, dx
    mov ah, al
    in al, dx
    mov [es:di], eax
    add di, 4
    loop .read
    jmp vbe_ok
