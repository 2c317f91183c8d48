/*
 * emitters.c - which instructions have a translation, and whose it is.
 */
#include "cpu/translate/emit.h"

/* By operation; NULL: there is no translation. Conditional ones are asked for by their class. */
static emit_fn *const emitters[OPERATION_COUNT] = {
    [I_add] = emit_alu,           [I_or] = emit_alu,
    [I_adc] = emit_alu,           [I_sbb] = emit_alu,
    [I_and] = emit_alu,           [I_sub] = emit_alu,
    [I_xor] = emit_alu,           [I_cmp] = emit_alu,
    [I_test] = emit_test,         [I_inc] = emit_unary,
    [I_dec] = emit_unary,         [I_not] = emit_unary,
    [I_neg] = emit_unary,         [I_clc] = emit_carry_flag,
    [I_stc] = emit_carry_flag,    [I_cmc] = emit_carry_flag,
    [I_rol] = emit_shift,         [I_ror] = emit_shift,
    [I_rcl] = emit_shift,         [I_rcr] = emit_shift,
    [I_shl] = emit_shift,         [I_shr] = emit_shift,
    [I_sar] = emit_shift,         [I_bt] = emit_bits,
    [I_bts] = emit_bits,          [I_btr] = emit_bits,
    [I_btc] = emit_bits,          [I_bsf] = emit_scan,
    [I_bsr] = emit_scan,          [I_imul] = emit_imul,
    [I_imul3] = emit_imul,        [I_mul] = emit_muldiv,
    [I_imul1] = emit_muldiv,      [I_div] = emit_muldiv,
    [I_idiv] = emit_muldiv,       [I_cbw] = emit_widen,
    [I_cwd] = emit_widen,         [I_bswap] = emit_bswap,
    [I_mov] = emit_mov,           [I_movzx] = emit_extend,
    [I_movsx] = emit_extend,      [I_lea] = emit_lea,
    [I_xchg] = emit_xchg,         [I_nop] = emit_nop,
    [I_push] = emit_push,         [I_pop] = emit_pop,
    [I_leave] = emit_leave_frame, [I_movs] = emit_string,
    [I_stos] = emit_string,       [I_lods] = emit_string,
    [I_scas] = emit_string,       [I_cmps] = emit_string,
    [I_cld] = emit_direction,     [I_std] = emit_direction,
    [I_les] = emit_load_far,      [I_lds] = emit_load_far,
    [I_lfs] = emit_load_far,      [I_lgs] = emit_load_far,
    [I_jmp] = emit_jmp,           [I_call] = emit_call,
    [I_ret] = emit_ret,           [I_loop] = emit_loop,
    [I_loopz] = emit_loop,        [I_loopnz] = emit_loop,
    [I_jcxz] = emit_loop,         [I_sahf] = emit_flags_byte,
    [I_lahf] = emit_flags_byte,   [I_emms] = emit_emms,
    [I_movnti] = emit_movnti,     [I_sfence] = emit_nop,
    [I_lfence] = emit_nop,        [I_mfence] = emit_nop,
    [I_prefetchnta] = emit_nop,   [I_prefetcht0] = emit_nop,
    [I_prefetcht1] = emit_nop,    [I_prefetcht2] = emit_nop,
    [I_rdtsc] = emit_rdtsc,       [I_ldmxcsr] = emit_mxcsr,
    [I_stmxcsr] = emit_mxcsr,     [I_jmp_far] = emit_far,
    [I_call_far] = emit_far,      [I_retf] = emit_far_return,
    [I_cli] = emit_cli,           [I_pushf] = emit_pushf,
    [I_shld] = emit_double_shift, [I_shrd] = emit_double_shift,
    [I_cmpxchg] = emit_cmpxchg,   [I_cmpxchg8b] = emit_cmpxchg,
    [I_xadd] = emit_xadd,         [I_sti] = emit_sti,
    [I_popf] = emit_popf,
};

#define KINDS_SIMD (KINDS_RM_SIMD | KIND(Pq) | KIND(Nq) | KIND(Vx) | KIND(Ux))

bool uses_kinds(const struct op *o, u64 kinds)
{
    const u8 *k = op_row(o)->operand;
    return kind_among(k[0], kinds) || kind_among(k[1], kinds);
}

/* The host's MXCSR is the guest's only together with XMM0-7. */
bool uses_xmm(const struct op *o)
{
    enum operation op = op_operation(o);
    return uses_kinds(o, KINDS_RM_XMM | KIND(Vx) | KIND(Ux)) || op == I_ldmxcsr || op == I_stmxcsr;
}

emit_fn *emitter_of(const struct op *o)
{
    enum operation op = op_operation(o);
    const struct opdef *r = op_row(o);
    if (op == I_mov && (r->operand[0] == Sw || r->operand[1] == Sw))
        return emit_mov_segment;
    if (op == I_pop && r->operand[0] >= ES_)
        return emit_pop_segment;
    if (uses_kinds(o, KINDS_SIMD))
        return emit_simd;
    if (op == I_fwait)
        return emit_fwait;
    switch (op_class(o)) {
    case OC_X87:
    case OC_FCMOVCC:
        return emit_x87;
    case OC_JCC:
        return emit_jcc;
    case OC_SETCC:
        return emit_setcc;
    case OC_CMOVCC:
        return emit_cmov;
    default:
        return (unsigned)op < ARRAY_SIZE(emitters) ? emitters[op] : NULL;
    }
}

bool emit_nop(struct emit *e)
{
    (void)e;
    return true;
}
