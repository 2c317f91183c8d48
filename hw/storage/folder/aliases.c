/*
 * aliases.c - which alias each file of a folder had. See aliases.h.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/aliases.h"

#include "hw/base/hostfile.h"
#include "hw/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES (64u << 20)

struct known {
    char *path;
    u8 alias[ALIAS_BYTES];
};

struct aliases {
    struct known *known;
    size_t count, room;
    bool sorted;
};

struct aliases *aliases_new(void)
{
    return calloc(1, sizeof(struct aliases));
}

void aliases_free(struct aliases *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->count; i++)
        free(a->known[i].path);
    free(a->known);
    free(a);
}

bool aliases_add(struct aliases *a, const char *path, const u8 alias[ALIAS_BYTES])
{
    if (!ARRAY_ROOM(a->known, a->room, a->count + 1))
        return false;
    struct known *k = &a->known[a->count];
    k->path = strdup(path);
    if (!k->path)
        return false;
    memcpy(k->alias, alias, ALIAS_BYTES);
    a->count++;
    a->sorted = false;
    return true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->path, ((const struct known *)b)->path);
}

static void sort(struct aliases *a)
{
    if (!a->sorted && a->count)
        qsort(a->known, a->count, sizeof(*a->known), by_path);
    a->sorted = true;
}

const u8 *aliases_find(struct aliases *a, const char *path)
{
    struct known key = {.path = (char *)path};
    sort(a);
    const struct known *k =
        a->count ? bsearch(&key, a->known, a->count, sizeof(key), by_path) : NULL;
    return k ? k->alias : NULL;
}

size_t aliases_count(const struct aliases *a)
{
    return a->count;
}

bool alias_is_plain(const struct codepage *cp, const struct long_name *name,
                    const u8 alias[ALIAS_BYTES])
{
    struct alias_parts p;
    u8 plain[ALIAS_BYTES];
    alias_parts(cp, name, &p);
    if (p.lossy || !p.bases || p.bases > 8 || p.extensions > 3 || alias_is_device(p.base, p.bases))
        return false;
    memset(plain, ' ', sizeof(plain));
    memcpy(plain, p.base, p.bases);
    memcpy(plain + 8, p.extension, p.extensions);
    return memcmp(plain, alias, sizeof(plain)) == 0;
}

/* ---- text ---- */

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool are_sound(const struct codepage *cp, const u8 *c, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (c[i] <= ' ' || c[i] == 0x7f || strchr("\"*+,./:;<=>?[\\]|", c[i]) ||
            codepage_upper(cp, c[i]) != c[i])
            return false;
    }
    return true;
}

/* May an entry of a directory have this alias? */
static bool is_sound(const struct codepage *cp, const u8 alias[ALIAS_BYTES])
{
    unsigned bases = 8, extensions = 3;
    while (bases && alias[bases - 1] == ' ')
        bases--;
    while (extensions && alias[8 + extensions - 1] == ' ')
        extensions--;
    return bases && are_sound(cp, alias, bases) && are_sound(cp, alias + 8, extensions) &&
           !alias_is_device(alias, bases);
}

/* The path of a line, in its place. false: it is none. */
static bool decode(char *path)
{
    char *out = path;
    for (const char *p = path; *p; p++) {
        if (*p != '\\') {
            *out++ = *p;
            continue;
        }
        int high = digit(p[1]), low = high < 0 ? -1 : digit(p[2]);
        if (low < 0 || (high | low) == 0)
            return false;
        *out++ = (char)(high << 4 | low);
        p += 2;
    }
    *out = 0;
    return *path != 0;
}

static bool take_line(struct aliases *a, char *line, const struct codepage *cp)
{
    u8 alias[ALIAS_BYTES];
    for (unsigned i = 0; i < ALIAS_BYTES; i++) {
        int high = digit(line[2 * i]), low = high < 0 ? -1 : digit(line[2 * i + 1]);
        if (low < 0)
            return true;
        alias[i] = (u8)(high << 4 | low);
    }
    char *path = line + 2 * ALIAS_BYTES + 1;
    if (path[-1] != ' ' || !is_sound(cp, alias) || !decode(path))
        return true;
    return aliases_add(a, path, alias);
}

static char *header(const char *folder, const struct codepage *cp)
{
    char *text;
    return asprintf(&text, "ferrite aliases 1 cp=%u %s", codepage_number(cp), folder) < 0 ? NULL
                                                                                          : text;
}

bool aliases_parse(struct aliases *a, const char *text, size_t size, const char *folder,
                   const struct codepage *cp)
{
    char *first = header(folder, cp), *copy = malloc(size + 1);
    bool ok = first && copy;
    if (ok) {
        memcpy(copy, text, size);
        copy[size] = 0;
        char *rest = copy, *line = strsep(&rest, "\n");
        bool ours = strcmp(line, first) == 0;
        while (ok && ours && (line = strsep(&rest, "\n")))
            ok = take_line(a, line, cp);
    }
    free(copy);
    free(first);
    return ok;
}

int aliases_load(struct aliases *a, const char *file, const char *folder, const struct codepage *cp)
{
    struct stat st;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT ? 0 : errno;
    int error = fstat(fd, &st) != 0 ? errno : !S_ISREG(st.st_mode) ? EINVAL : 0;
    size_t size = error ? 0 : st.st_size < MOST_BYTES ? (size_t)st.st_size : MOST_BYTES;
    char *text = malloc(size + 1);
    if (!error && !text)
        error = ENOMEM;
    if (!error && size)
        error = host_read(fd, text, size, 0);
    if (!error && !aliases_parse(a, text, size, folder, cp))
        error = ENOMEM;
    free(text);
    close(fd);
    return error;
}

static void write_line(FILE *f, const struct known *k)
{
    for (unsigned i = 0; i < ALIAS_BYTES; i++)
        fprintf(f, "%02X", k->alias[i]);
    fputc(' ', f);
    for (const u8 *p = (const u8 *)k->path; *p; p++) {
        if (*p < 0x20 || *p == '\\')
            fprintf(f, "\\%02X", *p);
        else
            fputc(*p, f);
    }
    fputc('\n', f);
}

static void make_folders(const char *file)
{
    char *path = strdup(file);
    for (char *p = path ? path + 1 : NULL; p && *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        mkdir(path, 0700);
        *p = '/';
    }
    free(path);
}

int aliases_save(struct aliases *a, const char *file, const char *folder, const struct codepage *cp)
{
    char *first = header(folder, cp), *made = NULL;
    int error = 0, fd;
    if (!a->count) {
        free(first);
        return unlink(file) == 0 || errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    }
    if (!first || asprintf(&made, "%s.part", file) < 0) {
        free(first);
        return ENOMEM;
    }
    make_folders(file);
    sort(a);
    fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        error = errno;
    } else {
        fprintf(f, "%s\n", first);
        for (size_t i = 0; i < a->count; i++)
            write_line(f, &a->known[i]);
        error = fflush(f) != 0 || ferror(f) ? EIO : host_sync(fd);
        if (fclose(f) != 0 && !error)
            error = errno;
        if (!error && rename(made, file) != 0)
            error = errno;
        if (error)
            unlink(made);
    }
    free(first);
    free(made);
    return error;
}
