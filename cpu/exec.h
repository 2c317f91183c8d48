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
#if UINTPTR_MAX > UINT32_MAX
static inline exec_ret step_to(const struct op *next, u64 fl)
{
    return (struct step){next, fl};
}

static inline const struct op *step_next(exec_ret s)
{
    return s.next;
}

static inline u64 step_flags(exec_ret s)
{
    return s.fl;
}
#else
static inline exec_ret step_to(const struct op *next, u64 fl)
{
    return (uintptr_t)next | fl << 32;
}

static inline const struct op *step_next(exec_ret s)
{
    return (const struct op *)(uintptr_t)s;
}

static inline u64 step_flags(exec_ret s)
{
    return s >> 32;
}
#endif
/* From one op to the next, until one leaves; the flags it left. */
static inline u64 step_through(struct cpu *c, exec_ret s)
{
    while (step_next(s))
        s = step_next(s)->fn(c, step_next(s), step_flags(s));
    return step_flags(s);
}
#define DISPATCH(op_, fl_) return step_to((op_), (fl_))
#define LEAVE_LOOP(fl_) return step_to(NULL, (fl_))
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
