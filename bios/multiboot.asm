; Ferrite kernel ROM: an option ROM at D000:0000 that the board has when it
; was given a kernel (-kernel), Multiboot or Linux. It takes the place of the bootstrap loader,
; INT 19h, so that the BIOS has done its work before the kernel starts.
;
; The loading itself is the host's: reading port 8910h puts the kernel and its
; modules into memory, 8914h then tells the entry point, 8918h the address of
; the Multiboot information. What remains to be done here is what only the
; processor can do: the state that "Multiboot Specification 0.6.96", chapter
; 3.2, promises to the kernel, and asking the BIOS for its map of memory, whose
; entries (INT 15h E820h) are written to 8918h after a write to 8910h.

PORT_LOAD  equ 0x8910
PORT_ENTRY equ 0x8914
PORT_INFO  equ 0x8918

START_LINUX equ 2                ; what PORT_LOAD read: 1 is Multiboot

SMAP      equ 0x534D4150
MAP_ENTRY equ 20                 ; 64-bit start and length, kind

MULTIBOOT_MAGIC equ 0x2BADB002

CODE32 equ 0x08
DATA32 equ 0x10

bits 16
org 0

    dw 0xAA55
    db 4                            ; 4 * 512 bytes
    jmp short rom_init

; The BIOS calls here while it looks for adapters: put us into the vector.
rom_init:
    push ds
    push ax
    xor ax, ax
    mov ds, ax
    mov word [0x19 * 4], bootstrap
    mov [0x19 * 4 + 2], cs
    pop ax
    pop ds
    retf

; INT 19h.
bootstrap:
    cli
    cld
    mov dx, PORT_LOAD
    out dx, eax
    sub sp, MAP_ENTRY
    mov di, sp
    push ss
    pop es
    xor ebx, ebx
.map:
    mov eax, 0xE820
    mov edx, SMAP
    mov ecx, MAP_ENTRY
    int 0x15
    jc .mapped
    cmp eax, SMAP
    jne .mapped
    mov dx, PORT_INFO
    mov si, di
    mov cx, MAP_ENTRY / 4
    ss rep outsd
    test ebx, ebx
    jnz .map
.mapped:
    add sp, MAP_ENTRY
    cli
    mov dx, PORT_LOAD
    in eax, dx
    cmp eax, START_LINUX
    je linux

    in al, 0x92                     ; fast A20 gate; bit 0 would reset
    or al, 2
    and al, 0xFE
    out 0x92, al

    ; A BIOS may have copied the ROM to another place: addresses follow CS.
    xor ebx, ebx
    mov bx, cs
    shl ebx, 4
    lea eax, [ebx + gdt]
    push eax
    push word gdt_end - gdt - 1
    mov bp, sp
    o32 lgdt [bp]
    lea eax, [ebx + protected]
    push dword CODE32
    push eax
    mov eax, cr0
    or al, 1
    mov cr0, eax
    o32 retf                        ; to the far pointer just pushed

; Linux's setup code starts in real mode, 20h paragraphs behind the segment that
; PORT_ENTRY tells; stack and heap reach up to the offset in PORT_INFO.
linux:
    mov dx, PORT_ENTRY
    in eax, dx
    mov bx, ax
    mov dx, PORT_INFO
    in eax, dx
    mov ds, bx
    mov es, bx
    mov fs, bx
    mov gs, bx
    mov ss, bx
    sub ax, 16
    movzx esp, ax
    add bx, 0x20
    push bx
    push word 0
    retf

bits 32
protected:
    mov ax, DATA32
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov edx, PORT_ENTRY
    in eax, dx
    mov ecx, eax
    mov edx, PORT_INFO
    in eax, dx
    mov ebx, eax
    mov eax, MULTIBOOT_MAGIC
    jmp ecx

align 8
gdt:
    dq 0
    dq 0x00CF9B000000FFFF           ; code, base 0, 4 GB
    dq 0x00CF93000000FFFF           ; data, the same
gdt_end:

    times 2048 - ($ - $$) db 0
