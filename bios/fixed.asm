; Ferrite system BIOS: entries and tables at their traditional offsets.

    FIXED_AT 0xE05B                 ; power-on self test
    jmp post_start

    FIXED_AT 0xE2C3                 ; NMI
    jmp int02_nmi

    FIXED_AT 0xE3FE                 ; INT 13h
    jmp int13_entry

; E401h: parameters of the fixed disk types 1..15 of the AT. IDE disks tell
; their geometry themselves (INT 41h and 46h point to tables made from that),
; so the list holds the one type that means "nothing here".
    FIXED_AT 0xE401
    times 16 db 0

    FIXED_AT 0xE6F2                 ; INT 19h
    jmp int19_entry

    FIXED_AT 0xE6F5                 ; INT 15h C0h: system configuration
config_table:
    dw config_table_end - config_table - 2
    db 0xFC                         ; model: AT
    db 0x01                         ; submodel
    db 0x00                         ; revision
    db 0x74                         ; features 1: second 8259, RTC, INT 15h 4Fh, EBDA
    db 0x40                         ; features 2: INT 16h 09h
    db 0, 0, 0
config_table_end:

    FIXED_AT 0xE729                 ; baud rate divisors of INT 14h
baud_table:
    dw 1047, 768, 384, 192, 96, 48, 24, 12

    FIXED_AT 0xE739                 ; INT 14h
    jmp int14_entry

    FIXED_AT 0xE82E                 ; INT 16h
    jmp int16_entry

    FIXED_AT 0xE987                 ; INT 09h
    jmp int09_irq

    FIXED_AT 0xEC59                 ; INT 40h: diskettes
    jmp int40_entry

    FIXED_AT 0xEF57                 ; INT 0Eh
    jmp int0e_irq

    FIXED_AT 0xEFC7                 ; INT 1Eh: diskette parameters (1.44 MB)
diskette_table:
    db 0xAF, 0x02, 0x25, 2, 18, 0x1B, 0xFF, 0x6C, 0xF6, 0x0F, 0x08

    FIXED_AT 0xEFD2                 ; INT 17h
    jmp int17_entry

; F045h: the old ROM's INT 10h jump table. Video belongs to the VGA BIOS; each
; slot leads to the harmless handler.
    FIXED_AT 0xF045
    times 16 dw int10_default

    FIXED_AT 0xF065                 ; INT 10h before a video BIOS takes it
int10_default:
    iret

; F0A4h: 6845 register sets that INT 1Dh points to: 40 columns, 80 columns,
; graphics, monochrome; then page lengths, columns and mode register values.
    FIXED_AT 0xF0A4
video_params:
    db 0x38,0x28,0x2D,0x0A, 0x1F,0x06,0x19,0x1C, 0x02,0x07,0x06,0x07, 0,0,0,0
    db 0x71,0x50,0x5A,0x0A, 0x1F,0x06,0x19,0x1C, 0x02,0x07,0x06,0x07, 0,0,0,0
    db 0x38,0x28,0x2D,0x0A, 0x7F,0x06,0x64,0x70, 0x02,0x01,0x06,0x07, 0,0,0,0
    db 0x61,0x50,0x52,0x0F, 0x19,0x06,0x19,0x19, 0x02,0x0D,0x0B,0x0C, 0,0,0,0
    dw 2048, 4096, 16384, 16384
    db 40, 40, 80, 80, 40, 40, 80, 80
    db 0x2C, 0x28, 0x2D, 0x29, 0x2A, 0x2E, 0x1E, 0x29

    FIXED_AT 0xF841                 ; INT 12h
    jmp int12_entry

    FIXED_AT 0xF84D                 ; INT 11h
    jmp int11_entry

    FIXED_AT 0xF859                 ; INT 15h
    jmp int15_entry

; FA6Eh: the 8x8 glyphs of characters 0..127, which programs read from here to
; draw text in CGA graphics modes.
    FIXED_AT 0xFA6E
font_lower:
%ifdef FONT_8X8_BIN
    incbin FONT_8X8_BIN, 0, 1024    ; made from font_8x8.asm
%else
    times 1024 db 0
%endif

    FIXED_AT 0xFE6E                 ; INT 1Ah
    jmp int1a_entry

    FIXED_AT 0xFEA5                 ; INT 08h
    jmp int08_irq

    FIXED_AT 0xFEF3                 ; default vectors 08h..1Fh (offsets)
vector_table:
    dw 0xFEA5                       ; 08 timer
    dw 0xE987                       ; 09 keyboard
    dw irq_default                  ; 0A
    dw irq_default                  ; 0B
    dw irq_default                  ; 0C
    dw irq_default                  ; 0D
    dw 0xEF57                       ; 0E diskette
    dw irq_default                  ; 0F
    dw 0xF065                       ; 10 video
    dw 0xF84D                       ; 11 equipment
    dw 0xF841                       ; 12 memory size
    dw 0xE3FE                       ; 13 disk
    dw 0xE739                       ; 14 serial
    dw 0xF859                       ; 15 system
    dw 0xE82E                       ; 16 keyboard
    dw 0xEFD2                       ; 17 printer
    dw int18_entry                  ; 18 no boot device
    dw 0xE6F2                       ; 19 bootstrap
    dw 0xFE6E                       ; 1A clock
    dw 0xFF53                       ; 1B ctrl-break
    dw 0xFF53                       ; 1C user timer tick
    dw 0xF0A4                       ; 1D video parameters
    dw 0xEFC7                       ; 1E diskette parameters
    dw 0                            ; 1F upper half of the 8x8 font

    FIXED_AT 0xFF53
dummy_iret:
    iret

    FIXED_AT 0xFF54                 ; INT 05h
    jmp int05_entry

    FIXED_AT 0xFFF0                 ; where the processor starts
    jmp 0xF000:0xE05B

    FIXED_AT 0xFFF5                 ; date of this BIOS
    db '06/23/99'

    FIXED_AT 0xFFFE                 ; model: PC/AT
    db 0xFC
    FIXED_AT 0xFFFF                 ; romsum makes all bytes add up to zero
    db 0
