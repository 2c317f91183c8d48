; Ferrite system BIOS: text output through INT 10h teletype.

; Print the zero-terminated string at CS:SI. Preserves everything but SI.
print_str:
    push ax
    push bx
    mov bx, 7
.next:
    cs lodsb
    test al, al
    jz .done
    mov ah, 0x0E
    int 0x10
    jmp .next
.done:
    pop bx
    pop ax
    ret

print_char:
    push ax
    push bx
    mov bx, 7
    mov ah, 0x0E
    int 0x10
    pop bx
    pop ax
    ret

; Print EAX in decimal.
print_dec:
    pushad
    xor cx, cx
    mov ebx, 10
.divide:
    xor edx, edx
    div ebx
    push dx
    inc cx
    test eax, eax
    jnz .divide
.digit:
    pop ax
    add al, '0'
    call print_char
    loop .digit
    popad
    ret

; Print AL as two hexadecimal digits.
print_hex8:
    push ax
    shr al, 4
    call .digit
    pop ax
    push ax
    and al, 15
    call .digit
    pop ax
    ret
.digit:
    cmp al, 10
    jb .emit
    add al, 7
.emit:
    add al, '0'
    jmp print_char
