; Ferrite system BIOS: INT 13h for diskettes (INT 40h).
;
; Two drives on an 82077AA with DMA channel 2 and IRQ6. What is known of the
; disk in a drive is one byte in the BDA (40:90, 40:91): data rate, double
; stepping, and whether it has been established. It is found with READ ID at
; each rate the drive can do, so every format is recognised without reading a
; sector.
;
; The motor is not waited for. A READ ID that succeeds proves that the disk
; turns; only when that fails right after starting the motor, or before a
; write, does the spin-up time of the parameter table pass.

; Local bytes below the frame.
L_DRV       equ -1
L_TYPE      equ -2                  ; drive type, as in CMOS
L_FRESH     equ -3                  ; the motor was just started
L_RETRY     equ -4
L_HEAD      equ -5
L_CMD       equ -6
L_DMA       equ -7
L_MOVED     equ -8
L_SPT       equ -9                  ; sectors a track, for EOT
L_LEFT      equ -10                 ; sectors wanted still
L_BYTES     equ -12                 ; a format's transfer length - 1
L_ADDR      equ -16                 ; linear address
L_CYL       equ -17                 ; where the next command begins
L_WHEAD     equ -18                 ; (L_HEAD: the head that is selected)
L_SECT      equ -19
L_PIECE     equ -20                 ; sectors of the running command
L_DONE      equ -21                 ; sectors that have arrived
L_RESULT    equ -22                 ; 1: FD_RESULT is of that command
L_SIZE      equ 22

; Media states for each drive type, in the order they are tried. Bits 7-6 data
; rate (0 500, 1 300, 2 250, 3 1000 kbit/s), 5 double step, 4 established,
; 2-0 the code programs expect in 40:90.
MS_360      equ 0x93                ; 360 KB disk in a 360 KB drive
MS_360_12   equ 0x74                ; the same in a 1.2 MB drive
MS_12       equ 0x15
MS_720_12   equ 0x97                ; 250 kbit/s in a 1.2 MB drive: not usual
MS_720      equ 0x97
MS_144      equ 0x17
MS_288      equ 0xD7

fd_media_lists:                     ; by drive type, 4 bytes each, 0 ends
    db 0, 0, 0, 0                   ; 0 none
    db MS_360, 0, 0, 0              ; 1 360 KB
    db MS_12, MS_360_12, MS_720_12, 0 ; 2 1.2 MB
    db MS_720, 0, 0, 0              ; 3 720 KB
    db MS_144, MS_720, 0, 0         ; 4 1.44 MB
    db MS_144, MS_720, MS_288, 0    ; 5 2.88 MB
    db MS_360, 0, 0, 0              ; 6 160 KB (Bochs numbers from here)
    db MS_360, 0, 0, 0              ; 7 180 KB
    db MS_360, 0, 0, 0              ; 8 320 KB
FD_TYPES    equ 8

; Last cylinder, sectors, last head, parameter table by drive type.
fd_limits:
    db 0, 0, 0, 0
    db 39, 9, 1, 0
    db 79, 15, 1, 2
    db 79, 9, 1, 3
    db 79, 18, 1, 4
    db 79, 36, 1, 5
    db 39, 8, 0, 0
    db 39, 9, 0, 0
    db 39, 8, 1, 0

; Parameter tables: 0 360 KB, 1 360 KB in 1.2 MB, 2 1.2 MB, 3 720 KB,
; 4 1.44 MB, 5 2.88 MB. Format: SPECIFY bytes, motor-off ticks, sector size,
; sectors, gap, length, gap for format, fill, head settle ms, motor start 1/8 s.
FD_TABLE_SIZE equ 11
fd_tables:
    db 0xDF, 0x02, 0x25, 2,  9, 0x2A, 0xFF, 0x50, 0xF6, 15, 8
    db 0xDF, 0x02, 0x25, 2,  9, 0x23, 0xFF, 0x50, 0xF6, 15, 8
    db 0xDF, 0x02, 0x25, 2, 15, 0x1B, 0xFF, 0x54, 0xF6, 15, 8
    db 0xDF, 0x02, 0x25, 2,  9, 0x2A, 0xFF, 0x50, 0xF6, 15, 8
    db 0xAF, 0x02, 0x25, 2, 18, 0x1B, 0xFF, 0x6C, 0xF6, 15, 8
    db 0xAF, 0x02, 0x25, 2, 36, 0x1B, 0xFF, 0x53, 0xF6, 15, 8

; Formats for AH=18h: drive type, last cylinder, sectors, media, table.
fd_formats:
    db 1, 39,  9, MS_360, 0
    db 1, 39,  8, MS_360, 0
    db 2, 79, 15, MS_12, 2
    db 2, 39,  9, MS_360_12, 1
    db 2, 39,  8, MS_360_12, 1
    db 3, 79,  9, MS_720, 3
    db 3, 79,  8, MS_720, 3
    db 4, 79, 18, MS_144, 4
    db 4, 79,  9, MS_720, 3
    db 5, 79, 36, MS_288, 5
    db 5, 79, 18, MS_144, 4
    db 5, 79,  9, MS_720, 3
    db 6, 39,  8, MS_360, 0
    db 7, 39,  9, MS_360, 0
    db 8, 39,  8, MS_360, 0
    db 0

; -------------------------------------------------------------- dispatch

int40_entry:
    sti
    ENTER_INT
    sub sp, L_SIZE
    DS_BDA
    test dl, dl
    jnz .second
    push es
    mov es, [EBDA_PTR]
    cmp byte [es:EX_EMU_ON], 0      ; a CD that stands in for drive 0?
    je .own
    cmp byte [es:EMU_DRIVE], 0
    jne .own
    pop es
    mov sp, bp
    push fs
    mov si, BDA_SEG
    mov fs, si
    mov ds, [fs:EBDA_PTR]
    mov ax, [bp + FR_AX]
    jmp emu_entry
.second:
    push es
    mov es, [EBDA_PTR]
    cmp byte [es:EX_EMU_ON], 0      ; then the real drive 0 is drive 1
    je .own
    cmp byte [es:EMU_DRIVE], 0
    jne .own
    dec dl
.own:
    pop es
    mov byte [bp + L_DRV], dl
    mov byte [bp + L_FRESH], 0
    mov byte [bp + L_MOVED], 0
    mov [bp + L_HEAD], dh
    mov [bp + L_WHEAD], dh
    mov [bp + L_CYL], ch
    mov [bp + L_SECT], cl
    call fd_drive_type
    mov [bp + L_TYPE], al

    mov al, [bp + FR_AH]
    cmp al, 0x01
    je fd_status
    cmp al, 0x18
    ja fd_bad
    movzx si, al
    add si, si
    jmp [cs:fd_functions + si]

fd_functions:
    dw fd_reset                     ; 00
    dw fd_status                    ; 01
    dw fd_read                      ; 02
    dw fd_write                     ; 03
    dw fd_verify                    ; 04
    dw fd_format                    ; 05
    dw fd_bad, fd_bad               ; 06, 07
    dw fd_get_params                ; 08
    times 12 dw fd_bad              ; 09..14
    dw fd_get_type                  ; 15
    dw fd_change_line               ; 16
    dw fd_set_dasd                  ; 17
    dw fd_set_media                 ; 18

; Type of drive DL from CMOS: AL (0 for none or more than two).
fd_drive_type:
    cmp dl, 1
    ja .none
    mov al, CMOS_FLOPPY
    call cmos_read
    test dl, dl
    jnz .second
    shr al, 4
.second:
    and al, 15
    cmp al, FD_TYPES
    jbe .out
.none:
    mov al, 0
.out:
    ret

fd_bad:
    mov ah, ERR_PARAM
; Finish with the error AH.
fd_fail:
    mov [FD_STATUS], ah
    mov [bp + FR_AH], ah
    RET_CF_SET
    jmp fd_leave
fd_ok:
    mov byte [FD_STATUS], 0
    mov byte [bp + FR_AH], 0
    RET_CF_CLEAR
fd_leave:
    test byte [FD_MOTOR], 0x0F      ; running: let it stop later
    jz .out
    mov si, 2
    call fd_param
    mov [FD_MOTOR_CNT], al
.out:
    mov sp, bp
    LEAVE_INT

; AH=00h
fd_reset:
    call fdc_reset
    jc fd_fail
    jmp fd_ok

; AH=01h: the last operation's status.
fd_status:
    mov ah, [FD_STATUS]
    mov [bp + FR_AH], ah
    RET_CF_CLEAR
    test ah, ah
    jz .out
    RET_CF_SET
.out:
    mov sp, bp
    LEAVE_INT

; ------------------------------------------------------ getting at a drive

; Select L_DRV, start its motor. CF = 1, AH: no such drive.
fd_select:
    cmp byte [bp + L_TYPE], 0
    jne .there
    mov ah, ERR_PARAM
    cmp byte [bp + L_DRV], 1
    ja .bad
    mov ah, ERR_TIMEOUT
.bad:
    stc
    ret
.there:
    cli
    and byte [FD_RECAL], 0x7F       ; no interrupt of somebody else's
    mov byte [FD_MOTOR_CNT], 0xFF   ; INT 08h leaves the motor alone
    movzx bx, byte [bp + L_DRV]
    mov al, [cs:bit_mask + bx]
    test [FD_MOTOR], al
    jnz .running
    mov byte [bp + L_FRESH], 1
.running:
    mov ah, [FD_MOTOR]
    and ah, 0x0F
    or ah, al
    shl bl, 4
    or ah, bl
    mov [FD_MOTOR], ah
    sti
    call fdc_dor_value
    mov dx, PORT_FDC_DOR
    out dx, al
    clc
    ret

; Was the disk taken out? AH = 06h with CF = 1 when there is another one (or
; the same again), 80h when the drive is empty. The change line is a latch that
; only a step pulse with a disk in the drive clears.
fd_check_change:
    mov al, [bp + L_TYPE]
    cmp al, 1
    je .none                        ; 360 KB drives have no such line
    cmp al, 6
    jae .none
    call fd_change_active
    jz .none
    movzx bx, byte [bp + L_DRV]
    mov byte [FD_MEDIA + bx], 0
    mov al, [cs:bit_mask + bx]
    not al
    and [FD_RECAL], al
    mov al, 1
    call fdc_seek
    jc .failed
    xor al, al
    call fdc_seek
    jc .failed
    call fd_change_active
    mov ah, ERR_CHANGED
    jz .failed
    mov ah, ERR_TIMEOUT
.failed:
    stc
    ret
.none:
    clc
    ret

; ZF = 0: the change line of the selected drive is active.
fd_change_active:
    mov dx, PORT_FDC_DIR
    in al, dx
    test al, 0x80
    ret

; Wait the motor start time of the parameter table, once.
fd_spin_up:
    mov byte [bp + L_FRESH], 0
    mov si, 10
    call fd_param
    cmp al, 16
    jbe .sane
    mov al, 16
.sane:
    movzx cx, al
    imul cx, cx, 125
    jmp rest_ms

; Establish the medium when that is not done, and set its data rate. Before
; writing with a fresh motor, make sure the disk is up to speed.
fd_media:
    movzx bx, byte [bp + L_DRV]
    test byte [FD_MEDIA + bx], 0x10
    jnz .known
.sense:
    call fd_sense
    jnc .known
    cmp ah, ERR_TIMEOUT
    je .failed
    cmp byte [bp + L_FRESH], 0
    je .failed
    call fd_spin_up
    jmp .sense
.known:
    movzx bx, byte [bp + L_DRV]
    mov al, [FD_MEDIA + bx]
    call fdc_set_rate
    cmp byte [bp + L_FRESH], 0
    je .done
    cmp byte [bp + L_DMA], DMA_WRITE
    jne .done
    call fdc_read_id
    jnc .turning
    call fd_spin_up
.turning:
    mov byte [bp + L_FRESH], 0
.done:
    clc
    ret
.failed:
    stc
    ret

; Try each data rate of the drive until an address mark can be read.
fd_sense:
    movzx si, byte [bp + L_TYPE]
    shl si, 2
    add si, fd_media_lists
    movzx bx, byte [bp + L_DRV]     ; a head whose place is known stays there; after an
    mov al, [cs:bit_mask + bx]      ; error, which may have been on a cylinder beyond the
    test [FD_RECAL], al             ; formatted ones, it is cylinder 0
    mov al, 0
    jz .go
    mov al, [FD_TRACK + bx]
.go:
    push si
    call fdc_seek
    pop si
    jc .out
    mov byte [bp + L_HEAD], 0
.next:
    cs lodsb
    test al, al
    jz .nothing
    push ax
    push si
    call fdc_set_rate
    call fdc_read_id
    pop si
    pop cx                          ; CL = the state tried
    jnc .found
    cmp ah, ERR_TIMEOUT             ; no index pulses: no disk
    jne .next
    push ax
    call fdc_reset
    pop ax
    stc
    jmp .out
.nothing:
    ; AH is the last READ ID's error.
    stc
.out:
    call .head
    ret
.found:
    ; A 40-cylinder disk in an 80-cylinder drive: are its tracks twice as wide?
    ; Physical cylinder 2 then carries the number 1.
    cmp byte [bp + L_TYPE], 2
    jne .set
    test cl, 0xC0
    jz .set
    push cx
    mov al, 2
    call fdc_seek
    pop cx
    jc .out
    push cx
    call fdc_read_id
    pop cx
    jc .out
    and cl, ~0x20 & 0xFF
    cmp byte [FD_RESULT + 3], 1
    jne .set
    or cl, 0x20
.set:
    movzx bx, byte [bp + L_DRV]
    mov [FD_MEDIA + bx], cl
    call .head
    clc
    ret
.head:                              ; keeps flags and AH
    mov al, [bp + L_WHEAD]
    mov [bp + L_HEAD], al
    ret

; ------------------------------------------------------------ information

; AH=08h
fd_get_params:
    cmp byte [bp + L_DRV], 1
    ja .no_drive
    call fd_count
    mov word [bp + FR_AX], 0
    mov word [bp + FR_BX], 0
    mov word [bp + FR_CX], 0
    mov word [bp + FR_DX], ax       ; DL = drives
    mov word [bp + FR_DI], 0
    mov word [bp + FR_ES], 0
    movzx si, byte [bp + L_TYPE]
    test si, si
    jz .done
    mov ax, si
    mov [bp + FR_BL], al
    shl si, 2
    mov al, [cs:fd_limits + si]
    mov [bp + FR_CH], al
    mov al, [cs:fd_limits + si + 1]
    mov [bp + FR_CL], al
    mov al, [cs:fd_limits + si + 2]
    mov [bp + FR_DH], al
    movzx ax, byte [cs:fd_limits + si + 3]
    call fd_table_ptr
.done:
    jmp fd_ok
.no_drive:
    mov word [bp + FR_BX], 0
    mov word [bp + FR_CX], 0
    mov word [bp + FR_DX], 0
    mov word [bp + FR_DI], 0
    mov word [bp + FR_ES], 0
    jmp fd_bad

; ES:DI of the caller := parameter table AX.
fd_table_ptr:
    imul ax, ax, FD_TABLE_SIZE
    add ax, fd_tables
    mov [bp + FR_DI], ax
    mov word [bp + FR_ES], 0xF000
    ret

; AX = number of drives that CMOS names.
fd_count:
    push dx
    xor dl, dl
    call fd_drive_type
    cmp al, 1                       ; CF = 1: none
    sbb ah, ah
    inc ah
    mov dl, 1
    push ax
    call fd_drive_type
    cmp al, 1
    pop ax
    cmc
    adc ah, 0
    mov al, ah
    xor ah, ah
    pop dx
    ret

; AH=15h: 0 no drive, 1 without change line, 2 with.
fd_get_type:
    mov al, [bp + L_TYPE]
    mov ah, 0
    test al, al
    jz .set
    inc ah
    cmp al, 1
    je .set
    cmp al, 6
    jae .set
    inc ah
.set:
    mov [bp + FR_AH], ah
    mov byte [FD_STATUS], 0
    RET_CF_CLEAR
    jmp fd_leave

; AH=16h: 0 not changed, 06h changed (or a drive that cannot tell), 80h empty.
fd_change_line:
    call fd_select
    jc fd_fail
    mov al, [bp + L_TYPE]
    mov ah, ERR_CHANGED
    cmp al, 1
    je fd_fail
    cmp al, 6
    jae fd_fail
    call fd_check_change
    jc fd_fail
    jmp fd_ok

; AH=17h: AL = 1 360 in 360, 2 360 in 1.2, 3 1.2 in 1.2, 4 720.
fd_set_dasd:
    call fd_select
    jc fd_fail
    call fd_check_change            ; a new disk is what this is called for
    jnc .same
    cmp ah, ERR_CHANGED
    jne fd_fail
.same:
    movzx bx, byte [bp + L_DRV]
    movzx si, byte [bp + FR_AL]
    dec si
    cmp si, 4
    jae fd_bad
    mov al, [cs:.states + si]
    mov [FD_MEDIA + bx], al
    jmp fd_ok
.states: db MS_360, MS_360_12, MS_12, MS_720

; AH=18h: the format to come: CH = last cylinder, CL = sectors.
fd_set_media:
    call fd_select
    jc fd_fail
    call fd_check_change
    jnc .same
    cmp ah, ERR_CHANGED
    jne fd_fail
.same:
    mov si, fd_formats - 5
    mov cx, [bp + FR_CX]
    and cl, 0x3F
.next:
    add si, 5
    mov al, [cs:si]
    mov ah, ERR_MEDIA_TYPE
    test al, al
    jz fd_fail
    cmp al, [bp + L_TYPE]
    jne .next
    cmp ch, [cs:si + 1]
    jne .next
    cmp cl, [cs:si + 2]
    jne .next
    movzx bx, byte [bp + L_DRV]
    mov al, [cs:si + 3]
    mov [FD_MEDIA + bx], al
    movzx ax, byte [cs:si + 4]
    call fd_table_ptr
    jmp fd_ok

; ------------------------------------------------------------------ POST

; Note what CMOS says of the drives, and reset the controller. DS = BDA.
floppy_init:
    DS_BDA
    and byte [EQUIP], 0x3E          ; bits 6-7 drives - 1, bit 0 any
    call fd_count
    test ax, ax
    jz .out
    dec al
    shl al, 6
    or al, 1
    or [EQUIP], al
    mov byte [FD_INFO], 0x07        ; what they are is known; multi-rate
    cmp al, 0x41
    jb .one
    mov byte [FD_INFO], 0x77
.one:
    mov byte [FD_MOTOR_CNT], 0
    call fdc_reset
.out:
    ret
