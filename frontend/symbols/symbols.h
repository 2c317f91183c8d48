/*
 * symbols.h - names for addresses of the guest, from files that its programs' builders have made:
 * ELF files, maps of linkers (Watcom, Borland, Microsoft, GNU ld), of NASM, System.map and
 * /proc/kallsyms of Linux, and what nm prints. Which of them it is, its content says.
 *
 * Addresses are linear ones. A symbol that comes without a size ends where the next one begins.
 */
#ifndef FERRITE_SYMBOLS_H
#define FERRITE_SYMBOLS_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <stddef.h>

struct symbols;

struct symbols *symbols_new(void); /* NULL: no memory */
void symbols_free(struct symbols *s);

/*
 * "FILE" or "FILE,base=ADDRESS": what the file says lies so much higher. ADDRESS is a linear one
 * (0x10000), or SEGMENT:OFFSET in hexadecimal, as a DOS program's load segment ("1a2:0"). false +
 * err: no such file, nothing in it is a symbol, a wrong base; nothing is added then.
 */
bool symbols_load(struct symbols *s, const char *spec, struct err *e);
/* The same from memory; `what` stands for the file in messages. */
bool symbols_read(struct symbols *s, const char *what, const u8 *bytes, size_t size, u32 base,
                  struct err *e);

/* The number of the symbol that an address lies in, from 1 on and for ever; 0: in none. */
u32 symbols_at(const struct symbols *s, u32 lin);
u32 symbols_count(const struct symbols *s); /* numbers go up to it */
const char *symbols_name(const struct symbols *s, u32 number);
u32 symbols_address(const struct symbols *s, u32 number);
/* By name, the first that was read. false: there is none. */
bool symbols_find(const struct symbols *s, const char *name, u32 *lin);

/* The files, in their order. */
struct symbols_file {
    const char *path;
    u32 base;       /* what was added to its addresses */
    u32 start, end; /* where it begins and, as far as known, ends: segments, else symbols */
    bool elf;
};
unsigned symbols_files(const struct symbols *s);
struct symbols_file symbols_file(const struct symbols *s, unsigned i);

#endif
