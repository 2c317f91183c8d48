; The mouse driver: INT 33h as Microsoft's MOUSE.COM 8.20 has it (Microsoft Mouse Programmer's
; Reference; Ralf Brown's interrupt list), in the part of memory that stays. FERRITE MOUSE loads it
; (../mouse_cmd.inc), FERRITE RUN runs it where it lies.
;
; Where VMware's pointer answers (hw/input/vmmouse.h), it says where on the screen the pointer is;
; else, and for programs that want movement, it is the PS/2 mouse of INT 15h AH=C2h. Functions 0 to
; 11h, 13h to 2Ah, 2Fh, 31h, 32h, 4Dh, 6Dh; the wheel as CuteMouse has it (11h).
;
; A call of INT 33h runs with interrupts off from its beginning to its end, and so does a packet of
; the mouse, but for the program's own handler: nothing here is entered twice.
;
; Not modelled: cursors larger than 16 by 16 (12h), the light pen, profiles of acceleration (2Bh to
; 2Eh), the EGA's register interface (INT 10h AH=F0h), cursors in SVGA modes and in 13h when it is
; unchained, copies for each DOS box of Windows.

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
    dw mickeys, handler, nothing, nothing, ratios, exclude, wheel_there, nothing, threshold
    dw swap_handler, state_size, state_save, state_restore, alternate, alternate_of
    dw set_sensitivity, get_sensitivity, nothing, set_page, get_page, disable, enable, reset
    dw nothing, language, version, general, most, masks, set_mode, next_mode, hot_spot_of, nothing
    dw nothing, nothing, nothing, enable_again, nothing, ranges_of, functions
CALLS       equ ($ - calls) / 2

text_copyright: db "Ferrite's mouse driver", 0
version_bytes:  db 0x08, 0x20

%include "calls.inc"
%include "settings.inc"
%include "packet.inc"
%include "motion.inc"
%include "screen.inc"
%include "cursor.inc"
%include "planes.inc"
%include "data.inc"
