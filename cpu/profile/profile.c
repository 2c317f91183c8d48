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
    p->no_note.slot = NO_SLOT;
    if (!profile_make_tree(p)) {
        cpu_profile_free(p);
        return NULL;
    }
    profile_forget_calls(p);
    return p;
}

void cpu_profile_free(struct cpu_profile *p)
{
    if (!p)
        return;
    profile_free_calls(p);
    profile_free_places(p);
    profile_free_tree(p);
    free(p);
}

/* Nothing is on any stack. */
static void start(struct cpu *c)
{
    c->counted = (struct cpu_counted){.expect = NO_SYMBOL, .mark = cpu_executed(c)};
    profile_leave(c);
}

void cpu_profile_clear(struct cpu *c, struct cpu_profile *p)
{
    profile_forget_counts(p);
    profile_forget_calls(p);
    profile_forget_tree(p);
    p->full = p->places == PROFILE_PLACES;
    if (c->profile == p)
        start(c);
}

static void begin(struct cpu *c)
{
    struct cpu_profile *p = c->profile;
    profile_forget_calls(p);
    p->task = c->tr.base;
    start(c);
}

/* ---- counting ---- */

void profile_flush(struct cpu *c)
{
    struct cpu_counted *k = &c->counted;
    u64 now = cpu_executed(c);
    k->at->self += now - k->mark;
    k->mark = now;
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
    u32 expect = c->counted.expect;
    if (expect & PROFILE_TURN)
        profile_transition(c, place_number(c->profile, expect & ~PROFILE_TURN), to);
    c->counted.expect = NO_SYMBOL;
}

static void arrive(struct cpu *c, struct cpu_place *k)
{
    profile_flush(c);
    profile_enter(c);
    follow(c, k);
    if (c->profile->at->symbol != k->symbol)
        profile_jumped(c, k->symbol);
    profile_leave(c);
}

/* As profile_flush() in front of a block: its instructions have been charged to the budget. */
static inline void flush_before(struct cpu *c, const struct cpu_place *k)
{
    u64 now = c->until - (u64)(c->budget + k->count);
    c->counted.at->self += now - c->counted.mark;
    c->counted.mark = now;
}

/*
 * The two turns that nearly all are: a call that was made from the same node before, on the same
 * stack, and the return from the innermost call. false: something else, and nothing was done.
 * Machine code does the same (cpu/translate/x64_profile.c).
 */
static bool usual(struct cpu *c, struct cpu_place *k, u32 lin)
{
    struct cpu_counted *n = &c->counted;
    struct profile_frame *top = n->top;
    if (!(n->expect & PROFILE_TURN))
        return false;
    const struct cpu_place *from = place_number(c->profile, n->expect & ~PROFILE_TURN);
    u32 slot = stack_lin(c);
    bool real = !(from->mode & MODE_PE); /* no rings, no tasks: far ones are as near ones */
    if (from->end == END_RET || (real && from->end == END_FAR_RET)) {
        if (top->slot != taken_from(c, from) || top->node->symbol != k->symbol)
            return false;
        flush_before(c, k);
        n->at = top->node;
        n->top--;
        return true;
    }
    if ((from->end != END_CALL && !(real && from->end == END_FAR_CALL)) || !k->called ||
        k->caller != n->at || top == n->last || top->slot - slot - 1 >= PROFILE_NEAR - 1)
        return false;
    flush_before(c, k);
    profile_knows(n->at, lin, k->called);
    *++n->top = (struct profile_frame){.slot = slot, .ret = from->lin + from->bytes, .node = n->at};
    n->at = k->called;
    n->at->calls++;
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
    if (k->symbol != c->counted.expect && !usual(c, k, lin))
        arrive(c, k);
    c->counted.expect = k->after;
    c->counted.now = k;
    k->hits++;
}

void profile_early(struct cpu *c, const struct op *o, enum op_status status)
{
    struct cpu_place *place = c->counted.now;
    bool done = status != OP_FAULT && status != OP_AGAIN;
    unsigned undone = o->left - (done ? 1u : 0);
    if (!undone)
        return;
    place_left(c->profile, place, undone);
    c->counted.expect = place->symbol;
}

void profile_settle(struct cpu *c)
{
    c->slow_op = NULL; /* for the count of instructions */
    profile_flush(c);
    if (!(c->counted.expect & PROFILE_TURN))
        return;
    profile_enter(c);
    follow(c, NULL);
    profile_leave(c);
}

void profile_before_delivery(struct cpu *c)
{
    profile_flush(c);
    profile_enter(c);
    follow(c, NULL);
    profile_leave(c);
    c->profile->before = profile_before(c);
}

void profile_delivered(struct cpu *c, u8 vector)
{
    if (c->shutdown)
        return;
    profile_enter(c);
    profile_interrupted(c, &c->profile->before, vector);
    profile_leave(c);
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
    return node_number(p, i);
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
    u64 sum = 0;
    for (u32 i = 0; i < p->nodes; i++)
        sum += node_number(p, i)->self;
    return sum;
}

bool profile_full(const struct cpu_profile *p)
{
    return p->full;
}
