/*
 * op_x87_soft.c - the x87 instructions where the host has no x87 unit (or FERRITE_PORTABLE is
 * asked for): every handler of ops_x87.def but the control instructions is the same one, which
 * fetches the operand and lets x87_soft() do the work.
 */
#include "cpu/blocks/handlers.h"
#include "cpu/decode/query.h"
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

#define PLAIN_OP(op, rm)                                                                           \
    HANDLER(x87_##op##rm)                                                                          \
    {                                                                                              \
        TAIL(soft_op(c, o, fl));                                                                   \
    }
#define FCOMI_OP PLAIN_OP
#define FCMOV_OP PLAIN_OP
#define FPREM_OP PLAIN_OP
#define LOAD_OP(op, ext)                                                                           \
    PLAIN_OP(op, _##ext)                                                                           \
    FPU_FAMILY(x87_##op##_##ext, NULL, NULL);
#define STORE_OP LOAD_OP
/* Elsewhere: op_x87_trans.c, op_x87_ctl.c. */
#define TRANSCENDENTAL_OP(op, rm)
#define CONTROL_OP(op, rm)
#define X87_REG(way, op, rm) way##_OP(op, rm)
#define X87_MEM(way, op, ext, operand) way##_OP(op, ext)
#include "cpu/decode/ops_x87.def"

#endif
