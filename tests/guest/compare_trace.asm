; compare_trace.asm - a boot sector that scripts/compare-trace runs in Ferrite, QEMU and Bochs: real
; mode, protected mode, paging, interrupts, strings. Everything that a firmware may leave different
; is set before `begin`; flags that the manuals leave undefined are not made.
        org 0x7c00
        bits 16
        cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov sp, 0x7000
        lgdt [gdtr]
        lidt [idtr]
        mov eax, 0x10
        mov cr0, eax
        xor eax, eax
        mov cr2, eax
        mov ebx, eax
        mov ecx, eax
        mov edx, eax
        mov esi, eax
        mov edi, eax
        mov ebp, eax
        mov esp, 0x7000
        push dword 2
        popfd
        jmp 0:begin

begin:  mov cx, 4               ; real mode: a loop, the stack, memory
.sum:   add ax, cx
        push ax
        pop bx
        mov [0x500], ax
        inc word [0x500]
        loop .sum
        call near work
        mov ax, 0x40
        mov es, ax
        mov si, 0x500
        mov di, 0x110
        cld
        movsw
        movsb
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp dword 8:protected

work:   sub ax, 3
        sbb dx, dx
        ret

        bits 32
protected:
        mov ax, 0x10
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, 0x6000
        mov edi, 0x1000         ; one page directory, pages of 4 MB off: a table that maps 0-4 MB
        mov ecx, 8
        mov eax, 0x2003
        stosd
        mov edi, 0x2000
        mov eax, 3
.fill:  stosd
        add eax, 0x1000
        dec ecx
        jnz .fill
        mov eax, 0x1000
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        jmp short .paged
.paged: mov dword [0x600], handler  ; INT 3's gate
        mov eax, [0x600]
        mov [0x518], ax
        mov word [0x51a], 8
        mov dword [0x51c], 0x8e00
        mov word [0x51e], 0
        int3
        cmp eax, edx
        setb bl
        lea esi, [ebx + eax * 4 + 7]
        xchg esi, edi
        bswap edi
        pushad
        popad
end:    mov dx, 0xf4
        xor al, al
        out dx, al
        hlt

handler:
        mov edx, [esp]
        iretd

gdt:    dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:   dw 23
        dd gdt
idtr:   dw 0x3ff
        dd 0x500

        times 510 - ($ - $$) db 0
        dw 0xaa55
