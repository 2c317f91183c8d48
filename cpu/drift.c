/*
 * drift.c - loops that wait and count: rounds that differ by steps, see spin.h. A driver that polls
 * a status a hundred thousand times at most, a microsecond of RDTSC apart, is one.
 *
 * The argument is an induction. Let what drifts be v + r * step in round r, and everything else the
 * same in each. One round is executed for r = 0, each of its instructions by the processor as ever,
 * and the step of whatever it writes is computed beside it. An instruction that reads nothing that
 * drifts does the same in each round. Of those that do, only a few kinds are allowed: copies, LEA,
 * sums, differences and comparisons of 32 bits, or of 16 in registers, and LOOP. The operands and
 * the result of these must not change their top bits, nor the result become 0, in the rounds that
 * are skipped: CF, OF, SF and ZF are then the same in all of them, and so is the way that branches
 * take. (The carry out of a sum is made of the three top bits.) PF and AF are not, and may not be
 * read. When at the end of the round everything has the step that it was assumed to have, the next
 * rounds are alike. Values of 16 bits are looked at 2^16 times as large, so that their top bits are
 * where the others' are; that these stay means that nothing is carried into a register's upper
 * half.
 *
 * RDTSC gives what differs by the same step if a round's time is a whole number of its counts; its
 * lower half must not overflow meanwhile, so that the upper one stays.
 */
#include "cpu/spin.h"

#include "cpu/blocks/block.h"
#include "cpu/decode/query.h"

#include <string.h>

#define VAGUE (FL_PF | FL_AF)

static void give_up(struct drift *d)
{
    d->failed = true;
}

/* ---- for how many rounds ---- */

/* v is of this round: for how many more does it stay within low to high? */
static u64 rounds_within(struct drift_value v, u32 low, u32 high)
{
    if (!v.step)
        return UINT64_MAX;
    if (v.is < low || v.is > high)
        return 0;
    return v.step >> 31 ? (v.is - low) / (0u - v.step) : (high - v.is) / v.step;
}

static void bound(struct drift *d, u64 rounds)
{
    d->most = rounds < d->most ? rounds : d->most;
}

/* The top bit stays as it is; and what is not 0 becomes so no more than the other way round. */
static void keep_sign(struct drift *d, struct drift_value v, bool zero_matters)
{
    bool negative = v.is >> 31;
    bound(d, rounds_within(v, negative ? 0x80000000 : zero_matters, negative ? ~0u : 0x7fffffff));
}

/* ---- memory that drifts ---- */

/* By the host's addresses: the guest may have the same memory at several of its own. */
static bool overlap(const u8 *a, u32 n, const u8 *b, u32 m)
{
    uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;
    return x < y + m && y < x + n;
}

/*
 * An instruction that drifts would be another one in each round. It is looked for when it begins:
 * before or behind the store that changes it. What else was decoded there that store has dropped.
 */
static bool drifts_itself(const struct cpu *c, const struct block *b)
{
    const struct drift_round *r = &c->spin->drift.round;
    const struct phys_page *page = &c->phys->page[b->phys >> PAGE_SHIFT];
    u32 offset = b->phys & PAGE_MASK, room = PAGE_SIZE - offset;
    for (unsigned i = 0; i < r->cells; i++) {
        const u8 *at = r->cell[i].at;
        if (overlap(at, 4, page->host + offset, b->bytes < room ? b->bytes : room))
            return true;
        if (b->straddles &&
            overlap(at, 4, c->phys->page[b->phys2 >> PAGE_SHIFT].host, b->bytes - room))
            return true;
    }
    return false;
}

static void remove_cell(struct drift *d, unsigned i)
{
    d->now.cell[i] = d->now.cell[--d->now.cells];
}

/* What was stored there has this step now. */
static void set_cell(struct cpu *c, const struct drift_touch *t, u32 step)
{
    struct drift *d = &c->spin->drift;
    for (unsigned i = d->now.cells; i-- > 0;) {
        const u8 *at = d->now.cell[i].at;
        if (at == t->at && t->size == 4)
            remove_cell(d, i);
        else if (overlap(at, 4, t->at, t->size))
            give_up(d);
    }
    if (!step)
        return;
    if (d->now.cells == DRIFT_CELLS) {
        give_up(d);
        return;
    }
    d->now.cell[d->now.cells++] = (struct drift_cell){.step = step, .at = t->at};
}

static bool loads_what_drifts(const struct drift *d)
{
    for (unsigned i = 0; i < d->touches; i++)
        for (unsigned k = 0; !d->touch[i].write && k < d->now.cells; k++)
            if (overlap(d->touch[i].at, d->touch[i].size, d->now.cell[k].at, 4))
                return true;
    return false;
}

static const struct drift_touch *sole_touch(struct drift *d, bool write)
{
    const struct drift_touch *found = NULL;
    for (unsigned i = 0; i < d->touches; i++) {
        if (d->touch[i].write != write)
            continue;
        if (found || d->touch[i].size != 4) {
            give_up(d);
            return NULL;
        }
        found = &d->touch[i];
    }
    if (!found)
        give_up(d);
    return found;
}

static struct drift_value loaded(struct drift *d)
{
    const struct drift_touch *t = sole_touch(d, false);
    struct drift_value v = {0, 0};
    if (!t)
        return v;
    v.is = t->was;
    for (unsigned k = 0; k < d->now.cells; k++) {
        if (d->now.cell[k].at == t->at)
            v.step = d->now.cell[k].step;
        else if (overlap(d->now.cell[k].at, 4, t->at, 4))
            give_up(d);
    }
    return v;
}

static void stored(struct cpu *c, u32 step)
{
    const struct drift_touch *t = sole_touch(&c->spin->drift, true);
    if (t)
        set_cell(c, t, step);
}

/* ---- operands of 32 bits ---- */

static bool in_memory(const struct op *o, unsigned i)
{
    u8 kind = op_row(o)->operand[i];
    return kind_among(kind, KINDS_MOFFS) ||
           ((o->flags & OPF_MEM) && kind_among(kind, KINDS_MAYBE_MEMORY));
}

/* The number of a register; 8: it is none. */
static unsigned register_of(const struct op *o, unsigned i)
{
    enum { GPR = offsetof(struct cpu, gpr) };
    if (in_memory(o, i))
        return 8;
    switch ((enum operand)op_row(o)->operand[i]) {
    case Ev:
    case Zv:
        return (o->r1 - (unsigned)GPR) / 4 & 7;
    case Gv:
        return (o->r2 - (unsigned)GPR) / 4 & 7;
    case eAX:
        return EAX;
    default:
        return 8;
    }
}

/* As large as the present instruction sees it. */
static struct drift_value sized(const struct drift *d, u32 is, u32 step)
{
    return (struct drift_value){is << d->shift, step << d->shift};
}

static struct drift_value operand(struct drift *d, unsigned i)
{
    const struct op *o = &d->is->op;
    unsigned reg = register_of(o, i);
    if (in_memory(o, i))
        return loaded(d);
    if (reg < 8)
        return sized(d, d->gpr[reg], d->now.step[reg]);
    if (!kind_among(op_row(o)->operand[i], KIND(Ibs) | KIND(Iz)))
        give_up(d);
    return sized(d, o->imm, 0);
}

static void set_register(struct cpu *c, unsigned reg, struct drift_value v)
{
    struct drift *d = &c->spin->drift;
    u32 old = d->gpr[reg], step = d->now.step[reg], kept = d->shift ? old & 0xffff0000 : 0;
    if (d->shift) { /* the upper half stays, in all rounds */
        if (step != (u32)(s16)step)
            give_up(d);
        keep_sign(d, sized(d, old, step), false);
        keep_sign(d, v, false);
    }
    if (c->gpr[reg] != (kept | v.is >> d->shift))
        give_up(d);
    d->now.step[reg] = (u32)((s32)v.step >> d->shift);
}

/* The first operand is this now. */
static void result(struct cpu *c, struct drift_value v)
{
    struct drift *d = &c->spin->drift;
    unsigned reg = register_of(&d->is->op, 0);
    if (in_memory(&d->is->op, 0))
        stored(c, v.step);
    else if (reg < 8)
        set_register(c, reg, v);
    else
        give_up(d);
}

static bool same_register(const struct op *o)
{
    return register_of(o, 0) < 8 && register_of(o, 0) == register_of(o, 1);
}

/* ---- instructions that read what drifts ---- */

static void flags_of(struct drift *d, struct drift_value a, struct drift_value b,
                     struct drift_value r)
{
    keep_sign(d, a, false);
    keep_sign(d, b, false);
    keep_sign(d, r, true);
    d->a = a;
    d->b = b;
    d->result = r;
    d->made_shift = d->shift;
    d->made = true;
    d->vague = VAGUE;
}

static void add(struct cpu *c, bool carry)
{
    struct drift *d = &c->spin->drift;
    struct drift_value a = operand(d, 0), b = sized(d, 1, 0);
    if (op_operation(&d->is->op) != I_inc)
        b = operand(d, 1);
    u32 more = (u32)(carry && fl_cf(d->fl)) << d->shift;
    struct drift_value r = {a.is + b.is + more, a.step + b.step};
    flags_of(d, a, b, r);
    result(c, r);
}

static void subtract(struct cpu *c, bool carry)
{
    struct drift *d = &c->spin->drift;
    enum operation op = op_operation(&d->is->op);
    struct drift_value a = operand(d, 0), b = sized(d, 1, 0);
    if (op != I_dec)
        b = operand(d, 1);
    u32 less = (u32)(carry && fl_cf(d->fl)) << d->shift;
    struct drift_value r = {a.is - b.is - less, a.step - b.step};
    flags_of(d, a, b, r);
    if (op != I_cmp)
        result(c, r);
}

/* TEST, AND, OR of a register with itself: CF, OF and AF are 0. */
static void test(struct drift *d)
{
    if (!same_register(&d->is->op)) {
        give_up(d);
        return;
    }
    struct drift_value zero = {0, 0}, r = operand(d, 0);
    flags_of(d, zero, zero, r);
    d->vague = FL_PF;
}

/* XOR, SUB of a register with itself */
static void clear(struct cpu *c)
{
    c->spin->drift.vague = 0;
    result(c, (struct drift_value){0, 0});
}

static void lea(struct cpu *c)
{
    struct drift *d = &c->spin->drift;
    const struct op *o = &d->is->op;
    unsigned reg = register_of(o, 0), step = 0;
    if ((o->flags & OPF_A16) || reg == 8) {
        give_up(d);
        return;
    }
    if (o->base != ZERO_OFF)
        step += d->now.step[(o->base - offsetof(struct cpu, gpr)) / 4];
    if (o->index != ZERO_OFF)
        step += d->now.step[(o->index - offsetof(struct cpu, gpr)) / 4] << o->shift;
    d->now.step[reg] = step;
}

/* Does a register of the address drift? */
static bool address_drifts(const struct drift *d)
{
    const struct op *o = &d->is->op;
    if (!(o->flags & OPF_MEM))
        return false;
    return (o->base != ZERO_OFF && d->now.step[(o->base - offsetof(struct cpu, gpr)) / 4]) ||
           (o->index != ZERO_OFF && d->now.step[(o->index - offsetof(struct cpu, gpr)) / 4]);
}

/* LOOP, LOOPZ and LOOPNZ go on until the count is 0, and leave the flags alone. */
static void count_down(struct cpu *c)
{
    struct drift *d = &c->spin->drift;
    d->shift = d->is->op.flags & OPF_A16 ? 16 : 0;
    struct drift_value a = sized(d, d->gpr[ECX], d->now.step[ECX]), one = sized(d, 1, 0);
    struct drift_value r = {a.is - one.is, a.step};
    keep_sign(d, a, false);
    keep_sign(d, r, true);
    set_register(c, ECX, r);
}

static void with_drift(struct cpu *c)
{
    struct drift *d = &c->spin->drift;
    const struct op *o = &d->is->op;
    enum operation op = op_operation(o);
    if (op == I_loop || op == I_loopz || op == I_loopnz) {
        count_down(c);
        return;
    }
    d->shift = op_size(o) == 2 ? 0 : 16;
    if (!op_size(o) || (d->shift && (op == I_lea || (o->flags & OPF_MEM))) ||
        (op != I_lea && address_drifts(d)) || d->now.step[ESP]) {
        give_up(d);
        return;
    }
    switch (op) {
    case I_mov:
        result(c, operand(d, 1));
        break;
    case I_push:
        stored(c, operand(d, 0).step);
        break;
    case I_pop:
        result(c, loaded(d));
        break;
    case I_lea:
        lea(c);
        break;
    case I_add:
    case I_inc:
    case I_adc:
        add(c, op == I_adc);
        break;
    case I_xor:
    case I_sub:
        if (same_register(o))
            clear(c);
        else if (op == I_sub)
            subtract(c, false);
        else
            give_up(d);
        break;
    case I_cmp:
    case I_dec:
    case I_sbb:
        subtract(c, op == I_sbb);
        break;
    case I_test:
    case I_and:
    case I_or:
        test(d);
        break;
    default:
        give_up(d);
    }
}

/* ---- instructions that do the same in each round ---- */

/* Does it write all of each register that it writes, whatever its operands are? */
static bool writes_whole(const struct op *o)
{
    switch (op_operation(o)) {
    case I_rdtsc:
        return true;
    case I_mov:
    case I_movzx:
    case I_movsx:
    case I_lea:
    case I_pop:
    case I_imul3:
        return op_size(o) == 2;
    default:
        return false;
    }
}

static void without_drift(struct cpu *c)
{
    struct drift *d = &c->spin->drift;
    const struct op *o = &d->is->op;
    for (unsigned i = 0; i < 8; i++) {
        if (!(d->is->writes & R_GPR(i)) || !d->now.step[i])
            continue;
        if (!writes_whole(o))
            give_up(d);
        d->now.step[i] = 0;
    }
    u32 written = op_row(o)->fl_write, certain = op_flags_overwritten(o);
    if ((o->flags & (OPF_REP | OPF_REPNE)) && op_operation(o) != I_nop)
        certain = 0; /* none of them with a count of 0 */
    if (d->vague & written & ~certain)
        give_up(d);
    d->vague &= ~certain;
    for (unsigned i = 0; i < d->touches; i++)
        if (d->touch[i].write)
            set_cell(c, &d->touch[i], 0);
    if (op_operation(o) == I_rdtsc) {
        d->now.step[EAX] = d->tsc_step;
        bound(d, rounds_within((struct drift_value){c->gpr[EAX], d->tsc_step}, 0, ~0u));
    }
}

/* What looks at flags or registers in ways that nobody here knows. */
static bool possible(const struct drift *d)
{
    const u64 segments = 0x3full << 8;
    switch (op_operation(&d->is->op)) {
    case I_int:
    case I_iret:
    case I_call_far:
    case I_jmp_far:
    case I_retf:
    case I_pusha:
    case I_popa:
    case I_enter:
    case I_pushf:
    case I_popf:
        return false;
    case I_rdtsc:
        return d->tsc_step;
    default:
        return !(d->is->writes & segments) && !(op_row(&d->is->op)->fl_read & d->vague);
    }
}

/* ---- a round ---- */

/* By how much does the counter grow in this time? 0: by different amounts, perhaps. */
static u32 tsc_step(const struct cpu *c, u64 instructions, u64 length)
{
    u64 step = instructions;
    if (c->bus.time_ns) {
        if (!c->bus.time || length >= NS_PER_SEC / c->bus.time->period)
            return 0;
        u64 ps = length * c->bus.time->period; /* less than a millisecond */
        u64 counts = ps / 1000 * c->tsc_hz;
        if (ps % 1000 || counts % NS_PER_SEC || c->tsc_hz > 1000 * NS_PER_SEC)
            return 0;
        step = counts / NS_PER_SEC;
    }
    return step < 0x80000000 ? (u32)step : 0;
}

/* A word that one round has changed. */
static bool changed_word(const struct spin_store *t, struct drift_cell *cell)
{
    u32 old, is;
    memcpy(&old, t->old, 4);
    memcpy(&is, t->at, 4);
    *cell = (struct drift_cell){.step = is - old, .at = t->at};
    return t->size == 4;
}

bool drift_observe(struct cpu *c, u64 instructions, u64 length)
{
    const struct spin *s = c->spin;
    struct drift *d = &c->spin->drift;
    struct drift_round *r = &d->round;
    d->known = d->trying = false;
    r->cells = 0;
    for (unsigned i = 0; i < 8; i++)
        r->step[i] = c->gpr[i] - s->place.gpr[i];
    for (const struct spin_store *t = s->store; t < s->store + s->stores; t++) {
        struct drift_cell cell;
        if (memcmp(t->at, t->old, t->size) == 0)
            continue;
        if (!changed_word(t, &cell) || r->cells == DRIFT_CELLS)
            return false;
        r->cell[r->cells++] = cell;
    }
    if (r->step[ESP])
        return false;
    d->lin = c->seg[SEG_CS].base + c->eip;
    d->instructions = instructions;
    d->length = length;
    return d->known = true;
}

void drift_begin(struct cpu *c)
{
    struct drift *d = &c->spin->drift;
    d->trying = true;
    d->failed = d->made = false;
    d->now = d->round;
    d->vague = VAGUE;
    d->most = UINT64_MAX;
    d->tsc_step = tsc_step(c, d->instructions, d->length);
    d->is = NULL;
}

void drift_before(struct cpu *c, const struct spin_known *k, const struct block *b)
{
    struct drift *d = &c->spin->drift;
    if (drifts_itself(c, b))
        give_up(d);
    d->is = k;
    d->touches = 0;
    d->fl = c->fl;
    memcpy(d->gpr, c->gpr, sizeof d->gpr);
}

bool drift_after(struct cpu *c)
{
    struct drift *d = &c->spin->drift;
    bool drifts = false;
    if (!d->is || !possible(d))
        give_up(d);
    if (d->failed)
        return false;
    for (unsigned i = 0; i < 8; i++)
        drifts |= d->now.step[i] && (d->is->reads & R_GPR(i));
    if (drifts || loads_what_drifts(d))
        with_drift(c);
    else
        without_drift(c);
    return !d->failed;
}

static const struct drift_cell *cell_of(const struct drift_round *r, const u8 *at)
{
    for (unsigned i = 0; i < r->cells; i++)
        if (r->cell[i].at == at)
            return &r->cell[i];
    return NULL;
}

/* Has memory changed by the steps, and not otherwise? */
static bool memory_as_expected(const struct spin *s, const struct drift_round *r)
{
    unsigned met = 0;
    for (const struct spin_store *t = s->store; t < s->store + s->stores; t++) {
        const struct drift_cell *e = cell_of(r, t->at);
        struct drift_cell is;
        if (e && t->size == 4) {
            if (!changed_word(t, &is) || is.step != e->step)
                return false;
            met++;
        } else if (memcmp(t->at, t->old, t->size) != 0) {
            return false;
        }
    }
    return met == r->cells;
}

u64 drift_rounds(struct cpu *c, u64 instructions, u64 length)
{
    const struct spin *s = c->spin;
    struct drift *d = &c->spin->drift;
    const struct drift_round *r = &d->round;
    d->trying = false;
    if (d->failed || instructions != d->instructions || length != d->length ||
        d->now.cells != r->cells || ((c->fl ^ s->place.fl) & FL_ALL & ~VAGUE))
        return 0;
    for (unsigned i = 0; i < 8; i++)
        if (d->now.step[i] != r->step[i] || c->gpr[i] - s->place.gpr[i] != r->step[i])
            return 0;
    for (unsigned i = 0; i < r->cells; i++) {
        const struct drift_cell *n = cell_of(&d->now, r->cell[i].at);
        if (!n || n->step != r->cell[i].step)
            return 0;
    }
    return memory_as_expected(s, r) ? d->most : 0;
}

/* PF and AF as the last of the rounds leaves them. */
static void pass_flags(struct cpu *c, u32 n)
{
    const struct drift *d = &c->spin->drift;
    if (!d->made || !d->vague)
        return;
    u32 a = (d->a.is + n * d->a.step) >> d->made_shift;
    u32 b = (d->b.is + n * d->b.step) >> d->made_shift;
    u32 r = (d->result.is + n * d->result.step) >> d->made_shift, fl = 0;
    if (!__builtin_parity(r & 0xff))
        fl |= FL_PF;
    if ((a ^ b ^ r) & 0x10)
        fl |= FL_AF;
    c->fl = (c->fl & ~d->vague) | (fl & d->vague);
}

void drift_pass(struct cpu *c, u64 rounds)
{
    const struct drift_round *r = &c->spin->drift.now; /* with where its words are now */
    u32 n = (u32)rounds;
    for (unsigned i = 0; i < 8; i++)
        c->gpr[i] += n * r->step[i];
    for (unsigned i = 0; i < r->cells; i++) {
        u32 v;
        memcpy(&v, r->cell[i].at, 4);
        v += n * r->cell[i].step;
        memcpy(r->cell[i].at, &v, 4);
    }
    pass_flags(c, n);
}
