; The boot sector of the demo disk.
;
; When a PC starts, its BIOS reads the first 512 bytes of the disk to address 0000:7C00
; and jumps there, with the number of the drive in DL. That is all the help we get: this
; program must find the file DEMO.BIN with BIOS calls only, load it and start it.
;
; The disk has a FAT12 file system, so the sector begins with the table that describes
; it (the "BIOS parameter block") and DOS can list the disk. We read the root directory
; properly but not the FAT: mkfloppy stores each file in consecutive sectors.

    cpu 386
    bits 16
    org 0x7C00

LOAD_SEGMENT    equ 0x1000      ; DEMO.BIN goes to 1000:0000, that is 64 KB up
BUFFER          equ 0x7E00      ; the directory, right behind this sector

start:
    jmp short main
    nop

; ---- BIOS parameter block --------------------------------------------------------------
    db "FERRITE "               ; who formatted the disk
    dw 512                      ; bytes per sector
    db 1                        ; sectors per cluster
reserved_sectors:
    dw 1                        ; this one
    db 2                        ; copies of the FAT
    dw 224                      ; entries in the root directory
    dw 2880                     ; sectors in all
    db 0xF0                     ; media: 3.5 inch, high density
    dw 9                        ; sectors per FAT
sectors_per_track:
    dw 18
heads:
    dw 2
    dd 0                        ; hidden sectors before this file system
    dd 0                        ; sectors, when more than 65535
drive:
    db 0                        ; drive number: filled in from DL
    db 0
    db 0x29                     ; the three fields below are there
    dd 0x46455252               ; serial number
    db "FERRITEDEMO"
    db "FAT12   "

ROOT_START      equ 1 + 2 * 9           ; sector numbers count from 0
DATA_START      equ ROOT_START + 14

; ---- code ------------------------------------------------------------------------------
main:
    cli                         ; no interrupt may use the stack while it moves
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00              ; grows down from this sector
    sti
    cld
    mov [drive], dl
    mov si, loading_message
    call print

    ; The first sector of the root directory: sixteen entries of 32 bytes.
    mov ax, ROOT_START
    mov bx, BUFFER
    mov cl, 1
    call read_sectors
    mov di, BUFFER
    mov dx, 16
.next_entry:
    mov si, file_name
    mov cx, 11
    push di
    repe cmpsb
    pop di
    je .found
    add di, 32
    dec dx
    jnz .next_entry
    mov si, missing_message
    jmp fail

.found:
    mov ax, [di + 26]           ; first cluster; number 2 is the first of the data area
    add ax, DATA_START - 2
    mov bp, [di + 28]           ; size in bytes, below 64 KB
    add bp, 511
    shr bp, 9                   ; in sectors
    mov bx, LOAD_SEGMENT
    mov es, bx
    xor bx, bx

    ; Whole tracks at a time: a BIOS call must not run past the end of a track.
.next_track:
    push ax
    xor dx, dx
    div word [sectors_per_track]
    mov cx, [sectors_per_track]
    sub cx, dx                  ; sectors left on this track
    pop ax
    cmp cx, bp
    jbe .count_known
    mov cx, bp
.count_known:
    call read_sectors
    add ax, cx
    sub bp, cx
    mov dx, cx
    shl dx, 9
    add bx, dx
    test bp, bp
    jnz .next_track

    mov dl, [drive]
    jmp LOAD_SEGMENT:0

; Reads CL sectors from sector AX to ES:BX. Keeps all registers.
read_sectors:
    pusha
    mov di, 3                   ; a floppy may need a second try while it spins up
.retry:
    pusha
    push cx
    xor dx, dx
    div word [sectors_per_track]
    inc dx                      ; sectors on a track count from 1
    mov cl, dl
    xor dx, dx
    div word [heads]
    mov ch, al                  ; cylinder
    mov dh, dl                  ; head
    mov dl, [drive]
    pop ax                      ; AL: how many
    mov ah, 0x02                ; INT 13h function 02h: read sectors
    int 0x13
    popa
    jnc .done
    pusha
    xor ah, ah                  ; function 00h: reset, then try again
    mov dl, [drive]
    int 0x13
    popa
    dec di
    jnz .retry
    mov si, error_message
    jmp fail
.done:
    popa
    ret

fail:
    call print
.stop:
    hlt
    jmp .stop

; Prints the text at DS:SI that ends with a zero byte.
print:
    mov ah, 0x0E                ; INT 10h function 0Eh: write like a teletype
    mov bx, 0x0007
.next:
    lodsb
    test al, al
    jz .done
    int 0x10
    jmp .next
.done:
    ret

file_name:       db "DEMO    BIN"
loading_message: db "Loading the Ferrite demo ...", 13, 10, 0
missing_message: db "DEMO.BIN is not on this disk.", 13, 10, 0
error_message:   db "The disk cannot be read.", 13, 10, 0

    times 510 - ($ - $$) db 0
    dw 0xAA55                   ; the mark by which a BIOS knows a boot sector
