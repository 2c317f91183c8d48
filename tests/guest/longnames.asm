; LONG.COM: what programs do with long names (INT 21h AH=71h), told on port E9h line by line: what was
; asked, and the answer, or "error" and AX.

    cpu 8086
    bits 16
    org 0x100

    mov si, t_mkdir
    mov dx, n_folder
    mov ax, 0x7139
    call ask
    mov si, t_chdir
    mov dx, n_folder
    mov ax, 0x713B
    call ask
    mov si, t_where
    mov dl, 0
    push si
    mov si, room
    mov ax, 0x7147
    int 0x21
    pop si
    call told
    mov si, t_create
    mov di, n_file
    mov dx, 0x12
    call open
    jc .no_file
    mov ah, 0x40
    mov cx, 5
    mov dx, text
    int 0x21
    mov ah, 0x3E
    int 0x21
.no_file:
    mov si, t_create
    mov di, n_second
    mov dx, 0x12
    call open
    mov ah, 0x3E
    int 0x21
    mov si, t_create            ; two names of which DOS sees six letters
    mov di, n_third
    mov dx, 0x12
    call open
    mov ah, 0x3E
    int 0x21
    mov si, t_search
    mov dx, n_text
    call search
    mov si, t_search
    mov dx, n_short
    call search
    mov si, t_search
    mov dx, n_none
    call search
    mov si, t_rename
    mov dx, n_file
    mov di, n_new
    mov ax, 0x7156
    call ask
    mov cl, 1
    mov bx, n_new
    call true
    mov cl, 2
    mov bx, n_alias
    call true
    mov cl, 0
    mov bx, n_roundabout
    call true
    mov si, t_open
    mov di, n_new_capitals
    mov dx, 1
    call open
    mov ah, 0x3F
    mov cx, 5
    mov dx, room
    int 0x21
    mov byte [room + 5], 0
    mov ah, 0x3E
    int 0x21
    mov si, room
    call say
    call line
    mov si, t_attributes
    mov bl, 0
    mov dx, n_new
    mov ax, 0x7143
    int 0x21
    jc .bad
    mov ax, cx
.bad:
    call number
    mov si, t_size
    mov bl, 2
    mov dx, n_new
    mov ax, 0x7143
    int 0x21
    call number
    mov si, t_volume
    mov dx, n_root
    mov cx, 32
    mov di, room
    mov ax, 0x71A0
    int 0x21
    mov ax, bx
    call number
    mov si, room
    call say
    call line
    mov si, t_times             ; there and back
    mov cx, 0x6C21
    mov dx, 0x5A21
    mov bx, 0x0701
    mov di, room
    mov ax, 0x71A7
    int 0x21
    jc .times
    mov bl, 0
    push si
    mov si, room
    mov ax, 0x71A7
    int 0x21
    pop si
    mov ax, cx
    xor ax, dx
.times:
    call number
    call times_of_files
    mov si, t_open
    mov di, n_none
    mov dx, 1
    call open
    mov si, t_mkdir
    mov dx, n_bad
    mov ax, 0x7139
    call ask
    mov si, t_mkdir
    mov dx, n_other_drive
    mov ax, 0x7139
    call ask
    mov si, t_delete
    mov dx, n_wild
    mov cx, 0
    mov ax, 0x7141
    push si
    mov si, 0
    int 0x21
    pop si
    call told_only
    mov si, t_delete
    mov dx, n_wild
    mov cx, 0
    mov ax, 0x7141
    push si
    mov si, 1
    int 0x21
    pop si
    call told_only
    mov si, t_search
    mov dx, n_text
    call search
    mov si, t_chdir
    mov dx, n_up
    mov ax, 0x713B
    call ask
    mov si, t_rmdir
    mov dx, n_gone
    mov ax, 0x713A
    call ask
    mov ax, 0x4C00
    int 0x21

; DI = a name, DX = what to do; BX = the handle.
open:
    push si
    mov si, di
    mov bx, 2
    xor cx, cx
    mov ax, 0x716C
    int 0x21
    mov bx, ax
    pop si
    jmp told_only

; CL = how, BX = a name.
true:
    mov si, bx
    mov di, room
    mov ax, 0x7160
    int 0x21
    mov si, t_true
    jmp told

; All that fits DX.
search:
    push si
    mov cx, 0x16
    mov si, 1
    mov di, room
    mov ax, 0x714E
    int 0x21
    pop si
    mov bx, ax
    jc .out
    call say
.next:
    mov si, t_blank
    call say
    mov si, room + 0x2C
    call say
    mov si, t_open_bracket
    call say
    mov si, room + 0x130
    call say
    mov si, t_close_bracket
    call say
    push bx
    mov si, 1
    mov di, room
    mov ax, 0x714F
    int 0x21
    pop bx
    jnc .next
    push ax
    mov ax, 0x71A1
    int 0x21
    pop ax
    mov si, t_end
    stc
.out:
    jmp told_only

; Times set and read again, of a path and of a handle; what a handle is; the room; an alias.
times_of_files:
    mov bl, 3                   ; the last change
    mov cx, 0x6C21
    mov di, 0x5A21
    call set_time
    mov bl, 5                   ; the last access
    mov di, 0x5A22
    call set_time
    mov bl, 7                   ; making
    mov cx, 0x6C22
    mov di, 0x5A23
    mov si, 151
    call set_time
    mov bl, 4
    call get_time
    mov bl, 6
    call get_time
    mov bl, 8
    call get_time
    mov dx, n_new               ; and of a handle
    mov si, dx
    mov ax, 0x716C
    mov bx, 2
    xor cx, cx
    mov dx, 1
    int 0x21
    mov [handle], ax
    mov bx, ax
    mov ax, 0x5704
    call handle_time
    mov ax, 0x5706
    call handle_time
    mov cx, 0x7C00
    mov dx, 0x5A24
    mov si, 3
    mov ax, 0x5707
    int 0x21
    mov ax, 0x5706
    call handle_time
    mov dx, 0x5A25
    mov ax, 0x5705
    int 0x21
    mov ax, 0x5704
    call handle_time
    mov dx, room
    mov ax, 0x71A6
    int 0x21
    mov si, t_handle
    jc .bad
    mov ax, [room]              ; attributes
.bad:
    call number
    mov si, t_size
    mov ax, [room + 0x24]
    call number
    mov si, t_times
    mov ax, [room + 0x0C + 4]   ; the date of its access: as Windows counts it not 0
    or ax, [room + 0x04 + 4]
    neg ax
    sbb ax, ax
    call number
    mov ah, 0x3E
    int 0x21
    xor bx, bx                  ; a device is nobody's of the host
    mov ax, 0x71A6
    mov dx, room
    stc
    int 0x21
    mov si, t_handle
    call number
    mov dx, n_root
    mov di, room
    mov cx, 44
    mov ax, 0x7303
    int 0x21
    mov si, t_space
    jc .room
    mov ax, [room]
.room:
    call number
    mov si, n_new
    mov di, room
    mov dx, 0x0111
    mov ax, 0x71A8
    int 0x21
    mov si, t_true
    call told
    mov dx, 4
    xor cx, cx
    mov ax, 0x710D
    mov si, t_reset
    jmp ask

set_time:
    mov dx, n_new
    mov ax, 0x7143
    int 0x21
    mov si, t_set
    jmp told_only
get_time:
    xor cx, cx
    xor si, si
    mov dx, n_new
    mov ax, 0x7143
    int 0x21
    jmp three
handle_time:
    xor cx, cx
    xor si, si
    int 0x21
    mov di, dx
; DI, CX, SI
three:
    push bx
    push si
    push cx
    mov si, t_times
    mov ax, di
    call number
    mov si, t_times
    pop ax
    call number
    mov si, t_times
    pop ax
    call number
    pop bx
    ret

; Function AX, whose path is at DX (and DI); SI = its name.
ask:
    push si
    int 0x21
    pop si
told_only:                      ; flags stay
    pushf
    push ax
    jc told.failed
    call say
    mov si, t_well
    call say
    call line
    pop ax
    popf
    ret
; The same, with what is in the room.
told:
    pushf
    push ax
    jc .failed
    call say
    mov si, t_blank
    call say
    mov si, room
    call say
    call line
    pop ax
    popf
    ret
.failed:
    call say
    mov si, t_error
    call say
    pop ax
    push ax
    call hex
    call line
    pop ax
    popf
    ret

; The number AX behind the name SI.
number:
    push ax
    call say
    mov si, t_blank
    call say
    pop ax
    call hex
line:
    mov al, 10
    out 0xE9, al
    ret
hex:
    mov bx, ax
    mov cx, 4
.digit:
    push cx
    mov cl, 4
    rol bx, cl
    pop cx
    mov al, bl
    and al, 15
    add al, '0'
    cmp al, '9'
    jbe .out
    add al, 7
.out:
    out 0xE9, al
    loop .digit
    ret
say:
    lodsb
    or al, al
    jz .out
    out 0xE9, al
    jmp say
.out:
    ret

t_mkdir:        db "make directory", 0
t_rmdir:        db "remove directory", 0
t_chdir:        db "change directory", 0
t_where:        db "where", 0
t_create:       db "create", 0
t_open:         db "open", 0
t_search:       db "search", 0
t_end:          db " end", 0
t_rename:       db "rename", 0
t_true:         db "name", 0
t_attributes:   db "attributes", 0
t_size:         db "size", 0
t_volume:       db "volume", 0
t_times:        db "times", 0
t_set:          db "set", 0
t_handle:       db "handle", 0
t_space:        db "space", 0
t_reset:        db "reset", 0
handle:         dw 0
t_delete:       db "delete", 0
t_error:        db ": error ", 0
t_well:         db ": well", 0
t_blank:        db " ", 0
t_open_bracket: db " (", 0
t_close_bracket: db ")", 0
n_folder:       db "A folder with a long name", 0
n_gone:         db "D:\a FOLDER with a long NAME", 0
n_file:         db "The first file.text", 0
n_second:       db "D:/A folder with a long name/The first file of two.text", 0
n_third:        db ".\short.txt", 0
n_text:         db "*.text", 0
n_short:        db "sh*", 0
n_none:         db "nothing of that kind", 0
n_new:          db "Another name, longer.text", 0
n_new_capitals: db "ANOTHER NAME, LONGER.TEXT", 0
n_alias:        db "anothe~1.tex", 0
n_roundabout:   db ".\x\..\Another.text", 0
n_root:         db "D:\", 0
n_bad:          db "less<than", 0
n_other_drive:  db "A:\A long name", 0
n_wild:         db "*first*.text", 0
n_up:           db "..", 0
text:           db "hello"
room:
