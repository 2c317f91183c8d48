/*
 * elf32.c - see elf32.h.
 */
#include "hw/base/elf32.h"

#include <string.h>

enum { HEADER = 52, PROGRAM = 32, SECTION = 40, SYMBOL = 16, MACHINE_386 = 3 };

bool elf32_is(const u8 *file, size_t size)
{
    return size >= HEADER && memcmp(file, "\177ELF\1\1", 6) == 0 &&
           get_le16(file + 18) == MACHINE_386;
}

static bool inside(const struct elf32 *e, u64 at, u64 size)
{
    return at <= e->size && size <= e->size - at;
}

static bool table_ok(const struct elf32 *e, u32 at, unsigned count, u32 each, u32 least)
{
    return !count || (each >= least && inside(e, at, (u64)count * each));
}

bool elf32_open(struct elf32 *e, const u8 *file, size_t size, struct err *why)
{
    if (!elf32_is(file, size))
        return err_set(why, "not an ELF file for 32-bit x86");
    *e = (struct elf32){.file = file,
                        .size = size,
                        .entry = get_le32(file + 24),
                        .program_table = get_le32(file + 28),
                        .section_table = get_le32(file + 32),
                        .program_size = get_le16(file + 42),
                        .programs = get_le16(file + 44),
                        .section_size = get_le16(file + 46),
                        .sections = get_le16(file + 48)};
    if (!table_ok(e, e->program_table, e->programs, e->program_size, PROGRAM))
        return err_set(why, "damaged ELF program headers");
    /* Section headers are not needed to run a program, and may have been cut off. */
    if (!table_ok(e, e->section_table, e->sections, e->section_size, SECTION))
        e->sections = 0;
    return true;
}

struct elf32_program elf32_program(const struct elf32 *e, unsigned i)
{
    const u8 *p = e->file + e->program_table + (size_t)i * e->program_size;
    return (struct elf32_program){.type = get_le32(p),
                                  .offset = get_le32(p + 4),
                                  .virtual = get_le32(p + 8),
                                  .physical = get_le32(p + 12),
                                  .length = get_le32(p + 16),
                                  .size = get_le32(p + 20)};
}

struct elf32_section elf32_section(const struct elf32 *e, unsigned i)
{
    const u8 *p = e->file + e->section_table + (size_t)i * e->section_size;
    return (struct elf32_section){.type = get_le32(p + 4),
                                  .flags = get_le32(p + 8),
                                  .offset = get_le32(p + 16),
                                  .size = get_le32(p + 20),
                                  .link = get_le32(p + 24)};
}

u32 elf32_symbols(const struct elf32 *e, const struct elf32_section *table)
{
    bool sound = inside(e, table->offset, table->size) && table->link < e->sections;
    return sound ? table->size / SYMBOL : 0;
}

bool elf32_symbol(const struct elf32 *e, const struct elf32_section *table, u32 i,
                  struct elf32_symbol *out)
{
    struct elf32_section names = elf32_section(e, table->link);
    const u8 *p = e->file + table->offset + (size_t)i * SYMBOL;
    u32 name = get_le32(p);
    if (!inside(e, names.offset, names.size) || name >= names.size ||
        !memchr(e->file + names.offset + name, 0, names.size - name))
        return false;
    *out = (struct elf32_symbol){.name = (const char *)e->file + names.offset + name,
                                 .value = get_le32(p + 4),
                                 .size = get_le32(p + 8),
                                 .type = p[12] & 15,
                                 .section = get_le16(p + 14)};
    return true;
}
