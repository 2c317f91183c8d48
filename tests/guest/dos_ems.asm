; EMS.COM: every function of FERREMS.SYS with its errors; regions moved and exchanged in a random order
; and pages given and taken, against a model; code that is changed through another window. For a
; board of 64 pages (dos_memory.sh).

%include "dos_memory.inc"

%macro ems 1                    ; the function, AX; then AH is in `status` and r_ax is AL
    mov ax, %1
    int 0x67
    kept
    call keep_status
%endmacro
%macro gives 2                  ; a name, the status that is wanted
    want %1, status, %2
%endmacro
%macro handle_of 1
    mov ax, [r_dx]
    mov [%1], ax
%endmacro

ALL     equ 64
FRAME   equ 0xE000

main:
    mov [jump_block.map + 2], cs
    mov [jump_block + 2], cs
    mov [call_block.map + 2], cs
    mov [call_block.old_map + 2], cs
    mov [call_block + 2], cs
    call test_there
    call test_handles
    call test_errors
    call test_contexts
    call test_many
    call test_names
    call test_jumps
    call test_system
    call test_regions
    call test_pages
    call test_model
    call test_code
    jmp finish

keep_status:
    mov ax, [r_ax]
    mov [status], ah
    mov ah, 0
    mov [r_ax], ax
    ret

; Both ways to find it.
test_there:
    mov ax, 0x3567
    int 0x21
    mov si, name_there
    mov di, 10
    mov cx, 8
    repe cmpsb
    push ds
    pop es
    mov [r_cx], cx
    want "behind INT 67h", r_cx, 0
    mov dx, name_there
    mov ax, 0x3D00
    int 0x21
    jc .none
    mov bx, ax
    mov ax, 0x4400
    int 0x21
    and dx, 0x80
    mov [r_dx], dx
    want "a device", r_dx, 0x80
    mov ax, 0x4407
    int 0x21
    mov ah, 0
    mov [r_ax], ax
    want "it is ready", r_ax, 0xFF
    mov ah, 0x3E
    int 0x21
    jmp .found
.none:
    inc byte [unmet]
.found:
    ems 0x4000
    gives "status", 0
    ems 0x4100
    gives "frame", 0
    want "its segment", r_bx, FRAME
    ems 0x4200
    want "free", r_bx, ALL
    want "all", r_dx, ALL
    ems 0x4600
    gives "version", 0
    want "4.0", r_ax, 0x40
    ems 0x3F00
    gives "3Fh", 0x84
    ems 0x4900
    gives "49h", 0x84
    ems 0x4A00
    gives "4Ah", 0x84
    ems 0x5E00
    gives "5Eh", 0x84
    ems 0xDE00                  ; VCPI, which programs ask for after they have found EMS
    gives "DE00h", 0x84
    ret
name_there: db "EMMXXXX0", 0

test_handles:
    mov bx, 0
    ems 0x4300
    gives "no pages", 0x89
    mov bx, ALL + 1
    ems 0x4300
    gives "more than all", 0x87
    mov bx, 60
    ems 0x4300
    gives "60 pages", 0
    handle_of one
    want "the first handle", one, 1
    mov bx, 5
    ems 0x4300
    gives "more than free", 0x88
    mov bx, 4
    ems 0x4300
    gives "the rest", 0
    handle_of two
    ems 0x4200
    want "none free", r_bx, 0
    mov bx, 0
    ems 0x5A00
    gives "none are enough", 0
    mov dx, [r_dx]
    ems 0x4500
    mov bx, 0
    ems 0x5A02
    gives "5Ah sub", 0x8F
    ems 0x4B00
    want "handles", r_bx, 3
    mov dx, [one]
    ems 0x4C00
    want "pages of it", r_bx, 60
    mov di, area
    ems 0x4D00
    want "pages of all", r_bx, 3
    want "0", area, 0
    want "0 has none", area + 2, 0
    want "1", area + 4, 1
    want "1 has", area + 6, 60
    want "2 has", area + 10, 4
    mov dx, [two]
    mov bx, 1
    ems 0x5100
    gives "fewer", 0
    want "so many", r_bx, 1
    mov dx, [one]
    mov bx, 63
    ems 0x5100
    gives "more", 0
    mov dx, [one]
    mov bx, 64
    ems 0x5100
    gives "more than free, again", 0x88
    want "still", r_bx, 63
    mov dx, [one]
    mov bx, 65
    ems 0x5100
    gives "more than all, again", 0x87
    mov dx, [one]
    ems 0x4500
    gives "free", 0
    mov dx, [one]
    ems 0x4500
    gives "free twice", 0x83
    mov dx, [two]
    ems 0x4500
    mov word [count], 0
.next:
    mov bx, 1
    ems 0x4300
    cmp byte [status], 0
    jne .full
    inc word [count]
    jmp .next
.full:
    gives "no more handles", 0x85
    want "handles in all", count, 63
    mov dx, 63
.free:
    push dx
    ems 0x4500
    pop dx
    dec dx
    jnz .free
    ems 0x4200
    want "all free", r_bx, ALL
    mov dx, 0                   ; the system's stays
    mov bx, 3
    ems 0x5100
    gives "pages for handle 0", 0
    mov dx, 0
    ems 0x4500
    gives "handle 0", 0
    mov dx, 0
    ems 0x4C00
    want "has none", r_bx, 0
    ret

test_errors:
%assign f 0x4300
%rep 13
%assign f f + 0x100
%if f != 0x4600 && f != 0x4900 && f != 0x4A00 && f != 0x4B00 && f != 0x4D00 && f != 0x4E00 && f != 0x4F00
    mov dx, 7
    xor bx, bx
    xor cx, cx
    ems f
    gives "no handle", 0x83
%endif
%endrep
    mov dx, 0xFFFF
    ems 0x5100
    gives "51h, no handle", 0x83
    mov dx, 7
    ems 0x5200
    gives "52h, no handle", 0x83
    mov dx, 7
    mov di, area
    ems 0x5300
    gives "53h, no handle", 0x83
    mov dx, 7
    mov cx, 0
    ems 0x5002
    gives "50h sub", 0x8F
    ems 0x4E04
    gives "4Eh sub", 0x8F
    ems 0x4F03
    gives "4Fh sub", 0x8F
    ems 0x5203
    gives "52h sub", 0x8F
    ems 0x5302
    gives "53h sub", 0x8F
    ems 0x5403
    gives "54h sub", 0x8F
    ems 0x5502
    gives "55h sub", 0x8F
    ems 0x5603
    gives "56h sub", 0x8F
    ems 0x5702
    gives "57h sub", 0x8F
    ems 0x5802
    gives "58h sub", 0x8F
    ems 0x5902
    gives "59h sub", 0x8F
    ems 0x5B09
    gives "5Bh sub", 0x8F
    ems 0x5C00
    gives "5Ch", 0
    ems 0x5D03
    gives "5Dh sub", 0x8F
    mov bx, 2
    ems 0x4300
    handle_of one
    mov cx, 2
    call mark_pages
    mov dx, [one]
    mov bx, 0
    ems 0x4404
    gives "no window", 0x8B
    mov dx, [one]
    mov bx, 2
    ems 0x4400
    gives "no page", 0x8A
    mov dx, [one]
    mov bx, 1
    ems 0x4403
    gives "map", 0
    call windows_are
    want "window 3 is on", area + 6, 0x8001
    mov dx, [one]
    mov bx, 0xFFFF
    ems 0x4403
    gives "unmap", 0
    call windows_are
    want "window 3 is off", area + 6, 0xFFFF
    mov dx, [one]
    ems 0x5200
    gives "attribute", 0
    want "volatile", r_ax, 0
    mov dx, [one]
    mov bl, 0
    ems 0x5201
    gives "volatile, please", 0
    mov dx, [one]
    mov bl, 1
    ems 0x5201
    gives "over a reset", 0x91
    mov dx, [one]
    mov bl, 2
    ems 0x5201
    gives "no attribute", 0x90
    ems 0x5202
    want "what can be", r_ax, 0
    mov dx, [one]
    ems 0x4500
    mov di, area
    ems 0x5800
    want "windows", r_cx, 4
    want "the first", area, FRAME
    want "the last", area + 12, FRAME + 0xC00
    want "its number", area + 14, 3
    ems 0x5801
    want "so many", r_cx, 4
    ret

; area := what the windows show: the marks of mark_pages, FFFFh for nothing.
windows_are:
    mov bx, FRAME
    mov di, area
.next:
    mov es, bx
    mov ax, [es:0x3FF0]
    mov [di], ax
    add di, 2
    add bx, 0x400
    jnc .next
    push ds
    pop es
    ret

; Each of the CX pages of handle [one] holds its number and 8000h; the windows are as they were.
mark_pages:
    push cx
    mov di, marks_kept
    ems 0x4E00
    pop cx
.next:
    dec cx
    push cx
    mov bx, cx
    mov dx, [one]
    ems 0x4400
    pop cx
    mov ax, FRAME
    mov es, ax
    mov ax, cx
    or ax, 0x8000
    mov [es:0x3FF0], ax
    push ds
    pop es
    or cx, cx
    jnz .next
    mov si, marks_kept
    ems 0x4E01
    ret
marks_kept: times 4 dw 0

test_contexts:
    mov bx, 4
    ems 0x4300
    handle_of one
    mov cx, 4
    call mark_pages
    mov dx, [one]               ; as registers, page 3 is:
    mov bx, 3
    ems 0x4400
    mov di, area
    ems 0x4E00
    mov ax, [area]
    mov [page_3], ax
    shr ax, 15
    mov [r_ax], ax
    want "it is on", r_ax, 1
    mov dx, [one]
    mov bx, 2
    ems 0x4400
    mov dx, [one]
    ems 0x4700
    gives "keep", 0
    mov dx, [one]
    ems 0x4700
    gives "keep twice", 0x8D
    mov dx, [one]
    ems 0x4500
    gives "free what keeps", 0x86
    mov dx, [one]
    mov bx, 3
    ems 0x4400
    mov dx, [one]
    ems 0x4800
    gives "put back", 0
    mov dx, [one]
    ems 0x4800
    gives "put back twice", 0x8E
    call windows_are
    want "page 2 again", area, 0x8002
    ems 0x4E03
    want "how long it is", r_ax, 8
    mov di, area
    ems 0x4E00
    mov ax, [page_3]
    mov [area + 2], ax
    mov si, area
    ems 0x4E01
    gives "set", 0
    mov word [area + 2], 0
    mov si, area
    mov di, area + 8
    ems 0x4E02
    gives "get and set", 0
    want "got", area + 10, [page_3]
    call windows_are
    want "set, too", area + 2, 0xFFFF
    mov dx, [one]
    mov bx, 0
    ems 0x4400
    mov dx, [one]
    mov bx, 1
    ems 0x4401
    mov di, area
    ems 0x4E00
    mov word [area + 4], 0x8000 + ALL
    mov si, area
    ems 0x4E01
    gives "no context", 0xA3
    mov word [area + 4], 5
    mov si, area
    ems 0x4E01
    gives "no context, either", 0xA3

    mov word [area], 2          ; some windows
    mov word [area + 2], FRAME + 0x400
    mov word [area + 4], FRAME
    mov si, area
    mov di, area + 16
    ems 0x4F00
    gives "get some", 0
    want "two", area + 16, 2
    want "window 1", area + 18, 1
    want "window 0", area + 22, 0
    mov ax, [page_3]
    mov [area + 20], ax
    mov si, area + 16
    ems 0x4F01
    gives "set some", 0
    mov word [area + 4], FRAME + 0x100
    mov si, area
    mov di, area + 32
    ems 0x4F00
    gives "no window there", 0x8B
    mov word [area], 5
    mov si, area
    ems 0x4F00
    gives "too many", 0xA3
    mov word [area + 22], 4
    mov si, area + 16
    ems 0x4F01
    gives "no such", 0xA3
    call windows_are
    want "some were set", area + 2, 0x8003
    mov bx, 4
    ems 0x4F02
    want "room for four", r_ax, 18
    mov bx, 5
    ems 0x4F02
    gives "room for five", 0x8B
    ret

test_many:
    mov si, pairs
    mov cx, 3
    mov dx, [one]
    ems 0x5000
    gives "many", 0
    call windows_are
    want "many: 0", area, 0x8003
    want "many: 1", area + 2, 0xFFFF
    want "many: 2", area + 4, 0x8001
    mov si, segments
    mov cx, 2
    mov dx, [one]
    ems 0x5001
    gives "many by segment", 0
    call windows_are
    want "by segment: 0", area, 0x8000
    want "by segment: 3", area + 6, 0x8002
    mov word [segments + 2], FRAME + 1
    mov si, segments
    mov cx, 1
    mov dx, [one]
    ems 0x5001
    gives "no segment", 0x8B
    mov word [pairs], 4
    mov si, pairs
    mov cx, 1
    mov dx, [one]
    ems 0x5000
    gives "many, no page", 0x8A
    mov dx, [one]
    ems 0x4500
    ret
pairs:      dw 3, 0, 0xFFFF, 1, 1, 2
segments:   dw 0, FRAME, 2, FRAME + 0xC00

test_names:
    mov bx, 1
    ems 0x4300
    handle_of one
    mov bx, 1
    ems 0x4300
    handle_of two
    mov dx, [one]
    mov si, a_name
    ems 0x5301
    gives "name it", 0
    mov dx, [one]
    mov si, a_name
    ems 0x5301
    gives "name it again", 0
    mov dx, [two]
    mov si, a_name
    ems 0x5301
    gives "the same name", 0xA1
    mov dx, [one]
    mov di, area
    ems 0x5300
    gives "its name", 0
    want "FE", area, "FE"
    want "E", area + 6, "E"
    mov si, a_name
    ems 0x5401
    gives "find it", 0
    mov ax, [one]
    mov [r_cx], ax
    want "found", r_dx, [r_cx]
    mov si, other_name
    ems 0x5401
    gives "find none", 0xA0
    mov si, no_name
    ems 0x5401
    gives "find nothing", 0xA1
    mov di, area
    ems 0x5400
    gives "directory", 0
    want "three in it", r_ax, 3
    want "0 is first", area, 0
    want "then 1", area + 10, 1
    want "with its name", area + 12, "FE"
    want "then 2", area + 20, 2
    ems 0x5402
    want "handles there can be", r_bx, 64
    mov dx, [one]
    mov si, no_name
    ems 0x5301
    gives "unname it", 0
    mov dx, [two]
    mov si, a_name
    ems 0x5301
    gives "the name is free", 0
    mov dx, [two]
    ems 0x4500
    mov dx, [one]
    mov si, a_name
    ems 0x5301
    gives "a name goes with its handle", 0
    mov dx, [one]
    ems 0x4500
    ret
a_name:     db "FERRITE", 0
other_name: db "OTHER", 0, 0, 0
no_name:    times 8 db 0

; The page in window 0 says who is called: its first word.
test_jumps:
    mov bx, 2
    ems 0x4300
    handle_of one
    mov cx, 2
.mark:
    push cx
    mov bx, cx
    dec bx
    mov dx, [one]
    ems 0x4400
    mov bx, FRAME
    mov es, bx
    pop cx
    mov [es:0], cx
    push ds
    pop es
    loop .mark
    mov word [seen], 0
    mov si, jump_block
    mov dx, [one]
    mov bx, 0x1234
    mov ax, 0x5500
    int 0x67
    inc byte [unmet]            ; it does not come back
jumped:
    mov [r_bx], bx
    want "jump: BX", r_bx, 0x1234
    call look
    want "jump: page 1", seen, 2
    mov si, call_block
    mov dx, [one]
    mov cx, 0x4321
    ems 0x5600
    gives "call", 0
    want "call: page 0", seen, 1
    want "call: CX", seen_cx, 0x4321
    want "call: BX", r_bx, 0x7777
    call look
    want "and back: page 1", seen, 2
    mov byte [call_block.count], 1
    mov word [call_map], 9      ; no page
    mov si, call_block
    mov dx, [one]
    ems 0x5600
    gives "call, no page", 0x8A
    ems 0x5602
    gives "call: room", 0
    mov dx, [one]
    ems 0x4500
    ret
called:
    mov [cs:seen_cx], cx
    call look
    mov bx, 0x7777
    retf
look:
    push ds
    push ax
    mov ax, FRAME
    mov ds, ax
    mov ax, [0]
    mov [cs:seen], ax
    pop ax
    pop ds
    ret
jump_block: dw jumped, 0
            db 1
.map:       dw jump_map, 0
jump_map:   dw 1, 0
call_block: dw called, 0
.count:     db 1
.map:       dw call_map, 0
            db 1
.old_map:   dw jump_map, 0
            times 4 dw 0
call_map:   dw 0, 0

test_system:
    mov di, area
    ems 0x5900
    gives "hardware", 0
    want "raw pages", area, 0x400
    want "sets", area + 2, 0
    want "context", area + 4, 8
    ems 0x5901
    want "raw free", r_bx, ALL
    ems 0x5B02
    want "5Bh context", r_dx, 8
    ems 0x5B03
    gives "a set", 0
    ems 0x5B05
    gives "a set for DMA", 0
    mov bl, 1
    ems 0x5B04
    gives "free set 1", 0x9C
    mov bl, 0
    ems 0x5B06
    gives "DMA by set 0", 0
    mov bl, 3
    ems 0x5B07
    gives "DMA by set 3", 0x9C
    mov bl, 1
    mov di, area
    ems 0x5B01
    gives "use set 1", 0x9C
    mov di, area
    ems 0x4E00
    mov ax, [area]
    mov [page_3], ax
    mov bl, 0
    mov di, area
    ems 0x5B01
    gives "use set 0", 0
    mov word [area], 0x1111
    mov ax, 0x5B00
    int 0x67
    mov [r_di], di
    push ds
    pop es
    want "where it is", r_di, area
    want "it was written", area, [page_3]
    xor di, di
    mov es, di
    mov bl, 0
    ems 0x5B01
    gives "no more", 0

    ems 0x5D01
    gives "without", 0
    mov ax, [r_bx]
    mov [key], ax
    mov ax, [r_cx]
    mov [key + 2], ax
    ems 0x5B02
    gives "denied", 0xA4
    mov di, area
    ems 0x5900
    gives "denied, too", 0xA4
    mov bx, [key]
    inc bx
    mov cx, [key + 2]
    ems 0x5D00
    gives "a wrong key", 0xA4
    mov bx, [key]
    mov cx, [key + 2]
    ems 0x5D00
    gives "with", 0
    ems 0x5B02
    gives "not denied", 0
    mov bx, [key]
    mov cx, [key + 2]
    ems 0x5D02
    gives "the key back", 0
    ems 0x5D02
    gives "no key", 0xA4
    ret

; ---- regions -------------------------------------------------------------------------------------
; A region: type, handle, offset, page or segment.
%macro region 5
    mov byte [block.%1], %2
    mov ax, %3
    mov [block.%1 + 1], ax
    mov ax, %4
    mov [block.%1 + 3], ax
    mov ax, %5
    mov [block.%1 + 5], ax
%endmacro

test_regions:
    mov bx, 4
    ems 0x4300
    handle_of one
    mov dword [block], 0x100001
    region source, 0, 0, 0, cs
    region target, 0, 0, 0, cs
    mov si, block
    ems 0x5700
    gives "too long", 0x96
    mov dword [block], 16
    region source, 2, 0, 0, 0
    mov si, block
    ems 0x5700
    gives "no such memory", 0x98
    region source, 1, 9, 0, 0
    mov si, block
    ems 0x5700
    gives "region, no handle", 0x83
    region source, 1, [one], 0x4000, 0
    mov si, block
    ems 0x5700
    gives "no offset", 0x95
    region source, 1, [one], 0, 4
    mov si, block
    ems 0x5700
    gives "region, no page", 0x8A
    region source, 1, [one], 0x3FF1, 3
    mov si, block
    ems 0x5700
    gives "beyond", 0x93
    region source, 1, [one], 0x3FF0, 3
    region target, 0, 0, 0xFFF1, 0xF000
    mov si, block
    ems 0x5700
    gives "over 1 MB", 0xA2
    mov dword [block], 0x10000
    region source, 1, [one], 0, 0
    region target, 0, 0, 0, FRAME
    mov si, block
    ems 0x5700
    gives "all of the frame", 0x94
    mov dword [block], 0x100
    region source, 1, [one], 0, 0
    region target, 1, [one], 0x80, 0
    mov si, block
    ems 0x5701
    gives "exchange what overlaps", 0x97
    mov si, block
    ems 0x5700
    gives "move what overlaps", 0x92
    mov dx, [one]               ; a window may be conventional memory
    mov bx, 3
    ems 0x4400
    mov ax, FRAME
    mov es, ax
    mov dword [es:8], 0x55AA1234
    push ds
    pop es
    mov dword [block], 4
    region source, 0, 0, 8, FRAME
    region target, 1, [one], 0x20, 1
    mov si, block
    ems 0x5700
    gives "out of a window", 0
    mov dx, [one]
    mov bx, 1
    ems 0x4401
    mov ax, FRAME + 0x400
    mov es, ax
    mov ax, [es:0x22]
    mov [r_cx], ax
    push ds
    pop es
    want "what was in it", r_cx, 0x55AA
    mov dword [block], 0
    mov si, block
    ems 0x5700
    gives "nothing", 0
    mov dx, [one]
    ems 0x4500
    ret

; ---- pages that come and go ---------------------------------------------------------------------
; Handles of random sizes; each page says whose it is and which. After each change all are asked.
HANDS   equ 5

test_pages:
    mov cx, HANDS
    mov di, 0
.new:
    push cx
    push di
    mov bx, 0
    ems 0x5A00
    pop di
    mov ax, [r_dx]
    mov [hand + di], ax
    mov word [has + di], 0
    add di, 2
    pop cx
    loop .new
    mov cx, 60
.next:
    push cx
    call random
    xor dx, dx
    mov bx, HANDS
    div bx
    add dx, dx
    mov [which], dx
    call random
    and ax, 15
    mov bx, ax
    mov di, [which]
    mov dx, [hand + di]
    push bx
    ems 0x5100
    pop bx
    cmp byte [status], 0x88
    je .told
    gives "another size", 0
    mov di, [which]
    xchg bx, [has + di]
    mov dx, bx                  ; pages from the old number on are new
.mark:
    mov di, [which]
    cmp dx, [has + di]
    jae .told
    push dx
    mov bx, dx
    mov dx, [hand + di]
    ems 0x4401
    pop dx
    mov ax, FRAME + 0x400
    mov es, ax
    mov ax, [which]
    mov ah, dl
    mov [es:0x3FFE], ax
    push ds
    pop es
    inc dx
    jmp .mark
.told:
    call look_at_pages
    pop cx
    dec cx
    jnz .next
    mov di, 0
.free:
    push di
    mov dx, [hand + di]
    ems 0x4500
    pop di
    mov word [has + di], 0
    push di
    call look_at_pages
    pop di
    add di, 2
    cmp di, 2 * HANDS
    jb .free
    ems 0x4200
    want "all pages are back", r_bx, ALL
    ret

look_at_pages:
    xor di, di
.hand:
    xor cx, cx
.page:
    cmp cx, [has + di]
    jae .next
    push cx
    push di
    mov bx, cx
    mov dx, [hand + di]
    ems 0x4402
    pop di
    pop cx
    mov ax, FRAME + 0x800
    mov es, ax
    mov dx, [es:0x3FFE]
    push ds
    pop es
    mov ax, di
    mov ah, cl
    cmp ax, dx
    je .right
    mov [r_cx], dx
    push cx
    push di
    want "whose page", r_cx, ax
    pop di
    pop cx
.right:
    inc cx
    jmp .page
.next:
    add di, 2
    cmp di, 2 * HANDS
    jb .hand
    ret
hand:       times HANDS dw 0
has:        times HANDS dw 0
which:      dw 0

; ---- random regions -------------------------------------------------------------------------------
; Two handles and a conventional block, 48 KB each, and what they should hold.
PIECES  equ 3
PAGES   equ 3
SIZE    equ PAGES * 0x4000

test_model:
    mov bx, (PIECES + 1) * SIZE / 16
    mov ah, 0x48
    int 0x21
    mov [model], ax
    add ax, PIECES * SIZE / 16
    mov [real], ax
    mov bx, PAGES
    ems 0x4300
    handle_of one
    mov bx, PAGES
    ems 0x4300
    handle_of two
    xor bx, bx
.fill:
    push bx
    mov ax, bx
    call segment_of_model
    mov es, ax
    xor di, di
    mov cx, SIZE / 2
.word:
    call random
    stosw
    loop .word
    mov dword [block], SIZE
    mov [block.source + 5], es
    mov word [block.source + 3], 0
    mov byte [block.source], 0
    pop bx
    push bx
    mov di, block.target
    xor ax, ax
    call describe
    push ds
    pop es
    mov si, block
    ems 0x5700
    gives "fill", 0
    pop bx
    inc bx
    cmp bx, PIECES
    jb .fill

    mov cx, 300
.move:
    push cx
    call random
    xor dx, dx
    mov bx, PIECES
    div bx
    mov [from_piece], dx
    call random
    xor dx, dx
    mov bx, PIECES
    div bx
    mov [to_piece], dx
    mov bx, SIZE
    call random_span
    mov [so_long], dx
    mov bx, [from_piece]
    mov ax, [from_at]
    mov di, block.source
    call describe
    mov bx, [to_piece]
    mov ax, [to_at]
    mov di, block.target
    call describe
    movzx eax, word [so_long]
    mov [block], eax
    call random
    and ax, 1
    mov [exchanged], al
    mov ah, 0x57
    mov [what], ax
    mov si, block
    ems [what]
    cmp byte [status], 0x97
    je .done
    cmp byte [status], 0x92
    je .moved
    gives "a region", 0
.moved:
    call model_move
.done:
    pop cx
    dec cx
    jnz .move

    xor bx, bx
.look:
    push bx
    mov di, block.source
    xor ax, ax
    call describe
    mov dword [block], SIZE
    mov byte [block.target], 0
    mov word [block.target + 3], 0
    mov ax, [real]
    mov [block.target + 5], ax
    mov si, block
    ems 0x5700                  ; the conventional one is first looked at, for it is written over
    pop bx
    push bx
    mov ax, bx
    call segment_of_model
    push ds
    mov es, [real]
    mov ds, ax
    xor si, si
    xor di, di
    mov cx, SIZE / 2
    repe cmpsw
    pop ds
    push ds
    pop es
    setne al
    mov ah, 0
    mov [r_ax], ax
    want "as the model", r_ax, 0
    pop bx
    inc bx
    cmp bx, PIECES
    jb .look
    mov dx, [one]
    ems 0x4500
    mov dx, [two]
    ems 0x4500
    mov es, [model]
    mov ah, 0x49
    int 0x21
    push ds
    pop es
    ret

segment_of_model:
    mov cx, SIZE / 16
    mul cx
    add ax, [model]
    ret

; The region at DI is piece BX (0: conventional) from AX on.
describe:
    or bx, bx
    jz .conventional
    mov byte [di], 1
    mov cx, [one]
    cmp bx, 1
    je .first
    mov cx, [two]
.first:
    mov [di + 1], cx
    mov cx, ax
    and cx, 0x3FFF
    mov [di + 3], cx
    shr ax, 14
    mov [di + 5], ax
    ret
.conventional:
    mov byte [di], 0
    mov cx, ax
    and cx, 15
    mov [di + 3], cx
    shr ax, 4
    add ax, [real]
    mov [di + 5], ax
    ret

model_move:
    mov ax, [from_piece]
    call segment_of_model
    mov bx, ax
    mov ax, [to_piece]
    call segment_of_model
    mov es, ax
    mov si, [from_at]
    mov di, [to_at]
    mov cx, [so_long]
    push ds
    cmp byte [exchanged], 1
    je .exchange
    cmp bx, ax
    jne .up
    cmp si, di
    jae .up
    add si, cx
    add di, cx
    dec si
    dec di
    std
.up:
    mov ds, bx
    rep movsb
.out:
    cld
    pop ds
    push ds
    pop es
    ret
.exchange:
    jcxz .out
    mov ds, bx
.byte:
    mov al, [es:di]
    xchg al, [si]
    stosb
    inc si
    loop .byte
    jmp .out

; ---- code in windows ------------------------------------------------------------------------------
; One page in two windows; what is changed through one runs through the other. Often enough that it
; is translated.
test_code:
    mov bx, 2
    ems 0x4300
    handle_of one
    mov dx, [one]
    mov bx, 0
    ems 0x4400
    mov dx, [one]
    mov bx, 0
    ems 0x4401
    mov ax, FRAME
    mov es, ax
    mov di, 0x100
    mov si, code
    mov cx, code_end - code
    rep movsb
    mov fs, [second]
    mov ax, FRAME
    mov gs, ax
    mov word [count], 0
    mov cx, 3000
.next:
    push cx
    mov ax, cx
    mov [fs:0x101], ax          ; MOV AX's number, through the other window
    call far [code_first]
    pop cx
    cmp ax, cx
    je .right
    inc word [count]
.right:
    not ax
    mov [gs:0x101], ax
    push ax
    push cx
    call far [code_second]
    pop cx
    pop dx
    cmp ax, dx
    je .right_too
    inc word [count]
.right_too:
    loop .next
    push ds
    pop es
    want "code of the other window", count, 0

    mov cx, 2000                ; it changes itself through the other window
    mov word [fs:0x201], 0
.self:
    push cx
    call far [self_first]
    pop cx
    loop .self
    mov [r_ax], ax
    want "changes itself", r_ax, 2000

    mov dx, [one]               ; no longer the same
    mov bx, 1
    ems 0x4401
    mov word [fs:0x101], 0x5555
    mov word [gs:0x101], 0x6666
    call far [code_first]
    mov [r_ax], ax
    want "window 0 alone", r_ax, 0x6666
    mov dx, [one]
    mov bx, 0
    ems 0x4401
    mov word [fs:0x101], 0x7777
    call far [code_first]
    mov [r_ax], ax
    want "together again", r_ax, 0x7777
    mov cx, 400                 ; another page with other code at the same place, again and again
    mov word [count], 0
    mov dx, [one]
    mov bx, 1
    ems 0x4400
    mov si, code
    mov ax, FRAME
    mov es, ax
    mov di, 0x100
    push cx
    mov cx, code_end - code
    rep movsb
    pop cx
    push ds
    pop es
    mov word [gs:0x101], 0x1001
    mov word [fs:0x101], 0x1000
.turn:
    push cx
    mov bx, cx
    and bx, 1
    mov dx, [one]
    push bx
    ems 0x4400
    call far [code_first]
    pop bx
    pop cx
    add bx, 0x1000
    cmp ax, bx
    je .turned
    inc word [count]
.turned:
    loop .turn
    want "pages by turns", count, 0
    mov dx, [one]
    ems 0x4500
    ret
second:     dw FRAME + 0x400
code_first: dw 0x100, FRAME
code_second: dw 0x100, FRAME + 0x400
self_first: dw 0x200, FRAME
code:                           ; at 100h of the page
    mov ax, 0
    nop
    retf
    times 0x100 - ($ - code) db 0x90
self:                           ; at 200h: counts in its own instruction, through the other window
    mov ax, 0
    inc ax
    mov [fs:0x200 + .number + 1 - self], ax
    mov [fs:0x201], ax
.number:
    mov ax, 0
    retf
code_end:

status:     dw 0
one:        dw 0
two:        dw 0
count:      dw 0
seen:       dw 0
seen_cx:    dw 0
key:        dd 0
page_3:     dw 0
model:      dw 0
real:       dw 0
from_piece: dw 0
to_piece:   dw 0
from_at:    dw 0
to_at:      dw 0
so_long:    dw 0
what:       dw 0
exchanged:  db 0
block:      dd 0
.source:    db 0
            dw 0, 0, 0
.target:    db 0
            dw 0, 0, 0
area:       times 64 * 10 db 0
stack_here
