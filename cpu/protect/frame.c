/*
 * frame.c - the stack frames of calls, gates and interrupts: collected, checked, then written; and
 * the inner-ring stack pointers of the TSS. SDM vol. 3, chapters 5.8.5, 6.12, 7.2.
 */
#include "cpu/protect/desc.h"

void frame_begin(struct cpu *c, struct frame *f, unsigned size, u32 error)
{
    f->ss = c->seg[SEG_SS];
    f->sp = c->gpr[ESP];
    f->mask = c->stack_mask;
    f->cpl = c->cpl;
    f->size = size;
    f->error = error;
    f->count = 0;
}

void frame_begin_inner(struct frame *f, u16 sel, const struct desc *d, u32 esp, unsigned cpl,
                       unsigned size, u32 error)
{
    seg_assign(&f->ss, sel, d);
    f->sp = esp;
    f->mask = d->attr & SEG_DB ? 0xffffffffu : 0xffffu;
    f->cpl = cpl;
    f->size = size;
    f->error = error;
    f->count = 0;
}

enum op_status frame_check(struct cpu *c, const struct frame *f)
{
    u32 sp = f->sp;

    for (unsigned i = 0; i < f->count; i++) {
        sp = (sp - f->size) & f->mask;
        if (!f->ss.usable || !seg_in_limit(&f->ss, sp, f->size))
            return cpu_fault_code(c, VEC_SS, f->error,
                                  "no room on stack %04x:%x (limit %x) for %u items of %u bytes",
                                  f->ss.sel, f->sp & f->mask, f->ss.limit, f->count, f->size);
    }
    return OP_NEXT;
}

enum op_status frame_write(struct cpu *c, const struct frame *f, u32 *esp)
{
    u32 sp = f->sp;

    for (unsigned i = 0; i < f->count; i++) {
        sp = (sp - f->size) & f->mask;
        u32 lin = f->ss.base + sp;
        if (f->cpl == 3)
            TRY(lin_store(c, lin, f->size, f->item[i]));
        else
            TRY(sys_store(c, lin, f->size, f->item[i]));
    }
    *esp = (f->sp & ~f->mask) | (sp & f->mask);
    return OP_NEXT;
}

enum op_status tss_stack(struct cpu *c, unsigned cpl, u32 ext, u16 *ss, u32 *esp)
{
    u64 v = 0;
    bool wide = c->tr.attr & 8;
    u32 at = wide ? 4 + cpl * 8 : 2 + cpl * 4;

    if (at + (wide ? 5 : 3) > c->tr.limit)
        return cpu_fault_code(c, VEC_TS, sel_error(c->tr.sel, ext),
                              "TSS %04x (limit %x) has no stack for CPL %u", c->tr.sel, c->tr.limit,
                              cpl);
    TRY(sys_load(c, c->tr.base + at, wide ? 4 : 2, &v));
    *esp = (u32)v;
    TRY(sys_load(c, c->tr.base + at + (wide ? 4 : 2), 2, &v));
    *ss = (u16)v;
    return OP_NEXT;
}
