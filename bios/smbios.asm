; Ferrite system BIOS: SMBIOS 2.4 (System Management BIOS Reference
; Specification): what machine this is, for people and for drivers that ask.
; The structures stand here as they are told; POST fills in the processor and
; the memory. Types 0, 1, 3, 4, 16, 17, 19, 32, 127.

%assign smb_count 0
; Type, name of the structure; its handle is its number.
%macro smb_begin 2
%2:
    db %1, %2_strings - %2
    dw smb_count
%assign smb_count smb_count + 1
%endmacro

align 4
smb_table:
    smb_begin 0, smb_bios
    db 1, 2
    dw 0xF000
    db 3
    db 0                            ; 64 KB
    ; ISA, PCI, plug and play, APM, shadowing, boot from CD, choice of the boot
    ; device, EDD; INT 13h for 360 KB to 2.88 MB; INT 5, 9, 14h, 17h
    dd 1 << 4 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 15 | 1 << 16 | 1 << 19 | 0x3FC00000
    dd 0
    db 0x01, 0                      ; ACPI
    db 0xFF, 0xFF, 0xFF, 0xFF       ; no release numbers
smb_bios_strings:
    db 'Ferrite', 0, '1', 0, '11/22/2026', 0, 0

    smb_begin 1, smb_system
    db 1, 2, 3, 0
    times 16 db 0                   ; no UUID
    db 6                            ; switched on by the power button
    db 0, 0
smb_system_strings:
    db 'Ferrite', 0, 'PC', 0, 'i440FX, PIIX3, PIIX4', 0, 0

    smb_begin 3, smb_chassis
    db 1, 3, 0, 0, 0                ; a desktop
    db 3, 3, 3, 3                   ; all is well; no lock
smb_chassis_strings:
    db 'Ferrite', 0, 0

    smb_begin 4, smb_processor
    db 1
    db 3                            ; central processor
smb_family:
    db 2                            ; unknown
    db 2
smb_cpuid:
    dd 0, 0
    db 0
    db 0x80 + 33                    ; 3.3 V
    dw 0, 0, 0                      ; clocks: unknown
    db 0x41                         ; in its socket, enabled
    db 2                            ; kind of socket unknown
    dw 0xFFFF, 0xFFFF, 0xFFFF       ; nothing told of caches
    db 0, 0, 0
smb_processor_strings:
    db 'CPU 0', 0
smb_vendor:
    db '            ', 0, 0

    smb_begin 16, smb_array
smb_array_handle equ smb_count - 1
    db 3, 3, 3                      ; main board, system memory, no correction
    dd 0x200000                     ; 2 GB at most
    dw 0xFFFE
    dw 1
smb_array_strings:
    db 0, 0

    smb_begin 17, smb_module
    dw smb_array_handle, 0xFFFE
    dw 64, 64
smb_module_mb:
    dw 0
    db 9, 0                         ; DIMM
    db 1, 0
    db 0x0F                         ; SDRAM
    dw 1 << 7                       ; synchronous
    dw 0
    db 0, 0, 0, 0
smb_module_strings:
    db 'DIMM 0', 0, 0

    smb_begin 19, smb_range
    dd 0
smb_range_end:
    dd 0
    dw smb_array_handle
    db 1
smb_range_strings:
    db 0, 0

    smb_begin 32, smb_boot
    times 6 db 0
    db 0                            ; no errors
smb_boot_strings:
    db 0, 0

    smb_begin 127, smb_last
smb_last_strings:
    db 0, 0
smb_table_end:

align 16
smb_entry:
    times 4 db 0                    ; signature, once the table is filled in
    db 0                            ; checksum
    db smb_entry_end - smb_entry
    db 2, 4
    dw smb_chassis - smb_system     ; the longest structure
    db 0
    times 5 db 0
smb_dmi:
    db '_DMI_', 0
    dw smb_table_end - smb_table
    dd 0xF0000 + smb_table
    dw smb_count
    db 0x24
smb_entry_end:

smb_init:
    DS_EBDA
    test byte [EX_CHIPS], CHIP_SHADOW
    jz .out
    movzx ecx, byte [EX_ACPI]
    imul ecx, ACPI_KB
    add ecx, [EX_EXT_KB]
    add ecx, 1024                   ; KB in all
    push cs
    pop ds
    lea eax, [ecx - 1]
    mov [smb_range_end], eax
    shr ecx, 10
    mov [smb_module_mb], cx
    call processor_kind
    mov [smb_family], al
    call cpuid_there
    jc .sums
    cpu 586
    xor eax, eax
    cpuid
    mov [smb_vendor], ebx
    mov [smb_vendor + 4], edx
    mov [smb_vendor + 8], ecx
    mov eax, 1
    cpuid
    cpu 386
    mov [smb_cpuid], eax
    mov [smb_cpuid + 4], edx
.sums:
    mov dword [smb_entry], '_SM_'
    mov si, smb_dmi
    mov dx, smb_entry_end - smb_dmi
    mov di, smb_dmi + 5
    call table_sum
    mov si, smb_entry
    mov dx, smb_entry_end - smb_entry
    mov di, smb_entry + 4
    jmp table_sum
.out:
    ret
