/*
 * varied_ops.c - what an instruction makes of ranges: see varied_mind.h.
 *
 * An instruction whose inputs are the same in each round does the same, and what that is has been
 * watched. Of the others the common ones are known: copies, sums, comparisons, masks, shifts. Any
 * other leaves behind what nobody knows, or ends it all when it could fault, or go elsewhere.
 */
#include "cpu/varied_mind.h"

#include "cpu/decode/query.h"
#include "cpu/spin.h"

enum { GPR = offsetof(struct cpu, gpr) };

static void give_up(struct mind *m)
{
    m->failed = true;
}

/* ---- operands ---- */

static bool in_memory(const struct op *o, unsigned i)
{
    u8 kind = op_row(o)->operand[i];
    return kind_among(kind, KINDS_MOFFS) ||
           ((o->flags & OPF_MEM) && kind_among(kind, KINDS_MAYBE_MEMORY));
}

/* The place of a register in struct cpu, from gpr[] on; 32: it is none. */
static unsigned register_of(const struct op *o, unsigned i)
{
    u8 kind = op_row(o)->operand[i];
    if (in_memory(o, i))
        return 32;
    if (kind_among(kind, KINDS_RM_GPR | KIND(Zb) | KIND(Zv)))
        return o->r1 - (unsigned)GPR;
    if (kind_among(kind, KINDS_REG_GPR))
        return o->r2 - (unsigned)GPR;
    if (kind_among(kind, KIND(ALb) | KIND(AXw) | KIND(eAX)))
        return 4 * EAX;
    if (kind_among(kind, KIND(CLb)))
        return 4 * ECX;
    return kind_among(kind, KIND(DXw)) ? 4 * EDX : 32;
}

static unsigned size_of(const struct mind *m)
{
    return 1u << op_size(&m->s->op);
}

static const struct varied_touch *touches(const struct mind *m)
{
    return m->c->spin->varied.touch + m->s->touch;
}

/* The only one of its kind; NULL: there are others, or it is of another size. */
static const struct varied_touch *sole_touch(struct mind *m, bool write, unsigned size)
{
    const struct varied_touch *found = NULL, *t = touches(m);
    for (unsigned i = 0; i < m->touches; i++) {
        if (t[i].write != write)
            continue;
        if (found || t[i].size != size) {
            give_up(m);
            return NULL;
        }
        found = &t[i];
    }
    if (!found)
        give_up(m);
    return found;
}

static struct number loaded(struct mind *m, unsigned size)
{
    const struct varied_touch *t = sole_touch(m, false, size);
    struct mind_cell *k = t ? mind_cell(m, t->at, size) : NULL;
    if (k)
        return k->n;
    return mind_constant(t ? t->was : 0);
}

static void stored(struct mind *m, unsigned size, struct number n)
{
    const struct varied_touch *t = sole_touch(m, true, size);
    struct mind_cell *k = t ? mind_cell(m, t->at, size) : NULL;
    if (!k) {
        give_up(m);
        return;
    }
    k->n = n;
    if (size != 4 && !number_same(&n)) { /* what is around it would be another one */
        k->n.vague = true;
        k->n.step = 0;
    }
}

static struct number operand(struct mind *m, unsigned i)
{
    const struct op *o = &m->s->op;
    unsigned at = register_of(o, i), size = op_operand_bytes(o, i);
    if (in_memory(o, i))
        return loaded(m, size);
    if (at < 32)
        return mind_get(m, at / 4, size, at & 1);
    return mind_constant(o->imm & number_mask(size_of(m)));
}

static void result(struct mind *m, unsigned i, struct number n)
{
    const struct op *o = &m->s->op;
    unsigned at = register_of(o, i), size = op_operand_bytes(o, i);
    if (in_memory(o, i))
        stored(m, size, n);
    else if (at < 32)
        mind_set(m, at / 4, size, at & 1, n);
    else
        give_up(m);
}

/* ---- flags ---- */

static const struct mind_flags nothing_known = {0};

/* These are written; of them, `f` is known. */
static void set_flags(struct mind *m, u32 written, const struct mind_flags *f, bool wrong)
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
static void know_result(struct mind_flags *f, struct range r, unsigned size)
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

static struct tri flag(const struct mind *m, u32 mask)
{
    return (struct tri){m->fl.known & mask, m->fl.is & mask};
}

static struct tri first_known(struct tri a, struct tri b)
{
    return a.known ? a : b;
}

static struct tri condition(const struct mind *m, unsigned cc)
{
    static const u32 single[] = {FL_OF, FL_CF, FL_ZF, 0, FL_SF, FL_PF};
    struct tri sf = flag(m, FL_SF), of = flag(m, FL_OF), zf = flag(m, FL_ZF), t;
    struct tri less = first_known((struct tri){sf.known && of.known, sf.is != of.is}, m->fl.less);
    switch (cc >> 1) {
    case 3:
        t = first_known(tri_or(flag(m, FL_CF), zf), m->fl.below_equal);
        break;
    case 6:
        t = less;
        break;
    case 7:
        t = first_known(tri_or(less, zf), m->fl.less_equal);
        break;
    default:
        t = flag(m, single[cc >> 1]);
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
static struct number sum(const struct mind *m, struct number a, struct number b, struct range carry,
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
    *f = nothing_known;
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
    know_result(f, n.in, size);
    if (a.in.low == a.in.high && b.in.low == b.in.high && n.in.low == n.in.high)
        know(f, FL_AF, (a.in.low ^ b.in.low ^ n.in.low) & 0x10);
    return n.in.low == n.in.high ? mind_constant(n.in.low) : n;
}

static void add_or_subtract(struct mind *m, enum operation op)
{
    static const struct range none = {0, 0};
    struct number a = operand(m, 0), b = mind_constant(1);
    struct range carry = none;
    struct mind_flags f;
    u32 written = FL_ALL;
    bool minus = op != I_add && op != I_inc && op != I_adc, carried = op == I_adc || op == I_sbb;
    if (op == I_inc || op == I_dec)
        written &= ~FL_CF;
    else if (op != I_neg)
        b = operand(m, 1);
    if (op == I_neg) {
        b = a;
        a = mind_constant(0);
    }
    if (carried && !(m->fl.known & FL_CF))
        carry.high = 1;
    else if (carried)
        carry.low = carry.high = fl_cf(m->fl.is);
    bool wrong = a.wrong || b.wrong || (carried && (m->fl.wrong & FL_CF));
    struct number n = sum(m, a, b, carry, size_of(m), minus, &f);
    n.wrong = wrong && n.in.low != n.in.high;
    set_flags(m, written, &f, wrong);
    if (op != I_cmp)
        result(m, 0, n);
}

/* ---- masks ---- */

/* The bits that are the same throughout a range. */
static u32 fixed_bits(struct range r)
{
    u32 differ = r.low ^ r.high;
    return differ ? ~(u32)((2ull << (31 - __builtin_clz(differ))) - 1) : ~0u;
}

/* Bits that are certain to be set, to those that may be. */
static struct range bitwise(struct range a, struct range b, enum operation op)
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
static bool keeps(const struct number *a, const struct number *mask)
{
    u32 v = mask->in.low;
    return mask->in.low == mask->in.high && !(v & (v + 1)) && a->in.high <= v;
}

static void logic(struct mind *m, enum operation op)
{
    struct number a = operand(m, 0), b = operand(m, 1), n = {.vague = true};
    struct mind_flags f = {.known = FL_CF | FL_OF | FL_AF};
    unsigned at = register_of(&m->s->op, 0), size = size_of(m);
    bool masks = op == I_and || op == I_test;
    bool itself = at < 32 && at == register_of(&m->s->op, 1), wrong = a.wrong || b.wrong;
    if (op == I_xor && itself)
        n = mind_constant(0);
    else if ((masks || op == I_or) && itself)
        n = a;
    else if (masks && keeps(&a, &b))
        n = a;
    else
        n.in = bitwise(a.in, b.in, op);
    n.in.high &= number_mask(size);
    if (n.in.low == n.in.high)
        n = mind_constant(n.in.low);
    else
        n.wrong = wrong;
    know_result(&f, n.in, size);
    set_flags(m, FL_ALL, &f, n.wrong);
    if (op != I_test)
        result(m, 0, n);
}

static void complement(struct mind *m)
{
    struct number n = operand(m, 0);
    u32 mask = number_mask(size_of(m));
    n.in = (struct range){~n.in.high & mask, ~n.in.low & mask};
    n.is = ~n.is & mask;
    n.step = 0u - n.step;
    result(m, 0, n);
}

/* ---- shifts ---- */

/* ROL, ROR by 8 of 16 bits: the bytes change places. */
static struct number swapped(struct number n)
{
    struct range low = range_part(n.in, 0, 8), high = range_part(n.in, 8, 8);
    return (struct number){.in = {low.low << 8 | high.low, low.high << 8 | high.high},
                           .vague = true,
                           .wrong = n.wrong};
}

static void swap(struct mind *m)
{
    unsigned at = register_of(&m->s->op, 0);
    if (at == 32) {
        result(m, 0, swapped(operand(m, 0)));
    } else {
        struct number low = mind_get(m, at / 4, 1, false), high = mind_get(m, at / 4, 1, true);
        mind_set(m, at / 4, 1, false, high);
        mind_set(m, at / 4, 1, true, low);
    }
}

static void shift(struct mind *m, enum operation op)
{
    const struct op *o = &m->s->op;
    unsigned size = size_of(m), count = o->imm & 31;
    u32 mask = number_mask(size), written = op_row(o)->fl_write;
    struct number a = operand(m, 0), n = {.in = {0, mask}, .vague = true, .wrong = a.wrong};
    struct mind_flags f = {0};
    if (!row_counts_by_immediate(op_row(o))) {
        give_up(m);
        return;
    }
    if (!count)
        return;
    if (op == I_rol || op == I_ror) {
        set_flags(m, written, &f, a.wrong);
        if (size == 2 && count == 8)
            swap(m);
        else
            result(m, 0, n);
        return;
    }
    if (op == I_shl && (u64)a.in.high << count <= mask)
        n.in = (struct range){a.in.low << count, a.in.high << count};
    else if (op == I_shr)
        n.in = (struct range){a.in.low >> count, a.in.high >> count};
    n = n.in.low == n.in.high ? mind_constant(n.in.low) : n;
    know_result(&f, n.in, size);
    set_flags(m, written, &f, a.wrong);
    result(m, 0, n);
}

/* ---- copies ---- */

static void extend(struct mind *m)
{
    struct number n = operand(m, 1);
    unsigned from = op_operand_bytes(&m->s->op, 1), to = op_operand_bytes(&m->s->op, 0);
    u32 top = 1u << (8 * from - 1), above = number_mask(to) & ~number_mask(from);
    if (op_operation(&m->s->op) == I_movsx && n.in.high & top) {
        if (n.in.low & top) {
            n.in.low |= above;
            n.in.high |= above;
            n.is |= above;
        } else {
            n = (struct number){.in = {0, number_mask(to)}, .vague = true, .wrong = n.wrong};
        }
    }
    result(m, 0, n);
}

static void exchange(struct mind *m)
{
    struct number a = operand(m, 0), b = operand(m, 1);
    result(m, 0, b);
    result(m, 1, a);
}

static void push_or_pop(struct mind *m, bool push)
{
    unsigned size = m->s->op.flags & OPF_O16 ? 2 : 4;
    if (op_operand_bytes(&m->s->op, 0) != size || in_memory(&m->s->op, 0))
        give_up(m);
    else if (push)
        stored(m, size, operand(m, 0));
    mind_set(m, ESP, 4, false, mind_constant(m->after[ESP]));
    if (!push && !m->failed)
        result(m, 0, loaded(m, size));
}

/* ---- what depends on a condition ---- */

static void branch(struct mind *m, struct tri taken)
{
    if (!taken.known)
        give_up(m);
}

static struct tri is_zero(struct number n)
{
    return (struct tri){n.in.low || !n.in.high, !n.in.high};
}

/* LOOP, LOOPZ, LOOPNZ; JCXZ leaves the count alone. */
static void count_down(struct mind *m, enum operation op)
{
    static const struct range none = {0, 0};
    unsigned size = m->s->op.flags & OPF_A16 ? 2 : 4;
    struct number n = mind_get(m, ECX, size, false);
    struct mind_flags f;
    if (op != I_jcxz) {
        n = sum(m, n, mind_constant(1), none, size, true, &f);
        mind_set(m, ECX, size, false, n);
    }
    branch(m, is_zero(n));
    if ((op == I_loopz || op == I_loopnz) && !is_zero(n).is)
        branch(m, flag(m, FL_ZF));
}

static void set_byte(struct mind *m)
{
    struct tri t = condition(m, (unsigned)op_condition(&m->s->op));
    struct number n = {.in = {0, 1}, .vague = true, .wrong = m->fl.wrong};
    result(m, 0, t.known ? mind_constant(t.is) : n);
}

static void move_if(struct mind *m)
{
    struct tri t = condition(m, (unsigned)op_condition(&m->s->op));
    struct number a = operand(m, 0), b = operand(m, 1);
    if (t.known) {
        if (t.is)
            result(m, 0, b);
        return;
    }
    struct number n = {.in = a.in, .vague = true, .wrong = m->fl.wrong || a.wrong || b.wrong};
    n.in.low = b.in.low < n.in.low ? b.in.low : n.in.low;
    n.in.high = b.in.high > n.in.high ? b.in.high : n.in.high;
    result(m, 0, n);
}

/* ---- the outside ---- */

static void port_in(struct mind *m)
{
    const struct spin *s = m->c->spin;
    const struct varied *v = &s->varied;
    unsigned i = m->s->access;
    struct number port = kind_among(op_row(&m->s->op)->operand[1], KIND(DXw))
                             ? mind_get(m, EDX, 2, false)
                             : mind_constant(0);
    if (m->accesses != 1 || port.in.low != port.in.high) {
        give_up(m);
        return;
    }
    struct number n = mind_constant(s->access[i].value);
    if (v->curved[i]) {
        n = (struct number){.vague = true};
        if (v->curve[i].at < v->began || !curve_within(&v->curve[i], m->ns, &n.in))
            give_up(m);
        if (n.in.low == n.in.high)
            n = mind_constant(n.in.low);
    }
    result(m, 0, n);
}

/* The time stamp counter grows by about so much. */
static void time_stamp(struct mind *m)
{
    u64 more =
        m->c->tsc_hz / NS_PER_SEC * m->ns + m->c->tsc_hz % NS_PER_SEC * m->ns / NS_PER_SEC + 2;
    u32 low = m->after[EAX], high = m->after[EDX];
    struct number a = {.in = {0, ~0u}, .vague = true}, d = {.in = {0, ~0u}, .vague = true};
    if (more <= ~low) {
        a.in = (struct range){low, low + (u32)more};
        d = mind_constant(high);
    }
    mind_set(m, EAX, 4, false, a);
    mind_set(m, EDX, 4, false, d);
}

/* ---- any instruction ---- */

/* What it does through tables, and to the stack, does not depend on other registers. */
static bool far(enum operation op)
{
    return op == I_int || op == I_iret || op == I_call_far || op == I_jmp_far || op == I_retf;
}

/* A task switch stores more than this. */
enum { FAR_STORES = 10 };

static bool far_possible(const struct mind *m, enum operation op)
{
    unsigned stores = 0;
    for (unsigned i = 0; i < m->touches; i++)
        stores += touches(m)[i].write;
    return stores <= FAR_STORES && (op != I_int || (m->fl.known & FL_ALL) == FL_ALL);
}

struct inputs {
    bool same, wrong;
};

static void take(struct inputs *in, struct number n)
{
    in->same &= n.in.low == n.in.high;
    in->wrong |= n.wrong;
}

/* Its operands', for one that reads nothing else; or all of each register that it may read. */
static struct inputs inputs(struct mind *m, bool operands)
{
    struct inputs in = {.same = true};
    const struct op *o = &m->s->op;
    const struct opdef *r = op_row(o);
    u32 read = r->fl_read;
    for (unsigned i = 0; operands && i < row_operands(r); i++) {
        unsigned at = register_of(o, i);
        char access = row_access(r, i);
        if (at < 32 && (access == 'r' || access == 'm'))
            take(&in, mind_get(m, at / 4, op_operand_bytes(o, i), at & 1));
    }
    for (unsigned i = 0; !operands && i < 8; i++)
        if (m->s->reads & R_GPR(i))
            take(&in, mind_get(m, i, 4, false));
    for (unsigned i = 0; i < m->touches; i++) {
        const struct varied_touch *t = &touches(m)[i];
        const struct mind_cell *k = t->write ? NULL : mind_cell(m, t->at, t->size);
        if (k)
            take(&in, k->n);
    }
    in.same &= !(read & ~m->fl.known);
    in.wrong |= (read & m->fl.wrong) != 0;
    return in;
}

static u32 flags_certain(const struct op *o)
{
    if ((o->flags & (OPF_REP | OPF_REPNE)) && (op_row(o)->attr & A_REP))
        return 0; /* none of them with a count of 0 */
    return op_flags_overwritten(o);
}

/* The registers that it writes as an operand, from what was watched. The others that it may. */
static u64 same_operands(struct mind *m)
{
    const struct op *o = &m->s->op;
    const struct opdef *r = op_row(o);
    u64 others = m->s->writes & R_GPRS;
    for (unsigned i = 0; i < row_operands(r); i++) {
        unsigned at = register_of(o, i), size = op_operand_bytes(o, i);
        char access = row_access(r, i);
        if (at == 32 || (access != 'w' && access != 'm'))
            continue;
        u32 v = m->after[at / 4] >> (at & 1 ? 8 : 0) & number_mask(size);
        mind_set(m, at / 4, size, at & 1, mind_constant(v));
        others &= ~R_GPR(at / 4);
    }
    return others;
}

/* Any of its bytes may be anything, of which those are wrong. */
static void forget(struct mind *m, unsigned reg, bool wrong)
{
    struct mind_register *r = &m->reg[reg];
    u8 was = wrong ? 0xf : r->wrong;
    mind_set(m, reg, 4, false, (struct number){.in = {0, ~0u}, .vague = true});
    r->wrong = was;
}

/* With the same inputs in each round: it does what it was watched to do. */
static void do_same(struct mind *m)
{
    const struct op *o = &m->s->op;
    u32 written = op_row(o)->fl_write, certain = flags_certain(o);
    u64 others = far(op_operation(o)) ? R_SP : same_operands(m);
    for (unsigned i = 0; i < 8; i++) {
        if (!(others & R_GPR(i)))
            continue;
        if (m->reg[i].vague || m->reg[i].step)
            forget(m, i, false); /* perhaps not all of it is written */
        else
            mind_set(m, i, 4, false, mind_constant(m->after[i]));
    }
    u32 known = certain | (written & m->fl.known);
    struct mind_flags f = {.known = known, .is = m->fl_after};
    u32 wrong = m->fl.wrong & written & ~known;
    if (written)
        set_flags(m, written, &f, false);
    m->fl.wrong |= wrong;
    for (unsigned i = 0; i < m->touches; i++) {
        const struct varied_touch *t = &touches(m)[i];
        struct mind_cell *k = t->write ? mind_cell(m, t->at, t->size) : NULL;
        if (k)
            k->n = mind_constant(t->value);
    }
}

/* It computes something of registers, nobody knows what. */
static void do_unknown(struct mind *m, struct inputs in)
{
    const struct opdef *r = op_row(&m->s->op);
    if (m->touches || (m->s->writes & ~(R_GPRS | R_FLAGS)) ||
        (r->attr & (A_FAULT | A_REP | A_END | A_IO)) || (m->s->writes & R_SP)) {
        give_up(m);
        return;
    }
    for (unsigned i = 0; i < 8; i++)
        if (m->s->writes & R_GPR(i))
            forget(m, i, in.wrong);
    u32 written = r->fl_write, before = m->fl.wrong;
    set_flags(m, written, &nothing_known, in.wrong);
    m->fl.wrong |= before & written & ~flags_certain(&m->s->op);
}

static struct number address_part(const struct mind *m, u8 offset)
{
    if (offset == ZERO_OFF)
        return mind_constant(0);
    return mind_get(m, (offset - (unsigned)GPR) / 4, m->s->op.flags & OPF_A16 ? 2 : 4, false);
}

static void lea(struct mind *m)
{
    static const struct range none = {0, 0};
    const struct op *o = &m->s->op;
    struct mind_flags f;
    struct number n = address_part(m, o->base), index = address_part(m, o->index);
    unsigned to = op_operand_bytes(o, 0);
    if (n.in.low == n.in.high && index.in.low == index.in.high) {
        do_same(m);
        return;
    }
    for (unsigned i = 1u << o->shift; i-- > 0;)
        n = sum(m, n, index, none, 4, false, &f);
    n = sum(m, n, mind_constant(o->disp), none, 4, false, &f);
    if ((o->flags & OPF_A16) || to != 4)
        n = (struct number){.in = {0, number_mask(to)}, .vague = true, .wrong = n.wrong};
    result(m, 0, n);
}

/* Does it read and write its operands only, and is known? */
static bool plain(const struct op *o)
{
    switch (op_operation(o)) {
    case I_mov:
    case I_movzx:
    case I_movsx:
    case I_xchg:
    case I_add:
    case I_adc:
    case I_sub:
    case I_sbb:
    case I_cmp:
    case I_inc:
    case I_dec:
    case I_neg:
    case I_not:
    case I_and:
    case I_or:
    case I_xor:
    case I_test:
    case I_shl:
    case I_shr:
    case I_rol:
    case I_ror:
    case I_push:
    case I_pop:
    case I_out:
        return true;
    default:
        return op_class(o) == OC_SETCC || op_class(o) == OC_CMOVCC;
    }
}

static void do_plain(struct mind *m, struct inputs in)
{
    enum operation op = op_operation(&m->s->op);
    switch (op) {
    case I_mov:
        if (op_operand_bytes(&m->s->op, 0) == op_operand_bytes(&m->s->op, 1) ||
            register_of(&m->s->op, 1) == 32)
            result(m, 0, operand(m, 1));
        else
            give_up(m); /* a segment register */
        break;
    case I_movzx:
    case I_movsx:
        extend(m);
        break;
    case I_xchg:
        exchange(m);
        break;
    case I_not:
        complement(m);
        break;
    case I_and:
    case I_or:
    case I_xor:
    case I_test:
        logic(m, op);
        break;
    case I_shl:
    case I_shr:
    case I_rol:
    case I_ror:
        if (row_counts_by_immediate(op_row(&m->s->op)))
            shift(m, op);
        else
            do_unknown(m, in);
        break;
    case I_push:
    case I_pop:
        push_or_pop(m, op == I_push);
        break;
    case I_out:
        give_up(m); /* another value in each round */
        break;
    default:
        if (op_class(&m->s->op) == OC_SETCC)
            set_byte(m);
        else if (op_class(&m->s->op) == OC_CMOVCC)
            move_if(m);
        else
            add_or_subtract(m, op);
    }
}

/* Are its address and the stack's the same in each round? */
static bool addresses_same(const struct mind *m)
{
    const struct op *o = &m->s->op;
    struct number sp = mind_get(m, ESP, 4, false), base = mind_constant(0), index = base;
    if ((o->flags & OPF_MEM) && op_operation(o) != I_lea) {
        base = address_part(m, o->base);
        index = address_part(m, o->index);
    }
    return sp.in.low == sp.in.high && base.in.low == base.in.high && index.in.low == index.in.high;
}

void mind_do(struct mind *m)
{
    const struct op *o = &m->s->op;
    enum operation op = op_operation(o);
    if (!addresses_same(m)) {
        give_up(m);
        return;
    }
    switch (op) {
    case I_in:
        port_in(m);
        return;
    case I_rdtsc:
        time_stamp(m);
        return;
    case I_lea:
        lea(m);
        return;
    case I_loop:
    case I_loopz:
    case I_loopnz:
    case I_jcxz:
        count_down(m, op);
        return;
    default:
        break;
    }
    if (op_class(o) == OC_JCC) {
        branch(m, condition(m, (unsigned)op_condition(o)));
        return;
    }
    bool known = plain(o), away = far(op);
    struct inputs in = inputs(m, known || away);
    if (away && !far_possible(m, op))
        give_up(m);
    else if (in.same)
        do_same(m);
    else if (known)
        do_plain(m, in);
    else
        do_unknown(m, in);
}
