; Ferrite system BIOS: INT 13h for CD-ROM drives (E0h..): EDD calls with
; 2048-byte sectors, and 4Bh for whichever drive a CD was booted as.
;
; DS = EBDA, FS = BDA, as for fixed disks; SI = ATAPI record.

CD_FIRST    equ 0xE0

cd_entry:
    mov cl, dl
    sub cl, CD_FIRST
    cmp cl, [EX_ATAPI_COUNT]
    jae disk_bad
    movzx si, cl
    shl si, 5
    add si, EX_ATAPI
    cmp ah, 0x4B
    je emu_control
    movzx di, ah
    cmp ah, 0x15
    jbe .simple
    sub di, 0x41
    cmp di, 0x49 - 0x41
    ja disk_bad
    add di, di
    jmp [cs:cd_functions + di]
.simple:
    cmp ah, 0x00
    je cd_reset
    cmp ah, 0x0D
    je cd_reset
    cmp ah, 0x01
    je disk_status
    cmp ah, 0x03
    je cd_protected
    cmp ah, 0x10
    je cd_ready
    jmp disk_bad                    ; no CHS on a CD

cd_functions:
    dw cd_check                     ; 41
    dw cd_packet_read               ; 42
    dw cd_protected                 ; 43
    dw cd_packet_verify             ; 44
    dw cd_lock                      ; 45
    dw cd_eject                     ; 46
    dw cd_seek                      ; 47
    dw cd_params                    ; 48
    dw cd_changed                   ; 49

cd_reset:
    mov dx, [si + DK_BASE]
    add dx, ATA_DEVHEAD
    mov al, [si + DK_DEV]
    out dx, al
    inc dx
    mov al, CMD_ATAPI_RESET
    out dx, al
    call ata_settle
    call ata_wait_idle
    call ata_release
    mov ah, 0x05
    jc disk_fail
    jmp disk_ok

cd_protected:
    mov ah, ERR_PROTECTED
    jmp disk_fail

cd_ready:
    call atapi_ready
    jmp disk_finish

cd_check:
    cmp word [bp + FR_BX], 0x55AA
    jne disk_bad
    mov word [bp + FR_BX], 0xAA55
    mov word [bp + FR_CX], 0x0007   ; packets, locking and ejecting, EDD
    mov byte [fs:HD_STATUS], 0
    mov byte [bp + FR_AH], 0x30
    RET_CF_CLEAR
    jmp disk_leave

; 42h, 44h
cd_packet_verify:
    mov al, 0
    jmp cd_packet_move
cd_packet_read:
    mov al, 1
cd_packet_move:
    push ax
    call cd_address                 ; EBX, CX, ES:DI
    pop dx                          ; (AX: the error)
    jc edd_none
    mov al, dl
    test cx, cx
    jz disk_ok
    movzx edx, cx
    shl edx, 11
    test al, al
    jnz .take
    xor edx, edx
.take:
    mov [EX_CD_TAKE], edx
    mov word [EX_CD_SKIP], 0
    call cd_read
    jc edd_none
    jmp disk_ok

; As edd_packet, without the size of the disc: the drive knows that better.
cd_address:
    push ds
    mov ds, [bp + FR_DS]
    mov di, [bp + FR_SI]
    cmp byte [di], 0x10
    jb .bad
    mov cx, [di + 2]
    mov ebx, [di + 8]
    cmp dword [di + 12], 0
    jne .bad
    les di, [di + 4]
    pop ds
    clc
    ret
.bad:
    pop ds
    mov ah, ERR_PARAM
    stc
    ret

; 45h: AL = 0 lock, 1 unlock, 2 status (not locked: nobody counts them here).
cd_lock:
    mov cl, [bp + FR_AL]
    cmp cl, 2
    ja disk_bad
    mov byte [bp + FR_AL], 0
    je disk_ok
    xor cl, 1
    mov al, PKT_LOCK
    call atapi_packet
    mov [EX_PACKET + 4], cl
    call atapi_run
    jmp disk_finish

; 46h
cd_eject:
    mov al, PKT_START_STOP
    call atapi_packet
    mov byte [EX_PACKET + 4], 0x02
    call atapi_run
    jmp disk_finish

; 47h
cd_seek:
    call cd_address
    jc disk_fail
    mov al, PKT_SEEK
    call atapi_packet
    mov eax, ebx
    mov di, 2
    call atapi_put32
    call atapi_run
    jmp disk_finish

; 48h
cd_params:
    call cd_capacity                ; EAX = blocks
    mov ecx, eax
    mov es, [bp + FR_DS]
    mov di, [bp + FR_SI]
    mov ax, 0x1A
    cmp [es:di], ax
    jb disk_bad
    mov [es:di], ax
    mov word [es:di + 2], 0x0074    ; removable, change line, lockable, no CHS
    xor eax, eax
    mov [es:di + 4], eax
    mov [es:di + 8], eax
    mov [es:di + 12], eax
    mov [es:di + 16], ecx
    mov [es:di + 20], eax
    mov word [es:di + 24], 2048
    jmp disk_ok

; EAX = number of blocks on the disc, FFFFFFFFh when it cannot be told.
cd_capacity:
    call atapi_ready
    mov eax, 0xFFFFFFFF
    jc .out
    mov al, PKT_CAPACITY
    call atapi_packet
    mov dword [EX_CD_TAKE], 8
    push ds
    pop es
    mov di, EX_SENSE
    call atapi_run
    mov eax, 0xFFFFFFFF
    jc .out
    mov eax, [EX_SENSE]             ; the last block, high byte first
    xchg al, ah
    rol eax, 16
    xchg al, ah
    inc eax
.out:
    ret

; 49h: AH = 06h when the disc was changed.
cd_changed:
    mov al, PKT_TEST_READY
    call atapi_packet
    call atapi_run
    jmp disk_finish
