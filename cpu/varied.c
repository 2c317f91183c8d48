/*
 * varied.c - rounds that read counts: what was watched, and for how many rounds it goes on; see
 * varied.h.
 *
 * The argument is an induction, as in drift.c. That a register, a flag or a word of memory is the
 * same when each round begins, or differs by the same step, is assumed where it looks so; else it
 * is vague, and may be anything then. The round is done with that, and what it leaves behind has to
 * be what was assumed; where it is not, less is assumed, until it is. Nothing that is vague is
 * known behind the rounds that were passed. So it is wrong at first; it is seen, in the same way,
 * how many rounds it takes until nothing is that depends on it.
 */
#include "cpu/varied.h"

#include "cpu/blocks/block.h"
#include "cpu/spin.h"
#include "cpu/varied_mind.h"

#include <string.h>

enum {
    FEWEST = 8,      /* rounds that are worth it */
    MOST_SETTLE = 3, /* rounds until everything is right */
    MOST = 1 << 24,
    FINE = 32, /* of the rounds that can be passed, one in so many may be given away */
};

/* ---- what was watched ---- */

void varied_begin(struct cpu *c)
{
    struct varied *v = &c->spin->varied;
    v->steps = v->touches = 0;
    v->any = false;
    v->whole = v->wanted;
    v->began = v->wanted ? c->bus.time_ns(c->bus.owner) : 0;
}

void varied_before(struct cpu *c, const struct block *b, u64 reads, u64 writes)
{
    struct varied *v = &c->spin->varied;
    if (!v->whole || v->steps == VARIED_STEPS) {
        v->whole = false;
        return;
    }
    struct varied_step *s = &v->step[v->steps++];
    s->op = *b->op;
    s->reads = reads;
    s->writes = writes;
    memcpy(s->gpr, c->gpr, sizeof s->gpr);
    s->fl = c->fl;
    s->phys = b->phys;
    s->phys2 = b->phys2;
    s->bytes = b->bytes;
    s->straddles = b->straddles;
    s->touch = (u8)v->touches;
    s->access = (u8)c->spin->accesses;
}

/* ---- memory ---- */

static bool overlap(const u8 *a, u32 n, const u8 *b, u32 m)
{
    uintptr_t x = (uintptr_t)a, y = (uintptr_t)b;
    return x < y + m && y < x + n;
}

/* Does the round write to its own instructions? */
static bool writes_itself(const struct cpu *c, const struct varied_touch *t)
{
    const struct varied *v = &c->spin->varied;
    for (unsigned i = 0; i < v->steps; i++) {
        const struct varied_step *s = &v->step[i];
        u32 offset = s->phys & PAGE_MASK, room = PAGE_SIZE - offset;
        const u8 *first = c->phys->page[s->phys >> PAGE_SHIFT].host;
        if (overlap(t->at, t->size, first + offset, s->bytes < room ? s->bytes : room))
            return true;
        if (s->straddles &&
            overlap(t->at, t->size, c->phys->page[s->phys2 >> PAGE_SHIFT].host, s->bytes - room))
            return true;
    }
    return false;
}

static const struct varied_touch *first_touch(const struct varied *v, const struct mind_cell *k)
{
    const struct varied_touch *t = v->touch;
    while (t->at != k->at || t->size != k->size)
        t++;
    return t;
}

/* The words that the round writes to, all of one size. false: there are others. */
static bool find_cells(struct mind *m)
{
    const struct varied *v = &m->c->spin->varied;
    const struct varied_touch *end = v->touch + v->touches;
    m->cells = 0;
    for (const struct varied_touch *t = v->touch; t < end; t++) {
        if (!t->write || mind_cell(m, t->at, t->size))
            continue;
        if (t->size > 4 || m->cells == VARIED_CELLS || writes_itself(m->c, t))
            return false;
        m->cell[m->cells++] = (struct mind_cell){.at = t->at, .size = t->size};
    }
    for (const struct varied_touch *t = v->touch; t < end; t++)
        for (unsigned i = 0; i < m->cells; i++)
            if (overlap(t->at, t->size, m->cell[i].at, m->cell[i].size) &&
                (t->at != m->cell[i].at || t->size != m->cell[i].size))
                return false;
    return true;
}

/* ---- what is assumed of the rounds' beginning ---- */

struct assumed {
    struct varied_reg_assumed {
        u32 is, step;
        u8 vague;
    } reg[8];
    u32 flags; /* that are the same */
    struct {
        u32 is, step;
        bool vague;
    } cell[VARIED_CELLS];
};

static u8 bytes_that_differ(u32 a, u32 b)
{
    u8 differ = 0;
    for (unsigned i = 0; i < 4; i++)
        differ |= (u8)(((a ^ b) >> (8 * i) & 0xff ? 1u : 0u) << i);
    return differ;
}

static u32 word_at(const u8 *at, unsigned size)
{
    u32 v = 0;
    memcpy(&v, at, size);
    return v;
}

/* At first: that everything goes on as in the round that was watched. */
static void assume(const struct mind *m, struct assumed *a)
{
    const struct cpu *c = m->c;
    const struct varied *v = &c->spin->varied;
    for (unsigned i = 0; i < 8; i++) {
        u32 was = v->step[0].gpr[i];
        a->reg[i] = (struct varied_reg_assumed){was, c->gpr[i] - was, 0};
    }
    a->flags = ~(v->step[0].fl ^ c->fl) & FL_ALL;
    for (unsigned i = 0; i < m->cells; i++) {
        const struct mind_cell *k = &m->cell[i];
        a->cell[i].is = first_touch(v, k)->was;
        a->cell[i].step = word_at(k->at, k->size) - a->cell[i].is;
        a->cell[i].vague = k->size != 4 && a->cell[i].step;
    }
}

static void begin_register(struct mind *m, unsigned i, const struct varied_reg_assumed *a, u8 wrong)
{
    struct mind_register *r = &m->reg[i];
    *r = (struct mind_register){.is = a->is};
    mind_set(m, i, 4, false, mind_stepping(m, a->is, a->vague ? 0 : a->step));
    if (!a->vague)
        return;
    u32 any = 0;
    for (unsigned k = 0; k < 4; k++)
        any |= (a->vague >> k & 1 ? 0xffu : 0) << (8 * k);
    r->whole = (struct range){a->is & ~any, a->is | any};
    r->half = (struct range){r->whole.low & 0xffff, r->whole.high & 0xffff};
    r->low = (struct range){r->half.low & 0xff, r->half.high & 0xff};
    r->high = (struct range){r->half.low >> 8, r->half.high >> 8};
    r->vague = a->vague;
    r->wrong = wrong;
}

/* What of each is wrong when a round begins. */
struct wrong {
    u8 reg[8];
    u32 flags;
    bool cell[VARIED_CELLS];
};

static void begin(struct mind *m, const struct assumed *a, const struct wrong *w)
{
    const struct varied_step *first = m->c->spin->varied.step;
    for (unsigned i = 0; i < 8; i++)
        begin_register(m, i, &a->reg[i], w->reg[i]);
    m->fl = (struct mind_flags){.known = a->flags, .is = first->fl, .wrong = w->flags};
    for (unsigned i = 0; i < m->cells; i++) {
        struct number *n = &m->cell[i].n;
        *n = mind_stepping(m, a->cell[i].is, a->cell[i].step);
        if (a->cell[i].vague)
            *n = (struct number){{0, number_mask(m->cell[i].size)}, 0, 0, true, w->cell[i]};
    }
    m->failed = false;
}

static void do_round(struct mind *m)
{
    const struct varied *v = &m->c->spin->varied;
    for (unsigned i = 0; i < v->steps && !m->failed; i++) {
        bool last = i + 1 == v->steps;
        m->s = &v->step[i];
        m->after = last ? m->c->gpr : m->s[1].gpr;
        m->fl_after = last ? m->c->fl : m->s[1].fl;
        m->touches = (last ? v->touches : m->s[1].touch) - m->s->touch;
        m->accesses = (last ? m->c->spin->accesses : m->s[1].access) - m->s->access;
        mind_do(m);
    }
}

/* Was it right? What was not is vague from now on. */
static bool confirmed(const struct mind *m, struct assumed *a)
{
    bool right = true;
    for (unsigned i = 0; i < 8; i++) {
        const struct mind_register *r = &m->reg[i];
        u32 is = m->c->gpr[i];
        struct varied_reg_assumed *x = &a->reg[i];
        u8 vague = x->vague | r->vague;
        if (!vague && r->step != x->step)
            vague = 0xf; /* another step, or it is set anew in each round */
        if (vague)
            vague |= r->step ? 0xf : bytes_that_differ(x->is, is);
        right &= vague == x->vague;
        x->vague = vague;
    }
    u32 flags = a->flags & m->fl.known;
    right &= flags == a->flags;
    a->flags = flags;
    for (unsigned i = 0; i < m->cells; i++) {
        const struct number *n = &m->cell[i].n;
        if (a->cell[i].vague || (!n->vague && n->step == a->cell[i].step))
            continue;
        a->cell[i].vague = true;
        right = false;
    }
    return right;
}

/* Do so many rounds behind the one that was watched go as it did? */
static bool goes_on(struct mind *m, u64 rounds, u64 length, struct assumed *a)
{
    const struct wrong none = {0};
    u64 ticks;
    if (__builtin_mul_overflow(rounds, length, &ticks) ||
        ticks > NS_PER_SEC / m->c->bus.time->period * 1000)
        return false;
    m->rounds = rounds;
    m->ns = ticks * m->c->bus.time->period / 1000 + 1;
    assume(m, a);
    do {
        begin(m, a, &none);
        do_round(m);
    } while (!m->failed && !confirmed(m, a));
    return !m->failed;
}

/* ---- until it is right again ---- */

static bool is_wrong(const struct mind *m, struct wrong *w)
{
    bool any = m->fl.wrong;
    w->flags = m->fl.wrong;
    for (unsigned i = 0; i < 8; i++) {
        w->reg[i] = m->reg[i].wrong;
        any |= w->reg[i] != 0;
    }
    for (unsigned i = 0; i < m->cells; i++) {
        w->cell[i] = m->cell[i].n.wrong;
        any |= w->cell[i];
    }
    return any;
}

/* Rounds to be executed until nothing is wrong; more than MOST_SETTLE: too many. */
static unsigned rounds_until_right(struct mind *m, const struct assumed *a)
{
    struct wrong w = {.flags = FL_ALL & ~a->flags};
    unsigned n = 0;
    bool any = w.flags;
    for (unsigned i = 0; i < 8; i++) {
        w.reg[i] = a->reg[i].vague;
        any |= w.reg[i] != 0;
    }
    for (unsigned i = 0; i < m->cells; i++) {
        w.cell[i] = a->cell[i].vague;
        any |= w.cell[i];
    }
    while (any && n++ < MOST_SETTLE) {
        begin(m, a, &w);
        do_round(m);
        any = is_wrong(m, &w);
    }
    return any ? MOST_SETTLE + 1 : n;
}

/* ---- so many rounds ---- */

/* The largest number of rounds, about, for which they go on. a: what is true of them. */
static u64 search(struct mind *m, u64 most, u64 length, struct assumed *a)
{
    u64 low = FEWEST, high = most;
    if (most < FEWEST || !goes_on(m, low, length, a))
        return 0;
    if (goes_on(m, high, length, a))
        return high;
    while (high - low > 1 + low / FINE) {
        u64 middle = high / 4 > low ? 2 * low : low + (high - low) / 2;
        if (goes_on(m, middle, length, a))
            low = middle;
        else
            high = middle;
    }
    return goes_on(m, low, length, a) ? low : 0;
}

/* What has a step is as it is when so many rounds have passed. */
static void move_on(struct mind *m, const struct assumed *a, u64 rounds)
{
    for (unsigned i = 0; i < 8; i++)
        if (!a->reg[i].vague)
            m->c->gpr[i] += (u32)rounds * a->reg[i].step;
    for (unsigned i = 0; i < m->cells; i++) {
        const struct mind_cell *k = &m->cell[i];
        u32 is = word_at(k->at, k->size);
        if (a->cell[i].vague)
            continue;
        is += (u32)rounds * a->cell[i].step;
        memcpy(k->at, &is, k->size);
    }
}

u64 varied_rounds(struct cpu *c, u64 most, u64 length, u64 *settle)
{
    const struct varied *v = &c->spin->varied;
    struct mind m = {.c = c};
    struct assumed a;
    if (!v->whole || !v->any || !v->steps || !c->bus.time || !find_cells(&m))
        return 0;
    u64 n = search(&m, most < MOST ? most : MOST, length, &a);
    unsigned k = n ? rounds_until_right(&m, &a) : 0;
    if (k > MOST_SETTLE || n <= k)
        return 0;
    move_on(&m, &a, n - k);
    *settle = k;
    return n - k;
}
