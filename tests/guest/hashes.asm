; hashes.asm - a boot sector program whose memory shows every flag and every bit of a result that a
; host's own instructions could decide: shifts by any count, multiplication, division, decimal
; adjustment, bit scans of zero, x87 and SSE on random bit patterns, NaNs and denormals included.
; Builds and hosts must agree on the hash of its state (scripts/compare-builds). Needs SSE2.
;
; Results are mixed into a running sum at 9000h; the program stops in CLI, HLT.
org 0x7C00
bits 16

SUM     equ 0x9000
SEED    equ 0x9004
CODE    equ 0x9100                      ; the instruction under test, then RETF
AREA    equ 0x9200                      ; operands, FNSAVE and FXSAVE images
LOADED  equ 0x7E00

        cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7C00
        cld
        mov ax, 0x0208                  ; the tables are in the next sectors
        mov bx, LOADED
        mov cx, 0x0002
        xor dh, dh
        int 0x13
        jc .stop
        cli                             ; the BIOS let interrupts in
        mov eax, cr4
        or ax, 0x600                    ; OSFXSR, OSXMMEXCPT
        mov cr4, eax
        mov dword [SEED], 12345
        mov dword [SUM], 0

        mov si, integer_table
        mov bp, run_integer
        call run_table
        mov si, x87_table
        mov bp, run_x87
        call run_table
        mov si, sse_table
        mov bp, run_sse
        call run_table
        mov al, 0x4B                    ; 'K': the end was reached
        out 0xE9, al
.stop:  cli
        hlt
        jmp .stop

; EAX := the next random number; one in four is a number with few bits set, 0 included.
random:
        mov eax, [SEED]
        imul eax, eax, 1664525
        add eax, 1013904223
        mov [SEED], eax
        rol eax, 13
        test eax, 0x30000
        jnz .out
        push ecx
        mov cl, al
        and eax, 0x80000001
        ror eax, cl
        test cl, 0x40
        jz .few
        xor eax, eax
.few:   pop ecx
.out:   ret

; SUM := SUM * 33 xor EAX
mix:
        push edx
        mov edx, [SUM]
        imul edx, edx, 33
        xor edx, eax
        mov [SUM], edx
        pop edx
        ret

; CX dwords at DI
mix_area:
        mov eax, [di]
        call mix
        add di, 4
        loop mix_area
        ret

; Every row: length, bytes. Each is run 200 times.
run_table:
        mov cl, [si]
        test cl, cl
        jz .out
        inc si
        mov di, CODE
        xor ch, ch
        rep movsb
        mov al, 0xCB                    ; RETF: serialises the change as well
        stosb
        mov cx, 200
.again: push cx
        push si
        call bp
        pop si
        pop cx
        loop .again
        jmp run_table
.out:   ret

run_integer:
        mov di, AREA
        mov cx, 6
.fill:  call random
        stosd
        loop .fill
        mov eax, [AREA + 20]            ; arithmetic flags at random
        and eax, 0x8D5
        push eax
        popfd
        mov eax, [AREA]
        mov ebx, [AREA + 4]
        mov ecx, [AREA + 8]
        mov edx, [AREA + 12]
        call 0:CODE
        pushfd
        push edx
        push ecx
        push ebx
        call mix
        pop eax
        call mix
        pop eax
        call mix
        pop eax
        call mix
        pop eax
        and eax, 0x8D5
        call mix
        ret

; Two random registers, the operation, then the whole state, C0-C3 and pointers included.
run_x87:
        mov di, AREA
        mov cx, 6
.fill:  call random
        stosd
        loop .fill
        mov ax, [AREA + 20]
        and ax, 0x0F00                  ; precision and rounding at random, all masked
        or ax, 0x007F
        mov [AREA + 22], ax
        fninit
        fldcw [AREA + 22]
        fld tword [AREA]
        fld tword [AREA + 10]
        call 0:CODE
        fnsave [AREA + 32]
        mov di, AREA + 32
        mov cx, 24
        call mix_area
        ret

run_sse:
        mov di, AREA
        mov cx, 9
.fill:  call random
        stosd
        loop .fill
        mov eax, [AREA + 32]
        and eax, 0xE040                 ; rounding, DAZ, flush to zero at random
        or eax, 0x1F80
        mov [AREA + 32], eax
        ldmxcsr [AREA + 32]
        movups xmm0, [AREA]
        movups xmm1, [AREA + 16]
        call 0:CODE
        movups [AREA], xmm0
        stmxcsr [AREA + 16]
        mov di, AREA
        mov cx, 5
        call mix_area
        ret

        times 510 - ($ - $$) db 0
        dw 0xAA55

%macro ROW 1+
%%start:
        db %%end - %%bytes
%%bytes:
        %1
%%end:
%endmacro

integer_table:
%macro SHIFTS 1
        ROW %1 al, cl
        ROW %1 ax, cl
        ROW %1 eax, cl
        ROW %1 bl, 3
        ROW %1 bx, 17
        ROW %1 ebx, 31
        ROW %1 edx, 1
%endmacro
        SHIFTS rol
        SHIFTS ror
        SHIFTS rcl
        SHIFTS rcr
        SHIFTS shl
        SHIFTS shr
        SHIFTS sar
        ROW shld eax, ebx, cl
        ROW shld ax, bx, cl
        ROW shrd eax, ebx, cl
        ROW shrd ax, bx, 20
        ROW mul bl
        ROW mul bx
        ROW mul ebx
        ROW imul bl
        ROW imul ebx
        ROW imul eax, ebx
        ROW imul ax, bx, 77
        ROW bsf eax, ebx
        ROW bsr eax, ebx
        ROW bsf ax, bx
        ROW bt eax, ebx
        ROW bts ax, bx
        ROW btr eax, 9
        ROW btc eax, ecx
        ROW aam
        ROW aad
        ROW daa
        ROW das
        ROW aaa
        ROW aas
        ROW and eax, ebx
        ROW or ax, bx
        ROW xor al, bl
        ROW test ecx, edx
        ROW neg eax
        ROW cmpxchg eax, ecx
        ROW xadd eax, ebx
        ROW bswap eax
        ROW db 0x0F, 0xC8               ; BSWAP AX, undefined
        ROW salc
        ROW sbb eax, ebx
        ROW adc al, bl
        ROW cmovbe eax, ebx
        db 0

x87_table:
        ROW fadd st1
        ROW fsub st1
        ROW fsubr st1
        ROW fmul st1
        ROW fdiv st1
        ROW fdivr st1
        ROW fsqrt
        ROW frndint
        ROW fscale
        ROW fxtract
        ROW fprem
        ROW fprem1
        ROW f2xm1
        ROW fyl2x
        ROW fyl2xp1
        ROW fpatan
        ROW fsin
        ROW fcos
        ROW fsincos
        ROW fptan
        ROW fchs
        ROW fabs
        ROW fxam
        ROW ftst
        ROW fcom st1
        ROW fucom st1
        ROW fcomi st1
        ROW fst qword [AREA + 24]
        ROW fstp dword [AREA + 24]
        ROW fist dword [AREA + 24]
        ROW fistp qword [AREA + 24]
        ROW fbstp [AREA + 20]
        ROW fadd dword [AREA]
        ROW fdiv qword [AREA]
        ROW fild qword [AREA]
        ROW fcmovnbe st1
        db 0

sse_table:
        ROW addps xmm0, xmm1
        ROW subsd xmm0, xmm1
        ROW mulps xmm0, xmm1
        ROW mulpd xmm0, xmm1
        ROW divps xmm0, xmm1
        ROW divsd xmm0, xmm1
        ROW sqrtps xmm0, xmm1
        ROW sqrtsd xmm0, xmm1
        ROW minps xmm0, xmm1
        ROW maxsd xmm0, xmm1
        ROW rcpps xmm0, xmm1
        ROW rsqrtps xmm0, xmm1
        ROW cmpltps xmm0, xmm1
        ROW cvtps2pd xmm0, xmm1
        ROW cvtpd2ps xmm0, xmm1
        ROW cvtps2dq xmm0, xmm1
        ROW cvttps2dq xmm0, xmm1
        ROW cvtdq2ps xmm0, xmm1
        ROW cvttsd2si eax, xmm1
        ROW ucomiss xmm0, xmm1
        ROW pmaddwd xmm0, xmm1
        ROW psadbw xmm0, xmm1
        ROW psrlq xmm0, xmm1
        ROW pshufd xmm0, xmm1, 0x1B
        ROW packsswb xmm0, xmm1
        db 0

        times 512 * 9 - ($ - $$) db 0
