/*
 * x87_trans.c - the transcendental instructions: F2XM1, FYL2X, FYL2XP1, FPATAN, FPTAN, FSIN, FCOS,
 * FSINCOS. SDM vol. 1, 8.3.9-8.3.11; the tables of special operands are in vol. 2.
 *
 * Processors differ in the last bit of these (the manual allows less than one unit), so they are
 * computed by x87_math.c on every host, also where the other instructions run on the host's unit:
 * a run is the same everywhere. The results are the nearest ones; Intel's own not always are.
 */
#include "cpu/fpu/x87_math.h"
#include "cpu/fpu/x87_pairs.h"
#include "cpu/fpu/x87_quick.h"
#include "cpu/fpu/x87_soft.h"

static struct fp infinity(bool neg)
{
    return (struct fp){.cls = FC_INF, .neg = neg, .sig = 1ull << 63};
}

static struct fp zero(bool neg)
{
    return (struct fp){.cls = FC_ZERO, .neg = neg};
}

static struct fp invalid(struct fp_env *e)
{
    e->flags |= FX_I;
    return fp_indefinite();
}

/* ---- values ---- */

/*
 * Zeros, infinities, and where the instruction is not defined or has nothing to compute: true, and
 * the result in *r (and *second). Else the operands are numbers for value().
 */
static bool special_f2xm1(struct fp_env *e, struct fp a, struct fp *r)
{
    *r = a;
    if (a.cls == FC_INF && a.neg)
        *r = fp_from_int(-1);
    if (a.cls != FC_NORM)
        return true;
    if (a.exp < 0)
        return false;
    if (a.neg && a.exp == 0 && a.sig == 1ull << 63) /* -1: exact but for the flag */
        r->exp = -1;
    e->flags |= FX_P; /* outside of [-1, 1] Intel's units give the operand back */
    return true;
}

static bool special_fyl2x(struct fp_env *e, struct fp x, struct fp y, struct fp *r)
{
    if (x.cls == FC_ZERO) {
        *r = y.cls == FC_ZERO ? invalid(e) : infinity(!y.neg);
        if (y.cls == FC_NORM)
            e->flags |= FX_Z;
        return true;
    }
    if (x.neg) {
        *r = invalid(e);
        return true;
    }
    if (x.cls == FC_INF) {
        *r = y.cls == FC_ZERO ? invalid(e) : infinity(y.neg);
        return true;
    }
    bool one = x.exp == 0 && x.sig == 1ull << 63;
    if (y.cls == FC_NORM && !one)
        return false;
    *r = y.cls != FC_INF ? zero(y.neg != (x.exp < 0))
         : one           ? invalid(e)
                         : infinity(y.neg != (x.exp < 0));
    return true;
}

static bool special_fyl2xp1(struct fp_env *e, struct fp x, struct fp y, struct fp *r)
{
    bool negative = x.neg != y.neg;
    if (x.cls == FC_ZERO)
        *r = y.cls == FC_INF ? invalid(e) : zero(negative);
    else if (x.cls == FC_INF)
        *r = x.neg || y.cls == FC_ZERO ? invalid(e) : infinity(y.neg);
    else if (y.cls == FC_ZERO)
        *r = zero(negative);
    else if (y.cls == FC_INF)
        *r = infinity(negative);
    else if (x.neg && x.exp >= 0) /* 1 + x is not positive: x comes back */
        e->flags |= FX_P, *r = x;
    else
        return false;
    return true;
}

/* Only angles 0, pi / 4, pi / 2, 3 pi / 4 and pi. */
static bool special_fpatan(struct fp_env *e, struct fp x, struct fp y, struct fp *r)
{
    if (x.cls == FC_NORM && y.cls == FC_NORM)
        return false;
    struct big half_pi = big_pi_over_2(), angle = half_pi;
    if (y.cls == FC_ZERO || (x.cls == FC_INF && y.cls != FC_INF)) {
        angle.exp++;
        if (!x.neg)
            angle.m = 0;
    } else if (x.cls == FC_INF) {
        angle.exp--;
        if (x.neg)
            angle = big_add(angle, half_pi);
    }
    angle.neg = y.neg;
    *r = angle.m == 0 ? zero(y.neg) : big_to_fp(e, angle);
    return true;
}

static bool special_circular(enum operation what, struct fp_env *e, struct fp a, struct fp *r,
                             struct fp *second)
{
    if (a.cls == FC_NORM)
        return false;
    *second = a.cls == FC_INF ? invalid(e) : fp_from_int(1);
    *r = a.cls == FC_INF || what == I_fcos ? *second : a;
    return true;
}

static bool special(enum operation what, struct fp_env *e, struct fp x, struct fp y, struct fp *r,
                    struct fp *second)
{
    switch (what) {
    case I_f2xm1:
        return special_f2xm1(e, x, r);
    case I_fyl2x:
        return special_fyl2x(e, x, y, r);
    case I_fyl2xp1:
        return special_fyl2xp1(e, x, y, r);
    case I_fpatan:
        return special_fpatan(e, x, y, r);
    default:
        return special_circular(what, e, x, r, second);
    }
}

static struct big angle_of(struct fp x, struct fp y)
{
    struct big across = big_from_fp(x), up = big_from_fp(y), pi = big_pi_over_2();
    pi.exp++;
    across.neg = up.neg = false;
    struct big angle = big_atan2(up, across);
    if (x.neg)
        angle = big_add(pi, big_negate(angle));
    angle.neg = y.neg;
    return angle;
}

/* Not rounded yet, and never exact. *second: the cosine of FSINCOS. */
static struct big value(enum operation what, struct fp x, struct fp y, struct big *second)
{
    struct big s, k;
    switch (what) {
    case I_f2xm1:
        return big_exp2_minus_1(big_from_fp(x));
    case I_fyl2x:
        return big_mul(big_from_fp(y), big_log2(big_from_fp(x)));
    case I_fyl2xp1:
        return big_mul(big_from_fp(y), big_log2_1_plus(big_from_fp(x)));
    case I_fpatan:
        return angle_of(x, y);
    case I_fsin:
        big_sin_cos(x, &s, NULL);
        return s;
    case I_fcos:
        big_sin_cos(x, NULL, &k);
        return k;
    case I_fptan:
        big_sin_cos(x, &s, &k);
        return big_divide(s, k);
    default:
        big_sin_cos(x, &s, second);
        return s;
    }
}

/* Any operands but NaN. *second: what FSINCOS and FPTAN push. */
static struct fp result(enum operation what, struct fp_env *e, struct fp x, struct fp y,
                        struct fp *second)
{
    struct fp r;
    struct big more;
    if (special(what, e, x, y, &r, second))
        return r;
    r = big_to_fp(e, value(what, x, y, &more));
    if (what == I_fsincos)
        *second = big_to_fp(e, more);
    if (what == I_fptan) {
        *second = fp_from_int(1);
        e->up = false; /* C1 is that of the last one */
    }
    return r;
}

/* Angles from 2^63 on are not reduced: C2 says so, and nothing happens. */
static bool out_of_range(enum operation what, struct fp a)
{
    return what != I_f2xm1 && !x87_takes_two(what) && a.cls == FC_NORM && a.exp >= 63;
}

/* ---- instructions ---- */

/* ST1 = r, pop */
static void pop_into_st1(struct cpu *c, struct f80 r)
{
    x87_put(c, 1, r);
    x87_pop(c);
}

static void with_two(struct cpu *c, enum operation what)
{
    if (x87_empty(c, 0) || x87_empty(c, 1)) {
        if (!x87_stack_fault(c, false))
            pop_into_st1(c, x87_indefinite());
        return;
    }
    struct fp_env e = x87_env(c);
    struct fp x = x87_reg(c, 0), y = x87_reg(c, 1);
    struct fp r;
    if (!x87_nan2(&e, x, y, &r))
        r = result(what, &e, x, y, NULL);
    if (x87_commit(c, &e, x87_denormal2(x, y)))
        pop_into_st1(c, fp_to80(r));
}

static void with_one(struct cpu *c, enum operation what)
{
    if (x87_empty(c, 0) || (x87_pushes(what) && !x87_empty(c, 7))) {
        if (!x87_stack_fault(c, !x87_empty(c, 0))) {
            x87_put(c, 0, x87_indefinite());
            if (x87_pushes(what))
                x87_push(c, x87_indefinite());
        }
        return;
    }
    struct fp_env e = x87_env(c);
    struct fp a = x87_reg(c, 0), second;
    if (out_of_range(what, a)) {
        c->fpu.fsw |= FSW_C2;
        return;
    }
    struct fp r;
    if (x87_nan1(&e, a, &r))
        second = r;
    else
        r = result(what, &e, a, a, &second);
    if (!x87_commit(c, &e, a.denormal))
        return;
    x87_put(c, 0, fp_to80(r));
    if (x87_pushes(what))
        x87_push(c, fp_to80(second));
}

/* ---- ordinary numbers, where the host multiplies faster as doubles ---- */

static ALWAYS_INLINE struct fp unpacked(const u8 *st)
{
    u32 se = get_le16(st + 8);
    return (struct fp){.cls = FC_NORM,
                       .neg = se & X87_SIGN,
                       .exp = (s32)(se & X87_EXP) - 16383,
                       .sig = get_le64(st)};
}

/* Rounded to nearest; which way for certain, pairs_value() says. True: up. */
static ALWAYS_INLINE bool put_rounded(u8 *st, const struct big *v)
{
    bool up = (u64)v->m >> 63;
    u64 m = (u64)(v->m >> 64) + up;
    s32 exp = v->exp + 16383;
    if (m == 0) {
        m = X87_TOP_BIT;
        exp++;
    }
    quick_set(st, m, (v->neg ? X87_SIGN : 0) | (u32)exp);
    return up;
}

static ALWAYS_INLINE bool pair_function(enum operation what, enum pair_function *pair)
{
    switch (what) {
    case I_f2xm1:
        *pair = PAIR_EXP;
        return true;
    case I_fyl2x:
        *pair = PAIR_LOG;
        return true;
    case I_fpatan:
        *pair = PAIR_ATAN;
        return true;
    case I_fsin:
        *pair = PAIR_SIN;
        return true;
    case I_fcos:
        *pair = PAIR_COS;
        return true;
    case I_fptan:
        *pair = PAIR_TAN;
        return true;
    case I_fsincos:
        *pair = PAIR_SIN_COS;
        return true;
    default:
        return false;
    }
}

bool x87_quick_transcendental(struct cpu_fpu *f, enum operation what)
{
    enum pair_function pair;
    bool two = x87_takes_two(what), pushes = x87_pushes(what);
    u8 *st = quick_st(f, 0), *other = quick_st(f, two ? 1 : 0);
    if (!pair_function(what, &pair) || !quick_nearest(f) || !quick_there(f, 0) ||
        !quick_ordinary(get_le64(st), get_le16(st + 8)))
        return false;
    if (two ? !quick_there(f, 1) || !quick_ordinary(get_le64(other), get_le16(other + 8))
            : pushes && quick_there(f, 7))
        return false;
    struct fp x = unpacked(st), y = unpacked(other), unused;
    struct fp_env e = {.masks = FCW_MASKS};
    struct big r, second;
    if (special(what, &e, x, y, &unused, &unused) || !pairs_value(pair, x, y, &r, &second))
        return false;
    bool up = put_rounded(other, &r);
    if (two)
        quick_pop(f);
    if (what == I_fptan)
        up = !quick_push(f, X87_TOP_BIT, 16383);
    if (what == I_fsincos && quick_push(f, 0, 0))
        up = put_rounded(quick_st(f, 0), &second);
    f->fsw &= (u16)~X87_CC;
    quick_status(f, true, up);
    return true;
}

void x87_transcendental(struct cpu *c, enum operation what)
{
    if (UINTPTR_MAX <= UINT32_MAX && x87_quick_transcendental(&c->fpu, what))
        return;
    x87_set_cc(c, 0);
    if (x87_takes_two(what))
        with_two(c, what);
    else
        with_one(c, what);
}

bool x87_ordinary(enum operation what, struct f80 a, struct f80 b, struct big *r,
                  struct big *second)
{
    struct fp_env e = {.masks = FCW_MASKS};
    struct fp x = fp_from80(a), y = fp_from80(b), unused;
    *second = big_from_fp(fp_from_int(1));
    if (out_of_range(what, x) || special(what, &e, x, y, &unused, &unused))
        return false;
    *r = value(what, x, y, second);
    return r->exp > -900 && r->exp < 900;
}
