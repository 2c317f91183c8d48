; Ferrite system BIOS: El Torito: booting from CD, and CDs that stand in for a
; diskette or a disk. "El Torito" Bootable CD-ROM Format Specification 1.0.

; Read the boot catalog of the first CD drive with a disc, load its default
; entry. DS = EBDA. CF = 0: AX = segment to start at (0 for 0:7C00), DL = drive.
; CF = 1: SI = why not.
eltorito_load:
    mov byte [EX_EMU_ON], 0
    mov si, EX_ATAPI
    movzx cx, byte [EX_ATAPI_COUNT]
.drive:
    push cx
    call atapi_ready
    pop cx
    jnc .disc
    add si, DISK_SIZE
    loop .drive
    mov si, why_cd_empty
    stc
    ret
.disc:
    mov ebx, 17                     ; the boot record volume descriptor
    call .block
    jc .unreadable
    cmp dword [es:BOOT_ADDR + 1], 'CD00'
    jne .no_boot
    cmp dword [es:BOOT_ADDR + 7], 'EL T'
    jne .no_boot
    cmp dword [es:BOOT_ADDR + 11], 'ORIT'
    jne .no_boot
    mov ebx, [es:BOOT_ADDR + 0x47]
    call .block                     ; the catalog
    jc .unreadable
    cmp byte [es:BOOT_ADDR], 1      ; validation entry
    jne .no_boot
    cmp word [es:BOOT_ADDR + 30], 0xAA55
    jne .no_boot
    cmp byte [es:BOOT_ADDR + 32], 0x88 ; default entry: bootable
    jne .no_boot

    mov byte [EMU_SIZE], 0x13
    mov al, [es:BOOT_ADDR + 33]
    and al, 0x0F
    cmp al, 4
    ja .no_boot
    mov [EMU_MEDIA], al
    mov ax, si                      ; which CD
    sub ax, EX_ATAPI
    shr ax, 5
    mov dl, CD_FIRST
    add dl, al
    cmp byte [EMU_MEDIA], 0
    je .drive_set
    mov dl, 0x00
    cmp byte [EMU_MEDIA], 4
    jb .drive_set
    mov dl, 0x80
.drive_set:
    mov [EMU_DRIVE], dl
    mov al, 0
    cmp word [si + DK_BASE], 0x1F0
    je .channel
    inc al
.channel:
    mov [EMU_INDEX], al
    mov al, [si + DK_DEV]
    shr al, 4
    and ax, 1
    mov [EMU_SPEC], ax
    mov eax, [es:BOOT_ADDR + 40]
    mov [EMU_LBA], eax
    mov word [EMU_BUFFER], 0
    mov ax, [es:BOOT_ADDR + 34]
    mov [EMU_LOADSEG], ax
    mov ax, [es:BOOT_ADDR + 38]
    mov [EMU_COUNT], ax
    mov [EX_EMU_REC], si

    ; Load it: EMU_COUNT sectors of 512 bytes to the load segment.
    mov ax, [EMU_LOADSEG]
    test ax, ax
    jnz .segment
    mov ax, BOOT_ADDR / 16
.segment:
    mov es, ax
    xor di, di
    movzx eax, word [EMU_COUNT]
    test ax, ax
    jnz .counted
    inc ax
.counted:
    shl eax, 9
    mov [EX_CD_TAKE], eax
    mov word [EX_CD_SKIP], 0
    add eax, 2047
    shr eax, 11
    mov cx, ax
    mov ebx, [EMU_LBA]
    call cd_read
    jc .unreadable
    call emu_geometry
    jc .no_boot
    cmp byte [EMU_MEDIA], 0
    setne [EX_EMU_ON]
    mov dl, [EMU_DRIVE]
    mov ax, [EMU_LOADSEG]
    cmp ax, BOOT_ADDR / 16          ; 07C0:0000 is 0000:7C00 to most
    jne .out
    xor ax, ax
.out:
    clc
    ret
.unreadable:
    mov si, why_cd_read
    stc
    ret
.no_boot:
    mov si, why_cd_data
    stc
    ret

; Read block EBX to 0:7C00. ES = 0.
.block:
    xor ax, ax
    mov es, ax
    mov di, BOOT_ADDR
    mov dword [EX_CD_TAKE], 2048
    mov word [EX_CD_SKIP], 0
    mov cx, 1
    call cd_read
    mov ax, 0
    mov es, ax
    ret

; The geometry of the disk that is stood in for. A disk image tells it by its
; only partition. CF = 1: it does not.
emu_geometry:
    mov word [EX_EMU_CYLS], 80
    mov word [EX_EMU_HEADS], 2
    movzx bx, byte [EMU_MEDIA]
    cmp bl, 4
    je .disk
    mov al, [cs:.sectors + bx]
    xor ah, ah
    mov [EX_EMU_SPT], ax
    jmp .chs
.sectors: db 1, 15, 18, 36
.disk:
    mov ax, [EMU_LOADSEG]
    test ax, ax
    jnz .segment
    mov ax, BOOT_ADDR / 16
.segment:
    mov es, ax
    cmp word [es:510], 0xAA55
    jne .bad
    movzx ax, byte [es:0x1BE + 5]
    inc ax
    mov [EX_EMU_HEADS], ax
    mov al, [es:0x1BE + 6]
    mov ah, al
    shr ah, 6
    mov bl, al
    mov al, [es:0x1BE + 7]
    inc ax
    mov [EX_EMU_CYLS], ax
    and bx, 0x3F
    jz .bad
    mov [EX_EMU_SPT], bx
.chs:
    mov ax, [EX_EMU_CYLS]
    dec ax
    mov [EMU_CHS], al
    shl ah, 6
    or ah, [EX_EMU_SPT]
    mov [EMU_CHS + 1], ah
    mov al, [EX_EMU_HEADS]
    dec al
    mov [EMU_CHS + 2], al
    clc
    ret
.bad:
    stc
    ret

; ------------------------------------------- INT 13h for the stand-in
; Entered like disk_entry: frame at BP, FS saved below it, DS = EBDA, FS = BDA.
emu_entry:
    mov si, [EX_EMU_REC]
    mov ah, [bp + FR_AH]
    cmp ah, 0x4B
    je emu_control
    cmp ah, 0x00
    je disk_ok
    cmp ah, 0x01
    je disk_status
    cmp ah, 0x02
    je emu_read
    cmp ah, 0x03
    je cd_protected
    cmp ah, 0x04
    je emu_verify
    cmp ah, 0x05
    je cd_protected
    cmp ah, 0x08
    je emu_params
    cmp ah, 0x0D
    je disk_ok
    cmp ah, 0x10
    je cd_ready
    cmp ah, 0x11
    je disk_ok
    cmp ah, 0x15
    je emu_type
    cmp ah, 0x16
    je disk_ok                      ; the disc was not changed
    jmp disk_bad

emu_verify:
    mov dl, 0
    jmp emu_move
emu_read:
    mov dl, 1
emu_move:
    movzx ecx, byte [bp + FR_AL]
    test cx, cx
    jz disk_bad
    cmp cx, 128
    ja disk_bad
    shl ecx, 9
    test dl, dl
    jnz .take
    xor ecx, ecx
.take:
    mov [EX_CD_TAKE], ecx

    ; Cylinder, head, sector to a number of 512-byte sectors: EAX.
    mov ax, [bp + FR_CX]
    mov cl, al
    xchg al, ah
    shr ah, 6
    cmp ax, [EX_EMU_CYLS]
    jae disk_bad
    movzx eax, ax
    movzx ebx, word [EX_EMU_HEADS]
    movzx edx, byte [bp + FR_DH]
    cmp dx, bx
    jae disk_bad
    push edx
    mul ebx
    pop edx
    add eax, edx
    movzx ebx, word [EX_EMU_SPT]
    and ecx, 0x3F
    jz disk_bad
    cmp cx, bx
    ja disk_bad
    mul ebx
    lea eax, [eax + ecx - 1]

    mov ebx, eax
    and ax, 3
    shl ax, 9
    mov [EX_CD_SKIP], ax
    movzx cx, byte [bp + FR_AL]     ; blocks that the sectors touch
    mov ax, bx
    and ax, 3
    add cx, ax
    add cx, 3
    shr cx, 2
    shr ebx, 2
    add ebx, [EMU_LBA]
    mov es, [bp + FR_ES]
    mov di, [bp + FR_BX]
    call cd_read
    jnc disk_ok
    mov byte [bp + FR_AL], 0
    jmp disk_fail

; 08h
emu_params:
    mov al, [EMU_CHS]
    mov [bp + FR_CH], al
    mov al, [EMU_CHS + 1]
    mov [bp + FR_CL], al
    mov al, [EMU_CHS + 2]
    mov [bp + FR_DH], al
    cmp byte [EMU_DRIVE], 0
    jne .disk
    mov ax, [fs:EQUIP]              ; the real drives, and this one, two at most
    mov dl, 1
    test al, 1
    jz .drives
    mov dl, 2
.drives:
    mov [bp + FR_DL], dl
    mov al, [EMU_MEDIA]
    mov bx, 2                       ; drive type and parameter table
    cmp al, 2
    jb .type
    mov bx, 4
    je .type
    mov bx, 5
.type:
    mov [bp + FR_BX], bx
    mov ax, bx
    call fd_table_ptr
    mov byte [bp + FR_AL], 0
    jmp disk_ok
.disk:
    mov al, [fs:HD_COUNT]
    inc al
    mov [bp + FR_DL], al
    mov byte [bp + FR_AL], 0
    jmp disk_ok

; 15h
emu_type:
    mov ah, 1                       ; a diskette without change line
    cmp byte [EMU_DRIVE], 0
    je .set
    movzx eax, word [EX_EMU_CYLS]
    movzx ecx, word [EX_EMU_HEADS]
    mul ecx
    movzx ecx, word [EX_EMU_SPT]
    mul ecx
    mov [bp + FR_DX], ax
    shr eax, 16
    mov [bp + FR_CX], ax
    mov ah, 3
.set:
    mov [bp + FR_AH], ah
    mov byte [fs:HD_STATUS], 0
    RET_CF_CLEAR
    jmp disk_leave

; 4Bh: AL = 0 end the stand-in, 1 only tell about it: the specification packet
; to the caller's DS:SI. There is one at most, so drive 7Fh ("all") means it, too.
emu_control:
    mov al, [bp + FR_AL]
    cmp al, 1
    ja disk_bad
    cmp byte [EMU_SIZE], 0          ; not booted from CD
    je disk_bad
    mov es, [bp + FR_DS]
    mov di, [bp + FR_SI]
    mov si, EX_EMU
    mov cx, 19
    rep movsb
    test al, al
    jnz disk_ok
    mov byte [EX_EMU_ON], 0
    jmp disk_ok
