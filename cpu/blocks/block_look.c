/* block_look.c - see block_look.h. */
#include "cpu/blocks/block_look.h"

#include "cpu/blocks/block.h"
#include "cpu/blocks/patched.h"
#include "cpu/decode/decode.h"

/* Length of the instruction at this place of a block; 0: not in plain memory. */
static unsigned length_at(const struct cpu *c, const struct block *b, unsigned pc)
{
    const struct phys_page *page = &c->phys->page[b->phys >> PAGE_SHIFT];
    u32 offset = (b->phys & PAGE_MASK) + pc;
    struct op o;
    if ((page->kind != PAGE_RAM && page->kind != PAGE_ROM) || offset >= PAGE_SIZE)
        return 0;
    return decode_op(c->decoder, b->mode, page->host + offset, PAGE_SIZE - offset, &o);
}

/* Does an instruction begin so many bytes behind the block's first one? */
static bool find(const struct cpu *c, const struct block *b, unsigned pc, struct block_seen *s)
{
    for (unsigned i = 0; i < b->records; i++) {
        const struct op *o = &b->op[i];
        bool fused = o->flags & OPF_FUSED;
        if (!o->len)
            continue; /* counts, or asks for a debugger */
        bool second = fused && o->pc != pc && o->pc + length_at(c, b, o->pc) == pc;
        if (o->pc != pc && !second)
            continue;
        s->record = i;
        s->fused = fused;
        s->second = second;
        u32 from, to;
        s->patched = b->patched && !second && patched_bytes(b, o->pc, &from, &to) &&
                     from < (u32)o->pc + o->len;
        return true;
    }
    return false;
}

static void put_ways(const struct block *b, struct block_seen *s)
{
    const struct links *l = op_links(&b->op[b->records - 1]);
    for (unsigned i = 0; i < 2; i++) {
        const struct block *to = l->next[i].stamp != LINK_NONE ? l->next[i].to : NULL;
        s->way[i] = (struct block_way){.there = to != NULL, .phys = to ? to->phys : 0};
    }
}

unsigned blocks_seen(const struct cpu *c, u32 phys, struct block_seen *out, unsigned most)
{
    const struct code_page *page = c->blocks->page[phys >> PAGE_SHIFT];
    unsigned n = 0;
    if (!page)
        return 0;
    for (unsigned step = 0; step <= (phys & PAGE_MASK) >> STEP_SHIFT; step++) {
        const struct block *b = page->blocks[step];
        while (b && n < most) {
            bool here = b->phys >> PAGE_SHIFT == phys >> PAGE_SHIFT;
            struct block_seen s = {.phys = b->phys,
                                   .mode = b->mode,
                                   .bytes = b->bytes,
                                   .instructions = b->count,
                                   .records = b->records,
                                   .straddles = b->straddles,
                                   .present = b->mode == c->mode,
                                   .translated = b->code != 0,
                                   .heat = b->heat};
            if (here && phys >= b->phys && phys < b->phys + b->bytes &&
                find(c, b, phys - b->phys, &s)) {
                put_ways(b, &s);
                out[n++] = s;
            }
            b = b->page_next[here ? 0 : 1];
        }
    }
    return n;
}
