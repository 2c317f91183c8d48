; Ferrite system BIOS: INT 13h for fixed disks (80h..83h).
;
; Handlers run with DS = EBDA, SI = disk record, FS = BDA; the caller's DS and
; FS are saved below the frame.

disk_entry:
    sti
    ENTER_INT
    push fs
    mov si, BDA_SEG
    mov fs, si
    mov si, [fs:EBDA_PTR]
    mov ds, si

    cmp dl, CD_FIRST
    jae cd_entry
    cmp dl, EMU_ALL
    je emu_control
    mov cl, dl
    and cl, 0x7F
    cmp byte [EX_EMU_ON], 0
    je .real
    cmp byte [EMU_DRIVE], 0x80      ; a CD stands before the disks
    jne .real
    sub cl, 1
    jc emu_entry
.real:
    cmp cl, [fs:HD_COUNT]
    jae disk_no_drive
    movzx si, cl
    shl si, 5
    add si, EX_DISKS

    movzx di, ah
    cmp ah, 0x15
    ja .extended
    add di, di
    test byte [si + DK_FLAGS], DKF_USB
    jnz .stick
    jmp [cs:disk_functions + di]
.stick:
    jmp [cs:usb_functions + di]
.extended:
    sub di, 0x41
    cmp di, 0x48 - 0x41
    ja disk_bad
    add di, di
    jmp [cs:disk_edd_functions + di]

disk_functions:
    dw disk_reset                   ; 00
    dw disk_status                  ; 01
    dw disk_read                    ; 02
    dw disk_write                   ; 03
    dw disk_verify                  ; 04
    dw disk_format                  ; 05
    dw disk_bad                     ; 06
    dw disk_bad                     ; 07
    dw disk_params                  ; 08
    dw disk_init_pair               ; 09
    dw disk_bad                     ; 0A read long: gone since ATA-4
    dw disk_bad                     ; 0B write long
    dw disk_seek                    ; 0C
    dw disk_reset                   ; 0D
    dw disk_bad                     ; 0E
    dw disk_bad                     ; 0F
    dw disk_ready                   ; 10
    dw disk_recalibrate             ; 11
    dw disk_bad                     ; 12
    dw disk_bad                     ; 13
    dw disk_diagnose                ; 14
    dw disk_type                    ; 15

; The same for a stick, where they are others.
usb_functions:
    dw usb_disk_reset               ; 00
    dw disk_status                  ; 01
    dw disk_read                    ; 02
    dw disk_write                   ; 03
    dw disk_verify                  ; 04
    dw disk_format                  ; 05
    dw disk_bad                     ; 06
    dw disk_bad                     ; 07
    dw disk_params                  ; 08
    dw disk_ok                      ; 09 it has no geometry to be told
    dw disk_bad                     ; 0A
    dw disk_bad                     ; 0B
    dw usb_seek                     ; 0C
    dw usb_disk_reset               ; 0D
    dw disk_bad                     ; 0E
    dw disk_bad                     ; 0F
    dw usb_ready                    ; 10
    dw disk_ok                      ; 11
    dw disk_bad                     ; 12
    dw disk_bad                     ; 13
    dw usb_ready                    ; 14
    dw disk_type                    ; 15

disk_edd_functions:
    dw edd_check                    ; 41
    dw edd_read                     ; 42
    dw edd_write                    ; 43
    dw edd_verify                   ; 44
    dw disk_bad                     ; 45 lock: not removable
    dw disk_bad                     ; 46 eject
    dw edd_seek                     ; 47
    dw edd_params                   ; 48

; Finish. AH = code; CF and the stored status follow it.
disk_no_drive:
    cmp ah, 0x08                    ; these two have results for absent drives
    je disk_params_none
    cmp ah, 0x15
    je disk_type_none
disk_bad:
    mov ah, ERR_PARAM
disk_fail:
    mov [fs:HD_STATUS], ah
    mov [bp + FR_AH], ah
    RET_CF_SET
    jmp disk_leave
disk_ok:
    mov byte [fs:HD_STATUS], 0
    mov byte [bp + FR_AH], 0
    RET_CF_CLEAR
disk_leave:
    lea sp, [bp - 2]
    pop fs
    LEAVE_INT
; By the carry flag.
disk_finish:
    jc disk_fail
    jmp disk_ok

; AH=01h
disk_status:
    xor ah, ah
    xchg ah, [fs:HD_STATUS]
    mov [bp + FR_AH], ah
    RET_CF_CLEAR
    test ah, ah
    jz disk_leave
    RET_CF_SET
    jmp disk_leave

; AH=00h, 0Dh. The diskettes are reset too with 00h and a drive of 80h and up.
disk_reset:
    call disk_reset_floppies
    call ata_soft_reset
    jc disk_reset_failed
    call ata_setup
    pushf
    push ax
    call disk_setup_mate
    pop ax
    popf
    call ata_release
    jmp disk_finish
disk_reset_failed:
    mov ah, 0x05
    jmp disk_fail

disk_reset_floppies:
    cmp byte [bp + FR_AH], 0
    jne .out
    push ds
    push si
    push dx
    xor ax, ax
    xor dl, dl
    int 0x40
    pop dx
    pop si
    pop ds
.out:
    ret

; ata_transfer or usb_transfer, as the disk [SI] is.
disk_transfer:
    test byte [si + DK_FLAGS], DKF_USB
    jz ata_transfer
    jmp usb_transfer

; The reset line is common to both drives of a channel: set up the other disk
; on it as well.
disk_setup_mate:
    push si
    mov bx, [si + DK_BASE]
    mov al, [si + DK_DEV]
    mov di, EX_DISKS
    movzx cx, byte [fs:HD_COUNT]
.next:
    cmp [di + DK_BASE], bx
    jne .other
    cmp [di + DK_DEV], al
    je .other
    mov si, di
    push cx
    call ata_select
    jc .done
    call ata_setup
.done:
    pop cx
    jmp .out
.other:
    add di, DISK_SIZE
    loop .next
.out:
    pop si
    ret

; The caller's CX and DH as a sector number: EX_LBA_HI:EBX. CF = 1: outside the disk.
; CL bits 7-6 are cylinder bits 9-8.
disk_address:
    mov ax, [bp + FR_CX]
    mov cl, al
    xchg al, ah
    shr ah, 6                       ; AX = cylinder
    cmp ax, [si + DK_LCYLS]
    jae .bad
    movzx eax, ax
    movzx ebx, word [si + DK_LHEADS]
    movzx edx, byte [bp + FR_DH]
    cmp dx, bx
    jae .bad
    push edx
    mul ebx
    pop edx
    add eax, edx
    movzx ebx, word [si + DK_LSPT]
    and ecx, 0x3F
    jz .bad
    cmp cx, bx
    ja .bad
    mul ebx
    lea ebx, [eax + ecx - 1]
    mov word [EX_LBA_HI], 0
    mov cx, 1
    call disk_check_end
    jc .bad
    ret
.bad:
    mov ah, ERR_PARAM
    stc
    ret

; AH=02h, 03h, 04h. As on an AT, whose controller's buffer had to lie in 64 KB, data is at most
; 128 sectors; more of it is that BIOS's DMA boundary error. Verifying needs no buffer.
disk_read:
    mov al, 0
    jmp disk_move
disk_write:
    mov al, 1
    jmp disk_move
disk_verify:
    mov al, 2
disk_move:
    mov ah, 0                       ; sectors done
    xchg ah, [bp + FR_AL]           ; sectors wanted
    push ax
    call disk_address
    pop dx                          ; DL = kind
    jc disk_fail
    movzx cx, dh
    test cx, cx
    jz disk_bad
    cmp dl, 2
    je .long
    mov ah, ERR_DMA_64K
    cmp cx, 128
    ja disk_fail
.long:
    call disk_check_end
    jc disk_bad
    mov es, [bp + FR_ES]
    mov di, [bp + FR_BX]
    mov al, dl
    call disk_transfer
    mov [bp + FR_AL], cl
    jmp disk_finish

; CF = 1: CX sectors from EX_LBA_HI:EBX on go past the last one.
disk_check_end:
    push eax
    push edx
    push ecx
    movzx eax, cx
    movzx edx, word [EX_LBA_HI]
    add eax, ebx
    adc edx, 0
    movzx ecx, word [si + DK_TOTAL_HI]
    cmp [si + DK_TOTAL], eax
    sbb ecx, edx                    ; CF = 1: total < end
    pop ecx
    pop edx
    pop eax
    ret

; AH=05h: the sectors of an IDE disk are laid out by its maker; formatting a
; track that exists is a check that it can be reached.
disk_format:
    mov byte [bp + FR_CL], 1
    call disk_address
    jc disk_fail
    mov cl, [si + DK_LSPT]
    xor ch, ch
    mov al, 2
    call disk_transfer
    jmp disk_finish

; AH=08h
disk_params:
    mov ax, [si + DK_LCYLS]
    dec ax
    xchg al, ah                     ; CH = low 8 bits, CL bits 7-6 the others
    shl al, 6
    or al, [si + DK_LSPT]
    mov [bp + FR_CX], ax
    mov al, [si + DK_LHEADS]
    dec al
    mov [bp + FR_DH], al
    mov al, [fs:HD_COUNT]
    mov [bp + FR_DL], al
    mov byte [bp + FR_AL], 0
    jmp disk_ok
disk_params_none:
    mov word [bp + FR_CX], 0
    mov al, [fs:HD_COUNT]
    xor ah, ah
    mov [bp + FR_DX], ax
    mov ah, 0x07                    ; parameters not available
    jmp disk_fail

; AH=09h: set the drive up by the table at INT 41h or 46h, which a program may have
; changed or put its own in place of. As on an AT, INT 13h and the drive follow it.
disk_init_pair:
    push dword [si + DK_PCYLS]      ; in case it cannot be
    push dword [si + DK_PSPT]
    push dword [si + DK_LHEADS]
    call disk_from_table
    mov ah, 0x07                    ; these parameters will not do
    jc .back
    call ata_select
    jc .back
    call ata_set_geometry
    jnc .taken
    cmp ah, ERR_TIMEOUT
    je .back
    mov ah, 0x07
    test byte [si + DK_FLAGS], DKF_LBA
    jz .back
    mov ecx, [bp - 6]                ; refused, but nothing new, and sectors have
    cmp ecx, [si + DK_PCYLS]        ; numbers: no matter
    jne .back
    mov ecx, [bp - 10]
    cmp ecx, [si + DK_PSPT]
    je .taken
.back:
    pop dword [si + DK_LHEADS]
    pop dword [si + DK_PSPT]
    pop dword [si + DK_PCYLS]
    push ax
    call ata_setup
    call ata_release
    pop ax
    jmp disk_fail
.taken:
    call ata_setup
    call ata_release
    call disk_compare
    jmp disk_ok

; The geometry of the table that the vector of the disk [SI] points at, into its
; record. CF = 1: it makes no sense, nothing changed. Destroys AX, BX, CX, DX, DI, ES.
disk_from_table:
    mov di, 0x41 * 4
    cmp si, EX_DISKS
    je .vector
    mov di, 0x46 * 4
    cmp si, EX_DISKS + DISK_SIZE
    jne .keep                       ; the others have none
.vector:
    xor ax, ax
    mov es, ax
    les di, [es:di]
    mov ax, [es:di]                 ; AX, CL, BL: as INT 13h is to show it
    mov cl, [es:di + 2]
    mov bl, [es:di + 14]
    mov dx, ax                      ; DX, CH, BH: as the drive is to run
    mov ch, cl
    mov bh, bl
    push ax
    mov al, [es:di + 3]
    and al, 0xF0
    cmp al, 0xA0
    pop ax
    jne .plain
    mov dx, [es:di + 9]
    mov ch, [es:di + 11]
    mov bh, [es:di + 4]
.plain:
    test ax, ax
    jz .bad
    test dx, dx
    jz .bad
    test cl, cl
    jz .bad
    test bh, bh
    jz .bad
    dec bl                          ; 1 to 63 sectors
    cmp bl, 63
    jae .bad
    inc bl
    dec ch                          ; 1 to 16 heads
    cmp ch, 16
    jae .bad
    inc ch
    mov [si + DK_PCYLS], dx
    mov [si + DK_PHEADS], ch
    mov [si + DK_PSPT], bh
    cmp ax, 1024
    jbe .cylinders
    mov ax, 1024
.cylinders:
    mov [si + DK_LCYLS], ax
    mov [si + DK_LHEADS], cl
    mov [si + DK_LSPT], bl
.keep:
    clc
    ret
.bad:
    stc
    ret

; AH=0Ch
disk_seek:
    call disk_address
    jc disk_fail
    mov al, CMD_SEEK
    mov cx, 1
    call ata_simple
    jmp disk_finish

; AH=10h
disk_ready:
    call ata_select
    jc disk_fail
    mov dx, [si + DK_BASE]
    add dx, ATA_STATUS
    in al, dx
    call ata_release
    mov ah, ERR_NOT_READY
    test al, ST_DRDY
    jz disk_fail
    jmp disk_ok

; AH=11h. Drives since ATA-4 may know no recalibration and abort it; a seek to
; the first cylinder is what it meant.
disk_recalibrate:
    xor ebx, ebx
    mov [EX_LBA_HI], bx
    mov cx, 1
    mov al, CMD_RECALIBRATE
    call ata_simple
    jnc disk_ok
    cmp ah, ERR_PARAM
    jne disk_fail
    mov al, CMD_SEEK
    call ata_simple
    jmp disk_finish

; AH=14h: the drives' own diagnosis.
disk_diagnose:
    call ata_select
    jc disk_fail
    mov dx, [si + DK_BASE]
    add dx, ATA_COMMAND
    mov al, CMD_DIAGNOSE
    out dx, al
    call ata_settle
    call ata_wait_idle
    mov ah, ERR_TIMEOUT
    jc disk_fail
    mov dx, [si + DK_BASE]
    add dx, ATA_ERROR
    in al, dx
    mov ah, ERR_CONTROLLER
    cmp al, 0x01                    ; both passed, or the only one did
    jne disk_fail
    call ata_setup
    call disk_setup_mate
    call ata_release
    jmp disk_ok

; AH=15h: 3 = fixed disk, CX:DX sectors.
disk_type:
    movzx eax, word [si + DK_LCYLS]
    movzx ecx, word [si + DK_LHEADS]
    mul ecx
    movzx ecx, word [si + DK_LSPT]
    mul ecx
    mov [bp + FR_DX], ax
    shr eax, 16
    mov [bp + FR_CX], ax
    mov byte [fs:HD_STATUS], 0
    mov byte [bp + FR_AH], 3
    RET_CF_CLEAR
    jmp disk_leave
disk_type_none:
    mov byte [bp + FR_AH], 0        ; no such drive
    RET_CF_CLEAR
    jmp disk_leave
