/*
 * option.c - parsing by rows. See option.h.
 */
#include "frontend/cli/option.h"
#include "hw/base/nearest.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 128 };

static const struct option *find(struct option_table table, const char *name, size_t len)
{
    for (size_t i = 0; i < table.count; i++) {
        const struct option *row = &table.rows[i];
        if (!row->heading && strlen(row->name) == len && memcmp(row->name, name, len) == 0)
            return row;
    }
    return NULL;
}

static bool unknown(struct option_table table, const char *arg, const char *name, struct err *e)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < table.count && count < NAMES_MAX; i++) {
        if (!table.rows[i].heading)
            names[count++] = table.rows[i].name;
    }
    char word[40];
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, "="), name);
    const char *near = nearest_word(word, names, count);
    if (near)
        return err_set(e, "unknown option %.60s; did you mean -%s?", arg, near);
    return err_set(e, "unknown option %.60s; -help lists them", arg);
}

static bool set_value(const struct option *row, void *target, const char *value, struct err *e)
{
    if (row->kind == OPTION_FUNCTION)
        return row->set(target, value, e);
    const char **text = (const char **)((char *)target + row->offset);
    if (row->kind == OPTION_ONCE && *text)
        return err_set(e, "-%s is given twice: %.100s and %.100s; leave one out", row->name, *text,
                       value);
    *text = value;
    return true;
}

bool option_parse(struct option_table table, void *target, int argc, char **argv, int from,
                  int *rest, struct err *e)
{
    int i = from;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        const char *arg = argv[i];
        if (strcmp(arg, "--") == 0) {
            i++;
            break;
        }
        bool two = arg[1] == '-';
        const char *name = arg + 1 + two;
        size_t len = two ? strcspn(name, "=") : strlen(name);
        const struct option *row = find(table, name, len);
        if (!row)
            return unknown(table, arg, name, e);
        const char *value = name[len] ? name + len + 1 : NULL;
        if (row->kind == OPTION_FLAG) {
            if (value)
                return err_set(e, "-%s takes no value", row->name);
            *(bool *)((char *)target + row->offset) = true;
            continue;
        }
        if (!value) {
            if (i + 1 == argc)
                return err_set(e, "-%s wants a value; -help says which", row->name);
            value = argv[++i];
        }
        if (!*value)
            return err_set(e, "-%s wants a value, not an empty one", row->name);
        if (!set_value(row, target, value, e))
            return false;
    }
    *rest = i;
    return true;
}

const struct option *option_of(struct option_table table, const char *word)
{
    if (word[0] != '-')
        return NULL;
    const char *name = word + 1 + (word[1] == '-');
    size_t len = strcspn(name, "=");
    for (size_t i = 0; i < table.count; i++) {
        const struct option *o = &table.rows[i];
        if (!o->heading && strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    }
    return NULL;
}

bool option_value_apart(const struct option *o, const char *word)
{
    return o->argument && !(word[1] == '-' && strchr(word, '='));
}
