; FERRITE.COM - what DOS needs of Ferrite: FERRITE with one of
;
;   RUN [/STAY] [PROGRAM ARGUMENTS]     starts a program and hands its exit code to the host
;   LREDIR [D: HOST[:NAME]]             makes a folder of the host a drive; without, lists them
;   LREDIR D: /D                        and gives the drive up
;   LFN                                 long file names on those drives, for programs that know them
;   CD [D:]                             the CD drive, with what MSCDEX is for programs
;   IDLE                                lets the processor rest while DOS waits
;   RESCAN D:                           DOS forgets what it knows of a disk
;   MEM                                 what memory programs have
;   MOUSE [/U]                          the mouse driver, INT 33h; and out of memory again
;
; Any PC's DOS from 3.1 on may call it; where the guest port is missing it says so, but for MOUSE,
; which any PC with a PS/2 mouse may use, and MEM.
; The file begins with what stays in memory.

    cpu 8086
    bits 16
    org 0x100

%include "port.inc"

PSP_ENVIRONMENT equ 0x2C
PSP_TAIL        equ 0x80

%macro paragraph 1              ; up to the next one, by RESB or zeros
%ifidni %1, resb
    resb (16 - ($ - $$) % 16) % 16
%else
    times (16 - ($ - $$) % 16) % 16 db 0
%endif
%endmacro

    jmp start

%include "idle.inc"
%include "redir.inc"
%include "long.inc"
%include "cd.inc"
    paragraph zeros             ; the driver moves by whole ones
mouse_image:    incbin "mouse.bin"
mouse_image_end:
; ---- what does not stay ----------------------------------------------------------------
%include "call.inc"
%include "text.inc"
%include "number.inc"
%include "run.inc"
%include "out.inc"
%include "lredir.inc"
%include "long_cmd.inc"
%include "cd_cmd.inc"
%include "idle_cmd.inc"
%include "rescan.inc"
%include "mem_cmd.inc"
%include "mouse_cmd.inc"

; ---- the beginning ---------------------------------------------------------------------
start:
    cld
    mov sp, stack_top           ; COMs get all memory; what we need of it is below this
    mov ah, 0x30
    int 0x21
    xchg al, ah                 ; AX = version, 030Ah for 3.10
    mov dx, text_version
    cmp ax, 0x030A
    jb .fail
    mov bx, memory_end + 15
    mov cl, 4
    shr bx, cl
    mov ah, 0x4A
    int 0x21
    mov bx, bss
    mov cx, bss_end - bss
    xor al, al
    mov di, bx
    rep stosb

    mov ah, 0x30
    int 0x21
    cmp al, 4
    jae .later
    mov byte [is_old], 1
.later:
    mov si, PSP_TAIL + 1
    call next_word
    mov bx, commands
.command:
    mov di, [bx]
    or di, di
    mov dx, text_usage
    jz .fail
    call same_word
    je .found
    add bx, 4
    jmp .command
.found:
    cmp word [bx + 2], mouse
    je mouse
    cmp word [bx + 2], mem
    je mem
    call port_find
    mov dx, text_no_port
    jc .fail
    jmp [bx + 2]

.fail:
    call print
    mov ax, 0x4C01
    int 0x21

commands:
    dw word_run, run
    dw word_lredir, lredir
    dw word_long, long_names
    dw word_cd, cd
    dw word_idle, idle
    dw word_rescan, rescan
    dw word_mem, mem
    dw word_mouse, mouse
    dw 0
word_run:       db "RUN", 0
word_lredir:    db "LREDIR", 0
word_long:      db "LFN", 0
word_cd:        db "CD", 0
word_idle:      db "IDLE", 0
word_rescan:    db "RESCAN", 0
word_mem:       db "MEM", 0
word_mouse:     db "MOUSE", 0

text_version:   db "FERRITE wants DOS 3.1 or newer.", 13, 10, "$"
text_no_port:   db "FERRITE: this is no Ferrite, or one without the guest port.", 13, 10, "$"
text_usage:
    db "Usage: FERRITE RUN [/STAY] [PROGRAM ARGUMENTS]    its exit code ends the machine", 13, 10
    db "       FERRITE LREDIR [D: HOST[:NAME]]            a folder of the host as a drive", 13, 10
    db "       FERRITE LREDIR D: /D                       no more", 13, 10
    db "       FERRITE LFN                                long names on such drives", 13, 10
    db "       FERRITE CD [D:]                            the CD drive, as with MSCDEX", 13, 10
    db "       FERRITE IDLE                               the processor rests while DOS waits", 13, 10
    db "       FERRITE RESCAN D:                          looks at a changed disk anew", 13, 10
    db "       FERRITE MEM                                what memory programs have", 13, 10
    db "       FERRITE MOUSE                              the mouse driver", 13, 10
    db "       FERRITE MOUSE /U                           no more", 13, 10, "$"

; ---- memory behind the file ------------------------------------------------------------
    paragraph zeros
bss:
absolute bss
request:        resb head_size
answer:         resb reply_size
exec_block:     resw 7
kept_sp:        resw 1
old_21:         resd 1
old_0:          resd 1
old_6:          resd 1
fault_seen:     resb 1
last_result:    resw 1          ; of AH=4Dh, as the shell saw it
program_end:    resw 1          ; its zero
tail_length:    resw 1
environment:    resw 1          ; the segment of the one we make
environment_end: resw 1
resident:       resw 1          ; segment of the redirector
row:            resw 1
mouse_at:       resd 1          ; far
share_name:     resb 12
letter:         resb 1          ; 0 = A:
fresh:          resb 1          ; 1: the redirector is new, and in our segment
is_old:         resb 1          ; 1: DOS 3
channel:        resb 1
flags:          resb 1          ; RUN_*
last_seen:      resb 1
fcb1:           resb 16
fcb2:           resb 16
directory:      resb 130
program:        resb 130
shell:          resb 130        ; COMSPEC
exec_tail:      resb 128
bss_end:
                resb 512
    paragraph resb
stack_top:
; From here on only until a program starts: then its environment moves to stack_top.
buffer:         resb 4096
    paragraph resb
environment_made: resb ENVIRONMENT_SIZE
memory_end:
