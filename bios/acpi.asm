; Ferrite system BIOS: ACPI tables (ACPI Specification 1.0b, chapter 5.2).
;
; What is below is the image of the tables with addresses relative to its start.
; POST copies it to the end of memory, which INT 15h then calls reclaimable,
; makes the addresses absolute and the sums zero. The fixed hardware is that of
; the PIIX4; without it there are no tables, nor for processors older than ACPI,
; whose systems need all the memory. dsdt.asl describes the devices.

ACPI_KB         equ 64              ; taken from the end of memory
ACPI_NVS_KB     equ 4               ; the last part: FACS, which stays the system's
ACPI_MIN_KB     equ 1024            ; with less above 1 MB it is too good for tables

; Header: signature, length, revision.
%macro acpi_header 3
    db %1
    dd %2
    db %3
    db 0                            ; checksum
    db 'FERRIT'
    db 'FERRITE', 0
    dd 1
    db 'FERR'
    dd 1
%endmacro
ACPI_LENGTH     equ 4
ACPI_CHECKSUM   equ 9

align 4
acpi_image:
%define IN_IMAGE(label) ((label) - acpi_image)
acpi_rsdt:
    acpi_header 'RSDT', acpi_rsdt_end - acpi_rsdt, 1
acpi_rsdt_fadt:
    dd IN_IMAGE(acpi_fadt)
acpi_rsdt_madt:
    dd IN_IMAGE(acpi_madt)          ; the last: left out on machines without APICs
acpi_rsdt_end:

acpi_fadt:
    acpi_header 'FACP', acpi_fadt_end - acpi_fadt, 1
acpi_fadt_facs:
    dd ACPI_KB * 1024 - ACPI_NVS_KB * 1024
acpi_fadt_dsdt:
    dd IN_IMAGE(acpi_dsdt)
acpi_fadt_model:
    db 0                            ; interrupt model: 8259s; 1 with APICs
    db 0
    dw 9                            ; SCI
    dd 0xB2                         ; SMI command port, and what to write there
    db 0xF1, 0xF0, 0, 0             ; for ACPI on, off; no S4BIOS
    dd PM_IO, 0                     ; PM1 events
    dd PM_IO + 4, 0                 ; PM1 control
    dd 0                            ; no PM2
    dd PM_IO + 8                    ; timer
    dd PM_IO + 0x0C, 0              ; general-purpose events
    db 4, 2, 0, 4, 4, 0, 0, 0       ; lengths of these blocks
    dw 0x0FFF, 0x0FFF               ; C2, C3: too slow to be of use
    dw 0, 0                         ; (WBINVD flushes)
    db 0, 0                         ; no duty cycle
    db 0, 0, CMOS_CENTURY
    db 0, 0, 0
    dd ACPI_FLAGS
acpi_fadt_end:
; WBINVD works, C1 works, no sleep button, RTC cannot wake; the power button
; is the fixed one.
ACPI_FLAGS      equ 1 << 0 | 1 << 2 | 1 << 5 | 1 << 6

acpi_madt:
    acpi_header 'APIC', acpi_madt_end - acpi_madt, 1
    dd APIC_BASE
    dd 1                            ; the 8259s are there as well
    db 0, 8, 0, 0                   ; processor 0, its APIC's number, enabled
    dd 1
    db 1, 12, IOAPIC_ID, 0
    dd IOAPIC_BASE, 0
    db 2, 10, 0, 0                  ; line 0 of ISA is on pin 2
    dd 2
    dw 0
%macro acpi_level 1                 ; lines of PCI and the SCI: level, active high
    db 2, 10, 0, %1
    dd %1
    dw 0x000D
%endmacro
    acpi_level 9
    acpi_level 10
    acpi_level 11
    db 4, 6, 0xFF                   ; NMI is on LINT1
    dw 0
    db 1
acpi_madt_end:

    align 4, db 0
acpi_dsdt:
%ifdef DSDT_AML
    incbin DSDT_AML
%endif
    align 4, db 0
acpi_image_end:

acpi_facs:                          ; 64 bytes at the start of the last 4 KB
    db 'FACS'
    dd 64
    times 56 db 0
acpi_facs_end:

acpi_addresses:                     ; that become absolute
    dw IN_IMAGE(acpi_rsdt_fadt), IN_IMAGE(acpi_rsdt_madt)
    dw IN_IMAGE(acpi_fadt_facs), IN_IMAGE(acpi_fadt_dsdt), 0
acpi_tables:                        ; whose bytes are made to add up to zero
    dw IN_IMAGE(acpi_rsdt), IN_IMAGE(acpi_fadt), IN_IMAGE(acpi_madt), -1

align 16                            ; the pointer that systems look for
acpi_rsdp:
    times 8 db 0                    ; signature, once there are tables
    db 0
    db 'FERRIT', 0
    dd 0
acpi_rsdp_end:

; Take the memory and put the tables there. The shadow memory is writable.
acpi_init:
%ifdef DSDT_AML
    DS_EBDA
    call processor_kind
    cmp al, FAMILY_386
    je .out
    cmp al, FAMILY_486
    je .out
    mov al, [EX_CHIPS]
    and al, CHIP_SHADOW | CHIP_PM
    cmp al, CHIP_SHADOW | CHIP_PM
    jne .out
    mov eax, [EX_EXT_KB]
    cmp eax, ACPI_MIN_KB
    jb .out
    sub eax, ACPI_KB
    mov [EX_EXT_KB], eax
    mov byte [EX_ACPI], 1
    add eax, 1024
    shl eax, 10
    mov ebx, eax                    ; EBX = where they go
    mov cl, [EX_CHIPS]
    push cs
    pop ds
    mov [acpi_rsdp + 16], eax
    mov dword [acpi_rsdp], 'RSD '
    mov dword [acpi_rsdp + 4], 'PTR '
    mov si, acpi_rsdp
    mov dx, acpi_rsdp_end - acpi_rsdp
    mov di, acpi_rsdp + 8
    call table_sum
    mov si, .copy
    jmp with_flat_ds
.out:
%endif
    ret

; DS = everything, EBX = the tables' place, CL = EX_CHIPS.
.copy:
    push cx
    mov edi, ebx
    xor si, si
.dword:
    mov eax, [cs:acpi_image + si]
    mov [edi], eax
    add edi, 4
    add si, 4
    cmp si, acpi_image_end - acpi_image
    jb .dword
    lea edi, [ebx + (ACPI_KB - ACPI_NVS_KB) * 1024]
    xor si, si
.facs:
    mov eax, [cs:acpi_facs + si]
    mov [edi], eax
    add edi, 4
    add si, 4
    cmp si, acpi_facs_end - acpi_facs
    jb .facs

    mov si, acpi_addresses
.address:
    movzx eax, word [cs:si]
    add si, 2
    test ax, ax
    jz .apics
    add [ebx + eax], ebx
    jmp .address
.apics:
    pop cx
    test cl, CHIP_APIC
    jz .none
    inc byte [ebx + IN_IMAGE(acpi_fadt_model)]
    jmp .sums
.none:
    sub dword [ebx + IN_IMAGE(acpi_rsdt) + ACPI_LENGTH], 4
.sums:
    mov si, acpi_tables
.table:
    movsx eax, word [cs:si]
    add si, 2
    test eax, eax
    js .done
    add eax, ebx
    mov ecx, [eax + ACPI_LENGTH]
    mov edi, eax
    xor dl, dl
.byte:
    sub dl, [edi]
    inc edi
    dec ecx
    jnz .byte
    mov [eax + ACPI_CHECKSUM], dl
    jmp .table
.done:
    ret

; Set the byte DS:DI, which is part of it, so that the DX bytes at DS:SI add up
; to zero. Destroys AL, DX, SI.
table_sum:
    mov byte [di], 0
    xor al, al
.byte:
    sub al, [si]
    inc si
    dec dx
    jnz .byte
    mov [di], al
    ret
