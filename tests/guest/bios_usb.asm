; A boot diskette that calls INT 13h for USB sticks. bios_usb.sh runs it with an ATA disk of 8 MB
; (80h), a stick of 20 MB (81h) and a protected one (82h).

%include "bios_harness.inc"

STICK       equ 0x81
PROTECTED   equ 0x82
SECTORS_20M equ 20 * 2048

main:
    call test_count
    call test_chs
    call test_edd
    call test_odd_buffer
    call test_refused
    call test_memory
    jmp finish

test_count:
    regs 0x0800, 0, 0, STICK
    call_int 0x13
    check_cf 0, '08h'
    check_kept '08h keeps registers'
    cmp byte [r_dx], 3
    check 'three disks', e
    mov al, [r_dx + 1]
    cmp al, 15
    check 'heads by size', e
    mov al, [r_cx]
    and al, 0x3F
    cmp al, 63
    check '63 sectors', e
    regs 0x1500, 0, 0, STICK
    call_int 0x13
    check_ah 3, '15h: a fixed disk'
    regs 0x1000, 0, 0, STICK
    call_int 0x13
    check_cf 0, '10h: ready'
    regs 0x0000, 0, 0, STICK
    call_int 0x13
    check_cf 0, '00h: reset'
    check_kept '00h keeps registers'
    regs 0x0C00, 0, 0x0101, STICK
    call_int 0x13
    check_cf 0, '0Ch: seek'
    regs 0x0C00, 0, 0xFFFF, STICK
    call_int 0x13
    check_cf 1, 'no seek past the end'
    ret

test_chs:
    mov ax, BUF
    mov bl, 7
    mov cx, 128 * 512 - 1
    call fill
    regs 0x0380, 0, 0x0205, STICK   ; 128 sectors from cylinder 2, head 0, sector 5
    call_int 0x13
    check_cf 0, '03h: 64 KB'
    check_kept '03h keeps registers'
    cmp byte [r_ax], 128
    check 'all sectors', e
    regs 0x0280, 0, 0x0205, STICK, BUF2
    call_int 0x13
    check_cf 0, '02h: 64 KB'
    mov ax, BUF
    mov dx, BUF2
    xor si, si
    xor di, di
    mov cx, 0xFFFF
    call same
    check 'the same came back', e
    regs 0x0480, 0, 0x0205, STICK
    call_int 0x13
    check_cf 0, '04h'
    regs 0x0201, 0, 0x0001, 0x80, BUF2
    call_int 0x13
    push BUF2
    pop es
    cmp dword [es:0], 'ATA '
    check 'the ATA disk is 80h', e
    regs 0x0201, 0, 0x0001, STICK, BUF2
    call_int 0x13
    push BUF2
    pop es
    cmp dword [es:0], 'USB '
    check 'the stick is 81h', e
    ret

test_edd:
    regs 0x4100, 0x55AA, 0, STICK
    call_int 0x13
    check_cf 0, '41h'
    mov word [packet + 2], 3        ; the last three sectors
    mov word [packet + 4], 0
    mov word [packet + 6], BUF2
    mov dword [packet + 8], SECTORS_20M - 3
    regs 0x4200, 0, 0, STICK
    mov word [r_si], packet
    call_int 0x13
    check_cf 0, '42h: the last sectors'
    check_kept '42h keeps registers'
    push BUF2
    pop es
    cmp dword [es:2 * 512], 'LAST'
    check 'the last one', e
    mov dword [packet + 8], SECTORS_20M - 2
    regs 0x4200, 0, 0, STICK
    call_int 0x13
    check_cf 1, 'not past the end'
    mov word [packet + 2], 2
    mov dword [packet + 8], 1000
    mov word [packet + 6], BUF
    regs 0x4302, 0, 0, STICK
    call_int 0x13
    check_cf 0, '43h with verifying'
    regs 0x4700, 0, 0, STICK
    call_int 0x13
    check_cf 0, '47h'
    mov word [info], 0x42
    regs 0x4800, 0, 0, STICK
    mov word [r_si], info
    call_int 0x13
    check_cf 0, '48h'
    cmp dword [info + 0x10], SECTORS_20M
    check 'its size', e
    cmp dword [info + 0x1A], -1
    check 'no table of ports', e
    cmp dword [info + 0x24], 'PCI '
    check 'at the PCI bus', e
    cmp dword [info + 0x28], 'USB '
    check 'and USB', e
    cmp dword [info + 0x30], 0xFF020100
    check 'at function 01.2', e
    mov si, info + 0x1E
    mov cx, 0x24
    xor ah, ah
.sum:
    lodsb
    add ah, al
    loop .sum
    test ah, ah
    check 'the path adds up to zero', z
    mov word [r_si], 0x4321
    ret

test_odd_buffer:                    ; across a segment's end it would be, were the offset kept
    regs 0x0205, 0xF123, 0x0205, STICK, BUF2
    call_int 0x13
    check_cf 0, 'a buffer at an odd address'
    mov ax, BUF
    mov dx, BUF2
    xor si, si
    mov di, 0xF123
    mov cx, 5 * 512
    call same
    check 'got its bytes', e
    ret

test_refused:
    regs 0x0301, 0, 0x0001, PROTECTED
    call_int 0x13
    check_cf 1, 'a protected stick is not written'
    check_ah 0x03, 'and says why'
    regs 0x0201, 0, 0x0001, PROTECTED, BUF2
    call_int 0x13
    check_cf 0, 'it is read after that'
    push BUF2
    pop es
    cmp dword [es:0], 'KEPT'
    check 'and is what it was', e
    regs 0x0000, 0, 0, PROTECTED
    call_int 0x13
    check_cf 0, 'and reset'
    regs 0x4500, 0, 0, STICK
    call_int 0x13
    check_cf 1, '45h: none'
    regs 0x0201, 0, 0x0001, 0x83
    call_int 0x13
    check_cf 1, 'no fourth disk'
    ret

; Base memory ends before what the controller reads; E820h says so.
test_memory:
    int 0x12
    cmp ax, 636
    check 'base memory', e
    push ds
    pop es
    mov di, map
    xor ebx, ebx
    mov ax, 0xE820
    movzx eax, ax
    mov ecx, 20
    mov edx, 'PAMS'
    int 0x15
    cmp dword [map + 8], 0x9F000
    check 'E820h: memory', e
    mov eax, 0xE820
    mov ecx, 20
    mov edx, 'PAMS'
    mov di, map
    int 0x15
    cmp dword [map], 0x9F000
    check 'E820h: reserved', e
    cmp dword [map + 8], 0x1000
    check 'to 640 KB', e
    ret

packet:     db 0x10, 0
            times 14 db 0
info:       times 0x42 db 0
map:        times 20 db 0

    times (SECTORS + 1) * 512 - ($ - $$) db 0
