/*
 * exec.h - how handlers are written: entry, dispatch, faults, leaving.
 *
 *     HANDLER(exec_nop) { NEXT; }
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
#ifndef FERRITE_CPU_EXEC_H
#define FERRITE_CPU_EXEC_H

#include "cpu/op.h"

enum op_status {
    OP_NEXT = 0, /* go on with the next op */
    OP_FAULT,    /* c->event is set; nothing was committed */
    OP_JUMP,     /* c->eip is the new EIP (same or other segment, any mode): look up the block */
    OP_LEAVE, /* done; c->eip is final; leave to the run loop (HLT, shutdown, STI, mode change) */
    OP_AGAIN  /* like OP_JUMP to this same instruction (interrupted REP): c->eip is set already
                 and the instruction has charged its own iterations */
};

#define TRY(expr)                                                                                  \
    do {                                                                                           \
        if (unlikely((expr) != 0))                                                                 \
            return OP_FAULT;                                                                       \
    } while (0)

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

#define CPU_STOP_SMC 1u     /* the running block was overwritten */
#define CPU_STOP_REQUEST 2u /* an interrupt line rose, a stop was asked for */

static inline u32 op_eip(const struct cpu *c, const struct op *o)
{
    return c->eip + o->pc;
}

/* EIP of the following instruction, wrapped as the code segment's size says. */
static inline u32 op_next_eip(const struct cpu *c, const struct op *o)
{
    return c->eip + o->pc + o->len;
}

#define REG8(off) (*((u8 *)c + (off)))
#define REG16(off) (*(u16 *)((u8 *)c + (off)))
#define REG32(off) (*(u32 *)((u8 *)c + (off)))

/*
 * Record an exception and return OP_FAULT. The text says why, with the guest's own values: %s (of
 * strings that stay), %x, %u, %d and %llx.
 */
enum op_status cpu_fault(struct cpu *c, unsigned vector, const char *why, ...) PRINTF_LIKE(3, 4);
enum op_status cpu_fault_code(struct cpu *c, unsigned vector, u32 error, const char *why, ...)
    PRINTF_LIKE(4, 5);
/* #PF from mmu.fault_*: sets CR2. */
enum op_status cpu_page_fault(struct cpu *c);
/* Why, as text. */
void cpu_event_text(const struct cpu_event *e, char *out, size_t size);

/* c->mode, tlb pointer, stack mask, cs_limit from the segment registers, CR0, EFLAGS, CPL. */
void cpu_update_mode(struct cpu *c);
/* c->cpl changed. */
void cpu_set_cpl(struct cpu *c, unsigned cpl);
/* rd_max, wr_max from base, limit, attr, usable. */
void seg_update(struct seg *s);

#endif
