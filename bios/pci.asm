; Ferrite system BIOS: PCI. POST gives every function on bus 0 its addresses and
; interrupt line; INT 1Ah B1h are the PCI BIOS services (PCI BIOS Specification
; 2.1, in real mode); the table "$PIR" tells operating systems how interrupts are
; wired. A board without PCI has none of it.
;
; In these routines BX is bus and function as the services have it (BH bus, BL
; slot * 8 + function), DI the register.

PCI_ADDRESS     equ 0xCF8
PCI_DATA        equ 0xCFC

; Where POST puts base addresses: memory from E0000000h, below the APICs; ports
; from C000h; power management has B000h.
PCI_MEM_START   equ 0xE0000000
PCI_IO_START    equ 0xC000
PM_IO           equ 0xB000

; EX_PCI: 1 = configuration mechanism #1 is there.

; DX := data port for register DI of function BX, selected. Destroys EAX.
pci_select:
    movzx eax, bx
    shl eax, 8
    or eax, 0x80000000
    mov dx, di
    mov al, dl
    and al, 0xFC
    mov dx, PCI_ADDRESS
    out dx, eax
    mov dx, di
    and dx, 3
    add dx, PCI_DATA
    ret

; Read register DI of function BX. Interrupt handlers may use the address port,
; so nothing comes between the two accesses.
pci_read8:
    pushf
    cli
    push dx
    call pci_select
    in al, dx
    pop dx
    popf
    ret
pci_read16:
    pushf
    cli
    push dx
    call pci_select
    in ax, dx
    pop dx
    popf
    ret
pci_read32:
    pushf
    cli
    push dx
    call pci_select
    in eax, dx
    pop dx
    popf
    ret

; Write AL, AX, EAX there.
pci_write8:
    pushf
    cli
    push dx
    push eax
    call pci_select
    pop eax
    out dx, al
    pop dx
    popf
    ret
pci_write16:
    pushf
    cli
    push dx
    push eax
    call pci_select
    pop eax
    out dx, ax
    pop dx
    popf
    ret
pci_write32:
    pushf
    cli
    push dx
    push eax
    call pci_select
    pop eax
    out dx, eax
    pop dx
    popf
    ret

; Call SI for each function of bus 0, BX = function. SI must be kept; CF = 1 from
; it ends the walk.
pci_walk:
    xor bx, bx
.next:
    xor di, di
    call pci_read16
    cmp ax, 0xFFFF
    je .absent
    call si
    jc .out
    test bl, 7                      ; function 0 says whether there are more
    jnz .advance
    mov di, 0x0E
    call pci_read8
    test al, 0x80
    jnz .advance
.absent:
    test bl, 7
    jnz .advance
    add bl, 7
.advance:
    inc bl
    jnz .next
    clc
.out:
    ret

; ------------------------------------------------------------------- POST
pci_init:
    mov ax, EBDA_SEG
    mov ds, ax
    mov byte [EX_PCI], 0
    mov dx, PCI_ADDRESS
    mov eax, 0x80000000
    out dx, eax
    in eax, dx
    cmp eax, 0x80000000
    jne .none
    mov byte [EX_PCI], 1
    mov dword [EX_PCI_MEM], PCI_MEM_START
    mov word [EX_PCI_IO], PCI_IO_START
    mov si, .chip
    call pci_walk
    mov si, .function
    call pci_walk
.none:
    ret

; The board's own chips first: interrupt routing, ports that are not in a BAR.
.chip:
    xor di, di
    call pci_read32
    cmp eax, 0x12378086
    je .host
    cmp eax, 0x70008086
    je .piix3
    cmp eax, 0x70108086
    je .ide
    cmp eax, 0x71138086
    je .pm
    clc
    ret
.host:
    or byte [EX_CHIPS], CHIP_440FX
    clc
    ret
.piix3:
    mov di, 0x60                    ; PIRQA, B: IRQ10; C, D: IRQ11
    mov eax, 0x0B0B0A0A
    call pci_write32
    mov al, 9                       ; the SCI is level triggered; the others will be
    call pci_level                  ; when a function has one: cards in ISA slots may
    clc                             ; drive them as edges as long as none does
    ret
.ide:
    mov di, 0x40                    ; both channels decode their ports
    mov eax, 0x80008000
    call pci_write32
    clc
    ret
.pm:
    mov di, 0x40
    mov eax, PM_IO | 1
    call pci_write32
    mov di, 0x80
    mov al, 0x01                    ; decode them
    call pci_write8
    mov di, 0x3C                    ; SCI
    mov al, 9
    call pci_write8
    or byte [EX_CHIPS], CHIP_PM
    clc
    ret

; Base addresses and interrupt line of function BX.
.function:
    push si
    mov di, 0x0E                    ; ordinary functions only
    call pci_read8
    test al, 0x7F
    jnz .bridge
    mov di, 0x04
    call pci_read16
    push ax
    and al, 0xFC                    ; off while its addresses move
    call pci_write16
    mov di, 0x10
.bar:
    call pci_bar
    add di, 4
    cmp di, 0x28
    jb .bar
    mov di, 0x30                    ; expansion ROM: not decoded
    xor eax, eax
    call pci_write32
    mov di, 0x08                    ; an IDE interface that can be a bus master is
    call pci_read32                 ; one: drivers of its DMA count on it
    mov ecx, eax
    pop ax
    or al, 0x03
    shr ecx, 8
    cmp ecx, 0x010180
    jb .command
    cmp ecx, 0x0101FF
    ja .command
    or al, 0x04
.command:
    mov di, 0x04
    call pci_write16

    mov di, 0x3D
    call pci_read8
    test al, al
    jz .bridge
    mov ah, bl                      ; pins rotate from slot to slot
    shr ah, 3
    add al, ah
    add al, 2
    and al, 3
    shr al, 1                       ; A, B: IRQ10; C, D: IRQ11
    add al, 10
    push ax
    xor di, di
    call pci_read32
    cmp eax, 0x71138086             ; (the SCI has its own line)
    pop ax
    je .bridge
    mov di, 0x3C
    call pci_write8
    call pci_level
.bridge:
    pop si
    clc
    ret

; Line AL (8 to 15) is level triggered from now on.
pci_level:
    pusha
    mov cl, al
    sub cl, 8
    mov dx, 0x4D1
    mov ah, 1
    shl ah, cl
    in al, dx
    or al, ah
    out dx, al
    popa
    ret

; Give the base address register DI of BX a place; DI moves on over the upper
; half of a 64-bit one. Keeps BX, SI.
pci_bar:
    mov eax, 0xFFFFFFFF
    call pci_write32
    call pci_read32
    test eax, eax
    jz .out                         ; not there
    test al, 1
    jnz .ports
    mov cl, al
    and eax, 0xFFFFFFF0
    jz .out
    neg eax                         ; the size
    cmp eax, 0x1000                 ; a page at least: less is not told apart
    jae .page
    mov eax, 0x1000
.page:
    mov edx, [EX_PCI_MEM]           ; next multiple of it
    dec eax
    add edx, eax
    not eax
    and edx, eax
    neg eax
    add eax, edx
    jc .full
    cmp eax, 0xFEC00000             ; the APICs
    ja .full
    mov [EX_PCI_MEM], eax
    mov eax, edx
    call pci_write32
    and cl, 0x06
    cmp cl, 0x04
    jne .out
    add di, 4
    xor eax, eax
    call pci_write32
.out:
    ret
.ports:
    or eax, 0xFFFF0000
    and al, 0xFC
    neg eax
    movzx edx, word [EX_PCI_IO]
    dec eax
    add edx, eax
    not eax
    and edx, eax
    neg eax
    add eax, edx
    cmp eax, 0x10000
    ja .full
    mov [EX_PCI_IO], ax
    mov eax, edx
    call pci_write32
    ret
.full:                              ; no room: nowhere
    xor eax, eax
    call pci_write32
    ret

; --------------------------------------------------------- INT 1Ah AH=B1h
PCI_OK          equ 0x00
PCI_UNSUPPORTED equ 0x81
PCI_BAD_VENDOR  equ 0x83
PCI_NOT_FOUND   equ 0x86
PCI_BAD_REG     equ 0x87

int1a_pci:
    DS_EBDA
    cmp byte [EX_PCI], 0
    je int1a_entry.unknown
    movzx si, byte [bp + FR_AL]
    and si, 0x7F                    ; (the 32-bit forms have bit 7)
    mov bx, [bp + FR_BX]
    mov di, [bp + FR_DI]
    mov ah, PCI_UNSUPPORTED
    dec si
    cmp si, 0x0D - 1
    ja .done
    add si, si
    cmp si, (0x08 - 1) * 2          ; reads and writes share their checks
    jb .call
    mov ah, PCI_BAD_REG
    cmp di, 0xFF
    ja .done
.call:
    call [cs:.functions + si]
.done:
    mov [bp + FR_AH], ah
    test ah, ah
    jz int1a_ok
    RET_CF_SET
    LEAVE_INT
.functions:
    dw .present, .find_device, .find_class, .none, .none, .none, .none
    dw .read8, .read16, .read32, .write8, .write16, .write32

.none:
    mov ah, PCI_UNSUPPORTED
    ret
.present:
    mov byte [bp + FR_AL], 0x01     ; mechanism #1
    mov word [bp + FR_BX], 0x0210   ; version 2.1
    mov byte [bp + FR_CL], 0        ; last bus
    mov dword [bp + FR_DX], 'PCI '
    mov ah, PCI_OK
    ret

; CX = device, DX = vendor, SI = which of them: BX.
.find_device:
    mov ah, PCI_BAD_VENDOR
    cmp word [bp + FR_DX], 0xFFFF
    je .return
    mov cx, [bp + FR_SI]
    mov si, .is_device
    jmp .find
.is_device:
    xor di, di
    call pci_read32
    cmp ax, [bp + FR_DX]
    jne .other
    shr eax, 16
    cmp ax, [bp + FR_CX]
    jmp .maybe
; ECX = class code, SI = which of them: BX.
.find_class:
    mov cx, [bp + FR_SI]
    mov si, .is_class
.find:
    call pci_walk
    mov ah, PCI_NOT_FOUND
    jnc .return
    mov [bp + FR_BX], bx
    mov ah, PCI_OK
.return:
    ret
.is_class:
    mov di, 0x08
    call pci_read32
    shr eax, 8
    mov edx, [bp + FR_CX]
    and edx, 0x00FFFFFF
    cmp eax, edx
.maybe:
    jne .other
    sub cx, 1                       ; CF = 1: this is the one
    ret
.other:
    clc
    ret

.read8:
    call pci_read8
    mov [bp + FR_CL], al
    mov ah, PCI_OK
    ret
.read16:
    test di, 1
    jnz .bad
    call pci_read16
    mov [bp + FR_CX], ax
    mov ah, PCI_OK
    ret
.read32:
    test di, 3
    jnz .bad
    call pci_read32
    mov [bp + FR_CX], eax
    mov ah, PCI_OK
    ret
.write8:
    mov al, [bp + FR_CL]
    call pci_write8
    mov ah, PCI_OK
    ret
.write16:
    test di, 1
    jnz .bad
    mov ax, [bp + FR_CX]
    call pci_write16
    mov ah, PCI_OK
    ret
.write32:
    test di, 3
    jnz .bad
    mov eax, [bp + FR_CX]
    call pci_write32
    mov ah, PCI_OK
    ret
.bad:
    mov ah, PCI_BAD_REG
    ret

; ------------------------------------------------------------------- $PIR
; The interrupt routing table: for each slot which PIRQ (link 60h..63h, the
; register of the PIIX3) its four pins have, and which IRQs may be used.
%assign pir_sum 0
%macro pir_byte 1-*
%rep %0
    db %1
    %assign pir_sum pir_sum + (%1)
    %rotate 1
%endrep
%endmacro
PIR_IRQS    equ 0x0C20              ; 5, 10, 11
PIR_SLOTS   equ 8
; The line that POST gives to a pin (0-3) of a slot, as .function above does.
%define PIRQ_LINE(slot, pin) (10 + ((((pin) + (slot) - 1) & 3) >> 1))

align 16
pir_table:
%assign pir_length 32 + PIR_SLOTS * 16
%assign pir_fixed '$' + 'P' + 'I' + 'R'
    db '$PIR'
    pir_byte 0x00, 0x01             ; version 1.0
    pir_byte pir_length, 0
    pir_byte 0x00, 0x08             ; the router: bus 0, slot 1, function 0
    pir_byte 0x00, 0x00             ; no IRQ belongs to PCI alone
    pir_byte 0x86, 0x80, 0x00, 0x70 ; compatible with the PIIX3
    pir_byte 0, 0, 0, 0             ; for a miniport driver
    times 11 db 0
    db -(pir_sum_all) & 0xFF
%assign slot 1
%rep PIR_SLOTS
    pir_byte 0, slot << 3
%assign pin 0
%rep 4
    pir_byte 0x60 + ((pin + slot - 1) & 3), PIR_IRQS & 0xFF, PIR_IRQS >> 8
%assign pin pin + 1
%endrep
    pir_byte slot, 0
%assign slot slot + 1
%endrep
pir_sum_all equ pir_sum + pir_fixed
