/*
 * x87_core.c - what the instructions of the portable x87 share: stack, exceptions, NaNs,
 * arithmetic, comparison. SDM vol. 1, chapter 8.
 */
#include "cpu/fpu/x87_soft.h"

/* ---- stack and status ---- */

static unsigned phys(const struct cpu *c, unsigned i)
{
    return (FPU_TOP(&c->fpu) + i) & 7;
}

struct f80 x87_load80(const u8 *p)
{
    return (struct f80){get_le64(p), get_le16(p + 8)};
}

void x87_store80(u8 *p, struct f80 v)
{
    put_le64(p, v.m);
    put_le16(p + 8, v.se);
}

struct f80 x87_get(const struct cpu *c, unsigned i)
{
    return x87_load80(c->fpu.st[phys(c, i)]);
}

void x87_put(struct cpu *c, unsigned i, struct f80 v)
{
    x87_store80(c->fpu.st[phys(c, i)], v);
    c->fpu.ftw |= (u8)(1u << phys(c, i));
}

bool x87_empty(const struct cpu *c, unsigned i)
{
    return !(c->fpu.ftw >> phys(c, i) & 1);
}

void x87_set_top(struct cpu *c, unsigned top)
{
    c->fpu.fsw = (u16)((c->fpu.fsw & ~FSW_TOP) | (top & 7) << 11);
}

void x87_pop(struct cpu *c)
{
    c->fpu.ftw &= (u8) ~(1u << phys(c, 0));
    x87_set_top(c, FPU_TOP(&c->fpu) + 1);
}

void x87_push(struct cpu *c, struct f80 v)
{
    x87_set_top(c, FPU_TOP(&c->fpu) - 1);
    x87_put(c, 0, v);
}

bool x87_raise(struct cpu *c, unsigned flags)
{
    c->fpu.fsw |= (u16)flags;
    if (!(c->fpu.fsw & ~c->fpu.fcw & FCW_MASKS))
        return false;
    fpu_summary(c);
    c->fpu.gate = FPU_CLOSED;
    return flags & ~c->fpu.fcw & FCW_MASKS;
}

void x87_set_c1(struct cpu *c, bool v)
{
    c->fpu.fsw = (u16)((c->fpu.fsw & ~FSW_C1) | (v ? FSW_C1 : 0));
}

bool x87_stack_fault(struct cpu *c, bool over)
{
    c->fpu.fsw |= FSW_SF;
    x87_set_c1(c, over);
    return x87_raise(c, FX_I);
}

struct f80 x87_indefinite(void)
{
    return (struct f80){3ull << 62, 0xffff};
}

struct fp_env x87_env(const struct cpu *c)
{
    return (struct fp_env){.rc = c->fpu.fcw >> 10 & 3, .masks = c->fpu.fcw & FCW_MASKS};
}

const struct fp_format *x87_format(const struct cpu *c)
{
    switch (c->fpu.fcw >> 8 & 3) {
    case 0:
        return &fp_f80_24;
    case 2:
        return &fp_f80_53;
    default:
        return &fp_f80;
    }
}

/* ---- NaNs ---- */

static struct fp quiet(struct fp a)
{
    a.cls = FC_QNAN;
    a.sig |= 1ull << 62;
    return a;
}

bool x87_nan1(struct fp_env *e, struct fp a, struct fp *r)
{
    if (a.cls == FC_BAD) {
        e->flags |= FX_I;
        *r = fp_indefinite();
        return true;
    }
    if (!fp_is_nan(a))
        return false;
    if (a.cls == FC_SNAN)
        e->flags |= FX_I;
    *r = quiet(a);
    return true;
}

bool x87_nan2(struct fp_env *e, struct fp a, struct fp b, struct fp *r)
{
    if (a.cls == FC_BAD || b.cls == FC_BAD) {
        e->flags |= FX_I;
        *r = fp_indefinite();
        return true;
    }
    if (!fp_is_nan(a) && !fp_is_nan(b))
        return false;
    if (a.cls == FC_SNAN || b.cls == FC_SNAN)
        e->flags |= FX_I;
    bool first;
    if (!fp_is_nan(a) || !fp_is_nan(b))
        first = fp_is_nan(a);
    else if (a.cls != b.cls)
        first = a.cls == FC_QNAN; /* a quiet one wins over a signalling one */
    else if (a.sig != b.sig)
        first = a.sig > b.sig;
    else
        first = !a.neg;
    *r = quiet(first ? a : b);
    return true;
}

bool x87_commit(struct cpu *c, struct fp_env *e, bool denormal)
{
    unsigned flags = e->flags;
    if (flags & (FX_I | FX_Z))
        flags &= FX_I | FX_Z;
    else if (denormal)
        flags = e->masks & FX_D ? flags | FX_D : FX_D;
    bool stop = flags & (FX_I | FX_Z | FX_D) & ~e->masks;
    x87_set_c1(c, !stop && (flags & FX_P) && e->up);
    x87_raise(c, flags);
    return !stop;
}

/* One operand there, else the masked response is already made. */
bool x87_have1(struct cpu *c)
{
    if (!x87_empty(c, 0))
        return true;
    if (!x87_stack_fault(c, false))
        x87_put(c, 0, x87_indefinite());
    return false;
}

bool x87_have2(struct cpu *c)
{
    if (!x87_empty(c, 0) && !x87_empty(c, 1))
        return true;
    if (!x87_stack_fault(c, false))
        x87_put(c, 0, x87_indefinite());
    return false;
}

/* ---- arithmetic ---- */

/* a: the destination. FADD, FIADD, FADDP are one operation here, and so on. */
static struct fp arithmetic(struct cpu *c, struct fp_env *e, enum operation what, struct fp a,
                            struct fp b)
{
    const struct fp_format *f = x87_format(c);
    struct fp r;
    if (x87_nan2(e, a, b, &r))
        return r;
    switch (what) {
    case I_fadd:
    case I_fiadd:
    case I_faddp:
        return fp_add(e, f, a, b);
    case I_fmul:
    case I_fimul:
    case I_fmulp:
        return fp_mul(e, f, a, b);
    case I_fsub:
    case I_fisub:
    case I_fsubp:
        return fp_sub(e, f, a, b);
    case I_fsubr:
    case I_fisubr:
    case I_fsubrp:
        return fp_sub(e, f, b, a);
    case I_fdiv:
    case I_fidiv:
    case I_fdivp:
        return fp_div(e, f, a, b);
    default:
        return fp_div(e, f, b, a);
    }
}

bool x87_denormal2(struct fp a, struct fp b)
{
    return (a.denormal || b.denormal) && !fp_is_nan(a) && !fp_is_nan(b);
}

bool x87_arith(struct cpu *c, enum operation what, unsigned dest, struct fp b)
{
    struct fp_env e = x87_env(c);
    struct fp a = fp_from80(x87_get(c, dest));
    struct fp r = arithmetic(c, &e, what, a, b);
    if (!x87_commit(c, &e, x87_denormal2(a, b)))
        return false;
    x87_put(c, dest, fp_to80(r));
    return true;
}

/* ---- comparison ---- */

bool x87_compare(struct cpu *c, struct fp a, struct fp b, bool quiet_nan, u16 *cc)
{
    unsigned flags = 0;
    if (a.cls == FC_BAD || b.cls == FC_BAD || a.cls == FC_SNAN || b.cls == FC_SNAN) {
        *cc = X87_UNORDERED;
        flags = FX_I;
    } else if (fp_is_nan(a) || fp_is_nan(b)) {
        *cc = X87_UNORDERED;
        flags = quiet_nan ? 0 : FX_I;
    } else {
        int r = fp_compare(a, b);
        *cc = r < 0 ? FSW_C0 : r == 0 ? FSW_C3 : 0;
        if (a.denormal || b.denormal)
            flags = FX_D;
    }
    return !x87_raise(c, flags);
}

void x87_set_cc(struct cpu *c, u16 cc)
{
    c->fpu.fsw = (u16)((c->fpu.fsw & ~X87_CC) | cc);
}

/* FCOM, FUCOM and pops; `present`: b is there. */
void x87_compare_cc(struct cpu *c, struct fp b, bool present, bool quiet_nan, unsigned pops)
{
    u16 cc = X87_UNORDERED;
    bool ok;
    if (x87_empty(c, 0) || !present) {
        ok = !x87_stack_fault(c, false);
    } else {
        ok = x87_compare(c, fp_from80(x87_get(c, 0)), b, quiet_nan, &cc);
    }
    x87_set_cc(c, cc);
    while (ok && pops--)
        x87_pop(c);
}

struct fp x87_reg(const struct cpu *c, unsigned i)
{
    return fp_from80(x87_get(c, i));
}

/* ---- push ---- */

void x87_push_value(struct cpu *c, struct f80 v)
{
    x87_set_c1(c, false);
    if (!x87_empty(c, 7)) {
        if (x87_stack_fault(c, true))
            return;
        v = x87_indefinite();
    }
    x87_push(c, v);
}
