/*
 * fpu_soft.c - binary floating point in integers (see fpu_soft.h). Every operation makes an exact
 * or sticky 128-bit significand and hands it to one rounding function, which knows everything
 * about precision, ranges and exceptions.
 */
#include "cpu/fpu/fpu_soft.h"

#include "cpu/fpu/wide.h"

const struct fp_format fp_f32 = {24, -126, 127, 192};
const struct fp_format fp_f64 = {53, -1022, 1023, 1536};
const struct fp_format fp_f80 = {64, -16382, 16383, 24576};
const struct fp_format fp_f80_24 = {24, -16382, 16383, 24576};
const struct fp_format fp_f80_53 = {53, -16382, 16383, 24576};

#define TOP_BIT (1ull << 63)

/* ---- unpack ---- */

static struct fp number(bool neg, s32 exp, u64 sig, bool denormal)
{
    if (sig == 0)
        return (struct fp){.cls = FC_ZERO, .neg = neg};
    unsigned z = (unsigned)__builtin_clzll(sig);
    return (struct fp){
        .cls = FC_NORM, .neg = neg, .exp = exp - (s32)z, .sig = sig << z, .denormal = denormal};
}

/* exp_bits and frac_bits of an IEEE interchange format. */
static struct fp from_ieee(u64 v, unsigned exp_bits, unsigned frac_bits)
{
    bool neg = v >> (exp_bits + frac_bits) & 1;
    s32 max = (1 << exp_bits) - 1, bias = max >> 1;
    s32 exp = (s32)(v >> frac_bits) & max;
    u64 frac = v << (64 - frac_bits) >> 1; /* below bit 63 */
    if (exp == max) {
        if (frac == 0)
            return (struct fp){.cls = FC_INF, .neg = neg, .sig = TOP_BIT};
        return (struct fp){
            .cls = frac >> 62 ? FC_QNAN : FC_SNAN, .neg = neg, .sig = frac | TOP_BIT};
    }
    if (exp == 0)
        return number(neg, 1 - bias, frac, true);
    return number(neg, exp - bias, frac | TOP_BIT, false);
}

struct fp fp_from32(u32 v)
{
    return from_ieee(v, 8, 23);
}

struct fp fp_from64(u64 v)
{
    return from_ieee(v, 11, 52);
}

struct fp fp_from80(struct f80 v)
{
    bool neg = v.se >> 15;
    s32 exp = v.se & 0x7fff;
    if (exp == 0)
        return number(neg, -16382, v.m, true);
    if (!(v.m & TOP_BIT))
        return (struct fp){.cls = FC_BAD, .neg = neg, .sig = v.m};
    if (exp == 0x7fff) {
        if (v.m == TOP_BIT)
            return (struct fp){.cls = FC_INF, .neg = neg, .sig = v.m};
        return (struct fp){.cls = v.m >> 62 & 1 ? FC_QNAN : FC_SNAN, .neg = neg, .sig = v.m};
    }
    return number(neg, exp - 16383, v.m, false);
}

struct fp fp_from_int(s64 v)
{
    return number(v < 0, 63, v < 0 ? 0 - (u64)v : (u64)v, false);
}

/* ---- pack ---- */

static u64 to_ieee(struct fp a, unsigned exp_bits, unsigned frac_bits)
{
    u64 sign = (u64)a.neg << (exp_bits + frac_bits);
    u64 max = (1ull << exp_bits) - 1, exp = 0, frac = 0;
    s32 bias = (s32)(max >> 1);
    switch ((enum fp_class)a.cls) {
    case FC_ZERO:
        break;
    case FC_NORM:
        exp = a.sig & TOP_BIT ? (u64)(a.exp + bias) : 0;
        frac = a.sig << 1 >> (64 - frac_bits);
        break;
    case FC_INF:
        exp = max;
        break;
    default:
        exp = max;
        frac = a.sig << 1 >> (64 - frac_bits);
        break;
    }
    return sign | exp << frac_bits | frac;
}

u32 fp_to32(struct fp a)
{
    return (u32)to_ieee(a, 8, 23);
}

u64 fp_to64(struct fp a)
{
    return to_ieee(a, 11, 52);
}

struct f80 fp_to80(struct fp a)
{
    u16 sign = (u16)(a.neg << 15);
    switch ((enum fp_class)a.cls) {
    case FC_ZERO:
        return (struct f80){0, sign};
    case FC_NORM:
        if (!(a.sig & TOP_BIT))
            return (struct f80){a.sig, sign};
        return (struct f80){a.sig, (u16)(sign | (u16)(a.exp + 16383))};
    case FC_INF:
        return (struct f80){TOP_BIT, sign | 0x7fff};
    default:
        return (struct f80){a.sig, sign | 0x7fff};
    }
}

struct fp fp_indefinite(void)
{
    return (struct fp){.cls = FC_QNAN, .neg = true, .sig = 3ull << 62};
}

/* ---- rounding ---- */

/* Round hi:lo to its top prec bits: gives the new top word; *carry when it became 2^64. */
static u64 round_sig(struct fp_env *e, unsigned prec, bool neg, u64 hi, u64 lo, bool *carry,
                     bool *inexact, bool *up)
{
    u64 unit = TOP_BIT >> (prec - 1);
    u64 kept = hi & ~(unit - 1);
    u64 rest = prec == 64 ? lo : hi << prec | (lo != 0);
    *inexact = rest != 0;
    *up = fp_goes_up(e->rc, neg, rest, kept & unit);
    kept += *up ? unit : 0;
    *carry = *up && kept == 0;
    return kept;
}

/* hi:lo >> n, with what falls out jammed into bit 0. */
static void shift_jam(u64 *hi, u64 *lo, unsigned n)
{
    if (n == 0)
        return;
    if (n > 127) {
        *lo = (*hi | *lo) != 0;
        *hi = 0;
        return;
    }
    if (n >= 64) {
        bool lost = *lo || (n > 64 && *hi << (128 - n));
        *lo = *hi >> (n - 64) | lost;
        *hi = 0;
        return;
    }
    bool lost = *lo << (64 - n);
    *lo = *lo >> n | *hi << (64 - n) | lost;
    *hi >>= n;
}

struct fp fp_round(struct fp_env *e, const struct fp_format *f, bool neg, s32 exp, u64 hi, u64 lo)
{
    struct fp r = {.cls = FC_NORM, .neg = neg};
    bool carry, inexact, up;
    e->up = false;
    if (hi == 0) {
        if (lo == 0)
            return (struct fp){.cls = FC_ZERO, .neg = neg};
        hi = lo;
        lo = 0;
        exp -= 64;
    }
    unsigned z = (unsigned)__builtin_clzll(hi);
    if (z) {
        hi = hi << z | lo >> (64 - z);
        lo <<= z;
        exp -= (s32)z;
    }

    u64 sig = round_sig(e, (unsigned)f->prec, neg, hi, lo, &carry, &inexact, &up);
    s32 rexp = exp + carry;
    if (carry)
        sig = TOP_BIT;

    if (rexp < f->emin) {
        if (!(e->masks & FX_U)) {
            e->flags |= FX_U | (inexact ? FX_P : 0);
            e->up = up;
            r.exp = rexp + f->wrap;
            r.sig = sig;
            return r;
        }
        if (e->ftz) {
            e->flags |= FX_U | FX_P;
            return (struct fp){.cls = FC_ZERO, .neg = neg};
        }
        shift_jam(&hi, &lo, (unsigned)(f->emin - exp));
        sig = round_sig(e, (unsigned)f->prec, neg, hi, lo, &carry, &inexact, &up);
        if (inexact)
            e->flags |= FX_U | FX_P;
        e->up = up;
        r.exp = f->emin;
        r.sig = sig;
        if (sig == 0)
            r.cls = FC_ZERO;
        return r;
    }
    if (rexp > f->emax) {
        if (!(e->masks & FX_O)) {
            e->flags |= FX_O | (inexact ? FX_P : 0);
            e->up = up;
            r.exp = rexp - f->wrap;
            r.sig = sig;
            return r;
        }
        e->flags |= FX_O | FX_P;
        e->up = fp_goes_up(e->rc, neg, ~0ull, true);
        if (e->up)
            return (struct fp){.cls = FC_INF, .neg = neg, .sig = TOP_BIT};
        r.exp = f->emax;
        r.sig = ~0ull << (64 - f->prec);
        return r;
    }
    if (inexact)
        e->flags |= FX_P;
    e->up = up;
    r.exp = rexp;
    r.sig = sig;
    return r;
}

struct fp fp_convert(struct fp_env *e, const struct fp_format *f, struct fp a)
{
    if (a.cls != FC_NORM)
        return a;
    return fp_round(e, f, a.neg, a.exp, a.sig, 0);
}

/* ---- arithmetic ---- */

static struct fp invalid(struct fp_env *e)
{
    e->flags |= FX_I;
    return fp_indefinite();
}

/* The zero that x - x gives. */
static struct fp zero_sum(struct fp_env *e)
{
    return (struct fp){.cls = FC_ZERO, .neg = e->rc == 1};
}

static struct fp infinity(bool neg)
{
    return (struct fp){.cls = FC_INF, .neg = neg, .sig = TOP_BIT};
}

struct fp fp_add(struct fp_env *e, const struct fp_format *f, struct fp a, struct fp b)
{
    e->up = false;
    if (a.cls == FC_INF || b.cls == FC_INF) {
        if (a.cls == FC_INF && b.cls == FC_INF && a.neg != b.neg)
            return invalid(e);
        return infinity(a.cls == FC_INF ? a.neg : b.neg);
    }
    if (a.cls == FC_ZERO && b.cls == FC_ZERO)
        return a.neg == b.neg ? a : zero_sum(e);
    if (a.cls == FC_ZERO)
        return fp_convert(e, f, b);
    if (b.cls == FC_ZERO)
        return fp_convert(e, f, a);

    if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
        struct fp t = a;
        a = b;
        b = t;
    }
    /* One bit of room at the top for the carry. */
    u64 ah = a.sig >> 1, al = a.sig << 63, bh = b.sig >> 1, bl = b.sig << 63;
    u32 d = (u32)(a.exp - b.exp);
    shift_jam(&bh, &bl, d > 200 ? 200 : d);
    u64 lo;
    if (a.neg == b.neg) {
        lo = al + bl;
        ah += bh + (lo < al);
    } else {
        lo = al - bl;
        ah -= bh + (al < bl);
        if (!(ah | lo))
            return zero_sum(e);
    }
    return fp_round(e, f, a.neg, a.exp + 1, ah, lo);
}

struct fp fp_sub(struct fp_env *e, const struct fp_format *f, struct fp a, struct fp b)
{
    b.neg = !b.neg;
    return fp_add(e, f, a, b);
}

struct fp fp_mul(struct fp_env *e, const struct fp_format *f, struct fp a, struct fp b)
{
    bool neg = a.neg != b.neg;
    e->up = false;
    if (a.cls == FC_INF || b.cls == FC_INF) {
        if (a.cls == FC_ZERO || b.cls == FC_ZERO)
            return invalid(e);
        return infinity(neg);
    }
    if (a.cls == FC_ZERO || b.cls == FC_ZERO)
        return (struct fp){.cls = FC_ZERO, .neg = neg};
    u64 lo, hi = wide_mul(a.sig, b.sig, &lo);
    return fp_round(e, f, neg, a.exp + b.exp + 1, hi, lo);
}

struct fp fp_div(struct fp_env *e, const struct fp_format *f, struct fp a, struct fp b)
{
    bool neg = a.neg != b.neg;
    e->up = false;
    if (a.cls == FC_INF)
        return b.cls == FC_INF ? invalid(e) : infinity(neg);
    if (b.cls == FC_INF)
        return (struct fp){.cls = FC_ZERO, .neg = neg};
    if (b.cls == FC_ZERO) {
        if (a.cls == FC_ZERO)
            return invalid(e);
        e->flags |= FX_Z;
        return infinity(neg);
    }
    if (a.cls == FC_ZERO)
        return (struct fp){.cls = FC_ZERO, .neg = neg};
    /* a / 2 < b, so the first quotient word fits. */
    u64 r1, r2, q1 = wide_div(a.sig >> 1, a.sig << 63, b.sig, &r1),
                q2 = wide_div(r1, 0, b.sig, &r2);
    return fp_round(e, f, neg, a.exp - b.exp, q1, q2 | (r2 != 0));
}

/* The largest r with r * r <= hi:lo, where hi is 2^62 at least: the host's root is near it, one of
 * Newton's steps next to it. */
static u64 integer_root(u64 hi, u64 lo)
{
    double near = __builtin_sqrt((double)hi) * 0x1p32;
    u64 r = near < 0x1p63 ? TOP_BIT : near < 0x1p64 ? (u64)near : ~0ull, rest, square_lo;
    if (hi < r) {
        u64 q = wide_div(hi, lo, r, &rest);
        r = (r & q) + ((r ^ q) >> 1);
    }
    for (;;) {
        u64 square_hi = wide_mul(r, r, &square_lo);
        if (square_hi > hi || (square_hi == hi && square_lo > lo)) {
            r--;
            continue;
        }
        u64 over_lo = lo - square_lo, over_hi = hi - square_hi - (lo < square_lo);
        if (over_hi > r >> 63 || (over_hi == r >> 63 && over_lo > r << 1))
            r++;
        else
            return r;
    }
}

struct fp fp_sqrt(struct fp_env *e, const struct fp_format *f, struct fp a)
{
    e->up = false;
    if (a.cls == FC_ZERO)
        return a;
    if (a.neg)
        return invalid(e);
    if (a.cls == FC_INF)
        return a;
    u64 hi = a.exp & 1 ? a.sig : a.sig >> 1, lo = a.exp & 1 ? 0 : a.sig << 63;
    s32 exp = a.exp >> 1; /* floor */
    /* The root's 64 bits. What is left is above half a unit when it is above the root, as
     * (root + 1/2)^2 is root^2 + root + 1/4; so nothing lies half way. */
    u64 root = integer_root(hi, lo), square_lo, square_hi = wide_mul(root, root, &square_lo);
    u64 rest_lo = lo - square_lo, rest_hi = hi - square_hi - (lo < square_lo);
    bool above = rest_hi || rest_lo > root;
    return fp_round(e, f, false, exp, root, (above ? TOP_BIT : 0) | ((rest_hi | rest_lo) != 0));
}

int fp_compare(struct fp a, struct fp b)
{
    if (a.cls == FC_ZERO && b.cls == FC_ZERO)
        return 0;
    if (a.cls == FC_ZERO)
        return b.neg ? 1 : -1;
    if (b.cls == FC_ZERO)
        return a.neg ? -1 : 1;
    if (a.neg != b.neg)
        return a.neg ? -1 : 1;
    int m; /* by magnitude */
    if (a.cls == FC_INF || b.cls == FC_INF)
        m = (a.cls == FC_INF) - (b.cls == FC_INF);
    else if (a.exp != b.exp)
        m = a.exp < b.exp ? -1 : 1;
    else
        m = a.sig < b.sig ? -1 : a.sig > b.sig;
    return a.neg ? -m : m;
}

/* |a| rounded to an integer; false: at least 2^64. */
static bool integral(struct fp_env *e, struct fp a, u64 *v)
{
    e->up = false;
    *v = 0;
    if (a.cls == FC_ZERO)
        return true;
    if (a.exp > 63)
        return false;
    u64 hi = a.sig, lo = 0;
    bool carry, inexact, up;
    s32 d = 63 - a.exp;
    shift_jam(&hi, &lo, d > 200 ? 200u : (unsigned)d);
    *v = round_sig(e, 64, a.neg, hi, lo, &carry, &inexact, &up);
    if (carry)
        return false;
    if (inexact)
        e->flags |= FX_P;
    e->up = up;
    return true;
}

bool fp_to_int(struct fp_env *e, struct fp a, unsigned bits, s64 *v)
{
    u64 m;
    u64 limit = 1ull << (bits - 1);
    unsigned before = e->flags;
    if ((a.cls != FC_ZERO && a.cls != FC_NORM) || !integral(e, a, &m) || m > limit ||
        (m == limit && !a.neg)) {
        e->flags = before | FX_I;
        e->up = false;
        return false;
    }
    *v = (s64)(a.neg ? 0 - m : m);
    return true;
}

struct fp fp_rint(struct fp_env *e, struct fp a)
{
    u64 m;
    e->up = false;
    if (a.cls != FC_NORM || a.exp >= 63)
        return a;
    integral(e, a, &m);
    return number(a.neg, 63, m, false);
}
