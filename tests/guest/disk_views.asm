; A boot diskette that looks at the first two disks from every side: INT 13h by CHS and by
; EDD, the tables of INT 41h and 46h, IDENTIFY DEVICE, CMOS, and the ports with the geometry
; that the table gives the drive. All must name the same sectors, after POST and after each
; kind of reset. disk_views.sh assembles it and makes the disks.
;
; Debug console (E9h): a line for each difference, "D<drive> <where> <what>", then END. Leaves
; through port F4h with the number of differences.
bits 16
org 0x7C00

start:
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    sti
    cld
    mov ax, 0x0200 + (end - $$ - 1) / 512
    mov bx, 0x7E00
    mov cx, 2
    mov dx, 0
    int 0x13
    jc .dead
    jmp main
.dead:
    mov al, '!'
    out 0xE9, al
    mov al, 99
    out 0xF4, al
    times 510 - ($ - $$) db 0
    dw 0xAA55

BUF equ 0x6000                      ; a sector
BUF2 equ 0x6400                     ; and another

; Something is wrong: the name is the string after the call.
%macro wrong 1
    call complain
    db %1, 0
%endmacro
%macro same_or 3                    ; %1 (a register) must be %2
    cmp %1, %2
    je %%same
    wrong %3
%%same:
%endmacro

complain:
    mov [keep_si], si
    pop si
    push ax
    mov al, 'D'
    out 0xE9, al
    mov al, [drive]
    and al, 1
    add al, '0'
    out 0xE9, al
    mov al, ' '
    out 0xE9, al
    push si
    mov si, [where]
    call puts
    pop si
    mov al, ' '
    out 0xE9, al
    call puts
    mov al, 10
    out 0xE9, al
    inc byte [differences]
    pop ax
    push si
    mov si, [keep_si]
    ret

puts:
    lodsb
    test al, al
    jz .end
    out 0xE9, al
    jmp puts
.end:
    ret

; ------------------------------------------------------------------ the views

; What INT 13h shows, into lcyls, lheads, lspt.
view_bios:
    mov ah, 0x08
    mov dl, [drive]
    int 0x13
    jc .none
    movzx ax, dh
    inc ax
    mov [lheads], ax
    mov al, cl
    and ax, 0x3F
    mov [lspt], ax
    mov al, ch
    mov ah, cl
    shr ah, 6
    inc ax
    mov [lcyls], ax
    xor ax, ax
    mov ds, ax
    mov es, ax
    ret
.none:
    wrong 'no parameters'
    ret

; The vector's table: its first numbers are INT 13h's; pcyls, pheads, pspt are for the ports.
view_table:
    mov bx, 0x41 * 4
    cmp byte [drive], 0x80
    je .vector
    mov bx, 0x46 * 4
.vector:
    les di, [bx]
    mov ax, [es:di]
    same_or ax, [lcyls], 'table: cylinders'
    movzx bx, byte [es:di + 2]
    same_or bx, [lheads], 'table: heads'
    movzx cx, byte [es:di + 14]
    same_or cx, [lspt], 'table: sectors'
    mov dl, [es:di + 3]
    and dl, 0xF0
    cmp dl, 0xA0
    jne .plain
    mov ax, [es:di + 9]
    movzx bx, byte [es:di + 11]
    movzx cx, byte [es:di + 4]
    mov dl, 0
    mov si, 16                      ; a checksum makes it zero
.sum:
    add dl, [es:di]
    inc di
    dec si
    jnz .sum
    same_or dl, 0, 'table: sum'
.plain:
    mov [pcyls], ax
    mov [pheads], bx
    mov [pspt], cx
    cmp bx, 16
    jbe .possible
    wrong 'table: more heads than a drive has'
.possible:
    xor ax, ax
    mov es, ax
    ret

; DX = the port of register AL on the first channel; the drive is selected with head AH.
select:
    mov al, [drive]
    and al, 1
    shl al, 4
    or al, 0xA0
    or al, ah
    mov dx, 0x1F6
    out dx, al
    mov dx, 0x3F6
    mov cx, 4
.settle:
    in al, dx
    loop .settle
ready:
    mov dx, 0x1F7
.busy:
    in al, dx
    test al, 0x80
    jnz .busy
    ret

; A sector's worth of data from the drive to BUF. CF = 1: an error instead.
take:
    call ready
    test al, 0x01
    jnz .error
    test al, 0x08
    jz .error
    mov di, BUF
    mov cx, 256
    mov dx, 0x1F0
    rep insw
    clc
    ret
.error:
    stc
    ret

view_identify:
    mov ah, 0
    call select
    mov al, 0xEC
    out dx, al
    call take
    mov ax, [BUF + 54 * 2]
    same_or ax, [pcyls], 'IDENTIFY: cylinders'
    mov ax, [BUF + 55 * 2]
    same_or ax, [pheads], 'IDENTIFY: heads'
    mov ax, [BUF + 56 * 2]
    same_or ax, [pspt], 'IDENTIFY: sectors'
    mov eax, [BUF + 60 * 2]
    mov [total], eax
    ret

view_edd:
    mov word [BUF], 0x1A
    mov ah, 0x48
    mov dl, [drive]
    mov si, BUF
    int 0x13
    jc .none
    movzx eax, word [pcyls]
    same_or eax, [BUF + 4], 'EDD: cylinders'
    movzx eax, word [pheads]
    same_or eax, [BUF + 8], 'EDD: heads'
    movzx eax, word [pspt]
    same_or eax, [BUF + 12], 'EDD: sectors'
    mov eax, [total]
    same_or eax, [BUF + 16], 'EDD: total'
    ret
.none:
    wrong 'EDD: no parameters'
    ret

cmos:
    out 0x70, al
    in al, 0x71
    ret

view_cmos:
    mov bl, 0x1B
    mov al, 0x19
    cmp byte [drive], 0x80
    je .type
    mov bl, 0x24
    mov al, 0x1A
.type:
    call cmos
    same_or al, 47, 'CMOS: type'
    lea ax, [bx + 1]
    call cmos
    mov ah, al
    mov al, bl
    call cmos
    same_or ax, [pcyls], 'CMOS: cylinders'
    lea ax, [bx + 2]
    call cmos
    same_or al, [pheads], 'CMOS: heads'
    lea ax, [bx + 8]
    call cmos
    same_or al, [pspt], 'CMOS: sectors'
    xor dx, dx
    mov bl, 0x10
.sum:
    mov al, bl
    call cmos
    mov ah, 0
    add dx, ax
    inc bx
    cmp bl, 0x2E
    jb .sum
    mov al, 0x2E
    call cmos
    mov ah, al
    mov al, 0x2F
    call cmos
    same_or ax, dx, 'CMOS: sum'
    ret

; ------------------------------------------------------------------ sectors

; EAX = sector number: cylinder AX, head DX, sector CX with the geometry [si], [si + 2] heads and
; sectors.
split:
    push ebx
    xor edx, edx
    movzx ebx, word [si + 2]
    div ebx
    mov cx, dx
    inc cx
    xor edx, edx
    movzx ebx, word [si]
    div ebx
    pop ebx
    ret

; The sector EBX gets its number by EDD; INT 13h and the ports must find it there by CHS.
try:
    cmp ebx, [total]
    jae .out
    test ebx, ebx
    jz .out
    mov [packet + 8], ebx
    mov [BUF], ebx
    mov ax, 0x4300
    mov dl, [drive]
    mov si, packet
    int 0x13
    jnc .written
    wrong 'EDD: write'
.written:
    mov eax, ebx                    ; INT 13h
    mov si, lheads
    call split
    cmp ax, [lcyls]
    jae .ports                      ; behind what CHS calls can reach
    mov dh, dl
    xchg al, ah
    shl al, 6
    or al, cl
    mov cx, ax
    mov dl, [drive]
    mov ax, 0x0201
    push ebx
    mov bx, BUF2
    mov dword [BUF2], 0
    int 0x13
    pop ebx
    jnc .read
    wrong 'INT 13h: read'
.read:
    same_or ebx, [BUF2], 'INT 13h: another sector'
.ports:
    mov eax, ebx
    mov si, pheads
    call split
    cmp ax, [pcyls]
    jae .out                        ; the last sectors may make no whole cylinder
    push ax
    push cx
    mov ah, dl
    call select
    pop cx
    mov dx, 0x1F2
    mov al, 1
    out dx, al
    inc dx
    mov al, cl
    out dx, al
    pop ax
    inc dx
    out dx, al
    inc dx
    mov al, ah
    out dx, al
    mov dx, 0x1F7
    mov al, 0x20
    out dx, al
    mov dword [BUF], 0
    call take
    jnc .same
    wrong 'ports: read'
.same:
    same_or ebx, [BUF], 'ports: another sector'
.out:
    ret

sectors:
    mov ebx, 1
    call try
    movzx ebx, word [pspt]
    call try
    inc ebx
    call try
    movzx ebx, word [lspt]
    call try
    movzx eax, word [lheads]
    imul ebx, eax
    call try
    dec ebx
    call try
    movzx ebx, word [pspt]
    movzx eax, word [pheads]
    imul ebx, eax
    call try
    dec ebx
    call try
    mov ebx, 1000
    call try
    mov ebx, [total]
    shr ebx, 1
    call try
    movzx ebx, word [lcyls]
    movzx eax, word [lheads]
    imul ebx, eax
    movzx eax, word [lspt]
    imul ebx, eax
    dec ebx
    call try
    mov ebx, [total]
    dec ebx
    jmp try

; The drive's own settings are new ones after this: all views that can follow.
views:
    mov dx, 0x3F6
    mov al, 0x0A                    ; we ask, it need not interrupt
    out dx, al
    call view_bios
    call view_table
    call view_identify
    call view_edd
    call sectors
    mov dx, 0x3F6
    mov al, 0x08
    out dx, al
    ret

; ------------------------------------------------------------------ the tour

; INT 13h function AH, on this drive.
function:
    mov dl, [drive]
    int 0x13
    jnc .fine
    wrong 'fails'
.fine:
    xor ax, ax
    mov es, ax
    ret

software_reset:
    mov dx, 0x3F6
    mov al, 0x0C
    out dx, al
    mov cx, 100
.hold:
    in al, dx
    loop .hold
    mov al, 0x08
    out dx, al
.wait:
    in al, dx
    loop .wait
    jmp ready

; SET FEATURES AL for this drive.
feature:
    push ax
    mov ah, 0
    call select
    mov dx, 0x1F1
    pop ax
    out dx, al
    mov dx, 0x1F7
    mov al, 0xEF
    out dx, al
    jmp ready

%macro part 1
    mov word [where], %%name
    jmp %%go
%%name: db %1, 0
%%go:
%endmacro

tour:
    part 'POST'
    call views
    call view_cmos
    part '00h'
    mov ah, 0x00
    call function
    call views
    part '0Dh'
    mov ah, 0x0D
    call function
    call views
    part '14h'
    mov ah, 0x14
    call function
    call views
    part '09h'
    mov ah, 0x09
    call function
    call views
    part 'SRST, settings kept'
    mov al, 0x66
    call feature
    call software_reset
    call views
    part 'SRST, settings lost, then 00h'
    mov al, 0xCC
    call feature
    call software_reset
    mov ah, 0x00
    call function
    call views
    mov al, 0x66
    call feature

    ; A table of the program's own: 8 heads and 17 sectors.
    part '09h with another table'
    mov eax, [total]
    xor edx, edx
    mov ecx, 8 * 17
    div ecx
    cmp eax, 1000
    jbe .few
    mov ax, 1000
.few:
    mov [table], ax
    mov bx, 0x41 * 4
    cmp byte [drive], 0x80
    je .vector
    mov bx, 0x46 * 4
.vector:
    push dword [bx]
    mov [bx], dword table
    push bx
    mov ah, 0x09
    call function
    call view_bios
    mov ax, [lheads]
    same_or ax, 8, 'heads not taken'
    mov ax, [lspt]
    same_or ax, 17, 'sectors not taken'
    mov dx, 0x3F6
    mov al, 0x0A
    out dx, al
    call view_table
    call view_drive
    call sectors
    ; One that no drive can be: refused, and all stays.
    part '09h with a bad table'
    mov byte [table + 2], 17
    mov ah, 0x09
    mov dl, [drive]
    int 0x13
    jc .refused
    wrong 'taken'
.refused:
    mov byte [table + 2], 8
    call view_bios
    call view_table
    call view_drive
    call sectors
    part '09h with the old table'
    pop bx
    pop dword [bx]
    mov ah, 0x09
    call function
    jmp views

; Heads and sectors of the drive; its cylinders need not be the table's.
view_drive:
    mov ah, 0
    call select
    mov al, 0xEC
    out dx, al
    call take
    mov ax, [BUF + 55 * 2]
    same_or ax, [pheads], 'IDENTIFY: heads'
    mov ax, [BUF + 56 * 2]
    same_or ax, [pspt], 'IDENTIFY: sectors'
    ret

main:
    mov byte [drive], 0x80
    call tour
    mov byte [drive], 0x81
    call tour
    mov byte [drive], 0x80          ; the second one's resets have not harmed the first
    part 'after the other disk'
    call views
    mov si, text_end
    call puts
    mov al, [differences]
    out 0xF4, al
    cli
    hlt

text_end: db 'END', 10, 0
where: dw 0
keep_si: dw 0
drive: db 0x80
differences: db 0
lcyls: dw 0
lheads: dw 0
lspt: dw 0
pcyls: dw 0
pheads: dw 0
pspt: dw 0
total: dd 0
packet:
    db 16, 0
    dw 1
    dw BUF, 0
    dd 0, 0
table:
    dw 0
    db 8
    dw 0, 0xFFFF
    db 0, 0xC0, 0, 0, 0
    dw 0
    db 17, 0
end:
    times 1474560 - ($ - $$) db 0
