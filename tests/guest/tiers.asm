; tiers.asm - boot sector programs that are hard on a translator (tiers.sh). -DCASE=N chooses one,
; -DROUNDS=N how often. Each works out a sum in EBP and ends through port F4h. What they do is the
; same for any processor: whoever runs them differently has another sum, or another time.
;
; Cases: 1 code that patches its own and the next block; 2 data beside code; 3 a page of code that
; is another one each time; 4 real, 16-bit protected and 32-bit mode in turn; 5 code in the video
; memory; 6 more code than the cache holds; 7 loops on a device's memory; 8 timer interrupts into
; loops; 9 calls, strings, flags: what programs do; 10 x87, MMX and SSE, which interrupts take away,
; forbid, and whose exceptions are not always masked.
org 0x7c00
bits 16
        cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        cld
        mov ax, 0x0208
        mov bx, 0x7e00
        mov cx, 2
        xor dh, dh
        int 0x13
        jc $
        cli
        in al, 0x92
        or al, 2
        out 0x92, al
%if CASE == 5
        mov ax, 0x13
        int 0x10
        cli
%elif CASE == 7
        mov ax, 0x12
        int 0x10
        cli
%endif
        lgdt [gdtr]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp 0x08:flat
bits 32
flat:   mov ax, 0x10
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov fs, ax
        mov gs, ax
        mov esp, 0x7c00
        xor ebp, ebp
        jmp start
finish: mov [0x600], ebp
        mov al, 0
        out 0xf4, al
        jmp $
align 8
gdt:    dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00009b000000ffff, 0x000093000000ffff
gdtr:   dw $ - gdt - 1
        dd gdt
times 510 - ($ - $$) db 0
        dw 0xaa55

%if CASE == 1
start:  mov ecx, ROUNDS
.round: mov byte [.own + 1], cl         ; an immediate further on in this block
        inc dword [.next + 1]           ; and one of the next
.own:   mov al, 0
        movzx eax, al
        add ebp, eax
        jmp .next
align 16
.next:  mov eax, 0x1000
        rol ebp, 3
        xor ebp, eax
        dec ecx
        jnz .round
        jmp finish
%elif CASE == 2
start:  mov ecx, ROUNDS
.round: mov eax, [.data]
        add eax, ecx
        mov [.data], eax
        mov [.data + 2], cl
        add ebp, eax
        push ecx
        pop edx
        xor ebp, edx
        dec ecx
        jnz .round
        jmp finish
.data:  dd 1
%elif CASE == 3
DIR     equ 0x80000
TABLE   equ 0x81000
ONE     equ 0x90000
start:  mov edi, TABLE                  ; the first 4 MB as they are
        mov eax, 7
        mov ecx, 1024
.entry: stosd
        add eax, 4096
        loop .entry
        mov dword [DIR], TABLE | 7
        mov edi, ONE                    ; two frames with the same code but for a number
        mov esi, .code
        mov ecx, .end - .code
        rep movsb
        mov edi, ONE + 4096
        mov esi, .code
        mov ecx, .end - .code
        rep movsb
        mov dword [ONE + 4096 + 1], 77
        mov eax, DIR
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        mov ecx, ROUNDS
.round: mov eax, ecx
        and eax, 1
        shl eax, 12
        lea eax, [eax + ONE + 7]
        mov [TABLE + 4 * 0x300], eax
        test cl, 2
        jz .all
        invlpg [0x300000]
        jmp .call
.all:   mov eax, DIR
        mov cr3, eax
.call:  mov ebx, 0x300000
        call ebx
        call ebx
        add ebp, edx
        dec ecx
        jnz .round
        jmp finish
.code:  mov edx, 33
        add edx, ecx
        rol ebp, 1
        xor ebp, edx
        ret
.end:
%elif CASE == 4
start:  mov ecx, ROUNDS
.round: add ebp, ecx
        jmp 0x18:.half
bits 16
.half:  add ebp, 3
        rol ebp, 1
        mov eax, cr0
        and al, 0xfe
        mov cr0, eax
        jmp 0:.real
.real:  xor ax, ax
        mov ds, ax
        mov es, ax
        add ebp, 5
        mov bx, sp
        add bp, bx
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp dword 0x08:.back
bits 32
.back:  mov ax, 0x10
        mov ds, ax
        mov es, ax
        dec ecx
        jnz .round
        jmp finish
%elif CASE == 5
start:  mov esi, .code
        mov edi, 0xa0000
        mov ecx, .end - .code
        rep movsb
        mov ecx, ROUNDS
        mov ebx, 0xa0000
.round: call ebx
        mov [0xa0000 + 1], cl
        dec ecx
        jnz .round
        jmp finish
.code:  mov eax, 9
        add ebp, eax
        rol ebp, 5
        ret
.end:
%elif CASE == 6
BLOCKS  equ 12000
SUM     equ 0x1ff000
start:  mov edi, 0x200000               ; BLOCKS times: 47 times add [esi], ebp; jmp to the next
        mov edx, BLOCKS
.make:  mov eax, 0x2e012e01
        mov ecx, 23
        rep stosd
        mov eax, 0x00eb2e01
        stosd
        dec edx
        jnz .make
        mov byte [edi], 0xc3
        mov esi, SUM
        mov ecx, ROUNDS
.round: lea ebp, [ebp + ecx + 1]
        mov eax, 0x200000
        call eax
        add ebp, [SUM]
        dec ecx
        jnz .round
        jmp finish
%elif CASE == 7
start:  mov ecx, ROUNDS
        mov edi, 0xa0000
.round: mov al, [edi]                   ; latches, and a logical function of them
        add eax, ecx
        mov [edi], al
        movzx edx, al
        add ebp, edx
        inc edi
        and edi, 0xa3fff
        dec ecx
        jnz .round
        jmp finish
%elif CASE == 8
start:  mov edi, 0x60000                ; all gates
        mov ecx, 256
.gate:  mov eax, tick
        mov edx, eax
        and eax, 0xffff
        or eax, 0x80000
        mov dx, 0x8e00
        mov [edi], eax
        mov [edi + 4], edx
        add edi, 8
        loop .gate
        lidt [.idtr]
        mov al, 0x34                    ; counter 0, mode 2, every 100 us
        out 0x43, al
        mov al, 119
        out 0x40, al
        mov al, 0
        out 0x40, al
        mov al, 0xfe
        out 0x21, al
        mov al, 0xff
        out 0xa1, al
        mov ecx, ROUNDS
        sti
.round: mov eax, ecx                    ; the sum tells where each tick came
        imul eax, eax, 69069
        rol ebp, 1
        xor ebp, eax
        mov [0x70000], ebp
        add [0x70004], eax
        adc dword [0x70008], 0
        dec ecx
        jnz .round
        cli
        jmp finish
tick:   push eax
        add ebp, [esp + 4]
        add ebp, ecx
        pushfd
        pop eax
        and eax, 0x8d5
        xor ebp, eax
        mov al, 0x20
        out 0x20, al
        pop eax
        iretd
.idtr:  dw 0x7ff
        dd 0x60000
start.idtr equ tick.idtr
%elif CASE == 9
start:  mov ecx, ROUNDS
.round: push ecx
        push dword 17
        call .sum
        add esp, 4
        add ebp, eax
        mov esi, 0x60000
        mov edi, 0x61000
        mov ecx, 20
        mov eax, ebp
.fill:  stosb
        ror eax, 7
        setc dl
        adc bh, dl
        loop .fill
        mov ecx, 5
        rep movsd
        movsx eax, bh
        bsr edx, ebp
        cmovz edx, ecx
        lea ebp, [ebp + 2 * edx]
        mul ebp
        sbb ebp, eax
        bt ebp, 5
        rcr ebp, 1
        mov eax, ebp
        xor edx, edx
        mov ebx, 1000
        div ebx
        xchg ah, dl
        xor ebp, eax
        cpuid
        rdtsc
        and eax, 0xff
        add ebp, eax
        pop ecx
        dec ecx
        jnz .round
        jmp finish
.sum:   push ebp
        mov ebp, esp
        push ebx
        xor eax, eax
        mov ebx, [ebp + 8]
.add:   add eax, ebx
        sub ebx, 1
        jnz .add
        pop ebx
        leave
        ret
%elif CASE == 10
GATES   equ 0x60000
SAVED   equ 0x71000
start:  mov edi, GATES
        mov ecx, 256
        mov esi, tick
.gate:  call set_gate
        loop .gate
        mov edi, GATES + 8 * 7
        mov esi, not_available
        call set_gate
        mov edi, GATES + 8 * 16
        mov esi, x87_error
        call set_gate
        mov edi, GATES + 8 * 19
        mov esi, sse_error
        call set_gate
        lidt [.idtr]
        mov eax, cr4
        or eax, 0x600                   ; OSFXSR, OSXMMEXCPT
        mov cr4, eax
        mov eax, cr0
        and eax, ~4                     ; EM
        or eax, 0x22                    ; NE, MP
        mov cr0, eax
        fninit
        mov al, 0x34                    ; counter 0, mode 2, every 100 us
        out 0x43, al
        mov al, 119
        out 0x40, al
        mov al, 0
        out 0x40, al
        mov al, 0xfe
        out 0x21, al
        mov al, 0xff
        out 0xa1, al
        mov ecx, ROUNDS
        mov dword [0x70000], 0x3f9d70a4 ; 1.23
        sti
.round: test cl, 0x7f                   ; now and then a division by zero traps
        jnz .masked
        fldcw [.trap]
        ldmxcsr [.traps]
.masked:
        mov [0x70010], ecx              ; x87: a conversion, comparisons, ten bytes
        fild dword [0x70010]
        fld dword [0x70000]
        fmul st0, st1
        fsqrt
        fldz
        fxch st1
        fdiv st2, st0
        fcomi st0, st2
        setbe dl
        fcmovnbe st0, st2
        fcom st1
        fnstsw ax
        add ebp, eax
        fdiv st1, st0
        fstp tword [0x70020]
        fdivr dword [0x70000]
        fstp qword [0x70030]
        fistp dword [0x70038]
        rol ebp, 1
        xor ebp, [0x70020]
        add ebp, [0x70034]
        xor ebp, [0x70038]
        movq mm1, [0x70020]             ; MMX
        movd mm2, ebp
        movq mm3, mm1
        punpcklwd mm1, mm2
        punpckhbw mm3, [0x70030]
        paddsw mm1, mm3
        pmaddwd mm3, [0x70020]
        packssdw mm1, mm3
        psrlq mm3, 7
        packuswb mm3, mm1
        movq [0x70040], mm3
        pmovmskb eax, mm1
        add ebp, eax
        xor ebp, [0x70044]
        test cl, 1
        jz .no_sse
        cvtpi2ps xmm1, mm3              ; SSE beside it
        movups xmm2, [0x70028]
        shufps xmm2, xmm1, 0x4e
        addps xmm1, xmm2
        xorps xmm3, xmm3
        divss xmm1, xmm3
        cvttps2pi mm2, xmm2
        movaps [0x70050], xmm1
        comiss xmm2, xmm1
        adc ebp, [0x70050]
        movd eax, mm2
        xor ebp, eax
.no_sse:
        emms
        paddd mm0, mm2
        emms
        dec ecx
        jnz .round
        cli
        clts
        fxsave [SAVED]                  ; control words, pointers, tags, registers
        mov esi, SAVED
        mov ecx, (512 - 224) / 4
.sum:   lodsd
        rol ebp, 5
        add ebp, eax
        loop .sum
        jmp finish
align 4
.trap:  dd 0x37b                        ; a division by zero is not masked
.traps: dd 0x1d80
.idtr:  dw 0x7ff
        dd GATES
set_gate:                               ; ESI: where to; EDI: the gate, then the next
        mov eax, esi
        mov edx, esi
        and eax, 0xffff
        or eax, 0x80000
        mov dx, 0x8e00
        mov [edi], eax
        mov [edi + 4], edx
        add edi, 8
        ret
tick:   push eax
        add ebp, [esp + 4]              ; where it came
        add ebp, ecx
        fxsave [SAVED]                  ; another task
        movq mm5, [SAVED + 32]
        paddb mm5, mm5
        movq [0x70060], mm5
        add ebp, [0x70060]
        movups xmm3, [SAVED + 160]
        mulps xmm3, xmm3
        emms
        fld1
        fadd st0, st0
        fxrstor [SAVED]
        test cl, 3
        jnz .done
        mov eax, cr0                    ; and it forbids them
        or eax, 8
        mov cr0, eax
.done:  mov al, 0x20
        out 0x20, al
        pop eax
        iretd
not_available:
        clts
        iretd
x87_error:
        fnclex
        fldcw [.masked]
        inc ebp
        iretd
align 4
.masked: dd 0x37f
sse_error:
        ldmxcsr [.masked]
        add ebp, 2
        iretd
align 4
.masked: dd 0x1f80
%endif
times 9 * 512 - ($ - $$) db 0
