; A diskette of TOTAL sectors, SPT a track, HEADS sides (given with -D), each with its number. It
; reads those of the first cylinder by one INT 13h AH=02h and says M at the debug console (E9h) if
; all came; then one after the other: K all are right, R a read fails, X another sector came. Ends at
; port F4h.
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
    ; The rest of the cylinder at once: M, if the firmware can (ours). That tracks have eight sectors
    ; only the diskette says: a table of ours tells the firmware, as DOS does.
%if SPT = 8
    les si, [0x78]
    mov di, table
    mov cx, 11
.copy:
    mov al, [es:si]
    mov [di], al
    inc si
    inc di
    loop .copy
    mov byte [table + 4], SPT
    mov word [0x78], table
    mov [0x7A], cx
    mov es, cx
%endif
    mov bx, BUF
    mov ax, [spt]
    mul byte [heads]
    dec ax
    push ax
    mov ah, 2
    mov cx, 2
    mov dh, 0
    int 0x13
    pop cx
    jc .one_by_one
    mov di, BUF
    mov ax, 1
.many:
    cmp [di], ax
    jne .one_by_one
    inc ax
    add di, 512
    loop .many
    mov al, 'M'
    out 0xE9, al
.one_by_one:
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
table equ 0x7000
    times 510 - ($ - $$) db 0
    dw 0xAA55
%assign number 1
%rep TOTAL - 1
    dw number
    times 510 db 0
%assign number number + 1
%endrep
