; Ferrite VGA BIOS: tables that programs may find through 40:A8 or INT 10h AH=1Bh.

; --------------------------------------------------------- mode parameters
; One line names the sets that a mode is made of; MODE_ENTRY stamps the 64
; bytes in the order that every VGA BIOS uses.

; CRT controller registers 0-7: horizontal timing and the vertical total.
%define H80_TEXT    0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81
%define H40_TEXT    0x2D, 0x27, 0x28, 0x90, 0x2B, 0xA0
%define H80_GFX     0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80
%define H40_GFX     0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80
%define V449        0xBF, 0x1F      ; 449 lines, 70 Hz: 200, 350 and 400 visible
%define V525        0x0B, 0x3E      ; 525 lines, 60 Hz: 480 visible
; Registers 10h-12h and 15h-16h: sync, end of display, blanking.
%define SYNC_400    0x9C, 0x8E, 0x8F
%define SYNC_350    0x83, 0x85, 0x5D
%define SYNC_480    0xEA, 0x8C, 0xDF
%define BLANK_400   0x96, 0xB9
%define BLANK_350   0x63, 0xBA
%define BLANK_480   0xE7, 0x04

; Attribute controller 0-Fh: from the 4 bits of a dot to the DAC's colour.
%define PAL_CGA     0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
%define PAL_EGA     0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F
%define PAL_MONO    0, 8, 8, 8, 8, 8, 8, 8, 0x10, 24, 24, 24, 24, 24, 24, 24
%define PAL_CGA4    0, 0x13, 0x15, 0x17, 2, 4, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
%define PAL_CGA2    0, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23
%define PAL_MONOG   0, 8, 0, 0, 24, 24, 0, 0, 0, 8, 0, 0, 0, 24, 0, 0
%define PAL_TWO     0, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63
%define PAL_SAME    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15

; Graphics controller 0-8.
%define GC_TEXT     0, 0, 0, 0, 0, 0x10, 0x0E, 0, 0xFF
%define GC_MONO     0, 0, 0, 0, 0, 0x10, 0x0A, 0, 0xFF
%define GC_CGA4     0, 0, 0, 0, 0, 0x30, 0x0F, 0, 0xFF
%define GC_CGA2     0, 0, 0, 0, 0, 0x00, 0x0D, 0, 0xFF
%define GC_PLANAR   0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF
%define GC_MONOG    0, 0, 0, 0, 0, 0x00, 0x05, 0x05, 0xFF
%define GC_TWO      0, 0, 0, 0, 0, 0x00, 0x05, 0x01, 0xFF
%define GC_LINEAR   0, 0, 0, 0, 0, 0x40, 0x05, 0x0F, 0xFF

; columns, rows, height, page size, misc,
; {seq 1-4}, {CRTC 0-5}, {6-7}, CRTC 9, cursor start, end, {10-12}, 13, 14, {15-16}, 17,
; {palette}, {attribute 10-13}, {graphics controller}
%macro MODE_ENTRY 19
    db %1, %2 - 1, %3
    dw %4
    db %6, %5
    db %7, %8, 0, %9, %10, %11, 0, 0, 0, 0, %12, %13, %14, %15, %16, 0xFF
    db %17, %18, %19
%endmacro

%macro TEXT_MODE 10                 ; columns, height, page, misc, seq 1, {CRTC 0-5}, lines, offset,
                                    ; palette, {attribute 10-13}
%if %7 == 200
    MODE_ENTRY %1, 25, %2, %3, %4, {%5, 3, 0, 2}, {%6}, {V449}, 0xC7, 0x06, 0x07, {SYNC_400}, \
        %8, 0x1F, {BLANK_400}, 0xA3, {%9}, {%10}, {GC_TEXT}
%elif %7 == 350
    MODE_ENTRY %1, 25, %2, %3, %4, {%5, 3, 0, 2}, {%6}, {V449}, 0x4D, 0x0B, 0x0C, {SYNC_350}, \
        %8, 0x1F, {BLANK_350}, 0xA3, {%9}, {%10}, {GC_TEXT}
%else
    MODE_ENTRY %1, 25, %2, %3, %4, {%5, 3, 0, 2}, {%6}, {V449}, 0x4F, 0x0D, 0x0E, {SYNC_400}, \
        %8, 0x1F, {BLANK_400}, 0xA3, {%9}, {%10}, {GC_TEXT}
%endif
%endmacro

%macro GFX200 9                     ; columns, page, {seq 1-4}, {CRTC 0-5}, CRTC 9, offset, CRTC 17,
                                    ; {palette and attribute 10-13}, {gc}
    MODE_ENTRY %1, 25, 8, %2, 0x63, {%3}, {%4}, {V449}, %5, 0, 0, {SYNC_400}, %6, 0, \
        {BLANK_400}, %7, {%8}, {0}, {%9}
%endmacro

parameters:
; 00h-03h: text with 200 lines
%macro TEXT_200 0
    TEXT_MODE 40, 8, 0x0800, 0x63, 9, {H40_TEXT}, 200, 0x14, {PAL_CGA}, {8, 0, 15, 0}
    TEXT_MODE 40, 8, 0x0800, 0x63, 9, {H40_TEXT}, 200, 0x14, {PAL_CGA}, {8, 0, 15, 0}
    TEXT_MODE 80, 8, 0x1000, 0x63, 1, {H80_TEXT}, 200, 0x28, {PAL_CGA}, {8, 0, 15, 0}
    TEXT_MODE 80, 8, 0x1000, 0x63, 1, {H80_TEXT}, 200, 0x28, {PAL_CGA}, {8, 0, 15, 0}
%endmacro
    TEXT_200
; 04h-06h: CGA graphics
%macro CGA_320 0
    GFX200 40, 0x4000, {9, 3, 0, 2}, {H40_GFX}, 0xC1, 0x14, 0xA2, {PAL_CGA4, 1, 0, 3}, {GC_CGA4}
%endmacro
    CGA_320
    CGA_320
    GFX200 80, 0x4000, {1, 1, 0, 6}, {H80_GFX}, 0xC1, 0x28, 0xC2, {PAL_CGA2, 1, 0, 1}, {GC_CGA2}
; 07h: mono text with 350 lines
    MODE_ENTRY 80, 25, 14, 0x1000, 0xA6, {0, 3, 0, 2}, {H80_TEXT}, {V449}, 0x4D, 0x0B, 0x0C, \
        {SYNC_350}, 0x28, 0x0D, {BLANK_350}, 0xA3, {PAL_MONO}, {0x0E, 0, 15, 8}, {GC_MONO}
; 08h-0Ch: never were modes of this family; the places must exist
    times 5 * 64 db 0
; 0Dh, 0Eh: EGA graphics with 200 lines
    GFX200 40, 0x2000, {9, 15, 0, 6}, {H40_GFX}, 0xC0, 0x14, 0xE3, {PAL_CGA, 1, 0, 15}, {GC_PLANAR}
    GFX200 80, 0x4000, {1, 15, 0, 6}, {H80_GFX}, 0xC0, 0x28, 0xE3, {PAL_CGA, 1, 0, 15}, {GC_PLANAR}
; 0Fh, 10h: EGA graphics with 350 lines; first for cards with 64 KB, then for all others
%macro EGA_350 0
    MODE_ENTRY 80, 25, 14, 0x8000, 0xA2, {1, 15, 0, 6}, {H80_GFX}, {V449}, 0x40, 0, 0, \
        {SYNC_350}, 0x28, 0x0F, {BLANK_350}, 0xE3, {PAL_MONOG}, {0x0B, 0, 5, 0}, {GC_MONOG}
    MODE_ENTRY 80, 25, 14, 0x8000, 0xA3, {1, 15, 0, 6}, {H80_GFX}, {V449}, 0x40, 0, 0, \
        {SYNC_350}, 0x28, 0x0F, {BLANK_350}, 0xE3, {PAL_EGA}, {1, 0, 15, 0}, {GC_PLANAR}
%endmacro
    EGA_350
    EGA_350
; 13h-16h: modes 0-3 with 350 lines
    TEXT_MODE 40, 14, 0x0800, 0xA3, 9, {H40_TEXT}, 350, 0x14, {PAL_EGA}, {8, 0, 15, 0}
    TEXT_MODE 40, 14, 0x0800, 0xA3, 9, {H40_TEXT}, 350, 0x14, {PAL_EGA}, {8, 0, 15, 0}
    TEXT_MODE 80, 14, 0x1000, 0xA3, 1, {H80_TEXT}, 350, 0x28, {PAL_EGA}, {8, 0, 15, 0}
    TEXT_MODE 80, 14, 0x1000, 0xA3, 1, {H80_TEXT}, 350, 0x28, {PAL_EGA}, {8, 0, 15, 0}
; 17h, 18h: modes 0-1 and 2-3 with 400 lines, characters nine dots wide
    TEXT_MODE 40, 16, 0x0800, 0x67, 8, {H40_TEXT}, 400, 0x14, {PAL_EGA}, {12, 0, 15, 8}
    TEXT_MODE 80, 16, 0x1000, 0x67, 0, {H80_TEXT}, 400, 0x28, {PAL_EGA}, {12, 0, 15, 8}
; 19h: mode 7 with 400 lines
    MODE_ENTRY 80, 25, 16, 0x1000, 0x66, {0, 3, 0, 2}, {H80_TEXT}, {V449}, 0x4F, 0x0D, 0x0E, \
        {SYNC_400}, 0x28, 0x0F, {BLANK_400}, 0xA3, {PAL_MONO}, {0x0E, 0, 15, 8}, {GC_MONO}
; 1Ah, 1Bh: modes 11h, 12h
    MODE_ENTRY 80, 30, 16, 0xA000, 0xE3, {1, 15, 0, 6}, {H80_GFX}, {V525}, 0x40, 0, 0, \
        {SYNC_480}, 0x28, 0, {BLANK_480}, 0xC3, {PAL_TWO}, {1, 0, 15, 0}, {GC_TWO}
    MODE_ENTRY 80, 30, 16, 0xA000, 0xE3, {1, 15, 0, 6}, {H80_GFX}, {V525}, 0x40, 0, 0, \
        {SYNC_480}, 0x28, 0, {BLANK_480}, 0xE3, {PAL_EGA}, {1, 0, 15, 0}, {GC_PLANAR}
; 1Ch: mode 13h
    MODE_ENTRY 40, 25, 8, 0x2000, 0x63, {1, 15, 0, 14}, {H80_GFX}, {V449}, 0x41, 0, 0, \
        {SYNC_400}, 0x28, 0x40, {BLANK_400}, 0xA3, {PAL_SAME}, {0x41, 0, 15, 0}, {GC_LINEAR}
parameters_end:
%if parameters_end - parameters != 29 * 64
%error "the parameter table must have 29 entries of 64 bytes"
%endif

; Which entry, by mode, for text with 200, 350 and 400 lines; FFh: no such mode.
NO_MODE     equ 0xFF
entry_200:
    db 0, 1, 2, 3, 4, 5, 6, 7
    db NO_MODE, NO_MODE, NO_MODE, NO_MODE, NO_MODE, 0x0D, 0x0E, 0x11
    db 0x12, 0x1A, 0x1B, 0x1C
entry_350:
    db 0x13, 0x14, 0x15, 0x16, 7, 7, 7, 7
entry_400:
    db 0x17, 0x17, 0x18, 0x18, 7, 7, 7, 0x19

; Kind of memory, by mode.
mode_kind:
    db 0, 0, 0, 0, KIND_CGA4, KIND_CGA4, KIND_CGA2, 0, 0, 0, 0, 0, 0
    times 6 db KIND_PLANAR
    db KIND_LINEAR
MODE_COUNT  equ $ - mode_kind

; Bytes that a character cell is wide, by kind.
kind_cell:
    db 2, 2, 1, 1, 8

; ------------------------------------------------------ the table of tables
save_table:
    dw parameters, 0xC000           ; mode parameters
    dd 0                            ; where to keep the palette: nowhere until someone says
    dd 0                            ; a font of the user's for text modes
    dd 0                            ; and for graphics modes
    dw save_table2, 0xC000
    dd 0, 0

save_table2:
    dw 0x1A
    dw combinations, 0xC000
    dd 0, 0, 0, 0, 0

; Display combinations: pairs that may be in one machine. 40:8A is an index.
combinations:
    db 16, 1, 8, 0
    db 0, 0,  0, 1,  0, 2,  2, 1,  0, 4,  4, 1,  0, 5,  2, 5
    db 0, 6,  6, 1,  6, 5,  0, 8,  8, 1,  0, 7,  2, 7,  6, 7

; What this BIOS can do, for INT 10h AH=1Bh.
static_functions:
    db 0xFF, 0xE0, 0x0F             ; modes 0-7, 0Dh-0Fh, 10h-13h
    dd 0
    db 0x07                         ; text with 200, 350, 400 lines
    db 2, 8                         ; two fonts at once out of eight
    dw 0x0CFD                       ; all but the light pen and display switching
    dw 0
    db 0x3C, 0                      ; what a save pointer table may override
