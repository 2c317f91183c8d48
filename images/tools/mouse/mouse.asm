; The mouse driver: INT 33h as Microsoft's MOUSE.COM 8.20 has it (Microsoft Mouse Programmer's
; Reference; Ralf Brown's interrupt list), in the part of memory that stays. FERRITE MOUSE loads it
; (../mouse_cmd.inc), FERRITE RUN runs it where it lies.
;
; Where VMware's pointer answers (hw/input/vmmouse.h), it says where on the screen the pointer is;
; else, and for programs that want movement, it is the PS/2 mouse of INT 15h AH=C2h. Functions 0 to
; 2Fh, 31h to 34h, 4Dh, 6Dh; the wheel as CuteMouse has it (11h).
;
; A call of INT 33h runs with interrupts off from its beginning to its end, and so does a packet of
; the mouse, but for the program's own handler: nothing here is entered twice.
;
; Not modelled: cursors larger than 16 by 16 (12h refuses them), the light pen, the EGA's register
; interface (INT 10h AH=F0h), cursors in 13h when it is unchained, copies for each DOS box of Windows.
; No cursor in VESA's modes, as with Microsoft's driver: programs write there by banks, which they set
; behind the BIOS' back, or by a flat view of the memory; a driver that drew in the middle of that, from
; an interrupt, could not put the bank back, and the program's next bytes would be elsewhere. Places,
; buttons and handlers work there.

    cpu 386
    bits 16
%include "head.inc"
    org MOUSE_BASE

header:
    dw on_33, on_10, start, stop
old_33:     dd 0
old_10:     dd 0
            db 0, 0

; ---- INT 33h ---------------------------------------------------------------------------
struc frame                     ; from BP on, while a function runs
.es:        resw 1
.ds:        resw 1
.di:        resd 1
.si:        resd 1
.bp:        resd 1
.sp:        resd 1
.bx:        resd 1
.dx:        resd 1
.cx:        resd 1
.ax:        resd 1
endstruc

on_33:
    pushad
    push ds
    push es
    mov bp, sp
    cld
    push cs
    pop ds
    cmp ax, IDENTIFY
    je .identify
    mov dx, text_copyright      ; its address goes to ES:DI
    cmp ax, 0x4D
    je .text
    mov dx, version_bytes
    cmp ax, 0x6D
    je .text
    cmp ax, CALLS
    jae .out
    mov si, ax
    add si, si
    call [calls + si]
.out:
    pop es
    pop ds
    popad
    iret
.identify:
    cmp bx, REST_BX
    je .rest
    cmp bx, IDENTIFY_BX
    jne .out
    mov word [bp + frame.ax], IDENTIFY_REPLY
    mov [bp + frame.es], cs
    jmp .out
.rest:
    call cursor_erase
    call set_defaults
    mov byte [used], 0
    mov ebx, POINTER_OFF
    call pointer_command
    jmp .out
.text:
    mov [bp + frame.di], dx
    mov [bp + frame.es], cs
    jmp .out

calls:
    dw reset, show, hide, where, put, presses, releases, range_x, range_y, shape, text_shape
    dw mickeys, handler, nothing, nothing, ratios, exclude, wheel_there, large_shape, threshold
    dw swap_handler, state_size, state_save, state_restore, alternate, alternate_of
    dw set_sensitivity, get_sensitivity, nothing, set_page, get_page, disable, enable, reset
    dw nothing, language, version, general, most, masks, set_mode, next_mode, hot_spot_of, load_profiles
    dw get_profiles, select_profile, name_profiles, enable_again, nothing, ranges_of, functions, settings
    dw no_file
CALLS       equ ($ - calls) / 2

text_copyright: db "Ferrite's mouse driver", 0
version_bytes:  db 0x08, 0x20

%include "calls.inc"
%include "settings.inc"
%include "profiles.inc"
%include "packet.inc"
%include "motion.inc"
%include "screen.inc"
%include "cursor.inc"
%include "planes.inc"
%include "data.inc"
