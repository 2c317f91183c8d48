/*
 * block.c - building, finding, chaining and dropping blocks. See block.h for the rules.
 */
#include "cpu/blocks/block.h"

#include "cpu/blocks/dispatch.h"
#include "cpu/blocks/fuse.h"
#include "cpu/blocks/liveness.h"
#include "cpu/blocks/patched.h"
#include "cpu/decode/decode.h"
#include "cpu/decode/query.h"
#include "cpu/decode/timing.h"
#include "cpu/fault.h"
#include "cpu/inspect.h"
#include "cpu/profile/profile.h"
#include "cpu/trace.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE (sizeof(void *) == 8 ? 64u << 20 : 8u << 20) /* a page has less to spare */
#define FIRST_BITS 12 /* lists of the hash table at first, as a power of two, */
#define MOST_BITS 20  /* and at most: one for each block */

/* Header, ops, the fall-through op, links, ticks of the instructions. */
#define BLOCK_BYTES(ops, instructions)                                                             \
    (sizeof(struct block) + ((ops) + 1) * sizeof(struct op) + sizeof(struct links) +               \
     (instructions) * sizeof(u32))

static struct block **list_of_hash(const struct block_cache *b, u32 phys, u32 mode)
{
    return &b->hash[((phys ^ mode << 20) * 0x9e3779b1u) >> (32 - b->hash_bits)];
}

/* Without memory for more lists they become longer. */
static void grow_table(struct block_cache *b)
{
    struct block **old = b->hash, **table = calloc(2ul << b->hash_bits, sizeof(struct block *));
    if (!table)
        return;
    u32 lists = 1u << b->hash_bits++;
    b->hash = table;
    for (u32 h = 0; h < lists; h++) {
        for (struct block *k = old[h], *next; k; k = next) {
            struct block **list = list_of_hash(b, k->phys, k->mode);
            next = k->hash_next;
            k->hash_next = *list;
            *list = k;
        }
    }
    free(old);
}

/* The table is empty: of what has grown, none is gone through again. */
static void shrink_table(struct block_cache *b)
{
    struct block **table;
    if (b->hash_bits == FIRST_BITS || !(table = calloc(1u << FIRST_BITS, sizeof(struct block *))))
        return;
    free(b->hash);
    b->hash = table;
    b->hash_bits = FIRST_BITS;
}

static void forget_jumps(struct cpu *c)
{
    struct block_cache *b = c->blocks;
    for (u32 group = 0; group < JUMP_SLOTS / JUMP_GROUP; group++)
        if (b->jumps_used[group / 64] & 1ull << group % 64)
            memset(&b->jump[group * JUMP_GROUP], 0, JUMP_GROUP * sizeof *b->jump);
    memset(b->jumps_used, 0, sizeof b->jumps_used);
    memset(b->part, 0, sizeof b->part);
    if (b->listener && b->listener->forget)
        b->listener->forget(c);
}

bool blocks_init(struct cpu *c, choose_fn *choose)
{
    struct block_cache *b = calloc(1, sizeof *b);
    if (!b)
        return false;
    c->blocks = b;
    b->choose = choose;
    b->hash_bits = FIRST_BITS;
    b->hash = calloc(1u << FIRST_BITS, sizeof(struct block *));
    b->page = calloc(PHYS_PAGES, sizeof(struct code_page *));
    c->phys->code = calloc(PHYS_PAGES, sizeof(struct phys_code *));
    b->arena = aligned_alloc(64, ARENA_SIZE);
    b->uncached = aligned_alloc(64, (BLOCK_BYTES(3, 1) + 63) & ~63ul);
    return b->hash && b->page && c->phys->code && b->arena && b->uncached;
}

void blocks_free(struct cpu *c)
{
    struct block_cache *b = c->blocks;
    if (!b)
        return;
    if (b->hash && b->page && c->phys->code) /* as far as blocks_init() came */
        blocks_drop_all(c);
    free(c->phys->code);
    c->phys->code = NULL;
    free(b->hash);
    free(b->page);
    free(b->arena);
    free(b->uncached);
    free(b->spare[0]);
    free(b->spare[1]);
    free(b);
    c->blocks = NULL;
}

static void forget_page(struct cpu *c, u32 page)
{
    free(c->blocks->page[page]);
    c->blocks->page[page] = NULL;
    c->phys->code[page] = NULL;
    c->phys->page[page].code = 0;
}

void blocks_drop_all(struct cpu *c)
{
    struct block_cache *b = c->blocks;
    /* Nothing was kept since the last time: no table to go through, as when a machine is made. */
    for (u32 h = 0; b->used && h < 1u << b->hash_bits; h++) {
        if (!b->hash[h]) /* is not written to: most of the table may be untouched memory */
            continue;
        for (struct block *k = b->hash[h]; k; k = k->hash_next) {
            k->mode = BLOCK_DEAD;
            forget_page(c, k->phys >> PAGE_SHIFT);
            if (k->straddles)
                forget_page(c, k->phys2 >> PAGE_SHIFT);
        }
        b->hash[h] = NULL;
    }
    shrink_table(b);
    b->blocks = 0;
    b->used = 0;
    b->generation++;
    b->flushes++;
    forget_jumps(c);
    if (b->listener)
        b->listener->emptied(c);
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

static struct block **list_of(struct code_page *p, const struct block *b, u32 page)
{
    u32 start, len;
    part_in_page(b, page, &start, &len);
    return &p->blocks[start >> STEP_SHIFT];
}

static void remove_from_page(struct block_cache *bc, struct block *b, u32 page)
{
    struct block **p = list_of(bc->page[page], b, page);
    while (*p && *p != b)
        p = next_on_page(*p, page);
    if (*p)
        *p = *next_on_page(b, page);
}

/* The step from where on blocks may start that reach offset `at`. */
static u32 first_step(const struct code_page *p, u32 at)
{
    return at < p->longest ? 0 : (at - p->longest + 1) >> STEP_SHIFT;
}

/* The bits of word w of a page's map that stand for the bytes from..to - 1. */
static u64 bits_in_word(u32 w, u32 from, u32 to)
{
    u32 first = w << STEP_SHIFT;
    u64 mask = ~0ull;
    if (from > first)
        mask <<= from - first;
    if (to < first + 64)
        mask &= ~0ull >> (first + 64 - to);
    return mask;
}

/* Bytes start..start + len - 1 of the page are decoded code. */
static void mark_bytes(struct cpu *c, u32 page, u32 start, u32 len)
{
    u64 *map = c->blocks->page[page]->map.bytes;
    c->phys->page[page].code |= granules(start, len);
    for (u32 w = start >> STEP_SHIFT; w << STEP_SHIFT < start + len; w++)
        map[w] |= bits_in_word(w, start, start + len);
}

/* The bytes of block b among those from..to - 1 of the page. */
static void mark_code(struct cpu *c, const struct block *b, u32 page, u32 from, u32 to)
{
    u32 start = b->phys & PAGE_MASK, hole, end;
    while (b->patched && patched_bytes(b, from - start, &hole, &end) && start + hole < to) {
        if (start + hole > from)
            mark_bytes(c, page, from, start + hole - from);
        from = start + end;
    }
    if (from < to)
        mark_bytes(c, page, from, to - from);
}

static bool any_marked(const u64 *map, u32 start, u32 len)
{
    for (u32 w = start >> STEP_SHIFT; w << STEP_SHIFT < start + len; w++)
        if (map[w] & bits_in_word(w, start, start + len))
            return true;
    return false;
}

/*
 * Blocks that covered from..to - 1 of this page were dropped: what do the others cover there? Only
 * these bytes are looked at: programs that patch one instruction all the time (GRUB's calls of the
 * BIOS do) would otherwise pay for the whole page every time.
 */
static void unmark_bytes(struct cpu *c, u32 page, u32 from, u32 to)
{
    struct code_page *p = c->blocks->page[page];
    u32 *code = &c->phys->page[page].code;
    for (u32 w = from >> STEP_SHIFT; w << STEP_SHIFT < to; w++)
        p->map.bytes[w] &= ~bits_in_word(w, from, to);
    _Static_assert(GRANULE_SHIFT == STEP_SHIFT + 1, "a granule is two words of the map");
    for (u32 g = from >> GRANULE_SHIFT; g << GRANULE_SHIFT < to; g++)
        if (!(p->map.bytes[2 * g] | p->map.bytes[2 * g + 1]))
            *code &= ~(1u << g);
    for (u32 s = first_step(p, from); s << STEP_SHIFT < to; s++) {
        for (struct block *b = p->blocks[s]; b; b = *next_on_page(b, page)) {
            u32 start, len;
            part_in_page(b, page, &start, &len);
            u32 first = start > from ? start : from, end = start + len < to ? start + len : to;
            if (first < end)
                mark_code(c, b, page, first, end);
        }
    }
    if (!*code)
        forget_page(c, page);
}

static void drop_block(struct cpu *c, struct block *b)
{
    struct block_cache *bc = c->blocks;
    struct block **p = list_of_hash(bc, b->phys, b->mode);
    while (*p && *p != b)
        p = &(*p)->hash_next;
    if (*p) {
        *p = b->hash_next;
        bc->blocks--;
    }
    remove_from_page(bc, b, b->phys >> PAGE_SHIFT);
    if (b->straddles)
        remove_from_page(bc, b, b->phys2 >> PAGE_SHIFT);
    for (struct link *l = b->incoming; l;) {
        struct link *next = l->next_incoming;
        if (l->at)
            bc->listener->cut(c, l);
        l->to = NULL;
        l->stamp = LINK_NONE;
        l->next_incoming = NULL;
        l = next;
    }
    b->incoming = NULL;
    if (b->code && bc->listener->dropped)
        bc->listener->dropped(c, b);
    b->mode = BLOCK_DEAD;
    bc->dropped++;
    if (c->slow_op && op_block(c->slow_op) == b)
        c->stop |= CPU_STOP_SMC;
}

static void unmark_block(struct cpu *c, const struct block *b, u32 page)
{
    u32 start, len;
    part_in_page(b, page, &start, &len);
    unmark_bytes(c, page, start, start + len);
}

void block_drop(struct cpu *c, struct block *b)
{
    drop_block(c, b);
    unmark_block(c, b, b->phys >> PAGE_SHIFT);
    if (b->straddles)
        unmark_block(c, b, b->phys2 >> PAGE_SHIFT);
}

void blocks_overwritten(void *cpu, u32 addr, u32 len)
{
    struct cpu *c = cpu;
    u32 page = addr >> PAGE_SHIFT, from = addr & PAGE_MASK, to = from + len;
    /* Data between code are common in DOS programs: most writes end here. */
    if (!(c->phys->page[page].code & granules(addr, len)) ||
        !any_marked(c->blocks->page[page]->map.bytes, from, len))
        return;
    struct code_page *p = c->blocks->page[page];
    u32 first = PAGE_SIZE, end = 0; /* what the dropped blocks covered */
    for (u32 s = first_step(p, from); s << STEP_SHIFT < to; s++) {
        for (struct block *b = p->blocks[s], *next; b; b = next) {
            u32 start, blen;
            next = *next_on_page(b, page);
            part_in_page(b, page, &start, &blen);
            if (start >= to || from >= start + blen)
                continue;
            first = start < first ? start : first;
            end = start + blen > end ? start + blen : end;
            patched_note(c->blocks, b, addr, len);
            drop_block(c, b);
            if (b->straddles)
                unmark_block(c, b,
                             (b->phys >> PAGE_SHIFT == page ? b->phys2 : b->phys) >> PAGE_SHIFT);
        }
    }
    if (first < end)
        unmark_bytes(c, page, first, end);
}

/* ---- chaining ---- */

/*
 * As long as this stamp holds, block b is what is found at lin; it was just fetched from there. For
 * a pair of pages of different kinds there is none.
 */
static u32 stamp_of(const struct cpu *c, const struct block *b, u32 lin)
{
    u32 stamp = mmu_stamp_of(&c->mmu, lin, c->user);
    if (unlikely(b->straddles) && mmu_stamp_of(&c->mmu, lin + PAGE_SIZE, c->user) != stamp)
        return LINK_NONE;
    return stamp;
}

void block_link(struct cpu *c, const struct op *source, unsigned which, struct block *b, u32 delta)
{
    struct link *l = &op_links(source)->next[which];
    const struct block *from = op_block(source);
    if (from == c->blocks->uncached || b == c->blocks->uncached || from->mode == BLOCK_DEAD)
        return;
    if (l->to != b) {
        if (l->to) { /* an older target under another mapping */
            if (l->at)
                c->blocks->listener->cut(c, l);
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
    /* Within a page, wherever it is mapped, the link holds as long as both blocks live. */
    u32 target = c->seg[SEG_CS].base + c->eip, start = target - delta;
    bool same = target >> PAGE_SHIFT == start >> PAGE_SHIFT && !b->straddles;
    l->stamp = same ? MMU_ANY_STAMP : stamp_of(c, b, target);
    l->lin = target;
}

void blocks_forget_stamps(void *cpu)
{
    struct cpu *c = cpu;
    const struct block_cache *bc = c->blocks;
    for (u32 h = 0; h < 1u << bc->hash_bits; h++)
        for (struct block *b = bc->hash[h]; b; b = b->hash_next)
            for (struct link *l = b->incoming; l; l = l->next_incoming)
                if (l->stamp != MMU_ANY_STAMP)
                    l->stamp = LINK_NONE;
    forget_jumps(c);
}

/* ---- building ---- */

/* A producer whose flags nobody reads gets a handler without them. */
static void choose_handlers(choose_fn *choose, struct op *op, unsigned count, u32 mode)
{
    u32 live = FL_ALL;
    for (unsigned i = count; i-- > 0;) {
        struct flag_use use = flags_used(&op[i], live);
        op[i].fn = choose(&op[i], mode, use.needed);
        live = use.before;
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
    if (!mmu_translate(&c->mmu, lin + head, MMU_EXEC, c->user, phys2)) {
        *faulted = true;
        return n;
    }
    for (unsigned i = 0; n < DECODE_MAX; n++, i++)
        buf[n] = (u8)phys_load(c->phys, *phys2 + i, 1);
    return n;
}

static void crosses_the_end(struct cpu *c)
{
    cpu_fault_code(c, VEC_GP, 0, "instruction at %04x:%08x crosses the end of the code segment",
                   c->seg[SEG_CS].sel, c->eip);
}

/*
 * Display memory is seen in several places of the map, and the adapter writes it behind all of
 * them: what was decoded there could be stale at any time. Nobody runs much in it.
 */
static bool cacheable(const struct cpu *c, u32 phys)
{
    const struct phys_page *p = &c->phys->page[phys >> PAGE_SHIFT];
    return (p->kind == PAGE_RAM && p->watched != 1 + WATCH_DISPLAY) || p->kind == PAGE_ROM;
}

/* Records 0..ops - 1 are whole. */
static void finish(struct block *b, unsigned ops)
{
    struct op *end = &b->op[ops];
    unsigned left = 0;
    /* A record stands for one instruction, two or none; `left` counts guest instructions. */
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
        end->fn = b->mode & MODE_FLAT ? exec_fall_through_flat : exec_fall_through;
        end->pc = (u8)b->bytes;
        end->idx = (u8)ops;
        end++;
    }
    b->records = (u8)((end - b->op) & 0x3f);
    *(struct links *)end = (struct links){.next = {{.stamp = LINK_NONE}, {.stamp = LINK_NONE}}};
}

bool block_guarded(const struct cpu *c, u32 offset)
{
    return inspect_guards(c->inspect, offset) || trace_guards(c->trace, offset);
}

/*
 * Decode into op[] what follows in this page, up to a branch, an instruction that a debugger may
 * want to stop at, or `max` of them. Returns their number, and in *bytes their length.
 */
static unsigned decode_run(struct cpu *c, u32 phys, u32 mode, struct op *op, unsigned max,
                           u32 *bytes)
{
    const u8 *page = c->phys->page[phys >> PAGE_SHIFT].host;
    u32 offset = phys & PAGE_MASK, at = 0;
    unsigned ops = 0;
    while (ops < max && at < BLOCK_MAX_BYTES && offset + at < PAGE_SIZE) {
        struct op *o = &op[ops];
        if (at && block_guarded(c, offset + at))
            break;
        unsigned n = decode_op(c->decoder, mode, page + offset + at, PAGE_SIZE - offset - at, o);
        if (!n)
            break; /* goes on in the next page */
        o->pc = (u8)at;
        if (op_is_relative(o))
            o->imm += at + n;
        at += n;
        ops++;
        if (opdefs[o->def].attr & A_END)
            break;
    }
    *bytes = at;
    return ops;
}

/* What each of the instructions takes, before pairs of them become one record. */
static void take_ticks(const struct cpu_timing *t, const struct op *op, unsigned count, u32 *extra)
{
    u32 sum = 0;
    for (unsigned i = count; i-- > 0;)
        extra[count - 1 - i] = sum += timing_ticks(t, &op[i]) - 1;
}

/*
 * The record that counts a block, before all others; its instructions lie behind `guards` records.
 * false: it cannot be counted, and they lie behind one less.
 */
static bool count_block(struct cpu *c, struct block *b, unsigned guards, u32 lin, unsigned ops)
{
    struct op *op = b->op + guards;
    struct cpu_place *k = profile_built(c, lin, b->phys, op, ops, b->bytes);
    if (!k) {
        memmove(op - 1, op, ops * sizeof *op);
        return false;
    }
    b->op[0] = (struct op){.fn = profile_handler(b->mode, k->end != END_PLAIN)};
    op_set_place(&b->op[0], k);
    return true;
}

static unsigned longest(u32 mode)
{
    if (mode & MODE_SINGLE)
        return 1;
    return mode & MODE_PARTS ? 1u << (mode & MODE_PARTS) / MODE_PART(1) : BLOCK_MAX_OPS;
}

/*
 * Maps for two pages that have no code yet. Without a map stores over code would go unseen: while
 * there is no memory for it nothing is kept, as in display memory.
 */
static bool spare_pages(struct cpu *c)
{
    struct block_cache *bc = c->blocks;
    for (unsigned i = 0; i < 2; i++) {
        if (likely(bc->spare[i]) || (bc->spare[i] = calloc(1, sizeof(struct code_page))))
            continue;
        if (!bc->said && c->log)
            log_line(c->log, LOG_JIT, "out of memory: each instruction is decoded anew");
        bc->said = true;
        return false;
    }
    return true;
}

static struct block *build(struct cpu *c, u32 lin, u32 phys, u32 mode)
{
    u32 extra[BLOCK_MAX_OPS];
    struct block_cache *bc = c->blocks;
    bool inspect = block_guarded(c, phys & PAGE_MASK);
    unsigned guards = (inspect ? 1u : 0) + (c->profile ? 1u : 0), ops = 0;
    unsigned max = longest(mode) < BLOCK_MAX_OPS - guards ? longest(mode) : BLOCK_MAX_OPS - guards;
    bool keep = cacheable(c, phys) && spare_pages(c);
    u32 at = 0;

    if (bc->used + BLOCK_BYTES(BLOCK_MAX_OPS, BLOCK_MAX_OPS) > ARENA_SIZE)
        blocks_drop_all(c);
    struct block *b = keep ? (struct block *)(bc->arena + bc->used) : bc->uncached;
    memset(b, 0, sizeof *b);
    b->phys = phys;
    b->mode = mode;

    struct op *op = b->op + guards;
    if (keep)
        ops = decode_run(c, phys, mode, op, max, &at);
    if (!ops) {
        u8 buf[DECODE_MAX];
        bool faulted;
        unsigned n = gather(c, lin, phys, buf, &b->phys2, &faulted);
        at = decode_op(c->decoder, mode, buf, n, op);
        if (!at) {
            /* The next page is not there; where it is beyond the segment nobody asks for it. */
            if ((u64)c->eip + n > c->cs_limit)
                crosses_the_end(c);
            else
                cpu_page_fault(c);
            return NULL;
        }
        if (op_is_relative(op))
            op->imm += at;
        ops = 1;
        b->straddles = (lin & PAGE_MASK) + at > PAGE_SIZE;
        bool same_page = b->phys2 >> PAGE_SHIFT == phys >> PAGE_SHIFT;
        if (b->straddles && (same_page || !cacheable(c, b->phys2))) {
            /* Rare enough: keep it out of the cache, where a block is once on a page. */
            memcpy(bc->uncached, b, sizeof *b + (guards + 1) * sizeof(struct op));
            b = bc->uncached;
            op = b->op + guards;
            keep = false;
        }
        b->phys2 &= ~PAGE_MASK;
    }
    b->bytes = (u16)at;
    choose_handlers(bc->choose, op, ops, mode);
    if (c->timing)
        take_ticks(c->timing, op, ops, extra);
    if (c->profile && !count_block(c, b, guards, lin, ops))
        op = b->op + --guards;
    if (!(mode & MODE_SINGLE))
        ops = fuse_ops(op, ops, mode);
    if (keep && !inspect) /* a debugger's point would be met a second time when one settles */
        ops = patched_records(c, b, op, ops, BLOCK_MAX_OPS - guards - ops);
    if (inspect)
        b->op[guards - 1] = (struct op){.fn = exec_inspect};
    ops += guards;
    finish(b, ops);
    b->first = b->op[0].fn;
    if (c->timing) {
        memcpy(block_extras(b), extra, b->count * sizeof *extra);
        b->op[0].fn = exec_charged;
    }
    if (!keep)
        return b;

    bc->used += (BLOCK_BYTES(ops, b->count) + 63) & ~63ul;
    bc->decoded++;
    if (++bc->blocks > 1u << bc->hash_bits && bc->hash_bits < MOST_BITS)
        grow_table(bc);
    struct block **h = list_of_hash(bc, phys, mode);
    b->hash_next = *h;
    *h = b;
    for (unsigned i = 0; i < 1u + b->straddles; i++) {
        u32 page = (i ? b->phys2 : phys) >> PAGE_SHIFT, start, len;
        bool fresh = !bc->page[page];
        if (fresh) {
            bc->page[page] = bc->spare[i];
            bc->spare[i] = NULL;
            c->phys->code[page] = &bc->page[page]->map;
        }
        part_in_page(b, page, &start, &len);
        if (len > bc->page[page]->longest)
            bc->page[page]->longest = len;
        struct block **list = list_of(bc->page[page], b, page);
        b->page_next[i] = *list;
        *list = b;
        mark_code(c, b, page, start, start + len);
        if (fresh)
            mmu_code_page(&c->mmu, page << PAGE_SHIFT);
    }
    if (bc->listener && !inspect && !b->patched) /* else it stays with the interpreter */
        bc->listener->built(c, b);
    return b;
}

/* ---- lookup ---- */

static struct block *lookup(struct cpu *c, u32 lin, u32 phys, u32 mode)
{
    for (struct block *b = *list_of_hash(c->blocks, phys, mode); b; b = b->hash_next) {
        if (b->phys != phys || b->mode != mode)
            continue;
        if (!b->straddles)
            return b;
        u32 second;
        if (!mmu_translate(&c->mmu, (lin & ~PAGE_MASK) + PAGE_SIZE, MMU_EXEC, c->user, &second))
            continue; /* building it again raises the fault */
        if (second == b->phys2)
            return b;
    }
    return NULL;
}

static struct jump_slot *slot_of(const struct cpu *c, u32 lin, u32 mode)
{
    return mode & (MODE_SINGLE | MODE_PARTS) ? part_slot(c->blocks, lin, mode)
                                             : jump_slot(c->blocks, lin);
}

static void fill_slot(struct cpu *c, struct block *b, u32 lin, u32 mode)
{
    struct block_cache *bc = c->blocks;
    struct jump_slot *s = slot_of(c, lin, mode);
    *s = (struct jump_slot){.block = b, .lin = lin, .stamp = stamp_of(c, b, lin)};
    if (s >= bc->jump && s < bc->jump + JUMP_SLOTS) {
        u32 group = (u32)(s - bc->jump) / JUMP_GROUP;
        bc->jumps_used[group / 64] |= 1ull << group % 64;
    }
    if (b->code && bc->listener->met)
        bc->listener->met(c, s);
}

/* Where the run loop goes on it has gone on before, as a rule: at each interrupt, say. */
struct block *block_find(struct cpu *c, u32 mode)
{
    u32 lin = c->seg[SEG_CS].base + c->eip;
    const struct jump_slot *j = slot_of(c, lin, mode);
    struct block *b = j->block;
    if (likely(j->lin == lin && mmu_stamp_holds(&c->mmu, j->stamp) && b->mode == mode &&
               (u64)c->eip + b->bytes - 1 <= c->cs_limit))
        return b;
    return block_find_guess(c, mode, b);
}

struct block *block_find_guess(struct cpu *c, u32 mode, struct block *guess)
{
    u32 lin = c->seg[SEG_CS].base + c->eip, phys;

    if (unlikely(c->eip > c->cs_limit)) {
        cpu_fault_code(c, VEC_GP, 0, "fetch at %04x:%08x, beyond the code segment (limit %08x)",
                       c->seg[SEG_CS].sel, c->eip, c->cs_limit);
        return NULL;
    }
    if (unlikely(!mmu_translate(&c->mmu, lin, MMU_EXEC, c->user, &phys))) {
        cpu_page_fault(c);
        return NULL;
    }
    bool right = guess && guess->phys == phys && guess->mode == mode && !guess->straddles;
    struct block *b = right ? guess : lookup(c, lin, phys, mode);
    if (!b) {
        c->doing = CPU_DECODES;
        b = build(c, lin, phys, mode);
        c->doing = CPU_EXECUTES;
    }
    if (!b)
        return NULL;
    if (unlikely((u64)c->eip + b->bytes - 1 > c->cs_limit)) {
        if (mode & MODE_SINGLE || b == c->blocks->uncached) {
            crosses_the_end(c);
            return NULL;
        }
        return block_find(c, (mode & ~MODE_PARTS) | MODE_SINGLE);
    }
    if (b != c->blocks->uncached)
        fill_slot(c, b, lin, mode);
    return b;
}
