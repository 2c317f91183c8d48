; Ferrite system BIOS: power-on self test.
;
; The order matters: interrupt and refresh hardware first (the stack needs
; refreshed memory on a real board), then vectors and the BDA, then the video
; BIOS so that anything later can speak, then everything else. Progress is
; shown as two digits on port 80h (the table is in README.md).

post_start:
    cli
    cld
    POST_CODE 0x01

    ; The shutdown byte says why the processor was reset. A 286 program leaves
    ; protected mode this way, so this comes before anything is touched.
    mov al, CMOS_SHUTDOWN | 0x80
    out PORT_CMOS_INDEX, al
    IO_DELAY
    in al, PORT_CMOS_DATA
    mov bl, al
    mov al, CMOS_SHUTDOWN | 0x80
    out PORT_CMOS_INDEX, al
    IO_DELAY
    xor al, al
    out PORT_CMOS_DATA, al
    mov al, CMOS_D                  ; leave the index on a harmless register
    out PORT_CMOS_INDEX, al         ; and let NMI through again
    IO_DELAY
    in al, PORT_CMOS_DATA

    cmp bl, 0x05
    je shutdown_05
    cmp bl, 0x09
    je shutdown_09
    cmp bl, 0x0A
    je shutdown_0a
    cmp bl, 0x0B
    je shutdown_0b
    cmp bl, 0x0C
    je shutdown_0c
    cmp bl, 0x04
    jne post_cold
    ; 04h: boot without a self test.
    xor ax, ax
    mov ss, ax
    mov sp, BOOT_ADDR
    call pic_init
    sti
    int 0x19

post_cold:
    jmp reset_board_too             ; unless that has just been done
post_board:
    POST_CODE 0x02
    mov eax, cr0                    ; caches on where the processor has them
    and eax, 0x9FFFFFFF             ; (the bits mean nothing to a 386)
    mov cr0, eax
    call chips_init
    POST_CODE 0x03
    mov al, 0xFF                    ; no interrupts before their handlers
    out PORT_PIC2_DATA, al
    out PORT_PIC1_DATA, al

    xor ax, ax
    mov ss, ax
    mov sp, BOOT_ADDR
    call a20_enable

    POST_CODE 0x04
    call bda_init
    call vectors_init
    POST_CODE 0x05
    call memory_size
    call mtrr_init
    call serial_number_off
    call apic_init
    call pci_init
    call shadow_open
    POST_CODE 0x06
    call kbc_begin                  ; the keyboard tests itself meanwhile

    POST_CODE 0x07
    call video_shadow
    mov ax, 0xC000                  ; the video BIOS first
    mov dx, 0xC800
    call rom_scan
    DS_BDA
    cmp word [0x4A], 0              ; columns: some leave the first mode to us
    jne .mode_set
    mov ax, 0x0003
    int 0x10
.mode_set:

    POST_CODE 0x08
    call print_sign_on
    POST_CODE 0x09
    call fpu_init
    call serial_init
    call stick_detect
    call parallel_init
    POST_CODE 0x0A
    call rtc_init
    POST_CODE 0x0B
    call disks_init

    POST_CODE 0x0C
    call pic_unmask                 ; from here interrupts run
    sti
    call floppy_init
    POST_CODE 0x0D
    mov ax, 0xC800
    mov dx, 0xF000
    call rom_scan
    POST_CODE 0x0E
    call kbc_finish
    call mouse_init

    cli
    call acpi_init
    call mp_init
    call smb_init
    call pnp_init
    call video_close
    call shadow_close
    sti

    DS_BDA
    mov word [RESET_FLAG], 0
    POST_CODE 0x0F
    int 0x19

; ------------------------------------------------------ shutdown codes
; All return through the far pointer at 0040:0067, as a jump (05h with the
; interrupt controllers acknowledged, 0Ah without), or with it as a stack.

shutdown_05:
    mov al, EOI
    out PORT_PIC2_CMD, al
    out PORT_PIC1_CMD, al
    in al, PORT_KBC_DATA            ; drop what the reset left in the 8042
shutdown_0a:
    DS_BDA
    jmp far [RESET_PTR]

shutdown_09:
    DS_BDA
    lss sp, [RESET_PTR]
    in al, PORT_SYS_A               ; the block move leaves A20 off
    and al, 0xFC
    out PORT_SYS_A, al
    pop es
    pop ds
    popa
    iret
shutdown_0b:
    DS_BDA
    lss sp, [RESET_PTR]
    iret
shutdown_0c:
    DS_BDA
    lss sp, [RESET_PTR]
    retf

; -------------------------------------------------- vectors and data area

; Fill all vectors with harmless handlers, then set the real ones.
vectors_init:
    xor ax, ax
    mov es, ax
    mov ds, ax
    xor di, di
    mov cx, 256
    mov eax, 0xF0000000 + dummy_iret
    rep stosd

    mov di, 8 * 4                   ; 08h..1Fh from the table
    mov si, vector_table
    mov cx, 24
.low:
    cs lodsw
    stosw
    mov ax, 0xF000
    stosw
    loop .low
    mov dword [0x1F * 4], 0

    mov di, 0x70 * 4                ; 70h..77h: the second 8259
    mov si, irq_high_table
    mov cx, 8
.high:
    cs lodsw
    stosw
    mov ax, 0xF000
    stosw
    loop .high

    mov word [0x02 * 4], 0xE2C3
    mov word [0x05 * 4], 0xFF54
    mov word [0x40 * 4], 0xEC59
    mov dword [0x41 * 4], (EBDA_SEG << 16) + EX_FDPT0
    mov dword [0x46 * 4], (EBDA_SEG << 16) + EX_FDPT1

    xor eax, eax                    ; 60h..67h belong to programs, 78h.. to nobody
    mov di, 0x60 * 4
    mov cx, 8
    rep stosd
    mov di, 0x78 * 4
    mov cx, 256 - 0x78
    rep stosd
    ret

irq_high_table:
    dw int70_irq                    ; 70 clock
    dw irq9_redirect                ; 71
    dw irq_default                  ; 72
    dw irq_default                  ; 73
    dw int74_irq                    ; 74 mouse
    dw int75_irq                    ; 75 coprocessor
    dw int76_irq                    ; 76 disk
    dw int77_irq                    ; 77 second disk channel

; Clear the data areas (the warm boot flag survives) and fill in what does not
; depend on hardware found later.
bda_init:
    DS_BDA
    mov es, ax
    mov dx, [RESET_FLAG]
    xor ax, ax
    xor di, di
    mov cx, 0x200 / 2               ; 0400h..05FFh
    rep stosw
    mov [RESET_FLAG], dx

    mov ax, EBDA_SEG
    mov [EBDA_PTR], ax
    mov es, ax
    xor ax, ax
    xor di, di
    mov cx, 1024 / 2
    rep stosw
    mov byte [es:EX_SIZE], EBDA_KB

    mov word [KB_START], KB_BUF
    mov word [KB_END], KB_BUF_END
    mov word [KB_HEAD], KB_BUF
    mov word [KB_TAIL], KB_BUF
    mov dword [LPT_TMO], 0x14141414
    mov dword [COM_TMO], 0x01010101
    mov byte [KB_FLAG3], 0x10       ; 101/102 keys

    ; Equipment: diskettes and display from CMOS; what POST finds for itself
    ; (coprocessor, mouse, ports) is added there.
    mov al, CMOS_EQUIP
    call cmos_read
    and al, 0xF1                    ; bits 1-3 are not trusted
    test al, 0x30
    jnz .display
    or al, 0x20                     ; VGA: 80x25 colour until its BIOS says more
.display:
    movzx ax, al
    mov [EQUIP], ax
    ret

; -------------------------------------------------------- option ROMs

; Start each option ROM between the segments AX and DX: on a 2 KB boundary
; 55h AAh, its length in 512-byte units, and all bytes adding up to zero.
rom_scan:
    mov ds, ax
    mov bx, ax
    cmp word [0], 0xAA55
    jne .next
    call rom_sum
    jnz .next

    ; Call its initialisation at offset 3. It may change every register, and reach all memory ("big
    ; real mode", PCI Firmware Specification): SeaVGABIOS reads the monitor's EDID from its card so.
    mov ax, 0x10
    call segment_limits
    mov ds, bx
    movzx cx, byte [2]
    push dx
    push bx
    push cx
    push bx
    call rom_function               ; in AX, as the PCI Firmware Specification has it
    pop bx
    push cs
    push word .called
    push bx
    push word 3
    retf
.called:
    cld
    mov ax, 0x18
    call segment_limits
    pop cx
    pop bx
    pop dx
    shl cx, 5                       ; 512-byte units to paragraphs
    mov ax, bx                      ; continue after it, on the next 2 KB
    add ax, cx
    add ax, 0x7F
    and al, 0x80
    jmp .check
.next:
    mov ax, bx
    add ax, 0x80
.check:
    cmp ax, dx
    jb rom_scan
    ret

; AX := bus and function of the card that the ROM at DS is for, by its PCI data
; structure; 0 when it has none. Destroys EAX, BX, SI, DI, EBP, DS.
rom_function:
    xor ax, ax
    mov si, [0x18]
    test si, si
    jz .none
    cmp si, 0xFFF0
    ja .none
    cmp dword [si], 'PCIR'
    jne .none
    mov ebp, [si + 4]               ; vendor and device
    mov si, .same
    call pci_walk
    mov ax, bx
    jc .none
    xor ax, ax
.none:
    ret
.same:
    xor di, di
    call pci_read32
    cmp eax, ebp
    je .found
    clc
    ret
.found:
    stc
    ret

; Add up the ROM at segment BX. Zero flag set: the sum is zero. Destroys AX,
; CX, SI, DI, DS. 512 bytes at a time, so that no offset overflows.
rom_sum:
    mov ds, bx
    movzx cx, byte [2]
    test cx, cx
    jz .empty
    push bx
    xor ah, ah
    xor di, di
.block:
    mov ds, bx
    push cx
    xor si, si
    mov cx, 512 / 2
.word:
    lodsw
    add di, ax                      ; low bytes; the high ones are added below
    mov al, ah
    xor ah, ah
    add di, ax
    loop .word
    pop cx
    add bx, 512 / 16
    loop .block
    pop bx
    test di, 0xFF
    ret
.empty:
    or cl, 1                        ; no length, no ROM
    ret

; ----------------------------------------------------------- small parts

print_sign_on:
    mov si, msg_sign_on
    call print_str
    mov ax, EBDA_SEG
    mov es, ax
    mov eax, [es:EX_EXT_KB]
    add eax, 1024
    call print_dec
    mov si, msg_kb
    jmp print_str

msg_sign_on: db 'Ferrite BIOS, ', 0
msg_kb:      db ' KB', 13, 10, 0

; Coprocessor: only a real one writes a clean status and control word.
fpu_init:
    DS_BDA
    fninit
    mov word [SCRATCH_WORD], 0x5A5A
    fnstsw [SCRATCH_WORD]
    cmp byte [SCRATCH_WORD], 0
    jne .none
    fnstcw [SCRATCH_WORD]
    mov ax, [SCRATCH_WORD]
    and ax, 0x103F
    cmp ax, 0x003F
    jne .none
    or byte [EQUIP], 0x02
.none:
    mov word [SCRATCH_WORD], 0
    ret
SCRATCH_WORD equ INTR_FLAG          ; free until the first interrupt
