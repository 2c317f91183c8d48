/*
 * wasm_flags.c - the arithmetic flags in WebAssembly, which has none: operands and result stay in
 * locals until somebody asks. cpu/alu.h says what the flags are, undefined ones included.
 *
 * In a sum x + y = z the carries into each bit are x ^ y ^ z; OF is the sign of (x ^ z) & (y ^ z),
 * and both hold for the difference z - y = x as well. Operands of 8 and 16 bits are extended by
 * their sign, which changes neither, nor unsigned comparisons.
 */
#include "cpu/translate/wasm_emit.h"

static void copy(struct wasm_emit *e, unsigned to, unsigned from)
{
    w_get(e, from);
    w_set(e, to);
}

/* CF of x + y + carry = z: the sign of (x & y) | ((x | y) & ~z). */
static void carry_of(struct wasm_emit *e, unsigned x, unsigned y, unsigned z)
{
    w_get(e, x);
    w_get(e, y);
    w_op(e, W_AND);
    w_get(e, x);
    w_get(e, y);
    w_op(e, W_OR);
    w_get(e, z);
    w_op_const(e, W_XOR, 0xffffffffu);
    w_op(e, W_AND);
    w_op(e, W_OR);
    w_op_const(e, W_SHR_U, 31);
    w_set(e, WL_FC);
}

static void less(struct wasm_emit *e, unsigned a, unsigned b)
{
    w_get(e, a);
    w_get(e, b);
    w_op(e, W_LT_U);
    w_set(e, WL_FC);
}

void wasm_flags_sum(struct wasm_emit *e, bool carry)
{
    if (!wasm_needed(e))
        return;
    if (carry)
        carry_of(e, WL_A, WL_B, WL_R);
    else
        less(e, WL_R, WL_A);
    copy(e, WL_FX, WL_A);
    copy(e, WL_FY, WL_B);
    copy(e, WL_FZ, WL_R);
    copy(e, WL_FR, WL_R);
    e->flags_by = BY_ANYTHING;
}

void wasm_flags_difference(struct wasm_emit *e, bool carry)
{
    if (!wasm_needed(e))
        return;
    if (carry)
        carry_of(e, WL_R, WL_B, WL_A);
    else
        less(e, WL_A, WL_B);
    copy(e, WL_FX, WL_R);
    copy(e, WL_FY, WL_B);
    copy(e, WL_FZ, WL_A);
    copy(e, WL_FR, WL_R);
    e->flags_by = carry ? BY_ANYTHING : BY_DIFFERENCE;
}

void wasm_flags_logic(struct wasm_emit *e)
{
    if (!wasm_needed(e))
        return;
    for (unsigned i = WL_FX; i <= WL_FZ; i++) {
        w_const(e, 0);
        w_set(e, i);
    }
    w_const(e, 0);
    w_set(e, WL_FC);
    copy(e, WL_FR, WL_R);
    e->flags_by = BY_LOGIC;
}

void wasm_flag_of(struct wasm_emit *e)
{
    w_tee(e, WL_FX);
    w_set(e, WL_FY);
    w_const(e, 0);
    w_set(e, WL_FZ);
    e->flags_by = BY_ANYTHING;
}

void wasm_flag_of_alone(struct wasm_emit *e)
{
    w_op_const(e, W_AND, 0x80000000u);
    w_get(e, WL_FX); /* x ^ y ^ z is AF */
    w_get(e, WL_FY);
    w_op(e, W_XOR);
    w_get(e, WL_FZ);
    w_op(e, W_XOR);
    w_op_const(e, W_AND, 0x10);
    w_set(e, WL_FX);
    w_tee(e, WL_FY);
    w_get(e, WL_FX);
    w_op(e, W_OR);
    w_set(e, WL_FX);
    w_const(e, 0);
    w_set(e, WL_FZ);
    e->flags_by = BY_ANYTHING;
}

/* ---- conditions ---- */

/* OF in the sign. */
static void overflow(struct wasm_emit *e)
{
    w_get(e, WL_FX);
    w_get(e, WL_FZ);
    w_op(e, W_XOR);
    w_get(e, WL_FY);
    w_get(e, WL_FZ);
    w_op(e, W_XOR);
    w_op(e, W_AND);
}

static void sign(struct wasm_emit *e)
{
    w_op_const(e, W_LT_S, 0);
}

static void zero(struct wasm_emit *e)
{
    w_get(e, WL_FR);
    w_op(e, W_EQZ);
}

/* SF != OF */
static void less_signed(struct wasm_emit *e)
{
    w_get(e, WL_FR);
    overflow(e);
    w_op(e, W_XOR);
    sign(e);
}

static void even(struct wasm_emit *e)
{
    w_get(e, WL_FR);
    w_op_const(e, W_AND, 0xff);
    w_op(e, W_POPCNT);
    w_op_const(e, W_AND, 1);
    w_op(e, W_EQZ);
}

/* The operands of a difference, which has just been made, say it at once. */
static bool compared(struct wasm_emit *e, unsigned cc)
{
    static const u8 of[16] = {
        [2] = W_LT_U, [3] = W_GE_U,  [4] = W_EQ,    [5] = W_NE,    [6] = W_LE_U,
        [7] = W_GT_U, [12] = W_LT_S, [13] = W_GE_S, [14] = W_LE_S, [15] = W_GT_S};
    if (e->flags_by != BY_DIFFERENCE || !of[cc])
        return false;
    w_get(e, WL_FZ);
    w_get(e, WL_FY);
    w_op(e, (enum wasm_op)of[cc]);
    return true;
}

/* OF and CF are 0. */
static bool tested(struct wasm_emit *e, unsigned cc)
{
    static const u8 of[16] = {
        [4] = W_EQ,   [5] = W_NE,    [6] = W_EQ,    [7] = W_NE,    [8] = W_LT_S,
        [9] = W_GE_S, [12] = W_LT_S, [13] = W_GE_S, [14] = W_LE_S, [15] = W_GT_S};
    if (e->flags_by != BY_LOGIC || !of[cc])
        return false;
    w_get(e, WL_FR);
    w_op_const(e, (enum wasm_op)of[cc], 0);
    return true;
}

void wasm_condition(struct wasm_emit *e, unsigned cc)
{
    if (compared(e, cc) || tested(e, cc))
        return;
    switch (cc >> 1) {
    case 0:
        overflow(e);
        sign(e);
        break;
    case 1:
        w_get(e, WL_FC);
        break;
    case 2:
        zero(e);
        break;
    case 3:
        w_get(e, WL_FC);
        zero(e);
        w_op(e, W_OR);
        break;
    case 4:
        w_get(e, WL_FR);
        sign(e);
        break;
    case 5:
        even(e);
        break;
    case 6:
        less_signed(e);
        break;
    default:
        less_signed(e);
        zero(e);
        w_op(e, W_OR);
        break;
    }
    if (cc & 1)
        w_op(e, W_EQZ);
}

/* ---- packed, as the interpreter has them (flags.h) ---- */

void wasm_pack_flags(struct wasm_emit *e)
{
    for (unsigned i = WL_FX; i <= WL_FC; i++)
        w_get(e, i);
    w_op(e, W_CALL);
    wasm_u32(&e->code, WASM_FLAGS_FUNCTION);
}

/* Called by the code: from x, y, z, the result and CF. */
u32 wasm_packed_flags(u32 x, u32 y, u32 z, u32 r, u32 carry)
{
    u32 even = ~(u32)__builtin_popcount(r & 0xff) & 1, zero = r == 0;
    return ((x ^ z) & (y ^ z)) >> 31 | carry << 8 | even << 10 | ((x ^ y ^ z) & 0x10) << 8 |
           zero << 14 | (r >> 16 & FL_SF);
}

void wasm_odd_flags(struct wasm_emit *e)
{
    /* ZF with SF, or without PF. */
    w_get(e, WL_T);
    w_op_const(e, W_AND, FL_ZF | FL_SF | FL_PF);
    w_op_const(e, W_XOR, FL_ZF | FL_PF);
    w_const(e, 0);
    w_get(e, WL_T);
    w_op_const(e, W_AND, FL_ZF);
    w_op(e, W_SELECT);
}

void wasm_unpack_flags(struct wasm_emit *e)
{
    w_get(e, WL_T);
    w_op_const(e, W_SHR_U, 8);
    w_op_const(e, W_AND, 1);
    w_set(e, WL_FC);
    w_get(e, WL_T);
    w_op_const(e, W_SHL, 31);
    w_tee(e, WL_FY);
    w_get(e, WL_T);
    w_op_const(e, W_SHR_U, 8);
    w_op_const(e, W_AND, 0x10);
    w_op(e, W_OR);
    w_set(e, WL_FX);
    w_const(e, 0);
    w_set(e, WL_FZ);
    w_const(e, 0); /* ZF; else the sign, and a low byte of one or of two bits */
    w_get(e, WL_T);
    w_op_const(e, W_AND, FL_SF);
    w_op_const(e, W_SHL, 16);
    w_get(e, WL_T);
    w_op_const(e, W_SHR_U, 9);
    w_op_const(e, W_AND, 2);
    w_op(e, W_OR);
    w_op_const(e, W_OR, 1);
    w_get(e, WL_T);
    w_op_const(e, W_AND, FL_ZF);
    w_op(e, W_SELECT);
    w_set(e, WL_FR);
    e->flags_by = BY_ANYTHING;
}
