/*
 * x87_soft.c - the portable x87: stack, exceptions, and every instruction but the transcendental
 * ones. SDM vol. 1, chapter 8; vol. 2. Used where the host has no x87 unit, and by the tests, which
 * hold it against a host that has one.
 */
#include "cpu/x87_soft.h"

#include <string.h>

#define CC_ALL (FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3)

/* ---- stack and status ---- */

static unsigned phys(const struct cpu *c, unsigned i)
{
    return (FPU_TOP(&c->fpu) + i) & 7;
}

static struct f80 load80(const u8 *p)
{
    return (struct f80){get_le64(p), get_le16(p + 8)};
}

static void store80(u8 *p, struct f80 v)
{
    put_le64(p, v.m);
    put_le16(p + 8, v.se);
}

struct f80 x87_get(const struct cpu *c, unsigned i)
{
    return load80(c->fpu.st[phys(c, i)]);
}

void x87_put(struct cpu *c, unsigned i, struct f80 v)
{
    store80(c->fpu.st[phys(c, i)], v);
    c->fpu.ftw |= (u8)(1u << phys(c, i));
}

bool x87_empty(const struct cpu *c, unsigned i)
{
    return !(c->fpu.ftw >> phys(c, i) & 1);
}

static void set_top(struct cpu *c, unsigned top)
{
    c->fpu.fsw = (u16)((c->fpu.fsw & ~FSW_TOP) | (top & 7) << 11);
}

void x87_pop(struct cpu *c)
{
    c->fpu.ftw &= (u8)~(1u << phys(c, 0));
    set_top(c, FPU_TOP(&c->fpu) + 1);
}

void x87_push(struct cpu *c, struct f80 v)
{
    set_top(c, FPU_TOP(&c->fpu) - 1);
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

static struct f80 indefinite(void)
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

static bool is_denormal2(struct fp a, struct fp b)
{
    return (a.denormal || b.denormal) && !fp_is_nan(a) && !fp_is_nan(b);
}

/* ST0 op b into register dest. */
static void arith(struct cpu *c, unsigned op, unsigned dest, struct fp b)
{
    struct fp_env e = x87_env(c);
    struct fp a = fp_from80(x87_get(c, 0));
    struct fp r = arithmetic(c, &e, op, a, b);
    if (x87_commit(c, &e, is_denormal2(a, b)))
        x87_put(c, dest, fp_to80(r));
}

/* Register form; false: an unmasked exception, no pop. */
static bool arith_reg(struct cpu *c, unsigned op, unsigned i, unsigned dest)
{
    if (x87_empty(c, 0) || x87_empty(c, i)) {
        if (x87_stack_fault(c, false))
            return false;
        x87_put(c, dest, indefinite());
        return true;
    }
    struct fp_env e = x87_env(c);
    struct fp a = fp_from80(x87_get(c, 0)), b = fp_from80(x87_get(c, i));
    struct fp r = arithmetic(c, &e, op, a, b);
    if (!x87_commit(c, &e, is_denormal2(a, b)))
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

static void set_cc(struct cpu *c, u16 cc)
{
    c->fpu.fsw = (u16)((c->fpu.fsw & ~CC_ALL) | cc);
}

/* FCOM, FUCOM and pops; `present`: b is there. */
static void compare_cc(struct cpu *c, struct fp b, bool present, bool quiet_nan, unsigned pops)
{
    u16 cc = UNORDERED;
    bool ok;
    if (x87_empty(c, 0) || !present) {
        ok = !x87_stack_fault(c, false);
    } else {
        ok = compare(c, fp_from80(x87_get(c, 0)), b, quiet_nan, &cc);
    }
    set_cc(c, cc);
    while (ok && pops--)
        x87_pop(c);
}

static struct fp reg(const struct cpu *c, unsigned i)
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
        ok = compare(c, reg(c, 0), reg(c, i), quiet_nan, &cc);
    *fl = (cc & FSW_C0 ? FL_CF : 0) | (cc & FSW_C2 ? FL_PF : 0) | (cc & FSW_C3 ? FL_ZF : 0);
    if (ok && pop)
        x87_pop(c);
}

/* ---- loads and stores ---- */

static void push_value(struct cpu *c, struct f80 v)
{
    x87_set_c1(c, false);
    if (!x87_empty(c, 7)) {
        if (x87_stack_fault(c, true))
            return;
        v = indefinite();
    }
    x87_push(c, v);
}

/* A 32- or 64-bit real: its NaNs and denormals raise exceptions. */
static void push_real(struct cpu *c, struct fp a)
{
    struct fp_env e = x87_env(c);
    struct fp r = a;
    if (!x87_empty(c, 7)) {
        push_value(c, indefinite());
        return;
    }
    x87_nan1(&e, a, &r);
    bool push = x87_commit(c, &e, a.denormal);
    if (push || a.denormal) /* an unmasked denormal exception does not keep the value out */
        x87_push(c, fp_to80(r));
}

/* FST m32, m64 into mem. False: nothing stored. */
static bool store_real(struct cpu *c, u8 *mem, const struct fp_format *f)
{
    struct fp_env e = x87_env(c);
    struct fp r;
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            return false;
        r = fp_indefinite();
    } else {
        struct fp a = reg(c, 0);
        if (!x87_nan1(&e, a, &r))
            r = fp_convert(&e, f, a);
        if (e.flags & ~e.masks & (FX_O | FX_U))
            e.flags &= ~FX_P; /* nothing is stored, so nothing was rounded */
        x87_set_c1(c, (e.flags & FX_P) && e.up);
        x87_raise(c, e.flags);
        if (e.flags & ~e.masks & ~FX_P)
            return false;
    }
    if (f == &fp_f32)
        put_le32(mem, fp_to32(r));
    else
        put_le64(mem, fp_to64(r));
    return true;
}

static bool store_int(struct cpu *c, u8 *mem, unsigned bits)
{
    struct fp_env e = x87_env(c);
    s64 v = 0;
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            return false;
        v = (s64)(~0ull << (bits - 1));
    } else {
        if (!fp_to_int(&e, reg(c, 0), bits, &v))
            v = (s64)(~0ull << (bits - 1));
        x87_set_c1(c, (e.flags & FX_P) && e.up);
        x87_raise(c, e.flags);
        if (e.flags & ~e.masks & FX_I)
            return false;
    }
    if (bits == 16)
        put_le16(mem, (u16)v);
    else if (bits == 32)
        put_le32(mem, (u32)v);
    else
        put_le64(mem, (u64)v);
    return true;
}

static void load_bcd(struct cpu *c, const u8 *mem)
{
    u64 v = 0;
    for (int i = 8; i >= 0; i--)
        v = v * 100 + (mem[i] >> 4) * 10u + (mem[i] & 15);
    struct fp a = fp_from_int((s64)v);
    a.neg = mem[9] >> 7;
    push_value(c, fp_to80(a));
}

static bool store_bcd(struct cpu *c, u8 *mem)
{
    static const u8 bad[10] = {0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff};
    struct fp_env e = x87_env(c);
    s64 v = 0;
    bool valid = false;
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            return false;
    } else {
        struct fp a = reg(c, 0);
        valid = fp_to_int(&e, a, 64, &v);
        if (valid && (v > 999999999999999999 || v < -999999999999999999)) {
            valid = false;
            e.flags = FX_I;
        }
        x87_set_c1(c, valid && (e.flags & FX_P) && e.up);
        x87_raise(c, e.flags);
        if (e.flags & ~e.masks & FX_I)
            return false;
        if (valid) {
            u64 m = v < 0 ? 0 - (u64)v : (u64)v;
            for (unsigned i = 0; i < 9; i++, m /= 100)
                mem[i] = (u8)((m / 10 % 10) << 4 | m % 10);
            mem[9] = a.neg ? 0x80 : 0;
        }
    }
    if (!valid)
        memcpy(mem, bad, 10);
    return true;
}

/* FST ST(i). D9 D8+i (`blind`) does not mind an empty register: it only pops then. */
static void store_reg(struct cpu *c, unsigned i, bool pop, bool blind)
{
    x87_set_c1(c, false);
    if (x87_empty(c, 0) && blind) {
        /* nothing to copy */
    } else if (x87_empty(c, 0)) {
        if (x87_stack_fault(c, false))
            return;
        x87_put(c, i, indefinite());
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
            a = indefinite();
        if (eb)
            b = indefinite();
    }
    x87_put(c, 0, b);
    x87_put(c, i, a);
}

static void fcmov(struct cpu *c, unsigned i, bool condition)
{
    if (x87_empty(c, 0) || x87_empty(c, i)) {
        if (!x87_stack_fault(c, false))
            x87_put(c, 0, indefinite());
    } else if (condition) {
        x87_put(c, 0, x87_get(c, i));
    }
}

/* ---- D9: one operand, constants, remainders, scaling ---- */

static void constant(struct cpu *c, unsigned n)
{
    static const struct {
        s32 exp;
        u64 hi, lo;
    } k[7] = {
        {0, 0x8000000000000000, 0},                   /* 1 */
        {1, 0xd49a784bcd1b8afe, 0x492bf6ff4dafdb4c},  /* log2 10 */
        {0, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88},  /* log2 e */
        {1, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1},  /* pi */
        {-2, 0x9a209a84fbcff798, 0x8f8959ac0b7c9178}, /* log10 2 */
        {-1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af}, /* ln 2 */
        {0, 0, 0},
    };
    struct fp_env e = x87_env(c);
    struct fp r = fp_round(&e, &fp_f80, false, k[n].exp, k[n].hi, k[n].lo);
    push_value(c, fp_to80(r));
}

static void examine(struct cpu *c)
{
    struct f80 v = x87_get(c, 0);
    struct fp a = fp_from80(v);
    u16 cc;
    if (x87_empty(c, 0))
        cc = FSW_C3 | FSW_C0;
    else if (a.cls == FC_BAD)
        cc = 0;
    else if (fp_is_nan(a))
        cc = FSW_C0;
    else if (a.cls == FC_INF)
        cc = FSW_C2 | FSW_C0;
    else if (a.cls == FC_ZERO)
        cc = FSW_C3;
    else
        cc = a.denormal ? FSW_C3 | FSW_C2 : FSW_C2;
    set_cc(c, cc | (v.se >> 15 ? FSW_C1 : 0));
}

/* FCHS (0), FABS (1) */
static void change_sign(struct cpu *c, bool absolute)
{
    x87_set_c1(c, false);
    if (x87_empty(c, 0)) {
        if (!x87_stack_fault(c, false))
            x87_put(c, 0, indefinite());
        return;
    }
    struct f80 v = x87_get(c, 0);
    v.se = absolute ? v.se & 0x7fff : v.se ^ 0x8000;
    x87_put(c, 0, v);
}

/* One operand there, else the masked response is already made. */
static bool have1(struct cpu *c)
{
    if (!x87_empty(c, 0))
        return true;
    if (!x87_stack_fault(c, false))
        x87_put(c, 0, indefinite());
    return false;
}

static bool have2(struct cpu *c)
{
    if (!x87_empty(c, 0) && !x87_empty(c, 1))
        return true;
    if (!x87_stack_fault(c, false))
        x87_put(c, 0, indefinite());
    return false;
}

static void square_root(struct cpu *c)
{
    if (!have1(c))
        return;
    struct fp_env e = x87_env(c);
    struct fp a = reg(c, 0), r;
    if (!x87_nan1(&e, a, &r))
        r = fp_sqrt(&e, x87_format(c), a);
    if (x87_commit(c, &e, a.denormal))
        x87_put(c, 0, fp_to80(r));
}

static void round_to_integral(struct cpu *c)
{
    if (!have1(c))
        return;
    struct fp_env e = x87_env(c);
    struct fp a = reg(c, 0), r;
    if (!x87_nan1(&e, a, &r))
        r = fp_rint(&e, a);
    if (x87_commit(c, &e, a.denormal))
        x87_put(c, 0, fp_to80(r));
}

static void scale(struct cpu *c)
{
    if (!have2(c))
        return;
    struct fp_env e = x87_env(c), quiet_env = {.rc = 3, .masks = FCW_MASKS};
    struct fp a = reg(c, 0), b = reg(c, 1), r;
    s64 n = 0;
    if (x87_nan2(&e, a, b, &r)) {
        /* r */
    } else if (b.cls == FC_INF) {
        if (b.neg ? a.cls == FC_INF : a.cls == FC_ZERO) {
            e.flags |= FX_I;
            r = fp_indefinite();
        } else {
            r = (struct fp){.cls = b.neg ? FC_ZERO : FC_INF, .neg = a.neg, .sig = 1ull << 63};
        }
    } else if (a.cls != FC_NORM) {
        r = a;
    } else {
        if (!fp_to_int(&quiet_env, b, 32, &n) || n > 70000 || n < -70000)
            n = b.neg ? -70000 : 70000;
        s32 exp = a.exp + (s32)n;
        r = fp_round(&e, &fp_f80, a.neg, exp, a.sig, 0);
        /* Out of reach even of the unmasked responses' exponent adjustment? */
        if ((e.flags & FX_O) && !(e.masks & FX_O) && exp - fp_f80.wrap > fp_f80.emax) {
            r = (struct fp){.cls = FC_INF, .neg = a.neg, .sig = 1ull << 63};
            e.flags |= FX_P;
            e.up = true;
        } else if ((e.flags & FX_U) && !(e.masks & FX_U) && exp + fp_f80.wrap < fp_f80.emin) {
            r = (struct fp){.cls = FC_ZERO, .neg = a.neg};
            e.flags |= FX_P;
            e.up = false;
        }
    }
    if (x87_commit(c, &e, is_denormal2(a, b)))
        x87_put(c, 0, fp_to80(r));
}

static void extract(struct cpu *c)
{
    x87_set_c1(c, false);
    if (x87_empty(c, 0) || !x87_empty(c, 7)) {
        if (!x87_stack_fault(c, !x87_empty(c, 0))) {
            x87_put(c, 0, indefinite());
            x87_push(c, indefinite());
        }
        return;
    }
    struct fp_env e = x87_env(c);
    struct fp a = reg(c, 0), exp, sig = a;
    if (x87_nan1(&e, a, &sig)) {
        exp = sig;
    } else if (a.cls == FC_INF) {
        exp = a;
        exp.neg = false;
    } else if (a.cls == FC_ZERO) {
        e.flags |= FX_Z;
        exp = (struct fp){.cls = FC_INF, .neg = true, .sig = 1ull << 63};
    } else {
        exp = fp_from_int(a.exp);
        sig.exp = 0;
    }
    if (x87_commit(c, &e, a.denormal)) {
        x87_put(c, 0, fp_to80(exp));
        x87_push(c, fp_to80(sig));
    }
}

/*
 * FPREM, FPREM1. When the exponents are 64 or more apart one instruction reduces by a multiple of
 * 2^(D - N) times the divisor, with the N that Intel's processors take.
 */
static void remainder_op(struct cpu *c, bool nearest)
{
    u16 cc = c->fpu.fsw & (FSW_C0 | FSW_C3); /* stay when there is no quotient */
    c->fpu.fsw &= (u16)~(FSW_C1 | FSW_C2);
    if (!have2(c))
        return;
    struct fp_env e = x87_env(c);
    struct fp a = reg(c, 0), b = reg(c, 1), r = a;
    if (x87_nan2(&e, a, b, &r)) {
        /* r */
    } else if (a.cls == FC_INF || b.cls == FC_ZERO) {
        e.flags |= FX_I;
        r = fp_indefinite();
    } else if (a.cls == FC_ZERO || b.cls == FC_INF) {
        cc = 0;
        if (a.cls == FC_NORM) { /* unchanged, and no underflow when it is a denormal */
            struct fp_env masked = {.masks = FCW_MASKS};
            r = fp_round(&masked, &fp_f80, a.neg, a.exp, a.sig, 0);
        }
    } else {
        s32 d = a.exp - b.exp;
        u64 q = 0;
        cc = 0;
        unsigned __int128 rest = a.sig;
        s32 exp = b.exp;
        if (d < 64) {
            if (d < 0) { /* smaller already; FPREM1 may still round up when d is -1 */
                exp = a.exp;
            } else {
                /* a.sig * 2^d mod b.sig, and the low bits of the quotient */
                unsigned __int128 div = b.sig;
                if (rest >= div) {
                    rest -= div;
                    q = 1;
                }
                for (s32 i = 0; i < d; i++) {
                    rest <<= 1;
                    q <<= 1;
                    if (rest >= div) {
                        rest -= div;
                        q |= 1;
                    }
                }
            }
            if (nearest && d >= -1) {
                /* compare 2 * rest with the divisor, both on the scale of exp */
                unsigned __int128 twice = rest << 1, div = (unsigned __int128)b.sig << (b.exp - exp);
                if (twice > div || (twice == div && (q & 1))) {
                    rest = div - rest;
                    a.neg = !a.neg;
                    q++;
                }
            }
        } else {
            unsigned n = ((unsigned)d & 31) | 32;
            unsigned __int128 div = b.sig;
            if (rest >= div)
                rest -= div;
            for (unsigned i = 0; i < n; i++) {
                rest <<= 1;
                if (rest >= div)
                    rest -= div;
            }
            exp = a.exp - (s32)n;
            cc = FSW_C2;
        }
        if (rest == 0)
            r = (struct fp){.cls = FC_ZERO, .neg = reg(c, 0).neg};
        else
            r = fp_round(&e, &fp_f80, a.neg, exp + 64, (u64)(rest >> 64), (u64)rest);
        if (!cc)
            cc = (u16)((q & 4 ? FSW_C0 : 0) | (q & 2 ? FSW_C3 : 0) | (q & 1 ? FSW_C1 : 0));
    }
    if (x87_commit(c, &e, is_denormal2(reg(c, 0), b))) {
        x87_put(c, 0, fp_to80(r));
        set_cc(c, cc);
    }
}

static void test_zero(struct cpu *c)
{
    compare_cc(c, (struct fp){.cls = FC_ZERO}, true, false, 0);
}

static void one_operand(struct cpu *c, u8 modrm)
{
    switch (modrm) {
    case 0xe0:
    case 0xe1:
        change_sign(c, modrm & 1);
        break;
    case 0xe4:
        test_zero(c);
        break;
    case 0xe5:
        examine(c);
        break;
    case 0xe8: case 0xe9: case 0xea: case 0xeb: case 0xec: case 0xed: case 0xee:
        constant(c, modrm & 7);
        break;
    case 0xf4:
        extract(c);
        break;
    case 0xf5:
        remainder_op(c, true);
        break;
    case 0xf6:
        x87_set_c1(c, false);
        set_top(c, FPU_TOP(&c->fpu) - 1);
        break;
    case 0xf7:
        x87_set_c1(c, false);
        set_top(c, FPU_TOP(&c->fpu) + 1);
        break;
    case 0xf8:
        remainder_op(c, false);
        break;
    case 0xfa:
        square_root(c);
        break;
    case 0xfc:
        round_to_integral(c);
        break;
    case 0xfd:
        scale(c);
        break;
    case 0xd0: /* FNOP */
        break;
    default:
        x87_transcendental(c, modrm);
        break;
    }
}

/* ---- dispatch ---- */

/* Bytes of the memory operand: by opcode and modrm.reg, 0x80 = stored. */
unsigned x87_soft_operand(u8 opcode, u8 modrm, bool *store)
{
    static const u8 size[8][8] = {
        {4, 4, 4, 4, 4, 4, 4, 4},             {4, 0, 0x84, 0x84, 0, 0, 0, 0},
        {4, 4, 4, 4, 4, 4, 4, 4},             {4, 0, 0x84, 0x84, 0, 10, 0, 0x8a},
        {8, 8, 8, 8, 8, 8, 8, 8},             {8, 0, 0x88, 0x88, 0, 0, 0, 0},
        {2, 2, 2, 2, 2, 2, 2, 2},             {2, 0, 0x82, 0x82, 10, 8, 0x8a, 0x88},
    };
    u8 v = size[opcode & 7][modrm >> 3 & 7];
    *store = v & 0x80;
    return v & 0x7f;
}

static struct fp memory_operand(u8 opcode, const u8 *mem)
{
    switch (opcode & 6) {
    case 0:
        return fp_from32(get_le32(mem));
    case 2:
        return fp_from_int((s32)get_le32(mem));
    case 4:
        return fp_from64(get_le64(mem));
    default:
        return fp_from_int((s16)get_le16(mem));
    }
}

static void memory_form(struct cpu *c, u8 opcode, unsigned ext, u8 *mem, bool *stored)
{
    if (!(opcode & 1)) { /* D8, DA, DC, DE */
        struct fp b = memory_operand(opcode, mem);
        if (ext == 2 || ext == 3)
            compare_cc(c, b, true, false, ext == 3);
        else if (have1(c))
            arith(c, ext, 0, b);
        return;
    }
    bool pop = ext != 2;
    switch (opcode << 4 | ext) {
    case 0xd90:
        push_real(c, fp_from32(get_le32(mem)));
        return;
    case 0xdd0:
        push_real(c, fp_from64(get_le64(mem)));
        return;
    case 0xdb0:
        push_value(c, fp_to80(fp_from_int((s32)get_le32(mem))));
        return;
    case 0xdf0:
        push_value(c, fp_to80(fp_from_int((s16)get_le16(mem))));
        return;
    case 0xdf5:
        push_value(c, fp_to80(fp_from_int((s64)get_le64(mem))));
        return;
    case 0xdb5:
        push_value(c, load80(mem));
        return;
    case 0xdf4:
        load_bcd(c, mem);
        return;
    case 0xd92: case 0xd93:
        *stored = store_real(c, mem, &fp_f32);
        break;
    case 0xdd2: case 0xdd3:
        *stored = store_real(c, mem, &fp_f64);
        break;
    case 0xdb2: case 0xdb3:
        *stored = store_int(c, mem, 32);
        break;
    case 0xdf2: case 0xdf3:
        *stored = store_int(c, mem, 16);
        break;
    case 0xdf7:
        *stored = store_int(c, mem, 64);
        break;
    case 0xdf6:
        *stored = store_bcd(c, mem);
        break;
    default: /* DB /7 */
        x87_set_c1(c, false);
        *stored = true;
        if (x87_empty(c, 0)) {
            *stored = !x87_stack_fault(c, false);
            store80(mem, indefinite());
        } else {
            store80(mem, x87_get(c, 0));
        }
        break;
    }
    if (*stored && pop)
        x87_pop(c);
}

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
        memory_form(c, opcode, ext, mem, stored);
        return;
    }
    switch (opcode) {
    case 0xd8:
        if (ext == 2 || ext == 3)
            compare_cc(c, reg(c, i), !x87_empty(c, i), false, ext == 3);
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
                v = indefinite();
            }
            push_value(c, v);
            if (!there)
                x87_set_c1(c, false);
        } else if (ext == 1) {
            exchange(c, i);
        } else if (ext == 3) {
            store_reg(c, i, true, true);
        } else {
            one_operand(c, modrm);
        }
        break;
    case 0xda:
    case 0xdb:
        if (ext < 4)
            fcmov(c, i, fcmov_condition(opcode, ext, *fl));
        else if (opcode == 0xda)
            compare_cc(c, reg(c, 1), !x87_empty(c, 1), true, 2);
        else
            compare_flags(c, i, ext == 5, false, fl);
        break;
    case 0xdc:
        if (ext == 2 || ext == 3)
            compare_cc(c, reg(c, i), !x87_empty(c, i), false, ext == 3);
        else
            arith_reg(c, ext, i, i);
        break;
    case 0xdd:
        if (ext == 0) {
            x87_set_c1(c, false);
            c->fpu.ftw &= (u8)~(1u << phys(c, i));
        } else if (ext == 1)
            exchange(c, i);
        else if (ext < 4)
            store_reg(c, i, ext == 3, false);
        else
            compare_cc(c, reg(c, i), !x87_empty(c, i), true, ext == 5);
        break;
    case 0xde:
        if (modrm == 0xd9)
            compare_cc(c, reg(c, 1), !x87_empty(c, 1), false, 2);
        else if (ext == 2)
            compare_cc(c, reg(c, i), !x87_empty(c, i), false, 1);
        else if (arith_reg(c, ext, i, i))
            x87_pop(c);
        break;
    default: /* DF */
        if (ext == 0) {
            x87_set_c1(c, false);
            c->fpu.ftw &= (u8)~(1u << phys(c, i));
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
