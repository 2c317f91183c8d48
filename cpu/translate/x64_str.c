/*
 * x64_str.c - single MOVS STOS LODS SCAS CMPS, upwards; CLD and STD. SDM vol. 2. With REP:
 * x64_rep.c. Downwards the interpreter does them.
 */
#include "cpu/translate/emit.h"

/* An index register's element as the host's operand. */
static struct x64_rm element(struct emit *e, unsigned index, unsigned seg, unsigned n, bool write)
{
    unsigned reg = host_gpr(index);
    if (e->o->flags & OPF_A16)
        x64_op0f(&e->x, X0F_MOVZX + 1, 4, H_T0, X_REG(reg), 2);
    else
        x64_op(&e->x, X_MOV, 4, reg, X_REG(H_T0));
    emit_segment(e, seg, n, write);
    return emit_lookup(e, n, write);
}

/* The index behind the element. The host's flags stay as they are. */
static void step(struct emit *e, unsigned index, unsigned n)
{
    unsigned reg = host_gpr(index);
    x64_op(&e->x, X_LEA, 4, H_T1, X_MEM(reg, (s32)n));
    x64_op(&e->x, X_MOV, e->o->flags & OPF_A16 ? 2 : 4, H_T1, X_REG(reg));
}

static void moves(struct emit *e, unsigned n)
{
    struct x64 *x = &e->x;
    struct x64_rm m = element(e, ESI, e->o->seg, n, false);
    x64_op(x, X_MOV_LOAD, n, H_T1, m);
    x64_op(x, X_MOV, n, H_T1, X_MEM(X_SP, 0));
    m = element(e, EDI, SEG_ES, n, true);
    x64_op(x, X_MOV_LOAD, n, H_T2, X_MEM(X_SP, 0));
    x64_op(x, X_MOV, n, H_T2, m);
    step(e, ESI, n);
    step(e, EDI, n);
}

/* The destination is read first: it shows when both fault. */
static void compares(struct emit *e, unsigned n)
{
    struct x64 *x = &e->x;
    struct x64_rm m = element(e, EDI, SEG_ES, n, false);
    x64_op(x, X_MOV_LOAD, n, H_T1, m);
    x64_op(x, X_MOV, n, H_T1, X_MEM(X_SP, 0));
    m = element(e, ESI, e->o->seg, n, false);
    x64_op(x, X_MOV_LOAD, n, H_T1, m);
    x64_op(x, X_ALU_LOAD(X_CMP), n, H_T1, X_MEM(X_SP, 0));
    flags_made(e, false);
    step(e, ESI, n);
    step(e, EDI, n);
}

bool emit_string(struct emit *e)
{
    struct x64 *x = &e->x;
    unsigned n = operand_size(e->o), eax = host_gpr(EAX);
    if (e->o->flags & (OPF_REP | OPF_REPNE))
        return emit_repeat(e);
    flags_put_aside(e);
    x64_test_imm(x, 4, X_CPU(eflags), EFL_DF);
    exit_if(e, CC_NZ, LEAVE_OP);
    switch (op_operation(e->o)) {
    case I_movs:
        moves(e, n);
        break;
    case I_cmps:
        compares(e, n);
        break;
    case I_lods:
        x64_op(x, X_MOV_LOAD, n, eax, element(e, ESI, e->o->seg, n, false));
        step(e, ESI, n);
        break;
    case I_stos:
        x64_op(x, X_MOV, n, eax, element(e, EDI, SEG_ES, n, true));
        step(e, EDI, n);
        break;
    default:
        x64_op(x, X_ALU_LOAD(X_CMP), n, eax, element(e, EDI, SEG_ES, n, false));
        flags_made(e, false);
        step(e, EDI, n);
        break;
    }
    return true;
}

bool emit_direction(struct emit *e)
{
    flags_clobber(e);
    if (op_operation(e->o) == I_std)
        x64_alu_imm(&e->x, X_OR, 4, X_CPU(eflags), EFL_DF);
    else
        x64_alu_imm(&e->x, X_AND, 4, X_CPU(eflags), ~EFL_DF);
    return true;
}
