/*
 * wasm_shift.c - SHL SHR SAR, ROL ROR, SHLD SHRD of 32 bits. SDM vol. 2; the flags are those of
 * cpu/alu.h: OF of a shift is that of its first step, AF is 0; OF of a rotate comes of the result,
 * that of SHLD and SHRD says whether the sign has changed.
 *
 * WL_A is the operand, WL_B the count, which is not 0, and WL_R the result. By CL it may be 0 at
 * run time: then the whole of it is passed over.
 */
#include "cpu/translate/wasm_emit.h"

/* OF is the sign of x ^ y, where y is x with the bit below the sign moved there. */
static void of_below(struct wasm_emit *e, unsigned n, unsigned from)
{
    w_get(e, from);
    w_get(e, from);
    w_op_const(e, W_SHL, 33 - 8 * n);
    w_op(e, W_XOR);
}

/* Onto the stack: WL_A without its sign's copies. */
static void get_plain(struct wasm_emit *e, unsigned n)
{
    w_get(e, WL_A);
    wasm_extend(e, n, false);
}

static void carry_bit(struct wasm_emit *e)
{
    w_op_const(e, W_AND, 1);
    w_set(e, WL_FC);
}

static void shift_flags(struct wasm_emit *e, enum operation op, unsigned n)
{
    if (op == I_shl) {
        if (n == 4) { /* bit 32 - count */
            w_get(e, WL_A);
            w_const(e, 32);
            w_get(e, WL_B);
            w_op(e, W_SUB);
        } else { /* the bit above the result */
            get_plain(e, n);
            w_get(e, WL_B);
            w_op(e, W_SHL);
            w_const(e, 8 * n);
        }
        w_op(e, W_SHR_U);
        carry_bit(e);
        of_below(e, n, WL_A);
    } else {
        if (op == I_shr)
            get_plain(e, n);
        else
            w_get(e, WL_A);
        w_get(e, WL_B);
        w_op_const(e, W_SUB, 1);
        w_op(e, op == I_shr ? W_SHR_U : W_SHR_S);
        carry_bit(e);
        if (op == I_shr)
            w_get(e, WL_A);
        else
            w_const(e, 0);
    }
    wasm_flag_of(e);
    w_get(e, WL_R);
    w_set(e, WL_FR);
}

static void shift(struct wasm_emit *e, enum operation op, unsigned n)
{
    if (op == I_shr)
        get_plain(e, n);
    else
        w_get(e, WL_A);
    w_get(e, WL_B);
    w_op(e, op == I_shl ? W_SHL : op == I_shr ? W_SHR_U : W_SHR_S);
    wasm_extend(e, n, true);
    w_set(e, WL_R);
    if (wasm_needed(e))
        shift_flags(e, op, n);
}

static void rotate(struct wasm_emit *e, enum operation op, unsigned n)
{
    bool left = op == I_rol;
    if (n == 4) {
        w_get(e, WL_A);
        w_get(e, WL_B);
        w_op(e, left ? W_ROTL : W_ROTR);
    } else {
        w_get(e, WL_B);
        w_op_const(e, W_AND, 8 * n - 1);
        w_set(e, WL_T);
        get_plain(e, n);
        w_get(e, WL_T);
        w_op(e, left ? W_SHL : W_SHR_U);
        get_plain(e, n);
        w_const(e, 8 * n);
        w_get(e, WL_T);
        w_op(e, W_SUB);
        w_op(e, left ? W_SHR_U : W_SHL);
        w_op(e, W_OR);
        wasm_extend(e, n, true);
    }
    w_set(e, WL_R);
    if (!wasm_needed(e))
        return;
    w_get(e, WL_R);
    if (!left)
        w_op_const(e, W_SHR_U, 31);
    carry_bit(e);
    if (left) {
        w_get(e, WL_R);
        w_get(e, WL_R);
        w_op_const(e, W_SHL, 31);
        w_op(e, W_XOR);
    } else {
        of_below(e, n, WL_R);
    }
    wasm_flag_of_alone(e);
}

/* The count into WL_B; by CL what follows, up to w_end(), is done if that is not 0. */
static void get_count(struct wasm_emit *e, struct wasm_operand count)
{
    if (count.place == W_IN_REGISTER) {
        w_get(e, WL_GPR + ECX);
        w_op_const(e, W_AND, 31);
        w_tee(e, WL_B);
        w_open(e, W_IF, W_VOID);
    } else {
        w_const(e, count.imm & 31);
        w_set(e, WL_B);
    }
}

bool wasm_shift(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0), count = wasm_operand(e, 1);
    enum operation op = op_operation(e->o);
    unsigned n = wasm_operand_size(e->o);
    bool by_cl = count.place == W_IN_REGISTER;
    if (to.place == W_NOWHERE || op == I_rcl || op == I_rcr ||
        (to.place == W_IN_MEMORY && (by_cl || !(count.imm & 31))))
        return false;
    if (!by_cl && !(count.imm & 31))
        return true;
    if (to.place == W_IN_MEMORY)
        wasm_access(e, n, true);
    get_count(e, count);
    wasm_get_operand(e, to, n, true);
    w_set(e, WL_A);
    if (op == I_rol || op == I_ror)
        rotate(e, op, n);
    else
        shift(e, op, n);
    wasm_set_operand(e, to, n, WL_R);
    if (by_cl)
        w_end(e);
    e->flags_by = BY_ANYTHING;
    return true;
}

/* 32 less the count onto the stack: shifts take it modulo 32, and it is not 32. */
static void get_rest(struct wasm_emit *e)
{
    w_const(e, 32);
    w_get(e, WL_B);
    w_op(e, W_SUB);
}

static void double_flags(struct wasm_emit *e, bool left)
{
    w_get(e, WL_A); /* the last bit that went out */
    if (left) {
        get_rest(e);
    } else {
        w_get(e, WL_B);
        w_op_const(e, W_SUB, 1);
    }
    w_op(e, W_SHR_U);
    carry_bit(e);
    w_get(e, WL_A);
    w_get(e, WL_R);
    w_op(e, W_XOR);
    wasm_flag_of(e);
    w_get(e, WL_R);
    w_set(e, WL_FR);
}

bool wasm_double_shift(struct wasm_emit *e)
{
    struct wasm_operand to = wasm_operand(e, 0), from = wasm_operand(e, 1),
                        count = wasm_operand(e, 2);
    bool by_cl = count.place == W_IN_REGISTER, left = op_operation(e->o) == I_shld;
    if (wasm_operand_size(e->o) != 4 || (!by_cl && !(count.imm & 31) && to.place == W_IN_MEMORY))
        return false;
    if (!by_cl && !(count.imm & 31))
        return true;
    if (to.place == W_IN_MEMORY)
        wasm_access(e, 4, true);
    get_count(e, count);
    wasm_get_operand(e, to, 4, true);
    w_tee(e, WL_A);
    w_get(e, WL_B);
    w_op(e, left ? W_SHL : W_SHR_U);
    wasm_get_operand(e, from, 4, true);
    get_rest(e);
    w_op(e, left ? W_SHR_U : W_SHL);
    w_op(e, W_OR);
    w_set(e, WL_R);
    if (wasm_needed(e))
        double_flags(e, left);
    wasm_set_operand(e, to, 4, WL_R);
    if (by_cl)
        w_end(e);
    e->flags_by = BY_ANYTHING;
    return true;
}
