/*
 * x87_math.h - the functions behind the transcendental x87 instructions, in integer arithmetic
 * with 128-bit significands: the same on every host.
 *
 * The error stays below 2^-100 of the result, so what fp_round() makes of it is the nearest (or
 * directed) 64-bit significand but for a case in 2^36. Operands are finite; the ranges are the
 * instructions' (SDM vol. 1, 8.3.9 and 8.3.10).
 */
#ifndef FERRITE_CPU_X87_MATH_H
#define FERRITE_CPU_X87_MATH_H

#include "cpu/fpu/fpu_soft.h"

typedef unsigned __int128 u128;

/* m / 2^127 * 2^exp, bit 127 of m set; m = 0 is zero. */
struct big {
    bool neg;
    s32 exp;
    u128 m;
};

struct big big_from_fp(struct fp a);
/* Rounded; the true value lies a little above a's magnitude (nothing here is ever exact). */
struct fp big_to_fp(struct fp_env *e, struct big a);

struct big big_add(struct big a, struct big b);
struct big big_mul(struct big a, struct big b);
struct big big_divide(struct big a, struct big b);
static inline struct big big_negate(struct big a)
{
    a.neg = !a.neg;
    return a;
}

struct big big_pi_over_2(void);

/* 2^x - 1, |x| < 1 */
struct big big_exp2_minus_1(struct big x);
/* log2 x, x > 0; log2 (1 + x), x > -1 */
struct big big_log2(struct big x);
struct big big_log2_1_plus(struct big x);
/* The angle from the positive x axis to the point (x, y), x and y > 0. */
struct big big_atan2(struct big y, struct big x);
/*
 * |a| < 2^63 after reduction by Intel's 66-bit value of pi, as the silicon does it: sine into *s
 * and cosine into *k, whichever is asked for.
 */
void big_sin_cos(struct fp a, struct big *s, struct big *k);
/* What is left of |a| then, in [-pi/4, pi/4], and the quadrant. */
struct big big_reduce(struct fp a, unsigned *quadrant);

#endif
