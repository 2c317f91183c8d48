/*
 * dwarf_lines.h - which line of source an address comes from: the line tables of an ELF file's
 * DWARF, read by libdw, which is loaded on demand.
 */
#ifndef FERRITE_DWARF_LINES_H
#define FERRITE_DWARF_LINES_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* A row of the table: a statement's first instruction, or, with line 0, the end of a sequence. */
struct dwarf_row {
    const char *file; /* valid until dwarf_close() */
    u32 line;
    u32 address; /* as the file was linked */
};

struct dwarf;

/* NULL + err: the library is missing, or it is no file with DWARF in it. */
struct dwarf *dwarf_open(const char *path, struct err *e);
void dwarf_close(struct dwarf *d);
/* All rows, in no order, for free(); their number. NULL: there are none, or no memory. */
struct dwarf_row *dwarf_rows(struct dwarf *d, u32 *count);

#endif
