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
