; Ferrite system BIOS: ATAPI devices: the PACKET command by programmed I/O.
; ATA/ATAPI-5 chapter 9.8, SCSI multimedia commands.
;
; DS = EBDA, SI = device record (EX_ATAPI), the packet at EX_PACKET. Of the data
; that comes back, EX_CD_SKIP bytes are dropped, EX_CD_TAKE stored at ES:DI, the
; rest is dropped: a 512-byte sector comes out of a 2048-byte block without a
; buffer of our own.

CMD_PACKET      equ 0xA0
CMD_ATAPI_RESET equ 0x08

PKT_TEST_READY  equ 0x00
PKT_SENSE       equ 0x03
PKT_START_STOP  equ 0x1B
PKT_LOCK        equ 0x1E
PKT_CAPACITY    equ 0x25
PKT_READ        equ 0x28
PKT_SEEK        equ 0x2B

SENSE_NOT_READY equ 0x2
SENSE_ATTENTION equ 0x6

; Make an empty packet of command AL.
atapi_packet:
    push ax
    push di
    xor ax, ax
    mov di, 10
.clear:
    mov [EX_PACKET + di], ax
    sub di, 2
    jnc .clear
    pop di
    pop ax
    mov [EX_PACKET], al
    mov word [EX_CD_SKIP], 0
    mov dword [EX_CD_TAKE], 0
    ret

; Put EAX into the packet at DI, high byte first. Destroys EAX.
atapi_put32:
    xchg al, ah
    ror eax, 16
    xchg al, ah
    mov [EX_PACKET + di], eax
    ret

; Run the packet. CF = 1: AH = INT 13h error, AL = sense key (FFh: the device
; itself failed). DI, ES move with the data. Destroys EAX, CX, DX.
atapi_run:
    push bx
    mov dx, [si + DK_CTL]
    mov al, CTL_HEADS | CTL_NIEN
    out dx, al
    call ata_wait_idle
    jc .dead
    mov dx, [si + DK_BASE]
    add dx, ATA_DEVHEAD
    mov al, [si + DK_DEV]
    out dx, al
    call ata_settle
    call ata_wait_idle
    jc .dead
    test al, ST_DRQ
    jz .free
    mov al, CMD_ATAPI_RESET         ; a broken transfer: this ends it
    out dx, al
    call ata_settle
    call ata_wait_idle
    jc .dead
.free:
    mov dx, [si + DK_BASE]
    inc dx                          ; features: programmed I/O
    xor al, al
    out dx, al
    add dx, ATA_LBA1 - ATA_FEATURE  ; at most 2048 bytes a block
    out dx, al
    inc dx
    mov al, 2048 >> 8
    out dx, al
    add dx, ATA_COMMAND - ATA_LBA2
    mov al, CMD_PACKET
    out dx, al
    call ata_settle
    call ata_wait_idle
    jc .dead
    test al, ST_ERR
    jnz .check
    test al, ST_DRQ
    jz .dead
    mov dx, [si + DK_BASE]
    push si
    mov si, EX_PACKET
    mov cx, 6
    rep outsw
    pop si

.block:
    call ata_settle
    call ata_wait_idle
    jc .dead
    test al, ST_ERR | ST_DF
    jnz .check
    test al, ST_DRQ
    jz .done
    mov dx, [si + DK_BASE]
    add dx, ATA_LBA1
    in al, dx
    mov ah, al
    inc dx
    in al, dx
    xchg al, ah                     ; AX = bytes of this block
    mov dx, [si + DK_BASE]
    mov bx, ax
    inc bx
    shr bx, 1                       ; BX = words left
    jz .dead
    mov cx, [EX_CD_SKIP]
    shr cx, 1
    call .clip
    sub bx, cx
    shl cx, 1
    sub [EX_CD_SKIP], cx
    shr cx, 1
    call .drop

    mov cx, 0xFFFF
    mov eax, [EX_CD_TAKE]
    shr eax, 1
    cmp eax, 0xFFFF
    ja .much
    mov cx, ax
.much:
    call .clip
    sub bx, cx
    movzx eax, cx
    add eax, eax
    sub [EX_CD_TAKE], eax
    call .store
    mov cx, bx
    call .drop
    jmp .block

.done:
    call ata_release
    pop bx
    clc
    ret
.dead:
    call ata_release
    pop bx
    mov ax, (ERR_TIMEOUT << 8) | 0xFF
    stc
    ret
.check:
    mov dx, [si + DK_BASE]
    inc dx
    in al, dx
    shr al, 4                       ; sense key
    call ata_release
    pop bx
    mov ah, ERR_NOT_READY
    cmp al, SENSE_NOT_READY
    je .error
    mov ah, ERR_CHANGED
    cmp al, SENSE_ATTENTION
    je .error
    mov ah, ERR_CRC
    cmp al, 0x3                     ; medium error
    je .error
    mov ah, ERR_PARAM
    cmp al, 0x5                     ; illegal request
    je .error
    mov ah, ERR_CONTROLLER
.error:
    stc
    ret

; CX = min(CX, BX).
.clip:
    cmp cx, bx
    jbe .clipped
    mov cx, bx
.clipped:
    ret
; Drop CX words.
.drop:
    jcxz .dropped
    in ax, dx
    loop .drop
.dropped:
    ret
; Store CX words at ES:DI, at most 1024: the offset is kept small first.
.store:
    jcxz .dropped
    mov ax, di
    shr ax, 4
    push dx
    mov dx, es
    add dx, ax
    jc .high                        ; above 1 MB: only the offset reaches there
    mov es, dx
    and di, 15
.high:
    pop dx
    rep insw
    ret

; Get the device ready: unit attention is taken note of, a disc that spins up is
; waited for. CF = 1: AH = error; 31h: no disc in it. Destroys EAX, CX, DX, DI,
; ES.
atapi_ready:
    push bx
    mov bx, 100                     ; a tenth of a second each
.again:
    mov al, PKT_TEST_READY
    call atapi_packet
    call atapi_run
    jnc .out
    cmp al, SENSE_ATTENTION
    je .count
    cmp al, SENSE_NOT_READY
    jne .failed
    mov al, PKT_SENSE
    call atapi_packet
    mov byte [EX_PACKET + 4], 18
    mov dword [EX_CD_TAKE], 18
    push ds
    pop es
    mov di, EX_SENSE
    call atapi_run
    mov ah, 0x31
    cmp byte [EX_SENSE + 12], 0x3A  ; medium not present
    je .failed
    mov cx, 100
    call delay_ms
.count:
    dec bx
    jnz .again
    mov ah, ERR_NOT_READY
.failed:
    stc
.out:
    pop bx
    ret

; Read CX blocks of 2048 bytes from EBX; EX_CD_SKIP and EX_CD_TAKE say what of
; it goes to ES:DI. Once more after a unit attention or a medium error.
; CF = 1: AH = error. Destroys EAX, DX.
CD_TRIES equ 3
cd_read:
    push cx
    push word CD_TRIES
.again:
    push cx
    push es
    push di
    push word [EX_CD_SKIP]
    push dword [EX_CD_TAKE]
    mov al, PKT_READ
    call atapi_packet
    pop dword [EX_CD_TAKE]
    pop word [EX_CD_SKIP]
    push word [EX_CD_SKIP]
    push dword [EX_CD_TAKE]
    mov eax, ebx
    mov di, 2
    call atapi_put32
    xchg cl, ch
    mov [EX_PACKET + 7], cx
    mov di, sp
    mov di, [ss:di + 6]             ; the saved DI
    call atapi_run
    jnc .good
    pop dword [EX_CD_TAKE]
    pop word [EX_CD_SKIP]
    pop di
    pop es
    pop cx
    push bp
    mov bp, sp
    dec word [bp + 2]
    pop bp
    jz .failed
    cmp al, SENSE_NOT_READY
    jne .again
    push cx
    push es
    push di
    push word [EX_CD_SKIP]
    push dword [EX_CD_TAKE]
    call atapi_ready
    pop dword [EX_CD_TAKE]
    pop word [EX_CD_SKIP]
    pop di
    pop es
    pop cx
    jnc .again
.failed:
    add sp, 2
    pop cx
    stc
    ret
.good:                              ; DI, ES stay behind the data
    add sp, 14
    pop cx
    clc
    ret
