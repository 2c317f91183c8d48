/*
 * op_popcnt.c - POPCNT, the example of cpu/README.md. SDM vol. 2, POPCNT.
 */
#include "cpu/blocks/handlers.h"
#include "cpu/protect/access.h"

/* How many bits are set. ZF says that none is; the other flags become 0. */
static ALWAYS_INLINE enum op_status popcnt(struct cpu *c, const struct op *o, unsigned n)
{
    u32 v;
    TRY(rm_load(c, o, n, &v));
    host_store((u8 *)c + o->r2, n, (u32)__builtin_popcount(v));
    c->fl = v ? 0 : FL_ZF;
    return OP_NEXT;
}
OP_CALL_W(exec_popcnt16, popcnt, 2)
OP_CALL_W(exec_popcnt32, popcnt, 4)
