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
; PCI bus 0, else the place of one that is not on PCI; 0: there is none that is fixed (a
; CL-GD5430 on ISA). Destroys CX, DX.
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
%ifdef CIRRUS
    xor eax, eax
%else
    mov eax, LFB_DEFAULT
%endif
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
