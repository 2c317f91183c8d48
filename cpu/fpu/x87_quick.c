/*
 * x87_quick.c - the arithmetic behind x87_quick.h: ordinary 80-bit numbers, in integers of 64 bits.
 */
#include "cpu/fpu/x87_quick.h"

#include "cpu/fpu/fpu_soft.h"
#include "cpu/fpu/wide.h"

static ALWAYS_INLINE bool zero(u64 m, u32 se)
{
    return m == 0 && (se & X87_EXP) == 0;
}

/*
 * hi:lo, bit 63 of hi set, rounded to the precision that the control word asks for; exp with its
 * bias. False: near the ends of the range.
 */
static ALWAYS_INLINE bool finish(struct cpu_fpu *f, u8 *to, u32 sign, s32 exp, u64 hi, u64 lo)
{
    static const u8 drops[4] = {40, 0, 11, 0};
    unsigned drop = drops[f->fcw >> 8 & 3];
    bool inexact, up;
    if (likely(drop == 0)) {
        inexact = lo != 0;
        up = fp_goes_up(0, false, lo, hi & 1);
        hi += up;
    } else {
        u64 unit = 1ull << drop, rest = hi << (64 - drop) | (lo != 0);
        inexact = rest != 0;
        up = fp_goes_up(0, false, rest, hi & unit);
        hi = (hi & ~(unit - 1)) + (up ? unit : 0);
    }
    if (unlikely(hi == 0)) { /* carried out of the top */
        hi = X87_TOP_BIT;
        exp++;
    }
    if (unlikely((u32)(exp - 2) > X87_EXP - 4)) /* tiny before rounding, or too large */
        return false;
    quick_set(to, hi, sign | (u32)exp);
    quick_status(f, inexact, up);
    return true;
}

bool x87_quick_add(struct cpu_fpu *f, u8 *to, const u8 *a, const u8 *b, u32 flip)
{
    u64 am = get_le64(a), bm = get_le64(b), hi, lo;
    u32 ase = get_le16(a + 8), bse = get_le16(b + 8) ^ flip;
    if (unlikely(!quick_nearest(f)))
        return false;
    if (unlikely(!quick_ordinary(am, ase) || !quick_ordinary(bm, bse))) {
        if (quick_ordinary(am, ase) && zero(bm, bse))
            return finish(f, to, ase & X87_SIGN, (s32)(ase & X87_EXP), am, 0);
        if (quick_ordinary(bm, bse) && zero(am, ase))
            return finish(f, to, bse & X87_SIGN, (s32)(bse & X87_EXP), bm, 0);
        return false;
    }
    s32 exp = (s32)(ase & X87_EXP), d = exp - (s32)(bse & X87_EXP);
    if (d < 0 || (d == 0 && am < bm)) {
        u64 m = am;
        u32 se = ase;
        am = bm;
        bm = m;
        ase = bse;
        bse = se;
        d = -d;
        exp += d;
    }
    u64 bh, bl; /* b in a's places, with what falls out at the end jammed */
    if (d < 64) {
        bh = bm >> d;
        bl = d ? bm << (64 - d) : 0;
    } else {
        bh = 0;
        bl = d == 64 ? bm : d < 128 ? bm >> (d - 64) | (bm << (128 - d) != 0) : 1;
    }
    if (!((ase ^ bse) & X87_SIGN)) {
        hi = am + bh;
        lo = bl;
        if (hi < am) {
            lo = hi << 63 | lo >> 1 | (lo & 1);
            hi = hi >> 1 | X87_TOP_BIT;
            exp++;
        }
    } else {
        hi = am - bh - (bl != 0);
        lo = 0 - bl;
        if (hi == 0) {
            if (lo == 0) {
                quick_set(to, 0, 0);
                quick_status(f, false, false);
                return true;
            }
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
    }
    return finish(f, to, ase & X87_SIGN, exp, hi, lo);
}

bool x87_quick_mul(struct cpu_fpu *f, u8 *to, const u8 *a, const u8 *b)
{
    u64 am = get_le64(a), bm = get_le64(b), hi, lo;
    u32 ase = get_le16(a + 8), bse = get_le16(b + 8), sign = (ase ^ bse) & X87_SIGN;
    if (unlikely(!quick_nearest(f)))
        return false;
    if (unlikely(!quick_ordinary(am, ase) || !quick_ordinary(bm, bse))) {
        if (!(zero(am, ase) && quick_ordinary(bm, bse)) &&
            !(zero(bm, bse) && quick_ordinary(am, ase)))
            return false;
        quick_set(to, 0, sign);
        quick_status(f, false, false);
        return true;
    }
    s32 exp = (s32)(ase & X87_EXP) + (s32)(bse & X87_EXP) - 16383 + 1;
    hi = wide_mul(am, bm, &lo);
    if ((s64)hi >= 0) {
        hi = hi << 1 | lo >> 63;
        lo <<= 1;
        exp--;
    }
    return finish(f, to, sign, exp, hi, lo);
}

bool x87_quick_div(struct cpu_fpu *f, u8 *to, const u8 *a, const u8 *b)
{
    u64 am = get_le64(a), bm = get_le64(b), q, rest;
    u32 ase = get_le16(a + 8), bse = get_le16(b + 8), sign = (ase ^ bse) & X87_SIGN;
    if (unlikely(!quick_nearest(f)) || unlikely(!quick_ordinary(bm, bse)))
        return false;
    if (unlikely(!quick_ordinary(am, ase))) {
        if (!zero(am, ase))
            return false;
        quick_set(to, 0, sign);
        quick_status(f, false, false);
        return true;
    }
    s32 exp = (s32)(ase & X87_EXP) - (s32)(bse & X87_EXP) + 16383;
    if (am < bm) {
        q = wide_div(am, 0, bm, &rest);
        exp--;
    } else {
        q = wide_div(am >> 1, am << 63, bm, &rest);
    }
    /* What is left against half the divisor: below, at, or above half a unit. */
    u64 twice = rest << 1;
    bool above = rest >> 63 || twice > bm;
    return finish(f, to, sign, exp, q,
                  rest == 0     ? 0
                  : above       ? X87_TOP_BIT | 1
                  : twice == bm ? X87_TOP_BIT
                                : 1);
}

bool x87_quick_sqrt(struct cpu_fpu *f, u8 *at)
{
    struct fp_env e = {.masks = FCW_MASKS};
    struct f80 v = {get_le64(at), get_le16(at + 8)};
    if (!quick_nearest(f) || (f->fcw & 0x300) != 0x300 || !quick_ordinary(v.m, v.se) ||
        v.se & X87_SIGN)
        return false;
    v = fp_to80(fp_sqrt(&e, &fp_f80, fp_from80(v)));
    quick_set(at, v.m, v.se);
    quick_status(f, e.flags & FX_P, e.up);
    return true;
}

bool x87_quick_compare(const u8 *a, const u8 *b, u16 *cc)
{
    u64 am = get_le64(a), bm = get_le64(b);
    u32 ase = get_le16(a + 8), bse = get_le16(b + 8);
    if (unlikely(!quick_ordinary(am, ase) && !zero(am, ase)))
        return false;
    if (unlikely(!quick_ordinary(bm, bse) && !zero(bm, bse)))
        return false;
    bool less;
    if (((am | bm) == 0) || (am == bm && ase == bse)) {
        *cc = FSW_C3;
        return true;
    }
    if ((ase ^ bse) & X87_SIGN)
        less = ase & X87_SIGN;
    else
        less = (ase != bse ? ase < bse : am < bm) != (ase >> 15);
    *cc = less ? FSW_C0 : 0;
    return true;
}

/* ---- stores ---- */

/* To `bits` of significand with the bias and greatest exponent of a shorter format. */
static ALWAYS_INLINE bool narrow(struct cpu_fpu *f, const u8 *a, unsigned frac, s32 bias, u64 *v)
{
    u64 m = get_le64(a);
    u32 se = get_le16(a + 8);
    unsigned drop = 63 - frac;
    s32 exp = (s32)(se & X87_EXP) - 16383 + bias;
    u64 sign = (u64)(se >> 15);
    if (zero(m, se)) {
        *v = sign;
        quick_status(f, false, false);
        return true;
    }
    if (unlikely(!quick_ordinary(m, se) || (u32)(exp - 2) > (u32)(2 * bias - 3)))
        return false;
    u64 unit = 1ull << drop, half = unit >> 1, rest = m & (unit - 1);
    bool up = rest > half || (rest == half && m & unit);
    if (unlikely(rest && !quick_nearest(f)))
        return false;
    /* The leading one adds itself to the exponent, as a carry does. */
    *v = sign | ((((u64)exp - 1) << frac) + (m >> drop) + up) << 1;
    quick_status(f, rest, up);
    return true;
}

bool x87_quick_to_f32(struct cpu_fpu *f, const u8 *a, u8 *mem)
{
    u64 v;
    if (!narrow(f, a, 23, 127, &v))
        return false;
    put_le32(mem, (u32)(v >> 1) | (u32)v << 31);
    return true;
}

bool x87_quick_to_f64(struct cpu_fpu *f, const u8 *a, u8 *mem)
{
    u64 v;
    if (!narrow(f, a, 52, 1023, &v))
        return false;
    put_le64(mem, v >> 1 | v << 63);
    return true;
}

/*
 * The magnitude of a zero or of an ordinary number below 2^63 as an integer, rounded as the control
 * word says. *inexact, *up: what the status word is to say. False: it is neither, or its precision
 * exception is not masked.
 */
static ALWAYS_INLINE bool integer(const struct cpu_fpu *f, u64 m, u32 se, u64 *v, bool *inexact,
                                  bool *up)
{
    s32 exp = (s32)(se & X87_EXP) - 16383;
    bool neg = se & X87_SIGN;
    u64 rest = 0; /* in units of 2^-64 */
    *v = 0;
    if (!zero(m, se)) {
        if (!quick_ordinary(m, se) || exp > 62)
            return false;
        if (exp >= 0) {
            *v = m >> (63 - exp);
            rest = m << (exp + 1);
        } else {
            rest = exp == -1 ? m : 1; /* at least a half, or less */
        }
    }
    *up = fp_goes_up(f->fcw >> 10 & 3, neg, rest, *v & 1);
    *v += *up;
    *inexact = rest != 0;
    return !rest || f->fcw & FSW_PE;
}

bool x87_quick_to_int(struct cpu_fpu *f, const u8 *a, u8 *mem, unsigned bits)
{
    u64 v;
    u32 se = get_le16(a + 8);
    bool inexact, up;
    if (!integer(f, get_le64(a), se, &v, &inexact, &up) || v >> (bits - 1))
        return false;
    if (se & X87_SIGN)
        v = 0 - v;
    if (bits == 16)
        put_le16(mem, (u16)v);
    else if (bits == 32)
        put_le32(mem, (u32)v);
    else
        put_le64(mem, v);
    quick_status(f, inexact, up);
    return true;
}

bool x87_quick_rint(struct cpu_fpu *f, u8 *at)
{
    u64 v;
    u32 se = get_le16(at + 8);
    bool inexact, up;
    if (!integer(f, get_le64(at), se, &v, &inexact, &up))
        return false;
    if (v) {
        unsigned z = (unsigned)__builtin_clzll(v);
        quick_set(at, v << z, (se & X87_SIGN) | (16383 + 63 - z));
    } else {
        quick_set(at, 0, se & X87_SIGN);
    }
    quick_status(f, inexact, up);
    return true;
}
