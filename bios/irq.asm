; Ferrite system BIOS: hardware interrupts that belong to no other topic.

; INT 08h, IRQ0: count ticks, stop the diskette motors, call INT 1Ch.
int08_irq:
    sti
    push ds
    push ax
    push dx
    DS_BDA
    inc dword [TIMER]
    cmp dword [TIMER], 0x1800B0     ; ticks a day
    jb .same_day
    mov dword [TIMER], 0
    inc byte [TIMER_OFL]
.same_day:
    cmp byte [FD_MOTOR_CNT], 0
    je .motor_done
    dec byte [FD_MOTOR_CNT]
    jnz .motor_done
    and byte [FD_MOTOR], 0xF0
    mov al, [FD_MOTOR]              ; motors off, drive still selected
    shr al, 4
    and al, 0x03
    or al, 0x0C
    mov dx, PORT_FDC_DOR
    out dx, al
.motor_done:
    int 0x1C
    cli
    mov al, EOI
    out PORT_PIC1_CMD, al
    pop dx
    pop ax
    pop ds
    iret

; A line nobody serves, or no line at all: a request that vanished before the
; processor acknowledged it arrives as IRQ7 or IRQ15 with its in-service bit
; clear, and must not be acknowledged (only the cascade, for IRQ15). Whatever
; really is in service gets its EOI.
irq_default:
    push ax
    push ds
    mov al, 0x0B                    ; OCW3: read the in-service register
    out PORT_PIC1_CMD, al
    IO_DELAY
    in al, PORT_PIC1_CMD
    mov ah, al
    test al, al
    jz .record                      ; spurious
    test al, 0x04
    jz .master
    mov al, 0x0B
    out PORT_PIC2_CMD, al
    IO_DELAY
    in al, PORT_PIC2_CMD
    test al, al
    jz .master                      ; spurious on the second one
    mov ah, al
    mov al, EOI
    out PORT_PIC2_CMD, al
.master:
    mov al, EOI
    out PORT_PIC1_CMD, al
.record:
    push bx
    DS_BDA bx
    mov [INTR_FLAG], ah
    pop bx
    pop ds
    pop ax
    iret

; INT 71h, IRQ9: the line that was IRQ2 on the PC; its programs hook 0Ah.
irq9_redirect:
    push ax
    mov al, EOI
    out PORT_PIC2_CMD, al
    pop ax
    int 0x0A
    iret

; INT 75h, IRQ13: a coprocessor error. PC software expects it as an NMI.
int75_irq:
    push ax
    xor al, al
    out PORT_FPU_CLEAR, al
    mov al, EOI
    out PORT_PIC2_CMD, al
    out PORT_PIC1_CMD, al
    pop ax
    int 0x02
    iret

; INT 76h and 77h, IRQ14 and 15: disks.
int76_irq:
    push ax
    push ds
    DS_BDA
    mov byte [HD_INT], 0xFF
    mov al, EOI
    out PORT_PIC2_CMD, al
    out PORT_PIC1_CMD, al
    mov ax, 0x9100
    int 0x15
    pop ds
    pop ax
    iret
int77_irq:
    push ax
    mov al, EOI
    out PORT_PIC2_CMD, al
    out PORT_PIC1_CMD, al
    pop ax
    iret

; INT 02h: parity or channel check are fatal; anything else (a coprocessor
; error nobody hooked) is let pass.
int02_nmi:
    push ax
    in al, PORT_SYS_B
    test al, 0xC0
    jz .pass
    push si
    mov si, msg_parity
    call print_str
    pop si
.halt:
    cli
    hlt
    jmp .halt
.pass:
    pop ax
    iret
msg_parity: db 13, 10, 'Memory parity or channel check. System halted.', 13, 10, 0

; INT 11h and 12h.
int11_entry:
    sti
    push ds
    DS_BDA
    mov ax, [EQUIP]
    pop ds
    iret
int12_entry:
    sti
    push ds
    DS_BDA
    mov ax, [MEM_KB]
    pop ds
    iret
