/*
 * classes.c - the table of all classes of devices. See classes.h.
 */
#include "hw/machine/classes.h"
#include "hw/base/nearest.h"
#include "hw/machine/vm_look.h"

#include <string.h>

#define CLASS(name) extern const struct device_class name##_class;
#include "hw/machine/classes.def"
#undef CLASS

static const struct device_class *const table[] = {
#define CLASS(name) &name##_class,
#include "hw/machine/classes.def"
#undef CLASS
};

const struct device_class *class_at(unsigned i)
{
    return i < ARRAY_SIZE(table) ? table[i] : NULL;
}

/* What is soldered in is known by its name, to be told apart from what does not exist. */
static const char *known_as(const struct device_class *c)
{
    return c->model ? c->model : c->name;
}

const struct device_class *class_find(const char *model, struct err *e)
{
    const char *names[ARRAY_SIZE(table)];
    size_t count = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
        if (strcmp(known_as(table[i]), model) == 0) {
            if (table[i]->model)
                return table[i];
            err_set(e, "%s is a part of the board, not of the list", model);
            return NULL;
        }
        if (table[i]->model)
            names[count++] = table[i]->model;
    }
    const char *near = nearest_word(model, names, count);
    if (near)
        err_set(e, "there is no device \"%.60s\"; did you mean %s?", model, near);
    else
        err_set(e, "there is no device \"%.60s\"; -device help lists them", model);
    return NULL;
}

static bool is_number(const char *text)
{
    return *text && !text[strspn(text, "0123456789")];
}

const struct device_class *class_of_instance(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
        size_t len = strlen(table[i]->name);
        if (strncmp(table[i]->name, name, len) == 0 &&
            (!name[len] || (table[i]->several && is_number(name + len + (name[len] == '-')))))
            return table[i];
    }
    return NULL;
}

void vm_device_list(FILE *out)
{
    static const char *const bus[] = {
        [BUS_BOARD] = "board", [BUS_ISA] = "ISA", [BUS_PCI] = "PCI", [BUS_OUTSIDE] = "cable"};
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
        const struct device_class *c = table[i];
        if (c->model)
            fprintf(out, "%-16s %-6s %s%s\n", c->model, bus[c->bus], c->doc,
                    c->several ? "" : " (one)");
    }
    fputs("-device NAME,help lists the properties of one. On every board:\n", out);
    const char *before = " ";
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
        if (!table[i]->model && table[i]->bus != BUS_OUTSIDE) {
            fprintf(out, "%s%s", before, table[i]->name);
            before = ", ";
        }
    }
    fputc('\n', out);
}

bool vm_device_help(const char *model, FILE *out, struct err *e)
{
    const struct device_class *c = class_find(model, e);
    if (!c)
        return false;
    fprintf(out, "%s: %s\n", c->model, c->doc);
    props_help(c->props, out);
    fprintf(out, "  %-12s %-18s %s\n", "id", "TEXT", "a name for other rows");
    return true;
}

bool vm_device_property(const char *model, unsigned i, struct vm_property *out, struct err *e)
{
    static const char *const types[] = {
        [PROP_BOOL] = "bool",   [PROP_U8] = "uint8",   [PROP_U16] = "uint16", [PROP_U32] = "uint32",
        [PROP_PORT] = "uint16", [PROP_STRING] = "str", [PROP_MAC] = "str"};
    const struct device_class *c = class_find(model, e);
    const struct prop *p = c ? c->props : NULL;
    while (p && p->name && i) {
        p++;
        i--;
    }
    if (!p || !p->name)
        return false;
    *out = (struct vm_property){p->name, p->doc, types[p->type], p->initial};
    return true;
}

bool vm_row_check(const struct row *row, struct err *e)
{
    struct err why;
    char where[256];
    const struct device_class *c = class_find(row->driver, &why);
    if (!c)
        return err_set(e, "%s: %.250s", row_where(row, NULL, where, sizeof(where)), why.text);
    struct device *d = device_new(c, NULL);
    bool ok = d ? device_configure(d, row, e) : err_set(e, "out of memory");
    device_free(d);
    return ok;
}
