/*
 * value.c - random numbers that like the edges: carries, signs, powers of two, the special values
 * of every floating format and their neighbours.
 */
#include "tests/ops/record/case.h"

#include <string.h>

/* xorshift64*, by Marsaglia and Vigna. */
u64 rnd64(struct test *t)
{
    t->random ^= t->random >> 12;
    t->random ^= t->random << 25;
    t->random ^= t->random >> 27;
    return t->random * 0x2545f4914f6cdd1du;
}

u32 rnd(struct test *t)
{
    return (u32)(rnd64(t) >> 32);
}

u32 below(struct test *t, u32 n)
{
    return (u32)((u64)rnd(t) * n >> 32);
}

bool chance(struct test *t, unsigned percent)
{
    return below(t, 100) < percent;
}

u64 int_value(struct test *t, unsigned bytes)
{
    unsigned bits = 8 * bytes;
    u64 mask = bits == 64 ? ~0ull : (1ull << bits) - 1, top = 1ull << (bits - 1), v;
    switch (below(t, 8)) {
    case 0:
        v = below(t, 4);
        break;
    case 1:
        v = 0 - (u64)below(t, 4);
        break;
    case 2:
        v = top + below(t, 4) - 2;
        break;
    case 3:
        v = 1ull << below(t, bits);
        break;
    case 4:
        v = (1ull << below(t, bits)) - 1;
        break;
    case 5:
        v = 0x0101010101010101u * (rnd(t) & 0xff);
        break;
    default:
        v = rnd64(t);
    }
    return v & mask;
}

/* Eight bytes or four words, many of them at the ends of their ranges. */
u64 packed_value(struct test *t)
{
    static const u8 bytes[] = {0, 1, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x40};
    static const u16 words[] = {0,      1,      0x7f,   0x80,   0xff,   0x100, 0x7ffe,
                                0x7fff, 0x8000, 0x8001, 0xff7f, 0xff80, 0xffff};
    u64 v = 0;
    switch (below(t, 3)) {
    case 0:
        for (unsigned i = 0; i < 8; i++)
            v = v << 8 | RND_OF(t, bytes);
        return v;
    case 1:
        for (unsigned i = 0; i < 4; i++)
            v = v << 16 | RND_OF(t, words);
        return v;
    default:
        return rnd64(t);
    }
}

u32 f32_value(struct test *t)
{
    static const u32 special[] = {0,          0x7f800000, 0x7fc00000, 0x7f800001, 0x7fbfffff,
                                  0x7fc12345, /* zero, infinity, NaNs */
                                  1,          0x7fffff,   0x400000,   0x800000,   0x800001,
                                  0x7f7fffff, 0x7f000000, /* range */
                                  0x3f800000, 0x3f800001, 0x3f7fffff, 0x3f000000, 0x3fc00000,
                                  0x40200000, 0x4b000001, 0x4affffff, 0x4f000000, 0x4effffff,
                                  0x5f000000, 0x46fffe00, 0x47000000, 0x2f800000};
    u32 sign = rnd(t) & 0x80000000u;
    switch (below(t, 4)) {
    case 0:
    case 1:
        return sign | RND_OF(t, special);
    case 2: /* moderate exponents, few bits: exact results and ties */
        return sign | (120 + below(t, 16)) << 23 | (rnd(t) & 0x700000);
    default:
        return sign | (100 + below(t, 56)) << 23 | (rnd(t) & 0x7fffff);
    }
}

u64 f64_value(struct test *t)
{
    static const u64 special[] = {0,
                                  0x7ff0000000000000,
                                  0x7ff8000000000000,
                                  0x7ff0000000000001,
                                  0x7ff8000000054321,
                                  1,
                                  0xfffffffffffff,
                                  0x8000000000000,
                                  0x10000000000000,
                                  0x10000000000001,
                                  0x7fefffffffffffff,
                                  0x7fe0000000000000,
                                  0x3ff0000000000000,
                                  0x3ff0000000000001,
                                  0x3fefffffffffffff,
                                  0x3fe0000000000000,
                                  0x3ff8000000000000,
                                  0x4004000000000000,
                                  0x41dfffffffc00000,
                                  0x41e0000000000000,
                                  0x41dfffffffe00000,
                                  0x43e0000000000000,
                                  0x43dfffffffffffff,
                                  0x4330000000000001,
                                  0x47efffffe0000000,
                                  0x47effffff0000000,
                                  0x380fffffffffffff,
                                  0x36a0000000000000,
                                  0x3690000000000000,
                                  0x3ff0000010000000};
    u64 sign = (u64)(rnd(t) & 1) << 63;
    switch (below(t, 4)) {
    case 0:
    case 1:
        return sign | RND_OF(t, special);
    case 2:
        return sign | (u64)(1016 + below(t, 16)) << 52 | (rnd64(t) & 0xe000000000000);
    default:
        return sign | (u64)(950 + below(t, 150)) << 52 | (rnd64(t) & 0xfffffffffffff);
    }
}

void f80_put(u8 *to, bool sign, unsigned exponent, u64 significand)
{
    put_le64(to, significand);
    put_le16(to + 8, (u16)((sign ? 0x8000 : 0) | exponent));
}

void f80_value(struct test *t, u8 *to)
{
    static const u16 edges[] = {1,
                                2,
                                63,
                                64,
                                0x7ffd,
                                0x7ffe,
                                0x3fff - 1023,
                                0x3fff - 1022,
                                0x3fff - 1074,
                                0x3fff + 1023,
                                0x3fff + 1024,
                                0x3fff - 127,
                                0x3fff - 126,
                                0x3fff - 149,
                                0x3fff + 127,
                                0x3fff + 128,
                                0x3fff + 15,
                                0x3fff + 31,
                                0x3fff + 63};
    const u64 one = 1ull << 63;
    bool sign = rnd(t) & 1;
    u64 any = rnd64(t);
    switch (below(t, 20)) {
    case 0:
        f80_put(to, sign, 0, 0);
        break;
    case 1:
        f80_put(to, sign, 0x7fff, one);
        break;
    case 2: /* quiet */
        f80_put(to, sign, 0x7fff, one | one >> 1 | (chance(t, 50) ? 0 : any >> 2));
        break;
    case 3: /* signalling */
        f80_put(to, sign, 0x7fff, one | any >> 2 | 1);
        break;
    case 4: /* denormal */
        f80_put(to, sign, 0, (any >> 1 >> below(t, 60)) | 1);
        break;
    case 5: /* pseudo-denormal, unnormal, pseudo-infinity and pseudo-NaN */
        switch (below(t, 3)) {
        case 0:
            f80_put(to, sign, 0, one | any);
            break;
        case 1:
            f80_put(to, sign, 1 + below(t, 0x7ffe), any >> 1);
            break;
        default:
            f80_put(to, sign, 0x7fff, chance(t, 50) ? 0 : any >> 1);
        }
        break;
    case 6:
    case 7:
        f80_put(to, sign, RND_OF(t, edges), one | any);
        break;
    case 8:
    case 9: /* short significands around 1 */
        f80_put(to, sign, 0x3fff - 4 + below(t, 9), one | (any & 0x7000000000000000u));
        break;
    case 10: /* a tie for one of the narrower precisions */
        f80_put(to, sign, 0x3fff - 4 + below(t, 9),
                one | (chance(t, 50) ? (any & ~0x7ffull) | 0x400
                                     : (any & ~0xffffffffffull) | 1ull << 39));
        break;
    case 11:
    case 12: { /* integers and halves */
        u64 n = (any >> (64 - 2 - below(t, 40))) | 1;
        unsigned shift = (unsigned)__builtin_clzll(n);
        f80_put(to, sign, 0x3fff + 63 - 1 - shift, n << shift);
        break;
    }
    case 13:
        f80_put(to, sign, 1 + below(t, 0x7ffe), one | any);
        break;
    default:
        f80_put(to, sign, 0x3fff - 20 + below(t, 90), one | any);
    }
}

void f80_near(struct test *t, const u8 *from, u8 *to)
{
    static const s8 distance[] = {0, 0, 0, 1, -1, 2, 62, 63, 64, 65, -63, -64, -65};
    int exponent = (get_le16(from + 8) & 0x7fff) + RND_OF(t, distance);
    exponent = exponent < 0 ? 0 : exponent > 0x7fff ? 0x7fff : exponent;
    f80_put(to, rnd(t) & 1, (unsigned)exponent, get_le64(from) ^ below(t, 3));
}

void bcd_value(struct test *t, u8 *to)
{
    unsigned digits = below(t, 19);
    memset(to, 0, 10);
    for (unsigned i = 0; i < digits; i++)
        to[i / 2] |= (u8)(below(t, 10) << (i & 1 ? 4 : 0));
    to[9] = (u8)(rnd(t) & 0x80);
}
