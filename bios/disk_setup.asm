; Ferrite system BIOS: what POST notes of each fixed disk: the geometry that
; INT 13h shows, the one that the drive runs with, and the parameter tables of
; INT 41h and 46h.
;
; Systems take heads and sectors from these tables and go to the ports with them.
; So, as on an AT, the drive is told the geometry of the tables (INITIALIZE DEVICE
; PARAMETERS) wherever it can have it. Where it cannot (more than 16 heads), the
; table is marked as translated (A0h) and names the drive's geometry as well.

; All fixed disks, at POST: ATA disks, then USB sticks.
disks_init:
    push ds
    mov ax, EBDA_SEG
    mov ds, ax
    mov si, EX_DISKS
    call ata_init
    call usb_init
    mov ax, si                      ; clear the record left half filled
    push ds
    pop es
    mov di, si
    mov cx, DISK_SIZE / 2
    cmp di, EX_DISKS + 4 * DISK_SIZE
    jae .full
    push ax
    xor ax, ax
    rep stosw
    pop ax
.full:
    sub ax, EX_DISKS
    shr ax, 5
    call disk_tables
    pop ds
    mov dx, BDA_SEG
    push ds
    mov ds, dx
    mov [HD_COUNT], al
    pop ds
    ret

; Fill in the record at [SI] from the IDENTIFY data, and choose the geometry
; that INT 13h shows.
disk_geometry:
    xor ax, ax
    mov es, ax
    mov ax, [es:SCRATCH + 1 * 2]
    mov [si + DK_PCYLS], ax
    mov ax, [es:SCRATCH + 3 * 2]
    mov [si + DK_PHEADS], ax
    mov ax, [es:SCRATCH + 6 * 2]
    mov [si + DK_PSPT], ax
    ; A drive that leaves its CHS words empty gets the largest geometry.
    cmp word [si + DK_PHEADS], 0
    je .no_chs
    cmp word [si + DK_PSPT], 0
    jne .chs
.no_chs:
    mov word [si + DK_PCYLS], 16383
    mov word [si + DK_PHEADS], 16
    mov word [si + DK_PSPT], 63
.chs:
    movzx eax, word [si + DK_PCYLS]
    movzx ecx, word [si + DK_PHEADS]
    mul ecx
    movzx ecx, word [si + DK_PSPT]
    mul ecx
    mov byte [si + DK_FLAGS], 0
    test byte [es:SCRATCH + 49 * 2 + 1], 0x02
    jz .total
    mov ecx, [es:SCRATCH + 60 * 2]
    jecxz .total
    or byte [si + DK_FLAGS], DKF_LBA
    mov eax, ecx
    mov cx, [es:SCRATCH + 83 * 2]   ; 01 in bits 15-14: valid; bit 10: 48 bits
    and cx, 0xC400
    cmp cx, 0x4400
    jne .total
    mov ecx, [es:SCRATCH + 100 * 2]
    mov dx, [es:SCRATCH + 102 * 2]
    cmp ecx, eax                    ; (a drive that says less there is not believed)
    jae .lba48
    test dx, dx
    jz .total
.lba48:
    or byte [si + DK_FLAGS], DKF_LBA48
    mov [si + DK_TOTAL_HI], dx
    mov eax, ecx
    jmp .store_total
.total:
    mov word [si + DK_TOTAL_HI], 0
.store_total:
    mov [si + DK_TOTAL], eax
    mov al, [es:SCRATCH + 47 * 2]   ; largest block of READ MULTIPLE
    cmp al, 16
    jbe .multi
    mov al, 16
.multi:
    call power_of_two
    mov [si + DK_MULTI], al
    call ata_setup
    call ata_release

    ; The way of translation: CMOS has two bits a drive. What it leaves open, the
    ; partition table decides: a disk keeps the geometry it was set up with. Else
    ; by size: none up to 1024 cylinders, then LBA assisted, or by shifting for
    ; drives without LBA.
    mov cl, [si + DK_DEV]           ; A0h -> 0, B0h -> 2
    shr cl, 3
    and cl, 2
    cmp word [si + DK_BASE], 0x1F0
    je .primary
    add cl, 4
.primary:
    mov al, CMOS_TRANSLATE
    call cmos_read
    shr al, cl
    and al, 3
    jnz .chosen
    call disk_guess
    jc .by_size
    mov byte [si + DK_TRANS], 1
    call disk_cylinders
    jmp .store
.by_size:
    mov al, 0
    cmp word [si + DK_PCYLS], 1024
    jbe .chosen
    mov al, 2
    test byte [si + DK_FLAGS], DKF_LBA
    jz .chosen
    mov al, 1
.chosen:
    cmp al, 1
    jne .way
    test byte [si + DK_FLAGS], DKF_LBA
    jnz .way
    mov al, 2
.way:
    mov [si + DK_TRANS], al
    movzx ecx, word [si + DK_PHEADS]
    mov bx, [si + DK_PSPT]
    mov ax, [si + DK_PCYLS]
    cmp byte [si + DK_TRANS], 1
    jb .store
    je .lba
    cmp byte [si + DK_TRANS], 3
    jne .shift

    ; Revised ECHS: 15 heads first, so that 240 can be reached, not 256.
    cmp cx, 16
    jne .shift
    movzx eax, ax
    shl eax, 4
    xor edx, edx
    mov ecx, 15
    div ecx
    cmp eax, 0xFFFF
    jbe .shift
    mov ax, 0xFFFF
.shift:                             ; halve cylinders, double heads
    cmp ax, 1024
    jbe .store
    cmp cx, 127
    ja .store
    shr ax, 1
    shl cx, 1
    jmp .shift

.lba:
    call disk_assisted
.store:
    call disk_show

    ; The drive runs with these heads and sectors, if it takes them.
    cmp cx, 16
    ja disk_compare
    push word [si + DK_PCYLS]
    push word [si + DK_PHEADS]
    push word [si + DK_PSPT]
    cmp cx, [si + DK_PHEADS]
    jne .tell
    cmp bx, [si + DK_PSPT]
    je .told
.tell:
    mov [si + DK_PHEADS], cx
    mov [si + DK_PSPT], bx
    call disk_cylinders
    mov [si + DK_PCYLS], ax
    call ata_select
    jc .refused
    call ata_set_geometry
    jc .refused
    call ata_release
.told:
    add sp, 6
    jmp disk_compare
.refused:
    pop word [si + DK_PSPT]
    pop word [si + DK_PHEADS]
    pop word [si + DK_PCYLS]
    call ata_setup
    call ata_release
    ; fall through

; LBA assisted: 63 sectors (BX), heads by size (CX), cylinders (AX). Destroys EAX, ECX, EDX.
disk_assisted:
    call disk_total
    xor edx, edx
    mov ecx, 63 * 1024
    div ecx                         ; EAX = heads needed, rounded down
    mov ecx, 16
.heads:
    cmp eax, ecx
    jbe .enough
    add ecx, ecx
    cmp cx, 256
    jb .heads
    mov cx, 255
.enough:
    mov bx, 63
    jmp disk_cylinders

; AX cylinders, CX heads, BX sectors, as far as calls reach, are what INT 13h shows. AX, CX
; are clipped to that.
disk_show:
    cmp cx, 255                     ; 256 heads would read as 0
    jbe .fits
    mov cx, 255
.fits:
    cmp ax, 1024
    jbe .cyls
    mov ax, 1024                    ; ten bits is all CHS calls have
.cyls:
    test ax, ax
    jnz .some
    inc ax
.some:
    mov [si + DK_LCYLS], ax
    mov [si + DK_LHEADS], cx
    mov [si + DK_LSPT], bx
    ret

; What INT 13h shows and what the drive runs with: the same? Then nothing is
; translated. Destroys AX.
disk_compare:
    mov ax, [si + DK_LCYLS]
    cmp ax, [si + DK_PCYLS]
    jne .differ
    mov ax, [si + DK_LHEADS]
    cmp ax, [si + DK_PHEADS]
    jne .differ
    mov ax, [si + DK_LSPT]
    cmp ax, [si + DK_PSPT]
    jne .differ
    mov byte [si + DK_TRANS], 0
    ret
.differ:
    cmp byte [si + DK_TRANS], 0
    jne .known
    mov byte [si + DK_TRANS], 1
.known:
    ret

; AX = cylinders of CX heads and BX sectors on the disk [SI], 1 to 65535; no more
; sectors than a drive tells by CHS (ATA-5, 6.2). Destroys EDX.
disk_cylinders:
    push ecx
    movzx eax, cx
    movzx ecx, bx
    imul ecx, eax
    call disk_total
    cmp eax, 16383 * 16 * 63
    jbe .divide
    mov eax, 16383 * 16 * 63
.divide:
    xor edx, edx
    div ecx
    pop ecx
    cmp eax, 0xFFFF
    jbe .some
    mov ax, 0xFFFF
.some:
    test ax, ax
    jnz .out
    inc ax
.out:
    ret

; EAX = sectors of the disk [SI], as far as 32 bits go: geometries end long before.
disk_total:
    mov eax, 0xFFFFFFFF
    cmp word [si + DK_TOTAL_HI], 0
    jne .out
    mov eax, [si + DK_TOTAL]
.out:
    ret

; The geometry that the partition table of the disk [SI] was written with: the
; last sector of a partition ends a track and its last head ends a cylinder.
; CF = 0: CX = heads, BX = sectors, and both ends of a partition agree with their
; sector numbers. CF = 1: no table, or it cannot be told. Destroys EAX, EBX, ECX,
; EDX, DI, ES.
disk_guess:
    xor ax, ax
    mov es, ax
    mov di, SCRATCH
    xor ebx, ebx
    mov [EX_LBA_HI], bx
    mov cx, 1
    call disk_transfer
    jc .no
    xor ax, ax
    mov es, ax
    cmp word [es:SCRATCH + 510], 0xAA55
    jne .no
    mov di, SCRATCH + 0x1BE
.entry:
    cmp byte [es:di + 4], 0         ; kind: unused
    je .next
    cmp byte [es:di + 4], 0xEE      ; a GPT's placeholder
    je .next
    movzx ecx, byte [es:di + 5]     ; last head
    movzx ebx, byte [es:di + 6]
    and bl, 0x3F                    ; last sector
    jz .next
    inc cx
    cmp cx, 255
    ja .next
    mov edx, [es:di + 8]            ; first sector
    lea eax, [di + 1]
    call .agrees
    jne .next
    add edx, [es:di + 12]           ; last one
    dec edx
    lea eax, [di + 5]
    call .agrees
    mov ax, [es:di + 6]
    jne .beyond
    test ax, 0xFFC0                 ; an end on cylinder 0 fits any number of heads
    jnz .yes
    jmp .next
.beyond:                            ; it may lie beyond cylinder 1023
    or al, 0x3F
    cmp ax, 0xFFFF
    je .yes
.next:
    add di, 16
    cmp di, SCRATCH + 0x1FE
    jb .entry
.no:
    stc
    ret
.yes:
    clc
    ret

; ZF = 1: head, sector and cylinder at ES:AX are sector EDX with CX heads of BX
; sectors.
.agrees:
    push edx
    push di
    push edx
    mov di, ax
    movzx eax, byte [es:di + 2]
    mov ah, [es:di + 1]
    shr ah, 6
    mul ecx
    movzx edx, byte [es:di]
    add eax, edx
    mul ebx
    movzx edx, byte [es:di + 1]
    and dl, 0x3F
    lea eax, [eax + edx - 1]
    pop edx
    cmp eax, edx
    pop di
    pop edx
    ret

; AL rounded down to a power of two (0 stays 0).
power_of_two:
    push cx
    movzx cx, al
    jcxz .out
    bsr cx, cx
    mov al, 1
    shl al, cl
.out:
    pop cx
    ret

; Fixed disk parameter tables for INT 41h and 46h, from the first two records.
; AL = number of disks (kept). DS = EBDA.
disk_tables:
    push ax
    mov si, EX_DISKS
    mov di, EX_FDPT0
    cmp al, 1
    jb .out
    call disk_table
    call disk_to_cmos
    cmp al, 2
    jb .out
    mov si, EX_DISKS + DISK_SIZE
    mov di, EX_FDPT1
    call disk_table
    call disk_to_cmos
.out:
    pop ax
    ret

; The table at [DI] for the disk [SI]. Destroys CX.
disk_table:
    mov cx, [si + DK_LCYLS]
    mov [di], cx
    mov cl, [si + DK_LHEADS]
    mov [di + 2], cl
    mov word [di + 5], 0xFFFF       ; no write precompensation
    mov byte [di + 8], 0xC0         ; what 3F6h gets: no retries,
    cmp cl, 8
    jbe .eight
    mov byte [di + 8], 0xC8         ; more than 8 heads
.eight:
    mov cx, [si + DK_LCYLS]
    mov [di + 0x0C], cx             ; landing zone
    mov cl, [si + DK_LSPT]
    mov [di + 0x0E], cl
    cmp byte [si + DK_TRANS], 0
    je .done
    ; Translated: the table says so (A0h) and holds the drive's own geometry.
    mov byte [di + 3], 0xA0
    mov cl, [si + DK_PSPT]
    mov [di + 4], cl
    mov cx, [si + DK_PCYLS]
    mov [di + 9], cx
    mov cl, [si + DK_PHEADS]
    mov [di + 0x0B], cl
    push ax
    push di
    call sum_16
    pop di
    pop ax
.done:
    ret

; DS:DI = 15 bytes: the one behind makes their sum 0. Destroys AL, CX, DI.
sum_16:
    mov cx, 15
    xor al, al
.next:
    add al, [di]
    inc di
    loop .next
    neg al
    mov [di], al
    ret

; CMOS knows the geometry of the first channel's drives by their type. Type 47 is
; the one whose numbers are in CMOS itself: they become the drive's, as a set-up
; program would have found them. SI = record. Destroys CX, DX, DI.
disk_to_cmos:
    push ax
    push bx
    cmp word [si + DK_BASE], 0x1F0
    jne .out
    mov dx, CMOS_DISK0_TYPE << 8 | CMOS_DISK0
    cmp byte [si + DK_DEV], 0xA0
    je .drive
    mov dx, CMOS_DISK1_TYPE << 8 | CMOS_DISK1
.drive:
    mov al, dh
    call cmos_read
    cmp al, 47
    jne .out
    mov al, dl                      ; cylinders
    mov ah, [si + DK_PCYLS]
    call .put
    mov ah, [si + DK_PCYLS + 1]
    call .put
    mov ah, [si + DK_PHEADS]
    call .put
    add al, 2                       ; precompensation stays
    mov ah, 0xC0
    cmp word [si + DK_PHEADS], 8
    jbe .eight
    mov ah, 0xC8
.eight:
    call .put
    mov ah, [si + DK_PCYLS]         ; landing zone
    call .put
    mov ah, [si + DK_PCYLS + 1]
    call .put
    mov ah, [si + DK_PSPT]
    call .put

    xor bx, bx                      ; the sum of 10h to 2Dh, high byte first
    mov dl, 0x10
.sum:
    mov al, dl
    call cmos_read
    xor ah, ah
    add bx, ax
    inc dl
    cmp dl, CMOS_SUM_HI
    jb .sum
    mov al, CMOS_SUM_HI
    mov ah, bh
    call .put
    mov ah, bl
    call .put
.out:
    pop bx
    pop ax
    ret
.put:                               ; AH to byte AL of CMOS, and on to the next
    call cmos_write
    inc ax
    ret
