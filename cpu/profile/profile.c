/*
 * profile.c - the life of a profile, and what the processor tells it. See profile.h.
 */
#include "cpu/profile/private.h"

#include <stdlib.h>
#include <string.h>

struct cpu_profile *cpu_profile_new(const struct cpu_profile_config *config)
{
    struct cpu_profile *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->config = *config;
    p->strands = 1;
    p->head.expect = NO_SYMBOL;
    if (!profile_make_tree(p)) {
        cpu_profile_free(p);
        return NULL;
    }
    return p;
}

void cpu_profile_free(struct cpu_profile *p)
{
    if (!p)
        return;
    profile_forget_calls(p);
    profile_free_places(p);
    profile_free_tree(p);
    free(p);
}

void cpu_profile_clear(struct cpu *c, struct cpu_profile *p)
{
    profile_forget_counts(p);
    profile_forget_calls(p);
    profile_forget_tree(p);
    p->head.expect = NO_SYMBOL;
    p->total = 0;
    p->full = p->places == PROFILE_PLACES;
    p->mark = cpu_executed(c);
}

static void begin(struct cpu *c)
{
    struct cpu_profile *p = c->profile;
    profile_forget_calls(p);
    p->head.expect = NO_SYMBOL;
    p->task = c->tr.base;
    p->mark = cpu_executed(c);
}

/* ---- counting ---- */

void profile_flush(struct cpu *c)
{
    struct cpu_profile *p = c->profile;
    u64 now = cpu_executed(c), n = now - p->mark;
    p->node[p->at].self += n;
    p->total += n;
    p->mark = now;
}

void profile_restart(struct cpu *c)
{
    profile_flush(c);
    begin(c);
}

void profile_loaded(struct cpu *c)
{
    begin(c); /* cpu_run() has charged what it did */
}

/* The chain of calls behind the block that ran last; `to`: the place here, or NULL. */
static void follow(struct cpu *c, struct cpu_place *to)
{
    struct cpu_profile *p = c->profile;
    if (p->head.expect & PROFILE_TURN)
        profile_transition(c, place_number(p, p->head.expect & ~PROFILE_TURN), to);
    p->head.expect = NO_SYMBOL;
}

static void arrive(struct cpu *c, struct cpu_place *k)
{
    struct cpu_profile *p = c->profile;
    profile_flush(c);
    follow(c, k);
    if (p->node[p->at].symbol != k->symbol)
        profile_jumped(c, k->symbol);
}

/* As profile_flush() in front of a block: its instructions have been charged to the budget. */
static inline void flush_before(struct cpu *c, const struct cpu_place *k)
{
    struct cpu_profile *p = c->profile;
    u64 now = c->icount + (u64)((s64)c->slice - c->budget - c->hold - k->count);
    p->node[p->at].self += now - p->mark;
    p->total += now - p->mark;
    p->mark = now;
}

/*
 * The two turns that nearly all are: a call that was made from the same node before, on the same
 * stack, and the return from the innermost call. false: something else, and nothing was done.
 */
static bool usual(struct cpu *c, struct cpu_place *k)
{
    enum { NEAR = 4096 }; /* two notes of one stack */
    struct cpu_profile *p = c->profile;
    struct strand *s = &p->strand[p->present];
    if (!(p->head.expect & PROFILE_TURN) || !s->frames)
        return false;
    const struct cpu_place *from = place_number(p, p->head.expect & ~PROFILE_TURN);
    const struct frame *top = &s->frame[s->frames - 1];
    u32 slot = stack_lin(c);
    if (from->end == END_RET) {
        if (top->slot != slot - from->pop || p->node[top->node].symbol != k->symbol)
            return false;
        flush_before(c, k);
        p->at = top->node;
        s->frames--;
        s->lost = 0;
        return true;
    }
    if (from->end != END_CALL || !k->called || k->caller != p->at || s->frames == s->room ||
        slot >= top->slot || top->slot - slot >= NEAR)
        return false;
    flush_before(c, k);
    s->frame[s->frames++] =
        (struct frame){.slot = slot, .ret = from->lin + from->bytes, .node = p->at};
    p->at = k->called;
    p->node[p->at].calls++;
    return true;
}

void profile_turn(struct cpu *c, struct op *record)
{
    struct cpu_profile *p = c->profile;
    struct cpu_place *k = op_place(record);
    u32 lin = c->seg[SEG_CS].base + c->eip;
    c->slow_op = record; /* for the count of instructions */
    if (k->lin != lin) {
        struct cpu_place *alias = profile_alias(p, k, lin);
        if (alias) {
            k = alias;
            op_set_place(record, k);
        }
    }
    if (k->symbol != p->head.expect && !usual(c, k))
        arrive(c, k);
    p->head.expect = k->after;
    p->head.now = k;
    k->hits++;
}

void profile_early(struct cpu *c, const struct op *o, enum op_status status)
{
    struct cpu_place *place = c->profile->head.now;
    bool done = status != OP_FAULT && status != OP_AGAIN;
    unsigned undone = o->left - (done ? 1u : 0);
    if (!undone)
        return;
    place_left(c->profile, place, undone);
    c->profile->head.expect = place->symbol;
}

void profile_before_delivery(struct cpu *c)
{
    profile_flush(c);
    follow(c, NULL);
    c->profile->before = profile_before(c);
}

void profile_delivered(struct cpu *c, u8 vector)
{
    if (!c->shutdown)
        profile_interrupted(c, &c->profile->before, vector);
}

/* ---- reading ---- */

u32 profile_places(const struct cpu_profile *p)
{
    return p->places;
}

const struct cpu_place *profile_place(const struct cpu_profile *p, u32 i)
{
    return place_number(p, i);
}

u32 profile_nodes(const struct cpu_profile *p)
{
    return p->nodes;
}

const struct profile_node *profile_node(const struct cpu_profile *p, u32 i)
{
    return &p->node[i];
}

u32 profile_functions(const struct cpu_profile *p)
{
    return p->functions;
}

const struct profile_function *profile_function(const struct cpu_profile *p, u32 i)
{
    return &p->function[i];
}

u64 profile_total(const struct cpu_profile *p)
{
    return p->total;
}

bool profile_full(const struct cpu_profile *p)
{
    return p->full;
}
