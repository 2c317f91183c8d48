; Ferrite system BIOS: INT 1Ah time of day and clock, INT 70h (IRQ8).

int1a_entry:
    sti
    ENTER_INT
    DS_BDA
    movzx si, byte [bp + FR_AH]
    cmp si, 0xB1
    je int1a_pci
    cmp si, 0x0B
    ja .unknown
    add si, si
    jmp [cs:.functions + si]
.unknown:
    RET_CF_SET
    LEAVE_INT
.functions:
    dw clock_get, clock_set, rtc_get_time, rtc_set_time
    dw rtc_get_date, rtc_set_date, rtc_set_alarm, rtc_reset_alarm
    dw .unknown, rtc_get_alarm, clock_get_days, clock_set_days

int1a_ok:
    RET_CF_CLEAR
    LEAVE_INT

; 00h: CX:DX = ticks, AL = midnight passed.
clock_get:
    cli
    mov ax, [TIMER]
    mov [bp + FR_DX], ax
    mov ax, [TIMER + 2]
    mov [bp + FR_CX], ax
    xor al, al
    xchg al, [TIMER_OFL]
    mov [bp + FR_AL], al
    jmp int1a_ok
; 01h
clock_set:
    cli
    mov ax, [bp + FR_DX]
    mov [TIMER], ax
    mov ax, [bp + FR_CX]
    mov [TIMER + 2], ax
    mov byte [TIMER_OFL], 0
    jmp int1a_ok

; Wait until the clock is not updating: then 244 us are left for reading.
; CF = 1: it never ends (a stopped or missing clock).
rtc_ready:
    push ecx
    push ax
    mov ecx, 5 * TICKS_PER_MS
    xor ah, ah
.wait:
    push ax
    mov al, CMOS_A
    call cmos_read
    test al, 0x80
    pop ax
    jz .ready
    call tmo_step
    jnc .wait
.ready:
    pop ax
    pop ecx
    ret

; 02h: CH CL DH = hours minutes seconds (BCD), DL = daylight saving.
rtc_get_time:
    cli
    call rtc_ready
    jc int1a_entry.unknown
    mov al, CMOS_SEC
    call cmos_read
    mov [bp + FR_DH], al
    mov al, CMOS_MIN
    call cmos_read
    mov [bp + FR_CL], al
    mov al, CMOS_HOUR
    call cmos_read
    mov [bp + FR_CH], al
    mov al, CMOS_B
    call cmos_read
    and al, 1
    mov [bp + FR_DL], al
    mov byte [bp + FR_AH], 0
    jmp int1a_ok

; Stop the updates (SET) around a change, with AL's bits 1-0 in register B.
rtc_hold:
    mov al, CMOS_B
    call cmos_read
    or al, 0x80
    jmp rtc_set_b
rtc_run:
    mov al, CMOS_B
    call cmos_read
    and al, 0x7F
rtc_set_b:
    mov ah, al
    mov al, CMOS_B
    jmp cmos_write

; 03h
rtc_set_time:
    cli
    call rtc_hold
    mov al, CMOS_SEC
    mov ah, [bp + FR_DH]
    call cmos_write
    mov al, CMOS_MIN
    mov ah, [bp + FR_CL]
    call cmos_write
    mov al, CMOS_HOUR
    mov ah, [bp + FR_CH]
    call cmos_write
    mov al, CMOS_B
    call cmos_read
    and al, 0x62                    ; SET off; PIE and AIE as they are, 24 hours
    or al, 0x02
    mov ah, [bp + FR_DL]
    and ah, 1
    or al, ah
    call rtc_set_b
    mov byte [bp + FR_AH], 0
    mov byte [bp + FR_AL], 0
    jmp int1a_ok

; 04h: CH CL DH DL = century year month day
rtc_get_date:
    cli
    call rtc_ready
    jc int1a_entry.unknown
    mov al, CMOS_YEAR
    call cmos_read
    mov [bp + FR_CL], al
    mov al, CMOS_MONTH
    call cmos_read
    mov [bp + FR_DH], al
    mov al, CMOS_DAY
    call cmos_read
    mov [bp + FR_DL], al
    mov al, CMOS_CENTURY
    call cmos_read
    mov [bp + FR_CH], al
    mov byte [bp + FR_AH], 0
    jmp int1a_ok
; 05h
rtc_set_date:
    cli
    call rtc_hold
    mov al, CMOS_YEAR
    mov ah, [bp + FR_CL]
    call cmos_write
    mov al, CMOS_MONTH
    mov ah, [bp + FR_DH]
    call cmos_write
    mov al, CMOS_DAY
    mov ah, [bp + FR_DL]
    call cmos_write
    mov al, CMOS_CENTURY
    mov ah, [bp + FR_CH]
    call cmos_write
    call rtc_run
    mov byte [bp + FR_AH], 0
    jmp int1a_ok

; 06h: alarm at CH CL DH; INT 4Ah. CF = 1: one is set already.
rtc_set_alarm:
    cli
    mov al, CMOS_B
    call cmos_read
    test al, 0x20
    jnz int1a_entry.unknown
    call rtc_ready
    mov al, CMOS_SEC_ALARM
    mov ah, [bp + FR_DH]
    call cmos_write
    mov al, CMOS_MIN_ALARM
    mov ah, [bp + FR_CL]
    call cmos_write
    mov al, CMOS_HOUR_ALARM
    mov ah, [bp + FR_CH]
    call cmos_write
    in al, PORT_PIC2_DATA
    and al, 0xFE
    out PORT_PIC2_DATA, al
    mov al, CMOS_B
    call cmos_read
    and al, 0x7F
    or al, 0x20                     ; AIE
    call rtc_set_b
    mov byte [bp + FR_AH], 0
    jmp int1a_ok
; 07h
rtc_reset_alarm:
    cli
    mov al, CMOS_B
    call cmos_read
    and al, 0x57
    call rtc_set_b
    mov byte [bp + FR_AH], 0
    jmp int1a_ok
; 09h: CH CL DH = alarm time, DL = 1 when it is on
rtc_get_alarm:
    cli
    mov al, CMOS_SEC_ALARM
    call cmos_read
    mov [bp + FR_DH], al
    mov al, CMOS_MIN_ALARM
    call cmos_read
    mov [bp + FR_CL], al
    mov al, CMOS_HOUR_ALARM
    call cmos_read
    mov [bp + FR_CH], al
    mov al, CMOS_B
    call cmos_read
    shr al, 5
    and al, 1
    mov [bp + FR_DL], al
    mov byte [bp + FR_AH], 0
    jmp int1a_ok

; 0Ah, 0Bh: days since 1980, kept beside the tick count.
DAY_COUNT equ 0xCE
clock_get_days:
    mov ax, [DAY_COUNT]
    mov [bp + FR_CX], ax
    jmp int1a_ok
clock_set_days:
    mov ax, [bp + FR_CX]
    mov [DAY_COUNT], ax
    jmp int1a_ok

; ------------------------------------------------------------------- IRQ8
int70_irq:
    push ds
    pushad
    cld
    DS_BDA
    mov al, CMOS_C                  ; reading C acknowledges
    call cmos_read
    mov bl, al
    mov al, CMOS_B
    call cmos_read
    and bl, al                      ; only what is enabled counts
    test bl, 0x40
    jz .no_period
    test byte [WAIT_ACT], 1
    jz .no_wait
    sub dword [WAIT_CNT], 976       ; a 1024th of a second
    ja .no_period
    call wait_stop
    push ds
    lds si, [WAIT_PTR]
    or byte [si], 0x80
    pop ds
    jmp .no_period
.no_wait:                           ; somebody else's period: leave it to them
.no_period:
    mov al, EOI
    out PORT_PIC2_CMD, al
    out PORT_PIC1_CMD, al
    test bl, 0x20
    jz .no_alarm
    sti
    int 0x4A
.no_alarm:
    popad
    pop ds
    iret

; ------------------------------------------------------------------- POST
; Start the clock chip and set the tick count to the time of day.
rtc_init:
    DS_BDA
    mov ax, (0x26 << 8) | CMOS_A
    call cmos_write
    mov al, CMOS_B                  ; no interrupts, BCD, 24 hours
    call cmos_read
    and al, 0x01
    or al, 0x02
    call rtc_set_b
    mov al, CMOS_C
    call cmos_read
    mov al, CMOS_D
    call cmos_read
    call rtc_ready

    mov al, CMOS_HOUR
    call cmos_read
    call from_bcd
    imul ebx, eax, 3600
    mov al, CMOS_MIN
    call cmos_read
    call from_bcd
    imul eax, eax, 60
    add ebx, eax
    mov al, CMOS_SEC
    call cmos_read
    call from_bcd
    add eax, ebx
    mov edx, 1193182                ; ticks = seconds * 1193182 / 65536
    mul edx
    shrd eax, edx, 16
    cmp eax, 0x1800B0
    jb .valid
    xor eax, eax
.valid:
    mov [TIMER], eax
    mov byte [TIMER_OFL], 0
    ret

; EAX = AL from BCD.
from_bcd:
    mov ah, al
    and ah, 0x0F
    shr al, 4
    mov cl, ah
    mov ch, 10
    mul ch
    add al, cl
    movzx eax, al
    ret
