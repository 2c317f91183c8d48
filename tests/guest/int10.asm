; int10.asm - a boot disk that calls the VGA BIOS and checks what it answers and does.
;
; Each check compares a word with the one expected; a difference is kept with
; the number of the check. At the end the results are shown in text mode:
; "int10: 0 failures" is what the script waits for.
;
; Build: nasm -f bin -o int10.img int10.asm

    bits 16
    cpu 386
    org 0x7C00

SECTORS equ 30                      ; that follow the boot sector
MAX_BAD equ 20                      ; failures that are kept

start:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    mov [drive], dl
    mov si, SECTORS
    mov bx, 0x7E00
    mov cx, 2                       ; sector of track 0
    mov dh, 0
.read:
    mov ax, 0x0201
    mov dl, [drive]
    int 0x13
    jc .read
    add bx, 512
    inc cx
    cmp cl, 18
    jbe .same_head
    mov cl, 1
    mov dh, 1
.same_head:
    dec si
    jnz .read
    jmp main

drive:
    db 0
    times 510 - ($ - $$) db 0
    dw 0xAA55

; AX = got, DX = wanted. Keeps everything.
check:
    pusha
    mov bx, 0
    mov ds, bx
    inc word [checks]
    cmp ax, dx
    je .out
    mov bx, [failures]
    inc word [failures]
    cmp bx, MAX_BAD
    jae .out
    imul bx, bx, 6
    add bx, bad
    mov cx, [checks]
    mov [bx], cx
    mov [bx + 2], ax
    mov [bx + 4], dx
.out:
    popa
    ret

; CHECK what, wanted: words (registers or memory; also AX and DX).
%macro CHECK 2
    pusha
    push ds
    push %2
    push %1
    pop ax
    pop dx
    call check
    pop ds
    popa
%endmacro

; CHECK_BYTE what, wanted.
%macro CHECK_BYTE 2
    pusha
    push ds
    push %2
    movzx ax, %1
    pop dx
    call check
    pop ds
    popa
%endmacro

; BDA_BYTE offset, wanted; BDA_WORD: in the BIOS data area.
%macro BDA_BYTE 2
    pusha
    push ds
    push 0x40
    pop ds
    movzx ax, byte [%1]
    mov dx, %2
    call check
    pop ds
    popa
%endmacro
%macro BDA_WORD 2
    pusha
    push ds
    push 0x40
    pop ds
    mov ax, [%1]
    mov dx, %2
    call check
    pop ds
    popa
%endmacro

; AL = CRTC register AL.
read_crtc:
    push dx
    mov dx, 0x3D4
    out dx, al
    inc dx
    in al, dx
    pop dx
    ret

; Plane 2 for reading at A000h, and back to text.
open_plane2:
    mov dx, 0x3C4
    mov ax, 0x0704
    out dx, ax
    mov dx, 0x3CE
    mov ax, 0x0204
    out dx, ax
    mov ax, 0x0005
    out dx, ax
    mov ax, 0x0406
    out dx, ax
    ret
close_plane2:
    mov dx, 0x3C4
    mov ax, 0x0304
    out dx, ax
    mov dx, 0x3CE
    mov ax, 0x0004
    out dx, ax
    mov ax, 0x1005
    out dx, ax
    mov ax, 0x0E06
    out dx, ax
    ret

; ---------------------------------------------------------- the same in every mode
; Characters written, read back, scrolled, and dots, whatever the memory looks like.
each_mode:
    mov si, modes
.mode:
    cs lodsb
    cmp al, 0xFF
    je .done
    mov [mode], al
    mov ah, 0
    int 0x10
    mov ah, 0x0F
    int 0x10
    mov [columns], ah
    mov ah, 0
    movzx bx, byte [mode]
    CHECK ax, bx

    ; 'K' at row 3, column 5; three '#' at row 10.
    mov dx, 0x0305
    mov cx, 1
    mov al, 'K'
    call put
    mov dx, 0x0A14
    mov cx, 3
    mov al, '#'
    call put
    mov dx, 0x0305
    call get
    CHECK_BYTE al, 'K'
    mov dx, 0x0A16
    call get
    CHECK_BYTE al, '#'
    mov dx, 0x0A17
    call get
    call blank
    ; The window 2..4 x 4..6 goes down by one, then up by two.
    mov ax, 0x0701
    mov bh, 0
    mov cx, 0x0204
    mov dx, 0x0406
    int 0x10
    mov dx, 0x0405
    call get
    CHECK_BYTE al, 'K'
    mov dx, 0x0305
    call get
    call blank
    mov ax, 0x0602
    mov bh, 0
    mov cx, 0x0204
    mov dx, 0x0406
    int 0x10
    mov dx, 0x0205
    call get
    CHECK_BYTE al, 'K'
    mov dx, 0x0A14                  ; outside the window
    call get
    CHECK_BYTE al, '#'
    ; Teletype in the last column of the last row: everything moves up.
    push 0x40
    pop es
    mov dh, [es:0x84]
    mov dl, [columns]
    dec dl
    mov ah, 2
    mov bh, 0
    int 0x10
    mov ax, 0x0E00 + '@'
    mov bx, 7
    int 0x10
    mov ah, 3
    mov bh, 0
    int 0x10
    movzx ax, byte [es:0x84]
    shl ax, 8
    CHECK dx, ax
    dec dh
    mov dl, [columns]
    dec dl
    call get
    CHECK_BYTE al, '@'
    mov dx, 0x0105
    call get
    CHECK_BYTE al, 'K'
    ; A string with a line feed and the cursor left alone.
    push cs
    pop es
    mov ax, 0x1300
    mov bx, 0x0007
    mov cx, 5
    mov dx, 0x0600
    mov bp, text
    int 0x10
    mov dx, 0x0601
    call get
    CHECK_BYTE al, 'b'
    mov dx, 0x0703                  ; a line feed goes straight down
    call get
    CHECK_BYTE al, 'd'
    ; All clear: AL = 0.
    mov ax, 0x0600
    mov bh, 0
    xor cx, cx
    mov dx, 0x7F7F                  ; beyond the screen: as far as it goes
    int 0x10
    mov dx, 0x0105
    call get
    call blank
    ; A dot, in graphics modes.
    cmp byte [mode], 4
    jb .mode
    cmp byte [mode], 7
    je .mode
    mov cx, 77
    mov dx, 99
    mov ax, 0x0C01
    mov bh, 0
    int 0x10
    mov ax, 0x0D00
    int 0x10
    CHECK_BYTE al, 1
    inc cx
    mov ax, 0x0D00
    int 0x10
    CHECK_BYTE al, 0
    cmp byte [mode], 0x13
    je .mode
    dec cx
    mov ax, 0x0C81                  ; XOR takes it away
    int 0x10
    mov ax, 0x0D00
    int 0x10
    CHECK_BYTE al, 0
    jmp .mode
.done:
    ret

; CX characters AL at DX.
put:
    push ax
    mov ah, 2
    mov bh, 0
    int 0x10
    pop ax
    mov ah, 9
    mov bx, 7
    int 0x10
    ret

; AL = character at DX.
get:
    mov ah, 2
    mov bh, 0
    int 0x10
    mov ah, 8
    int 0x10
    ret

; Is AL a blank? In graphics an empty cell is found as character 0.
blank:
    cmp al, ' '
    jne .zero
    mov al, 0
.zero:
    CHECK_BYTE al, 0
    ret

modes:
    db 0, 1, 2, 3, 4, 5, 6, 7, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12, 0x13, 0xFF
mode:
    db 0
columns:
    db 0
text:
    db 'ab', 10, 'cd'

; ------------------------------------------------------------------ VESA (AH=4Fh)
vesa:
    push cs
    pop es
    mov dword [buffer], 'VBE2'
    mov ax, 0x4F00
    mov di, buffer
    int 0x10
    CHECK ax, 0x004F
    CHECK word [buffer], 'VE'
    CHECK word [buffer + 2], 'SA'
    CHECK word [buffer + 4], 0x0200
    mov al, [buffer + 10]           ; can the DAC have eight bits?
    mov [eight_bits], al
    les si, [buffer + 0x0E]
    CHECK word [es:si], 0x100
    CHECK word [es:si + 2], 0x101
    mov eax, [buffer + 0x12]        ; memory in units of 64 KB, and in bytes
    shl eax, 16
    mov [memory], eax
    CHECK word [buffer + 0x14], 0x0100
    mov si, buffer + 0x16           ; maker, product and revision are strings of the ROM
.string:
    CHECK word [si + 2], 0xC000
    les di, [si]
    CHECK word [es:di], 'Fe'
    add si, 4
    cmp si, buffer + 0x22
    jb .string
    push cs
    pop es

    ; How many pictures fit, less one; no more than a byte says. The same for VBE 3's banks and
    ; for its linear modes.
    mov si, .paged
.pages:
    mov cx, [si]
    mov ax, 0x4F01
    mov di, buffer
    int 0x10
    CHECK ax, 0x004F
    movzx eax, word [buffer + 0x10]
    movzx ecx, word [buffer + 0x14]
    imul ecx, eax
    mov al, [buffer + 0x18]         ; planes
    cmp al, 4
    jne .one_plane
    shl ecx, 2
.one_plane:
    mov eax, [memory]
    xor edx, edx
    div ecx
    dec ax
    cmp ax, 255
    jbe .fit
    mov ax, 255
.fit:
    mov bx, ax
    CHECK_BYTE byte [buffer + 0x1D], bx
    CHECK_BYTE byte [buffer + 0x34], bx
    CHECK_BYTE byte [buffer + 0x35], bx
    CHECK_BYTE byte [buffer + 2], 7 ; one window, which reads and writes
    CHECK_BYTE byte [buffer + 3], 0
    CHECK word [buffer + 4], 64
    CHECK word [buffer + 6], 64
    CHECK word [buffer + 8], 0xA000
    CHECK_BYTE byte [buffer + 0x1A], 1
    CHECK_BYTE byte [buffer + 0x1E], 1
    add si, 2
    cmp si, .paged_end
    jb .pages
    jmp .information
.paged:
    dw 0x102, 0x103, 0x105, 0x10F, 0x111
.paged_end:

.information:
    mov ax, 0x4F01
    mov cx, 0x112                   ; 640x480, 24 bits
    mov di, buffer
    int 0x10
    CHECK ax, 0x004F
%ifdef NO_FRAMEBUFFER                ; an adapter on the ISA bus
    CHECK word [buffer], 0x1B
    CHECK word [buffer + 0x28], 0
    CHECK word [buffer + 0x2A], 0
    mov ax, 0x4F02
    mov bx, 0x4101
    int 0x10
    CHECK ax, 0x014F
%else
    CHECK word [buffer], 0x9B
%endif
    CHECK word [buffer + 0x10], 1920
    CHECK word [buffer + 0x12], 640
    CHECK word [buffer + 0x14], 480
    CHECK_BYTE byte [buffer + 0x19], 24
    CHECK_BYTE byte [buffer + 0x1B], 6
    CHECK word [buffer + 0x1F], 0x1008
    CHECK word [buffer + 0x23], 0x0008
    mov ax, 0x4F01
    mov cx, 0x0FF                   ; no such mode
    int 0x10
    CHECK ax, 0x014F

    ; 800x600 with 256 colours by banks.
    mov ax, 0x4F02
    mov bx, 0x103
    int 0x10
    CHECK ax, 0x004F
    mov al, 0x13                    ; a line in units of eight dots
    call read_crtc
    CHECK_BYTE al, 100
    mov ax, 0x4F03
    int 0x10
    CHECK ax, 0x004F
    CHECK bx, 0x103
    mov ax, 0x4F05
    mov bx, 0
    mov dx, 6
    int 0x10
    CHECK ax, 0x004F
    push 0xA000
    pop es
    CHECK word [es:0x1234], 0       ; the mode was cleared
    mov word [es:0x1234], 0x5678
    mov ax, 0x4F05
    mov bx, 0
    mov dx, 5
    int 0x10
    CHECK word [es:0x1234], 0
    mov ax, 0x4F05
    mov bx, 0x0100
    int 0x10
    CHECK dx, 5
    mov ax, 0x4F05
    mov bx, 0
    mov dx, 0x7FFF                  ; beyond the memory
    int 0x10
    CHECK ax, 0x014F
    mov ax, 0x4F05
    mov bx, 0
    mov dx, 6
    int 0x10
    CHECK word [es:0x1234], 0x5678

    ; A line of 1024 dots, and where the screen begins.
    mov ax, 0x4F06
    mov bx, 0
    mov cx, 1024
    int 0x10
    CHECK ax, 0x004F
    CHECK bx, 1024
    CHECK cx, 1024
    mov al, 0x13
    call read_crtc
    CHECK_BYTE al, 128
    mov ax, 0x4F06
    mov bx, 0
    mov cx, 400                     ; shorter than the screen
    int 0x10
    CHECK ax, 0x014F
    mov ax, 0x4F07
    mov bx, 0
    mov cx, 100
    mov dx, 50
    int 0x10
    CHECK ax, 0x004F
    xor cx, cx
    xor dx, dx
    mov ax, 0x4F07
    mov bx, 1
    int 0x10
    CHECK cx, 100
    CHECK dx, 50

    ; Colours with eight bits, or six where there are no more.
    mov ax, 0x4F08
    mov bx, 0x0800
    int 0x10
    mov cx, 0x0600
    test byte [eight_bits], 1
    jz .dac
    mov ch, 8
    mov word [colour_mask], 0xFFFF
.dac:
    CHECK bx, cx
    mov ax, 0x4F03                  ; the mode is the one that was set, memory cleared
    int 0x10
    CHECK ax, 0x004F
    CHECK bx, 0x103
    push cs
    pop es
    mov dword [buffer], 0x00C18245
    mov ax, 0x4F09
    mov bx, 0
    mov cx, 1
    mov dx, 77
    mov di, buffer
    int 0x10
    CHECK ax, 0x004F
    mov dword [buffer], 0
    mov ax, 0x4F09
    mov bx, 1
    mov cx, 1
    mov dx, 77
    mov di, buffer
    int 0x10
    mov cx, [colour_mask]
    mov bx, 0x8245
    and bx, cx
    CHECK word [buffer], bx
    mov bx, 0x00C1
    and bx, cx
    CHECK word [buffer + 2], bx

    ; State: saved here, restored from mode 3.
    mov ax, 0x4F04
    mov dl, 0
    mov cx, 0x0F
    int 0x10
    CHECK ax, 0x004F
    mov ax, 0x4F04
    mov dl, 1
    mov cx, 0x0F
    mov bx, buffer
    int 0x10
    CHECK ax, 0x004F
    mov ax, 3
    int 0x10
    mov ax, 0x4F03
    int 0x10
    CHECK bx, 3
    mov ax, 0x4F04
    mov dl, 2
    mov cx, 0x0F
    mov bx, buffer
    int 0x10
    CHECK ax, 0x004F
    mov ax, 0x4F03
    int 0x10
    CHECK bx, 0x103
    mov ax, 0x4F07
    mov bx, 1
    int 0x10
    CHECK dx, 50

    ; Planar 800x600: the text and dot functions work in it.
    mov ax, 0x4F02
    mov bx, 0x102
    int 0x10
    CHECK ax, 0x004F
    mov dx, 0x2005
    mov cx, 1
    mov al, 'P'
    call put
    mov dx, 0x2005
    call get
    CHECK_BYTE al, 'P'
    mov cx, 799
    mov dx, 599
    mov ax, 0x0C0B
    mov bh, 0
    int 0x10
    mov ax, 0x0D00
    int 0x10
    CHECK_BYTE al, 11
    mov ax, 0x4F02
    mov bx, 3
    int 0x10
    CHECK ax, 0x004F
    mov dx, 0x0205
    mov al, 'T'
    mov cx, 1
    call put
    mov dx, 0x0205
    call get
    CHECK_BYTE al, 'T'
    ret

; --------------------------------------------------------------- function by function
main:
    call each_mode
    call vesa
    ; mode 3 BDA
    mov ax, 3
    int 0x10
    BDA_BYTE 0x49, 3
    BDA_WORD 0x4A, 80
    BDA_WORD 0x4C, 0x1000
    BDA_BYTE 0x84, 24
    BDA_WORD 0x85, 16
    BDA_BYTE 0x62, 0
    BDA_WORD 0x63, 0x3D4
    BDA_BYTE 0x87, 0x60
    BDA_BYTE 0x89, 0x11
    BDA_BYTE 0x65, 0x29
    ; cursor
    mov ah, 2
    mov bh, 0
    mov dx, 0x050A
    int 0x10
    mov ah, 3
    mov bh, 0
    mov dx, 0
    int 0x10
    CHECK dx, 0x050A
    CHECK cx, 0x0607
    mov ah, 1
    mov cx, 0x0007
    int 0x10
    mov al, 0x0B
    call read_crtc
    CHECK_BYTE al, 15
    mov al, 0x0A
    call read_crtc
    CHECK_BYTE al, 0
    mov ah, 1
    mov cx, 0x0607
    int 0x10
    mov al, 0x0A
    call read_crtc
    CHECK_BYTE al, 13
    mov al, 0x0B
    call read_crtc
    CHECK_BYTE al, 14
    ; registers preserved
    mov ax, 0x0E41
    mov bx, 0x1234
    mov cx, 0x5678
    mov dx, 0x9ABC
    mov si, 0x1111
    mov di, 0x2222
    mov bp, 0x3333
    int 0x10
    CHECK bx, 0x1234
    CHECK cx, 0x5678
    CHECK dx, 0x9ABC
    CHECK si, 0x1111
    CHECK di, 0x2222
    CHECK bp, 0x3333
    ; pages
    mov ax, 0x0502
    int 0x10
    BDA_BYTE 0x62, 2
    BDA_WORD 0x4E, 0x2000
    mov al, 0x0C
    call read_crtc
    CHECK_BYTE al, 0x10
    mov ah, 2
    mov bh, 2
    mov dx, 0x0101
    int 0x10
    mov al, 0x0E
    call read_crtc
    CHECK_BYTE al, 0x10
    mov al, 0x0F
    call read_crtc
    CHECK_BYTE al, 81
    mov ax, 0x0958
    mov bx, 0x024F
    mov cx, 3
    int 0x10
    mov ax, 0xB800
    mov es, ax
    CHECK word [es:0x2000+81*2], 0x4F58
    CHECK word [es:0x2000+83*2], 0x4F58
    CHECK word [es:0x2000+84*2], 0x0720
    mov ax, 0x0A59
    mov bx, 0x0200
    mov cx, 1
    int 0x10
    CHECK word [es:0x2000+81*2], 0x4F59
    mov ah, 8
    mov bh, 2
    int 0x10
    CHECK ax, 0x4F59
    mov ah, 0x0F
    int 0x10
    CHECK ax, 0x5003
    CHECK_BYTE bh, 2
    ; teletype at the page's end scrolls
    mov ah, 2
    mov bh, 2
    mov dx, 0x184F
    int 0x10
    mov word [es:0x2000+1999*2], 0x1E20
    mov ax, 0x0E5A
    int 0x10
    CHECK word [es:0x2000+1919*2], 0x1E5A
    CHECK word [es:0x2000+1999*2], 0x1E20
    CHECK word [es:0x2002], 0x4F59
    ; clear-bit
    mov ax, 0x0083
    int 0x10
    BDA_BYTE 0x87, 0xE0
    mov ah, 0x0F
    int 0x10
    CHECK ax, 0x5083
    CHECK word [es:0x2000+1919*2], 0x1E5A
    ; palette
    mov ax, 0x1000
    mov bx, 0x3A05
    int 0x10
    mov ax, 0x1007
    mov bl, 5
    int 0x10
    CHECK_BYTE bh, 0x3A
    mov ax, 0x1001
    mov bh, 0x15
    int 0x10
    mov ax, 0x1008
    mov bh, 0
    int 0x10
    CHECK_BYTE bh, 0x15
    push cs
    pop es
    mov dx, palette
    mov ax, 0x1002
    int 0x10
    mov dx, buffer
    mov ax, 0x1009
    int 0x10
    CHECK word [buffer], 0x0F0E
    CHECK word [buffer+14], 0x0100
    CHECK_BYTE byte [buffer+16], 0x22
    mov ax, 0x1003
    mov bl, 0
    int 0x10
    BDA_BYTE 0x65, 0x09
    mov ax, 0x1007
    mov bl, 0x10
    int 0x10
    and bh, 8
    CHECK_BYTE bh, 0
    mov ax, 0x1003
    mov bl, 1
    int 0x10
    BDA_BYTE 0x65, 0x29
    mov ax, 0x1007
    mov bl, 0x10
    int 0x10
    and bh, 8
    CHECK_BYTE bh, 8
    mov ax, 0x1003
    mov bl, 0
    int 0x10
    mov ax, 0x1010
    mov bx, 100
    mov dh, 11
    mov cx, 0x1617
    int 0x10
    mov ax, 0x1015
    mov bx, 100
    mov cx, 0
    mov dx, 0
    int 0x10
    CHECK dx, 0x0B00
    CHECK cx, 0x1617
    mov ax, 0x1012
    mov bx, 200
    mov cx, 3
    mov dx, colours
    int 0x10
    mov ax, 0x1017
    mov bx, 201
    mov cx, 2
    mov dx, buffer
    int 0x10
    CHECK word [buffer], 0x0504
    CHECK word [buffer+4], 0x0908
    mov ax, 0x101B
    mov bx, 200
    mov cx, 1
    int 0x10
    mov ax, 0x1015
    mov bx, 200
    int 0x10
    CHECK_BYTE dh, 2
    CHECK cx, 0x0202
    ; with 12h BL=33h on, what is loaded becomes grey
    mov ax, 0x1200
    mov bl, 0x33
    int 0x10
    CHECK_BYTE al, 0x12
    mov ax, 0x1010
    mov bx, 100
    mov cx, 0
    mov dx, 0x3F00
    int 0x10
    mov ax, 0x1015
    mov bx, 100
    int 0x10
    CHECK_BYTE dh, 0x13
    CHECK cx, 0x1313
    mov ax, 0x1012
    mov bx, 100
    mov cx, 2
    mov dx, green_blue
    int 0x10
    mov ax, 0x1017
    mov bx, 100
    mov cx, 2
    mov dx, buffer
    int 0x10
    CHECK word [buffer+2], 0x0725
    CHECK word [buffer+4], 0x0707
    mov ax, 0x1201
    mov bl, 0x33
    int 0x10
    mov ax, 0x1010
    mov bx, 100
    mov cx, 0
    mov dx, 0x3F00
    int 0x10
    mov ax, 0x1015
    mov bx, 100
    int 0x10
    CHECK_BYTE dh, 0x3F
    CHECK cx, 0
    mov ax, 0x1018
    mov bl, 0x3F
    int 0x10
    mov ax, 0x1019
    mov bl, 0
    int 0x10
    CHECK_BYTE bl, 0x3F
    mov ax, 0x1013
    mov bx, 0x0100
    int 0x10
    mov ax, 0x1013
    mov bx, 0x0701
    int 0x10
    mov ax, 0x101A
    int 0x10
    CHECK bx, 0x0701
    mov ax, 0x1013
    mov bx, 0
    int 0x10
    mov ax, 0x1013
    mov bx, 0x0201
    int 0x10
    mov ax, 0x101A
    int 0x10
    CHECK bx, 0x0200
    ; fonts
    mov ax, 3
    int 0x10
    mov ax, 0x1112
    mov bl, 0
    int 0x10
    BDA_BYTE 0x84, 49
    BDA_BYTE 0x85, 8
    BDA_WORD 0x4C, 0x2000
    mov al, 9
    call read_crtc
    and al, 0x9F
    CHECK_BYTE al, 7
    mov al, 0x12
    call read_crtc
    CHECK_BYTE al, 0x8F
    mov al, 7
    call read_crtc
    CHECK_BYTE al, 0x1F
    mov al, 0x11                    ; and registers 0-7 are protected again
    call read_crtc
    and al, 0x80
    CHECK_BYTE al, 0x80
    mov ax, 0x1111
    mov bl, 0
    int 0x10
    BDA_BYTE 0x84, 27
    mov al, 0x12
    call read_crtc
    CHECK_BYTE al, 0x87
    mov ax, 0x1114
    mov bl, 0
    int 0x10
    BDA_BYTE 0x84, 24
    BDA_WORD 0x4C, 0x1000
    mov ax, 0x1130
    mov bh, 6
    int 0x10
    CHECK cx, 16
    CHECK_BYTE dl, 24
    mov bx, es
    CHECK bx, 0xC000
    mov ax, 0x1103                  ; which two fonts are shown
    mov bl, 5
    int 0x10
    mov dx, 0x3C4
    mov al, 3
    out dx, al
    inc dx
    in al, dx
    CHECK_BYTE al, 5
    mov ax, 0x1103
    mov bl, 0
    int 0x10
    ; more rows than a byte counts: nothing
    mov ax, 0x1110
    mov bx, 0x0100
    mov cx, 0
    int 0x10
    BDA_BYTE 0x84, 24
    BDA_BYTE 0x85, 16
    ; user font: char 0x80, 16 lines
    push cs
    pop es
    mov bp, user_font
    mov ax, 0x1100
    mov bx, 0x1000
    mov cx, 1
    mov dx, 0x80
    int 0x10
    ; read back plane 2
    call open_plane2
    mov ax, 0xA000
    mov es, ax
    CHECK word [es:0x80*32], 0xAA55
    CHECK word [es:0x80*32+14], 0x2211
    call close_plane2
    push cs
    pop es
    ; 12h
    mov ax, 0x1200
    mov bx, 0x0010
    int 0x10
    CHECK bx, 0x0003
    CHECK cx, 0x0F09
    mov ax, 0x1201
    mov bl, 0x30
    int 0x10
    CHECK_BYTE al, 0x12
    mov ax, 3
    int 0x10
    BDA_BYTE 0x85, 14
    BDA_BYTE 0x84, 24
    push cs
    pop es
    mov ax, 0x1B00
    mov bx, 0
    mov di, buffer
    int 0x10
    CHECK_BYTE byte [buffer+0x2A], 1 ; 350 lines
    mov ax, 0x1112
    mov bl, 0
    int 0x10
    BDA_BYTE 0x84, 42
    mov ax, 0x1200
    mov bl, 0x30
    int 0x10
    mov ax, 3
    int 0x10
    BDA_BYTE 0x85, 8
    BDA_BYTE 0x84, 24
    push cs
    pop es
    mov ax, 0x1B00
    mov bx, 0
    mov di, buffer
    int 0x10
    CHECK_BYTE byte [buffer+0x2A], 0
    ; and 200 lines have the font of eight: 'A' in plane 2 as 1130h shows it
    mov ax, 0x1130
    mov bh, 3
    int 0x10
    call open_plane2
    push es
    pop fs
    mov ax, 0xA000
    mov es, ax
    CHECK word [es:'A'*32], word [fs:bp+'A'*8]
    CHECK word [es:'A'*32+6], word [fs:bp+'A'*8+6]
    call close_plane2
    push cs
    pop es
    mov ax, 0x1202
    mov bl, 0x30
    int 0x10
    mov ax, 3
    int 0x10
    BDA_BYTE 0x85, 16
    mov ax, 0x1201
    mov bl, 0x34
    int 0x10
    BDA_BYTE 0x87, 0x61
    mov ax, 0x1200
    mov bl, 0x34
    int 0x10
    BDA_BYTE 0x87, 0x60
    mov ax, 0x1201
    mov bl, 0x31
    int 0x10
    BDA_BYTE 0x89, 0x19
    mov ax, 0x1200
    mov bl, 0x31
    int 0x10
    BDA_BYTE 0x89, 0x11
    mov ax, 0x1200
    mov bl, 0x33
    int 0x10
    BDA_BYTE 0x89, 0x13
    mov ax, 3
    int 0x10
    mov ax, 0x1015
    mov bx, 1
    int 0x10
    mov al, ch
    cmp al, dh
    mov ah, 0
    je .g1
    mov ah, 1
.g1:
    CHECK_BYTE ah, 0
    mov ax, 0x1201
    mov bl, 0x33
    int 0x10
    BDA_BYTE 0x89, 0x11
    ; 12h BL=32h: does the adapter answer?
    mov ax, 0x1201
    mov bl, 0x32
    int 0x10
    CHECK_BYTE al, 0x12
    mov dx, 0x3CC
    in al, dx
    and al, 2
    CHECK_BYTE al, 0
    mov ax, 0x1200
    mov bl, 0x32
    int 0x10
    mov dx, 0x3CC
    in al, dx
    and al, 2
    CHECK_BYTE al, 2
    ; 13h: the attribute of BL, or those of the string; the cursor moves or stays
    mov ax, 3
    int 0x10
    mov ax, 0x1300
    mov bx, 0x001E
    mov cx, 2
    mov dx, 0x0403
    mov bp, text
    int 0x10
    push es
    mov ax, 0xB800
    mov es, ax
    CHECK word [es:4*160+3*2], 0x1E61
    CHECK word [es:4*160+4*2], 0x1E62
    CHECK word [es:4*160+5*2], 0x0720
    BDA_WORD 0x50, 0
    pop es
    mov ax, 0x1303
    mov bx, 0x0000
    mov cx, 2
    mov dx, 0x0503
    mov bp, coloured
    int 0x10
    BDA_WORD 0x50, 0x0505
    ; 06h: a window that is wider than the screen ends with the line
    mov ax, 0x0600
    mov bh, 0x17
    mov cx, 0x0700
    mov dx, 0x07FF
    int 0x10
    push es
    mov ax, 0xB800
    mov es, ax
    CHECK word [es:5*160+3*2], 0x4B78
    CHECK word [es:5*160+4*2], 0x2C79
    CHECK word [es:6*160+79*2], 0x0720
    CHECK word [es:7*160], 0x1720
    CHECK word [es:7*160+79*2], 0x1720
    CHECK word [es:8*160], 0x0720
    pop es
    ; a character in planes, whatever a program left in the bit mask
    mov ax, 0x12
    int 0x10
    mov dx, 0x3CE
    mov ax, 0x0008
    out dx, ax
    mov dx, 0x0102
    mov cx, 1
    mov al, 'Q'
    call put
    mov dx, 0x0102
    call get
    CHECK_BYTE al, 'Q'
    ; 1A, 1B
    mov ax, 0x1A00
    int 0x10
    CHECK_BYTE al, 0x1A
    CHECK bx, 0x0008
    mov ax, 3
    int 0x10
    mov ax, 0x1B00
    mov bx, 0
    mov di, buffer
    int 0x10
    CHECK_BYTE al, 0x1B
    CHECK_BYTE byte [buffer+4], 3
    CHECK word [buffer+5], 80
    CHECK word [buffer+0x1E], 0x3D4
    CHECK_BYTE byte [buffer+0x22], 25
    CHECK word [buffer+0x23], 16
    CHECK_BYTE byte [buffer+0x25], 8
    CHECK word [buffer+0x27], 16
    CHECK_BYTE byte [buffer+0x29], 8
    CHECK_BYTE byte [buffer+0x2A], 2
    CHECK_BYTE byte [buffer+0x31], 3
    CHECK_BYTE byte [buffer+0x26], 0
    CHECK_BYTE byte [buffer+0x2B], 0
    CHECK_BYTE byte [buffer+0x2C], 0
    CHECK_BYTE byte [buffer+0x2D], 0x31 ; every mode, cursor emulation, blinking
    les si, [buffer]                ; what the adapter can do at all
    CHECK word [es:si], 0xE0FF      ; modes 0-7, 0Dh-0Fh, 10h-13h
    CHECK_BYTE byte [es:si+2], 0x0F
    CHECK_BYTE byte [es:si+7], 7    ; 200, 350, 400 lines
    CHECK word [es:si+8], 0x0802    ; two fonts of eight
    push cs
    pop es
    mov ax, 0x1103                  ; fonts 5 and 6
    mov bl, 0x39
    int 0x10
    mov ax, 0x1201                  ; no palette by default, no cursor emulation; grey, no blinking
    mov bl, 0x31
    int 0x10
    mov ax, 0x1201
    mov bl, 0x34
    int 0x10
    mov ax, 0x1200
    mov bl, 0x33
    int 0x10
    mov ax, 0x1003
    mov bl, 0
    int 0x10
    mov ax, 0x1B00
    mov bx, 0
    mov di, buffer
    int 0x10
    CHECK_BYTE byte [buffer+0x2B], 5
    CHECK_BYTE byte [buffer+0x2C], 6
    CHECK_BYTE byte [buffer+0x2D], 0x0B
    mov ax, 0x1200
    mov bl, 0x31
    int 0x10
    mov ax, 0x1200
    mov bl, 0x34
    int 0x10
    mov ax, 0x1201
    mov bl, 0x33
    int 0x10
    mov ax, 0x12
    int 0x10
    mov ax, 0x1B00
    mov bx, 0
    mov di, buffer
    int 0x10
    CHECK_BYTE byte [buffer+0x2A], 3
    CHECK_BYTE byte [buffer+0x22], 30
    mov ax, 0x13
    int 0x10
    mov ax, 0x1B00
    mov bx, 0
    mov di, buffer
    int 0x10
    CHECK word [buffer+0x27], 256
    ; 1C
    mov ax, 3
    int 0x10
    mov ax, 0x1010
    mov bx, 1
    mov dx, 0x1100
    mov cx, 0x2233
    int 0x10
    mov ah, 2
    mov bh, 0
    mov dx, 0x0707
    int 0x10
    mov ax, 0x1C00
    mov cx, 7
    int 0x10
    CHECK_BYTE al, 0x1C
    mov ax, 0x1C01
    mov cx, 7
    mov bx, buffer
    int 0x10
    CHECK_BYTE al, 0x1C
    mov ax, 0x13
    int 0x10
    mov ax, 0x1C02
    mov cx, 7
    mov bx, buffer
    int 0x10
    CHECK_BYTE al, 0x1C
    BDA_BYTE 0x49, 3
    BDA_WORD 0x50, 0x0707
    mov al, 9
    call read_crtc
    CHECK_BYTE al, 0x4F
    mov ax, 0x1015
    mov bx, 1
    int 0x10
    CHECK_BYTE dh, 0x11
    mov dx, 0x3CE
    mov al, 6
    out dx, al
    inc dx
    in al, dx
    CHECK_BYTE al, 0x0E
    mov dx, 0x3C4
    mov al, 4
    out dx, al
    inc dx
    in al, dx
    and al, 0x0E
    CHECK_BYTE al, 2
    ; int 43/1f pointers after mode 4
    mov ax, 4
    int 0x10
    mov ax, 0x1130
    mov bh, 1
    int 0x10
    mov bx, es
    CHECK bx, 0xC000
    push bp
    mov ax, 0x1130
    mov bh, 3
    int 0x10
    pop ax
    CHECK ax, bp
    mov ax, 0x1130
    mov bh, 0
    int 0x10
    push bp
    mov ax, 0x1130
    mov bh, 4
    int 0x10
    pop ax
    CHECK ax, bp
    ; characters from 80h on: in modes 4-6 from INT 1Fh, else from INT 43h
    push cs
    pop es
    mov bp, user_font
    mov ax, 0x1120
    int 0x10
    mov ax, 0x0980
    mov bx, 0x0003
    mov cx, 1
    int 0x10
    mov ax, 0xB800
    mov es, ax
    mov al, [user_font]             ; a bit of the glyph is two of the picture
    mov cx, 8
.stretch:
    shl bx, 2
    shl al, 1
    jnc .no_dot
    or bl, 3
.no_dot:
    loop .stretch
    xchg bl, bh
    CHECK word [es:0], bx
    mov ax, 0x13
    int 0x10
    mov ax, 0x0941
    mov bx, 0x0003
    mov cx, 1
    int 0x10
    mov ax, 0xA000
    mov es, ax
    mov eax, [es:320*3]
    mov ebx, [es:320*3+4]
    push eax
    push ebx
    mov ax, 0x1130                  ; INT 43h shifted by 3Fh characters: 80h looks like an A
    mov bh, 3
    int 0x10
    sub bp, 0x3F * 8
    mov ax, 0x1121
    mov bl, 2
    mov cx, 8
    int 0x10
    mov ax, 0x0980
    mov bx, 0x0003
    mov cx, 1
    int 0x10
    mov ax, 0xA000
    mov es, ax
    pop ebx
    pop eax
    CHECK word [es:320*3], ax
    CHECK word [es:320*3+4], bx
    ; a dot's colour is no wider than the mode's
    mov ax, 4
    int 0x10
    mov ax, 0x0C7E                  ; colour 2 of four
    mov bh, 0
    mov cx, 1
    mov dx, 0
    int 0x10
    mov ax, 0xB800
    mov es, ax
    CHECK_BYTE byte [es:0], 0x20
    ; graphics font functions
    mov ax, 0x12
    int 0x10
    mov ax, 0x1123
    mov bl, 0
    mov dl, 60
    int 0x10
    BDA_BYTE 0x84, 59
    BDA_BYTE 0x85, 8
    push cs
    pop es
    ; 0B
    mov ax, 4
    int 0x10
    mov ah, 0x0B
    mov bx, 0x0100
    int 0x10
    mov ax, 0x1007
    mov bl, 1
    int 0x10
    CHECK_BYTE bh, 0x12
    BDA_BYTE 0x66, 0x10
    mov ah, 0x0B
    mov bx, 0x0001
    int 0x10
    mov ax, 0x1007
    mov bl, 0
    int 0x10
    CHECK_BYTE bh, 1
    mov ax, 0x1007
    mov bl, 2
    int 0x10
    CHECK_BYTE bh, 4
    ; mode 7
    mov ax, 7
    int 0x10
    BDA_WORD 0x63, 0x3B4
    push 0x40
    pop es
    mov al, [es:0x10]
    and al, 0x30
    CHECK_BYTE al, 0x30
    mov dx, 0x3CE                   ; its memory is at B0000h
    mov al, 6
    out dx, al
    inc dx
    in al, dx
    CHECK_BYTE al, 0x0A
    mov ax, 0x0E4D
    int 0x10
    mov ax, 0xB000
    mov es, ax
    CHECK word [es:0], 0x074D
    mov ax, 3
    int 0x10
    push 0x40
    pop es
    mov al, [es:0x10]
    and al, 0x30
    CHECK_BYTE al, 0x20
    or byte [es:0x10], 0x05         ; the rest of the word is not the display's
    mov ax, 7
    int 0x10
    mov al, [es:0x10]
    and al, 0x3D
    CHECK_BYTE al, 0x35
    mov ax, 3
    int 0x10
    ; the bell, and the speaker is off again
    in al, 0x61
    mov bl, al
    mov ax, 0x0E07
    int 0x10
    in al, 0x61
    xor al, bl
    and al, 0x0F
    CHECK_BYTE al, 0
    ; pixels with XOR in 12
    mov ax, 0x12
    int 0x10
    mov cx, 101
    mov dx, 202
    mov ax, 0x0C0D
    mov bh, 0
    int 0x10
    mov ax, 0x0C87
    int 0x10
    mov ah, 0x0D
    int 0x10
    CHECK_BYTE al, 0x0A
    mov ax, 0x10
    int 0x10
    mov cx, 639
    mov dx, 349
    mov ax, 0x0C0F
    mov bh, 1
    int 0x10
    mov ah, 0x0D
    int 0x10
    CHECK_BYTE al, 15
    mov bh, 0
    mov ah, 0x0D
    int 0x10
    CHECK_BYTE al, 0

; ------------------------------------------------------------------------ the results
    mov ax, 0x0003
    int 0x10
    mov si, title
    call print
    mov ax, [failures]
    call decimal
    mov si, title2
    call print
    mov ax, [checks]
    call decimal
    mov si, title3
    call print
    mov cx, [failures]
    jcxz .end
    cmp cx, MAX_BAD
    jbe .list
    mov cx, MAX_BAD
.list:
    mov di, bad
.next:
    mov si, item
    call print
    mov ax, [di]
    call decimal
    mov si, item2
    call print
    mov ax, [di + 2]
    call hex
    mov si, item3
    call print
    mov ax, [di + 4]
    call hex
    mov si, line_end
    call print
    add di, 6
    loop .next
.end:
    hlt
    jmp .end

print:
    lodsb
    test al, al
    jz .out
    call char
    jmp print
.out:
    ret

char:
    push bx
    mov ah, 0x0E
    mov bx, 7
    int 0x10
    pop bx
    ret

decimal:
    push cx
    push dx
    mov bx, 10
    xor cx, cx
.digit:
    xor dx, dx
    div bx
    push dx
    inc cx
    test ax, ax
    jnz .digit
.write:
    pop ax
    add al, '0'
    call char
    loop .write
    pop dx
    pop cx
    ret

hex:
    push cx
    mov cx, 4
.digit:
    rol ax, 4
    push ax
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das                             ; 0-15 to its digit
    call char
    pop ax
    loop .digit
    pop cx
    ret

title:
    db 'int10: ', 0
title2:
    db ' failures in ', 0
title3:
    db ' checks'
line_end:
    db 13, 10, 0
item:
    db 'check ', 0
item2:
    db ': got ', 0
item3:
    db ', expected ', 0

palette:
    db 0x0E, 0x0F, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 0x22
colours:
    db 1, 2, 3, 4, 5, 6, 7, 8, 9
green_blue:
    db 0, 0x3F, 0, 0, 0, 0x3F
coloured:
    db 'x', 0x4B, 'y', 0x2C
user_font:
    db 0x55, 0xAA, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x11, 0x22

checks:
    dw 0
failures:
    dw 0
bad:
    times 6 * MAX_BAD db 0
eight_bits:
    db 0
colour_mask:
    dw 0x3F3F
memory:
    dd 0
buffer:
    times 2048 db 0
    times 512 * (SECTORS + 1) - ($ - $$) db 0
