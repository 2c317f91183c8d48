/*
 * dispatch.h - where handlers go when they do not simply go on: functions that return a status,
 * links that are not there yet, targets to look up, faults.
 *
 * Rare or complex instructions are plain C functions that return a status; OP_CALL() stamps the
 * handler around them:
 *
 *     static enum op_status lgdt(struct cpu *c, const struct op *o) { ... TRY(...); return OP_NEXT;
 * } OP_CALL(exec_lgdt, lgdt)
 *
 * Inside such a function the flags are in c->fl, EIP of the instruction is op_eip(c, o), and
 * nothing may be committed before the last access that can fault.
 */
#ifndef FERRITE_CPU_DISPATCH_H
#define FERRITE_CPU_DISPATCH_H

#include "cpu/blocks/block.h"
#include "cpu/exec.h"

/* Finish an op according to the status that a C helper returned (flags in c->fl). */
exec_ret exec_status(struct cpu *c, const struct op *o, u64 status);

#define OP_CALL(name, helper)                                                                      \
    HANDLER(name)                                                                                  \
    {                                                                                              \
        c->fl = (u32)fl;                                                                           \
        enum op_status s_ = helper(c, o);                                                          \
        fl = c->fl;                                                                                \
        if (likely(s_ == OP_NEXT) && likely(!c->stop))                                             \
            NEXT;                                                                                  \
        TAIL(exec_status(c, o, s_));                                                               \
    }

/* The same for a helper written once for 16 and 32 bits: helper(c, o, size in bytes). */
#define OP_CALL_W(name, helper, w)                                                                 \
    static enum op_status name##_call(struct cpu *c, const struct op *o)                           \
    {                                                                                              \
        return helper(c, o, w);                                                                    \
    }                                                                                              \
    OP_CALL(name, name##_call)

exec_fn exec_fall_through;      /* end of a block without a branch */
exec_fn exec_fall_through_flat; /* the same in flat mode */
exec_fn exec_inspect;           /* before an instruction that a debugger may want: see inspect.h */
exec_fn exec_charged;           /* a block's first record with a timing: see below */
exec_fn exec_lookup;            /* go on at c->eip, whatever block is there */
exec_fn exec_taken_miss, exec_next_miss; /* a link of o is not usable yet; c->eip is the target */
exec_fn exec_limit_fault;                /* a near branch out of the code segment: #GP(0) */

/* A block that is counted begins with it: cpu/profile/profile.h. turns: it ends in a call, a return
 * and so on. */
exec_fn *profile_handler(u32 mode, bool turns);
/* Is a block's first record one of these? */
bool block_is_counted(const struct block *b);

/* Is an instruction at this offset of a page one that a debugger or a trace waits for? */
bool block_guarded(const struct cpu *c, u32 offset);

/* What op[0].fn of a block is while the translator has nothing to do with it: with a timing, the
 * handler that charges what its instructions take beside one tick each. */
static inline exec_fn *block_head(const struct cpu *c, const struct block *b)
{
    return c->timing ? exec_charged : b->first;
}

/* Begin the instruction anew with its own handler: what op[0].fn leads to has been done. */
#define START_OVER                                                                                 \
    do {                                                                                           \
        exec_fn *own_ = o->idx ? o->fn : op_block(o)->first;                                       \
        TAIL(own_(c, o, fl));                                                                      \
    } while (0)

#endif
