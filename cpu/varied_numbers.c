/*
 * varied_numbers.c - sums, masks and comparisons of ranges, and what is known of the flags behind
 * them, for varied_ops.c.
 */
#include "cpu/varied_ops.h"

/* ---- flags ---- */

/* These are written; of them, `f` is known. */
void mind_set_flags(struct mind *m, u32 written, const struct mind_flags *f, bool wrong)
{
    u32 known = f->known & written, vague = written & ~known;
    m->fl.known = (m->fl.known & ~written) | known;
    m->fl.is = (m->fl.is & ~known) | (f->is & known);
    m->fl.wrong = (m->fl.wrong & ~written) | (wrong ? vague : 0);
    m->fl.less = f->less;
    m->fl.less_equal = f->less_equal;
    m->fl.below_equal = (struct tri){0};
    if (written & FL_CF)
        m->fl.below_equal = f->below_equal;
}

static void know(struct mind_flags *f, u32 flag, bool is)
{
    f->known |= flag;
    f->is |= is ? flag : 0;
}

/* ZF, SF and PF of a result. */
void flags_know_result(struct mind_flags *f, struct range r, unsigned size)
{
    struct range byte = range_part(r, 0, 8);
    unsigned top = 8 * size - 1;
    if (r.low || !r.high)
        know(f, FL_ZF, !r.high);
    if (r.low >> top == r.high >> top)
        know(f, FL_SF, r.low >> top);
    if (byte.low == byte.high)
        know(f, FL_PF, !__builtin_parity(byte.low));
}

static struct tri tri_or(struct tri a, struct tri b)
{
    if ((a.known && a.is) || (b.known && b.is))
        return (struct tri){true, true};
    return (struct tri){a.known && b.known, false};
}

struct tri mind_flag(const struct mind *m, u32 mask)
{
    return (struct tri){m->fl.known & mask, m->fl.is & mask};
}

static struct tri first_known(struct tri a, struct tri b)
{
    return a.known ? a : b;
}

struct tri mind_condition(const struct mind *m, unsigned cc)
{
    static const u32 single[] = {FL_OF, FL_CF, FL_ZF, 0, FL_SF, FL_PF};
    struct tri sf = mind_flag(m, FL_SF), of = mind_flag(m, FL_OF), zf = mind_flag(m, FL_ZF), t;
    struct tri less = first_known((struct tri){sf.known && of.known, sf.is != of.is}, m->fl.less);
    switch (cc >> 1) {
    case 3:
        t = first_known(tri_or(mind_flag(m, FL_CF), zf), m->fl.below_equal);
        break;
    case 6:
        t = less;
        break;
    case 7:
        t = first_known(tri_or(less, zf), m->fl.less_equal);
        break;
    default:
        t = mind_flag(m, single[cc >> 1]);
    }
    t.is ^= cc & 1;
    return t;
}

/* ---- sums and differences ---- */

static struct tri negative(s64 low, s64 high, s64 limit)
{
    return (struct tri){high < limit || low >= limit, high < limit};
}

/* The same bits as signed numbers. */
static void with_sign(struct range r, unsigned size, s64 *low, s64 *high)
{
    s64 half = 1ll << (8 * size - 1);
    bool whole = r.low < half && r.high >= half;
    *low = whole ? -half : r.low < half ? r.low : r.low - 2 * half;
    *high = whole ? half - 1 : r.high < half ? r.high : r.high - 2 * half;
}

/* OF, and what a comparison says: of the exact sum or difference of signed numbers. */
static void know_signed(struct mind_flags *f, s64 low, s64 high, unsigned size, bool minus)
{
    s64 half = 1ll << (8 * size - 1);
    if (low >= -half && high < half)
        know(f, FL_OF, false);
    else if (high < -half || low >= half)
        know(f, FL_OF, true);
    if (!minus)
        return;
    f->less = negative(low, high, 0);
    f->less_equal = negative(low, high, 1);
}

/* Its step and range when both have one. */
static void sum_of_steps(const struct mind *m, struct number *n, unsigned size)
{
    struct range in;
    if (mind_reaches(m, n->is, n->step, size, &in))
        n->in = in;
    else if (size < 4)
        n->vague = true; /* it passes an end */
}

/* a + b + carry, or a - b - carry, and the flags of it. */
struct number number_sum(const struct mind *m, struct number a, struct number b, struct range carry,
                         unsigned size, bool minus, struct mind_flags *f)
{
    u32 mask = number_mask(size);
    s64 low = (s64)a.in.low + b.in.low + carry.low, high = (s64)a.in.high + b.in.high + carry.high;
    s64 al, ah, bl, bh;
    struct number n = {.in = {0, mask},
                       .vague = a.vague || b.vague || carry.low != carry.high,
                       .wrong = a.wrong || b.wrong};
    with_sign(a.in, size, &al, &ah);
    with_sign(b.in, size, &bl, &bh);
    *f = (struct mind_flags){0};
    if (minus) {
        low = (s64)a.in.low - b.in.high - carry.high;
        high = (s64)a.in.high - b.in.low - carry.low;
        know_signed(f, al - bh - carry.high, ah - bl - carry.low, size, true);
        f->below_equal = negative(low, high, 1);
    } else {
        know_signed(f, al + bl + carry.low, ah + bh + carry.high, size, false);
    }
    s64 modulus = (s64)mask + 1, page = low < 0 ? -1 : low / modulus;
    if (page == (high < 0 ? -1 : high / modulus)) {
        n.in = (struct range){(u32)(low - page * modulus), (u32)(high - page * modulus)};
        know(f, FL_CF, page != 0);
    }
    if (!n.vague) {
        n.is = (minus ? a.is - b.is - carry.low : a.is + b.is + carry.low) & mask;
        n.step = minus ? a.step - b.step : a.step + b.step;
        sum_of_steps(m, &n, size);
    }
    flags_know_result(f, n.in, size);
    if (a.in.low == a.in.high && b.in.low == b.in.high && n.in.low == n.in.high)
        know(f, FL_AF, (a.in.low ^ b.in.low ^ n.in.low) & 0x10);
    return n.in.low == n.in.high ? mind_constant(n.in.low) : n;
}

/* ---- masks ---- */

/* The bits that are the same throughout a range. */
static u32 fixed_bits(struct range r)
{
    u32 differ = r.low ^ r.high;
    return differ ? ~(u32)((2ull << (31 - __builtin_clz(differ))) - 1) : ~0u;
}

/* Bits that are certain to be set, to those that may be. */
struct range range_bitwise(struct range a, struct range b, enum operation op)
{
    u32 x = fixed_bits(a), y = fixed_bits(b), set_x = a.low & x, set_y = b.low & y;
    u32 may_x = a.low | ~x, may_y = b.low | ~y;
    u64 top = (u64)a.high + b.high; /* no OR, no XOR is more */
    struct range r;
    if (op == I_and || op == I_test) {
        u32 least = a.high < b.high ? a.high : b.high;
        r = (struct range){set_x & set_y, may_x & may_y};
        r.high = r.high < least ? r.high : least;
        return r;
    }
    if (op == I_or) {
        r = (struct range){set_x | set_y, may_x | may_y};
        r.low = r.low > a.low ? r.low : a.low;
        r.low = r.low > b.low ? r.low : b.low;
    } else {
        u32 both = x & y;
        r = (struct range){(a.low ^ b.low) & both, (a.low ^ b.low) | ~both};
    }
    r.high = r.high < top ? r.high : (u32)top;
    return r;
}

/* A mask of the lower bits leaves a number alone that has no others. */
bool number_keeps(const struct number *a, const struct number *mask)
{
    u32 v = mask->in.low;
    return mask->in.low == mask->in.high && !(v & (v + 1)) && a->in.high <= v;
}

/* ---- bytes ---- */

/* ROL, ROR by 8 of 16 bits: the bytes change places. */
struct number number_swapped(struct number n)
{
    struct range low = range_part(n.in, 0, 8), high = range_part(n.in, 8, 8);
    return (struct number){.in = {low.low << 8 | high.low, low.high << 8 | high.high},
                           .vague = true,
                           .wrong = n.wrong};
}
