/*
 * wasm_alu.c - ADD OR ADC SBB AND SUB XOR CMP TEST, INC DEC NOT NEG, CLC STC CMC, BT BTS BTR BTC of
 * registers, MUL IMUL DIV IDIV. SDM vol. 2; the flags are those of cpu/alu.h.
 *
 * WL_A and WL_B are the operands, extended by their sign, and WL_R the result.
 */
#include "cpu/translate/wasm_emit.h"

static void w_binary(struct wasm_emit *e, enum wasm_op op)
{
    w_get(e, WL_A);
    w_get(e, WL_B);
    w_op(e, op);
}

static void add(struct wasm_emit *e, enum operation op)
{
    bool carry = op == I_adc || op == I_sbb;
    bool down = op == I_sub || op == I_sbb || op == I_cmp;
    unsigned n = wasm_operand_size(e->o);
    w_binary(e, down ? W_SUB : W_ADD);
    if (carry) {
        w_get(e, WL_FC);
        w_op(e, down ? W_SUB : W_ADD);
    }
    wasm_extend(e, n, true);
    w_set(e, WL_R);
    if (down)
        wasm_flags_difference(e, carry);
    else
        wasm_flags_sum(e, carry);
}

static void logic(struct wasm_emit *e, enum operation op)
{
    w_binary(e, op == I_or ? W_OR : op == I_xor ? W_XOR : W_AND);
    w_set(e, WL_R);
    wasm_flags_logic(e);
}

bool wasm_alu(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0), from = wasm_operand(e, 1);
    enum operation op = op_operation(e->o);
    unsigned n = wasm_operand_size(e->o);
    bool writes = op != I_cmp && op != I_test;
    if (to.place == W_NOWHERE || from.place == W_NOWHERE)
        return false;
    if (to.place == W_IN_MEMORY || from.place == W_IN_MEMORY)
        wasm_access(e, n, writes && to.place == W_IN_MEMORY);
    wasm_get_operand(e, to, n, true);
    w_set(e, WL_A);
    wasm_get_operand(e, from, n, true);
    w_set(e, WL_B);
    if (op == I_or || op == I_and || op == I_xor || op == I_test)
        logic(e, op);
    else
        add(e, op);
    if (writes)
        wasm_set_operand(e, to, n, WL_R);
    return true;
}

/* INC and DEC keep CF. */
static void count_one(struct wasm_emit *e, unsigned n, bool down)
{
    w_binary(e, down ? W_SUB : W_ADD);
    wasm_extend(e, n, true);
    w_set(e, WL_R);
    if (!wasm_needed(e))
        return;
    w_get(e, down ? WL_R : WL_A);
    w_set(e, WL_FX);
    w_get(e, WL_B);
    w_set(e, WL_FY);
    w_get(e, down ? WL_A : WL_R);
    w_set(e, WL_FZ);
    w_get(e, WL_R);
    w_set(e, WL_FR);
    e->flags_by = BY_ANYTHING;
}

bool wasm_unary(struct wasm_emit *e)
{
    struct wasm_operand a = wasm_operand(e, 0);
    enum operation op = op_operation(e->o);
    unsigned n = wasm_operand_size(e->o);
    if (a.place == W_NOWHERE)
        return false;
    if (a.place == W_IN_MEMORY)
        wasm_access(e, n, true);
    wasm_get_operand(e, a, n, true);
    w_set(e, op == I_neg ? WL_B : WL_A);
    w_const(e, op == I_neg ? 0 : 1);
    w_set(e, op == I_neg ? WL_A : WL_B);
    if (op == I_not) {
        w_get(e, WL_A);
        w_op_const(e, W_XOR, 0xffffffffu);
        w_set(e, WL_R);
    } else if (op == I_neg) {
        w_binary(e, W_SUB);
        wasm_extend(e, n, true);
        w_set(e, WL_R);
        wasm_flags_difference(e, false);
    } else {
        count_one(e, n, op == I_dec);
    }
    wasm_set_operand(e, a, n, WL_R);
    return true;
}

bool wasm_carry_flag(struct wasm_emit *e)
{
    enum operation op = op_operation(e->o);
    if (!wasm_needed(e))
        return true;
    if (op == I_cmc) {
        w_get(e, WL_FC);
        w_op(e, W_EQZ);
    } else {
        w_const(e, op == I_stc);
    }
    w_set(e, WL_FC);
    e->flags_by = BY_ANYTHING;
    return true;
}

/* CF is the bit; the other flags stay (op_bit.c). In memory the number reaches beyond the operand.
 */
bool wasm_bits(struct wasm_emit *e)
{
    struct wasm_operand a = wasm_operand(e, 0), number = wasm_operand(e, 1);
    enum operation op = op_operation(e->o);
    unsigned n = wasm_operand_size(e->o);
    if (a.place != W_IN_REGISTER || number.place == W_NOWHERE)
        return false;
    wasm_get_operand(e, number, n, false);
    w_op_const(e, W_AND, 8 * n - 1);
    w_set(e, WL_B);
    wasm_get_operand(e, a, n, false);
    w_set(e, WL_A);
    if (wasm_needed(e)) {
        w_binary(e, W_SHR_U);
        w_op_const(e, W_AND, 1);
        w_set(e, WL_FC);
        e->flags_by = BY_ANYTHING;
    }
    if (op == I_bt)
        return true;
    w_get(e, WL_A);
    w_const(e, 1);
    w_get(e, WL_B);
    w_op(e, W_SHL);
    if (op == I_btr)
        w_op_const(e, W_XOR, 0xffffffffu);
    w_op(e, op == I_bts ? W_OR : op == I_btr ? W_AND : W_XOR);
    w_set(e, WL_R);
    wasm_set_operand(e, a, n, WL_R);
    return true;
}

/* ---- products: alu_mul_fl() ---- */

/* WL_R: the low half, extended by its sign. On the stack: not 0 where the product is longer. */
static void product_flags(struct wasm_emit *e)
{
    w_op(e, W_EQZ);
    w_op(e, W_EQZ);
    w_tee(e, WL_FC);
    w_op_const(e, W_SHL, 31);
    wasm_flag_of(e);
    w_get(e, WL_R);
    w_set(e, WL_FR);
}

bool wasm_imul(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0), from = wasm_operand(e, 1);
    struct wasm_operand by = op_operation(e->o) == I_imul3 ? wasm_operand(e, 2) : to;
    unsigned n = wasm_operand_size(e->o);
    if (to.place != W_IN_REGISTER || from.place == W_NOWHERE || by.place == W_NOWHERE)
        return false;
    if (from.place == W_IN_MEMORY)
        wasm_access(e, n, false);
    wasm_get_operand(e, from, n, true);
    w_set(e, WL_A);
    wasm_get_operand(e, by, n, true);
    w_set(e, WL_B);
    w_binary(e, W_MUL);
    w_tee(e, WL_T);
    wasm_extend(e, n, true);
    w_set(e, WL_R);
    if (wasm_needed(e)) {
        if (n == 4) {
            w_get(e, WL_A);
            w_op(e, W_EXTEND_S);
            w_get(e, WL_B);
            w_op(e, W_EXTEND_S);
            w_op(e, W_MUL64);
            w_get(e, WL_R);
            w_op(e, W_EXTEND_S);
            w_op(e, W_NE64);
        } else {
            w_get(e, WL_T);
            w_get(e, WL_R);
            w_op(e, W_NE);
        }
        product_flags(e);
    }
    wasm_set_operand(e, to, n, WL_R);
    return true;
}

/* WL_WIDE, of 2n bytes, into AX, DX:AX or EDX:EAX. */
static void set_wide(struct wasm_emit *e, unsigned n)
{
    w_get(e, WL_WIDE);
    w_op(e, W_WRAP);
    w_set(e, WL_R);
    if (n == 1) {
        wasm_set_register(e, 4 * EAX, 2, WL_R);
        return;
    }
    wasm_set_register(e, 4 * EAX, n, WL_R);
    w_get(e, WL_WIDE);
    w_const64(e, 8 * n);
    w_op(e, W_SHR_U64);
    w_op(e, W_WRAP);
    w_set(e, WL_T);
    wasm_set_register(e, 4 * EDX, n, WL_T);
}

bool wasm_mul(struct wasm_emit *e)
{
    struct wasm_operand by = wasm_operand(e, 0);
    bool is_signed = op_operation(e->o) == I_imul1;
    unsigned n = wasm_operand_size(e->o);
    enum wasm_op extend = is_signed ? W_EXTEND_S : W_EXTEND_U;
    if (by.place == W_NOWHERE)
        return false;
    if (by.place == W_IN_MEMORY)
        wasm_access(e, n, false);
    wasm_get_operand(e, by, n, is_signed);
    w_op(e, extend);
    wasm_get_register(e, 4 * EAX, n, is_signed);
    w_op(e, extend);
    w_op(e, W_MUL64);
    w_set(e, WL_WIDE);
    set_wide(e, n);
    if (!wasm_needed(e))
        return true;
    wasm_get_register(e, 4 * EAX, n, true);
    w_set(e, WL_R);
    w_get(e, WL_WIDE);
    wasm_get_register(e, 4 * EAX, n, is_signed);
    w_op(e, extend);
    w_op(e, W_NE64);
    product_flags(e);
    return true;
}

/* ---- quotients: of 32 bits, where they fit ---- */

bool wasm_div(struct wasm_emit *e)
{
    struct wasm_operand by = wasm_operand(e, 0);
    bool is_signed = op_operation(e->o) == I_idiv;
    unsigned n = wasm_operand_size(e->o);
    if (by.place == W_NOWHERE || n != 4)
        return false;
    if (by.place == W_IN_MEMORY)
        wasm_access(e, n, false);
    wasm_get_operand(e, by, n, false);
    w_set(e, WL_B);
    w_get(e, WL_GPR + EDX);
    if (is_signed) { /* the dividend no longer than the divisor, which is not 0 or -1 */
        w_get(e, WL_GPR + EAX);
        w_op_const(e, W_SHR_S, 31);
        w_op(e, W_NE);
        w_get(e, WL_B);
        w_op_const(e, W_ADD, 1);
        w_op_const(e, W_LE_U, 1);
        w_op(e, W_OR);
        wasm_slow_if(e);
        for (unsigned rest = 0; rest < 2; rest++) {
            w_get(e, WL_GPR + EAX);
            w_get(e, WL_B);
            w_op(e, rest ? W_REM_S : W_DIV_S);
        }
        w_set(e, WL_GPR + EDX);
        w_set(e, WL_GPR + EAX);
        return true;
    }
    w_get(e, WL_B);
    w_op(e, W_GE_U);
    wasm_slow_if(e);
    w_get(e, WL_GPR + EDX);
    w_op(e, W_EXTEND_U);
    w_const64(e, 32);
    w_op(e, W_SHL64);
    w_get(e, WL_GPR + EAX);
    w_op(e, W_EXTEND_U);
    w_op(e, W_OR64);
    w_set(e, WL_WIDE);
    for (unsigned rest = 0; rest < 2; rest++) {
        w_get(e, WL_WIDE);
        w_get(e, WL_B);
        w_op(e, W_EXTEND_U);
        w_op(e, rest ? W_REM_U64 : W_DIV_U64);
        w_op(e, W_WRAP);
    }
    w_set(e, WL_GPR + EDX);
    w_set(e, WL_GPR + EAX);
    return true;
}
