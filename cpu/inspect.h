/*
 * inspect.h - points at which a debugger outside of the guest wants the processor to stop:
 * instructions and accesses to memory, by linear address. The guest's own are debug_regs.h; the two
 * know nothing of each other, and no guest can tell whether there are points here.
 *
 * Instructions: a block (cpu/blocks/) ends before an instruction whose address has the low 12 bits
 * of some point, and a block that begins there begins with a record that compares the whole address
 * (exec_inspect). These bits are the same in a linear address and in the physical one that blocks
 * go by, so no mapping has to be followed. The record is no instruction: nothing counts it. Other
 * blocks are as they were.
 *
 * Data: pages with a watchpoint have no tags for the fast path (mmu_slow_pages()); the complete
 * path (cpu/protect/access.c) asks here. Accesses that the processor makes by itself (frames,
 * descriptors, TSS) are among them; walks of the page tables and what devices write to memory,
 * which have no linear address, are not.
 *
 * The processor stops before an instruction, and after one that has met a watchpoint: one pass of a
 * repeated string instruction is one instruction, as for TF. What follows from it - a fault, the
 * guest's own debug trap - is delivered before; an interrupt that is due is not. That is the state
 * in which a run would stop that is told the number of instructions.
 */
#ifndef FERRITE_CPU_INSPECT_H
#define FERRITE_CPU_INSPECT_H

#include "hw/base/types.h"
#include "mmu/phys.h"

struct cpu;

enum inspect_kind { INSPECT_EXECUTE, INSPECT_WRITE, INSPECT_READ, INSPECT_ACCESS };

/* INSPECT_BYTES: of one watchpoint, at most. */
enum { INSPECT_POINTS = 512, INSPECT_BYTES = 1 << 20 };

struct inspect_point {
    u8 kind;  /* enum inspect_kind */
    bool far; /* INSPECT_EXECUTE: only while CS holds the selector `sel` */
    u16 sel;
    u32 lin, len; /* len: of data, in bytes */
};

struct inspect_hit {
    struct inspect_point point;
    u32 lin, len; /* INSPECT_EXECUTE: the instruction; else the access */
    bool write;
};

struct inspect {
    struct inspect_point point[INSPECT_POINTS];
    unsigned points, breaks; /* breaks: those that are INSPECT_EXECUTE */
    bool held;               /* none is looked at */
    bool met;                /* since it was asked last: */
    struct inspect_hit hit;
    /* The instruction at which the processor stands or goes on, which is not met again. */
    struct inspect_place {
        bool valid;
        u32 lin;
        u64 executed;
    } passed;
    u64 guard[PAGE_SIZE / 64]; /* offsets in a page at which blocks begin with a check */
};

/* ---- for debuggers ---- */

/*
 * The same point may be set several times, and is there until it is cleared as often. false: there
 * are too many, it is too long, wraps at 4 GiB or has no length, or memory is at its end.
 */
bool cpu_point_set(struct cpu *c, const struct inspect_point *p);
bool cpu_point_clear(struct cpu *c, const struct inspect_point *p); /* false: it is not there */
void cpu_points_clear(struct cpu *c);
/* What stopped the processor since this was asked last; false: nothing. */
bool cpu_point_met(struct cpu *c, struct inspect_hit *hit);
/* The next cpu_run() does not stop at the instruction at which the processor is now, as after a
 * stop there. */
void cpu_points_pass(struct cpu *c);
/* No point stops the processor until they are held no more. */
void cpu_points_hold(struct cpu *c, bool on);
/* The processor is in another state: where it stood means nothing. */
void inspect_loaded(struct cpu *c);

/* ---- for the processor ---- */

/* Does the instruction at this linear address stop the processor? Then it is noted. */
bool inspect_execute(struct cpu *c, u32 lin);
/* An access of n bytes that has been done; one that meets a point ends the run. */
void inspect_data(struct cpu *c, u32 lin, unsigned n, bool write);

static inline bool inspect_guards(const struct inspect *i, u32 offset)
{
    return unlikely(i != NULL) && (i->guard[offset / 64] >> offset % 64 & 1);
}

/* The lists, without what the cache of blocks has to be told: *fresh: a new offset is guarded. */
bool inspect_add(struct cpu *c, const struct inspect_point *p, bool *fresh);
bool inspect_remove(struct cpu *c, const struct inspect_point *p);

#endif
