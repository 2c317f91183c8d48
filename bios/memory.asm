; Ferrite system BIOS: how much memory there is, and reaching above 1 MB.
;
; CMOS tells the size; a look at its last kilobyte confirms it. Where CMOS has
; nothing (an empty battery), memory is searched one megabyte at a time.

; Descriptor table for the flat look around: null, code, flat data, data64K, the
; same code where the ROM is seen below 4 GB.
align 8
flat_gdt:
    dq 0
    dq 0x00009B0F0000FFFF           ; 08 code, F0000h, 64 KB
    dq 0x00CF93000000FFFF           ; 10 data, all 4 GB
    dq 0x000093000000FFFF           ; 18 data, 64 KB: what real mode expects
    dq 0xFF009BFF0000FFFF           ; 20 code, FFFF0000h, 64 KB
flat_gdt_ptr:
    dw 5 * 8 - 1
    dd 0xF0000 + flat_gdt

; Call SI with DS reaching all 4 GB from 0, in protected mode with interrupts
; off. ES, SS and the stack stay as they are. The routine may use EAX, EBX,
; ECX, EDX, EDI; results survive. Real mode only.
with_flat_ds:
    push ds
    lgdt [cs:flat_gdt_ptr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 0x08:.protected
.protected:
    mov ax, 0x10
    mov ds, ax
    call si
    mov si, 0x18                    ; 64 KB limit again, as real mode keeps it
    mov ds, si
    mov esi, cr0
    and esi, ~1
    mov cr0, esi
    jmp 0xF000:.real
.real:
    pop ds
    ret

; DS, ES, FS and GS = 0, reaching 4 GB (AX = 10h) or 64 KB (AX = 18h) from where they are loaded with in
; real mode. Destroys AX, ECX.
segment_limits:
    pushf
    cli
    lgdt [cs:flat_gdt_ptr]
    mov ecx, cr0
    or cl, 1
    mov cr0, ecx
    jmp short .protected            ; CS stays as it is
.protected:
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    and cl, ~1
    mov cr0, ecx
    jmp short .real
.real:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    popf
    ret

; Leave KB above 1 MB in the EBDA and base memory in the BDA.
memory_size:
    DS_BDA
    mov word [MEM_KB], 640 - EBDA_KB

    mov al, CMOS_EXT64_HI           ; above 16 MB in units of 64 KB
    call cmos_read
    mov ah, al
    mov al, CMOS_EXT64_LO
    call cmos_read
    movzx ebx, ax
    shl ebx, 6
    jz .small
    add ebx, 15 * 1024
    jmp .check
.small:
    mov al, CMOS_EXT_HI             ; up to 64 MB in KB
    call cmos_read
    mov ah, al
    mov al, CMOS_EXT_LO
    call cmos_read
    movzx ebx, ax

.check:
    mov si, memory_probe
    call with_flat_ds
    mov ax, EBDA_SEG
    mov es, ax
    mov [es:EX_EXT_KB], ebx
    ret

; EBX = KB claimed above 1 MB -> KB found.
memory_probe:
    test ebx, ebx
    jz .search
    mov edi, ebx
    shl edi, 10
    add edi, 0x100000 - 4           ; the last dword
    call memory_there
    jz .done
.search:
    xor ebx, ebx
.megabyte:
    mov edi, ebx
    shl edi, 10
    add edi, 0x200000 - 4
    call memory_there
    jnz .done
    add ebx, 1024
    cmp ebx, 0x300000               ; the hole below 4 GB starts at 3 GB
    jb .megabyte
.done:
    ret

; Does the dword at EDI keep two patterns? Its content is put back. ZF = yes.
; The dword before it is written in between, so that a floating bus cannot
; answer with what it last carried.
memory_there:
    mov ecx, [edi]
    mov edx, [edi - 4]
    mov dword [edi], 0x5AA5C33C
    mov dword [edi - 4], 0xFFFFFFFF
    cmp dword [edi], 0x5AA5C33C
    jne .out
    mov dword [edi], 0xA55A3CC3
    mov dword [edi - 4], 0
    cmp dword [edi], 0xA55A3CC3
.out:
    pushf
    mov [edi - 4], edx
    mov [edi], ecx
    popf
    ret
