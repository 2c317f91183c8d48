/*
 * The tools floppy and FERRITE.COM in the executable; see demo.c for the way they get there.
 */
#include "images/tools.h"

__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        ".global tools_floppy\n"
        "tools_floppy:\n"
        ".incbin \"" TOOLS_IMAGE "\"\n"
        ".global ferrite_com, ferrite_com_end\n"
        "ferrite_com:\n"
        ".incbin \"" FERRITE_COM "\"\n"
        "ferrite_com_end:\n"
        ".popsection\n");

/* mkfloppy makes no other size. */
const size_t tools_floppy_size = 80 * 2 * 18 * 512;
