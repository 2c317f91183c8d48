/*
 * counts.h - profiles of several processors that do the same: have all counted alike?
 */
#ifndef FERRITE_FUZZ_COUNTS_H
#define FERRITE_FUZZ_COUNTS_H

#include "cpu/cpu.h"
#include "cpu/profile/profile.h"

#include <stdlib.h>

/* A profile of a processor; `symbol` says what code is called. */
static inline struct cpu_profile *count(struct cpu *c, u32 (*symbol)(void *owner, u32 lin))
{
    const struct cpu_profile_config config = {.symbol = symbol};
    struct cpu_profile *p = cpu_profile_new(&config);
    if (!p)
        abort();
    cpu_profile_attach(c, p);
    return p;
}

static inline void count_no_more(struct cpu *c, struct cpu_profile *p)
{
    if (!p)
        return;
    cpu_profile_detach(c);
    cpu_profile_free(p);
}

/* Instructions that all places together have completed. */
static inline u64 completed(const struct cpu_profile *p)
{
    u64 n = 0;
    for (u32 i = 0; i < profile_places(p); i++)
        for (unsigned j = 0; j < profile_place(p, i)->count; j++)
            n += place_completed(profile_place(p, i), j);
    return n;
}

/*
 * `all`: block by block, chain by chain. Whoever stops elsewhere goes on in the middle of a block,
 * which makes other places, and another function where the block reaches beyond one.
 */
static inline bool same_counts(const struct cpu_profile *a, const struct cpu_profile *b, bool all)
{
    if (profile_total(a) != profile_total(b) || completed(a) != completed(b))
        return false;
    if (!all)
        return true;
    if (profile_nodes(a) != profile_nodes(b) || profile_places(a) != profile_places(b))
        return false;
    for (u32 i = 0; i < profile_nodes(a); i++) {
        const struct profile_node *m = profile_node(a, i), *n = profile_node(b, i);
        if (m->symbol != n->symbol || m->parent != n->parent || m->self != n->self ||
            m->calls != n->calls)
            return false;
    }
    for (u32 i = 0; i < profile_places(a); i++) {
        const struct cpu_place *k = profile_place(a, i), *l = profile_place(b, i);
        for (unsigned j = 0; j < k->count; j++)
            if (k->lin != l->lin || place_completed(k, j) != place_completed(l, j))
                return false;
    }
    return true;
}

#endif
