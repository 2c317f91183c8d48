; FERRXMS.SYS - extended memory for DOS: the Extended Memory Specification 3.0 (HMA, handles, A20,
; upper memory), on any PC with a 386 or better. DEVICE=FERRXMS.SYS [KB] [NOUMB]: KB is the most
; that it manages.
;
; Upper memory comes from the host bridge 82441FX, which can put RAM where adapters have no ROM.

    cpu 386
    bits 16
    org 0

%include "driver.inc"

HANDLES     equ 64
HMA_KB      equ 64

    device "XMSXXXX0"
    device_entries

%include "xms_calls.inc"
%include "xms_a20.inc"
%include "xms_blocks.inc"
%include "xms_move.inc"
%include "xms_upper.inc"
%include "xms_hooks.inc"

; ---- what it knows -----------------------------------------------------------------------
; A block of extended memory, in use or not; programs call its address a handle. This is also
; what INT 2Fh AX=4309h shows.
FLAG        equ 0               ; byte: BLOCK_*
LOCKS       equ 1               ; byte
BASE        equ 2               ; KB
LENGTH      equ 6               ; KB
BLOCK       equ 10              ; bytes
BLOCK_FREE  equ 1
BLOCK_USED  equ 2
BLOCK_NONE  equ 4               ; this place of the table describes nothing
blocks:
%rep HANDLES
    db BLOCK_NONE, 0
    dd 0, 0
%endrep
blocks_end:
heap_end:   dd 0                ; KB: one beyond the last
resident_end:

%include "xms_init.inc"
    device_words
%include "number.inc"
