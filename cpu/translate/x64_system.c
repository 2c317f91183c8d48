/*
 * x64_system.c - what kernels and firmware do with EFLAGS as a whole: CLI and PUSHF. SDM vol. 2.
 *
 * STI and POPF may let an interrupt in, which is the interpreter's.
 */
#include "cpu/translate/emit.h"

/* In ring 0 and in real mode the flag is simply cleared; elsewhere IOPL decides, and VME. */
bool emit_cli(struct emit *e)
{
    struct x64 *x = &e->x;
    if (e->block->mode & (MODE_VM | MODE_USER))
        return false;
    flags_put_aside(e);
    if (e->block->mode & MODE_PE) {
        x64_alu_imm(x, X_CMP, 1, X_CPU(cpl), 0);
        exit_if(e, CC_NZ, LEAVE_OP);
    }
    x64_alu_imm(x, X_AND, 4, X_CPU(eflags), ~(u32)EFL_IF);
    return true;
}

/* As cpu_eflags(), of the flags in rax, into T2. */
static void eflags_to_t2(struct emit *e)
{
    const u32 low = EFL_SF | EFL_ZF | EFL_AF | EFL_PF | EFL_CF;
    struct x64 *x = &e->x;
    x64_op(x, X_MOV_LOAD, 4, H_T2, X_CPU(eflags));
    x64_alu_imm(x, X_AND, 4, X_REG(H_T2), ~(u32)(EFL_ARITH | EFL_VM | EFL_RF));
    x64_op(x, X_MOV, 4, H_FL, X_REG(H_T1));
    x64_shift_imm(x, X_SHR, 4, X_REG(H_T1), 8);
    x64_alu_imm(x, X_AND, 4, X_REG(H_T1), low);
    x64_op(x, X_ALU(X_OR), 4, H_T1, X_REG(H_T2));
    x64_op(x, X_MOV, 4, H_FL, X_REG(H_T1));
    x64_alu_imm(x, X_AND, 4, X_REG(H_T1), FL_OF);
    x64_shift_imm(x, X_SHL, 4, X_REG(H_T1), 11);
    x64_op(x, X_ALU(X_OR), 4, H_T1, X_REG(H_T2));
    x64_alu_imm(x, X_OR, 4, X_REG(H_T2), EFL_ONE);
}

bool emit_pushf(struct emit *e)
{
    struct x64 *x = &e->x;
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    if (e->block->mode & MODE_VM)
        return false;
    flags_clobber(e);
    eflags_to_t2(e);
    x64_op(x, X_MOV, 4, H_T2, X_MEM(X_SP, 0));
    struct x64_rm m = emit_stack(e, -(s32)n, n, true);
    x64_op(x, X_MOV_LOAD, 4, H_T2, X_MEM(X_SP, 0));
    x64_op(x, X_MOV, n, H_T2, m);
    emit_move_stack(e, -(s32)n, H_T1);
    return true;
}
