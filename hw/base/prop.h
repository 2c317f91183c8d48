/*
 * prop.h - typed properties of a device, declared in a table inside its class.
 *
 * One table gives the keys of -device and of machine files, their help, and the defaults. A
 * property is a member of the device's struct; the macros below check that it has the right type.
 */
#ifndef FERRITE_PROP_H
#define FERRITE_PROP_H

#include "hw/base/err.h"
#include "hw/base/types.h"
#include <stdio.h>

enum prop_type {
    PROP_BOOL, /* bool: on, off */
    PROP_U8,   /* numbers: decimal, or hexadecimal with 0x */
    PROP_U16,
    PROP_U32,
    PROP_PORT,   /* u16: hexadecimal, as people write port numbers: 220, 0x220, 220h */
    PROP_STRING, /* const char *: the text given, owned by the caller */
    PROP_MAC,    /* u8[6], all zero: not given */
};

struct prop {
    const char *name; /* NULL ends the table */
    enum prop_type type;
    size_t offset;       /* of the member */
    const char *initial; /* text of the default, as a user would write it; NULL: none */
    const char *doc;     /* one line */
    u32 min, max;        /* numbers */
};

/* The offset of a member, which must have this type. */
#define PROP_AT(owner, member, type)                                                               \
    (offsetof(owner, member) + 0 * sizeof(&((owner *)0)->member == (__typeof__(type) *)0))
#define PROP_NUMBER(kind, type, owner, member, name, initial, min, max, doc)                       \
    {                                                                                              \
        name, kind, PROP_AT(owner, member, type), initial, doc, min, max                           \
    }

#define PROP_BOOL_ROW(owner, member, name, initial, doc)                                           \
    PROP_NUMBER(PROP_BOOL, bool, owner, member, name, initial, 0, 0, doc)
#define PROP_U8_ROW(owner, member, name, initial, min, max, doc)                                   \
    PROP_NUMBER(PROP_U8, u8, owner, member, name, initial, min, max, doc)
#define PROP_U16_ROW(owner, member, name, initial, min, max, doc)                                  \
    PROP_NUMBER(PROP_U16, u16, owner, member, name, initial, min, max, doc)
#define PROP_PORT_ROW(owner, member, name, initial, min, max, doc)                                 \
    PROP_NUMBER(PROP_PORT, u16, owner, member, name, initial, min, max, doc)
#define PROP_U32_ROW(owner, member, name, initial, min, max, doc)                                  \
    PROP_NUMBER(PROP_U32, u32, owner, member, name, initial, min, max, doc)
#define PROP_STRING_ROW(owner, member, name, doc)                                                  \
    PROP_NUMBER(PROP_STRING, const char *, owner, member, name, NULL, 0, 0, doc)
#define PROP_MAC_ROW(owner, member, name, doc)                                                     \
    {                                                                                              \
        name, PROP_MAC, PROP_AT(owner, member, u8[6]), NULL, doc, 0, 0                             \
    }
#define PROP_END                                                                                   \
    {                                                                                              \
        NULL, PROP_BOOL, 0, NULL, NULL, 0, 0                                                       \
    }

void props_set_defaults(const struct prop *table, void *dev);
/* NULL: there is none of that name. The table may be NULL. */
const struct prop *prop_find(const struct prop *table, const char *name);
/*
 * false + err: no such property (the nearest name is said), or a value that is none. Texts stay
 * where they are: `value` must live as long as the device.
 */
bool prop_set(const struct prop *table, void *dev, const char *name, const char *value,
              struct err *e);
/* A line for each property: name, what it takes, its default, its meaning. */
void props_help(const struct prop *table, FILE *out);

#endif
