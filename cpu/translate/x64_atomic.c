/*
 * x64_atomic.c - CMPXCHG, XADD, CMPXCHG8B. SDM vol. 2. There is one processor, and nobody looks at
 * memory in the middle of an instruction: LOCK is as good as done, and the host's own forms, which
 * cost as much as the bus, are not needed.
 *
 * A comparison that fails writes back what was there (op_bit.c). Where the TLB has a word for
 * stores nobody can tell; elsewhere it leaves, so that the write is done.
 */
#include "cpu/translate/emit.h"

/* High bytes have no name beside registers of the host's own, which T2 is. */
static bool in_names(struct operand_at to, struct operand_at from, bool into_from)
{
    bool memory = to.place == IN_MEMORY;
    if (to.place == NOWHERE || from.place == NOWHERE)
        return false;
    return !X_IS_HIGH(from.reg) ? memory || !X_IS_HIGH(to.reg) : memory && !into_from;
}

static void made(struct emit *e)
{
    if (flags_needed(e))
        flags_made(e, false);
    else
        flags_unread(e);
}

/* High and low into one register of 64 bits. The registers' upper halves are 0. */
static void join(struct x64 *x, unsigned high, unsigned low, unsigned into)
{
    x64_op(x, X_MOV, 4, high, X_REG(into));
    x64_shift_imm(x, X_SHL, 8, X_REG(into), 32);
    x64_op(x, X_ALU(X_OR), 8, low, X_REG(into));
}

/* ZF says whether they were equal; the other flags stay. */
static bool eight_bytes(struct emit *e)
{
    struct x64 *x = &e->x;
    flags_clobber(e);
    struct x64_rm m = emit_flatten(e, emit_access(e, 8, true));
    x64_alu_imm(x, X_AND, 4, X_REG(H_FL), ~FL_ZF);
    x64_op(x, X_MOV_LOAD, 8, H_T1, m);
    join(x, host_gpr(EDX), host_gpr(EAX), H_T2);
    x64_op(x, X_ALU(X_CMP), 8, H_T1, X_REG(H_T2));
    u8 *other = x64_jcc_hole(x, CC_NZ);
    join(x, host_gpr(ECX), host_gpr(EBX), H_T2);
    x64_op(x, X_MOV, 8, H_T2, m);
    x64_alu_imm(x, X_OR, 4, X_REG(H_FL), FL_ZF);
    u8 *done = x64_jmp_hole(x);
    x64_fill(x, other, x->at);
    x64_op(x, X_MOV, 4, H_T1, X_REG(host_gpr(EAX)));
    x64_shift_imm(x, X_SHR, 8, X_REG(H_T1), 32);
    x64_op(x, X_MOV, 4, H_T1, X_REG(host_gpr(EDX)));
    x64_fill(x, done, x->at);
    flags_in_rax(e);
    return true;
}

/* The accumulator becomes what was there: when it is equal that changes nothing. */
bool emit_cmpxchg(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    unsigned n = operand_size(e->o), accumulator = host_gpr(EAX);
    struct x64 *x = &e->x;
    if (op_operation(e->o) == I_cmpxchg8b)
        return eight_bytes(e);
    if (!in_names(to, from, false))
        return false;
    struct x64_rm m = to.place == IN_MEMORY ? emit_access(e, n, true) : X_REG(to.reg);
    x64_op(x, X_MOV_LOAD, n, H_T2, m);
    x64_op(x, X_ALU(X_CMP), n, H_T2, X_REG(accumulator));
    x64_op(x, X_MOV, n, H_T2, X_REG(accumulator));
    u8 *other = x64_jcc_hole(x, CC_NZ);
    x64_op(x, X_MOV, n, from.reg, m);
    x64_fill(x, other, x->at);
    made(e);
    return true;
}

/* Of one register alone it leaves the sum. */
bool emit_xadd(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    unsigned n = operand_size(e->o);
    struct x64 *x = &e->x;
    if (!in_names(to, from, true))
        return false;
    struct x64_rm m = to.place == IN_MEMORY ? emit_access(e, n, true) : X_REG(to.reg);
    x64_op(x, X_MOV_LOAD, n, H_T2, m);
    x64_op(x, X_ALU(X_ADD), n, from.reg, m);
    if (to.place == IN_MEMORY || to.reg != from.reg)
        x64_op(x, X_MOV, n, H_T2, X_REG(from.reg));
    made(e);
    return true;
}
