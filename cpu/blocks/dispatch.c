/*
 * dispatch.c - what handlers come to when they do not simply go on to the next: see dispatch.h.
 */
#include "cpu/blocks/dispatch.h"

#include "cpu/blocks/branch.h"
#include "cpu/fault.h"
#include "cpu/inspect.h"
#include "cpu/profile/profile.h"
#include "cpu/protect/debug_regs.h"
#include "cpu/trace.h"

/* Must the run loop look before the next instruction? */
static bool attention(const struct cpu *c)
{
    return c->stop || c->nmi || (c->intr && (c->eflags & EFL_IF)) ||
           (c->eflags & (EFL_TF | EFL_RF)) || debug_armed(c) || log_on(c->log, TRACE_CATEGORIES);
}

/*
 * Before the fetch at CS:EIP, all before it being done: does a debugger want to stop there, or a
 * trace to begin? The record in the target's block (exec_inspect) would be too late for a fetch
 * that faults.
 */
static bool awaited(struct cpu *c)
{
    u32 lin = c->seg[SEG_CS].base + c->eip;
    if (likely(!c->inspect && !c->trace))
        return false;
    c->slow_op = NULL; /* for the count of instructions */
    return (inspect_guards(c->inspect, lin & PAGE_MASK) && inspect_execute(c, lin)) ||
           trace_reached(c, lin);
}

/*
 * The fetch at the target is part of the next instruction: with nothing left in the budget it is
 * not tried, or its fault would come within this slice, and before the trap of a single step.
 * Nor is it where somebody stops before it.
 */
#define LEAVE_BEFORE_FETCH                                                                         \
    do {                                                                                           \
        if (unlikely(c->budget <= 0 || awaited(c)))                                                \
            LEAVE_LOOP(fl);                                                                        \
    } while (0)

/*
 * The block has been charged one tick for each instruction. If the rest is not covered any more,
 * the run loop goes on by single instructions, as it does in ENTER_BLOCK.
 */
HANDLER(exec_charged)
{
    const struct block *b = op_block(o);
    u32 extra = block_extra(c, b, b->count);
    if (unlikely(c->budget < (s64)extra) && !(b->mode & MODE_SINGLE)) {
        c->budget += b->count;
        LEAVE_LOOP(fl);
    }
    cpu_charge(c, extra);
    exec_fn *first = b->first;
    TAIL(first(c, o, fl));
}

HANDLER(exec_lookup)
{
    LEAVE_BEFORE_FETCH;
    c->fl = (u32)fl;
    (void)o;
    /* The slot's block is the one as a rule: only its stamp is of old. */
    struct block *guess = jump_slot(c->blocks, c->seg[SEG_CS].base + c->eip)->block;
    const struct block *b = block_find_guess(c, c->mode, guess);
    if (unlikely(!b)) {
        fetch_faulted(c);
        LEAVE_LOOP(c->fl);
    }
    ENTER_BLOCK(b, fl);
}

/* Look the target up, and link it to the branch. NULL: its fetch faults. */
static const struct block *link_missed(struct cpu *c, const struct op *o, unsigned which, u32 delta)
{
    u32 generation = c->blocks->generation;
    struct block *b = block_find_guess(c, c->mode, op_links(o)->next[which].to);
    if (unlikely(!b))
        fetch_faulted(c);
    else if (b->mode == c->mode && generation == c->blocks->generation)
        block_link(c, o, which, b, delta);
    return b;
}

/* The link is good, but for another address of this code: the jump cache knows both ways. */
static bool link_of_alias(const struct cpu *c, const struct link *l)
{
    return mmu_stamp_holds(&c->mmu, l->stamp);
}

HANDLER(exec_taken_miss)
{
    LEAVE_BEFORE_FETCH;
    if (link_of_alias(c, &op_links(o)->next[0]))
        JUMP_INDIRECT;
    c->fl = (u32)fl;
    const struct block *b = link_missed(c, o, 0, o->flags & OPF_FUSED ? o->disp : o->imm);
    if (unlikely(!b))
        LEAVE_LOOP(c->fl);
    ENTER_BLOCK(b, fl);
}

HANDLER(exec_next_miss)
{
    LEAVE_BEFORE_FETCH;
    if (link_of_alias(c, &op_links(o)->next[1]))
        JUMP_INDIRECT;
    c->fl = (u32)fl;
    const struct block *b = link_missed(c, o, 1, (u32)o->pc + o->len);
    if (unlikely(!b))
        LEAVE_LOOP(c->fl);
    ENTER_BLOCK(b, fl);
}

HANDLER(exec_fall_through)
{
    c->eip += o->pc;
    FOLLOW(&op_links(o)->next[1], exec_next_miss, true);
}

HANDLER(exec_fall_through_flat)
{
    c->eip += o->pc;
    FOLLOW(&op_links(o)->next[1], exec_next_miss, false);
}

/* The first record of a block that is counted; how often, and where it was come from. */
#define STAMP_PROFILE(name, base, turns)                                                           \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        struct cpu_counted *p = &c->counted;                                                       \
        struct cpu_place *k = op_place(o);                                                         \
        if (unlikely(k->symbol != p->expect) || unlikely(k->lin != (base) + c->eip)) {             \
            profile_turn(c, (struct op *)(uintptr_t)o);                                            \
            NEXT;                                                                                  \
        }                                                                                          \
        if (turns) /* else it is what it was */                                                    \
            p->expect = k->after;                                                                  \
        p->now = k;                                                                                \
        k->hits++;                                                                                 \
        NEXT;                                                                                      \
    }
STAMP_PROFILE(profile_plain, c->seg[SEG_CS].base, false)
STAMP_PROFILE(profile_plain_flat, 0, false)
STAMP_PROFILE(profile_turns, c->seg[SEG_CS].base, true)
STAMP_PROFILE(profile_turns_flat, 0, true)

exec_fn *profile_handler(u32 mode, bool turns)
{
    if (mode & MODE_FLAT)
        return turns ? profile_turns_flat : profile_plain_flat;
    return turns ? profile_turns : profile_plain;
}

bool block_is_counted(const struct block *b)
{
    return b->first == profile_plain || b->first == profile_plain_flat ||
           b->first == profile_turns || b->first == profile_turns_flat;
}

/* Of the block that is left at this instruction, the last n have not been done. */
static void leave_early(struct cpu *c, const struct op *o, enum op_status status, unsigned n)
{
    const struct block *b = op_block(o);
    if (c->timing)
        cpu_charge(c, -(s64)block_extra(c, b, n));
    if (c->profile && block_is_counted(b))
        profile_early(c, o, status);
}

/* The record before a block's first instruction; the processor stops before its first instruction,
 * or nothing is done.
 */
HANDLER(exec_inspect)
{
    u32 lin = c->seg[SEG_CS].base + c->eip;
    c->slow_op = o; /* for the count of instructions */
    if (likely(!(c->inspect && inspect_execute(c, lin)) && !trace_reached(c, lin)))
        NEXT;
    c->budget += o->left;
    if (unlikely(c->extras))
        leave_early(c, o, OP_AGAIN, o->left);
    LEAVE_LOOP(fl);
}

HANDLER(exec_limit_fault)
{
    c->fl = (u32)fl;
    cpu_fault_code(c, VEC_GP, 0, "near branch at %04x:%08x out of the code segment (limit %08x)",
                   c->seg[SEG_CS].sel, op_eip(c, o), c->cs_limit);
    TAIL(exec_status(c, o, OP_FAULT));
}

/* Where to go on; the flags are in c->fl. */
static ALWAYS_INLINE exec_ret go_on(struct cpu *c, const struct op *o, u64 status)
{
    u64 fl = c->fl;
    switch ((enum op_status)status) {
    case OP_NEXT: /* c->stop is set */
        c->eip = op_next_eip(c, o);
        break;
    case OP_FAULT:
        c->eip = op_eip(c, o);
        break;
    case OP_JUMP:
        if (likely(!attention(c)))
            JUMP_INDIRECT;
        break;
    case OP_LEAVE:
    case OP_AGAIN:
        break;
    }
    LEAVE_LOOP(fl);
}

static COLD exec_ret status_with_extras(struct cpu *c, const struct op *o, u64 status)
{
    leave_early(c, o, (enum op_status)status, o->left - 1u);
    TAIL(go_on(c, o, status));
}

exec_ret exec_status(struct cpu *c, const struct op *o, u64 status)
{
    /* The block was charged as a whole: give back what comes after this op. */
    c->budget += o->left - 1;
    if (unlikely(c->extras))
        TAIL(status_with_extras(c, o, status));
    TAIL(go_on(c, o, status));
}
