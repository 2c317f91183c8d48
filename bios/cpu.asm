; Ferrite system BIOS: what newer processors want before interrupts can reach
; them.

; The local APIC comes out of reset disabled with everything masked. Make it the
; wire it replaces ("virtual wire mode"): LINT0 passes the 8259's requests on,
; LINT1 is NMI.
APIC_SVR    equ 0xFEE000F0
APIC_LINT0  equ 0xFEE00350
APIC_LINT1  equ 0xFEE00360

apic_init:
    pushfd                          ; CPUID exists where the ID flag can change
    pop eax
    mov ecx, eax
    xor eax, 1 << 21
    push eax
    popfd
    pushfd
    pop eax
    push ecx
    popfd
    xor eax, ecx
    test eax, 1 << 21
    jz .none
    mov eax, 1
    cpu 586
    cpuid
    cpu 386
    test dx, 1 << 9                 ; local APIC
    jz .none
    mov si, .wire
    jmp with_flat_ds
.none:
    ret
.wire:
    mov edi, APIC_SVR
    mov dword [edi], 0x1FF          ; on; spurious vector FFh
    mov edi, APIC_LINT0
    mov dword [edi], 0x700          ; ExtINT
    mov edi, APIC_LINT1
    mov dword [edi], 0x400          ; NMI
    ret
