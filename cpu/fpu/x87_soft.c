/*
 * x87_soft.c - the portable x87: stack, exceptions, arithmetic, comparisons, register moves. SDM
 * vol. 1, chapter 8; vol. 2. Memory forms are in x87_soft_mem.c, the D9 group with one operand in
 * x87_soft_one.c, the transcendental instructions in x87_trans.c.
 *
 * Used where the host has no x87 unit, and by the tests, which hold it against a host that has one.
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

/* modrm.reg of the arithmetic forms: ADD MUL COM COMP SUB SUBR DIV DIVR */
static struct fp arithmetic(struct cpu *c, struct fp_env *e, unsigned op, struct fp a, struct fp b)
{
    const struct fp_format *f = x87_format(c);
    struct fp r;
    if (x87_nan2(e, a, b, &r))
        return r;
    switch (op) {
    case 0:
        return fp_add(e, f, a, b);
    case 1:
        return fp_mul(e, f, a, b);
    case 4:
        return fp_sub(e, f, a, b);
    case 5:
        return fp_sub(e, f, b, a);
    case 6:
        return fp_div(e, f, a, b);
    default:
        return fp_div(e, f, b, a);
    }
}

bool x87_denormal2(struct fp a, struct fp b)
{
    return (a.denormal || b.denormal) && !fp_is_nan(a) && !fp_is_nan(b);
}

/* ST0 op b into register dest. */
void x87_arith(struct cpu *c, unsigned op, unsigned dest, struct fp b)
{
    struct fp_env e = x87_env(c);
    struct fp a = fp_from80(x87_get(c, 0));
    struct fp r = arithmetic(c, &e, op, a, b);
    if (x87_commit(c, &e, x87_denormal2(a, b)))
        x87_put(c, dest, fp_to80(r));
}

/* Register form; false: an unmasked exception, no pop. */
static bool arith_reg(struct cpu *c, unsigned op, unsigned i, unsigned dest)
{
    if (x87_empty(c, 0) || x87_empty(c, i)) {
        if (x87_stack_fault(c, false))
            return false;
        x87_put(c, dest, x87_indefinite());
        return true;
    }
    struct fp_env e = x87_env(c);
    struct fp a = fp_from80(x87_get(c, 0)), b = fp_from80(x87_get(c, i));
    struct fp r = arithmetic(c, &e, op, a, b);
    if (!x87_commit(c, &e, x87_denormal2(a, b)))
        return false;
    x87_put(c, dest, fp_to80(r));
    return true;
}

/* ---- comparison ---- */

#define UNORDERED (FSW_C3 | FSW_C2 | FSW_C0)

/*
 * Compare; gives C3 C2 C0 in *cc. False: an unmasked exception. quiet_nan: QNaNs are not invalid.
 */
static bool compare(struct cpu *c, struct fp a, struct fp b, bool quiet_nan, u16 *cc)
{
    unsigned flags = 0;
    if (a.cls == FC_BAD || b.cls == FC_BAD || a.cls == FC_SNAN || b.cls == FC_SNAN) {
        *cc = UNORDERED;
        flags = FX_I;
    } else if (fp_is_nan(a) || fp_is_nan(b)) {
        *cc = UNORDERED;
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
    u16 cc = UNORDERED;
    bool ok;
    if (x87_empty(c, 0) || !present) {
        ok = !x87_stack_fault(c, false);
    } else {
        ok = compare(c, fp_from80(x87_get(c, 0)), b, quiet_nan, &cc);
    }
    x87_set_cc(c, cc);
    while (ok && pops--)
        x87_pop(c);
}

struct fp x87_reg(const struct cpu *c, unsigned i)
{
    return fp_from80(x87_get(c, i));
}

/* FCOMI, FUCOMI: into the flags word. */
static void compare_flags(struct cpu *c, unsigned i, bool quiet_nan, bool pop, u32 *fl)
{
    u16 cc = UNORDERED;
    bool ok;
    if (x87_empty(c, 0) || x87_empty(c, i))
        ok = !x87_stack_fault(c, false);
    else
        ok = compare(c, x87_reg(c, 0), x87_reg(c, i), quiet_nan, &cc);
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

/* ---- dispatch ---- */

static bool fcmov_condition(u8 opcode, unsigned ext, u32 fl)
{
    bool v = ext == 0   ? fl & FL_CF
             : ext == 1 ? fl & FL_ZF
             : ext == 2 ? fl & (FL_CF | FL_ZF)
                        : fl & FL_PF;
    return v ^ (opcode & 1); /* DB: not */
}

void x87_soft(struct cpu *c, u8 opcode, u8 modrm, u8 *mem, bool *stored, u32 *fl)
{
    unsigned ext = modrm >> 3 & 7, i = modrm & 7;
    *stored = false;
    if (modrm < 0xc0) {
        x87_memory_form(c, opcode, ext, mem, stored);
        return;
    }
    switch (opcode) {
    case 0xd8:
        if (ext == 2 || ext == 3)
            x87_compare_cc(c, x87_reg(c, i), !x87_empty(c, i), false, ext == 3);
        else
            arith_reg(c, ext, i, 0);
        break;
    case 0xd9:
        if (ext == 0) {
            bool there = !x87_empty(c, i);
            struct f80 v = x87_get(c, i);
            x87_set_c1(c, false);
            if (!there && x87_empty(c, 7)) {
                if (x87_stack_fault(c, false))
                    break;
                v = x87_indefinite();
            }
            x87_push_value(c, v);
            if (!there)
                x87_set_c1(c, false);
        } else if (ext == 1) {
            exchange(c, i);
        } else if (ext == 3) {
            store_reg(c, i, true, true);
        } else {
            x87_one_operand(c, modrm);
        }
        break;
    case 0xda:
    case 0xdb:
        if (ext < 4)
            fcmov(c, i, fcmov_condition(opcode, ext, *fl));
        else if (opcode == 0xda)
            x87_compare_cc(c, x87_reg(c, 1), !x87_empty(c, 1), true, 2);
        else
            compare_flags(c, i, ext == 5, false, fl);
        break;
    case 0xdc:
        if (ext == 2 || ext == 3)
            x87_compare_cc(c, x87_reg(c, i), !x87_empty(c, i), false, ext == 3);
        else
            arith_reg(c, ext, i, i);
        break;
    case 0xdd:
        if (ext == 0) {
            x87_set_c1(c, false);
            c->fpu.ftw &= (u8) ~(1u << phys(c, i));
        } else if (ext == 1) {
            exchange(c, i);
        } else if (ext < 4) {
            store_reg(c, i, ext == 3, false);
        } else {
            x87_compare_cc(c, x87_reg(c, i), !x87_empty(c, i), true, ext == 5);
        }
        break;
    case 0xde:
        if (modrm == 0xd9)
            x87_compare_cc(c, x87_reg(c, 1), !x87_empty(c, 1), false, 2);
        else if (ext == 2)
            x87_compare_cc(c, x87_reg(c, i), !x87_empty(c, i), false, 1);
        else if (arith_reg(c, ext, i, i))
            x87_pop(c);
        break;
    default: /* DF */
        if (ext == 0) {
            x87_set_c1(c, false);
            c->fpu.ftw &= (u8) ~(1u << phys(c, i));
            x87_pop(c);
        } else if (ext == 1) {
            exchange(c, i);
        } else if (ext < 4) {
            store_reg(c, i, true, false);
        } else {
            compare_flags(c, i, ext == 5, true, fl);
        }
        break;
    }
}
