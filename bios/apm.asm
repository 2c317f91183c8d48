; Ferrite system BIOS: advanced power management, "APM BIOS Interface
; Specification", revision 1.2, over the power management of the PIIX4. INT 15h
; AH=53h in real mode, entries for 16-bit and 32-bit protected mode. It halts the
; idle processor, switches the machine off, and tells of the power button.
;
; Not there: standby and suspend (the board has none), batteries, resume timers,
; devices of their own. Boards without the PIIX4's power management have no APM.

; In the BIOS data area, which is also the data segment of the protected modes.
APM_CONNECTED   equ 0xD0            ; 0 nobody, else one of:
APM_REAL        equ 1
APM_16          equ 2
APM_32          equ 3
APM_FLAGS       equ 0xD1            ; as function 00h has them in CX
APM_DISABLED    equ 0x08
APM_DISENGAGED  equ 0x10
APM_DRIVER      equ 0xD2            ; version that the driver asked for (word)
APM_DATA_SIZE   equ 0x100

APM_VERSION     equ 0x0102
APM_MODES       equ 0x03            ; both protected modes; HLT does not slow the clock

APM_OFF_ERROR   equ 0x01            ; power management is disabled
APM_IS_REAL     equ 0x02            ; connected already: in real mode,
APM_NOT_CONN    equ 0x03
APM_IS_16       equ 0x05            ; in 16-bit,
APM_IS_32       equ 0x07            ; in 32-bit protected mode
APM_BAD_DEVICE  equ 0x09
APM_BAD_VALUE   equ 0x0A
APM_NO_FUNCTION equ 0x0C
APM_NO_STATE    equ 0x60
APM_NO_EVENT    equ 0x80

APM_ALL         equ 0x0001          ; the device that is all of them
APM_ALL_10      equ 0xFFFF          ; as version 1.0 has it

PM1_STATUS      equ PM_IO
PM1_CONTROL     equ PM_IO + 4
PM1_BUTTON      equ 0x0100
PM1_SCI_EN      equ 0x0001
PM1_SLP_EN      equ 0x2000          ; with type 0: off

; ------------------------------------------------------------- INT 15h AH=53h
int15_apm:
    DS_EBDA
    test byte [EX_CHIPS], CHIP_PM
    jz int15_unknown
    DS_BDA
    mov ax, [bp + FR_AX]
    mov bx, [bp + FR_BX]
    mov cx, [bp + FR_CX]
    mov dx, [bp + FR_DX]
    cmp al, 0x01
    jb .call
    cmp al, APM_32
    jbe .connect
.call:
    cmp al, 0x05
    jne .go
    sti                             ; a halt wants to be woken
.go:
    mov ah, APM_REAL
    call apm_call
    mov [bp + FR_AX], ax
    mov [bp + FR_BX], bx
    mov [bp + FR_CX], cx
    mov [bp + FR_DX], dx
    jc .error
    RET_CF_CLEAR
    LEAVE_INT

; 01h, 02h, 03h: AL is the number of the interface.
.connect:
    mov ah, APM_BAD_DEVICE
    test bx, bx
    jnz .fail
    movzx si, byte [APM_CONNECTED]
    mov ah, [cs:.already + si]
    test si, si
    jnz .fail
    mov [APM_CONNECTED], al
    mov byte [APM_FLAGS], 0
    mov word [APM_DRIVER], 0x0100
    cmp al, APM_16
    jb .connected
    mov word [bp + FR_AX], 0xF000
    mov word [bp + FR_DI], APM_DATA_SIZE
    je .bits_16
    mov dword [bp + FR_BX], apm_entry_32
    mov word [bp + FR_CX], 0xF000
    mov word [bp + FR_DX], BDA_SEG
    mov dword [bp + FR_SI], 0xFFFFFFFF ; lengths of both code segments
    jmp .connected
.bits_16:
    mov word [bp + FR_BX], apm_entry_16
    mov word [bp + FR_CX], BDA_SEG
    mov word [bp + FR_SI], 0xFFFF
.connected:
    RET_CF_CLEAR
    LEAVE_INT
.already:
    db 0, APM_IS_REAL, APM_IS_16, APM_IS_32
.fail:
    mov [bp + FR_AH], ah
.error:
    RET_CF_SET
    LEAVE_INT

; -------------------------------------------------------------- protected mode
; The caller's descriptors stand one behind the other: code (32-bit code first,
; where that was connected), then data.
apm_entry_16:
    push ds
    push ax
    mov ax, cs
    add ax, 8
    mov ds, ax
    pop ax
    mov ah, APM_16
    call apm_call
    pop ds
    retf

    bits 32
apm_entry_32:
    push ds
    push cs                         ; the way back
    push dword .back
    sub esp, 8                      ; the way there
    push eax
    mov eax, cs
    add eax, 8
    mov [esp + 8], eax
    mov dword [esp + 4], .bits_16
    add eax, 8
    mov ds, ax
    pop eax
    retf
.back:
    pop ds
    retf
    bits 16
.bits_16:
    mov ah, APM_32
    call apm_call
    o32 retf

; ------------------------------------------------------------------- functions
; AH = interface, AL = function, BX, CX, DX as the caller has them, DS = BDA. The
; stack may be a 32-bit one, so nothing is addressed on it. CF = 1: AH = error;
; else AX is the caller's but for functions that return something there.
apm_call:
    push si
    movzx si, al
    cmp al, 0x10
    ja .no_function
    test al, al                     ; these two for everybody
    jz .go
    cmp al, 0x04
    je .go
    jb .no_function                 ; (only INT 15h connects)
    cmp ah, [APM_CONNECTED]
    mov ah, APM_NOT_CONN
    jne .error
.go:
    mov ah, 0x53
    add si, si
    call [cs:.functions + si]
    pop si
    ret
.no_function:
    mov ah, APM_NO_FUNCTION
.error:
    stc
    pop si
    ret
.functions:
    dw apm_check, 0, 0, 0
    dw apm_disconnect, apm_idle, apm_ok, apm_set_state
    dw apm_enable, apm_defaults, apm_power, apm_event
    dw apm_get_state, apm_device, apm_driver, apm_engage
    dw apm_capabilities

apm_ok:
    clc
    ret
apm_bad_device:
    mov ah, APM_BAD_DEVICE
    stc
    ret
apm_bad_value:
    mov ah, APM_BAD_VALUE
    stc
    ret

; 00h
apm_check:
    test bx, bx
    jnz apm_bad_device
    mov ax, APM_VERSION
    mov bx, 'MP'                    ; BH = 'P'
    xor cx, cx
    mov cl, [APM_FLAGS]
    or cl, APM_MODES
    ret

; 04h
apm_disconnect:
    test bx, bx
    jnz apm_bad_device
    cmp byte [APM_CONNECTED], 0
    je .nobody
    mov byte [APM_CONNECTED], 0
    mov byte [APM_FLAGS], 0
    ret
.nobody:
    mov ah, APM_NOT_CONN
    stc
    ret

; 05h: wait for an interrupt. Who comes with interrupts off would never wake.
apm_idle:
    push ax
    pushf
    pop ax
    test ah, 0x02
    pop ax
    jz .out
    hlt
.out:
    clc
    ret

; 07h: BX = device, CX = state: 0 on, 1 standby, 2 suspend, 3 off, 4 and 5 what
; the driver thinks of the last request.
apm_set_state:
    cmp bx, APM_ALL
    jne apm_bad_device
    cmp cx, 3
    je apm_switch_off
    ja .answer
.not_there:
    mov ah, APM_NO_STATE
    stc
    ret
.answer:
    cmp cx, 5
    ja apm_bad_value
    clc
    ret

apm_switch_off:
    cli
    mov dx, PM1_CONTROL
    in ax, dx
    and ax, PM1_SCI_EN
    or ax, PM1_SLP_EN
    out dx, ax
.halt:
    hlt
    jmp .halt

; CF = 1 and AH: BX is not all devices.
apm_is_all:
    cmp bx, APM_ALL
    je apm_ok
    cmp bx, APM_ALL_10
    jne apm_bad_device
    ret

; 08h, 0Fh: CX = 1 on, 0 off, for all devices.
apm_enable:
    push dx
    mov dl, APM_DISABLED
    jmp apm_flag
apm_engage:
    push dx
    mov dl, APM_DISENGAGED
apm_flag:
    call apm_is_all
    jc .out
    cmp cx, 1
    ja .bad
    jb .off
    not dl
    and [APM_FLAGS], dl
    clc
    jmp .out
.off:
    or [APM_FLAGS], dl
    clc
.out:
    pop dx
    ret
.bad:
    pop dx
    jmp apm_bad_value

; 09h
apm_defaults:
    call apm_is_all
    jc .out
    mov byte [APM_FLAGS], 0
.out:
    ret

; 0Ah: the mains, no battery.
apm_power:
    cmp bx, APM_ALL
    jne apm_bad_device
    mov bx, 0x01FF                  ; on line; state of the battery unknown
    mov cx, 0x80FF                  ; there is none; how full: unknown
    mov dx, 0xFFFF
    ret

; 0Bh: the power button asks the system to suspend. PM1's status bit keeps it.
apm_event:
    test byte [APM_FLAGS], APM_DISABLED
    mov ah, APM_OFF_ERROR
    jnz .error
    push ax
    push dx
    mov dx, PM1_STATUS
    in ax, dx
    test ax, PM1_BUTTON
    jz .none
    mov ax, PM1_BUTTON              ; writing ones clears
    out dx, ax
    pop dx
    pop ax
    mov ah, 0x53
    xor cx, cx
    mov bx, 0x0002                  ; the system wants to
    cmp word [APM_DRIVER], 0x0101
    jb .out
    mov bx, 0x000A                  ; the user wants to: new in 1.1
.out:
    clc
    ret
.none:
    pop dx
    pop ax
    mov ah, APM_NO_EVENT
.error:
    stc
    ret

; 0Ch: all is on.
apm_get_state:
    cmp bx, APM_ALL
    jne apm_bad_device
    xor cx, cx
    ret

; 0Dh: as 08h, but there are no devices to be managed apart from the whole.
apm_device:
    cmp bx, APM_ALL
    jne apm_bad_device
    cmp cx, 1
    ja apm_bad_value
    clc
    ret

; 0Eh: CX = the driver's version: AX = what both know.
apm_driver:
    test bx, bx
    jnz apm_bad_device
    mov ax, APM_VERSION
    cmp cx, ax
    jae .known
    mov ax, 0x0100
    cmp cx, 0x0101
    jb .known
    mov ax, cx
.known:
    mov [APM_DRIVER], ax
    clc
    ret

; 10h: no batteries, nothing that wakes.
apm_capabilities:
    test bx, bx
    jnz apm_bad_device
    xor cx, cx
    mov bl, 0
    ret
