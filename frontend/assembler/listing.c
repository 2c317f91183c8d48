/*
 * listing.c - the text with what has become of each line.
 */
#include "frontend/assembler/assembler_private.h"

#include "hw/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_IN_LINE = 8 };

struct out {
    char *text;
    size_t size, used;
    bool failed;
};

static void put(struct out *o, const char *format, ...) PRINTF_LIKE(2, 3);
static void put(struct out *o, const char *format, ...)
{
    va_list args;
    if (!ARRAY_ROOM(o->text, o->size, o->used + LONGEST_LINE + 200)) {
        o->failed = true;
        return;
    }
    va_start(args, format);
    int n = vsnprintf(o->text + o->used, o->size - o->used, format, args);
    va_end(args);
    o->used += (size_t)n < o->size - o->used ? (size_t)n : o->size - o->used - 1;
}

/* Bytes of one statement, the text beside the first line of them. */
static void put_bytes(struct out *o, const struct assembled *a, const struct assembled_line *l,
                      unsigned number, const char *text, size_t length)
{
    size_t done = 0;
    do {
        size_t n = l->size - done < BYTES_IN_LINE ? l->size - done : BYTES_IN_LINE;
        if (!done && number)
            put(o, "%5u ", number);
        else
            put(o, "      ");
        put(o, "%08x  ", (unsigned)(l->address + done));
        for (size_t i = 0; i < BYTES_IN_LINE; i++)
            if (i < n)
                put(o, "%02x", a->bytes[l->offset + done + i]);
            else if (!done && length)
                put(o, "  ");
        if (!done && length)
            put(o, "  %.*s", (int)length, text);
        put(o, "\n");
        done += n;
        if (done >= 4 * BYTES_IN_LINE && l->size - done > BYTES_IN_LINE) {
            put(o, "                ... %zu bytes more\n", l->size - done);
            return;
        }
    } while (done < l->size);
}

char *assembled_listing(const struct assembled *a)
{
    const struct assembler *s = a->of;
    struct out o = {0};
    const char *at = s->source, *end = at + s->source_size;
    size_t m = 0;
    for (unsigned number = 1; at < end && !o.failed; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at), shown = n < LONGEST_LINE ? n : LONGEST_LINE;
        bool first = true;
        if (shown && at[shown - 1] == '\r')
            shown--;
        /* Lines of other files are where they were included. */
        while (m < a->lines && (a->line[m].file || a->line[m].line <= number)) {
            bool own = !a->line[m].file && a->line[m].line == number;
            if (a->line[m].size || (own && first))
                put_bytes(&o, a, &a->line[m], own && first ? number : 0, at,
                          own && first ? shown : 0);
            first &= !own;
            m++;
        }
        if (first)
            put(&o, "%5u %26s  %.*s\n", number, "", (int)shown, at);
        at += n + 1;
    }
    if (o.failed) {
        free(o.text);
        return NULL;
    }
    put(&o, "%s", "");
    return o.text;
}
