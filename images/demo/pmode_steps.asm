; What the protected mode page does once it is there. Every step checks its own result:
; the check marks on the screen are earned.

TWICE_A         equ 0x400000    ; two linear addresses of one physical page
TWICE_B         equ 0x401000
MISSING         equ 0x402000    ; not mapped until it is needed
FAULT_ADDRESS   equ MISSING + 0xABC

EFLAGS_NT       equ 1 << 14     ; nested task
EFLAGS_VM       equ 1 << 17     ; virtual 8086 mode

; pm_check CONDITION: ends in pm_wrong unless the condition holds.
%macro pm_check 1
    j%+1 %%holds
    call pm_wrong               ; never returns; the address on the stack tells where
%%holds:
%endmacro

    bits 32
pm_steps:
    pm_line 'CR0.PE = 1: 32-bit protected mode. CS = '
    mov ah, CYAN
    mov edx, cs
    mov ecx, 4
    call pm_hex
    mov ah, PLAIN
    pm_note ', base 00010000, ring 0'

    ; The limit of a segment is enforced: read it back with LSL.
    mov ax, SEL_DATA
    lsl ecx, ax
    cmp ecx, 0xFFFF
    pm_check e
    mov ax, SEL_FLAT
    lsl ecx, ax
    cmp ecx, 0xFFFFFFFF
    pm_check e
    pm_line 'Segment limits by LSL: ours 0000FFFF, the flat one FFFFFFFF'

    mov dword [main_tss + tss.ss0], SEL_DATA
    mov ax, SEL_TSS
    ltr ax
    pm_line 'Task register loaded: the TSS names the stack for ring 0'

    mov eax, PAGE_DIRECTORY
    mov cr3, eax
    mov eax, cr0
    or eax, CR0_PG
    mov cr0, eax
    jmp short .paging           ; the 386 wants a jump here
.paging:
    inc byte [pm_row]
    pm_line 'CR0.PG = 1: paging. Directory (CR3) at '
    mov ah, CYAN
    mov edx, cr3
    call pm_hex8

    ; One page at two addresses: what is written at one is read at the other.
    mov dword [es:TWICE_A], 0x52524546  ; "FERR"
    mov dword [es:TWICE_B + 4], 0x20455449 ; "ITE "
    cmp dword [es:TWICE_B], 0x52524546
    pm_check e
    cmp dword [es:TWICE_A + 4], 0x20455449
    pm_check e
    pm_line 'One page, two addresses: wrote "FERR" at 00400000, "ITE" at 00401004'
    call pm_new_line
    add edi, 4
    mov ah, PLAIN
    pm_note 'read at 00401000: "'
    mov ah, CYAN
    mov ebx, TWICE_B
    mov ecx, 7
.letters:
    mov al, [es:ebx]
    inc ebx
    stosw
    loop .letters
    mov ah, PLAIN
    pm_note '"'

    ; The processor has marked the page as used: accessed (20h) and dirty (40h).
    mov eax, [es:SECOND_TABLE]
    and eax, 0xFFF
    cmp eax, 0x63
    pm_check e
    pm_line 'Its table entry now says accessed and dirty: '
    mov ah, CYAN
    mov edx, [es:SECOND_TABLE]
    call pm_hex8

    inc byte [pm_row]
    ; A page fault on purpose; the handler puts a page there and the read is repeated.
    mov dword [es:LATE_PAGE + 0xABC], 0xC0FFEE
    mov byte [expected_fault], 1
    pm_line 'Reading '
    mov ah, CYAN
    mov edx, FAULT_ADDRESS
    call pm_hex8
    mov ah, PLAIN
    pm_note ', where no page is ...'
    mov eax, [es:FAULT_ADDRESS]
    mov edx, eax
    cmp eax, 0xC0FFEE
    pm_check e
    cmp byte [expected_fault], 0
    pm_check e
    call pm_new_line
    add edi, 4
    mov ah, PLAIN
    pm_note "the handler has put a page there, the read gives "
    mov ah, CYAN
    mov edx, [es:FAULT_ADDRESS]
    call pm_hex8

    inc byte [pm_row]
    call run_ring3
    inc byte [pm_row]
    call run_task
    call run_v86
    ret

; A check failed: say so and leave.
pm_wrong:
    call pm_new_line
    mov ah, RED
    pm_note "This step went wrong before EIP "
    pop edx
    call pm_hex8
    mov byte [pm_failed], 1
    jmp leave_protected_mode

; ---- the page fault handler ------------------------------------------------------------
; CR2 is the address, the error code says what was wrong: bit 0 set: the page is there but
; protected; bit 1: a write; bit 2: from ring 3. Carry set on return: not expected.
on_page_fault:
    cmp byte [expected_fault], 1
    je .missing
    cmp byte [expected_fault], 2
    je .protected
.unknown:
    stc
    ret

.missing:
    mov eax, cr2
    cmp eax, FAULT_ADDRESS
    jne .unknown
    cmp dword [ss:ebp + exception_frame.error], 0
    jne .unknown
    call report_fault
    pm_note ': not there, read, ring 0'
    ; The remedy: an entry for the page. The fault happened before the instruction did
    ; anything, so IRET runs it again.
    mov dword [es:SECOND_TABLE + 2 * 4], LATE_PAGE | PAGE_PRESENT | PAGE_WRITE
    mov byte [expected_fault], 0
    clc
    ret

.protected:
    mov eax, cr2
    cmp eax, 0xB8000
    jne .unknown
    cmp dword [ss:ebp + exception_frame.error], 7
    jne .unknown
    call report_fault
    pm_note ': protected, write, ring 3'
    mov dword [ss:ebp + exception_frame.eip], user_after_fault
    mov byte [expected_fault], 0
    clc
    ret

report_fault:
    call pm_new_line
    add edi, 4
    mov ah, PLAIN
    pm_note 'page fault: CR2 '
    mov ah, CYAN
    mov edx, cr2
    call pm_hex8
    mov ah, PLAIN
    pm_note ', error code '
    mov ah, CYAN
    mov edx, [ss:ebp + exception_frame.error]
    mov ecx, 1
    call pm_hex
    mov ah, PLAIN
    ret

; ---- ring 3 ----------------------------------------------------------------------------
; IRET is the door downwards: it loads CS, EIP, SS and ESP of the less privileged ring. Back
; up leads only what the IDT allows: our system call.
run_ring3:
    mov byte [expected_fault], 2
    mov [resume_esp], esp
    mov [main_tss + tss.esp0], esp
    push dword SEL_USER_DATA
    push dword user_stack_top
    push dword 2                ; EFLAGS: no interrupts, I/O level 0
    push dword SEL_USER_CODE
    push dword user_program
    iretd

; This runs in ring 3. It can compute and ask, nothing else.
user_program:
    mov ax, SEL_USER_DATA
    mov ds, ax
    mov ax, SEL_USER_FLAT
    mov es, ax
    mov eax, 1                  ; system call 1: print the line at ESI
    mov esi, .hello
    int SYSTEM_CALL
    mov word [es:0xB8000], 0x0741   ; the screen belongs to ring 0: page fault
    ; The handler comes back here:
user_after_fault:
    cli                         ; only the I/O level may do this: general protection
user_after_cli:
    mov eax, 0                  ; system call 0: done
    int SYSTEM_CALL
section .data
user_program.hello: db 'Ring 3 prints this by INT 30h, for it cannot reach the screen:', 0
section .text

; EAX = 0: end the task, 1: print the line at ESI.
system_call:
    push ds
    push es
    push eax
    mov ax, SEL_DATA
    mov ds, ax
    mov ax, SEL_FLAT
    mov es, ax
    pop eax
    cmp eax, 0
    je .end
    push edi
    call pm_step
    pop edi
    pop es
    pop ds
    iretd
.end:
    mov esp, [resume_esp]       ; forget the task, go on after the IRET that started it
    cmp byte [expected_fault], 4
    pm_check e                  ; both faults must have come, in this order
    mov byte [expected_fault], 0
    ret

; ---- a second task ---------------------------------------------------------------------
; A far call to a TSS selector: the processor saves all registers in our TSS and loads those
; of the other one. IRET with the NT flag set goes back.
run_task:
    mov dword [other_tss + tss.eip], other_task
    mov dword [other_tss + tss.cs], SEL_CODE
    mov dword [other_tss + tss.ds], SEL_DATA
    mov dword [other_tss + tss.es], SEL_FLAT
    mov dword [other_tss + tss.ss], SEL_DATA
    mov dword [other_tss + tss.esp], task_stack_top
    mov dword [other_tss + tss.eflags], 2
    mov dword [other_tss + tss.cr3], PAGE_DIRECTORY
    mov dword [main_tss + tss.cr3], PAGE_DIRECTORY  ; a switch loads CR3 but never saves it
    mov dword [task_runs], 0
    mov ebx, 0x11111111
    call SEL_TASK:0             ; the offset does not matter
    call SEL_TASK:0
    call SEL_TASK:0
    cmp ebx, 0x11111111         ; our registers are untouched
    pm_check e
    cmp dword [task_runs], 3
    pm_check e
    pm_line 'Hardware task switch: called a second TSS 3 times, it counted to '
    mov ah, CYAN
    mov edx, [task_runs]
    mov ecx, 1
    jmp pm_hex

other_task:
    mov ebx, 0x22222222
    inc dword [task_runs]
    iretd                       ; to the caller; the next call goes on right here
    jmp other_task

; ---- virtual 8086 mode -----------------------------------------------------------------
; A task for programs from real mode: segments mean what they meant on the 8086, but paging
; and protection stay on. What it must not do (an INT, for example) ends in the general
; protection handler, which does it for it: so a DOS call can be served without any DOS.
run_v86:
    mov byte [expected_fault], 5
    mov [resume_esp], esp
    mov [main_tss + tss.esp0], esp
    push dword 0                ; GS
    push dword 0                ; FS
    push dword SEGMENT_BASE >> 4 ; DS
    push dword 0                ; ES
    push dword SEGMENT_BASE >> 4 ; SS
    push dword user_stack_top
    push dword EFLAGS_VM | 2
    push dword SEGMENT_BASE >> 4 ; CS
    push dword v86_program
    iretd

; Plain 8086 code, as it could stand in a .COM file.
    bits 16
v86_program:
    mov dx, .hello
    mov ah, 0x09                ; DOS function 09h: print up to a '$'
    int 0x21
    mov ax, 0x4C00              ; DOS function 4Ch: end
    int 0x21
section .data
v86_program.hello: db 'Virtual 8086 mode: printed by INT 21h, and there is no DOS$'
section .text

    bits 32
; General protection. Expected are: CLI in ring 3, and INT in virtual 8086 mode. Carry set:
; something else.
on_protection_fault:
    test dword [ss:ebp + exception_frame.eflags], EFLAGS_VM
    jnz .v86
    cmp dword [ss:ebp + exception_frame.eip], user_after_fault
    jne .unknown
    cmp dword [ss:ebp + exception_frame.error], 0
    jne .unknown
    call pm_new_line
    add edi, 4
    mov ah, PLAIN
    pm_note 'general protection: CLI is not for ring 3, error code '
    mov ah, CYAN
    mov edx, [ss:ebp + exception_frame.error]
    mov ecx, 1
    call pm_hex
    mov dword [ss:ebp + exception_frame.eip], user_after_cli
    mov byte [expected_fault], 4
    clc
    ret
.unknown:
    stc
    ret

.v86:
    cmp byte [expected_fault], 5
    jne .unknown
    ; The instruction that failed: CS * 16 + IP.
    movzx ebx, word [ss:ebp + exception_frame.cs]
    shl ebx, 4
    movzx eax, word [ss:ebp + exception_frame.eip]
    add ebx, eax
    cmp word [es:ebx], 0x21CD   ; INT 21h
    jne .unknown
    mov eax, [ss:ebp + exception_frame.eax]
    cmp ah, 0x09
    je .print
    cmp ah, 0x4C
    jne .unknown
    mov byte [expected_fault], 0
    mov esp, [resume_esp]       ; the 8086 task is over
    ret
.print:
    call pm_new_line
    mov ax, GREEN << 8 | 0xFB
    stosw
    mov ax, PLAIN << 8 | ' '
    stosw
    movzx ebx, word [ss:ebp + exception_frame.v86_ds]
    shl ebx, 4
    movzx edx, word [ss:ebp + exception_frame.edx]
    add ebx, edx
.next:
    mov al, [es:ebx]
    inc ebx
    cmp al, '$'
    je .printed
    stosw
    jmp .next
.printed:
    add dword [ss:ebp + exception_frame.eip], 2     ; past the INT
    clc
    ret

section .bss
resume_esp:     resd 1
task_runs:      resd 1
expected_fault: resb 1          ; which step a fault belongs to, 0: none is expected
section .text
