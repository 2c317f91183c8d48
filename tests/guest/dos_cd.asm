; CD.COM: what programs of DOS ask of a CD-ROM drive - MSCDEX (INT 2Fh AH=15h), the driver's requests,
; files - told on port E9h line by line, in hexadecimal. The drive is E:; the disc is dos_cd.sh's: a
; data track, and behind it an audio track.

    cpu 386
    bits 16
    org 0x100

DRIVE   equ 4

%macro told 1                   ; the line's name
    call name
    db %1, ": ", 0
%endmacro
%macro mscdex 1
    mov cx, DRIVE
    mov ax, %1
    int 0x2F
    call carry
%endmacro
%macro bytes 2                  ; from where, how many
    mov si, %1
    mov cx, %2
    call dump
%endmacro
; IOCTL input: name, code, the byte behind it, bytes of the answer that are shown.
%macro input 4
    told %1
    mov word [block], %2 | %3 << 8
    mov al, 3
    call device
    bytes block + 1, %4
    call line
%endmacro
; A request: name, command; what is between stands in `request` already.
%macro command 2
    told %1
    mov al, %2
    call device
    call line
%endmacro

    cld
    told "installed"
    xor bx, bx
    mov ax, 0x1500
    int 0x2F
    call word_bx
    mov bx, cx
    call word_bx
    call line

    told "driver"
    mov bx, block
    mscdex 0x1501
    bytes block, 1
    les bx, [block + 1]
    mov si, bx
    add si, 10
    mov cx, 8
.letter:
    es lodsb
    out 0xE9, al
    loop .letter
    mov bl, [es:si + 2]
    mov bh, [es:si + 3]
    call word_bx
    call line

    told "is a drive"
    mscdex 0x150B
    call word_bx
    mov bx, ax
    call word_bx
    call line
    told "is D: one"
    mov cx, 3
    mov ax, 0x150B
    int 0x2F
    mov bx, ax
    call word_bx
    call line
    told "version"
    mscdex 0x150C
    call word_bx
    call line
    told "letters"
    mov bx, block
    mscdex 0x150D
    bytes block, 1
    call line
    told "preference"
    mov bx, 0
    mov dx, 0
    mscdex 0x150E
    mov bx, dx
    call word_bx
    call line
    told "copyright"
    mov bx, sector
    mscdex 0x1502
    mov si, sector
    call text
    call line
    told "descriptor"
    mov bx, sector
    mov dx, 0
    mscdex 0x1505
    mov bx, ax
    call word_bx
    mov byte [sector + 40 + 6], 0
    mov si, sector + 40
    call text
    call line
    told "last descriptor"
    mov bp, 0
.descriptor:
    inc bp
    mov bx, sector
    mov dx, bp
    mscdex 0x1505
    cmp ax, 0xFF
    je .last
    cmp bp, 8
    jb .descriptor
.last:
    mov bx, ax
    call word_bx
    call line
    told "block 16"
    mov bx, sector
    mov si, 0
    mov di, 16
    mov dx, 1
    mscdex 0x1508
    bytes sector, 6
    call line
    told "behind the end"
    mov bx, sector
    mov si, 0xFF
    mov di, 0
    mov dx, 1
    mscdex 0x1508
    mov bx, ax
    call word_bx
    call line
    told "record"
    mov bx, path
    mov si, ds
    mov di, sector
    mov cx, DRIVE
    mov ax, 0x150F
    int 0x2F
    call carry
    mov bx, ax
    call word_bx
    bytes sector + 10, 4        ; its size
    bytes sector + 32, 13       ; its name
    call line
    told "record in a form"
    mov bx, path
    mov si, ds
    mov di, sector
    mov cx, DRIVE | 0x100
    mov ax, 0x150F
    int 0x2F
    call carry
    bytes sector + 5, 6
    bytes sector + 0x17, 11
    bytes sector + 0x3E, 2
    call line
    told "no record"
    mov bx, no_path
    mov si, ds
    mov di, sector
    mov cx, DRIVE
    mov ax, 0x150F
    int 0x2F
    call carry
    mov bx, ax
    call word_bx
    call line
    told "request to D:"
    mov bx, request
    mov cx, 3
    mov ax, 0x1510
    int 0x2F
    call carry
    mov bx, ax
    call word_bx
    call line

    input "status", 6, 0, 4
    input "sector size", 7, 0, 3
    input "raw sector size", 7, 1, 3
    input "size", 8, 0, 4
    input "changed", 9, 0, 1
    input "disc", 10, 0, 6
    input "track 1", 11, 1, 6
    input "track 2", 11, 2, 6
    input "no track 3", 11, 3, 0
    input "channels", 4, 0, 8
    input "no code", 99, 0, 0
    command "no command", 99

    mov word [request + 0x0D], 0 ; blocks
    mov word [request + 0x12], 1
    mov dword [request + 0x14], 16
    mov word [request + 0x18], 0
    mov word [data], sector
    command "read", 0x80
    told "is"
    bytes sector, 6
    call line
    mov byte [request + 0x0D], 1 ; block 16 as minute, second, frame
    mov dword [request + 0x14], 0x00000210
    mov byte [request + 0x18], 1 ; raw
    command "read raw", 0x80
    told "is"
    bytes sector, 22
    call line

    ; Track 2's address is what the table of contents says of it.
    mov word [block], 11 | 2 << 8
    mov al, 3
    call device_quiet
    mov eax, [block + 2]
    mov [track], eax
    mov [request + 0x0E], eax
    mov byte [request + 0x0D], 1
    mov dword [request + 0x12], 150
    command "play", 0x84
    mov dx, 9                   ; half a second
    call wait_ticks
    input "plays", 6, 0, 0
    input "Q", 12, 0, 3
    told "relative minute"
    bytes block + 4, 1
    told "second"
    cmp byte [block + 5], 2     ; the track's first or second one
    sbb bx, bx
    call word_bx
    call line
    command "stop", 0x85
    input "pauses", 15, 0, 2
    command "resume", 0x88
    input "plays on", 15, 0, 6
    mov dx, 40                  ; two seconds and more
    call wait_ticks
    input "has ended", 15, 0, 2
    mov dword [request + 0x0E], 0x00000210
    mov dword [request + 0x12], 10
    command "play data", 0x84
    mov si, louder
    mov di, block
    mov cx, 9
    rep movsb
    command "loudness", 0x0C
    input "channels now", 4, 0, 8

    told "files"
    mov dx, path
    mov ax, 0x3D00
    int 0x21
    call carry
    xchg bx, ax
    mov cx, 100
    mov dx, sector
    mov ah, 0x3F
    int 0x21
    mov si, ax
    mov byte [sector + si - 2], 0
    mov si, sector
    call text
    mov ax, 0x4202
    mov cx, -1
    mov dx, -4
    int 0x21
    mov bx, ax
    call word_bx
    call line
    told "write"
    mov dx, path
    mov ax, 0x3D02
    int 0x21
    mov bx, ax
    call carry
    call word_bx
    mov dx, new_path
    xor cx, cx
    mov ah, 0x3C
    int 0x21
    mov bx, ax
    call carry
    call word_bx
    call line
    told "search"
    mov dx, all
    mov cx, 0x10
    mov ah, 0x4E
.next:
    int 0x21
    jc .found_all
    mov al, ' '
    out 0xE9, al
    mov si, 0x9E
    call text
    mov ah, 0x4F
    jmp .next
.found_all:
    call line
    told "attribute"
    mov dx, path
    mov ax, 0x4300
    int 0x21
    mov bx, cx
    call word_bx
    call line
    told "space"
    mov dl, DRIVE + 1
    mov ah, 0x36
    int 0x21
    push cx
    call word_bx                ; free
    pop bx
    push dx
    call word_bx                ; bytes of a sector
    pop bx
    call word_bx                ; of all
    call line
    told "remote"
    mov bl, DRIVE + 1
    mov ax, 0x4409
    int 0x21
    and dx, 0x1000
    mov bx, dx
    call word_bx
    call line
    told "by its name"
    mov dx, device_name
    mov ax, 0x3D02
    int 0x21
    call carry
    xchg bx, ax
    mov byte [block], 8
    mov dx, block
    mov cx, 5
    mov ax, 0x4402
    int 0x21
    call carry
    bytes block + 1, 4
    call line
    mov ax, 0x4C00
    int 0x21

; The request with command AL; its status is shown.
device:
    call device_quiet
    mov bx, [request + 3]
    jmp word_bx
device_quiet:
    mov [request + 2], al
    mov byte [request], 32
    mov [data + 2], ds
    cmp al, 3
    je .block
    cmp al, 0x0C
    jne .send
.block:
    mov word [request + 0x12], 12
    mov word [request + 0x0E], block
    mov [request + 0x10], ds
.send:
    cmp al, 0x80
    jne .go
    mov word [request + 0x0E], sector
    mov [request + 0x10], ds
.go:
    push ds
    pop es
    mov bx, request
    mov cx, DRIVE
    mov ax, 0x1510
    int 0x2F
    ret

wait_ticks:
    push es
    xor ax, ax
    mov es, ax
    add dx, [es:0x46C]
.wait:
    cmp [es:0x46C], dx
    jne .wait
    pop es
    ret

; "carry" or nothing; keeps flags and all.
carry:
    jnc .out
    pushf
    pusha
    mov si, t_carry
    call text
    popa
    popf
.out:
    ret

name:
    pop si
    push ds
    pop es
    call text
    jmp si

text:
    lodsb
    or al, al
    jz .out
    out 0xE9, al
    jmp text
.out:
    ret

line:
    mov al, 10
    out 0xE9, al
    ret

dump:
    jcxz .out
.next:
    lodsb
    call byte_al
    loop .next
.out:
    mov al, ' '
    out 0xE9, al
    ret

word_bx:
    push ax
    mov al, bh
    call byte_al
    mov al, bl
    call byte_al
    mov al, ' '
    out 0xE9, al
    pop ax
    ret

byte_al:
    push ax
    shr al, 4
    call .digit
    pop ax
    and al, 15
.digit:
    cmp al, 10
    sbb al, 0x69
    das
    out 0xE9, al
    ret

t_carry:    db "carry ", 0
path:       db "E:\README.TXT", 0
no_path:    db "E:\NOTHING", 0
new_path:   db "E:\NEW", 0
all:        db "E:\*.*", 0
device_name: db "MSCD001", 0
track:      dd 0
louder:     db 3, 1, 0xFF, 0, 0x80, 2, 0, 3, 0
data:       dw 0, 0
request:    times 32 db 0
block:      times 16 db 0
sector:     times 2400 db 0
