; guest.asm - a disk that counts how often it was started: it reads its second sector, shows the
; letter in it, writes the next one there, and shows what became of that. Then it writes elsewhere
; at each key.
org 0x7c00
start:  xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        mov [drive], dl
        mov si, hello
        call print
        mov ax, 0x0201          ; read
        mov bx, 0x8000
        mov cx, 2
        mov dl, [drive]
        mov dh, 0
        int 0x13
        jc failed
        mov al, [0x8000]
        mov [letter], al
        mov si, letter
        call print
        inc byte [0x8000]
        mov ax, 0x0301          ; write
        mov bx, 0x8000
        mov cx, 2
        mov dl, [drive]
        mov dh, 0
        int 0x13
        jc failed
        mov si, written
        call print
another: mov ah, 0              ; with each key, something on a place of the disk that is new
        int 0x16
        inc byte [track]
        mov ax, 0x0301
        mov bx, 0x8000
        mov cl, 1
        mov ch, [track]
        mov dl, [drive]
        mov dh, 0
        int 0x13
        jc failed
        mov si, more
        call print
        jmp another
stop:   hlt
        jmp stop
failed: mov si, refused
        call print
        jmp stop
print:  lodsb
        test al, al
        jz .end
        mov ah, 0x0e
        mov bx, 7
        int 0x10
        jmp print
.end:   ret
hello:  db 'Started: ', 0
letter: db '?', 13, 10, 0
written: db 'Written', 13, 10, 0
more:   db 'More', 13, 10, 0
drive:  db 0
track:  db 0
refused: db 'Refused', 13, 10, 0
        times 510 - ($ - $$) db 0
        dw 0xaa55
        db 'A'
        times 1474560 - ($ - $$) db 0
