/*
 * symbols.c - names and their values. A name that begins with a dot belongs to the last label that
 * does not (NASM's manual, 3.9).
 */
#include "frontend/assembler/assembler_private.h"

#include <stdlib.h>
#include <string.h>

static u32 hash_of(const char *name, size_t length)
{
    u32 h = 2166136261u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (u8)name[i]) * 16777619u;
    return h;
}

static bool more_buckets(struct assembler *a)
{
    u32 count = a->buckets ? 2 * (a->bucket_mask + 1) : 256;
    u32 *b = calloc(count, sizeof *b);
    if (!b)
        return give_up(a, "out of memory");
    free(a->buckets);
    a->buckets = b;
    a->bucket_mask = count - 1;
    for (size_t i = 0; i < a->symbols.count; i++) {
        u32 at = symbol_at(a, i)->hash & a->bucket_mask;
        while (b[at])
            at = (at + 1) & a->bucket_mask;
        b[at] = (u32)i + 1;
    }
    return true;
}

s64 symbol_find(struct assembler *a, const char *name, size_t length)
{
    char full[2 * 256 + 2];
    if (length > 255) {
        give_up(a, "a name has more than 255 letters: %.40s...", name);
        return -1;
    }
    if (length > 2 && name[0] == '.' && name[1] == '.' && name[2] == '@') {
        /* ..@name: a macro's own, which leaves the parent of local labels as it is. */
    } else if (name[0] == '.' && a->parent_length) {
        memcpy(full, a->parent, a->parent_length);
        memcpy(full + a->parent_length, name, length);
        length += a->parent_length;
        name = full;
    }
    if (!a->buckets && !more_buckets(a))
        return -1;
    u32 hash = hash_of(name, length), at = hash & a->bucket_mask;
    for (; a->buckets[at]; at = (at + 1) & a->bucket_mask) {
        const struct symbol *s = symbol_at(a, a->buckets[at] - 1);
        if (s->hash == hash && s->length == length && memcmp(s->name, name, length) == 0)
            return a->buckets[at] - 1;
    }
    if (a->symbols.count >= MOST_SYMBOLS) {
        give_up(a, "more than %u names", MOST_SYMBOLS);
        return -1;
    }
    char *text = assembler_text(a, name, length);
    struct symbol *s = text ? list_add(a, &a->symbols, sizeof *s) : NULL;
    if (!s)
        return -1;
    *s = (struct symbol){.name = text, .length = (u32)length, .hash = hash};
    s64 index = (s64)a->symbols.count - 1;
    a->buckets[at] = (u32)index + 1;
    if (a->symbols.count > a->bucket_mask / 2 && !more_buckets(a))
        return -1;
    return index;
}

const char *symbol_nearest(struct assembler *a, const char *name, size_t length)
{
    const char *found = NULL;
    unsigned best = 3;
    for (size_t i = 0; i < a->symbols.count && i < 5000; i++) {
        const struct symbol *s = symbol_at(a, i);
        unsigned d = s->line ? encode_distance(name, length, s->name, s->length, 2) : 3;
        if (d < best && d < length) {
            best = d;
            found = s->name;
        }
    }
    return found;
}
