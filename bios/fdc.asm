; Ferrite system BIOS: talking to the 82077AA floppy controller.
;
; DS = BDA throughout. Results with CF = 1 carry an INT 13h error code in AH.

; INT 0Eh, IRQ6: leave a note for whoever waits.
int0e_irq:
    push ax
    push ds
    DS_BDA
    or byte [FD_RECAL], 0x80
    mov al, EOI
    out PORT_PIC1_CMD, al
    mov ax, 0x9101
    int 0x15
    pop ds
    pop ax
    iret

; Send the command or parameter byte AL. Destroys AX, DX.
fdc_out:
    push ecx
    push ax
    mov dx, PORT_FDC_MSR
    mov ecx, 100 * TICKS_PER_MS
    xor ah, ah
.wait:
    in al, dx
    and al, 0xC0
    cmp al, 0x80                    ; ready, and wants a byte
    je .ready
    call tmo_step
    jnc .wait
    pop ax
    pop ecx
    mov ah, ERR_TIMEOUT
    stc
    ret
.ready:
    pop ax
    inc dx
    out dx, al
    pop ecx
    clc
    ret

; Collect the result bytes (7 at most) into FD_RESULT. Destroys AX, DX, DI.
fdc_results:
    push ecx
    mov di, FD_RESULT
.next:
    mov dx, PORT_FDC_MSR
    mov ecx, 100 * TICKS_PER_MS
    xor ah, ah
.wait:
    in al, dx
    test al, 0x80
    jnz .ready
    call tmo_step
    jnc .wait
    pop ecx
    mov ah, ERR_TIMEOUT
    stc
    ret
.ready:
    test al, 0x40                   ; it wants a command: no more results
    jz .done
    cmp di, FD_RESULT + 7
    jae .stuck
    inc dx
    in al, dx
    mov [di], al
    inc di
    jmp .next
.stuck:
    pop ecx
    mov ah, ERR_CONTROLLER
    stc
    ret
.done:
    pop ecx
    clc
    ret

; Wait for IRQ6, at most three to four seconds by the clock chip, which no
; program reprograms as it does the timer; should the clock stand still, ten
; seconds by the timer. Destroys AX, CX.
fdc_wait_irq:
    mov ax, 0x9001                  ; a multitasker may use the time
    clc
    int 0x15
    jc .timeout
    push bx
    mov bx, [TIMER]
    mov ch, 4                       ; seconds to see passing
    xor al, al
    call cmos_read
    mov cl, al
.wait:
    cli
    test byte [FD_RECAL], 0x80
    jnz .came
    call idle
    mov ax, [TIMER]
    sub ax, bx
    cmp ax, 182                     ; (signed: at midnight it goes back)
    jg .over
    xor al, al                      ; CMOS seconds
    call cmos_read
    cmp al, cl
    je .wait
    mov cl, al
    dec ch
    jnz .wait
.over:
    pop bx
.timeout:
    sti
    mov ah, ERR_TIMEOUT
    stc
    ret
.came:
    and byte [FD_RECAL], 0x7F
    sti
    pop bx
    clc
    ret

; SENSE INTERRUPT STATUS into FD_RESULT (ST0, cylinder).
fdc_sense:
    mov al, 0x08
    call fdc_out
    jc .out
    call fdc_results
.out:
    ret

; The value of the digital output register that the BDA describes: AL.
fdc_dor_value:
    mov al, [FD_MOTOR]
    mov ah, al
    and ah, 0x03
    shl ah, 4
    shr al, 4
    and al, 0x03
    or al, ah
    or al, 0x0C                     ; not reset, IRQ and DMA on
    ret

; Reset the controller and tell it the drives' timing.
fdc_reset:
    mov byte [FD_RECAL], 0          ; heads are anywhere, no interrupt yet
    mov byte [FD_RATE], 0xFF        ; no data rate that was ever sent
    mov dx, PORT_FDC_DOR
    call fdc_dor_value
    and al, 0xFB
    out dx, al
    push ax
    xor ah, ah
    mov ecx, 1                      ; a flip or two of the refresh line are
.pulse:                             ; more than the chip's microseconds
    call tmo_step
    jnc .pulse
    pop ax
    or al, 0x04
    out dx, al
    call fdc_wait_irq
    jc .out
    mov cx, 4                       ; one status for each of four drives
.drive:
    call fdc_sense
    jc .out
    loop .drive
    mov al, [FD_RESULT]
    and al, 0xC0
    cmp al, 0xC0                    ; "ready changed", as after every reset
    jne .bad
fdc_specify:
    mov al, 0x03                    ; SPECIFY
    call fdc_out
    jc .out
    xor si, si
    call fd_param
    call fdc_out
    jc .out
    mov si, 1
    call fd_param
    and al, 0xFE                    ; DMA, whatever the table says
    call fdc_out
    ret
.bad:
    mov ah, ERR_CONTROLLER
    stc
.out:
    ret
fdc_reset.bad equ fdc_specify.bad
fdc_reset.out equ fdc_specify.out

; Byte SI of the diskette parameter table that INT 1Eh points to: AL.
fd_param:
    push ds
    push bx
    xor bx, bx
    mov ds, bx
    lds bx, [0x1E * 4]
    mov al, [bx + si]
    pop bx
    pop ds
    ret

; Is the parameter table the ROM's own? ZF = 1: yes.
fd_param_is_rom:
    push ds
    push ax
    xor ax, ax
    mov ds, ax
    cmp dword [0x1E * 4], 0xF0000000 + 0xEFC7
    pop ax
    pop ds
    ret

; Data rate: bits 7-6 of AL, as the media state holds it. 2.88 MB drives also
; learn whether to write perpendicularly. DL kept. Destroys AX.
fdc_set_rate:
    and al, 0xC0
    cmp al, [FD_RATE]
    je .same
    mov [FD_RATE], al
    push dx
    push ax
    rol al, 2
    mov dx, PORT_FDC_DIR
    out dx, al
    cmp byte [bp + L_TYPE], 5
    jne .plain
    mov al, 0x12                    ; PERPENDICULAR MODE
    call fdc_out
    pop ax
    push ax
    cmp al, 0xC0
    mov al, 0x03                    ; GAP and WGATE for 1 Mbit/s
    je .gap
    mov al, 0
.gap:
    call fdc_out
.plain:
    pop ax
    pop dx
.same:
    ret

; Recalibrate the drive L_DRV: twice, for 80 cylinders take more steps than
; one command makes.
fdc_recalibrate:
    mov cx, 2
.again:
    push cx
    mov al, 0x07
    call fdc_out
    jc .fail
    mov al, [bp + L_DRV]
    call fdc_out
    jc .fail
    call fdc_wait_irq
    jc .fail
    call fdc_sense
    jc .fail
    pop cx
    mov al, [FD_RESULT]
    and al, 0xF0                    ; seek end, no equipment check
    cmp al, 0x20
    je .done
    loop .again
    mov ah, ERR_SEEK
    stc
    ret
.fail:
    pop cx
    stc
    ret
.done:
    movzx bx, byte [bp + L_DRV]
    mov byte [FD_TRACK + bx], 0
    mov al, [cs:bit_mask + bx]
    or [FD_RECAL], al
    clc
    ret
bit_mask: db 1, 2, 4, 8

; Move the head of drive L_DRV to physical cylinder AL (head select L_HEAD).
; CF = 1: error. L_MOVED tells whether the arm moved.
fdc_seek:
    movzx bx, byte [bp + L_DRV]
    mov cl, [cs:bit_mask + bx]
    test [FD_RECAL], cl
    jnz .known
    push ax
    call fdc_recalibrate
    pop dx
    jc .out
    mov al, dl
    mov byte [bp + L_MOVED], 1
.known:
    cmp [FD_TRACK + bx], al
    je .done
    mov [FD_TRACK + bx], al
    push ax
    mov byte [bp + L_MOVED], 1
    mov al, 0x0F
    call fdc_out
    jc .fail
    call fdc_unit
    call fdc_out
    jc .fail
    pop ax
    push ax
    call fdc_out
    jc .fail
    call fdc_wait_irq
    jc .fail
    call fdc_sense
    jc .fail
    mov al, [FD_RESULT]
    and al, 0xE0
    cmp al, 0x20
    jne .bad
    pop ax
.done:
    clc
.out:
    ret
.bad:
    mov ah, ERR_SEEK
.fail:
    pop cx                          ; keep AH
    movzx bx, byte [bp + L_DRV]     ; who knows where it stopped
    mov al, [cs:bit_mask + bx]
    not al
    and [FD_RECAL], al
    stc
    ret

; AL = head and drive, the second byte of most commands.
fdc_unit:
    mov al, [bp + L_HEAD]
    and al, 1
    shl al, 2
    or al, [bp + L_DRV]
    ret

; READ ID under the head. CF = 0: an address mark was read at this data rate;
; the results hold its C, H, R, N.
fdc_read_id:
    mov al, 0x4A
    call fdc_out
    jc .out
    call fdc_unit
    call fdc_out
    jc .out
    call fdc_wait_irq
    jc .out
    call fdc_results
    jc .out
    test byte [FD_RESULT], 0xC0
    jz .out                         ; CF = 0
    call fdc_error
    stc
.out:
    ret

; AH = INT 13h error code for the result bytes.
fdc_error:
    mov ah, ERR_CONTROLLER
    mov al, [FD_RESULT]
    and al, 0xC0
    cmp al, 0x40                    ; ended abnormally: ST1 says why
    jne .out
    mov al, [FD_RESULT + 1]
    mov ah, ERR_NOT_FOUND
    test al, 0x80                   ; end of cylinder
    jnz .out
    mov ah, ERR_CRC
    test al, 0x20
    jnz .out
    mov ah, ERR_DMA
    test al, 0x10
    jnz .out
    mov ah, ERR_NOT_FOUND
    test al, 0x04
    jnz .out
    mov ah, ERR_PROTECTED
    test al, 0x02
    jnz .out
    mov ah, ERR_ADDR_MARK
    test al, 0x01
    jnz .out
    mov ah, ERR_CONTROLLER
.out:
    ret

; Program DMA channel 2: AL = mode, EBX = address, CX = bytes - 1.
fdc_dma:
    push ax
    mov al, 0x06                    ; channel 2 off meanwhile
    out PORT_DMA_MASK, al
    IO_DELAY
    pop ax
    cli                             ; the flip-flop is shared by all channels
    out PORT_DMA_FLIP, al
    IO_DELAY
    out PORT_DMA_MODE, al
    IO_DELAY
    mov al, bl
    out 0x04, al
    IO_DELAY
    mov al, bh
    out 0x04, al
    IO_DELAY
    mov eax, ebx
    shr eax, 16
    out PORT_DMA_PAGE2, al
    mov al, cl
    out 0x05, al
    IO_DELAY
    mov al, ch
    out 0x05, al
    sti
    mov al, 0x02
    out PORT_DMA_MASK, al
    ret

DMA_VERIFY  equ 0x42                ; single transfers on channel 2
DMA_READ    equ 0x46                ; disk to memory
DMA_WRITE   equ 0x4A                ; memory to disk
