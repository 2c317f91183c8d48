; The boot sector of the tools floppy: there is nothing on it that could start a PC, and it says so.

    cpu 8086
    bits 16
    org 0x7C00

start:
    jmp short main
    nop
    db "FERRITE "               ; who formatted the disk
    dw 512                      ; bytes per sector
    db 1                        ; sectors per cluster
    dw 1                        ; reserved sectors: this one
    db 2                        ; copies of the FAT
    dw 224                      ; entries in the root directory
    dw 2880                     ; sectors in all
    db 0xF0                     ; media: 3.5 inch, high density
    dw 9                        ; sectors per FAT
    dw 18                       ; sectors per track
    dw 2                        ; heads
    dd 0, 0
    db 0, 0, 0x29
    dd 0x46455254               ; serial number
    db "FERRITETOOL"
    db "FAT12   "

main:
    cli
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7C00
    sti
    cld
    mov si, text
.next:
    lodsb
    or al, al
    jz .wait
    mov ah, 0x0E
    mov bx, 7
    int 0x10
    jmp .next
.wait:
    xor ah, ah
    int 0x16
    int 0x19

text:
    db "This disk holds tools for DOS and starts nothing.", 13, 10
    db "Put a boot disk into the drive and press a key.", 13, 10, 0

    times 510 - ($ - $$) db 0
    dw 0xAA55
