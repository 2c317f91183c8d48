/*
 * x64_shift.c - shifts and rotates, SHLD SHRD, BT BTS BTR BTC, BSF BSR. SDM vol. 2.
 *
 * The flags are those of cpu/alu.h: OF of a shift is that of its first step, whatever the count, AF
 * is 0; OF of a rotate is computed from the result. Of SHLD and SHRD OF says whether the sign has
 * changed. Left to the interpreter: narrow operands where the host's CF, or the result, would be
 * undefined, rotates of memory.
 */
#include "cpu/translate/emit.h"

static unsigned shift_number(enum operation op)
{
    switch (op) {
    case I_rol:
        return X_ROL;
    case I_ror:
        return X_ROR;
    case I_rcl:
        return X_RCL;
    case I_rcr:
        return X_RCR;
    case I_shl:
        return X_SHL;
    case I_shr:
        return X_SHR;
    default:
        return X_SAR;
    }
}

/* By a count, or by CL. */
static void shift(struct emit *e, unsigned number, unsigned n, unsigned reg, unsigned count,
                  bool by_cl)
{
    if (by_cl)
        x64_shift_cl(&e->x, number, n, X_REG(reg));
    else
        x64_shift_imm(&e->x, number, n, X_REG(reg), (u8)count);
}

/* A shift whose flags somebody reads. The count is not 0. T2 is used. */
static void shift_with_flags(struct emit *e, unsigned number, unsigned n, unsigned reg,
                             unsigned count, bool by_cl)
{
    struct x64 *x = &e->x;
    if (number != X_SAR)
        x64_op(x, X_MOV, 4, reg, X_REG(H_T2));
    shift(e, number, n, reg, count, by_cl);
    x64_lahf(x);
    if (number == X_SAR) { /* OF is 0 */
        x64_alu_imm(x, X_AND, 4, X_REG(H_FL), FL_SF | FL_ZF | FL_PF | FL_CF);
    } else {
        /* Twice the operand: CF is its sign, OF says whether the bit below differs from it. */
        x64_op(x, X_ALU(X_ADD), n, H_T2, X_REG(H_T2));
        x64_op0f(x, X0F_SET + (number == X_SHL ? CC_O : CC_B), 1, X_DIGIT(0), X_REG(H_FL), 1);
        x64_alu_imm(x, X_AND, 4, X_REG(H_FL), FL_SF | FL_ZF | FL_PF | FL_CF | FL_OF);
    }
}

/* The same for a rotate: CF, and OF from the result; the other flags stay. T0, T1, T2 are used. */
static void rotate_with_flags(struct emit *e, unsigned number, unsigned n, unsigned reg,
                              unsigned count, bool by_cl)
{
    struct x64 *x = &e->x;
    u8 top = (u8)(8 * n - 1);
    if (number == X_RCL || number == X_RCR)
        x64_bits_imm(x, 4, 4, X_REG(H_FL), 8);
    shift(e, number, n, reg, count, by_cl);
    x64_op0f(x, X0F_SET + CC_B, 1, X_DIGIT(0), X_REG(H_T1), 1);
    x64_op0f(x, X0F_MOVZX, 4, H_T1, X_REG(H_T1), 1);
    x64_op(x, X_MOV, 4, reg, X_REG(H_T2));
    x64_shift_imm(x, X_SHR, 4, X_REG(H_T2), top);
    if (number == X_ROL || number == X_RCL) {
        x64_op(x, X_ALU(X_XOR), 4, H_T1, X_REG(H_T2));
    } else {
        x64_op(x, X_MOV, 4, reg, X_REG(H_T0));
        x64_shift_imm(x, X_SHR, 4, X_REG(H_T0), (u8)(top - 1));
        x64_op(x, X_ALU(X_XOR), 4, H_T0, X_REG(H_T2));
    }
    x64_alu_imm(x, X_AND, 4, X_REG(H_T2), FL_OF);
    x64_alu_imm(x, X_AND, 4, X_REG(H_FL), FL_SF | FL_ZF | FL_AF | FL_PF);
    x64_shift_imm(x, X_SHL, 4, X_REG(H_T1), 8);
    x64_op(x, X_ALU(X_OR), 4, H_T1, X_REG(H_FL));
    x64_op(x, X_ALU(X_OR), 4, H_T2, X_REG(H_FL));
}

/* A register whose flags somebody reads; a count of 0 in CL keeps them. */
static void in_register(struct emit *e, unsigned number, unsigned n, unsigned reg, unsigned count,
                        bool by_cl)
{
    u8 *none = NULL;
    flags_clobber(e);
    if (by_cl) {
        x64_test_imm(&e->x, 1, X_REG(host_gpr(ECX)), 31);
        none = x64_jcc_hole(&e->x, CC_Z);
    }
    if (number <= X_RCR)
        rotate_with_flags(e, number, n, reg, count, by_cl);
    else
        shift_with_flags(e, number, n, reg, count, by_cl);
    if (none)
        x64_fill(&e->x, none, e->x.at);
    flags_in_rax(e);
}

static bool in_memory(struct emit *e, unsigned number, unsigned n, unsigned count)
{
    if (number <= X_RCR)
        return false;
    struct x64_rm m = emit_flatten(e, emit_access(e, n, true));
    x64_op(&e->x, X_MOV_LOAD, n, H_T1, m);
    shift_with_flags(e, number, n, H_T1, count, false);
    x64_op(&e->x, X_MOV, n, H_T1, m);
    flags_in_rax(e);
    return true;
}

bool emit_shift(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    unsigned n = operand_size(e->o), number = shift_number(op_operation(e->o));
    bool by_cl = from.place == IN_REGISTER, rotate = number <= X_RCR;
    unsigned count = by_cl ? 0 : from.imm & 31;
    if (to.place == NOWHERE || (!by_cl && !count && to.place == IN_MEMORY))
        return false;
    if (by_cl && (to.place == IN_MEMORY || number == X_RCL || number == X_RCR))
        return false;
    if (!by_cl && !count)
        return true;
    /* Where the host's CF is undefined. */
    if (n < 4 && number != X_SAR && !rotate && (by_cl || count >= 8 * n))
        return false;
    if (to.place == IN_MEMORY)
        return in_memory(e, number, n, count);
    if (flags_needed(e)) {
        if (X_IS_HIGH(to.reg))
            return false;
        in_register(e, number, n, to.reg, count, by_cl);
        return true;
    }
    flags_clobber(e); /* a rotate leaves flags that somebody may read */
    if (number == X_RCL || number == X_RCR)
        flags_carry(e);
    shift(e, number, n, to.reg, count, by_cl);
    e->in_host = false;
    return true;
}

/*
 * SHLD, SHRD of a register; the count is not 0. Compilers make shifts of 64 bits of them, whose
 * flags nobody reads. With flags T2 is used.
 */
static void double_shift(struct emit *e, unsigned n, unsigned reg, unsigned from, unsigned count,
                         bool by_cl)
{
    struct x64 *x = &e->x;
    unsigned opcode = op_operation(e->o) == I_shld ? X0F_SHLD : X0F_SHRD;
    if (flags_needed(e))
        x64_op(x, X_MOV, 4, reg, X_REG(H_T2));
    if (by_cl)
        x64_double_cl(x, opcode, n, from, X_REG(reg));
    else
        x64_double_imm(x, opcode, n, from, X_REG(reg), (u8)count);
    if (!flags_needed(e))
        return;
    x64_lahf(x);
    x64_op(x, X_ALU(X_XOR), n, reg, X_REG(H_T2));
    x64_op0f(x, X0F_SET + CC_S, 1, X_DIGIT(0), X_REG(H_FL), 1);
    x64_alu_imm(x, X_AND, 4, X_REG(H_FL), FL_SF | FL_ZF | FL_PF | FL_CF | FL_OF);
}

/* Words by more than 16 steps, where hosts differ. */
static void exit_if_too_far(struct emit *e)
{
    x64_op(&e->x, X_MOV, 4, host_gpr(ECX), X_REG(H_T2));
    x64_alu_imm(&e->x, X_AND, 4, X_REG(H_T2), 31);
    x64_alu_imm(&e->x, X_CMP, 4, X_REG(H_T2), 16);
    exit_if(e, CC_NBE, LEAVE_OP);
}

bool emit_double_shift(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1), by = emit_operand(e, 2);
    unsigned n = operand_size(e->o);
    bool by_cl = by.place == IN_REGISTER, memory = to.place == IN_MEMORY;
    unsigned count = by_cl ? 0 : by.imm & 31;
    struct x64_rm m = X_REG(H_T1);
    u8 *none = NULL;
    if (!by_cl && ((!count && memory) || (n == 2 && count > 16)))
        return false;
    if (!by_cl && !count)
        return true;
    flags_clobber(e); /* a count of 0 in CL keeps them */
    if (by_cl && n == 2)
        exit_if_too_far(e);
    if (memory) {
        m = emit_flatten(e, emit_access(e, n, true));
        x64_op(&e->x, X_MOV_LOAD, n, H_T1, m);
    }
    if (by_cl && flags_needed(e)) {
        x64_test_imm(&e->x, 1, X_REG(host_gpr(ECX)), 31);
        none = x64_jcc_hole(&e->x, CC_Z);
    }
    double_shift(e, n, memory ? H_T1 : to.reg, from.reg, count, by_cl);
    if (memory)
        x64_op(&e->x, X_MOV, n, H_T1, m);
    if (none)
        x64_fill(&e->x, none, e->x.at);
    flags_in_rax(e);
    return true;
}

/* CF of the host into the guest's; the others stay. T1 is used. */
static void take_carry(struct emit *e)
{
    struct x64 *x = &e->x;
    if (flags_needed(e)) {
        x64_op0f(x, X0F_SET + CC_B, 1, X_DIGIT(0), X_REG(H_T1), 1);
        x64_op0f(x, X0F_MOVZX, 4, H_T1, X_REG(H_T1), 1);
        x64_shift_imm(x, X_SHL, 4, X_REG(H_T1), 8);
        x64_alu_imm(x, X_AND, 4, X_REG(H_FL), ~FL_CF);
        x64_op(x, X_ALU(X_OR), 4, H_T1, X_REG(H_FL));
    }
    flags_in_rax(e);
}

/* The word or double word of a string of bits that the offset in a register leads to. */
static struct x64_rm bit_string(struct emit *e, unsigned n, unsigned offset, bool write)
{
    struct x64 *x = &e->x;
    emit_offset(e, H_T0);
    if (n == 2)
        x64_op0f(x, X0F_MOVSX + 1, 4, H_T1, X_REG(offset), 2);
    else
        x64_op(x, X_MOV, 4, offset, X_REG(H_T1));
    x64_shift_imm(x, X_SAR, 4, X_REG(H_T1), n == 2 ? 4 : 5);
    x64_op(x, X_LEA, 4, H_T0, X_MEMX(H_T0, H_T1, n == 2 ? 1 : 2, 0));
    if (e->o->flags & OPF_A16)
        x64_op0f(x, X0F_MOVZX + 1, 4, H_T0, X_REG(H_T0), 2);
    emit_segment(e, e->o->seg, n, write);
    return emit_lookup(e, n, write);
}

/* The offset in a register is taken modulo the width by the host, too, if the bits are in one. */
static void bits_of_string(struct emit *e, unsigned which, unsigned n, unsigned offset)
{
    struct x64_rm m = bit_string(e, n, offset, which != 0);
    x64_op(&e->x, X_MOV_LOAD, n, H_T2, m);
    x64_op0f(&e->x, X0F_BT + 8 * which, n, offset, X_REG(H_T2), n);
    if (which)
        x64_op(&e->x, X_MOV, n, H_T2, m);
}

bool emit_bits(struct emit *e)
{
    struct operand_at a = emit_operand(e, 0), at = emit_operand(e, 1);
    enum operation op = op_operation(e->o);
    unsigned n = operand_size(e->o);
    unsigned which = op == I_bt ? 0 : op == I_bts ? 1 : op == I_btr ? 2 : 3;
    bool memory = a.place == IN_MEMORY;
    flags_clobber(e); /* the others stay */
    if (memory && at.place != IMMEDIATE) {
        bits_of_string(e, which, n, at.reg);
    } else {
        struct x64_rm m = memory ? emit_access(e, n, which != 0) : X_REG(a.reg);
        if (at.place == IMMEDIATE)
            x64_bits_imm(&e->x, 4 + which, n, m, (u8)(at.imm & (8 * n - 1)));
        else
            x64_op0f(&e->x, X0F_BT + 8 * which, n, at.reg, m, n);
    }
    take_carry(e);
    return true;
}

/* A source of 0 sets ZF and leaves the destination; no other flag changes. */
bool emit_scan(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    unsigned n = operand_size(e->o);
    unsigned opcode = op_operation(e->o) == I_bsf ? X0F_BSF : X0F_BSR;
    struct x64 *x = &e->x;
    struct x64_rm m = X_REG(from.reg);
    flags_clobber(e); /* the others stay */
    if (from.place == IN_MEMORY)
        m = emit_access(e, n, false);
    if (n == 2)
        x64_op0f(x, X0F_MOVZX + 1, 4, H_T1, m, 2);
    else
        x64_op(x, X_MOV_LOAD, 4, H_T1, m);
    x64_alu_imm(x, X_OR, 4, X_REG(H_FL), FL_ZF);
    x64_op(x, X_TEST, 4, H_T1, X_REG(H_T1));
    u8 *zero = x64_jcc_hole(x, CC_Z);
    x64_alu_imm(x, X_AND, 4, X_REG(H_FL), ~FL_ZF);
    x64_op0f(x, opcode, 4, H_T1, X_REG(H_T1), 4);
    x64_op(x, X_MOV, n, H_T1, X_REG(to.reg));
    x64_fill(x, zero, x->at);
    flags_in_rax(e);
    return true;
}
