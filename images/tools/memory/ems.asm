; FERREMS.SYS - the driver of Ferrite's expanded memory board (hw/memory/README.md): INT 67h as the
; Lotus/Intel/Microsoft Expanded Memory Specification 4.0 has it, functions 40h to 5Dh.
;
; Programs look for it in two ways: the device EMMXXXX0, and its name at offset 10 of the segment
; that INT 67h points into. Nothing here needs virtual-8086 mode.

    cpu 386
    bits 16
    org 0

%include "driver.inc"

PORT        equ 0x8930          ; of the board: registers of the windows, then:
PORT_SIZE   equ 8               ; how many pages it has
PORT_FRAME  equ 10              ; segment of the first window
PORT_ID     equ 12
ID          equ 0x4D45
WINDOWS     equ 4
PAGE_ON     equ 0x8000
PAGE        equ 0x4000          ; bytes
HANDLES     equ 64
PAGES_MOST  equ 2048            ; 32 MB
CONTEXT     equ 2 * WINDOWS     ; bytes that keep which pages are shown

    device "EMMXXXX0"
    device_entries

%include "ems_calls.inc"
%include "ems_pages.inc"
%include "ems_maps.inc"
%include "ems_names.inc"
%include "ems_jump.inc"
%include "ems_move.inc"
%include "ems_os.inc"

; ---- what it knows -----------------------------------------------------------------------
; The board's pages in an order: those of each handle side by side in the order of its logical
; pages, then the free ones. `start` and `count` say where a handle's are.
frame:      dw 0
pages:      dw 0                ; of the board
used:       dw 0                ; of them; where the free ones begin
start:      times HANDLES dw 0
count:      times HANDLES dw 0
taken:      times HANDLES db 0  ; bit 0: the handle is somebody's, bit 1: it keeps a context
TAKEN       equ 1
KEEPS       equ 2
names:      times HANDLES * 8 db 0
contexts:   times HANDLES * CONTEXT db 0

fill_pages:                     ; AX := where the table ends
    mov cx, [pages]
    push ds
    pop es
    mov di, page_of
    xor ax, ax
.next:
    stosw
    inc ax
    loop .next
    mov ax, di
    ret

page_of:                        ; words; over what INIT is, which ends by filling them

; ---- once --------------------------------------------------------------------------------
init:
    mov dx, PORT + PORT_ID
    in ax, dx
    cmp ax, ID
    mov dx, text_none
    jne .fail
    mov dx, PORT + PORT_SIZE
    in ax, dx
    mov [pages], ax
    mov dx, PORT + PORT_FRAME
    in ax, dx
    mov [frame], ax
    mov byte [taken], TAKEN     ; handle 0 is the system's
    call windows_show
    mov dx, text_hidden
    jc .fail
    mov dx, text_there
    call print
    mov ax, [pages]
    shl ax, 4
    call print_number
    mov dx, text_end
    call print
    mov ax, 0x2567
    mov dx, on_67
    int 0x21
    jmp fill_pages
.fail:
    call print
    xor ax, ax
    ret

; Switches all windows off. CF = 1: one of them does not show what it is set to, for the bridge has
; RAM or a ROM's copy there (firmware that leaves all its shadow RAM on).
windows_show:
    mov bx, [frame]
    mov cx, WINDOWS
    mov dx, PORT
.next:
    mov es, bx
    mov ax, PAGE_ON
    out dx, ax
    mov word [es:0], 0x5AA5
    inc ax
    out dx, ax
    mov word [es:0], 0xA55A
    dec ax
    out dx, ax
    cmp word [es:0], 0x5AA5
    mov ax, 0
    out dx, ax
    jne .hidden
    add dx, 2
    add bx, PAGE / 16
    loop .next
    clc
    ret
.hidden:
    stc
    ret

text_there: db "FERREMS: expanded memory, LIM 4.0, $"
text_end:   db " KB.", 13, 10, "$"
text_none:  db "FERREMS: this machine has no expanded memory board (-device ems).", 13, 10, "$"
text_hidden: db "FERREMS: the page frame is covered by RAM or a ROM.", 13, 10, "$"

    device_words
%include "number.inc"

    times 2 * PAGES_MOST - ($ - page_of) db 0 ; DEVICEHIGH makes room for what the file has
