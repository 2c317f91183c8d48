; Page 9: protected mode and paging, step by step.
;
; Real mode knows 1 MB in segments of 64 KB and protects nothing. In protected mode a
; segment register holds a selector: the number of a descriptor in a table (GDT) that says
; where the segment begins, how long it is and who may use it. Interrupts go through a table
; of their own (IDT). Paging then translates every address by tables that we build. This
; page goes there, tries what the tables promise, and comes back to real mode.
;
; The files: this one (the way in and out, the exceptions), pmode_tables.asm (GDT, IDT,
; TSS), pmode_steps.asm (what is done in there). Our segment keeps its base of 10000h in
; protected mode, so every label has the same offset on both sides.

PM_FIRST_ROW    equ 2           ; where the report starts

; Selectors: number of the descriptor * 8 + the privilege level that asks (0 or 3).
SEL_CODE        equ 1 * 8       ; our code, 32-bit
SEL_DATA        equ 2 * 8       ; our data, and the stack of ring 0
SEL_FLAT        equ 3 * 8       ; all 4 GB from address 0
SEL_CODE16      equ 4 * 8       ; for the way back: like a real-mode segment
SEL_DATA16      equ 5 * 8
SEL_USER_CODE   equ 6 * 8 + 3   ; the same memory for ring 3
SEL_USER_DATA   equ 7 * 8 + 3
SEL_USER_FLAT   equ 8 * 8 + 3
SEL_TSS         equ 9 * 8       ; the state of this task
SEL_TASK        equ 10 * 8      ; and of another one

CR0_PE          equ 1 << 0      ; protection enable
CR0_PG          equ 1 << 31     ; paging

page_pmode:
    frame 'PROTECTED MODE   segments, paging, rings and tasks', 'Esc: back to the menu'
    cli                         ; the BIOS's handlers are real-mode code: no IRQs in there
    mov byte [pm_row], PM_FIRST_ROW
    mov byte [pm_failed], 0
    mov [real_mode_sp], sp
    call build_tables
    lgdt [gdt_pointer]
    lidt [idt_pointer]
    mov eax, cr0
    or al, CR0_PE
    mov cr0, eax
    jmp SEL_CODE:protected      ; loads CS with the 32-bit descriptor

    bits 32
protected:
    mov ax, SEL_DATA
    mov ds, ax
    mov ss, ax
    mov esp, pm_stack_top
    mov ax, SEL_FLAT
    mov es, ax
    mov ax, 0                   ; the null selector: using it is an error, having it is not
    mov fs, ax
    mov gs, ax
    call pm_steps
    ; falls through

; Back to real mode. Also reached from an exception that nobody expected.
leave_protected_mode:
    cli
    mov eax, cr0
    and eax, ~CR0_PG            ; safe: this page has the same address either way
    mov cr0, eax
    xor eax, eax
    mov cr3, eax                ; forget the cached translations
    clts                        ; the task switches set CR0.TS, and in real mode the next
                                ; x87 instruction would find no handler that clears it
    jmp SEL_CODE16:.code16
    bits 16
.code16:
    mov ax, SEL_DATA16          ; segments with a limit of 64 KB, as real mode has them:
    mov ds, ax                  ; limits stay when protection goes off
    mov es, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov eax, cr0
    and al, ~CR0_PE & 0xFF
    mov cr0, eax
    jmp SEGMENT_BASE >> 4:.real
.real:
    mov ax, cs
    mov ds, ax
    mov es, ax
    xor ax, ax
    mov fs, ax
    mov gs, ax
    mov ss, ax
    mov sp, [real_mode_sp]
    lidt [real_idt_pointer]     ; the interrupt vectors at 0000:0000 again
    sti

    inc byte [pm_row]
    movzx di, byte [pm_row]
    imul di, di, COLUMNS * 2
    add di, 4
    mov si, .back_text
    mov ah, GREEN
    cmp byte [pm_failed], 0
    je .report
    mov si, .failed_text
    mov ah, RED
.report:
    call put_string
    jmp wait_esc

section .data
.back_text:   db 0xFB, ' Back in real mode: all steps done.', 0
.failed_text: db 'Back in real mode: a step failed.', 0
real_idt_pointer:
    dw 0x3FF                    ; 256 vectors of four bytes
    dd 0
section .text

; ---- exceptions ------------------------------------------------------------------------
; The processor pushes EFLAGS, CS, EIP, and with some exceptions an error code. Each entry
; makes that uniform (a zero where there is no code), adds its number and goes on here.
    bits 32
%macro exception_entry 2        ; NUMBER, has an error code
    %if %2 == 0
    push dword 0
    %endif
    push dword %1
    jmp exception
%endmacro

%assign number 0
%rep 32
exception_%+number:
    %if number == 8 || (number >= 10 && number <= 14) || number == 17
    exception_entry number, 1
    %else
    exception_entry number, 0
    %endif
%assign number number + 1
%endrep

; The stack at [esp] in the handlers, after PUSHAD and two segment registers.
struc exception_frame
.es:      resd 1
.ds:      resd 1
.edi:     resd 1
.esi:     resd 1
.ebp:     resd 1
.esp:     resd 1
.ebx:     resd 1
.edx:     resd 1
.ecx:     resd 1
.eax:     resd 1
.number:  resd 1
.error:   resd 1
.eip:     resd 1
.cs:      resd 1
.eflags:  resd 1
.user_esp: resd 1               ; from here on only when it came from another ring
.user_ss: resd 1
.v86_es:  resd 1                ; and these only from virtual 8086 mode
.v86_ds:  resd 1
endstruc

exception:
    pushad
    push ds
    push es
    mov ax, SEL_DATA
    mov ds, ax
    mov ax, SEL_FLAT
    mov es, ax
    cld
    mov ebp, esp                ; EBP: the frame
    mov eax, [ss:ebp + exception_frame.number]
    cmp eax, 14
    je .page_fault
    cmp eax, 13
    je .protection_fault
.unexpected:
    call pm_new_line
    mov ah, RED
    mov esi, .unexpected_text
    call pm_string
    mov edx, [ss:ebp + exception_frame.number]
    call pm_hex2
    mov esi, pm_error_text
    call pm_string
    mov edx, [ss:ebp + exception_frame.error]
    call pm_hex8
    mov esi, pm_eip_text
    call pm_string
    mov edx, [ss:ebp + exception_frame.eip]
    call pm_hex8
    mov byte [pm_failed], 1
    jmp leave_protected_mode
.page_fault:
    call on_page_fault
    jc .unexpected
    jmp .return
.protection_fault:
    call on_protection_fault
    jc .unexpected
.return:
    pop es
    pop ds
    popad
    add esp, 8                  ; number and error code
    iretd
section .data
.unexpected_text: db 'Unexpected exception ', 0
pm_error_text:    db ', error code ', 0
pm_eip_text:      db ', EIP ', 0
section .text

; ---- writing from protected mode -------------------------------------------------------
; The same as in screen.asm; here ES is flat and the screen is at B8000. EDI: cell, AH: colour.
pm_new_line:
    movzx edi, byte [pm_row]
    inc byte [pm_row]
    imul edi, edi, COLUMNS * 2
    add edi, 0xB8000 + 4
    ret

pm_string:
    push eax
.next:
    lodsb
    test al, al
    jz .done
    stosw
    jmp .next
.done:
    pop eax
    ret

pm_hex8:
    mov ecx, 8
    jmp pm_hex
pm_hex2:
    mov ecx, 2
pm_hex:                         ; the lowest ECX digits of EDX
    push eax
    push ebx
    mov ebx, ecx
    neg ecx
    lea ecx, [ecx * 4 + 32]
    shl edx, cl
.next:
    rol edx, 4
    mov al, dl
    and al, 0x0F
    cmp al, 10
    sbb al, 0x69
    das
    stosw
    dec ebx
    jnz .next
    pop ebx
    pop eax
    ret

; pm_line 'text': a line of the report, with a check mark in front.
%macro pm_line 1
    mov esi, %%string
    call pm_step
[section .data]
%%string: db %1, 0
__?SECT?__
%endmacro

pm_step:
    call pm_new_line
    mov ax, GREEN << 8 | 0xFB
    stosw
    mov ax, PLAIN << 8 | ' '
    stosw
    mov ah, PLAIN
    jmp pm_string

; pm_note 'text': goes on where the last line ended; the colour stays in AH.
%macro pm_note 1
    mov esi, %%string
    call pm_string
[section .data]
%%string: db %1, 0
__?SECT?__
%endmacro

%include "pmode_tables.asm"
%include "pmode_steps.asm"

    bits 16
section .bss
pm_stack:     resb 1024
pm_stack_top:
user_stack:   resb 512
user_stack_top:
task_stack:   resb 512
task_stack_top:
real_mode_sp: resw 1
pm_row:       resb 1
pm_failed:    resb 1
section .text
