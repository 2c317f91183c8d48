/*
 * block.c - building, finding, chaining and dropping blocks. See block.h for the rules.
 */
#include "cpu/block.h"

#include "cpu/access.h"
#include "cpu/decode.h"
#include "cpu/fuse.h"
#include "cpu/handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE (32u << 20)
#define HASH_BITS 15
#define GRANULE_SHIFT 7 /* 128 bytes: 32 of them cover a page */

/* Header, ops, the fall-through op, links. */
#define BLOCK_BYTES(ops)                                                                           \
    (sizeof(struct block) + ((ops) + 1) * sizeof(struct op) + sizeof(struct links))

static u32 hash_of(u32 phys, u32 mode)
{
    return ((phys ^ mode << 20) * 0x9e3779b1u) >> (32 - HASH_BITS);
}

static void forget_jumps(struct block_cache *b)
{
    for (unsigned i = 0; i < JUMP_SLOTS; i++)
        b->jump[i] = (struct jump_slot){.block = b->dead};
}

bool blocks_init(struct cpu *c)
{
    struct block_cache *b = calloc(1, sizeof *b);
    if (!b)
        return false;
    c->blocks = b;
    b->hash = calloc(1u << HASH_BITS, sizeof(struct block *));
    b->page_blocks = calloc(PHYS_PAGES, sizeof(struct block *));
    b->page_bytes = calloc(PHYS_PAGES, sizeof(u64 *));
    b->arena = aligned_alloc(64, ARENA_SIZE);
    b->uncached = aligned_alloc(64, (BLOCK_BYTES(1) + 63) & ~63ul);
    b->dead = calloc(1, sizeof *b->dead);
    if (!b->hash || !b->page_blocks || !b->page_bytes || !b->arena || !b->uncached || !b->dead)
        return false;
    b->dead->mode = BLOCK_DEAD;
    forget_jumps(b);
    return true;
}

void blocks_free(struct cpu *c)
{
    struct block_cache *b = c->blocks;
    if (!b)
        return;
    if (b->dead)
        blocks_drop_all(c);
    free(b->hash);
    free(b->page_blocks);
    free(b->page_bytes);
    free(b->arena);
    free(b->uncached);
    free(b->dead);
    free(b);
    c->blocks = NULL;
}

static void forget_page(struct cpu *c, u32 page)
{
    c->blocks->page_blocks[page] = NULL;
    free(c->blocks->page_bytes[page]);
    c->blocks->page_bytes[page] = NULL;
    c->phys->page[page].code = 0;
}

void blocks_drop_all(struct cpu *c)
{
    struct block_cache *b = c->blocks;
    for (u32 h = 0; h < 1u << HASH_BITS; h++) {
        for (struct block *k = b->hash[h]; k; k = k->hash_next) {
            k->mode = BLOCK_DEAD;
            forget_page(c, k->phys >> PAGE_SHIFT);
            if (k->straddles)
                forget_page(c, k->phys2 >> PAGE_SHIFT);
        }
        b->hash[h] = NULL;
    }
    b->used = 0;
    b->generation++;
    b->flushes++;
    forget_jumps(b);
}

/* ---- invalidation ---- */

/* The granules of one page that a run of bytes touches. */
static u32 granules(u32 addr, u32 len)
{
    u32 first = (addr & PAGE_MASK) >> GRANULE_SHIFT;
    u32 last = ((addr & PAGE_MASK) + len - 1) >> GRANULE_SHIFT;
    if (last > 31)
        last = 31;
    return (u32)((2ull << last) - (1ull << first));
}

/* Bytes of block b in the page `page`: offset and length there. */
static void part_in_page(const struct block *b, u32 page, u32 *start, u32 *len)
{
    u32 head = PAGE_SIZE - (b->phys & PAGE_MASK);
    if (b->phys >> PAGE_SHIFT == page) {
        *start = b->phys & PAGE_MASK;
        *len = b->bytes < head ? b->bytes : head;
    } else {
        *start = 0;
        *len = b->bytes - head;
    }
}

static struct block **next_on_page(struct block *b, u32 page)
{
    return &b->page_next[b->phys >> PAGE_SHIFT == page ? 0 : 1];
}

static void remove_from_page(struct block_cache *bc, struct block *b, u32 page)
{
    struct block **p = &bc->page_blocks[page];
    while (*p && *p != b)
        p = next_on_page(*p, page);
    if (*p)
        *p = *next_on_page(b, page);
}

/* Bytes start..start + len - 1 of the page are decoded code. */
static void mark_bytes(struct cpu *c, u32 page, u32 start, u32 len)
{
    u64 *map = c->blocks->page_bytes[page];
    c->phys->page[page].code |= granules(start, len);
    for (u32 i = start; i < start + len; i++)
        map[i >> 6] |= 1ull << (i & 63);
}

static bool any_marked(const u64 *map, u32 start, u32 len)
{
    u32 last = start + len - 1, w = start >> 6, end = last >> 6;
    u64 first_mask = ~0ull << (start & 63), last_mask = ~0ull >> (63 - (last & 63));
    if (w == end)
        return map[w] & first_mask & last_mask;
    if (map[w] & first_mask)
        return true;
    while (++w < end)
        if (map[w])
            return true;
    return map[end] & last_mask;
}

/* After a block of this page was dropped: what do the others cover? */
static void recompute_page(struct cpu *c, u32 page)
{
    struct block_cache *bc = c->blocks;
    if (!bc->page_blocks[page]) {
        forget_page(c, page);
        return;
    }
    memset(bc->page_bytes[page], 0, PAGE_SIZE / 8);
    c->phys->page[page].code = 0;
    for (struct block *b = bc->page_blocks[page]; b; b = *next_on_page(b, page)) {
        u32 start, len;
        part_in_page(b, page, &start, &len);
        mark_bytes(c, page, start, len);
    }
}

static void drop_block(struct cpu *c, struct block *b)
{
    struct block_cache *bc = c->blocks;
    struct block **p = &bc->hash[hash_of(b->phys, b->mode)];
    while (*p && *p != b)
        p = &(*p)->hash_next;
    if (*p)
        *p = b->hash_next;
    remove_from_page(bc, b, b->phys >> PAGE_SHIFT);
    if (b->straddles)
        remove_from_page(bc, b, b->phys2 >> PAGE_SHIFT);
    for (struct link *l = b->incoming; l;) {
        struct link *next = l->next_incoming;
        l->to = NULL;
        l->next_incoming = NULL;
        l = next;
    }
    b->incoming = NULL;
    b->mode = BLOCK_DEAD;
    bc->dropped++;
    if (c->slow_op && op_block(c->slow_op) == b)
        c->stop |= CPU_STOP_SMC;
}

void blocks_overwritten(void *cpu, u32 addr, u32 len)
{
    struct cpu *c = cpu;
    u32 page = addr >> PAGE_SHIFT, from = addr & PAGE_MASK, to = from + len;
    /* Data between code are common in DOS programs: most writes end here. */
    if (!(c->phys->page[page].code & granules(addr, len)) ||
        !any_marked(c->blocks->page_bytes[page], from, len))
        return;
    bool hit = false;
    for (struct block *b = c->blocks->page_blocks[page], *next; b; b = next) {
        u32 start, blen;
        next = *next_on_page(b, page);
        part_in_page(b, page, &start, &blen);
        if (start < to && from < start + blen) {
            u32 other = b->straddles ? (b->phys >> PAGE_SHIFT == page ? b->phys2 : b->phys) : 0;
            bool two = b->straddles;
            drop_block(c, b);
            hit = true;
            if (two)
                recompute_page(c, other >> PAGE_SHIFT);
        }
    }
    if (hit)
        recompute_page(c, page);
}

/* ---- chaining ---- */

void block_link(struct cpu *c, const struct op *source, unsigned which, struct block *b, u32 delta)
{
    struct link *l = &op_links(source)->next[which];
    const struct block *from = op_block(source);
    if (from == c->blocks->uncached || b == c->blocks->uncached || from->mode == BLOCK_DEAD)
        return;
    if (l->to != b) {
        if (l->to) { /* an older target under another mapping */
            struct link **p = &l->to->incoming;
            while (*p && *p != l)
                p = &(*p)->next_incoming;
            if (*p)
                *p = l->next_incoming;
        }
        l->to = b;
        l->next_incoming = b->incoming;
        b->incoming = l;
    }
    /* In one page of one mapping the link holds as long as both blocks live. */
    u32 target = c->seg[SEG_CS].base + c->eip, start = target - delta;
    bool same = target >> PAGE_SHIFT == start >> PAGE_SHIFT && !from->straddles && !b->straddles;
    l->stamp = same ? 0 : c->mmu.stamp;
}

/* ---- building ---- */

/* 512 bytes for a page's map. Without them stores over code would go unseen: better to stop. */
static void *xcalloc(size_t size)
{
    void *p = calloc(1, size);
    if (!p) {
        fputs("ferrite: out of memory\n", stderr);
        abort();
    }
    return p;
}

static bool is_relative(const struct op *o)
{
    const struct opdef *r = &opdefs[o->def];
    return r->operand[0] == Jb || r->operand[0] == Jz;
}

/* A fault anywhere after this op, or leaving the block after it, shows the flags to somebody. */
static bool exposes_flags(const struct op *o)
{
    const struct opdef *r = &opdefs[o->def];
    return ((o->flags & OPF_MEM) && !(r->attr & A_NOMEM)) || (r->attr & (A_FAULT | A_END | A_IO));
}

static bool stores(const struct op *o)
{
    const struct opdef *r = &opdefs[o->def];
    return (r->attr & (A_STORE | A_LOCK | A_REP | A_IO)) || (r->attr & A_FAULT);
}

/*
 * Walk backwards: which flags does somebody read before they are overwritten? A producer whose
 * flags nobody reads gets a form without them. Strict rule: an op that can fault counts as a
 * reader of everything before it, and one that can stop the block (a store over code, port I/O)
 * as a reader of everything after it as well.
 */
static void choose_handlers(struct op *op, unsigned count, u32 mode)
{
    u32 live = FL_ALL;
    for (unsigned i = count; i-- > 0;) {
        struct op *o = &op[i];
        const struct opdef *r = &opdefs[o->def];
        if (exposes_flags(o) && stores(o))
            live = FL_ALL;
        o->fn = decode_handler(o, mode, live & r->fl_write);
        if (!(r->attr & A_MERGE))
            live &= ~(u32)r->fl_write;
        live |= r->fl_read;
        if (exposes_flags(o))
            live = FL_ALL;
    }
}

/* Bytes of the instruction at lin that goes on in the next page, or comes from odd memory. */
static unsigned gather(struct cpu *c, u32 lin, u32 phys, u8 *buf, u32 *phys2, bool *faulted)
{
    unsigned head = PAGE_SIZE - (lin & PAGE_MASK), n = 0;
    for (; n < DECODE_MAX && n < head; n++)
        buf[n] = (u8)phys_load(c->phys, phys + n, 1);
    *phys2 = 0;
    *faulted = false;
    if (n == DECODE_MAX)
        return n;
    if (!mmu_translate(&c->mmu, lin + head, MMU_READ, c->user, phys2)) {
        *faulted = true;
        return n;
    }
    for (unsigned i = 0; n < DECODE_MAX; n++, i++)
        buf[n] = (u8)phys_load(c->phys, *phys2 + i, 1);
    return n;
}

static bool cacheable(const struct cpu *c, u32 phys)
{
    u8 k = c->phys->page[phys >> PAGE_SHIFT].kind;
    return k == PAGE_RAM || k == PAGE_ROM;
}

static void finish(struct block *b, unsigned ops)
{
    struct op *end = &b->op[ops];
    unsigned left = 0;
    /* A fused op stands for two instructions; `left` counts guest instructions. */
    for (unsigned i = ops; i-- > 0;) {
        left += fuse_weight(&b->op[i]);
        b->op[i].left = (u8)left;
        b->op[i].idx = (u8)i;
    }
    b->count = (u8)left;
    /* Either the last op branches and its links follow it, or a fall-through op does. */
    const struct op *last = &b->op[ops - 1];
    if (!(opdefs[last->def].attr & A_END)) {
        memset(end, 0, sizeof *end);
        end->fn = exec_fall_through;
        end->pc = (u8)b->bytes;
        end->idx = (u8)ops;
        end++;
    }
    memset(end, 0, sizeof(struct links));
}

static struct block *build(struct cpu *c, u32 lin, u32 phys, u32 mode)
{
    struct block_cache *bc = c->blocks;
    unsigned max = mode & MODE_SINGLE ? 1 : BLOCK_MAX_OPS, ops = 0;
    bool keep = cacheable(c, phys);
    u32 at = 0;

    if (bc->used + BLOCK_BYTES(BLOCK_MAX_OPS) > ARENA_SIZE)
        blocks_drop_all(c);
    struct block *b = keep ? (struct block *)(bc->arena + bc->used) : bc->uncached;
    memset(b, 0, sizeof *b);
    b->phys = phys;
    b->mode = mode;

    if (keep) {
        const u8 *page = c->phys->page[phys >> PAGE_SHIFT].host;
        u32 offset = phys & PAGE_MASK;
        while (ops < max && at < BLOCK_MAX_BYTES && offset + at < PAGE_SIZE) {
            struct op *o = &b->op[ops];
            unsigned n =
                decode_op(c->decoder, mode, page + offset + at, PAGE_SIZE - offset - at, o);
            if (!n)
                break; /* goes on in the next page */
            o->pc = (u8)at;
            if (is_relative(o))
                o->imm += at + n;
            at += n;
            ops++;
            if (opdefs[o->def].attr & A_END)
                break;
        }
    }
    if (!ops) {
        u8 buf[DECODE_MAX];
        bool faulted;
        unsigned n = gather(c, lin, phys, buf, &b->phys2, &faulted);
        at = decode_op(c->decoder, mode, buf, n, &b->op[0]);
        if (!at) {
            cpu_page_fault(c); /* the only reason why there were not enough bytes */
            return NULL;
        }
        if (is_relative(&b->op[0]))
            b->op[0].imm += at;
        ops = 1;
        b->straddles = (lin & PAGE_MASK) + at > PAGE_SIZE;
        if (b->straddles && !cacheable(c, b->phys2)) {
            /* Rare enough: keep it out of the cache. */
            memcpy(bc->uncached, b, sizeof *b + sizeof(struct op));
            b = bc->uncached;
            keep = false;
        }
        b->phys2 &= ~PAGE_MASK;
    }
    b->bytes = (u16)at;
    choose_handlers(b->op, ops, mode);
    if (!(mode & MODE_SINGLE))
        ops = fuse_ops(b->op, ops, mode);
    finish(b, ops);
    if (!keep)
        return b;

    bc->used += (BLOCK_BYTES(ops) + 63) & ~63ul;
    bc->decoded++;
    struct block **h = &bc->hash[hash_of(phys, mode)];
    b->hash_next = *h;
    *h = b;
    for (unsigned i = 0; i < 1u + b->straddles; i++) {
        u32 page = (i ? b->phys2 : phys) >> PAGE_SHIFT, start, len;
        b->page_next[i] = bc->page_blocks[page];
        bc->page_blocks[page] = b;
        part_in_page(b, page, &start, &len);
        if (bc->page_bytes[page]) {
            mark_bytes(c, page, start, len);
        } else {
            bc->page_bytes[page] = xcalloc(PAGE_SIZE / 8);
            mark_bytes(c, page, start, len);
            mmu_code_page(&c->mmu, page << PAGE_SHIFT);
        }
    }
    return b;
}

/* ---- lookup ---- */

static struct block *lookup(struct cpu *c, u32 lin, u32 phys, u32 mode)
{
    for (struct block *b = c->blocks->hash[hash_of(phys, mode)]; b; b = b->hash_next) {
        if (b->phys != phys || b->mode != mode)
            continue;
        if (!b->straddles)
            return b;
        u32 second;
        if (!mmu_translate(&c->mmu, (lin & ~PAGE_MASK) + PAGE_SIZE, MMU_READ, c->user, &second))
            continue; /* building it again raises the fault */
        if (second == b->phys2)
            return b;
    }
    return NULL;
}

struct block *block_find(struct cpu *c, u32 mode)
{
    u32 lin = c->seg[SEG_CS].base + c->eip, phys;

    if (unlikely(c->eip > c->cs_limit)) {
        cpu_fault_code(c, VEC_GP, 0, "fetch at %04x:%08x, beyond the code segment (limit %08x)",
                       c->seg[SEG_CS].sel, c->eip, c->cs_limit);
        return NULL;
    }
    if (unlikely(!mmu_translate(&c->mmu, lin, MMU_READ, c->user, &phys))) {
        cpu_page_fault(c);
        return NULL;
    }
    struct block *b = lookup(c, lin, phys, mode);
    if (!b && !(b = build(c, lin, phys, mode)))
        return NULL;
    if (unlikely((u64)c->eip + b->bytes - 1 > c->cs_limit)) {
        if (mode & MODE_SINGLE || b == c->blocks->uncached) {
            cpu_fault_code(c, VEC_GP, 0,
                           "instruction at %04x:%08x crosses the end of the code segment",
                           c->seg[SEG_CS].sel, c->eip);
            return NULL;
        }
        return block_find(c, mode | MODE_SINGLE);
    }
    if (!(mode & MODE_SINGLE) && b != c->blocks->uncached)
        *jump_slot(c->blocks, lin) =
            (struct jump_slot){.block = b, .lin = lin, .stamp = c->mmu.stamp};
    return b;
}
