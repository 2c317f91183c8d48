/*
 * profile.c - the life of a profile, and what the processor tells it. See profile.h.
 */
#include "cpu/profile/private.h"

#include <stdlib.h>
#include <string.h>

/* No symbol: whoever comes next is looked at. */
#define EXPECT_NOTHING (PROFILE_TURN - 1)

struct cpu_profile *cpu_profile_new(const struct cpu_profile_config *config)
{
    struct cpu_profile *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->config = *config;
    p->strands = 1;
    p->head.expect = EXPECT_NOTHING;
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
    p->head.expect = EXPECT_NOTHING;
    p->total = 0;
    p->full = p->places == PROFILE_PLACES;
    p->mark = cpu_executed(c);
}

static void begin(struct cpu *c)
{
    struct cpu_profile *p = c->profile;
    profile_forget_calls(p);
    p->head.expect = EXPECT_NOTHING;
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
    p->head.expect = EXPECT_NOTHING;
}

static void arrive(struct cpu *c, struct cpu_place *k)
{
    struct cpu_profile *p = c->profile;
    profile_flush(c);
    follow(c, k);
    if (!p->at || p->function[p->node[p->at].function].symbol != k->symbol)
        profile_jumped(c, k->symbol);
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
    if (k->symbol != p->head.expect)
        arrive(c, k);
    p->head.expect = k->after;
    k->hits++;
}

void profile_early(struct cpu *c, const struct op *o, enum op_status status,
                   struct cpu_place *place)
{
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
