/*
 * preprocess.c - a text into lines.
 */
#include "frontend/assembler/assembler_private.h"

#include <string.h>

bool preprocess(struct assembler *a, const char *text, size_t size)
{
    const char *at = text, *end = text + size;
    for (u32 number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);
        if (a->lines.count >= MOST_LINES)
            return give_up(a, "more than %u lines", MOST_LINES);
        struct line *l = list_add(a, &a->lines, sizeof *l);
        if (!l)
            return false;
        *l = (struct line){.text = at, .length = (u32)n, .number = number};
        at += n + 1;
    }
    return true;
}
