/*
 * The demo disk in the executable. The assembler copies the image in, which takes no time;
 * a C array of 1.4 million numbers would take the compiler many seconds.
 */
#include "images/demo.h"

__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        ".global demo_floppy\n"
        "demo_floppy:\n"
        ".incbin \"" DEMO_IMAGE "\"\n"
        ".popsection\n");

/* mkfloppy makes no other size. */
const size_t demo_floppy_size = 80 * 2 * 18 * 512;
