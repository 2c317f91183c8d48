/*
 * host_float.h - SSE arithmetic by the host's own floating point, for ordinary numbers.
 *
 * Addition, subtraction, multiplication, division and square root of IEEE 754 have one right result
 * when rounding is to nearest; so where nothing but that result can be seen - all exceptions
 * masked, the precision flag already set, operands and result normal and the result so far from the
 * smallest that none before rounding was tiny - every host gives it. Each function says whether it
 * did; if not, fpu_soft.h computes.
 */
#ifndef FERRITE_CPU_HOST_FLOAT_H
#define FERRITE_CPU_HOST_FLOAT_H

#include "hw/base/types.h"

#include <float.h>
#include <string.h>

/* x86-32 hosts without SSE would round twice. */
#if FLT_EVAL_METHOD == 0
#define HOST_FLOAT 1
#else
#define HOST_FLOAT 0
#endif

enum arith { ARITH_ADD, ARITH_SUB, ARITH_MUL, ARITH_DIV, ARITH_SQRT };

static inline float f32_of(u32 v)
{
    float f;
    memcpy(&f, &v, sizeof f);
    return f;
}

static inline u32 bits_of_f32(float f)
{
    u32 v;
    memcpy(&v, &f, sizeof v);
    return v;
}

static inline double f64_of(u64 v)
{
    double f;
    memcpy(&f, &v, sizeof f);
    return f;
}

static inline u64 bits_of_f64(double f)
{
    u64 v;
    memcpy(&v, &f, sizeof v);
    return v;
}

/* Neither zero nor denormal, infinite or NaN. */
static inline bool f32_normal(u32 v)
{
    return (v >> 23 & 0xff) - 1 < 0xfe;
}

static inline bool f64_normal(u64 v)
{
    return (u32)(v >> 52 & 0x7ff) - 1 < 0x7fe;
}

/* The same, and not in the lowest binade, into which a tiny result may have been rounded. */
static inline bool f32_plain(u32 v)
{
    return (v >> 23 & 0xff) - 2 < 0xfd;
}

static inline bool f64_plain(u64 v)
{
    return (u32)(v >> 52 & 0x7ff) - 2 < 0x7fd;
}

#define HOST_ARITH(name, word, real, real_of, bits_of, normal, plain, root)                        \
    static ALWAYS_INLINE bool name(enum arith op, word a, word b, word *result)                    \
    {                                                                                              \
        real x = real_of(a), y = real_of(b), r;                                                    \
        if (!HOST_FLOAT || !normal(b) || (op != ARITH_SQRT && !normal(a)))                         \
            return false;                                                                          \
        switch (op) {                                                                              \
        case ARITH_ADD:                                                                            \
            r = x + y;                                                                             \
            break;                                                                                 \
        case ARITH_SUB:                                                                            \
            r = x - y;                                                                             \
            break;                                                                                 \
        case ARITH_MUL:                                                                            \
            r = x * y;                                                                             \
            break;                                                                                 \
        case ARITH_DIV:                                                                            \
            r = x / y;                                                                             \
            break;                                                                                 \
        default:                                                                                   \
            if (y < 0)                                                                             \
                return false;                                                                      \
            r = root(y);                                                                           \
            break;                                                                                 \
        }                                                                                          \
        word v = bits_of(r);                                                                       \
        if (!plain(v))                                                                             \
            return false;                                                                          \
        *result = v;                                                                               \
        return true;                                                                               \
    }
HOST_ARITH(host_arith32, u32, float, f32_of, bits_of_f32, f32_normal, f32_plain, __builtin_sqrtf)
HOST_ARITH(host_arith64, u64, double, f64_of, bits_of_f64, f64_normal, f64_plain, __builtin_sqrt)

/* The order of two normal numbers, which raises nothing. */
static inline bool host_order32(u32 a, u32 b, int *c)
{
    float x = f32_of(a), y = f32_of(b);
    *c = (x > y) - (x < y);
    return HOST_FLOAT && f32_normal(a) && f32_normal(b);
}

static inline bool host_order64(u64 a, u64 b, int *c)
{
    double x = f64_of(a), y = f64_of(b);
    *c = (x > y) - (x < y);
    return HOST_FLOAT && f64_normal(a) && f64_normal(b);
}

/* ---- conversions ---- */

/* Of a normal number: exact. */
static inline bool host_widen(u32 v, u64 *r)
{
    *r = bits_of_f64(f32_of(v));
    return HOST_FLOAT && f32_normal(v);
}

/* The other way: as arithmetic. */
static inline bool host_narrow(u64 v, u32 *r)
{
    *r = bits_of_f32((float)f64_of(v));
    return HOST_FLOAT && f64_normal(v) && f32_plain(*r);
}

/* To an integer of 32 bits; the same conditions, of a result there are no others. */
static inline bool host_integer(double x, bool truncate, s32 *r)
{
    if (!HOST_FLOAT || !(x > -2147483648.0 && x < 2147483647.0))
        return false;
    *r = (s32)(truncate ? x : __builtin_rint(x));
    return true;
}

#endif
