/*
 * wasm_region.c - which blocks become one function: those that the links of a hot block lead to,
 * in an order in which loops are ranges.
 */
#include "cpu/translate/wasm_region.h"

#include "cpu/blocks/fuse.h"
#include "cpu/decode/query.h"

#include <string.h>

/* The blocks while they are collected, in the order in which they were found. */
struct search {
    const struct cpu *cpu;
    wasm_wanted_fn *wanted;
    struct block *block[WASM_REGION_BLOCKS];
    u8 next[WASM_REGION_BLOCKS][3]; /* taken, not taken, behind a call */
    bool enter[WASM_REGION_BLOCKS];
    bool seen[WASM_REGION_BLOCKS];
    u8 place[WASM_REGION_BLOCKS]; /* in the final order */
    u32 count, instructions, written, mode, delta;
};

static const struct op *last_record(const struct block *b)
{
    return &b->op[b->records - 1];
}

static u32 number_of(const struct search *s, const struct block *b)
{
    for (u32 i = 0; i < s->count; i++)
        if (s->block[i] == b)
            return i;
    return WASM_NONE;
}

/*
 * Can it be a part? Where the code segment ends, all of it must be met at one distance from the
 * physical addresses, and end below 64K: nothing wraps then.
 */
static bool fits(const struct search *s, const struct block *b)
{
    const struct phys_page *page = &s->cpu->phys->page[b->phys >> PAGE_SHIFT];
    return b->mode == s->mode && !b->straddles && b != s->cpu->blocks->uncached &&
           (page->kind == PAGE_RAM || page->kind == PAGE_ROM) &&
           ((b->mode & MODE_FLAT) || s->delta + b->phys + b->bytes - 1 <= 0xffff);
}

static u32 add(struct search *s, struct block *b)
{
    u32 at = number_of(s, b);
    if (at != WASM_NONE || s->count == WASM_REGION_BLOCKS ||
        s->instructions + b->count > WASM_REGION_INSTRUCTIONS || !fits(s, b) ||
        (s->count && !s->wanted(s->cpu, b)))
        return at;
    s->instructions += b->count;
    s->block[s->count] = b;
    return s->count++;
}

/* The block that a link leads to. Over a link into another page only if the distance is the same,
 * where that matters. */
static u32 follow(struct search *s, const struct block *from, unsigned which)
{
    const struct op *last = last_record(from);
    const struct link *l = &op_links(last)->next[which];
    if (!l->to || l->stamp == LINK_NONE)
        return WASM_NONE;
    if (!(from->mode & MODE_FLAT)) {
        u32 offset = which ? from->bytes : last->imm;
        if (l->to->phys != from->phys + offset)
            return WASM_NONE;
    }
    return add(s, l->to);
}

/* Where the subroutine comes back to, if that has run yet. */
static u32 behind_call(struct search *s, const struct block *from)
{
    u32 phys = from->phys + from->bytes;
    const struct code_page *p = s->cpu->blocks->page[from->phys >> PAGE_SHIFT];
    if (op_operation(last_record(from)) != I_call || !p ||
        phys >> PAGE_SHIFT != from->phys >> PAGE_SHIFT)
        return WASM_NONE;
    struct block *b = p->blocks[(phys & PAGE_MASK) >> STEP_SHIFT];
    while (b && (b->phys != phys || b->mode != from->mode || b->straddles))
        b = b->page_next[b->phys >> PAGE_SHIFT == phys >> PAGE_SHIFT ? 0 : 1];
    u32 at = b ? add(s, b) : WASM_NONE;
    if (at != WASM_NONE)
        s->enter[at] = true;
    return at;
}

/* Depth first; places are given from the last one down, on the way back. */
static void order(struct search *s, u32 i)
{
    s->seen[i] = true;
    for (unsigned k = 0; k < 3; k++)
        if (s->next[i][k] != WASM_NONE && !s->seen[s->next[i][k]])
            order(s, s->next[i][k]);
    s->place[i] = (u8)--s->written;
}

static void arrange(struct search *s, struct wasm_plan *p)
{
    s->written = s->count;
    for (u32 i = 0; i < s->count; i++)
        if (!s->seen[i])
            order(s, i);
    p->count = s->count;
    for (u32 i = 0; i < s->count; i++) {
        struct wasm_member *m = &p->member[s->place[i]];
        *m = (struct wasm_member){.block = s->block[i], .end = WASM_NONE, .enter = s->enter[i]};
        for (unsigned k = 0; k < 2; k++)
            m->to[k] = s->next[i][k] == WASM_NONE ? WASM_NONE : s->place[s->next[i][k]];
    }
}

/* A branch back makes a loop of what lies between; loops that overlap become longer. */
static void find_loops(struct wasm_plan *p)
{
    for (u32 i = 0; i < p->count; i++)
        for (unsigned k = 0; k < 2; k++) {
            u32 to = p->member[i].to[k];
            if (to != WASM_NONE && to <= i)
                p->member[to].end = (u8)i; /* the last one is the farthest */
        }
    for (bool changed = true; changed;) {
        changed = false;
        for (u32 a = 0; a < p->count; a++) {
            u32 end = p->member[a].end;
            for (u32 b = a + 1; end != WASM_NONE && b <= end; b++)
                if (p->member[b].end != WASM_NONE && p->member[b].end > end) {
                    p->member[a].end = p->member[b].end;
                    changed = true;
                    break;
                }
        }
    }
}

/* Who begins a loop can be come to from elsewhere, and so can what is branched to past its head. */
static void find_entries(struct wasm_plan *p)
{
    for (u32 head = 0; head < p->count; head++) {
        u32 end = p->member[head].end;
        if (end == WASM_NONE)
            continue;
        p->member[head].enter = true;
        for (u32 i = 0; i < p->count; i++)
            for (unsigned k = 0; k < 2; k++) {
                u32 to = p->member[i].to[k];
                if (to != WASM_NONE && to > head && to <= end && (i < head || i > end))
                    p->member[to].enter = true;
            }
    }
}

void wasm_region_plan(struct wasm_plan *p, const struct cpu *c, struct block *const *root,
                      u32 roots, wasm_wanted_fn *wanted)
{
    struct search s = {
        .cpu = c, .wanted = wanted, .mode = root[0]->mode, .delta = c->eip - root[0]->phys};
    for (u32 i = 0; i < roots; i++) {
        u32 at = add(&s, root[i]);
        if (at != WASM_NONE)
            s.enter[at] = true;
    }
    for (u32 i = 0; i < s.count; i++) {
        for (unsigned k = 0; k < 2; k++)
            s.next[i][k] = (u8)follow(&s, s.block[i], k);
        s.next[i][2] = (u8)behind_call(&s, s.block[i]);
    }
    p->mode = s.mode;
    p->delta = s.delta;
    arrange(&s, p);
    find_loops(p);
    find_entries(p);
}
