; Ferrite VGA BIOS: a 32 KB option ROM at C000:0000 that gives the PC INT 10h.
;
; The system BIOS finds the 55h AAh at its start, checks that all bytes add up
; to zero and calls offset 3. From then on INT 10h comes here. What each mode
; needs stands in one table (vga_tables.asm); everything else reads the BIOS
; data area, because programs read and change it too.
;
; Build: nasm -f bin -I FONT-DIR/ -o vgabios.bin vgabios.asm, then romsum fixes
; the checksum (the last byte). With -DCIRRUS it is for the CL-GD5446.

    bits 16
    cpu 386
    org 0

%include "macros.inc"
%include "vga_data.inc"

ROM_SIZE    equ 32 * 1024

    db 0x55, 0xAA, ROM_SIZE / 512
    jmp near init
    times 0x18 - ($ - $$) db 0
    dw pci_data                     ; for a system BIOS that takes ROMs from PCI cards
    times 0x1E - ($ - $$) db 0
    db 'IBM compatible VGA', 0      ; EGA-aware programs look for the word here
    db 'Ferrite VGA BIOS', 0

    align 4, db 0
pci_data:
    db 'PCIR'
%ifdef CIRRUS
    dw 0x1013, 0x00B8               ; Cirrus Logic CL-GD5446
%else
    dw 0x1234, 0x1111               ; vendor and device of the Bochs/QEMU standard VGA
%endif
    dw 0                            ; no vital product data
    dw pci_data_end - pci_data
    db 0                            ; revision
    db 0, 0, 3                      ; class: VGA-compatible display
    dw ROM_SIZE / 512
    dw 1
    db 0                            ; code for PCs
    db 0x80                         ; the last image
    dw 0
pci_data_end:

; --------------------------------------------------------------- entry
; A function finds the caller's registers in the frame at BP, DS at the BIOS
; data area, and its own copies of AX, BX, CX, DX, SI, DI as the caller set
; them. What it writes into the frame is what the caller gets back.
int10:
    sti
    ENTER_VIDEO
    push ax
    DS_BDA
    pop ax
    cmp ah, (functions.end - functions) / 2
    jae .other
    push bx
    movzx bx, ah
    shl bx, 1
    mov bx, [cs:functions + bx]
    mov [bp + L_WIDTH], bx
    pop bx
    call [bp + L_WIDTH]
.done:
    LEAVE_VIDEO
.other:
    cmp ah, 0x4F                    ; VESA
    jne .done
    call vbe
    jmp .done

; The caller asked for nothing that we know: nothing changes.
no_function:
    ret

functions:
    dw set_mode                     ; 00h
    dw set_cursor_shape             ; 01h
    dw set_cursor                   ; 02h
    dw get_cursor                   ; 03h
    dw light_pen                    ; 04h
    dw set_page                     ; 05h
    dw scroll_up                    ; 06h
    dw scroll_down                  ; 07h
    dw read_char                    ; 08h
    dw write_char_attr              ; 09h
    dw write_char                   ; 0Ah
    dw set_colour                   ; 0Bh
    dw write_dot                    ; 0Ch
    dw read_dot                     ; 0Dh
    dw teletype                     ; 0Eh
    dw get_mode                     ; 0Fh
    dw palette                      ; 10h
    dw fonts                        ; 11h
    dw alternate                    ; 12h
    dw write_string                 ; 13h
    times 6 dw no_function          ; 14h-19h
    dw display_combination          ; 1Ah
    dw functionality                ; 1Bh
    dw save_restore                 ; 1Ch
.end:

%include "vga_init.asm"
%include "vga_mode.asm"
%include "vga_cursor.asm"
%include "vga_text.asm"
%include "vga_scroll.asm"
%include "vga_gfx.asm"
%include "vga_palette.asm"
%include "vga_font.asm"
%include "vga_info.asm"
%include "vga_save.asm"
%include "vga_vbe.asm"
%include "vga_vbe_info.asm"
%include "vga_vbe_mode.asm"
%include "vga_vbe_screen.asm"
%include "vga_monitor.asm"
%include "vga_pmode.asm"
%include "vga_tables.asm"
%include "vga_widetext.asm"

font_8x8:
%include "font_8x8.inc"
font_8x14:
%include "font_8x14.inc"
font_8x16:
%include "font_8x16.inc"

    times ROM_SIZE - 1 - ($ - $$) db 0xFF
    db 0                            ; romsum makes the sum zero here
