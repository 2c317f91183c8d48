; bios_cd_disc.asm - a CD with an El Torito boot record around IMAGE_FILE, for bios_cd.sh. As much
; of ISO 9660 as a firmware looks at, which is the descriptors. KIND: 0, 2 or 4; COUNT: sectors to
; load.

IMAGE       equ 20
BLOCKS      equ 20 + 720
MARK        equ 40

%macro to_block 1
    times (%1) * 2048 - ($ - $$) db 0
%endmacro

    to_block 16                     ; primary volume descriptor
    db 1, 'CD001', 1
    to_block 17                     ; boot record
%ifndef NO_BOOT
    db 0, 'CD001', 1, 'EL TORITO SPECIFICATION'
    times 17 * 2048 + 0x47 - ($ - $$) db 0
    dd 19
%else
    db 0, 'CD001', 1, 'SOMETHING ELSE'
%endif
    to_block 18
    db 255, 'CD001', 1
    to_block 19                     ; the catalog
    dw 1, 0
    times 24 db 0
    dw -(1 + 0xAA55) & 0xFFFF, 0xAA55
    db 0x88, KIND
    dw 0                            ; load segment: the usual one
    dw 0, COUNT
    dd IMAGE
    to_block IMAGE
%if KIND = 4
    incbin IMAGE_FILE, 0, 446       ; a partition of 20 cylinders, 4 heads, 17 sectors
    db 0x80, 0, 1, 0, 6, 3, 17, 19
    dd 1, 20 * 4 * 17 - 1
    times 48 db 0
    incbin IMAGE_FILE, 510
%else
    incbin IMAGE_FILE
%endif
    times IMAGE * 2048 + MARK * 512 - ($ - $$) db 0
%assign n MARK
%rep 2880 - MARK
    times 256 dw n
%assign n n + 1
%endrep
    to_block BLOCKS
