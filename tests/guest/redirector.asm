; REDIR.COM: what DOS programs do with files, tried on the current drive and checked. Each thing that
; is not as it should be is a line on the debug console (port E9h) with the address behind the check
; (nasm -l lists them, less 100h); the last line is END. The exit code is 1 if there was any.
;
; Left behind for the host to look at: BIG.BIN (40,000 bytes), TIMED.TXT, OPEN.TXT (never closed).

    cpu 8086
    bits 16
    org 0x100

FILES       equ 300
BIG         equ 40000

    jmp start

; ---- checks ----------------------------------------------------------------------------
%macro at_fault 1               ; the condition under which all is well
    j%1 %%well
    call fault
%%well:
%endmacro
%macro well 0
    at_fault nc
%endmacro
%macro same 2
    cmp %1, %2
    at_fault e
%endmacro
; CF = 1 and AX = the error.
%macro refused 1
    at_fault c
    same ax, %1
%endmacro
; The older calls of MS-DOS know no such errors and say 5.
%macro refused_for_others 1
    at_fault c
    cmp ax, 5
    je %%well
    same ax, %1
%%well:
%endmacro
; What was done, in CX, which MS-DOS loses.
%macro done 1
    cmp byte [freedos], 0
    je %%well
    same cx, %1
%%well:
%endmacro
%macro dos 1
    mov ah, %1
    int 0x21
%endmacro
%macro dos 2
    mov dx, %2
    mov ah, %1
    int 0x21
%endmacro

%include "fault.inc"

; ---- the tests -------------------------------------------------------------------------
start:
    cld
    mov bx, memory_end + 15     ; the memory that we need
    mov cl, 4
    shr bx, cl
    mov ah, 0x4A
    int 0x21
    mov sp, memory_end
    mov ah, 0x30
    int 0x21
    cmp bh, 0xFD
    jne .not_free
    inc byte [freedos]
.not_free:
    call files
    call extended
    call sharing
    call large
    call directories
    call names
    call searches
    call fcbs
    call file_times
    call the_drive
    call the_list
    mov cx, 0x20                ; never closed: DOS and the redirector see to it
    dos 0x3C, name_open
    well
    mov bx, ax
    mov cx, 4
    dos 0x40, text_four
    well
    mov si, text_end
.say:
    lodsb
    or al, al
    jz .exit
    out 0xE9, al
    jmp .say
.exit:
    mov al, [faults]
    dos 0x4C

; ---- files: create, write, seek, read, truncate, append --------------------------------
files:
    mov ax, 0x3D00
    mov dx, name_a
    int 0x21
    refused 2
    mov cx, 0x20
    dos 0x3C, name_a
    well
    mov bx, ax
    mov cx, 4
    dos 0x40, text_four
    well
    same ax, 4
    mov ax, 0x4200              ; to 2
    xor cx, cx
    mov dx, 2
    int 0x21
    well
    same ax, 2
    mov cx, 100
    dos 0x3F, buffer
    well
    same ax, 2
    same word [buffer], 'ur'
    mov cx, 100
    dos 0x3F, buffer            ; the end
    well
    same ax, 0
    mov ax, 0x4202              ; to one before the end
    mov cx, -1
    mov dx, -1
    int 0x21
    well
    same ax, 3
    xor cx, cx                  ; and it ends here
    dos 0x40, text_four
    well
    mov ax, 0x4202
    xor cx, cx
    xor dx, dx
    int 0x21
    same ax, 3
    mov ax, 0x4200              ; longer by seeking
    xor cx, cx
    mov dx, 10
    int 0x21
    mov cx, 1
    dos 0x40, text_four
    well
    dos 0x45                    ; a second handle for it
    well
    mov si, ax
    dos 0x3E
    well
    mov bx, si
    mov ax, 0x4200              ; which works when the first is closed
    xor cx, cx
    xor dx, dx
    int 0x21
    well
    mov cx, 100
    dos 0x3F, buffer
    well
    same ax, 11
    same word [buffer + 1], 'o' + ('u' << 8)
    same byte [buffer + 5], 0
    same byte [buffer + 10], 'f'
    dos 0x68                    ; commit
    well
    dos 0x3E
    well
    dos 0x3E                    ; once more
    refused 6
    ; Only new ones.
    mov cx, 0x20
    dos 0x5B, name_a
    refused 80
    mov cx, 0x20
    dos 0x5B, name_b
    well
    mov bx, ax
    dos 0x3E
    ; Access.
    mov ax, 0x3D00
    mov dx, name_a
    int 0x21
    well
    mov bx, ax
    mov cx, 1
    dos 0x40, text_four
    refused 5
    dos 0x3E
    mov ax, 0x3D01
    mov dx, name_a
    int 0x21
    well
    mov bx, ax
    mov cx, 1
    dos 0x3F, buffer
    refused 5
    dos 0x3E
    ; Append.
    mov ax, 0x3D02
    mov dx, name_a
    int 0x21
    mov bx, ax
    mov ax, 0x4202
    xor cx, cx
    xor dx, dx
    int 0x21
    same ax, 11
    mov cx, 4
    dos 0x40, text_four
    well
    dos 0x3E
    mov cx, 0x20
    dos 0x3C, name_none         ; in a directory that is not there
    refused 3
    mov ax, 0x3D00
    mov dx, name_a_as_directory
    int 0x21
    refused 3
    ret

; ---- AX=6C00h, by what is there and what is asked --------------------------------------
%macro extended_open 2          ; action, name
    mov ax, 0x6C00
    mov bx, 2
    mov cx, 0x20
    mov dx, %1
    mov si, %2
    int 0x21
%endmacro

extended:
    extended_open 0x01, name_x
    refused 2
    extended_open 0x10, name_x
    well
    done 2
    mov bx, ax
    mov cx, 4
    dos 0x40, text_four
    well
    dos 0x3E
    extended_open 0x10, name_x
    refused 80
    extended_open 0x11, name_x
    well
    done 1
    mov bx, ax
    mov ax, 0x4202
    xor cx, cx
    xor dx, dx
    int 0x21
    same ax, 4
    dos 0x3E
    extended_open 0x12, name_x
    well
    done 3
    mov bx, ax
    mov ax, 0x4202
    xor cx, cx
    xor dx, dx
    int 0x21
    same ax, 0
    dos 0x3E
    dos 0x41, name_x
    well
    ret

; ---- sharing modes and locks -----------------------------------------------------------
sharing:
    mov ax, 0x3D42              ; deny none
    mov dx, name_a
    int 0x21
    well
    mov bx, ax
    mov ax, 0x3D42
    mov dx, name_a
    int 0x21
    well
    mov si, ax
    mov ax, 0x3D20              ; deny write, but the others may
    mov dx, name_a
    int 0x21
    refused_for_others 32
    mov ax, 0x5C00              ; lock 2 to 5
    xor cx, cx
    mov dx, 2
    push si
    xor si, si
    mov di, 4
    int 0x21
    well
    pop si
    xchg bx, si
    mov cx, 4
    dos 0x3F, buffer            ; the other handle may not
    refused_for_others 33
    mov cx, 2
    dos 0x3F, buffer
    well
    xchg bx, si
    mov ax, 0x5C01
    xor cx, cx
    mov dx, 2
    push si
    xor si, si
    mov di, 4
    int 0x21
    well
    pop si
    xchg bx, si
    mov cx, 4
    dos 0x3F, buffer
    well
    same ax, 4
    dos 0x3E
    mov bx, si
    dos 0x3E
    ret

; ---- 5F02h to 5F04h: the list of network drives ----------------------------------------
the_list:
    push ds
    pop es
    mov bx, 0
    mov si, buffer
    mov di, buffer + 16
    mov ax, 0x5F02
    int 0x21
    well
    same bx, 4
    dos 0x19
    add al, 'A'
    same [buffer], al
    same word [buffer + 1], ':'
    same word [buffer + 16], '\\'
    same word [buffer + 18], 'HO'
    same byte [buffer + 22], '\'
    mov bx, 1
    mov si, buffer + 200
    mov di, buffer + 300
    mov ax, 0x5F02
    int 0x21
    refused 18
    mov di, name_no_share
    mov si, name_q
    mov bx, 4
    mov ax, 0x5F03
    int 0x21
    refused 67
    mov di, buffer + 16         ; what the list said
    mov si, name_q
    mov bx, 4
    mov cx, 0
    mov ax, 0x5F03
    int 0x21
    well
    mov di, buffer + 16
    mov si, name_q
    mov bx, 4
    mov ax, 0x5F03
    int 0x21
    refused 85
    mov cx, 0x20
    dos 0x3C, name_on_q
    well
    mov bx, ax
    dos 0x3E
    well
    dos 0x41, name_on_q
    well
    mov bx, 1
    mov si, buffer + 200
    mov di, buffer + 300
    mov ax, 0x5F02
    int 0x21
    well
    same word [buffer + 200], 'Q:'
    mov si, name_q
    mov ax, 0x5F04
    int 0x21
    well
    mov si, name_q
    mov ax, 0x5F04
    int 0x21
    refused 15
    mov cx, 0x20
    dos 0x3C, name_on_q         ; gone
    at_fault c
    mov bx, 1
    mov si, buffer + 200
    mov di, buffer + 300
    mov ax, 0x5F02
    int 0x21
    refused 18
    ret

; ---- more than a packet ----------------------------------------------------------------
large:
    mov di, buffer
    mov cx, BIG / 2
    xor ax, ax
.fill:
    stosw
    add ax, 7
    loop .fill
    mov cx, 0x20
    dos 0x3C, name_big
    well
    mov bx, ax
    mov cx, BIG
    dos 0x40, buffer
    well
    same ax, BIG
    mov ax, 0x4200
    xor cx, cx
    xor dx, dx
    int 0x21
    mov di, buffer
    mov cx, BIG / 2
    xor ax, ax
    rep stosw
    mov cx, BIG + 100
    dos 0x3F, buffer
    well
    same ax, BIG
    mov si, buffer
    mov cx, BIG / 2
    xor dx, dx
.check:
    lodsw
    cmp ax, dx
    jne .bad
    add dx, 7
    loop .check
.bad:
    same cx, 0
    mov ax, 0x4200              ; in the middle, over the border of a packet
    xor cx, cx
    mov dx, 4095
    int 0x21
    mov cx, 4098
    dos 0x3F, buffer
    well
    same ax, 4098
    mov ax, [buffer + 1]
    same ax, 4096 / 2 * 7
    dos 0x3E
    well
    ret

; ---- directories -----------------------------------------------------------------------
directories:
    dos 0x39, name_dir
    well
    dos 0x39, name_dir
    refused 5
    dos 0x3B, name_dir
    well
    mov dl, 0
    mov si, buffer
    dos 0x47
    well
    same word [buffer], 'DI'
    same word [buffer + 2], 'R'
    mov cx, 0x20
    dos 0x3C, name_a            ; in there
    well
    mov bx, ax
    dos 0x3E
    dos 0x41, name_a
    well
    dos 0x3A, name_up_dir       ; nobody may sit in it
    refused 16
    dos 0x3B, name_root
    well
    dos 0x3A, name_dir
    well
    dos 0x3B, name_dir
    refused 3
    dos 0x3B, name_a            ; a file
    refused 3
    ret

; ---- rename, delete, attributes --------------------------------------------------------
names:
    push ds
    pop es
    mov di, name_c
    dos 0x56, name_b
    well
    mov di, name_a              ; is there
    dos 0x56, name_c
    at_fault c
    mov ax, 0x4300
    mov dx, name_c
    int 0x21
    well
    same cx, 0x20
    mov ax, 0x4301
    mov cx, 0x21
    mov dx, name_c
    int 0x21
    well
    mov ax, 0x4300
    mov dx, name_c
    int 0x21
    same cx, 0x21
    dos 0x41, name_c            ; read-only
    refused 5
    mov ax, 0x3D02
    mov dx, name_c
    int 0x21
    refused 5
    mov ax, 0x4301
    mov cx, 0x20
    mov dx, name_c
    int 0x21
    well
    dos 0x39, name_dir
    mov di, name_moved          ; into a directory
    dos 0x56, name_c
    well
    dos 0x41, name_c
    refused 2
    dos 0x3A, name_dir          ; not empty
    refused 5
    dos 0x41, name_moved
    well
    mov di, name_dir2           ; and the directory itself
    dos 0x56, name_dir
    well
    dos 0x3A, name_dir2
    well
    mov ax, 0x4300
    mov dx, name_nix
    int 0x21
    refused 2
    ret

; ---- searches: two at once through 300 files, one of them copied about -----------------
searches:
    dos 0x39, name_many
    well
    dos 0x3B, name_many
    well
    mov word [number], 0
.make:
    call number_name
    mov cx, 0x20
    dos 0x3C, name_number
    well
    mov bx, ax
    dos 0x3E
    inc word [number]
    cmp word [number], FILES
    jb .make
    dos 0x1A, dta_one
    mov cx, 0
    dos 0x4E, name_all
    well
    dos 0x1A, dta_two
    mov cx, 0
    dos 0x4E, name_all
    well
    xor bp, bp
.next:
    inc bp
    mov si, dta_one + 0x1E
    mov di, dta_two + 0x1E
    mov cx, 9
    repe cmpsb
    at_fault e
    call mark
    mov si, dta_one             ; the search lives in what the program copies
    mov di, buffer
    mov cx, 43
    rep movsb
    dos 0x1A, buffer
    dos 0x4F
    pushf
    mov si, buffer
    mov di, dta_one
    mov cx, 43
    rep movsb
    dos 0x1A, dta_two
    dos 0x4F
    popf
    jnc .next
    same bp, FILES
    mov si, seen                ; each of them once
    mov cx, FILES
.each:
    lodsb
    cmp al, 1
    jne .missing
    loop .each
.missing:
    same cx, 0
    ; While they are deleted.
    dos 0x1A, dta_one
    mov cx, 0
    dos 0x4E, name_all
    xor bp, bp
.delete:
    dos 0x41, dta_one + 0x1E
    well
    inc bp
    dos 0x4F
    jnc .delete
    same bp, FILES
    mov cx, 0
    dos 0x4E, name_all
    refused 18
    dos 0x3B, name_root
    dos 0x3A, name_many
    well
    mov cx, 8                   ; the label
    dos 0x4E, name_all
    well
    same byte [dta_one + 0x15], 8
    same word [dta_one + 0x1E], 'WO'
    mov cx, 0x10
    dos 0x4E, name_none
    refused 3
    ret

; A file's number, from the search in dta_one, has been seen.
mark:
    mov si, dta_one + 0x1F
    xor bx, bx
    mov cx, 3
.digit:
    lodsb
    sub al, '0'
    cbw
    push ax
    mov ax, 10
    mul bx
    mov bx, ax
    pop ax
    add bx, ax
    loop .digit
    cmp bx, FILES
    at_fault b
    inc byte [seen + bx]
    ret

number_name:
    mov ax, [number]
    mov di, name_number + 3
    mov bl, 10
    mov cx, 3
.digit:
    div bl
    add ah, '0'
    mov [di], ah
    xor ah, ah
    dec di
    loop .digit
    ret

; ---- file control blocks ---------------------------------------------------------------
fcbs:
    dos 0x1A, buffer
    mov di, buffer
    mov cx, 128
    mov al, 'q'
    rep stosb
    dos 0x16, fcb_a             ; create
    same al, 0
    dos 0x15, fcb_a             ; two records
    same al, 0
    dos 0x15, fcb_a
    same al, 0
    dos 0x10, fcb_a
    same al, 0
    mov byte [fcb_a + 0x20], 0
    mov word [fcb_a + 0x0C], 0
    dos 0x0F, fcb_a             ; open
    same al, 0
    same word [fcb_a + 0x10], 256
    mov word [fcb_a + 0x21], 1  ; the second record
    mov word [fcb_a + 0x23], 0
    mov di, buffer
    mov cx, 128
    xor al, al
    rep stosb
    dos 0x21, fcb_a
    same al, 0
    same byte [buffer + 127], 'q'
    dos 0x10, fcb_a
    same al, 0
    dos 0x23, fcb_size          ; its size in records
    same al, 0
    same word [fcb_size + 0x21], 2
    dos 0x17, fcb_rename        ; F*.F -> G*.G
    same al, 0
    dos 0x11, fcb_find          ; G*.*
    same al, 0
    same word [buffer + 1], 'GC'
    same byte [buffer + 9], 'G'
    dos 0x12, fcb_find
    same al, 0xFF
    dos 0x13, fcb_find          ; delete by wildcards
    same al, 0
    dos 0x13, fcb_find
    same al, 0xFF
    ret

; ---- times -----------------------------------------------------------------------------
file_times:
    mov cx, 0x20
    dos 0x3C, name_timed
    well
    mov bx, ax
    mov cx, 4
    dos 0x40, text_four
    well
    mov ax, 0x5701
    mov cx, 12 << 11 | 34 << 5 | 56 / 2
    mov dx, (1994 - 1980) << 9 | 7 << 5 | 8
    int 0x21
    well
    dos 0x3E
    well
    mov ax, 0x3D00
    mov dx, name_timed
    int 0x21
    mov bx, ax
    mov ax, 0x5700
    int 0x21
    well
    same cx, 12 << 11 | 34 << 5 | 56 / 2
    same dx, (1994 - 1980) << 9 | 7 << 5 | 8
    dos 0x3E
    ret

; ---- the drive -------------------------------------------------------------------------
the_drive:
    mov dl, 0
    dos 0x36
    same cx, 512
    same ax, 64
    cmp dx, bx
    at_fault be
    mov ax, 0x4409              ; is it a network's?
    mov bl, 0
    int 0x21
    well
    test dx, 0x1000
    at_fault nz
    mov ax, 0x3D00              ; a device, whatever stands around it
    mov dx, name_device
    int 0x21
    well
    mov bx, ax
    mov ax, 0x4400
    int 0x21
    test dl, 0x80
    at_fault nz
    dos 0x3E
    ret

; ---- data ------------------------------------------------------------------------------
freedos:        db 0
faults:         db 0
number:         dw 0
text_four:      db "four"
text_end:       db "END", 10, 0
name_root:      db "\", 0
name_a:         db "A.TXT", 0
name_b:         db "B.TXT", 0
name_c:         db "C.TXT", 0
name_x:         db "X.TXT", 0
name_nix:       db "NIX.TXT", 0
name_none:      db "NIX\A.TXT", 0
name_q:         db "Q:", 0
name_on_q:      db "Q:\ON_Q.TXT", 0
name_no_share:  db "\\HOST\NOSUCH", 0
name_a_as_directory: db "A.TXT\A.TXT", 0
name_big:       db "BIG.BIN", 0
name_open:      db "OPEN.TXT", 0
name_timed:     db "TIMED.TXT", 0
name_dir:       db "DIR", 0
name_dir2:      db "DIR2", 0
name_up_dir:    db "..\DIR", 0
name_moved:     db "DIR\MOVED.TXT", 0
name_many:      db "MANY", 0
name_all:       db "*.*", 0
name_number:    db "F000.X", 0
name_device:    db "NUL", 0

fcb_a:          db 0, "FCB     F  ", 0, 0
                times 37 - ($ - fcb_a) db 0
fcb_size:       db 0, "FCB     F  ", 0, 0, 128, 0
                times 37 - ($ - fcb_size) db 0
fcb_find:       db 0, "G???????", "???"
                times 37 - ($ - fcb_find) db 0
fcb_rename:     db 0, "F???????", "F  "
                times 17 - ($ - fcb_rename) db 0
                db "G???????", "G  "
                times 37 - ($ - fcb_rename) db 0

seen:           times FILES db 0
dta_one:        times 43 db 0
dta_two:        times 43 db 0
buffer:
absolute buffer
                resb BIG + 300
                resb 512
memory_end:
