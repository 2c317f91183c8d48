/*
 * x87_soft.h - one x87 instruction on the state in struct cpu_fpu, in portable arithmetic.
 */
#ifndef FERRITE_CPU_X87_SOFT_H
#define FERRITE_CPU_X87_SOFT_H

#include "cpu/decode/query.h"
#include "cpu/fpu/fpu_exec.h"
#include "cpu/fpu/fpu_soft.h"
#include "cpu/fpu/x87_math.h"

/*
 * The instruction o (control instructions excepted). `mem` holds the memory operand, or receives
 * it: *stored tells whether it is to be written. fl: the flags word, for FCMOV and FCOMI.
 */
void x87_soft(struct cpu *c, const struct op *o, u8 *mem, bool *stored, u32 *fl);

/* ---- inside: what the files of the portable path share ---- */

/* Registers, as numbers relative to TOP. */
struct f80 x87_get(const struct cpu *c, unsigned i);
void x87_put(struct cpu *c, unsigned i, struct f80 v); /* makes it valid */
bool x87_empty(const struct cpu *c, unsigned i);
void x87_pop(struct cpu *c);
void x87_push(struct cpu *c, struct f80 v); /* the register was found empty */

/* Raise exceptions: sets flags, ES and B; true when an unmasked one is among them. */
bool x87_raise(struct cpu *c, unsigned flags);
/* Stack fault; C1 = over. True when unmasked. */
bool x87_stack_fault(struct cpu *c, bool over);
void x87_set_c1(struct cpu *c, bool v);

struct fp_env x87_env(const struct cpu *c);
const struct fp_format *x87_format(const struct cpu *c);

#define X87_CC (FSW_C0 | FSW_C1 | FSW_C2 | FSW_C3)
void x87_set_cc(struct cpu *c, u16 cc); /* all four */
void x87_set_top(struct cpu *c, unsigned top);

struct f80 x87_indefinite(void);
struct f80 x87_load80(const u8 *p);
void x87_store80(u8 *p, struct f80 v);
struct fp x87_reg(const struct cpu *c, unsigned i); /* unpacked */
bool x87_denormal2(struct fp a, struct fp b);       /* a denormal operand that counts */

/* ST0 (and ST1) there? If not, the stack fault's response has been made in ST0. */
bool x87_have1(struct cpu *c);
bool x87_have2(struct cpu *c);
/* Load: stack overflow and all. */
void x87_push_value(struct cpu *c, struct f80 v);
/* ST(dest) op b into ST(dest), by the operation's kind (FADD, FIADD, FADDP are one). False: an
 * unmasked exception. */
bool x87_arith(struct cpu *c, enum operation what, unsigned dest, struct fp b);
/*
 * Compare; gives C3 C2 C0 in *cc. False: an unmasked exception. quiet_nan: QNaNs are not invalid.
 */
#define X87_UNORDERED (FSW_C3 | FSW_C2 | FSW_C0)
bool x87_compare(struct cpu *c, struct fp a, struct fp b, bool quiet_nan, u16 *cc);
/* FCOM, FUCOM and pops; `present`: b is there. */
void x87_compare_cc(struct cpu *c, struct fp b, bool present, bool quiet_nan, unsigned pops);

/* Forms without operands: FNOP, D9 E0-FF. */
void x87_one_operand(struct cpu *c, enum operation what);
void x87_memory_form(struct cpu *c, const struct op *o, u8 *mem, bool *stored);

/* NaN operands by Intel's rules. True: *r is the result; FX_I is in e->flags if it is invalid. */
bool x87_nan2(struct fp_env *e, struct fp a, struct fp b, struct fp *r);
bool x87_nan1(struct fp_env *e, struct fp a, struct fp *r);

/*
 * After the arithmetic: raise what e->flags and denormal operands call for, and set C1. False when
 * an unmasked exception forbids the result.
 */
bool x87_commit(struct cpu *c, struct fp_env *e, bool denormal);

/* The transcendental instructions. C0, C2, C3 are clear afterwards, but for C2. */
void x87_transcendental(struct cpu *c, enum operation what);
static inline bool x87_takes_two(enum operation what)
{
    return what == I_fyl2x || what == I_fyl2xp1 || what == I_fpatan;
}
static inline bool x87_pushes(enum operation what)
{
    return what == I_fsincos || what == I_fptan;
}
/*
 * The results of ordinary numbers (ST0 = a, ST1 = b) before rounding, when they are somewhere in
 * the middle of the range and inexact; else false. *second: what FSINCOS and FPTAN (1) push.
 */
bool x87_ordinary(enum operation what, struct f80 a, struct f80 b, struct big *r,
                  struct big *second);

#endif
