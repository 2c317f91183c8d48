; Ferrite system BIOS: shadow memory. On a board with the 82441FX host bridge
; this ROM is copied into the DRAM behind it, so that POST can put there what
; depends on the machine; at the end of POST that memory becomes read-only. So is
; the video BIOS: while it starts it may write to itself (PCI Firmware Specification,
; 5.2.1.9), as SeaVGABIOS does.
;
; Register PAM0 (59h) of the bridge: bit 4 lets reads of F0000h-FFFFFh go to
; DRAM, bit 5 writes.

PAM0_DWORD  equ 0x80000058
PAM0_PORT   equ PCI_DATA + 1

; AL := the segment's new attributes, bits 4 and 5. Destroys AH, EDX.
shadow_set:
    push eax
    mov eax, PAM0_DWORD
    mov dx, PCI_ADDRESS
    out dx, eax
    mov dx, PAM0_PORT
    in al, dx
    mov ah, al
    and ah, 0x0F
    pop edx
    mov al, dl
    or al, ah
    mov dx, PAM0_PORT
    out dx, al
    ret

; DRAM instead of ROM, with the same content. It runs at the other place where
; the ROM is seen, below 4 GB, while what is at F0000h changes; the descriptors
; of the segments loaded meanwhile are read from there too. Interrupts off.
shadow_open:
    DS_EBDA
    test byte [EX_CHIPS], CHIP_440FX
    jz .out
    o32 lgdt [cs:.gdt]              ; (without o32 only 24 bits of its address)
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 0x20:.high
.high:
    mov al, 0x30
    call shadow_set
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov esi, 0xFFFF0000
    mov edi, 0x000F0000
    mov ecx, 0x10000 / 4
    a32 rep movsd
    mov ax, 0x18                    ; 64 KB limits again
    mov ds, ax
    mov es, ax
    jmp 0x08:.low
.low:
    mov eax, cr0
    and al, 0xFE
    mov cr0, eax
    jmp 0xF000:.real
.real:
    DS_EBDA
    or byte [EX_CHIPS], CHIP_SHADOW
.out:
    ret
.gdt:
    dw 5 * 8 - 1
    dd 0xFFFF0000 + flat_gdt

; CX = how many segments of 16 KB the video BIOS has, of four. DS = C000h.
video_size:
    mov cl, [2]                     ; its blocks of 512 bytes
    mov ch, 0
    add cx, 31
    shr cx, 5
    cmp cx, 4
    jbe .fits
    mov cx, 4
.fits:
    ret

; PAM1 and PAM2 (5Ah, 5Bh): CX segments := AL, bit 0 reads, bit 1 writes. Destroys EAX, BX, EDX.
video_set:
    mov ah, 0
    imul bx, ax, 0x1111
    push cx
    shl cl, 2
    mov edx, 1
    shl edx, cl
    dec dx
    and bx, dx
    pop cx
    mov eax, PAM0_DWORD
    mov dx, PCI_ADDRESS
    out dx, eax
    mov dx, PAM0_PORT + 1
    mov ax, bx
    out dx, ax
    ret

; The video BIOS into DRAM; the change is made while it is read from the ROM. Not every board
; (and no QEMU) can read the one and write the other at one address: there it goes by way of
; memory that nobody uses yet.
VIDEO_COPY  equ 0x2000              ; segment

video_shadow:
    DS_EBDA
    test byte [EX_CHIPS], CHIP_440FX
    jz .out
    mov ax, 0xC000
    mov ds, ax
    mov es, ax
    cmp word [0], 0xAA55
    jne .out
    call video_size
    mov al, 2
    call video_set
    call .copy
    mov al, 3
    call video_set
    cmp word [0], 0xAA55
    je .out
    mov al, 0
    call video_set
    push VIDEO_COPY
    pop es
    call .copy
    mov al, 3
    call video_set
    push es
    push ds
    pop es
    pop ds
.copy:
    push cx
    shl cx, 12                      ; double words; four segments are 4000h
    xor si, si
    xor di, di
    rep movsd
    pop cx
.out:
    ret

; Nobody changes it any more.
video_close:
    DS_EBDA
    test byte [EX_CHIPS], CHIP_440FX
    jz .out
    mov ax, 0xC000
    mov ds, ax
    cmp word [0], 0xAA55
    jne .out
    call video_size
    mov al, 1
    call video_set
.out:
    ret

; The end of POST: the bytes add up to zero as those of the ROM do, and nobody
; changes them any more.
shadow_close:
    DS_EBDA
    test byte [EX_CHIPS], CHIP_SHADOW
    jz .out
    push cs
    pop ds
    xor si, si
    xor ax, ax
.sum:
    add al, [si]
    inc si
    jnz .sum
    sub [0xFFFF], al
    mov al, 0x10
    call shadow_set
.out:
    ret
