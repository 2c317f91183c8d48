/*
 * prop.h - typed properties of a device, declared in a table inside its class.
 *
 * One table gives the configuration file's keys, -device help, and the defaults. A property is a
 * member of the device's struct at `offset`.
 */
#ifndef FERRITE_PROP_H
#define FERRITE_PROP_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum prop_type { PROP_BOOL, PROP_U32, PROP_STRING };

struct prop {
    const char *name; /* NULL ends the table */
    enum prop_type type;
    size_t offset;       /* of a bool, u32 or const char * (owned by the caller) */
    const char *initial; /* text of the default, as a user would write it */
    const char *doc;     /* one line */
    u32 min, max;        /* PROP_U32 */
};

void props_set_defaults(const struct prop *table, void *dev);
bool prop_set(const struct prop *table, void *dev, const char *name, const char *value,
              struct err *e);

#endif
