/*
 * x64_system.c - what kernels and firmware do with EFLAGS as a whole: CLI, STI, PUSHF and POPF. SDM
 * vol. 2.
 *
 * STI and POPF may let an interrupt in: while one waits they are the interpreter's. None can come
 * before a device is due, which is when the budget ends; so what STI holds back for one instruction
 * need not be noted where one more is paid for. Both end the block.
 */
#include "cpu/blocks/dispatch.h"
#include "cpu/translate/emit.h"

/* Elsewhere than in ring 0 and in real mode IOPL decides, and VME. */
static bool may_switch(const struct emit *e)
{
    return !(e->block->mode & (MODE_VM | MODE_USER));
}

/* Rings 1 and 2 are not told apart by the mode. */
static void check_ring(struct emit *e)
{
    if (!(e->block->mode & MODE_PE))
        return;
    x64_alu_imm(&e->x, X_CMP, 1, X_CPU(cpl), 0);
    exit_if(e, CC_NZ, LEAVE_OP);
}

/* What comes behind it, from the first byte of the page that it lies in. */
static u32 behind(const struct emit *e)
{
    return (e->block->phys & PAGE_MASK) + e->o->pc + e->o->len;
}

/* May it end here, in what comes behind it? In 16-bit code IP might wrap. */
static bool goes_on(const struct emit *e)
{
    return e->flat || e->page_eip + behind(e) <= CHECKED_LIMIT;
}

/* Somebody may look there before the next instruction, and must see what STI holds back. */
static bool is_awaited(const struct emit *e)
{
    return block_guarded(e->cpu, behind(e) & PAGE_MASK);
}

/* Nothing that is looked at between two blocks. */
static void check_quiet(struct emit *e)
{
    struct x64 *x = &e->x;
    x64_test_imm(x, 4, X_CPU(eflags), EFL_TF | EFL_RF);
    exit_if(e, CC_NZ, LEAVE_OP);
    x64_alu_imm(x, X_CMP, 1, X_CPU(intr), 0);
    exit_if(e, CC_NZ, LEAVE_OP);
}

static void go_on(struct emit *e)
{
    emit_next_eip(e);
    e->ended = true;
    emit_indirect(e);
}

bool emit_cli(struct emit *e)
{
    if (!may_switch(e))
        return false;
    flags_put_aside(e);
    check_ring(e);
    x64_alu_imm(&e->x, X_AND, 4, X_CPU(eflags), ~(u32)EFL_IF);
    return true;
}

/*
 * The interpreter does what comes next alone, and then what is behind it, as a block of its own: a
 * profile would tell the two apart.
 */
bool emit_sti(struct emit *e)
{
    struct x64 *x = &e->x;
    if (!may_switch(e) || !goes_on(e) || is_awaited(e) || block_is_counted(e->block))
        return false;
    flags_clobber(e);
    check_ring(e);
    check_quiet(e);
    x64_alu_imm(x, X_CMP, 8, X_REG(H_BUDGET), 0);
    exit_if(e, CC_LE, LEAVE_OP);
    x64_alu_imm(x, X_OR, 4, X_CPU(eflags), EFL_IF);
    go_on(e);
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

/* What is in T2 becomes EFLAGS and the flags in rax, as far as it differs. */
static void eflags_from_t2(struct emit *e)
{
    struct x64 *x = &e->x;
    const u32 low = EFL_SF | EFL_ZF | EFL_AF | EFL_PF | EFL_CF;
    x64_op(x, X_MOV, 4, H_T2, X_REG(H_T0));
    x64_alu_imm(x, X_AND, 4, X_REG(H_T0), EFL_IF | EFL_DF);
    x64_alu_imm(x, X_AND, 4, X_CPU(eflags), ~(u32)(EFL_IF | EFL_DF));
    x64_op(x, X_ALU(X_OR), 4, H_T0, X_CPU(eflags));
    x64_op(x, X_MOV, 4, H_T2, X_REG(H_FL));
    x64_alu_imm(x, X_AND, 4, X_REG(H_FL), low);
    x64_shift_imm(x, X_SHL, 4, X_REG(H_FL), 8);
    x64_shift_imm(x, X_SHR, 4, X_REG(H_T2), 11);
    x64_alu_imm(x, X_AND, 4, X_REG(H_T2), FL_OF);
    x64_op(x, X_ALU(X_OR), 4, H_T2, X_REG(H_FL));
}

/* IF, DF and the arithmetic flags; what changes others leaves. */
bool emit_popf(struct emit *e)
{
    struct x64 *x = &e->x;
    unsigned n = e->o->flags & OPF_O16 ? 2 : 4;
    u32 others = EFL_TF | EFL_IOPL | EFL_NT | (n == 4 ? EFL_AC | EFL_ID : 0);
    if (!may_switch(e) || !goes_on(e))
        return false;
    flags_clobber(e);
    check_ring(e);
    check_quiet(e);
    struct x64_rm m = emit_stack(e, 0, n, false);
    x64_op(x, X_MOV_LOAD, n, H_T2, m);
    x64_op(x, X_MOV, 4, H_T2, X_REG(H_T1));
    x64_op(x, X_ALU_LOAD(X_XOR), 4, H_T1, X_CPU(eflags));
    x64_test_imm(x, 4, X_REG(H_T1), others);
    exit_if(e, CC_NZ, LEAVE_OP);
    emit_move_stack(e, (s32)n, H_T1);
    eflags_from_t2(e);
    flags_in_rax(e);
    go_on(e);
    return true;
}
