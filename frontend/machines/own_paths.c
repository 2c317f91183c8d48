/*
 * own_paths.c - see own_paths.h.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/machines/own_paths.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_path(const struct key *k)
{
    return k && (k->type == KEY_FILE || k->type == KEY_FOLDER);
}

/* What is behind `folder` of a path, "." for the folder itself; NULL: it lies elsewhere. */
static const char *behind(const char *folder, const char *path)
{
    size_t n = strlen(folder);
    if (strncmp(path, folder, n) != 0 || (path[n] && path[n] != '/'))
        return NULL;
    path += n + strspn(path + n, "/");
    return *path ? path : ".";
}

/* The same of an absolute path, be it by way of links. The caller frees *real. */
static const char *below(const char *folder, const char *path, char **real)
{
    *real = NULL;
    if (path[0] != '/')
        return NULL;
    const char *inside = behind(folder, path);
    if (inside && !strstr(path + strlen(folder), "/.."))
        return inside;
    char *base = realpath(folder, NULL);
    *real = realpath(path, NULL);
    inside = base && *real ? behind(base, *real) : NULL;
    free(base);
    return inside;
}

bool own_paths_relative(struct config *s, const char *folder, bool *changed, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < s->ini.count; i++) {
        struct ini_line *l = &s->ini.line[i];
        char *real = NULL;
        const char *inside =
            l->key && is_path(key_find(l->section, l->key)) ? below(folder, l->value, &real) : NULL;
        char *value = inside ? strdup(inside) : NULL; /* the old one may hold it */
        if (inside)
            ok = (value || err_set(e, "out of memory")) &&
                 ini_set(&s->ini, l->section, l->key, value, e);
        if (inside && changed)
            *changed = true;
        free(value);
        free(real);
    }
    return ok;
}

/* The first place in a value, not before `at`, where the folder begins a path; NULL: none. */
static const char *begins(const char *value, const char *at, const char *folder)
{
    size_t n = strlen(folder);
    for (const char *p = at; (p = strstr(p, folder)); p++) {
        if ((p == value || strchr(":=,", p[-1])) && p[n] == '/')
            return p;
    }
    return NULL;
}

/* The value with `to` for `from`; NULL: no memory. The caller frees it. */
static char *moved(const char *value, const char *from, const char *to)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    const char *at = value;
    for (const char *p; (p = begins(value, at, from)); at = p + strlen(from))
        fprintf(out, "%.*s%s", (int)(p - at), at, to);
    fputs(at, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

bool own_paths_move(struct config *s, const char *from, const char *to, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < s->ini.count; i++) {
        struct ini_line *l = &s->ini.line[i];
        const struct key *k = l->key ? key_find(l->section, l->key) : NULL;
        if (!k || is_path(k) || strcmp(k->section, "machine") == 0 ||
            !begins(l->value, l->value, from))
            continue;
        char *value = moved(l->value, from, to);
        ok = (value || err_set(e, "out of memory")) &&
             ini_set(&s->ini, l->section, l->key, value, e);
        free(value);
    }
    return ok;
}

/* ---- media of snapshots ---- */

char *own_path_noted(const char *folder, const char *path)
{
    char *whole = *path ? realpath(path, NULL) : NULL, *real = NULL;
    const char *inside = below(folder, whole ? whole : path, &real);
    char *noted = strdup(inside ? inside : whole ? whole : path);
    free(real);
    free(whole);
    return noted;
}

char *own_path_meant(const char *folder, const char *noted)
{
    char *path;
    if (!*noted || *noted == '/')
        return strdup(noted);
    if (asprintf(&path, "%s/%s", folder, noted) < 0)
        return NULL;
    if (access(path, F_OK) == 0)
        return path;
    free(path); /* older ones have names from where Ferrite had been started */
    return strdup(noted);
}

static bool of_snapshot(const char *path, const char *old, struct err *e)
{
    struct ini meta;
    bool ok = ini_load(&meta, path, e), changed = false;
    if (!ok)
        return false;
    for (size_t i = 0; ok && i < meta.count; i++) {
        struct ini_line *l = &meta.line[i];
        char *real = NULL;
        bool names =
            l->key && strncmp(l->section, "medium.", 7) == 0 && strcmp(l->key, "file") == 0;
        const char *inside = names ? below(old, l->value, &real) : NULL;
        char *value = inside ? strdup(inside) : NULL;
        if (inside)
            ok = (value || err_set(e, "out of memory")) &&
                 ini_set(&meta, l->section, l->key, value, e);
        changed |= inside != NULL;
        free(value);
        free(real);
    }
    ok = ok && (!changed || ini_save(&meta, e));
    ini_free(&meta);
    return ok;
}

bool own_paths_of_snapshots(const char *folder, const char *old, struct err *e)
{
    char *states, *path;
    bool ok = true;
    if (asprintf(&states, "%s/states", folder) < 0)
        return err_set(e, "out of memory");
    DIR *d = opendir(states);
    for (struct dirent *entry; d && ok && (entry = readdir(d));) {
        if (asprintf(&path, "%s/%s/meta.ini", states, entry->d_name) < 0) {
            ok = err_set(e, "out of memory");
            break;
        }
        if (entry->d_name[0] != '.' && access(path, F_OK) == 0)
            ok = of_snapshot(path, old, e);
        free(path);
    }
    if (d)
        closedir(d);
    free(states);
    return ok;
}
