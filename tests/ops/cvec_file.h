/*
 * cvec_file.h - reading vector files (CVEC): single instructions with the state before and after.
 *
 * The format is described in tests/ops/README.md. The reader checks every offset and length, so
 * a damaged file is refused and not trusted.
 */
#ifndef FERRITE_CVEC_FILE_H
#define FERRITE_CVEC_FILE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* Offsets in the state block. */
/* clang-format off */
enum {
    CVEC_GPR = 0, CVEC_EIP = 32, CVEC_EFLAGS = 36, CVEC_SEG = 40, CVEC_CR2 = 52, CVEC_ERROR = 56,
    CVEC_FX = 64, CVEC_STATE = 576
};
/* clang-format on */
enum { CVEC_REAL = 1, CVEC_FLAT = 2 };
#define CVEC_NO_VECTOR 0xff

struct cvec_region {
    u32 base, len;
    u8 fill, prot; /* prot: 1 read, 2 write, 4 execute */
};

struct cvec_form {
    char name[21];
    u32 first, count, eflags_mask;
};

struct cvec_file {
    u8 *bytes;
    size_t size;
    u32 mode;
    unsigned form_count, region_count, ldt_count;
    struct cvec_form *form;
    struct cvec_region *region;
    const u8 *ldt;
    const u8 *initial; /* default state block */
};

struct cvec_run { /* a run of memory bytes; bytes is NULL in an ignore list */
    u32 addr;
    u8 len;
    const u8 *bytes;
};

struct cvec {
    u32 id, eflags_mask, flag_addr;
    u16 form, fsw_mask;
    u8 vector, length, kind;
    u8 before[CVEC_STATE], after[CVEC_STATE];
    unsigned before_runs, after_runs, ignore_runs;
    struct cvec_run before_mem[256], after_mem[256], ignore[256];
    char name[64];
};

bool cvec_open(struct cvec_file *f, const char *path, struct err *e);
void cvec_close(struct cvec_file *f);
/* Decode the record at *offset and move on to the next one. false: damaged. */
bool cvec_next(const struct cvec_file *f, u32 *offset, struct cvec *v);

/* What a region holds before the vector's own bytes are put into it. */
static inline u8 cvec_fill(const struct cvec_region *r, u32 addr)
{
    switch (r->fill) {
    case 1:
        return 0xcc;
    case 2:
        return (u8)((addr * 2654435761u) >> 24);
    case 3:
        return 0xf4;
    default:
        return 0;
    }
}

#endif
