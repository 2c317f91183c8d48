; A boot diskette that tries the edges of the BIOS: functions that do not exist, calls with
; interrupts off, programs that hook hardware interrupts, and the state that POST leaves behind.
; bios_edges.sh makes the disks (A: this, 80h of 20 MB) and runs it.

%include "bios_harness.inc"

main:
    call test_post
    call test_unknown
    call test_unknown_video
    call test_interrupts
    call test_hooks
    call test_polling
    call test_big_disks
    call test_cylinders
    call test_idle
    jmp finish

; ------------------------------------------------------- what POST leaves behind
test_post:
    ; COM1 before anything has set it up: 9600 baud, 8 bits, no parity, 1 stop bit.
    mov dx, 0x3FB
    in al, dx
    cmp al, 3
    check 'POST leaves COM1 at 8N1', e
    or al, 0x80
    out dx, al
    mov dx, 0x3F8
    in ax, dx                       ; both bytes of the divisor
    mov bx, ax
    mov dx, 0x3FB
    mov al, 3
    out dx, al
    cmp bx, 12
    check 'at 9600 baud', e
    mov dx, 0x3F9
    in al, dx
    test al, al
    check 'without interrupts', z
    mov si, .letters
    mov cx, 4
.send:
    mov dx, 0x3FD
    in al, dx
    test al, 0x20
    jz .send
    cs lodsb
    mov dx, 0x3F8
    out dx, al
    loop .send
.drain:
    mov dx, 0x3FD
    in al, dx
    test al, 0x40
    jz .drain

    cmp word [0x472], 0
    check 'the next reset is a cold one', e
    regs 0x0201, 0, 0x0001, 0x0002
    call_int 0x13
    check_ah 0x01, 'INT 13h: there is no third diskette drive'
    regs 0x0201, 0, 0x0001, 0x0001
    call_int 0x13
    check_ah 0x80, 'the second does not answer'

    mov ax, 0xF000
    mov es, ax
    cmp byte [es:0xFFF5 + 2], '/'
    check 'a date at FFF5h', e
    cmp byte [es:0xFFF5 + 5], '/'
    check 'with three parts', e
    cmp word [es:0xFFF5 + 6], '99'  ; two digits, so later years would look old
    check 'of the year 99', e

    ; The IDE interface: ports, and bus master (bits 0, 2 of its command register).
    mov ax, 0xB103
    mov ecx, 0x010180
    xor si, si
    int 0x1A
    jc .no_ide
    mov ax, 0xB109
    mov di, 4
    int 0x1A
    and cx, 5
    cmp cx, 5
    check 'the IDE interface is switched on as a bus master', e
    ret
.no_ide:
    stc
    check 'an IDE interface on PCI', nc
    ret
.letters: db '8N1~'

; ------------------------------------------------------- functions that do not exist

; unknown INT, LIST, ACCEPT: call INT with each AH that is not in LIST (bytes, ended by the first
; of them again); CF = 1 from ACCEPT says that the answer was wrong. Registers must be kept.
%macro unknown 4
    mov byte [int_number + 1], %1
    mov word [unknown_list], %2
    mov word [unknown_accept], %3
    call try_unknown
    test ax, ax
    check %4, z
%endmacro
try_unknown:                        ; AX = 0: all answered as they should
    mov byte [unknown_ah], 0
.next:
    mov si, [unknown_list]
.known:
    cs lodsb
    cmp al, 0xFF                    ; the end; FFh itself is nobody's function
    je .call
    cmp al, [unknown_ah]
    jne .known
    jmp .advance
.call:
    mov al, [unknown_al]
    mov ah, [unknown_ah]
    mov [r_ax], ax
    mov word [r_bx], 0xA5B6
    mov word [r_cx], 0xC7D8
    mov dx, [unknown_dx]
    mov [r_dx], dx
    mov word [r_es], 0xE9FA
    mov word [r_di], 0x8765
    mov word [r_si], 0x4321
    call do_int
    cmp byte [kept], 0
    jne .wrong
    cmp word [r_bx], 0xA5B6
    jne .wrong
    cmp word [r_cx], 0xC7D8
    jne .wrong
    mov dx, [unknown_dx]
    cmp [r_dx], dx
    jne .wrong
    cmp word [r_es], 0xE9FA
    jne .wrong
    cmp word [r_di], 0x8765
    jne .wrong
    call [unknown_accept]
    jc .wrong
.advance:
    inc byte [unknown_ah]
    jnz .next
    xor ax, ax
    ret
.wrong:                             ; say which
    mov al, [unknown_ah]
    mov ah, 0xEE
    call put_hex
    mov ax, [r_ax]
    call put_hex
    mov ax, 1
    ret
unknown_list:   dw 0
unknown_accept: dw 0
unknown_ah:     db 0
unknown_al:     db 0xC0             ; (GRUB Legacy calls INT 15h with AX = 00C0h)
unknown_dx:     dw 0

accept_86:                          ; CF = 1, AH = 86h, AL as it was
    mov al, [unknown_al]
    mov ah, 0x86
accept_carry:                       ; CF = 1, AX = this
    cmp [r_ax], ax
    jne accept_no
    test byte [r_flags], 1
    jz accept_no
    clc
    ret
accept_01:                          ; CF = 1, AH = 01h
    mov al, [unknown_al]
    mov ah, 0x01
    jmp accept_carry
accept_kept_carry:                  ; CF = 1, AX as it was
    mov al, [unknown_al]
    mov ah, [unknown_ah]
    jmp accept_carry
accept_kept:                        ; AX as it was
    mov al, [unknown_al]
    mov ah, [unknown_ah]
    cmp [r_ax], ax
    jne accept_no
    clc
    ret
accept_no:
    stc
    ret

known_15:   db 0x24, 0x4F, 0x53, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x90, 0x91
            db 0xC0, 0xC1, 0xC2, 0xE8, 0xFF
known_1a:   db 0, 1, 2, 3, 4, 5, 6, 7, 9, 0x0A, 0x0B, 0xB1, 0xFF
known_disk: db 0, 1, 2, 3, 4, 5, 8, 9, 0x0C, 0x0D, 0x10, 0x11, 0x14, 0x15
            db 0x41, 0x42, 0x43, 0x44, 0x47, 0x48, 0xFF
known_floppy: db 0, 1, 2, 3, 4, 5, 8, 0x15, 0x16, 0x17, 0x18, 0xFF
known_14:   db 0, 1, 2, 3, 4, 5, 0xFF
known_16:   db 0, 1, 2, 3, 5, 9, 0x0A, 0x10, 0x11, 0x12, 0xFF
known_17:   db 0, 1, 2, 0xFF
known_10:   db 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F
            db 0x10, 0x11, 0x12, 0x13, 0x1A, 0x1B, 0x1C, 0x4F, 0xFF
known_none: db 0xFF

test_unknown:
    unknown 0x15, known_15, accept_86, 'INT 15h: unknown functions are refused with 86h'
    mov byte [unknown_al], 0xFF
    unknown 0x15, known_15, accept_86, 'whatever AL is'
    unknown 0x1A, known_1a, accept_kept_carry, 'INT 1Ah: unknown functions are refused'
    mov word [unknown_dx], 0x0080
    unknown 0x13, known_disk, accept_01, 'INT 13h: unknown functions of a disk'
    mov word [unknown_dx], 0x0000
    unknown 0x13, known_floppy, accept_01, 'INT 13h: unknown functions of a diskette'
    unknown 0x40, known_floppy, accept_01, 'INT 40h: unknown functions'
    mov word [unknown_dx], 0x00EF
    unknown 0x13, known_none, accept_01, 'INT 13h: a CD drive that is not there'
    mov word [unknown_dx], 0
    unknown 0x14, known_14, accept_kept, 'INT 14h: unknown functions'
    unknown 0x17, known_17, accept_kept, 'INT 17h: unknown functions'
    mov word [unknown_dx], 0xFFFF
    unknown 0x14, known_none, accept_kept, 'INT 14h: no such port'
    unknown 0x17, known_none, accept_kept, 'INT 17h: no such port'
    unknown 0x16, known_16, accept_kept, 'INT 16h: unknown functions'
    mov word [unknown_dx], 0

    ; Subfunctions, each with all values of AL that mean nothing.
    mov si, .subfunctions
.row:
    mov al, [si]
    cmp al, 0xFF
    je .out
    mov [int_number + 1], al
    mov al, [si + 1]
    mov [.ah], al
    mov al, [si + 2]
    mov [.al], al
.al_next:
    mov ax, [.al]
    mov [r_ax], ax
    mov word [r_bx], 0
    mov word [r_cx], 0
    mov word [r_dx], 0
    mov word [r_es], 0
    push si
    mov word [r_si], 0x4321
    call do_int
    pop si
    cmp byte [kept], 0
    jne .bad
    test byte [r_flags], 1
    jz .bad
    mov al, [si + 4]
    cmp [r_ax + 1], al
    jne .bad
    mov al, [.al]
    cmp al, [si + 3]
    jae .good
    inc byte [.al]
    jmp .al_next
.bad:
    mov ax, [.al]
    call put_hex
    stc
    jmp .told
.good:
    clc
.told:
    check 'subfunctions that do not exist', nc
    add si, 5
    jmp .row
.out:
    ret
.al: db 0
.ah: db 0
.subfunctions:                      ; INT, AH, AL from, to, AH of the answer
    db 0x15, 0x24, 0x04, 0xFF, 0x86
    db 0x15, 0x53, 0x11, 0xFF, 0x0C
    db 0x15, 0xC2, 0x0A, 0xFF, 0x01
    db 0x15, 0x83, 0x02, 0xFF, 0x86
    db 0x15, 0xE8, 0x02, 0x1F, 0x86
    db 0x15, 0xE8, 0x21, 0x80, 0x86
    db 0x15, 0xE8, 0x82, 0xFF, 0x86
    db 0x1A, 0xB1, 0x04, 0x07, 0x81
    db 0x1A, 0xB1, 0x0E, 0x80, 0x81
    db 0x1A, 0xB1, 0x84, 0x87, 0x81
    db 0x1A, 0xB1, 0x8E, 0xFF, 0x81
    db 0xFF

; The video BIOS leaves everything alone.
test_unknown_video:
    mov byte [unknown_al], 0xC0
    unknown 0x10, known_10, accept_kept, 'INT 10h: unknown functions'
    mov byte [int_number + 1], 0x10
    mov si, .subfunctions
.row:
    mov ax, [si]                    ; AH = 0 ends
    test ah, ah
    jz .out
.next:
    mov [r_ax], ax
    mov bx, [si + 2]
    mov [r_bx], bx
    mov word [r_cx], 0
    mov word [r_dx], 0
    mov word [r_es], 0
    push si
    mov word [r_si], 0x4321
    push ax
    call do_int
    pop ax
    pop si
    cmp byte [kept], 0
    jne .bad
    cmp [r_ax], ax
    jne .bad
    cmp al, [si + 4]
    jae .good
    inc ax
    jmp .next
.bad:
    call put_hex
    stc
    jmp .told
.good:
    clc
.told:
    check 'INT 10h: subfunctions that do not exist', nc
    add si, 5
    jmp .row
.out:
    ; AH=12h has its number in BL.
    mov word [.bx], 0x00
.alternate:
    mov ax, [.bx]
    cmp al, 0x10
    je .skip
    cmp al, 0x20
    je .skip
    cmp al, 0x30
    jb .call
    cmp al, 0x36
    jbe .skip
.call:
    mov word [r_ax], 0x1200
    mov [r_bx], ax
    call do_int
    cmp byte [kept], 0
    jne .alternate_bad
    cmp word [r_ax], 0x1200
    jne .alternate_bad
.skip:
    inc byte [.bx]
    jnz .alternate
    clc
    check 'INT 10h 12h: unknown numbers', nc
    ret
.alternate_bad:
    mov ax, [.bx]
    call put_hex
    stc
    check 'INT 10h 12h: unknown numbers', nc
    ret
.bx: dw 0
.subfunctions:                      ; AX from, BX, last AL
    dw 0x1004, 0
    db 0x06
    dw 0x100A, 0
    db 0x0F
    dw 0x101C, 0
    db 0xFF
    dw 0x1105, 0
    db 0x0F
    dw 0x1115, 0
    db 0x1F
    dw 0x1125, 0
    db 0x2F
    dw 0x1131, 0
    db 0xFF
    dw 0x1A02, 0
    db 0xFF
    dw 0x1C03, 0
    db 0xFF
    dw 0x4F0B, 0
    db 0x0F
    dw 0x4F11, 0
    db 0x14
    dw 0x4F16, 0
    db 0xFF
    dw 0, 0
    db 0

; ------------------------------------------------------- interrupts during services
; IBM's BIOS begins with STI: who polls a service with interrupts off still sees time go by.
; And the caller's own flag comes back as it was.
test_interrupts:
    mov ax, 1193                    ; a tick every millisecond, for so long
    call .timer
    mov si, .services
.row:
    cmp byte [si], 0
    je .out
    mov al, [si]
    mov [.number + 1], al
    mov bp, [si + 1]
    cli
    call .ticks
    mov di, ax
    mov ecx, 300000                 ; calls at most
.poll:
    mov ax, bp
    xor bx, bx
    xor dx, dx
    push ecx
    push si
    push di
    push bp
.number:
    int 0x1A
    pop bp
    pop di
    pop si
    pop ecx
    pushf
    pop ax
    test ah, 2
    jnz .lost
    call .ticks
    cmp ax, di
    clc
    jne .told
    dec ecx
    jnz .poll
.lost:
    stc
.told:
    sti
    jnc .fine
    mov al, [si]
    mov ah, 0
    call put_hex
    stc
.fine:
    check 'a service lets interrupts through and gives IF back as it was', nc
    add si, 3
    jmp .row
.out:
    xor ax, ax
.timer:
    push ax
    mov al, 0x36
    out 0x43, al
    pop ax
    out 0x40, al
    mov al, ah
    out 0x40, al
    ret
.ticks:
    push es
    push 0x40
    pop es
    mov ax, [es:0x6C]
    pop es
    ret
.services:
    db 0x10
    dw 0x0F00
    db 0x11
    dw 0
    db 0x12
    dw 0
    db 0x13
    dw 0x0100
    db 0x14
    dw 0x0300
    db 0x15
    dw 0xC000
    db 0x15
    dw 0x8800
    db 0x16
    dw 0x0200
    db 0x16
    dw 0x1200
    db 0x17
    dw 0x0200
    db 0x1A
    dw 0x0000
    db 0x1A
    dw 0x0400
    db 0

; ------------------------------------------------------- hooks of IRQ1 and IRQ12
; A hot-key program looks at port 60h and chains: the byte it took is still there for the BIOS.
; The controller's command D2h makes it the keyboard's byte, D3h the mouse's.
test_hooks:
    mov eax, [0x09 * 4]
    mov [old_09], eax
    mov word [0x09 * 4], hook_09
    mov [0x09 * 4 + 2], cs
    mov si, .keys
    mov cx, 4
.key:
    mov ah, 0xD2
    call kbc_command
    lodsb
    out 0x60, al
    call wait_tick
    loop .key
    mov eax, [old_09]
    mov [0x09 * 4], eax
    cmp byte [hits_09], 4
    check 'a hook of INT 09h sees each byte', e
    regs 0x1100, 0, 0, 0
    call_int 0x16
    cmp word [r_ax], 0x1E61
    check 'and the BIOS too: the first key', e
    regs 0x1000, 0, 0, 0
    call_int 0x16
    regs 0x1100, 0, 0, 0
    call_int 0x16
    cmp word [r_ax], 0x3062
    check 'the second', e
    regs 0x1000, 0, 0, 0
    call_int 0x16
    regs 0x1100, 0, 0, 0
    call_int 0x16
    test byte [r_flags], 0x40
    check 'each once', nz

    mov eax, [0x74 * 4]
    mov [old_74], eax
    mov word [0x74 * 4], hook_74
    mov [0x74 * 4 + 2], cs
    regs 0xC205, 0x0300, 0, 0
    call_int 0x15
    regs 0xC207, on_packet, 0, 0, 0
    call_int 0x15
    regs 0xC200, 0x0100, 0, 0
    call_int 0x15
    check_cf 0, 'the mouse is on'
    mov byte [hits_74], 0
    mov si, .packet
    mov cx, 3
.byte:
    mov ah, 0xD3
    call kbc_command
    lodsb
    out 0x60, al
    call wait_tick
    loop .byte
    mov eax, [old_74]
    mov [0x74 * 4], eax
    cmp byte [hits_74], 3
    check 'a hook of INT 74h sees each byte', e
    cmp byte [packets], 1
    check 'and the BIOS makes a packet of them', e
    cmp word [packet_x], 0x0021
    check 'with X', e
    regs 0xC207, 0, 0, 0, 0
    call_int 0x15
    ret
.keys:   db 0x1E, 0x9E, 0x30, 0xB0  ; a, b
.packet: db 0x08, 0x21, 0x42
old_09: dd 0
old_74: dd 0
hits_09: db 0
hits_74: db 0
packets: db 0
packet_x: dw 0
hook_09:
    push ax
    in al, 0x60
    inc byte [cs:hits_09]
    pop ax
    jmp far [cs:old_09]
hook_74:
    push ax
    in al, 0x60
    inc byte [cs:hits_74]
    pop ax
    jmp far [cs:old_74]
on_packet:
    push bp
    mov bp, sp
    push ax
    inc byte [cs:packets]
    mov ax, [bp + 10]
    mov [cs:packet_x], ax
    pop ax
    pop bp
    retf

; ------------------------------------------------------- polling leaves no ghosts
; Services that talk to the keyboard or the mouse take bytes while their interrupts are held
; off; nothing of that may come out as a key, and the next real key must.
test_polling:
    mov cx, 3
.again:
    push cx
    regs 0x0A00, 0, 0, 0
    call_int 0x16
    regs 0x0305, 0x0105, 0, 0
    call_int 0x16
    regs 0xC204, 0, 0, 0
    call_int 0x15
    call wait_tick
    pop cx
    dec cx
    jnz .again
    regs 0x1100, 0, 0, 0
    call_int 0x16
    test byte [r_flags], 0x40
    check 'polling the keyboard and the mouse makes no keys', nz
    mov ah, 0xD2
    call kbc_command
    mov al, 0x2E
    out 0x60, al
    call wait_tick
    regs 0x1100, 0, 0, 0
    call_int 0x16
    cmp word [r_ax], 0x2E63
    check 'and the next key comes', e
    regs 0x1000, 0, 0, 0
    call_int 0x16
    ret

; ------------------------------------------------------- disks beyond 28 and 32 bits
; 81h has 300,000,000,000 bytes, 82h 3,000,000,000,000. A sector far out is written; the one whose
; number has the same low bits must not change.
test_big_disks:
    mov dl, 0x81
    mov eax, 300000000000 / 512 & 0xFFFFFFFF
    mov ebx, 300000000000 / 512 >> 32
    call check_size
    check '48h: sectors of 300 GB', e
    mov dl, 0x82
    mov eax, 3000000000000 / 512 & 0xFFFFFFFF
    mov ebx, 3000000000000 / 512 >> 32
    call check_size
    check '48h: sectors of 3 TB', e
    cmp dword [big_info + 4], 16383
    check 'by CHS no more than ATA counts: cylinders', e
    cmp dword [big_info + 8], 16
    check 'heads', e
    cmp dword [big_info + 12], 63
    check 'sectors', e
    regs 0x0800, 0, 0, 0x82
    call_int 0x13
    cmp word [r_cx], 0xFFFF
    check '08h shows 1024 cylinders of 63 sectors', e
    cmp byte [r_dx + 1], 254
    check 'and 255 heads', e

    mov byte [big_drive], 0x81
    mov si, .places
.next:
    cmp dword [si + 12], 0
    jne .drive_2
    cmp dword [si], 0
    je .out
.drive_2:
    mov al, [si + 12]
    mov [big_drive], al
    push si
    ; The alias first: 32 sectors of one pattern.
    mov eax, [si + 8]
    xor ebx, ebx
    mov cl, 0x11
    call big_write
    pop si
    push si
    mov eax, [si]
    mov ebx, [si + 4]
    mov cl, 0x77
    call big_write
    check_cf 0, '43h far out'
    mov byte [r_ax + 1], 0x44
    call big_call
    check_cf 0, '44h'
    mov byte [r_ax + 1], 0x47
    call big_call
    check_cf 0, '47h'
    pop si
    push si
    mov eax, [si]
    mov ebx, [si + 4]
    mov cl, 0x77
    call big_compare
    check '42h reads it back', e
    pop si
    push si
    mov eax, [si + 8]
    xor ebx, ebx
    mov cl, 0x11
    call big_compare
    check 'and nothing else was written', e
    pop si
    add si, 16
    jmp .next
.out:
    ; Past the end, by one and by a lot.
    mov byte [big_drive], 0x81
    mov eax, 300000000000 / 512 - 31
    xor ebx, ebx
    mov cl, 0
    call big_write
    check_cf 1, 'past the end is refused'
    cmp word [big_count], 0
    check 'and moves nothing', e
    mov eax, 300000000000 / 512 - 32
    xor ebx, ebx
    call big_write
    check_cf 0, 'up to the end is not'
    mov eax, 100
    mov ebx, 0x10000                ; 2^48: no drive has that many
    call big_write
    check_cf 1, 'sector numbers above 48 bits'
    mov byte [big_drive], 0x80
    mov eax, 100
    mov ebx, 1
    call big_write
    check_cf 1, 'above 32 bits of a small disk'
    ret
.places:                            ; sector, the alias below, drive
    dd 400000000, 0, 400000000 & 0x0FFFFFFF, 0x81
    dd 0x0FFFFFF0, 0, 0x00000000, 0x81 ; half of it needs 48 bits
    dd 0x0FFFFFDF, 0, 0x00000000, 0x81 ; none does, just
    dd 0xFFFFFFF0, 0, 0x0FFFFF00, 0x82 ; half of it needs more than 32
    dd 0x10000000, 1, 0x10000000, 0x82
    dd 0, 0, 0, 0

; ZF: 48h of drive DL says EBX:EAX sectors.
check_size:
    push eax
    push ebx
    mov word [r_ax], 0x4800
    mov [r_dx], dx
    mov word [r_si], big_info
    mov word [big_info], 0x1A
    call_int 0x13
    pop ebx
    pop eax
    cmp [big_info + 0x10], eax
    jne .out
    cmp [big_info + 0x14], ebx
.out:
    ret
big_info: times 0x1A db 0
big_packet: db 16, 0
big_count:  dw 0
            dw 0, BUF
big_lba:    dd 0, 0
big_drive:  db 0

; 32 sectors from EBX:EAX on: write pattern CL, or compare with it (ZF).
big_write:
    mov [big_lba], eax
    mov [big_lba + 4], ebx
    mov bl, cl
    mov ax, BUF
    mov cx, 32 * 512
    call fill
    mov word [r_ax], 0x4300
big_call:
    mov word [big_count], 32
    movzx ax, byte [big_drive]
    mov [r_dx], ax
    mov word [r_si], big_packet
    call_int 0x13
    ret
big_compare:
    mov [big_lba], eax
    mov [big_lba + 4], ebx
    push cx
    mov ax, BUF
    mov cx, 32 * 512
    mov bl, 0xA5
    call fill
    mov word [r_ax], 0x4200
    call big_call
    pop bx
    mov ax, BUF2
    mov cx, 32 * 512
    call fill
    mov ax, BUF
    mov dx, BUF2
    xor si, si
    xor di, di
    mov cx, 32 * 512
    jmp same

; ------------------------------------------------------- diskettes: over cylinder ends
test_cylinders:
    mov word [r_si], 0x4321
    mov ax, BUF                     ; 9 sectors of cylinder 30, 31 and 32 whole, 19 of 33
    mov cx, 100 * 512
    mov bl, 21
    call fill
    regs 0x0364, 0, 0x1E0A, 0x0100
    call_int 0x13
    check_cf 0, 'write 100 sectors from the middle of cylinder 30'
    cmp word [r_ax], 100
    check 'AL = 100', e
    check_kept 'registers are kept'
    regs 0x0264, 0, 0x1E0A, 0x0100, BUF2
    call_int 0x13
    check_cf 0, 'read them in one call'
    cmp word [r_ax], 100
    check 'all of them', e
    mov ax, BUF
    mov dx, BUF2
    xor si, si
    xor di, di
    mov cx, 100 * 512
    call same
    check 'as written', e
    mov si, .places
.place:
    mov cx, [si]
    jcxz .placed
    mov [r_cx], cx
    mov dx, [si + 2]
    mov [r_dx], dx
    mov word [r_ax], 0x0201
    mov word [r_bx], 0
    mov word [r_es], BUF2
    push si
    mov word [r_si], 0x4321
    call_int 0x13
    pop si
    push si
    mov si, [si + 4]
    mov ax, BUF
    mov dx, BUF2
    xor di, di
    mov cx, 512
    call same
    pop si
    check 'a sector by itself is in its place', e
    add si, 6
    jmp .place
.placed:
    regs 0x04FF, 0, 0x0001, 0x0000
    call_int 0x13
    check_cf 0, 'verify 255 sectors'
    cmp word [r_ax], 255
    check 'AL = 255', e
    regs 0x0248, 0, 0x4F01, 0x0000, BUF2
    call_int 0x13
    check_cf 1, 'there is no cylinder 80'
    cmp word [r_ax], 0x0224         ; (no address mark: never formatted)
    check 'the 36 sectors of cylinder 79 came', e
    regs 0x0203, 0, 0x4F11, 0x0100, BUF2
    call_int 0x13
    cmp word [r_ax], 0x0202
    check 'and the last two from sector 17 on', e
    regs 0x0201, 0, 0x0001, 0x0000, BUF2
    call_int 0x13
    check_cf 0, 'the next read finds the disk as it was'
    regs 0x0281, 0, 0x0001, 0x0000, BUF2
    call_int 0x13
    cmp word [r_ax], 0x0900
    check 'more than 64 KB: 09h', e
    regs 0x0240, 0x8001, 0x0001, 0x0000, BUF2
    call_int 0x13
    cmp word [r_ax], 0x0900
    check 'one byte over a 64 KB boundary: 09h', e
    regs 0x0240, 0x8000, 0x0001, 0x0000, BUF2
    call_int 0x13
    cmp word [r_ax], 0x0040
    check 'up to it: good', e
    ret
.places:                            ; CX, DX, where in the pattern
    dw 0x1E0A, 0x0100, 0
    dw 0x1E12, 0x0100, 8 * 512
    dw 0x1F01, 0x0000, 9 * 512
    dw 0x1F12, 0x0100, 44 * 512
    dw 0x2001, 0x0000, 45 * 512
    dw 0x2101, 0x0100, 99 * 512
    dw 0

; ------------------------------------------------------- polling INT 16h in vain
; The BIOS rests between ticks when a program does nothing but ask for a key; how often the program
; gets to ask in a tick tells whether it did.
IDLE_TICKS  equ 10
BUSY        equ 2000                ; polls a tick that only a processor at work can do

test_idle:
    mov word [0x1C * 4], idle_tick
    mov [0x1C * 4 + 2], cs
    mov ax, 5000                    ; a short tick, for so long: 4 ms
    call test_interrupts.timer
    mov dword [.ah], 0x0100
    call .polls
    cmp eax, 200
    check 'polling 01h in vain lets the processor rest', b
    mov dword [.ah], 0x1100
    call .polls
    cmp eax, 200
    check '11h too', b
    xor ax, ax
    call test_interrupts.timer
    ; The clock's seconds against ticks, while resting.
    call .seconds
    sub cx, 34
    cmp cx, 5
    check 'no tick is lost: 36 of them in two seconds', b

    mov ax, 5000
    call test_interrupts.timer

    ; Not for those who do something between their polls, ...
    mov byte [.step], 1
    call .polls
    mov byte [.step], 0
    cmp eax, BUSY
    check 'other registers each time: no rest', ae
    ; ... let the speaker sound, ...
    in al, 0x61
    or al, 2
    out 0x61, al
    call .polls
    push eax
    in al, 0x61
    and al, 0xFC
    out 0x61, al
    pop eax
    cmp eax, BUSY
    check 'speaker on: no rest', ae
    ; ... watch a serial port without its interrupt, ...
    mov dx, 0x3FC
    mov al, 0x03
    out dx, al
    call .polls
    cmp eax, BUSY
    check 'a serial port that is polled: no rest', ae
    mov dx, 0x3FC
    mov al, 0x0B
    out dx, al
    call .polls
    push eax
    mov dx, 0x3FC
    mov al, 0
    out dx, al
    pop eax
    cmp eax, 200
    check 'one with interrupts: rest', b
    ; ... have the timer or their interrupts off, ...
    mov byte [.off], 1
    call .polls
    mov byte [.off], 0
    cmp eax, BUSY
    check 'interrupts off: no rest', ae
    ; ... or ask now and then, some 20 times in each tick, with the same registers.
    mov dword [.pause], 20000
    call .polls
    mov dword [.pause], 0
    cmp eax, 15
    check 'a loop that is slow by itself is not', ae

    ; A key that an interrupt brings in the middle of it all is told in the same tick.
    mov byte [key_in], 6
.key:
    mov ah, 1
    int 0x16
    jz .key
    cmp ax, 0x2E63
    check 'a key ends the waiting', e
    mov al, [0x46C]
    cmp al, [key_tick]
    check 'at once', e
    mov ah, 0
    int 0x16
    mov dword [0x1C * 4], 0xF000FF53
    xor ax, ax
    jmp test_interrupts.timer

; EAX = polls in the tick after IDLE_TICKS of them.
.polls:
    mov byte [.ticks_left], IDLE_TICKS
.tick:
    mov al, [0x46C]                 ; (all kept in memory, for the registers have to stay)
    mov [.now], al
    xor edi, edi
    mov [.count], edi
.poll:
    cmp byte [.step], 0
    je .same
    mov di, [.count]
.same:
    mov eax, [.ah]
    cmp byte [.off], 0
    je .call
    cli
.call:
    int 0x16
    jnz .none
    sti
    mov eax, [.pause]
.wait:
    sub eax, 1
    jnc .wait
    inc dword [.count]
    mov al, [.now]
    cmp al, [0x46C]
    je .poll
    dec byte [.ticks_left]
    jnz .tick
    mov eax, [.count]
    ret
.none:                              ; a key out of nowhere
    xor eax, eax
    ret

; CX = ticks in two seconds of the clock, polling.
.seconds:
    call .second
    mov bp, [ticks]
    call .second
    call .second
    mov cx, [ticks]
    sub cx, bp
    ret
.second:
    call .clock
    mov bl, al
.next:
    mov ah, 1
    int 0x16
    call .clock
    cmp al, bl
    je .next
    ret
.clock:
    xor al, al
    out 0x70, al
    in al, 0x71
    ret
.ah:    dd 0
.count: dd 0
.now:   db 0
.ticks_left: db 0
.pause: dd 0
.step:  db 0
.off:   db 0
ticks:  dw 0
key_in: db 0
key_tick: db 0
idle_tick:
    push ax
    push cx
    inc word [cs:ticks]
    cmp byte [cs:key_in], 0
    je .out
    dec byte [cs:key_in]
    jnz .out
    push ds
    push 0
    pop ds
    mov al, [0x46C]
    mov [key_tick], al
    pop ds
    mov ah, 5
    mov cx, 0x2E63
    int 0x16
.out:
    pop cx
    pop ax
    iret

    times (SECTORS + 1) * 512 - 2 - ($ - $$) db 0
last_word: dw 0x1234
