/*
 * budget.c - how many instructions were executed, and how many still may be, at any moment: also
 * from within a port or MMIO handler. Blocks are charged as a whole (cpu.budget); what is not done
 * yet of the running one is c->slow_op->left, what single steps set aside is c->hold.
 */
#include "cpu/op.h"

u64 cpu_executed(const struct cpu *c)
{
    s64 left = c->slow_op ? c->slow_op->left : 0;
    return c->icount + (u64)((s64)c->slice - c->budget - c->hold - left);
}

void cpu_shorten(struct cpu *c, u64 instructions)
{
    s64 left = c->slow_op ? c->slow_op->left : 0;
    s64 remaining = c->budget + c->hold + left;
    if (remaining <= 0 || (u64)remaining <= instructions)
        return;
    s64 cut = remaining - (s64)instructions;
    c->slice -= (u64)cut;
    s64 from_hold = cut < c->hold ? cut : c->hold;
    c->hold -= from_hold;
    c->budget -= cut - from_hold;
    if (c->budget < 0)
        c->stop |= CPU_STOP_REQUEST;
}

void cpu_stall(struct cpu *c, u64 n)
{
    c->slice -= n;
    c->budget -= (s64)n;
    if (c->budget < 0)
        c->stop |= CPU_STOP_REQUEST;
}
