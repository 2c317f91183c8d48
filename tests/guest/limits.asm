; limits.asm - a boot sector that uses up one thing for ever, chosen by WHAT (nasm -DWHAT=n):
; 0 logs, 1 disk, 2 a loop, 3 a halt that nothing ends, 4 triple faults, 5 resets by the keyboard
; controller, 6 REP with nothing to do, 7 an interrupt that faults within itself.
; 1 ends by port F4h when the disk refuses a sector: exit status (2 << 1) | 1 = 5.
; STRIDE: sectors from one write to the next.
%ifndef STRIDE
%define STRIDE 128
%endif
bits 16
org 0x7c00
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7c00
%if WHAT = 0
more:
    mov dx, 0xe9
    mov al, 'x'
    mov cx, 64
fill:
    out dx, al
    loop fill
    mov al, 10
    out dx, al
    jmp more
%elif WHAT = 1
more:
    mov ah, 0x43                ; extended write
    mov al, 0
    mov dl, 0x80
    mov si, packet
    int 0x13
    jc refused
    add dword [sector], STRIDE  ; each in a cluster of its own
    jmp more
refused:
    mov al, 2
    out 0xf4, al
    jmp $
packet:
    db 16, 0
    dw 1
    dw 0x7c00, 0
sector:
    dd 0, 0
%elif WHAT = 2
    jmp $
%elif WHAT = 3
    cli
    hlt
    jmp $ - 1
%elif WHAT = 4
    lidt [nothing]
    int3
nothing:
    dw 0
    dd 0
%elif WHAT = 5
    mov al, 0xfe
    out 0x64, al
    jmp $
%elif WHAT = 6
    xor cx, cx
again:
    rep movsb
    jmp again
%elif WHAT = 7
    lidt [table]
    int3
table:
    dw 0x3ff
    dd 0xfffff000
%endif
    times 510 - ($ - $$) db 0
    dw 0xaa55
