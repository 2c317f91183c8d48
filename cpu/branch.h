/*
 * branch.h - leaving a block: along a link, through the jump cache, or to the run loop.
 */
#ifndef FERRITE_CPU_BRANCH_H
#define FERRITE_CPU_BRANCH_H

#include "cpu/block.h"
#include "cpu/handlers.h"

/* Start block b, if the budget covers it; else the run loop finds the exact stopping point. */
static ALWAYS_INLINE exec_ret enter_block(struct cpu *c, const struct block *b, u64 fl)
{
    s64 left = c->budget - b->count;
    if (unlikely(left < 0))
        LEAVE_LOOP(fl);
    c->budget = left;
    DISPATCH(b->op, fl);
}

/*
 * Go to the block behind a link; c->eip is the target already. `limited`: the code segment has a
 * limit below 4 GiB that the whole block must fit in.
 */
static ALWAYS_INLINE exec_ret follow(struct cpu *c, const struct op *o, u64 fl,
                                     const struct link *l, exec_fn *miss, bool limited)
{
    const struct block *b = l->to;
    if (unlikely(!b) || unlikely(l->stamp != 0 && l->stamp != c->mmu.stamp))
        TAIL(miss(c, o, fl));
    if (limited && unlikely((u64)c->eip + b->bytes - 1 > c->cs_limit))
        TAIL(miss(c, o, fl));
    TAIL(enter_block(c, b, fl));
}

/* Indirect: probe the jump cache for c->eip. */
static ALWAYS_INLINE exec_ret jump_indirect(struct cpu *c, const struct op *o, u64 fl)
{
    u32 lin = c->seg[SEG_CS].base + c->eip;
    const struct jump_slot *j = jump_slot(c->blocks, lin);
    const struct block *b = j->block;
    if (unlikely(j->lin != lin) || unlikely(j->stamp != c->mmu.stamp) ||
        unlikely(b->mode != c->mode) || unlikely((u64)c->eip + b->bytes - 1 > c->cs_limit))
        TAIL(exec_lookup(c, o, fl));
    TAIL(enter_block(c, b, fl));
}

#endif
