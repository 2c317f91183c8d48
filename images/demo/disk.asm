; Page 8: disks through INT 13h.
;
; To the BIOS a disk is cylinders, heads and sectors: floppies are drives 00h and 01h, hard
; disks 80h and up. Function 15h tells the kind of drive, 08h its geometry, 02h reads. The
; extensions (41h, 48h) know the true size of large disks. Here: a table of the drives and
; any sector of them. The page uses 50 text rows: the same mode with the 8 x 8 font. It
; never writes to a disk.

TABLE_ROW       equ 4
DRIVES          equ 6           ; 00, 01, 80 to 83
HEX_ROW         equ 15

page_disk:
    frame 'DISKS   drives and sectors through INT 13h', ''
    mov ax, 0x1112              ; INT 10h function 1112h: 8 x 8 font, so 50 rows
    mov bl, 0
    int 0x10
    mov ah, 0x01                ; the new font has brought the cursor back
    mov cx, 0x2000
    int 0x10
    mov di, AT(24, 0)
    mov ah, PLAIN
    mov cx, COLUMNS * 25
    call put_blank
    mov ah, FOOTER
    mov cx, COLUMNS
    call put_blank
    text 49, 2, FOOTER, 0x1B, 0x1A, ' sector   ', 0x18, 0x19, \
        ' cylinder   H: head   D: drive   Esc: back to the menu'
    text TABLE_ROW - 2, 2, YELLOW, \
        'Drive  Kind                     Cylinders  Heads  Sectors      Size   EDD'
    call list_drives
    mov word [cylinder], 0
    mov byte [head], 0
    mov byte [sector], 1
    movzx bx, byte [boot_drive]
    call index_of_drive
    mov [drive_index], bx
    cmp word [drive_table + bx], 0
    jne .read
    call next_drive             ; nothing known about it: take the first that is there
.read:
    call mark_drive
    call read_sector
    call show_sector
.wait:
    call wait_key
    cmp al, 27
    je .back
    cmp ah, SCAN_RIGHT
    je .next_sector
    cmp ah, SCAN_LEFT
    je .previous_sector
    cmp ah, SCAN_DOWN
    je .next_cylinder
    cmp ah, SCAN_UP
    je .previous_cylinder
    or al, 0x20
    cmp al, 'h'
    je .next_head
    cmp al, 'd'
    jne .wait
    call next_drive
    mov word [cylinder], 0
    mov byte [head], 0
    mov byte [sector], 1
    jmp .read
.next_sector:
    call current_geometry
    inc byte [sector]
    mov al, [si + geometry.sectors]
    cmp [sector], al
    jbe .read
    mov byte [sector], 1
    jmp .read
.previous_sector:
    dec byte [sector]
    jnz .read
    call current_geometry
    mov al, [si + geometry.sectors]
    mov [sector], al
    jmp .read
.next_cylinder:
    call current_geometry
    inc word [cylinder]
    mov ax, [si + geometry.cylinders]
    cmp [cylinder], ax
    jb .read
    mov word [cylinder], 0
    jmp .read
.previous_cylinder:
    dec word [cylinder]
    jns .read
    call current_geometry
    mov ax, [si + geometry.cylinders]
    dec ax
    mov [cylinder], ax
    jmp .read
.next_head:
    call current_geometry
    inc byte [head]
    movzx ax, byte [head]
    cmp ax, [si + geometry.heads]
    jb .read
    mov byte [head], 0
    jmp .read
.back:
    ret

struc geometry
.present:   resw 1              ; zero: no such drive
.cylinders: resw 1
.heads:     resw 1
.sectors:   resw 1
endstruc

; BL = drive number: BX = offset in the table.
index_of_drive:
    mov bh, 0
    test bl, 0x80
    jz .floppy
    and bl, 0x7F
    add bl, 2
.floppy:
    cmp bl, DRIVES
    jb .known
    mov bl, 0
.known:
    imul bx, bx, geometry_size
    ret

; SI = the geometry of the drive being shown.
current_geometry:
    mov si, [drive_index]
    add si, drive_table
    ret

; On to the next drive that is there, round the table.
next_drive:
    mov cx, DRIVES
.next:
    mov bx, [drive_index]
    add bx, geometry_size
    cmp bx, DRIVES * geometry_size
    jb .in_table
    xor bx, bx
.in_table:
    mov [drive_index], bx
    cmp word [drive_table + bx], 0
    jne .found
    loop .next
.found:
    ret

; DL = the drive being shown.
current_drive:
    mov ax, [drive_index]
    mov dl, geometry_size
    div dl
    mov dl, al
    cmp dl, 2
    jb .floppy
    add dl, 0x80 - 2
.floppy:
    ret

; ---- the table of drives ---------------------------------------------------------------
list_drives:
    mov word [table_index], 0
.next:
    mov bx, [table_index]
    mov dl, bl
    cmp dl, 2
    jb .number_known
    add dl, 0x80 - 2
.number_known:
    mov [table_drive], dl
    imul di, bx, COLUMNS * 2
    add di, AT(TABLE_ROW, 2)
    mov [table_cell], di
    imul bx, bx, geometry_size
    add bx, drive_table
    mov [table_entry], bx
    mov word [bx], 0

    mov ah, DIM
    movzx edx, dl
    mov cl, 2
    add di, 2
    call put_hex
    mov al, 'h'
    call put_char

    call drive_is_there
    jc .absent
    mov ah, 0x08                ; INT 13h function 08h: CX, DX = last cylinder, head, sector
    mov dl, [table_drive]
    push es
    xor di, di                  ; some BIOSes want ES:DI = 0 here
    mov es, di
    int 0x13
    pop es
    jc .absent
    mov si, [table_entry]
    mov word [si + geometry.present], 1
    movzx ax, dh
    inc ax
    mov [si + geometry.heads], ax
    movzx ax, cl                ; CL: sector in bits 0-5, cylinder bits 8 and 9 above them
    and ax, 0x3F
    mov [si + geometry.sectors], ax
    mov al, ch
    mov ah, cl
    shr ah, 6
    inc ax
    mov [si + geometry.cylinders], ax
    mov [table_type], bl        ; floppies: BL = the kind of drive
    call show_drive
    jmp .continue
.absent:
    mov di, [table_cell]
    add di, 7 * 2
    mov si, .none
    mov ah, DIM
    call put_string
.continue:
    inc word [table_index]
    cmp word [table_index], DRIVES
    jb .next
    ret
section .data
.none: db 'none', 0
section .text

; Carry set: no drive [table_drive]. The equipment word counts the floppies, the BIOS data
; area the hard disks.
drive_is_there:
    mov dl, [table_drive]
    test dl, 0x80
    jnz .disk
    int 0x11                    ; AX: bit 0 set: floppies; bits 6, 7: how many less one
    test al, 1
    jz .no
    shr al, 6
    and al, 3
    cmp al, dl
    jb .no
    clc
    ret
.disk:
    and dl, 0x7F
    push es
    push BDA
    pop es
    cmp dl, [es:0x75]
    pop es
    cmc                         ; below: carry was set, the drive is there
    ret
.no:
    stc
    ret

show_drive:
    mov si, .disk
    mov bl, [table_drive]
    test bl, 0x80
    jnz .kind_known
    movzx bx, byte [table_type]
    cmp bx, 6
    jbe .type_known
    xor bx, bx
.type_known:
    shl bx, 1
    mov si, [.floppies + bx]
.kind_known:
    mov di, [table_cell]
    add di, 7 * 2
    mov ah, BRIGHT
    call put_string

    ; Function 15h: AH = 2 means a drive that notices when its disk is changed.
    mov ah, 0x15
    mov dl, [table_drive]
    int 0x13
    jc .no_change_line
    cmp ah, 2
    jne .no_change_line
    mov ah, DIM
    mov si, .change_line
    call put_string
.no_change_line:
    mov si, [table_entry]
    mov ah, BRIGHT
    mov di, [table_cell]
    add di, 32 * 2
    mov cl, 9
    movzx edx, word [si + geometry.cylinders]
    call put_decimal
    mov cl, 7
    movzx edx, word [si + geometry.heads]
    call put_decimal
    mov cl, 9
    movzx edx, word [si + geometry.sectors]
    call put_decimal
    movzx eax, word [si + geometry.cylinders]
    movzx edx, word [si + geometry.heads]
    imul eax, edx
    movzx edx, word [si + geometry.sectors]
    imul eax, edx

    ; The extensions: is function 41h answered with BX turned round?
    push eax
    mov ah, 0x41
    mov bx, 0x55AA
    mov dl, [table_drive]
    int 0x13
    mov si, .no
    jc .extensions_known
    cmp bx, 0xAA55
    jne .extensions_known
    mov si, .yes
    mov word [parameters], 26   ; our buffer's size
    mov si, parameters
    mov ah, 0x48                ; the true size, in sectors
    mov dl, [table_drive]
    int 0x13
    mov si, .yes
    jc .extensions_known
    pop eax
    mov eax, [parameters + 16]
    push eax
.extensions_known:
    pop eax
    shr eax, 1                  ; sectors to KB
    mov bl, 'K'
    cmp eax, 10000
    jb .size_known
    shr eax, 10
    mov bl, 'M'
.size_known:
    mov edx, eax
    mov cl, 9
    mov ah, BRIGHT
    call put_decimal
    mov al, bl
    call put_char
    mov ah, PLAIN
    add di, 4
    jmp put_string
section .data
.disk:       db 'hard disk', 0
.floppies:   dw .unknown, .f360, .f1200, .f720, .f1440, .unknown, .f2880
.unknown:    db 'floppy', 0
.f360:       db '360K floppy', 0
.f720:       db '720K floppy', 0
.f1200:      db '1.2M floppy', 0
.f1440:      db '1.44M floppy', 0
.f2880:      db '2.88M floppy', 0
.change_line: db ', change line', 0
.yes:        db 'yes', 0
.no:         db 'no', 0
section .text

mark_drive:
    mov di, AT(TABLE_ROW, 1)
    xor bx, bx
.next:
    mov ax, YELLOW << 8 | ' '
    cmp bx, [drive_index]
    jne .not_this
    mov al, 0x10                ; a triangle
.not_this:
    call put_char
    add di, (COLUMNS - 1) * 2
    add bx, geometry_size
    cmp bx, DRIVES * geometry_size
    jb .next
    ret

; ---- one sector ------------------------------------------------------------------------
read_sector:
    call current_drive
    mov [table_drive], dl
    mov bp, 3                   ; a changed floppy reports so once, then it reads
.retry:
    mov ax, 0x0201              ; INT 13h function 02h: read one sector
    mov cx, [cylinder]
    xchg cl, ch                 ; CH: cylinder bits 0-7, CL: bits 8, 9 and the sector
    shl cl, 6
    or cl, [sector]
    mov dh, [head]
    mov dl, [table_drive]
    mov bx, sector_data
    push ds
    pop es
    int 0x13
    mov [read_status], ah
    jnc .done
    mov ah, 0x00
    mov dl, [table_drive]
    int 0x13
    dec bp
    jnz .retry
    ret
.done:
    mov byte [read_status], 0
    ret

show_sector:
    mov di, AT(HEX_ROW - 4, 1)
    mov ah, PLAIN
    mov cx, COLUMNS * 36
    push di
    call put_blank
    pop di
    text HEX_ROW - 3, 2, YELLOW, 'Drive '
    mov ah, BRIGHT
    mov cl, 2
    movzx edx, byte [table_drive]
    call put_hex
    mov si, .cylinder
    call .label
    movzx edx, word [cylinder]
    call .number
    mov si, .head
    call .label
    movzx edx, byte [head]
    call .number
    mov si, .sector
    call .label
    movzx edx, byte [sector]
    call .number
    cmp byte [read_status], 0
    je .dump
    text HEX_ROW, 2, RED, 'This sector cannot be read. INT 13h status: '
    mov cl, 2
    movzx edx, byte [read_status]
    jmp put_hex

.dump:
    push TEXT_SEGMENT
    pop es
    mov di, AT(HEX_ROW, 2)
    xor bx, bx
.row:
    push di
    movzx edx, bx
    mov cl, 3
    mov ah, DIM
    call put_hex
    add di, 4
    xor bp, bp
.byte:
    mov ah, PLAIN
    movzx edx, byte [sector_data + bx]
    mov cl, 2
    call put_hex
    add di, 2
    mov si, bp
    cmp si, 7
    jne .no_gap
    add di, 2                   ; a gap in the middle
.no_gap:
    ; The same byte as a character, in its column on the right.
    push di
    mov si, sp
    mov di, [ss:si + 2]         ; where the row starts
    add di, 57 * 2
    add di, bp
    add di, bp
    mov ah, CYAN
    mov al, dl
    stosw
    pop di
    inc bx
    inc bp
    cmp bp, 16
    jb .byte
    pop di
    add di, COLUMNS * 2
    cmp bx, 512
    jb .row
    ret
.label:
    mov ah, YELLOW
    jmp put_string
.number:
    mov ah, BRIGHT
    mov cl, 0
    jmp put_decimal
section .data
.cylinder: db '   cylinder ', 0
.head:     db '   head ', 0
.sector:   db '   sector ', 0
section .bss
sector_data: resb 512
parameters:  resb 32
drive_table: resb DRIVES * geometry_size
drive_index: resw 1             ; the drive being shown: offset in drive_table
cylinder:    resw 1
head:        resb 1
sector:      resb 1
read_status: resb 1
table_index: resw 1
table_cell:  resw 1
table_entry: resw 1
table_drive: resb 1
table_type:  resb 1
section .text
