/*
 * budget.c - how many instructions were executed, at any moment: also from within a port or MMIO
 * handler. Blocks are charged as a whole (cpu.budget); what is not done yet of the running one is
 * c->slow_op->left, what single steps set aside is c->hold and part neither of it nor of cpu.until.
 * blocks/ticks.c has what they took.
 */
#include "cpu/op.h"

u64 cpu_executed(const struct cpu *c)
{
    s64 left = c->slow_op ? c->slow_op->left : 0;
    return c->until - (u64)(c->budget + left);
}

void cpu_stall(struct cpu *c, u64 n)
{
    c->until -= n;
    c->budget -= (s64)n;
    if (c->budget < 0)
        c->stop |= CPU_STOP_REQUEST;
}
