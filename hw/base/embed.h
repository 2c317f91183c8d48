/*
 * embed.h - a file as data of the program. The assembler copies it in, which takes no time; a C
 * array of a million numbers would take the compiler many seconds. ELF, and the object format of
 * WebAssembly, whose symbols have a section and a size each and no second label.
 *
 *     EMBED(demo_floppy, DEMO_IMAGE);
 *
 * defines `const unsigned char demo_floppy[]` and `const size_t demo_floppy_size`; the name of the
 * file is a string literal. A header declares both, and CMake says when the file is made anew
 * (OBJECT_DEPENDS).
 */
#ifndef FERRITE_BASE_EMBED_H
#define FERRITE_BASE_EMBED_H

#include <stddef.h>

#ifdef __wasm__
#define EMBED_SECTION(name) ".section .rodata." #name ",\"\",@\n"
#define EMBED_TYPE(name) ""
#else
#define EMBED_SECTION(name) ".section .rodata\n"
#define EMBED_TYPE(name) ".type " #name ", %object\n"
#endif

#if __SIZEOF_SIZE_T__ == 8
#define EMBED_NUMBER ".quad "
#define EMBED_NUMBER_BYTES "8"
#else
#define EMBED_NUMBER ".long "
#define EMBED_NUMBER_BYTES "4"
#endif

#define EMBED(name, file)                                                                          \
    __asm__(EMBED_SECTION(name) ".p2align 4\n"                                                     \
                                ".globl " #name "\n" EMBED_TYPE(name) #name                        \
            ":\n"                                                                                  \
            ".incbin \"" file "\"\n"                                                               \
            ".L" #name "_end:\n"                                                                   \
            ".size " #name ", .L" #name "_end - " #name                                            \
            "\n" EMBED_SECTION(name##_size) ".p2align 3\n"                                         \
                                            ".globl " #name                                        \
                                            "_size\n" EMBED_TYPE(name##_size) #name                \
            "_size:\n" EMBED_NUMBER ".L" #name "_end - " #name "\n"                                \
            ".size " #name "_size, " EMBED_NUMBER_BYTES "\n"                                       \
            ".text\n")

#endif
