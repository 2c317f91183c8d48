/*
 * plan.h - what there is to know about a block before code is made of it: its instructions as they
 * were decoded, the records that the interpreter has for them, and which flags somebody reads.
 * Nothing here knows the host.
 */
#ifndef FERRITE_PLAN_H
#define FERRITE_PLAN_H

#include "cpu/blocks/block.h"

struct plan {
    unsigned count;
    struct op insn[BLOCK_MAX_OPS];
    u8 record[BLOCK_MAX_OPS];  /* index of the struct op that executes it; a pair shares one */
    u16 needed[BLOCK_MAX_OPS]; /* FL_*: of what it writes, what somebody reads */
    u16 live[BLOCK_MAX_OPS];   /* FL_*: what somebody reads behind it */
    unsigned records;          /* of the block, without the one that falls through */
};

/*
 * Decode the block again: the interpreter's records are fused and specialised. false: it cannot be
 * planned (an instruction on two pages).
 */
bool plan_make(struct plan *p, const struct cpu *c, const struct block *b);

#endif
