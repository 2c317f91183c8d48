/*
 * wasm_vectors.c - MMX, SSE and SSE2 by WebAssembly's vectors of 128 bits, where the host has them:
 * integer operations, and who does what. SDM vol. 1, chapters 9 to 11.
 */
#include "cpu/translate/wasm_vectors.h"

/* ---- integer operations of two operands ---- */

enum form {
    FORM_NONE,
    FORM_PLAIN,   /* a op b */
    FORM_SWAPPED, /* b op a */
    FORM_LOW,     /* lanes of both in turn, of the lower halves; code: bytes in a lane */
    FORM_HIGH,    /* of the upper halves */
    FORM_PACK,    /* the lanes of a, then those of b */
    FORM_PRODUCT, /* the upper halves of products; code: of the lower four, the next one */
    FORM_SHIFT,   /* code: shift; bits in a lane */
    FORM_SHIFT_ARITHMETIC,
    FORM_PMULUDQ,
    FORM_PSADBW
};

struct simd_form {
    u8 form, code, bits;
};

static const struct simd_form forms[OPERATION_COUNT] = {
    [I_punpcklbw] = {FORM_LOW, 1, 0},
    [I_punpcklwd] = {FORM_LOW, 2, 0},
    [I_punpckldq] = {FORM_LOW, 4, 0},
    [I_punpcklqdq] = {FORM_LOW, 8, 0},
    [I_unpcklps] = {FORM_LOW, 4, 0},
    [I_unpcklpd] = {FORM_LOW, 8, 0},
    [I_punpckhbw] = {FORM_HIGH, 1, 0},
    [I_punpckhwd] = {FORM_HIGH, 2, 0},
    [I_punpckhdq] = {FORM_HIGH, 4, 0},
    [I_punpckhqdq] = {FORM_HIGH, 8, 0},
    [I_unpckhps] = {FORM_HIGH, 4, 0},
    [I_unpckhpd] = {FORM_HIGH, 8, 0},
    [I_packsswb] = {FORM_PACK, V_NARROW_S_I16, 0},
    [I_packuswb] = {FORM_PACK, V_NARROW_U_I16, 0},
    [I_packssdw] = {FORM_PACK, V_NARROW_S_I32, 0},
    [I_pcmpgtb] = {FORM_PLAIN, V_GT_I8, 0},
    [I_pcmpgtw] = {FORM_PLAIN, V_GT_I16, 0},
    [I_pcmpgtd] = {FORM_PLAIN, V_GT_I32, 0},
    [I_pcmpeqb] = {FORM_PLAIN, V_EQ_I8, 0},
    [I_pcmpeqw] = {FORM_PLAIN, V_EQ_I16, 0},
    [I_pcmpeqd] = {FORM_PLAIN, V_EQ_I32, 0},
    [I_psrlw] = {FORM_SHIFT, V_SHR_U_I16, 16},
    [I_psrld] = {FORM_SHIFT, V_SHR_U_I32, 32},
    [I_psrlq] = {FORM_SHIFT, V_SHR_U_I64, 64},
    [I_psraw] = {FORM_SHIFT_ARITHMETIC, V_SHR_S_I16, 16},
    [I_psrad] = {FORM_SHIFT_ARITHMETIC, V_SHR_S_I32, 32},
    [I_psllw] = {FORM_SHIFT, V_SHL_I16, 16},
    [I_pslld] = {FORM_SHIFT, V_SHL_I32, 32},
    [I_psllq] = {FORM_SHIFT, V_SHL_I64, 64},
    [I_paddb] = {FORM_PLAIN, V_ADD_I8, 0},
    [I_paddw] = {FORM_PLAIN, V_ADD_I16, 0},
    [I_paddd] = {FORM_PLAIN, V_ADD_I32, 0},
    [I_paddq] = {FORM_PLAIN, V_ADD_I64, 0},
    [I_psubb] = {FORM_PLAIN, V_SUB_I8, 0},
    [I_psubw] = {FORM_PLAIN, V_SUB_I16, 0},
    [I_psubd] = {FORM_PLAIN, V_SUB_I32, 0},
    [I_psubq] = {FORM_PLAIN, V_SUB_I64, 0},
    [I_paddsb] = {FORM_PLAIN, V_ADD_SAT_S_I8, 0},
    [I_paddsw] = {FORM_PLAIN, V_ADD_SAT_S_I16, 0},
    [I_paddusb] = {FORM_PLAIN, V_ADD_SAT_U_I8, 0},
    [I_paddusw] = {FORM_PLAIN, V_ADD_SAT_U_I16, 0},
    [I_psubsb] = {FORM_PLAIN, V_SUB_SAT_S_I8, 0},
    [I_psubsw] = {FORM_PLAIN, V_SUB_SAT_S_I16, 0},
    [I_psubusb] = {FORM_PLAIN, V_SUB_SAT_U_I8, 0},
    [I_psubusw] = {FORM_PLAIN, V_SUB_SAT_U_I16, 0},
    [I_pminub] = {FORM_PLAIN, V_MIN_U_I8, 0},
    [I_pmaxub] = {FORM_PLAIN, V_MAX_U_I8, 0},
    [I_pminsw] = {FORM_PLAIN, V_MIN_S_I16, 0},
    [I_pmaxsw] = {FORM_PLAIN, V_MAX_S_I16, 0},
    [I_pavgb] = {FORM_PLAIN, V_AVERAGE_I8, 0},
    [I_pavgw] = {FORM_PLAIN, V_AVERAGE_I16, 0},
    [I_pmullw] = {FORM_PLAIN, V_MUL_I16, 0},
    [I_pmulhw] = {FORM_PRODUCT, V_PRODUCT_LOW_S_I16, 0},
    [I_pmulhuw] = {FORM_PRODUCT, V_PRODUCT_LOW_U_I16, 0},
    [I_pmaddwd] = {FORM_PLAIN, V_DOT_I16, 0},
    [I_pmuludq] = {FORM_PMULUDQ, 0, 0},
    [I_psadbw] = {FORM_PSADBW, 0, 0},
    [I_pand] = {FORM_PLAIN, V_AND, 0},
    [I_andps] = {FORM_PLAIN, V_AND, 0},
    [I_andpd] = {FORM_PLAIN, V_AND, 0},
    [I_pandn] = {FORM_SWAPPED, V_ANDNOT, 0},
    [I_andnps] = {FORM_SWAPPED, V_ANDNOT, 0},
    [I_andnpd] = {FORM_SWAPPED, V_ANDNOT, 0},
    [I_por] = {FORM_PLAIN, V_OR, 0},
    [I_orps] = {FORM_PLAIN, V_OR, 0},
    [I_orpd] = {FORM_PLAIN, V_OR, 0},
    [I_pxor] = {FORM_PLAIN, V_XOR, 0},
    [I_xorps] = {FORM_PLAIN, V_XOR, 0},
    [I_xorpd] = {FORM_PLAIN, V_XOR, 0},
};

/* r[2i] = a[i], r[2i + 1] = b[i], from the byte `from` on. */
static void interleave(struct wasm_emit *e, unsigned lane, unsigned from)
{
    u8 byte[16];
    for (unsigned i = 0; i < 16; i++)
        byte[i] = (u8)(from + i / (2 * lane) * lane + i % lane + (i / lane % 2 ? 16 : 0));
    vector_shuffle(e, byte);
}

/* The lower halves of two vectors in one. */
static void join(struct wasm_emit *e)
{
    interleave(e, 8, 0);
}

static void pack(struct wasm_emit *e, enum wasm_vector narrow)
{
    vector_push_a(e);
    vector_push_b(e);
    if (vector_is_mmx(e)) {
        join(e);
        w_vector_const(e, 0, 0);
    }
    w_vector(e, narrow);
}

static void product(struct wasm_emit *e, unsigned low)
{
    static const u8 upper[16] = {2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31};
    for (unsigned half = 0; half < 2; half++) {
        vector_push_a(e);
        vector_push_b(e);
        w_vector(e, (enum wasm_vector)(low + half));
    }
    vector_shuffle(e, upper);
}

/* Lanes 0 and 2 of each, multiplied. */
static void pmuludq(struct wasm_emit *e)
{
    static const u8 even[16] = {0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11};
    vector_push_a(e);
    vector_push_a(e);
    vector_shuffle(e, even);
    vector_push_b(e);
    vector_push_b(e);
    vector_shuffle(e, even);
    w_vector(e, V_PRODUCT_LOW_U_I32);
}

static void psadbw(struct wasm_emit *e)
{
    vector_push_a(e);
    vector_push_b(e);
    w_vector(e, V_SUB_SAT_U_I8);
    vector_push_b(e);
    vector_push_a(e);
    w_vector(e, V_SUB_SAT_U_I8);
    w_vector(e, V_OR);
    w_vector(e, V_PAIRS_U_I8);
    w_vector(e, V_PAIRS_U_I16);
    w_tee(e, WL_V);
    w_const(e, 32);
    w_vector(e, V_SHR_U_I64);
    w_get(e, WL_V);
    w_vector_const(e, 0xffffffff, 0xffffffff);
    w_vector(e, V_AND);
    w_vector(e, V_ADD_I64);
}

/* By the lower 64 bits of b: all zero, or all sign, when it is too much. */
static void shift(struct wasm_emit *e, const struct simd_form *f)
{
    vector_push_a(e);
    vector_push_b(e);
    w_vector(e, V_EXTRACT_I64);
    wasm_byte(&e->code, 0);
    w_tee(e, WL_WIDE);
    w_op(e, W_WRAP);
    if (f->form == FORM_SHIFT_ARITHMETIC)
        w_const(e, f->bits - 1);
    else
        w_vector(e, (enum wasm_vector)f->code);
    if (f->form != FORM_SHIFT_ARITHMETIC)
        w_const64(e, 0);
    w_get(e, WL_WIDE);
    w_const64(e, f->bits);
    w_op(e, W_LT_U64);
    if (f->form == FORM_SHIFT_ARITHMETIC) {
        w_op(e, W_SELECT);
        w_vector(e, (enum wasm_vector)f->code);
        return;
    }
    w_op(e, W_EXTEND_U);
    w_op(e, W_SUB64);
    w_vector(e, V_SPLAT_I64);
    w_vector(e, V_AND);
}

static void operate(struct wasm_emit *e, const struct simd_form *f)
{
    enum wasm_vector code = (enum wasm_vector)f->code;
    switch (f->form) {
    case FORM_SWAPPED:
        vector_push_b(e);
        vector_push_a(e);
        w_vector(e, code);
        break;
    case FORM_LOW:
    case FORM_HIGH:
        vector_push_a(e);
        vector_push_b(e);
        interleave(e, f->code, f->form == FORM_LOW ? 0 : vector_is_mmx(e) ? 4 : 8);
        break;
    case FORM_PACK:
        pack(e, code);
        break;
    case FORM_PRODUCT:
        product(e, f->code);
        break;
    case FORM_PMULUDQ:
        pmuludq(e);
        break;
    case FORM_PSADBW:
        psadbw(e);
        break;
    case FORM_SHIFT:
    case FORM_SHIFT_ARITHMETIC:
        shift(e, f);
        break;
    default:
        vector_push_a(e);
        vector_push_b(e);
        w_vector(e, code);
        break;
    }
}

static void shift_by_immediate(struct wasm_emit *e, const struct simd_form *f)
{
    u32 reg = e->o->r1, n = (u8)e->o->imm;
    w_get(e, WL_CPU);
    if (n >= f->bits && f->form == FORM_SHIFT) {
        w_vector_const(e, 0, 0);
    } else {
        vector_push_register(e, reg);
        w_const(e, n < f->bits ? n : f->bits - 1u);
        w_vector(e, (enum wasm_vector)f->code);
    }
    vector_store_register(e, reg);
}

bool wasm_vectors(struct wasm_emit *e)
{
    const struct op *o = e->o;
    enum operation op = op_operation(o);
    const struct simd_form *f = &forms[op];
    if (!e->world->vectors || (vector_has(o, KINDS_MM) && vector_has(o, KINDS_XMM)) ||
        op == I_maskmovq || op == I_maskmovdqu)
        return false;
    u8 open = e->open;
    u32 before = e->code.used;
    wasm_vector_operand(e);
    if (f->form && op_row(o)->ext >= 0) {
        shift_by_immediate(e, f);
        return true;
    }
    if (f->form) {
        w_get(e, WL_CPU);
        operate(e, f);
        vector_store_register(e, o->r2);
        return true;
    }
    if (wasm_vector_move(e))
        return true;
    e->code.used = before;
    e->open = open;
    return !vector_is_mmx(e) && wasm_vector_floats(e);
}
