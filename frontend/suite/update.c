/*
 * update.c - see update.h. Each machine has left a folder with pictures 1.png, 2.png ... and a file
 * `list` with lines "NUMBER PATH".
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/suite/update.h"

#include "frontend/control/out_file.h"
#include "hw/base/clean.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PICTURE_MOST = 64 << 20 };

struct candidate {
    char *path;    /* that tests expect */
    char *picture; /* what it should be */
    bool differs;  /* another test shows something else */
};

struct candidates {
    struct candidate *list;
    size_t count;
};

static void *read_all(const char *path, size_t *size, struct err *e)
{
    FILE *f = fopen(path, "re");
    long n = f && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    char *bytes = n >= 0 && n <= PICTURE_MOST ? malloc((size_t)n + 1) : NULL;
    bool ok = bytes && fseek(f, 0, SEEK_SET) == 0 && fread(bytes, 1, (size_t)n, f) == (size_t)n;
    if (f)
        fclose(f);
    if (ok) {
        *size = (size_t)n;
        return bytes;
    }
    free(bytes);
    err_set(e, "%s: %s", path, strerror(errno));
    return NULL;
}

static bool same_bytes(const char *a, const char *b)
{
    size_t na = 0, nb = 0;
    struct err e;
    void *pa = read_all(a, &na, &e), *pb = pa ? read_all(b, &nb, &e) : NULL;
    bool same = pa && pb && na == nb && memcmp(pa, pb, na) == 0;
    free(pa);
    free(pb);
    return same;
}

static bool add(struct candidates *all, const char *path, char *picture)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->list[i].path, path) != 0)
            continue;
        all->list[i].differs |= !same_bytes(all->list[i].picture, picture);
        free(picture);
        return true;
    }
    struct candidate *more = realloc(all->list, (all->count + 1) * sizeof(*more));
    if (!more) {
        free(picture);
        return false;
    }
    all->list = more;
    more[all->count] = (struct candidate){.path = strdup(path), .picture = picture};
    return more[all->count++].path != NULL;
}

static bool read_list(struct candidates *all, const char *folder)
{
    char name[PATH_MAX + 8], line[PATH_MAX + 20];
    snprintf(name, sizeof(name), "%s/list", folder);
    FILE *f = fopen(name, "re");
    bool ok = true;
    while (ok && f && fgets(line, sizeof(line), f)) {
        char *path, *picture;
        unsigned long n = strtoul(line, &path, 10);
        line[strcspn(line, "\n")] = 0;
        ok = *path == ' ' && asprintf(&picture, "%s/%lu.png", folder, n) > 0 &&
             add(all, path + 1, picture);
    }
    if (f)
        fclose(f);
    return ok;
}

static bool collect(struct candidates *all, const char *folder, struct err *e)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, NULL, alphasort);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX];
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name);
        ok = ok && len > 0 && (size_t)len < sizeof(path) &&
             (entry[i]->d_name[0] == '.' || read_list(all, path));
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return ok || err_set(e, "out of memory");
}

/* *answer becomes UPDATE_YES for all that follow. */
static bool ask(const struct candidate *c, enum update_answer *answer, FILE *in, FILE *messages)
{
    bool there = access(c->path, F_OK) == 0;
    char line[80];
    for (;;) {
        clean_printf(messages, "%s: %s? [y]es, [n]o, [a]ll: ", c->path,
                     there ? "replace it by what is shown" : "is new; make it");
        fflush(messages);
        if (!fgets(line, sizeof(line), in)) {
            fputc('\n', messages);
            return false;
        }
        if (*line == 'a')
            *answer = UPDATE_YES;
        if (*line == 'y' || *line == 'a')
            return true;
        if (*line == 'n')
            return false;
    }
}

static bool replace(const struct candidate *c, FILE *out, struct err *e)
{
    size_t size;
    void *bytes = read_all(c->picture, &size, e);
    bool ok = bytes && out_file_save(c->path, bytes, size, e);
    free(bytes);
    if (ok)
        clean_printf(out, "# updated %s\n", c->path);
    return ok;
}

bool update_pictures(const char *folder, enum update_answer answer, FILE *in, FILE *out,
                     FILE *messages, unsigned *left, struct err *e)
{
    struct candidates all = {0};
    bool ok = collect(&all, folder, e);
    *left = 0;
    for (size_t i = 0; ok && i < all.count; i++) {
        const struct candidate *c = &all.list[i];
        if (c->differs)
            clean_printf(messages, "%s: tests show different pictures for it; it stays as it is\n",
                         c->path);
        else if (answer == UPDATE_SAY)
            clean_printf(messages, "%s: another picture is shown; -yes replaces it\n", c->path);
        if (!c->differs &&
            (answer == UPDATE_YES || (answer == UPDATE_ASK && ask(c, &answer, in, messages))))
            ok = replace(c, out, e);
        else
            ++*left;
    }
    for (size_t i = 0; i < all.count; i++) {
        free(all.list[i].path);
        free(all.list[i].picture);
    }
    free(all.list);
    return ok;
}
