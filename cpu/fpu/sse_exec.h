/*
 * sse_exec.h - what the SSE handlers share: operands and the running of arithmetic under the
 * guest's MXCSR.
 */
#ifndef FERRITE_CPU_SSE_EXEC_H
#define FERRITE_CPU_SSE_EXEC_H

#include "cpu/blocks/handlers.h"
#include "cpu/fpu/fpu_exec.h"
#include "cpu/fpu/simd.h"

#define R(off) ((u8 *)c + (off))

/* Permission, then start over; for register forms that only move bits. */
exec_fn sse_open;
/* Permission, then n bytes of the r/m operand to c->fpu.scratch; 16 bytes must be aligned. */
enum op_status sse_fetch(struct cpu *c, const struct op *o, unsigned n, bool aligned);
enum op_status sse_store(struct cpu *c, const struct op *o, const void *v, unsigned n,
                         bool aligned);

#endif
