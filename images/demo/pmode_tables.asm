; The tables of protected mode: GDT, IDT, TSS and page tables.

; ---- GDT -------------------------------------------------------------------------------
; A descriptor is eight bytes: 32 bits of base, 20 of limit, an access byte (present, ring,
; code or data or system, writable ...) and four flags. The fields lie in pieces, for the 286
; had only 24 and 16 of those bits.
%macro descriptor 4             ; BASE, LIMIT, ACCESS, FLAGS
    dw (%2) & 0xFFFF
    dw (%1) & 0xFFFF
    db (%1) >> 16 & 0xFF
    db %3
    db (%4) << 4 | (%2) >> 16 & 0x0F
    db (%1) >> 24 & 0xFF
%endmacro

; A TSS in our segment: its label is the offset, the base lies 10000h above.
%macro tss_descriptor 1
    dw tss_size - 1
    dw %1
    db SEGMENT_BASE >> 16
    db 0x89                     ; present, ring 0, 32-bit TSS, not busy
    db 0
    db 0
%endmacro

ACCESS_CODE     equ 0x9A        ; present, ring 0, code, readable
ACCESS_DATA     equ 0x92        ; present, ring 0, data, writable
RING3           equ 0x60        ; the ring's place in the access byte
FLAG_32         equ 0x4         ; 32-bit operands and addresses
FLAG_PAGES      equ 0x8         ; the limit counts 4 KB pages

section .data
align 8
gdt:
    dq 0                        ; number 0 is never used
    descriptor SEGMENT_BASE, 0xFFFF, ACCESS_CODE, FLAG_32
    descriptor SEGMENT_BASE, 0xFFFF, ACCESS_DATA, FLAG_32
    descriptor 0, 0xFFFFF, ACCESS_DATA, FLAG_32 | FLAG_PAGES
    descriptor SEGMENT_BASE, 0xFFFF, ACCESS_CODE, 0
    descriptor SEGMENT_BASE, 0xFFFF, ACCESS_DATA, 0
    descriptor SEGMENT_BASE, 0xFFFF, ACCESS_CODE | RING3, FLAG_32
    descriptor SEGMENT_BASE, 0xFFFF, ACCESS_DATA | RING3, FLAG_32
    descriptor 0, 0xFFFFF, ACCESS_DATA | RING3, FLAG_32 | FLAG_PAGES
gdt_tss:
    tss_descriptor main_tss
gdt_task:
    tss_descriptor other_tss
gdt_end:

gdt_pointer:
    dw gdt_end - gdt - 1
    dw gdt                      ; a linear address: label ...
    dw SEGMENT_BASE >> 16       ; ... and base

; ---- IDT -------------------------------------------------------------------------------
; A gate is a selector, an offset and a type. 8E: present, ring 0, 32-bit interrupt gate.
; Ring 3 may only use gates that are marked for it: EE, our system call, INT 30h.
SYSTEM_CALL     equ 0x30

%macro gate 2                   ; HANDLER, TYPE
    dw %1
    dw SEL_CODE
    db 0
    db %2
    dw 0
%endmacro

align 8
idt:
%assign number 0
%rep 32
    gate exception_%+number, 0x8E
%assign number number + 1
%endrep
    times (SYSTEM_CALL - 32) * 8 db 0
    gate system_call, 0xEE
idt_end:

idt_pointer:
    dw idt_end - idt - 1
    dw idt
    dw SEGMENT_BASE >> 16

; ---- TSS -------------------------------------------------------------------------------
; A task state segment holds all registers of a task that is not running, and the stack
; pointer for ring 0: the processor takes it when an interrupt arrives in ring 3.
struc tss
.back_link: resd 1              ; the task that called this one
.esp0:      resd 1
.ss0:       resd 1
.rings12:   resd 4
.cr3:       resd 1
.eip:       resd 1
.eflags:    resd 1
.registers: resd 4              ; EAX, ECX, EDX, EBX
.esp:       resd 1
.more:      resd 3              ; EBP, ESI, EDI
.es:        resd 1
.cs:        resd 1
.ss:        resd 1
.ds:        resd 1
.fs:        resd 1
.gs:        resd 1
.ldt:       resd 1
.trap:      resw 1
.io_map:    resw 1              ; offset of the port map; past the limit: no port is open
endstruc

section .bss
main_tss:  resb tss_size
other_tss: resb tss_size
section .text

; ---- page tables -----------------------------------------------------------------------
; An address is 10 bits directory, 10 bits table, 12 bits offset. Entries are the address of
; the next level (4 KB aligned) plus flags. Ours lie in free memory at 30000h.
PAGE_DIRECTORY  equ 0x30000
FIRST_TABLE     equ 0x31000     ; addresses 0 to 4 MB
SECOND_TABLE    equ 0x32000     ; 4 MB to 8 MB
SHARED_PAGE     equ 0x33000     ; physical memory of the two-addresses step
LATE_PAGE       equ 0x34000     ; and of the page that is missing at first

PAGE_PRESENT    equ 1
PAGE_WRITE      equ 2
PAGE_USER       equ 4

    bits 16
; Real mode still. Fills what cannot be written down at assembly time.
build_tables:
    push es
    mov di, main_tss            ; both TSSs: empty but for ring 0's stack
    mov cx, tss_size            ; in words: twice the bytes, two of them
    push ds
    pop es
    xor ax, ax
    rep stosw
    mov word [main_tss + tss.io_map], tss_size
    mov word [other_tss + tss.io_map], tss_size
    mov byte [gdt_tss + 5], 0x89    ; not busy, whatever an earlier visit left
    mov byte [gdt_task + 5], 0x89

    mov ax, PAGE_DIRECTORY >> 4
    mov es, ax
    xor di, di
    xor eax, eax
    mov cx, (LATE_PAGE + 0x1000 - PAGE_DIRECTORY) / 4
    rep stosd
    mov dword [es:0], FIRST_TABLE | PAGE_PRESENT | PAGE_WRITE | PAGE_USER
    mov dword [es:4], SECOND_TABLE | PAGE_PRESENT | PAGE_WRITE | PAGE_USER

    ; The first megabyte: each page at its own address, for ring 0 only ...
    mov di, FIRST_TABLE - PAGE_DIRECTORY
    mov eax, PAGE_PRESENT | PAGE_WRITE
    mov cx, 256
.identity:
    ; ... except our own 64 KB, where the ring 3 and 8086 tasks live too.
    mov edx, eax
    and edx, ~0xFFFF
    cmp edx, SEGMENT_BASE
    mov edx, eax
    jne .not_ours
    or dl, PAGE_USER
.not_ours:
    mov [es:di], edx
    add di, 4
    add eax, 0x1000
    loop .identity

    ; The shared page at 400000h and at 401000h.
    mov di, SECOND_TABLE - PAGE_DIRECTORY
    mov dword [es:di], SHARED_PAGE | PAGE_PRESENT | PAGE_WRITE
    mov dword [es:di + 4], SHARED_PAGE | PAGE_PRESENT | PAGE_WRITE
    pop es
    ret
