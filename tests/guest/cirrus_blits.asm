; Blits of the CL-GD5446 at random: all raster operations, directions, depths, patterns, colour
; expansion, transparency, sources on screen and in the system, clipped left edges. For each one a
; line on port E9h: its registers and a sum of the memory after it. cirrus_blits.sh compares two
; machines' lines. What the two are known to do differently is not asked for (hw/video/README.md);
; with QEMU defined the two raster operations that QEMU exchanges are exchanged.

%ifndef CASES
%define CASES 6000
%endif
%ifndef SEED
%define SEED 0x2545F491
%endif

    bits 16
    org 0x7C00
    cli
    xor ax, ax
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov sp, 0x7C00
    sti
    mov ax, 0x0208                  ; the rest
    mov bx, 0x7E00
    mov cx, 2
    mov dh, 0
    int 0x13
    jc $
    mov ax, 0x4F02
    mov bx, 0x4101                  ; 640x480, 256 colours
    int 0x10
    cli
    lgdt [gdt_pointer]
    mov eax, cr0
    or al, 1
    mov cr0, eax
    jmp 0x08:flat
gdt_pointer:
    dw 3 * 8 - 1
    dd gdt
    align 8
gdt:
    dq 0
    dq 0x00CF9B000000FFFF
    dq 0x00CF93000000FFFF

    bits 32
flat:
    mov ax, 0x10
    mov ds, ax
    mov es, ax
    mov ss, ax
    mov esp, 0x7C00
    jmp start
    times 510 - ($ - $$) db 0
    dw 0xAA55

VRAM_BYTES  equ 0x8000

; AL = index, AH = value.
%macro gr 2
    mov al, %1
    mov ah, %2
    call put_gr
%endmacro
put_gr:
    mov dx, 0x3CE
    out dx, ax
    ret
get_gr:                             ; AL = index -> AL
    mov dx, 0x3CE
    out dx, al
    inc dx
    in al, dx
    ret

; EAX = a random number below EAX.
below:
    push edx
    push ecx
    mov ecx, eax
    call random
    xor edx, edx
    div ecx
    mov eax, edx
    pop ecx
    pop edx
    ret
random:
    push ecx
    mov eax, [seed]
    mov ecx, eax
    shl ecx, 13
    xor eax, ecx
    mov ecx, eax
    shr ecx, 17
    xor eax, ecx
    mov ecx, eax
    shl ecx, 5
    xor eax, ecx
    mov [seed], eax
    pop ecx
    ret

putc:
    out 0xE9, al
    ret
put_hex:                            ; EAX, CL digits
    push ecx
    push eax
    movzx ecx, cl
    mov ch, cl
    neg cl
    add cl, 8
    shl cl, 2
    shl eax, cl
    mov cl, ch
    movzx ecx, cl
.digit:
    rol eax, 4
    push eax
    and al, 15
    cmp al, 10
    sbb al, 0x69
    das
    call putc
    pop eax
    loop .digit
    mov al, ' '
    call putc
    pop eax
    pop ecx
    ret

start:
    mov eax, 0x80000000             ; the display
.find:
    mov dx, 0xCF8
    out dx, eax
    mov ecx, eax
    mov dx, 0xCFC
    in eax, dx
    cmp eax, 0x00B81013
    je .found
    lea eax, [ecx + 0x800]
    cmp eax, 0x80010000
    jb .find
    mov al, '?'
    call putc
    jmp end
.found:
    lea eax, [ecx + 0x10]
    mov dx, 0xCF8
    out dx, eax
    mov dx, 0xCFC
    in eax, dx
    and eax, 0xFFFFFFF0
    mov [lfb], eax
    mov dx, 0x3C4
    mov ax, 0x1206
    out dx, ax
    mov dword [number], 0

next:
    call fill
    call choose
    call blit
    call tell
    inc dword [number]
    cmp dword [number], CASES
    jb next
end:
    mov al, 10
    call putc
    mov al, 0
    out 0xF4, al                    ; either machine's way to end
    mov dx, 0x501
    out dx, al
    cli
    hlt
    jmp $ - 1

; New contents, so that one difference does not make others.
fill:
    mov edi, [lfb]
    mov ecx, VRAM_BYTES / 4
.next:
    call random
    stosd
    loop .next
    ret

; Dots of 16 and 32 bits are at their bounds: elsewhere QEMU moves them there.
align_dots:
    mov cl, [depth]
    mov eax, ~1
    cmp cl, 1
    je .align
    mov eax, ~3
    cmp cl, 3
    jne .out
.align:
    and [dest], eax
    and [source], eax
    and [dpitch], eax
    and [spitch], eax
.out:
    ret

; What comes: [mode] GR30, [rop], [extended] GR33, [clip] GR2F, sizes, pitches, places.
choose:
    mov eax, 7
    call below
    mov [kind], al
    call random
    shr eax, 13
    and al, 3
    mov [depth], al
    movzx ebx, al
    inc bl
    mov [bytes], ebx
    call random
    shr eax, 7
    and eax, 15
    mov al, [rops + eax]
    mov [rop], al
%ifdef QEMU
    cmp al, 0x90
    je .exchange
    cmp al, 0xDA
    jne .same
.exchange:
    xor al, 0x90 ^ 0xDA
.same:
%endif
    mov [rop_here], al
    mov byte [extended], 0
    mov byte [clip], 0
    call random
    mov [foreground], eax
    call random
    mov [background], eax

    mov eax, 16
    call below
    inc eax
    mov [height], eax
    mov eax, 48                     ; whole dots
    call below
    inc eax
    imul eax, [bytes]
    mov [width], eax
    mov eax, 256
    call below
    add eax, 200
    mov [dpitch], eax
    mov eax, 256
    call below
    add eax, 200
    mov [spitch], eax
    mov eax, 0x2000
    call below
    add eax, 0x4000
    mov [dest], eax
    mov eax, 0x2000
    call below
    add eax, 0x4000
    mov [source], eax

    movzx eax, byte [depth]
    shl al, 4
    mov [mode], al
    cmp byte [kind], 0
    je .placed
    call align_dots
    sub dword [source], 0x4000      ; patterns and bits are not drawn over
.placed:
    movzx eax, byte [kind]
    jmp [.kinds + eax * 4]
.kinds: dd .copy, .pattern, .expand, .pattern_expand, .solid, .system, .system_expand

.copy:
    mov eax, 200                    ; any number of bytes
    call below
    inc eax
    mov [width], eax
    call random
    test ah, 1
    jz .direction
    mov eax, 300                    ; over each other
    call below
    add eax, [dest]
    sub eax, 150
    mov [source], eax
    mov eax, [dpitch]
    mov [spitch], eax
.direction:
    call random
    shr eax, 9
    and al, 1
    or [mode], al
.key:                               ; a key colour: bytes or words
    call random
    test ah, 2
    jz .no_key
    and byte [mode], 0x15
    or byte [mode], 0x08
    and byte [depth], 1
    inc dword [width]
    and dword [width], ~1
    call align_dots
    test byte [mode], 1             ; downwards an address is that of the last byte
    jz .no_key
    test byte [mode], 0x10
    jz .no_key
    or byte [dest], 1
    or byte [source], 1
.no_key:
    ret

.pattern:
    or byte [mode], 0x40
    and dword [source], ~0xFF
    jmp .clipped
.pattern_expand:
    or byte [mode], 0xC0
    and dword [source], ~0xFF       ; (QEMU: on bounds of coloured ones)
    jmp .transparent
.expand:
    or byte [mode], 0x80
.transparent:
    call random
    test ah, 1
    jz .clipped
    or byte [mode], 0x08
    test ah, 2
    jz .clipped
    or byte [extended], 2           ; the other bits are the opaque ones
.clipped:
    cmp byte [depth], 2             ; (24 bits a dot: the two count GR2F differently)
    je .unclipped
    call random
    shr eax, 11
    and al, 7
    mov [clip], al
    movzx eax, al                   ; something is left
    imul eax, [bytes]
    add [width], eax
.unclipped:
    ret
.solid:
    or byte [mode], 0xC0
    mov byte [extended], 4
    ret
.system:
    or byte [mode], 0x04
    jmp .key
.system_expand:
    or byte [mode], 0x84
    add dword [height], 3           ; whole double words of data
    and dword [height], ~3
    jmp .transparent

blit:
    gr 0x31, 0x04                   ; nothing is left over
    gr 0x31, 0x00
    gr 0x09, 0
    gr 0x0A, 0
    gr 0x0B, 0x00
    gr 0x05, 0x40
    mov esi, .registers
.register:
    lodsb
    cmp al, 0xFF
    je .set
    mov bl, al
    lodsd
    mov ah, [eax]
    mov al, bl
    call put_gr
    jmp .register
.set:
    dec dword [width]
    dec dword [height]
    gr 0x20, [width]
    gr 0x21, [width + 1]
    gr 0x22, [height]
    gr 0x23, [height + 1]
    inc dword [width]
    inc dword [height]
    gr 0x31, 0x02
    test byte [mode], 4
    jz .wait
    ; The data: so many bytes a line.
    mov eax, [width]
    add eax, 3
    and eax, ~3
    test byte [mode], 0x80
    jz .line
    mov eax, [width]
    xor edx, edx
    div dword [bytes]
    add eax, 7
    shr eax, 3
.line:
    imul eax, [height]
    mov ecx, eax
    shr ecx, 2
    mov edi, [lfb]
    add edi, 0x7000
.data:
    call random
    mov [edi], eax
    loop .data
.wait:
    mov al, 0x31
    call get_gr
    test al, 9
    jnz .wait
    ret
.registers:
%macro register 2
    db %1
    dd %2
%endmacro
    register 0x00, background
    register 0x10, background + 1
    register 0x12, background + 2
    register 0x14, background + 3
    register 0x01, foreground
    register 0x11, foreground + 1
    register 0x13, foreground + 2
    register 0x15, foreground + 3
    register 0x24, dpitch
    register 0x25, dpitch + 1
    register 0x26, spitch
    register 0x27, spitch + 1
    register 0x28, dest
    register 0x29, dest + 1
    register 0x2A, dest + 2
    register 0x2C, source
    register 0x2D, source + 1
    register 0x2E, source + 2
    register 0x2F, clip
    register 0x30, mode
    register 0x32, rop_here
    register 0x33, extended
    register 0x34, background       ; the key
    register 0x35, background + 1
    register 0x38, zero
    register 0x39, zero
    db 0xFF

%macro field 2
    mov eax, [%1]
    mov cl, %2
    call put_hex
%endmacro
tell:
    field number, 4
    field mode, 2
    field rop, 2
    field extended, 2
    field clip, 1
    field width, 3
    field height, 2
    field dpitch, 3
    field spitch, 3
    field dest, 4
    field source, 4
    mov esi, [lfb]
    mov ecx, VRAM_BYTES / 4
    mov eax, 0x811C9DC5
.sum:
    xor eax, [esi]
    imul eax, eax, 0x01000193
    rol eax, 7
    add esi, 4
    loop .sum
    mov cl, 8
    call put_hex
    mov al, 10
    jmp putc

rops: db 0x00, 0x05, 0x06, 0x09, 0x0B, 0x0D, 0x0E, 0x50, 0x59, 0x6D, 0x90, 0x95, 0xAD, 0xD0, 0xD6, 0xDA

    align 4
seed:       dd SEED
lfb:        dd 0
number:     dd 0
bytes:      dd 0
width:      dd 0
height:     dd 0
dpitch:     dd 0
spitch:     dd 0
dest:       dd 0
source:     dd 0
foreground: dd 0
background: dd 0
kind:       dd 0
depth:      dd 0
mode:       dd 0
rop:        dd 0
rop_here:   dd 0
extended:   dd 0
clip:       dd 0
zero:       dd 0
    times 9 * 512 - ($ - $$) db 0
