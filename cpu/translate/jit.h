/*
 * jit.h - the second tier: machine code of an x86-64 host for blocks that are entered often.
 *
 * The interpreter's records stay and remain the reference. Machine code is a second way through the
 * same block: op[0].fn leads into it, and whatever it does not do - an instruction that has no
 * translation, an access that is not plain RAM, the end of the budget - continues in the
 * interpreter at that instruction, whose state is then complete. So nothing that a guest can see
 * depends on whether or when a block is translated. Nothing here is part of the machine's state.
 *
 * Only where the host is an x86-64 and its arithmetic is used (ALU_HOST, cpu/alu.h); elsewhere
 * jit_new() says no and the interpreter does everything.
 */
#ifndef FERRITE_JIT_H
#define FERRITE_JIT_H

#include "cpu/cpu.h"

#include <stdio.h>

/* Why machine code was left. */
enum leave_reason {
    LEAVE_MEMORY,   /* an access that is not inside one page of RAM that the TLB knows */
    LEAVE_DIVIDE,   /* a quotient that may not fit */
    LEAVE_OP,       /* an instruction that has no translation */
    LEAVE_FPU,      /* x87, MMX, SSE: would fault, or has exceptions that are not masked */
    LEAVE_LINK,     /* a successor that is not translated, or no longer where it was */
    LEAVE_INDIRECT, /* the same for RET and indirect jumps */
    LEAVE_BUDGET,   /* the instructions of the slice are used up */
    LEAVE_REASONS
};
const char *jit_reason_name(enum leave_reason r);

struct jit_stats {
    u64 blocks, instructions; /* translated */
    u64 bytes;                /* of machine code made, ever */
    u64 used, size;           /* of the code cache now, and in all */
    u64 emptied;              /* times that it was full */
    u64 refused;              /* blocks that were hot, but too slowly, or not paid for yet */
    u64 rests;                /* blocks sent back to the interpreter for a while */
    u64 checked;              /* blocks that ran in both tiers */
    u64 entered, left[LEAVE_REASONS];
};

/* Instructions without a translation that machine code was left for, the most frequent first. */
struct jit_left {
    const char *operation;
    u64 times;
};

/* Is there machine code of the translator's at this address of the host? From signal handlers. */
bool jit_made(const struct cpu *c, u64 address);
bool jit_exists(void); /* is there a translator for this host? */

/*
 * Translate from now on: blocks that were entered `threshold` times; 0: every block, those of
 * single instructions too, before it runs first (for tests). check: each block that machine code
 * has run is run again by the interpreter and compared; a difference is logged and aborts. false +
 * err: the host cannot do it, and the interpreter goes on alone.
 */
bool jit_start(struct cpu *c, unsigned threshold, bool check, struct err *e);
void jit_stop(struct cpu *c); /* forgets all blocks */
/* In the child of a fork(2): code of its own from now on. false + err: there is no memory for it,
 * and the interpreter goes on alone. */
bool jit_forked(struct cpu *c, struct err *e);
/* A state was loaded, with another count of instructions: what they earn is counted from here. */
void jit_loaded(struct cpu *c);
bool jit_statistics(const struct cpu *c, struct jit_stats *s); /* false: there is no translator */
unsigned jit_left_for(const struct cpu *c, struct jit_left *l, unsigned most); /* how many */

/*
 * Making code of an instruction takes as long as executing it some 250 times. So a guest whose
 * every block is entered no more than it takes to be translated loses half while it has not
 * executed more than the advance is for (PRICE), and a tenth later.
 */
#define JIT_THRESHOLD 256u

#endif
