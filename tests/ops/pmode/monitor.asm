; monitor.asm - runs the cases of gen.c, one short piece of code each, in protected or virtual-8086
; mode, and prints what became of each as one line of hexadecimal on port E9h. The same diskette
; runs on any PC emulator; the lines are compared on the host (see README.md).
;
; A case is 224 bytes (gen.c, struct pmode_case):
;   00 GPRs EAX ECX EDX EBX ESP EBP ESI EDI    20 EFLAGS   24 EIP   28 CS SS ES DS FS GS (words)
;   34 CR0 bits to set (WP)   38 PTE bits of four probe pages   48 flags (bit 0:
;   virtual-8086, bit 1: code at 90100 instead of 140100)
;   4A redirection bits of vectors 30h-37h   4C CR4   50 eight descriptors   90 gates 30h, 31h (IDT)   A0 selectors for the second TSS:
;   CS SS DS LDT   A8 EFLAGS of the second TSS   AC code, 52 bytes
;
; Every case ends in an exception or INT 3: code is followed by CCh bytes, and so is every place
; that a gate or a far pointer can lead to.

CASES      equ 0x10000              ; linear, loaded by the boot sector
CASE_SIZE  equ 224
CASES_MAX  equ 2048                 ; 448 KB
GDT        equ 0x100000
IDT        equ 0x101000
TSS        equ 0x102000             ; main
TSS2       equ 0x103000             ; target of task switches
TSSDF      equ 0x104000             ; double fault
PDIR       equ 0x105000
PTAB       equ 0x106000
LDT        equ 0x107000
STACK_MON  equ 0x109000             ; tops
STACK_R0   equ 0x10B000
STACK_R1   equ 0x10D000
STACK_DF   equ 0x10F000
SANDBOX    equ 0x120000             ; 32 KB of data, then
PROBE      equ 0x130000             ; four pages
CODE       equ 0x140000
CODE_V86   equ 0x90000

SEL_CODE0  equ 0x08
SEL_DATA0  equ 0x10
SEL_TSS    equ 0x18
SEL_TSS2   equ 0x20
SEL_TSSDF  equ 0x28
SEL_LDT    equ 0x30
SEL_CODE3  equ 0x38 + 3
SEL_DATA3  equ 0x40 + 3
SEL_CODE1  equ 0x48 + 1
SEL_DATA1  equ 0x50 + 1
SLOTS      equ 16                   ; GDT entries 16..23 are the case's

org 0x7C00
bits 16
    jmp 0:boot
boot:
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7C00
    mov [drive], dl
    ; LBA 1..: the rest of the monitor to 7E00, then the cases from LBA 32 to 10000.
    mov di, 1
    mov cx, 31
    mov bx, 0x7E00 / 16
    call load
    mov di, 32
    mov cx, CASES_MAX * CASE_SIZE / 512
    mov bx, CASES / 16
    call load
    jmp start

; Load CX sectors from LBA DI to segment BX, one at a time.
load:
    push cx
    mov ax, di
    xor dx, dx
    mov cx, 18
    div cx
    mov cl, dl
    inc cl
    xor dx, dx
    shr ax, 1
    adc dh, 0
    mov ch, al
    mov dl, [drive]
    mov es, bx
    push bx
    mov bp, 3
.again:
    mov ax, 0x0201
    xor bx, bx
    int 0x13
    jnc .ok
    xor ax, ax
    int 0x13
    dec bp
    jnz .again
    mov al, '!'
    out 0xE9, al
    hlt
.ok:
    pop bx
    add bx, 32
    inc di
    pop cx
    loop load
    ret
drive: db 0
    times 504 - ($ - $$) db 0
variant: dd 0                       ; DR7 while cases run (gen.c can set it)
    dw 0
    dw 0xAA55

start:
    cli
    in al, 0x92
    or al, 2
    and al, 0xFE
    out 0x92, al
    mov al, 0xFF                    ; no interrupts
    out 0x21, al
    out 0xA1, al
    lgdt [boot_gdtr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp dword SEL_CODE0:flat

bits 32
flat:
    mov ax, SEL_DATA0
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov esp, STACK_MON
    cld
    ; Small offsets in segments with base 0 lead here.
    xor edi, edi
    mov eax, 0xCCCCCCCC
    mov ecx, 0x1000 / 4
    rep stosd
    ; Where INT n goes when virtual-8086 mode redirects it: 9000:0300.
    xor edi, edi
    mov eax, 0x90000300
    mov ecx, 0x80
    rep stosd
    mov edi, 0xC000                 ; what the BIOS left there differs
    mov eax, 0xCCCCCCCC
    mov ecx, 0x4000 / 4
    rep stosd
    ; Page tables: the first 4 MB, identity, for everybody.
    mov edi, PDIR
    xor eax, eax
    mov ecx, 2048
    rep stosd
    mov dword [PDIR], PTAB + 7
    mov edi, PTAB
    mov eax, 7
    mov ecx, 1024
.page:
    stosd
    add eax, 0x1000
    loop .page
    mov eax, PDIR
    mov cr3, eax
    call tables
    lgdt [gdtr]
    lidt [idtr]
    mov eax, cr0
    and eax, ~0x60000000            ; caches on
    or eax, 0x80000020              ; PG, NE
    mov cr0, eax
    jmp SEL_CODE0:.paging
.paging:
    mov dword [case], CASES
next_case:
    xor eax, eax
    mov dr7, eax
    mov cr4, eax
    mov esp, STACK_MON
    push dword 2
    popfd
    mov esi, [case]
    cmp dword [esi], 0xFFFFFFFF     ; end mark: EAX and ECX all ones
    jne .run
    cmp dword [esi + 4], 0xFFFFFFFF
    je finished
.run:
    call tables
    ; Sandbox and probe pages to a pattern, code area to INT 3.
    mov edi, SANDBOX
    mov ecx, 0x8000 / 4
    mov eax, 0x5A000000
.fill:
    stosd
    add eax, 0x010003
    loop .fill
    mov edi, CODE_V86 + 0x1000      ; data of V86 programs
    mov ecx, 0xE000 / 4
.fill2:
    stosd
    add eax, 0x010003
    loop .fill2
    mov edi, PROBE
    mov ecx, 4
.probe:
    mov dword [edi], 0x11223344
    mov dword [edi + 0xFFC], 0x55667788
    add edi, 0x1000
    loop .probe
    mov edi, CODE
    mov eax, 0xCCCCCCCC
    mov ecx, 1024
    rep stosd
    mov edi, CODE_V86
    mov ecx, 1024
    rep stosd
    mov esi, [case]
    add esi, 0xAC
    mov edi, CODE + 0x100
    test byte [esi - 0xAC + 0x48], 3
    jz .code
    mov edi, CODE_V86 + 0x100
.code:
    mov ecx, 13
    rep movsd
    mov esi, [case]
    ; Case's descriptors, gates, page bits, second TSS.
    lea ecx, [esi + 0x50]
    xor edx, edx
.desc:
    mov eax, [ecx + edx * 8]
    mov [GDT + SLOTS * 8 + edx * 8], eax
    mov eax, [ecx + edx * 8 + 4]
    mov [GDT + SLOTS * 8 + edx * 8 + 4], eax
    inc edx
    cmp edx, 8
    jb .desc
    xor edx, edx
.gate:
    mov eax, [esi + 0x90 + edx * 4]
    mov [IDT + 0x30 * 8 + edx * 4], eax
    inc edx
    cmp edx, 4
    jb .gate
    xor edx, edx
.pte:
    mov eax, [esi + 0x38 + edx * 4]
    mov ecx, edx
    shl ecx, 12
    lea eax, [eax + ecx + PROBE]
    mov [PTAB + (PROBE >> 12) * 4 + edx * 4], eax
    inc edx
    cmp edx, 4
    jb .pte
    mov ax, [esi + 0xA0]
    mov [TSS2 + 0x4C], ax
    mov ax, [esi + 0xA2]
    mov [TSS2 + 0x50], ax
    mov ax, [esi + 0xA4]
    mov [TSS2 + 0x54], ax
    mov ax, [esi + 0xA6]
    mov [TSS2 + 0x60], ax
    mov eax, [esi + 0xA8]
    mov [TSS2 + 0x24], eax
    mov al, [esi + 0x4A]
    mov [TSS + 0x68 + 6], al
    mov [TSS2 + 0x68 + 6], al
    mov ax, SEL_TSS
    ltr ax
    mov ax, SEL_LDT
    lldt ax
    mov eax, PDIR
    mov cr3, eax
    xor eax, eax
    mov cr2, eax
    mov dr6, eax
    mov eax, cr0
    and eax, ~0x10008               ; WP, TS
    or eax, [esi + 0x34]
    mov cr0, eax
    clts
    ; A breakpoint that is never hit changes nothing, but makes emulators go step by step.
    mov eax, 0xFFFFFFF0
    mov dr3, eax
    mov eax, [variant]
    mov dr7, eax
    mov eax, [esi + 0x4C]
    mov cr4, eax

    test byte [esi + 0x48], 1
    jnz .v86
    test byte [esi + 0x28], 3
    jnz .outer
    mov esp, STACK_R0               ; ring 0 keeps the flat stack
    jmp .inner
.v86:
    movzx eax, word [esi + 0x32]    ; GS FS DS ES
    push eax
    movzx eax, word [esi + 0x30]
    push eax
    movzx eax, word [esi + 0x2E]
    push eax
    movzx eax, word [esi + 0x2C]
    push eax
.outer:
    movzx eax, word [esi + 0x2A]    ; SS
    push eax
    push dword [esi + 0x10]         ; ESP
.inner:
    push dword [esi + 0x20]
    movzx eax, word [esi + 0x28]
    push eax
    push dword [esi + 0x24]
    test byte [esi + 0x48], 1
    jnz .regs
    mov ax, [esi + 0x2C]
    mov es, ax
    mov ax, [esi + 0x30]
    mov fs, ax
    mov ax, [esi + 0x32]
    mov gs, ax
    movzx eax, word [esi + 0x2E]
    push eax
.regs:
    mov eax, [esi]
    mov ecx, [esi + 4]
    mov edx, [esi + 8]
    mov ebx, [esi + 12]
    mov ebp, [esi + 0x14]
    mov edi, [esi + 0x1C]
    test byte [esi + 0x48], 1
    mov esi, [esi + 0x18]
    jnz .go
    pop ds
.go:
    iretd

; -------------------------------------------------------- what every vector leads to

%macro vector_stub 1
stub_%+ %1:
%if (%1 != 8) && (%1 != 10) && (%1 != 11) && (%1 != 12) && (%1 != 13) && (%1 != 14) && (%1 != 17)
    push dword 0xEEEEEEEE
%endif
    push dword %1
    jmp caught
    align 16, db 0x90
%endmacro

align 16
stubs:
%assign i 0
%rep 64
    vector_stub i
%assign i i + 1
%endrep

; SS:ESP: vector, error, EIP, CS, EFLAGS, [ESP, SS, [ES, DS, FS, GS]].
caught:
    pushad
    push ds
    push es
    push fs
    push gs
    mov ax, SEL_DATA0
    mov ds, ax
    mov es, ax
    xor eax, eax
    mov dr7, eax
    mov cr4, eax
    cld
    ; Copy the frame from whatever stack this is.
    mov esi, esp
    mov ax, ss
    lar eax, eax
    test eax, 0x400000
    jnz .wide
    movzx esi, sp
.wide:
    mov edi, frame
    mov ecx, 4 + 8 + 2 + 3 + 6
.copy:
    mov eax, [ss:esi]
    stosd
    add esi, 4
    loop .copy
    mov ax, ss
    mov [frame_ss], ax
    mov ax, SEL_DATA0
    mov ss, ax
    mov esp, STACK_MON
    jmp report

; The double-fault task: there is no frame, the old task's state stands in its TSS.
double_fault:
    mov edi, frame
    mov ecx, 23
    xor eax, eax
    rep stosd
    mov dword [frame_vector], 8
    pop dword [frame_error]
    mov ax, [TSSDF]
    mov [frame_gs], ax              ; whose task it was
    jmp report

frame:
frame_gs: dd 0
frame_fs: dd 0
frame_es: dd 0
frame_ds: dd 0
frame_edi: times 8 dd 0             ; EDI ESI EBP ESP EBX EDX ECX EAX
frame_vector: dd 0
frame_error: dd 0
frame_eip: dd 0
frame_cs: dd 0
frame_eflags: dd 0
frame_esp: dd 0
frame_segs: dd 0, 0, 0, 0, 0        ; SS ES DS FS GS
frame_ss: dd 0

; One line: number, vector, error, CS:EIP, EFLAGS, SS:ESP of an outer ring, GPRs, segments, V86
; segments, CR2, DR6, TR, CR0.TS, access bytes of the descriptors, PTE bits, sandbox sum.
report:
    mov eax, [number]
    call hex16
    inc dword [number]
    mov eax, [frame_vector]
    call hex8
    mov eax, [frame_error]
    call hex32
    mov eax, [frame_cs]
    call hex16
    mov eax, [frame_eip]
    call hex32
    mov eax, [frame_eflags]
    and eax, ~0x10000               ; RF: compared by cases of its own on real parts only
    call hex32
    test dword [frame_eflags], 0x20000
    jnz .outer
    test byte [frame_cs], 3
    jnz .outer
    mov dword [frame_esp], 0
    mov dword [frame_segs], 0
.outer:
    mov eax, [frame_segs]
    call hex16
    mov eax, [frame_esp]
    call hex32
    mov ecx, 7
.gpr:                               ; EAX ECX EDX EBX EBP ESI EDI
    mov eax, [frame_edi + ecx * 4]
    cmp ecx, 3
    je .skip
    call hex32
.skip:
    dec ecx
    jns .gpr
    mov eax, [frame_ds]
    call hex16
    mov eax, [frame_es]
    call hex16
    mov eax, [frame_fs]
    call hex16
    mov eax, [frame_gs]
    call hex16
    test dword [frame_eflags], 0x20000
    jz .no_v86
    mov ecx, 1
.v86:
    mov eax, [frame_segs + ecx * 4]
    call hex16
    inc ecx
    cmp ecx, 5
    jb .v86
.no_v86:
    mov eax, cr2
    call hex32
    mov eax, dr6
    and eax, 0xE00F
    call hex16
    str ax
    call hex16
    mov eax, cr0
    shr eax, 3
    and eax, 1
    call hex8
    xor ecx, ecx
.access:
    mov al, [GDT + SLOTS * 8 + ecx * 8 + 5]
    call hex8
    inc ecx
    cmp ecx, 8
    jb .access
    mov al, [GDT + SEL_TSS + 5]
    call hex8
    mov al, [GDT + SEL_TSS2 + 5]
    call hex8
    mov eax, [TSS2]
    call hex16
    xor ecx, ecx
.pte:
    mov eax, [PTAB + (PROBE >> 12) * 4 + ecx * 4]
    call hex16
    inc ecx
    cmp ecx, 4
    jb .pte
    ; A sum over sandbox and probes that notices the place.
    mov eax, cr0
    and eax, ~0x10000               ; probes may be read-only
    mov cr0, eax
    mov ecx, 4
    mov edi, PTAB + (PROBE >> 12) * 4
.present:
    or dword [edi], 7
    add edi, 4
    loop .present
    mov eax, PDIR
    mov cr3, eax
    xor eax, eax
    mov esi, SANDBOX
    mov ecx, 0x8000 / 4
.sum:
    rol eax, 1
    add eax, [esi]
    add esi, 4
    loop .sum
    mov esi, PROBE
    mov ecx, 4
.sum2:
    rol eax, 1
    add eax, [esi]
    rol eax, 1
    add eax, [esi + 0xFFC]
    add esi, 0x1000
    loop .sum2
    call hex32
    mov al, 10
    out 0xE9, al
    add dword [case], CASE_SIZE
    jmp next_case

finished:
    mov esi, done_text
.text:
    lodsb
    test al, al
    jz .off
    out 0xE9, al
    jmp .text
.off:
    xor eax, eax
    out 0xF4, eax                   ; debug exit
    mov dx, 0x8900                  ; Bochs
    mov esi, off_text
.word:
    lodsb
    test al, al
    jz .halt
    out dx, al
    jmp .word
.halt:
    cli
    hlt
    jmp .halt
done_text: db "DONE", 10, 0
off_text: db "Shutdown", 0

; EAX, AX, AL in hexadecimal and a blank. Keep ECX, ESI, EDI.
hex32:
    mov bl, 8
    jmp hex
hex16:
    shl eax, 16
    mov bl, 4
    jmp hex
hex8:
    shl eax, 24
    mov bl, 2
hex:
    mov edx, eax
.digit:
    rol edx, 4
    mov al, dl
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    out 0xE9, al
    dec bl
    jnz .digit
    mov al, ' '
    out 0xE9, al
    ret

; -------------------------------------------------------- tables

tables:
    mov esi, gdt_fixed
    mov edi, GDT
    mov ecx, (gdt_fixed_end - gdt_fixed) / 4
    rep movsd
    xor eax, eax
    mov ecx, (24 * 8 - (gdt_fixed_end - gdt_fixed)) / 4
    rep stosd
    mov edi, IDT
    mov edx, stubs
    xor ecx, ecx
.gate:
    mov eax, edx
    and eax, 0xFFFF
    or eax, SEL_CODE0 << 16
    mov [edi], eax
    mov eax, edx
    mov ax, 0x8E00
    cmp ecx, 3
    jne .system
    mov ax, 0xEE00
.system:
    mov [edi + 4], eax
    add edi, 8
    add edx, 16
    inc ecx
    cmp ecx, 64
    jb .gate
    mov dword [IDT + 64], SEL_TSSDF << 16
    mov dword [IDT + 68], 0x8500
    ; The three TSSs.
    mov edi, TSS
    xor eax, eax
    mov ecx, 0x3000 / 4
    rep stosd
    mov edi, LDT
    mov ecx, 0x100 / 4
    rep stosd
    mov ebx, TSS
    call common_tss
    mov ebx, TSS2
    call common_tss
    mov dword [TSS2 + 0x20], CODE + 0x800
    mov dword [TSS2 + 0x24], 2
    mov dword [TSS2 + 0x38], SANDBOX + 0x7000
    mov dword [TSS2 + 0x28], 0xE0E0E0E0
    mov word [TSS2 + 0x48], SEL_DATA0
    mov word [TSS2 + 0x58], 0
    mov word [TSS2 + 0x5C], 0
    mov ebx, TSSDF
    call common_tss
    mov dword [TSSDF + 0x20], double_fault
    mov dword [TSSDF + 0x24], 2
    mov dword [TSSDF + 0x38], STACK_DF
    mov word [TSSDF + 0x48], SEL_DATA0
    mov word [TSSDF + 0x4C], SEL_CODE0
    mov word [TSSDF + 0x50], SEL_DATA0
    mov word [TSSDF + 0x54], SEL_DATA0
    ret

common_tss:
    mov dword [ebx + 4], STACK_R0
    mov dword [ebx + 8], SEL_DATA0
    mov dword [ebx + 12], STACK_R1
    mov dword [ebx + 16], SEL_DATA1
    mov dword [ebx + 0x1C], PDIR
    mov dword [ebx + 100], 0x880000 ; I/O bitmap at 88h: 20h bytes of redirection before it
    mov byte [ebx + 0x88 + 8], 0x0F ; ports 40h-43h denied
    mov byte [ebx + 0x88 + 32], 0xFF
    ret

align 8
gdt_fixed:
    dq 0
    dq 0x00CF9B000000FFFF           ; 08 code, ring 0
    dq 0x00CF93000000FFFF           ; 10 data, ring 0
    dq 0x00008910200000A8 | 0       ; 18 TSS: base 102000, limit A8
    dq 0x00008910300000A8           ; 20 TSS2
    dq 0x00008910400000A8           ; 28 TSSDF
    dq 0x00008210700000FF           ; 30 LDT
    dq 0x00CFFB000000FFFF           ; 38 code, ring 3
    dq 0x00CFF3000000FFFF           ; 40 data, ring 3
    dq 0x00CFBB000000FFFF           ; 48 code, ring 1
    dq 0x00CFB3000000FFFF           ; 50 data, ring 1
    dq 0x00CF9E000000FFFF           ; 58 conforming code, ring 0
    dq 0x00CFFE000000FFFF           ; 60 conforming code, ring 3
    dq 0x00009B090000FFFF           ; 68 16-bit code at 90000
    dq 0x000093120000FFFF           ; 70 16-bit data in the sandbox
    dq 0
gdt_fixed_end:
gdtr:
    dw 24 * 8 - 1
    dd GDT
idtr:
    dw 64 * 8 - 1
    dd IDT
boot_gdtr:
    dw gdt_fixed_end - gdt_fixed - 1
    dd gdt_fixed
case: dd 0
number: dd 0

    times 32 * 512 - ($ - $$) db 0
