/*
 * inspect.h - points at which a debugger outside of the guest wants the processor to stop:
 * instructions and accesses to memory, by linear address, accesses to ports, interrupts and
 * exceptions by vector, changes of the mode, task switches. The guest's own are debug_regs.h; the
 * two know nothing of each other, and no guest can tell whether there are points here.
 *
 * Instructions: a block (cpu/blocks/) ends before an instruction whose address has the low 12 bits
 * of some point, and a block that begins there begins with a record that compares the whole address
 * (exec_inspect); whoever looks for a block asks before, since there is none where the fetch
 * faults, which comes behind a breakpoint (SDM vol. 3, table 6-2). These bits are the same in a
 * linear address and in the physical one that blocks go by, so no mapping has to be followed. The
 * record is no instruction: nothing counts it. Other blocks are as they were.
 *
 * Data: pages with a watchpoint have no tags for the fast path (mmu_slow_pages()); the complete
 * path (cpu/protect/access.c) asks here. Accesses that the processor makes by itself (frames,
 * descriptors, TSS) are among them; walks of the page tables and what devices write to memory,
 * which have no linear address, are not.
 *
 * Events: whoever delivers an interrupt or an exception, switches tasks or does I/O asks here,
 * which costs a look at one pointer. A change of the mode is seen by the run loop, to which every
 * such change leads while somebody wants to know (mode.c): what is between two instructions counts,
 * not what a task switch passes through.
 *
 * The processor stops before an instruction, and after one that has met a watchpoint or an event,
 * an interrupt's or exception's before the first instruction of its handler: one pass of a
 * repeated string instruction is one instruction, as for TF. What follows from it - a fault, the
 * guest's own debug trap - is delivered before; an interrupt that is due is not. That is the state
 * in which a run would stop that is told the number of instructions.
 */
#ifndef FERRITE_CPU_INSPECT_H
#define FERRITE_CPU_INSPECT_H

#include "hw/base/types.h"
#include "mmu/phys.h"

struct cpu;

enum inspect_kind {
    INSPECT_EXECUTE,
    INSPECT_WRITE,
    INSPECT_READ,
    INSPECT_ACCESS,
    INSPECT_PORT,   /* from `lin` on, `len` of them; how: INSPECT_IN, INSPECT_OUT */
    INSPECT_VECTOR, /* likewise; how: INSPECT_FAULT, INSPECT_IRQ, INSPECT_INT */
    INSPECT_MODE,   /* how: INSPECT_OPERATION, INSPECT_RING, INSPECT_SIZE */
    INSPECT_TASK,
};

/* inspect_point.how, inspect_hit.how */
enum {
    INSPECT_IN = 1,
    INSPECT_OUT = 2,
    INSPECT_FAULT = 1,     /* an exception that the processor raised */
    INSPECT_IRQ = 2,       /* from outside, NMI among them */
    INSPECT_INT = 4,       /* by an instruction: INT n, INT3, INTO */
    INSPECT_OPERATION = 1, /* real, protected, virtual-8086; paging */
    INSPECT_RING = 2,
    INSPECT_SIZE = 4, /* 16- or 32-bit code */
};

/* The mode as inspect_hit has it: the ring, and these. */
#define INSPECT_MODE_PE 4u
#define INSPECT_MODE_VM 8u
#define INSPECT_MODE_PG 16u
#define INSPECT_MODE_CS32 32u

/* INSPECT_BYTES: of one watchpoint, at most. */
enum { INSPECT_POINTS = 512, INSPECT_BYTES = 1 << 20 };

struct inspect_point {
    u8 kind;  /* enum inspect_kind */
    bool far; /* INSPECT_EXECUTE: only while CS holds the selector `sel` */
    u16 sel;
    u8 how;
    u32 lin, len; /* len: of data, in bytes */
};

struct inspect_hit {
    struct inspect_point point;
    /* INSPECT_EXECUTE: the instruction; else the access, the port, the vector; the mode or the
     * selector of the TSS before. */
    u32 lin, len; /* of an access */
    bool write;   /* of an access */
    u8 how;       /* of an event, one bit */
    u32 value;    /* what went through the port; the exception's code; the mode, the TSS now */
};

struct inspect {
    struct inspect_point point[INSPECT_POINTS];
    unsigned points, breaks; /* breaks: those that are INSPECT_EXECUTE */
    unsigned events, modes;  /* from INSPECT_PORT on; INSPECT_MODE */
    u32 mode;                /* as it was before the last instruction, while there are `modes` */
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

/* Is anybody interested in the following? */
static inline bool inspect_events(const struct inspect *i)
{
    return unlikely(i != NULL) && i->events;
}

/* An event that has happened; one that meets a point ends the run. */
void inspect_event(struct cpu *c, enum inspect_kind kind, unsigned how, u32 lin, u32 value);
/* n bytes have gone through a port. */
void inspect_port(struct cpu *c, u16 port, unsigned n, bool out, u32 value);
/* Between two instructions: is the mode another one? */
void inspect_mode(struct cpu *c);

/* The lists, without what the cache of blocks has to be told: *fresh: a new offset is guarded. */
bool inspect_add(struct cpu *c, const struct inspect_point *p, bool *fresh);
bool inspect_remove(struct cpu *c, const struct inspect_point *p);

#endif
