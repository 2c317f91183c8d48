; Ferrite system BIOS: first programming of the board's chips.

chips_init:
    ; 8254: channel 0 the 18.2 Hz tick, 1 memory refresh, 2 the speaker tone
    mov al, 0x36                    ; ch 0, both bytes, mode 3
    out PORT_PIT_CTRL, al
    IO_DELAY
    xor al, al
    out PORT_PIT0, al
    IO_DELAY
    out PORT_PIT0, al
    mov al, 0x54                    ; ch 1, low byte, mode 2
    out PORT_PIT_CTRL, al
    IO_DELAY
    mov al, 18
    out PORT_PIT1, al
    mov al, 0xB6                    ; ch 2, both bytes, mode 3
    out PORT_PIT_CTRL, al
    IO_DELAY
    mov al, 1331 & 0xFF             ; 896 Hz
    out PORT_PIT2, al
    IO_DELAY
    mov al, 1331 >> 8
    out PORT_PIT2, al

    in al, PORT_SYS_B               ; speaker off; both parity checks cleared,
    and al, 0xFC                    ; then on
    or al, 0x0C
    out PORT_SYS_B, al
    IO_DELAY
    and al, 0xF3
    out PORT_SYS_B, al

    ; 8237s: cleared; the second one passes the first through its channel 0
    xor al, al
    out PORT_DMA_CLEAR, al
    out PORT_DMA2_CLEAR, al
    mov al, 0xC0
    out PORT_DMA2_MODE, al
    xor al, al
    out PORT_DMA2_MASK, al

    mov al, 0                       ; coprocessor error latch
    out PORT_FPU_CLEAR, al

pic_init:
    mov al, 0x11                    ; ICW1: edge, cascade, ICW4 follows
    out PORT_PIC1_CMD, al
    out PORT_PIC2_CMD, al
    IO_DELAY
    mov al, 0x08                    ; ICW2: vectors 08h and 70h
    out PORT_PIC1_DATA, al
    mov al, 0x70
    out PORT_PIC2_DATA, al
    IO_DELAY
    mov al, 0x04                    ; ICW3: the second one is on IRQ2
    out PORT_PIC1_DATA, al
    mov al, 0x02
    out PORT_PIC2_DATA, al
    IO_DELAY
    mov al, 0x01                    ; ICW4: 8086 mode
    out PORT_PIC1_DATA, al
    out PORT_PIC2_DATA, al
    IO_DELAY

; Let through the lines that the BIOS itself serves: timer, keyboard, cascade,
; diskette; mouse, coprocessor, disks. The clock (IRQ8) is opened by those who
; start it.
pic_unmask:
    mov al, 0xB8
    out PORT_PIC1_DATA, al
    mov al, 0x0F
    out PORT_PIC2_DATA, al
    ret

a20_enable:
    in al, PORT_SYS_A
    or al, 0x02
    and al, 0xFE                    ; bit 0 would reset the processor
    out PORT_SYS_A, al
    ret

; Serial ports: a 16550 family chip keeps what is written to its interrupt
; enable and divisor registers; its identification reads with three zeros.
serial_init:
    DS_BDA
    mov si, com_ports
    xor di, di
.next:
    cs lodsw
    test ax, ax
    jz .done
    mov dx, ax
    inc dx                          ; IER: only the low 4 bits exist
    mov al, 0x0F
    out dx, al
    IO_DELAY
    in al, dx
    cmp al, 0x0F
    jne .absent
    xor al, al
    out dx, al
    IO_DELAY
    in al, dx
    test al, al
    jnz .absent
    inc dx                          ; IIR
    in al, dx
    test al, 0x30
    jnz .absent
    dec dx
    dec dx
    mov [COM_BASE + di], dx
    push di                         ; ready for who sends without asking: 9600 8N1
    mov di, dx
    mov ax, [cs:baud_table + 7 * 2]
    mov cl, 0x03
    call com_line
    pop di
    add di, 2
.absent:
    jmp .next
.done:
    mov ax, di                      ; two a port; bits 9-11 count them
    shl ax, 8
    and word [EQUIP], ~0x0E00 & 0xFFFF
    or [EQUIP], ax
    ret
com_ports: dw 0x3F8, 0x2F8, 0x3E8, 0x2E8, 0

; Parallel ports: the data latch reads back.
parallel_init:
    DS_BDA
    mov si, lpt_ports
    xor di, di
.next:
    cs lodsw
    test ax, ax
    jz .done
    mov dx, ax
    mov al, 0xAA
    out dx, al
    IO_DELAY
    in al, dx
    cmp al, 0xAA
    jne .next
    mov al, 0x55
    out dx, al
    IO_DELAY
    in al, dx
    cmp al, 0x55
    jne .next
    xor al, al
    out dx, al
    mov [LPT_BASE + di], dx
    add dx, 2                       ; control: reset the printer, then select it
    mov al, 0x08
    out dx, al
    IO_DELAY
    mov al, 0x0C
    out dx, al
    add di, 2
    jmp .next
.done:
    mov ax, di                      ; bits 14-15 count them
    shl ax, 13
    and word [EQUIP], 0x3FFF
    or [EQUIP], ax
    ret
lpt_ports: dw 0x378, 0x278, 0x3BC, 0
