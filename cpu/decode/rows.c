/*
 * rows.c - the rows of ops.def and the lines of operations.def as tables.
 */
#include "cpu/decode/opdef.h"

/* clang-format off */
const struct opdef opdefs[] = {
#define ROW(map_, opcode_, ext_, rm_, pfx_, name_, a, b, c, feature_, attr_, flr, flw, f8, f16, f32, fam) \
    {.operation = I_##name_, .map = map_, .opcode = opcode_, .ext = ext_, .rm = rm_, .pfx = pfx_,       \
     .operand = {a, b, c}, .feature = feature_, .attr = attr_, .fl_read = (u16)(flr),           \
     .fl_write = (u16)(flw)},
#include "cpu/decode/ops.def"
#undef ROW
    /* Not decoded from bytes: what becomes of the others. */
    {.operation = I_undefined, .map = 9, .ext = -1, .rm = -1, .attr = A_END | A_FAULT},
    {.operation = I_too_long, .map = 9, .ext = -1, .rm = -1, .attr = A_END | A_FAULT},
};
/* clang-format on */
const unsigned opdef_count = ARRAY_SIZE(opdefs);

#define OPERATION(name_, text_, access_, class_, condition_, bytes_, mmx_, push_, reads_, writes_) \
    [I_##name_] = {.text = text_,                                                                  \
                   .access = access_,                                                              \
                   .class = class_,                                                                \
                   .condition = condition_,                                                        \
                   .bytes = bytes_,                                                                \
                   .mmx_bytes = mmx_,                                                              \
                   .push = push_,                                                                  \
                   .reads = reads_,                                                                \
                   .writes = writes_},
const struct operation_def operations[OPERATION_COUNT] = {
#include "cpu/decode/operations.def"
};
