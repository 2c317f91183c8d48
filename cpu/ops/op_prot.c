/*
 * op_prot.c - instructions on selectors: LLDT, SLDT, LTR, STR, VERR, VERW, LAR, LSL, ARPL.
 * SDM vol. 2; vol. 3, chapter 5.10. All but the loads only test, and never fault because of the
 * selector itself. In real and V86 mode they are #UD (A_PM in the rows).
 */
#include "cpu/blocks/handlers.h"
#include "cpu/protect/desc.h"

static enum op_status need_cpl0(struct cpu *c, const char *what)
{
    if (c->cpl != 0)
        return cpu_fault_code(c, VEC_GP, 0, "%s at CPL %u", what, c->cpl);
    return OP_NEXT;
}

static enum op_status lldt(struct cpu *c, const struct op *o)
{
    struct desc d;
    u32 v;

    TRY(need_cpl0(c, "LLDT"));
    TRY(rm_load(c, o, 2, &v));
    u16 sel = (u16)v;
    c->slow_op = o;
    if (sel_null(sel)) {
        seg_assign_null(&c->ldtr, sel);
        return OP_NEXT;
    }
    if (sel & 4)
        return cpu_fault_code(c, VEC_GP, sel_error(sel, 0), "LLDT of %04x: not in the GDT", sel);
    TRY(desc_fetch(c, sel, VEC_GP, 0, &d));
    if (desc_is_segment(&d) || d.type != DT_LDT)
        return cpu_fault_code(c, VEC_GP, sel_error(sel, 0), "LLDT of %04x: type byte %02x", sel,
                              d.attr & 0xffu);
    if (!desc_present(&d))
        return cpu_fault_code(c, VEC_NP, sel_error(sel, 0), "LLDT of %04x: not present", sel);
    seg_assign(&c->ldtr, sel, &d);
    return OP_NEXT;
}

static enum op_status ltr(struct cpu *c, const struct op *o)
{
    struct desc d;
    u32 v;

    TRY(need_cpl0(c, "LTR"));
    TRY(rm_load(c, o, 2, &v));
    u16 sel = (u16)v;
    c->slow_op = o;
    if (sel_null(sel))
        return cpu_fault_code(c, VEC_GP, 0, "LTR of a null selector");
    if (sel & 4)
        return cpu_fault_code(c, VEC_GP, sel_error(sel, 0), "LTR of %04x: not in the GDT", sel);
    TRY(desc_fetch(c, sel, VEC_GP, 0, &d));
    if (desc_is_segment(&d) || (d.type != DT_TSS16 && d.type != DT_TSS32))
        return cpu_fault_code(c, VEC_GP, sel_error(sel, 0),
                              "LTR of %04x: not an available TSS (type byte %02x)", sel,
                              d.attr & 0xffu);
    if (!desc_present(&d))
        return cpu_fault_code(c, VEC_NP, sel_error(sel, 0), "LTR of %04x: not present", sel);
    TRY(desc_set_busy(c, &d, true));
    d.attr |= 2;
    seg_assign(&c->tr, sel, &d);
    return OP_NEXT;
}

/* To memory always 16 bits; to a register zero-extended. */
static enum op_status store_sel(struct cpu *c, const struct op *o, u16 sel)
{
    return rm_store(c, o, o->flags & (OPF_MEM | OPF_O16) ? 2 : 4, sel);
}

static enum op_status sldt(struct cpu *c, const struct op *o)
{
    return store_sel(c, o, c->ldtr.sel);
}

static enum op_status str(struct cpu *c, const struct op *o)
{
    return store_sel(c, o, c->tr.sel);
}

OP_CALL(exec_lldt, lldt)
OP_CALL(exec_ltr, ltr)
OP_CALL(exec_sldt, sldt)
OP_CALL(exec_str, str)

/*
 * The descriptor of a selector under test, if it exists and this CPL and RPL may see it. Type
 * masks say which system types count (bit per type; 0: segments only).
 */
static enum op_status probe_desc(struct cpu *c, u16 sel, u32 system_types, struct desc *d, bool *ok)
{
    u32 addr;

    *ok = false;
    if (sel_null(sel) || !desc_address(c, sel, &addr))
        return OP_NEXT;
    TRY(desc_read(c, addr, d));
    if (!desc_is_segment(d) && !(system_types >> d->type & 1))
        return OP_NEXT;
    if (!desc_is_conforming(d) && (d->dpl < c->cpl || d->dpl < sel_rpl(sel)))
        return OP_NEXT;
    *ok = true;
    return OP_NEXT;
}

static void set_zf(struct cpu *c, bool zf)
{
    c->fl = zf ? c->fl | FL_ZF : c->fl & ~FL_ZF;
}

static enum op_status verify(struct cpu *c, const struct op *o, bool write)
{
    struct desc d;
    u32 sel;
    bool ok;

    TRY(rm_load(c, o, 2, &sel));
    c->slow_op = o;
    TRY(probe_desc(c, (u16)sel, 0, &d, &ok));
    if (ok)
        ok = write ? desc_is_writable_data(&d) : !desc_is_code(&d) || (d.attr & SEG_RW);
    set_zf(c, ok);
    return OP_NEXT;
}

static enum op_status verr(struct cpu *c, const struct op *o)
{
    return verify(c, o, false);
}

static enum op_status verw(struct cpu *c, const struct op *o)
{
    return verify(c, o, true);
}

OP_CALL(exec_verr, verr)
OP_CALL(exec_verw, verw)

#define T(type) (1u << (type))
#define LSL_TYPES (T(DT_TSS16) | T(DT_LDT) | T(DT_TSS16_BUSY) | T(DT_TSS32) | T(DT_TSS32_BUSY))
#define LAR_TYPES (LSL_TYPES | T(DT_CALL16) | T(DT_TASK) | T(DT_CALL32))

static void store_reg(struct cpu *c, const struct op *o, unsigned size, u32 v)
{
    if (size == 2)
        REG16(o->r2) = (u16)v;
    else
        REG32(o->r2) = v;
}

static enum op_status lar(struct cpu *c, const struct op *o, unsigned size)
{
    struct desc d;
    u32 sel;
    bool ok;

    TRY(rm_load(c, o, 2, &sel));
    c->slow_op = o;
    TRY(probe_desc(c, (u16)sel, LAR_TYPES, &d, &ok));
    if (ok)
        store_reg(c, o, size, d.hi & 0x00ffff00); /* bits 16-19, undefined, come along */
    set_zf(c, ok);
    return OP_NEXT;
}

static enum op_status lsl(struct cpu *c, const struct op *o, unsigned size)
{
    struct desc d;
    u32 sel;
    bool ok;

    TRY(rm_load(c, o, 2, &sel));
    c->slow_op = o;
    TRY(probe_desc(c, (u16)sel, LSL_TYPES, &d, &ok));
    if (ok)
        store_reg(c, o, size, desc_limit(&d));
    set_zf(c, ok);
    return OP_NEXT;
}

OP_CALL_W(exec_lar16, lar, 2)
OP_CALL_W(exec_lar32, lar, 4)
OP_CALL_W(exec_lsl16, lsl, 2)
OP_CALL_W(exec_lsl32, lsl, 4)

static enum op_status arpl(struct cpu *c, const struct op *o)
{
    u32 v, rpl = REG16(o->r2) & 3u;

    /* No write, and no check for one, when the RPL stays. */
    TRY(rm_load(c, o, 2, &v));
    bool raise = (v & 3) < rpl;
    if (raise)
        TRY(rm_store(c, o, 2, (v & ~3u) | rpl));
    set_zf(c, raise);
    return OP_NEXT;
}

OP_CALL(exec_arpl, arpl)
