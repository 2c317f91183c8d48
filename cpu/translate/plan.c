/*
 * plan.c - see plan.h. The bytes of a block cannot have changed since it was built: a store to them
 * drops it first.
 */
#include "cpu/translate/plan.h"

#include "cpu/blocks/dispatch.h"
#include "cpu/blocks/fuse.h"
#include "cpu/blocks/liveness.h"
#include "cpu/decode/decode.h"
#include "cpu/decode/query.h"

static void find_live_flags(struct plan *p)
{
    u32 live = FL_ALL;
    for (unsigned i = p->count; i-- > 0;) {
        struct flag_use use = flags_used(&p->insn[i], live);
        p->live[i] = (u16)use.after;
        p->needed[i] = (u16)use.needed;
        live = use.before;
    }
}

bool plan_make(struct plan *p, const struct cpu *c, const struct block *b)
{
    const struct phys_page *page = &c->phys->page[b->phys >> PAGE_SHIFT];
    u32 offset = b->phys & PAGE_MASK, at = 0;
    p->count = 0;
    p->records = block_is_counted(b); /* its first record is no instruction */
    if (b->straddles || (page->kind != PAGE_RAM && page->kind != PAGE_ROM))
        return false;
    while (p->count < b->count) {
        const struct op *record = &b->op[p->records];
        for (unsigned k = fuse_weight(record); k-- > 0; p->count++) {
            struct op *o = &p->insn[p->count];
            unsigned n = decode_op(c->decoder, b->mode, page->host + offset + at,
                                   PAGE_SIZE - offset - at, o);
            bool last = k == 0;
            if (!n || (last && o->def != record->def) || at + n > b->bytes)
                return false;
            o->pc = (u8)at;
            if (op_is_relative(o))
                o->imm += at + n;
            p->record[p->count] = (u8)p->records;
            at += n;
        }
        p->records++;
    }
    find_live_flags(p);
    return at == b->bytes;
}
