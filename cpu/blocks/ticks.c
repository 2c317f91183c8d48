/*
 * ticks.c - what the executed instructions took, and how long the slice still is, at any moment: as
 * cpu/budget.c, with the extra ticks that lie with the blocks (cpu_set_timing()).
 */
#include "cpu/blocks/block.h"

/* Of the instructions that are charged and have not begun. */
static u32 extra_ahead(const struct cpu *c)
{
    return c->slow_op ? block_extra(c, op_block(c->slow_op), c->slow_op->left) : 0;
}

u64 cpu_ticks(const struct cpu *c)
{
    return cpu_executed(c) + c->extra - extra_ahead(c);
}

/* Ticks of the slice that are still to come, those of charged instructions among them. */
static s64 remaining_ticks(const struct cpu *c)
{
    s64 left = (c->slow_op ? c->slow_op->left : 0) + (s64)extra_ahead(c);
    return c->budget + c->hold + left;
}

void cpu_lengthen(struct cpu *c, u64 ticks)
{
    s64 more = (s64)ticks - remaining_ticks(c);
    if (more <= 0)
        return;
    c->until += (u64)more;
    c->budget += more;
}

void cpu_shorten(struct cpu *c, u64 ticks)
{
    s64 remaining = remaining_ticks(c);
    if (remaining <= 0 || (u64)remaining <= ticks)
        return;
    s64 cut = remaining - (s64)ticks;
    s64 from_hold = cut < c->hold ? cut : c->hold;
    c->hold -= from_hold;
    c->budget -= cut - from_hold;
    c->until -= (u64)(cut - from_hold);
    if (c->budget < 0)
        c->stop |= CPU_STOP_REQUEST;
}
