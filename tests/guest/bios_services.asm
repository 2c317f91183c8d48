; A boot diskette that calls the services of the system BIOS that bios_test.asm and bios_edges.asm
; leave out, so that each function is called somewhere and its effect looked at. bios_services.sh
; runs it: A: this, a printer and a serial port that write files.

%include "bios_harness.inc"

MARK        equ 0x4F00              ; POST leaves this memory alone when [472h] says so

main:
    cmp dword [MARK], 'once'
    je .again
    call leave_a_mess
.again:
    call test_after_post
    call test_alarm_and_days
    call test_pci_widths
    call test_shift_flags
    call test_small_15
    call test_protected
    call test_serial
    call test_printer
    call test_mouse_bytes
    call test_dasd
    call test_settling
    call test_no_drive
    jmp finish

; ------------------------------------------------------------- POST, by a jump to its start
; As programs restart a PC: nothing has reset the chips.
leave_a_mess:
    mov dword [MARK], 'once'
    in al, 0x61
    or al, 0x0F                     ; the speaker on, both checks of memory off
    out 0x61, al
    mov al, 0xFF
    out 0x21, al
    out 0xA1, al
    mov al, 0x70                    ; counter 0 stands
    out 0x43, al
    call .display
    mov ecx, 0xFEB00001             ; its ROM is decoded
    mov ax, 0xB10D
    int 0x1A
    mov word [0x472], 0x1234
    jmp 0xFFFF:0
.display:                           ; BX = the display's function, DI = its ROM's register
    mov ax, 0xB103
    mov ecx, 0x030000
    xor si, si
    int 0x1A
    mov di, 0x30
    ret

test_after_post:
    mov dword [MARK], 0
    in al, 0x61
    test al, 0x03
    check 'POST switches the speaker off', z
    test al, 0x0C
    check 'and the checks of memory on', z
    in al, 0x21
    and al, 0x07
    check 'interrupts of timer, keyboard and cascade come', z
    mov dl, [at_entry + 12]
    cmp dl, [boot_drive]
    mov byte [at_entry + 12], 0
    check 'a boot sector finds its drive in DL', e
    mov si, at_entry
    mov cx, 7
    xor ebx, ebx
.registers:
    lodsd
    or ebx, eax
    loop .registers
    test ebx, ebx
    check 'and zeros in the other registers, the same in every run', z
    call leave_a_mess.display
    mov ecx, 1
    mov ax, 0xB10A
    int 0x1A
    test cl, 1
    check 'expansion ROMs are not decoded', z
    mov dx, 0x378                   ; the printer is selected, and nothing is on its lines
    in al, dx
    test al, al
    check 'POST clears the data of LPT1', z
    mov dx, 0x37A
    in al, dx
    and al, 0x1F
    cmp al, 0x0C
    check 'and selects it', e
    mov ax, [0x46C]
    call wait_tick
    cmp ax, [0x46C]
    check 'and the timer runs', ne
    ; The first line of the screen: how much memory there is, in KB.
    push 0xB800
    pop es
    xor di, di
.find:
    cmp dword [es:di], 0x074B0720   ; " K"
    je .found
    add di, 2
    cmp di, 160
    jb .find
.found:
    mov si, .digits + 5
    mov cx, 5
    std
.digit:
    dec si
    sub di, 2
    mov al, [es:di]
    cmp al, [si]
    jne .other
    loop .digit
.other:
    cld
    check 'POST says 32768 KB', e
    push 0
    pop es
    ret
.digits:    db '32768'

; ------------------------------------------------------------- INT 1Ah 07h, 09h-0Bh
test_alarm_and_days:
    regs 0x0600, 0, 0x2345, 0x5600
    call_int 0x1A
    check_cf 0, '1Ah 06h'
    regs 0x0900, 0, 0, 0
    call_int 0x1A
    check_cf 0, '1Ah 09h'
    cmp word [r_cx], 0x2345
    check 'the alarm: hours, minutes', e
    cmp word [r_dx], 0x5601
    check 'seconds, and that it is on', e
    regs 0x0700, 0, 0, 0
    call_int 0x1A
    regs 0x0900, 0, 0, 0
    call_int 0x1A
    cmp byte [r_dx], 0
    check '07h switches it off', e
    regs 0x0B00, 0, 0x4321, 0
    call_int 0x1A
    check_cf 0, '1Ah 0Bh'
    regs 0x0A00, 0, 0, 0
    call_int 0x1A
    cmp word [r_cx], 0x4321
    check '0Ah: the days that 0Bh set', e
    regs 0x0300, 0, 0x1122, 0x3301  ; daylight saving
    call_int 0x1A
    regs 0x0200, 0, 0, 0
    call_int 0x1A
    cmp word [r_dx], 0x3301
    check '02h: seconds and daylight saving', e
    regs 0x0300, 0, 0x1122, 0x3300
    call_int 0x1A
    ret

; ------------------------------------------------------------- INT 1Ah B1h, all widths
; Of the PIIX3 and its IDE function.
test_pci_widths:
    regs 0xB109, 0x0008, 0, 0
    mov word [r_di], 0
    call_int 0x1A
    cmp word [r_cx], 0x8086
    check 'B109h: a word', e
    mov ax, 0xB10A
    mov bx, 0x0008
    mov di, 0
    xor ecx, ecx
    int 0x1A
    cmp ecx, 0x70008086
    check 'B10Ah: a dword', e
    mov ax, 0xB10A
    mov di, 2
    int 0x1A
    check 'not in the middle of one', c
    mov di, 0x63                    ; where PIRQD goes: nowhere for now
    mov cx, 0x80
    mov ax, 0xB10B
    int 0x1A
    check 'B10Bh', nc
    mov di, 0x60
    mov ax, 0xB10A
    int 0x1A
    cmp ecx, 0x800B0A0A
    check 'writes a byte and not its neighbours', e
    mov di, 0x63
    mov cx, 0x0B
    mov ax, 0xB10B
    int 0x1A
    mov bx, 0x0009
    mov di, 0x40                    ; IDE timing: 16 bits each channel
    mov ax, 0xB10A
    int 0x1A
    mov esi, ecx
    mov cx, 0x8001
    mov ax, 0xB10C
    int 0x1A
    check 'B10Ch', nc
    mov ax, 0xB10A
    int 0x1A
    mov eax, ecx
    xor eax, esi
    shr eax, 16
    check 'writes a word and not its neighbour', z
    cmp cx, 0x8001
    check 'this one', e
    mov ecx, esi
    mov ax, 0xB10D
    int 0x1A
    check 'B10Dh', nc
    xor ecx, ecx
    mov ax, 0xB10A
    int 0x1A
    cmp ecx, esi
    check 'writes a dword', e
    ret

; ------------------------------------------------------------- INT 16h 02h, 12h
test_shift_flags:
    mov word [0x417], 0x0307        ; right and left Shift, Ctrl; left Ctrl and Alt
    mov byte [0x496], 0x1C          ; right Ctrl and Alt
    regs 0x0200, 0, 0, 0
    call_int 0x16
    cmp byte [r_ax], 0x07
    check '16h 02h', e
    regs 0x1200, 0, 0, 0
    call_int 0x16
    cmp word [r_ax], 0x0F07
    check '16h 12h', e
    mov byte [0x418], 0x04          ; SysReq is down
    mov byte [0x496], 0x10
    regs 0x1200, 0, 0, 0
    call_int 0x16
    cmp word [r_ax], 0x8007
    check '12h: SysReq', e
    mov word [0x417], 0
    regs 0x0306, 0x0105, 0, 0
    call_int 0x16
    check_kept '16h 03h with an unknown AL'
    ret

; ------------------------------------------------------------- INT 15h
test_small_15:
    mov si, .quick
.next:
    mov ah, [si]
    test ah, ah
    jz .devices
    mov al, 0
    stc
    int 0x15
    pushf
    pop bx
    test bl, 1
    check '80h, 81h, 82h, 85h, 91h: no carry', z
    inc si
    jmp .next
.quick: db 0x80, 0x81, 0x82, 0x85, 0x91, 0
.devices:
    regs 0x2403, 0, 0, 0
    call_int 0x15
    cmp word [r_bx], 3
    check '2403h: A20 by the 8042 and port 92h', e
    regs 0xE881, 0, 0, 0
    call_int 0x15
    check_cf 0, 'E881h'
    mov ax, 0xE881
    xor ecx, ecx
    xor edx, edx
    int 0x15
    cmp eax, ecx
    check 'the same twice', e
    cmp eax, 15 * 1024
    check '15 MB below 16', e
    ; 83h, taken back before its time.
    mov byte [event], 0
    regs 0x8300, event, 0, 50000, 0
    call_int 0x15
    check_cf 0, '83h'
    regs 0x8301, 0, 0, 0
    call_int 0x15
    check_cf 0, '8301h'
    call short_wait
    test byte [event], 0x80
    check 'the event does not come', z
    regs 0x8300, event, 0, 1000, 0
    call_int 0x15
    check_cf 0, 'and another can be waited for'
    call short_wait
    test byte [event], 0x80
    check 'which does', nz
    ret
event: db 0

; ------------------------------------------------------------- INT 15h 89h
; Into protected mode with our own table, and back.
test_protected:
    mov [.sp], sp
    mov word [table + 0x08], 0x3F   ; 1: the table
    mov dword [table + 0x0A], table
    mov byte [table + 0x0D], 0x93
    mov word [table + 0x10], 0      ; 2: no interrupts
    mov dword [table + 0x18], 0x0000FFFF ; 3-5: data from 0
    mov dword [table + 0x1C], 0x00009300
    mov dword [table + 0x20], 0x0000FFFF
    mov dword [table + 0x24], 0x00009300
    mov dword [table + 0x28], 0x0000FFFF
    mov dword [table + 0x2C], 0x00009300
    mov dword [table + 0x30], 0x0000FFFF ; 6: code from 0
    mov dword [table + 0x34], 0x00009B00
    in al, 0x21
    mov [.masks], al
    in al, 0xA1
    mov [.masks + 1], al
    xor ax, ax
    mov es, ax
    mov si, table
    mov bx, 0x5058
    mov ax, 0x8900
    int 0x15
    mov bx, cs
    mov di, ds
    mov eax, cr0
    and al, 0xFE
    mov cr0, eax
    jmp 0:.real
.real:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, [.sp]
    lidt [.idt]
    cmp bx, 0x30
    check '89h: code by selector 30h', e
    cmp di, 0x18
    check 'data by 18h', e
    in al, 0x21
    cmp al, 0xFF
    check 'all interrupts masked', e
    mov al, 0x11                    ; the controllers as they were
    out 0x20, al
    out 0xA0, al
    mov al, 0x08
    out 0x21, al
    mov al, 0x70
    out 0xA1, al
    mov al, 4
    out 0x21, al
    mov al, 2
    out 0xA1, al
    mov al, 1
    out 0x21, al
    out 0xA1, al
    mov al, [.masks]
    out 0x21, al
    mov al, [.masks + 1]
    out 0xA1, al
    sti
    call wait_tick
    clc
    check 'and the timer runs after all that', nc
    ret
.sp: dw 0
.masks: dw 0
.idt:
    dw 0x3FF
    dd 0
align 8
table: times 64 db 0

; ------------------------------------------------------------- INT 14h
test_serial:
    regs 0x0400, 0x0100, 0x0207, 0  ; 9600, 7 bits, odd parity, 1 stop bit
    call_int 0x14
    mov dx, 0x3FB
    in al, dx
    cmp al, 0x0A
    check '14h 04h: 7O1', e
    regs 0x0401, 0x0301, 0x030B, 0  ; 115200, 8 bits, stick odd... with a break, 2 stop bits
    call_int 0x14
    mov dx, 0x3FB
    in al, dx
    cmp al, 0x6F
    check 'parity, stop bits, break', e
    or al, 0x80
    out dx, al
    mov dx, 0x3F8
    in al, dx
    mov bl, al
    mov dx, 0x3FB
    mov al, 0x03
    out dx, al
    cmp bl, 1
    check '115200 baud', e
    regs 0x0400, 0x0000, 0x0307, 0  ; 9600
    call_int 0x14
    regs 0x0501, 0x000B, 0, 0
    call_int 0x14
    mov dx, 0x3FC
    in al, dx
    cmp al, 0x0B
    check '14h 0501h writes modem control', e
    regs 0x0500, 0, 0, 0
    call_int 0x14
    cmp byte [r_bx], 0x0B
    check '0500h reads it', e
    regs 0x0300, 0, 0, 0
    call_int 0x14
    cmp byte [r_ax + 1], 0x60
    check '03h: the transmitter is empty', e
    mov dx, 0x3FE
    in al, dx
    mov ah, [r_ax]
    xor al, ah
    test al, 0xF0
    check '03h: the modem lines', z
    mov byte [0x47C], 1             ; a second
    regs 0x0200, 0, 0, 0
    call_int 0x14
    test byte [r_ax + 1], 0x80
    check '02h: nothing comes in a second', nz
    mov dx, 0x3FC                   ; a byte comes in: sent to itself, and no line changes since
    mov al, 0x10
    out dx, al
    mov dx, 0x3F8
    mov al, 'R'
    out dx, al
    mov dx, 0x3FD
.coming:
    in al, dx
    test al, 1
    jz .coming
    mov dx, 0x3FC
    mov al, 0x03
    out dx, al
    mov dx, 0x3FE
    in al, dx
    regs 0x0200, 0, 0, 0
    call_int 0x14
    cmp word [r_ax], 'R'            ; and no error
    check '02h: a byte that is there', e
    mov si, .word                   ; faster than the line takes them: each waits for its turn
    mov cx, 4
    mov bl, 0
.letter:
    lodsb
    mov ah, 0x01
    xor dx, dx
    int 0x14
    or bl, ah
    loop .letter
    test bl, 0x80
    check '01h', z
    mov dx, 0x3FD
.sent:
    in al, dx
    test al, 0x40
    jz .sent
    regs 0x0400, 0x0000, 0x030C, 0  ; there is no thirteenth rate
    call_int 0x14
    mov dx, 0x3FB
    mov al, 0x83
    out dx, al
    mov dx, 0x3F8
    in ax, dx
    mov bx, ax
    mov dx, 0x3FB
    mov al, 0x03
    out dx, al
    cmp bx, 12
    check '04h: the rate stays when there is no such', e
    ret
.word: db 'Wait'

; ------------------------------------------------------------- INT 17h, INT 05h
test_printer:
    regs 0x0100, 0, 0, 0
    call_int 0x17
    check_ah 0x90, '17h 01h: selected, not busy'
    regs 0x0058, 0, 0, 0
    call_int 0x17
    test byte [r_ax + 1], 0x29
    check '17h 00h prints', z
    check_kept '17h keeps registers'
    ; Print screen: what the screen shows comes out, and the cursor stays.
    mov ax, 3
    int 0x10
    mov ax, 0x0E48
    int 0x10
    mov ax, 0x0E69
    int 0x10
    int 0x05
    cmp byte [0x500], 0
    check 'INT 05h ends well', e
    mov ah, 3
    mov bh, 0
    int 0x10
    cmp dx, 2
    check 'and leaves the cursor', e
    mov byte [0x500], 1
    int 0x05
    cmp byte [0x500], 1
    check 'not a second time inside itself', e
    mov byte [0x500], 0
    push word [0x408]
    mov word [0x408], 0             ; no printer
    int 0x05
    pop word [0x408]
    cmp byte [0x500], 0xFF
    check 'without a printer it ends with an error', e
    mov byte [0x500], 0
    ret

; ------------------------------------------------------------- INT 15h C208h, C209h, C206h
test_mouse_bytes:
    regs 0xC205, 0x0300, 0, 0
    call_int 0x15
    regs 0xC206, 0x0200, 0, 0
    call_int 0x15
    check_cf 0, 'C206h: scaling 2:1'
    regs 0xC206, 0x0000, 0, 0
    call_int 0x15
    test byte [r_bx], 0x10
    check 'the mouse says so', nz
    regs 0xC206, 0x0100, 0, 0
    call_int 0x15
    regs 0xC206, 0x0000, 0, 0
    call_int 0x15
    test byte [r_bx], 0x10
    check '1:1 again', z
    regs 0xC202, 0x0200, 0, 0       ; 40 a second
    call_int 0x15
    regs 0xC206, 0x0000, 0, 0
    call_int 0x15
    cmp word [r_dx], 40
    check 'C202h: 40 a second', e
    regs 0xC208, 0x00F6, 0, 0       ; "set defaults"
    call_int 0x15
    check_cf 0, 'C208h sends a command'
    regs 0xC206, 0x0000, 0, 0
    call_int 0x15
    cmp word [r_dx], 100
    check 'which the mouse obeys', e
    regs 0xC209, 0, 0, 0
    call_int 0x15
    check_cf 1, 'C209h: nothing to read'
    check_ah 3, 'is an interface error'
    regs 0xC203, 0x0400, 0, 0
    call_int 0x15
    check_ah 2, 'C203h: no such resolution'
    regs 0xC202, 0x0700, 0, 0
    call_int 0x15
    check_ah 2, 'C202h: no such rate'
    regs 0xC205, 0x0900, 0, 0
    call_int 0x15
    check_ah 2, 'C205h: no such size'
    ret

; ------------------------------------------------------------- INT 13h 17h
test_dasd:
    regs 0x1700, 0, 0, 0
    call_int 0x13
    check_ah 1, '17h: no such type'
    regs 0x1704, 0, 0, 0
    call_int 0x13
    check_cf 0, '17h: 720 KB'
    cmp byte [0x490], 0x97
    check 'is noted as 250 kbit/s', e
    regs 0x1812, 0, 0x4F12, 0
    call_int 0x13
    check_cf 0, '18h: 1.44 MB'
    cmp byte [0x490], 0x17
    check 'as 500 kbit/s', e
    regs 0x0201, 0, 0x0001, 0, BUF
    call_int 0x13
    check_cf 0, 'and the disk can be read'
    ret

; ------------------------------------------------------------- INT 13h, a drive that is not there
; CMOS says that there is one: its arm never reaches track 0.
test_no_drive:
    mov al, 0x90
    out 0x70, al
    in al, 0x71
    mov bl, al
    or al, 0x04
    mov ah, al
    mov al, 0x90
    out 0x70, al
    mov al, ah
    out 0x71, al
    push bx
    regs 0x0201, 0, 0x0501, 0x0001, BUF
    call_int 0x13
    pop bx
    mov al, 0x10
    out 0x70, al
    mov al, bl
    out 0x71, al
    check_cf 1, 'a drive that CMOS has and the cable has not'
    check_ah 0x80, 'does not answer'
    ret

; ------------------------------------------------------------- INT 1Eh: time for the head to settle
; It counts before a write on another cylinder, and is the table's.
test_settling:
    push dword [0x78]
    les si, [0x78]
    mov di, .table
    mov cx, 11
.copy:
    mov al, [es:si]
    mov [di], al
    inc si
    inc di
    loop .copy
    mov word [0x78], .table
    mov word [0x7A], 0
    mov byte [.table + 9], 255
    call .write
    mov [.long], ax
    mov byte [.table + 9], 1
    call .write
    add ax, 4
    cmp [.long], ax
    check '255 ms before a write take four ticks longer than one', ge
    pop dword [0x78]
    ret
.table: times 11 db 0
.long:  dw 0
; AX = ticks for a write after a seek. The motor turns already.
.write:
    regs 0x0201, 0, 0x2801, 0, BUF
    call_int 0x13
    check_cf 0, 'a sector of cylinder 40'
    call wait_tick
    push word [0x46C]
    regs 0x0301, 0, 0x0A01, 0, BUF
    call_int 0x13
    check_cf 0, 'goes to cylinder 10'
    pop bx
    mov ax, [0x46C]
    sub ax, bx
    ret

    times (SECTORS + 1) * 512 - 2 - ($ - $$) db 0
last_word: dw 0x1234
