; A boot diskette that looks for the BIOS's tables as operating systems do, and
; calls the entries that they lead to: ACPI, MP, SMBIOS, $PIR, $PnP, _32_, APM.
;
; bios_tables.sh assembles it for a machine: MB = memory, ACPI and APIC = 1 where
; there must be such tables, SB... what the sound card takes, OFF = how to end: 1, 2, 3 by APM from real mode, from
; 16-bit and from 32-bit protected mode, 4 after the power button. Each check
; prints "ok" or "FAIL" with its name on the debug port E9h; the ACPI tables go out
; on COM1. When all have passed the machine is switched off; else it ends through
; port F4h with 1.

    bits 16
    cpu 386
    org 0x7C00

SECTORS     equ 17                  ; loaded after the boot sector: the track's rest
BUF         equ 0x2000              ; segment: a copy of the ACPI tables
HIGH_STACK  equ 0x80000             ; a stack that 16 bits do not reach
BDA         equ 0x400

boot:
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    sti
    cld
    mov ax, 0x0200 + SECTORS
    mov bx, 0x7E00
    mov cx, 2
    mov dh, 0
    int 0x13
    jnc main
    mov al, '!'
    out 0xE9, al
    mov al, 3
    out 0xF4, al
    hlt
    times 510 - ($ - $$) db 0
    dw 0xAA55

; ------------------------------------------------------------------- harness
; check NAME, CONDITION: pass when the condition code holds now. For real mode and
; for the 16-bit protected mode with the same addresses; registers are kept.
%macro check 2
    j%2 %%pass
    call failed
%%pass:
    call passed
    db %1, 0
%endmacro

passed:
    pushf
    pusha
    mov bp, sp
    mov si, text_ok
    jmp report
failed:
    pushf
    pusha
    mov bp, sp
    inc word [ss:failures]
    add word [bp + 18], 3           ; skip the call of "passed"
    mov si, text_fail
report:
    call puts
    mov si, [bp + 18]
    call puts
    mov [bp + 18], si               ; behind the zero
    mov al, 10
    out 0xE9, al
    popa
    popf
    ret
puts:
    cs lodsb
    test al, al
    jz .out
    out 0xE9, al
    jmp puts
.out:
    ret
text_ok:    db 'ok   ', 0
text_fail:  db 'FAIL ', 0
text_all:   db 'ALL PASSED', 10, 0
failures:   dw 0

; AL = sum of the CX bytes at ES:DI, flags as of a test of it. Keeps the others.
sum:
    push cx
    push di
    mov al, 0
.next:
    add al, [es:di]
    inc di
    loop .next
    test al, al
    pop di
    pop cx
    ret

; ES:DI = where the dword EAX stands on a 16-byte boundary in F0000h-FFFFFh. CF = 1: nowhere.
find:
    push 0xF000
    pop es
    xor di, di
.next:
    cmp [es:di], eax
    je .out                         ; (CF = 0)
    add di, 16
    jnc .next
.out:
    ret

; ---------------------------------------------------------------------- main
main:
    call test_rom
    call test_map
    call test_acpi
    call test_mp
    call test_smbios
    call test_small
    call test_pnp
    call test_apm
    call test_protected
    cmp word [failures], 0
    je .good
    mov al, 1
    out 0xF4, al
    hlt
.good:
    mov si, text_all
    call puts
%if OFF == 4
    call power_button
%endif
%if OFF == 1 || OFF == 4
    mov ax, 0x5301
    xor bx, bx
    int 0x15
    mov ax, 0x530E
    xor bx, bx
    mov cx, 0x0102
    int 0x15
    mov ax, 0x5307
    mov bx, 1
    mov cx, 3
    int 0x15
%else
    mov byte [switch_off], 1        ; comes back only if nothing happens
    call test_protected
%endif
    mov al, 2
    out 0xF4, al
    hlt
switch_off: db 0

; The ROM, or the shadow memory in its place: sums up to zero, cannot be written.
test_rom:
    push 0xF000
    pop es
    xor di, di
    mov cx, 0xFFFF
    call sum
    add al, [es:0xFFFF]
    check 'all bytes of the BIOS add up to zero', z
    mov al, [es:0x100]
    xor byte [es:0x100], 0xFF
    cmp al, [es:0x100]
    check 'it is read-only', e
    ret

; ---------------------------------------------------------------------- E820h
MAP_MAX     equ 16
test_map:
    xor ebx, ebx
    mov di, map
.entry:
    mov eax, 0xE820
    mov edx, 'PAMS'
    mov ecx, 20
    push ds
    pop es
    int 0x15
    jc .read
    add di, 20
    cmp di, map_end
    jae .read
    test ebx, ebx
    jnz .entry
.read:
    mov [map_last], di
    cmp di, map_end
    check 'E820h comes to an end', b
    cmp ebx, 0
    check 'by EBX = 0', e

    ; Each against each: neither empty nor in common.
    mov si, map
.outer:
    cmp dword [si + 8], 0
    je .bad
    mov eax, [si]
    add eax, [si + 8]
    dec eax                         ; its last byte
    cmp eax, [si]
    jb .bad
    lea di, [si + 20]
.inner:
    cmp di, [map_last]
    jae .next
    cmp eax, [di]
    jb .apart
    mov edx, [di]
    add edx, [di + 8]
    dec edx
    cmp edx, [si]
    jae .bad
.apart:
    add di, 20
    jmp .inner
.next:
    add si, 20
    cmp si, [map_last]
    jb .outer
    cmp ax, ax
.bad:
    check 'no two entries overlap, none is empty', e

    mov ecx, 1                      ; RAM below 640 KB and above 1 MB
    call map_total
    mov ebx, eax
    mov ecx, 3
    call map_total
    mov [acpi_size], eax
    mov [acpi_start], edx
    add ebx, eax
    mov ecx, 4
    call map_total
    mov [nvs_size], eax
    mov [nvs_start], edx
    add ebx, eax
    cmp ebx, (MB - 1) * 0x100000 + 639 * 1024
    check 'all of the memory is there, and no more', e
    cmp dword [acpi_size], 0
%if ACPI
    check 'ACPI has some', ne
    mov eax, [acpi_start]
    add eax, [acpi_size]
    cmp eax, [nvs_start]
    check 'and keeps some', e
%else
    check 'ACPI has none', e
    cmp dword [nvs_size], 0
    check 'and keeps none', e
%endif
    ret

; EAX = bytes of kind ECX, EDX = where the last of them starts.
map_total:
    xor eax, eax
    xor edx, edx
    mov si, map
.next:
    cmp [si + 16], ecx
    jne .other
    mov edx, [si]
    add eax, [si + 8]
.other:
    add si, 20
    cmp si, [map_last]
    jb .next
    ret

; ----------------------------------------------------------------------- ACPI
; ES:DI = the copy of the table at EAX.
acpi_at:
    push eax
    sub eax, [acpi_start]
    mov di, ax
    pop eax
    push BUF
    pop es
    ret

; The table at EAX has signature EDX, and its bytes add up to zero. It goes out on
; the first serial port as well.
acpi_check:
    call acpi_at
    cmp [es:di], edx
    check 'ACPI table: signature', e
    mov ecx, [es:di + 4]
    cmp ecx, 0xF000
    check 'length', b
    call sum
    check 'sum', z
    pushad
.send:
    mov dx, 0x3FD
.wait:
    in al, dx
    test al, 0x20
    jz .wait
    mov al, [es:di]
    mov dx, 0x3F8
    out dx, al
    inc di
    loop .send
    popad
    ret

test_acpi:
    mov eax, 'RSD '
    call find
    jc .none
    cmp dword [es:di + 4], 'PTR '   ; (an instruction may hold half of it)
    je .none                        ; (CF = 0)
    stc
.none:
%if !ACPI
    check 'no RSDP', c
    ret
%else
    check 'RSDP', nc
    mov cx, 20
    call sum
    check 'sum', z
    mov eax, [es:di + 16]
    mov [rsdt], eax
    cmp eax, [acpi_start]
    check 'RSDT is where E820h says', ae

    mov dx, 0x3FB                   ; COM1: 115200 8N1
    mov al, 0x80
    out dx, al
    mov dx, 0x3F8
    mov ax, 1
    out dx, ax
    mov dx, 0x3FB
    mov al, 3
    out dx, al
    mov eax, [acpi_start]           ; a copy within reach
    mov [move + 0x12], eax
    mov byte [move + 0x15], 0x93
    shr eax, 24
    mov [move + 0x17], al
    mov ah, 0x87
    mov cx, 0x8000
    push ds
    pop es
    mov si, move
    int 0x15
    check 'INT 15h 87h', nc

    mov eax, [rsdt]
    mov edx, 'RSDT'
    call acpi_check
    mov eax, [es:di + 36]
    mov edx, 'FACP'
    push ecx
    push di
    call acpi_check
    mov si, di
    cmp ecx, 116
    check 'FADT of ACPI 1.0', e
    cmp word [es:si + 46], 9
    check 'SCI', e
    mov dx, [es:si + 76]
    in eax, dx
    mov ecx, eax
    mov bx, 0xFFFF
.timer:
    in eax, dx
    cmp eax, ecx
    jne .moves
    dec bx
    jnz .timer
.moves:
    check 'the timer runs', ne
    mov eax, [es:si + 36]
    test al, 63
    check 'FACS on a boundary of 64', z
    cmp eax, [nvs_start]
    check 'FACS in the memory that is kept', e
    call acpi_at
    cmp dword [es:di], 'FACS'
    check 'FACS: signature', e
    mov eax, [es:si + 40]
    mov edx, 'DSDT'
    call acpi_check
    pop di
    pop ecx                         ; the RSDT again
%if APIC
    cmp ecx, 36 + 2 * 4
    check 'two tables', e
    cmp byte [es:si + 44], 1
    check 'FADT: APICs', e
    mov eax, [es:di + 40]
    mov edx, 'APIC'
    call acpi_check
    cmp dword [es:di + 36], 0xFEE00000
    check 'MADT: local APIC', e
    mov ax, di                      ; its entries end where it does
    add ax, cx
    add di, 44
.entry:
    movzx dx, byte [es:di + 1]
    test dx, dx
    jz .broken
    add di, dx
    cmp di, ax
    jb .entry
.broken:
    check 'MADT: entries', e
%else
    cmp ecx, 36 + 1 * 4
    check 'one table', e
    cmp byte [es:si + 44], 0
    check 'FADT: 8259s', e
%endif
    ret
%endif

; ------------------------------------------------------------------------- MP
test_mp:
    mov eax, '_MP_'
    call find
%if !APIC
    check 'no MP table', c
    ret
%else
    check 'MP', nc
    mov cx, 16
    call sum
    check 'sum', z
    cmp word [es:di + 8], 0x0401
    check 'version 1.4', e
    mov di, [es:di + 4]
    cmp dword [es:di], 'PCMP'
    check 'PCMP', e
    mov cx, [es:di + 4]
    call sum
    check 'sum', z
    mov bx, cx
    add bx, di                      ; its end
    mov cx, [es:di + 34]
    cmp word [es:di + 38], 0xFEE0
    check 'local APIC', e
    add di, 44
.entry:
    mov ax, 8
    cmp byte [es:di], 0
    jne .short
    mov ax, 20
.short:
    add di, ax
    loop .entry
    cmp di, bx
    check 'so many entries and no more', e
    ret
%endif

; --------------------------------------------------------------------- SMBIOS
test_smbios:
    mov eax, '_SM_'
    call find
    check 'SMBIOS', nc
    movzx cx, byte [es:di + 5]
    cmp cx, 0x1F
    check 'length', e
    call sum
    check 'sum', z
    mov si, di
    add di, 16
    cmp dword [es:di], '_DMI'
    check '_DMI_', e
    mov cx, 15
    call sum
    check 'sum', z
    mov cx, [es:di + 12]            ; structures
    mov di, [es:di + 8]
    mov bx, di
    add bx, [es:si + 22]            ; end
    mov dx, [es:si + 8]             ; the longest
.next:
    push di
    mov ah, [es:di]
    movzx bp, byte [es:di + 1]
    cmp ah, 17
    jne .other
    cmp word [es:di + 12], MB
    check 'the memory module', e
.other:
    add di, bp
.strings:
    inc di
    cmp word [es:di - 1], 0
    jne .strings
    inc di
    pop bp
    sub bp, di
    neg bp
    cmp bp, dx
    ja .long
    loop .next
    cmp ax, ax
.long:
    check 'no structure is longer than the longest', e
    cmp di, bx
    check 'so many structures and no more', e
    cmp ah, 127
    check 'the end', e
    ret

; ---------------------------------------------------------------- $PIR and _32_
test_small:
    mov eax, '$PIR'
    call find
    check '$PIR', nc
    mov cx, [es:di + 6]
    call sum
    check 'sum', z
    call pci_lines
    mov dx, 0x4D0
    in al, dx
    mov bl, al
    inc dx
    in al, dx
    mov bh, al
    cmp bx, si
    check 'level triggered are the lines of PCI functions and the SCI, no others', e
    mov eax, '_32_'
    call find
    check 'BIOS32', nc
    mov cx, 16
    call sum
    check 'sum', z
    mov eax, [es:di + 4]
    mov [bios32], eax
    ret

; SI: a bit for each line that a function on bus 0 has, and the SCI's.
pci_lines:
    mov si, 1 << 9
    xor bx, bx
.function:
    mov di, 0x3D
    mov ax, 0xB108
    int 0x1A
    dec cl                          ; no pin: 0; no function: FFh
    cmp cl, 3
    ja .next
    dec di
    mov ax, 0xB108
    int 0x1A
    mov ax, 1
    shl ax, cl
    or si, ax
.next:
    inc bl
    jnz .function
    ret

; ----------------------------------------------------------------------- $PnP
; pnp FUNCTION, then what is pushed before: [pnp_entry], in both modes.
%macro pnp_call 1
    push word %1
    call far [pnp_entry]
%endmacro

test_pnp:
    mov eax, '$PnP'
    call find
    check '$PnP', nc
    movzx cx, byte [es:di + 5]
    cmp cx, 0x21
    check 'length', e
    call sum
    check 'sum', z
    mov eax, [es:di + 0x0D]
    mov [pnp_entry], eax
    mov ax, [es:di + 0x11]
    mov [pnp_protected], ax
    cmp dword [es:di + 0x13], 0xF0000
    check 'code', e
    push 0xF000
    pop word [pnp_selector]
    mov word [pnp_data], 0
    ; falls through

; Through [pnp_entry], with [pnp_data] as the segment of our own data. The stack
; may be a 32-bit one.
pnp_functions:
    push word [pnp_selector]
    push word [pnp_data]
    push word pnp_size
    push word [pnp_data]
    push word pnp_count
    pnp_call 0
    add esp, 12
    test ax, ax
    check 'PnP 00h', z

    ; All nodes, one after the other.
    mov byte [pnp_node], 0
    mov cx, 0
.node:
    push word [pnp_selector]
    push word 1
    push word [pnp_data]
    push word pnp_buffer
    push word [pnp_data]
    push word pnp_node
    pnp_call 1
    add esp, 14
    test ax, ax
    jnz .bad
    cmp [pnp_buffer + 2], cl        ; its handle
    jne .bad
    inc cx
    mov bx, [pnp_buffer]
    cmp bx, [pnp_size]
    ja .bad
    cmp word [pnp_buffer + bx - 2], 0x0079 ; an end tag
    jne .bad
    call pnp_known
    jne .bad
    cmp byte [pnp_node], 0xFF
    je .all
    cmp [pnp_node], cl
    je .node
.bad:
    xor cx, cx
.all:
    cmp cl, [pnp_count]
    check 'PnP 01h: so many nodes, none larger than said', e
    cmp cl, 10
    check 'there are some', a
    cmp dword [pnp_buffer + 3], 0x06B0D041 ; the last one: PNPB006, the MPU-401
    check 'PnP: MIDI', e
    cmp word [pnp_buffer + 14], MPU
    check 'PnP: where', e

    mov cl, [pnp_count]
    mov [pnp_node], cl
    push word [pnp_selector]
    push word 1
    push word [pnp_data]
    push word pnp_buffer
    push word [pnp_data]
    push word pnp_node
    pnp_call 1
    add esp, 14
    cmp ax, 0x83
    check 'PnP 01h: no such node', e
    mov byte [pnp_node], 0
    push word [pnp_selector]
    push word 3
    push word [pnp_data]
    push word pnp_buffer
    push word [pnp_data]
    push word pnp_node
    pnp_call 1
    add esp, 14
    cmp ax, 0x84
    check 'PnP 01h: now and later at once', e

    push word [pnp_selector]
    push word [pnp_data]
    push word pnp_buffer
    pnp_call 0x40
    add esp, 8
    test ax, ax
    check 'PnP 40h', z
    cmp dword [pnp_buffer], 0x00000001
    check 'PnP 40h: no cards', e
    mov byte [pnp_node], 0          ; the first node again, and set it to what it is
    push word [pnp_selector]
    push word 1
    push word [pnp_data]
    push word pnp_buffer
    push word [pnp_data]
    push word pnp_node
    pnp_call 1
    add esp, 14
    call pnp_set
    test ax, ax
    check 'PnP 02h: a node as it is', z
    mov bx, [pnp_buffer]
    xor byte [pnp_buffer + 14], 0x10 ; its first port elsewhere
    call pnp_set
    cmp ax, 0x85
    check 'PnP 02h: it cannot be moved', e
    push word [pnp_selector]
    pnp_call 0x05
    add esp, 4
    cmp ax, 0x87
    check 'PnP 05h: not docked', e
    call pnp_escd
    pnp_call 0x03
    add esp, 2
    cmp ax, 0x82
    check 'PnP 03h is not supported', e
    pnp_call 0x0C
    add esp, 2
    cmp ax, 0x81
    check 'PnP 0Ch is unknown', e
    ret

; ZF: the node in the buffer, number CX - 1, is what it should be: product and type; of the sound
; card all that it takes.
pnp_known:
    pusha
    push es
    push ds
    pop es
    mov di, cx
    imul di, di, 5
    add di, pnp_types - 5
    mov si, pnp_buffer + 5
    mov cx, 5
    repe cmpsb
    jne .out
    cmp word [pnp_buffer + 5], 0x03B0
    jne .same
    mov si, pnp_buffer + 12
    mov di, pnp_sound
    mov cx, pnp_sound.end - pnp_sound
    repe cmpsb
    jne .out
.same:
    cmp ax, ax
.out:
    pop es
    popa
    ret
pnp_types:                          ; PNPxxxx, base type, sub type, interface
    db 0x00, 0x00, 8, 0, 1          ; 8259s
    db 0x02, 0x00, 8, 1, 1          ; 8237s
    db 0x01, 0x00, 8, 2, 1          ; 8254
    db 0x0B, 0x00, 8, 3, 1          ; clock
    db 0x03, 0x03, 9, 0, 0          ; keyboard
    db 0x0F, 0x13, 9, 2, 0          ; mouse
    db 0x08, 0x00, 4, 1, 0          ; speaker
    db 0x0C, 0x04, 0x0B, 0x80, 0    ; coprocessor
    db 0x07, 0x00, 1, 2, 0          ; diskettes
    db 0x04, 0x00, 7, 1, 1          ; LPT1
    db 0x05, 0x01, 7, 0, 2          ; COM1
    db 0x05, 0x01, 7, 0, 2          ; COM2
    db 0x0A, 0x03, 6, 4, 0          ; PCI
    db 0x0C, 0x01, 5, 0, 0          ; memory
    db 0x0C, 0x02, 8, 0x80, 0       ; the board's own ports
    db 0xB0, 0x2F, 9, 0x80, 0       ; game port
    db 0xB0, 0x03, 4, 1, 0          ; Sound Blaster
    db 0xB0, 0x06, 4, 1, 0          ; MPU-401
pnp_sound:                          ; ports, FM's, interrupt, DMA by bytes and by words
    db 0x47, 1
    dw SB, SB
    db 1, 16
    db 0x47, 1
    dw FM, FM
    db 1, FM_PORTS
    db 0x22
    dw 1 << SB_IRQ
    db 0x2A, 1 << SB_DMA, 0x08
    db 0x2A, 1 << SB_HDMA, 0x12
.end:

pnp_set:
    push word [pnp_selector]
    push word 1
    push word [pnp_data]
    push word pnp_buffer
    push word 0
    pnp_call 0x02
    add esp, 12
    ret

; 42h, 43h with the buffer; AX = status.
%macro escd 1
    push word [pnp_selector]
    push word 0
    push word [pnp_data]
    push word pnp_buffer
    pnp_call %1
    add esp, 10
%endmacro

pnp_escd:
    push word [pnp_selector]
    push word [pnp_data]
    push word pnp_buffer + 4
    push word [pnp_data]
    push word pnp_buffer + 2
    push word [pnp_data]
    push word pnp_buffer
    pnp_call 0x41
    add esp, 16
    test ax, ax
    check 'PnP 41h', z
    cmp dword [pnp_buffer], 0x00800080
    check 'ESCD: 128 bytes', e
    cmp dword [pnp_buffer + 4], 0
    check 'ESCD: not in memory', e
    escd 0x42
    cmp dword [pnp_buffer + 2], 'ACFG'
    check 'PnP 42h: a header', e
    mov word [pnp_buffer], 20       ; twenty bytes, and the last one is known again
    mov byte [pnp_buffer + 19], 0x5A
    escd 0x43
    test ax, ax
    check 'PnP 43h', z
    mov dword [pnp_buffer], 0
    mov byte [pnp_buffer + 19], 0
    escd 0x42
    cmp word [pnp_buffer], 20
    check 'ESCD: its size', e
    cmp byte [pnp_buffer + 19], 0x5A
    check 'ESCD: what was written', e
    mov word [pnp_buffer], 129
    escd 0x43
    cmp ax, 0x5A
    check 'PnP 43h: no room', e
    mov word [pnp_buffer], 12
    mov byte [pnp_buffer + 2], 'X'
    escd 0x43
    cmp ax, 0x56
    check 'PnP 43h: no ESCD', e
    mov word [pnp_buffer], 20
    mov dword [pnp_buffer + 2], 0   ; as it was, for the other modes: nothing
    push ax
    mov al, 2
    out 0x72, al
    mov al, 0
    out 0x73, al
    pop ax
    ret

; ------------------------------------------------------------------------ APM
%macro apm 2-3 0
    mov ax, %1
    mov bx, %2
    mov cx, %3
    int 0x15
%endmacro
%macro apm_error 2
    check %2, c
    cmp ah, %1
    check 'error', e
%endmacro

test_apm:
    apm 0x5300, 0
    check 'APM', nc
    cmp ax, 0x0102
    check 'version 1.2', e
    cmp bx, 'MP'
    check 'PM', e
    cmp cx, 3
    check 'both protected modes, enabled, engaged', e
    apm 0x5300, 1
    apm_error 0x09, 'APM 00h of a device'
    apm 0x5304, 0
    apm_error 0x03, 'APM 04h without a connection'
    apm 0x5305, 0
    apm_error 0x03, 'APM 05h without a connection'
    apm 0x5301, 0
    check 'APM 01h', nc
    apm 0x5301, 0
    apm_error 0x02, 'APM 01h again'
    apm 0x5303, 0
    apm_error 0x02, 'APM 03h again'
    apm 0x530E, 0, 0x0103
    check 'APM 0Eh', nc
    cmp ax, 0x0102
    check 'version 1.2', e
    mov ebx, [0x46C]
    apm 0x5305, 0
    check 'APM 05h', nc
    apm 0x5306, 0
    check 'APM 06h', nc
    apm 0x530A, 1
    check 'APM 0Ah', nc
    cmp bx, 0x01FF
    check 'AC', e
    cmp cx, 0x80FF
    check 'no battery', e
    apm 0x530A, 0x8001
    apm_error 0x09, 'APM 0Ah of a battery'
    apm 0x530B, 0
    apm_error 0x80, 'APM 0Bh: nothing happened'
    apm 0x5308, 1, 0
    check 'APM 08h: disabled', nc
    apm 0x5300, 0
    cmp cx, 0x0B
    check 'APM 00h says so', e
    apm 0x530B, 0
    apm_error 0x01, 'APM 0Bh: disabled'
    apm 0x5308, 1, 1
    check 'APM 08h: enabled', nc
    apm 0x5308, 1, 2
    apm_error 0x0A, 'APM 08h: something else'
    apm 0x530F, 1, 0
    check 'APM 0Fh: disengaged', nc
    apm 0x5300, 0
    cmp cx, 0x13
    check 'APM 00h says so', e
    apm 0x5309, 1
    check 'APM 09h', nc
    apm 0x5300, 0
    cmp cx, 0x03
    check 'APM 00h says so', e
    apm 0x530C, 1
    check 'APM 0Ch', nc
    cmp cx, 0
    check 'on', e
    apm 0x530D, 1, 1
    check 'APM 0Dh', nc
    apm 0x5307, 1, 2
    apm_error 0x60, 'APM 07h: no suspend'
    apm 0x5307, 0x1FF, 3
    apm_error 0x09, 'APM 07h: no such device'
    apm 0x5310, 0
    check 'APM 10h', nc
    apm 0x5311, 0
    apm_error 0x0C, 'APM 11h'
    apm 0x5304, 0
    check 'APM 04h', nc
    ret

; The person at the machine presses the power button when asked to.
power_button:
    mov si, .press
.text:
    lodsb
    mov ah, 0x0E
    int 0x10
    test al, al
    jnz .text
    apm 0x5301, 0
    apm 0x530E, 0, 0x0102
.wait:
    apm 0x5305, 0
    apm 0x530B, 0
    jc .wait
    mov [failures], bx
    apm 0x5304, 0
    cmp word [failures], 0x000A
    je .good
    mov al, 4
    out 0xF4, al
    hlt
.good:
    ret
.press: db 'Press the button', 0

; ------------------------------------------------------------- protected modes
; Selectors. Those of APM stand one behind the other as it wants them.
CODE16      equ 0x08
DATA16      equ 0x10
CODE32      equ 0x18
DATA32      equ 0x20
APM16       equ 0x28                ; and its data
APM32       equ 0x38                ; its 16-bit code, its data
PNP16       equ 0x50                ; and its data

test_protected:
    apm 0x5302, 0
    check 'APM 02h', nc
    cmp ax, 0xF000
    check 'code', e
    cmp cx, 0x40
    check 'data', e
    cmp di, 0x100
    check 'so much of it', e
    mov [apm16_entry], bx
    call pnp_to_protected
    call to_protected
    mov ax, 0x530A
    mov bx, 1
    call far [apm16_entry]
    check 'APM 0Ah in 16-bit protected mode', nc
    cmp bx, 0x01FF
    check 'AC', e
    mov ax, 0x5303
    call far [apm16_entry]
    check 'APM 03h in protected mode', c
    mov ax, 0x5305
    xor bx, bx
    call far [apm16_entry]          ; (interrupts are off: comes back)
    check 'APM 05h', nc
%if OFF == 2
    cmp byte [switch_off], 0
    je .on_16
    mov ax, 0x5307
    mov bx, 1
    mov cx, 3
    call far [apm16_entry]
.on_16:
%endif
    call pnp_functions
    mov ax, 0x5304
    xor bx, bx
    call far [apm16_entry]
    check 'APM 04h', nc
    call to_real

    apm 0x5303, 0
    check 'APM 03h', nc
    cmp ax, 0xF000
    check 'code', e
    cmp cx, 0xF000
    check '16-bit code', e
    cmp dx, 0x40
    check 'data', e
    mov [apm32_entry], ebx
    call to_protected
    jmp CODE32:.bits_32
    bits 32
.bits_32:
    mov ax, DATA32
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov [old_sp], sp
    mov esp, HIGH_STACK
    mov eax, 0x530A
    mov ebx, 1
    call far dword [apm32_entry]
    mov [apm32_ax], eax
    mov [apm32_bx], ebx
    setc [apm32_cf]
    mov [apm32_sp], esp
    mov ax, ds
    mov [apm32_ds], ax
%if OFF == 3
    cmp byte [switch_off], 0
    je .on_32
    mov eax, 0x5307
    mov ebx, 1
    mov ecx, 3
    call far dword [apm32_entry]
.on_32:
%endif
    mov eax, 0x5304
    xor ebx, ebx
    call far dword [apm32_entry]
    setc [apm32_off]

    ; BIOS32 through a flat code segment, as most systems have it.
    mov eax, '$PCI'
    xor ebx, ebx
    push cs
    call dword [bios32]
    mov [service], al
    lea esi, [ebx + edx]
    mov [pci_base], ebx
    mov [pci_entry], esi
    mov eax, '$XYZ'
    xor ebx, ebx
    push cs
    call dword [bios32]
    mov [no_service], al
    mov eax, '$PCI'
    mov bl, 1
    push cs
    call dword [bios32]
    mov [no_function], al

    mov eax, 0xB101
    push cs
    call dword [pci_entry]
    mov [pci_present], edx
    mov [pci_status], ah
    setc [pci_cf]
    mov eax, 0xB102                 ; the south bridge
    mov ecx, 0x7000
    mov edx, 0x8086
    xor esi, esi
    push cs
    call dword [pci_entry]
    mov [pci_device], bx
    mov [pci_index], si
    mov eax, 0xB103                 ; the IDE function
    mov ecx, 0x010180
    xor esi, esi
    push cs
    call dword [pci_entry]
    mov [pci_class], bx
    mov eax, 0xB102
    mov ecx, 0x7000
    mov edx, 0x8086
    mov esi, 1                      ; there is no second one
    push cs
    call dword [pci_entry]
    mov [pci_second], ah
    setc [pci_second_cf]
    xor ebx, ebx
    xor edi, edi
    mov eax, 0xB10A
    push cs
    call dword [pci_entry]
    mov [pci_id], ecx
    mov ecx, 0x12345678
    mov edi, 2
    mov eax, 0xB109
    push cs
    call dword [pci_entry]
    mov [pci_word], ecx
    mov ecx, 0x12345678
    mov edi, 1
    mov eax, 0xB108
    push cs
    call dword [pci_entry]
    mov [pci_byte], ecx
    mov bx, [pci_device]            ; PIRQRCA of the south bridge, there and back
    mov edi, 0x60
    mov eax, 0xB10A
    push cs
    call dword [pci_entry]
    mov [pirq], ecx
    mov cl, 0x85
    mov eax, 0xB10B
    push cs
    call dword [pci_entry]
    mov ecx, 0
    mov eax, 0xB10A
    push cs
    call dword [pci_entry]
    mov [pirq_new], ecx
    mov ecx, [pirq]
    mov eax, 0xB10D
    push cs
    call dword [pci_entry]
    mov edi, 0x61
    mov eax, 0xB10A
    push cs
    call dword [pci_entry]
    mov [pci_odd], ah
    mov eax, 0xB106
    push cs
    call dword [pci_entry]
    mov [pci_unsupported], ah
    mov [end_sp], esp

    ; PnP is 16-bit, and the stack stays a 32-bit one.
    jmp CODE16:.bits_16
    bits 16
.bits_16:
    mov ax, DATA16
    mov ds, ax
    mov es, ax
    push word [pnp_selector]
    push word [pnp_data]
    push word pnp_size
    push word [pnp_data]
    push word pnp_count
    mov byte [pnp_count], 0
    pnp_call 0
    add esp, 12
    mov [pnp_status], ax
    mov ax, DATA16
    mov ss, ax
    movzx esp, word [old_sp]
    call to_real

    cmp byte [apm32_cf], 0
    check 'APM 0Ah in 32-bit protected mode', e
    cmp word [apm32_bx], 0x01FF
    check 'AC', e
    cmp dword [apm32_sp], HIGH_STACK
    check 'stack', e
    cmp word [apm32_ds], DATA32
    check 'DS', e
    cmp byte [apm32_off], 0
    check 'APM 04h', e
    cmp byte [service], 0
    check 'BIOS32: $PCI', e
    cmp dword [pci_base], 0xF0000
    check 'base', e
    cmp byte [no_service], 0x80
    check 'BIOS32: no such service', e
    cmp byte [no_function], 0x81
    check 'BIOS32: no such function', e
    cmp dword [pci_present], 'PCI '
    check 'PCI 01h in 32-bit protected mode', e
    cmp word [pci_status], 0
    check 'status and carry', e
    cmp word [pci_device], 0x0008
    check 'PCI 02h', e
    cmp word [pci_index], 0
    check 'keeps SI', e
    cmp word [pci_class], 0x0009
    check 'PCI 03h', e
    cmp word [pci_second], 0x0186
    check 'PCI 02h: no more', e
    cmp dword [pci_id], 0x12378086
    check 'PCI 0Ah', e
    cmp dword [pci_word], 0x12341237
    check 'PCI 09h', e
    cmp dword [pci_byte], 0x12345680
    check 'PCI 08h', e
    mov eax, [pirq]
    mov al, 0x85
    cmp eax, [pirq_new]
    check 'PCI 0Bh', e
    cmp byte [pci_odd], 0x87
    check 'PCI 0Ah of an odd register', e
    cmp byte [pci_unsupported], 0x81
    check 'PCI 06h', e
    cmp dword [end_sp], HIGH_STACK
    check 'stack', e
    cmp word [pnp_status], 0
    check 'PnP 00h on a 32-bit stack', e
    cmp byte [pnp_count], 10
    check 'nodes', a
    ret

; From here on $PnP is called by its other entry.
pnp_to_protected:
    mov ax, [pnp_protected]
    mov [pnp_entry], ax
    mov word [pnp_entry + 2], PNP16
    mov word [pnp_selector], PNP16 + 8
    mov word [pnp_data], DATA16
    ret

; Into 16-bit protected mode with the same addresses, and back.
to_protected:
    cli
    lgdt [gdt_ptr]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp CODE16:.here
.here:
    mov ax, DATA16
    mov ds, ax
    mov es, ax
    mov ss, ax
    ret
to_real:
    mov ax, DATA16
    mov ds, ax
    mov es, ax
    mov eax, cr0
    and al, 0xFE
    mov cr0, eax
    jmp 0:.here
.here:
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    sti
    ret

align 8
gdt:
    dq 0
    dq 0x00009B000000FFFF           ; 08 code, 16 bits, from 0
    dq 0x000093000000FFFF           ; 10 data
    dq 0x00CF9B000000FFFF           ; 18 code, 32 bits, flat
    dq 0x00CF93000000FFFF           ; 20 data
    dq 0x00009B0F0000FFFF           ; 28 APM, 16 bits
    dq 0x00009300040000FF           ; 30 its data, the BDA
    dq 0x00409B0F0000FFFF           ; 38 APM, 32 bits
    dq 0x00009B0F0000FFFF           ; 40 its 16-bit code
    dq 0x00009300040000FF           ; 48 its data
    dq 0x00009B0F0000FFFF           ; 50 PnP
    dq 0x0000930F0000FFFF           ; 58 its data
gdt_ptr:
    dw $ - gdt - 1
    dd gdt

; INT 15h 87h: the ACPI tables to BUF.
move:
    times 16 db 0
    dq 0x000093000000FFFF           ; from: filled in
    dq 0x000093000000FFFF | (BUF << 20)
    times 16 db 0

apm16_entry: dw 0, APM16
apm32_entry: dd 0
             dw APM32
pnp_entry:   dd 0
pnp_protected: dw 0

; Variables, behind what is loaded.
    align 4
last_byte:
    times (SECTORS + 1) * 512 - ($ - $$) db 0
absolute 0x7C00 + (SECTORS + 1) * 512
map:        resb MAP_MAX * 20
map_end:
map_last:   resw 1
acpi_start: resd 1
acpi_size:  resd 1
nvs_start:  resd 1
nvs_size:   resd 1
rsdt:       resd 1
bios32:     resd 1
pnp_selector: resw 1
pnp_data:   resw 1
pnp_size:   resw 1
pnp_count:  resb 1
pnp_node:   resb 1
pnp_status: resw 1
pnp_buffer: resb 256
old_sp:     resw 1
apm32_ax:   resd 1
apm32_bx:   resd 1
apm32_sp:   resd 1
apm32_ds:   resw 1
apm32_cf:   resb 1
apm32_off:  resb 1
service:    resb 1
no_service: resb 1
no_function: resb 1
pci_base:   resd 1
pci_entry:  resd 1
pci_present: resd 1
pci_status: resb 1
pci_cf:     resb 1
pci_device: resw 1
pci_index:  resw 1
pci_class:  resw 1
pci_second: resb 1
pci_second_cf: resb 1
pci_id:     resd 1
pci_word:   resd 1
pci_byte:   resd 1
pirq:       resd 1
pirq_new:   resd 1
pci_odd:    resb 1
pci_unsupported: resb 1
end_sp:     resd 1
