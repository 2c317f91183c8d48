; profile_kernel.asm - a Multiboot kernel whose calls and counts are known, for profile.sh:
; `work` runs 3 times from `outer`, which runs twice; `never` is never called; `tail` ends by a jump.
        bits 32
        section .text
        global start, outer, work, tail, target, never
        align 4
        dd 0x1badb002, 0, -0x1badb002

start:  mov esp, stack
        mov esi, 2
.again: call outer
        dec esi
        jnz .again
        call tail
        mov dx, 0xf4
        xor al, al
        out dx, al
        hlt

outer:  mov ecx, 3
.three: call work
        loop .three
        ret

work:   inc dword [counter]
        ret

tail:   jmp target

target: nop
        ret

never:  nop
        ret

        section .bss
counter: resd 1
        resb 4096
stack:
