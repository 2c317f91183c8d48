; Ferrite system BIOS: INT 05h, print the text screen on LPT1.
; 0050:0000 says 0 done, 1 printing, FFh error.

int05_entry:
    sti
    ENTER_INT
    DS_BDA
    cmp byte [PRTSC_STATUS], 1      ; already at it
    je .out
    mov byte [PRTSC_STATUS], 1
    mov ah, 0x0F                    ; columns, page
    int 0x10
    mov cl, ah
    mov ch, [VID_ROWS]
    inc ch                          ; 40:84 holds rows - 1; a CGA BIOS leaves 0
    cmp ch, 2
    jae .rows
    mov ch, 25
.rows:
    push cx
    mov ah, 0x03                    ; where the cursor is
    int 0x10
    pop cx
    push dx
    call .new_line
    jnz .error
    xor dx, dx
.char:
    mov ah, 0x02
    int 0x10
    mov ah, 0x08
    int 0x10
    test al, al
    jnz .visible
    mov al, ' '
.visible:
    call .print
    jnz .error
    inc dl
    cmp dl, cl
    jb .char
    call .new_line
    jnz .error
    xor dl, dl
    inc dh
    cmp dh, ch
    jb .char
    mov byte [PRTSC_STATUS], 0
    jmp .restore
.error:
    mov byte [PRTSC_STATUS], 0xFF
.restore:
    pop dx
    mov ah, 0x02
    int 0x10
.out:
    LEAVE_INT

.new_line:
    mov al, 13
    call .print
    jnz .done
    mov al, 10
; Print AL. ZF = 0: the printer reports an error, or there is none.
.print:
    push dx
    push cx
    xor dx, dx
    mov cx, 0xFFFF
    mov ah, 0
    cmp word [LPT_BASE], 0
    je .no_printer
    int 0x17
    test ah, 0x29
    pop cx
    pop dx
.done:
    ret
.no_printer:
    pop cx
    pop dx
    or ah, 1
    ret
