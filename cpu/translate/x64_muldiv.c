/*
 * x64_muldiv.c - MUL IMUL DIV IDIV (but for IDIV of 8 bits), CBW CWDE CWD CDQ, BSWAP. SDM vol. 2.
 *
 * Division: the host's instruction faults where the guest's does, and a host's fault is nothing to
 * wait for: it is only executed where the quotient fits for certain, else the interpreter decides.
 */
#include "cpu/translate/emit.h"

/* The flags of a product (alu_mul_fl()): the host has just made CF = OF; `low` is its low half. */
static void product_flags(struct emit *e, unsigned n, unsigned low)
{
    struct x64 *x = &e->x;
    if (!flags_needed(e)) {
        flags_unread(e);
        return;
    }
    x64_op0f(x, X0F_SET + CC_O, 1, X_DIGIT(0), X_REG(H_T1), 1);
    x64_op0f(x, X0F_MOVZX, 4, H_T1, X_REG(H_T1), 1);
    x64_op(x, X_TEST, n, low, X_REG(low));
    x64_lahf(x);
    x64_alu_imm(x, X_AND, 4, X_REG(H_FL), FL_SF | FL_ZF | FL_PF);
    x64_op(x, X_ALU(X_OR), 4, H_T1, X_REG(H_FL));
    x64_shift_imm(x, X_SHL, 4, X_REG(H_T1), 8);
    x64_op(x, X_ALU(X_OR), 4, H_T1, X_REG(H_FL));
    flags_in_rax(e);
}

bool emit_imul(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    struct operand_at by = emit_operand(e, 2);
    unsigned n = operand_size(e->o);
    struct x64_rm m = from.place == IN_MEMORY ? emit_access(e, n, false) : X_REG(from.reg);
    if (op_operation(e->o) == I_imul3)
        x64_imul_imm(&e->x, n, to.reg, m, by.imm);
    else
        x64_op0f(&e->x, X0F_IMUL, n, to.reg, m, n);
    product_flags(e, n, to.reg);
    return true;
}

/* EAX and EDX, or AX and DX, or AX: the products and dividends of these sizes. */
static void multiply(struct emit *e, struct operand_at by, unsigned n, bool is_signed)
{
    struct x64 *x = &e->x;
    unsigned eax = host_gpr(EAX);
    struct x64_rm m = by.place == IN_MEMORY ? emit_access(e, n, false) : X_REG(by.reg);
    x64_op(x, X_MOV, 4, eax, X_REG(X_AX)); /* all flags are overwritten: rax is free */
    x64_op(x, X_GROUP3, n, X_DIGIT(is_signed ? 5 : 4), m);
    x64_op(x, X_MOV, n == 1 ? 2 : n, X_AX, X_REG(eax));
    product_flags(e, n, eax);
}

/* Widened to 32 bits: a register or memory operand of n bytes. */
static void widened(struct emit *e, unsigned to, struct x64_rm from, unsigned n, bool is_signed)
{
    if (n == 4)
        x64_op(&e->x, X_MOV_LOAD, 4, to, from);
    else
        x64_op0f(&e->x, (is_signed ? X0F_MOVSX : X0F_MOVZX) + (n == 2), 4, to, from, n);
}

/* Leave unless the dividend is no longer than the quotient may be, and the divisor not 0 or -1. */
static void check_signed(struct emit *e, unsigned n)
{
    struct x64 *x = &e->x;
    x64_op(x, X_LEA, 4, H_T1, X_MEM(H_T0, 1));
    x64_alu_imm(x, X_CMP, 4, X_REG(H_T1), 1);
    exit_if(e, CC_BE, LEAVE_DIVIDE);
    widened(e, H_T1, X_REG(host_gpr(EAX)), n, true);
    x64_shift_imm(x, X_SAR, 4, X_REG(H_T1), 31);
    x64_op(x, X_ALU(X_CMP), n, host_gpr(EDX), X_REG(H_T1));
    exit_if(e, CC_NZ, LEAVE_DIVIDE);
}

/* Leave unless the dividend's upper half is below the divisor. */
static void check_unsigned(struct emit *e, unsigned n)
{
    unsigned upper = n == 1 ? X_HIGH(host_gpr(EAX)) : host_gpr(EDX);
    widened(e, H_T1, X_REG(upper), n, false);
    x64_op(&e->x, X_ALU(X_CMP), 4, H_T0, X_REG(H_T1));
    exit_if(e, CC_NB, LEAVE_DIVIDE);
}

static void divide(struct emit *e, struct operand_at by, unsigned n, bool is_signed)
{
    struct x64 *x = &e->x;
    unsigned eax = host_gpr(EAX);
    struct x64_rm m = by.place == IN_MEMORY ? emit_access(e, n, false) : X_REG(by.reg);
    flags_clobber(e);
    widened(e, H_T0, m, n, is_signed);
    if (is_signed)
        check_signed(e, n);
    else
        check_unsigned(e, n);
    x64_op(x, X_MOV, 4, H_FL, X_REG(H_T2));
    x64_op(x, X_MOV, 4, eax, X_REG(X_AX));
    x64_op(x, X_GROUP3, n, X_DIGIT(is_signed ? 7 : 6), X_REG(H_T0));
    x64_op(x, X_MOV, n == 1 ? 2 : n, X_AX, X_REG(eax));
    x64_op(x, X_MOV, 4, H_T2, X_REG(H_FL));
}

bool emit_muldiv(struct emit *e)
{
    struct operand_at by = emit_operand(e, 0);
    enum operation op = op_operation(e->o);
    unsigned n = operand_size(e->o);
    if (by.place == NOWHERE || (n == 1 && op == I_idiv))
        return false;
    if (op == I_mul || op == I_imul1)
        multiply(e, by, n, op == I_imul1);
    else
        divide(e, by, n, op == I_idiv);
    return true;
}

bool emit_widen(struct emit *e)
{
    struct x64 *x = &e->x;
    unsigned eax = host_gpr(EAX), edx = host_gpr(EDX);
    bool narrow = e->o->flags & OPF_O16;
    if (op_operation(e->o) == I_cbw) {
        if (narrow)
            x64_op0f(x, X0F_MOVSX, 2, eax, X_REG(eax), 1);
        else
            x64_op0f(x, X0F_MOVSX + 1, 4, eax, X_REG(eax), 2);
        return true;
    }
    flags_clobber(e);
    if (narrow) {
        x64_op0f(x, X0F_MOVSX + 1, 4, H_T0, X_REG(eax), 2);
        x64_shift_imm(x, X_SAR, 4, X_REG(H_T0), 31);
        x64_op(x, X_MOV, 2, H_T0, X_REG(edx));
    } else {
        x64_op(x, X_MOV, 4, eax, X_REG(edx));
        x64_shift_imm(x, X_SAR, 4, X_REG(edx), 31);
    }
    return true;
}

bool emit_bswap(struct emit *e)
{
    struct operand_at a = emit_operand(e, 0);
    if (e->o->flags & OPF_O16)
        return false;
    x64_bswap(&e->x, a.reg);
    return true;
}
