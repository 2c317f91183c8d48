/*
 * wasm_vector_operands.c - MMX and XMM registers and their operands in WebAssembly: bytes of the
 * instructions of vectors, permission, loads and stores. SDM vol. 1, chapters 9 to 11.
 *
 * The registers stay in struct cpu; an MMX register is the lower half of a vector, whose upper half
 * is zero when it is loaded and dropped when it is stored.
 */
#include "cpu/fpu.h"
#include "cpu/translate/wasm_vectors.h"

bool vector_has(const struct op *o, u64 kinds)
{
    const u8 *kind = op_row(o)->operand;
    return kind_among(kind[0], kinds) || kind_among(kind[1], kinds) || kind_among(kind[2], kinds);
}

bool wasm_is_vector(const struct op *o)
{
    return vector_has(o, KINDS_MM | KINDS_XMM);
}

bool vector_is_mmx(const struct wasm_emit *e)
{
    return vector_has(e->o, KINDS_MM);
}

/* ---- bytes ---- */

void w_vector(struct wasm_emit *e, enum wasm_vector op)
{
    wasm_byte(&e->code, W_VECTOR);
    wasm_u32(&e->code, op);
}

void w_vector_memory(struct wasm_emit *e, enum wasm_vector op, u32 distance)
{
    w_vector(e, op);
    wasm_u32(&e->code, 0);
    wasm_u32(&e->code, distance);
    if (op == V_STORE64_LANE)
        wasm_byte(&e->code, 0);
}

void w_vector_const(struct wasm_emit *e, u64 lo, u64 hi)
{
    w_vector(e, V_CONST);
    for (unsigned i = 0; i < 16; i++)
        wasm_byte(&e->code, (unsigned)((i < 8 ? lo : hi) >> (i & 7) * 8) & 0xff);
}

/* The bytes of two vectors on the stack, by number: from 16 on of the second. */
void vector_shuffle(struct wasm_emit *e, const u8 *byte)
{
    w_vector(e, V_SHUFFLE);
    for (unsigned i = 0; i < 16; i++)
        wasm_byte(&e->code, byte[i]);
}

/* ---- permission and operands ---- */

static void want(struct wasm_emit *e)
{
    if (vector_is_mmx(e) && !(e->open & OPEN_MMX)) {
        w_load_cpu(e, W_LOAD8, fpu.gate);
        w_op_const(e, W_NE, FPU_MMX);
        wasm_slow_if(e);
        e->open |= OPEN_MMX;
    } else if (!vector_is_mmx(e) && !(e->open & OPEN_SSE)) {
        w_load_cpu(e, W_LOAD8, fpu.sse);
        w_op(e, W_EQZ); /* SSE_CLOSED */
        wasm_slow_if(e);
        e->open |= OPEN_SSE;
    }
}

/* Legacy SSE faults on 16 bytes that are not aligned, but for these. */
static bool may_be_unaligned(enum operation op)
{
    return op == I_movups || op == I_movupd || op == I_movdqu;
}

void wasm_vector_operand(struct wasm_emit *e)
{
    if (e->o->flags & OPF_MEM) {
        unsigned n = op_memory(e->o).bytes;
        wasm_access(e, n, op_row(e->o)->attr & A_STORE);
        if (n == 16 && !may_be_unaligned(op_operation(e->o))) {
            w_get(e, WL_LIN);
            w_op_const(e, W_AND, 15);
            wasm_slow_if(e);
        }
    }
    want(e);
}

u32 wasm_vector_source(struct wasm_emit *e)
{
    bool mem = e->o->flags & OPF_MEM;
    w_get(e, mem ? WL_AT : WL_CPU);
    return mem ? 0 : e->o->r1;
}

/* A register's vector. */
void vector_push_register(struct wasm_emit *e, u32 reg)
{
    w_get(e, WL_CPU);
    w_vector_memory(e, vector_is_mmx(e) ? V_LOAD64 : V_LOAD, reg);
}

void vector_push_a(struct wasm_emit *e)
{
    vector_push_register(e, e->o->r2);
}

void vector_push_b(struct wasm_emit *e)
{
    unsigned n = e->o->flags & OPF_MEM ? op_memory(e->o).bytes : vector_is_mmx(e) ? 8 : 16;
    u32 distance = wasm_vector_source(e);
    w_vector_memory(e, n == 16 ? V_LOAD : n == 8 ? V_LOAD64 : V_LOAD32, distance);
}

/* An MMX register was written. */
void vector_mark(struct wasm_emit *e, u32 reg)
{
    w_get(e, WL_CPU);
    w_const(e, 0xffff);
    w_memory(e, W_STORE16, reg + 8);
}

/* Behind w_get(e, WL_CPU) and a vector. */
void vector_store_register(struct wasm_emit *e, u32 reg)
{
    w_vector_memory(e, vector_is_mmx(e) ? V_STORE64_LANE : V_STORE, reg);
    if (vector_is_mmx(e))
        vector_mark(e, reg);
}
