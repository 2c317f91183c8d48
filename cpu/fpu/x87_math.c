/*
 * x87_math.c - exponential, logarithm, arc tangent, sine and cosine, see x87_math.h.
 *
 * Each function is brought into a small range, where a power series is evaluated by Horner's rule
 * in fixed point (127 bits after the point), and put together again in floating point. What small
 * arguments need is relative accuracy; so the series are those of f(x) / x, which is near 1.
 */
#include "cpu/fpu/x87_math.h"

#include "cpu/fpu/wide.h"

/* With all that it calls inlined: numbers stay in registers, which is a fifth of the time. */
#define WHOLE __attribute__((flatten))

#define U128(hi, lo) ((u128)(hi) << 64 | (lo))

/* ---- fixed point: n stands for n / 2^127, below 2 ---- */

#define Q_ONE ((u128)1 << 127)
#define Q_INVERSE(n) (Q_ONE / (n))

/* The upper half of the product; up to 2 units of 2^-128 too small. */
static inline u128 mul_high(u128 a, u128 b)
{
    u64 ah = (u64)(a >> 64), al = (u64)a, bh = (u64)(b >> 64), bl = (u64)b, lo;
    u64 hi = wide_mul(ah, bh, &lo);
    return U128(hi, lo) + wide_mul_high(ah, bl) + wide_mul_high(al, bh);
}

static inline u128 q_mul(u128 a, u128 b)
{
    return mul_high(a, b) << 1;
}

/*
 * c[0] + c[1] u + ... + c[n - 1] u^(n - 1), or with alternating signs; u < 1. The last terms are so
 * small that 64 bits of them are enough: narrow[] is c[wide...] * 2^(64 + shift), below 2^64, as is
 * what they add up to. An error there of some 2^-(64 + shift) counts u^wide times in the sum, which
 * the numbers beside each series keep below 2^-102.
 */
struct series {
    const u128 *c;
    const u64 *narrow;
    unsigned wide, narrows, shift;
};
#define NARROW(q, shift) ((u64)((q) >> (63 - (shift))))

static ALWAYS_INLINE u128 series(struct series s, u128 u, bool alternate)
{
    u64 short_u = (u64)(u >> 63), end = s.narrow[s.narrows - 1];
    for (unsigned k = s.narrows - 1; k-- > 0;) {
        u64 next = wide_mul_high(short_u, end);
        end = alternate ? s.narrow[k] - next : s.narrow[k] + next;
    }
    u128 sum = (u128)end << (63 - s.shift);
    for (unsigned k = s.wide; k-- > 0;)
        sum = alternate ? s.c[k] - q_mul(u, sum) : s.c[k] + q_mul(u, sum);
    return sum;
}

/* ---- floating point ---- */

#define BIG(e, hi, lo) ((struct big){.exp = (e), .m = U128(hi, lo)})
#define PI_2 BIG(0, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1)
#define LN_2 BIG(-1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af)
#define LOG2_E BIG(0, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89)
#define ONE BIG(0, 1ull << 63, 0)

static struct big normalise(bool neg, s32 exp, u128 m)
{
    if (m == 0)
        return (struct big){.neg = neg};
    u64 hi = (u64)(m >> 64);
    unsigned z = hi ? (unsigned)__builtin_clzll(hi) : 64 + (unsigned)__builtin_clzll((u64)m);
    return (struct big){neg, exp - (s32)z, m << z};
}

struct big big_from_fp(struct fp a)
{
    if (a.cls != FC_NORM)
        return (struct big){.neg = a.neg};
    return (struct big){a.neg, a.exp, (u128)a.sig << 64};
}

struct fp big_to_fp(struct fp_env *e, struct big a)
{
    return fp_round(e, &fp_f80, a.neg, a.exp, (u64)(a.m >> 64), (u64)a.m | 1);
}

struct big big_add(struct big a, struct big b)
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

struct big big_mul(struct big a, struct big b)
{
    return normalise(a.neg != b.neg, a.exp + b.exp + 1, mul_high(a.m, b.m));
}

/* a times a fixed-point number */
static struct big scale(struct big a, u128 q)
{
    return normalise(a.neg, a.exp + 1, mul_high(a.m, q));
}

/* 1 / b by Newton's method from 63 bits: x (2 - b x), with all numbers around 1. */
struct big big_divide(struct big a, struct big b)
{
    u64 d = (u64)(b.m >> 64), rest, q = wide_div(~d, ~0ull, d, &rest);
    u128 x = U128(1, q) << 62; /* (2^128 - 1) / d: at most a little above the true value */
    u128 two_minus = -q_mul(b.m, x);
    x = q_mul(x, two_minus);
    return normalise(a.neg != b.neg, a.exp - b.exp + 1, mul_high(a.m, x));
}

struct big big_pi_over_2(void)
{
    return PI_2;
}

/* A number below 1 in fixed point. */
static u128 to_q(struct big a)
{
    return a.m == 0 || a.exp < -127 ? 0 : a.m >> -a.exp;
}

/* ---- 1 / n! ---- */

#define F20 2432902008176640000ull
#define F24 ((u128)F20 * (21ull * 22 * 23 * 24))
#define F15 1307674368000ull
#define F16 20922789888000ull
#define F17 355687428096000ull
#define F18 6402373705728000ull
#define F19 121645100408832000ull

/* 1 / 1!, 1 / 2! ... */
static const u128 exp_wide[] = {
    Q_INVERSE(1),          Q_INVERSE(2),       Q_INVERSE(6),        Q_INVERSE(24),
    Q_INVERSE(120),        Q_INVERSE(720),     Q_INVERSE(5040),     Q_INVERSE(40320),
    Q_INVERSE(362880),     Q_INVERSE(3628800), Q_INVERSE(39916800), Q_INVERSE(479001600),
    Q_INVERSE(6227020800),
};
#define N(n) NARROW(Q_INVERSE(n), 36) /* 14! is 2^36.3 */
static const u64 exp_narrow[] = {
    N(87178291200ull),
    N(F15),
    N(F16),
    N(F17),
    N(F18),
    N(F19),
    N(F20),
    N((u128)F20 * 21),
    N((u128)F20 *(21 * 22)),
    N((u128)F20 *(21 * 22 * 23)),
    N(F24),
    N(F24 * 25),
    N(F24 *(25 * 26)),
    N(F24 *(25 * 26 * 27)),
    N(F24 *(25 * 26 * 27 * 28)),
};
/* u < 0.7: 2^-(64 + 36 + 6) */
static const struct series exp_series = {exp_wide, exp_narrow, ARRAY_SIZE(exp_wide),
                                         ARRAY_SIZE(exp_narrow), 36};

/* 1, 1 / 2!, 1 / 4! ... */
static const u128 cosine_wide[] = {
    Q_INVERSE(1),     Q_INVERSE(2),       Q_INVERSE(24),        Q_INVERSE(720),
    Q_INVERSE(40320), Q_INVERSE(3628800), Q_INVERSE(479001600),
};
static const u64 cosine_narrow[] = {
    N(87178291200ull), N(F16), N(F18), N(F20), N((u128)F20 *(21 * 22)), N(F24), N(F24 *(25 * 26)),
};
/* u < 0.62: 2^-(64 + 36 + 4) */
static const struct series cosine_series = {cosine_wide, cosine_narrow, ARRAY_SIZE(cosine_wide),
                                            ARRAY_SIZE(cosine_narrow), 36};
#undef N

/* 1, 1 / 3!, 1 / 5! ... */
static const u128 sine_wide[] = {
    Q_INVERSE(1),      Q_INVERSE(6),        Q_INVERSE(120),        Q_INVERSE(5040),
    Q_INVERSE(362880), Q_INVERSE(39916800), Q_INVERSE(6227020800),
};
#define N(n) NARROW(Q_INVERSE(n), 40) /* 15! is 2^40.3 */
static const u64 sine_narrow[] = {
    N(F15),
    N(F17),
    N(F19),
    N((u128)F20 * 21),
    N((u128)F20 *(21 * 22 * 23)),
    N(F24 * 25),
    N(F24 *(25 * 26 * 27)),
};
#undef N
/* u < 0.62: 2^-(64 + 40 + 4) */
static const struct series sine_series = {sine_wide, sine_narrow, ARRAY_SIZE(sine_wide),
                                          ARRAY_SIZE(sine_narrow), 40};

/* ---- exponential ---- */

/* e^y - 1 = y (1 + y / 2! + y^2 / 3! ...), |y| < ln 2 */
WHOLE struct big big_exp2_minus_1(struct big x)
{
    struct big y = big_mul(x, LN_2);
    return scale(y, series(exp_series, to_q(y), y.neg));
}

/* ---- logarithm and arc tangent ---- */

/* 1, 1/3, 1/5 ... */
static const u128 inverse_odd[] = {
    Q_INVERSE(1), Q_INVERSE(3),  Q_INVERSE(5),  Q_INVERSE(7),
    Q_INVERSE(9), Q_INVERSE(11), Q_INVERSE(13), Q_INVERSE(15),
};
#define N(n) NARROW(Q_INVERSE(n), 4)
static const u64 log_narrow[] = {
    N(17), N(19), N(21), N(23), N(25), N(27), N(29), N(31), N(33), N(35), N(37), N(39), N(41),
};
#undef N
#define N(n) NARROW(Q_INVERSE(n), 3)
static const u64 atan_narrow[] = {N(11), N(13), N(15), N(17), N(19), N(21), N(23), N(25)};
#undef N
/* u < 0.0295: 2^-(64 + 4 + 40) */
static const struct series log_series = {inverse_odd, log_narrow, ARRAY_SIZE(inverse_odd),
                                         ARRAY_SIZE(log_narrow), 4};
/* u < 2^-8, after division into eighths: 2^-(64 + 3 + 40) */
static const struct series atan_series = {inverse_odd, atan_narrow, 5, ARRAY_SIZE(atan_narrow), 3};

/* log2 (1 + x) = 2 atanh (x / (2 + x)) / ln 2, x from sqrt 1/2 - 1 to sqrt 2 - 1 */
WHOLE static struct big log2_near_1(struct big x)
{
    struct big two = ONE;
    two.exp = 1;
    struct big z = big_divide(x, big_add(two, x));
    struct big r = scale(z, series(log_series, to_q(big_mul(z, z)), false));
    r = big_mul(r, LOG2_E);
    r.exp++;
    return r;
}

WHOLE struct big big_log2(struct big x)
{
    s32 exp = x.exp;
    x.exp = 0;
    if (x.m > U128(0xb504f333f9de6484, 0)) { /* above sqrt 2 */
        x.exp = -1;
        exp++;
    }
    struct big r = log2_near_1(big_add(x, big_negate(ONE)));
    return big_add(big_from_fp(fp_from_int(exp)), r);
}

struct big big_log2_1_plus(struct big x)
{
    return x.exp < -2 ? log2_near_1(x) : big_log2(big_add(ONE, x));
}

/* atan (i / 8) */
static const struct big atan_eighths[] = {
    {false, 0, 0},
    BIG(-4, 0xfeadd4d5617b6e32, 0xc897989f3e888ef8),
    BIG(-3, 0xfadbafc96406eb15, 0x6dc79ef5f7a217e6),
    BIG(-2, 0xb7b0ca0f26f78473, 0x8aa32122dcfe4483),
    BIG(-2, 0xed63382b0dda7b45, 0x6fe445ecbc3a8d03),
    BIG(-1, 0x8f005d5ef7f59f9b, 0x5c835e1665c43748),
    BIG(-1, 0xa4bc7d1934f70924, 0x19a87f2a457dac9f),
    BIG(-1, 0xb8053e2bc2319e73, 0xcb2da55210a4443d),
    BIG(-1, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1),
};

/* atan (y / x) = atan (i/8) + atan ((y - i/8 x) / (x + i/8 y)), with the i that leaves least */
WHOLE static struct big atan_of_ratio(struct big y, struct big x)
{
    s32 d = x.exp - y.exp;
    unsigned i = 0;
    if (d < 5) {
        u64 ys = (u64)(y.m >> 65) >> d, xs = (u64)(x.m >> 65);
        i = (unsigned)((ys + (xs >> 4)) / (xs >> 3));
        struct big eighths = big_from_fp(fp_from_int((s32)i));
        eighths.exp -= 3;
        struct big part_y = i ? big_mul(y, eighths) : (struct big){.m = 0};
        struct big part_x = i ? big_mul(x, eighths) : (struct big){.m = 0};
        y = big_add(y, big_negate(part_x));
        x = big_add(x, part_y);
        if (y.m == 0)
            return atan_eighths[i];
    }
    struct big t = big_divide(y, x);
    t = scale(t, series(atan_series, to_q(big_mul(t, t)), true));
    return big_add(atan_eighths[i], t);
}

WHOLE struct big big_atan2(struct big y, struct big x)
{
    bool steep = y.exp > x.exp || (y.exp == x.exp && y.m > x.m);
    if (!steep)
        return atan_of_ratio(y, x);
    return big_add(PI_2, big_negate(atan_of_ratio(x, y)));
}

/* ---- circular functions ---- */

/*
 * |x| modulo Intel's pi / 2: rest in [-pi/4, pi/4] and the quadrant. Exact integer arithmetic: pi
 * / 2 is 0x3243f6a8885a308d3 * 2^-65.
 */
static ALWAYS_INLINE struct big reduce(struct fp a, unsigned *quadrant)
{
    const u128 half_pi = U128(3, 0x243f6a8885a308d3); /* 66 bits, scale 2^-65 */
    s32 shift = a.exp - 63 + 65;                      /* x = sig * 2^shift on that scale */
    unsigned q = 0;

    if (shift < 0) { /* below 2^-2: no reduction, keep every bit */
        *quadrant = 0;
        struct big small = big_from_fp(a);
        small.neg = false;
        return small;
    }
    u128 r = a.sig;
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
    bool beyond = r > half_pi / 2;
    *quadrant = (q + beyond) & 3;
    return normalise(beyond, 127 - 65, beyond ? half_pi - r : r);
}

struct big big_reduce(struct fp a, unsigned *quadrant)
{
    return reduce(a, quadrant);
}

static struct big sine(struct big x, u128 square)
{
    return scale(x, series(sine_series, square, true));
}

static struct big cosine(u128 square)
{
    return normalise(false, 0, series(cosine_series, square, true));
}

WHOLE void big_sin_cos(struct fp a, struct big *s, struct big *k)
{
    unsigned q;
    struct big x = reduce(a, &q);
    u128 square = to_q(big_mul(x, x));
    if (s) {
        *s = q & 1 ? cosine(square) : sine(x, square);
        s->neg ^= a.neg ^ (q >> 1);
    }
    if (k) {
        *k = q & 1 ? sine(x, square) : cosine(square);
        k->neg ^= (q == 1 || q == 2);
    }
}
