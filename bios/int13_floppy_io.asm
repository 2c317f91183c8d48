; Ferrite system BIOS: INT 13h for diskettes: read, write, verify, format.
;
; One controller command moves the sectors of a cylinder, both heads (the multi-track bit);
; a call that goes on past its end is cut into several. IBM's own BIOS ended there with an error;
; that a transfer simply goes on is what boot loaders have come to expect.

; ------------------------------------------------- read, write, verify

fd_read:
    mov byte [bp + L_CMD], 0xE6
    mov byte [bp + L_DMA], DMA_READ
    jmp fd_transfer
fd_write:
    mov byte [bp + L_CMD], 0xC5
    mov byte [bp + L_DMA], DMA_WRITE
    jmp fd_transfer
fd_verify:
    mov byte [bp + L_CMD], 0xE6     ; read, with the DMA only counting
    mov byte [bp + L_DMA], DMA_VERIFY

fd_transfer:
    mov al, [bp + FR_AL]
    mov byte [bp + FR_AL], 0        ; sectors done
    mov byte [bp + L_DONE], 0
    mov [bp + L_LEFT], al
    test al, al
    jz fd_bad
    cmp byte [bp + FR_DH], 1
    ja fd_bad

    ; Length and address; a DMA channel cannot cross a 64 KB boundary.
    xor ebx, ebx
    cmp byte [bp + L_DMA], DMA_VERIFY
    je .no_memory
    call fd_size
    movzx eax, byte [bp + L_LEFT]
    shl eax, cl
    dec eax
    cmp eax, 0xFFFF
    ja .boundary
    movzx ebx, word [bp + FR_ES]
    shl ebx, 4
    movzx ecx, word [bp + FR_BX]
    add ebx, ecx
    mov cx, bx
    add cx, ax
    jc .boundary
.no_memory:
    mov [bp + L_ADDR], ebx
    call fd_select
    jc fd_fail
    call fd_check_change
    jc fd_fail

.piece:
    mov byte [bp + L_RETRY], 2
.again:
    mov byte [bp + L_RESULT], 0
    call fd_media
    jc .error
    call fd_position
    jc .error
    call fd_extent
    call fd_command
    jc .error
    test byte [FD_RESULT], 0xC0
    jz .done
    mov byte [bp + L_RESULT], 1
    call fdc_error

.error:
    cmp ah, ERR_TIMEOUT
    je .hung
    cmp ah, ERR_PROTECTED
    je .give_up
    dec byte [bp + L_RETRY]
    jz .count
    ; Once more from the start: the arm found anew, the data rate too.
    movzx bx, byte [bp + L_DRV]
    mov al, [cs:bit_mask + bx]
    not al
    and [FD_RECAL], al
    and byte [FD_MEDIA + bx], ~0x10 & 0xFF
    jmp .again

.boundary:
    mov ah, ERR_DMA_64K
    jmp fd_fail
.hung:
    call fdc_reset
    mov ah, ERR_TIMEOUT
    jmp .give_up

; Count what was transferred before the error: the results name the sector
; that failed.
.count:
    cmp byte [bp + L_RESULT], 0
    je .give_up
    mov al, [FD_RESULT + 5]
    sub al, [bp + L_SECT]
    mov cl, [FD_RESULT + 4]
    cmp cl, [bp + L_WHEAD]
    je .one_head
    add al, [bp + L_SPT]
.one_head:
    cmp al, [bp + L_PIECE]
    ja .give_up
    add [bp + L_DONE], al
.give_up:
    mov al, [bp + L_DONE]
    mov [bp + FR_AL], al
    jmp fd_fail

; A command has ended well: on to the next cylinder if that was not all.
.done:
    mov al, [bp + L_PIECE]
    add [bp + L_DONE], al
    sub [bp + L_LEFT], al
    jz .all
    cmp byte [bp + L_DMA], DMA_VERIFY
    je .next
    call fd_size
    movzx eax, byte [bp + L_PIECE]
    shl eax, cl
    add [bp + L_ADDR], eax
.next:
    mov byte [bp + L_SECT], 1
    mov byte [bp + L_WHEAD], 0
    mov byte [bp + L_HEAD], 0
    inc byte [bp + L_CYL]
    jnz .piece
    mov ah, ERR_NOT_FOUND           ; there are no more numbers for cylinders
    jmp .give_up
.all:
    mov al, [bp + L_DONE]
    mov [bp + FR_AL], al
    jmp fd_ok

; CL = 7 + N: a sector has 1 << CL bytes. Destroys AL, SI.
fd_size:
    mov si, 3
    call fd_param
    mov cl, al
    and cl, 7
    add cl, 7
    ret

; Read or write (L_CMD) L_PIECE sectors from L_SECT on, memory at L_ADDR. CF = 1: AH = error;
; else FD_RESULT says how it ended.
fd_command:
    call fd_size
    movzx eax, byte [bp + L_PIECE]
    shl eax, cl
    dec eax
    cmp eax, 0xFFFF                 ; (a verification has no limit but the channel's)
    ja .too_long
    mov cx, ax
    mov al, [bp + L_DMA]
    mov ebx, [bp + L_ADDR]
    call fdc_dma

    mov al, [bp + L_CMD]
    call fdc_out
    jc .out
    call fdc_unit
    call fdc_out
    jc .out
    mov al, [bp + L_CYL]            ; C H R N as the address mark holds them
    call fdc_out
    jc .out
    mov al, [bp + L_WHEAD]
    call fdc_out
    jc .out
    mov al, [bp + L_SECT]
    call fdc_out
    jc .out
    mov si, 3
    call fd_param
    call fdc_out
    jc .out
    mov al, [bp + L_SPT]
    call fdc_out
    jc .out
    mov si, 5
    call fd_param
    call fdc_out
    jc .out
    mov si, 6
    call fd_param
    call fdc_out
    jc .out
    call fdc_wait_irq
    jc .out
    call fdc_results
.out:
    ret
.too_long:
    mov ah, ERR_DMA_64K
    stc
    ret

; Move to the cylinder L_CYL; before writing, let the head settle.
fd_position:
    movzx bx, byte [bp + L_DRV]
    mov al, [bp + L_CYL]
    test byte [FD_MEDIA + bx], 0x20
    jz .single
    add al, al
.single:
    mov byte [bp + L_MOVED], 0
    call fdc_seek
    jc .out
    cmp byte [bp + L_DMA], DMA_WRITE
    jne .done
    cmp byte [bp + L_MOVED], 0
    je .done
    mov si, 9
    call fd_param
    movzx cx, al
    call rest_ms
.done:
    clc
.out:
    ret

; L_SPT: where the track ends. The parameter table decides, as ever; while it
; is still the ROM's, the medium found decides. A request past it on purpose
; (copy protection, odd formats) is given its own last sector. L_PIECE: how many
; of the sectors wanted one command can move.
fd_extent:
    mov si, 4
    call fd_param
    call fd_param_is_rom
    jne .given
    movzx bx, byte [bp + L_DRV]
    mov ah, [FD_MEDIA + bx]
    and ah, 0xC0
    mov al, 36
    cmp ah, 0xC0
    je .given
    mov al, 9
    test ah, ah
    jnz .given
    mov al, 15
    cmp byte [bp + L_TYPE], 2
    je .given
    mov al, 18
.given:
    mov ah, [bp + L_LEFT]
    mov cl, al
    sub cl, [bp + L_SECT]
    jb .beyond
    inc cl                          ; sectors to the end of this track
    cmp byte [bp + L_WHEAD], 0
    jne .track
    movzx si, byte [bp + L_TYPE]
    shl si, 2
    cmp byte [cs:fd_limits + si + 2], 0
    je .track                       ; a drive with one head
    add cl, al                      ; and the other side
    jc .set
.track:
    cmp ah, cl
    jbe .set
    mov ah, cl
    jmp .set
.beyond:
    mov al, [bp + L_SECT]
    add al, ah
    jc .last
    dec al
    jmp .set
.last:
    mov al, 0xFF
.set:
    mov [bp + L_SPT], al
    mov [bp + L_PIECE], ah
    ret

; ---------------------------------------------------------------- format

; AH=05h: format track CH, head DH; ES:BX holds C H R N for each sector.
fd_format:
    cmp byte [bp + FR_DH], 1
    ja fd_bad
    mov byte [bp + L_DMA], DMA_WRITE
    ; Sectors a track: the caller's own parameter table has it; with the ROM's
    ; table in place, AL.
    mov si, 4
    call fd_param
    call fd_param_is_rom
    jne .count
    mov ah, [bp + FR_AL]
    dec ah
    cmp ah, 48
    jae .count
    mov al, [bp + FR_AL]
.count:
    mov [bp + L_SPT], al
    movzx ax, al
    shl ax, 2
    jz fd_bad
    dec ax
    mov [bp + L_BYTES], ax
    movzx ebx, word [bp + FR_ES]
    shl ebx, 4
    movzx ecx, word [bp + FR_BX]
    add ebx, ecx
    mov [bp + L_ADDR], ebx
    add bx, ax
    mov ah, ERR_DMA_64K
    jc fd_fail

    call fd_select
    jc fd_fail
    call fd_check_change
    jc fd_fail
    cmp byte [bp + L_FRESH], 0      ; nothing to read yet that would prove it turns
    je .turning
    call fd_spin_up
.turning:
    movzx bx, byte [bp + L_DRV]
    mov al, [FD_MEDIA + bx]
    test al, 0x10
    jnz .known
    movzx si, byte [bp + L_TYPE]    ; unset: the densest format of the drive
    shl si, 2
    mov al, [cs:fd_media_lists + si]
    mov [FD_MEDIA + bx], al
.known:
    call fdc_set_rate
    call fd_position
    jc .error
    mov al, DMA_WRITE
    mov ebx, [bp + L_ADDR]
    mov cx, [bp + L_BYTES]
    call fdc_dma

    mov al, 0x4D
    call fdc_out
    jc .error
    call fdc_unit
    call fdc_out
    jc .error
    mov si, 3                       ; sector size
    call fd_param
    call fdc_out
    jc .error
    mov al, [bp + L_SPT]
    call fdc_out
    jc .error
    mov si, 7                       ; gap, filler
    call fd_param
    call fdc_out
    jc .error
    mov si, 8
    call fd_param
    call fdc_out
    jc .error
    call fdc_wait_irq
    jc .error
    call fdc_results
    jc .error
    test byte [FD_RESULT], 0xC0
    jz fd_ok
    call fdc_error
.error:
    cmp ah, ERR_TIMEOUT
    jne fd_fail
    call fdc_reset
    mov ah, ERR_TIMEOUT
    jmp fd_fail
