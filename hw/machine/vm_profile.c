/*
 * vm_profile.c - see vm_profile.h.
 */
#include "hw/machine/vm_profile.h"

#include "cpu/profile/profile.h"
#include "hw/machine/vm_parts.h"

#include <stdlib.h>

struct vm_profile {
    struct cpu *cpu;
    struct cpu_profile *counts;
};

struct vm_profile *vm_profile_new(struct vm *vm, u32 (*symbol)(void *owner, u32 lin), void *owner)
{
    struct vm_profile *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->cpu = vm_cpu(vm);
    p->counts = cpu_profile_new(&(struct cpu_profile_config){.owner = owner, .symbol = symbol});
    if (!p->counts) {
        free(p);
        return NULL;
    }
    return p;
}

void vm_profile_free(struct vm_profile *p)
{
    if (!p)
        return;
    vm_profile_count(p, false);
    cpu_profile_free(p->counts);
    free(p);
}

void vm_profile_count(struct vm_profile *p, bool on)
{
    if (on == vm_profile_counts(p))
        return;
    if (on)
        cpu_profile_attach(p->cpu, p->counts);
    else
        cpu_profile_detach(p->cpu);
}

bool vm_profile_counts(const struct vm_profile *p)
{
    return p->cpu->profile == p->counts;
}

void vm_profile_clear(struct vm_profile *p)
{
    cpu_profile_clear(p->cpu, p->counts);
}

u64 vm_profile_total(const struct vm_profile *p)
{
    return profile_total(p->counts);
}

bool vm_profile_full(const struct vm_profile *p)
{
    return profile_full(p->counts);
}

bool vm_profile_node(const struct vm_profile *p, u32 i, struct vm_profile_node *out)
{
    if (i >= profile_nodes(p->counts))
        return false;
    const struct profile_node *n = profile_node(p->counts, i);
    *out = (struct vm_profile_node){
        .parent = n->parent, .function = n->function, .self = n->self, .calls = n->calls};
    return true;
}

bool vm_profile_function(const struct vm_profile *p, u32 i, struct vm_profile_function *out)
{
    if (i >= profile_functions(p->counts))
        return false;
    const struct profile_function *f = profile_function(p->counts, i);
    *out = (struct vm_profile_function){
        .symbol = f->symbol, .lin = f->lin, .cs = f->cs, .real = f->real, .vector = f->vector};
    return true;
}

bool vm_profile_block(const struct vm_profile *p, u32 i, struct vm_profile_block *out)
{
    if (i >= profile_places(p->counts))
        return false;
    const struct cpu_place *k = profile_place(p->counts, i);
    *out = (struct vm_profile_block){.lin = k->lin,
                                     .phys = k->phys,
                                     .symbol = k->symbol,
                                     .bytes = k->bytes,
                                     .count = k->count,
                                     .start = k->start,
                                     .hits = k->hits};
    return true;
}

u64 vm_profile_completed(const struct vm_profile *p, u32 i, unsigned n)
{
    return place_completed(profile_place(p->counts, i), n);
}
