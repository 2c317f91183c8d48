/*
 * calltree.c - functions, and the tree of who called whom: a node is a function in a chain of
 * calls. See profile.h.
 */
#include "cpu/profile/private.h"

#include "hw/base/memory.h"

#include <stdlib.h>
#include <string.h>

static u32 mix(u32 a, u32 b)
{
    u32 h = a * 0x9e3779b1u + b * 0x85ebca6bu;
    return h ^ h >> 16;
}

/* ---- tables of numbers, open addressing, at most half full ---- */

static bool double_table(u32 **table, u32 *slots, u32 used, u32 (*hash)(const void *, u32),
                         const void *of)
{
    if (2 * used < *slots)
        return true;
    u32 more = *slots ? 2 * *slots : 1024;
    u32 *fresh = calloc(more, sizeof *fresh);
    if (!fresh)
        return false;
    for (u32 i = 0; i < *slots; i++) {
        u32 n = (*table)[i];
        if (!n)
            continue;
        u32 at = hash(of, n) & (more - 1);
        while (fresh[at])
            at = (at + 1) & (more - 1);
        fresh[at] = n;
    }
    free(*table);
    *table = fresh;
    *slots = more;
    return true;
}

static u32 function_key(u32 symbol, u32 lin)
{
    return symbol ? mix(symbol, 1) : mix(lin, 0);
}

static u32 function_hash(const void *profile, u32 n)
{
    const struct profile_function *f = &((const struct cpu_profile *)profile)->function[n];
    return function_key(f->symbol, f->lin);
}

static u32 node_hash(const void *profile, u32 n)
{
    const struct profile_node *k = node_number(profile, n);
    return mix(k->parent, k->function);
}

/* ---- functions ---- */

static bool is_function(const struct profile_function *f, u32 symbol, u32 lin)
{
    return f->symbol == symbol && (symbol || f->lin == lin);
}

static bool room_for_function(struct cpu_profile *p)
{
    return ARRAY_ROOM(p->function, p->function_room, p->functions + 1);
}

u32 profile_function_of(struct cpu_profile *p, const struct cpu *c, u32 symbol, u32 lin, s16 vector)
{
    if (!double_table(&p->function_hash, &p->function_slots, p->functions, function_hash, p) ||
        !room_for_function(p)) {
        p->full = true;
        return 0;
    }
    u32 at = function_key(symbol, lin) & (p->function_slots - 1), n;
    while ((n = p->function_hash[at])) {
        if (is_function(&p->function[n], symbol, lin))
            return n;
        at = (at + 1) & (p->function_slots - 1);
    }
    n = p->functions++;
    p->function_hash[at] = n;
    p->function[n] = (struct profile_function){.symbol = symbol,
                                               .lin = lin,
                                               .cs = c->seg[SEG_CS].sel,
                                               .real = !(c->mode & MODE_PE) || c->mode & MODE_VM,
                                               .vector = vector};
    return n;
}

/* ---- nodes ---- */

static struct profile_node *fresh_node(struct cpu_profile *p, const struct profile_node *like)
{
    struct profile_node **chunk = &p->node[p->nodes / CHUNK % NODE_CHUNKS];
    if (p->nodes == PROFILE_NODES || (!*chunk && !(*chunk = calloc(CHUNK, sizeof **chunk))))
        return NULL;
    struct profile_node *k = node_number(p, p->nodes);
    *k = *like;
    k->number = p->nodes++;
    for (unsigned i = 0; i < PROFILE_WAYS; i++)
        k->to[i] = NO_WAY;
    return k;
}

struct profile_node *profile_child(struct cpu_profile *p, struct profile_node *node, u32 function)
{
    if (!function || node->depth == PROFILE_DEPTH)
        return node;
    if (!double_table(&p->node_hash, &p->node_slots, p->nodes, node_hash, p)) {
        p->full = true;
        return node;
    }
    u32 at = mix(node->number, function) & (p->node_slots - 1), n;
    while ((n = p->node_hash[at])) {
        if (node_number(p, n)->parent == node->number && node_number(p, n)->function == function)
            return node_number(p, n);
        at = (at + 1) & (p->node_slots - 1);
    }
    struct profile_node *child =
        fresh_node(p, &(struct profile_node){.parent = node->number,
                                             .function = function,
                                             .symbol = p->function[function].symbol,
                                             .depth = node->depth + 1});
    if (!child) {
        p->full = true;
        return node;
    }
    p->node_hash[at] = child->number;
    return child;
}

static bool make_root(struct cpu_profile *p)
{
    p->nodes = 0;
    return fresh_node(p, &(struct profile_node){.symbol = NO_SYMBOL}) != NULL;
}

bool profile_make_tree(struct cpu_profile *p)
{
    if (!make_root(p) || !room_for_function(p))
        return false;
    p->function[0] = (struct profile_function){.vector = -1};
    p->functions = 1;
    return true;
}

void profile_forget_tree(struct cpu_profile *p)
{
    make_root(p); /* for which there is room */
    p->functions = 1;
    p->at = node_number(p, 0);
    if (p->node_hash)
        memset(p->node_hash, 0, p->node_slots * sizeof *p->node_hash);
    if (p->function_hash)
        memset(p->function_hash, 0, p->function_slots * sizeof *p->function_hash);
}

void profile_free_tree(struct cpu_profile *p)
{
    for (unsigned i = 0; i < NODE_CHUNKS; i++)
        free(p->node[i]);
    free(p->node_hash);
    free(p->function);
    free(p->function_hash);
}
