/*
 * wasm_vectors.h - what the emitters of MMX and SSE instructions share. Registers are named by
 * their distance in struct cpu, as in struct op.
 */
#ifndef FERRITE_WASM_VECTORS_H
#define FERRITE_WASM_VECTORS_H

#include "cpu/translate/wasm_emit.h"

#define KINDS_MM (KINDS_RM_MMX | KIND(Pq) | KIND(Nq))
#define KINDS_XMM (KINDS_RM_XMM | KIND(Vx) | KIND(Ux))

bool vector_has(const struct op *o, u64 kinds);
bool vector_is_mmx(const struct wasm_emit *e);
/* The bytes of two vectors on the stack, by number: from 16 on of the second. */
void vector_shuffle(struct wasm_emit *e, const u8 *byte);

/* A register's vector onto the stack; that of modrm.reg, and of the r/m operand. */
void vector_push_register(struct wasm_emit *e, u32 reg);
void vector_push_a(struct wasm_emit *e);
void vector_push_b(struct wasm_emit *e);
/* A vector into a register; w_get(e, WL_CPU) came before the vector. */
void vector_store_register(struct wasm_emit *e, u32 reg);
void vector_mark(struct wasm_emit *e, u32 reg); /* an MMX register was written otherwise */

/* MOVAPS to PINSRW. False: it is none of these, and nothing was written. */
bool wasm_vector_move(struct wasm_emit *e);

#endif
