; HELLO.EXE - a DOS program of one's own, from source to window in two commands:
;
;   nasm -f bin -o HELLO.EXE images/hello.asm
;   scripts/run dos HELLO.EXE
;
; The header is the one that DOS looks for (MZ): here made by hand, elsewhere by a linker. The program
; follows it as one segment: code, text, stack.

    cpu 8086
    bits 16

HEADER      equ 32              ; bytes; two paragraphs
STACK       equ 256

exe:
    db "MZ"
    dw (end - exe) % 512        ; bytes in the last block
    dw (end - exe + 511) / 512  ; blocks of 512
    dw 0                        ; relocations: none, nothing here depends on its segment
    dw HEADER / 16
    dw STACK / 16 + 1           ; paragraphs behind the file that it needs
    dw 0xFFFF                   ; and that it would like to have
    dw 0                        ; SS, counted from the program's first segment
    dw end - start + STACK      ; SP
    dw 0                        ; checksum: nobody looks
    dw 0, 0                     ; IP, CS
    dw HEADER, 0                ; where relocations would be; not an overlay
    times HEADER - ($ - exe) db 0

start:                          ; DS and ES are the PSP's
    push cs
    pop ds
    mov dx, text - start
    mov ah, 9                   ; print up to '$'
    int 0x21
    mov ah, 8                   ; a key
    int 0x21
    mov ax, 0x4C00              ; the end; AL is the exit code
    int 0x21

text:
    db "Hello, from a DOS program of your own.", 13, 10
    db "Press a key; this window closes when the program ends.", 13, 10, "$"
end:
