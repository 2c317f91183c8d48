/*
 * prop.c - device properties as text: defaults, setting by name, help. See prop.h.
 */
#include "hw/base/prop.h"
#include "hw/base/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAC_BYTES = 6, MAX_PROPS = 32 };

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

/* Where the default is written in hexadecimal, people think of the value so. */
static bool is_hex(const struct prop *p)
{
    return p->type == PROP_PORT || (p->initial && strncmp(p->initial, "0x", 2) == 0);
}

static void range(const struct prop *p, char *buf, size_t size)
{
    snprintf(buf, size, is_hex(p) ? "%#x to %#x" : "%u to %u", p->min, p->max);
}

static bool set_number(const struct prop *p, void *member, const char *value, struct err *e)
{
    char *end, allowed[40];
    errno = 0;
    bool port = p->type == PROP_PORT;
    unsigned long long v = strtoull(value, &end, port ? 16 : 0);
    range(p, allowed, sizeof(allowed));
    if (port && end > value && (*end == 'h' || *end == 'H'))
        end++;
    /* strtoull() would take blanks and signs. */
    bool digit = port ? isxdigit((unsigned char)*value) : isdigit((unsigned char)*value);
    if (errno == EINVAL || end == value || *end || !digit)
        return err_set(e, "%s=%.80s: a number is wanted (%s)", p->name, value, allowed);
    if (errno || v < p->min || v > p->max)
        return err_set(e, "%s=%.80s: out of range (%s)", p->name, value, allowed);
    if (p->type == PROP_U8)
        *(u8 *)member = (u8)v;
    else if (p->type == PROP_U16 || p->type == PROP_PORT)
        *(u16 *)member = (u16)v;
    else
        *(u32 *)member = (u32)v;
    return true;
}

static bool set_mac(const struct prop *p, u8 *mac, const char *value, struct err *e)
{
    const char *at = value;
    u8 v[MAC_BYTES], any = 0;
    for (unsigned i = 0; i < MAC_BYTES; i++, at += 3) {
        bool last = i == MAC_BYTES - 1;
        if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]) ||
            (last ? at[2] != 0 : at[2] != ':' && at[2] != '-'))
            return err_set(e, "%s=%.80s: six bytes like 52:54:00:12:34:56 are wanted", p->name,
                           value);
        v[i] = (u8)strtoul((char[]){at[0], at[1], 0}, NULL, 16);
        any |= v[i];
    }
    if ((v[0] & 1) || !any)
        return err_set(e, "%s=%.80s: that is no card's own address (the first byte is even)",
                       p->name, value);
    memcpy(mac, v, sizeof(v));
    return true;
}

static bool set(const struct prop *p, void *dev, const char *value, struct err *e)
{
    void *member = (char *)dev + p->offset;
    switch (p->type) {
    case PROP_BOOL:
        return parse_bool(value, member) || err_set(e, "%s=%.80s: say on or off", p->name, value);
    case PROP_U8:
    case PROP_U16:
    case PROP_U32:
    case PROP_PORT:
        return set_number(p, member, value, e);
    case PROP_STRING:
        *(const char **)member = value;
        return true;
    case PROP_MAC:
        return set_mac(p, member, value, e);
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

const struct prop *prop_find(const struct prop *table, const char *name)
{
    for (const struct prop *p = table; p && p->name; p++) {
        if (strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

bool prop_set(const struct prop *table, void *dev, const char *name, const char *value,
              struct err *e)
{
    const struct prop *p = prop_find(table, name);
    if (p)
        return set(p, dev, value, e);
    const char *names[MAX_PROPS];
    size_t count = 0;
    for (p = table; p && p->name && count < MAX_PROPS; p++)
        names[count++] = p->name;
    const char *near = nearest_word(name, names, count);
    return err_set(e, "there is no property \"%.60s\"%s%s%s", name, near ? "; did you mean " : "",
                   near ? near : "", near ? "?" : "");
}

void props_help(const struct prop *table, FILE *out)
{
    for (const struct prop *p = table; p && p->name; p++) {
        char takes[60];
        if (p->type == PROP_BOOL)
            snprintf(takes, sizeof(takes), "on|off");
        else if (p->type == PROP_STRING)
            snprintf(takes, sizeof(takes), "TEXT");
        else if (p->type == PROP_MAC)
            snprintf(takes, sizeof(takes), "XX:XX:XX:XX:XX:XX");
        else
            range(p, takes, sizeof(takes));
        fprintf(out, "  %-12s %-18s %s%s%s%s\n", p->name, takes, p->doc, p->initial ? " (" : "",
                p->initial ? p->initial : "", p->initial ? ")" : "");
    }
}
