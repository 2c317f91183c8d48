/*
 * rig.h - one instruction at a time on a bare processor, with everything that it may read put in
 * and everything that it may have written taken out (struct world).
 *
 * Linear memory: what the instruction names lies on the page WINDOW, which is RAM, a device that
 * notes each access, or absent; its stack lies on the page STACK. Both are put back before each
 * run.
 */
#ifndef FERRITE_TESTS_ROWS_RIG_H
#define FERRITE_TESTS_ROWS_RIG_H

#include "cpu/cpu.h"
#include "cpu/decode/decode.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"
#include "cpu/exec.h"
#include "mmu/phys.h"

/* clang-format off */
enum {
    GDT = 0x71000, IDT = 0x71800, LDT = 0x72800, TSS = 0x73000, CODE = 0x10000, HANDLERS = 0x20000,
    STACK = 0x30000, INNER_STACK = 0x38000, WINDOW = 0x40000, DEVICE = 0x200000,
    DIRECTORY = 0x50000, TABLE = 0x51000
};
enum { WINDOW_BYTES = 0x500, STACK_BYTES = 0x200, STACK_TOP = 0x100 }; /* in their pages */
enum { WINDOW_RAM, WINDOW_DEVICE, WINDOW_ABSENT };
/* clang-format on */

/* Everything that an instruction can see or change, but for what the rig keeps constant. */
struct world {
    u32 gpr[8];
    u32 eip;
    u32 fl;     /* FL_ALL only */
    u32 eflags; /* the others */
    struct {
        u16 sel;
        u32 base;
    } seg[6];
    u8 st[8][10];
    u8 xmm[8][16];
    u16 fcw, fsw;
    u8 ftw;
    u32 x87_pointers[5]; /* FOP, FCS:FIP, FDS:FDP */
    u32 mxcsr;
    u32 cr0, cr2, cr3, cr4, dr[8], tables[4], ldtr, tr, halted;
    u32 msr[3];
    u64 other_msrs; /* a sum of them */
    u64 tsc;
    u32 port_value; /* what IN gets */
    u32 port_log;   /* what OUT gave, and how often */
    u8 window[WINDOW_BYTES], stack[STACK_BYTES];
    u8 gdt[0x60];
};

/* How the processor is set up around it. */
struct setting {
    bool segmented; /* DS, ES, FS, GS at WINDOW, SS at STACK, each of 64 KB; else
                       flat */
    bool stack16;
    u8 cpl, iopl;
    u8 window; /* WINDOW_* */
    bool absent_stack, small_code, task_switched, emulate, no_fxsr, no_tsd, pending_mf, guard_dr;
    bool absent_tables; /* the GDT and the IDT */
    bool null_segments; /* of memory: what pops and loads selectors finds zeros or
                           rubbish */
};

struct access {
    u32 at;
    u8 size;
    bool write;
};

struct rig {
    struct phys phys;
    struct cpu *c;
    struct decoder *decoder;
    struct setting set;
    struct access access[1024];
    unsigned accesses;
    unsigned callbacks; /* ports, time: what A_IO is about */
    u32 port_value, port_log;
    u64 time;
    u64 seed;
};

bool rig_init(struct rig *r, const char *model);
void rig_free(struct rig *r);

u32 rig_random(struct rig *r);

/* An instruction and how it was decoded. */
struct instruction {
    u8 bytes[16];
    unsigned len;
    u8 prefixes; /* before the opcode */
    struct op op;
};

/* FORM_*: what to make of a row. */
enum { FORM_MEM = 1, FORM_O16 = 2, FORM_A16 = 4, FORM_REP = 8, FORM_LOCK = 16, FORM_CODE16 = 32 };
/* Encode this row, with what is free at random. False: it has no such form, or another row has it.
 */
bool rig_encode(struct rig *r, unsigned row, unsigned form, struct instruction *i);

/* Random contents, the memory operand inside the window. */
void rig_fill(struct rig *r, const struct instruction *i, struct world *w);

/* Put w and the code in, as the setting says. */
void rig_put(struct rig *r, const struct world *w, const u8 *code, unsigned n);
/* Run one instruction; the vector of the exception it raised, or -1. */
int rig_step(struct rig *r);
void rig_get(struct rig *r, struct world *w);

static inline int rig_run(struct rig *r, const struct instruction *i, const struct world *before,
                          struct world *after)
{
    rig_put(r, before, i->bytes, i->len);
    int vector = rig_step(r);
    rig_get(r, after);
    return vector;
}

/* The part of a world that is this resource (one bit of R_*), as far as it is bytes. */
struct part {
    unsigned at, len;
};
unsigned world_parts(u64 resource, const struct world *w, struct part out[4]);

#endif
