; writer.asm - a boot sector that writes numbered, checksummed sectors to the first hard disk for ever,
; with and without FLUSH CACHE between, and says at port E9h what the drive has told it:
;
;   'W' u32 seq, u8 n   n sectors from number seq on are written
;   'F' u32 seq, u8 0   all before number seq are flushed
;   'E', 'X'            the same two, refused by the drive
;
; Sector: "TORT", its number, its LBA, then 125 dwords number * 9E3779B1h + i. Which sectors: a linear
; congruential generator (state: 32 bits) - torture.py does the same. Number and state to begin with
; are at offsets 4 and 8 of the image.
org 0x7c00
bits 16
SECTORS equ 4096
BUFFER equ 0x2000 ; segment

    jmp short begin
    align 4, db 0
seq: dd 1
state: dd 1

begin:
    xor ax, ax
    mov ds, ax
    mov ss, ax
    mov sp, 0x7c00
    cld
next:
    mov eax, [state]
    imul eax, eax, 1664525
    add eax, 1013904223
    mov [state], eax
    mov ebx, eax
    shr ebx, 8
    and ebx, SECTORS - 1
    mov [lba], ebx
    shr eax, 24
    and ax, 3
    inc ax
    mov [count], ax

    mov ax, BUFFER
    mov es, ax
    xor di, di
    mov cx, [count]
    mov edx, [seq]
fill:
    push cx
    mov eax, 'TORT'
    stosd
    mov eax, edx
    stosd
    mov eax, ebx
    stosd
    imul eax, edx, 0x9e3779b1
    mov cx, 125
more:
    stosd
    inc eax
    loop more
    inc edx
    inc ebx
    pop cx
    loop fill

    mov ax, [count]
    mov [blocks], ax
    mov si, packet
    mov ax, 0x4300
    mov dl, 0x80
    int 0x13
    mov al, 'W'
    mov cl, [count]
    jnc .said
    mov al, 'E'
.said:
    call say
    movzx eax, word [count]
    add [seq], eax

    test byte [state + 3], 0x70 ; one in eight
    jnz next
    mov dx, 0x1f7
    mov al, 0xe7
    out dx, al
.busy:
    in al, dx
    test al, 0x80
    jnz .busy
    test al, 1
    mov al, 'F'
    mov cl, 0
    jz .flushed
    mov al, 'X'
.flushed:
    call say
    jmp next

; al, [seq], cl
say:
    out 0xe9, al
    mov eax, [seq]
    mov bp, 4
.byte:
    out 0xe9, al
    shr eax, 8
    dec bp
    jnz .byte
    mov al, cl
    out 0xe9, al
    ret

align 4
packet: db 16, 0
blocks: dw 1
    dw 0, BUFFER
lba: dd 0
    dd 0
count: dw 0
times 510-($-$$) db 0
dw 0xaa55
