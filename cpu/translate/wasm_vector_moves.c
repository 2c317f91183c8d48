/*
 * wasm_vector_moves.c - moves and shuffles of MMX and XMM registers, and between these and general
 * ones. SDM vol. 1, chapters 9 to 11.
 */
#include "cpu/translate/wasm_vectors.h"

/* ---- moves ---- */

/* Bytes that a move copies, from the lower end on; 0: it is none of these. */
static unsigned move_bytes(const struct op *o)
{
    switch (op_operation(o)) {
    case I_movups:
    case I_movupd:
    case I_movaps:
    case I_movapd:
    case I_movdqa:
    case I_movdqu:
    case I_movntps:
    case I_movntpd:
    case I_movntdq:
        return 16;
    case I_movq:
    case I_movntq:
    case I_movsd:
    case I_movlps:
    case I_movlpd:
        return 8;
    case I_movss:
    case I_movd:
        return 4;
    default:
        return 0;
    }
}

/* n bytes at a distance from the address on the stack; the other way, behind an address. */
static void load(struct wasm_emit *e, unsigned n, u32 distance)
{
    if (n == 16)
        w_vector_memory(e, V_LOAD, distance);
    else
        w_memory(e, n == 8 ? W_LOAD64 : W_LOAD, distance);
}

static void store(struct wasm_emit *e, unsigned n, u32 distance)
{
    if (n == 16)
        w_vector_memory(e, V_STORE, distance);
    else
        w_memory(e, n == 8 ? W_STORE64 : W_STORE, distance);
}

/* What else becomes zero: all above n bytes of an XMM register, unless it is a part that stays. */
static bool clears(const struct op *o)
{
    switch (op_operation(o)) {
    case I_movlps:
    case I_movlpd:
        return false;
    case I_movss:
    case I_movsd:
        return o->flags & OPF_MEM;
    default:
        return true;
    }
}

static void move_load(struct wasm_emit *e, unsigned n)
{
    const struct op *o = e->o;
    bool gpr = vector_has(o, KINDS_RM_GPR) && !(o->flags & OPF_MEM);
    w_get(e, WL_CPU);
    if (gpr) {
        w_get(e, WL_GPR + o->r1 / 4);
        w_op(e, W_EXTEND_U);
    } else {
        u32 distance = wasm_vector_source(e);
        load(e, n, distance);
        if (n == 4 && clears(o))
            w_op(e, W_EXTEND_U);
    }
    store(e, n == 4 && clears(o) ? 8 : n, o->r2);
    if (vector_is_mmx(e)) {
        vector_mark(e, o->r2);
    } else if (n < 16 && clears(o)) {
        w_get(e, WL_CPU);
        w_const64(e, 0);
        store(e, 8, o->r2 + 8u);
    }
}

static void move_store(struct wasm_emit *e, unsigned n)
{
    const struct op *o = e->o;
    bool mem = o->flags & OPF_MEM, to_gpr = vector_has(o, KINDS_RM_GPR) && !mem;
    if (!to_gpr)
        w_get(e, mem ? WL_AT : WL_CPU);
    w_get(e, WL_CPU);
    load(e, n, o->r2);
    if (to_gpr) {
        w_set(e, WL_GPR + o->r1 / 4);
        return;
    }
    store(e, n, mem ? 0 : o->r1);
    if (mem)
        return;
    if (vector_is_mmx(e)) {
        vector_mark(e, o->r1);
    } else if (op_operation(o) == I_movq) {
        w_get(e, WL_CPU);
        w_const64(e, 0);
        store(e, 8, o->r1 + 8u);
    }
}

/* MOVHPS, MOVHPD, MOVHLPS, MOVLHPS: eight bytes between halves. */
static bool move_half(struct wasm_emit *e)
{
    const struct op *o = e->o;
    u32 from, to;
    switch (op_operation(o)) {
    case I_movhps:
    case I_movhpd:
        from = 0;
        to = 8;
        break;
    case I_movhlps:
        from = 8;
        to = 0;
        break;
    case I_movlhps:
        from = 0;
        to = 8;
        break;
    default:
        return false;
    }
    if (op_row(o)->attr & A_STORE) {
        w_get(e, WL_AT);
        w_get(e, WL_CPU);
        load(e, 8, o->r2 + 8u);
        store(e, 8, 0);
        return true;
    }
    w_get(e, WL_CPU);
    u32 distance = wasm_vector_source(e);
    load(e, 8, distance + from);
    store(e, 8, o->r2 + to);
    return true;
}

/* ---- shuffles by an immediate; between vectors and general registers ---- */

static bool shuffle_by_immediate(struct wasm_emit *e)
{
    u8 byte[16];
    u32 imm = e->o->imm;
    enum operation op = op_operation(e->o);
    bool both = op == I_shufps || op == I_shufpd;
    for (unsigned i = 0; i < 16; i++) {
        unsigned word = i / 2 & 3;
        u8 same = (u8)i;
        switch (op) {
        case I_pshufw:
        case I_pshuflw:
            byte[i] = i < 8 ? (u8)(2 * (imm >> 2 * word & 3) + i % 2) : same;
            break;
        case I_pshufhw:
            byte[i] = i < 8 ? same : (u8)(8 + 2 * (imm >> 2 * word & 3) + i % 2);
            break;
        case I_pshufd:
        case I_shufps:
            byte[i] = (u8)(4 * (imm >> i / 4 * 2 & 3) + i % 4 + (both && i >= 8 ? 16 : 0));
            break;
        case I_shufpd:
            byte[i] = (u8)(8 * (imm >> i / 8 & 1) + i % 8 + (i >= 8 ? 16 : 0));
            break;
        default:
            return false;
        }
    }
    w_get(e, WL_CPU);
    if (both)
        vector_push_a(e);
    else
        vector_push_b(e);
    vector_push_b(e);
    vector_shuffle(e, byte);
    vector_store_register(e, e->o->r2);
    return true;
}

/* PSRLDQ and PSLLDQ: out of a row of zeros. */
static bool shift_bytes(struct wasm_emit *e)
{
    enum operation op = op_operation(e->o);
    u8 byte[16], n = (u8)e->o->imm > 16 ? 16 : (u8)e->o->imm;
    if (op != I_psrldq && op != I_pslldq)
        return false;
    for (unsigned i = 0; i < 16; i++)
        byte[i] = (u8)(op == I_psrldq ? i + n : 16 + i - n);
    w_get(e, WL_CPU);
    if (op == I_psrldq) {
        vector_push_register(e, e->o->r1);
        w_vector_const(e, 0, 0);
    } else {
        w_vector_const(e, 0, 0);
        vector_push_register(e, e->o->r1);
    }
    vector_shuffle(e, byte);
    vector_store_register(e, e->o->r1);
    return true;
}

static bool to_general(struct wasm_emit *e)
{
    const struct op *o = e->o;
    switch (op_operation(o)) {
    case I_pextrw:
        w_get(e, WL_CPU);
        w_memory(e, W_LOAD16, o->r1 + 2 * (o->imm & (vector_is_mmx(e) ? 3 : 7)));
        break;
    case I_pmovmskb:
        vector_push_register(e, o->r1);
        w_vector(e, V_BITMASK_I8);
        break;
    case I_movmskps:
        vector_push_register(e, o->r1);
        w_vector(e, V_BITMASK_I32);
        break;
    case I_movmskpd:
        vector_push_register(e, o->r1);
        w_vector(e, V_BITMASK_I64);
        break;
    default:
        return false;
    }
    w_set(e, WL_GPR + o->r2 / 4);
    return true;
}

static bool insert_word(struct wasm_emit *e)
{
    const struct op *o = e->o;
    if (op_operation(o) != I_pinsrw)
        return false;
    w_get(e, WL_CPU);
    if (o->flags & OPF_MEM) {
        w_get(e, WL_AT);
        w_memory(e, W_LOAD16, 0);
    } else {
        w_get(e, WL_GPR + o->r1 / 4);
    }
    w_memory(e, W_STORE16, o->r2 + 2 * (o->imm & (vector_is_mmx(e) ? 3 : 7)));
    if (vector_is_mmx(e))
        vector_mark(e, o->r2);
    return true;
}

bool wasm_vector_move(struct wasm_emit *e)
{
    unsigned n = move_bytes(e->o);
    if (n && (op_row(e->o)->attr & A_STORE))
        move_store(e, n);
    else if (n)
        move_load(e, n);
    return n || move_half(e) || shuffle_by_immediate(e) || shift_bytes(e) || to_general(e) ||
           insert_word(e);
}
