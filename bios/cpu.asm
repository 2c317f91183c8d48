; Ferrite system BIOS: what newer processors want before interrupts can reach
; them, memory types, and the way from an INIT to a reset of the board.

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

; INIT (a message of the APIC bus, say) starts the processor here while the
; board is as the last system left it: running timers, disks, network. When the
; host bridge still shows the shadow memory that an earlier POST opened, the
; board is reset, too (PIIX3: CF9h). There is no stack yet.
RESET_CONTROL equ 0xCF9

reset_board_too:
    mov eax, 0x80000000
    mov dx, PCI_ADDRESS
    out dx, eax
    mov dx, PCI_DATA
    in eax, dx
    cmp eax, 0x12378086             ; 82441FX
    jne post_board
    mov eax, PAM0_DWORD
    mov dx, PCI_ADDRESS
    out dx, eax
    mov dx, PAM0_PORT
    in al, dx
    test al, 0x30
    jz post_board
    mov dx, RESET_CONTROL
    mov al, 0x02                    ; hard
    out dx, al
    mov al, 0x06                    ; now
    out dx, al
    hlt

; ------------------------------------------------- memory types (P6 and later)
; SDM vol. 3, 11.11. Write-back for memory, write-protected for the ROMs in it,
; uncached for all the rest, the display's window included.
MSR_MTRR_PHYS0    equ 0x200
MSR_MTRR_FIX64K   equ 0x250
MSR_MTRR_FIX16K_8 equ 0x258
MSR_MTRR_FIX4K_C0 equ 0x268
MSR_MTRR_FIX4K_F0 equ 0x26E
MSR_MTRR_DEFTYPE  equ 0x2FF
MTRR_RANGES equ 8
TYPE_WB     equ 0x06
TYPE_WP     equ 0x05

; ECX = MSR number := EDX:EAX, both EAX.
wrmsr_twice:
    mov edx, eax
    cpu 686
    wrmsr
    cpu 386
    ret

mtrr_init:
    call cpuid_there
    jc .none
    mov eax, 1
    cpu 586
    cpuid
    cpu 386
    test dx, 1 << 12
    jz .none
    xor eax, eax                    ; off while they change
    mov ecx, MSR_MTRR_DEFTYPE
    call wrmsr_twice
    mov eax, TYPE_WB * 0x01010101   ; 0-9FFFFh
    mov ecx, MSR_MTRR_FIX64K
    call wrmsr_twice
    mov cx, MSR_MTRR_FIX16K_8
    call wrmsr_twice
    mov eax, TYPE_WP * 0x01010101   ; the video BIOS and this one
    mov cx, MSR_MTRR_FIX4K_C0
    call wrmsr_twice
    mov cx, MSR_MTRR_FIX4K_F0
    call wrmsr_twice
    inc cx
    call wrmsr_twice

    ; Powers of two from the largest down add up to the memory; the last range
    ; rounds up what is left then.
    mov ax, EBDA_SEG
    mov es, ax
    mov esi, [es:EX_EXT_KB]
    add esi, 1024                   ; KB left
    xor edi, edi                    ; where, in KB
    mov cx, MSR_MTRR_PHYS0
.range:
    bsr eax, esi
    jz .done
    xchg ax, cx                     ; CL = log2 of the size
    mov ebx, 1
    shl ebx, cl
    xchg ax, cx
    sub esi, ebx
    jz .exact
    cmp cx, MSR_MTRR_PHYS0 + 2 * (MTRR_RANGES - 1)
    jb .exact
    xor esi, esi
    add ebx, ebx
.exact:
    mov eax, edi
    shl eax, 10
    mov al, TYPE_WB
    xor edx, edx
    cpu 686
    wrmsr
    inc cx
    mov eax, ebx
    shl eax, 10
    neg eax
    or ah, 0x08                     ; valid
    mov dl, 0x0F                    ; 36 bits of address
    wrmsr
    cpu 386
    inc cx
    add edi, ebx
    jmp .range
.done:
    mov cx, MSR_MTRR_DEFTYPE
    xor edx, edx
    mov eax, 0xC00                  ; both kinds on; elsewhere uncached
    cpu 686
    wrmsr
    cpu 386
.none:
    ret

; The serial number of the Pentium III, which its owners did not want to be read
; (AP-485): off until the next reset.
MSR_BBL_CR_CTL  equ 0x119

serial_number_off:
    call cpuid_there
    jc .none
    mov eax, 1
    cpu 586
    cpuid
    test edx, 1 << 18
    jz .none
    mov ecx, MSR_BBL_CR_CTL
    cpu 686
    rdmsr
    or eax, 1 << 21
    wrmsr
    cpu 386
.none:
    ret
