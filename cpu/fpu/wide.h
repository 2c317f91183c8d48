/*
 * wide.h - products of 64 by 64 bits and quotients of 128 by 64, for fpu_soft.c: by __int128 where
 * the host has registers for it, else in pieces of 32 bits, as a call of the compiler's library
 * costs a multiple of that.
 */
#ifndef FERRITE_CPU_WIDE_H
#define FERRITE_CPU_WIDE_H

#include "hw/base/types.h"

/* High word of a * b; *lo: the low one. */
static inline u64 wide_mul_pieces(u64 a, u64 b, u64 *lo)
{
    u64 al = (u32)a, ah = a >> 32, bl = (u32)b, bh = b >> 32;
    u64 ll = al * bl, lh = al * bh, hl = ah * bl;
    u64 mid = (ll >> 32) + (u32)lh + (u32)hl;
    *lo = a * b;
    return ah * bh + (lh >> 32) + (hl >> 32) + (mid >> 32);
}

/* hi:lo / d, where bit 63 of d is set and hi < d: Knuth's algorithm D with two digits. */
static inline u64 wide_div_pieces(u64 hi, u64 lo, u64 d, u64 *rest)
{
    u64 dh = d >> 32, dl = (u32)d, digit[2];
    for (unsigned i = 0; i < 2; i++) {
        u64 next = i == 0 ? lo >> 32 : (u32)lo;
        u64 q = hi / dh, r = hi - q * dh;
        while (q >> 32 || q * dl > (r << 32 | next)) {
            q--;
            r += dh;
            if (r >> 32)
                break;
        }
        digit[i] = q;
        hi = (hi << 32 | next) - q * d; /* below d: what is lost at the top cancels */
    }
    *rest = hi;
    return digit[0] << 32 | digit[1];
}

#if UINTPTR_MAX > UINT32_MAX
static inline u64 wide_mul(u64 a, u64 b, u64 *lo)
{
    unsigned __int128 p = (unsigned __int128)a * b;
    *lo = (u64)p;
    return (u64)(p >> 64);
}

static inline u64 wide_div(u64 hi, u64 lo, u64 d, u64 *rest)
{
    unsigned __int128 n = (unsigned __int128)hi << 64 | lo;
    *rest = (u64)(n % d);
    return (u64)(n / d);
}
#else
static inline u64 wide_mul(u64 a, u64 b, u64 *lo)
{
    return wide_mul_pieces(a, b, lo);
}

static inline u64 wide_div(u64 hi, u64 lo, u64 d, u64 *rest)
{
    return wide_div_pieces(hi, lo, d, rest);
}
#endif

static inline u64 wide_mul_high(u64 a, u64 b)
{
    u64 lo;
    return wide_mul(a, b, &lo);
}

#endif
