/*
 * x87_soft.c - the portable x87: register forms, and which function does what. SDM vol. 1, chapter
 * 8; vol. 2. Memory forms are in x87_soft_mem.c, forms without operands in x87_soft_one.c, the
 * transcendental instructions in x87_trans.c, what all share in x87_core.c.
 *
 * Used where the host has no x87 unit, and by the tests, which hold it against a host that has one.
 */
#include "cpu/fpu/x87_soft.h"

/* ---- arithmetic, comparison ---- */

/* Register form; false: an unmasked exception, no pop. */
static bool arith_reg(struct cpu *c, enum operation what, unsigned dest, unsigned source)
{
    if (x87_empty(c, dest) || x87_empty(c, source)) {
        if (x87_stack_fault(c, false))
            return false;
        x87_put(c, dest, x87_indefinite());
        return true;
    }
    return x87_arith(c, what, dest, x87_reg(c, source));
}

/* FCOMI, FUCOMI: into the flags word. */
static void compare_flags(struct cpu *c, unsigned i, bool quiet_nan, bool pop, u32 *fl)
{
    u16 cc = X87_UNORDERED;
    bool ok;
    if (x87_empty(c, 0) || x87_empty(c, i))
        ok = !x87_stack_fault(c, false);
    else
        ok = x87_compare(c, x87_reg(c, 0), x87_reg(c, i), quiet_nan, &cc);
    *fl = (cc & FSW_C0 ? FL_CF : 0) | (cc & FSW_C2 ? FL_PF : 0) | (cc & FSW_C3 ? FL_ZF : 0);
    if (ok && pop)
        x87_pop(c);
}

/* ---- register moves ---- */

/* FST ST(i). D9 D8+i (`blind`) does not mind an empty register: it only pops then. */
static void store_reg(struct cpu *c, unsigned i, bool pop, bool blind)
{
    x87_set_c1(c, false);
    if (x87_empty(c, 0) && blind) {
        /* nothing to copy */
    } else if (x87_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            return;
        x87_put(c, i, x87_indefinite());
    } else {
        x87_put(c, i, x87_get(c, 0));
    }
    if (pop)
        x87_pop(c);
}

static void exchange(struct cpu *c, unsigned i)
{
    struct f80 a = x87_get(c, 0), b = x87_get(c, i);
    x87_set_c1(c, false);
    if (x87_empty(c, 0) || x87_empty(c, i)) {
        bool ea = x87_empty(c, 0), eb = x87_empty(c, i);
        if (x87_stack_fault(c, false))
            return;
        if (ea)
            a = x87_indefinite();
        if (eb)
            b = x87_indefinite();
    }
    x87_put(c, 0, b);
    x87_put(c, i, a);
}

static void fcmov(struct cpu *c, unsigned i, bool condition)
{
    if (x87_empty(c, 0) || x87_empty(c, i)) {
        if (!x87_stack_fault(c, false))
            x87_put(c, 0, x87_indefinite());
    } else if (condition) {
        x87_put(c, 0, x87_get(c, i));
    }
}

static void load_reg(struct cpu *c, unsigned i)
{
    bool there = !x87_empty(c, i);
    struct f80 v = x87_get(c, i);
    x87_set_c1(c, false);
    if (!there && x87_empty(c, 7)) {
        if (x87_stack_fault(c, false))
            return;
        v = x87_indefinite();
    }
    x87_push_value(c, v);
    if (!there)
        x87_set_c1(c, false);
}

static void free_reg(struct cpu *c, unsigned i)
{
    x87_set_c1(c, false);
    c->fpu.ftw &= (u8) ~(1u << ((FPU_TOP(&c->fpu) + i) & 7));
}

/* ---- dispatch ---- */

static void register_form(struct cpu *c, const struct op *o, u32 *fl)
{
    enum operation what = op_operation(o);
    unsigned i = o->modrm & 7, pops = op_x87_push(o) < 0 ? (unsigned)-op_x87_push(o) : 0;
    bool to_st0 = op_row(o)->operand[0] == ST0;
    switch (what) {
    case I_fld:
        load_reg(c, i);
        break;
    case I_fst:
    case I_fstp:
    case I_fstp1:
    case I_fstp8:
    case I_fstp9:
        store_reg(c, i, pops, what == I_fstp1);
        break;
    case I_fxch:
    case I_fxch4:
    case I_fxch7:
        exchange(c, i);
        break;
    case I_ffree:
    case I_ffreep:
        free_reg(c, i);
        if (pops)
            x87_pop(c);
        break;
    case I_fcom:
    case I_fcom2:
    case I_fcomp:
    case I_fcomp3:
    case I_fcomp5:
        x87_compare_cc(c, x87_reg(c, i), !x87_empty(c, i), false, pops);
        break;
    case I_fcompp:
        x87_compare_cc(c, x87_reg(c, 1), !x87_empty(c, 1), false, pops);
        break;
    case I_fucom:
    case I_fucomp:
        x87_compare_cc(c, x87_reg(c, i), !x87_empty(c, i), true, pops);
        break;
    case I_fucompp:
        x87_compare_cc(c, x87_reg(c, 1), !x87_empty(c, 1), true, pops);
        break;
    case I_fcomi:
    case I_fcomip:
        compare_flags(c, i, false, pops, fl);
        break;
    case I_fucomi:
    case I_fucomip:
        compare_flags(c, i, true, pops, fl);
        break;
    default:
        if (op_class(o) == OC_FCMOVCC)
            fcmov(c, i, fl_cond(*fl, (unsigned)op_condition(o)));
        else if (!row_operands(op_row(o)))
            x87_one_operand(c, what);
        else if (arith_reg(c, what, to_st0 ? 0 : i, to_st0 ? i : 0) && pops)
            x87_pop(c);
        break;
    }
}

void x87_soft(struct cpu *c, const struct op *o, u8 *mem, bool *stored, u32 *fl)
{
    *stored = false;
    if (o->flags & OPF_MEM)
        x87_memory_form(c, o, mem, stored);
    else
        register_form(c, o, fl);
}
