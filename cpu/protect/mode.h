/*
 * mode.h - what follows from the segment registers, CR0, EFLAGS and the CPL: the mode word that
 * decoding and the choice of handlers depend on (MODE_*, cpu.h), and the copies beside it.
 */
#ifndef FERRITE_CPU_MODE_H
#define FERRITE_CPU_MODE_H

#include "cpu/cpu.h"

/* c->mode, tlb pointer, stack mask, cs_limit from the segment registers, CR0, EFLAGS, CPL. Of DS
 * and ES only this matters, of FS and GS nothing: */
static inline bool seg_flat(const struct seg *s)
{
    return s->base == 0 && s->rd_max == 0xffffffff && s->wr_max == 0xffffffff;
}
void cpu_update_mode(struct cpu *c);
/* c->cpl changed. */
void cpu_set_cpl(struct cpu *c, unsigned cpl);

#endif
