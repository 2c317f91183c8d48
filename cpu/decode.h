/*
 * decode.h - bytes to struct op, through the rows of ops.def.
 */
#ifndef FERRITE_CPU_DECODE_H
#define FERRITE_CPU_DECODE_H

#include "cpu/op.h"

#define DECODE_MAX 15 /* bytes of the longest instruction */

/* Rows of one model, sorted by (map, opcode, modrm.reg). */
struct decoder {
    u16 first[2][256][8]; /* index into rows */
    u16 *rows;            /* runs of row numbers, each ended by NO_ROW */
};
#define NO_ROW 0xffffu

struct decoder *decoder_new(const struct cpu_model *model);
void decoder_free(struct decoder *d);

/*
 * Decode the instruction at p, of which `avail` bytes may be looked at. Returns its length, or 0
 * when it goes on behind them. What the model does not have decodes as #UD. fn is the generic
 * handler; pc, left, idx are the caller's.
 */
unsigned decode_op(const struct decoder *d, u32 mode, const u8 *p, unsigned avail, struct op *o);

/* The handler for this op: specialised for its operands and mode if there is such a form. */
exec_fn *decode_handler(const struct op *o, u32 mode, bool flags_needed);

#endif
