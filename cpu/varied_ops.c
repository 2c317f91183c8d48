/*
 * varied_ops.c - what an instruction makes of ranges: see varied_mind.h.
 *
 * An instruction whose inputs are the same in each round does the same, and what that is has been
 * watched. Of the others the common ones are known: copies, sums, comparisons, masks, shifts. Any
 * other leaves behind what nobody knows, or ends it all when it could fault, or go elsewhere.
 */
#include "cpu/varied_ops.h"

#include "cpu/spin.h"

/* ---- sums, masks, shifts ---- */

static void add_or_subtract(struct mind *m, enum operation op)
{
    static const struct range none = {0, 0};
    struct number a = mind_operand(m, 0), b = mind_constant(1);
    struct range carry = none;
    struct mind_flags f;
    u32 written = FL_ALL;
    bool minus = op != I_add && op != I_inc && op != I_adc, carried = op == I_adc || op == I_sbb;
    if (op == I_inc || op == I_dec)
        written &= ~FL_CF;
    else if (op != I_neg)
        b = mind_operand(m, 1);
    if (op == I_neg) {
        b = a;
        a = mind_constant(0);
    }
    if (carried && !(m->fl.known & FL_CF))
        carry.high = 1;
    else if (carried)
        carry.low = carry.high = fl_cf(m->fl.is);
    bool wrong = a.wrong || b.wrong || (carried && (m->fl.wrong & FL_CF));
    struct number n = number_sum(m, a, b, carry, mind_size(m), minus, &f);
    n.wrong = wrong && n.in.low != n.in.high;
    mind_set_flags(m, written, &f, wrong);
    if (op != I_cmp)
        mind_result(m, 0, n);
}

static void logic(struct mind *m, enum operation op)
{
    struct number a = mind_operand(m, 0), b = mind_operand(m, 1), n = {.vague = true};
    struct mind_flags f = {.known = FL_CF | FL_OF | FL_AF};
    unsigned at = operand_register(&m->s->op, 0), size = mind_size(m);
    bool masks = op == I_and || op == I_test;
    bool itself = at < 32 && at == operand_register(&m->s->op, 1), wrong = a.wrong || b.wrong;
    if (op == I_xor && itself)
        n = mind_constant(0);
    else if ((masks || op == I_or) && itself)
        n = a;
    else if (masks && number_keeps(&a, &b))
        n = a;
    else
        n.in = range_bitwise(a.in, b.in, op);
    n.in.high &= number_mask(size);
    if (n.in.low == n.in.high)
        n = mind_constant(n.in.low);
    else
        n.wrong = wrong;
    flags_know_result(&f, n.in, size);
    mind_set_flags(m, FL_ALL, &f, n.wrong);
    if (op != I_test)
        mind_result(m, 0, n);
}

static void complement(struct mind *m)
{
    struct number n = mind_operand(m, 0);
    u32 mask = number_mask(mind_size(m));
    n.in = (struct range){~n.in.high & mask, ~n.in.low & mask};
    n.is = ~n.is & mask;
    n.step = 0u - n.step;
    mind_result(m, 0, n);
}

static void swap(struct mind *m)
{
    unsigned at = operand_register(&m->s->op, 0);
    if (at == 32) {
        mind_result(m, 0, number_swapped(mind_operand(m, 0)));
    } else {
        struct number low = mind_get(m, at / 4, 1, false), high = mind_get(m, at / 4, 1, true);
        mind_set(m, at / 4, 1, false, high);
        mind_set(m, at / 4, 1, true, low);
    }
}

static void shift(struct mind *m, enum operation op)
{
    const struct op *o = &m->s->op;
    unsigned size = mind_size(m), count = o->imm & 31;
    u32 mask = number_mask(size), written = op_row(o)->fl_write;
    struct number a = mind_operand(m, 0), n = {.in = {0, mask}, .vague = true, .wrong = a.wrong};
    struct mind_flags f = {0};
    if (!row_counts_by_immediate(op_row(o))) {
        mind_give_up(m);
        return;
    }
    if (!count)
        return;
    if (op == I_rol || op == I_ror) {
        mind_set_flags(m, written, &f, a.wrong);
        if (size == 2 && count == 8)
            swap(m);
        else
            mind_result(m, 0, n);
        return;
    }
    if (op == I_shl && (u64)a.in.high << count <= mask)
        n.in = (struct range){a.in.low << count, a.in.high << count};
    else if (op == I_shr)
        n.in = (struct range){a.in.low >> count, a.in.high >> count};
    n = n.in.low == n.in.high ? mind_constant(n.in.low) : n;
    flags_know_result(&f, n.in, size);
    mind_set_flags(m, written, &f, a.wrong);
    mind_result(m, 0, n);
}

/* ---- copies ---- */

static void extend(struct mind *m)
{
    struct number n = mind_operand(m, 1);
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
    mind_result(m, 0, n);
}

static void exchange(struct mind *m)
{
    struct number a = mind_operand(m, 0), b = mind_operand(m, 1);
    mind_result(m, 0, b);
    mind_result(m, 1, a);
}

static void push_or_pop(struct mind *m, bool push)
{
    unsigned size = m->s->op.flags & OPF_O16 ? 2 : 4;
    if (op_operand_bytes(&m->s->op, 0) != size || operand_in_memory(&m->s->op, 0))
        mind_give_up(m);
    else if (push)
        mind_stored(m, size, mind_operand(m, 0));
    mind_set(m, ESP, 4, false, mind_constant(m->after[ESP]));
    if (!push && !m->failed)
        mind_result(m, 0, mind_loaded(m, size));
}

/* ---- what depends on a condition ---- */

static void branch(struct mind *m, struct tri taken)
{
    if (!taken.known)
        mind_give_up(m);
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
        n = number_sum(m, n, mind_constant(1), none, size, true, &f);
        mind_set(m, ECX, size, false, n);
    }
    branch(m, is_zero(n));
    if ((op == I_loopz || op == I_loopnz) && !is_zero(n).is)
        branch(m, mind_flag(m, FL_ZF));
}

static void set_byte(struct mind *m)
{
    struct tri t = mind_condition(m, (unsigned)op_condition(&m->s->op));
    struct number n = {.in = {0, 1}, .vague = true, .wrong = m->fl.wrong};
    mind_result(m, 0, t.known ? mind_constant(t.is) : n);
}

static void move_if(struct mind *m)
{
    struct tri t = mind_condition(m, (unsigned)op_condition(&m->s->op));
    struct number a = mind_operand(m, 0), b = mind_operand(m, 1);
    if (t.known) {
        if (t.is)
            mind_result(m, 0, b);
        return;
    }
    struct number n = {.in = a.in, .vague = true, .wrong = m->fl.wrong || a.wrong || b.wrong};
    n.in.low = b.in.low < n.in.low ? b.in.low : n.in.low;
    n.in.high = b.in.high > n.in.high ? b.in.high : n.in.high;
    mind_result(m, 0, n);
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
        mind_give_up(m);
        return;
    }
    struct number n = mind_constant(s->access[i].value);
    if (v->curved[i]) {
        n = (struct number){.vague = true};
        if (v->curve[i].at < v->began || !curve_within(&v->curve[i], m->ns, &n.in))
            mind_give_up(m);
        if (n.in.low == n.in.high)
            n = mind_constant(n.in.low);
    }
    mind_result(m, 0, n);
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
        stores += mind_touches(m)[i].write;
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
        unsigned at = operand_register(o, i);
        char access = row_access(r, i);
        if (at < 32 && (access == 'r' || access == 'm'))
            take(&in, mind_get(m, at / 4, op_operand_bytes(o, i), at & 1));
    }
    for (unsigned i = 0; !operands && i < 8; i++)
        if (m->s->reads & R_GPR(i))
            take(&in, mind_get(m, i, 4, false));
    for (unsigned i = 0; i < m->touches; i++) {
        const struct varied_touch *t = &mind_touches(m)[i];
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
        unsigned at = operand_register(o, i), size = op_operand_bytes(o, i);
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
        mind_set_flags(m, written, &f, false);
    m->fl.wrong |= wrong;
    for (unsigned i = 0; i < m->touches; i++) {
        const struct varied_touch *t = &mind_touches(m)[i];
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
        mind_give_up(m);
        return;
    }
    for (unsigned i = 0; i < 8; i++)
        if (m->s->writes & R_GPR(i))
            forget(m, i, in.wrong);
    u32 written = r->fl_write, before = m->fl.wrong;
    mind_set_flags(m, written, &(struct mind_flags){0}, in.wrong);
    m->fl.wrong |= before & written & ~flags_certain(&m->s->op);
}

static struct number address_part(const struct mind *m, u8 offset)
{
    if (offset == ZERO_OFF)
        return mind_constant(0);
    return mind_get(m, (offset - (unsigned)offsetof(struct cpu, gpr)) / 4,
                    m->s->op.flags & OPF_A16 ? 2 : 4, false);
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
        n = number_sum(m, n, index, none, 4, false, &f);
    n = number_sum(m, n, mind_constant(o->disp), none, 4, false, &f);
    if ((o->flags & OPF_A16) || to != 4)
        n = (struct number){.in = {0, number_mask(to)}, .vague = true, .wrong = n.wrong};
    mind_result(m, 0, n);
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
            operand_register(&m->s->op, 1) == 32)
            mind_result(m, 0, mind_operand(m, 1));
        else
            mind_give_up(m); /* a segment register */
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
        mind_give_up(m); /* another value in each round */
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
        mind_give_up(m);
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
        branch(m, mind_condition(m, (unsigned)op_condition(o)));
        return;
    }
    bool known = plain(o), away = far(op);
    struct inputs in = inputs(m, known || away);
    if (away && !far_possible(m, op))
        mind_give_up(m);
    else if (in.same)
        do_same(m);
    else if (known)
        do_plain(m, in);
    else
        do_unknown(m, in);
}
