/*
 * wasm_jit.c - the second tier of builds for WebAssembly: when regions are translated, and what
 * becomes of them. jit.h, README.md.
 *
 * A module is dear: compiled and linked it costs as much as interpreting some hundred thousand
 * instructions. So one is made of a hot block with all that it leads to. When a block turns out to
 * be hot that has no place in a region, or none that may be entered, its region is made anew
 * together with those that it leads to.
 *
 * Nothing is done when one of its blocks is dropped: the code looks at each block's mode before it
 * runs (wasm_flow.c). What comes instead of the block becomes hot in its turn.
 */
#include "cpu/blocks/branch.h"
#include "cpu/decode/query.h"
#include "cpu/translate/jit.h"
#include "cpu/translate/wasm_host.h"
#include "cpu/translate/wasm_region.h"

#include <stdlib.h>
#include <string.h>

#define MOST_REGIONS 1000u
#define MODULE_ROOM (2u << 20)
#define HEAT_MOST 32768u
#define DEARER 8u      /* than machine code, whose threshold jit_start() is given */
#define TAKEN_MOST 16u /* times that a block goes from one region into another */

#define PRICE 100000u /* of a module, in instructions that are interpreted */

#define MOST_TARGETS 32u

/* block.slow */
#define SLOW_TAKEN 0x7fffu
#define SLOW_ENTER 0x8000u /* it wants to be entered */

struct region {
    u32 alive; /* read by its code */
    u32 place; /* in the table of functions */
    u32 count;
    struct block *block[WASM_REGION_BLOCKS];
    /* Where indirect jumps led out of it lately: no link leads there. */
    u32 targets;
    struct block *target[MOST_TARGETS];
};

struct jit {
    struct region region[MOST_REGIONS];
    u32 next; /* the region that goes when there are too many */
    unsigned threshold, heat;
    u64 made_at; /* instructions executed when the last region was made */
    u8 *room;
    struct wasm_world world;
    struct block_listener listener;
    struct jit_stats stats;
};

static HANDLER(exec_cold);

/* ---- leaving ---- */

static HANDLER(follow_taken)
{
    c->jit->stats.left[LEAVE_LINK]++;
    FOLLOW(&op_links(o)->next[0], exec_taken_miss, !(op_block(o)->mode & MODE_FLAT));
}

static HANDLER(follow_next)
{
    c->jit->stats.left[LEAVE_LINK]++;
    FOLLOW(&op_links(o)->next[1], exec_next_miss, !(op_block(o)->mode & MODE_FLAT));
}

static struct region *region_of(struct jit *j, const struct block *b)
{
    return b->code ? &j->region[(b->code >> 8) - 1] : NULL;
}

static void note_target(struct jit *j, const struct op *o, const struct block *to)
{
    struct region *r = region_of(j, op_block(o));
    if (r)
        r->target[r->targets++ % MOST_TARGETS] = (struct block *)(uintptr_t)to;
}

static HANDLER(lookup)
{
    c->jit->stats.left[LEAVE_INDIRECT]++;
    const struct block *next = cached(c);
    if (unlikely(!next))
        TAIL(exec_lookup(c, o, fl));
    note_target(c->jit, o, next);
    ENTER_BLOCK(next, fl);
}

static HANDLER(go_on)
{
    exec_fn *fn = o->idx ? o->fn : op_block(o)->first;
    TAIL(fn(c, o, fl));
}

static HANDLER(quit)
{
    c->jit->stats.left[LEAVE_BUDGET]++;
    LEAVE_LOOP(fl);
}

/* ---- regions ---- */

static void cool(const struct jit *j, struct block *b)
{
    b->code = 0;
    b->heat = (u16)(j->heat ? j->heat : 1);
    b->op[0].fn = exec_cold;
}

static void forget_region(struct jit *j, struct region *r)
{
    if (!r->alive)
        return;
    for (u32 i = 0; i < r->count; i++)
        cool(j, r->block[i]);
    r->alive = r->count = r->targets = 0;
    wasm_host_drop(r->place);
}

/* Blocks that were entered now and then are worth taking along. */
static bool wanted(const struct cpu *c, const struct block *b)
{
    unsigned heat = c->jit->heat;
    if (b->code)
        return (b->slow & SLOW_TAKEN) < TAKEN_MOST;
    return b->op[0].fn == exec_cold && b->heat <= heat - heat / 8;
}

static struct region *room_for_region(struct jit *j)
{
    for (u32 i = 0; i < MOST_REGIONS; i++)
        if (!j->region[i].alive)
            return &j->region[i];
    struct region *r = &j->region[j->next];
    j->next = (j->next + 1) % MOST_REGIONS;
    forget_region(j, r);
    return r;
}

/* Code that is made all the time earns nothing: be slower then. A module has to be worth its price.
 */
static void adapt_heat(const struct cpu *c)
{
    struct jit *j = c->jit;
    u64 since = cpu_executed(c) - j->made_at;
    j->made_at = cpu_executed(c);
    if (!j->threshold)
        return;
    if (since < PRICE && j->heat < HEAT_MOST)
        j->heat += j->heat / 8;
    else if (since > 4 * PRICE && j->heat > j->threshold)
        j->heat -= j->heat / 8;
}

/* The roots of a new region: this block, and what is in the regions that it leads to. */
struct roots {
    struct block *block[WASM_REGION_BLOCKS];
    u32 count;
};

static void add_root(struct roots *r, struct block *b)
{
    for (u32 i = 0; i < r->count; i++)
        if (r->block[i] == b)
            return;
    if (r->count < WASM_REGION_BLOCKS)
        r->block[r->count++] = b;
}

static void collect_roots(const struct cpu *c, struct roots *r, const struct wasm_plan *p)
{
    for (u32 i = 0; i < p->count; i++) {
        const struct region *from = region_of(c->jit, p->member[i].block);
        for (u32 k = 0; from && k < from->count; k++)
            if (from->block[k]->slow & SLOW_ENTER)
                add_root(r, from->block[k]);
        for (u32 k = 0; from && k < from->targets && k < MOST_TARGETS; k++)
            if (wanted(c, from->target[k]))
                add_root(r, from->target[k]);
    }
}

static void take_over(struct jit *j, struct region *r, const struct wasm_plan *p)
{
    for (u32 i = 0; i < p->count; i++) {
        struct region *from = region_of(j, p->member[i].block);
        if (from)
            forget_region(j, from);
    }
    for (u32 i = 0; i < p->count; i++) {
        const struct wasm_member *m = &p->member[i];
        struct block *b = m->block;
        r->block[i] = b;
        b->code = WASM_CODE(p->number, m->enter ? i : WASM_NONE);
        b->slow |= m->enter ? SLOW_ENTER : 0;
        if ((b->slow & SLOW_TAKEN) < TAKEN_MOST)
            b->slow++;
        b->heat = (u16)j->heat;
        b->op[0].fn = m->enter ? (exec_fn *)(uintptr_t)r->place : exec_cold;
    }
    r->count = p->count;
    r->alive = 1;
}

static void translate(struct cpu *c, struct block *b)
{
    struct jit *j = c->jit;
    struct roots roots = {.block = {b}, .count = 1};
    struct wasm_plan p;
    u64 instructions;
    b->slow |= SLOW_ENTER;
    b->op[0].fn = b->first; /* should it fail: for good */
    adapt_heat(c);
    wasm_region_plan(&p, c, roots.block, roots.count, wanted);
    collect_roots(c, &roots, &p);
    if (roots.count > 1)
        wasm_region_plan(&p, c, roots.block, roots.count, wanted);
    struct region *r = room_for_region(j);
    p.number = (u32)(r - j->region);
    p.alive = &r->alive;
    u32 size = wasm_region_emit(&p, c, &j->world, j->room, MODULE_ROOM, &instructions);
    u32 place = size ? wasm_host_make(j->room, size) : 0;
    if (!place)
        return;
    r->place = place;
    take_over(j, r, &p);
    j->stats.blocks += p.count;
    j->stats.instructions += instructions;
    j->stats.bytes += size;
}

static HANDLER(exec_hot)
{
    translate(c, op_block(o));
    DISPATCH(o, fl);
}

/* op[0] of a block that is not translated yet, or not entered where it is. */
static HANDLER(exec_cold)
{
    struct block *b = op_block(o);
    if (unlikely(b->heat <= 1))
        TAIL(exec_hot(c, o, fl));
    b->heat--;
    exec_fn *first = b->first;
    TAIL(first(c, o, fl));
}

/* ---- what the cache of blocks tells ---- */

static bool translates_mode(u32 mode)
{
    u32 size = mode & (MODE_FLAT | MODE_CS32 | MODE_SS32);
    return size == (MODE_FLAT | MODE_CS32 | MODE_SS32) || size == 0;
}

static void built(struct cpu *c, struct block *b)
{
    const struct jit *j = c->jit;
    if (!translates_mode(b->mode) || c->extras ||
        ((b->mode & (MODE_SINGLE | MODE_PARTS)) && j->threshold))
        return;
    cool(j, b);
}

static void emptied(struct cpu *c)
{
    struct jit *j = c->jit;
    for (u32 i = 0; i < MOST_REGIONS; i++) {
        if (j->region[i].alive)
            wasm_host_drop(j->region[i].place);
        j->region[i].alive = j->region[i].count = j->region[i].targets = 0;
    }
}

/* ---- life ---- */

bool jit_exists(void)
{
    return true;
}

bool jit_start(struct cpu *c, unsigned threshold, bool check, struct err *e)
{
    if (check)
        return err_set(e, "this translator has no check mode");
    jit_stop(c);
    struct jit *j = calloc(1, sizeof *j);
    u8 *room = malloc(MODULE_ROOM);
    if (!j || !room) {
        free(j);
        free(room);
        return err_set(e, "out of memory");
    }
    j->room = room;
    j->threshold = threshold < HEAT_MOST / DEARER ? DEARER * threshold : HEAT_MOST;
    j->heat = j->threshold;
    j->world = (struct wasm_world){.exit = {[WASM_TAKEN] = follow_taken,
                                            [WASM_NEXT] = follow_next,
                                            [WASM_LOOKUP] = lookup,
                                            [WASM_QUIT] = quit,
                                            [WASM_GO_ON] = go_on},
                                   .vectors = wasm_host_vectors()};
    j->listener = (struct block_listener){.built = built, .emptied = emptied};
    c->jit = j;
    blocks_drop_all(c);
    c->blocks->listener = &j->listener;
    return true;
}

void jit_stop(struct cpu *c)
{
    if (!c->jit)
        return;
    blocks_drop_all(c);
    c->blocks->listener = NULL;
    free(c->jit->room);
    free(c->jit);
    c->jit = NULL;
}

bool jit_forked(struct cpu *c, struct err *e)
{
    (void)c, (void)e; /* there is no fork() */
    return true;
}

void jit_loaded(struct cpu *c)
{
    if (c->jit)
        c->jit->made_at = cpu_executed(c);
}

bool jit_statistics(const struct cpu *c, struct jit_stats *s)
{
    if (!c->jit)
        return false;
    *s = c->jit->stats;
    s->size = MOST_REGIONS;
    for (u32 i = 0; i < MOST_REGIONS; i++)
        s->used += c->jit->region[i].alive;
    return true;
}

bool jit_made(const struct cpu *c, u64 address)
{
    (void)c, (void)address;
    return false;
}

unsigned jit_left_for(const struct cpu *c, struct jit_left *l, unsigned most)
{
    (void)c, (void)l, (void)most;
    return 0;
}
