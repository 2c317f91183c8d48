/*
 * branches.h - the last jumps, calls, returns and interrupts before this instant. Nothing records
 * them: the timeline goes back some instructions, and the machine does them again, one by one.
 */
#ifndef FERRITE_BRANCHES_H
#define FERRITE_BRANCHES_H

#include "hw/machine/vm_instruction.h"

struct timeline;

enum { BRANCHES_MOST = 200 };

struct branch {
    u16 from_sel, to_sel;
    u32 from, to;              /* EIP */
    u64 at;                    /* instructions before it */
    char what[VM_DISASSEMBLY]; /* the instruction, or the interrupt's or exception's words */
};

/*
 * The last `want` of them (at most BRANCHES_MOST), the latest at the end; fewer when no more are
 * among what is kept or among the last 65,536 instructions. Afterwards the machine is where it was.
 * How many; false + err: one cannot go back.
 */
bool branches_look(struct vm *vm, struct timeline *t, unsigned want, struct branch *out,
                   unsigned *count, struct err *e);

/*
 * For other journeys of that kind: the machine goes back so many instructions, or as far as is
 * kept; then branches_return() brings it to where it was, also behind an interrupt that was just
 * taken.
 */
struct journey {
    struct vm *vm;
    struct timeline *timeline;
    u64 from;
    bool away;
    u16 sel;
    u32 eip;
};
bool journey_begin(struct journey *j, struct vm *vm, struct timeline *t, u64 back, struct err *e);
bool journey_end(struct journey *j, struct err *e);

#endif
