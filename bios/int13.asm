; Ferrite system BIOS: INT 13h, the door to both kinds of disks.
;
; Drives 00h..7Fh belong to INT 40h (diskettes), whose vector a program may
; have hooked; drives 80h.. to the fixed disk part. AH=4Bh of drive 7Fh means all that a CD stands
; in for (El Torito 1.0).
EMU_ALL     equ 0x7F

int13_entry:
    test dl, 0x80
    jnz disk_entry                  ; (which looks for a CD's place in it, too)
    cmp dl, EMU_ALL
    jne .diskette
    cmp ah, 0x4B
    je disk_entry
.diskette:
    ; Jump to the INT 40h vector with all registers as they are: its address is
    ; put where RETF finds it, the caller's IRET frame stays below.
    sub sp, 4
    push bp
    mov bp, sp
    push ds
    push ax
    xor ax, ax
    mov ds, ax
    mov ax, [0x40 * 4]
    mov [bp + 2], ax
    mov ax, [0x40 * 4 + 2]
    mov [bp + 4], ax
    pop ax
    pop ds
    pop bp
    retf

; Error codes both parts use, in AH and kept in the BDA.
ERR_PARAM       equ 0x01
ERR_ADDR_MARK   equ 0x02
ERR_PROTECTED   equ 0x03
ERR_NOT_FOUND   equ 0x04
ERR_CHANGED     equ 0x06
ERR_DMA         equ 0x08
ERR_DMA_64K     equ 0x09
ERR_BAD_SECTOR  equ 0x0A
ERR_MEDIA_TYPE  equ 0x0C
ERR_CRC         equ 0x10
ERR_CONTROLLER  equ 0x20
ERR_SEEK        equ 0x40
ERR_TIMEOUT     equ 0x80
ERR_NOT_READY   equ 0xAA
ERR_UNDEFINED   equ 0xBB
ERR_WRITE_FAULT equ 0xCC
