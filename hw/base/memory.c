/*
 * memory.c - see memory.h.
 */
#include "hw/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

void *must_have(void *memory, const char *what)
{
    if (!memory) {
        fprintf(stderr, "ferrite: out of memory (%s); the machine cannot go on\n", what);
        abort();
    }
    return memory;
}

void *array_grown(void *array, size_t *room, size_t need, size_t size, size_t most)
{
    enum { LEAST = 16 };
    size_t more = *room > most / 2 ? most : 2 * *room, bytes;
    if (more < LEAST)
        more = LEAST;
    if (more < need)
        more = need;
    if (need > most || __builtin_mul_overflow(more, size, &bytes))
        return NULL;
    void *grown = realloc(array, bytes);
    if (grown)
        *room = more;
    return grown;
}
