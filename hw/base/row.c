/*
 * row.c - reading a device's row. See row.h.
 */
#include "hw/base/row.h"

#include <stdio.h>
#include <string.h>

void row_begin(struct row *r, const char *where, unsigned line)
{
    r->driver = r->id = NULL;
    r->props = 0;
    r->used = 0;
    r->line = line;
    snprintf(r->where, sizeof(r->where), "%s", where);
}

const char *row_where(const struct row *r, const struct row_prop *prop, char *buf, size_t size)
{
    unsigned line = prop ? prop->line : r->line;
    if (line)
        snprintf(buf, size, "%s:%u", r->where, line);
    else
        snprintf(buf, size, "%s", r->where);
    return buf;
}

const char *row_value(const struct row *r, const char *name)
{
    for (unsigned i = 0; i < r->props; i++) {
        if (strcmp(r->prop[i].name, name) == 0)
            return r->prop[i].value;
    }
    return NULL;
}

/* A copy of `len` characters in the row's own memory; NULL: there is no room. */
static const char *keep(struct row *r, const char *word, size_t len)
{
    if (len >= ROW_TEXT - r->used)
        return NULL;
    char *copy = r->text + r->used;
    memcpy(copy, word, len);
    copy[len] = 0;
    r->used += len + 1;
    return copy;
}

/* Names of instances are typed in other rows, at the monitor, and become names of files. */
static bool good_id(const char *id)
{
    size_t n = strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    return n && !id[n] && n <= 32;
}

bool row_add(struct row *r, const char *name, const char *value, unsigned line, struct err *e)
{
    bool driver = strcmp(name, "driver") == 0, id = strcmp(name, "id") == 0;
    struct row_prop p = {.line = line};
    char at[256];
    row_where(r, &p, at, sizeof(at));
    if ((driver && r->driver) || (id && r->id) || row_value(r, name))
        return err_set(e, "%s: %.60s is said twice", at, name);
    if (!*value)
        return err_set(e, "%s: %.60s wants a value: %.60s=...", at, name, name);
    if (id && !good_id(value))
        return err_set(e, "%s: id=%.60s: 1 to 32 letters, digits, -, . or _", at, value);
    p.value = keep(r, value, strlen(value));
    p.name = p.value ? keep(r, name, strlen(name)) : NULL;
    if (!p.name || r->props == ROW_PROPS)
        return err_set(e, "%s: that is too much for one device", at);
    if (driver)
        r->driver = p.value;
    else if (id)
        r->id = p.value;
    else
        r->prop[r->props++] = p;
    return true;
}

/* The next "key=value" or lone word of *text, commas undone; false: too long. */
static bool next_word(const char **text, char *word, size_t size, char **value)
{
    size_t n = 0;
    *value = NULL;
    for (; **text; (*text)++) {
        char c = **text;
        if (c == ',' && (*text)[1] != ',')
            break;
        if (c == ',')
            (*text)++;
        if (n + 1 >= size)
            return false;
        if (c == '=' && !*value) {
            word[n++] = 0;
            *value = word + n;
        } else {
            word[n++] = c;
        }
    }
    word[n] = 0;
    if (**text == ',')
        (*text)++;
    return true;
}

bool row_parse(struct row *r, const char *option, const char *text, struct err *e)
{
    char word[ROW_TEXT], where[sizeof(r->where)], *value;
    snprintf(where, sizeof(where), "%s %.100s", option, text);
    where[strlen(option) + 1 + strcspn(where + strlen(option) + 1, ",")] = 0;
    row_begin(r, where, 0);
    for (bool first = true; *text || first; first = false) {
        if (!next_word(&text, word, sizeof(word), &value))
            return err_set(e, "%s: that is too much for one device", where);
        if (first && !value)
            value = word;
        else if (!value)
            return err_set(e, "%s: \"%.60s\" wants a value: %.60s=...", where, word, word);
        if (!row_add(r, value == word ? "driver" : word, value, 0, e))
            return false;
    }
    return r->driver || err_set(e, "%s: which device? say CLASS,property=value,...", where);
}
