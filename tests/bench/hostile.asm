; hostile.asm - guests that are hard on a translator (hostile.sh). -DCASE=N chooses one; each does a
; fixed amount of work and ends through port F4h. 0 only starts.
;
; Cases: 1 code that changes an operand of itself in each round; 2 a routine that is written anew
; before each call; 3 one linear page that shows two of code in turn, by INVLPG; 4 code in the memory
; of a display, planes and all; 5 jumps into the middle of instructions; 6 the mode changes in each
; round; 7 BLOCKS blocks, one behind the other, PASSES times: with many of both, more than the cache
; of code holds; 8 the same with loads and stores, more than the host's near caches hold; 9 INVLPG behind
; each 20 instructions, of pages that they use; 10 CR3 loaded behind each 100; 11 the mode changes and the
; page tables are switched on and off in each round.
%ifndef BLOCKS
%define BLOCKS 300
%define PASSES 1400
%endif
%macro paging 0
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
%endmacro
%macro no_paging 0
        mov eax, cr0
        and eax, 0x7fffffff
        mov cr0, eax
%endmacro
%macro through_real_mode 0
        jmp 0x18:%%code16
bits 16
%%code16: mov eax, cr0
        dec ax
        mov cr0, eax
        jmp 0:%%real
%%real: inc bx
        mov eax, cr0
        inc ax
        mov cr0, eax
        jmp 0x08:%%back
bits 32
%%back:
%endmacro
%macro work 0                           ; on two pages
        mov eax, [esi]
        add eax, ebx
        mov [esi + 4], eax
        add ebx, [edi]
        mov [edi + 8], ebx
        rol ebx, 3
        xor eax, ebx
%endmacro
org 0x7c00
bits 16
        cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        cld
        jmp start
finish: mov al, 0
        out 0xf4, al
        jmp $
%if CASE == 0
start:  jmp finish
%elif CASE == 1
start:  mov ecx, 30000
.more:  mov [.op + 1], cl
        add bx, ax
        rol bx, 1
.op:    mov al, 0
        add bx, 3
        dec ecx
        jnz .more
        jmp finish
%elif CASE == 2
start:  mov ecx, 40000
.more:  mov di, 0x6000
        mov al, cl                      ; INC AX or INC BX; RET
        and al, 1
        neg al
        and al, 3
        or al, 0x40
        mov ah, 0xc3
        stosw
        mov bp, 0x6000
        call bp
        dec ecx
        jnz .more
        jmp finish
%elif CASE == 4
start:  mov ax, 0x12
        int 0x10
        mov ax, 0xa000
        mov es, ax
        mov si, .code
        xor di, di
        mov cx, .end - .code
        rep movsb
        mov ecx, 15000
        jmp 0xa000:0
.code:  inc bx
        add ax, bx
        rol ax, 3
        dec ecx
        jnz .code
        jmp 0:finish
.end:
%elif CASE == 5
start:  mov ecx, 150000
.more:  test cl, 1
        jz .op + 1
.op:    mov ax, 0x4343                  ; from its second byte: INC BX; INC BX
        test cl, 2
        jz .two + 2
.two:   add ax, 0x4040
        dec ecx
        jnz .more
        jmp finish
%else
start:  lgdt [gdtr]
        mov eax, cr0
        inc ax
        mov cr0, eax
        jmp 0x08:flat
bits 32
flat:   mov ax, 0x10
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, 0x7c00
%if CASE == 6
        mov ecx, 10000
.more:  through_real_mode
        dec ecx
        jnz .more
%elif CASE == 3
        call tables
        mov word [0x110000], 0xc343     ; INC EBX; RET
        mov word [0x111000], 0xc34b     ; DEC EBX; RET
        paging
        mov ecx, 30000
        mov edx, 0x110003
.more:  mov [0x102000], edx
        invlpg [0x400000]
        mov eax, 0x400000
        call eax
        xor edx, 0x1000
        dec ecx
        jnz .more
        no_paging
%elif CASE == 9
        call tables
        paging
        mov esi, 0x120000
        mov edi, 0x130000
        mov ecx, 30000
.more:  work
        work
        add eax, edx
        dec ecx
        invlpg [esi]
        xchg esi, edi
        jnz .more
        no_paging
%elif CASE == 10
        call tables
        paging
        mov esi, 0x120000
        mov edi, 0x130000
        mov ecx, 20000
.more:  mov ebp, 11
.inner: work
        dec ebp
        jnz .inner
        mov eax, cr3
        mov cr3, eax
        dec ecx
        jnz .more
        no_paging
%elif CASE == 11
        call tables
        mov esi, 0x120000
        mov edi, 0x130000
        mov ecx, 10000
.more:  paging
        work
        no_paging
        work
        through_real_mode
        dec ecx
        jnz .more
%elif CASE == 7
        mov edi, 0x200000
        mov ecx, BLOCKS
.make:  mov eax, 0xd801ca01             ; ADD EDX, ECX; ADD EAX, EBX
        stosd
        mov eax, 0xe943c001             ; ADD EAX, EAX; INC EBX; JMP
        stosd
        mov eax, 52                     ; over what is left of 64 bytes
        stosd
        add edi, 52
        loop .make
        mov byte [edi], 0xc3
        mov esi, PASSES
.more:  mov eax, 0x200000
        call eax
        dec esi
        jnz .more
%elif CASE == 8
        mov edi, 0x200000
        mov edx, BLOCKS
.make:  mov esi, .code
        mov ecx, .end - .code
        rep movsb
        mov al, 0xe9                    ; JMP over what is left of 64 bytes
        stosb
        mov eax, 64 - (.end - .code) - 5
        stosd
        add edi, eax
        dec edx
        jnz .make
        mov byte [edi], 0xc3
        mov dword [0x7000], PASSES
        mov ebx, 0x6000
        mov ebp, 0x6800
        mov esi, 0x6100
        mov edi, 0x6200
.more:  mov eax, 0x200000
        call eax
        dec dword [0x7000]
        jnz .more
        jmp .done
.code:  mov eax, [ebx]
        add eax, [ebp]
        mov ecx, [esi]
        mov edx, [edi]
        add ecx, [ebx + 4]
        mov [ebp + 4], ecx
        mov [esi + 8], edx
        add [edi + 12], eax
        movzx ecx, word [esi + 2]
        mov [ebx + 8], ecx
.end:
.done:
%endif
        mov al, 0
        out 0xf4, al
        jmp $
tables: mov edi, 0x100000               ; a directory, a table of the first 4 MB, one page at 4 MB
        xor eax, eax
        mov ecx, 3 * 1024
        rep stosd
        mov dword [0x100000], 0x101003
        mov dword [0x100004], 0x102003
        mov edi, 0x101000
        mov eax, 3
.map:   stosd
        add eax, 0x1000
        cmp edi, 0x102000
        jb .map
        mov eax, 0x100000
        mov cr3, eax
        ret
align 8
gdt:    dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00009b000000ffff
gdtr:   dw $ - gdt - 1
        dd gdt
%endif
times 510 - ($ - $$) db 0
        dw 0xaa55
