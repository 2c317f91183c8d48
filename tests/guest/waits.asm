; waits.asm - loops that wait, as old programs have them (waits.sh). -DCASE=N chooses one. Each
; waits some hundred times, says EBP on port E9h, a sum over all that it saw, and ends through port F4h.
;
; Cases: 1 the BIOS's tick at 40:6C; 2 the same through INT 1Ah; 3 a key, by INT 16h; 4 vertical
; retrace; 5 the refresh bit of port 61h, and counter 2; 6 the keyboard controller's status; 7 the
; disk's status; 8 loops that wait for nothing; 9 a flag that an interrupt sets, 32 bits
; wide, protected mode; 10 the sound card's DSP; 11 a timer that ticks while the loop writes what is
; there already; 12 OUT of counter 2 in port 61h, while the refresh bit beside it changes; 13 lines
; and retraces, with some work between, and what was read in a register that is kept; 14 a serial
; port, by reads that are counted, with a delay by RDTSC between them; 15 the same, but something in
; each round is not the same, or comes to an end; 16 the clock's update and seconds, its index set
; each time; 17 a counter's status, read back; 18 keyboard, retrace and tick in one loop; 19 a timer
; of the FM chip, and the count of a DMA channel; 20 reads and writes that only take time; 21 one
; that chooses otherwise each time, and asks what does not stay; 22 delays by counters of 16 bits,
; and by RDTSC alone; 23 a DMA channel's count, one of its two bytes a round; 24 the mask that a DMA
; channel gets when its count runs out in the middle of a block of the sound card; 25 a difference of
; counts of the 8254, latched; 26 its count read back, and read as it runs, and its upper byte alone;
; 27 the power-management timer, in 32 bits and 16, up to an end of either; 28 counts that come out
; of a function, go by the stack and a word of memory, with a limit of rounds beside them, and sums
; of their differences.
org 0x7c00
bits 16
        cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        cld
        xor ebp, ebp
        sti
        jmp start
finish: cli
        mov eax, ebp                    ; (in 32-bit code AX, BP)
        times 3 db 0xe6, 0xe9, 0x66, 0xc1, 0xe8, 8 ; OUT E9h, AL; SHR EAX, 8
        out 0xe9, al
        mov al, 0
        out 0xf4, al
        jmp $
%if CASE == 1
start:  mov cx, 60
.wait:  mov eax, [0x46c]
.same:  cmp eax, [0x46c]
        je .same
        rol ebp, 1
        add ebp, [0x46c]
        loop .wait
        jmp finish
%elif CASE == 2
start:  mov di, 30
        mov ah, 0
        int 0x1a
        mov si, dx
.wait:  mov ah, 0
        int 0x1a
        cmp dx, si
        je .wait
        mov si, dx
        rol ebp, 1
        add bp, dx
        dec di
        jnz .wait
        jmp finish
%elif CASE == 3
start:  mov esi, [0x46c]
        add esi, 40
.wait:  mov ah, 1
        int 0x16
        jnz .key
        cmp [0x46c], esi
        jb .wait
.key:   lahf
        add bp, ax
        jmp finish
%elif CASE == 4
start:  mov cx, 120
        mov dx, 0x3da
.on:    in al, dx
        test al, 8
        jz .on
.off:   in al, dx
        test al, 8
        jnz .off
        rol ebp, 1
        add ebp, [0x46c]
        loop .on
        jmp finish
%elif CASE == 5
start:  mov al, 0xb6
        out 0x43, al
        mov al, 0xff
        out 0x42, al
        out 0x42, al
        mov al, 1                       ; the gate
        out 0x61, al
        mov cx, 200
.wait:  in al, 0x61
        mov bl, al
.same:  in al, 0x61
        cmp al, bl
        je .same
        rol ebp, 1
        add bp, ax
        loop .wait
        jmp finish
%elif CASE == 6
start:  mov ebx, [0x46c]
        add ebx, 30
        cli
        mov al, 0xad                    ; no keyboard: the status stays as it is
        out 0x64, al
        sti
.wait:  in al, 0x64
        test al, 1
        jnz .key
        cmp [0x46c], ebx
        jb .wait
.key:   add ebp, eax
        jmp finish
%elif CASE == 7
start:  mov ebx, [0x46c]
        add ebx, 30
        mov dx, 0x1f7
.wait:  in al, dx
        add dx, -1
        inc dx
        cmp al, 0x11
        je .wait
        cmp [0x46c], ebx
        jb .wait
        add ebp, eax
        jmp finish
%elif CASE == 8
start:  mov ecx, 3000000                ; counts down: no two rounds are the same
.count: dec ecx
        jnz .count
        mov ebx, [0x46c]
        add ebx, 8
.store: inc dword [0x604]               ; the registers are, memory is not
        mov eax, [0x46c]
        cmp eax, ebx
        jb .store
        add ebp, [0x604]
        mov ecx, 20000
.clock: rdtsc                           ; and one that asks for the time
        xor eax, eax
        xor edx, edx
        loop .clock
        mov ecx, 3000
.out:   mov al, 0x20                    ; one that tells somebody
        out 0x80, al
        loop .out
        jmp finish
%elif CASE == 9 || CASE == 14 || CASE == 15
start:  cli
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
        mov esp, 0x7c00
%if CASE == 9
        mov edi, 0x60000
        mov ecx, 256
.gate:  mov word [edi], tick
        mov dword [edi + 2], 8
        mov word [edi + 5], 0x8e
        add edi, 8
        loop .gate
        lidt [idtr]
        sti
        mov ecx, 60
.wait:  mov eax, [0x604]
.same:  call .look
        je .same
        rol ebp, 1
        add ebp, [0x604]
        dec ecx
        jnz .wait
        jmp finish
.look:  push ecx
        cmp eax, [0x604]
        pop ecx
        ret
tick:   inc dword [0x604]
        push eax
        mov al, 0x20
        out 0x20, al
        pop eax
        iretd
%else
        mov dx, 0x3fb                   ; 9600 baud
        mov al, 0x83
        out dx, al
        mov dx, 0x3f8
        mov al, 12
        out dx, al
        inc dx
        mov al, 0
        out dx, al
        mov dx, 0x3fb
        mov al, 3
        out dx, al
        mov edi, 300                    ; characters
.char:  mov dx, 0x3f8
        mov eax, edi
        out dx, al
        mov ebx, 10000                  ; so many reads at most
        test edi, 3
        jnz .many
        mov ebx, 40
.many:  xor esi, esi
        call poll
        rol ebp, 1
        add ebp, ebx
        add ebp, esi
        rdtsc
        xor ebp, eax
        dec edi
        jnz .char
        jmp finish
poll:   call status
        test al, 0x20
        jnz .over
        mov ecx, 40
        call delay
%if CASE == 15
        mov ecx, edi
        and ecx, 7
        call [odd + 4 * ecx]
        cmp ebx, -200
        je .over
%endif
        sub ebx, 1
        jnz poll
.over:  ret
status: push edx
        mov dx, 0x3fd
        in al, dx
        movzx eax, al
        pop edx
        ret
delay:  push ebp
        mov ebp, esp
        push ebx
        sub esp, 24
        rdtsc
        mov [ebp - 12], eax
        mov [ebp - 8], edx
.wait:  rdtsc
        mov [ebp - 20], eax
        mov [ebp - 16], edx
        sub eax, [ebp - 12]
        sbb edx, [ebp - 8]
        cmp eax, ecx
        mov eax, edx
        sbb eax, 0
        jnb .over
        pause
        jmp .wait
.over:  add esp, 24
        pop ebx
        pop ebp
        ret
%if CASE == 15
parity: test ebx, ebx                   ; flags that are not the same
        jp .even
        inc esi
.even:  ret
flags:  lea eax, [ebx + 3]
        inc eax
        lahf
        movzx eax, ah
        add esi, eax
        ret
square: add esi, ebx                    ; steps that are not the same
        ret
low8:   mov [0x700], bl                 ; parts
        inc bx
        dec bx
        ret
where:  inc byte [0x60000 + ebx]        ; another place in each round
        ret
below:  cmp ebx, 9000                   ; past 0, and a carry
        jb .on
        mov ebx, 30
.on:    cmp ebx, 1
        jne .no
        mov ebx, -20
.no:    add eax, -9950
        ret
carry:  add dword [0x710], 0x08000000
        adc esi, 0
        ret
clock:  rdtsc
        test eax, 0x10000
        jz .no
        inc esi
.no:    ret
odd:    dd parity, flags, square, low8, where, below, carry, clock
%endif
%endif
align 8
gdt:    dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:   dw $ - gdt - 1
        dd gdt
idtr:   dw 0x7ff
        dd 0x60000
%elif CASE == 10
start:  mov ebx, [0x46c]
        add ebx, 30
        mov dx, 0x22e
.wait:  in al, dx
        test al, 0x80
        jnz .busy
        cmp [0x46c], ebx
        jb .wait
.busy:  add ebp, eax
        jmp finish
%elif CASE == 11
start:  mov ecx, 40
.wait:  mov eax, [0x46c]
.same:  mov byte [0x605], 7
        xchg ebx, [0x608]
        mov [0x608], ebx
        pushf
        pop dx
        cmp eax, [0x46c]
        je .same
        rol ebp, 1
        add ebp, eax
        xor bp, dx
        loop .wait
        jmp finish
%endif
%if CASE == 12
start:  mov al, 1                       ; the gate
        out 0x61, al
        mov cx, 30
.again: mov al, 0xb0                    ; mode 0: OUT rises at the end
        out 0x43, al
        mov al, 0xff
        out 0x42, al
        out 0x42, al
.wait:  in al, 0x61
        test al, 0x20
        jz .wait
        rol ebp, 1
        add bp, ax
        add ebp, [0x46c]
        loop .again
        jmp finish
%elif CASE == 13
start:  mov cx, 40
        mov dx, 0x3da
.frame: in al, dx
        test al, 8
        jz .frame
        mov bx, 200
.line:  in al, dx                       ; the next line's end
        test al, 1
        jnz .line
.dark:  in al, dx
        test al, 1
        jz .dark
        rol ebp, 1
        add bp, ax
        dec bx
        jnz .line
        mov esi, 30000
.work:  add ebp, esi
        dec esi
        jnz .work
.kept:  mov ah, al                      ; AX is read before the port
        in al, dx
        add bl, 0
        test al, 8
        jz .kept
        add bp, ax
        loop .frame
        jmp finish
%endif
%if CASE == 16
start:  mov cx, 3
.next:  mov al, 0x0a
        out 0x70, al
        in al, 0x71
        test al, 0x80
        jz .next
.busy:  mov al, 0x0a
        out 0x70, al
        in al, 0x71
        test al, 0x80
        jnz .busy
        add bp, [0x46c]
        mov al, 0
        out 0x70, al
        in al, 0x71
        mov bl, al
.same:  mov al, 0
        out 0x70, al
        in al, 0x71
        mov ah, al
        mov al, 2                       ; another register on the way
        out 0x70, al
        in al, 0x71
        cmp ah, bl
        je .same
        rol ebp, 1
        add bp, ax
        add bp, [0x46c]
        loop .next
        jmp finish
%elif CASE == 17
start:  mov cx, 60
.high:  mov al, 0xe2                    ; the status of counter 0
        out 0x43, al
        in al, 0x40
        test al, 0x80
        jz .high
.low:   mov al, 0xe2
        out 0x43, al
        in al, 0x40
        test al, 0x80
        jnz .low
        rol ebp, 1
        add ebp, [0x46c]
        add bp, ax
        loop .high
        mov cx, 300
.count: mov al, 0xc2                    ; and its count
        out 0x43, al
        in al, 0x40
        mov dl, al
        in al, 0x40
        mov bl, al
        in al, 0x40
        mov bh, al
        rol ebp, 1
        add bp, bx
        add bp, dx
        loop .count
        jmp finish
%elif CASE == 18
start:  mov esi, [0x46c]
        add esi, 30
.wait:  in al, 0x64
        test al, 1
        jnz .key
        mov dx, 0x3da
        in al, dx
        test al, 8
        jnz .dark
        mov ebx, [0x46c]
        cmp ebx, esi
        jb .wait
        jmp finish
.dark:  rol ebp, 1
        add ebp, ebx
.still: in al, dx                       ; asked first, while AL is looked at before it
        mov ah, al
        in al, 0x64
        test ah, 8
        jnz .still
        add bp, ax
        jmp .wait
.key:   in al, 0x60
        inc ebp
        jmp .wait
%elif CASE == 19
start:  mov cx, 30
        mov dx, 0x388
.timer: mov ax, 0x0002                  ; timer 1: 20 ms
        call fm
        mov ax, 0x8004
        call fm
        mov ax, 0x2104
        call fm
.flag:  in al, dx
        test al, 0x40
        jz .flag
        rol ebp, 1
        add bp, ax
        add ebp, [0x46c]
        loop .timer
        mov ebx, [0x46c]
        add ebx, 10
.dma:   mov al, 0
        out 0x0c, al
        in al, 7                        ; channel 3 has nobody
        mov ah, al
        in al, 7
        cmp [0x46c], ebx
        jb .dma
        add bp, ax
        jmp finish
fm:     out dx, al
        inc dx
        mov al, ah
        out dx, al
        dec dx
        ret
%elif CASE == 20
start:  mov esi, [0x46c]
        add esi, 20
.wait:  mov al, 0x11
        out 0x80, al
        out 0xed, al
        in al, 0x84
        out 0x84, al
        in al, 0x21
        out 0x21, al
        mov bx, ax
        in al, 0x61
        and al, 0x0f
        out 0x61, al
        in al, 0x92
        in al, 0x60
        cmp [0x46c], esi
        jb .wait
        add ebp, ebx
        add bp, ax
        jmp finish
%elif CASE == 21
start:  mov cx, 20000
        mov bl, 0
.wait:  inc bl                          ; the value is another one each time
        mov al, bl
        out 0x80, al
        in al, 0x80
        add bp, ax
        loop .wait
        mov cx, 10000
.flip:  in al, 3                        ; the bytes come in turn
        rol ebp, 1
        add bp, ax
        in al, 3
        in al, 3
        add bp, ax
        loop .flip
        mov cx, 20000
.index: xor bl, 4                       ; minutes and hours
        mov al, bl
        and al, 4
        out 0x70, al
        in al, 0x71
        rol ebp, 1
        add bp, ax
        loop .index
        mov cx, 3000
.c:     mov al, 0x0c                    ; reading it clears it
        out 0x70, al
        in al, 0x71
        rol ebp, 1
        add bp, ax
        loop .c
        jmp finish
%elif CASE == 22
start:  mov word [0x610], 60
.next:  mov cx, 0
        loop $
        rol ebp, 1
        mov cx, 2000
.in:    in al, 0x80
        loop .in
        add bp, ax
        mov bx, 0x9000                  ; past the sign, and down to a number
.by3:   sub bx, 3
        cmp bx, 100
        ja .by3
        add bp, bx
        lahf
        add bp, ax
        mov cx, 0x1234
        xor si, si
.both:  add si, 7                       ; two of them, of which one wraps
        dec cx
        jnz .both
        add bp, si
        rdtsc
        mov edi, eax
.time:  rdtsc
        sub eax, edi
        cmp eax, 300000
        jb .time
        rol ebp, 1
        add ebp, eax
        dec word [0x610]
        jnz .next
        jmp finish
%elif CASE == 23
start:  mov al, 0
        out 0x0c, al
        mov al, 0x34                    ; of channel 3, which has nobody
        out 7, al
        mov al, 0x12
        out 7, al
        mov cx, 40
.again: mov ebx, [0x46c]
        inc ebx
.turn:  in al, 7
        cmp [0x46c], ebx
        jb .turn
        rol ebp, 1
        add bp, ax
        in al, 7
        mov ah, al
        in al, 7
        add bp, ax
        loop .again
        jmp finish
%elif CASE == 24
start:  mov cx, 10
.again: mov dx, 0x226                   ; the DSP is reset
        mov al, 1
        out dx, al
        mov bx, 20
.high:  in al, 0x84
        dec bx
        jnz .high
        mov al, 0
        out dx, al
        mov dx, 0x22e
.reset: in al, dx
        test al, 0x80
        jz .reset
        mov dx, 0x22a
        in al, dx
        mov al, 5                       ; channel 1 reads memory from 10000h on, so many bytes
        out 0x0a, al
        out 0x0c, al
        mov al, 0x49
        out 0x0b, al
        mov al, 0
        out 2, al
        out 2, al
        mov al, 1
        out 0x83, al
        mov al, cl
        shl al, 3
        out 3, al
        mov al, 0
        out 3, al
        mov al, 1
        out 0x0a, al
        mov si, command
        mov dx, 0x22c
.say:   in al, dx
        test al, 0x80
        jnz .say
        lodsb
        out dx, al
        cmp si, command + 5
        jb .say
.mask:  in al, 0x0f
        test al, 2
        jz .mask
        rol ebp, 1
        add bp, ax
        add ebp, [0x46c]
        loop .again
        jmp finish
command: db 0x40, 0x83, 0x14, 0xff, 0x0f ; 8000 Hz, 4096 bytes
%endif
%if CASE == 25
start:  mov cx, 40
.again: call count
        mov bx, ax
.wait:  call count
        mov dx, bx
        sub dx, ax
        cmp dx, 30000
        jb .wait
        rol ebp, 1
        add bp, ax
        add bp, dx
        add ebp, [0x46c]
        loop .again
        jmp finish
count:  mov al, 0
        out 0x43, al
        in al, 0x40
        mov ah, al
        in al, 0x40
        xchg al, ah
        ret
%elif CASE == 26
start:  mov cx, 20
.again: mov al, 0xc2
        out 0x43, al
        in al, 0x40
        mov dl, al
        in al, 0x40
        mov bl, al
        in al, 0x40
        mov bh, al
        cmp bx, 2000
        ja .again
        rol ebp, 1
        add bp, bx
        add bp, dx
.runs:  in al, 0x40
        mov bl, al
        in al, 0x40
        mov bh, al
        cmp bx, 0x9000
        jbe .runs
        rol ebp, 1
        add bp, bx
.upper: in al, 0x40                     ; it is read as it is, and thrown away
        in al, 0x40
        test al, 0x40
        jnz .upper
        rol ebp, 1
        add bp, ax
        loop .again
        jmp finish
%elif CASE == 27
start:  mov eax, 0x80000b40
        mov ebx, 0x801
        call config
        mov al, 0x80
        mov ebx, 1
        call config
        mov cx, 15
        mov dx, 0x808
.again: in eax, dx
        mov ebx, eax
.wait:  in eax, dx
        sub eax, ebx
        and eax, 0xffffff
        cmp eax, 3579 * 50
        jb .wait
        rol ebp, 1
        add ebp, eax
.half:  in ax, dx
        cmp ax, 1000
        ja .half
        rol ebp, 1
        add bp, ax
        loop .again
.top:   in eax, dx                      ; past its end
        test eax, 0x800000
        jz .top
.end:   in eax, dx
        test eax, 0x800000
        jnz .end
        xor ebp, eax
        jmp finish
config: mov dx, 0xcf8
        out dx, eax
        mov dx, 0xcfc
        xchg eax, ebx
        out dx, eax
        xchg eax, ebx
        ret
%elif CASE == 28
start:  mov cx, 20
.again: call count
        mov [0x610], ax
        mov esi, 100000
.wait:  call count
        push ax
        mov bx, [0x610]
        sub bx, ax
        mov [0x614], bx
        pop di
        dec esi
        jz .over
        cmp word [0x614], 20000
        jna .wait
.over:  rol ebp, 1
        add bp, bx
        add bp, di
        add ebp, esi
        loop .again
        mov cx, 10
        call count
        mov di, ax
.sums:  xor edx, edx
.sum:   call count
        mov bx, di
        sub bx, ax
        mov di, ax
        movzx ebx, bx
        add edx, ebx
        cmp edx, 10000
        jb .sum
        rol ebp, 1
        add ebp, edx
        loop .sums
        jmp finish
count:  mov al, 0
        out 0x43, al
        in al, 0x40
        movzx bx, al
        in al, 0x40
        movzx ax, al
        shl ax, 8
        or ax, bx
        ret
%endif
times 510 - ($ - $$) db 0
        dw 0xaa55
