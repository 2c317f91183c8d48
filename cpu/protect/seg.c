/*
 * seg.c - segment registers: descriptor fetch, loads with all their checks, the hidden parts. SDM
 * vol. 3, chapters 3.4, 3.5, 5.2-5.7; vol. 2, MOV.
 *
 * In real mode a load changes selector and base and makes the segment ordinary data, but keeps
 * limit, granularity and size: that is what gives "big real mode" to programs that visited
 * protected mode, as on the processors.
 */
#include "cpu/decode/models.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/protect/desc.h"

static const char seg_names[SEG_COUNT][3] = {"ES", "CS", "SS", "DS", "FS", "GS"};

/* ---- the hidden part ---- */

void seg_update(struct seg *s)
{
    bool plain = s->usable && (s->attr & (SEG_S | SEG_P)) == (SEG_S | SEG_P);

    s->rd_max = s->wr_max = -1;
    if (!plain)
        return;
    if (s->attr & SEG_CODE) {
        if (s->attr & SEG_RW)
            s->rd_max = s->limit;
    } else if (!(s->attr & SEG_ED_CONF)) {
        s->rd_max = s->limit;
        if (s->attr & SEG_RW)
            s->wr_max = s->limit;
    }
}

bool seg_in_limit(const struct seg *s, u32 off, unsigned n)
{
    u64 last = (u64)off + (n - 1);

    if ((s->attr & (SEG_CODE | SEG_ED_CONF)) == SEG_ED_CONF) {
        u32 top = s->attr & SEG_DB ? 0xffffffffu : 0xffffu;
        return off > s->limit && last <= top;
    }
    return last <= s->limit;
}

void seg_assign(struct seg *s, u16 sel, const struct desc *d)
{
    s->sel = sel;
    s->base = desc_base(d);
    s->limit = desc_limit(d);
    s->attr = d->attr | (desc_is_segment(d) ? SEG_ACCESSED : 0);
    s->usable = true;
    seg_update(s);
}

void seg_assign_null(struct seg *s, u16 sel)
{
    s->sel = sel;
    s->usable = false;
    seg_update(s);
}

void seg_assign_cs(struct cpu *c, u16 sel, const struct desc *d, unsigned cpl)
{
    seg_assign(&c->seg[SEG_CS], (u16)((sel & 0xfffc) | cpl), d);
    c->cpl = (u8)cpl;
}

void seg_assign_v86(struct seg *s, u16 sel)
{
    s->sel = sel;
    s->base = (u32)sel << 4;
    s->limit = 0xffff;
    s->attr = SEG_P | 3u << 5 | SEG_S | SEG_RW | SEG_ACCESSED;
    s->usable = true;
    seg_update(s);
}

/*
 * Programs load segments all the time. As a rule only base and selector change: then the bounds
 * stay as they are, and so does the mode, which depends on the base of 4 GiB segments only.
 */
void seg_load_real(struct cpu *c, unsigned seg, u16 sel)
{
    struct seg *s = &c->seg[seg];

    if (likely(seg_is_real(s, c->eflags & EFL_VM))) {
        s->sel = sel;
        s->base = (u32)sel << 4;
        return;
    }
    if (c->eflags & EFL_VM) {
        seg_assign_v86(s, sel);
    } else {
        s->sel = sel;
        s->base = (u32)sel << 4;
        s->attr = SEG_P | SEG_S | SEG_RW | SEG_ACCESSED | (s->attr & 0xff80);
        s->usable = true;
        seg_update(s);
    }
    cpu_update_mode(c);
}

void seg_reset(struct cpu *c)
{
    for (unsigned i = 0; i < SEG_COUNT; i++) {
        struct seg *s = &c->seg[i];
        *s = (struct seg){
            .limit = 0xffff, .usable = true, .attr = SEG_P | SEG_S | SEG_RW | SEG_ACCESSED};
        if (i == SEG_CS) {
            s->sel = 0xf000;
            s->base = 0xffff0000u;
        }
        seg_update(s);
    }
    c->gdtr = (struct table_reg){0, 0xffff};
    c->idtr = (struct table_reg){0, 0xffff};
    c->ldtr = (struct seg){.limit = 0xffff, .attr = SEG_P | DT_LDT, .rd_max = -1, .wr_max = -1};
    c->tr =
        (struct seg){.limit = 0xffff, .attr = SEG_P | DT_TSS32_BUSY, .rd_max = -1, .wr_max = -1};
    c->cpl = 0;
}

u32 eflags_mask(const struct cpu *c)
{
    return c->model->eflags;
}

enum op_status leave_next(struct cpu *c, const struct op *o)
{
    c->eip = return_eip(c, o);
    return OP_LEAVE;
}

/* ---- descriptor tables ---- */

bool desc_address(const struct cpu *c, u16 sel, u32 *addr)
{
    u32 index = sel & 0xfff8;

    if (sel & 4) {
        if (!c->ldtr.usable || index + 7 > c->ldtr.limit)
            return false;
        *addr = c->ldtr.base + index;
    } else {
        if (index + 7 > c->gdtr.limit)
            return false;
        *addr = c->gdtr.base + index;
    }
    return true;
}

enum op_status desc_read(struct cpu *c, u32 addr, struct desc *d)
{
    u64 raw = 0;

    TRY(sys_load(c, addr, 8, &raw));
    d->lo = (u32)raw;
    d->hi = (u32)(raw >> 32);
    d->addr = addr;
    d->attr = (u16)(d->hi >> 8);
    d->type = d->attr & 15;
    d->dpl = SEG_DPL(d->attr);
    return OP_NEXT;
}

enum op_status desc_fetch(struct cpu *c, u16 sel, unsigned vector, u32 ext, struct desc *d)
{
    u32 addr;

    if (!desc_address(c, sel, &addr))
        return cpu_fault_code(c, vector, sel_error(sel, ext),
                              "selector %04x is outside its table (%s limit %x)", sel,
                              sel & 4 ? "LDT" : "GDT", sel & 4 ? c->ldtr.limit : c->gdtr.limit);
    return desc_read(c, addr, d);
}

enum op_status desc_set_accessed(struct cpu *c, const struct desc *d)
{
    if (d->type & SEG_ACCESSED)
        return OP_NEXT;
    return sys_store(c, d->addr + 5, 1, (d->hi >> 8 & 0xff) | SEG_ACCESSED);
}

enum op_status desc_set_busy(struct cpu *c, const struct desc *d, bool busy)
{
    u64 now = 0;

    TRY(sys_load(c, d->addr + 5, 1, &now));
    return sys_store(c, d->addr + 5, 1, busy ? now | 2 : now & ~2ull);
}

/* ---- loads ---- */

enum op_status ss_check(struct cpu *c, u16 sel, unsigned cpl, unsigned vector, u32 ext,
                        struct desc *d)
{
    u32 error = sel_error(sel, ext);

    if (sel_null(sel))
        return cpu_fault_code(c, vector, vector == VEC_TS ? error : ext,
                              "SS selector is null at CPL %u", cpl);
    TRY(desc_fetch(c, sel, vector, ext, d));
    if (sel_rpl(sel) != cpl)
        return cpu_fault_code(c, vector, error, "SS selector %04x: RPL %u is not CPL %u", sel,
                              sel_rpl(sel), cpl);
    if (!desc_is_writable_data(d))
        return cpu_fault_code(c, vector, error,
                              "SS selector %04x: not a writable data segment (type byte %02x)", sel,
                              d->attr & 0xffu);
    if (d->dpl != cpl)
        return cpu_fault_code(c, vector, error, "SS selector %04x: DPL %u is not CPL %u", sel,
                              d->dpl, cpl);
    if (!desc_present(d))
        return cpu_fault_code(c, VEC_SS, error, "SS selector %04x: segment not present", sel);
    return OP_NEXT;
}

static enum op_status data_check(struct cpu *c, unsigned seg, u16 sel, struct desc *d)
{
    u32 error = sel_error(sel, 0);
    const char *name = seg_names[seg];

    TRY(desc_fetch(c, sel, VEC_GP, 0, d));
    if (!desc_is_segment(d) || (desc_is_code(d) && !(d->attr & SEG_RW)))
        return cpu_fault_code(c, VEC_GP, error,
                              "%s selector %04x: not a data or readable code segment (type byte "
                              "%02x)",
                              name, sel, d->attr & 0xffu);
    if (!desc_is_conforming(d) && (sel_rpl(sel) > d->dpl || c->cpl > d->dpl))
        return cpu_fault_code(c, VEC_GP, error, "%s selector %04x: DPL %u, but CPL %u, RPL %u",
                              name, sel, d->dpl, c->cpl, sel_rpl(sel));
    if (!desc_present(d))
        return cpu_fault_code(c, VEC_NP, error, "%s selector %04x: segment not present", name, sel);
    return OP_NEXT;
}

enum op_status seg_load(struct cpu *c, unsigned seg, u16 sel)
{
    struct seg *s = &c->seg[seg];
    bool was_flat = seg_flat(s);
    struct desc d;

    if (!cpu_protected(c)) {
        seg_load_real(c, seg, sel);
        return OP_NEXT;
    }
    if (seg == SEG_SS) {
        TRY(ss_check(c, sel, c->cpl, VEC_GP, 0, &d));
    } else if (sel_null(sel)) {
        seg_assign_null(s, sel);
        cpu_update_mode(c);
        return OP_NEXT;
    } else {
        TRY(data_check(c, seg, sel, &d));
    }
    TRY(desc_set_accessed(c, &d));
    seg_assign(s, sel, &d);
    if (seg == SEG_SS || seg_flat(s) != was_flat)
        cpu_update_mode(c);
    return OP_NEXT;
}

void seg_drop_privileged(struct cpu *c)
{
    static const u8 data_segs[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};

    for (unsigned i = 0; i < ARRAY_SIZE(data_segs); i++) {
        struct seg *s = &c->seg[data_segs[i]];
        bool conforming = (s->attr & (SEG_CODE | SEG_ED_CONF)) == (SEG_CODE | SEG_ED_CONF);
        if (s->usable && !conforming && SEG_DPL(s->attr) < c->cpl)
            seg_assign_null(s, 0);
    }
}
