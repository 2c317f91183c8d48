; Ferrite VGA BIOS: what happens once, when the system BIOS calls the ROM.

init:
    pushad
    push ds
    push es
    cld

    ; Wake the adapter, by the switch of the system board and by that of cards.
    mov dx, ENABLE_PORT
    mov al, 1
    out dx, al
    mov dx, 0x46E8
    mov al, 0x0E
    out dx, al
%ifdef CIRRUS
    call cirrus_init
%endif

    ; Vectors. INT 10h as we found it stays reachable as INT 42h.
    xor ax, ax
    mov es, ax
    mov eax, [es:VEC_10]
    mov [es:VEC_42], eax
    mov ax, cs
    shl eax, 16
    mov ax, int10
    mov [es:VEC_10], eax
    mov [es:VEC_6D], eax
    mov ax, font_8x8 + 128 * 8
    mov [es:VEC_1F], eax
    mov ax, font_8x16
    mov [es:VEC_43], eax

    ; Data area: a colour VGA with 256 KB, 400-line text.
    mov dx, BDA_SEG
    mov ds, dx
    mov ax, save_table
    mov [SAVE_PTR], eax
    mov byte [INFO], 0x60
    mov byte [SWITCHES], 0xF9
    mov byte [FLAGS], 0x11
    mov byte [DCC], 0x0B
    and byte [EQUIP], ~0x30 & 0xFF
    or byte [EQUIP], 0x20

    mov ax, 0x0003
    int 0x10

    pop es
    pop ds
    popad
    retf
