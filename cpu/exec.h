/*
 * exec.h - how handlers are written: entry, going on to the next, leaving.
 *
 *     HANDLER(exec_nop) { NEXT; }
 *
 * Functions that return a status become handlers by OP_CALL() (cpu/blocks/dispatch.h).
 */
#ifndef FERRITE_CPU_EXEC_H
#define FERRITE_CPU_EXEC_H

#include "cpu/op.h"

#ifdef FERRITE_TRAMPOLINE
#define DISPATCH(op_, fl_)                                                                         \
    return (struct step)                                                                           \
    {                                                                                              \
        (op_), (fl_)                                                                               \
    }
#define LEAVE_LOOP(fl_)                                                                            \
    return (struct step)                                                                           \
    {                                                                                              \
        NULL, (fl_)                                                                                \
    }
#define TAIL(call) return call
#else
/* GCC makes sibling calls of these at -O2 by itself; others have to be told, or the stack grows. */
#if __has_attribute(musttail)
#define MUST_TAIL __attribute__((musttail))
#else
#define MUST_TAIL
#endif
#define DISPATCH(op_, fl_)                                                                         \
    do {                                                                                           \
        const struct op *n_ = (op_);                                                               \
        MUST_TAIL return n_->fn(c, n_, (fl_));                                                     \
    } while (0)
#define LEAVE_LOOP(fl_)                                                                            \
    do {                                                                                           \
        c->fl = (u32)(fl_);                                                                        \
        return;                                                                                    \
    } while (0)
#define TAIL(call)                                                                                 \
    do {                                                                                           \
        MUST_TAIL return call;                                                                     \
    } while (0)
#endif

#define UNUSED __attribute__((unused))
#define HANDLER(name) exec_ret name(struct cpu *c UNUSED, const struct op *o UNUSED, u64 fl UNUSED)
#define NEXT DISPATCH(o + 1, fl)

#endif
