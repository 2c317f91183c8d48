/*
 * link.c - the handlers that machine code ends in: along a link, through the jump cache; and the
 * patching of jumps between blocks.
 */
#include "cpu/blocks/branch.h"
#include "cpu/profile/profile.h"
#include "cpu/translate/jit_private.h"

/* Point the jump of a link somewhere. Only C code does this: no machine code runs meanwhile. */
static void patch(const struct jit *j, u32 at, u32 target)
{
    u8 *hole = j->region.write + at;
    u32 distance = target - (at + 4);
    if (get_le32(hole) == distance)
        return;
    put_le32(hole, distance);
    jit_serialize(j);
}

void jit_cut(struct cpu *c, struct link *l)
{
    patch(c->jit, l->at, l->stub);
}

/*
 * Of counted blocks: does who comes this way always come from the same function, or by a
 * call that was as usual, to the place that the target counts? Not where the interpreter, at
 * another linear address, may have begun the block.
 */
static bool trusts(const struct translation *from, const struct translation *to)
{
    const struct cpu_place *k = from->place, *l = to->place;
    bool same = k && (k->end == END_CALL || (k->end == END_PLAIN && k->symbol == l->symbol));
    return same && !from->hooks && k->lin - k->phys == l->lin - l->phys &&
           k->phys >> PAGE_SHIFT == l->phys >> PAGE_SHIFT;
}

/*
 * The link is good: let the code follow it by itself from now on. A bound target must be bound to
 * where the source leads, which is always the same place.
 */
static ALWAYS_INLINE void follow(const struct cpu *c, const struct link *l,
                                 const struct block *from, const struct block *to)
{
    const struct jit *j = c->jit;
    if (!l->at || !to->code || (to->code & CODE_RESTS) || j->check)
        return;
    if (block_is_bound(to) && translation_of(j, to)->page_eip != c->eip - (to->phys & PAGE_MASK))
        return;
    const struct translation *t = translation_of(j, to);
    bool trusted = t->trusted && trusts(translation_of(j, from), t);
    patch(j, l->at, trusted ? t->trusted : to->code);
}

#define FOLLOW_AND_PATCH(which, miss)                                                              \
    do {                                                                                           \
        if (unlikely(c->jit->check))                                                               \
            jit_check_end(c, fl);                                                                  \
        const struct link *l_ = &op_links(o)->next[which];                                         \
        const struct block *to_ = linked(c, l_, block_is_bound(op_block(o)));                      \
        if (unlikely(!to_))                                                                        \
            TAIL(miss(c, o, fl));                                                                  \
        follow(c, l_, op_block(o), to_);                                                           \
        ENTER_BLOCK(to_, fl);                                                                      \
    } while (0)

HANDLER(jit_follow_taken)
{
    FOLLOW_AND_PATCH(0, exec_taken_miss);
}

HANDLER(jit_follow_next)
{
    FOLLOW_AND_PATCH(1, exec_next_miss);
}

HANDLER(jit_lookup)
{
    if (unlikely(c->jit->check))
        jit_check_end(c, fl);
    const struct block *b = cached(c);
    if (unlikely(!b))
        TAIL(exec_lookup(c, o, fl));
    jit_met(c, jump_slot(c->blocks, c->seg[SEG_CS].base + c->eip));
    ENTER_BLOCK(b, fl);
}
