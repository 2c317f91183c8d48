/*
 * The hard disk's sectors in the executable; see demo.c for the way they get there.
 */
#include "images/harddisk.h"

__asm__(".pushsection .rodata\n"
        ".global mbr_sector, boot16_sector\n"
        "mbr_sector:\n"
        ".incbin \"" MBR_SECTOR "\"\n"
        "boot16_sector:\n"
        ".incbin \"" BOOT16_SECTOR "\"\n"
        ".popsection\n");
