; A boot diskette that drives a network card by its ports, with nothing between
; it and the card: it finds the card (an NE2000 on ISA or PCI; with -D PCNET an
; Am79C970A), reads its address from the PROM, asks by DHCP for an address, by ARP for the
; router, and says on the serial port what it hears.
;
;   card 0300 MAC 525400123456
;   DHCP 10.0.2.15
;   ARP 10.0.2.2 at 52550A000202
;   END
;
; Every frame is also an interrupt: the last line before END counts them.
; With -D RAW the program only sends and hears raw frames (a LAN of two); with
; -D ECHO it waits for a UDP datagram to port 7 and sends it back.

    bits 16
    cpu 386
    org 0x7C00

%define FRAME  0x1000           ; in segment 0: the frame in hand
%define COM1   0x3F8

start:
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    cld
    sti
    ; The rest of the program: sectors 2 to 5.
    mov ax, 0x0204
    mov bx, 0x7E00
    mov cx, 2
    xor dh, dh                  ; DL is the drive we came from
    int 0x13
    jc $
    jmp main

; Write AL to the serial port.
putc:
    push dx
    push ax
.wait:
    mov dx, COM1 + 5
    in al, dx
    test al, 0x20
    jz .wait
    pop ax
    mov dx, COM1
    out dx, al
    pop dx
    ret

puts:                           ; the text behind the call
    pop si
.next:
    lodsb
    test al, al
    jz .done
    call putc
    jmp .next
.done:
    jmp si

hex8:
    push ax
    shr al, 4
    call .digit
    pop ax
.digit:
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    jmp putc

decimal:                        ; AL
    xor ah, ah
    mov bl, 10
    div bl
    push ax
    test al, al
    jz .last
    call decimal
.last:
    pop ax
    mov al, ah
    add al, '0'
    jmp putc

hex_si:                         ; CX bytes at SI
    lodsb
    call hex8
    loop hex_si
    ret

address_si:                     ; an IP address at SI
    mov cx, 4
.next:
    lodsb
    call decimal
    cmp cx, 1
    je .end
    mov al, '.'
    call putc
.end:
    loop .next
    ret

    times 510 - ($ - $$) db 0
    dw 0xAA55

; ---- the card ----

%ifdef PCNET
%include "network_pcnet.inc"
%else
%include "network_ne2000.inc"
%endif

; On PCI: any device PCI_ID; EBX is where it is. CF set when there is none.
find_pci:
    mov ebx, 0x80000000
.next:
    mov eax, ebx
    mov dx, 0xCF8
    out dx, eax
    mov dl, 0xFC
    in eax, dx
    cmp eax, PCI_ID
    je .found
    add ebx, 0x800              ; the next slot
    cmp ebx, 0x80010000
    jb .next
    stc
    ret
.found:
    lea eax, [ebx + 0x3C]       ; interrupt line
    call .read
    cmp al, 8
    jb .line                    ; none, or not one for on_irq
    cmp al, 15
    ja .line
    mov [irq], al
.line:
    lea eax, [ebx + 0x10]       ; base address
    call .read
    and ax, 0xFFE0
    jnz .placed
    ; The firmware left it alone: a place of our own.
    mov eax, 0xC000
    out dx, eax
    lea eax, [ebx + 0x04]       ; command
    call .read
    mov ax, 1
    out dx, ax
    mov ax, 0xC000
.placed:
    mov [port], ax
    clc
    ret
.read:
    mov dx, 0xCF8
    out dx, eax
    mov dl, 0xFC
    in eax, dx
    ret

bad:
    call puts
    db 'bad ring', 13, 10, 0
    jmp finish

; ---- the program ----

main:
    ; The serial port: 115200, 8N1.
    mov dx, COM1 + 3
    mov al, 0x83
    out dx, al
    mov dx, COM1
    mov al, 1
    out dx, al
    inc dx
    xor al, al
    out dx, al
    mov dx, COM1 + 3
    mov al, 3
    out dx, al

    call find_card
    jnc .card
    call puts
    db 'no card', 13, 10, 0
    jmp finish
.card:
    ; The interrupt: vector 70h + n - 8, both controllers let it through.
    movzx bx, byte [irq]
    add bx, 0x68
    shl bx, 2
    cli
    mov word [bx], on_irq
    mov word [bx + 2], 0
    mov cl, [irq]
    sub cl, 8
    mov bl, 1
    shl bl, cl
    not bl
    in al, 0xA1
    and al, bl
    out 0xA1, al
    in al, 0x21
    and al, 0xFB
    out 0x21, al
    sti
    call init_card
    call puts
    db 'card ', 0
    mov al, [port + 1]
    call hex8
    mov al, [port]
    call hex8
    call puts
    db ' MAC ', 0
    mov si, mac
    mov cx, 6
    call hex_si
    call newline

%ifdef RAW
    ; Call until the other one answers; it calls too.
    mov si, mac
    mov di, raw.source
    mov cx, 6
    rep movsb
    mov bp, 30
.call:
    mov si, raw
    mov cx, 60
    call send
    call receive
    jc .again
    cmp word [FRAME + 4 + 12], 0xB588
    jne .again
    ; Once more, for the other may have come later.
    mov si, raw
    mov cx, 60
    call send
    call puts
    db 'heard ', 0
    mov si, FRAME + 4 + 6
    mov cx, 6
    call hex_si
    call newline
    jmp .end
.again:
    dec bp
    jnz .call
.end:
%else
    call dhcp
%ifdef ECHO
    call echo
%else
    call arp
%endif
%endif
    call puts
    db 'interrupts ', 0
    mov al, [interrupts]
    call hex8
    call newline
finish:
    call puts
    db 'END', 13, 10, 0
.drain:
    mov dx, COM1 + 5
    in al, dx
    test al, 0x40
    jz .drain
    xor al, al
    out 0xF4, al                ; end of the machine
    jmp $

newline:
    call puts
    db 13, 10, 0
    ret

%ifndef RAW
dhcp:
    mov si, mac
    mov di, discover.source
    mov cx, 6
    rep movsb
    mov si, mac
    mov di, discover.chaddr
    mov cx, 6
    rep movsb
    mov byte [tries], 5
.again:
    mov si, discover
    mov cx, discover.end - discover
    call send
.next:
    call receive
    jc .none
    ; UDP from port 67 with our transaction number?
    cmp dword [FRAME + 4 + 34], 0x44004300
    jne .next
    cmp dword [FRAME + 4 + 46], 'FERR'
    jne .next
    call puts
    db 'DHCP ', 0
    mov si, FRAME + 4 + 58      ; yiaddr
    mov eax, [si]
    mov [arp_frame.sender], eax
    call address_si
    jmp newline
.none:
    dec byte [tries]
    jnz .again
    call puts
    db 'no DHCP', 13, 10, 0
    ret

%ifdef ECHO
; The sums in both headers do not depend on the order of what they add up, so
; to swap source and destination is all that an answer takes.
echo:
    call puts
    db 'ready', 13, 10, 0
    mov byte [tries], 60
.next:
    call receive
    jc .none
    cmp word [FRAME + 4 + 12], 0x0008
    jne .next
    cmp byte [FRAME + 4 + 23], 17
    jne .next
    cmp word [FRAME + 4 + 36], 0x0700
    jne .next
    call puts
    db 'UDP ', 0
    mov cx, [FRAME + 4 + 38]
    xchg cl, ch
    sub cx, 8
    mov si, FRAME + 4 + 42
.text:
    lodsb
    call putc
    loop .text
    call newline
    mov si, FRAME + 4 + 0
    mov di, FRAME + 4 + 6
    mov cx, 3
    call swap
    mov si, FRAME + 4 + 26
    mov di, FRAME + 4 + 30
    mov cx, 2
    call swap
    mov si, FRAME + 4 + 34
    mov di, FRAME + 4 + 36
    mov cx, 1
    call swap
    mov cx, [FRAME + 2]
    sub cx, 4                   ; without the FCS
    inc cx
    and cl, 0xFE
    mov si, FRAME + 4
    jmp send
.none:
    dec byte [tries]
    jnz .next
    ret

swap:                           ; CX words at SI and DI
    lodsw
    xchg ax, [di]
    mov [si - 2], ax
    add di, 2
    loop swap
    ret
%endif

arp:
    mov si, mac
    mov di, arp_frame.source
    mov cx, 6
    rep movsb
    mov si, mac
    mov di, arp_frame.hardware
    mov cx, 6
    rep movsb
    mov byte [tries], 5
.again:
    mov si, arp_frame
    mov cx, 60
    call send
.next:
    call receive
    jc .none
    cmp word [FRAME + 4 + 12], 0x0608
    jne .next
    cmp word [FRAME + 4 + 20], 0x0200
    jne .next
    call puts
    db 'ARP ', 0
    mov si, FRAME + 4 + 28
    call address_si
    call puts
    db ' at ', 0
    mov si, FRAME + 4 + 22
    mov cx, 6
    call hex_si
    jmp newline
.none:
    dec byte [tries]
    jnz .again
    call puts
    db 'no ARP', 13, 10, 0
    ret
%endif

port:       dw 0x300
irq:        db 10
mac:        times 6 db 0
tries:      db 0
interrupts: dw 0
deadline:   dd 0

%ifdef RAW
    align 2
raw:                            ; for all; type 88B5h is for experiments
    times 6 db 0xFF
.source:
    times 6 db 0
    db 0x88, 0xB5
    db 'anybody there?'
    times 60 - ($ - raw) db 0
%else
    align 2
; A DHCPDISCOVER in its frame (RFC 2131): IP and UDP headers are constant.
discover:
    times 6 db 0xFF
.source:
    times 6 db 0
    db 0x08, 0x00
.ip:
    db 0x45, 0
    db (.end - .ip) >> 8, (.end - .ip) & 255
    db 0, 1, 0, 0, 64, 17
    db (~IP_SUM >> 8) & 255, ~IP_SUM & 255
    db 0, 0, 0, 0
    db 255, 255, 255, 255
.udp:
    db 0, 68, 0, 67
    db (.end - .udp) >> 8, (.end - .udp) & 255
    db 0, 0                     ; no checksum
.bootp:
    db 1, 1, 6, 0               ; BOOTREQUEST, Ethernet
    db 'FERR'                   ; transaction
    times 20 db 0
.chaddr:
    times 16 + 64 + 128 db 0
    db 0x63, 0x82, 0x53, 0x63
    db 53, 1, 1                 ; DHCPDISCOVER
    db 255
    times 300 - ($ - .bootp) db 0 ; BOOTP wants 300 bytes
.end:
; The header's words, the checksum left out, with end-around carry.
IP_RAW  equ 0x4500 + (discover.end - discover.ip) + 1 + 0 + 0x4011 + 0xFFFF + 0xFFFF
IP_SUM  equ (IP_RAW & 0xFFFF) + (IP_RAW >> 16)

arp_frame:
    times 6 db 0xFF
.source:
    times 6 db 0
    db 0x08, 0x06
    db 0, 1, 8, 0, 6, 4, 0, 1   ; who has
.hardware:
    times 6 db 0
.sender:
    times 4 db 0
    times 6 db 0
    db 10, 0, 2, 2
    times 60 - ($ - arp_frame) db 0
%endif
    times 5 * 512 - ($ - $$) db 0
