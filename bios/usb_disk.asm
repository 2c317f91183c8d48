; Ferrite system BIOS: USB sticks: "Universal Serial Bus Mass Storage Class, Bulk-Only
; Transport" 1.0, and the few SCSI commands that a disk needs.
;
; They are fixed disks to INT 13h, behind the ATA ones; when the boot order names them, the
; first one moves to 80h for as long as it is tried, as on other PCs.
;
; DS = EBDA, SI = disk record, GS = USB_SEG.

SCSI_TEST_READY equ 0x00
SCSI_SENSE      equ 0x03
SCSI_INQUIRY    equ 0x12
SCSI_CAPACITY   equ 0x25
SCSI_READ       equ 0x28
SCSI_WRITE      equ 0x2A

USB_TRIES       equ 3
USB_CHUNK       equ USB_DATA_SIZE / 512

; Make an empty command block of command AL. Destroys AX, DI.
usb_packet:
    push cx
    push es
    push ax
    mov ax, USB_SEG
    mov es, ax
    mov di, USB_CBW
    xor ax, ax
    mov cx, 16
    rep stosw
    pop ax
    mov [es:USB_CBW + 15], al
    pop es
    pop cx
    ret

; Run the command: CL = its length, CH = 80h: data come, 0: they go or there are none; EDX =
; how many bytes at USB_DATA. CF = 1: AH = INT 13h error, AL = sense key (FFh: the device itself
; failed). Destroys EAX, EBX, ECX, EDX, DI.
usb_command:
    mov dword [gs:USB_CBW], 'USBC'
    inc dword [gs:USB_CBW_TAG]
    mov eax, [gs:USB_CBW_TAG]
    mov [gs:USB_CBW + 4], eax
    mov [gs:USB_CBW + 8], edx
    mov [gs:USB_CBW + 12], ch
    mov [gs:USB_CBW + 14], cl
    call .chain
    call uhci_run
    mov bx, USB_TDS
    jnc .whole
    test eax, eax
    jz .dead
    cmp di, USB_TDS                 ; not even the command was taken
    je .dead
    test eax, TD_FAILED
    jnz .halted
    add di, 16                      ; a short packet: it counts
    call usb_moved
    jmp .status
.halted:
    call usb_moved
    cmp byte [gs:di + 8], PID_IN
    mov al, 1
    je .which
    mov al, 2
.which:
    call usb_unhalt
    jc .dead
    ; What follows is the status alone; one more halt there is allowed.
.status:
    call .ask
    jnc .check
    test eax, TD_FAILED
    jz .dead
    mov al, 1
    call usb_unhalt
    jc .dead
    call .ask
    jc .dead
    jmp .check
.whole:
    mov di, [gs:USB_END]
    call usb_moved
.check:
    cmp dword [gs:USB_CSW], 'USBS'
    jne .dead
    mov eax, [gs:USB_CBW_TAG]
    cmp [gs:USB_CSW + 4], eax
    jne .dead
    mov al, [gs:USB_CSW + 12]
    cmp al, 1
    ja .dead
    je .sense
    cmp dword [gs:USB_CSW + 8], 0   ; less than it said: only INQUIRY and SENSE may
    je .out
    cmp byte [gs:USB_CBW + 15], SCSI_READ
    jae .dead
.out:
    clc
    ret
.sense:
    cmp byte [gs:USB_CBW + 15], SCSI_SENSE
    je .dead
    mov al, SCSI_SENSE
    call usb_packet
    mov byte [gs:USB_CBW + 19], 18
    mov cx, 0x8006
    mov edx, 18
    call usb_command
    jc .dead
    mov al, [gs:USB_DATA + 2]
    and al, 0x0F
    call usb_sense_error
    stc
    ret
.dead:
    call usb_recover
    mov ax, (ERR_TIMEOUT << 8) | 0xFF
    stc
    ret

; The transactions: the command, data, its status. BX, [USB_END] = their end.
.chain:
    mov bx, USB_TDS
    push edx
    mov di, USB_CBW
    mov cx, 31
    mov ah, [si + DK_UOUT]
    mov al, PID_OUT
    mov dl, [si + DK_UTOGGLE]
    shr dl, 1
    call uhci_td
    pop ecx                         ; CX = bytes of data
    mov dl, [si + DK_UTOGGLE]       ; both toggles in DL: bit 0 IN, the other in DH
    mov dh, [si + DK_UOUTMAX]
    test byte [gs:USB_CBW + 12], 0x80
    jz .out_data
    mov ah, [si + DK_UIN]
    mov al, PID_IN
    mov dh, [si + DK_UINMAX]
    jmp .data
.out_data:
    shr dl, 1
    not dl                          ; the command has had one
.data:
    mov di, USB_DATA
.packet:
    jcxz .end
    push cx
    cmp cl, dh
    jb .last
    movzx cx, dh
.last:
    test ch, ch                     ; (CL alone was compared)
    jz .fits
    movzx cx, dh
.fits:
    call uhci_td
    xor dl, 1
    add di, cx
    mov [gs:USB_END], cx
    pop cx
    sub cx, [gs:USB_END]
    jmp .packet
.end:
    cmp al, PID_IN
    je .toggle
    mov dl, [si + DK_UTOGGLE]
.toggle:
    call .csw
    mov [gs:USB_END], bx
    ret
.csw:
    mov al, PID_IN
    mov ah, [si + DK_UIN]
    mov di, USB_CSW
    mov cx, 13
    jmp uhci_td

; The status by itself. CF as from uhci_run.
.ask:
    mov bx, USB_TDS
    mov dl, [si + DK_UTOGGLE]
    call .csw
    call uhci_run
    jc .out_ask
    mov di, bx
    mov bx, USB_TDS
    call usb_moved
.out_ask:
    ret

; The descriptors from BX up to DI are done: their toggles. BX = DI then.
usb_moved:
    cmp bx, di
    jae .out
    mov al, 1
    cmp byte [gs:bx + 8], PID_IN
    je .flip
    mov al, 2
.flip:
    xor [si + DK_UTOGGLE], al
    add bx, 16
    jmp usb_moved
.out:
    ret

; End the halt of an endpoint, AL = 1: IN, 2: OUT. CF = 1: it does not. Destroys EAX, BX, CX, DX, DI.
usb_unhalt:
    movzx dx, byte [si + DK_UIN]
    or dl, 0x80
    test al, 1
    jnz .endpoint
    movzx dx, byte [si + DK_UOUT]
.endpoint:
    not al
    and [si + DK_UTOGGLE], al
    mov eax, 0x00000102             ; CLEAR_FEATURE, ENDPOINT_HALT
    jmp usb_order

; Reset recovery (chapter 5.3.4). Destroys EAX, BX, CX, DX, DI.
usb_recover:
    movzx dx, byte [si + DK_UIFACE]
    mov eax, 0x0000FF21
    call usb_order
    mov al, 1
    call usb_unhalt
    mov al, 2
    jmp usb_unhalt

; AH = INT 13h error for the sense key AL.
usb_sense_error:
    push di
    mov di, .codes
.next:
    mov ah, [cs:di + 1]
    cmp byte [cs:di], 0xFF
    je .out
    cmp [cs:di], al
    je .out
    add di, 2
    jmp .next
.out:
    pop di
    ret
.codes: db SENSE_NOT_READY, ERR_NOT_READY, 0x3, ERR_CRC, 0x5, ERR_PARAM
        db SENSE_ATTENTION, ERR_CHANGED, 0x7, ERR_PROTECTED, 0xFF, ERR_CONTROLLER

; Move CX sectors, USB_CHUNK at most, from EBX on: AL = SCSI_READ or SCSI_WRITE, data at
; USB_DATA. A unit attention is taken note of. CF, AH as above. Keeps EBX, CX.
usb_sectors:
    push bp
    mov bp, USB_TRIES
.again:
    push ebx
    push cx
    push ax
    call usb_packet
    mov eax, ebx
    xchg al, ah
    ror eax, 16
    xchg al, ah
    mov [gs:USB_CBW + 17], eax
    mov [gs:USB_CBW + 23], cl
    movzx edx, cx
    shl edx, 9
    pop ax
    push ax
    mov cx, 0x800A
    cmp al, SCSI_READ
    je .go
    mov cx, 0x000A
.go:
    call usb_command
    pop dx                          ; the command
    pop cx
    pop ebx
    jnc .out
    cmp ah, ERR_PROTECTED
    je .failed
    cmp ah, ERR_PARAM
    je .failed
    dec bp
    jz .failed
    mov al, dl
    jmp .again
.failed:
    stc
.out:
    pop bp
    ret

; Transfer sectors, as ata_transfer (its interface, for a stick).
usb_transfer:
    push gs
    push bp
    mov bp, sp
    sub sp, 6
%define U_KIND  byte [bp - 1]
%define U_LEFT  word [bp - 4]
%define U_DONE  word [bp - 6]
    mov U_KIND, al
    mov U_LEFT, cx
    mov U_DONE, 0
    mov ax, USB_SEG
    mov gs, ax
.chunk:
    mov cx, U_LEFT
    jcxz .finished
    movzx ax, byte [si + DK_UCHUNK]
    cmp cx, ax
    jbe .counted
    mov cx, ax
.counted:
    mov al, SCSI_READ
    cmp U_KIND, 1
    jne .move
    call .copy
    mov al, SCSI_WRITE
.move:
    push di
    call usb_sectors
    pop di
    jc .out
    cmp U_KIND, 0
    jne .moved
    call .copy
.moved:
    movzx eax, cx
    add ebx, eax
    add U_DONE, cx
    sub U_LEFT, cx
    jmp .chunk
.finished:
    clc
.out:
    mov cx, U_DONE
    mov sp, bp
    pop bp
    pop gs
    ret

; CX sectors between ES:DI, which moves on, and our buffer. The offset is kept small first.
.copy:
    push cx
    push ds
    push si
    mov ax, di
    shr ax, 4
    mov dx, es
    add dx, ax
    jc .high                        ; above 1 MB: only the offset reaches there
    mov es, dx
    and di, 15
.high:
    shl cx, 7                       ; double words
    mov ax, USB_SEG
    mov si, USB_DATA
    cmp U_KIND, 1
    je .from_caller
    mov ds, ax
    rep movsd
    jmp .copied
.from_caller:
    push es
    push es
    pop ds
    mov es, ax
    xchg si, di
    rep movsd
    mov di, si
    pop es
.copied:
    pop si
    pop ds
    pop cx
    ret

; Is the medium there? CF = 1: AH = error.
usb_test_ready:
    push gs
    mov ax, USB_SEG
    mov gs, ax
    mov al, SCSI_TEST_READY
    call usb_packet
    mov cx, 0x0006
    xor edx, edx
    call usb_command
    pop gs
    ret

; Reset the stick's transport. CF = 1: it does not answer.
usb_reset_disk:
    push gs
    mov ax, USB_SEG
    mov gs, ax
    call usb_recover
    pop gs
    ret

; ------------------------------------------------------------------ POST

; A stick, just configured: is it a disk with a medium? CF = 0: its record is complete.
usb_disk_begin:
    mov al, SCSI_INQUIRY
    call usb_packet
    mov byte [gs:USB_CBW + 19], 36
    mov cx, 0x8006
    mov edx, 36
    call usb_command
    jc .no
    test byte [gs:USB_DATA], 0x1F   ; direct access
    jnz .no

    mov cx, 50                      ; a tenth of a second each
.ready:
    push cx
    call usb_test_ready
    pop cx
    jnc .capacity
    cmp al, SENSE_ATTENTION
    je .again
    cmp al, SENSE_NOT_READY
    jne .no
    cmp byte [gs:USB_DATA + 12], 0x3A ; no medium: an empty card reader
    je .no
    push cx
    mov cx, 100
    call delay_ms
    pop cx
.again:
    loop .ready
.no:
    stc
    ret
.capacity:
    mov al, SCSI_CAPACITY
    call usb_packet
    mov cx, 0x800A
    mov edx, 8
    call usb_command
    jc .no
    cmp dword [gs:USB_DATA + 4], 0x00020000 ; sectors of 512 bytes, high byte first
    jne .no
    mov eax, [gs:USB_DATA]
    xchg al, ah
    ror eax, 16
    xchg al, ah
    add eax, 1
    mov [si + DK_TOTAL], eax
    setc al
    movzx ax, al
    mov [si + DK_TOTAL_HI], ax
    mov byte [si + DK_FLAGS], DKF_LBA | DKF_USB

    movzx ax, byte [si + DK_UINMAX] ; a chunk: what the descriptors are enough for
    cmp al, [si + DK_UOUTMAX]
    jbe .least
    mov al, [si + DK_UOUTMAX]
.least:
    imul ax, (USB_DATA - USB_TDS) / 16 - 2
    shr ax, 9
    cmp al, USB_CHUNK
    jbe .chunk
    mov al, USB_CHUNK
.chunk:
    mov [si + DK_UCHUNK], al

    ; It has no geometry of its own: that of its partition table, or by its size.
    call disk_guess
    jc .by_size
    call disk_cylinders
    jmp .store
.by_size:
    call disk_assisted
.store:
    mov [si + DK_PCYLS], ax
    mov [si + DK_PHEADS], cx
    mov [si + DK_PSPT], bx
    call disk_show
    mov byte [si + DK_TRANS], 0
    clc
    ret

; ------------------------------------------------------------------ INT 13h

; AH=00h, 0Dh
usb_disk_reset:
    call disk_reset_floppies
    call usb_reset_disk
    jc disk_reset_failed
    jmp disk_ok

; AH=0Ch
usb_seek:
    call disk_address
    jc disk_fail
    jmp disk_ok

; AH=10h
usb_ready:
    call usb_test_ready
    jnc disk_ok
    cmp al, SENSE_ATTENTION         ; that is told once
    jne disk_fail
    call usb_test_ready
    jmp disk_finish

; ------------------------------------------------------------------ boot

; The first stick to the front of the disks. CF = 1: there is none. DS = EBDA.
; Destroys AX, CX, DX, SI, DI, ES.
usb_to_front:
    call usb_first
    jc .out
    mov word [EX_USB_FROM], si
.shift:
    cmp si, EX_DISKS
    je disk_tables_again
    mov di, si
    sub si, DISK_SIZE
    call .swap
    jmp .shift
.swap:                              ; the records at SI and DI
    mov cx, DISK_SIZE / 2
.word:
    mov ax, [si]
    xchg ax, [di]
    mov [si], ax
    add si, 2
    add di, 2
    loop .word
    sub si, DISK_SIZE
    ret
.out:
    ret

; It has not started: back to its place.
usb_to_back:
    mov si, EX_DISKS
.shift:
    cmp si, [EX_USB_FROM]
    jae disk_tables_again
    mov di, si
    add di, DISK_SIZE
    call usb_to_front.swap
    add si, DISK_SIZE
    jmp .shift

; SI = the first stick's record. CF = 1: there is none.
usb_first:
    mov si, EX_DISKS
.next:
    test byte [si + DK_FLAGS], DKF_USB
    jnz .found                      ; (CF = 0)
    add si, DISK_SIZE
    cmp si, EX_DISKS + 4 * DISK_SIZE
    jb .next
    stc
.found:
    ret

; INT 41h and 46h for the disks as they are now. CF = 0.
disk_tables_again:
    push ds
    DS_BDA
    mov al, [HD_COUNT]
    pop ds
    call disk_tables
    clc
    ret
