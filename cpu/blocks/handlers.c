/*
 * handlers.c - the rows of ops.def as a table, each with its handlers; and the choice among them.
 */
#include "cpu/blocks/handlers.h"

#include "cpu/decode/decode.h"

/* clang-format off */
const struct opdef opdefs[] = {
#define ROW(map_, opcode_, ext_, rm_, pfx_, name_, a, b, c, feature_, attr_, flr, flw, f8, f16, f32, fam) \
    {.name = name_, .map = map_, .opcode = opcode_, .ext = ext_, .rm = rm_, .pfx = pfx_,        \
     .operand = {a, b, c}, .feature = feature_, .attr = attr_, .fl_read = (u16)(flr),           \
     .fl_write = (u16)(flw), .fn = {f8, f16, f32}, .family = family_##fam},
#include "cpu/decode/ops.def"
#undef ROW
    /* Not decoded from bytes: what becomes of the others. */
    {.name = "(undefined)", .map = 9, .ext = -1, .rm = -1, .attr = A_END | A_FAULT,
     .fn = {exec_ud, exec_ud, exec_ud}, .family = family_none},
    {.name = "(too long)", .map = 9, .ext = -1, .rm = -1, .attr = A_END | A_FAULT,
     .fn = {exec_too_long, exec_too_long, exec_too_long}, .family = family_none},
};
/* clang-format on */
const unsigned opdef_count = ARRAY_SIZE(opdefs);

/* ---- the choice ---- */

static enum kind operand_kind(const struct op *o, const struct opdef *r, u32 mode, bool *none)
{
    bool flat = mode & MODE_FLAT;
    *none = false;
    if (r->attr & A_STACK) {
        if (flat && (mode & MODE_SS32))
            return K_B;
        if (!(mode & MODE_SS32))
            return K_S16;
        *none = true;
        return K_REG;
    }
    if (r->attr & A_BRANCH) {
        *none = !flat;
        return K_B;
    }
    if (!(o->flags & OPF_MEM))
        return K_REG;
    if (o->flags & OPF_A16)
        return K_S16;
    if ((flat && (o->seg == SEG_DS || o->seg == SEG_SS || o->seg == SEG_ES)) || (r->attr & A_NOMEM))
        return o->index == ZERO_OFF ? K_B : K_X;
    return K_S32;
}

exec_fn *handler_choose(const struct op *o, u32 mode, bool flags_needed)
{
    const struct opdef *r = &opdefs[o->def];
    bool none;
    enum kind kind = operand_kind(o, r, mode, &none);
    unsigned size = op_size(o);
    exec_fn *fn, *generic = r->fn[size];
    if (none || op_shifts_by_zero(o))
        return generic; /* a shift by 0 leaves the flags alone: only the generic form knows that */
    if (!flags_needed && (fn = r->family[FAMILY_INDEX(size, kind, 1)]))
        return fn;
    if ((fn = r->family[FAMILY_INDEX(size, kind, 0)]))
        return fn;
    return generic;
}
