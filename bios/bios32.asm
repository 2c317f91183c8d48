; Ferrite system BIOS: what 32-bit protected mode finds and calls. The BIOS32
; service directory ("Standard BIOS 32-bit Service Directory", revision 0.4) knows
; one service, "$PCI": the PCI BIOS of pci.asm for callers with 32-bit segments
; (PCI BIOS Specification 2.1, chapter 3).
;
; Callers may place base and offset as they like as long as the sum is right, so
; there are only relative jumps here, and no data.

; The low and high bytes of an offset in this ROM, for sums made by the assembler.
%define ROM_OFFSET(label) ((label) - rom_start)
%define BYTE_SUM(value) (((value) & 0xFF) + ((value) >> 8 & 0xFF))

align 16
bios32_directory:
    db '_32_'
    dd 0xF0000 + bios32_entry
    db 0, 1                         ; revision, length in paragraphs
    db -('_' + '3' + '2' + '_' + 0x0F + 1 + BYTE_SUM(ROM_OFFSET(bios32_entry))) & 0xFF
    times 5 db 0

BIOS32_NO_SERVICE   equ 0x80
BIOS32_NO_FUNCTION  equ 0x81

    bits 32
; EAX = service, BL = 0: AL = 0 and EBX = base, ECX = length, EDX = entry in it.
bios32_entry:
    test bl, bl
    jnz .no_function
    cmp eax, '$PCI'
    jne .no_service
    push eax
    mov edx, PCI_ADDRESS
    mov eax, 0x80000000
    out dx, eax
    in eax, dx
    cmp eax, 0x80000000             ; a board without PCI
    pop eax
    jne .no_service
    mov ebx, 0xF0000
    mov ecx, 0x10000
    mov edx, ROM_OFFSET(pci32_entry)
    mov al, 0
    retf
.no_service:
    mov al, BIOS32_NO_SERVICE
    retf
.no_function:
    mov al, BIOS32_NO_FUNCTION
    retf

; Frame of the PCI services, at EBP.
P_INDEX     equ -8                  ; which of several to find
P_EDI       equ 0
P_EBX       equ 16
P_EDX       equ 20
P_ECX       equ 24
P_AL        equ 28
P_AH        equ 29

; AL = function, registers as INT 1Ah B1h has them. The address port is ours as
; long as interrupts are off.
pci32_entry:
    pushad
    mov ebp, esp
    pushfd
    push esi
    cli
    and al, 0x7F                    ; (bit 7: a 32-bit form)
    cmp al, 0x01
    je .present
    cmp al, 0x02
    je .find_device
    cmp al, 0x03
    je .find_class
    sub al, 0x08
    cmp al, 0x0D - 0x08
    jbe .access
    mov ah, PCI_UNSUPPORTED
.done:
    mov [ebp + P_AH], ah
    lea esp, [ebp - 4]
    popfd
    popad
    cmp ah, 1                       ; CF = 1: any status but 0
    cmc
    retf

.present:
    mov byte [ebp + P_AL], 0x01
    mov word [ebp + P_EBX], 0x0210
    mov byte [ebp + P_ECX], 0
    mov dword [ebp + P_EDX], 'PCI '
    mov ah, PCI_OK
    jmp .done

; Reads (0, 1, 2) and writes (3, 4, 5) of a byte, a word, a dword.
.access:
    mov bl, al
    mov bh, 0
    cmp bl, 3
    jb .read
    sub bl, 3
    inc bh
.read:
    movzx edi, di
    mov ah, PCI_BAD_REG
    cmp edi, 0xFF
    ja .done
    mov cl, bl                      ; a mask of the address bits that must be zero
    mov esi, 1
    shl esi, cl
    dec esi
    test edi, esi
    jnz .done
    push ebx
    movzx ebx, word [ebp + P_EBX]
    call pci32_select
    pop ebx
    mov eax, [ebp + P_ECX]
    test bh, bh
    jnz .write
    cmp bl, 1
    jb .in8
    je .in16
    in eax, dx
    jmp .got
.in16:
    in ax, dx
    jmp .got
.in8:
    in al, dx
.got:
    mov [ebp + P_ECX], eax          ; with what the narrow ones leave alone
    jmp .good
.write:
    cmp bl, 1
    jb .out8
    je .out16
    out dx, eax
    jmp .good
.out16:
    out dx, ax
    jmp .good
.out8:
    out dx, al
.good:
    mov ah, PCI_OK
    jmp .done

; The SI-th function whose dword DI, shifted right by CL bits, is ESI's.
.find_class:
    mov esi, [ebp + P_ECX]
    and esi, 0x00FFFFFF
    mov edi, 0x08
    mov cl, 8
    jmp .find
.find_device:
    mov ah, PCI_BAD_VENDOR
    mov si, [ebp + P_EDX]
    cmp si, 0xFFFF
    je .done
    shl esi, 16
    mov si, [ebp + P_ECX]
    rol esi, 16                     ; device in the high half, vendor in the low
    xor edi, edi
    mov cl, 0
.find:
    mov ch, 0                       ; CH = 1: the slot has more functions
    xor ebx, ebx
.function:
    push edi
    xor edi, edi
    call pci32_read
    pop edi
    cmp ax, 0xFFFF
    je .absent
    call pci32_read
    shr eax, cl
    cmp eax, esi
    jne .other
    sub word [ebp + P_INDEX], 1
    jc .found
.other:
    test bl, 7
    jnz .next
    push edi
    mov edi, 0x0C
    call pci32_read
    pop edi
    shr eax, 23                     ; bit 7 of the header type
    mov ch, al
    and ch, 1
    jmp .next
.absent:
    test bl, 7
    jnz .next
    mov ch, 0
.next:
    test ch, ch
    jnz .one
    add bl, 7
.one:
    inc bl
    jnz .function
    mov ah, PCI_NOT_FOUND
    jmp .done
.found:
    mov [ebp + P_EBX], bx
    mov ah, PCI_OK
    jmp .done

; EAX = dword DI of function BX. Destroys EDX.
pci32_read:
    call pci32_select
    in eax, dx
    ret

; DX := data port for register DI of function BX, selected. Destroys EAX.
pci32_select:
    movzx eax, bx
    shl eax, 8
    or eax, 0x80000000
    mov edx, edi
    and edx, 0xFC
    or eax, edx
    mov edx, PCI_ADDRESS
    out dx, eax
    mov edx, edi
    and edx, 3
    add edx, PCI_DATA
    ret
    bits 16
