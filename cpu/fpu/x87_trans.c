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

/* The same, where the host multiplies faster as doubles. */
static bool by_pairs(enum operation what, struct fp x, struct fp y, struct big *r,
                     struct big *second)
{
    if (UINTPTR_MAX > UINT32_MAX)
        return false;
    switch (what) {
    case I_f2xm1:
        return pairs_value(PAIR_EXP, x, x, r, second);
    case I_fyl2x:
        return pairs_value(PAIR_LOG, x, y, r, second);
    case I_fpatan:
        return pairs_value(PAIR_ATAN, x, y, r, second);
    case I_fsin:
        return pairs_value(PAIR_SIN, x, x, r, second);
    case I_fcos:
        return pairs_value(PAIR_COS, x, x, r, second);
    case I_fptan:
        return pairs_value(PAIR_TAN, x, x, r, second);
    case I_fsincos:
        return pairs_value(PAIR_SIN_COS, x, x, r, second);
    default:
        return false;
    }
}

/* Not rounded yet, and never exact. *second: the cosine of FSINCOS. */
static struct big value(enum operation what, struct fp x, struct fp y, struct big *second)
{
    struct big s, k;
    if (by_pairs(what, x, y, &s, second))
        return s;
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

void x87_transcendental(struct cpu *c, enum operation what)
{
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
