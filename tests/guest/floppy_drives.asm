; A diskette of TOTAL sectors, SPT a track, HEADS sides (given with -D), each with its number. It
; reads all of them by INT 13h AH=02h and says at the debug console (E9h): K all are right, R a
; read fails, X another sector came. Ends at port F4h.
bits 16
org 0x7C00
    jmp short start
    nop
    db 'FERRITE '
    dw 512
    db 1
    dw 1
    db 2
    dw 64
total:
    dw TOTAL
    db 0xFD
    dw 2
spt:
    dw SPT
heads:
    dw HEADS
BUF equ 0x8000
start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    mov [drive], dl
    mov si, 1
.next:
    mov ax, si
    xor dx, dx
    div word [spt]
    mov cl, dl
    inc cx
    xor dx, dx
    div word [heads]
    mov ch, al
    mov dh, dl
    mov dl, [drive]
    mov bx, BUF
    mov ax, 0x0201
    int 0x13
    mov al, 'R'
    jc .end
    cmp [BUF], si
    mov al, 'X'
    jne .end
    inc si
    cmp si, [total]
    jb .next
    mov al, 'K'
.end:
    out 0xE9, al
    mov al, 0
    out 0xF4, al
    cli
    hlt
drive:
    db 0
    times 510 - ($ - $$) db 0
    dw 0xAA55
%assign number 1
%rep TOTAL - 1
    dw number
    times 510 db 0
%assign number number + 1
%endrep
