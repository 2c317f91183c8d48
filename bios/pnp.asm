; Ferrite system BIOS: "Plug and Play BIOS Specification", version 1.0A. The
; installation structure "$PnP", its two entries, and the nodes of the devices
; that sit on the board. They can be read (functions 00h, 01h), and set (02h) to
; what they are: they are wired. 40h says that there are no plug-and-play ISA cards
; known here. 41h to 43h keep the system's notes (ESCD) in the second half of the
; CMOS memory: 128 bytes, and more are refused.
;
; Not there: events, docking, SMBIOS by function 50h (its table is found by looking), option ROMs with boot entries of their own (they hook INT 13h, 18h,
; 19h as ever).

PNP_OK              equ 0x00
PNP_UNKNOWN         equ 0x81
PNP_NO_FUNCTION     equ 0x82
PNP_BAD_HANDLE      equ 0x83
PNP_BAD_VALUE       equ 0x84
PNP_SET_FAILED      equ 0x85
PNP_NOT_DOCKED      equ 0x87
ESCD_INVALID        equ 0x56
ESCD_NO_ROOM        equ 0x5A

PORT_CMOS2_INDEX    equ 0x72
PORT_CMOS2_DATA     equ 0x73
ESCD_BYTES          equ 128
ESCD_HEADER         equ 12

align 16
pnp_header:
    db '$PnP'
    db 0x10, pnp_header_end - pnp_header
    dw 0                            ; no events
    db -('$' + 'P' + 'n' + 'P' + 0x10 + pnp_header_end - pnp_header + 0xF0 + 0x0F + 0xF0 + 0x0F + \
        BYTE_SUM(ROM_OFFSET(pnp_entry_real)) + BYTE_SUM(ROM_OFFSET(pnp_entry_protected))) & 0xFF
    dd 0
    dw pnp_entry_real, 0xF000
    dw pnp_entry_protected
    dd 0xF0000
    dd 0                            ; this board has no number of its own
    dw 0xF000
    dd 0xF0000
pnp_header_end:

; Both are called with a 16-bit far call and C's order of arguments: the number
; of the function, then what it wants, last a selector for our data, which we
; read through CS instead. AX = status; other registers are kept. In protected
; mode the stack may be a 32-bit one: EBP = the stack pointer, whole.
PNP_FUNCTION        equ 8
PNP_ARG             equ 10

pnp_entry_real:
    push ebp
    movzx ebp, sp
    jmp pnp_call
pnp_entry_protected:
    push ebp
    mov ebp, esp
    mov ax, ss
    lar eax, eax
    test eax, 1 << 22
    jnz pnp_call
    movzx ebp, bp

pnp_call:
    pushf
    push ds
    push es
    push bx
    push cx
    push si
    push di
    cld
    mov bx, [ebp + PNP_FUNCTION]
    test bx, bx
    jz .count
    cmp bx, 0x01
    je .node
    cmp bx, 0x02
    je .set
    cmp bx, 0x05
    je .dock
    cmp bx, 0x40
    je .cards
    cmp bx, 0x41
    je .escd_info
    cmp bx, 0x42
    je .escd_read
    cmp bx, 0x43
    je .escd_write
    mov si, .known
.next:
    mov ax, PNP_UNKNOWN
    cmp byte [cs:si], 0xFF
    je .done
    mov ax, [cs:si]
    add si, 2
    test bh, bh
    jnz .next
    cmp bl, al
    jb .next
    cmp bl, ah
    ja .next
    mov ax, PNP_NO_FUNCTION
.done:
    pop di
    pop si
    pop cx
    pop bx
    pop es
    pop ds
    popf
    pop ebp
    retf
.known:                             ; from, to: they exist, but not here
    db 0x03, 0x0B, 0x50, 0x57, 0xFF

; 00h: far pointers to the number of nodes (byte), the size of the largest (word).
.count:
    lds si, [ebp + PNP_ARG]
    mov al, [cs:pnp_nodes_here]
    mov [si], al
    lds si, [ebp + PNP_ARG + 4]
    mov word [si], PNP_NODE_MAX
    mov ax, PNP_OK
    jmp .done

; 01h: far pointers to the node's handle, which becomes the next one's, and to a
; buffer; word: 1 as it is now, 2 as it will be after the next start.
.node:
    mov ax, PNP_BAD_VALUE
    mov cx, [ebp + PNP_ARG + 8]
    dec cx
    cmp cx, 1
    ja .done
    lds di, [ebp + PNP_ARG]
    mov bl, [di]
    mov ax, PNP_BAD_HANDLE
    cmp bl, [cs:pnp_nodes_here]
    jae .done
    mov si, pnp_nodes
.skip:
    cmp [cs:si + 2], bl             ; its handle
    je .copy
    add si, [cs:si]
    jmp .skip
.copy:
    inc bl
    cmp bl, [cs:pnp_nodes_here]
    jb .more
    mov bl, 0xFF
.more:
    mov [di], bl
    les di, [ebp + PNP_ARG + 4]
    mov cx, [cs:si]
    cs rep movsb
    mov ax, PNP_OK
    jmp .done

; 02h: a node's handle (word), far pointer to the node as it shall be; word: 1 now, 2
; after the next start. None can be moved, so only what is there already can be set.
.set:
    mov ax, PNP_BAD_VALUE
    test byte [ebp + PNP_ARG + 6], 3
    jz .done
    mov bl, [ebp + PNP_ARG]
    mov ax, PNP_BAD_HANDLE
    cmp bl, [cs:pnp_nodes_here]
    jae .done
    mov si, pnp_nodes
.find:
    cmp [cs:si + 2], bl
    je .compare
    add si, [cs:si]
    jmp .find
.compare:
    les di, [ebp + PNP_ARG + 2]
    mov cx, [cs:si]
    mov ax, PNP_SET_FAILED
    cmp [es:di], cx
    jne .done
    cs repe cmpsb
    jne .done
    mov ax, PNP_OK
    jmp .done

; 05h: where the computer is docked.
.dock:
    mov ax, PNP_NOT_DOCKED
    jmp .done

; 41h: far pointers to the size that a buffer must have, to the size of the store (words),
; and to where it is in memory (dword; 0: it is not).
.escd_info:
    lds si, [ebp + PNP_ARG]
    mov word [si], ESCD_BYTES
    lds si, [ebp + PNP_ARG + 4]
    mov word [si], ESCD_BYTES
    lds si, [ebp + PNP_ARG + 8]
    mov dword [si], 0
    mov ax, PNP_OK
    jmp .done

; 42h: far pointer to a buffer, a selector for the store. What was never written is a
; header and no boards.
.escd_read:
    les di, [ebp + PNP_ARG]
    mov cx, ESCD_BYTES
    xor bx, bx
    push di
.byte:
    mov al, bl
    out PORT_CMOS2_INDEX, al
    in al, PORT_CMOS2_DATA
    stosb
    inc bx
    loop .byte
    pop di
    mov ax, [es:di]
    cmp ax, ESCD_HEADER
    jb .empty
    cmp ax, ESCD_BYTES
    ja .empty
    cmp dword [es:di + 2], 'ACFG'
    je .read
.empty:
    mov si, escd_empty
    mov cx, ESCD_HEADER
    cs rep movsb
.read:
    mov ax, PNP_OK
    jmp .done

; 43h: the same, to be stored.
.escd_write:
    lds si, [ebp + PNP_ARG]
    mov ax, ESCD_INVALID
    cmp dword [si + 2], 'ACFG'
    jne .done
    mov cx, [si]
    cmp cx, ESCD_HEADER
    jb .done
    mov ax, ESCD_NO_ROOM
    cmp cx, ESCD_BYTES
    ja .done
    xor bx, bx
.store:
    mov al, bl
    out PORT_CMOS2_INDEX, al
    lodsb
    out PORT_CMOS2_DATA, al
    inc bx
    loop .store
    mov ax, PNP_OK
    jmp .done

; 40h: far pointer to a structure: revision, number of cards (byte), the port to
; read them (word), a word of zero.
.cards:
    les di, [ebp + PNP_ARG]
    mov ax, 0x0001
    stosw
    xor ax, ax
    stosw
    stosw
    jmp .done                       ; AX = PNP_OK

; Extended System Configuration Data 1.02A: size, signature, version, boards.
escd_empty:
    dw ESCD_HEADER
    db 'ACFG', 2, 2, 0, 0, 0, 0

; ----------------------------------------------------------------------- nodes
%assign pnp_count 0
; Name, product number (PNPxxxx), base type, sub type, interface, attributes.
%macro pnp_begin 6
%xdefine pnp_end_label %1_end
%1:
    dw %1_end - %1
    db pnp_count
    db 0x41, 0xD0, (%2) >> 8, (%2) & 0xFF
    db %3, %4, %5
    dw %6
%assign pnp_count pnp_count + 1
%endmacro
; Nothing else is possible, and it is compatible with nothing else.
%macro pnp_finish 0
    times 3 db 0x79, 0
pnp_end_label:
%endmacro
%macro pnp_irq 1
    db 0x22
    dw 1 << %1
%endmacro
%macro pnp_dma 2                    ; channel, flags
    db 0x2A, 1 << %1, %2
%endmacro
%macro pnp_ports 2                  ; first, how many; all 16 address bits count
    db 0x47, 1
    dw %1, %1
    db 1, %2
%endmacro
%macro pnp_memory 3                 ; start, length, flags: 1 writable
    db 0x86
    dw 9
    db %3
    dd %1, %2
%endmacro

PNP_WIRED   equ 0x0003              ; can neither be disabled nor moved
PNP_INPUT   equ 0x0008
PNP_BOOTS   equ 0x0010

pnp_nodes:
    pnp_begin pnp_pic, 0x0000, 8, 0, 1, PNP_WIRED
    pnp_ports 0x20, 2
    pnp_ports 0xA0, 2
    pnp_ports 0x4D0, 2
    pnp_irq 2
    pnp_finish
    pnp_begin pnp_dmac, 0x0200, 8, 1, 1, PNP_WIRED
    pnp_ports 0x00, 16
    pnp_ports 0x81, 3
    pnp_ports 0x87, 1
    pnp_ports 0x89, 3
    pnp_ports 0x8F, 1
    pnp_ports 0xC0, 32
    pnp_dma 4, 0x04                 ; bus master
    pnp_finish
    pnp_begin pnp_timer, 0x0100, 8, 2, 1, PNP_WIRED
    pnp_ports 0x40, 4
    pnp_irq 0
    pnp_finish
    pnp_begin pnp_rtc, 0x0B00, 8, 3, 1, PNP_WIRED
    pnp_ports 0x70, 4
    pnp_irq 8
    pnp_finish
    pnp_begin pnp_keyboard, 0x0303, 9, 0, 0, PNP_WIRED | PNP_INPUT
    pnp_ports 0x60, 1
    pnp_ports 0x64, 1
    pnp_irq 1
    pnp_finish
    pnp_begin pnp_mouse, 0x0F13, 9, 2, 0, PNP_WIRED | PNP_INPUT
    pnp_irq 12
    pnp_finish
    pnp_begin pnp_speaker, 0x0800, 4, 1, 0, PNP_WIRED
    pnp_ports 0x61, 1
    pnp_finish
    pnp_begin pnp_fpu, 0x0C04, 0x0B, 0x80, 0, PNP_WIRED
    pnp_ports 0xF0, 16
    pnp_irq 13
    pnp_finish
    pnp_begin pnp_fdc, 0x0700, 1, 2, 0, PNP_WIRED | PNP_BOOTS
    pnp_ports 0x3F2, 4
    pnp_ports 0x3F7, 1
    pnp_irq 6
    pnp_dma 2, 0x08                 ; counts bytes
    pnp_finish
    pnp_begin pnp_lpt1, 0x0400, 7, 1, 1, PNP_WIRED
    pnp_ports 0x378, 3
    pnp_irq 7
    pnp_finish
    pnp_begin pnp_com1, 0x0501, 7, 0, 2, PNP_WIRED
    pnp_ports 0x3F8, 8
    pnp_irq 4
    pnp_finish
    pnp_begin pnp_com2, 0x0501, 7, 0, 2, PNP_WIRED
    pnp_ports 0x2F8, 8
    pnp_irq 3
    pnp_finish
    pnp_begin pnp_pci, 0x0A03, 6, 4, 0, PNP_WIRED
    pnp_ports PCI_ADDRESS, 8
    pnp_finish
    pnp_begin pnp_ram, 0x0C01, 5, 0, 0, PNP_WIRED
    pnp_memory 0, 0xA0000, 1
    pnp_memory 0xF0000, 0x10000, 0
    pnp_memory 0xFFFF0000, 0x10000, 0
    pnp_finish
    pnp_begin pnp_board, 0x0C02, 8, 0x80, 0, PNP_WIRED
    pnp_ports 0x80, 1               ; POST
    pnp_ports 0x92, 1               ; A20 and reset
    pnp_ports 0xB2, 2               ; APM
    pnp_ports PM_IO, 64
    pnp_finish
    ; What may be missing; pnp_init numbers it and fills in where it is.
    pnp_begin pnp_game, 0xB02F, 9, 0x80, 0, PNP_WIRED | PNP_INPUT
    pnp_ports 0x201, 1
    pnp_finish
    pnp_begin pnp_sound, 0xB003, 4, 1, 0, PNP_WIRED
pnp_sound_ports:
    pnp_ports 0x220, 16
pnp_sound_fm:
    pnp_ports 0x388, 4
pnp_sound_irq:
    pnp_irq 5
pnp_sound_dma:
    pnp_dma 1, 0x08                 ; counts bytes
pnp_sound_hdma:
    pnp_dma 5, 0x12                 ; counts words
    pnp_finish
    pnp_begin pnp_midi, 0xB006, 4, 1, 0, PNP_WIRED
pnp_midi_ports:
    pnp_ports 0x330, 2
    pnp_finish
pnp_nodes_end:
PNP_NODES       equ pnp_count
PNP_ALWAYS      equ PNP_NODES - 3
pnp_nodes_here:
    db PNP_ALWAYS

; The next node that is there.
%macro pnp_there 1
    mov al, [es:pnp_nodes_here]
    mov [es:%1 + 2], al
    inc byte [es:pnp_nodes_here]
%endmacro
PNP_NOWHERE     equ 0xFE            ; a handle that nobody asks for

; While the ROM's copy can be written, which may be that of the POST before this one: what the CMOS
; memory says of the sound card and the game port.
pnp_init:
    push es
    push 0xF000
    pop es
    mov byte [es:pnp_nodes_here], PNP_ALWAYS
    mov byte [es:pnp_game + 2], PNP_NOWHERE
    mov byte [es:pnp_sound + 2], PNP_NOWHERE
    mov byte [es:pnp_midi + 2], PNP_NOWHERE
    mov al, CMOS_GAME
    call cmos_read
    test al, al
    jz .sound
    pnp_there pnp_game
.sound:
    mov al, CMOS_SOUND
    call cmos_read
    movzx bx, al
    shl bx, 4
    jz .done
    pnp_there pnp_sound
    mov [es:pnp_sound_ports + 2], bx
    mov [es:pnp_sound_ports + 4], bx
    mov al, CMOS_SOUND_FM
    call cmos_read
    movzx dx, al
    shl dx, 2
    mov al, 4
    jnz .fm
    lea dx, [bx + 8]                ; at the card's own ports only
    mov al, 2
.fm:
    mov [es:pnp_sound_fm + 2], dx
    mov [es:pnp_sound_fm + 4], dx
    mov [es:pnp_sound_fm + 7], al
    mov al, CMOS_SOUND_IRQ
    call cmos_read
    mov cl, al
    mov ax, 1
    shl ax, cl
    mov [es:pnp_sound_irq + 1], ax
    mov al, CMOS_SOUND_DMA
    call cmos_read
    mov ch, al
    mov cl, al
    and cl, 7
    mov al, 1
    shl al, cl
    mov [es:pnp_sound_dma + 1], al
    mov cl, ch
    shr cl, 4
    mov al, 1
    shl al, cl
    mov [es:pnp_sound_hdma + 1], al
    mov al, CMOS_SOUND_MPU
    call cmos_read
    movzx bx, al
    add bx, bx
    jz .done
    add bx, 0x200
    pnp_there pnp_midi
    mov [es:pnp_midi_ports + 2], bx
    mov [es:pnp_midi_ports + 4], bx
.done:
    pop es
    ret
PNP_NODE_MAX    equ pnp_dmac_end - pnp_dmac ; the most ports
