; boot16.asm - first sector of a FAT12/16 partition: loads KERNEL.SYS and starts it.
;
; What the FreeDOS kernel expects: the whole file at 0060:0000, BL = BIOS drive. As the file
; reaches beyond 0000:7C00, this sector first moves up to 1FE0:7C00, and uses the 512 bytes after
; itself for the directory and the FAT. FAT16 chains only; the partition may lie anywhere (LBA
; when the BIOS has the extensions, else cylinder/head/sector by the figures of the BPB).
;
; scripts/get-guest puts bytes 0-2 and 62-511 over what mkfs.fat wrote; the BPB between is its.

        cpu 386
        bits 16
        org 0x7C00

HOME equ 0x1FE0
KERNEL  equ 0x0060
BUFFER  equ 0x7E00

        jmp short start
        nop

; The BIOS parameter block, by mkfs.fat.
oem             equ 0x7C00 + 3
bytes_sector    equ 0x7C00 + 11
cluster_sectors equ 0x7C00 + 13
reserved        equ 0x7C00 + 14
fats            equ 0x7C00 + 16
root_entries    equ 0x7C00 + 17
fat_sectors     equ 0x7C00 + 22
track_sectors   equ 0x7C00 + 24
heads           equ 0x7C00 + 26
hidden          equ 0x7C00 + 28
        times 62 - ($ - $$) db 0

start:
        cli
        cld
        xor ax, ax
        mov ds, ax
        mov si, 0x7C00
        mov ax, HOME
        mov es, ax
        mov di, si
        mov cx, 256
        rep movsw
        mov ds, ax
        mov ss, ax
        mov sp, 0x7C00
        jmp HOME:moved
moved:
        sti
        mov [drive], dl
        mov ah, 0x41                    ; extensions?
        mov bx, 0x55AA
        int 0x13
        jc .places
        cmp bx, 0xAA55
        jne .places
        and cl, 1
        mov [packets], cl

; Where everything is: FAT, root directory, first cluster.
.places:
        movzx eax, word [reserved]
        add eax, [hidden]
        mov [fat_start], eax
        movzx ecx, word [fat_sectors]
        movzx edx, byte [fats]
        imul ecx, edx
        add eax, ecx                    ; EAX = root directory
        movzx edx, word [root_entries]
        add edx, 15
        shr edx, 4                      ; 16 entries a sector
        mov cx, dx
        add edx, eax
        mov [data_start], edx

; Look through the root directory. CX = sectors left, EAX = sector.
.sector:
        mov bx, BUFFER
        call read
        mov di, BUFFER
.entry:
        push cx
        push di
        mov si, name
        mov cx, 11
        repe cmpsb
        pop di
        pop cx
        je .found
        add di, 32
        cmp di, BUFFER + 512
        jb .entry
        inc eax
        loop .sector
        mov si, missing
        jmp fail

; Follow the chain. DI = cluster, ES = where the next sector goes.
.found:
        mov di, [di + 26]
        mov ax, KERNEL
        mov es, ax
.cluster:
        movzx eax, di
        sub eax, 2
        movzx ecx, byte [cluster_sectors]
        imul eax, ecx
        add eax, [data_start]
.load:
        xor bx, bx
        call read
        mov bx, es
        add bx, 512 / 16
        mov es, bx
        inc eax
        loop .load

        movzx eax, di                   ; the FAT's sector with this entry
        shr eax, 8
        add eax, [fat_start]
        cmp eax, [cached]
        je .next
        mov [cached], eax
        push es
        push ds
        pop es
        mov bx, BUFFER
        call read
        pop es
.next:
        and di, 0xFF
        shl di, 1
        mov di, [BUFFER + di]
        cmp di, 0xFFF8
        jb .cluster

        mov bl, [drive]
        mov dl, bl
        jmp KERNEL:0

; Read sector EAX to ES:BX. Keeps all registers.
read:
        pushad
        mov byte [tries], 3
.again:
        pushad
        mov dl, [drive]
        cmp byte [packets], 0
        je .chs
        mov bp, sp
        push dword 0                    ; the packet, built on the stack
        push eax
        push es
        push bx
        push word 1
        push word 16
        mov si, sp
        mov ah, 0x42
        int 0x13                        ; DS is SS
        mov sp, bp
        jmp .done
.chs:
        xor edx, edx
        movzx ecx, word [track_sectors]
        div ecx
        inc dx
        push dx                         ; sector
        xor edx, edx
        movzx ecx, word [heads]
        div ecx                         ; AX = cylinder, DX = head
        pop cx
        mov ch, al
        shl ah, 6
        or cl, ah
        mov dh, dl
        mov dl, [drive]
        mov ax, 0x0201
        int 0x13
.done:
        popad
        jnc .ok
        pushad
        xor ah, ah                      ; reset, try again
        mov dl, [drive]
        int 0x13
        popad
        dec byte [tries]
        jnz .again
        mov si, unreadable
        jmp fail
.ok:
        popad
        ret

fail:
        lodsb
        test al, al
        jz .stop
        mov ah, 0x0E
        mov bx, 7
        int 0x10
        jmp fail
.stop:
        xor ah, ah
        int 0x16
        int 0x19

name:       db "KERNEL  SYS"
missing:    db "No KERNEL.SYS", 0
unreadable: db "Disk error", 0
cached:     dd 0xFFFFFFFF
packets:    db 0

; Variables beyond the code, in what follows the sector buffer.
drive       equ BUFFER + 512
tries       equ BUFFER + 513
fat_start   equ BUFFER + 516
data_start  equ BUFFER + 520

        times 510 - ($ - $$) db 0
        dw 0xAA55
