/*
 * elf32.h - the tables of an ELF file for 32-bit x86 (System V ABI, ELF-32), read from memory. What
 * lies outside of the file is said; nothing of it is believed.
 */
#ifndef FERRITE_ELF32_H
#define FERRITE_ELF32_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>

struct elf32 {
    const u8 *file;
    size_t size;
    u32 entry;
    unsigned programs, sections;
    u32 program_table, section_table, program_size, section_size;
};

enum { ELF32_LOAD = 1 };   /* elf32_program.type */
enum { ELF32_SYMTAB = 2 }; /* elf32_section.type */

struct elf32_program {
    u32 type, offset, virtual, physical, length, size;
};

struct elf32_section {
    u32 type, flags, offset, size, link;
};

struct elf32_symbol {
    const char *name; /* ends within its table */
    u32 value, size;
    u8 type; /* 0 none, 1 object, 2 function */
    u16 section;
};

/* Is it such a file at all? */
bool elf32_is(const u8 *file, size_t size);
/* false + err (a reason without the file's name): it is none, or a table lies outside of it. The
 * bytes are borrowed. */
bool elf32_open(struct elf32 *e, const u8 *file, size_t size, struct err *why);
struct elf32_program elf32_program(const struct elf32 *e, unsigned i); /* i < programs */
struct elf32_section elf32_section(const struct elf32 *e, unsigned i); /* i < sections */
/* How many symbols a symbol table has; 0 when it lies outside of the file. */
u32 elf32_symbols(const struct elf32 *e, const struct elf32_section *table);
/* Symbol i of them. false: its name is not in the file. */
bool elf32_symbol(const struct elf32 *e, const struct elf32_section *table, u32 i,
                  struct elf32_symbol *out);

#endif
