/*
 * handlers.h - prototypes of every handler and family that ops.def names.
 */
#ifndef FERRITE_CPU_HANDLERS_H
#define FERRITE_CPU_HANDLERS_H

#include "cpu/blocks/family.h"

#define ROW(map, opcode, ext, rm, pfx, name, a, b, c, feature, attr, flr, flw, f8, f16, f32, fam)  \
    exec_fn f8, f16, f32;                                                                          \
    extern exec_fn *const family_##fam[];
#include "cpu/decode/ops.def"
#undef ROW

/* Reached from the run loop and from other handlers, not from rows. */
exec_fn exec_fall_through;               /* end of a block without a branch */
exec_fn exec_lookup;                     /* go on at c->eip, whatever block is there */
exec_fn exec_taken_miss, exec_next_miss; /* a link of o is not usable yet; c->eip is the target */
exec_fn exec_limit_fault;                /* a near branch out of the code segment: #GP(0) */
exec_fn exec_too_long;                   /* more than 15 bytes: #GP(0) */

/*
 * The handler for a decoded op: one that is specialised for its operands and the mode where there
 * is such a form, and need not make the flags when nobody reads them.
 */
exec_fn *handler_choose(const struct op *o, u32 mode, bool flags_needed);

/* Fused pairs (fuse.c): by condition code. */
extern exec_fn *const fused_cmp_rr[16],
    *const fused_cmp_ri[16], *const fused_test_rr[16], *const fused_dec_r[16],
                                                           *const fused_cmp8_ri[16],
                                                               *const fused_test_ri[16];

#endif
