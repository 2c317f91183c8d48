; Ferrite VGA BIOS: the protected-mode interface (VBE 2.0, 4F0Ah): three functions as
; 32-bit code that a program copies to wherever it likes, and calls near. The code keeps
; all registers but EAX, and asks nothing of DS.

; AL=0Ah: BL = 0: ES:DI = the table, CX = its length with the code.
vbe_protected:
    test bl, bl
    jnz vbe_failed
    mov [bp + FR_ES], cs
    mov word [bp + FR_DI], pm_table
    mov word [bp + FR_CX], pm_end - pm_table
    jmp vbe_ok

align 4, db 0
pm_table:
    dw pm_window - pm_table, pm_start - pm_table, pm_palette - pm_table, pm_ports - pm_table
pm_ports:                           ; for the permission map; then memory: none
%ifdef CIRRUS
    dw SEQ_PORT, SEQ_PORT + 1, GC_PORT, GC_PORT + 1, 0x3D4, 0x3D5, DAC_WRITE, DAC_DATA
    dw 0x3DA, 0xFFFF
%else
    dw DISPI_INDEX, DISPI_INDEX + 1, DISPI_INDEX + 2, DAC_WRITE, DAC_DATA, 0x3DA, 0xFFFF
%endif
    dw 0xFFFF

    bits 32
%ifdef CIRRUS
; AL = register AL of the CRT controller. Destroys DX.
pm_crtc:
    mov dx, 0x3D4
    out dx, al
    inc edx
    in al, dx
    ret
%else
; Register AL := CX. Destroys EAX, EDX.
pm_put:
    mov dx, DISPI_INDEX
    xor ah, ah
    out dx, ax
    inc edx
    mov ax, cx
    out dx, ax
    ret
; EAX = register AL. Destroys EDX.
pm_get:
    mov dx, DISPI_INDEX
    movzx eax, al
    out dx, ax
    inc edx
    in ax, dx
    ret
%endif
; BL bit 7: wait for the beginning of a retrace. Destroys EAX, EDX.
pm_retrace:
    test bl, 0x80
    jz .done
    mov dx, 0x3DA
.in:
    in al, dx
    test al, 8
    jnz .in
.out:
    in al, dx
    test al, 8
    jz .out
.done:
    ret

; As AL=05h.
pm_window:
    push ecx
    test bl, bl
    jnz .failed
    cmp bh, 1
    ja .failed
    je .get
%ifdef CIRRUS
    push edx
    mov al, 0x09
    mov ah, dl
    shl ah, 2                       ; in 16 KB
    mov dx, GC_PORT
    out dx, ax
    pop edx
    jmp .ok
.get:
    mov dx, GC_PORT
    mov al, 0x09
    out dx, al
    inc edx
    in al, dx
    shr al, 2
    movzx edx, al
%else
    push edx
    mov ecx, edx
    mov al, DISPI_BANK
    call pm_put
    pop edx
    jmp .ok
.get:
    mov al, DISPI_BANK
    call pm_get
    mov edx, eax
%endif
.ok:
    pop ecx
    mov eax, 0x004F
    ret
.failed:
    pop ecx
    mov eax, 0x014F
    ret

; As AL=07h with BL = 0 or 80h, but DX:CX is where the picture begins: in bytes of a plane
; with 4 bits a dot, else in units of four bytes.
%ifdef CIRRUS
pm_start:                           ; which is how the chip counts as well
    push ebx
    push ecx
    push edx
    test bl, 0x7F
    jnz .failed
    shl edx, 16
    mov dx, cx
    mov ecx, edx
    mov dx, SEQ_PORT
    mov al, SCRATCH_MODE
    out dx, al
    inc edx
    in al, dx
    test al, MODE_ON
    jz .failed
    call pm_retrace
    mov dx, 0x3D4
    mov al, 0x0D
    mov ah, cl
    out dx, ax
    mov al, 0x0C
    mov ah, ch
    out dx, ax
    shr ecx, 16
    mov bl, cl
    mov bh, cl
    and bl, 1                       ; bit 16,
    and bh, 6                       ; 17 and 18,
    shl bh, 1
    or bl, bh
    and cl, 8                       ; and 19
    shl cl, 4
    mov al, 0x1B
    call pm_crtc
    and al, ~0x0D & 0xFF
    or al, bl
    out dx, al
    mov al, 0x1D
    call pm_crtc
    and al, 0x7F
    or al, cl
    out dx, al
    mov eax, 0x004F
    jmp .out
.failed:
    mov eax, 0x014F
.out:
    pop edx
    pop ecx
    pop ebx
    ret
%else
pm_start:
    push ebx
    push ecx
    push edx
    push esi
    push edi
    test bl, 0x7F
    jnz .failed
    movzx esi, cx
    shl edx, 16
    or esi, edx
    mov al, DISPI_ENABLE
    call pm_get
    test al, DISPI_ON
    jz .failed
    mov al, DISPI_VWIDTH
    call pm_get
    mov ecx, eax                    ; dots of a line
    mov al, DISPI_BPP
    call pm_get
    cmp al, 4
    jne .packed
    shr ecx, 3
    mov eax, esi
    xor edx, edx
    div ecx
    mov esi, eax                    ; line
    lea edi, [edx * 8]              ; dot
    jmp .set
.packed:
    add eax, 7
    shr eax, 3
    mov edi, eax                    ; bytes of a dot
    imul ecx, eax
    lea eax, [esi * 4]
    xor edx, edx
    div ecx
    mov esi, eax
    mov eax, edx
    xor edx, edx
    div edi
    mov edi, eax
.set:
    call pm_retrace
    mov ecx, edi
    mov al, DISPI_X
    call pm_put
    mov ecx, esi
    mov al, DISPI_Y
    call pm_put
    mov eax, 0x004F
    jmp .out
.failed:
    mov eax, 0x014F
.out:
    pop edi
    pop esi
    pop edx
    pop ecx
    pop ebx
    ret
%endif

; As AL=09h with BL = 0 or 80h; the colours are at ES:EDI.
pm_palette:
    push ecx
    push edx
    push edi
    test bl, 0x7F
    jnz .failed
    movzx ecx, cx
    cmp ecx, 256
    ja .failed
    jecxz .ok
    push edx
    call pm_retrace
    pop edx
    mov al, dl
    mov dx, DAC_WRITE
    out dx, al
    inc edx
.next:
    mov al, [es:edi + 2]
    out dx, al
    mov al, [es:edi + 1]
    out dx, al
    mov al, [es:edi]
    out dx, al
    add edi, 4
    loop .next
.ok:
    mov eax, 0x004F
    jmp .out
.failed:
    mov eax, 0x014F
.out:
    pop edi
    pop edx
    pop ecx
    ret
pm_end:
    bits 16
