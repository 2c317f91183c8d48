/*
 * op_x87_soft.c - the x87 instructions where the host has no x87 unit (or FERRITE_PORTABLE is
 * asked for). Each handler of ops_x87.def but the control instructions has its way for ordinary
 * numbers (x87_quick.h) with the unit open (gate FPU_LIVE) and the operand in the TLB; all else
 * does one that they share, which opens the gate, fetches the operand and lets x87_soft() do the
 * work.
 */
#include "cpu/blocks/handlers.h"
#include "cpu/decode/query.h"
#include "cpu/fpu/x87_quick.h"
#include "cpu/fpu/x87_soft.h"

#if !FPU_HOST

static enum op_status soft(struct cpu *c, const struct op *o)
{
    bool mem = o->flags & OPF_MEM, store = op_row(o)->attr & A_STORE, stored = false;
    unsigned n = op_memory(o).bytes;
    enum op_status s = fpu_open_x87(c, o);
    if (s != OP_NEXT)
        return s;
    if (mem) {
        u32 cr2 = c->cr2;
        if (!store) {
            TRY(fpu_fetch(c, o, n));
        } else if ((s = fpu_probe(c, o, n)) != OP_NEXT) {
            /* An unmasked exception suppresses the store, and then a bad address does not matter.
             */
            struct cpu_fpu before = c->fpu;
            x87_soft(c, o, c->fpu.scratch, &stored, &c->fl);
            c->fpu = before;
            if (stored)
                return s;
            c->event.pending = false;
            c->cr2 = cr2;
        }
        fpu_note_mem(c, o, op_ea(c, o));
    } else {
        fpu_note(c, o);
    }
    x87_soft(c, o, c->fpu.scratch, &stored, &c->fl);
    return stored ? fpu_put(c, o, n) : OP_NEXT;
}

static OP_CALL(soft_op, soft)

/* ---- register forms ---- */

#define PLAIN_OP(op, rm)                                                                           \
    HANDLER(x87_##op##rm)                                                                          \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_LIVE) ||                                                   \
            unlikely(!x87_quick_register(&c->fpu, 0x##op, 0x##rm, &fl)))                           \
            TAIL(soft_op(c, o, fl));                                                               \
        fpu_note(c, o);                                                                            \
        NEXT;                                                                                      \
    }
#define FCOMI_OP PLAIN_OP
#define FCMOV_OP PLAIN_OP
#define FPREM_OP PLAIN_OP

/* ---- memory forms ---- */

#define MEM_FORM(K, suffix, op, ext, n, max, tlb)                                                  \
    exec_fn x87_##op##_##ext##suffix;                                                              \
    HANDLER(x87_##op##_##ext##suffix)                                                              \
    {                                                                                              \
        if (unlikely(c->fpu.gate != FPU_LIVE))                                                     \
            TAIL(soft_op(c, o, fl));                                                               \
        FPU_AT_##K(max, tlb, n, soft_op);                                                          \
        if (unlikely(!x87_quick_memory(&c->fpu, 0x##op, ext, p)))                                  \
            TAIL(soft_op(c, o, fl));                                                               \
        fpu_note_mem(c, o, off_);                                                                  \
        NEXT;                                                                                      \
    }
#define LOAD_OP(op, ext, n)                                                                        \
    FPU_KINDS(MEM_FORM, op, ext, n, rd_max, tlb_read)                                              \
    FPU_FAMILY(x87_##op##_##ext, x87_##op##_##ext##_B, x87_##op##_##ext##_X);
#define STORE_OP(op, ext, n)                                                                       \
    FPU_KINDS(MEM_FORM, op, ext, n, wr_max, tlb_write)                                             \
    FPU_FAMILY(x87_##op##_##ext, x87_##op##_##ext##_B, x87_##op##_##ext##_X);

/* Elsewhere: op_x87_trans.c, op_x87_ctl.c. */
#define TRANSCENDENTAL_OP(op, rm)
#define CONTROL_OP(...)

/* Bytes of an operand. */
#define BYTES_M
#define BYTES_Mw 2
#define BYTES_Md 4
#define BYTES_Mq 8
#define BYTES_Mt 10

#define X87_REG(way, op, rm) way##_OP(op, rm)
#define X87_MEM(way, op, ext, operand) X87_MEM_(way, op, ext, BYTES_##operand)
#define X87_MEM_(way, op, ext, n) way##_OP(op, ext, n)
#include "cpu/decode/ops_x87.def"

#endif
