; Ferrite system BIOS: what newer processors want before interrupts can reach
; them.

; CF = 0: CPUID is there, where the ID flag can change. Keeps all registers.
cpuid_there:
    push eax
    mov eax, 1 << 21
    call flag_changes
    pop eax
    ret

; Can the flag EAX of EFLAGS change? CF = 0: yes. Destroys EAX.
flag_changes:
    push ecx
    push edx
    mov edx, eax
    pushfd
    pop eax
    mov ecx, eax
    xor eax, edx
    push eax
    popfd
    pushfd
    pop eax
    push ecx
    popfd
    xor eax, ecx
    and eax, edx
    cmp eax, 1                      ; CF = 1: zero
    pop edx
    pop ecx
    ret

; AL = the processor's family as SMBIOS numbers it. Destroys EAX, EBX, ECX, EDX.
FAMILY_UNKNOWN  equ 0x02
FAMILY_386      equ 0x05
FAMILY_486      equ 0x06
FAMILY_P5       equ 0x0B
FAMILY_PRO      equ 0x0C
FAMILY_P2       equ 0x0D
FAMILY_P3       equ 0x11
FAMILY_P4       equ 0xB2

processor_kind:
    mov eax, 1 << 18                ; AC came with the 486
    call flag_changes
    mov al, FAMILY_386
    jc .out
    call cpuid_there
    mov al, FAMILY_486
    jc .out
    mov eax, 1
    cpu 586
    cpuid
    cpu 386
    mov dl, al
    shr dl, 4                       ; the model
    and ah, 0x0F
    mov al, FAMILY_486
    cmp ah, 4
    je .out
    mov al, FAMILY_P5
    cmp ah, 5
    je .out
    mov al, FAMILY_P4
    cmp ah, 0x0F
    je .out
    mov al, FAMILY_UNKNOWN
    cmp ah, 6
    jne .out
    mov al, FAMILY_PRO
    cmp dl, 3
    jb .out
    mov al, FAMILY_P2
    cmp dl, 7
    jb .out
    mov al, FAMILY_P3
.out:
    ret

; The local APIC comes out of reset disabled with everything masked. Make it the
; wire it replaces ("virtual wire mode"): LINT0 passes the 8259's requests on,
; LINT1 is NMI. The I/O APIC gets a number of its own.
APIC_BASE   equ 0xFEE00000
APIC_VERSION equ APIC_BASE + 0x30
APIC_SVR    equ APIC_BASE + 0xF0
APIC_LINT0  equ APIC_BASE + 0x350
APIC_LINT1  equ APIC_BASE + 0x360
IOAPIC_BASE equ 0xFEC00000
IOAPIC_ID   equ 1                   ; (the processor has 0)

apic_init:
    call cpuid_there
    jc .none
    mov eax, 1
    cpu 586
    cpuid
    cpu 386
    test dx, 1 << 9                 ; local APIC
    jz .none
    mov si, .wire
    call with_flat_ds
    cmp al, 0x10                    ; versions of the I/O APIC: 1xh, 2xh
    jb .none
    cmp al, 0x2F
    ja .none
    DS_EBDA
    or byte [EX_CHIPS], CHIP_APIC
.none:
    ret
.wire:
    mov edi, APIC_SVR
    mov dword [edi], 0x1FF          ; on; spurious vector FFh
    mov edi, APIC_LINT0
    mov dword [edi], 0x700          ; ExtINT
    mov edi, APIC_LINT1
    mov dword [edi], 0x400          ; NMI
    mov edi, IOAPIC_BASE
    mov dword [edi], 0
    mov dword [edi + 0x10], IOAPIC_ID << 24
    mov dword [edi], 1
    mov eax, [edi + 0x10]
    ret
