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

/* Does a link into another page hold for the mapping and for the address it was asked for? */
static ALWAYS_INLINE bool link_holds(const struct cpu *c, const struct link *l)
{
    return l->stamp == c->mmu.stamp && l->lin == c->seg[SEG_CS].base + c->eip;
}

/* The block behind a link, or NULL. `limited`: the code segment has a limit below 4 GiB that the
 * whole block must fit in. */
static ALWAYS_INLINE const struct block *linked(const struct cpu *c, const struct link *l,
                                                bool limited)
{
    const struct block *b = l->to;
    if (unlikely(!b) || unlikely(l->stamp != 0 && !link_holds(c, l)))
        return NULL;
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
    if (unlikely(j->lin != lin) || unlikely(j->stamp != c->mmu.stamp) ||
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
