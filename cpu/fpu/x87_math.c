/*
 * x87_math.c - exponential, logarithm, arc tangent, sine and cosine, see x87_math.h.
 *
 * Each function is brought into a small range, where a power series is evaluated by Horner's rule
 * in fixed point (127 bits after the point), and put together again in floating point. What small
 * arguments need is relative accuracy; so the series are those of f(x) / x, which is near 1.
 */
#include "cpu/fpu/x87_math.h"

#define U128(hi, lo) ((u128)(hi) << 64 | (lo))

/* ---- fixed point: n stands for n / 2^127, below 2 ---- */

#define Q_ONE ((u128)1 << 127)
#define Q_INVERSE(n) (Q_ONE / (n))

/* The upper half of the product; up to 2 units of 2^-128 too small. */
static inline u128 mul_high(u128 a, u128 b)
{
    u64 ah = (u64)(a >> 64), al = (u64)a, bh = (u64)(b >> 64), bl = (u64)b;
    return (u128)ah * bh + (u64)((u128)ah * bl >> 64) + (u64)((u128)al * bh >> 64);
}

static inline u128 q_mul(u128 a, u128 b)
{
    return mul_high(a, b) << 1;
}

/* c[0] + c[1] u + ... + c[n - 1] u^(n - 1), or with alternating signs; u < 1. */
static u128 series(const u128 *c, unsigned n, u128 u, bool alternate)
{
    u128 sum = c[n - 1];
    if (alternate)
        for (unsigned k = n - 1; k-- > 0;)
            sum = c[k] - q_mul(u, sum);
    else
        for (unsigned k = n - 1; k-- > 0;)
            sum = c[k] + q_mul(u, sum);
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
    u128 x = ~(u128)0 / (u64)(b.m >> 64) << 62; /* at most a little above the true value */
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
static const u128 inverse_factorial[] = {
    Q_INVERSE(1),
    Q_INVERSE(1),
    Q_INVERSE(2),
    Q_INVERSE(6),
    Q_INVERSE(24),
    Q_INVERSE(120),
    Q_INVERSE(720),
    Q_INVERSE(5040),
    Q_INVERSE(40320),
    Q_INVERSE(362880),
    Q_INVERSE(3628800),
    Q_INVERSE(39916800),
    Q_INVERSE(479001600),
    Q_INVERSE(6227020800),
    Q_INVERSE(87178291200),
    Q_INVERSE(1307674368000),
    Q_INVERSE(20922789888000),
    Q_INVERSE(355687428096000),
    Q_INVERSE(6402373705728000),
    Q_INVERSE(121645100408832000),
    Q_INVERSE(F20),
    Q_INVERSE((u128)F20 * 21),
    Q_INVERSE((u128)F20 *(21 * 22)),
    Q_INVERSE((u128)F20 *(21 * 22 * 23)),
    Q_INVERSE(F24),
    Q_INVERSE(F24 * 25),
    Q_INVERSE(F24 *(25 * 26)),
    Q_INVERSE(F24 *(25 * 26 * 27)),
    Q_INVERSE(F24 *(25 * 26 * 27 * 28)),
};
enum { FACTORIALS = sizeof inverse_factorial / sizeof *inverse_factorial };

/* ---- exponential ---- */

/* e^y - 1 = y (1 + y / 2! + y^2 / 3! ...), |y| < ln 2 */
struct big big_exp2_minus_1(struct big x)
{
    struct big y = big_mul(x, LN_2);
    return scale(y, series(inverse_factorial + 1, FACTORIALS - 1, to_q(y), y.neg));
}

/* ---- logarithm and arc tangent ---- */

/* 1, 1/3, 1/5 ... */
static const u128 inverse_odd[] = {
    Q_INVERSE(1),  Q_INVERSE(3),  Q_INVERSE(5),  Q_INVERSE(7),  Q_INVERSE(9),  Q_INVERSE(11),
    Q_INVERSE(13), Q_INVERSE(15), Q_INVERSE(17), Q_INVERSE(19), Q_INVERSE(21), Q_INVERSE(23),
    Q_INVERSE(25), Q_INVERSE(27), Q_INVERSE(29), Q_INVERSE(31), Q_INVERSE(33), Q_INVERSE(35),
    Q_INVERSE(37), Q_INVERSE(39), Q_INVERSE(41),
};
enum { ODDS = sizeof inverse_odd / sizeof *inverse_odd, ATAN_TERMS = 13 };

/* log2 (1 + x) = 2 atanh (x / (2 + x)) / ln 2, x from sqrt 1/2 - 1 to sqrt 2 - 1 */
static struct big log2_near_1(struct big x)
{
    struct big two = ONE;
    two.exp = 1;
    struct big z = big_divide(x, big_add(two, x));
    struct big r = scale(z, series(inverse_odd, ODDS, to_q(big_mul(z, z)), false));
    r = big_mul(r, LOG2_E);
    r.exp++;
    return r;
}

struct big big_log2(struct big x)
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
static struct big atan_of_ratio(struct big y, struct big x)
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
    t = scale(t, series(inverse_odd, ATAN_TERMS, to_q(big_mul(t, t)), true));
    return big_add(atan_eighths[i], t);
}

struct big big_atan2(struct big y, struct big x)
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
static struct big reduce(struct fp a, unsigned *quadrant)
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

/* The series of sine (first = 1) and cosine (first = 0): every other 1 / n!. */
static u128 circular_series(unsigned first, u128 square)
{
    unsigned n = (FACTORIALS - 1) / 2;
    u128 sum = inverse_factorial[first + 2 * (n - 1)];
    for (unsigned k = n - 1; k-- > 0;)
        sum = inverse_factorial[first + 2 * k] - q_mul(square, sum);
    return sum;
}

static struct big sine(struct big x, u128 square)
{
    return scale(x, circular_series(1, square));
}

static struct big cosine(u128 square)
{
    return normalise(false, 0, circular_series(0, square));
}

void big_sin_cos(struct fp a, struct big *s, struct big *k)
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
