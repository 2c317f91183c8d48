/*
 * hash.h - FNV-1a, 64 bits wide (Fowler, Noll, Vo; RFC 9923): short, the same on every host, and
 * good enough to tell two runs apart. It keeps nobody out who wants two things to look alike.
 */
#ifndef FERRITE_HASH_H
#define FERRITE_HASH_H

#include "hw/base/types.h"

#define HASH_START 0xcbf29ce484222325ull

static inline u64 hash_bytes(u64 h, const void *bytes, size_t size)
{
    const u8 *p = bytes;
    for (; size; size--)
        h = (h ^ *p++) * 0x100000001b3ull;
    return h;
}

/* A number as eight bytes, the lowest first, whatever the host's order. */
static inline u64 hash_u64(u64 h, u64 v)
{
    for (unsigned i = 0; i < 8; i++, v >>= 8)
        h = (h ^ (v & 0xff)) * 0x100000001b3ull;
    return h;
}

#endif
