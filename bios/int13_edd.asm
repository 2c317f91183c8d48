; Ferrite system BIOS: INT 13h extensions (EDD 3.0): sectors by number.
; See the T13 document "BIOS Enhanced Disk Drive Services".

; AH=41h: BX = 55AAh in.
edd_check:
    cmp word [bp + FR_BX], 0x55AA
    jne disk_bad
    mov word [bp + FR_BX], 0xAA55
    mov word [bp + FR_CX], 0x0005   ; packet calls, EDD information
    mov byte [fs:HD_STATUS], 0
    mov byte [bp + FR_AH], 0x30     ; version 3.0
    RET_CF_CLEAR
    jmp disk_leave

; Address packet at the caller's DS:SI:
;   +0 size  +2 count  +4 buffer offset, segment  +8 first sector (8 bytes)
; EX_LBA_HI:EBX = sector, CX = count, ES:DI = buffer. CF = 1: AH = error.
edd_packet:
    push ds
    mov ds, [bp + FR_DS]
    mov di, [bp + FR_SI]
    cmp byte [di], 0x10
    jb .bad
    mov cx, [di + 2]
    mov ebx, [di + 8]
    cmp word [di + 14], 0           ; 48 bits are what a drive can take
    jne .bad
    mov dx, [di + 12]
    les di, [di + 4]
    cmp di, 0xFFFF                  ; FFFF:FFFF means a 64-bit flat address,
    jne .address                    ; which real mode cannot reach
    mov ax, es
    cmp ax, 0xFFFF
    je .bad
.address:
    pop ds
    mov [EX_LBA_HI], dx
    test cx, cx
    jz .done
    call disk_check_end
    jc .bad_end
.done:
    ret
.bad:
    pop ds
.bad_end:
    mov ah, ERR_PARAM
    stc
    ret

; AH=42h, 43h, 44h
edd_read:
    mov al, 0
    jmp edd_move
edd_write:
    cmp byte [bp + FR_AL], 2        ; AL: 0, 1 plain, 2 with verify
    ja disk_bad
    mov al, 1
    jmp edd_move
edd_verify:
    mov al, 2
edd_move:
    push ax
    call edd_packet
    pop dx
    jc edd_none
    mov al, dl
    push ebx
    push word [EX_LBA_HI]
    push cx
    call disk_transfer
    jc .failed
    pop cx
    pop word [EX_LBA_HI]
    pop ebx
    cmp byte [bp + FR_AH], 0x43
    jne .done
    cmp byte [bp + FR_AL], 2
    jne .done
    mov al, 2
    call disk_transfer
    jc .failed
.done:
    jmp disk_ok
.failed:                            ; CX = sectors that did arrive
    push ds
    mov ds, [bp + FR_DS]
    mov di, [bp + FR_SI]
    mov [di + 2], cx
    pop ds
    jmp disk_fail
edd_none:                           ; refused: nothing was moved
    push ds
    mov ds, [bp + FR_DS]
    mov di, [bp + FR_SI]
    mov word [di + 2], 0
    pop ds
    jmp disk_fail

; AH=47h
edd_seek:
    call edd_packet
    jc disk_fail
    mov cx, 1
    call disk_check_end
    jc disk_bad
    test byte [si + DK_FLAGS], DKF_USB
    jnz disk_ok
    mov al, CMD_SEEK
    cmp word [EX_LBA_HI], 0
    jne .far
    cmp ebx, 0x0FFFFFFF
    jb .go
.far:                               ; SEEK knows 28 bits; reading in place goes there too
    mov al, CMD_VERIFY
.go:
    call ata_simple
    jmp disk_finish

; AH=48h: parameters into the caller's DS:SI, as much as the size there allows:
; 1Ah bytes (version 1), 1Eh (2: pointer to the device table), 42h (3: path).
edd_params:
    test byte [si + DK_FLAGS], DKF_USB
    jnz .no_table
    call edd_table
.no_table:
    mov es, [bp + FR_DS]
    mov di, [bp + FR_SI]
    mov cx, [es:di]
    cmp cx, 0x1A
    jb disk_bad

    mov word [es:di + 2], 0x0002    ; CHS fields valid
    mov eax, [si + DK_TOTAL]
    mov [es:di + 0x10], eax
    movzx eax, word [si + DK_TOTAL_HI]
    mov [es:di + 0x14], eax
    movzx eax, word [si + DK_PCYLS]
    mov [es:di + 4], eax
    movzx eax, word [si + DK_PHEADS]
    mov [es:di + 8], eax
    movzx eax, word [si + DK_PSPT]
    mov [es:di + 12], eax
    mov word [es:di + 0x18], 512
    mov ax, 0x1A
    cmp cx, 0x1E
    jb .size
    mov dword [es:di + 0x1A], -1    ; a stick has no ports for that table
    test byte [si + DK_FLAGS], DKF_USB
    jnz .pointed
    mov word [es:di + 0x1A], EX_DPTE
    mov [es:di + 0x1C], ds
.pointed:
    mov ax, 0x1E
    cmp cx, 0x42
    jb .size

    mov word [es:di + 0x1E], 0xBEDD ; device path follows
    mov byte [es:di + 0x20], 0x24   ; its length
    mov byte [es:di + 0x21], 0
    mov word [es:di + 0x22], 0
    mov dword [es:di + 0x2C], '    '
    mov dword [es:di + 0x34], 0
    mov dword [es:di + 0x3C], 0
    test byte [si + DK_FLAGS], DKF_USB
    jnz .stick
    mov dword [es:di + 0x24], 'ISA '
    mov dword [es:di + 0x28], 'ATA '
    movzx eax, word [si + DK_BASE]
    mov [es:di + 0x30], eax
    movzx eax, byte [si + DK_DEV]
    shr eax, 4
    and eax, 1
    jmp .path
.stick:
    mov dword [es:di + 0x24], 'PCI '
    mov dword [es:di + 0x28], 'USB '
    movzx eax, byte [EX_USB_FUNC]   ; bus 0, slot, function; no channel
    mov ah, al
    and ah, 7
    shr al, 3
    shl eax, 8
    or eax, 0xFF000000
    mov [es:di + 0x30], eax
    movzx eax, byte [si + DK_UADDR]
.path:
    mov [es:di + 0x38], eax
    mov word [es:di + 0x40], 0
    push di
    add di, 0x1E                    ; path bytes add up to zero
    mov cx, 0x23
    xor al, al
.sum:
    add al, [es:di]
    inc di
    loop .sum
    neg al
    mov [es:di], al
    pop di
    mov ax, 0x42
.size:
    mov [es:di], ax
    jmp disk_ok

; Build the device parameter table extension for the drive at EX_DPTE.
edd_table:
    mov di, EX_DPTE
    mov ax, [si + DK_BASE]
    mov [di], ax
    mov ax, [si + DK_CTL]
    mov [di + 2], ax
    mov al, [si + DK_DEV]
    test byte [si + DK_FLAGS], DKF_LBA
    jz .no_lba
    or al, 0x40
.no_lba:
    mov [di + 4], al
    mov byte [di + 5], 0xCB         ; as vendors give it
    mov al, [si + DK_IRQ]
    mov [di + 6], al
    mov al, [si + DK_MULTI]
    mov [di + 7], al                ; sectors a block
    mov byte [di + 8], 0            ; no DMA
    mov byte [di + 9], 0            ; PIO type 0
    xor ax, ax
    cmp byte [si + DK_MULTI], 2
    jb .no_multi
    or al, 0x04                     ; block PIO
.no_multi:
    cmp byte [si + DK_TRANS], 0
    je .no_trans
    or al, 0x08                     ; CHS translation
.no_trans:
    test byte [si + DK_FLAGS], DKF_LBA
    jz .flags
    or al, 0x10
.flags:
    mov cl, [si + DK_TRANS]         ; bits 10-9: kind of translation
    cmp cl, 1
    jb .kind
    je .lba
    mov cl, 0                       ; by shifting
    jmp .kind
.lba:
    mov cl, 1
.kind:
    shl cl, 1
    or ah, cl
    mov [di + 10], ax
    mov word [di + 12], 0
    mov byte [di + 14], 0x11        ; version of this table
    jmp sum_16
