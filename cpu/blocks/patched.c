/* patched.c - see patched.h. */
#include "cpu/blocks/patched.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/query.h"
#include "cpu/exec.h"

#include <string.h>

#define OFTEN 4u /* times that bytes are stored to until they are left out */
/* Times that they are found unchanged until they are code again, which may be translated: so many
 * pay for that (cpu/translate). */
#define SETTLED 2500u

static HANDLER(exec_patched);

/* ---- which instructions ---- */

static struct patched *slot_of(struct block_cache *bc, u32 phys)
{
    return &bc->patched[(phys ^ phys >> 6) % PATCHED_SLOTS];
}

void patched_note(struct block_cache *bc, const struct block *b, u32 addr, u32 len)
{
    if (b->code || b->straddles || b->mode & (MODE_SINGLE | MODE_PARTS))
        return;
    for (unsigned i = 0; i < b->records; i++) {
        const struct op *o = &b->op[i];
        u32 phys = b->phys + o->pc, from = addr - phys, to = from + len;
        if (!o->len || from >= o->len || to > o->len)
            continue;
        struct patched *p = slot_of(bc, phys);
        if (p->phys != phys || !p->times)
            *p = (struct patched){.phys = phys, .from = (u8)from, .to = (u8)to};
        p->from = from < p->from ? (u8)from : p->from;
        p->to = to > p->to ? (u8)to : p->to;
        p->times += p->times < OFTEN;
    }
}

/* ---- what they are ---- */

static const u8 *bytes_of(const struct cpu *c, const struct block *b, u32 at)
{
    return c->phys->page[b->phys >> PAGE_SHIFT].host + (b->phys & PAGE_MASK) + at;
}

/* Do two records differ in their constants only? A fused one stands for its first instruction. */
static bool same_form(const struct op *a, const struct op *b)
{
    bool fused = (a->flags | b->flags) & OPF_FUSED;
    return (fused || (a->def == b->def && a->len == b->len)) && a->r1 == b->r1 && a->r2 == b->r2 &&
           a->base == b->base && a->index == b->index && a->shift == b->shift && a->seg == b->seg &&
           a->modrm == b->modrm && !((a->flags ^ b->flags) & ~OPF_FUSED);
}

/*
 * Nothing but its constants depends on these bytes, and nothing was chosen by the constants: not a
 * handler, nor which flags are alive. Of ModR/M, SIB and opcode each bit counts, so that the bytes
 * one by one, inverted, tell what they are.
 */
static bool only_constants(const struct cpu *c, const struct block *b, u32 at, u32 from, u32 to)
{
    u8 bytes[DECODE_MAX];
    struct op is, other;
    u32 room = PAGE_SIZE - (b->phys & PAGE_MASK) - at;
    unsigned n = room < sizeof bytes ? room : sizeof bytes;
    memcpy(bytes, bytes_of(c, b, at), n);
    if (!decode_op(c->decoder, b->mode, bytes, n, &is) || to > is.len || op_is_relative(&is) ||
        op_row(&is)->attr & (A_END | A_MERGE))
        return false;
    for (u32 i = from; i < to; i++) {
        bytes[i] ^= 0xff;
        bool same = decode_op(c->decoder, b->mode, bytes, n, &other) && same_form(&is, &other);
        bytes[i] ^= 0xff;
        if (!same)
            return false;
    }
    return true;
}

/* ---- the records ---- */

/* A record's own: how often the bytes were as before; where and how many; what they were. */
static u32 seen(const u8 *at, unsigned n)
{
    return n == 4 ? get_le32(at) : n == 2 ? get_le16(at) : *at;
}

unsigned patched_records(struct cpu *c, struct block *b, struct op *op, unsigned ops, unsigned room)
{
    if (c->extras || b->straddles || b->mode & MODE_SINGLE ||
        c->phys->page[b->phys >> PAGE_SHIFT].kind != PAGE_RAM)
        return ops;
    for (unsigned i = 0; i < ops && room; i++) {
        u32 at = op[i].pc;
        struct patched *p = slot_of(c->blocks, b->phys + at);
        unsigned n = p->to - p->from;
        if (likely(p->phys != b->phys + at || p->times < OFTEN))
            continue;
        if ((n != 1 && n != 2 && n != 4) || !only_constants(c, b, at, p->from, p->to)) {
            p->times = 0; /* other bytes of it may be, or it is another instruction some day */
            continue;
        }
        memmove(&op[i + 1], &op[i], (ops - i) * sizeof *op);
        op[i] = (struct op){.fn = exec_patched,
                            .pc = (u8)at,
                            .base = p->from,
                            .index = (u8)n,
                            .imm = seen(bytes_of(c, b, at + p->from), n)};
        i++;
        ops++;
        room--;
        b->patched = true;
    }
    return ops;
}

bool patched_bytes(const struct block *b, u32 at, u32 *from, u32 *to)
{
    for (unsigned i = 0; i < b->records; i++) {
        const struct op *o = &b->op[i];
        *from = (u32)o->pc + o->base;
        *to = *from + o->index;
        if (o->fn == exec_patched && *to > at)
            return true;
    }
    return false;
}

/* An ordinary block from now on: nothing of this instruction has been done. */
static HANDLER(exec_settled)
{
    struct block *b = op_block(o);
    slot_of(c->blocks, b->phys + o->pc)->times = 0;
    c->budget += o->left;
    c->eip += o->pc;
    block_drop(c, b);
    LEAVE_LOOP(fl);
}

static HANDLER(exec_changed)
{
    struct op *r = (struct op *)(uintptr_t)o, *of = r + 1, is;
    const struct block *b = op_block(o);
    const u8 *bytes = bytes_of(c, b, o->pc);
    u32 room = PAGE_SIZE - (b->phys & PAGE_MASK) - o->pc;
    r->imm = seen(bytes + o->base, o->index);
    r->r1 = 0;
    if (unlikely(!decode_op(c->decoder, b->mode, bytes, room, &is) || !same_form(&is, of)))
        TAIL(exec_settled(c, o, fl));
    of->imm = is.imm;
    if (!(of->flags & OPF_FUSED))
        of->disp = is.disp;
    NEXT;
}

static HANDLER(exec_patched)
{
    struct op *r = (struct op *)(uintptr_t)o;
    const struct block *b = op_block(o);
    const u8 *at = bytes_of(c, b, (u32)o->pc + o->base);
    if (seen(at, o->index) != o->imm)
        TAIL(exec_changed(c, o, fl));
    if (unlikely(++r->r1 == SETTLED))
        TAIL(exec_settled(c, o, fl));
    NEXT;
}
