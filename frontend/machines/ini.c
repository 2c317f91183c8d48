/*
 * ini.c - see ini.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/ini.h"
#include "frontend/control/out_file.h"
#include "hw/base/hostfile.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool no_memory(struct err *e)
{
    return err_set(e, "out of memory");
}

/* [from, to) without the blanks at its ends. NULL: no memory. */
static char *trimmed(const char *from, const char *to)
{
    while (from < to && isblank((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    return strndup(from, (size_t)(to - from));
}

/* A name of sections and keys: letters, digits, and -._ between them. */
static bool name_ok(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > INI_NAME_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isalnum((unsigned char)name[i]) && !strchr("-._", name[i]))
            return false;
    }
    return true;
}

static void free_line(struct ini_line *l)
{
    free(l->text);
    free(l->section);
    free(l->key);
    free(l->value);
}

/* An empty line at `at`, with the others moved. */
static struct ini_line *insert(struct ini *f, size_t at)
{
    struct ini_line *more = realloc(f->line, (f->count + 1) * sizeof(*more));
    if (!more)
        return NULL;
    f->line = more;
    memmove(more + at + 1, more + at, (f->count - at) * sizeof(*more));
    f->count++;
    more[at] = (struct ini_line){0};
    return &more[at];
}

/* What the line says; *section is the one it is in, and changes with a heading. */
static bool understand(struct ini *f, struct ini_line *l, size_t number, char **section,
                       struct err *e)
{
    const char *p = l->text + strspn(l->text, " \t");
    const char *end = p + strlen(p);
    while (end > p && isspace((unsigned char)end[-1]))
        end--;
    if (p < end && *p == '[') {
        if (end[-1] != ']')
            return err_set(e, "%s:%zu: a section's name ends with ]", f->path, number);
        free(*section);
        if (!(*section = trimmed(p + 1, end - 1)))
            return no_memory(e);
        if (!name_ok(*section))
            return err_set(e, "%s:%zu: \"%.60s\" is no name of a section", f->path, number,
                           *section);
    }
    if (*section && !(l->section = strdup(*section)))
        return no_memory(e);
    if (p == end || strchr("#;[", *p))
        return true;
    const char *sign = memchr(p, '=', (size_t)(end - p));
    if (!sign)
        return err_set(e, "%s:%zu: \"%.60s\": say key = value", f->path, number, p);
    if (!*section)
        return err_set(e, "%s:%zu: a [section] comes first", f->path, number);
    if (!(l->key = trimmed(p, sign)) || !(l->value = trimmed(sign + 1, end)))
        return no_memory(e);
    if (!name_ok(l->key))
        return err_set(e, "%s:%zu: \"%.60s\" is no name of a setting", f->path, number, l->key);
    size_t other;
    f->count--; /* without this line */
    bool twice = ini_get(f, *section, l->key, &other) != NULL;
    f->count++;
    if (twice)
        return err_set(e, "%s:%zu: %s stands in line %zu already", f->path, number, l->key, other);
    return true;
}

bool ini_parse(struct ini *f, const char *path, const char *text, size_t size, struct err *e)
{
    char *section = NULL;
    bool ok = true;
    *f = (struct ini){.path = strdup(path)};
    if (!f->path)
        return no_memory(e);
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* what some editors begin with */
        text += 3;
        size -= 3;
    }
    if (size > INI_BYTES_MAX || memchr(text, 0, size))
        ok = err_set(e, "%s: this is no file of settings", path);
    for (const char *p = text, *end = text + size; ok && p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((stop ? stop : end) - p);
        struct ini_line *l = insert(f, f->count);
        if (!l || !(l->text = strndup(p, len > 0 && p[len - 1] == '\r' ? len - 1 : len)))
            ok = no_memory(e);
        else
            ok = understand(f, l, f->count, &section, e);
        p += len + 1;
    }
    free(section);
    if (!ok)
        ini_free(f);
    return ok;
}

bool ini_load(struct ini *f, const char *path, struct err *e)
{
    *f = (struct ini){0};
    const char *why = "out of memory";
    FILE *in = host_open_input(path, &why);
    char *text = malloc(INI_BYTES_MAX + 1);
    if (!in || !text) {
        err_set(e, "%s: %s", path, why);
        if (in)
            fclose(in);
        free(text);
        return false;
    }
    size_t size = fread(text, 1, INI_BYTES_MAX + 1, in);
    bool ok = !ferror(in);
    if (!ok)
        err_set(e, "%s: %s", path, strerror(errno));
    fclose(in);
    ok = ok && ini_parse(f, path, text, size, e);
    free(text);
    return ok;
}

void ini_free(struct ini *f)
{
    for (size_t i = 0; i < f->count; i++)
        free_line(&f->line[i]);
    free(f->line);
    free(f->path);
    *f = (struct ini){0};
}

static struct ini_line *find(const struct ini *f, const char *section, const char *key)
{
    for (size_t i = 0; i < f->count; i++) {
        struct ini_line *l = &f->line[i];
        if (l->key && strcasecmp(l->key, key) == 0 && strcasecmp(l->section, section) == 0)
            return l;
    }
    return NULL;
}

const char *ini_get(const struct ini *f, const char *section, const char *key, size_t *number)
{
    const struct ini_line *l = find(f, section, key);
    if (l && number)
        *number = (size_t)(l - f->line) + 1;
    return l ? l->value : NULL;
}

/* Where a new setting of the section goes: behind its last line that says something. 0: none. */
static size_t end_of(const struct ini *f, const char *section)
{
    size_t at = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct ini_line *l = &f->line[i];
        if (l->section && strcasecmp(l->section, section) == 0 &&
            (l->key || l->text[strspn(l->text, " \t")] == '['))
            at = i + 1;
    }
    return at;
}

static bool add_line(struct ini *f, size_t at, const char *section, const char *text)
{
    struct ini_line *l = insert(f, at);
    return l && (l->text = strdup(text)) && (!section || (l->section = strdup(section)));
}

bool ini_set(struct ini *f, const char *section, const char *key, const char *value, struct err *e)
{
    if (!name_ok(section) || !name_ok(key))
        return err_set(e, "\"%.60s.%.60s\" is no name of a setting", section, key);
    if (value[strcspn(value, "\r\n")])
        return err_set(e, "%s.%s: a value is one line", section, key);
    struct ini_line *l = find(f, section, key);
    if (!l) {
        size_t at = end_of(f, section);
        char heading[INI_NAME_MAX + 3];
        snprintf(heading, sizeof(heading), "[%s]", section);
        if (!at && ((f->count && !add_line(f, f->count, NULL, "")) ||
                    !add_line(f, f->count, section, heading)))
            return no_memory(e);
        if (!(l = insert(f, at ? at : f->count)) || !(l->section = strdup(section)) ||
            !(l->key = strdup(key)))
            return no_memory(e);
    }
    char *text, *copy = trimmed(value, value + strlen(value));
    if (!copy || asprintf(&text, "%s = %s", l->key, copy) < 0) {
        free(copy);
        return no_memory(e);
    }
    free(l->value);
    free(l->text);
    l->value = copy;
    l->text = text;
    return true;
}

bool ini_remove(struct ini *f, const char *section, const char *key)
{
    struct ini_line *l = find(f, section, key);
    if (!l)
        return false;
    free_line(l);
    memmove(l, l + 1, (f->count - 1 - (size_t)(l - f->line)) * sizeof(*l));
    f->count--;
    return true;
}

bool ini_save(const struct ini *f, struct err *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return no_memory(e);
    for (size_t i = 0; i < f->count; i++)
        fprintf(out, "%s\n", f->line[i].text);
    bool ok = fclose(out) == 0 ? out_file_save(f->path, text, size, e) : no_memory(e);
    free(text);
    return ok;
}
