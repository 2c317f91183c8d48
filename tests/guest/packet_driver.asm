; A packet driver for DOS (FTP Software's specification 1.09, basic functions) of an Am79C970A, by its
; data sheet: word mode, 32-bit descriptors (software style 2), INT 60h. It finds the card by the PCI
; BIOS, stays resident, and hands each frame to the handle that has asked for its type.
;
;   PACKET      "packet driver at 60", or why not

    bits 16
    cpu 386
    org 0x100

%define VECTOR  0x60
%define RDP     0x10
%define RAP     0x12
%define RESET   0x14
%define BDP     0x16

RX      equ 16                  ; descriptors; powers of two
TX      equ 8
LOG_RX  equ 4
LOG_TX  equ 3
FRAME   equ 1536
HANDLES equ 4
HANDLE  equ 8                   ; the receiver (0: free), the type, its length

; INT 60h's frame: where PUSHAD, DS, ES and the interrupt put them
%define FR_DI    0
%define FR_SI    4
%define FR_BX    16
%define FR_DX    20
%define FR_CX    24
%define FR_AX    28
%define FR_DS    32
%define FR_ES    34
%define FR_FLAGS 40

; AX to CSR %1
%macro csr 1
    push ax
    mov dx, [port]
    add dx, RAP
    mov ax, %1
    out dx, ax
    sub dx, RAP - RDP
    pop ax
    out dx, ax
%endmacro

    jmp install

; ------------------------------------------------------------------ resident

    align 4
interface:                      ; INT 60h
    jmp short .entry
    nop
    db 'PKT DRVR', 0
.entry:
    sti
    cld
    push es
    push ds
    pushad
    mov bp, sp                  ; the caller's registers
    push cs
    pop es                      ; (DS is the caller's)
    movzx bx, ah
    cmp bl, 7
    ja .unknown
    add bx, bx
    jmp [cs:bx + .functions]
.functions:
    dw .unknown, driver_info, access_type, release_type, send_pkt, .unknown, get_address, .fine
.unknown:
    mov dh, 11                  ; BAD_COMMAND
.failed:
    mov [ss:bp + FR_DX + 1], dh
    or byte [ss:bp + FR_FLAGS], 1
    jmp .out
.fine:
    and byte [ss:bp + FR_FLAGS], 0xFE
.out:
    popad
    pop ds
    pop es
    iret

driver_info:
    mov word [ss:bp + FR_BX], 9
    mov word [ss:bp + FR_CX], 0x0100 ; class 1, DIX Ethernet; number 0
    mov word [ss:bp + FR_DX], 88
    mov [ss:bp + FR_DS], cs
    mov word [ss:bp + FR_SI], name
    mov byte [ss:bp + FR_AX], 1 ; basic functions
    jmp interface.fine

; AL class, DL number, DS:SI a type of CX bytes, ES:DI the receiver: AX = its handle
access_type:
    mov dh, 2                   ; NO_CLASS
    cmp al, 1
    jne interface.failed
    mov dh, 4                   ; NO_NUMBER
    test dl, dl
    jnz interface.failed
    mov dh, 5                   ; BAD_TYPE
    mov cx, [ss:bp + FR_CX]
    cmp cx, 2
    ja interface.failed
    mov bx, handles
.next:
    cmp dword [cs:bx], 0
    je .free
    add bx, HANDLE
    cmp bx, handles + HANDLES * HANDLE
    jb .next
    mov dh, 9                   ; NO_SPACE
    jmp interface.failed
.free:
    mov [cs:bx + 6], cx
    jcxz .any
    mov ax, [si]
    mov [cs:bx + 4], ax
.any:
    mov ax, [ss:bp + FR_ES]
    shl eax, 16
    mov ax, [ss:bp + FR_DI]
    mov [cs:bx], eax
    mov [ss:bp + FR_AX], bx
    jmp interface.fine

; BX of the caller: is it a handle? CF = 1: no.
check_handle:
    mov bx, [ss:bp + FR_BX]
    cmp bx, handles
    jb .no
    cmp bx, handles + HANDLES * HANDLE
    jae .no
    cmp dword [cs:bx], 1
    ret
.no:
    stc
    ret

release_type:
    call check_handle
    mov dh, 1                   ; BAD_HANDLE
    jc interface.failed
    mov dword [cs:bx], 0
    jmp interface.fine

get_address:
    mov dh, 9
    cmp word [ss:bp + FR_CX], 6
    jb interface.failed
    push cs
    pop ds
    mov es, [ss:bp + FR_ES]
    mov di, [ss:bp + FR_DI]
    mov si, mac
    movsd
    movsw
    mov word [ss:bp + FR_CX], 6
    jmp interface.fine

; DS:SI, CX bytes: into the next descriptor once it is ours.
send_pkt:
    mov cx, [ss:bp + FR_CX]
    mov dh, 12                  ; CANT_SEND
    cmp cx, 1514
    ja interface.failed
    mov bx, [cs:tx_next]
.wait:
    test byte [cs:bx + 7], 0x80 ; OWN
    jnz .wait
    mov di, bx
    sub di, tx_ring
    shr di, 4
    imul di, di, FRAME
    add di, tx_frames
    mov dx, cx
    mov al, cl
    shr cx, 2
    rep movsd
    mov cl, al
    and cl, 3
    rep movsb
    cmp dx, 60
    jae .long
    mov cx, 60
    sub cx, dx
    xor al, al
    rep stosb
    mov dx, 60
.long:
    movzx eax, dx
    neg ax
    or eax, 0x8300F000          ; OWN, STP, ENP
    mov dword [cs:bx + 8], 0
    mov [cs:bx + 4], eax
    add bx, 16
    cmp bx, tx_ring + TX * 16
    jb .stored
    mov bx, tx_ring
.stored:
    mov [cs:tx_next], bx
    pushf
    cli                         ; RAP and RDP belong together
    mov dx, [cs:port]
    add dx, RAP
    xor ax, ax
    out dx, ax
    add dx, RDP - RAP
    mov ax, 0x0048              ; IENA, TDMD
    out dx, ax
    popf
    jmp interface.fine

; The card has something: each frame to who wants it.
on_irq:
    pushad
    push ds
    push es
    cld
    mov ax, cs
    mov ds, ax
    mov dx, [port]
    add dx, RAP
    xor ax, ax
    out dx, ax
    add dx, RDP - RAP
    in ax, dx
    and ax, 0x7F00              ; what there was is taken note of
    or al, 0x40
    out dx, ax
.frame:
    mov bx, [rx_next]
    test byte [bx + 7], 0x80
    jnz .done
    mov al, [bx + 7]
    and al, 0x7F
    cmp al, 0x03                ; STP, ENP, no error
    jne .back
    call deliver
.back:
    mov bx, [rx_next]
    mov dword [bx + 4], 0x8000F000 | (-FRAME & 0xFFF)
    add bx, 16
    cmp bx, rx_ring + RX * 16
    jb .next
    mov bx, rx_ring
.next:
    mov [rx_next], bx
    jmp .frame
.done:
    mov al, 0x20
    cmp byte [irq], 8
    jb .first
    out 0xA0, al
.first:
    out 0x20, al
    pop es
    pop ds
    popad
    iret

; The frame of descriptor BX.
deliver:
    mov bp, [bx + 8]
    and bp, 0xFFF
    sub bp, 4                   ; without the FCS
    mov si, bx
    sub si, rx_ring
    shr si, 4
    imul si, si, FRAME
    add si, rx_frames
    mov ax, [si + 12]
    mov bx, handles
.handle:
    cmp dword [bx], 0
    je .other
    cmp word [bx + 6], 0        ; all types
    je .mine
    cmp [bx + 4], ax
    je .mine
.other:
    add bx, HANDLE
    cmp bx, handles + HANDLES * HANDLE
    jb .handle
    ret
.mine:
    push si
    push bp
    push bx
    xor ax, ax                  ; where to?
    mov cx, bp
    call far [bx]
    pop bx
    pop bp
    mov ax, cs
    mov ds, ax
    pop si
    mov ax, es
    or ax, di
    jz .none
    push di
    mov cx, bp
    shr cx, 2
    rep movsd
    mov cx, bp
    and cx, 3
    rep movsb
    pop si
    push es
    pop ds
    mov cx, bp
    mov ax, 1                   ; there it is
    call far [cs:bx]
    mov ax, cs
    mov ds, ax
.none:
    ret

name:       db 'PCnet', 0
    align 2
port:       dw 0
irq:        db 0
mac:        times 6 db 0
    align 4
handles:    times HANDLES * HANDLE db 0
rx_next:    dw rx_ring
tx_next:    dw tx_ring

; Behind the file, and resident: aligned for the card.
resident    equ ($ - $$ + 0x100 + 15) & ~15
rx_ring     equ resident
tx_ring     equ rx_ring + RX * 16
rx_frames   equ tx_ring + TX * 16
tx_frames   equ rx_frames + RX * FRAME
block       equ tx_frames + TX * FRAME ; the initialization block
resident_end equ block + 32

; ------------------------------------------------------------------ not resident
; It lies where rings and frames will be: moved out of their way first.
    times resident - ($ - $$ + 0x100) db 0
install:
    mov si, moved
    mov di, resident_end
    mov cx, moved_end - moved
    add si, cx
    add di, cx
    dec si
    dec di
    std
    rep movsb
    cld
    mov ax, resident_end
    jmp ax

moved:
    mov ax, 0xB102              ; find the PCI device
    mov cx, 0x2000
    mov dx, 0x1022
    xor si, si
    int 0x1A
    mov bp, (no_card - moved) + resident_end
    jc near .say
    mov ax, 0xB109              ; its base address
    mov di, 0x10
    int 0x1A
    and cx, 0xFFE0
    mov [port], cx
    mov ax, 0xB108              ; its line
    mov di, 0x3C
    int 0x1A
    mov [irq], cl
    mov ax, 0xB109              ; it may answer and be the bus's master
    mov di, 0x04
    int 0x1A
    or cl, 5
    mov ax, 0xB10C
    int 0x1A
    mov dx, [port]
    mov di, mac
    mov cx, 6
.prom:
    in al, dx
    stosb
    inc dx
    loop .prom
    mov dx, [port]
    add dx, RESET
    in ax, dx
    mov dx, [port]
    add dx, RAP
    mov ax, 20                  ; the software style
    out dx, ax
    add dx, BDP - RAP
    mov ax, 2
    out dx, ax

    xor edx, edx
    mov dx, cs
    shl edx, 4                  ; physical addresses
    mov di, rx_ring
    lea ebx, [edx + rx_frames]
    mov cx, RX
.rx:
    mov eax, ebx
    stosd
    mov eax, 0x8000F000 | (-FRAME & 0xFFF)
    stosd
    xor eax, eax
    stosd
    stosd
    add ebx, FRAME
    loop .rx
    mov cx, TX                  ; (their frames follow)
.tx:
    mov eax, ebx
    stosd
    xor eax, eax
    stosd
    stosd
    stosd
    add ebx, FRAME
    loop .tx
    mov di, block
    mov eax, (LOG_TX << 28) | (LOG_RX << 20)
    stosd
    mov si, mac
    movsd
    movsw
    xor eax, eax
    stosw
    stosd                       ; no groups
    stosd
    lea eax, [edx + rx_ring]
    stosd
    lea eax, [edx + tx_ring]
    stosd

    lea eax, [edx + block]
    csr 1
    shr eax, 16
    csr 2
    mov ax, 1                   ; INIT
    csr 0
.wait:
    in ax, dx
    test ax, 0x0100             ; IDON
    jz .wait

    mov cl, [irq]
    mov al, cl
    add al, 8
    cmp cl, 8
    jb .vector
    add al, 0x70 - 8 - 8
.vector:
    mov ah, 0x25
    mov dx, on_irq
    int 0x21
    mov ax, 0x2500 + VECTOR
    mov dx, interface
    int 0x21
    mov bx, 1
    shl bx, cl
    not bx
    cli
    in al, 0x21
    and al, bl
    and al, 0xFB                ; the second one's
    out 0x21, al
    in al, 0xA1
    and al, bh
    out 0xA1, al
    mov dx, [port]
    add dx, RDP
    mov ax, 0x0142              ; IDON, IENA, STRT
    out dx, ax
    sti
    mov dx, (hello - moved) + resident_end
    mov ah, 9
    int 0x21
    mov es, [0x2C]              ; the environment is not needed
    mov ah, 0x49
    int 0x21
    mov dx, (resident_end + 15) >> 4
    mov ax, 0x3100
    int 0x21
.say:
    mov dx, bp
    mov ah, 9
    int 0x21
    mov ax, 0x4C01
    int 0x21

no_card: db 'no PCnet', 13, 10, '$'
hello:   db 'packet driver at 60', 13, 10, '$'
moved_end:
