/*
 * sse_approx.c - RCP and RSQRT, see sse_approx.h.
 *
 * The manual only bounds the error (1.5 * 2^-12), and processors of other makers differ within that
 * bound, so the host's own instruction would not give the same run on every host. Intel's tables
 * turn out to follow one rule, which every recorded vector obeys to the last bit: the leading bits
 * of the operand pick an interval (11 bits of the fraction for 1 / x, 10 bits and the parity of
 * the exponent for 1 / sqrt(x)), and the result is that of the interval's middle, rounded to 12
 * bits after the point.
 */
#include "cpu/fpu/sse_approx.h"

#include <stdbool.h>

enum { BIAS = 127, FRACTION = 23, BITS = 12 };
#define SIGN 0x80000000u
#define INFINITE 0x7f800000u
#define QUIET 0x00400000u
#define INDEFINITE 0xffc00000u

/* What zeros (denormals too), infinities and NaN give. False: an ordinary number. */
static bool special(u32 v, u32 *r)
{
    u32 magnitude = v & ~SIGN, sign = v & SIGN;
    if (magnitude > INFINITE)
        *r = v | QUIET;
    else if (magnitude == INFINITE)
        *r = sign;
    else if (magnitude < 1u << FRACTION)
        *r = sign | INFINITE;
    else
        return false;
    return true;
}

/* q = 1.xxx with BITS bits after the point, as a fraction with the biased exponent e. */
static u32 compose(u32 sign, u32 e, u32 q)
{
    return sign | e << FRACTION | (q - (1u << BITS)) << (FRACTION - BITS);
}

u32 sse_rcp(u32 v)
{
    u32 r;
    if (special(v, &r))
        return r;
    u32 e = v >> FRACTION & 0xff, interval = v >> (FRACTION - 11) & 0x7ff;
    if (e >= 2 * BIAS - 1)
        return v & SIGN;
    u32 middle = 2 * (2048 + interval) + 1; /* times 2^-12 */
    u32 q = ((1u << 26) / middle + 1) / 2;  /* 2 / middle, between 1 and 2 */
    return compose(v & SIGN, 2 * BIAS - 1 - e, q);
}

/* The largest number whose square is not above v, which is below 2^30. */
static u32 root_of(u32 v)
{
    u32 root = 0;
    for (u32 bit = 1u << 14; bit; bit >>= 1)
        if ((root | bit) * (root | bit) <= v)
            root |= bit;
    return root;
}

u32 sse_rsqrt(u32 v)
{
    u32 r;
    if (special(v, &r))
        return (v & ~SIGN) == INFINITE && (v & SIGN) ? INDEFINITE : r;
    if (v & SIGN)
        return INDEFINITE;
    u32 e = v >> FRACTION & 0xff, interval = v >> (FRACTION - 10) & 0x3ff;
    u32 middle = 2 * (1024 + interval) + 1; /* times 2^-11 */
    if (!(e & 1))                           /* an odd power of two: it takes one of the root's */
        middle *= 2;
    u32 q = (root_of((u32)((1ull << 39) / middle)) + 1) / 2; /* 2 / sqrt(middle), 1 to 2 */
    return compose(0, (3 * BIAS - 1 - e) / 2, q);
}
