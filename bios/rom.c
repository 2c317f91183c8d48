/*
 * The firmware images as data of the executable. CMake names the files in
 * BIOS_ROM_FILE and the like; .incbin keeps the compiler from having to
 * read them as C.
 */
#include "rom.h"

#define ROM_IMAGE(name, file)                                                                      \
    __asm__(".section .rodata\n"                                                                   \
            ".balign 16\n"                                                                         \
            ".globl " #name "\n" #name ":\n"                                                       \
            ".incbin \"" file "\"\n" #name "_end:\n"                                               \
            ".balign 8\n"                                                                          \
            ".globl " #name "_size\n" #name "_size:\n"                                             \
            ".if " ROM_SIZE_T_BYTES " == 8\n"                                                      \
            ".quad " #name "_end - " #name "\n"                                                    \
            ".else\n"                                                                              \
            ".long " #name "_end - " #name "\n"                                                    \
            ".endif\n"                                                                             \
            ".previous\n")

#if __SIZEOF_SIZE_T__ == 8
#define ROM_SIZE_T_BYTES "8"
#else
#define ROM_SIZE_T_BYTES "4"
#endif

ROM_IMAGE(bios_rom, BIOS_ROM_FILE);
ROM_IMAGE(vgabios_rom, VGABIOS_ROM_FILE);
ROM_IMAGE(vgabios_cirrus_rom, VGABIOS_CIRRUS_ROM_FILE);
ROM_IMAGE(multiboot_rom, MULTIBOOT_ROM_FILE);
