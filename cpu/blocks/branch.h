/*
 * branch.h - leaving a block: along a link, through the jump cache, or to the run loop.
 */
#ifndef FERRITE_CPU_BRANCH_H
#define FERRITE_CPU_BRANCH_H

#include "cpu/blocks/block.h"
#include "cpu/blocks/dispatch.h"

/*
 * Macros, because handlers end in tail calls, and these may only be made from functions of a
 * handler's own shape. c, o and fl are the handler's.
 */

/* Start block b_, if the budget covers it; else the run loop finds the exact stopping point. */
#define ENTER_BLOCK(b_, fl_)                                                                       \
    do {                                                                                           \
        s64 left_ = c->budget - (b_)->count;                                                       \
        if (unlikely(left_ < 0))                                                                   \
            LEAVE_LOOP(fl_);                                                                       \
        c->budget = left_;                                                                         \
        DISPATCH((b_)->op, fl_);                                                                   \
    } while (0)

/*
 * The block behind a link, or NULL. A link into another page holds for one mapping and for one
 * linear address. `limited`: the code segment may have a base, and a limit that the whole block
 * must fit in (not in flat mode).
 */
static ALWAYS_INLINE const struct block *linked(const struct cpu *c, const struct link *l,
                                                bool limited)
{
    u32 lin = limited ? c->seg[SEG_CS].base + c->eip : c->eip;
    if (unlikely(l->stamp != MMU_ANY_STAMP) &&
        (!mmu_stamp_holds(&c->mmu, l->stamp) || l->lin != lin))
        return NULL;
    const struct block *b = l->to;
    if (!b)
        __builtin_unreachable(); /* LINK_NONE is no stamp */
    if (limited && unlikely((u64)c->eip + b->bytes - 1 > c->cs_limit))
        return NULL;
    return b;
}

/* Go there; c->eip is the target already. miss: the handler that looks it up. */
#define FOLLOW(link_, miss, limited)                                                               \
    do {                                                                                           \
        const struct block *next_ = linked(c, link_, limited);                                     \
        if (unlikely(!next_))                                                                      \
            TAIL(miss(c, o, fl));                                                                  \
        ENTER_BLOCK(next_, fl);                                                                    \
    } while (0)

/* The block at c->eip that the jump cache has, or NULL. */
static ALWAYS_INLINE const struct block *cached(const struct cpu *c)
{
    u32 lin = c->seg[SEG_CS].base + c->eip;
    const struct jump_slot *j = jump_slot(c->blocks, lin);
    const struct block *b = j->block;
    if (unlikely(j->lin != lin) || unlikely(!mmu_stamp_holds(&c->mmu, j->stamp)) ||
        unlikely(b->mode != c->mode) || unlikely((u64)c->eip + b->bytes - 1 > c->cs_limit))
        return NULL;
    return b;
}

/* Indirect: to c->eip. */
#define JUMP_INDIRECT                                                                              \
    do {                                                                                           \
        const struct block *next_ = cached(c);                                                     \
        if (unlikely(!next_))                                                                      \
            TAIL(exec_lookup(c, o, fl));                                                           \
        ENTER_BLOCK(next_, fl);                                                                    \
    } while (0)

#endif
