; Ferrite system BIOS: ATA disks by programmed I/O.
;
; DS = EBDA, SI = disk record (DK_..). Completion is polled with the drive's
; interrupt held back (nIEN); the status register says everything. ATAPI
; devices are recorded at EX_ATAPI for a later El Torito.

; Registers relative to DK_BASE
ATA_DATA    equ 0
ATA_ERROR   equ 1
ATA_FEATURE equ 1
ATA_COUNT   equ 2
ATA_LBA0    equ 3                   ; sector number in CHS addressing
ATA_LBA1    equ 4                   ; cylinder low
ATA_LBA2    equ 5                   ; cylinder high
ATA_DEVHEAD equ 6
ATA_STATUS  equ 7
ATA_COMMAND equ 7
; DK_CTL: read alternate status, write device control
CTL_NIEN    equ 0x02
CTL_SRST    equ 0x04
CTL_HEADS   equ 0x08

ST_ERR      equ 0x01
ST_DRQ      equ 0x08
ST_DF       equ 0x20
ST_DRDY     equ 0x40
ST_BSY      equ 0x80

CMD_READ        equ 0x20
CMD_READ_MULTI  equ 0xC4
CMD_WRITE       equ 0x30
CMD_WRITE_MULTI equ 0xC5
CMD_VERIFY      equ 0x40
CMD_SEEK        equ 0x70
CMD_RECALIBRATE equ 0x10
CMD_DIAGNOSE    equ 0x90
CMD_SET_PARAMS  equ 0x91
CMD_SET_MULTI   equ 0xC6
CMD_READ_EXT    equ 0x24            ; the same with 48-bit addresses
CMD_READ_MULTI_EXT equ 0x29
CMD_WRITE_EXT   equ 0x34
CMD_WRITE_MULTI_EXT equ 0x39
CMD_VERIFY_EXT  equ 0x42
CMD_IDENTIFY    equ 0xEC
CMD_IDENTIFY_PKT equ 0xA1

ATA_WAIT_MS equ 10000               ; a disk that spins up again takes seconds

; Four reads of the alternate status: the 400 ns a drive may take before its
; status is valid. Destroys AL, DX.
ata_settle:
    mov dx, [si + DK_CTL]
    in al, dx
    in al, dx
    in al, dx
    in al, dx
    ret

; Wait until the drive is not busy. AL = status. CF = 1: it stayed busy.
; Destroys AX, DX.
ata_wait_idle:
    push ecx
    mov ecx, ATA_WAIT_MS * TICKS_PER_MS
    mov dx, [si + DK_BASE]
    add dx, ATA_STATUS
    xor ah, ah
.loop:
    in al, dx
    test al, ST_BSY
    jz .idle                        ; CF = 0 after TEST
    call tmo_step
    jnc .loop
.idle:
    pop ecx
    ret

; Wait for a data block. CF = 0: DRQ is up. CF = 1: AH = error code.
ata_wait_drq:
    call ata_wait_idle
    jc .timeout
    test al, ST_ERR | ST_DF
    jnz ata_error
    test al, ST_DRQ
    jz .timeout
    ret
.timeout:
    mov ah, ERR_TIMEOUT
    stc
    ret

; Wait for the end of a command. CF = 1: AH = error code.
ata_wait_end:
    call ata_wait_idle
    jc .timeout
    test al, ST_ERR | ST_DF
    jnz ata_error
    test al, ST_DRQ                 ; data where none should be
    jnz .undefined
    ret
.undefined:
    mov ah, ERR_UNDEFINED
    stc
    ret
.timeout:
    mov ah, ERR_TIMEOUT
    stc
    ret

; AH = INT 13h code for status AL and the error register. CF = 1.
ata_error:
    mov ah, ERR_WRITE_FAULT
    test al, ST_DF
    jnz .out
    mov dx, [si + DK_BASE]
    add dx, ATA_ERROR
    in al, dx
    mov ah, ERR_BAD_SECTOR
    test al, 0x80
    jnz .out
    mov ah, ERR_CRC
    test al, 0x40
    jnz .out
    mov ah, ERR_NOT_FOUND
    test al, 0x10
    jnz .out
    mov ah, ERR_PARAM
    test al, 0x04
    jnz .out
    mov ah, ERR_SEEK
    test al, 0x02
    jnz .out
    mov ah, ERR_ADDR_MARK
    test al, 0x01
    jnz .out
    mov ah, ERR_UNDEFINED
.out:
    stc
    ret

; Select the drive and wait until it can take a command. CF = 1: AH = error.
ata_select:
    mov dx, [si + DK_CTL]
    mov al, CTL_HEADS | CTL_NIEN
    out dx, al
    call ata_wait_idle              ; the other drive of the pair may be busy
    jc .timeout
    mov dx, [si + DK_BASE]
    add dx, ATA_DEVHEAD
    mov al, [si + DK_DEV]
    out dx, al
    call ata_settle
    call ata_wait_idle
    jc .timeout
    test al, ST_DRQ                 ; left over from somebody's broken transfer
    jnz .reset
    clc
    ret
.reset:
    call ata_soft_reset
    jmp ata_setup
.timeout:
    call ata_soft_reset
    mov ah, ERR_TIMEOUT
    stc
    ret

; Give the line back: the drive's interrupt is enabled again for others.
ata_release:
    pushf
    push ax
    push dx
    mov dx, [si + DK_BASE]          ; reading the status ends a pending interrupt
    add dx, ATA_STATUS
    in al, dx
    mov dx, [si + DK_CTL]
    mov al, CTL_HEADS
    out dx, al
    pop dx
    pop ax
    popf
    ret

; Reset both drives of the channel. CF = 1: the drive stays busy.
ata_soft_reset:
    push ecx
    mov dx, [si + DK_CTL]
    mov al, CTL_HEADS | CTL_NIEN | CTL_SRST
    out dx, al
    mov ecx, 2                      ; 5 us at least
.pulse:
    call tmo_step
    jnc .pulse
    mov al, CTL_HEADS | CTL_NIEN
    out dx, al
    mov ecx, 2 * TICKS_PER_MS       ; then 2 ms before anything is valid
.recover:
    call tmo_step
    jnc .recover
    pop ecx
    mov dx, [si + DK_BASE]
    add dx, ATA_DEVHEAD
    mov al, [si + DK_DEV]
    out dx, al
    call ata_wait_idle
    ret

; Put the task file for command AL, first sector EX_LBA_HI:EBX, count CX (256 at
; most). LBA drives get an LBA, of 48 bits where 28 do not hold it; others the CHS
; address that the sector number stands for. Destroys AX, DX.
ata_command:
    push ebx
    push ax
    test byte [si + DK_FLAGS], DKF_LBA
    jz .chs
    test byte [si + DK_FLAGS], DKF_LBA48
    jz .lba28
    cmp word [EX_LBA_HI], 0
    jne .ext
    movzx eax, cx                   ; FFFFFFFh itself is no address of 28 bits: drives
    add eax, ebx                    ; count at most that many sectors
    jc .ext
    cmp eax, 0x0FFFFFFF
    ja .ext
.lba28:
    mov eax, ebx
    shr eax, 24
    and al, 0x0F
    or al, 0x40
    jmp .address                    ; EBX = LBA, AL = head bits
.chs:
    push ecx
    mov eax, ebx
    xor edx, edx
    movzx ecx, word [si + DK_PSPT]
    div ecx
    inc dx                          ; sectors count from 1
    push dx
    xor edx, edx
    movzx ecx, word [si + DK_PHEADS]
    div ecx                         ; EAX = cylinder, DX = head
    shl eax, 8
    pop bx
    mov al, bl
    mov ebx, eax                    ; as the registers want it
    mov al, dl
    pop ecx
.address:
    or al, [si + DK_DEV]
    mov dx, [si + DK_BASE]
    add dx, ATA_DEVHEAD
    out dx, al
    sub dx, ATA_DEVHEAD - ATA_COUNT
    mov al, cl
    out dx, al
    inc dx
    mov al, bl
    out dx, al
    inc dx
    mov al, bh
    out dx, al
    inc dx
    push ebx
    shr ebx, 16
    mov al, bl
    pop ebx
    out dx, al
    add dx, ATA_COMMAND - ATA_LBA2
    pop ax
    out dx, al
    call ata_settle
    pop ebx
    ret

; Each register holds two bytes: the first one written is the upper one.
.ext:
    mov dx, [si + DK_BASE]
    add dx, ATA_DEVHEAD
    mov al, [si + DK_DEV]
    or al, 0x40
    out dx, al
    sub dx, ATA_DEVHEAD - ATA_COUNT
    mov al, ch
    out dx, al
    inc dx
    rol ebx, 8
    mov al, bl                      ; bits 31-24
    out dx, al
    inc dx
    mov ax, [EX_LBA_HI]
    out dx, al                      ; 39-32
    inc dx
    mov al, ah
    out dx, al                      ; 47-40
    sub dx, ATA_LBA2 - ATA_COUNT
    mov al, cl
    out dx, al
    inc dx
    shr ebx, 8
    mov al, bl
    out dx, al
    inc dx
    mov al, bh
    out dx, al
    inc dx
    shr ebx, 16
    mov al, bl
    out dx, al
    add dx, ATA_COMMAND - ATA_LBA2
    pop ax
    push di
    mov di, .ext_commands
.look:                              ; (a command without such a form stays what it is,
    cmp [cs:di], al                 ; and the drive refuses the address)
    je .found
    add di, 2
    cmp di, .ext_commands_end
    jb .look
    jmp .issue
.found:
    mov al, [cs:di + 1]
.issue:
    pop di
    out dx, al
    call ata_settle
    pop ebx
    ret
.ext_commands:
    db CMD_READ, CMD_READ_EXT, CMD_READ_MULTI, CMD_READ_MULTI_EXT
    db CMD_WRITE, CMD_WRITE_EXT, CMD_WRITE_MULTI, CMD_WRITE_MULTI_EXT
    db CMD_VERIFY, CMD_VERIFY_EXT
.ext_commands_end:

; Transfer sectors.
;   EX_LBA_HI:EBX = first sector, CX = how many, ES:DI = buffer, AL = 0 read 1 write
;   2 verify
;   out: CX = sectors done; CF = 1: AH = error
; Destroys EAX, EBX, EX_LBA_HI, DX, DI, ES.
ata_transfer:
    push bp
    mov bp, sp
    sub sp, 8
%define X_KIND  byte [bp - 1]
%define X_BLOCK byte [bp - 2]       ; sectors a DRQ block
%define X_LEFT  word [bp - 4]
%define X_DONE  word [bp - 6]
%define X_CHUNK word [bp - 8]       ; sectors left of the running command
    mov X_KIND, al
    mov X_LEFT, cx
    mov X_DONE, 0
    mov X_BLOCK, 1
    test byte [si + DK_FLAGS], DKF_MULTI
    jz .start
    mov al, [si + DK_MULTI]
    mov X_BLOCK, al
.start:
    call ata_select
    jc .out
.chunk:
    mov cx, X_LEFT
    test cx, cx
    jz .finished
    cmp cx, 256
    jbe .counted
    mov cx, 256                     ; register value 0 means 256
.counted:
    mov X_CHUNK, cx
    movzx ax, X_KIND
    push di
    mov di, ax
    mov al, [cs:.single + di]
    cmp X_BLOCK, 1
    je .command
    mov al, [cs:.multi + di]
.command:
    pop di
    call ata_command
    movzx eax, X_CHUNK
    add ebx, eax
    adc word [EX_LBA_HI], 0
    cmp X_KIND, 2
    je .verify

.block:
    call ata_wait_drq
    jc .out
    movzx cx, X_BLOCK
    cmp cx, X_CHUNK
    jbe .whole
    mov cx, X_CHUNK
.whole:
    ; Keep the block inside the segment: move whole paragraphs from the offset
    ; to the segment when it would wrap.
    push cx
    mov ax, cx
    shl ax, 9
    dec ax
    add ax, di
    jnc .inside
    mov ax, di
    shr ax, 4
    mov dx, es
    add dx, ax
    jc .inside                      ; past the end of real mode: let it wrap
    mov es, dx
    and di, 15
.inside:
    shl cx, 8                       ; words
    mov dx, [si + DK_BASE]
    cmp X_KIND, 1
    je .write
    rep insw
    jmp .moved
.write:
    push si
    mov si, di
    es rep outsw
    mov di, si
    pop si
.moved:
    pop cx
    sub X_CHUNK, cx
    cmp X_KIND, 1                   ; a written block counts when it is on the
    je .on_disk                     ; disk: the next status tells
    add X_DONE, cx
    sub X_LEFT, cx
.more:
    call ata_settle
    cmp X_CHUNK, 0
    jne .block
    call ata_wait_end
    jc .out
    jmp .chunk
.on_disk:
    push cx
    call ata_settle
    call ata_wait_idle
    pop cx
    jc .slow
    test al, ST_ERR | ST_DF
    jnz .failed
    add X_DONE, cx
    sub X_LEFT, cx
    jmp .more
.failed:
    call ata_error
    jmp .out
.slow:
    mov ah, ERR_TIMEOUT
    stc
    jmp .out

.verify:
    call ata_wait_end
    jc .out
    mov cx, X_CHUNK
    add X_DONE, cx
    sub X_LEFT, cx
    jmp .chunk

.finished:
    clc
.out:
    mov cx, X_DONE
    call ata_release
    mov sp, bp                      ; MOV and POP leave CF alone
    pop bp
    ret
.single: db CMD_READ, CMD_WRITE, CMD_VERIFY
.multi:  db CMD_READ_MULTI, CMD_WRITE_MULTI, CMD_VERIFY

; A command without data: AL, sector EX_LBA_HI:EBX, count CX. CF = 1: AH = error.
ata_simple:
    push ax
    call ata_select
    pop dx
    jc .out
    mov al, dl
    call ata_command
    call ata_wait_end
.out:
    call ata_release
    ret

; Tell a drive its geometry. CF = 1: AH = error code, it has refused.
; Destroys AX, DX.
ata_set_geometry:
    mov dx, [si + DK_BASE]
    add dx, ATA_DEVHEAD
    mov al, [si + DK_PHEADS]
    dec al
    and al, 0x0F
    or al, [si + DK_DEV]
    out dx, al
    mov dx, [si + DK_BASE]
    add dx, ATA_COUNT
    mov al, [si + DK_PSPT]
    out dx, al
    add dx, ATA_COMMAND - ATA_COUNT
    mov al, CMD_SET_PARAMS
    out dx, al
    call ata_settle
    jmp ata_wait_end

; Tell a drive its geometry and block length again, as after a reset. CF as
; from the geometry command; a drive without block mode is no error.
ata_setup:
    push ebx
    push cx
    call ata_set_geometry
    jnc .known
    cmp ah, ERR_TIMEOUT
    stc
    je .known
    test byte [si + DK_FLAGS], DKF_LBA ; refused: no matter where sectors have
    jnz .known                      ; numbers (TEST cleared CF)
    stc
.known:
    pushf
    push ax
    and byte [si + DK_FLAGS], ~DKF_MULTI & 0xFF
    cmp byte [si + DK_MULTI], 2
    jb .single
    mov dx, [si + DK_BASE]
    add dx, ATA_COUNT
    mov al, [si + DK_MULTI]
    out dx, al
    add dx, ATA_COMMAND - ATA_COUNT
    mov al, CMD_SET_MULTI
    out dx, al
    call ata_settle
    call ata_wait_end
    jc .single
    or byte [si + DK_FLAGS], DKF_MULTI
.single:
    pop ax
    popf
    pop cx
    pop ebx
    ret

; ------------------------------------------------------------------ POST

; Find the drives on both channels. DS = EBDA; SI = the first record, moves on behind the last.
ata_init:
    mov di, .places
.next:
    mov ax, [cs:di]
    test ax, ax
    jz .out
    mov [si + DK_BASE], ax
    mov ax, [cs:di + 2]
    mov [si + DK_CTL], ax
    mov ax, [cs:di + 4]
    mov [si + DK_DEV], al
    mov [si + DK_IRQ], ah
    push di
    call ata_probe
    pop di
    jnc .found
    cmp ax, 1                       ; 1: an ATAPI device, 0: nothing
    jne .skip
    call .atapi
.skip:
    add di, 6
    jmp .next
.found:
    push di
    call disk_geometry
    pop di
    add si, DISK_SIZE
    jmp .skip
.out:
    ret

; Keep what is known of an ATAPI device in its own list.
.atapi:
    push si
    push di
    mov di, EX_ATAPI
    movzx ax, byte [EX_ATAPI_COUNT]
    shl ax, 5
    add di, ax
    push ds
    pop es
    mov cx, DISK_SIZE / 2
    rep movsw
    inc byte [EX_ATAPI_COUNT]
    pop di
    pop si
    ret

.places:                            ; command block, control block, device, IRQ
    dw 0x1F0, 0x3F6, 0x0EA0
    dw 0x1F0, 0x3F6, 0x0EB0
    dw 0x170, 0x376, 0x0FA0
    dw 0x170, 0x376, 0x0FB0
    dw 0

; Is there a drive at [SI]? CF = 0: an ATA disk, its IDENTIFY data at
; 0000:SCRATCH. CF = 1: AX = 1 ATAPI, 0 nothing.
ata_probe:
    mov dx, [si + DK_CTL]
    mov al, CTL_HEADS | CTL_NIEN
    out dx, al
    mov dx, [si + DK_BASE]
    add dx, ATA_DEVHEAD
    mov al, [si + DK_DEV]
    out dx, al
    call ata_settle
    mov dx, [si + DK_BASE]
    add dx, ATA_STATUS
    in al, dx
    cmp al, 0xFF                    ; a floating bus, with or without the pull
    je .nothing                     ; down resistor on bit 7
    cmp al, 0x7F
    je .nothing
    call ata_wait_idle
    jc .nothing
    test al, ST_DRQ
    jz .calm
    call ata_soft_reset
    jc .nothing
.calm:
    ; Registers that hold what is written are a drive's (the first drive
    ; answers for an absent second one here, IDENTIFY tells them apart).
    mov dx, [si + DK_BASE]
    add dx, ATA_COUNT
    mov al, 0x55
    out dx, al
    inc dx
    mov al, 0xAA
    out dx, al
    dec dx
    in al, dx
    cmp al, 0x55
    jne .nothing
    inc dx
    in al, dx
    cmp al, 0xAA
    jne .nothing

    mov dx, [si + DK_CTL]           ; status 0: nobody, or a packet device that
    in al, dx                       ; has not had a command yet
    test al, al
    jz .packet
    mov al, CMD_IDENTIFY
    call .identify
    jnc .data
.packet:                            ; refused: the packet signature?
    mov dx, [si + DK_BASE]
    add dx, ATA_LBA1
    in al, dx
    mov ah, al
    inc dx
    in al, dx
    cmp ax, 0x14EB
    jne .nothing
    mov al, CMD_IDENTIFY_PKT
    call .identify
    jc .nothing
    xor ax, ax
    mov es, ax
    mov al, [es:SCRATCH + 1]        ; word 0, bits 12-8: 5 is a CD-ROM drive, and
    and al, 0x1F                    ; a removable disk is none of ours
    cmp al, 5
    jne .nothing
    mov ax, 1
    jmp .no_disk
.data:
    xor ax, ax
    mov es, ax
    test byte [es:SCRATCH + 1], 0x80
    jnz .nothing                    ; word 0 bit 15: not an ATA device
    call ata_release
    clc
    ret
.nothing:
    xor ax, ax
.no_disk:
    call ata_release
    stc
    ret

; IDENTIFY command AL into SCRATCH. CF = 1: none came.
.identify:
    mov dx, [si + DK_BASE]
    add dx, ATA_COMMAND
    out dx, al
    call ata_settle
    test al, al                     ; an absent drive has no status
    jz .refused
    call ata_wait_drq
    jc .refused
    xor ax, ax
    mov es, ax
    mov di, SCRATCH
    mov cx, 256
    mov dx, [si + DK_BASE]
    rep insw
    call ata_settle
    clc
    ret
.refused:
    stc
    ret
