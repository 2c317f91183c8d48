/*
 * x87_trans.c - the transcendental instructions of the portable x87. SDM vol. 1, 8.3.9-8.3.11;
 * the tables of special operands are in vol. 2.
 *
 * Everything is computed with 128-bit significands by series, which is slow and more than exact
 * enough: what remains is the last bit, where Intel's own results are not always the nearest
 * ones. FSIN and its kind reduce their argument by Intel's 66-bit value of pi.
 */
#include "cpu/x87_soft.h"

typedef unsigned __int128 u128;

/* m / 2^127 * 2^exp, bit 127 of m set; m = 0 is zero. */
struct big {
    bool neg;
    s32 exp;
    u128 m;
};

#define U128(hi, lo) ((u128)(hi) << 64 | (lo))
#define BIG(e, hi, lo) ((struct big){.exp = (e), .m = U128(hi, lo)})
#define PI_2 BIG(0, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1)
#define LN_2 BIG(-1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af)
#define LOG2_E BIG(0, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89)
#define ATAN_HALF BIG(-2, 0xed63382b0dda7b45, 0x6fe445ecbc3a8d03)
#define ONE BIG(0, 1ull << 63, 0)

static struct big normalise(bool neg, s32 exp, u128 m)
{
    if (m == 0)
        return (struct big){.neg = neg};
    u64 hi = (u64)(m >> 64);
    unsigned z = hi ? (unsigned)__builtin_clzll(hi) : 64 + (unsigned)__builtin_clzll((u64)m);
    return (struct big){neg, exp - (s32)z, m << z};
}

static struct big from_fp(struct fp a)
{
    if (a.cls != FC_NORM)
        return (struct big){.neg = a.neg};
    return (struct big){a.neg, a.exp, (u128)a.sig << 64};
}

/* Sticky: the true value is never exactly representable in 64 bits where this is used. */
static struct fp to_fp(struct fp_env *e, struct big a, bool exact)
{
    return fp_round(e, &fp_f80, a.neg, a.exp, (u64)(a.m >> 64), (u64)a.m | !exact);
}

static struct big negate(struct big a)
{
    a.neg = !a.neg;
    return a;
}

static struct big add(struct big a, struct big b)
{
    if (a.m == 0)
        return b;
    if (b.m == 0)
        return a;
    if (a.exp < b.exp || (a.exp == b.exp && a.m < b.m)) {
        struct big t = a;
        a = b;
        b = t;
    }
    u32 d = (u32)(a.exp - b.exp);
    if (d > 126)
        return a;
    if (a.neg != b.neg)
        return normalise(a.neg, a.exp, a.m - (b.m >> d));
    return normalise(a.neg, a.exp + 1, (a.m >> 1) + (b.m >> d >> 1));
}

static struct big mul(struct big a, struct big b)
{
    if (a.m == 0 || b.m == 0)
        return (struct big){.neg = a.neg != b.neg};
    u64 ah = (u64)(a.m >> 64), al = (u64)a.m, bh = (u64)(b.m >> 64), bl = (u64)b.m;
    u128 mid1 = (u128)ah * bl, mid2 = (u128)al * bh, low = (u128)al * bl;
    u128 carry = (low >> 64) + (u64)mid1 + (u64)mid2;
    u128 high = (u128)ah * bh + (mid1 >> 64) + (mid2 >> 64) + (carry >> 64);
    return normalise(a.neg != b.neg, a.exp + b.exp + 1, high);
}

static struct big divide_small(struct big a, u64 n)
{
    u64 hi = (u64)(a.m >> 64), q1 = hi / n;
    u128 rest = (u128)(hi % n) << 64 | (u64)a.m;
    u64 q2 = (u64)(rest / n);
    rest = rest % n << 64;
    u64 q3 = (u64)(rest / n); /* keeps 128 significant bits */
    unsigned z = q1 ? (unsigned)__builtin_clzll(q1) : 64;
    u128 m = U128(q1, q2);
    if (z)
        m = m << z | (z == 64 ? q3 : q3 >> (64 - z));
    return normalise(a.neg, a.exp - (s32)z, m);
}

/* Newton's method, from a start of 64 bits. */
static struct big reciprocal(struct big a)
{
    u128 q = ~(u128)0 / (u64)(a.m >> 64); /* 2^(65 + exp) / |a| */
    struct big two = ONE, x = normalise(false, 62 - a.exp, q), positive = a;
    two.exp = 1;
    positive.neg = false;
    for (unsigned i = 0; i < 2; i++)
        x = mul(x, add(two, negate(mul(positive, x))));
    x.neg = a.neg;
    return x;
}

static struct big divide(struct big a, struct big b)
{
    return mul(a, reciprocal(b));
}

/* x + x^3 c1 + x^5 c2 ..., the terms given by a recurrence: sum of sign^k x^(2k+1) / (2k+1) */
static struct big odd_series(struct big x, bool alternate)
{
    struct big x2 = mul(x, x), power = x, sum = x;
    for (u64 k = 3; k < 400; k += 2) {
        power = mul(power, x2);
        if (alternate)
            power = negate(power);
        struct big term = divide_small(power, k);
        if (term.m == 0 || term.exp < sum.exp - 130)
            break;
        sum = add(sum, term);
    }
    return sum;
}

/* ---- exponential and logarithm ---- */

/* e^x - 1, |x| below 1 */
static struct big exp_minus_1(struct big x)
{
    struct big term = x, sum = x;
    for (u64 k = 2; k < 60; k++) {
        term = divide_small(mul(term, x), k);
        if (term.m == 0 || term.exp < sum.exp - 130)
            break;
        sum = add(sum, term);
    }
    return sum;
}

/* log2 of 1 + x for x in (-0.3, 0.42): 2 atanh(x / (2 + x)) / ln 2 */
static struct big log2_near_1(struct big x)
{
    struct big two = ONE;
    two.exp = 1;
    struct big r = odd_series(divide(x, add(two, x)), false);
    r = mul(r, LOG2_E);
    r.exp++;
    return r;
}

static struct big log2_of(struct big x)
{
    s32 exp = x.exp;
    x.exp = 0;
    if (x.m > U128(0xb504f333f9de6484, 0)) { /* above sqrt 2 */
        x.exp = -1;
        exp++;
    }
    struct big one = ONE;
    struct big r = log2_near_1(add(x, negate(one)));
    struct fp n = fp_from_int(exp);
    return add(from_fp(n), r);
}

/* ---- circular functions ---- */

/*
 * |x| modulo Intel's pi / 2: rest in [-pi/4, pi/4] and the quadrant. Exact integer arithmetic: pi
 * / 2 is 0x3243f6a8885a308d3 * 2^-65.
 */
static struct big reduce(struct fp a, unsigned *quadrant)
{
    const u128 half_pi = U128(3, 0x243f6a8885a308d3); /* 66 bits, scale 2^-65 */
    /* x = sig * 2^(exp - 63) */
    s32 shift = a.exp - 63 + 65; /* x = sig * 2^shift on that scale */
    unsigned q = 0;
    u128 r;
    s32 exp;
    if (shift < 0) { /* below 2^-2: no reduction, keep every bit */
        *quadrant = 0;
        struct big small = from_fp(a);
        small.neg = false;
        return small;
    }
    r = a.sig;
    if (r >= half_pi)
        r -= half_pi;
    for (s32 i = 0; i < shift; i++) {
        r <<= 1;
        q <<= 1;
        if (r >= half_pi) {
            r -= half_pi;
            q |= 1;
        }
    }
    exp = 127 - 65;
    struct big rest = normalise(false, exp, r);
    if (r > half_pi / 2) {
        rest = normalise(true, exp, half_pi - r);
        q++;
    }
    *quadrant = q & 3;
    return rest;
}

static struct big sine_series(struct big x)
{
    struct big x2 = negate(mul(x, x)), term = x, sum = x;
    for (u64 k = 2; k < 60; k += 2) {
        term = divide_small(mul(term, x2), k * (k + 1));
        if (term.m == 0 || term.exp < sum.exp - 130)
            break;
        sum = add(sum, term);
    }
    return sum;
}

static struct big cosine_series(struct big x)
{
    struct big x2 = negate(mul(x, x)), term = ONE, sum = ONE;
    for (u64 k = 1; k < 60; k += 2) {
        term = divide_small(mul(term, x2), k * (k + 1));
        if (term.m == 0 || term.exp < -130)
            break;
        sum = add(sum, term);
    }
    return sum;
}

static void sin_cos(struct fp a, struct big *s, struct big *k)
{
    unsigned q;
    struct big x = reduce(a, &q), sx = sine_series(x), cx = cosine_series(x);
    switch (q) {
    case 0:
        *s = sx;
        *k = cx;
        break;
    case 1:
        *s = cx;
        *k = negate(sx);
        break;
    case 2:
        *s = negate(sx);
        *k = negate(cx);
        break;
    default:
        *s = negate(cx);
        *k = sx;
        break;
    }
    if (a.neg)
        *s = negate(*s);
}

/* atan of x in [0, 1] */
static struct big atan_unit(struct big x)
{
    struct big half = ONE;
    half.exp = -1;
    if (x.m == 0 || x.exp < -1)
        return odd_series(x, true);
    struct big one = ONE, y = x;
    y.exp--; /* x / 2 */
    y = divide(add(x, negate(half)), add(one, y));
    if (y.m == 0)
        return ATAN_HALF;
    return add(ATAN_HALF, odd_series(y, true));
}

/* ---- instructions ---- */

static struct f80 indefinite(void)
{
    return (struct f80){3ull << 62, 0xffff};
}

static bool empty_fault(struct cpu *c, unsigned n)
{
    x87_set_c1(c, false);
    if (!x87_empty(c, 0) && (n < 2 || !x87_empty(c, 1)))
        return false;
    if (!x87_stack_fault(c, false)) {
        if (n == 2) {
            x87_put(c, 1, indefinite());
            x87_pop(c);
        } else {
            x87_put(c, 0, indefinite());
        }
    }
    return true;
}

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

static void f2xm1(struct cpu *c)
{
    struct fp_env e = x87_env(c);
    struct fp a, r;
    if (empty_fault(c, 1))
        return;
    a = fp_from80(x87_get(c, 0));
    if (x87_nan1(&e, a, &r)) {
        /* r */
    } else if (a.cls == FC_ZERO) {
        r = a;
    } else if (a.cls == FC_INF) {
        r = a.neg ? fp_from_int(-1) : a;
    } else if (a.exp >= 0) { /* not defined outside [-1, 1]: Intel's units give x back */
        r = a;
        if (a.neg && a.exp == 0 && a.sig == 1ull << 63)
            r.exp = -1;
        e.flags |= FX_P;
    } else {
        r = to_fp(&e, exp_minus_1(mul(from_fp(a), LN_2)), false);
    }
    if (x87_commit(c, &e, a.denormal))
        x87_put(c, 0, fp_to80(r));
}

/* ST1 = r, pop */
static void finish2(struct cpu *c, struct fp_env *e, struct fp a, struct fp b, struct fp r)
{
    bool denormal = (a.denormal || b.denormal) && !fp_is_nan(a) && !fp_is_nan(b);
    if (!x87_commit(c, e, denormal))
        return;
    x87_put(c, 1, fp_to80(r));
    x87_pop(c);
}

/* y * l for a finite, nonzero logarithm or an exact one */
static struct fp times(struct fp_env *e, struct fp y, struct big l, bool exact)
{
    if (y.cls == FC_INF)
        return l.m == 0 ? invalid(e) : infinity(y.neg != l.neg);
    if (y.cls == FC_ZERO || l.m == 0)
        return zero(y.neg != l.neg);
    return to_fp(e, mul(from_fp(y), l), exact);
}

static void fyl2x(struct cpu *c)
{
    struct fp_env e = x87_env(c);
    struct fp x, y, r;
    if (empty_fault(c, 2))
        return;
    x = fp_from80(x87_get(c, 0));
    y = fp_from80(x87_get(c, 1));
    if (x87_nan2(&e, x, y, &r)) {
        /* r */
    } else if (x.cls != FC_ZERO && x.neg) {
        r = invalid(&e);
    } else if (x.cls == FC_ZERO) {
        if (y.cls == FC_ZERO) {
            r = invalid(&e);
        } else {
            if (y.cls == FC_NORM)
                e.flags |= FX_Z;
            r = infinity(!y.neg);
        }
    } else if (x.cls == FC_INF) {
        r = y.cls == FC_ZERO ? invalid(&e) : infinity(y.neg);
    } else {
        /* A power of two has an exact logarithm, but the result counts as inexact all the same. */
        bool power = x.sig == 1ull << 63;
        struct big l = power ? from_fp(fp_from_int(x.exp)) : log2_of(from_fp(x));
        r = times(&e, y, l, false);
    }
    finish2(c, &e, x, y, r);
}

static void fyl2xp1(struct cpu *c)
{
    struct fp_env e = x87_env(c);
    struct fp x, y, r;
    if (empty_fault(c, 2))
        return;
    x = fp_from80(x87_get(c, 0));
    y = fp_from80(x87_get(c, 1));
    if (x87_nan2(&e, x, y, &r)) {
        /* r */
    } else if (x.cls == FC_ZERO) {
        r = y.cls == FC_INF ? invalid(&e) : zero(x.neg != y.neg);
    } else if (x.cls == FC_INF) {
        r = x.neg || y.cls == FC_ZERO ? invalid(&e) : infinity(y.neg);
    } else if (x.neg && x.exp >= 0) { /* not defined: x comes back */
        r = y.cls == FC_ZERO ? zero(!y.neg) : y.cls == FC_INF ? infinity(!y.neg) : x;
        e.flags |= y.cls == FC_NORM ? FX_P : 0;
    } else {
        struct big b = from_fp(x);
        struct big l = x.exp < -2 ? log2_near_1(b) : log2_of(add(ONE, b));
        r = times(&e, y, l, false);
    }
    finish2(c, &e, x, y, r);
}

static void fpatan(struct cpu *c)
{
    struct fp_env e = x87_env(c);
    struct fp x, y, r;
    if (empty_fault(c, 2))
        return;
    x = fp_from80(x87_get(c, 0));
    y = fp_from80(x87_get(c, 1));
    if (x87_nan2(&e, x, y, &r)) {
        finish2(c, &e, x, y, r);
        return;
    }
    struct big pi = PI_2, half_pi = PI_2, angle;
    pi.exp++;
    bool exact = false;
    if (y.cls == FC_ZERO || (x.cls == FC_INF && y.cls != FC_INF)) {
        angle = x.neg ? pi : (struct big){.m = 0};
        exact = !x.neg;
    } else if (x.cls == FC_ZERO || (y.cls == FC_INF && x.cls != FC_INF)) {
        angle = half_pi;
    } else if (x.cls == FC_INF) { /* both */
        angle = half_pi;          /* pi / 4 or 3 pi / 4 */
        angle.exp--;
        if (x.neg)
            angle = add(angle, half_pi);
    } else {
        struct big bx = from_fp(x), by = from_fp(y);
        bx.neg = by.neg = false;
        bool steep = by.exp > bx.exp || (by.exp == bx.exp && by.m > bx.m);
        angle = atan_unit(steep ? divide(bx, by) : divide(by, bx));
        if (steep)
            angle = add(half_pi, negate(angle));
        if (x.neg)
            angle = add(pi, negate(angle));
    }
    angle.neg = y.neg;
    r = angle.m == 0 ? zero(y.neg) : to_fp(&e, angle, exact);
    finish2(c, &e, x, y, r);
}

enum circular { SIN, COS, SINCOS, TAN };

static void circular(struct cpu *c, enum circular what)
{
    struct fp_env e = x87_env(c);
    struct fp a, r, second;
    bool pushes = what == SINCOS || what == TAN;
    c->fpu.fsw &= (u16) ~(FSW_C1 | FSW_C2);
    if (x87_empty(c, 0) || (pushes && !x87_empty(c, 7))) {
        if (!x87_stack_fault(c, !x87_empty(c, 0))) {
            x87_put(c, 0, indefinite());
            if (pushes)
                x87_push(c, indefinite());
        }
        return;
    }
    a = fp_from80(x87_get(c, 0));
    if (x87_nan1(&e, a, &r)) {
        second = r;
    } else if (a.cls == FC_INF) {
        r = second = invalid(&e);
    } else if (a.cls == FC_ZERO) {
        r = what == COS ? fp_from_int(1) : a;
        second = fp_from_int(1);
    } else if (a.exp >= 63) {
        c->fpu.fsw |= FSW_C2; /* out of range: nothing happens */
        return;
    } else {
        struct big s, k;
        struct fp_env other = e;
        sin_cos(a, &s, &k);
        if (what == TAN) {
            r = to_fp(&e, divide(s, k), false);
            second = fp_from_int(1);
        } else {
            second = to_fp(&e, k, false);
            if (what == COS)
                r = second;
            else {
                e.flags = what == SIN ? other.flags : e.flags;
                r = to_fp(&e, s, false);
            }
        }
    }
    if (!x87_commit(c, &e, a.denormal))
        return;
    x87_put(c, 0, fp_to80(r));
    if (pushes)
        x87_push(c, fp_to80(second));
}

void x87_transcendental(struct cpu *c, u8 modrm)
{
    switch (modrm) {
    case 0xf0:
        f2xm1(c);
        break;
    case 0xf1:
        fyl2x(c);
        break;
    case 0xf2:
        circular(c, TAN);
        break;
    case 0xf3:
        fpatan(c);
        break;
    case 0xf9:
        fyl2xp1(c);
        break;
    case 0xfb:
        circular(c, SINCOS);
        break;
    case 0xfe:
        circular(c, SIN);
        break;
    default:
        circular(c, COS);
        break;
    }
}
