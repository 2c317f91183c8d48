/*
 * handlers.c - the handlers of each row of ops.def, and the choice among them.
 */
#include "cpu/blocks/handlers.h"

#include "cpu/decode/query.h"

/* clang-format off */
const struct row_handlers row_handlers[] = {
#define ROW(map, opcode, ext, rm, pfx, name, a, b, c, feature, attr, flr, flw, f8, f16, f32, fam) \
    {{f8, f16, f32}, family_##fam},
#include "cpu/decode/ops.def"
#undef ROW
    {{exec_ud, exec_ud, exec_ud}, family_none},
    {{exec_too_long, exec_too_long, exec_too_long}, family_none},
};
/* clang-format on */

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
    const struct row_handlers *h = &row_handlers[o->def];
    exec_fn *fn, *generic = h->fn[size];
    if (none || op_shifts_by_zero(o))
        return generic; /* a shift by 0 leaves the flags alone: only the generic form knows that */
    if (!flags_needed && (fn = h->family[FAMILY_INDEX(size, kind, 1)]))
        return fn;
    if ((fn = h->family[FAMILY_INDEX(size, kind, 0)]))
        return fn;
    return generic;
}
