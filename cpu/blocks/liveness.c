/*
 * liveness.c - see liveness.h.
 */
#include "cpu/blocks/liveness.h"

#include "cpu/decode/query.h"

/* A fault anywhere after this op, or leaving the block after it, shows the flags to somebody. */
static bool exposes_flags(const struct op *o)
{
    const struct opdef *r = &opdefs[o->def];
    return ((o->flags & OPF_MEM) && !(r->attr & A_NOMEM)) || (r->attr & (A_FAULT | A_END | A_IO));
}

static bool stores(const struct op *o)
{
    const struct opdef *r = &opdefs[o->def];
    return (r->attr & (A_STORE | A_LOCK | A_REP | A_IO)) || (r->attr & A_FAULT);
}

struct flag_use flags_used(const struct op *o, u32 live)
{
    const struct opdef *r = op_row(o);
    bool exposes = exposes_flags(o);
    struct flag_use use;
    use.after = exposes && stores(o) ? FL_ALL : live;
    use.needed = use.after & r->fl_write;
    use.before = exposes ? FL_ALL : (use.after & ~op_flags_overwritten(o)) | r->fl_read;
    return use;
}
