; Ferrite system BIOS: INT 15h: memory above 1 MB and protected mode.

; AH=88h: KB above 1 MB, as far as 16 bits and old programs go.
int15_extended_size:
    DS_EBDA
    mov eax, [EX_EXT_KB]
    cmp eax, 0xFC00                 ; 63 MB
    jbe .fits
    mov ax, 0xFC00
.fits:
    mov [bp + FR_AX], ax
    RET_CF_CLEAR
    LEAVE_INT

; AX=E801h, E881h, E820h
int15_memory_map:
    DS_EBDA
    mov ecx, [EX_EXT_KB]
    mov al, [bp + FR_AL]
    cmp al, 0x20
    je int15_e820
    cmp al, 0x01
    je .e801
    cmp al, 0x81
    jne int15_unknown
.e801:
    ; KB from 1 to 16 MB, then 64 KB units above
    mov eax, ecx
    xor ebx, ebx
    cmp eax, 15 * 1024
    jbe .small
    mov ebx, eax
    sub ebx, 15 * 1024
    shr ebx, 6
    mov eax, 15 * 1024
.small:
    cmp byte [bp + FR_AL], 0x81
    je .wide
    mov [bp + FR_AX], ax
    mov [bp + FR_CX], ax
    mov [bp + FR_BX], bx
    mov [bp + FR_DX], bx
    jmp .done
.wide:
    mov [bp + FR_AX], eax
    mov [bp + FR_CX], eax
    mov [bp + FR_BX], ebx
    mov [bp + FR_DX], ebx
.done:
    RET_CF_CLEAR
    LEAVE_INT

; E820h: EDX = 'SMAP', EBX = which entry, ECX = size, ES:DI = buffer.
int15_e820:
    cmp dword [bp + FR_DX], 'PAMS'
    jne int15_unknown
    cmp dword [bp + FR_CX], 20
    jb int15_unknown
    mov ebx, [bp + FR_BX]
    mov di, [bp + FR_DI]
    mov es, [bp + FR_ES]
.entry:
    cmp ebx, E820_ENTRIES
    jae int15_unknown
    call e820_entry
    inc ebx
    test edx, edx                   ; nothing of that kind: the next one
    jz .entry
    mov [es:di], eax
    mov dword [es:di + 4], 0
    mov [es:di + 8], edx
    mov dword [es:di + 12], 0
    mov [es:di + 16], ecx
    cmp ebx, E820_ENTRIES
    jb .more
    xor ebx, ebx                    ; the last one
.more:
    mov [bp + FR_BX], ebx
    mov dword [bp + FR_AX], 'PAMS'
    mov dword [bp + FR_CX], 20
    RET_CF_CLEAR
    LEAVE_INT

; Entry BX of the table: EAX = start, EDX = length, ECX = kind. DS = EBDA.
e820_entry:
    imul si, bx, 12
    mov eax, [cs:e820_table + si]
    mov edx, [cs:e820_table + si + 4]
    mov ecx, [cs:e820_table + si + 8]
    cmp byte [EX_USB], 0            ; base memory that is the controller's
    je .kind
    cmp bx, 1
    ja .kind
    mov edx, USB_PHYSICAL
    jb .kind
    mov eax, edx
    mov edx, 0xA0000 - USB_PHYSICAL
.kind:
    test ch, ch
    jnz .apic
    test edx, edx
    jnz .out
    mov edx, [EX_EXT_KB]
    shl edx, 10
    cmp cl, 1
    je .out
    lea eax, [edx + 0x100000]       ; behind it
    movzx edx, byte [EX_ACPI]
    cmp cl, 4
    je .nvs
    imul edx, (ACPI_KB - ACPI_NVS_KB) * 1024
    ret
.nvs:
    add eax, (ACPI_KB - ACPI_NVS_KB) * 1024
    imul edx, ACPI_NVS_KB * 1024
.out:
    ret
.apic:
    mov ch, 0
    test byte [EX_CHIPS], CHIP_APIC
    jnz .out
    xor edx, edx
    ret

e820_table:                         ; start, length, kind: 1 memory 2 reserved 3 ACPI
    dd 0x00000000, 0x0009FC00, 1    ; 4 ACPI, to be kept
    dd 0x0009FC00, 0x00000400, 2    ; EBDA
    dd 0x000F0000, 0x00010000, 2    ; this ROM
    dd 0x00100000, 0, 1             ; 0: what POST found
    dd 0, 0, 3
    dd 0, 0, 4
    dd IOAPIC_BASE, 0x1000, 0x102   ; 100h: where there are APICs
    dd APIC_BASE, 0x1000, 0x102
    dd 0xFFFF0000, 0x00010000, 2    ; this ROM again
E820_ENTRIES equ 9

; ---------------------------------------------------------------- AH=87h
; Move CX words between any two places: ES:SI points to a table of eight
; descriptors, of which the caller has filled in 2 (source) and 3
; (destination); we complete 1 (the table itself), 4 (our code) and 5 (stack).
int15_block_move:
    smsw ax                         ; in virtual-8086 mode it is the monitor's
    test al, 1                      ; business
    mov ah, 0x03
    jnz .failed
    cmp word [bp + FR_CX], 0x8000
    ja .bad
    mov es, [bp + FR_ES]
    mov si, [bp + FR_SI]

    movzx eax, word [bp + FR_ES]    ; 1: the table
    shl eax, 4
    movzx ebx, si
    add eax, ebx
    mov word [es:si + 8], 0x2F
    mov [es:si + 10], eax
    shr eax, 24
    mov byte [es:si + 13], 0x93
    mov byte [es:si + 14], 0
    mov [es:si + 15], al
    mov dword [es:si + 0x20], 0x0000FFFF ; 4: F0000h code, 64 KB
    mov dword [es:si + 0x24], 0x00009B0F
    xor eax, eax                    ; 5: the caller's stack
    mov ax, ss
    shl eax, 4
    mov word [es:si + 0x28], 0xFFFF
    mov [es:si + 0x2A], eax
    shr eax, 24
    mov byte [es:si + 0x2D], 0x93
    mov byte [es:si + 0x2E], 0
    mov [es:si + 0x2F], al

    in al, PORT_SYS_A               ; A20 as the caller had it comes back
    push ax
    call a20_enable
    cli
    mov cx, [bp + FR_CX]
    mov bx, ss                      ; BX:DX = stack, for the way back
    mov dx, sp
    lgdt [es:si + 8]
    lidt [cs:move_idt_ptr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 0x20:.protected
.protected:
    mov ax, 0x28
    mov ss, ax
    mov ax, 0x10
    mov ds, ax
    mov ax, 0x18
    mov es, ax
    xor si, si
    xor di, di
    shr cx, 1
    rep movsd
    adc cx, cx                      ; the odd word
    rep movsw
    mov cl, 0                       ; status: good
.back:
    mov ax, 0x28                    ; 64 KB limits for real mode
    mov ds, ax
    mov es, ax
    mov eax, cr0
    and al, 0xFE
    mov cr0, eax
    jmp 0xF000:.real
.real:
    mov ss, bx
    mov sp, dx
    lidt [cs:real_idt_ptr]
    pop ax
    and al, 0xFE
    out PORT_SYS_A, al
    sti
    mov ah, cl
    RET_ZF_SET                      ; as an AT's: ZF with AH = 0
    test cl, cl
    jz int15_ok
    jmp .failed
.bad:
    mov ah, 0x02
.failed:
    RET_ZF_CLEAR
    jmp int15_fail

; A descriptor that does not cover the move faults: give up with status 02h.
; The stack is put right at .real.
.fault:
    mov cl, 0x02
    mov ax, 0x28
    mov ss, ax
    jmp .back

align 8
move_idt:                           ; 16-bit interrupt gates, all to .fault
%rep 32
    dw int15_block_move.fault, 0x20, 0x8600, 0
%endrep
move_idt_ptr:
    dw 32 * 8 - 1
    dd 0xF0000 + move_idt
real_idt_ptr:
    dw 0x3FF
    dd 0

; ---------------------------------------------------------------- AH=89h
; Stay in protected mode. ES:SI = descriptor table: 1 the table, 2 the IDT,
; 3 DS, 4 ES, 5 SS, 6 CS of the caller, 7 ours (filled in here); BH and BL =
; vectors for IRQ0-7 and IRQ8-15. Returns there through selector 30h. AX, BX
; and the segment registers change.
int15_protected:
    smsw ax
    test al, 1
    mov ah, 0xFF
    jnz int15_fail
    cli
    call a20_enable
    mov al, 0x11
    out PORT_PIC1_CMD, al
    out PORT_PIC2_CMD, al
    IO_DELAY
    mov al, [bp + FR_BH]
    out PORT_PIC1_DATA, al
    mov al, [bp + FR_BL]
    out PORT_PIC2_DATA, al
    IO_DELAY
    mov al, 0x04
    out PORT_PIC1_DATA, al
    mov al, 0x02
    out PORT_PIC2_DATA, al
    IO_DELAY
    mov al, 0x01
    out PORT_PIC1_DATA, al
    out PORT_PIC2_DATA, al
    IO_DELAY
    mov al, 0xFF                    ; the caller opens what it serves
    out PORT_PIC1_DATA, al
    out PORT_PIC2_DATA, al

    mov es, [bp + FR_ES]
    mov si, [bp + FR_SI]
    mov dword [es:si + 0x38], 0x0000FFFF
    mov dword [es:si + 0x3C], 0x00009B0F
    lgdt [es:si + 0x08]
    lidt [es:si + 0x10]
    popad
    pop es
    pop ds
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 0x38:.protected
.protected:
    mov ax, 0x18
    mov ds, ax
    mov ax, 0x20
    mov es, ax
    mov ax, 0x28
    mov ss, ax
    pop bx                          ; the caller's IP; its CS and flags go
    add sp, 4
    push word 0x30
    push bx
    xor ax, ax
    retf
