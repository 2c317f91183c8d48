/*
 * decode.h - bytes to struct op, through the rows of ops.def.
 */
#ifndef FERRITE_CPU_DECODE_H
#define FERRITE_CPU_DECODE_H

#include "cpu/decode/opdef.h"
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
 * when it goes on behind them. What the model does not have decodes as #UD. fn,
 * pc, left and idx are the caller's.
 */
unsigned decode_op(const struct decoder *d, u32 mode, const u8 *p, unsigned avail, struct op *o);

/*
 * Why decode_op() made an op undefined, from its imm: one of these, and above UD_ROW_SHIFT the row
 * that is meant. Only words for people depend on it.
 */
enum ud_reason {
    UD_NOBODY, /* no processor of ours has it */
    UD_MODEL,  /* another model has it */
    UD_LOCK,   /* LOCK before what cannot be locked */
    UD_REAL    /* not in real and virtual-8086 mode */
};
#define UD_ROW_SHIFT 4

#endif
