; Ferrite system BIOS: the USB host controller (Intel, "UHCI Design Guide" 1.1) and
; control transfers (USB 1.1, chapters 8.5 and 9). The first controller is used, what hangs
; at its own ports, at full speed.
;
; All that it reads and writes lies in the 3 KB of USB_SEG, below the EBDA, which are taken
; from base memory when a stick is found; the list of frames is in this ROM. So the
; addresses are the same for processor and bus, under a memory manager as well, and data go
; through a buffer there. There is one queue: it is empty but while a transfer runs.
;
; DS = EBDA, GS = USB_SEG, SI = disk record (DK_U..).

USB_SEG         equ 0x9F00
USB_KB          equ 3
USB_QUEUE       equ 0x00            ; queue head, 8 bytes
USB_SETUP       equ 0x10            ; 8 bytes
USB_CBW         equ 0x20            ; 31 bytes
USB_CSW         equ 0x40            ; 13 bytes
USB_CBW_TAG     equ 0x50            ; the last command's number (dword)
USB_END         equ 0x54            ; where its descriptors end (word)
USB_TDS         equ 0x80            ; transfer descriptors, 16 bytes each
USB_DATA        equ 0x400
USB_DATA_SIZE   equ 0x800
USB_PHYSICAL    equ USB_SEG * 16

UHCI_CMD        equ 0x00
UHCI_STS        equ 0x02
UHCI_INTR       equ 0x04
UHCI_FRNUM      equ 0x06
UHCI_FLBASE     equ 0x08
UHCI_PORTSC     equ 0x10
UHCI_RUN        equ 0x00C1          ; run, configured, packets of 64 bytes at a frame's end
UHCI_RESET      equ 0x0002
PORTSC_CONNECT  equ 0x0001
PORTSC_CHANGES  equ 0x000A          ; written to be cleared
PORTSC_ENABLE   equ 0x0004
PORTSC_LOW      equ 0x0100
PORTSC_RESET    equ 0x0200

TD_TERMINATE    equ 1
TD_QUEUE        equ 2
TD_DEPTH        equ 4
TD_ACTIVE       equ 0x00800000
TD_FAILED       equ 0x00400000      ; stalled, as after any error that is final
TD_THREE        equ 0x18000000      ; attempts
TD_SHORT        equ 0x20000000      ; a short packet stops the queue
PID_IN          equ 0x69
PID_OUT         equ 0xE1
PID_SETUP       equ 0x2D

USB_WAIT_MS     equ 5000

; Every frame has the same queue.
    align 4096, db 0xFF
uhci_frames:
    times 1024 dd USB_PHYSICAL + USB_QUEUE + TD_QUEUE

; Add a transaction at GS:BX: AL = PID, AH = endpoint, DL bit 0 = data toggle, CX = bytes,
; DI = where they are in USB_SEG. BX moves on. Destroys nothing else.
uhci_td:
    push eax
    push ecx
    push edx
    movzx edx, dl
    and dl, 1
    shl edx, 19
    movzx ecx, cx
    dec ecx
    shl ecx, 21
    or edx, ecx
    movzx ecx, ah
    shl ecx, 15
    or edx, ecx
    movzx ecx, byte [si + DK_UADDR]
    shl ecx, 8
    or edx, ecx
    mov dl, al
    mov [gs:bx + 8], edx
    mov edx, TD_ACTIVE | TD_THREE
    cmp al, PID_IN
    jne .status
    or edx, TD_SHORT
.status:
    mov [gs:bx + 4], edx
    movzx eax, di
    add eax, USB_PHYSICAL
    mov [gs:bx + 12], eax
    add bx, 16
    movzx eax, bx
    add eax, USB_PHYSICAL + TD_DEPTH
    mov [gs:bx - 16], eax
    pop edx
    pop ecx
    pop eax
    ret

; Run the descriptors from USB_TDS up to BX. CF = 0: all are done. CF = 1: DI = the one that
; stopped them, EAX = its status; 0: the time was over. Destroys EAX, DI.
uhci_run:
    mov dword [gs:bx - 16], TD_TERMINATE
    push ecx
    mov di, USB_TDS
    mov eax, USB_PHYSICAL + USB_TDS
    mov [gs:USB_QUEUE + 4], eax
    mov ecx, USB_WAIT_MS * TICKS_PER_MS
    xor ah, ah
.wait:
    mov edi, [gs:USB_QUEUE + 4]
    test di, TD_TERMINATE
    jnz .done
    sub edi, USB_PHYSICAL
    and di, 0xFFF0
    test dword [gs:di + 4], TD_ACTIVE
    jnz .step
    test dword [gs:di + 4], TD_FAILED
    jnz .stopped
    cmp byte [gs:di + 8], PID_IN    ; a short packet? Else the controller is going on
    jne .step
    push ax
    push ecx
    mov ecx, [gs:di + 8]
    shr ecx, 21
    mov ax, [gs:di + 4]
    inc ax
    inc cx
    and ax, 0x7FF
    and cx, 0x7FF
    cmp ax, cx
    pop ecx
    pop ax
    jb .stopped
.step:
    call tmo_step
    jnc .wait
    call uhci_stop
    xor eax, eax
    jmp .failed
.stopped:
    call uhci_stop
    mov eax, [gs:di + 4]
.failed:
    pop ecx
    stc
    ret
.done:
    pop ecx
    clc
    ret

; Empty the queue; the controller is out of it two frames later.
uhci_stop:
    mov dword [gs:USB_QUEUE + 4], TD_TERMINATE
    push ax
    push ecx
    mov cx, 2
    call delay_ms
    pop ecx
    pop ax
    ret

; A control transfer: the request is at USB_SETUP, data at USB_DATA. CX = bytes that came.
; CF = 1: refused, or no answer. Destroys EAX, BX, CX, DX, DI.
usb_control:
    mov bx, USB_TDS
    mov ax, PID_SETUP
    mov dl, 0
    mov cx, 8
    mov di, USB_SETUP
    call uhci_td
    mov al, PID_OUT
    test byte [gs:USB_SETUP], 0x80
    jz .direction
    mov al, PID_IN
.direction:
    mov dh, [gs:USB_SETUP + 6]      ; at most 255 of ours
    mov di, USB_DATA
.data:
    movzx cx, dh
    jcxz .status
    cmp cl, [si + DK_UEP0]
    jbe .packet
    mov cl, [si + DK_UEP0]
.packet:
    xor dl, 1
    call uhci_td
    add di, cx
    sub dh, cl
    jmp .data
.status:
    xor al, PID_IN ^ PID_OUT
    cmp byte [gs:USB_SETUP + 6], 0
    jne .other_way
    mov al, PID_IN
.other_way:
    mov dl, 1
    call uhci_td
    call uhci_run
    jnc .good
    test eax, eax
    jz .failed
    test eax, TD_FAILED
    jnz .failed
    lea ax, [bx - 16]               ; it had less: the status is what remains
    cmp di, ax
    je .good
    push bx
    mov bx, USB_TDS
    mov ax, PID_OUT
    mov dl, 1
    xor cx, cx
    call uhci_td
    call uhci_run
    pop bx
    jc .failed
.good:                              ; what came: the packets between the first and the last
    xor cx, cx
    mov di, USB_TDS + 16
.count:
    lea ax, [di + 16]
    cmp ax, bx
    jae .counted
    test dword [gs:di + 4], TD_ACTIVE
    jnz .counted
    mov ax, [gs:di + 4]
    inc ax
    and ax, 0x7FF
    add cx, ax
    add di, 16
    jmp .count
.counted:
    clc
    ret
.failed:
    stc
    ret

; The standard requests. CF = 1: no.
; GET_DESCRIPTOR: AH = kind, CX = bytes, to USB_DATA. CX = bytes that came.
usb_get_descriptor:
    mov dword [gs:USB_SETUP], 0x00000680
    mov [gs:USB_SETUP + 3], ah
    mov word [gs:USB_SETUP + 4], 0
    mov [gs:USB_SETUP + 6], cx
    jmp usb_control
; EAX = request and value, DX = index; no data.
usb_order:
    mov [gs:USB_SETUP], eax
    movzx edx, dx
    mov [gs:USB_SETUP + 4], edx
    jmp usb_control

; ------------------------------------------------------------------ POST

; The first controller, its ports, the sticks at them. DS = EBDA; SI = the first free disk
; record, moves on. With a stick USB_KB of base memory go.
usb_init:
    cmp byte [EX_PCI], 0
    je .none
    cmp si, EX_DISKS + 4 * DISK_SIZE
    jae .none
    push si
    mov si, .is_uhci
    call pci_walk
    pop si
    jnc .none
    push gs
    mov ax, USB_SEG
    mov gs, ax
    call .start
    push si
    mov cx, [si + DK_BASE]
    mov dx, UHCI_PORTSC
.port:
    cmp si, EX_DISKS + 4 * DISK_SIZE
    jae .ports_done
    push cx
    push dx
    mov [si + DK_BASE], cx
    mov [EX_USB_FUNC], bl
    add dx, cx
    push bx
    call .look
    pop bx
    pop dx
    pop cx
    jc .no_stick
    add si, DISK_SIZE
.no_stick:
    add dx, 2
    cmp dx, UHCI_PORTSC + 4
    jb .port
.ports_done:
    pop ax
    cmp ax, si
    jne .found
    mov dx, cx                      ; nobody: quiet again
    mov ax, UHCI_RESET
    out dx, ax
    jmp .out
.found:
    mov byte [EX_USB], 1
    push ds
    DS_BDA
    mov word [MEM_KB], USB_SEG / 64
    pop ds
.out:
    pop gs
.none:
    ret
.is_uhci:
    mov di, 0x08
    call pci_read32
    shr eax, 8
    cmp eax, 0x0C0300
    jne .other
    mov di, 0x20                    ; has it ports?
    call pci_read16
    cmp ax, 0x20
    jb .other
    stc
    ret
.other:
    clc
    ret

; Let the controller of function BX run, with an empty queue. [SI + DK_BASE] = its ports.
.start:
    mov di, 0x20
    call pci_read16
    and al, 0xE0
    mov [si + DK_BASE], ax
    mov di, 0x04
    call pci_read16
    or al, 0x05                     ; ports, bus master
    call pci_write16
    mov di, 0xC0                    ; no legacy keyboard
    mov ax, 0x8F00
    call pci_write16
    mov dword [gs:USB_QUEUE], TD_TERMINATE
    mov dword [gs:USB_QUEUE + 4], TD_TERMINATE
    mov dx, [si + DK_BASE]
    mov ax, UHCI_RESET
    out dx, ax
    mov cx, 1
    call delay_ms
    mov dx, [si + DK_BASE]
    add dx, UHCI_INTR
    xor ax, ax
    out dx, ax
    add dx, UHCI_FRNUM - UHCI_INTR
    out dx, ax
    add dx, UHCI_FLBASE - UHCI_FRNUM
    mov eax, 0xF0000 + uhci_frames
    out dx, eax
    sub dx, UHCI_FLBASE
    mov ax, UHCI_RUN
    out dx, ax
    ret

; What is at the port DX? CF = 0: a stick, its record at [SI] is filled in. CF = 1: nothing
; that we use; the port is left off. Destroys EAX, BX, ECX, DX, DI, ES.
.look:
    in ax, dx
    test al, PORTSC_CONNECT
    jz .nobody
    test ax, PORTSC_LOW             ; low speed: no stick is
    jnz .nobody
    mov ax, PORTSC_RESET
    out dx, ax
    mov cx, 50
    call delay_ms
    xor ax, ax
    out dx, ax
    mov cx, 1
    call delay_ms
    mov ax, PORTSC_ENABLE | PORTSC_CHANGES
    out dx, ax
    mov cx, 10
    call delay_ms
    push dx
    call usb_find_stick
    pop dx
    jnc .stick
    xor ax, ax
    out dx, ax
.nobody:
    stc
.stick:
    ret

; The function at address 0, just reset: a stick? CF as above.
usb_find_stick:
    mov byte [si + DK_UADDR], 0
    mov byte [si + DK_UEP0], 8
    mov ah, 1                       ; the device descriptor's first bytes: the packets
    mov cx, 8
    call usb_get_descriptor
    jc .no
    cmp cl, 8
    jb .no
    mov al, [gs:USB_DATA + 7]
    cmp al, 64
    ja .no
    cmp al, 8
    jb .no
    mov [si + DK_UEP0], al
    mov ax, si                      ; an address of its own, 1 to 4
    sub ax, EX_DISKS
    shr ax, 5
    inc ax
    push ax
    shl eax, 16
    mov ax, 0x0500
    xor dx, dx
    call usb_order
    pop ax
    jc .no
    mov [si + DK_UADDR], al
    mov cx, 2
    call delay_ms
    mov ah, 2                       ; the configuration
    mov cx, 255
    call usb_get_descriptor
    jc .no
    call usb_parse
    jc .no
    movzx eax, byte [gs:USB_DATA + 5]
    shl eax, 16
    mov ax, 0x0900
    xor dx, dx
    call usb_order
    jc .no
    mov byte [si + DK_UTOGGLE], 0
    jmp usb_disk_begin
.no:
    stc
    ret

; The configuration at USB_DATA, CX bytes: an interface of mass storage, SCSI commands, bulk
; only, with endpoints for both ways? CF = 1: none. Destroys AX, CX, DX, DI.
usb_parse:
    mov di, USB_DATA
    add cx, di                      ; CX = its end
    xor dx, dx                      ; DL bit 0: in such an interface; 1, 2: the endpoints
.next:
    movzx ax, byte [gs:di]
    cmp al, 2
    jb .end
    add ax, di
    cmp ax, cx
    ja .end
    push ax
    mov al, [gs:di + 1]
    cmp al, 4
    je .interface
    cmp al, 5
    je .endpoint
.advance:
    pop di
    jmp .next
.interface:
    cmp dl, 7                       ; the one before has all
    je .advance
    xor dx, dx
    cmp word [gs:di + 5], 0x0608
    jne .advance
    cmp byte [gs:di + 7], 0x50
    jne .advance
    cmp byte [gs:di + 3], 0         ; its first setting
    jne .advance
    mov al, [gs:di + 2]
    mov [si + DK_UIFACE], al
    mov dl, 1
    jmp .advance
.endpoint:
    test dl, 1
    jz .advance
    mov al, [gs:di + 3]
    and al, 3
    cmp al, 2                       ; bulk
    jne .advance
    mov ah, [gs:di + 4]
    mov al, [gs:di + 2]
    test al, 0x80
    jz .out_endpoint
    test dl, 2
    jnz .advance
    or dl, 2
    and al, 0x0F
    mov [si + DK_UIN], al
    mov [si + DK_UINMAX], ah
    jmp .advance
.out_endpoint:
    test dl, 4
    jnz .advance
    or dl, 4
    and al, 0x0F
    mov [si + DK_UOUT], al
    mov [si + DK_UOUTMAX], ah
    jmp .advance
.end:
    cmp dl, 7
    jne .none
    mov al, [si + DK_UINMAX]        ; 16 bytes at least: a sector in as many descriptors as
    cmp al, [si + DK_UOUTMAX]       ; there are
    jbe .least
    mov al, [si + DK_UOUTMAX]
.least:
    cmp al, 16
    jb .none
    cmp byte [si + DK_UINMAX], 64
    ja .none
    cmp byte [si + DK_UOUTMAX], 64
    ja .none
    clc
    ret
.none:
    stc
    ret
