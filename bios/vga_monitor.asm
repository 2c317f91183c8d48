; Ferrite VGA BIOS: the monitor. VBE/PM (display power management signalling, 4F10h)
; and VBE/DDC (4F15h), both version 1.0.

; AL=10h: BL = 0 asks what there is, 1 sets the state BH, 2 gets it. A monitor knows the
; states by which sync it misses: the horizontal one in standby, the vertical one when
; suspended, both when off. The Cirrus can hold each (GRE); a VGA only both (CRTC 17h), so
; that there standby and suspend are a dark screen, and a flag tells them apart.
POWER_ON        equ 0
POWER_STANDBY   equ 1
POWER_SUSPEND   equ 2
POWER_OFF       equ 4

vbe_power:
    cmp bl, 1
    jb .report
    je .set
    cmp bl, 2
    ja vbe_failed
    call power_get
    mov [bp + FR_BH], bh
    jmp vbe_ok
.report:
    mov word [bp + FR_BX], (POWER_STANDBY | POWER_SUSPEND | POWER_OFF) << 8 | 0x10
    jmp vbe_ok
.set:
    cmp bh, POWER_OFF
    je .known
    cmp bh, POWER_SUSPEND
    ja vbe_failed
.known:
    mov dx, SEQ_PORT
    mov al, 1
    out dx, al
    inc dx
    in al, dx
    and al, ~0x20 & 0xFF
    cmp bh, POWER_ON
    je .screen
    or al, 0x20
.screen:
    out dx, al
    call power_syncs
    jmp vbe_ok

%ifdef CIRRUS
POWER_REGISTER  equ 0x0E            ; GRE: bit 1 holds the horizontal sync, 2 the vertical
POWER_SYNCS     equ 0x06

; DX = data port, AL = the register.
power_register:
    mov dx, GC_PORT
    mov al, POWER_REGISTER
    out dx, al
    inc dx
    in al, dx
    ret

; BH = state. Destroys AX, DX.
power_get:
    call power_register
    and al, POWER_SYNCS
    shr al, 1
    mov bh, al
    cmp al, POWER_STANDBY | POWER_SUSPEND
    jne .done
    mov bh, POWER_OFF
.done:
    ret

; As state BH says. Destroys AX, BH, DX.
power_syncs:
    cmp bh, POWER_OFF
    jne .each
    mov bh, POWER_STANDBY | POWER_SUSPEND
.each:
    call power_register
    and al, ~POWER_SYNCS & 0xFF
    shl bh, 1
    or al, bh
    out dx, al
    ret
%else
; BH = state. Destroys AX, DX.
power_get:
    mov dx, SEQ_PORT
    mov al, 1
    out dx, al
    inc dx
    in al, dx
    mov bh, POWER_ON
    test al, 0x20
    jz .done
    mov bh, POWER_OFF
    call sync_register
    in al, dx
    test al, 0x80
    jz .done
    mov bh, POWER_SUSPEND
    test byte [FLAGS], FLAG_SUSPEND
    jnz .done
    mov bh, POWER_STANDBY
.done:
    ret

; As state BH says. Destroys AX, DX.
power_syncs:
    and byte [FLAGS], ~FLAG_SUSPEND & 0xFF
    cmp bh, POWER_SUSPEND
    jne .syncs
    or byte [FLAGS], FLAG_SUSPEND
.syncs:
    call sync_register
    in al, dx
    or al, 0x80
    cmp bh, POWER_OFF
    jne .put
    and al, 0x7F
.put:
    out dx, al
    ret

; DX = data port of CRTC register 17h, whose bit 7 lets the syncs out. Destroys AL.
sync_register:
    mov dx, [CRTC]
    mov al, 0x17
    out dx, al
    inc dx
    ret
%endif

; AL=15h: BL = 0 asks what there is (controller CX), 1 reads block DX of the EDID to ES:DI.
vbe_ddc:
    test cx, cx
    jnz vbe_failed
    cmp bl, 1
    ja vbe_failed
    je .read
    mov word [bp + FR_BX], 0x0102   ; at most a second; DDC2; the screen stays on
    jmp vbe_ok
.read:
    test dx, dx                     ; there are no extensions
    jnz vbe_failed
    mov es, [bp + FR_ES]
    mov di, [bp + FR_DI]
    mov si, edid
    mov cx, 128 / 2
    cs rep movsw
    jmp vbe_ok

; The monitor that is connected, as its own memory has it (hw/video/edid.c; a test compares).
edid:
    db 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00
    db 0x18, 0xB2, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00
    db 0x17, 0x09, 0x01, 0x03, 0x0E, 0x20, 0x18, 0x78
    db 0xEA, 0xEE, 0x91, 0xA3, 0x54, 0x4C, 0x99, 0x26
    db 0x0F, 0x50, 0x54, 0xA5, 0xCF, 0x00, 0x81, 0x80
    db 0x61, 0x4A, 0x81, 0x99, 0xA9, 0x40, 0x01, 0x01
    db 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x64, 0x19
    db 0x00, 0x40, 0x41, 0x00, 0x26, 0x30, 0x18, 0x88
    db 0x36, 0x00, 0x40, 0xF0, 0x10, 0x00, 0x00, 0x18
    db 0x00, 0x00, 0x00, 0xFC, 0x00, 0x46, 0x65, 0x72
    db 0x72, 0x69, 0x74, 0x65, 0x20, 0x56, 0x47, 0x41
    db 0x0A, 0x20, 0x00, 0x00, 0x00, 0xFD, 0x00, 0x32
    db 0x78, 0x1E, 0x5A, 0x11, 0x00, 0x0A, 0x20, 0x20
    db 0x20, 0x20, 0x20, 0x20, 0x00, 0x00, 0x00, 0xFF
    db 0x00, 0x31, 0x0A, 0x20, 0x20, 0x20, 0x20, 0x20
    db 0x20, 0x20, 0x20, 0x20, 0x20, 0x20, 0x00, 0x05
