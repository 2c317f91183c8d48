/*
 * mode.c - the mode word and its companions, and EFLAGS as a whole (which changes the mode). SDM
 * vol. 3, chapters 2.3 and 3.4.
 */
#include "cpu/protect/mode.h"

#include "cpu/decode/models.h"
#include "cpu/protect/debug_regs.h"

void cpu_update_mode(struct cpu *c)
{
    const struct seg *cs = &c->seg[SEG_CS], *ss = &c->seg[SEG_SS];
    u32 mode = c->mode & MODE_SINGLE; /* the run loop's own */

    if (cs->attr & SEG_DB)
        mode |= MODE_CS32;
    if (ss->usable && (ss->attr & SEG_DB))
        mode |= MODE_SS32;
    if (cs->base == 0 && cs->limit == 0xffffffffu && seg_flat(&c->seg[SEG_DS]) &&
        seg_flat(&c->seg[SEG_ES]) && seg_flat(ss))
        mode |= MODE_FLAT;
    if (c->mmu.cr0 & CR0_PE)
        mode |= MODE_PE;
    if (c->eflags & EFL_VM)
        mode |= MODE_VM;
    if (c->cpl == 3)
        mode |= MODE_USER;
    c->mode = mode;
    c->stack_mask = mode & MODE_SS32 ? 0xffffffffu : 0xffffu;
    c->cs_limit = cs->limit;
    c->user = c->cpl == 3;

    bool slow = c->watching || debug_data_armed(c) ||
                (c->user && (c->mmu.cr0 & CR0_AM) && (c->eflags & EFL_AC));
    struct tlb *t = &c->mmu.tlb[slow ? TLB_NEVER : c->user ? TLB_USER : TLB_SUPERVISOR];
    c->tlb = t->fast;
    c->flat = t->flat;
}

void cpu_set_cpl(struct cpu *c, unsigned cpl)
{
    c->cpl = (u8)cpl;
    cpu_update_mode(c);
}

/* ---- EFLAGS ---- */

u32 cpu_eflags(const struct cpu *c)
{
    return (c->eflags & ~EFL_ARITH) | EFL_ONE | fl_to_eflags(c->fl);
}

void cpu_set_eflags(struct cpu *c, u32 value)
{
    c->fl = fl_from_eflags(value);
    c->eflags = (value & c->model->eflags & ~EFL_ARITH) | EFL_ONE;
    cpu_update_mode(c);
}
