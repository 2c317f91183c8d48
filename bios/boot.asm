; Ferrite system BIOS: INT 19h bootstrap and INT 18h.
;
; The order comes from CMOS: 3Dh low nibble first device, high nibble second,
; 38h high nibble third (1 diskette, 2 disk, 3 CD, 5 USB stick). INT 18h, which boot code
; calls when it finds nothing to start, goes on with the next device. When all
; have failed, the screen says why each one did.

int19_entry:
    cli
    cld
    xor ax, ax
    mov ss, ax
    mov sp, BOOT_ADDR
    sti
    DS_EBDA
    call boot_stick_back
    mov byte [EX_BOOT_POS], 0
    mov dword [EX_BOOT_WHY], 0
    mov word [EX_BOOT_WHY + 4], 0

    mov al, CMOS_BOOT12
    call cmos_read
    mov ah, al
    and al, 0x0F
    shr ah, 4
    mov [EX_BOOT_ORDER], ax
    mov al, CMOS_BOOT3
    call cmos_read
    shr al, 4
    mov [EX_BOOT_ORDER + 2], al
    ; CMOS that names nothing: diskette, disk, CD.
    or al, [EX_BOOT_ORDER]
    or al, [EX_BOOT_ORDER + 1]
    jnz boot_next
    mov word [EX_BOOT_ORDER], 0x0201
    mov byte [EX_BOOT_ORDER + 2], 3
    jmp boot_next

int18_entry:
    cli
    cld
    xor ax, ax
    mov ss, ax
    mov sp, BOOT_ADDR
    sti
    DS_EBDA
    movzx bx, byte [EX_BOOT_POS]    ; the device that was just running
    cmp bx, 3
    jae boot_next
    add bx, bx
    mov word [EX_BOOT_WHY + bx], why_no_system
    inc byte [EX_BOOT_POS]
    call boot_stick_back

; Try the devices from EX_BOOT_POS on. DS = EBDA.
boot_next:
    DS_EBDA
    movzx bx, byte [EX_BOOT_POS]
    cmp bx, 3
    jae boot_failed
    mov al, [EX_BOOT_ORDER + bx]
    mov dl, 0x00
    cmp al, 1
    je .floppy
    mov dl, 0x80
    cmp al, 2
    je .disk
    mov si, why_no_cd
    cmp al, 3
    je .cd
    cmp al, 5
    je .stick
    jmp .skip
.stick:                             ; a disk as any other, but the first one
    call usb_to_front
    mov si, why_no_stick
    jc .failed
    mov byte [EX_USB_FRONT], 1
    mov dl, 0x80
    jmp .disk
.cd:
    cmp byte [EX_ATAPI_COUNT], 0
    je .failed
    call eltorito_load              ; CF = 0: DL = drive, AX = segment
    jc .failed
    jmp .start_at
.floppy:
    mov si, why_no_drive
    push ds
    DS_BDA
    test byte [EQUIP], 1
    pop ds
    jz .failed
    call boot_load
    jc .failed
    mov al, CMOS_BOOT3              ; bit 0: diskettes need no signature
    call cmos_read
    test al, 1
    jz .signature
    jmp .start
.disk:
    mov si, why_no_disk
    push ds
    DS_BDA
    cmp byte [HD_COUNT], 0
    pop ds
    je .failed
    call boot_load
    jc .failed
.signature:
    xor ax, ax
    mov es, ax
    mov si, why_no_signature
    cmp word [es:BOOT_ADDR + 510], 0xAA55
    jne .failed

.start:
    xor ax, ax
.start_at:                          ; AX = segment; 0 means 0:7C00
    push ax
    POST_CODE 0x00
    xor eax, eax
    mov ds, ax
    mov es, ax
    mov fs, ax
    mov gs, ax
    movzx edx, dl
    mov ebx, eax
    mov ecx, eax
    mov esi, eax
    mov edi, eax
    mov ebp, eax
    sti
    pop bp
    test bp, bp
    jz .usual
    push bp                         ; a CD's own load segment
    push ax
    xor bp, bp
    retf
.usual:
    jmp 0x0000:BOOT_ADDR

.failed:
    call boot_stick_back
    movzx bx, byte [EX_BOOT_POS]
    add bx, bx
    mov [EX_BOOT_WHY + bx], si
.skip:
    inc byte [EX_BOOT_POS]
    jmp boot_next

; A stick that stood before the disks goes back behind them. DS = EBDA. Keeps SI.
boot_stick_back:
    cmp byte [EX_USB_FRONT], 0
    je .out
    push si
    call usb_to_back
    pop si
    mov byte [EX_USB_FRONT], 0
.out:
    ret

; Read the first sector of drive DL to 0:7C00. CF = 1: SI = why not. Four
; attempts: the first one on a diskette reports the changed disk.
boot_load:
    push ds
    push es
    xor ax, ax
    mov es, ax
    mov bx, BOOT_ADDR
    mov cx, 4
.again:
    push cx
    mov ax, 0x0201
    mov cx, 1
    mov dh, 0
    int 0x13
    pop cx
    jnc .done
    mov si, why_empty
    cmp ah, ERR_TIMEOUT
    je .failed                      ; waiting once for an empty drive is enough
    cmp ah, ERR_CHANGED             ; nothing is wrong then
    je .retry
    mov ah, 0
    int 0x13
.retry:
    loop .again
    mov si, why_read
.failed:
    stc
.done:
    pop es
    pop ds
    ret

; Nothing to boot.
boot_failed:
    POST_CODE 0xE0
    mov si, msg_no_boot
    call print_str
    xor bx, bx
.device:
    movzx di, byte [EX_BOOT_ORDER + bx]
    dec di
    cmp di, 5
    jae .none
    add di, di
    mov si, [cs:boot_names + di]
    test si, si
    jz .none
    call print_str
    mov di, bx
    add di, di
    mov si, [EX_BOOT_WHY + di]
    test si, si
    jz .end_line
    call print_str
.end_line:
    mov si, msg_line
    call print_str
.none:
    inc bx
    cmp bx, 3
    jb .device
    mov si, msg_remedy
    call print_str
.halt:
    sti
    hlt
    jmp .halt

boot_names: dw name_floppy, name_disk, name_cd, 0, name_stick
name_floppy:      db '  Diskette A:  ', 0
name_disk:        db '  Hard disk 0  ', 0
name_cd:          db '  CD-ROM       ', 0
name_stick:       db '  USB stick    ', 0
why_no_drive:     db 'no drive', 0
why_no_disk:      db 'no disk connected', 0
why_no_stick:     db 'none connected', 0
why_no_cd:        db 'no drive', 0
why_cd_empty:     db 'no disc in the drive', 0
why_cd_read:      db 'the disc cannot be read', 0
why_cd_data:      db 'not bootable: no El Torito boot record', 0
why_empty:        db 'no disk in the drive, or it does not answer', 0
why_read:         db 'the boot sector cannot be read', 0
why_no_signature: db 'not bootable: no 55AAh at the end of its first sector', 0
why_no_system:    db 'its boot code found nothing to start', 0
msg_no_boot:      db 13, 10, 'Nothing to boot. Tried in this order:', 13, 10, 0
msg_line:         db 13, 10, 0
msg_remedy:       db 13, 10, 'Insert a system disk (in Ferrite: -fda, -hda or -cdrom FILE),'
                  db 13, 10, 'then press Ctrl+Alt+Del.', 13, 10, 0
