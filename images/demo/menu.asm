; The menu: a table of pages, drawn as a list, chosen by arrow keys or by its key.
;
; What this file shows: a table-driven program in assembler. One more page is one more
; entry; nothing else here changes.

PAGE_COUNT      equ 10
LIST_ROW        equ 9
LIST_COLUMN     equ 3
LIST_WIDTH      equ 33
ABOUT_ROW       equ 9
ABOUT_COLUMN    equ 42

; page KEY, ROUTINE, 'name', 'source file', then the lines of text about it.
%macro page 4
    db %1, 0                    ; the key that opens it
    dw %2                       ; the routine that shows it
    dw %%name, %%file, %%about
[section .data]
%%name: db %3, 0
%%file: db 'images/demo/', %4, 0
%%about:
[section .rodata]
%endmacro

struc page_entry
.key:     resw 1
.routine: resw 1
.name:    resw 1
.file:    resw 1
.about:   resw 1
endstruc


; The lines after each entry are the page's text in the right-hand box.
%macro about 1+
[section .data]
    db %1, 10
[section .rodata]
%endmacro
%macro about_end 0
[section .data]
    db 0
[section .rodata]
%endmacro

section .rodata
pages:
    page '1', page_text, 'Text mode', 'text.asm'
    about 'The screen as a table of characters'
    about 'in memory: all 256 characters of'
    about 'code page 437, all 256 combinations'
    about 'of colours, and blinking.'
    about_end
    page '2', page_vga13, 'Mode 13h: 256 colours', 'vga13.asm'
    about 'The mode that DOS games made famous:'
    about 'one byte is one dot. A plasma that'
    about 'moves although nobody redraws it:'
    about 'only the palette turns.'
    about_end
    page '3', page_vga12, 'Mode 12h: planes', 'vga12.asm'
    about '640 x 480 dots in 16 colours, in four'
    about 'bit planes at one address. Map mask,'
    about 'bit mask, set/reset, write modes and'
    about 'the latches, each used for what it is'
    about 'good at.'
    about_end
    page '4', page_modex, 'Mode X: scrolling', 'modex.asm'
    about '256 colours beyond 64 KB: the VGA'
    about 'unchained. A picture four times the'
    about 'screen, moved by the start address,'
    about 'with a split screen below it.'
    about_end
    page '5', page_keyboard, 'Keyboard', 'keyboard.asm'
    about 'The way of a key: IRQ 1, scan code,'
    about 'the BIOS tables, INT 16h. Press keys'
    about 'and watch each stage, together with'
    about 'the shift state in the BIOS data area.'
    about_end
    page '6', page_mouse, 'Mouse', 'mouse.asm'
    about 'A PS/2 mouse by INT 15h function C2h:'
    about 'three-byte packets come to a handler'
    about 'of ours. Paint with the buttons.'
    about_end
    page '7', page_timer, 'Timer, clock, speaker', 'timer.asm'
    about 'The 8254 timer and its interrupt, the'
    about 'battery clock, one measured with the'
    about 'other, and tones through the gate of'
    about 'timer channel 2.'
    about_end
    page '8', page_disk, 'Disks', 'disk.asm'
    about 'INT 13h: which drives there are, their'
    about 'geometry, and any sector of them as a'
    about 'hex dump. Nothing is written.'
    about_end
    page '9', page_pmode, 'Protected mode, paging', 'pmode.asm'
    about 'Into 32-bit protected mode and back:'
    about 'GDT, IDT, TSS; paging, one page at two'
    about 'addresses, a page fault on purpose,'
    about 'ring 3, a hardware task switch and a'
    about 'virtual 8086 task.'
    about_end
    page '0', page_processor, 'Processor and memory', 'processor.asm'
    about 'What is inside: telling a 386 from a'
    about '486 from a Pentium, CPUID and its'
    about 'feature bits, the coprocessor, and'
    about 'the memory map that INT 15h reports.'
    about_end

section .text
menu:
    call draw_frame_of_menu
.redraw:
    call draw_list
    call draw_about
.wait:
    call wait_key
    cmp ah, SCAN_UP
    je .up
    cmp ah, SCAN_DOWN
    je .down
    cmp ah, SCAN_HOME
    je .first
    cmp ah, SCAN_END
    je .last
    cmp al, 13
    je .open
    or al, 0x20                 ; capitals to small letters; digits have this bit set
    cmp al, 'r'
    je restart_pc
    mov si, pages
    xor cx, cx
.find:
    cmp al, [si + page_entry.key]
    je .chosen
    add si, page_entry_size
    inc cx
    cmp cx, PAGE_COUNT
    jb .find
    jmp .wait
.chosen:
    mov [selected], cx
.open:
    mov ax, page_entry_size
    mul word [selected]
    mov si, ax
    call [pages + si + page_entry.routine]
    jmp menu
.up:
    dec word [selected]
    jns .redraw
.last:
    mov word [selected], PAGE_COUNT - 1
    jmp .redraw
.down:
    inc word [selected]
    cmp word [selected], PAGE_COUNT
    jb .redraw
.first:
    mov word [selected], 0
    jmp .redraw

; The keyboard controller drives the processor's reset line: that is how a PC restarts.
restart_pc:
    push BDA
    pop es
    mov word [es:BDA_RESET_FLAG], 0x1234    ; "warm start": no memory test, please
    mov al, 0xFE
    out 0x64, al
.wait:
    hlt
    jmp .wait

; What never changes while the menu is up.
draw_frame_of_menu:
    call set_text_mode
    call draw_banner
    text 1, 51, BRIGHT, 'A whole PC in software'
    text 2, 51, PLAIN, 'Ten pages; each one shows a'
    text 3, 51, PLAIN, 'part of the machine at work,'
    text 4, 51, PLAIN, 'from source made to be read.'
    mov di, AT(7, 1)
    mov ah, 0x09
    mov dl, 37
    mov dh, 16
    call draw_box
    mov di, AT(7, 39)
    mov dl, 40
    mov dh, 16
    call draw_box
    text 7, 4, YELLOW, ' Ferrite demo disk '
    mov di, AT(24, 0)
    mov ah, FOOTER
    mov cx, COLUMNS
    call put_blank
    text 24, 2, FOOTER, 0x18, 0x19, \
        ' choose   Enter or digit: open   Esc: back to here   R: restart the PC'
    ret

; "FERRITE" in large letters. Each cell shows two rows of the drawing below with the
; half-block characters, so that the dots come out about square.
draw_banner:
    mov si, banner
    mov di, AT(1, 2)
    mov dl, BANNER_ROWS / 2
    mov bx, .colours
.row:
    push di
    mov ah, [bx]
    inc bx
    mov cx, BANNER_WIDTH
.cell:
    mov al, 0
    cmp byte [si], '#'
    jne .upper_empty
    mov al, 1
.upper_empty:
    cmp byte [si + BANNER_WIDTH], '#'
    jne .lower_empty
    or al, 2
.lower_empty:
    push bx
    mov bx, .blocks
    xlatb                       ; AL = byte number AL of the table at BX
    pop bx
    call put_char
    inc si
    loop .cell
    add si, BANNER_WIDTH        ; the row below is done as well
    pop di
    add di, COLUMNS * 2
    dec dl
    jnz .row
    ret
section .data
.blocks:  db ' ', 0xDF, 0xDC, 0xDB      ; none, upper, lower, both
.colours: db 0x0E, 0x0E, 0x0C, 0x04, 0x04
BANNER_WIDTH equ 47
BANNER_ROWS  equ 8
banner:
    db '######.######.#####..#####..####.######.######.'
    db '######.######.######.######.####.######.######.'
    db '##.....##.....##..##.##..##..##....##...##.....'
    db '####...####...######.######..##....##...####...'
    db '####...####...#####..#####...##....##...####...'
    db '##.....##.....##.##..##.##...##....##...##.....'
    db '##.....######.##..##.##..##.####...##...######.'
    db '##.....######.##..##.##..##.####...##...######.'
section .text

draw_list:
    mov si, pages
    xor bx, bx
    mov di, AT(LIST_ROW, LIST_COLUMN)
.next:
    push di
    mov ah, PLAIN
    cmp bx, [selected]
    jne .colour_known
    mov ah, SELECTED
.colour_known:
    push di
    mov cx, LIST_WIDTH
    call put_blank
    pop di
    add di, 2
    push ax
    and ah, 0xF0                ; the key in yellow on the same background
    or ah, YELLOW
    mov al, [si + page_entry.key]
    call put_char
    pop ax
    add di, 4
    push si
    mov si, [si + page_entry.name]
    call put_string
    pop si
    pop di
    add di, COLUMNS * 2
    add si, page_entry_size
    inc bx
    cmp bx, PAGE_COUNT
    jb .next
    ret

draw_about:
    mov di, AT(ABOUT_ROW, ABOUT_COLUMN - 2)
    mov dl, 12
    mov ah, PLAIN
.clear:
    push di
    mov cx, 38
    call put_blank
    pop di
    add di, COLUMNS * 2
    dec dl
    jnz .clear
    mov ax, page_entry_size
    mul word [selected]
    mov bx, ax
    add bx, pages
    mov di, AT(ABOUT_ROW, ABOUT_COLUMN - 1)
    mov ah, BRIGHT
    mov si, [bx + page_entry.name]
    call put_string
    mov di, AT(ABOUT_ROW + 2, ABOUT_COLUMN - 1)
    mov ah, PLAIN
    mov si, [bx + page_entry.about]
    call put_lines
    text ABOUT_ROW + 10, ABOUT_COLUMN - 1, DIM, 'Source: '
    mov ah, CYAN
    mov si, [bx + page_entry.file]
    jmp put_string

section .bss
selected: resw 1
section .text
