/*
 * places.c - blocks by linear and physical address, and how often they ran. See profile.h.
 *
 * A block that is dropped and decoded again, the same bytes long, goes on where it was: its place
 * is found by address, length and number of instructions.
 */
#include "cpu/profile/private.h"

#include "cpu/decode/query.h"

#include <stdlib.h>
#include <string.h>

enum {
    BYTES = 1 << 16,        /* of one piece of memory for `start` */
    BLOCK_INSTRUCTIONS = 64 /* no block has more (cpu/blocks/block.h) */
};

/* Of a block's mode, what tells one execution of the same bytes from another. */
#define PLACE_MODE (MODE_CS32 | MODE_PE | MODE_VM | MODE_USER)

static u32 hash_of(u32 lin, u32 phys, unsigned count)
{
    u32 h = lin * 0x9e3779b1u ^ phys * 0x85ebca6bu ^ count;
    return (h ^ h >> 15) & (PLACE_HASH - 1);
}

static u8 *keep_starts(struct cpu_profile *p, unsigned count)
{
    if (!p->bytes || p->bytes_used + count > BYTES) {
        u8 *more = malloc(BYTES);
        if (!more)
            return NULL;
        memcpy(more, &p->bytes, sizeof p->bytes);
        p->bytes = more;
        p->bytes_used = sizeof p->bytes;
    }
    u8 *start = p->bytes + p->bytes_used;
    p->bytes_used += count;
    return start;
}

static enum place_end end_of(const struct op *o)
{
    switch (op_operation(o)) {
    case I_call:
        return END_CALL;
    case I_ret:
        return END_RET;
    case I_call_far:
        return END_FAR_CALL;
    case I_jmp_far:
        return END_FAR_JMP;
    case I_retf:
        return END_FAR_RET;
    case I_iret:
        return END_IRET;
    case I_int:
    case I_int3:
    case I_into:
    case I_icebp:
        return END_INT;
    case I_sysenter:
        return END_SYSENTER;
    case I_sysexit:
        return END_SYSEXIT;
    default:
        return END_PLAIN;
    }
}

/* What it takes off the stack: the return address with what lies with it, and its operand. */
static u32 pop_of(const struct op *o, enum place_end end)
{
    unsigned size = o->flags & OPF_O16 ? 2 : 4;
    switch (end) {
    case END_RET:
        return size + (o->imm & 0xffff);
    case END_FAR_RET:
        return 2 * size + (o->imm & 0xffff);
    case END_IRET:
        return 3 * size;
    default:
        return 0;
    }
}

static u8 vector_of(const struct op *o)
{
    switch (op_operation(o)) {
    case I_int:
        return (u8)o->imm;
    case I_int3:
        return VEC_BP;
    case I_into:
        return VEC_OF;
    case I_icebp:
        return VEC_DB;
    default:
        return 0;
    }
}

static u32 symbol_of(const struct cpu_profile *p, u32 lin)
{
    return p->config.symbol ? p->config.symbol(p->config.owner, lin) : 0;
}

u32 profile_symbol(const struct cpu *c, u32 lin)
{
    return symbol_of(c->profile, lin);
}

static struct cpu_place *find(const struct cpu_profile *p, const struct cpu_place *like)
{
    struct cpu_place *k = p->hash[hash_of(like->lin, like->phys, like->count)];
    while (k && (k->lin != like->lin || k->phys != like->phys || k->count != like->count ||
                 k->bytes != like->bytes || k->mode != like->mode))
        k = k->next;
    return k;
}

/* A place like this one, which is none yet. NULL: no room. */
static struct cpu_place *fresh(struct cpu_profile *p, const struct cpu_place *like)
{
    struct cpu_place **chunk = &p->chunk[p->places / CHUNK % CHUNKS];
    u8 *start = NULL;
    if (p->places < PROFILE_PLACES && (*chunk || (*chunk = calloc(CHUNK, sizeof **chunk))))
        start = keep_starts(p, like->count);
    if (!start) {
        p->full = true;
        return NULL;
    }
    struct cpu_place *k = place_number(p, p->places);
    *k = *like;
    k->number = p->places++;
    k->start = start;
    k->symbol = symbol_of(p, k->lin);
    u32 h = hash_of(k->lin, k->phys, k->count);
    k->next = p->hash[h];
    p->hash[h] = k;
    return k;
}

/* The place of this block, with what is there now: other code may be cut the same way. */
static struct cpu_place *place_of(struct cpu_profile *p, const struct cpu_place *like)
{
    struct cpu_place *k = find(p, like);
    if (!k && !(k = fresh(p, like)))
        return NULL;
    memcpy((u8 *)(uintptr_t)k->start, like->start, like->count);
    k->end = like->end;
    k->pop = like->pop;
    k->vector = like->vector;
    k->after = k->end == END_PLAIN ? k->symbol : PROFILE_TURN | k->number;
    return k;
}

struct cpu_place *profile_built(struct cpu *c, u32 lin, u32 phys, const struct op *op,
                                unsigned count, u32 bytes)
{
    u8 start[BLOCK_INSTRUCTIONS];
    const struct op *last = &op[count - 1];
    enum place_end end = end_of(last);
    for (unsigned i = 0; i < count; i++)
        start[i] = op[i].pc;
    return place_of(c->profile, &(struct cpu_place){.lin = lin,
                                                    .phys = phys,
                                                    .count = (u8)count,
                                                    .bytes = (u16)bytes,
                                                    .mode = c->mode & PLACE_MODE,
                                                    .end = (u8)end,
                                                    .pop = pop_of(last, end),
                                                    .vector = vector_of(last),
                                                    .start = start});
}

struct cpu_place *profile_alias(struct cpu_profile *p, const struct cpu_place *like, u32 lin)
{
    struct cpu_place at = *like;
    at.lin = lin;
    at.hits = 0;
    at.early = NULL;
    at.entered = 0;
    at.caller = at.called = NULL;
    return place_of(p, &at);
}

void place_left(struct cpu_profile *p, struct cpu_place *k, unsigned undone)
{
    if (!k->early && !(k->early = calloc(k->count + 1u, sizeof *k->early))) {
        p->full = true;
        return;
    }
    k->early[undone]++;
}

u64 place_completed(const struct cpu_place *k, unsigned i)
{
    u64 n = k->hits;
    for (unsigned undone = k->count - i; k->early && undone <= k->count; undone++)
        n -= k->early[undone];
    return n;
}

void profile_forget_counts(struct cpu_profile *p)
{
    for (u32 i = 0; i < p->places; i++) {
        struct cpu_place *k = place_number(p, i);
        k->hits = 0;
        k->entered = 0;
        k->caller = k->called = NULL;
        free(k->early);
        k->early = NULL;
    }
}

void profile_free_places(struct cpu_profile *p)
{
    profile_forget_counts(p);
    for (unsigned i = 0; i < CHUNKS; i++)
        free(p->chunk[i]);
    while (p->bytes) {
        u8 *next;
        memcpy(&next, p->bytes, sizeof next);
        free(p->bytes);
        p->bytes = next;
    }
}
