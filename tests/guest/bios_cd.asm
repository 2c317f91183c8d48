; A boot image on a CD that calls INT 13h as El Torito and EDD promise it. bios_cd.sh puts it on
; discs of three kinds (KIND): 0 without emulation, 2 standing in for a diskette, 4 for a disk; a
; real diskette and a real disk are in the machine as well, and marked.
;
; The image lies at block IMAGE of the disc. Behind the program each of its sectors is filled with
; its own number.

%if KIND = 0
%define LOADED_WHOLE
%endif
%include "bios_harness.inc"

IMAGE       equ 20                  ; block of the boot image: bios_cd_disc.asm
BLOCKS      equ 20 + 720            ; of the disc
DISK_HEADS  equ 4                   ; geometry that the disk image's partition tells
DISK_SPT    equ 17
MARK        equ 40                  ; the first sector that holds its number

%if KIND = 0
DRIVE       equ 0xE0
%elif KIND = 2
DRIVE       equ 0x00
OTHER       equ 0x01                ; where the real one has moved to
%else
DRIVE       equ 0x80
OTHER       equ 0x81
%endif

main:
%if KIND = 0
    call boot_again
%endif
    cmp byte [boot_drive], DRIVE
    check 'DL is the drive', e
    call test_packet
    call test_disc
%if KIND = 2
    call test_diskette
%elif KIND = 4
    call test_disk
%endif
%if KIND != 0
    call test_image
    call test_end
%endif
    call test_eject
    jmp finish

%if KIND = 0
; ------------------------------------------------------------- the order when CMOS has none
; INT 19h tries the diskette and the disk, which do not boot, and then the disc again.
SECOND      equ 0x4F0               ; the area between programs: kept
boot_again:
    cmp dword [SECOND], 'AGIN'
    je .second
    mov dword [SECOND], 'AGIN'
    mov ax, 0x003D
    call .cmos
    mov ax, 0x0038
    call .cmos
    mov word [0x472], 0
    int 0x19
.cmos:                              ; register AL := AH
    out 0x70, al
    mov al, ah
    out 0x71, al
    ret
.second:
    clc
    check 'without an order in CMOS a CD comes third', nc
    ret
%endif

; ------------------------------------------------------------- 4Bh: what was booted
test_packet:
    mov word [r_si], spec
    regs 0x4B01, 0, 0, DRIVE
    call_int 0x13
    check_cf 0, '4B01h'
    check_ah 0, 'AH = 0'
    check_kept 'registers are kept'
    cmp byte [spec], 0x13
    check 'the size of the packet', e
    cmp byte [spec + 1], KIND
    check 'the kind of emulation', e
    cmp byte [spec + 2], DRIVE
    check 'the drive', e
    cmp byte [spec + 3], 1          ; the second channel, its first drive
    check 'the controller', e
    cmp word [spec + 8], 0
    check 'the device on it', e
    cmp dword [spec + 4], IMAGE
    check 'the block of the image', e
    cmp word [spec + 12], 0
    check 'the load segment', e
    mov ax, [spec + 14]
    cmp ax, LOAD_COUNT
    check 'the sectors loaded', e
%if KIND != 0
    cmp [spec + 16], cx             ; as 08h tells them
    regs 0x0800, 0, 0, DRIVE
    call_int 0x13
    mov ax, [r_cx]
    xchg al, ah
    cmp [spec + 16], ax
    check 'cylinders and sectors as 08h has them', e
    mov al, [r_dx + 1]
    cmp [spec + 18], al
    check 'heads as well', e
%endif
    mov word [r_si], spec
    regs 0x4B02, 0, 0, DRIVE
    call_int 0x13
    check_cf 1, '4B02h: nothing that we know'
    check_ah 1, 'says so'
    mov word [r_si], 0x4321
    ret
spec: times 0x13 db 0

; ------------------------------------------------------------- E0h: the disc itself
; read BLOCK, COUNT, OFFSET, SEGMENT by 42h.
%macro packet 4-5 0
    mov dword [dap + 8], %1
    mov dword [dap + 12], %5
    mov word [dap + 2], %2
    mov word [dap + 4], %3
    mov word [dap + 6], %4
    mov word [r_si], dap
%endmacro
dap: db 16, 0
    dw 0, 0, 0
    dq 0

test_disc:
    regs 0x4100, 0x55AA, 0, 0xE0
    call_int 0x13
    check_cf 0, '41h of the disc'
    cmp word [r_bx], 0xAA55
    check 'the signature', e
    cmp word [r_cx], 7
    check 'packets, locking, information', e
    regs 0x4100, 0x55AB, 0, 0xE0
    call_int 0x13
    check_cf 1, '41h without the signature'

    push ds
    pop es
    mov di, info + 2
    mov cx, 0x18
    mov al, 0xA5
    rep stosb
    mov word [info], 0x1A
    mov word [r_si], info
    regs 0x4800, 0, 0, 0xE0
    call_int 0x13
    check_cf 0, '48h'
    mov eax, [info + 4]
    or eax, [info + 8]
    or eax, [info + 12]
    or eax, [info + 20]
    check 'neither cylinders, heads nor sectors', z
    cmp word [info], 0x1A
    check 'its size', e
    cmp word [info + 2], 0x0074
    check 'removable, lockable, no geometry', e
    cmp dword [info + 16], BLOCKS
    check 'blocks of the disc', e
    cmp word [info + 24], 2048
    check 'of 2048 bytes', e
    mov word [info], 0x19
    regs 0x4800, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, '48h with no room'

    packet 16, 2, 0, BUF
    regs 0x4200, 0, 0, 0xE0
    call_int 0x13
    check_cf 0, '42h'
    check_kept '42h keeps registers'
    mov ax, BUF
    mov es, ax
    cmp dword [es:1], 'CD00'
    check 'block 16', e
    cmp dword [es:2048 + 7], 'EL T'
    check 'block 17', e
    ; Over the end of a segment, and at an odd address.
    mov ax, ODD + 0x1000
    mov es, ax
    mov word [es:0x00EF + 0x0F00], 0
    packet IMAGE + MARK / 4, 3, 0xF001, ODD
    regs 0x4200, 0, 0, 0xE0
    call_int 0x13
    check_cf 0, '42h over the end of a segment'
    mov ax, ODD + 0xF00
    mov es, ax
    cmp word [es:1], MARK
    check 'its first bytes', e
    cmp word [es:1 + 3 * 2048 - 2], MARK + 11
    check 'its last', e

    packet BLOCKS, 1, 0, BUF
    regs 0x4200, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, 'behind the last block'
    check_ah 1, 'is a bad parameter: so says the drive'
    cmp word [dap + 2], 0
    check 'nothing was read', e
    packet BLOCKS - 1, 2, 0, BUF
    regs 0x4200, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, 'over the last block'
    packet 16, 1, 0, BUF, 1
    regs 0x4200, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, 'no disc has 2^32 blocks'
    check_ah 1, 'a bad parameter'
    mov byte [dap], 15
    packet 16, 1, 0, BUF
    regs 0x4200, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, 'a packet that is too short'
    mov byte [dap], 16
    packet 16, 0, 0, BUF
    regs 0x4200, 0, 0, 0xE0
    call_int 0x13
    check_cf 0, 'no block at all'

    mov ax, BUF
    mov es, ax
    mov dword [es:0], 0x12345678
    packet 16, 4, 0, BUF
    regs 0x4400, 0, 0, 0xE0
    call_int 0x13
    check_cf 0, '44h'
    mov ax, BUF
    mov es, ax
    cmp dword [es:0], 0x12345678
    check 'moves nothing', e
    packet BLOCKS, 1, 0, BUF
    regs 0x4400, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, '44h behind the end'
    packet 100, 1, 0, BUF
    regs 0x4700, 0, 0, 0xE0
    call_int 0x13
    check_cf 0, '47h'
    packet BLOCKS, 1, 0, BUF
    regs 0x4700, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, '47h behind the end'
    mov word [r_si], 0x4321

    mov si, .refused
.next:
    mov ax, [si]
    mov [r_ax], ax
    mov word [r_bx], 0
    mov word [r_cx], 1
    mov word [r_dx], 0xE0
    mov word [r_es], BUF
    push si
    mov word [r_si], dap
    call_int 0x13
    pop si
    mov al, [si + 2]
    test al, al
    mov ah, [r_flags]
    setnz al
    and ah, 1
    cmp al, ah
    check 'CF of functions on a disc', e
    mov al, [si + 2]
    cmp [r_ax + 1], al
    check 'and AH', e
    add si, 3
    cmp si, .refused_end
    jb .next
    regs 0x4502, 0, 0, 0xE0
    call_int 0x13
    cmp word [r_ax], 0
    check 'AL: not locked', e
    mov word [r_si], 0x4321
    ret
.refused:                           ; AX, AH of the answer
    dw 0x0000
    db 0
    dw 0x0D00
    db 0
    dw 0x1000
    db 0
    dw 0x0100
    db 0
    dw 0x0201
    db 1
    dw 0x0100                       ; ... which 01h tells again
    db 1
    dw 0x0301
    db 3
    dw 0x0401
    db 1
    dw 0x0800
    db 1
    dw 0x1500
    db 1
    dw 0x4300
    db 3
    dw 0x4500
    db 0
    dw 0x4501
    db 0
    dw 0x4503
    db 1
    dw 0x4900
    db 0
    dw 0x4A00
    db 1
.refused_end:
info: times 0x1A db 0

%if KIND != 0
; ------------------------------------------------------------- sectors of the image
; Each sector of the stand-in by CHS, alone and with those behind it: the four of a block begin at
; different places of it.
SPT_ equ (KIND = 2) * 18 + (KIND = 4) * DISK_SPT
HEADS_ equ (KIND = 2) * 2 + (KIND = 4) * DISK_HEADS

test_image:
    mov word [.sector], MARK
    mov word [.bad], 0
.next:
    mov ax, [.sector]
    xor dx, dx
    mov bx, SPT_
    div bx
    mov cl, dl
    inc cl
    xor dx, dx
    mov bx, HEADS_
    div bx
    mov ch, al
    mov dh, dl
    mov dl, DRIVE
    mov [r_cx], cx
    mov [r_dx], dx
    mov ax, [.sector]
    and al, 7
    inc ax
    mov ah, 2
    mov [r_ax], ax
    mov [.count], al
    mov word [r_bx], 0
    mov word [r_es], BUF
    mov ax, BUF                     ; one byte behind must stay
    mov es, ax
    movzx di, byte [.count]
    shl di, 9
    mov byte [es:di], 0x5A
    push di
    call_int 0x13
    pop di
    test byte [r_flags], 1
    jnz .wrong
    mov al, [.count]
    mov ah, 0
    cmp [r_ax], ax
    jne .wrong
    mov ax, BUF
    mov es, ax
    cmp byte [es:di], 0x5A
    jne .wrong
    mov dx, [.sector]
    xor di, di
    movzx cx, byte [.count]
.look:
    cmp [es:di], dx
    jne .wrong
    cmp [es:di + 510], dx
    jne .wrong
    add di, 512
    inc dx
    loop .look
.advance:
    inc word [.sector]
    cmp word [.sector], MARK + 64
    jb .next
    cmp word [.bad], 0
    check 'each sector is that of the disc', e
    regs 0x0401, 0, 0x0001, DRIVE
    call_int 0x13
    check_cf 0, '04h'
    regs 0x0380, 0, 0x0001, DRIVE
    call_int 0x13
    check_ah 3, '03h: protected'
    regs 0x0500, 0, 0x0001, DRIVE
    call_int 0x13
    check_ah 3, '05h: protected'
    regs 0x0200, 0, 0x0001, DRIVE
    call_int 0x13
    check_ah 1, 'no sectors'
    regs 0x0281, 0, 0x0001, DRIVE
    call_int 0x13
    check_ah 1, 'more than a segment holds'
    regs 0x0201, 0, 0x0000, DRIVE
    call_int 0x13
    check_ah 1, 'there is no sector 0'
    regs 0x0201, 0, SPT_ + 1, DRIVE
    call_int 0x13
    check_ah 1, 'nor one more than a track has'
    regs 0x0201, 0, 0x0001, HEADS_ << 8 | DRIVE
    call_int 0x13
    check_ah 1, 'nor one more head'
    regs 0x0201, 0, 0xFFC1, DRIVE
    call_int 0x13
    check_ah 1, 'nor cylinder 1023'
    regs 0x0100, 0, 0, DRIVE
    call_int 0x13
    check_ah 1, '01h tells that again'
    check_cf 1, 'with carry'
    mov si, .simple
.plain:
    mov ah, [si]
    mov al, 0
    mov [r_ax], ax
    mov word [r_dx], DRIVE
    push si
    mov word [r_si], 0x4321
    call_int 0x13
    pop si
    test byte [r_flags], 1
    check 'a call that does nothing here', z
    inc si
    cmp si, .simple_end
    jb .plain
    mov word [r_si], 0x4321
    ret
.wrong:
    inc word [.bad]
    mov ax, [.sector]
    call put_hex
    jmp .advance
.simple: db 0x00, 0x0D, 0x10, 0x11
.simple_end:
.sector: dw 0
.bad:    dw 0
.count:  db 0

; ------------------------------------------------------------- the end of it
; 4B00h gives the numbers back to the real drives.
test_end:
    call real_is_other
    check 'the real drive has moved on', e
    mov word [r_si], spec
    mov byte [spec + 2], 0xFF
%if KIND = 2
    regs 0x4B00, 0, 0, 0x7F         ; "all emulations"
%else
    regs 0x4B00, 0, 0, DRIVE
%endif
    call_int 0x13
    check_cf 0, '4B00h'
    cmp byte [spec + 2], DRIVE
    check 'tells what it was', e
    mov word [r_si], 0x4321
    mov dl, DRIVE
    call is_real
    check 'and the real drive is back', e
    ret
real_is_other:
    mov dl, OTHER
is_real:                            ; ZF: drive DL has the mark of the real ones
    mov cx, 3                       ; the first call tells of a changed diskette
.again:
    push cx
    mov dh, 0
    mov [r_dx], dx
    mov word [r_ax], 0x0201
    mov word [r_cx], 1
    mov word [r_bx], 0
    mov word [r_es], BUF
    push dx
    call_int 0x13
    pop dx
    pop cx
    test byte [r_flags], 1
    jz .read
    loop .again
.read:
    mov ax, BUF
    mov es, ax
    cmp dword [es:0], 'REAL'
    ret
%endif

%if KIND = 2
test_diskette:
    regs 0x0800, 0, 0, DRIVE
    call_int 0x13
    check_cf 0, '08h'
    cmp word [r_cx], 0x4F12
    check '80 cylinders of 18 sectors', e
    cmp word [r_dx], 0x0102
    check 'two heads, two drives', e
    cmp byte [r_bx], 4
    check 'a diskette of 1.44 MB', e
    mov es, [r_es]
    mov di, [r_di]
    cmp byte [es:di + 4], 18
    check 'with a table', e
    regs 0x1500, 0, 0, DRIVE
    call_int 0x13
    check_ah 1, '15h: a diskette without change line'
    check_cf 0, 'which is no error'
    regs 0x1600, 0, 0, DRIVE
    call_int 0x13
    check_cf 0, '16h: not changed'
    ret
%elif KIND = 4
test_disk:
    regs 0x0800, 0, 0, DRIVE
    call_int 0x13
    check_cf 0, '08h'
    mov al, [r_cx]
    and al, 0x3F
    cmp al, DISK_SPT
    check 'sectors of the partition', e
    cmp word [r_dx], (DISK_HEADS - 1) << 8 | 2
    check 'its heads, and two disks', e
    cmp byte [r_cx + 1], 19
    check 'its cylinders', e
    regs 0x1500, 0, 0, DRIVE
    call_int 0x13
    check_ah 3, '15h: a disk'
    cmp word [r_dx], 20 * DISK_HEADS * DISK_SPT
    check 'of so many sectors', e
    ret
%endif

; ------------------------------------------------------------- no disc any more
test_eject:
    regs 0x4600, 0, 0, 0xE0
    call_int 0x13
    check_cf 0, '46h'
    packet 16, 1, 0, BUF
    regs 0x4200, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, 'the tray is open'
    check_ah 0x31, 'no disc in the drive'
    regs 0x1000, 0, 0, 0xE0
    call_int 0x13
    check_cf 1, '10h says so too'
    mov word [info], 0x1A
    mov word [r_si], info
    regs 0x4800, 0, 0, 0xE0
    call_int 0x13
    cmp dword [info + 16], 0xFFFFFFFF
    check '48h: how many blocks cannot be told', e
    mov word [r_si], 0x4321
    ret

    align 512, db 0
LOADED_SECTORS equ ($ - $$) / 512
%if KIND = 0
LOAD_COUNT  equ LOADED_SECTORS
%else
LOAD_COUNT  equ 1
    times (MARK * 512) - ($ - $$) db 0
%endif
%if LOADED_SECTORS > SECTORS + 1
%error "the program does not fit"
%endif
