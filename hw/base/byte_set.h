/*
 * byte_set.h - a set of bytes.
 */
#ifndef FERRITE_BYTE_SET_H
#define FERRITE_BYTE_SET_H

#include "hw/base/types.h"

struct byte_set {
    u64 bits[4];
};

static inline void byte_set_add(struct byte_set *s, u8 v)
{
    s->bits[v >> 6] |= 1ull << (v & 63);
}

/* NULL is the empty set. */
static inline bool byte_set_has(const struct byte_set *s, u8 v)
{
    return s && s->bits[v >> 6] >> (v & 63) & 1;
}

#endif
