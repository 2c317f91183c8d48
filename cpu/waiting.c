/*
 * waiting.c - finding and skipping loops that wait: see spin.h.
 *
 * A round is found as in Brent's algorithm: the place where the processor is gets compared with one
 * that is remembered, which is replaced by the present one after 16, 32, 64... instructions; so a
 * loop is found wherever in it watching began, and with whatever lies before it.
 */
#include "cpu/spin.h"

#include "cpu/blocks/block.h"
#include "cpu/decode/query.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/mode.h"
#include "cpu/trace.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHORTEST_ROUND = 16, /* instructions from one remembered place to the next, at first... */
    LONGEST_ROUND = 256, /* ...and at last */
    WORTH_WATCHING = 4096
};
/* Instructions between two times that lead to nothing: twice as many each time. */
#define FIRST_INTERVAL (1u << 15)
#define LAST_INTERVAL (1u << 25)

bool cpu_skip_waits(struct cpu *c, bool on)
{
    if (!on) {
        free(c->spin);
        c->spin = NULL;
    } else if (!c->spin) {
        c->spin = calloc(1, sizeof *c->spin);
    }
    return !on || c->spin;
}

u64 cpu_skipped(const struct cpu *c)
{
    return c->spin ? c->spin->skipped : 0;
}

/* ---- places ---- */

static u32 tlb_fills(const struct cpu *c)
{
    u32 fills = 0;
    for (unsigned t = 0; t < TLB_TABLES; t++)
        fills += c->mmu.tlb[t].used_count[TLB_LOCAL] + c->mmu.tlb[t].used_count[TLB_GLOBAL];
    return fills;
}

/* A round begins here. */
static void remember(struct cpu *c)
{
    struct spin *s = c->spin;
    struct spin_place *p = &s->place;
    memcpy(p->gpr, c->gpr, sizeof p->gpr);
    memcpy(p->seg, c->seg, sizeof p->seg);
    p->eip = c->eip;
    p->eflags = c->eflags;
    p->fl = c->fl & FL_ALL;
    p->tr = c->tr.sel;
    p->ldtr = c->ldtr.sel;
    p->cpl = c->cpl;
    p->nmi_blocked = c->nmi_blocked;
    p->fills = tlb_fills(c);
    p->executed = cpu_executed(c);
    p->ticks = cpu_ticks(c);
    p->stall = s->stall;
    s->steps = s->reads = 0;
    s->dirty = false;
}

static bool same_segment(const struct seg *a, const struct seg *b)
{
    return a->base == b->base && a->limit == b->limit && a->sel == b->sel && a->attr == b->attr &&
           a->usable == b->usable;
}

/* Is this the remembered place? */
static bool same_place(const struct cpu *c)
{
    const struct spin_place *p = &c->spin->place;
    if (c->eip != p->eip || memcmp(c->gpr, p->gpr, sizeof p->gpr) != 0 ||
        (c->fl & FL_ALL) != p->fl || c->eflags != p->eflags || c->cpl != p->cpl ||
        c->tr.sel != p->tr || c->ldtr.sel != p->ldtr || c->nmi_blocked != p->nmi_blocked)
        return false;
    for (unsigned i = 0; i < SEG_COUNT; i++)
        if (!same_segment(&c->seg[i], &p->seg[i]))
            return false;
    return tlb_fills(c) == p->fills;
}

/* ---- watching ---- */

void spin_begin(struct cpu *c, u64 ticks)
{
    struct spin *s = c->spin;
    if (ticks < WORTH_WATCHING || cpu_executed(c) < s->next || c->halted || c->inspect ||
        debug_armed(c) || (c->eflags & EFL_TF) ||
        log_on(c->log, TRACE_CATEGORIES | LOG_INT | LOG_IO))
        return;
    c->watching = true;
    cpu_update_mode(c);
    s->limit = SHORTEST_ROUND;
    remember(c);
}

void spin_end(struct cpu *c, bool in_vain)
{
    struct spin *s = c->spin;
    if (!c->watching)
        return;
    c->watching = false;
    cpu_update_mode(c);
    if (!in_vain)
        s->interval = 0;
    else if (s->interval < LAST_INTERVAL)
        s->interval = s->interval ? 2 * s->interval : FIRST_INTERVAL;
    s->next = cpu_executed(c) + s->interval;
}

void spin_interrupted(struct cpu *c)
{
    spin_end(c, false);
    if (cpu_executed(c) >= c->spin->next)
        c->spin->soon = 2;
}

/* May a round contain it? */
static bool repeats(const struct op *o)
{
    const u64 apart = R_STS | R_XMMS | 0xffull << 24 /* MM */ | R_X87 | R_MXCSR | R_SYS | R_PORT;
    const u64 segments = 0x3full << 8;
    if ((op_row(o)->attr & A_REP) && (o->flags & (OPF_REP | OPF_REPNE)) &&
        op_memory(o).access != 'r')
        return false; /* stores many bytes at once */
    switch (op_operation(o)) {
    case I_in:
    case I_int:
    case I_iret:
    case I_call_far:
    case I_jmp_far:
    case I_retf:
        return true; /* all that they change is compared, or noted */
    default:
        break;
    }
    u64 uses = op_reads(o) | op_writes(o);
    if (op_writes(o) & segments)
        uses &= ~R_SYS; /* the tables' registers, to load one */
    return !(uses & apart);
}

void spin_check(struct cpu *c, const struct block *b)
{
    if (b == c->blocks->uncached || !repeats(b->op))
        spin_end(c, true);
}

/* ---- skipping ---- */

/* The remembered round, and so each one like it, can be repeated so many times. */
static u64 times(const struct cpu *c, u64 length)
{
    const struct spin *s = c->spin;
    u64 n = c->budget > 0 ? (u64)(c->budget - 1) / length : 0;
    for (unsigned i = 0; i < s->reads; i++) {
        u64 same = (s->read[i].steady - 1) / length;
        n = same < n ? same : n;
    }
    return n;
}

static void skip(struct cpu *c)
{
    struct spin *s = c->spin;
    struct cpu_skip k = {.instructions = cpu_executed(c) - s->place.executed,
                         .stall = (u64)(s->stall - s->place.stall),
                         .read = s->read,
                         .reads = s->reads};
    u64 ticks = cpu_ticks(c) - s->place.ticks, length = ticks + k.stall;
    k.times = length ? times(c, length) : 0;
    if (k.times) {
        c->budget -= (s64)(k.times * length);
        c->slice -= k.times * (length - k.instructions);
        c->extra += k.times * (ticks - k.instructions);
        s->skipped += k.times * k.instructions;
        if (c->bus.skipped)
            c->bus.skipped(c->bus.owner, &k);
    }
    /* Where a port changes the loop may end, or wait on. */
    if (k.times && c->budget >= WORTH_WATCHING) {
        s->limit = SHORTEST_ROUND;
        remember(c);
    } else {
        spin_end(c, !k.times);
    }
}

void spin_look(struct cpu *c)
{
    struct spin *s = c->spin;
    s->steps++;
    if (c->shadow == SHADOW_NONE && !s->dirty && same_place(c)) {
        skip(c);
        return;
    }
    if (s->steps < s->limit)
        return;
    if (s->limit == LONGEST_ROUND) {
        spin_end(c, true);
        return;
    }
    s->limit *= 2;
    remember(c);
}
