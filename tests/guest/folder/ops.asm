; FOPS.COM: does with files what A:\OPS.BIN says, for random_dos.py. A record is a letter and its
; arguments: paths end with a zero, numbers are little-endian.
;
;   C path attributes              a new file, empty
;   W path size32 seed chunk16     a new file of so many bytes, written so many at a time
;   A path size32 seed chunk16     more bytes at its end
;   P path at32 size32 seed chunk  bytes in its middle
;   T path size32                  cut at this size
;   R path path                    renamed or moved
;   D path; M path; X path         deleted; a directory made; one removed
;   H path attributes              set
;   Y path time16 date16           set
;   V path size32 sum16            read, and compared
;   o n path; w n size32 seed chunk16; c n    a file that stays open meanwhile
;   L ticks                        waits so many ticks of 55 ms
;   S                              all buffers to the disk; says SYNC A (B, C...), waits for a key
;   .                              the end
;
; A line on the debug console (port E9h) for each: K, or E and DOS's error (FE: not all was written,
; FD: other bytes, FC: another size). Byte i of a file that was written with a seed is
; 13 * i + 31 * (i >> 8) + 7 * seed, of i's lower 16 bits.

    cpu 8086
    bits 16
    org 0x100

CHUNK equ 16384

start:
    mov sp, stack_end
    mov bx, end_of_all + 15         ; the rest of the memory is not ours
    mov cl, 4
    shr bx, cl
    mov ah, 0x4A
    int 0x21
    mov dx, critical
    mov ax, 0x2524                  ; a disk's error is the call's error
    int 0x21
    mov dx, ops_name
    mov ax, 0x3D00
    int 0x21
    jc finish
    mov bx, ax
    mov dx, ops
    mov cx, OPS_ROOM
    mov ah, 0x3F
    int 0x21
    jc finish
    mov ah, 0x3E
    int 0x21
    cld
    mov si, ops

next:
    lodsb
    cmp al, '.'
    je finish
    mov di, letters
    mov cx, LETTERS
    repne scasb
    jne finish
    mov bx, LETTERS - 1
    sub bx, cx
    shl bx, 1
    call [handlers + bx]
    jc .fault
    mov al, 'K'
    call say
    jmp .line
.fault:
    push ax
    mov al, 'E'
    call say
    pop ax
    mov ah, al
    mov cl, 4
    shr al, cl
    call digit
    mov al, ah
    and al, 15
    call digit
.line:
    mov al, 10
    call say
    jmp next

finish:
    mov al, '.'
    call say
    mov al, 10
    call say
    mov ax, 0x4C00
    int 0x21

digit:
    add al, 0x90
    daa
    adc al, 0x40
    daa
say:
    out 0xE9, al
    ret

critical:                           ; INT 24h: fail
    mov al, 3
    iret

; ---- arguments -----------------------------------------------------------------------------
path:                               ; DX = it
    mov dx, si
.more:
    lodsb
    test al, al
    jnz .more
    ret

number:                             ; BX: where it goes
    lodsw
    mov [bx], ax
    lodsw
    mov [bx + 2], ax
    ret

bytes:                              ; count, seed, chunk
    mov bx, count
    call number
    lodsb
    mov [seed], al
    lodsw
    mov [chunk], ax
    ret

; ---- contents ------------------------------------------------------------------------------
; CX bytes of the pattern from [position] on.
pattern:
    push cx
    mov di, buffer
    mov bx, [position]
.one:
    mov al, 13
    mul bl
    mov dl, al
    mov al, 31
    mul bh
    add dl, al
    mov al, 7
    mul byte [seed]
    add al, dl
    stosb
    inc bx
    loop .one
    pop cx
    ret

; [count] bytes from [position] on, to the file [handle].
write:
    mov cx, [chunk]
    cmp word [count + 2], 0
    jne .some
    cmp [count], cx
    jae .some
    mov cx, [count]
.some:
    jcxz .done
    call pattern
    mov dx, buffer
    mov bx, [handle]
    mov ah, 0x40
    int 0x21
    jc .out
    cmp ax, cx
    mov al, 0xFE
    stc
    jne .out
    add [position], cx
    adc word [position + 2], 0
    sub [count], cx
    sbb word [count + 2], 0
    jmp write
.done:
    clc
.out:
    ret

; Closes; an error from before stays the result.
close:
    pushf
    push ax
    mov bx, [handle]
    mov ah, 0x3E
    int 0x21
    jc .bad
    pop ax
    popf
    ret
.bad:
    pop cx
    popf
    stc
    ret

create:                             ; DX = path
    xor cx, cx
    mov ah, 0x3C
    int 0x21
    mov [handle], ax
    mov word [position], 0
    mov word [position + 2], 0
    ret

open:
    mov ax, 0x3D02
    int 0x21
    mov [handle], ax
    ret

seek:                               ; AL = how, to [position], which is then where it stands
    mov ah, 0x42
    mov bx, [handle]
    mov dx, [position]
    mov cx, [position + 2]
    int 0x21
    mov [position], ax
    mov [position + 2], dx
    ret

; ---- operations ----------------------------------------------------------------------------
op_create:
    call path
    lodsb
    mov cl, al
    mov ch, 0
    mov ah, 0x3C
    int 0x21
    jc out_
    mov [handle], ax
    jmp close

op_write:
    call path
    push dx
    call bytes
    pop dx
    call create
    jc out_
    call write
    jmp close

op_append:
    call path
    push dx
    call bytes
    pop dx
    call open
    jc out_
    mov word [position], 0
    mov word [position + 2], 0
    mov al, 2
    call seek
    jc close
    call write
    jmp close

op_patch:
    call path
    push dx
    mov bx, position
    call number
    call bytes
    pop dx
    call open
    jc out_
    mov al, 0
    call seek
    jc close
    call write
    jmp close

op_cut:
    call path
    push dx
    mov bx, position
    call number
    pop dx
    call open
    jc out_
    mov al, 0
    call seek
    jc close
    xor cx, cx
    mov dx, buffer
    mov bx, [handle]
    mov ah, 0x40
    int 0x21
    jmp close

op_rename:
    call path
    push dx
    call path
    mov di, dx
    pop dx
    mov ah, 0x56
    jmp call_dos
op_delete:
    call path
    mov ah, 0x41
    jmp call_dos
op_mkdir:
    call path
    mov ah, 0x39
    jmp call_dos
op_rmdir:
    call path
    mov ah, 0x3A
call_dos:
    int 0x21
out_:
    ret

op_attributes:
    call path
    lodsb
    mov cl, al
    mov ch, 0
    mov ax, 0x4301
    jmp call_dos

op_time:
    call path
    call open
    lodsw
    mov cx, ax
    lodsw
    mov dx, ax
    jc out_
    mov bx, [handle]
    mov ax, 0x5701
    int 0x21
    jmp close

op_verify:
    call path
    push dx
    mov bx, count
    call number
    lodsw
    mov [sum], ax
    pop dx
    mov ax, 0x3D00
    int 0x21
    jc out_
    mov [handle], ax
    xor bp, bp                      ; the sum
.more:
    mov cx, CHUNK
    mov dx, buffer
    mov bx, [handle]
    mov ah, 0x3F
    int 0x21
    jc .close
    mov cx, ax
    jcxz .end
    sub [count], ax
    sbb word [count + 2], 0
    mov di, buffer
.one:
    mov al, [di]
    mov ah, 0
    rol bp, 1
    add bp, ax
    inc di
    loop .one
    jmp .more
.end:
    mov ax, [count]
    or ax, [count + 2]
    mov al, 0xFC
    stc
    jnz .close
    cmp bp, [sum]
    mov al, 0xFD
    stc
    jne .close
    clc
.close:
    jmp close

slot:                               ; DI: its handle and position
    lodsb
    mov ah, 0
    mov cl, 3
    shl ax, cl
    mov di, slots
    add di, ax
    ret

op_hold:
    call slot
    push di
    call path
    call create
    pop di
    mov [di], ax
    mov word [di + 2], 0
    mov word [di + 4], 0
    ret

op_hold_write:
    call slot
    push di
    call bytes
    pop di
    push di
    mov ax, [di]
    mov [handle], ax
    mov ax, [di + 2]
    mov [position], ax
    mov ax, [di + 4]
    mov [position + 2], ax
    call write
    pop di
    pushf
    mov bx, [position]
    mov [di + 2], bx
    mov bx, [position + 2]
    mov [di + 4], bx
    popf
    ret

op_hold_close:
    call slot
    mov bx, [di]
    mov ah, 0x3E
    jmp call_dos

op_wait:
    lodsb
    mov bl, al
    mov bh, 0
    push bx
    mov ah, 0
    int 0x1A
    pop bx
    add bx, dx
.more:
    mov ah, 0
    push bx
    int 0x1A
    pop bx
    cmp dx, bx
    js .more
    clc
    ret

op_sync:
    mov ah, 0x0D
    int 0x21
    mov dx, sync_text
    mov ah, 9
    int 0x21
    inc byte [sync_letter]
    mov ah, 8
    int 0x21
    clc
    ret

; ---- data ----------------------------------------------------------------------------------
letters:
    db 'CWAPTRDMXHYVowcLS'
LETTERS equ $ - letters
handlers:
    dw op_create, op_write, op_append, op_patch, op_cut, op_rename, op_delete, op_mkdir, op_rmdir
    dw op_attributes, op_time, op_verify, op_hold, op_hold_write, op_hold_close, op_wait, op_sync

ops_name: db 'A:\OPS.BIN', 0
sync_text: db 'SYNC '
sync_letter: db 'A', 13, 10, '$'

absolute $
handle: resw 1
position: resd 1
count: resd 1
seed: resb 1
chunk: resw 1
sum: resw 1
slots: resb 4 * 8

    resb 512
stack_end:
OPS_ROOM equ 24576
ops: resb OPS_ROOM
buffer: resb CHUNK
end_of_all:
