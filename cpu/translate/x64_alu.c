/*
 * x64_alu.c - ADD OR ADC SBB AND SUB XOR CMP, TEST, INC DEC NOT NEG, CLC STC CMC; SETcc and CMOVcc.
 * SDM vol. 2. The host's instruction does the work and makes the flags; AF of the logical ones,
 * which is undefined there, is cleared when the flags are put away (emit.c), as cpu/alu.h does.
 */
#include "cpu/translate/emit.h"

static void made(struct emit *e, bool logic)
{
    if (flags_needed(e))
        flags_made(e, logic);
    else
        flags_unread(e);
}

/* What has just been made of registers and immediates can be made again. */
static void made_of(struct emit *e, enum recipe_kind kind, unsigned n, struct operand_at to,
                    struct operand_at from)
{
    bool immediate = from.place == IMMEDIATE;
    if (to.place == IN_REGISTER && from.place != IN_MEMORY)
        flags_recipe(e, kind, n, to.reg, immediate ? (u8)X_NONE : from.reg, from.imm);
}

/* The operation's number in the group. */
static unsigned alu_number(enum operation op)
{
    switch (op) {
    case I_add:
        return X_ADD;
    case I_or:
        return X_OR;
    case I_adc:
        return X_ADC;
    case I_sbb:
        return X_SBB;
    case I_and:
        return X_AND;
    case I_sub:
        return X_SUB;
    case I_xor:
        return X_XOR;
    default:
        return X_CMP;
    }
}

bool emit_alu(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    unsigned n = operand_size(e->o), number = alu_number(op_operation(e->o));
    bool carry = number == X_ADC || number == X_SBB;
    if (to.place == NOWHERE || from.place == NOWHERE)
        return false;
    struct x64_rm m = X_REG(to.reg);
    unsigned swapped = X_NONE;
    if (to.place == IN_MEMORY)
        m = emit_access(e, n, number != X_CMP);
    else if (from.place == IN_MEMORY)
        m = emit_access(e, n, false);
    if (carry)
        flags_carry(e);
    if (from.place == IMMEDIATE) {
        x64_alu_imm(&e->x, number, n, m, from.imm);
    } else if (from.place == IN_MEMORY) {
        x64_op(&e->x, X_ALU_LOAD(number), n, to.reg, m);
    } else if (to.place == IN_MEMORY) {
        x64_op(&e->x, X_ALU(number), n, from.reg, m);
    } else {
        swapped = n == 1 ? bytes_begin(e, &to.reg, &from.reg) : X_NONE;
        x64_op(&e->x, X_ALU(number), n, from.reg, X_REG(to.reg));
        bytes_end(e, swapped);
    }
    bool logic = number == X_OR || number == X_AND || number == X_XOR;
    made(e, logic);
    if (logic && to.place == IN_REGISTER && swapped == X_NONE)
        flags_recipe(e, BY_TEST, n, to.reg, to.reg, 0);
    else if (!logic && !carry && swapped == X_NONE)
        made_of(e, number == X_ADD ? BY_ADD : number == X_SUB ? BY_SUB : BY_CMP, n, to, from);
    return true;
}

bool emit_test(struct emit *e)
{
    struct operand_at a = emit_operand(e, 0), b = emit_operand(e, 1);
    unsigned n = operand_size(e->o);
    if (a.place == NOWHERE || b.place == NOWHERE)
        return false;
    struct x64_rm m = a.place == IN_MEMORY ? emit_access(e, n, false) : X_REG(a.reg);
    unsigned swapped = X_NONE;
    if (b.place == IMMEDIATE) {
        x64_test_imm(&e->x, n, m, b.imm);
    } else if (a.place == IN_MEMORY) {
        x64_op(&e->x, X_TEST, n, b.reg, m);
    } else {
        swapped = n == 1 ? bytes_begin(e, &a.reg, &b.reg) : X_NONE;
        x64_op(&e->x, X_TEST, n, b.reg, X_REG(a.reg));
        bytes_end(e, swapped);
    }
    made(e, true);
    if (swapped == X_NONE)
        made_of(e, BY_TEST, n, a, b);
    return true;
}

/* INC and DEC keep CF, which the host's must have then if somebody reads it behind them. */
static void count_one(struct emit *e, unsigned n, struct x64_rm m, bool down)
{
    bool needed = flags_needed(e);
    if (!needed)
        flags_clobber(e);
    else if (e->plan->live[e->i] & FL_CF)
        flags_carry(e);
    x64_op(&e->x, X_GROUP5, n, X_DIGIT(down ? 1 : 0), m);
    if (needed)
        flags_made(e, false);
    else
        e->in_host = false;
}

bool emit_unary(struct emit *e)
{
    struct operand_at a = emit_operand(e, 0);
    unsigned n = operand_size(e->o);
    enum operation op = op_operation(e->o);
    if (a.place == NOWHERE)
        return false;
    struct x64_rm m = a.place == IN_MEMORY ? emit_access(e, n, true) : X_REG(a.reg);
    if (op == I_not) {
        x64_op(&e->x, X_GROUP3, n, X_DIGIT(2), m);
    } else if (op == I_neg) {
        x64_op(&e->x, X_GROUP3, n, X_DIGIT(3), m);
        made(e, false);
    } else {
        count_one(e, n, m, op == I_dec);
    }
    return true;
}

bool emit_carry_flag(struct emit *e)
{
    enum operation op = op_operation(e->o);
    if (!flags_needed(e))
        return true;
    flags_clobber(e);
    if (op == I_clc)
        x64_alu_imm(&e->x, X_AND, 4, X_REG(H_FL), ~FL_CF);
    else
        x64_alu_imm(&e->x, op == I_stc ? X_OR : X_XOR, 4, X_REG(H_FL), FL_CF);
    return true;
}

bool emit_setcc(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0);
    if (to.place == NOWHERE)
        return false;
    struct x64_rm m = to.place == IN_MEMORY ? emit_access(e, 1, true) : X_REG(to.reg);
    unsigned cc = flags_condition(e, (unsigned)op_condition(e->o));
    x64_op0f(&e->x, X0F_SET + cc, 1, X_DIGIT(0), m, 1);
    return true;
}

/* The source is read whatever the condition says. */
bool emit_cmov(struct emit *e)
{
    struct operand_at to = emit_operand(e, 0), from = emit_operand(e, 1);
    unsigned n = operand_size(e->o);
    struct x64_rm m = from.place == IN_MEMORY ? emit_access(e, n, false) : X_REG(from.reg);
    unsigned cc = flags_condition(e, (unsigned)op_condition(e->o));
    x64_op0f(&e->x, X0F_CMOV + cc, n, to.reg, m, n);
    return true;
}
