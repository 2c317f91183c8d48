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

/*
 * A successor of a block. Two of them follow the block's last op in the array. The block itself may
 * be reached at several linear addresses: within its page the way is the same for all of them, into
 * another page each has its own.
 */
struct link {
    struct block *to;
    struct link *next_incoming; /* other links to the same block */
    u32 stamp; /* the one of mmu.stamp that it was made under; 0 = valid while both blocks live
                  (same page); LINK_NONE = leads nowhere */
    u32 lin;   /* with a stamp: the linear address that it leads to */
    /* The translator's, places in its code: the distance of the jump that follows this link (0:
     * there is none), and where that leads while it must not follow it. */
    u32 at, stub;
};
#define LINK_NONE MMU_NO_STAMP
struct links {
    struct link next[2]; /* 0: taken branch or only successor, 1: fall through */
};

#define BLOCK_MAX_OPS 48 /* instructions */
#define BLOCK_MAX_BYTES 240

/*
 * Beside MODE_* of cpu.h, in block_find()'s mode: a block of at most 2^n instructions, for the end
 * of a slice. It stands for itself, no jump leads to it.
 */
#define MODE_PART(n) ((u32)(n) << 8)
#define MODE_PARTS MODE_PART(7)
#define PART_MOST 5u /* n */

struct block {
    u32 phys; /* of the first byte */
    u32 mode; /* MODE_* it was decoded for; BLOCK_DEAD when dropped */
    u16 bytes;
    u8 count;         /* instructions */
    u8 straddles : 1; /* one instruction, on two pages */
    u8 patched : 1;   /* takes constants from memory (patched.h) */
    u8 records : 6;   /* struct op, with the one that falls through */
    u32 phys2;        /* its second page */
    struct block *hash_next;
    struct block *page_next[2]; /* other blocks with bytes on the same page */
    struct link *incoming;      /* links to this block, to be cut when it dies */
    exec_fn *first;             /* op[0]'s own handler while op[0].fn leads elsewhere */
    /* The translator's: */
    u32 code; /* place of its machine code; 0: none (cpu/translate/jit.h) */
    u16 heat; /* entries until it is translated */
    union {
        u16 since; /* when they began to be counted, as the translator counts time */
        u16 slow;  /* when it is translated: exits until it rests */
    };
    u8 room[sizeof(void *) == 8 ? 0 : 16]; /* to a multiple of 32 bytes with short pointers */
    struct op op[];
};
_Static_assert(sizeof(struct block) % 32 == 0, "ops are aligned to half a cache line");
#define BLOCK_DEAD 0xffffffffu
_Static_assert(BLOCK_MAX_OPS + 1 < 1u << 6, "records of a block");

static inline struct block *op_block(const struct op *o)
{
    return (struct block *)((char *)(uintptr_t)(o - o->idx) - sizeof(struct block));
}

static inline struct links *op_links(const struct op *o)
{
    return (struct links *)(uintptr_t)(o + 1);
}

/*
 * With a timing (cpu_set_timing()): ticks beside one each of the last n instructions of a block.
 * They lie behind its links.
 */
static inline u32 *block_extras(const struct block *b)
{
    return (u32 *)(uintptr_t)(op_links(&b->op[b->records - 1]) + 1);
}
static inline u32 block_extra(const struct cpu *c, const struct block *b, unsigned n)
{
    return c->timing && n ? block_extras(b)[n - 1] : 0;
}

/* A big program has tens of thousands of targets; none of them is in memory before it is used. */
#define JUMP_SLOTS ((u32)(sizeof(void *) == 8 ? 65536 : 4096))
#define JUMP_GROUP 64u /* slots that are emptied together */
#define PART_SLOTS 512u

/* Where did this linear address lead last time? Valid under its stamp of the MMU; all 0: empty. */
struct jump_slot {
    struct block *block;
    u32 lin;
    u32 stamp;
};

/* What is decoded of a page, in steps of 64 bytes, so that a store looks at few blocks. */
#define STEP_SHIFT 6
#define PAGE_STEPS (PAGE_SIZE >> STEP_SHIFT)

struct code_page {
    struct phys_code map;             /* for whoever stores beside code, in phys.code, too */
    struct block *blocks[PAGE_STEPS]; /* by their first byte on the page */
    u32 longest;                      /* bytes of the longest block that was ever here */
};

/*
 * The handler for a decoded op in this mode, which need not make the flags when nobody reads them.
 * Given at creation: the table of handlers stands above the blocks, because handlers end in them.
 */
typedef exec_fn *choose_fn(const struct op *o, u32 mode, bool flags_needed);

/* What the translator, which stands above as well, wants to be told. */
struct block_listener {
    void (*built)(struct cpu *c, struct block *b);
    void (*cut)(struct cpu *c, struct link *l); /* a link with l->at leads elsewhere from now on */
    void (*emptied)(struct cpu *c);             /* all blocks have gone */
    /* These may be NULL. Of a block that has code: it dies; it is what a jump slot has now. */
    void (*dropped)(struct cpu *c, struct block *b);
    void (*met)(struct cpu *c, const struct jump_slot *s);
    void (*forget)(struct cpu *c); /* all jump slots have been emptied */
};

/* Bytes of an instruction that stores drop its block for (patched.h). */
struct patched {
    u32 phys;           /* of the instruction; times: 0, of none */
    u8 from, to, times; /* the bytes from..to - 1 of it */
};
#define PATCHED_SLOTS 64u

struct block_cache {
    struct jump_slot jump[JUMP_SLOTS]; /* first: handlers reach it from c->blocks */
    struct jump_slot part[PART_SLOTS]; /* likewise for blocks that no jump leads to */
    choose_fn *choose;
    const struct block_listener *listener; /* NULL: nobody */
    struct block **hash; /* lists by place and mode: 1 << hash_bits of them, of so many blocks */
    u32 hash_bits, blocks;
    struct code_page **page;    /* by physical page: NULL when nothing of it is decoded */
    struct code_page *spare[2]; /* for the pages of the next block */
    bool said;                  /* that there was no memory for them */
    u8 *arena;
    size_t used;
    struct patched patched[PATCHED_SLOTS];
    u32 generation;                               /* counts drops of everything */
    u64 jumps_used[JUMP_SLOTS / JUMP_GROUP / 64]; /* a bit for each group that is not empty */
    struct block *uncached;        /* one instruction of where nothing is kept: cacheable() */
    u64 decoded, dropped, flushes; /* for statistics */
};

static ALWAYS_INLINE struct jump_slot *jump_slot(struct block_cache *b, u32 lin)
{
    return &b->jump[(lin ^ lin >> 12) & (JUMP_SLOTS - 1)];
}

/* Of a block of MODE_SINGLE, or of MODE_PART(). */
static inline struct jump_slot *part_slot(struct block_cache *b, u32 lin, u32 mode)
{
    return &b->part[(lin ^ lin >> 9 ^ mode >> 8 << 6) & (PART_SLOTS - 1)];
}

bool blocks_init(struct cpu *c, choose_fn *choose);
void blocks_free(struct cpu *c);
void blocks_drop_all(struct cpu *c);
void block_drop(struct cpu *c, struct block *b); /* this one alone */

/*
 * The block at CS:EIP for this mode, decoded if need be. NULL when the fetch faults: the
 * exception is in c->event.
 */
struct block *block_find(struct cpu *c, u32 mode);
/* The same; `guess` (may be NULL, or any block, dead ones too) spares the search when it is the
 * one. */
struct block *block_find_guess(struct cpu *c, u32 mode, struct block *guess);

/* Link source's successor slot `which` to b; the caller has c->eip at b's start. */
void block_link(struct cpu *c, const struct op *source, unsigned which, struct block *b, u32 delta);

/* mmu.stamps_used_up: no link and no jump slot made under a stamp holds any longer. */
void blocks_forget_stamps(void *cpu);

/* phys->code_write: [addr, addr + len) inside one page is about to change. */
void blocks_overwritten(void *cpu, u32 addr, u32 len);

#endif
