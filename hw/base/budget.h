/*
 * budget.h - so many bytes of the host's disk, for all that write on a machine's behalf together: a
 * guest must not be able to fill it. What does not fit is refused, as a full disk would (ENOSPC).
 */
#ifndef FERRITE_BUDGET_H
#define FERRITE_BUDGET_H

#include "hw/base/types.h"

struct budget {
    u64 most;  /* bytes; 0: no limit, they are only counted */
    u64 taken; /* of them */
    bool refused;
};

/* NULL: nobody counts. */
static inline bool budget_take(struct budget *b, u64 bytes)
{
    if (!b)
        return true;
    if (b->most && (bytes > b->most || b->taken > b->most - bytes)) {
        b->refused = true;
        return false;
    }
    b->taken += bytes;
    return true;
}

static inline void budget_give(struct budget *b, u64 bytes)
{
    if (b)
        b->taken -= bytes < b->taken ? bytes : b->taken;
}

#endif
