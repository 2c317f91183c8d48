; Ferrite system BIOS: the 64 KB ROM of the PC, F0000h..FFFFFh.
;
; The code proper fills the image from offset 0. The last 8 KB hold what
; programs find by address: since the first PC every BIOS has had its
; interrupt entries and tables at these offsets, and some software jumps to
; them directly instead of going through the vectors. There is only a jump or
; a table at each, so that the code itself can grow freely.
;
; Build: nasm -f bin -o bios.bin bios.asm, then romsum fixes the checksum.

    bits 16
    cpu 386
    org 0

%include "macros.inc"
%include "data.inc"

rom_start:
    db 'Ferrite system BIOS', 0

%include "timing.asm"
%include "print.asm"
%include "post.asm"
%include "chips.asm"
%include "memory.asm"
%include "cpu.asm"
%include "pci.asm"
%include "shadow.asm"
%include "acpi.asm"
%include "mptable.asm"
%include "smbios.asm"
%include "bios32.asm"
%include "pnp.asm"
%include "apm.asm"
%include "kbc.asm"
%include "irq.asm"
%include "int09.asm"
%include "int16.asm"
%include "int16_idle.asm"
%include "int13.asm"
%include "fdc.asm"
%include "int13_floppy.asm"
%include "int13_floppy_io.asm"
%include "ata.asm"
%include "disk_setup.asm"
%include "uhci.asm"
%include "usb_disk.asm"
%include "int13_disk.asm"
%include "int13_edd.asm"
%include "atapi.asm"
%include "int13_cd.asm"
%include "eltorito.asm"
%include "int14_17.asm"
%include "int15.asm"
%include "int15_memory.asm"
%include "stick.asm"
%include "mouse.asm"
%include "int1a.asm"
%include "int05.asm"
%include "boot.asm"

%include "fixed.asm"
