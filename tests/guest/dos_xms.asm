; XMS.COM: every function and error of FERRXMS.SYS, and moves in a random order against a model. For
; a DOS that has left HMA, A20 and upper memory alone (dos_memory.sh).

%include "dos_memory.inc"

%macro xms 1                    ; the function
    mov ah, %1
    call far [door]
    kept
%endmacro
%macro good 1                   ; the last call did what it should
    want %1, r_ax, 1
%endmacro
%macro bad 2                    ; a name, the error that is wanted
    want %1, r_ax, 0
    and word [r_bx], 0xFF
    want %1, r_bx, %2
%endmacro
; A move: source, its offset, target, its offset, length
%macro moves 5
    mov eax, %5
    mov [block.length], eax
    mov ax, %1
    mov [block.source], ax
    mov eax, %2
    mov [block.from], eax
    mov ax, %3
    mov [block.target], ax
    mov eax, %4
    mov [block.to], eax
    mov si, block
    xms 0x0B
%endmacro

BLOCKS  equ 3                   ; of the model
KB      equ 20
SIZE    equ KB * 1024

main:
    mov [pointer + 2], cs
    mov [far_area + 2], cs
    mov [far_area_2 + 2], cs
    mov ax, 0x4300
    int 0x2F
    mov ah, 0
    mov [r_ax], ax
    want "installed", r_ax, 0x80
    mov ax, 0x4310
    int 0x2F
    mov [door], bx
    mov [door + 2], es
    push ds
    pop es
    xms 0x00
    want "version", r_ax, 0x0300
    want "HMA is", r_dx, 1
    xms 0x13
    bad "13h", 0x80
    xms 0x87
    bad "87h", 0x80
    xms 0x8A
    bad "8Ah", 0x80
    xms 0xFF
    bad "FFh", 0x80
    mov ah, 0x88                ; all of it is the driver's
    int 0x15
    mov [r_ax], ax
    want "INT 15h", r_ax, 0

    call test_hma
    call test_a20
    call test_blocks
    call test_wide
    call test_errors
    call test_handles
    call test_model
    call test_upper
    call test_table
    call test_bios
    jmp finish

test_hma:
    xms 0x02
    bad "HMA is free", 0x93
    mov dx, 0xFFFF
    xms 0x01
    good "HMA"
    mov dx, 0xFFFF
    xms 0x01
    bad "HMA twice", 0x91
    xms 0x02
    good "HMA back"
    ret

; The word at FFFF:0510 is that at 0:0500 while A20 is off.
a20_is:
    push es
    push ds
    xor ax, ax
    mov ds, ax
    dec ax
    mov es, ax
    mov word [0x500], 0x1234
    mov word [es:0x510], 0x4321
    cmp word [0x500], 0x4321
    pop ds
    pop es
    mov ax, 0
    je .off
    inc ax
.off:
    mov [a20], ax
    ret

test_a20:
    xms 0x07
    want "A20 at first", r_ax, 0
    call a20_is
    want "A20 is off", a20, 0
    xms 0x06
    bad "local off too often", 0x82
    xms 0x05
    good "local on"
    xms 0x05
    good "local on again"
    xms 0x07
    want "A20 on", r_ax, 1
    call a20_is
    want "A20 is on", a20, 1
    xms 0x06
    bad "local off, still on", 0x94
    xms 0x03
    good "global on"
    xms 0x03
    good "global on twice"
    xms 0x06
    bad "local off, global on", 0x94
    call a20_is
    want "A20 still on", a20, 1
    xms 0x04
    good "global off"
    xms 0x04
    good "global off twice"
    call a20_is
    want "A20 off again", a20, 0
    xms 0x05
    xms 0x03
    xms 0x04
    bad "global off, still on", 0x94
    xms 0x04
    bad "global off twice, still on", 0x94
    xms 0x06
    good "local off"
    ret

test_blocks:
    xms 0x08
    mov ax, [r_ax]
    mov [all], ax
    want "all in one piece", r_dx, [all]
    mov dx, 100
    xms 0x09
    good "allocate"
    mov ax, [r_dx]
    mov [one], ax
    xms 0x08
    mov ax, [all]
    sub ax, 100
    mov [r_cx], ax
    want "100 less", r_ax, [r_cx]
    mov dx, [one]
    xms 0x0E
    good "info"
    want "info size", r_dx, 100
    want "info locks", r_bx, 62
    mov dx, [one]
    xms 0x0C
    good "lock"
    want "the first address", r_bx, 0
    want "is behind the HMA", r_dx, 0x11
    mov dx, [one]
    xms 0x0C
    mov dx, [one]
    xms 0x0E
    want "two locks", r_bx, 0x0200 + 62
    mov dx, [one]
    xms 0x0A
    bad "free what is locked", 0xAB
    mov dx, [one]
    mov bx, 50
    xms 0x0F
    bad "resize what is locked", 0xAB
    mov dx, [one]
    xms 0x0D
    good "unlock"
    mov dx, [one]
    xms 0x0D
    mov dx, [one]
    xms 0x0D
    bad "unlock what is not", 0xAA
    mov cx, 255
.lock:
    push cx
    mov dx, [one]
    xms 0x0C
    pop cx
    loop .lock
    good "255 locks"
    mov dx, [one]
    xms 0x0C
    bad "256 locks", 0xAC
    mov cx, 255
.unlock:
    push cx
    mov dx, [one]
    xms 0x0D
    pop cx
    loop .unlock

    ; longer and shorter, with what it holds
    moves 0, [pointer], [one], 0, 512
    good "into it"
    mov dx, [one]
    mov bx, 300
    xms 0x0F
    good "longer in its place"
    mov dx, 1
    xms 0x09
    mov ax, [r_dx]
    mov [two], ax
    mov dx, [one]
    mov bx, 400
    xms 0x0F
    good "longer elsewhere"
    mov dx, [one]
    xms 0x0E
    want "longer elsewhere: size", r_dx, 400
    mov dx, [one]
    xms 0x0C
    want "it has moved", r_dx, 0x15
    mov dx, [one]
    xms 0x0D
    mov di, area
    mov cx, 256
    xor ax, ax
    rep stosw
    moves [one], 0, 0, [far_area], 512
    mov si, test_model
    mov di, area
    mov cx, 256
    repe cmpsw
    mov [r_cx], cx
    want "what it held", r_cx, 0
    mov dx, [one]
    mov bx, 1
    xms 0x0F
    good "shorter"
    mov dx, [one]
    mov bx, 0
    xms 0x0F
    good "nothing"
    mov dx, [one]
    mov bx, [all]
    xms 0x0F
    bad "too long", 0xA0
    mov dx, [one]
    mov bx, 7
    xms 0x0F
    good "from nothing"
    mov dx, [one]
    xms 0x0A
    good "free"
    mov dx, [one]
    xms 0x0A
    bad "free twice", 0xA2
    mov dx, [two]
    xms 0x0A
    xms 0x08
    want "all is back", r_ax, [all]
    mov dx, [all]
    inc dx
    xms 0x09
    bad "too much", 0xA0
    mov dx, [all]
    xms 0x09
    good "all of it"
    mov ax, [r_dx]
    mov [one], ax
    xms 0x08
    bad "nothing is left", 0xA0
    want "nothing in DX", r_dx, 0
    mov dx, [one]
    xms 0x0A
    ret

test_wide:
    xms 0x88
    movzx eax, word [all]
    cmp eax, [r_eax]
    jne .wrong
    cmp eax, [r_edx]
    jne .wrong
    add eax, 1024 + 64
    shl eax, 10
    dec eax
    cmp eax, [r_ecx]
.wrong:
    setne [a20]
    want "88h", a20, 0
    mov edx, 0x10000
    xms 0x89
    bad "89h too much", 0xA0
    mov edx, 1000
    xms 0x89
    good "89h"
    mov ax, [r_dx]
    mov [one], ax
    mov edx, 0xABCD0000
    mov dx, ax
    xms 0x8E
    good "8Eh"
    want "8Eh size", r_dx, 1000
    want "8Eh size, high", r_dx + 2, 0
    want "8Eh locks", r_bx, 0
    want "8Eh handles", r_cx, 62
    mov dx, [one]
    mov ebx, 0x10000
    xms 0x8F
    bad "8Fh too much", 0xA0
    mov dx, [one]
    mov ebx, 2000
    xms 0x8F
    good "8Fh"
    mov dx, [one]
    xms 0x0A
    mov dx, [one]
    xms 0x8E
    bad "8Eh, no handle", 0xA2
    ret

test_errors:
    mov dx, 1
    xms 0x0A
    bad "0Ah, no handle", 0xA2
    mov dx, 1
    xms 0x0C
    bad "0Ch, no handle", 0xA2
    mov dx, 0xFFFF
    xms 0x0D
    bad "0Dh, no handle", 0xA2
    mov dx, 0
    xms 0x0E
    bad "0Eh, no handle", 0xA2
    mov dx, 2
    mov bx, 1
    xms 0x0F
    bad "0Fh, no handle", 0xA2
    mov dx, 1
    xms 0x09
    mov ax, [r_dx]
    mov [one], ax
    inc ax
    mov [two], ax
    mov dx, ax
    xms 0x0A
    bad "beside a handle", 0xA2
    moves [two], 0, [one], 0, 2
    bad "source", 0xA3
    moves [one], 1024, [one], 0, 2
    bad "source offset", 0xA4
    moves [one], 0xFFFFFFFE, [one], 0, 4
    bad "source offset, around", 0xA4
    moves [one], 0, [two], 0, 2
    bad "target", 0xA5
    moves [one], 0, [one], 1023, 2
    bad "target offset", 0xA6
    moves [one], 0, [one], 0, 1
    bad "odd length", 0xA7
    moves [one], 0, [one], 0, 1026
    bad "length", 0xA4
    moves 0, 0xFFFFFFFE, [one], 0, 4
    bad "beyond the HMA", 0xA4
    moves [one], 1024, [one], 0, 0
    good "nothing"
    moves [one], 0, [one], 0, 1024
    good "onto itself"
    mov dx, [one]
    xms 0x0A
    ret

; All handles, each of 0 KB, and again free.
test_handles:
    mov word [count], 0
.next:
    mov dx, 0
    xms 0x09
    cmp word [r_ax], 1
    jne .full
    mov bx, [count]
    add bx, bx
    mov ax, [r_dx]
    mov [many + bx], ax
    inc word [count]
    cmp word [count], 200
    jb .next
.full:
    bad "no more handles", 0xA1
    want "handles", count, 63
    mov dx, 1                   ; the free memory's place, but nothing for the rest
    xms 0x09
    bad "none to cut", 0xA1
.free:
    mov bx, [count]
    or bx, bx
    jz .out
    dec bx
    mov [count], bx
    add bx, bx
    mov dx, [many + bx]
    xms 0x0A
    jmp .free
.out:
    good "handles back"
    xms 0x08
    want "all after handles", r_dx, [all]
    ret

; ---- random moves -----------------------------------------------------------------------------
; Three blocks, and what they should hold in conventional memory. Moves go between any two places of
; them, overlapping or not, odd addresses or not, or by way of conventional memory.
test_model:
    mov bx, (BLOCKS + 1) * SIZE / 16
    mov ah, 0x48
    int 0x21
    mov [model], ax
    mov cx, BLOCKS
    xor di, di
.allocate:
    push cx
    push di
    mov dx, KB
    xms 0x09
    pop di
    mov ax, [r_dx]
    mov [many + di], ax
    add di, 2
    pop cx
    loop .allocate
    mov es, [model]             ; some content
    xor bx, bx
.block:
    push bx
    xor di, di
    mov cx, SIZE / 2
.fill:
    call random
    stosw
    loop .fill
    push ds
    pop es
    mov ax, bx
    call place_of_model
    pop bx
    push bx
    add bx, bx
    moves 0, [far_model], [many + bx], 0, SIZE
    pop bx
    mov ax, bx
    inc ax
    mov cx, SIZE / 16
    mul cx
    add ax, [model]
    mov es, ax
    inc bx
    cmp bx, BLOCKS
    jb .block

    mov cx, 300
.move:
    push cx
    call random
    xor dx, dx
    mov bx, BLOCKS
    div bx
    mov [from_block], dx
    call random
    xor dx, dx
    mov bx, BLOCKS
    div bx
    mov [to_block], dx
    mov bx, SIZE
    call random_span
    and dl, 0xFE
    mov [so_long], dx
    mov bx, [from_block]
    add bx, bx
    mov di, [to_block]
    add di, di
    movzx ecx, word [from_at]
    movzx edx, word [to_at]
    movzx ebp, word [so_long]
    moves [many + bx], ecx, [many + di], edx, ebp
    good "a move"
    call model_move
    pop cx
    dec cx
    jnz .move

    xor bx, bx
.look:
    push bx
    mov ax, BLOCKS              ; behind the model
    call place_of_model
    pop bx
    push bx
    add bx, bx
    moves [many + bx], 0, 0, [far_model], SIZE
    pop bx
    push bx
    mov ax, SIZE / 16
    mul bx
    add ax, [model]
    push ds
    mov ds, ax
    mov es, [cs:far_model + 2]
    xor si, si
    xor di, di
    mov cx, SIZE / 2
    repe cmpsw
    pop ds
    push ds
    pop es
    setne al
    mov ah, 0
    mov [r_ax], ax
    want "as the model", r_ax, 0
    pop bx
    inc bx
    cmp bx, BLOCKS
    jb .look
    mov cx, BLOCKS
    xor di, di
.free:
    push cx
    push di
    mov dx, [many + di]
    xms 0x0A
    pop di
    add di, 2
    pop cx
    loop .free
    xms 0x08
    want "all after moves", r_dx, [all]
    mov es, [model]
    mov ah, 0x49
    int 0x21
    push ds
    pop es
    ret

; far_model := where block AX of the model is.
place_of_model:
    mov bx, SIZE / 16
    mul bx
    add ax, [model]
    mov [far_model + 2], ax
    mov word [far_model], 0
    ret

model_move:
    mov ax, SIZE / 16
    mul word [from_block]
    add ax, [model]
    mov bx, ax
    mov ax, SIZE / 16
    mul word [to_block]
    add ax, [model]
    mov es, ax
    mov si, [from_at]
    mov di, [to_at]
    mov cx, [so_long]
    mov dx, [from_block]
    cmp dx, [to_block]
    jne .up
    cmp si, di
    jae .up
    add si, cx
    add di, cx
    dec si
    dec di
    std
.up:
    push ds
    mov ds, bx
    rep movsb
    pop ds
    cld
    push ds
    pop es
    ret

; ---- upper memory ------------------------------------------------------------------------------
test_upper:
    mov dx, 0xFFFF
    xms 0x10
    bad "all upper memory", 0xB0
    mov ax, [r_dx]
    mov [most], ax
    want "how much", most, 0x1800       ; C800h to DFFFh
    mov dx, [most]
    xms 0x10
    good "upper memory"
    want "its place", r_bx, 0xC800
    want "its size", r_dx, [most]
    mov dx, 1
    xms 0x10
    bad "no upper memory left", 0xB1
    mov es, [upper_at]
    mov word [es:0], 0x1357
    mov ax, [es:0]
    mov [r_cx], ax
    want "it is RAM", r_cx, 0x1357
    push ds
    pop es
    mov dx, 0xC800
    mov bx, 0x100
    xms 0x12
    good "smaller"
    mov dx, 0x20
    xms 0x10
    good "a second one"
    want "behind the first", r_bx, 0xC900
    mov dx, 0xC800
    mov bx, 0x200
    xms 0x12
    bad "something is behind it", 0xB0
    want "so much could be", r_dx, 0x100
    mov dx, 0xC900
    mov bx, 0x80
    xms 0x12
    good "longer"
    mov dx, 0x1234
    xms 0x11
    bad "11h, no block", 0xB2
    mov dx, 0xC900
    xms 0x11
    good "back"
    mov dx, 0xC900
    xms 0x11
    bad "twice", 0xB2
    mov dx, 0xC900
    mov bx, 1
    xms 0x12
    bad "12h, no block", 0xB2
    mov dx, 0xC800
    mov bx, [most]
    xms 0x12
    good "all again"
    mov dx, 0xC800
    xms 0x11
    good "all back"
    mov dx, 0xFFFF
    xms 0x10
    want "in one piece", r_dx, [most]
    ret
upper_at:   dw 0xC800

; Windows looks at the table of blocks.
test_table:
    mov ax, 0x4309
    int 0x2F
    mov ah, 0
    mov [r_ax], ax
    mov ax, [es:bx]
    mov [r_cx], ax
    mov ax, [es:bx + 2]
    mov [r_dx], ax
    les di, [es:bx + 4]
    mov al, [es:di]
    mov ah, 0
    mov [r_bx], ax
    mov eax, [es:di + 2]
    mov [r_di], ax
    push ds
    pop es
    want "table", r_ax, 0x43
    want "table's rows", r_cx, 0x0A01
    want "table's length", r_dx, 64
    want "a free block", r_bx, 1
    want "where it begins", r_di, 1088
    ret

; The BIOS' way to move leaves A20 as it was, off and on.
test_bios:
    mov word [area], 0x2468
    call to_2_mb
    want "INT 15h AH=87h", r_ax, 0
    xms 0x07
    want "A20 off after it", r_ax, 0
    xms 0x05
    call to_2_mb
    xms 0x07
    want "A20 on after it", r_ax, 1
    xms 0x06
    good "A20 off at the end"
    mov dx, [all]
    xms 0x09
    mov dx, [r_dx]
    mov [one], dx
    moves [one], 0x200000 - 1088 * 1024, 0, [far_area_2], 2
    want "moved by the BIOS", area + 2, 0x2468
    mov dx, [one]
    xms 0x0A
    ret
to_2_mb:
    movzx eax, word [far_area + 2]
    shl eax, 4
    add eax, area
    mov [gdt_from + 2], ax
    shr eax, 16
    mov [gdt_from + 4], al
    mov si, gdt
    mov cx, 1
    mov ah, 0x87
    int 0x15
    mov al, ah
    mov ah, 0
    mov [r_ax], ax
    ret
gdt:        times 16 db 0
gdt_from:   dw 1, 0
            db 0, 0x93
            dw 0
            dw 1, 0             ; 2 MB
            db 0x20, 0x93
            dw 0
            times 16 db 0

door:       dd 0
pointer:    dw test_model, 0    ; code, which stays as it is
far_area:   dw area, 0
far_area_2: dw area + 2, 0
far_model:  dw 0, 0
all:        dw 0
one:        dw 0
two:        dw 0
a20:        dw 0
count:      dw 0
most:       dw 0
model:      dw 0
from_block: dw 0
to_block:   dw 0
from_at:    dw 0
to_at:      dw 0
so_long:       dw 0
block:
.length:    dd 0
.source:    dw 0
.from:      dd 0
.target:    dw 0
.to:        dd 0
many:       times 200 dw 0
area:       times 512 db 0
stack_here
