/*
 * saved_fields.h - does a device load each field that it saves? Loads into one in which each of
 * them is another value: what its state function leaves out is seen whatever the rest does with it,
 * also where two lives seldom differ.
 */
#ifndef SAVED_FIELDS_H
#define SAVED_FIELDS_H

#include "hw/base/types.h"

#include <check.h>
#include <string.h>

struct field {
    const char *name;
    size_t at, size;
};

/* Of a struct; elements of an array and parts of a part may be named: FIELD(struct gus, timer[1]).
 */
#define FIELD(type, member)                                                                        \
    {                                                                                              \
#member, offsetof(type, member), sizeof(((type *)0)->member)                               \
    }

/* Each byte is another one; a bool stays one. */
static inline void fields_differ(void *to, const void *from, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t at = f[i].at; at < f[i].at + f[i].size; at++)
            ((u8 *)to)[at] = ((const u8 *)from)[at] ^ 1;
    }
}

static inline void fields_are_same(const void *a, const void *b, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(memcmp((const u8 *)a + f[i].at, (const u8 *)b + f[i].at, f[i].size) == 0,
                      "%s is not loaded", f[i].name);
}

#endif
