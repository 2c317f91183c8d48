/*
 * varied_ops.h - what instructions done in the mind (varied_ops.c) are made of: their operands
 * (varied_operands.c), and numbers and flags (varied_numbers.c).
 */
#ifndef FERRITE_CPU_VARIED_OPS_H
#define FERRITE_CPU_VARIED_OPS_H

#include "cpu/decode/query.h"
#include "cpu/varied_mind.h"

/* ---- operands of the present instruction ---- */

/* Nobody knows what it does in the next rounds. */
void mind_give_up(struct mind *m);

bool operand_in_memory(const struct op *o, unsigned i);
/* The place of a register in struct cpu, from gpr[] on; 32: it is none. */
unsigned operand_register(const struct op *o, unsigned i);
/* Bytes that it works on. */
unsigned mind_size(const struct mind *m);
/* What it did to memory, m->touches of them. */
const struct varied_touch *mind_touches(const struct mind *m);
/* Its only read, or write, of so many bytes; another number of them gives up. */
struct number mind_loaded(struct mind *m, unsigned size);
void mind_stored(struct mind *m, unsigned size, struct number n);
/* By the row's numbers: a register, an immediate value, or memory. */
struct number mind_operand(struct mind *m, unsigned i);
void mind_result(struct mind *m, unsigned i, struct number n);

/* ---- flags ---- */

/* These are written; of them, `f` is known. */
void mind_set_flags(struct mind *m, u32 written, const struct mind_flags *f, bool wrong);
struct tri mind_flag(const struct mind *m, u32 mask);
/* By the number in Jcc, SETcc and CMOVcc. */
struct tri mind_condition(const struct mind *m, unsigned cc);
/* ZF, SF and PF of a result. */
void flags_know_result(struct mind_flags *f, struct range r, unsigned size);

/* ---- numbers ---- */

/* a + b + carry, or a - b - carry, and the flags of it. */
struct number number_sum(const struct mind *m, struct number a, struct number b, struct range carry,
                         unsigned size, bool minus, struct mind_flags *f);
/* AND (TEST), OR or XOR. */
struct range range_bitwise(struct range a, struct range b, enum operation op);
/* A mask of the lower bits leaves a number alone that has no others. */
bool number_keeps(const struct number *a, const struct number *mask);
/* ROL, ROR by 8 of 16 bits: the bytes change places. */
struct number number_swapped(struct number n);

#endif
