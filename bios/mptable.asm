; Ferrite system BIOS: the tables of the MultiProcessor Specification 1.4,
; chapter 4, for systems that use the APICs without ACPI. One processor, one
; I/O APIC with 24 pins; ISA lines have the pins of their numbers, but line 0
; has pin 2; PCI interrupts come on the lines that POST gave them.

MP_PCI      equ 0                   ; bus numbers
MP_ISA      equ 1
MP_EDGE     equ 0                   ; as the bus has it
MP_LEVEL    equ 0x000D              ; level, active high

; Kind (0: interrupt, 3: from the 8259s), polarity and trigger, bus, line, pin.
%macro mp_interrupt 5
    db 3, %1
    dw %2
    db %3, %4, IOAPIC_ID, %5
%assign mp_entries mp_entries + 1
%endmacro

align 16
mp_pointer:
    times 4 db 0                    ; signature, once there is an APIC
    dd 0xF0000 + mp_table
    db 1, 4, 0                      ; 16 bytes, version 1.4, checksum
    db 0, 0, 0, 0, 0                ; the table follows; no IMCR: virtual wire
mp_pointer_end:

align 4
mp_table:
    db 'PCMP'
    dw mp_table_end - mp_table
    db 4, 0                         ; version 1.4, checksum
    db 'FERRITE '
    db 'FERRITE     '
    dd 0
    dw 0
    dw mp_entry_count
    dd APIC_BASE
    dd 0
%assign mp_entries 5
mp_processor:
    db 0, 0, 0, 3                   ; number 0, version, enabled, starts the rest
    dd 0, 0                         ; signature and features from CPUID
    dd 0, 0
    db 1, MP_PCI, 'PCI   '
    db 1, MP_ISA, 'ISA   '
    db 2, IOAPIC_ID, 0x11, 1
    dd IOAPIC_BASE
    db 4, 3                         ; LINT0: the 8259s
    dw 0
    db MP_ISA, 0, 0xFF, 0
    db 4, 1                         ; LINT1: NMI
    dw 0
    db MP_ISA, 0, 0xFF, 1
%assign mp_entries mp_entries + 1
    mp_interrupt 0, MP_EDGE, MP_ISA, 0, 2
%assign line 1
%rep 15
%if line == 9
    mp_interrupt 0, MP_LEVEL, MP_ISA, 9, 9
%elif line != 2 && line != 10 && line != 11
    mp_interrupt 0, MP_EDGE, MP_ISA, line, line
%endif
%assign line line + 1
%endrep
%assign slot 1
%rep PIR_SLOTS
%assign pin 0
%rep 4
%if slot == 1 && pin == 0           ; the SCI
    mp_interrupt 0, MP_LEVEL, MP_PCI, slot << 2 | pin, 9
%else
    mp_interrupt 0, MP_LEVEL, MP_PCI, slot << 2 | pin, PIRQ_LINE(slot, pin)
%endif
%assign pin pin + 1
%endrep
%assign slot slot + 1
%endrep
mp_table_end:
mp_entry_count equ mp_entries

mp_init:
    DS_EBDA
    mov al, [EX_CHIPS]
    and al, CHIP_SHADOW | CHIP_APIC
    cmp al, CHIP_SHADOW | CHIP_APIC
    jne .out
    push cs
    pop ds
    mov eax, 1
    cpu 586
    cpuid
    cpu 386
    mov [mp_processor + 4], eax
    mov [mp_processor + 8], edx
    mov si, .version
    call with_flat_ds
    mov [mp_processor + 2], al
    mov dword [mp_pointer], '_MP_'
    mov si, mp_pointer
    mov dx, mp_pointer_end - mp_pointer
    mov di, mp_pointer + 10
    call table_sum
    mov si, mp_table
    mov dx, mp_table_end - mp_table
    mov di, mp_table + 7
    jmp table_sum
.out:
    ret
.version:
    mov edi, APIC_VERSION
    mov eax, [edi]
    ret
