; A DOS program for the packet driver at INT 60h: moves blocks of 1400 bytes by UDP, both ways, and says
; the sums of what it got and gave on the debug port, E9h.
;
;   MOVE N PORT BLOCKS  address by DHCP; fetches from 10.0.2.2 and stores there
;   MOVE C PORT BLOCKS  the same as 192.168.7.2 from and on 192.168.7.1
;   MOVE S PORT BLOCKS  is 192.168.7.1, until the other says that it is done
;
; A datagram: 'GET ' n asks for block n, 'DATA' n and the block answers; 'PUT ' n and a block stores, 'DONE'
; n answers; 'STOP' ends, 'BYE!' answers. What is not answered in half a second is sent again. Sums: each
; block once, CRC-32 of n and the block, added up. Blocks that are made here: xorshift32 from n on.

    bits 16
    cpu 386
    org 0x100

BLOCK   equ 1400
WINDOW  equ 12                  ; datagrams under way
RING    equ 16                  ; frames that have arrived; a power of two
FRAME   equ 1536
PATIENCE equ 9                  ; ticks until it is sent again
LIMIT   equ 20000               ; times that it is sent again, altogether

; a frame: Ethernet, IP without options, UDP
E_TYPE  equ 12
IP      equ 14
UDP     equ 34
DATA    equ 42
BOOTP   equ 42

    jmp start

; ------------------------------------------------------------------ words

%macro say 1+
    call say_text
    db %1, 0
%endmacro

say_text:
    pop si
.next:
    lodsb
    test al, al
    jz .done
    out 0xE9, al
    jmp .next
.done:
    jmp si

say_number:                     ; EAX in hex
    mov cx, 8
.digit:
    rol eax, 4
    push ax
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    out 0xE9, al
    pop ax
    loop .digit
    ret

newline:
    mov al, 10
    out 0xE9, al
    ret

die:                            ; what is said behind the call
    say 'failed: '
    pop si
.next:
    lodsb
    out 0xE9, al
    test al, al
    jnz .next
    call newline
    mov dl, 1
; leave with exit code DL
leave_it:
    push dx
    mov bx, [handle_ip]
    mov ah, 3
    int 0x60
    mov bx, [handle_arp]
    mov ah, 3
    int 0x60
    pop ax
    mov ah, 0x4C
    int 0x21

; a number from the command line at SI to EAX
number:
    xor eax, eax
.blank:
    cmp byte [si], ' '
    jne .digit
    inc si
    jmp .blank
.digit:
    movzx ebx, byte [si]
    sub bl, '0'
    cmp bl, 9
    ja .end
    imul eax, eax, 10
    add eax, ebx
    inc si
    jmp .digit
.end:
    ret

; ------------------------------------------------------------------ the driver

; The upcall. AX = 0: room for CX bytes at ES:DI? AX = 1: they are at DS:SI.
receiver:
    push cs
    pop es
    test ax, ax
    jnz .there
    mov di, [cs:ring_in]
    mov ax, di
    sub ax, [cs:ring_out]
    cmp ax, RING
    jae .full
    cmp cx, FRAME
    ja .full
    and di, RING - 1
    imul di, di, FRAME
    add di, ring
    retf
.full:
    inc word [cs:dropped]
    xor di, di
    mov es, di
    retf
.there:
    inc word [cs:ring_in]
    retf

; The next frame: SI. CF = 1: none for a tick.
receive:
    mov si, [ring_out]
    cmp si, [ring_in]
    jne .there
    hlt                         ; the card, or the timer
    mov si, [ring_out]
    cmp si, [ring_in]
    jne .there
    stc
    ret
.there:
    and si, RING - 1
    imul si, si, FRAME
    add si, ring                ; (CF = 0)
    clc
    ret

; It has been dealt with.
received:
    inc word [ring_out]
    ret

; CX bytes of frame at SI
send:
    mov ah, 4
    int 0x60
    ret

; CF = 0: SI is an IP datagram for our port. ARP is answered here.
filter:
    cmp word [si + E_TYPE], 0x0608
    je .arp
    cmp byte [si + IP + 9], 17
    jne .no
    mov ax, [si + UDP + 2]
    cmp ax, [our_port]
    jne .no
    clc
    ret
.arp:
    cmp word [si + 20], 0x0100  ; who has
    jne .answer
    mov eax, [si + 38]
    cmp eax, [our_ip]
    jne .no
    push si
    mov di, arp_frame
    mov eax, [si + 22]          ; to the sender
    mov [di], eax
    mov [di + 32], eax
    mov ax, [si + 26]
    mov [di + 4], ax
    mov [di + 36], ax
    mov eax, [si + 28]
    mov [di + 38], eax
    mov word [di + 20], 0x0200
    call arp_send
    pop si
    jmp .no
.answer:
    mov eax, [si + 28]
    cmp eax, [their_ip]
    jne .no
    mov eax, [si + 22]
    mov [out_frame], eax
    mov ax, [si + 26]
    mov [out_frame + 4], ax
    mov byte [resolved], 1
.no:
    stc
    ret

arp_send:
    mov si, mac
    mov di, arp_frame + 6
    movsd
    movsw
    mov si, mac
    mov di, arp_frame + 22
    movsd
    movsw
    mov eax, [our_ip]
    mov [arp_frame + 28], eax
    mov si, arp_frame
    mov cx, 60
    jmp send

; Who has [their_ip]? To the head of out_frame.
resolve:
    mov byte [resolved], 0
    mov bp, 400                 ; ticks
.ask:
    mov dword [arp_frame], -1
    mov word [arp_frame + 4], -1
    mov word [arp_frame + 20], 0x0100
    mov dword [arp_frame + 32], 0
    mov word [arp_frame + 36], 0
    mov eax, [their_ip]
    mov [arp_frame + 38], eax
    call arp_send
    mov bx, PATIENCE
.wait:
    call receive
    jc .tick
    call filter
    call received
    cmp byte [resolved], 1
    jne .wait
    ret
.tick:
    dec bp
    jz .none
    dec bx
    jnz .wait
    jmp .ask
.none:
    call die
    db 'nobody answers ARP', 0

; out_frame's headers for a datagram of CX bytes to [their_ip], [their_port]; sends it.
send_udp:
    push cx
    mov si, mac
    mov di, out_frame + 6
    movsd
    movsw
    mov ax, 0x0008
    stosw
    mov ax, 0x0045
    stosw
    mov ax, cx
    add ax, 28
    xchg al, ah
    stosw
    mov ax, [ident]
    inc word [ident]
    stosw
    xor ax, ax
    stosw
    mov ax, 0x1140              ; TTL, UDP
    stosw
    xor ax, ax
    stosw
    mov eax, [our_ip]
    stosd
    mov eax, [their_ip]
    stosd
    mov ax, [our_port]
    stosw
    mov ax, [their_port]
    stosw
    mov ax, cx
    add ax, 8
    xchg al, ah
    stosw
    xor ax, ax                  ; no sum
    stosw
    mov si, out_frame + IP
    mov cx, 10
    xor dx, dx
.sum:
    lodsw
    add dx, ax
    adc dx, 0
    loop .sum
    not dx
    mov [out_frame + IP + 10], dx
    pop cx
    add cx, DATA
    mov si, out_frame
    jmp send

; ------------------------------------------------------------------ DHCP (RFC 2131)

; AL: the message's type; EDX: the address asked for, 0: none.
dhcp_send:
    push ax
    push edx
    mov di, out_frame + BOOTP
    mov cx, 150
    xor ax, ax
    rep stosw
    mov dword [out_frame + BOOTP], 0x00060101
    mov dword [out_frame + BOOTP + 4], 'FERR'
    mov si, mac
    mov di, out_frame + BOOTP + 28
    movsd
    movsw
    mov di, out_frame + BOOTP + 236
    mov eax, 0x63538263
    stosd
    pop edx
    pop ax
    mov ah, al
    mov al, 1
    shl eax, 8
    mov al, 53
    stosd                       ; 53, 1, type
    dec di
    test edx, edx
    jz .end
    mov ax, 50 | 4 << 8
    stosw
    mov eax, edx
    stosd
    mov ax, 54 | 4 << 8
    stosw
    mov eax, [server]
    stosd
.end:
    mov al, 255
    stosb
    mov dword [out_frame], -1
    mov word [out_frame + 4], -1
    mov cx, 300
    jmp send_udp

; Sends as above until an answer of type AH is there, at SI.
dhcp_ask:
    mov bp, 400
.ask:
    push ax
    push edx
    call dhcp_send
    pop edx
    pop ax
    mov bx, 2 * PATIENCE
.wait:
    push ax
    call receive
    pop ax
    jc .tick
    push ax
    call filter
    pop ax
    jc .other
    cmp dword [si + BOOTP + 4], 'FERR'
    jne .other
    mov cl, 53
    call dhcp_option
    jc .other
    cmp [di], ah
    je .there
.other:
    call received
    jmp .wait
.there:
    ret
.tick:
    dec bp
    jz .none
    dec bx
    jnz .wait
    jmp .ask
.none:
    call die
    db 'no DHCP', 0

; DI: what option CL of the answer at SI says. CF = 1: it is not there. Keeps AX, BX, SI.
dhcp_option:
    push ax
    lea di, [si + BOOTP + 240]
.next:
    mov al, [di]
    inc di
    cmp al, 255
    je .none
    test al, al
    jz .next
    cmp al, cl
    je .found
    movzx ax, byte [di]
    inc di
    add di, ax
    lea ax, [si + FRAME]
    cmp di, ax
    jb .next
.none:
    pop ax
    stc
    ret
.found:
    inc di
    pop ax
    clc
    ret

dhcp:
    mov word [our_port], 68 << 8
    mov word [their_port], 67 << 8
    mov dword [our_ip], 0
    mov dword [their_ip], -1
    mov ax, 0x0201              ; DISCOVER, OFFER
    xor edx, edx
    call dhcp_ask
    mov cl, 54                  ; who offers
    call dhcp_option
    jc .bad
    mov eax, [di]
    mov [server], eax
    mov edx, [si + BOOTP + 16]
    call received
    mov ax, 0x0503              ; REQUEST, ACK
    call dhcp_ask
    mov eax, [si + BOOTP + 16]
    mov [our_ip], eax
    mov cl, 3                   ; the router
    call dhcp_option
    jc .bad
    mov eax, [di]
    mov [their_ip], eax
    call received
    say 'DHCP '
    mov eax, [our_ip]
    call .say
    say ' ROUTER '
    mov eax, [their_ip]
    call .say
    jmp newline
.say:
    xchg al, ah                 ; first byte first
    ror eax, 16
    xchg al, ah
    jmp say_number
.bad:
    call die
    db 'DHCP says too little', 0

; ------------------------------------------------------------------ blocks and sums

crc_table:
    mov di, table
    xor ebx, ebx
.entry:
    mov eax, ebx
    mov cx, 8
.bit:
    shr eax, 1
    jnc .zero
    xor eax, 0xEDB88320
.zero:
    loop .bit
    stosd
    inc bl
    jnz .entry
    ret

; EAX: the CRC-32 of a block and its number, which are at SI. Keeps the rest.
crc_block:
    push ebx
    push cx
    push si
    mov cx, BLOCK + 4
    mov eax, -1
.byte:
    movzx ebx, al
    xor bl, [si]
    shr eax, 8
    xor eax, [table + ebx * 4]
    inc si
    loop .byte
    not eax
    pop si
    pop cx
    pop ebx
    ret

; Block EAX, at DI.
make_block:
    mov edx, eax
    imul edx, edx, 0x9E3779B1
    or edx, 1
    mov cx, BLOCK / 4
.word:
    mov eax, edx
    shl eax, 13
    xor edx, eax
    mov eax, edx
    shr eax, 17
    xor edx, eax
    mov eax, edx
    shl eax, 5
    xor edx, eax
    mov eax, edx
    stosd
    loop .word
    ret

; ------------------------------------------------------------------ the one that asks

; Slots of what is under way: block, tick, in use.
SLOT    equ 8

; EAX: 'GET ' or 'PUT '. All blocks; [total] is their sum.
all_blocks:
    mov [verb], eax
    xor eax, eax
    mov [next], eax
    mov [completed], eax
    mov [total], eax
    mov di, slots
    mov cx, WINDOW * SLOT / 2
    rep stosw
.round:
    mov bx, slots
.slot:
    cmp word [bx + 6], 0
    jne .waits
    mov eax, [next]
    cmp eax, [blocks]
    jae .other
    inc dword [next]
    mov [bx], eax
    mov word [bx + 6], 1
    jmp .go
.waits:
    mov ax, [fs:0x6C]
    sub ax, [bx + 4]
    cmp ax, PATIENCE
    jb .other
    inc word [again]
    cmp word [again], LIMIT
    ja .hopeless
.go:
    mov ax, [fs:0x6C]
    mov [bx + 4], ax
    call ask_block
.other:
    add bx, SLOT
    cmp bx, slots + WINDOW * SLOT
    jb .slot
    call receive
    jc .round
    call filter
    jc .done
    call answer
.done:
    call received
    mov eax, [completed]
    cmp eax, [blocks]
    jne .round
    ret
.hopeless:
    call die
    db 'too much is lost', 0

; For the slot at BX.
ask_block:
    push bx
    mov di, out_frame + DATA
    mov eax, [verb]
    stosd
    mov eax, [bx]
    stosd
    mov cx, 8
    cmp dword [verb], 'PUT '
    jne .send
    call make_block
    mov cx, 8 + BLOCK
.send:
    call send_udp
    pop bx
    ret

; The datagram at SI: the slot that waited for it is free.
answer:
    mov eax, [si + DATA]
    cmp dword [verb], 'PUT '
    je .put
    cmp eax, 'DATA'
    jne .out
    jmp .which
.put:
    cmp eax, 'DONE'
    jne .out
.which:
    mov eax, [si + DATA + 4]
    mov bx, slots
.slot:
    cmp word [bx + 6], 0
    je .other
    cmp [bx], eax
    je .found
.other:
    add bx, SLOT
    cmp bx, slots + WINDOW * SLOT
    jb .slot
.out:
    ret                         ; a second answer
.found:
    mov word [bx + 6], 0
    inc dword [completed]
    lea si, [si + DATA + 4]
    cmp dword [verb], 'PUT '
    jne .sum
    mov di, scratch             ; what was stored, made again
    mov si, di
    stosd
    call make_block
.sum:
    call crc_block
    add [total], eax
    ret

client:
    call resolve
    mov eax, 'GET '
    call all_blocks
    say 'GOT '
    mov eax, [total]
    call say_number
    call newline
    mov eax, 'PUT '
    call all_blocks
    say 'PUT '
    mov eax, [total]
    call say_number
    call newline
    mov dword [verb], 'STOP'
    mov bp, 60
.stop:
    mov bx, slots
    call ask_block
    call receive
    jc .again
    call filter
    jc .other
    cmp dword [si + DATA], 'BYE!'
    je .out
.other:
    call received
.again:
    dec bp
    jnz .stop
.out:
    say 'AGAIN '
    movzx eax, word [again]
    call say_number
    say ' DROPPED '
    movzx eax, word [dropped]
    call say_number
    jmp newline

; ------------------------------------------------------------------ the one that answers

serve:
    call receive
    jc serve
    call filter
    jc .done
    mov eax, [si + 6]           ; back to where it came from
    mov [out_frame], eax
    mov ax, [si + 10]
    mov [out_frame + 4], ax
    mov eax, [si + IP + 12]
    mov [their_ip], eax
    mov ax, [si + UDP]
    mov [their_port], ax
    mov eax, [si + DATA + 4]
    cmp dword [si + DATA], 'STOP'
    je .stop
    cmp eax, [blocks]
    jae .done
    cmp dword [si + DATA], 'GET '
    je .get
    cmp dword [si + DATA], 'PUT '
    jne .done
    bts [stored], eax           ; (a bit string: any offset)
    jc .stored
    push eax
    push si
    add si, DATA + 4
    call crc_block
    add [got], eax
    pop si
    pop eax
.stored:
    mov di, out_frame + DATA
    mov dword [di], 'DONE'
    mov [di + 4], eax
    mov cx, 8
    call send_udp
    jmp .done
.get:
    mov di, out_frame + DATA
    mov dword [di], 'DATA'
    mov [di + 4], eax
    push eax
    add di, 8
    call make_block
    pop eax
    bts [given], eax
    jc .given
    mov si, out_frame + DATA + 4
    call crc_block
    add [gave], eax
.given:
    mov cx, 8 + BLOCK
    call send_udp
.done:
    call received
    jmp serve
.stop:
    mov dword [out_frame + DATA], 'BYE!'
    mov cx, 8
    call send_udp
    call received
    say 'GAVE '
    mov eax, [gave]
    call say_number
    call newline
    say 'STORED '
    mov eax, [got]
    call say_number
    jmp newline

; ------------------------------------------------------------------

start:
    cld
    push ds
    pop es
    xor ax, ax
    mov fs, ax
    add ax, 0x40
    mov fs, ax                  ; the BIOS' data: ticks
    mov di, zeroed
    mov cx, (zeroed_end - zeroed) / 2
    xor ax, ax
    rep stosw
    mov si, 0x82
    lodsb
    mov [role], al
    call number
    xchg al, ah
    mov [command_port], ax
    call number
    mov [blocks], eax
    call crc_table

    mov si, type_ip
    mov bp, handle_ip
    call access
    mov si, type_arp
    mov bp, handle_arp
    call access
    mov bx, [handle_ip]
    mov ah, 6
    mov di, mac
    mov cx, 6
    int 0x60
    jc .none

    cmp byte [role], 'N'
    je .nat
    mov dword [our_ip], 192 | 168 << 8 | 7 << 16 | 1 << 24
    mov ax, [command_port]
    mov [our_port], ax
    cmp byte [role], 'S'
    je .serve
    mov dword [our_ip], 192 | 168 << 8 | 7 << 16 | 2 << 24
    mov dword [their_ip], 192 | 168 << 8 | 7 << 16 | 1 << 24
    jmp .client
.nat:
    call dhcp
.client:
    mov word [our_port], 0x3412
    mov ax, [command_port]
    mov [their_port], ax
    call client
    jmp .end
.serve:
    say 'SERVES', 10
    call serve
.end:
    xor dl, dl
    jmp leave_it
.none:
    call die
    db 'no packet driver', 0

; Frames of the type at SI come to us; the handle to [BP].
access:
    mov ax, 0x0201
    mov bx, -1
    xor dl, dl
    mov cx, 2
    mov di, receiver
    int 0x60
    jc start.none
    mov [bp], ax
    ret

type_ip:    db 8, 0
type_arp:   db 8, 6
ident:      dw 1
handle_ip:  dw 0
handle_arp: dw 0
    align 4
arp_frame:
    times 12 db 0
    db 8, 6, 0, 1, 8, 0, 6, 4
    times 60 - ($ - arp_frame) db 0

    align 4, db 0
zeroed:                         ; behind the file
    absolute zeroed
ring_in:    resw 1
ring_out:   resw 1
dropped:    resw 1
again:      resw 1
our_port:   resw 1              ; as they are in frames
their_port: resw 1
command_port: resw 1
resolved:   resb 1
role:       resb 1
our_ip:     resd 1
their_ip:   resd 1
server:     resd 1
verb:       resd 1
next:       resd 1
completed:  resd 1
total:      resd 1
blocks:     resd 1
got:        resd 1
gave:       resd 1
mac:        resb 8
slots:      resb WINDOW * SLOT
stored:     resb 10000
given:      resb 10000
zeroed_end:
table:      resd 256
scratch:    resb BLOCK + 8
out_frame:  resb FRAME
    resb 2
ring:
