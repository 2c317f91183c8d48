/*
 * jumps.c - where RET and indirect jumps of machine code find machine code: the code slots.
 *
 * They are filled from the jump cache. A slot holds as long as its stamp; but the code that it
 * names may go before: then a jump to where the target is looked up stands at the code's head.
 */
#include "cpu/blocks/block.h"
#include "cpu/translate/jit_private.h"

#include <string.h>

void jit_met(struct cpu *c, const struct jump_slot *s)
{
    const struct block *b = s->block;
    struct jit *j = c->jit;
    if (!mode_has_slots(b->mode))
        return;
    u32 word = (s->lin ^ s->lin >> CODE_SLOT_SHIFT) & CODE_SLOT_MASK,
        number = word / CODE_SLOT_WORDS;
    u64 *slots = j->slots[b->mode & MODE_USER ? 1 : 0];
    struct code_slot *k = (struct code_slot *)(void *)slots + number;
    u64 *page = slots + CODE_PAGES_AT - CODE_SLOTS_AT + number;
    if (b->code && !(b->code & CODE_RESTS)) {
        *k = (struct code_slot){
            .lin = s->lin, .stamp = s->stamp, .code = (uintptr_t)j->region.run + b->code};
        *page = (b->phys & ~PAGE_MASK) | CODE_PAGE_KNOWN;
    } else if (k->lin == s->lin) {
        *k = (struct code_slot){.stamp = 0};
        *page = 0;
    }
    j->slots_used = true;
}

void jit_forget_slots(struct cpu *c)
{
    struct jit *j = c->jit;
    if (!j->slots_used) /* nothing of the tables need come into memory */
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(j->slots); i++)
        memset(j->slots[i], 0, SLOT_WORDS * sizeof(u64));
    j->slots_used = false;
}

void jit_shut(const struct jit *j, const struct block *b)
{
    struct translation *t = translation_of(j, b);
    u32 at = b->code & ~CODE_RESTS;
    u8 *head = j->region.write + at;
    if (!t->gone)
        return;
    memcpy(t->head, head, JUMP_BYTES);
    head[0] = 0xe9; /* JMP */
    put_le32(head + 1, t->gone - (at + JUMP_BYTES));
    jit_serialize(j);
}

void jit_unshut(const struct jit *j, const struct block *b)
{
    const struct translation *t = translation_of(j, b);
    if (!t->gone)
        return;
    memcpy(j->region.write + (b->code & ~CODE_RESTS), t->head, JUMP_BYTES);
    jit_serialize(j);
}
