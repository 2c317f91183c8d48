; The demo disk's program: start here.
;
; The boot sector has loaded us to address 1000:0000. There is no operating system: we
; have the processor in real mode, the BIOS, and the hardware. Reading order: this file,
; screen.asm (how text gets to the screen), menu.asm, then any page.

    cpu 386
    bits 16
    org 0

SEGMENT_BASE    equ 0x10000     ; where our segment begins in memory: 1000h * 16

section .text
section .data align=4 follows=.text
section .rodata align=4 follows=.data
section .bss align=16 nobits follows=.rodata

%include "demo.inc"

section .text
start:
    cli
    mov ax, cs                  ; one segment for code and data keeps things simple
    mov ds, ax
    mov es, ax
    xor ax, ax
    mov ss, ax                  ; the stack lies in low memory, below the boot sector
    mov sp, 0x7C00
    sti
    cld
    mov [boot_drive], dl

    mov di, bss_start           ; memory from a real PC is not zero at the start
    mov cx, bss_end
    sub cx, di
    xor al, al
    rep stosb

    jmp menu

%include "screen.asm"
%include "menu.asm"
%include "text.asm"
%include "vga13.asm"
%include "vga12.asm"
%include "modex.asm"
%include "keyboard.asm"
%include "mouse.asm"
%include "timer.asm"
%include "disk.asm"
%include "pmode.asm"
%include "processor.asm"

section .data
boot_drive: db 0

section .bss
bss_end:
