/*
 * x87_pairs.c - see x87_pairs.h. The functions as in x87_math.c, in sums of two doubles (T. J.
 * Dekker, "A floating-point technique for extending the available precision", 1971), which err by
 * some 2^-100; the last terms of a series in one double.
 */
#include "cpu/fpu/x87_pairs.h"

#include "cpu/fpu/host_float.h"

/* h + l, where l is less than half a unit of h's last place */
struct pair {
    double h, l;
};

/* ---- sums and products ---- */

/* a + b, |a| >= |b| */
static inline struct pair ordered_sum(double a, double b)
{
    double s = a + b;
    return (struct pair){s, b - (s - a)};
}

static inline struct pair exact_sum(double a, double b)
{
    double s = a + b, t = s - a;
    return (struct pair){s, (a - (s - t)) + (b - t)};
}

/* The upper 26 bits, so that products of halves are exact. */
static inline double upper(double a)
{
    double t = a * 0x1.0000002p27;
    return t - (t - a);
}

static inline struct pair exact_product(double a, double b)
{
    double p = a * b, ah = upper(a), al = a - ah, bh = upper(b), bl = b - bh;
    return (struct pair){p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

static inline struct pair add(struct pair a, struct pair b)
{
    struct pair s = exact_sum(a.h, b.h);
    return ordered_sum(s.h, s.l + (a.l + b.l));
}

static inline struct pair negate(struct pair a)
{
    return (struct pair){-a.h, -a.l};
}

/* l may be a few units of h's last place: to be added to something. */
static inline struct pair loose_product(struct pair a, struct pair b)
{
    struct pair p = exact_product(a.h, b.h);
    return (struct pair){p.h, p.l + (a.h * b.l + a.l * b.h)};
}

static inline struct pair mul(struct pair a, struct pair b)
{
    struct pair p = loose_product(a, b);
    return ordered_sum(p.h, p.l);
}

static inline struct pair add_to_greater(struct pair a, struct pair b)
{
    struct pair s = ordered_sum(a.h, b.h);
    return ordered_sum(s.h, s.l + (a.l + b.l));
}

/* n, of a few bits, times a */
static inline struct pair few_times(double n, struct pair a)
{
    double h = upper(a.h);
    return ordered_sum(n * h, n * (a.h - h) + n * a.l);
}

static inline struct pair divide(struct pair a, struct pair b)
{
    double q = a.h / b.h;
    struct pair p = exact_product(q, b.h);
    double rest = ((a.h - p.h) - p.l) + a.l - q * b.l; /* right to its own 52 bits */
    return ordered_sum(q, rest / b.h);
}

static inline struct pair of(double h)
{
    return (struct pair){h, 0};
}

/* The same number, with h of 26 bits: products of two of those are exact. */
static inline struct pair halves(struct pair a)
{
    double h = upper(a.h);
    return (struct pair){h, (a.h - h) + a.l};
}

/* The product of two numbers in halves errs by 2^-77; l is some 2^-26 of h. */
static inline struct pair product_of_halves(struct pair a, struct pair b)
{
    return (struct pair){a.h * b.h, a.h * b.l + a.l * (b.h + b.l)};
}

/* c + a b in halves again, |c| >= 2 |a b|: c.h - h is exact, and what is lost behind it some 2^-78.
 */
static inline struct pair fused_halves(struct pair c, struct pair a, struct pair b)
{
    struct pair p = product_of_halves(a, b);
    double h = upper(c.h + (p.h + p.l));
    return (struct pair){h, ((c.h - h) + p.h) + (p.l + c.l)};
}

/* ---- numbers of x87_math.h ---- */

static double power_of_2(s32 exp)
{
    return f64_of((u64)(u32)(exp + 1023) << 52);
}

/* The upper 106 bits. */
static struct pair from_big(struct big a)
{
    u64 hi = (u64)(a.m >> 64), lo = (u64)a.m;
    double scale = power_of_2(a.exp);
    double h = (double)(hi >> 11) * 0x1p-52, l = (double)((hi & 0x7ff) << 42 | lo >> 22) * 0x1p-105;
    struct pair p = ordered_sum(h * scale, l * scale);
    return a.neg ? negate(p) : p;
}

static struct pair of_significand(struct fp a)
{
    return (struct pair){(double)(a.sig >> 11) * 0x1p-52, (double)(a.sig & 0x7ff) * 0x1p-63};
}

/* |a|, where 2^a.exp is a double. */
static struct pair magnitude(struct fp a)
{
    struct pair p = of_significand(a);
    double scale = power_of_2(a.exp);
    return (struct pair){p.h * scale, p.l * scale};
}

/*
 * a * 2^exp as a number of 128 bits. False: what its error could be would decide how it is rounded
 * to 64 bits, whichever way. The error of all here is below 2^-76, 2^-75 is what it may be.
 */
static bool to_big(struct pair a, s32 exp, struct big *r)
{
    u64 bits = bits_of_f64(a.h), most = 1ull << 53, sig;
    s32 e = (s32)(bits >> 52 & 0x7ff) - 1023;
    if (e < -200 || e > 200) /* zero among them */
        return false;
    double rest = a.l * power_of_2(116 - e);
    if (rest < -0x1p63 || rest >= 0x1p63) /* half a unit: of an exact product */
        return false;
    s64 low = (s64)rest;
    r->neg = bits >> 63;
    if (r->neg)
        low = -low;
    sig = (bits & 0xfffffffffffffull) | 1ull << 52;
    u64 hi = (sig << 11) + (u64)(low >> 53), lo = (u64)low << 11;
    r->exp = e + exp;
    if ((s64)hi >= 0) { /* just below a power of 2 */
        hi = hi << 1 | lo >> 63;
        lo <<= 1;
        r->exp--;
    }
    r->m = (u128)hi << 64 | lo;
    return lo - most < (1ull << 63) - 2 * most ||
           lo - (1ull << 63) - most < (1ull << 63) - 2 * most;
}

/* ---- series ---- */

/* 1 / 1!, 1 / 2! ... */
static const struct pair inverse_factorial[] = {
    {0x1.0p0, 0},
    {0x1.0p-1, 0},
    {0x1.5555555555555p-3, 0x1.5555555555555p-57},
    {0x1.5555555555555p-5, 0x1.5555555555555p-59},
    {0x1.1111111111111p-7, 0x1.1111111111111p-63},
    {0x1.6c16c16c16c17p-10, -0x1.f49f49f49f49fp-65},
    {0x1.a01a01a01a01ap-13, 0x1.a01a01a01a01ap-73},
    {0x1.a01a01a01a01ap-16, 0x1.a01a01a01a01ap-76},
    {0x1.71de3a556c734p-19, -0x1.c154f8ddc6cp-73},
    {0x1.27e4fb7789f5cp-22, 0x1.cbbc05b4fa99ap-76},
    {0x1.ae64567f544e4p-26, -0x1.c062e06d1f209p-80},
    {0x1.1eed8eff8d898p-29, -0x1.2aec959e14c06p-83},
    {0x1.6124613a86d09p-33, 0x1.f28e0cc748ebep-87},
    {0x1.93974a8c07c9dp-37, 0x1.05d6f8a2efd1fp-92},
    {0x1.ae7f3e733b81fp-41, 0x1.1d8656b0ee8cbp-97},
    {0x1.ae7f3e733b81fp-45, 0x1.1d8656b0ee8cbp-101},
    {0x1.952c77030ad4ap-49, 0x1.ac981465ddc6cp-103},
    {0x1.6827863b97d97p-53, 0x1.eec01221a8b0bp-107},
    {0x1.2f49b46814157p-57, 0x1.2650f61dbdcb4p-112},
    {0x1.e542ba4020225p-62, 0x1.ea72b4afe3c2fp-120},
    {0x1.71b8ef6dcf572p-66, -0x1.d043ae40c4647p-120},
    {0x1.0ce396db7f853p-70, -0x1.aebcdbd20331cp-124},
    {0x1.761b41316381ap-75, -0x1.3423c7d91404fp-130},
    {0x1.f2cf01972f578p-80, -0x1.9ada5fcc1ab14p-135},
    {0x1.3f3ccdd165fa9p-84, -0x1.58ddadf344487p-139},
    {0x1.88e85fc6a4e5ap-89, -0x1.71c37ebd1654p-143},
    {0x1.d1ab1c2dccea3p-94, 0x1.054d0c78aea14p-149},
    {0x1.0a18a2635085dp-98, 0x1.b9e2e28e1aa54p-153},
};

/* 1, 1/3, 1/5 ... */
static const struct pair inverse_odd[] = {
    {0x1.0p0, 0},
    {0x1.5555555555555p-2, 0x1.5555555555555p-56},
    {0x1.999999999999ap-3, -0x1.999999999999ap-57},
    {0x1.2492492492492p-3, 0x1.2492492492492p-57},
    {0x1.c71c71c71c71cp-4, 0x1.c71c71c71c71cp-58},
    {0x1.745d1745d1746p-4, -0x1.745d1745d1746p-59},
    {0x1.3b13b13b13b14p-4, -0x1.3b13b13b13b14p-58},
    {0x1.1111111111111p-4, 0x1.1111111111111p-60},
    {0x1.e1e1e1e1e1e1ep-5, 0x1.e1e1e1e1e1e1ep-61},
    {0x1.af286bca1af28p-5, 0x1.af286bca1af28p-59},
    {0x1.8618618618618p-5, 0x1.8618618618618p-59},
    {0x1.642c8590b2164p-5, 0x1.642c8590b2164p-60},
    {0x1.47ae147ae147bp-5, -0x1.eb851eb851eb8p-61},
    {0x1.2f684bda12f68p-5, 0x1.2f684bda12f68p-59},
    {0x1.1a7b9611a7b96p-5, 0x1.1a7b9611a7b96p-61},
    {0x1.0842108421084p-5, 0x1.0842108421084p-60},
    {0x1.f07c1f07c1f08p-6, -0x1.f07c1f07c1f08p-61},
    {0x1.d41d41d41d41dp-6, 0x1.075075075075p-60},
    {0x1.bacf914c1badp-6, -0x1.bacf914c1badp-60},
};

/* 2^(i / 8), i from -8 to 8 */
static const struct pair powers[] = {
    {0x1.0p-1, 0},
    {0x1.172b83c7d517bp-1, -0x1.19041b9d78a76p-56},
    {0x1.306fe0a31b715p-1, 0x1.6f46ad23182e4p-56},
    {0x1.4bfdad5362a27p-1, 0x1.d4397afec42e2p-57},
    {0x1.6a09e667f3bcdp-1, -0x1.bdd3413b26456p-55},
    {0x1.8ace5422aa0dbp-1, 0x1.6e9f156864b27p-55},
    {0x1.ae89f995ad3adp-1, 0x1.7a1cd345dcc81p-55},
    {0x1.d5818dcfba487p-1, 0x1.2ed02d75b3707p-56},
    {0x1.0p0, 0},
    {0x1.172b83c7d517bp0, -0x1.19041b9d78a76p-55},
    {0x1.306fe0a31b715p0, 0x1.6f46ad23182e4p-55},
    {0x1.4bfdad5362a27p0, 0x1.d4397afec42e2p-56},
    {0x1.6a09e667f3bcdp0, -0x1.bdd3413b26456p-54},
    {0x1.8ace5422aa0dbp0, 0x1.6e9f156864b27p-54},
    {0x1.ae89f995ad3adp0, 0x1.7a1cd345dcc81p-54},
    {0x1.d5818dcfba487p0, 0x1.2ed02d75b3707p-55},
    {0x1.0p1, 0},
};

/* atan (i / 8) */
static const struct pair atan_eighths[] = {
    {0, 0},
    {0x1.fd5ba9aac2f6ep-4, -0x1.cd37686760c17p-59},
    {0x1.f5b75f92c80ddp-3, 0x1.8ab6e3cf7afbdp-57},
    {0x1.6f61941e4def1p-2, -0x1.c63aae6f6e918p-56},
    {0x1.dac670561bb4fp-2, 0x1.a2b7f222f65e2p-56},
    {0x1.1e00babdefeb4p-1, -0x1.928df287a668fp-58},
    {0x1.4978fa3269ee1p-1, 0x1.2419a87f2a458p-56},
    {0x1.700a7c5784634p-1, -0x1.8c34d25aadef6p-56},
    {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55},
};

#define PI ((struct pair){0x1.921fb54442d18p1, 0x1.1a62633145c07p-53})
#define PI_2 ((struct pair){0x1.921fb54442d18p0, 0x1.1a62633145c07p-54})
#define LN_2 ((struct pair){0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56})
#define LOG2_E ((struct pair){0x1.71547652b82fep0, 0x1.777d0ffda0d24p-56})

/*
 * c[0] + c[step] u + c[2 step] u^2 ..., or with alternating signs: `pairs` terms in pairs, `rest`
 * more in doubles, whose errors count less by what u to the power of `pairs` is. Those of halves
 * count a tenth at most, as the second term is to the first. The doubles are two chains, which
 * processors follow both at once.
 */
static inline struct pair series(const struct pair *c, unsigned step, unsigned pairs, unsigned rest,
                                 struct pair u, bool alternate)
{
    unsigned k = pairs + rest - 2;
    if (alternate)
        u = negate(u);
    double x = u.h, square = x * x, odd = c[(k + 1) * step].h, even = c[k * step].h;
    for (; k >= pairs + 2; k -= 2) {
        odd = c[(k - 1) * step].h + square * odd;
        even = c[(k - 2) * step].h + square * even;
    }
    double end = even + x * odd;
    if (k > pairs)
        end = c[pairs * step].h + x * end;
    struct pair v = halves(u), sum = halves(of(end));
    for (k = pairs - 1; k > 0; k--)
        sum = fused_halves(c[k * step], v, sum);
    return add_to_greater(c[0], product_of_halves(v, sum));
}

/* |x| <= pi / 4. Here and below: what is left out, and the errors of doubles, add up to 2^-77. */
static struct pair sine(struct pair x, struct pair square)
{
    return mul(x, series(inverse_factorial, 2, 5, 6, square, true));
}

static struct pair cosine(struct pair square)
{
    return add(of(1), negate(mul(square, series(inverse_factorial + 1, 2, 4, 7, square, true))));
}

/* 2^x - 1 = (2^(i/8) - 1) + 2^(i/8) (e^y - 1), where y = (x - i/8) ln 2 is below 1/23 */
static struct pair power_minus_1(struct pair x)
{
    s32 i = (s32)(8 * x.h + (x.h < 0 ? -0.5 : 0.5));
    struct pair y = mul(i ? add(x, of(-i / 8.0)) : x, LN_2);
    struct pair e = mul(y, series(inverse_factorial, 1, 4, 9, y, false));
    if (!i)
        return e;
    return add(add(powers[i + 8], of(-1)), mul(powers[i + 8], e));
}

/* ---- the functions ---- */

static bool circular(enum pair_function what, struct fp a, struct big *r, struct big *second)
{
    unsigned q = 0;
    struct pair x = a.exp < -1 ? magnitude(a) : from_big(big_reduce(a, &q));
    struct pair square = mul(x, x), s = of(0), k = of(0);
    bool s_neg = a.neg ^ (q >> 1), k_neg = q == 1 || q == 2;
    bool want_s = what != PAIR_COS, want_k = what != PAIR_SIN;
    if (q & 1 ? want_k : want_s)
        s = sine(x, square);
    if (q & 1 ? want_s : want_k)
        k = cosine(square);
    if (q & 1) {
        struct pair t = s;
        s = k;
        k = t;
    }
    if (s_neg)
        s = negate(s);
    if (k_neg)
        k = negate(k);
    switch (what) {
    case PAIR_SIN:
        return to_big(s, 0, r);
    case PAIR_COS:
        return to_big(k, 0, r);
    case PAIR_TAN:
        return to_big(divide(s, k), 0, r);
    default:
        return to_big(s, 0, r) && to_big(k, 0, second);
    }
}

/* 2 atanh ((m - 1) / (m + 1)) / ln 2 and the exponent, m from sqrt 1/2 to sqrt 2 */
static bool log2_times(struct fp x, struct fp y, struct big *r)
{
    struct pair m = of_significand(x);
    s32 exp = x.exp;
    if (m.h > 0x1.6a09ep0) {
        m = (struct pair){m.h / 2, m.l / 2};
        exp++;
    }
    struct pair z = divide(ordered_sum(m.h - 1, m.l), add(m, of(1)));
    struct pair log = mul(z, series(inverse_odd, 1, 5, 10, mul(z, z), false));
    log = mul(log, (struct pair){2 * LOG2_E.h, 2 * LOG2_E.l});
    struct pair v = mul(add(of(exp), log), of_significand(y));
    return to_big(y.neg ? negate(v) : v, y.exp, r);
}

/* atan (y / x) = atan (i/8) + atan ((y - i/8 x) / (x + i/8 y)) */
static bool angle(struct fp x, struct fp y, struct big *r)
{
    bool steep = y.exp > x.exp || (y.exp == x.exp && y.sig > x.sig);
    struct fp less = steep ? x : y, more = steep ? y : x;
    struct pair a = of_significand(less), b = of_significand(more);
    double scale = power_of_2(less.exp - more.exp);
    a = (struct pair){a.h * scale, a.l * scale};
    unsigned i = (unsigned)(8 * a.h / b.h + 0.5);
    struct pair c = a;
    if (i) {
        c = add(a, negate(few_times(i / 8.0, b)));
        b = add_to_greater(b, few_times(i / 8.0, a));
    }
    struct pair t = c.h == 0 ? c : divide(c, b);
    struct pair v = mul(t, series(inverse_odd, 1, 3, 7, mul(t, t), true));
    if (i)
        v = add_to_greater(atan_eighths[i], v);
    if (steep)
        v = add_to_greater(PI_2, negate(v));
    if (x.neg)
        v = add_to_greater(PI, negate(v));
    return to_big(y.neg ? negate(v) : v, 0, r);
}

/* So far from the ends of the range of doubles that nothing is lost on the way. */
static bool moderate(struct fp a)
{
    return a.exp > -40 && a.exp < 63;
}

bool pairs_value(enum pair_function what, struct fp x, struct fp y, struct big *r,
                 struct big *second)
{
    if (!HOST_FLOAT || !moderate(x) || !moderate(y))
        return false;
    switch (what) {
    case PAIR_EXP: {
        struct pair v = magnitude(x);
        return to_big(power_minus_1(x.neg ? negate(v) : v), 0, r);
    }
    case PAIR_LOG:
        return log2_times(x, y, r);
    case PAIR_ATAN:
        return angle(x, y, r);
    default:
        return circular(what, x, r, second);
    }
}
