; bench.asm - a floppy whose boot sector loads kernels, each a fixed amount of work of one kind, and
; runs them one after the other: first those of real mode, then those of 32-bit protected mode. On
; COM1 comes "BEGIN name", "END name checksum" for each, "DONE" in the end; then port F4h (what
; QEMU calls isa-debug-exit) and HLT. The checksum is the same on every PC (tests/bench/README.md).
;
; -DMASK=N: which kernels, by the bits of their numbers; -DMILLI=N: a thousandth of the work each.
%ifndef MASK
%define MASK 0xffffffff
%endif
%ifndef MILLI
%define MILLI 1000
%endif
%define TIMES(n) (((n) * MILLI + 999) / 1000)

COM     equ 0x3f8
LOADED  equ 0x7e00
SECTORS equ 16
TEXT    equ 0x20000             ; 64 KB of made-up text
DATA    equ 0x100000
TABLES  equ 0x400000            ; page directories and tables

org 0x7c00
bits 16
boot:   cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        sti
        cld
        mov [drive], dl
        mov ax, 0x0200 + SECTORS ; the sectors behind this one lie on the first track
        mov bx, LOADED
        mov cx, 2
        mov dh, 0
        int 0x13
        jc $
        in al, 0x92             ; A20
        or al, 2
        and al, 0xfe
        out 0x92, al
        jmp 0:start
drive:  db 0
times 510 - ($ - $$) db 0
        dw 0xaa55

; ---- behind the boot sector, at LOADED ----
%assign kernel 0

putc16: push dx
        push ax
        mov dx, COM + 5
.wait:  in al, dx
        test al, 0x20
        jz .wait
        mov dx, COM
        pop ax
        out dx, al
        pop dx
        ret
puts16: lodsb
        test al, al
        jz .end
        call putc16
        jmp puts16
.end:   ret
; EAX in hexadecimal, a new line
hex16:  mov cx, 8
.digit: rol eax, 4
        push ax
        and al, 15
        cmp al, 10
        sbb al, 0x69
        das
        call putc16
        pop ax
        loop .digit
        mov al, 10
        jmp putc16

%macro KERNEL16 1
%if (MASK >> kernel) & 1
        mov si, %%begin
        call puts16
        call %1
        push eax
        mov si, %%end
        call puts16
        pop eax
        call hex16
        jmp %%over
%defstr name %1
%%begin: db "BEGIN ", name, 10, 0
%%end:   db "END ", name, " ", 0
%%over:
%endif
%assign kernel kernel + 1
%endmacro

start:  mov dx, COM + 3         ; 115200 8N1
        mov al, 0x83
        out dx, al
        mov dx, COM
        mov al, 1
        out dx, al
        inc dx
        mov al, 0
        out dx, al
        mov dx, COM + 3
        mov al, 3
        out dx, al
        mov si, .boot
        call puts16
        xor eax, eax            ; 10000h to 3FFFFh
        mov bx, 0x1000
.clear: mov es, bx
        xor di, di
        mov cx, 0x4000
        rep stosd
        add bh, 0x10
        cmp bh, 0x40
        jb .clear
        mov es, ax
        KERNEL16 real16
        KERNEL16 vga13
        KERNEL16 planar
        mov ax, 3
        int 0x10
        jmp protected
.boot:  db "BOOT", 10, 0

; Bytes through two segments, far calls, segment loads: what DOS programs consist of.
real16: xor eax, eax
        mov di, TIMES(300)
.round: push di
        push ds
        push es
        mov bx, 0x2000
        mov es, bx
        mov bx, 0x1000
        mov ds, bx
        xor si, si
        xor di, di
        mov cx, 1000
.byte:  lodsb
        add al, cl
        rol ah, 1
        xor ah, al
        stosb
        call 0:.far
        loop .byte
        pop es
        pop ds
        pop di
        dec di
        jnz .round
        push ds
        mov bx, 0x3000
        mov ds, bx
        mov eax, [8]
        pop ds
        ret
.far:   push bp
        mov bp, sp
        les bx, [cs:.where]
        add [es:bx], ax
        mov bx, 0x2000
        mov es, bx
        pop bp
        retf
.where: dw 0x8, 0x3000

vga13:  mov ax, 0x13
        int 0x10
        push es
        mov ax, 0xa000
        mov es, ax
        xor ebx, ebx
        mov bp, TIMES(1300)
.frame: xor di, di
        mov dx, 200
.row:   mov cx, 320
        mov ax, bp
        imul ax, dx
.dot:   add ax, cx
        mov [es:di], al
        inc di
        loop .dot
        dec dx
        jnz .row
        add bl, [es:di - 160]
        rol ebx, 3
        dec bp
        jnz .frame
        mov eax, ebx
        pop es
        ret

; Four planes, the bit mask, logical functions and the latches.
planar: mov ax, 0x12
        int 0x10
        push es
        mov ax, 0xa000
        mov es, ax
        xor ebx, ebx
        mov bp, TIMES(60) + 1
.frame: mov dx, 0x3ce
        mov ax, bp
        shl ax, 8
        mov al, 0               ; set/reset
        out dx, ax
        mov ax, 0x0f01
        out dx, ax
        mov ax, 0x1803          ; XOR
        out dx, ax
        xor di, di
.byte:  mov ax, di
        or ax, 1
        shl ax, 8
        mov al, 8               ; bit mask
        test di, 63
        jnz .same
        out dx, ax
.same:  mov al, [es:di]
        mov [es:di], al
        add bl, al
        rol ebx, 1
        inc di
        cmp di, 38400
        jb .byte
        dec bp
        jnz .frame
        mov eax, ebx
        pop es
        ret

; ---- 32 bits ----

protected:
        cli
        lgdt [gdtr]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp 0x08:flat
align 8
gdt:    dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:   dw $ - gdt - 1
        dd gdt
idtr:   dw 256 * 8 - 1
        dd 0x60000

bits 32
putc:   push edx
        push eax
        mov edx, COM + 5
.wait:  in al, dx
        test al, 0x20
        jz .wait
        mov edx, COM
        pop eax
        out dx, al
        pop edx
        ret
puts:   lodsb
        test al, al
        jz .end
        call putc
        jmp puts
.end:   ret
hex:    mov ecx, 8
.digit: rol eax, 4
        push eax
        and al, 15
        cmp al, 10
        sbb al, 0x69
        das
        call putc
        pop eax
        loop .digit
        mov al, 10
        jmp putc

%macro KERNEL 1
%if (MASK >> kernel) & 1
        mov esi, %%begin
        call puts
        call %1
        push eax
        mov esi, %%end
        call puts
        pop eax
        call hex
        jmp %%over
%defstr name %1
%%begin: db "BEGIN ", name, 10, 0
%%end:   db "END ", name, " ", 0
%%over:
%endif
%assign kernel kernel + 1
%endmacro

flat:   mov ax, 0x10
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, 0x90000
        call gates
        mov eax, cr4            ; SSE, without exceptions of its own
        or eax, 0x600
        mov cr4, eax
        mov eax, cr0
        and eax, ~0x4
        or eax, 0x22
        mov cr0, eax
        fninit
        mov edi, TEXT
        mov ecx, 65536
        mov eax, 12345
.text:  imul eax, eax, 1103515245
        add eax, 12345
        mov edx, eax
        shr edx, 20
        and dl, 0x7f
        mov [edi], dl
        inc edi
        loop .text
        KERNEL alu
        KERNEL table
        KERNEL sieve
        KERNEL sort
        KERNEL calls
        KERNEL matrix
        KERNEL words
        KERNEL indirect
        KERNEL x87
        KERNEL sse
        KERNEL mmx
        KERNEL copy
        KERNEL ports
        KERNEL timer
        KERNEL paging
        KERNEL patch
        mov esi, .done
        call puts
        mov edx, COM + 5        ; until the last byte has left
.sent:  in al, dx
        test al, 0x40
        jz .sent
        mov al, 0
        out 0xf4, al
        cli
        hlt
.done:  db "DONE", 10, 0

gates:  mov edi, 0x60000
        mov ecx, 256
.gate:  mov word [edi], tick
        mov dword [edi + 2], 0x00000008
        mov word [edi + 5], 0x008e
        mov byte [edi + 7], 0
        add edi, 8
        loop .gate
        lidt [idtr]
        ret
tick:   push eax
        inc dword [0x5000]
        mov al, 0x20
        out 0x20, al
        pop eax
        iretd

; Registers only.
mix:    mov eax, 0x12345678     ; ECX rounds
        mov ebx, 0x9e3779b9
        mov edx, 1
.round: mov esi, eax
        shl esi, 13
        xor eax, esi
        mov esi, eax
        shr esi, 17
        xor eax, esi
        lea ebx, [ebx + 4 * eax + 7]
        rol ebx, 5
        sub edx, ebx
        xor eax, edx
        add edx, ecx
        and esi, 0xff
        or edx, esi
        neg edx
        dec ecx
        jnz .round
        add eax, ebx
        ret
alu:    mov ecx, TIMES(90000000)
        jmp mix

; A checksum by table, one byte after the other: each load waits for the one before.
table:  mov edi, DATA
        xor ebx, ebx
.entry: mov eax, ebx
        mov ecx, 8
.bit:   shr eax, 1
        jnc .next
        xor eax, 0xedb88320
.next:  loop .bit
        stosd
        inc bl
        jnz .entry
        mov ebp, TIMES(1750)
        mov eax, -1
.round: xor esi, esi
.byte:  movzx edx, byte [TEXT + esi]
        xor dl, al
        movzx edx, dl
        shr eax, 8
        xor eax, [DATA + 4 * edx]
        inc esi
        cmp esi, 32768
        jb .byte
        dec ebp
        jnz .round
        ret

sieve:  mov ebp, TIMES(220)
        xor eax, eax
.round: push eax
        mov edi, DATA
        mov ecx, 65536
        mov eax, 0x01010101
        rep stosd
        mov ebx, 2
.next:  cmp byte [DATA + ebx], 0
        je .skip
        mov edx, ebx
        imul edx, ebx
        cmp edx, 262144
        jae .skip
.strike: mov byte [DATA + edx], 0
        add edx, ebx
        cmp edx, 262144
        jb .strike
.skip:  inc ebx
        cmp ebx, 512
        jb .next
        pop eax
        mov ecx, 2
.count: cmp byte [DATA + ecx], 1
        sbb eax, -1
        inc ecx
        cmp ecx, 262144
        jb .count
        dec ebp
        jnz .round
        ret

; Shell's sort of 32768 words.
sort:   mov ebp, TIMES(18)
        mov eax, 0x2545f491
.round: mov ecx, 32768
        mov edi, DATA
.fill:  imul eax, eax, 1664525
        add eax, 1013904223
        stosd
        loop .fill
        push eax
        mov ebx, 16384
.gap:   mov ecx, ebx
.next:  mov eax, [DATA + 4 * ecx]
        mov edx, ecx
.shift: mov esi, edx
        sub esi, ebx
        jb .place
        mov edi, [DATA + 4 * esi]
        cmp edi, eax
        jbe .place
        mov [DATA + 4 * edx], edi
        mov edx, esi
        jmp .shift
.place: mov [DATA + 4 * edx], eax
        inc ecx
        cmp ecx, 32768
        jb .next
        shr ebx, 1
        jnz .gap
        pop eax
        add eax, [DATA + 4 * 12345]
        dec ebp
        jnz .round
        ret

; Fibonacci, as two calls.
calls:  mov ebp, TIMES(1300)
        xor eax, eax
.round: push eax
        push dword 20
        call .fib
        add esp, 4
        pop ebx
        rol ebx, 1
        add eax, ebx
        dec ebp
        jnz .round
        ret
.fib:   push ebx
        mov ebx, [esp + 8]
        mov eax, ebx
        cmp ebx, 2
        jb .leaf
        dec ebx
        push ebx
        call .fib
        add esp, 4
        dec ebx
        push ebx
        mov ebx, eax
        call .fib
        add esp, 4
        add eax, ebx
.leaf:  pop ebx
        ret

; 64 x 64 integers.
matrix: mov edi, DATA
        mov ecx, 2 * 4096
        mov eax, 1
.fill:  imul eax, eax, 69069
        inc eax
        stosd
        loop .fill
        mov ebp, TIMES(290)
.round: xor ebx, ebx            ; row * 64
.row:   xor ecx, ecx            ; column
.cell:  xor eax, eax
        xor edx, edx
        lea esi, [DATA + 4 * ebx]
        lea edi, [DATA + 16384 + 4 * ecx]
.sum:   push ebx
        mov ebx, [esi + 4 * edx]
        imul ebx, [edi]
        add eax, ebx
        pop ebx
        add edi, 256
        inc edx
        cmp edx, 64
        jb .sum
        lea edi, [DATA + 32768 + 4 * ebx]
        mov [edi + 4 * ecx], eax
        inc ecx
        cmp ecx, 64
        jb .cell
        add ebx, 64
        cmp ebx, 4096
        jb .row
        mov ecx, [DATA + 32768]
        add [DATA], ecx
        dec ebp
        jnz .round
        mov eax, [DATA + 32768 + 4 * 777]
        ret

; Words of text: length, copy, capitals, comparison, byte by byte.
words:  mov ebp, TIMES(2800)
        xor eax, eax
.round: mov esi, TEXT
        mov edi, DATA
        mov ecx, 8192
.copy:  mov dl, [esi]
        inc esi
        and dl, 0x7f
        cmp dl, 'a'
        jb .other
        cmp dl, 'z'
        ja .other
        sub dl, 32
.other: mov [edi], dl
        inc edi
        dec ecx
        jnz .copy
        mov byte [edi], 0
        mov esi, DATA
.word:  xor ecx, ecx
.length: cmp byte [esi + ecx], ' '
        jbe .short
        inc ecx
        jmp .length
.short: add eax, ecx
        rol eax, 1
        lea esi, [esi + ecx + 1]
        cmp esi, edi
        jb .word
        dec ebp
        jnz .round
        ret

; A machine of eight operations, each reached by a jump through a table.
indirect:
        mov ebp, TIMES(14000000)
        mov eax, 1
        mov ebx, 0x1234567
        xor esi, esi
.next:  dec ebp
        js .end
        mov ecx, ebx
        imul ebx, ebx, 1103515245
        add ebx, 12345
        shr ecx, 16
        and ecx, 7
        jmp [.table + 4 * ecx]
align 4
.table: dd .o0, .o1, .o2, .o3, .o4, .o5, .o6, .o7
.o0:    add eax, ebx
        jmp .next
.o1:    xor eax, ebx
        jmp .next
.o2:    rol eax, 7
        jmp .next
.o3:    inc esi
        jmp .next
.o4:    add esi, eax
        jmp .next
.o5:    sub eax, esi
        jmp .next
.o6:    not eax
        jmp .next
.o7:    lea eax, [eax + 2 * esi]
        jmp .next
.end:   ret

; The Mandelbrot set on a grid of 80 x 60, 100 iterations at most.
x87:    mov ebp, TIMES(4)
        xor eax, eax
.round: xor ebx, ebx            ; y
.y:     xor ecx, ecx            ; x
.x:     mov [.n], ecx
        fild dword [.n]
        fmul dword [.dx]
        fsub dword [.left]      ; cr
        mov [.n], ebx
        fild dword [.n]
        fmul dword [.dy]
        fsub dword [.top]       ; ci cr
        fldz
        fldz                    ; zi zr ci cr
        mov edx, 100
.iter:  fld st1
        fmul st0, st0           ; zr2 zi zr ci cr
        fld st1
        fmul st0, st0           ; zi2 zr2 zi zr ci cr
        fld st1
        fadd st0, st1
        fcomp dword [.four]
        fnstsw [.sw]
        test byte [.sw + 1], 1
        jz .out
        fsubp st1               ; zr2-zi2 zi zr ci cr
        fadd st0, st4
        fxch st2                ; zr zi zr' ci cr
        fmulp st1               ; zr*zi zr' ci cr
        fadd st0, st0
        fadd st0, st2
        dec edx
        jnz .iter
        fstp st0
        fstp st0
        jmp .done
.out:   fstp st0
        fstp st0
        fstp st0
        fstp st0
.done:  fstp st0
        fstp st0
        add eax, edx
        rol eax, 1
        inc ecx
        cmp ecx, 80
        jb .x
        inc ebx
        cmp ebx, 60
        jb .y
        dec ebp
        jnz .round
        ret
align 4
.n:     dd 0
.sw:    dd 0
.dx:    dd 0.0375
.dy:    dd 0.04
.left:  dd 2.2
.top:   dd 1.2
.four:  dd 4.0

; a * x + y of 4096 floats.
sse:    mov edi, DATA
        mov ecx, 8192
        mov eax, 1
.fill:  mov [edi], eax
        fild dword [edi]
        fstp dword [edi]
        add edi, 4
        inc eax
        loop .fill
        mov dword [.a], 0x3f000000
        movss xmm7, [.a]
        shufps xmm7, xmm7, 0
        mov ebp, TIMES(10000)
.round: mov ecx, 1024
        mov esi, DATA
.axpy:  movups xmm0, [esi]
        mulps xmm0, xmm7
        addps xmm0, [esi + 16384]
        movups [esi], xmm0
        add esi, 16
        dec ecx
        jnz .axpy
        dec ebp
        jnz .round
        mov eax, [DATA + 4 * 1000]
        xor eax, [DATA + 4 * 3001]
        ret
align 4
.a:     dd 0

mmx:    mov edi, DATA
        mov ecx, 2048
        xor eax, eax
        rep stosd
        mov ebp, TIMES(24000)
        pxor mm7, mm7
.round: mov ecx, 1024
        mov esi, TEXT
        mov edi, DATA
.mix:   movq mm0, [esi]
        movq mm1, [edi]
        paddusb mm0, mm1
        psrlw mm1, 1
        pxor mm0, mm1
        movq [edi], mm0
        paddd mm7, mm0
        add esi, 8
        add edi, 8
        dec ecx
        jnz .mix
        dec ebp
        jnz .round
        movd eax, mm7
        emms
        ret

copy:   mov ebp, TIMES(90000)
.round: mov esi, TEXT
        mov edi, DATA
        mov ecx, 1024
        rep movsd
        mov ecx, 509
        mov esi, ebp
        and esi, 0xfff
        add esi, TEXT
        rep movsb
        dec ebp
        jnz .round
        mov eax, [DATA + 3000]
        ret

ports:  mov ecx, TIMES(300000)
        xor eax, eax
        xor ebx, ebx
        mov edx, COM + 7        ; the scratch register
.round: mov al, cl
        out dx, al
        in al, dx
        add ebx, eax
        out 0x80, al
        loop .round
        mov eax, ebx
        ret

; Registers only, interrupted by the timer 8000 times a second.
timer:  mov al, 0x11            ; vectors 20h to 2Fh, only the timer
        out 0x20, al
        mov al, 0x20
        out 0x21, al
        mov al, 4
        out 0x21, al
        mov al, 1
        out 0x21, al
        mov al, 0xfe
        out 0x21, al
        mov al, 0xff
        out 0xa1, al
        mov al, 0x34
        out 0x43, al
        mov al, 149
        out 0x40, al
        mov al, 0
        out 0x40, al
        sti
        mov ecx, TIMES(60000000)
        call mix
        cli
        push eax
        mov al, 0xff
        out 0x21, al
        pop eax
        ret

; Pages by small tables, a look at each of 512, and CR3 loaded every time.
paging: mov edi, DATA
        mov ecx, 0x100000
        xor eax, eax
        rep stosd
        mov edi, TABLES
        mov ecx, 1024
        mov eax, TABLES + 0x1003
.dir:   stosd
        add eax, 0x1000
        loop .dir
        mov edi, TABLES + 0x1000
        mov ecx, 8192           ; 32 MB, each page where it is
        mov eax, 3
.page:  stosd
        add eax, 0x1000
        loop .page
        mov eax, TABLES
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        mov ebp, TIMES(9000)
        mov eax, 1
.round: mov esi, DATA
        mov ecx, 512
.look:  add eax, [esi + 4]
        rol eax, 1
        mov [esi + 4], eax
        add esi, 0x1000 + 8
        and esi, 0x1fffff
        or esi, DATA
        dec ecx
        jnz .look
        mov ebx, cr3
        mov cr3, ebx
        dec ebp
        jnz .round
        mov ebx, cr0
        and ebx, 0x7fffffff
        mov cr0, ebx
        ret

; Code that changes its own operands.
patch:  mov ecx, TIMES(600000)
        xor eax, eax
.round: mov [.add + 1], ecx
        jmp .add
.add:   add eax, strict dword 0
        rol eax, 1
        dec ecx
        jnz .round
        ret

times (SECTORS + 1) * 512 - ($ - $$) db 0
times 1474560 - ($ - $$) db 0
