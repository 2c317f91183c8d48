/*
 * fuse.h - pairs of instructions that run as one op: compare and branch, decrement and branch.
 */
#ifndef FERRITE_CPU_FUSE_H
#define FERRITE_CPU_FUSE_H

#include "cpu/op.h"

/* Fuse what can be fused at the end of a block; returns the new number of ops. */
unsigned fuse_ops(struct op *op, unsigned count, u32 mode);
/* Guest instructions that the record stands for: none if it only counts or looks. */
unsigned fuse_weight(const struct op *o);

#endif
