; mbr.asm - the first sector of a hard disk: a small program and the partition table.
;
; The BIOS loads this sector to 0000:7C00 and jumps to it with DL = drive. It moves out of the way,
; looks for the partition marked active, loads that partition's first sector to the same
; 0000:7C00, and jumps there. Nothing here knows what is installed in the partition.
;
; Assembled by scripts/get-guest with one partition described on the command line:
;     -D TYPE=n -D START=lba -D SECTORS=n -D END_C=cylinder -D END_H=head -D END_S=sector
;     -D SIGNATURE=n (a number that tells disks apart)

        cpu 386
        bits 16
        org 0x0600                      ; where it runs after moving

LOADED  equ 0x7C00

start:
        cli
        xor ax, ax
        mov ss, ax
        mov sp, LOADED
        mov ds, ax
        mov es, ax
        mov si, LOADED
        mov di, start
        mov cx, 256
        cld
        rep movsw
        jmp 0:moved
moved:
        sti
        mov [drive], dl

        mov si, table
        mov cx, 4
.find:
        test byte [si], 0x80            ; active?
        jnz .load
        add si, 16
        loop .find
        mov si, no_active
        jmp fail

; SI = the entry. First by LBA, when the BIOS can; else by the cylinder, head and sector that
; the table also gives.
.load:
        mov [entry], si
        mov eax, [si + 8]
        mov [packet.lba], eax
        mov ah, 0x41                    ; are there extensions?
        mov bx, 0x55AA
        mov dl, [drive]
        int 0x13
        jc .chs
        cmp bx, 0xAA55
        jne .chs
        test cl, 1                      ; with packets?
        jz .chs
        mov si, packet
        mov ah, 0x42
        mov dl, [drive]
        int 0x13
        jnc .loaded
.chs:
        mov bp, 3                       ; a drive may need more than one attempt
.again:
        mov si, [entry]
        mov dl, [drive]
        mov dh, [si + 1]
        mov cx, [si + 2]
        mov bx, LOADED
        mov ax, 0x0201
        int 0x13
        jnc .loaded
        xor ah, ah
        mov dl, [drive]
        int 0x13
        dec bp
        jnz .again
        mov si, unreadable
        jmp fail
.loaded:
        mov si, not_bootable
        cmp word [LOADED + 510], 0xAA55
        jne fail
        mov si, [entry]                 ; by custom, DS:SI points to the entry
        mov dl, [drive]
        jmp 0:LOADED

fail:
        lodsb
        test al, al
        jz .next
        mov ah, 0x0E
        mov bx, 7
        int 0x10
        jmp fail
.next:
        int 0x18                        ; the BIOS may try the next boot device
        jmp $

no_active:    db "No active partition on this disk.", 13, 10, 0
unreadable:   db "The active partition cannot be read.", 13, 10, 0
not_bootable: db "The active partition is not bootable.", 13, 10, 0

        align 4
packet:
        db 16, 0
        dw 1
        dw LOADED, 0
.lba:   dd 0, 0
entry:  dw 0
drive:  db 0

        times 0x1B8 - ($ - $$) db 0
        dd SIGNATURE
        dw 0
table:
        db 0x80                         ; active
        db 1, 1, 0                      ; start: head 1, sector 1, cylinder 0
        db TYPE
        db END_H, END_S | (END_C >> 8) << 6, END_C & 0xFF
        dd START, SECTORS
        times 3 * 16 db 0
        dw 0xAA55
