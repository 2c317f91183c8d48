/*
 * fpu_mem.c - memory operands of x87, MMX and SSE instructions, out of line.
 */
#include "cpu/fpu/fpu_exec.h"

u8 *fpu_operand(struct cpu *c, const struct op *o, unsigned n, bool write)
{
    const struct seg *s = &c->seg[o->seg];
    u32 off = op_ea(c, o), lin = s->base + off;
    if ((s64)((u64)off + (n - 1)) > (write ? s->wr_max : s->rd_max))
        return NULL;
    return write ? tlb_write(c, lin, n) : tlb_read(c, lin, n);
}

enum op_status fpu_fetch(struct cpu *c, const struct op *o, unsigned n)
{
    u32 off = op_ea(c, o), lin;
    c->slow_op = o;
    TRY(seg_read(c, o->seg, off, n, &lin));
    fpu_callback(c);
    if (n == 16)
        return lin_load_bytes(c, lin, c->fpu.scratch, n);
    u64 v = 0, top = 0;
    TRY(lin_load(c, lin, n > 8 ? 8 : n, &v)); /* 10 bytes: aligned like 8 */
    if (n > 8)
        TRY(lin_load(c, lin + 8, 2, &top));
    put_le64(c->fpu.scratch, v);
    put_le16(c->fpu.scratch + 8, (u16)top);
    return OP_NEXT;
}

enum op_status fpu_probe(struct cpu *c, const struct op *o, unsigned n)
{
    u32 lin;
    c->slow_op = o;
    TRY(seg_write(c, o->seg, op_ea(c, o), n, &lin));
    TRY(lin_probe_write(c, lin, n > 8 ? 8 : n));
    return n > 8 ? lin_probe_write(c, lin + 8, n - 8) : OP_NEXT;
}

enum op_status fpu_put(struct cpu *c, const struct op *o, unsigned n)
{
    u32 lin;
    c->slow_op = o;
    TRY(seg_write(c, o->seg, op_ea(c, o), n, &lin));
    fpu_callback(c);
    if (n > 8)
        return lin_store_bytes(c, lin, c->fpu.scratch, n);
    return lin_store(c, lin, n, get_le64(c->fpu.scratch));
}
