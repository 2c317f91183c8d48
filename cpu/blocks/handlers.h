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

/* Of the row for what is too long. */
exec_fn exec_too_long; /* more than 15 bytes: #GP(0) */

struct row_handlers {
    exec_fn *fn[3];         /* by operand size: 8 (or any), 16, 32 */
    exec_fn *const *family; /* specialised forms (family.h); the empty family has none */
};
extern const struct row_handlers row_handlers[]; /* by row, as opdefs */

/*
 * The handler for a decoded op: one that is specialised for its operands and the mode where there
 * is such a form, and need not make the flags when nobody reads them.
 */
exec_fn *handler_choose(const struct op *o, u32 mode, bool flags_needed);

#endif
