/*
 * prop.c - device properties as text: defaults and setting by name. See prop.h.
 */
#include "hw/base/prop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool parse_bool(const char *text, bool *v)
{
    static const char *const on[] = {"on", "yes", "true", "1"};
    static const char *const off[] = {"off", "no", "false", "0"};
    for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
        if (strcmp(text, on[i]) == 0 || strcmp(text, off[i]) == 0) {
            *v = strcmp(text, on[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool set(const struct prop *p, void *dev, const char *value, struct err *e)
{
    void *member = (char *)dev + p->offset;
    switch (p->type) {
    case PROP_BOOL:
        if (!parse_bool(value, member))
            return err_set(e, "%s=%s: say on or off", p->name, value);
        return true;
    case PROP_U32: {
        char *end;
        errno = 0;
        unsigned long long v = strtoull(value, &end, 0);
        if (errno || end == value || *end || *value == '-')
            return err_set(e, "%s=%s: a number is wanted (%u to %u)", p->name, value, p->min,
                           p->max);
        if (v < p->min || v > p->max)
            return err_set(e, "%s=%s: out of range (%u to %u)", p->name, value, p->min, p->max);
        *(u32 *)member = (u32)v;
        return true;
    }
    case PROP_STRING:
        *(const char **)member = value;
        return true;
    }
    return err_set(e, "%s: property of unknown type", p->name);
}

void props_set_defaults(const struct prop *table, void *dev)
{
    for (const struct prop *p = table; p && p->name; p++) {
        if (p->initial)
            set(p, dev, p->initial, NULL);
    }
}

bool prop_set(const struct prop *table, void *dev, const char *name, const char *value,
              struct err *e)
{
    for (const struct prop *p = table; p && p->name; p++) {
        if (strcmp(p->name, name) == 0)
            return set(p, dev, value, e);
    }
    return err_set(e, "no property named %s", name);
}
