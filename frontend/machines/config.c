/*
 * config.c - see config.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/config.h"
#include "frontend/machines/home.h"
#include "frontend/machines/keys.h"
#include "hw/base/clean.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool check_line(struct config *s, size_t i, struct err *e)
{
    const struct ini_line *l = &s->ini.line[i];
    const char *path = s->ini.path;
    struct err why;
    if (!l->key)
        return true;
    if (!key_section(l->section)) {
        const char *near = key_nearest_section(l->section);
        return err_set(e, "%s:%zu: there is no section [%s]%s%s%s", path, i + 1, l->section,
                       near ? "; did you mean [" : "", near ? near : "", near ? "]?" : "");
    }
    const struct key *k = key_find(l->section, l->key);
    if (!k) {
        const char *near = key_nearest(l->section, l->key), *other = key_elsewhere(l->key);
        if (other)
            return err_set(e, "%s:%zu: [%s] has no \"%s\"; it stands in [%s%s]", path, i + 1,
                           l->section, l->key, other,
                           other[strlen(other) - 1] == '.' ? "NAME" : "");
        return err_set(e, "%s:%zu: [%s] has no \"%s\"%s%s%s", path, i + 1, l->section, l->key,
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (!key_check(k, l->section, l->value, &why))
        return err_set(e, "%s:%zu: %.300s", path, i + 1, why.text);
    return true;
}

/* The file's version comes first: a newer one may have other keys. */
static bool check_format(struct config *s, struct err *e)
{
    size_t line;
    const char *format = ini_get(&s->ini, "machine", "format", &line);
    if (!format)
        return err_set(e, "%s: [machine] format = 1 is missing: is this a machine's file?",
                       s->ini.path);
    char *end;
    long n = strtol(format, &end, 10);
    if (end == format || *end || n < 1)
        return err_set(e, "%s:%zu: format = %.40s: say 1", s->ini.path, line, format);
    if (n > 1)
        return err_set(e,
                       "%s:%zu: this machine is of a newer Ferrite (format %ld; this one reads "
                       "format 1); nothing was changed",
                       s->ini.path, line, n);
    return true;
}

bool config_check(struct config *s, struct err *e)
{
    if (!check_format(s, e))
        return false;
    for (size_t i = 0; i < s->ini.count; i++) {
        if (!check_line(s, i, e))
            return false;
    }
    const char *guest = ini_get(&s->ini, "machine", "guest", NULL);
    s->preset = preset_find(guest ? guest : "dos");
    return true;
}

bool config_open(struct config *s, const char *machine, struct err *e)
{
    char *path = NULL;
    *s = (struct config){.folder = home_find(machine, e)};
    bool ok = s->folder != NULL;
    if (ok && asprintf(&path, "%s/machine.ini", s->folder) < 0) {
        path = NULL;
        ok = err_set(e, "out of memory");
    }
    ok = ok && ini_load(&s->ini, path, e) && config_check(s, e);
    free(path);
    if (!ok)
        config_close(s);
    return ok;
}

void config_close(struct config *s)
{
    ini_free(&s->ini);
    free(s->folder);
    *s = (struct config){0};
}

const char *config_get(const struct config *s, const char *section, const char *name,
                       enum origin *origin)
{
    const struct key *k = key_find(section, name);
    const char *value = ini_get(&s->ini, section, name, NULL);
    enum origin from = FROM_FILE;
    if (!value || !*value) {
        value = preset_value(s->preset, section, name);
        from = FROM_PRESET;
    }
    if (!value) {
        value = k ? k->otherwise : NULL;
        from = FROM_DEFAULT;
    }
    if (origin)
        *origin = from;
    return value;
}

bool config_yes(const struct config *s, const char *section, const char *name)
{
    const char *value = config_get(s, section, name, NULL);
    return value && key_is_yes(value);
}

char *config_path(const struct config *s, const char *section, const char *name)
{
    const char *value = config_get(s, section, name, NULL);
    char *path;
    if (!value)
        return NULL;
    if (value[0] == '/')
        return strdup(value);
    return asprintf(&path, "%s/%s", s->folder, value) < 0 ? NULL : path;
}

void config_say_missing(const struct config *s, FILE *out)
{
    for (size_t i = 0; i < s->ini.count; i++) {
        const struct ini_line *l = &s->ini.line[i];
        const struct key *k = l->key ? key_find(l->section, l->key) : NULL;
        bool names = k && (k->type == KEY_FILE || k->type == KEY_FOLDER) && *l->value &&
                     strcmp(l->key, "overlay") != 0; /* which is made when it is wanted */
        char *path = names ? config_path(s, l->section, l->key) : NULL;
        if (path && access(path, F_OK) != 0)
            clean_printf(
                out,
                "%s.%s: there is no %s now; the machine starts when there is, or without it: "
                "ferrite set \"%s\" %s.%s=\n",
                l->section, l->key, path, config_name(s), l->section, l->key);
        free(path);
    }
}

const char *config_section(const struct config *s, const char *kind, size_t i)
{
    const char *last = NULL;
    size_t n = strlen(kind);
    for (size_t at = 0; at < s->ini.count; at++) {
        const struct ini_line *l = &s->ini.line[at];
        if (!l->key || strncasecmp(l->section, kind, n) != 0 ||
            (last && strcasecmp(last, l->section) == 0))
            continue;
        /* Only the first of its lines counts, wherever the others stand. */
        bool before = false;
        for (size_t b = 0; b < at && !before; b++)
            before = s->ini.line[b].key && strcasecmp(s->ini.line[b].section, l->section) == 0;
        last = l->section;
        if (!before && i-- == 0)
            return l->section;
    }
    return NULL;
}

const char *config_name(const struct config *s)
{
    const char *name = config_get(s, "machine", "name", NULL);
    const char *slash = strrchr(s->folder, '/');
    return name ? name : slash ? slash + 1 : s->folder;
}
