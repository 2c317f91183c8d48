; Ferrite system BIOS: INT 15h, system services: dispatch and small functions.

int15_entry:
    sti
    ; The hooks and the busy calls are the frequent ones: no frame for them.
    cmp ah, 0x4F
    je .keyboard
    cmp ah, 0x90
    je .wait_post
    cmp ah, 0x91
    je .wait_post
    cmp ah, 0x80
    jb .framed
    cmp ah, 0x82
    jbe .device                     ; 80h-82h: device open, close, program end
    cmp ah, 0x85
    je .device                      ; SysReq: nobody home
.framed:
    ENTER_INT
    mov si, .table
.next:
    cs lodsb
    mov cl, al
    cs lodsw
    cmp cl, [bp + FR_AH]
    je .found
    cmp si, .end                    ; (the number 00h is a caller's, too)
    jb .next
    mov byte [bp + FR_AH], 0x86     ; no such function
    RET_CF_SET
    LEAVE_INT
.found:
    jmp ax

.keyboard:                          ; keep the scan code: CF = 1, AL unchanged
    push bp
    mov bp, sp
    or byte [bp + 6], FLAG_CF
    pop bp
    iret
.device:
.wait_post:
    push bp
    mov bp, sp
    and byte [bp + 6], ~FLAG_CF & 0xFF
    pop bp
    mov ah, 0
    iret

.table:
    db 0x24
    dw int15_a20
    db 0x53
    dw int15_apm
    db 0x83
    dw int15_event_wait
    db 0x84
    dw int15_stick
    db 0x86
    dw int15_wait
    db 0x87
    dw int15_block_move
    db 0x88
    dw int15_extended_size
    db 0x89
    dw int15_protected
    db 0xC0
    dw int15_config
    db 0xC1
    dw int15_ebda
    db 0xC2
    dw int15_mouse
    db 0xE8
    dw int15_memory_map
.end:

; Finish with AH = 0 and CF = 0, or with AH as it is and CF = 1.
int15_ok:
    mov byte [bp + FR_AH], 0
    RET_CF_CLEAR
    LEAVE_INT
int15_fail:
    mov [bp + FR_AH], ah
    RET_CF_SET
    LEAVE_INT
int15_unknown:
    mov ah, 0x86
    jmp int15_fail

; AX=2400h..2403h: the A20 gate.
int15_a20:
    mov al, [bp + FR_AL]
    cmp al, 3
    ja int15_unknown
    je .support
    cmp al, 1
    jb .disable
    je .enable
    in al, PORT_SYS_A               ; 02h: AL = state
    shr al, 1
    and al, 1
    mov [bp + FR_AL], al
    jmp int15_ok
.disable:
    in al, PORT_SYS_A
    and al, 0xFC
    out PORT_SYS_A, al
    jmp int15_ok
.enable:
    call a20_enable
    jmp int15_ok
.support:
    mov word [bp + FR_BX], 0x0003   ; by the 8042 and by port 92h
    jmp int15_ok

; AH=C0h
int15_config:
    mov word [bp + FR_ES], 0xF000
    mov word [bp + FR_BX], config_table
    jmp int15_ok

; AH=C1h
int15_ebda:
    DS_BDA
    mov ax, [EBDA_PTR]
    mov [bp + FR_ES], ax
    RET_CF_CLEAR
    LEAVE_INT

; ------------------------------------------------------------------- waits
; The clock chip's periodic interrupt, 1024 a second, counts the time down in
; INT 70h.

; Start: BX:DX... ES:BX = flag byte that gets bit 7, ECX = microseconds.
; CF = 1: a wait is already running. DS = BDA.
wait_start:
    pushf
    cli
    test byte [WAIT_ACT], 1
    jnz .busy
    mov byte [WAIT_ACT], 1
    mov [WAIT_PTR], bx
    mov [WAIT_PTR + 2], es
    mov [WAIT_CNT], ecx
    in al, PORT_PIC2_DATA           ; open IRQ8
    and al, 0xFE
    out PORT_PIC2_DATA, al
    in al, PORT_PIC1_DATA           ; and the cascade
    and al, 0xFB
    out PORT_PIC1_DATA, al
    mov al, CMOS_A                  ; 1024 Hz, 32768 Hz base
    mov ah, 0x26
    call cmos_write
    mov al, CMOS_B
    call cmos_read
    or al, 0x40                     ; PIE
    mov ah, al
    mov al, CMOS_B
    call cmos_write
    popf
    clc
    ret
.busy:
    popf
    stc
    ret

wait_stop:
    pushf
    cli
    mov byte [WAIT_ACT], 0
    mov al, CMOS_B
    call cmos_read
    and al, 0xBF
    mov ah, al
    mov al, CMOS_B
    call cmos_write
    popf
    ret

; AH=83h: AL=0: set bit 7 of ES:BX after CX:DX microseconds; AL=1: cancel.
int15_event_wait:
    DS_BDA
    cmp byte [bp + FR_AL], 1
    je .cancel
    ja int15_unknown
    mov ax, [bp + FR_CX]
    shl eax, 16
    mov ax, [bp + FR_DX]
    mov ecx, eax
    mov bx, [bp + FR_BX]
    call wait_start
    mov ah, 0
    jc int15_fail
    jmp int15_ok
.cancel:
    call wait_stop
    jmp int15_ok

; AH=86h: wait CX:DX microseconds. Less than two periods of the clock, or a
; clock that cannot interrupt: by refresh flips, with interrupts on.
int15_wait:
    DS_BDA
    mov ax, [bp + FR_CX]
    shl eax, 16
    mov ax, [bp + FR_DX]
    mov ecx, eax
    cmp eax, 2000
    jb .short
    smsw ax
    test al, 1
    jnz .poll
    mov bx, WAIT_ACT                ; our own flag: bit 7 of 40:A0
    push ds
    pop es
    call wait_start
    mov ah, 0x83                    ; somebody waits already
    jc int15_fail
.sleep:
    cli
    test byte [WAIT_ACT], 0x80
    jnz .elapsed
    call idle
    jmp .sleep
.elapsed:
    and byte [WAIT_ACT], 0x7F
    jmp int15_ok
.poll:
    test byte [WAIT_ACT], 1
    mov ah, 0x83
    jnz int15_fail
.short:
    mov eax, ecx                    ; microseconds / 15.085 = * 4344 / 65536
    mov edx, 4344
    mul edx
    shrd eax, edx, 16
    mov ecx, eax
    sti
    in al, PORT_SYS_B
    and al, 0x10
    mov ah, al
.flip:
    call tmo_step
    jnc .flip
    jmp int15_ok
