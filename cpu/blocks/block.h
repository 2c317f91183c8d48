/*
 * block.h - the cache of decoded basic blocks: lookup, chaining, invalidation.
 *
 * Blocks are keyed by physical address and mode (op.h, MODE_*). Memory comes from one arena; when
 * it is full everything is dropped. Dropping one block (its code was overwritten) cuts the links
 * that lead to it; its memory stays until the arena is emptied, so that a block that overwrites
 * itself can finish its present instruction.
 */
#ifndef FERRITE_CPU_BLOCK_H
#define FERRITE_CPU_BLOCK_H

#include "cpu/op.h"

#define JUMP_SLOTS 4096u

/* Where did this linear address lead last time? Valid under one stamp of the MMU. */
struct jump_slot {
    struct block *block;
    u32 lin;
    u32 stamp;
};

/* What is decoded of a page, in steps of 64 bytes, so that a store looks at few blocks. */
#define STEP_SHIFT 6
#define PAGE_STEPS (PAGE_SIZE >> STEP_SHIFT)

struct code_page {
    u64 bytes[PAGE_STEPS];            /* a bit for each decoded byte */
    struct block *blocks[PAGE_STEPS]; /* by their first byte on the page */
    u32 longest;                      /* bytes of the longest block that was ever here */
};

struct block_cache {
    struct jump_slot jump[JUMP_SLOTS]; /* first: handlers reach it from c->blocks */
    struct block **hash;
    struct code_page **page; /* by physical page: NULL when nothing of it is decoded */
    u8 *arena;
    size_t used;
    u32 generation;                /* counts drops of everything */
    struct block *dead;            /* what empty jump slots point at */
    struct block *uncached;        /* one instruction from memory that is neither RAM nor ROM */
    u64 decoded, dropped, flushes; /* for statistics */
};

static ALWAYS_INLINE struct jump_slot *jump_slot(struct block_cache *b, u32 lin)
{
    return &b->jump[(lin ^ lin >> 12) & (JUMP_SLOTS - 1)];
}

bool blocks_init(struct cpu *c);
void blocks_free(struct cpu *c);
void blocks_drop_all(struct cpu *c);

/*
 * The block at CS:EIP for this mode, decoded if need be. NULL when the fetch faults: the
 * exception is in c->event.
 */
struct block *block_find(struct cpu *c, u32 mode);

/* Link source's successor slot `which` to b; the caller has c->eip at b's start. */
void block_link(struct cpu *c, const struct op *source, unsigned which, struct block *b, u32 delta);

/* phys->code_write: [addr, addr + len) inside one page is about to change. */
void blocks_overwritten(void *cpu, u32 addr, u32 len);

#endif
