; A boot diskette that disturbs a USB stick (80h) behind the BIOS' back, by transactions of its own, and
; then reads it by INT 13h: halted endpoints, what is no command, commands that nobody finishes, a phase
; error. bios_usb_stall.sh runs it.

%include "bios_harness.inc"

STICK       equ 0x80
LISTS       equ 0x4000              ; the list of frames
CHAIN       equ 0x4100              ; a queue, and from 20h on its transactions
DATA        equ 0x4200
PID_IN      equ 0x69
PID_OUT     equ 0xE1
PID_SETUP   equ 0x2D
BULK_IN     equ 1
BULK_OUT    equ 2
ACTIVE      equ 0x00800000
STALLED     equ 0x00400000

main:
    call find
    call read
    check 'before', e
    call test_garbage
    call test_halts
    call test_left
    call test_phase
    jmp finish

; The controller, its ports; a list of frames that all lead to our queue.
find:
    mov ax, 0xB103
    mov ecx, 0x0C0300
    xor si, si
    int 0x1A
    check 'a controller', nc
    mov ax, 0xB109
    mov di, 0x20
    int 0x1A
    and cx, 0xFFE0
    mov [port], cx
    mov dx, cx
    add dx, 8
    in eax, dx
    mov [theirs], eax
    push LISTS
    pop es
    xor di, di
    mov cx, 1024
    mov eax, CHAIN * 16 + 2
    rep stosd
    push CHAIN
    pop es
    mov dword [es:0], 1
    mov dword [es:4], 1
    ret

; Add a transaction: AL = PID, AH = endpoint, CX = bytes, at DATA. [last] is the newest.
add_td:
    push CHAIN
    pop es
    mov di, [next]
    mov [last], di
    add word [next], 32
    lea bx, [di + 32]
    movzx ebx, bx
    add ebx, CHAIN * 16 + 4
    mov [es:di], ebx
    mov dword [es:di + 4], ACTIVE | 0x18000000
    movzx ecx, cx
    dec ecx
    shl ecx, 21
    movzx edx, ah
    shl edx, 15
    or edx, ecx
    or dh, 1                        ; the address that the first stick has
    mov dl, al
    mov [es:di + 8], edx
    mov dword [es:di + 12], DATA * 16
    ret

; Run them: EAX = the status of the newest.
run:
    push CHAIN
    pop es
    mov di, [last]
    mov dword [es:di], 1
    mov dx, [port]
    add dx, 8
    mov eax, LISTS * 16
    out dx, eax
    mov dword [es:4], CHAIN * 16 + 0x20
    mov cx, 3                       ; ticks, for a millisecond or two
.tick:
    call wait_tick
    loop .tick
    mov dword [es:4], 1
    call wait_tick
    mov eax, [theirs]
    mov dx, [port]
    add dx, 8
    out dx, eax
    mov word [next], 0x20
    mov eax, [es:di + 4]
    ret

; A request without data: EAX, and DX its index. ZF: it was taken.
order:
    push DATA
    pop es
    mov [es:0], eax
    mov [es:4], dx
    mov word [es:6], 0
    mov ax, PID_SETUP
    mov cx, 8
    call add_td
    mov ax, PID_IN
    xor cx, cx
    call add_td
    call run
    test eax, ACTIVE | STALLED
    ret

; CX bytes from DS:SI to the stick. EAX = how it went.
to_stick:
    push DATA
    pop es
    xor di, di
    push cx
    rep movsb
    pop cx
    mov ax, PID_OUT | BULK_OUT << 8
    call add_td
    jmp run

; The stick's first sector and its tenth. ZF: both are right.
read:
    regs 0x020A, 0, 0x0001, STICK, BUF2
    call_int 0x13
    test byte [r_flags], 1
    jnz .out
    push BUF2
    pop es
    cmp dword [es:0], 'USB '
    jne .out
    cmp dword [es:9 * 512], 'TEN '
.out:
    ret

; As above, and a sector that is written comes back.
read_and_write:
    call read
    jne .out
    inc byte [number]
    mov ax, BUF
    mov bl, [number]
    mov cx, 1024
    call fill
    regs 0x0302, 0, 0x0105, STICK
    call_int 0x13
    test byte [r_flags], 1
    jnz .out
    regs 0x0202, 0, 0x0105, STICK, BUF2
    call_int 0x13
    test byte [r_flags], 1
    jnz .out
    mov ax, BUF
    mov dx, BUF2
    xor si, si
    xor di, di
    mov cx, 1024
    call same
.out:
    ret

test_garbage:
    mov si, at_entry
    mov cx, 5
    call to_stick
    test eax, STALLED
    check 'five bytes are no command', nz
    call read_and_write
    check 'reset recovery', e
    mov si, command_block
    mov byte [si], 'X'
    mov cx, 31
    call to_stick
    mov byte [command_block], 'U'
    test eax, STALLED
    check 'nor are 31 of another name', nz
    mov ax, 0x0D00                  ; (and by a reset)
    mov dx, STICK
    int 0x13
    check '0Dh', nc
    call read_and_write
    check 'reset recovery by 0Dh', e
    ret

test_halts:
    mov eax, 0x00000302             ; SET_FEATURE, ENDPOINT_HALT
    mov dx, 0x81
    call order
    check 'IN is halted', z
    call read_and_write
    check 'a halted IN', e
    mov eax, 0x00000302
    mov dx, 0x02
    call order
    check 'OUT is halted', z
    call read_and_write
    check 'a halted OUT', e
    ret

test_left:
    mov si, command_block
    mov dword [si + 8], 8 * 512
    mov cx, 31
    call to_stick
    test eax, ACTIVE | STALLED
    check 'a command is taken', z
    call read_and_write
    check 'one that nobody finished', e
    ret

; Data for 512 bytes, and the command says eight sectors: IN is halted, the status is a phase error.
test_phase:
    mov si, command_block
    mov dword [si + 8], 512
    mov cx, 31
    call to_stick
    mov ax, PID_IN | BULK_IN << 8
    mov cx, 64
    call add_td
    call run
    test eax, STALLED
    check 'no data', nz
    mov eax, 0x00000102             ; CLEAR_FEATURE
    mov dx, 0x81
    call order
    check 'IN goes on', z
    mov ax, PID_IN | BULK_IN << 8
    mov cx, 13
    call add_td
    call run
    push DATA
    pop es
    cmp byte [es:12], 2
    check 'a phase error', e
    call read_and_write
    check 'after it', e
    mov si, command_block           ; and one whose status nobody fetches
    mov cx, 31
    call to_stick
    call read_and_write
    check 'after another', e
    ret

command_block:
    db 'USBC', 1, 2, 3, 4
    dd 512
    db 0x80, 0, 10
    db 0x28, 0, 0, 0, 0, 0, 0, 0, 8, 0
    times 6 db 0
port:       dw 0
theirs:     dd 0
next:       dw 0x20
last:       dw 0
number:     db 0

    times (SECTORS + 1) * 512 - ($ - $$) db 0
