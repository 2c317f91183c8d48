/*
 * wasm_emitters.c - which instructions are translated to WebAssembly, and whose they are. The
 * others are done by their handlers.
 */
#include "cpu/translate/wasm_emit.h"

static wasm_emit_fn *const emitters[OPERATION_COUNT] = {
    [I_add] = wasm_alu,           [I_or] = wasm_alu,         [I_adc] = wasm_alu,
    [I_sbb] = wasm_alu,           [I_and] = wasm_alu,        [I_sub] = wasm_alu,
    [I_xor] = wasm_alu,           [I_cmp] = wasm_alu,        [I_test] = wasm_alu,
    [I_inc] = wasm_unary,         [I_dec] = wasm_unary,      [I_not] = wasm_unary,
    [I_neg] = wasm_unary,         [I_clc] = wasm_carry_flag, [I_stc] = wasm_carry_flag,
    [I_cmc] = wasm_carry_flag,    [I_rol] = wasm_shift,      [I_ror] = wasm_shift,
    [I_shl] = wasm_shift,         [I_shr] = wasm_shift,      [I_sar] = wasm_shift,
    [I_bt] = wasm_bits,           [I_bts] = wasm_bits,       [I_btr] = wasm_bits,
    [I_btc] = wasm_bits,          [I_imul] = wasm_imul,      [I_imul3] = wasm_imul,
    [I_mul] = wasm_mul,           [I_imul1] = wasm_mul,      [I_div] = wasm_div,
    [I_idiv] = wasm_div,          [I_cbw] = wasm_widen,      [I_cwd] = wasm_widen,
    [I_bswap] = wasm_bswap,       [I_mov] = wasm_mov,        [I_movzx] = wasm_extend_move,
    [I_movsx] = wasm_extend_move, [I_lea] = wasm_lea,        [I_xchg] = wasm_xchg,
    [I_nop] = wasm_nop,           [I_push] = wasm_push,      [I_pop] = wasm_pop,
    [I_leave] = wasm_leave_frame, [I_jmp] = wasm_jmp,        [I_call] = wasm_call,
    [I_ret] = wasm_ret,           [I_loop] = wasm_loop,      [I_loopz] = wasm_loop,
    [I_loopnz] = wasm_loop,       [I_jcxz] = wasm_loop,      [I_shld] = wasm_double_shift,
    [I_shrd] = wasm_double_shift,
};

#define KINDS_OTHER (KIND(Sw) | KIND(Cd) | KIND(Dd) | KIND(Td))

wasm_emit_fn *wasm_emitter_of(const struct op *o)
{
    enum operation op = op_operation(o);
    const u8 *kind = op_row(o)->operand;
    if (kind_among(kind[0], KINDS_OTHER) || kind_among(kind[1], KINDS_OTHER) ||
        (op == I_pop && kind[0] >= ES_))
        return NULL;
    if (wasm_is_vector(o))
        return wasm_vectors;
    switch (op_class(o)) {
    case OC_X87:
    case OC_FCMOVCC:
        return NULL;
    case OC_JCC:
        return wasm_jcc;
    case OC_SETCC:
        return wasm_setcc;
    case OC_CMOVCC:
        return wasm_cmov;
    default:
        return (unsigned)op < ARRAY_SIZE(emitters) ? emitters[op] : NULL;
    }
}
