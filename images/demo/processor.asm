; Page 0: which processor is this, and where is the memory?
;
; Before CPUID existed, programs told processors apart by EFLAGS bits that can or cannot be
; changed: AC (bit 18) arrived with the 486, ID (bit 21) with CPUID itself. CPUID then
; names maker, model and features. The coprocessor is found by initialising it and
; looking whether its status word answers. INT 15h function E820h lists memory by ranges.

page_processor:
    frame 'PROCESSOR   identification and memory map', 'Esc: back to the menu'
    text 2, 2, YELLOW, 'Processor'
    call find_family
    call show_family
    call show_coprocessor
    call show_features
    text 14, 2, YELLOW, 'Memory'
    call show_memory
    jmp wait_esc

; ---- identification --------------------------------------------------------------------
; AC cannot be set: 386. It can, but ID cannot: 486 without CPUID. Otherwise CPUID tells.
find_family:
    mov byte [family], 3
    mov byte [has_cpuid], 0
    mov dword [feature_flags], 0
    mov dword [signature], 0
    mov eax, 1 << 18            ; AC
    call flag_can_change
    jz .done
    mov byte [family], 4
    mov eax, 1 << 21            ; ID
    call flag_can_change
    jz .done
    mov byte [has_cpuid], 1
    cpu 586
    xor eax, eax                ; leaf 0: highest leaf and the maker's name
    cpuid
    mov [vendor], ebx
    mov [vendor + 4], edx
    mov [vendor + 8], ecx
    test eax, eax
    jz .done
    mov eax, 1                  ; leaf 1: family, model, stepping; features in EDX
    cpuid
    cpu 386
    mov [signature], eax
    mov [feature_flags], edx
    shr ax, 8
    and al, 0x0F
    mov [family], al
.done:
    ret

; EAX = a bit of EFLAGS. Zero flag clear: the bit can be changed, so the processor knows it.
flag_can_change:
    pushfd                      ; to be restored
    pushfd
    pop ecx
    mov edx, ecx
    xor ecx, eax                ; the other value ...
    push ecx
    popfd
    pushfd
    pop ecx                     ; ... did it stay?
    popfd
    xor ecx, edx
    test ecx, eax
    ret

show_family:
    movzx bx, byte [family]
    mov si, .newer
    cmp bx, 15
    je .name_known
    cmp bx, 6
    ja .unknown
    shl bx, 1
    mov si, [.names - 3 * 2 + bx]
    jmp .name_known
.unknown:
    mov si, .other
.name_known:
    mov di, AT(3, 4)
    mov ah, BRIGHT
    call put_string
    cmp byte [has_cpuid], 0
    jne .cpuid
    text 4, 4, PLAIN, 'no CPUID instruction: EFLAGS bit 21 cannot be changed'
    ret
.cpuid:
    text 4, 4, PLAIN, 'CPUID  '
    mov si, vendor
    mov ah, BRIGHT
    call put_string             ; twelve letters, a zero follows
    text 4, 26, PLAIN, 'family    model    stepping'
    mov ah, BRIGHT
    mov cl, 1
    mov di, AT(4, 33)
    mov eax, [signature]
    mov edx, eax
    shr edx, 8
    mov ah, BRIGHT
    call put_hex
    mov di, AT(4, 42)
    mov edx, [signature]
    shr edx, 4
    call put_hex
    mov di, AT(4, 54)
    mov edx, [signature]
    call put_hex
    text 4, 58, DIM, '= '
    mov ah, DIM
    mov cl, 8
    mov edx, [signature]
    jmp put_hex
section .data
.names: dw .i386, .i486, .pentium, .p6
.i386:    db '80386: EFLAGS has no AC bit', 0
.i486:    db '80486 class: EFLAGS knows AC', 0
.pentium: db 'Pentium class', 0
.p6:      db 'P6 class (Pentium Pro, II, III)', 0
.newer:   db 'Pentium 4 class', 0
.other:   db 'a newer processor', 0
section .text

; FNINIT and FNSTSW do nothing without a coprocessor: the pattern stays.
show_coprocessor:
    text 5, 4, PLAIN, 'Coprocessor: '
    mov word [fpu_status], 0x5A5A
    fninit
    fnstsw [fpu_status]
    mov si, .none
    cmp byte [fpu_status], 0
    jne .known
    mov si, .present
    ; A division that every coprocessor must get right: 1 / 3 * 3.
    fld1
    fild word [.three]
    fdivp st1, st0
    fild word [.three]
    fmulp st1, st0
    fld1
    fcompp
    fnstsw ax
    sahf
    je .known
    mov si, .inexact
.known:
    mov ah, BRIGHT
    jmp put_string
section .data
.three:   dw 3
.none:    db 'none', 0
.present: db 'x87, 1 / 3 * 3 = 1', 0
.inexact: db 'x87, 1 / 3 * 3 is not 1', 0
section .text

; The feature bits of CPUID leaf 1: lit when the bit is set.
show_features:
    text 7, 2, YELLOW, 'Features'
    mov si, feature_names
    mov di, AT(8, 4)
    mov edx, [feature_flags]
    xor cx, cx                  ; CX: column, 0 to 7
.next:
    mov ah, DIM
    shr edx, 1
    jnc .not_set
    mov ah, 0x20 | BRIGHT       ; white on green
.not_set:
    push di
    call put_string
    pop di
    add di, 9 * 2
    inc cx
    cmp cx, 8
    jb .same_row
    xor cx, cx
    add di, COLUMNS * 2 - 8 * 9 * 2
.same_row:
    cmp byte [si], 0xFF
    jne .next
    ret
section .data
feature_names:                  ; bits 0 to 31
    db ' FPU    ', 0, ' VME    ', 0, ' DE     ', 0, ' PSE    ', 0
    db ' TSC    ', 0, ' MSR    ', 0, ' PAE    ', 0, ' MCE    ', 0
    db ' CX8    ', 0, ' APIC   ', 0, ' -      ', 0, ' SEP    ', 0
    db ' MTRR   ', 0, ' PGE    ', 0, ' MCA    ', 0, ' CMOV   ', 0
    db ' PAT    ', 0, ' PSE-36 ', 0, ' PSN    ', 0, ' CLFSH  ', 0
    db ' -      ', 0, ' DS     ', 0, ' ACPI   ', 0, ' MMX    ', 0
    db ' FXSR   ', 0, ' SSE    ', 0, ' SSE2   ', 0, ' SS     ', 0
    db ' HTT    ', 0, ' TM     ', 0, ' -      ', 0, ' PBE    ', 0, 0xFF
section .text

; ---- memory ----------------------------------------------------------------------------
show_memory:
    text 15, 4, PLAIN, 'Conventional, INT 12h:            KB'
    int 0x12                    ; AX = KB below 640
    movzx edx, ax
    mov cl, 6
    mov ah, BRIGHT
    mov di, AT(15, 31)
    call put_decimal
    text 16, 4, PLAIN, 'Extended, INT 15h AH=88h:         KB'
    mov ah, 0x88                ; AX = KB above 1 MB, as far as 16 bits go
    int 0x15
    movzx edx, ax
    mov cl, 6
    mov ah, BRIGHT
    mov di, AT(16, 31)
    call put_decimal

    text 14, 46, YELLOW, 'Memory map, INT 15h AX=E820h'
    text 15, 46, DIM, 'from       to         kind'
    mov byte [memory_row], 16
    xor ebx, ebx                ; EBX: continuation, 0 is the start and the end
.next:
    mov eax, 0xE820
    mov edx, 0x534D4150         ; 'SMAP'
    mov ecx, 20
    push ds
    pop es
    mov di, memory_range
    int 0x15
    jc .none
    cmp eax, 0x534D4150
    jne .none
    call show_range
    test ebx, ebx
    jz .done
    cmp byte [memory_row], 23
    jb .next
.done:
    ret
.none:
    cmp byte [memory_row], 16
    ja .done
    text 16, 46, PLAIN, 'not supported'
    ret

; One range: base and length are 64 bits wide; the lower half is enough for a 386.
show_range:
    pushad
    movzx di, byte [memory_row]
    imul di, di, COLUMNS * 2
    add di, AT(0, 46)
    mov cl, 8
    mov ah, BRIGHT
    mov edx, [memory_range]
    call put_hex
    add di, 3 * 2
    add edx, [memory_range + 8]
    dec edx
    call put_hex
    add di, 3 * 2
    mov si, .reserved
    mov ah, PLAIN
    cmp dword [memory_range + 16], 1
    jne .kind_known
    mov si, .usable
    mov ah, GREEN
.kind_known:
    call put_string
    inc byte [memory_row]
    popad
    ret
section .data
.usable:   db 'usable', 0
.reserved: db 'reserved', 0
section .bss
feature_flags: resd 1
signature:     resd 1
vendor:        resb 12
vendor_end:    resb 1           ; stays zero
fpu_status:    resw 1
family:        resb 1
has_cpuid:     resb 1
memory_row:    resb 1
memory_range:  resb 20
section .text
