/*
 * disk_files.c - `ferrite disk ls, get, put`: files on the FAT file system of an image. See
 * disk_cmd.h and hw/storage/fatfs.h.
 *
 * The file system may be hostile: its names come out as names a host can have, folders that lead
 * back into themselves are not followed, and no more comes out than the volume could hold.
 */
#define _GNU_SOURCE /* asprintf */
#include "frontend/disk/disk_cmd.h"

#include "frontend/control/out_file.h"
#include "hw/base/clean.h"
#include "hw/base/hostfile.h"
#include "hw/storage/disk_nbd.h"
#include "hw/storage/fatfs.h"
#include "hw/storage/overlay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 32 };

/* ---- images ---- */

struct disk *disk_of_image(const char *path, bool read_only, struct err *e)
{
    struct overlay_info info;
    struct err none;
    struct media m = {.path = path, .read_only = read_only};
    if (overlay_info(path, &info, &none)) {
        m.overlay = path;
        m.path = info.base;
    }
    return disk_open(&m, DISK_HARD, false, NULL, e);
}

/* IMAGE:PATH, or URI::PATH; an image's name may have colons in it, too. *path is within `text`. */
static char *split(const char *text, const char **path)
{
    size_t len = strlen(text);
    *path = text + len;
    if (disk_is_uri(text)) { /* which has colons of its own: here two stand before the path */
        const char *colons = strstr(text, "::");
        *path = colons ? colons + 2 : *path;
        return strndup(text, colons ? (size_t)(colons - text) : len);
    }
    for (size_t i = len; access(text, F_OK) != 0 && i-- > 1;) {
        if (text[i] != ':')
            continue;
        char *image = strndup(text, i);
        if (image && access(image, F_OK) == 0) {
            *path = text + i + 1;
            return image;
        }
        free(image);
    }
    if (**path == 0 && access(text, F_OK) != 0) { /* there is none: said by whoever opens it */
        const char *colon = strchr(text, ':');
        *path = colon ? colon + 1 : text + len;
        return strndup(text, colon ? (size_t)(colon - text) : len);
    }
    return strdup(text);
}

/* An open volume, and where in it. */
struct place {
    char *image;
    const char *path;
    struct disk *disk;
    struct fatfs *fs;
};

static bool open_place(struct place *p, const struct disk_call *c, const char *text, bool read_only,
                       struct err *e)
{
    const char *path;
    char *image = split(text, &path);
    *p = (struct place){.image = image, .path = path};
    p->disk = image ? disk_of_image(image, read_only, e) : NULL;
    p->fs = p->disk ? fatfs_open(p->disk, c->v.partition, e) : NULL;
    if (p->fs)
        return true;
    if (!image)
        err_set(e, "out of memory");
    disk_close(p->disk, NULL);
    free(image);
    return false;
}

/* Never called when open_place() has failed. */
static bool close_place(struct place *p, struct err *e)
{
    bool ok = fatfs_close(p->fs, e);
    struct err why;
    if (!disk_close(p->disk, &why) && ok)
        ok = err_set(e, "%s", why.text);
    free(p->image);
    return ok;
}

/* ---- ls ---- */

struct listing {
    FILE *out;
    u64 files, bytes;
};

static bool list_one(void *opaque, const struct fatfs_entry *e)
{
    struct listing *l = opaque;
    struct fat_time t = e->fat.modified;
    bool folder = fatfs_is_folder(e);
    char size[24];
    snprintf(size, sizeof(size), folder ? "<DIR>" : "%u", e->fat.size);
    fprintf(l->out, "%c%c%c%c%c %10s  %04u-%02u-%02u %02u:%02u  ", folder ? 'd' : '-',
            e->fat.attributes & FAT_READ_ONLY ? 'r' : '-',
            e->fat.attributes & FAT_HIDDEN ? 'h' : '-', e->fat.attributes & FAT_SYSTEM ? 's' : '-',
            e->fat.attributes & FAT_ARCHIVE ? 'a' : '-', size, 1980u + (t.date >> 9),
            t.date >> 5 & 15u, t.date & 31u, t.time >> 11 & 31u, t.time >> 5 & 63u);
    clean_line(e->name, l->out);
    fputs(folder ? "/\n" : "\n", l->out);
    l->files++;
    l->bytes += folder ? 0 : e->fat.size;
    return true;
}

int disk_ls(struct disk_call *c)
{
    struct err e;
    bool ok = true;
    for (int i = 0; ok && i < c->argc; i++) {
        struct place p;
        struct fatfs_entry at;
        struct listing l = {.out = c->out};
        if (!open_place(&p, c, c->argv[i], true, &e))
            return disk_failed(c, &e);
        if (c->argc > 1)
            fprintf(c->out, "%s%s:\n", i ? "\n" : "", c->argv[i]);
        ok = fatfs_find(p.fs, p.path, &at, &e);
        if (ok && !fatfs_is_folder(&at))
            list_one(&l, &at);
        else if (ok)
            ok = fatfs_list(p.fs, &at, list_one, &l, &e);
        if (ok)
            fprintf(c->out, "%llu entries, %llu bytes; %llu bytes free\n",
                    (unsigned long long)l.files, (unsigned long long)l.bytes,
                    (unsigned long long)fatfs_free_clusters(p.fs) *
                        fat_cluster_bytes(fatfs_shape(p.fs)));
        struct err none;
        close_place(&p, &none); /* nothing was written */
    }
    return ok ? DISK_DONE : disk_failed(c, &e);
}

/* ---- get ---- */

struct getting {
    struct fatfs *fs;
    u64 left;           /* bytes that may still come */
    u32 above[DEEPEST]; /* folders that one is in */
    unsigned depth;
    struct err *e;
};

struct one_file {
    struct getting *g;
    const struct fatfs_entry *from;
};

static int put_fd(void *opaque, const void *bytes, size_t size)
{
    const char *p = bytes;
    while (size) {
        ssize_t n = write(*(int *)opaque, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        p += n;
        size -= (size_t)n;
    }
    return 0;
}

static bool fill(void *opaque, int fd, struct err *e)
{
    struct one_file *f = opaque;
    return fatfs_read(f->g->fs, f->from, put_fd, &fd, e);
}

static bool get_one(struct getting *g, const struct fatfs_entry *from, const char *to);

struct inside {
    struct getting *g;
    const char *to;
    bool ok;
};

static bool get_inside(void *opaque, const struct fatfs_entry *entry)
{
    struct inside *i = opaque;
    char *path;
    if (asprintf(&path, "%s/%s", i->to, entry->name) < 0) {
        i->ok = err_set(i->g->e, "out of memory");
    } else {
        i->ok = get_one(i->g, entry, path);
        free(path);
    }
    return i->ok;
}

static bool get_folder(struct getting *g, const struct fatfs_entry *from, const char *to)
{
    struct stat st;
    u32 start = from->root ? 0 : from->fat.start;
    struct inside i = {.g = g, .to = to, .ok = true};
    bool loop = g->depth == DEEPEST;
    for (unsigned k = 0; k < g->depth; k++)
        loop |= g->above[k] == start;
    if (loop)
        return err_set(g->e, "%s: folders too deep, or in a circle: the file system is damaged",
                       to);
    if (mkdir(to, 0777) != 0 && (errno != EEXIST || lstat(to, &st) != 0 || !S_ISDIR(st.st_mode)))
        return err_set(g->e, "%s: %s", to, strerror(errno));
    g->above[g->depth++] = start;
    bool ok = fatfs_list(g->fs, from, get_inside, &i, g->e) && i.ok;
    g->depth--;
    return ok;
}

static bool get_one(struct getting *g, const struct fatfs_entry *from, const char *to)
{
    struct one_file f = {g, from};
    u64 takes = FAT_SECTOR + (fatfs_is_folder(from) ? 0 : (u64)from->fat.size);
    if (takes > g->left)
        return err_set(g->e,
                       "%s: more comes out of it than can be in it: files share clusters, and the "
                       "file system is damaged",
                       to);
    g->left -= takes;
    if (fatfs_is_folder(from))
        return get_folder(g, from, to);
    if (!out_file_save_by(to, fill, &f, g->e))
        return false;
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
                                {.tv_sec = fat_time_to(from->fat.modified, false).seconds}};
    utimensat(AT_FDCWD, to, times, 0); /* what it cannot have is no reason to fail */
    return true;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool get_from(struct disk_call *c, const char *text, const char *to, bool into,
                     struct err *e)
{
    struct place p;
    struct fatfs_entry from;
    if (!open_place(&p, c, text, true, e))
        return false;
    struct getting g = {.fs = p.fs, .e = e};
    g.left = 2 * (u64)fatfs_shape(p.fs)->sectors * FAT_SECTOR;
    bool ok = fatfs_find(p.fs, p.path, &from, e);
    int standard = STDOUT_FILENO;
    if (ok && strcmp(to, "-") == 0) {
        fflush(c->out);
        ok = fatfs_is_folder(&from) ? err_set(e, "%s: is a folder", text)
                                    : fatfs_read(p.fs, &from, put_fd, &standard, e);
    } else if (ok && into && !from.root) {
        char *path;
        ok = asprintf(&path, "%s/%s", to, from.name) > 0 || err_set(e, "out of memory");
        ok = ok && get_one(&g, &from, path);
        if (ok)
            free(path);
    } else if (ok) {
        ok = get_one(&g, &from, to);
    }
    struct err none;
    close_place(&p, &none);
    return ok;
}

/* "get IMAGE FILE", for "get IMAGE:FILE .": all of the image would come into a folder of the file's
 * name. err: what to say instead. */
static bool is_on_it(struct disk_call *c, const char *text, const char *to, struct err *e)
{
    struct place p;
    struct fatfs_entry at;
    struct err none;
    if (!open_place(&p, c, text, true, &none))
        return false; /* said by who does the work */
    bool is = !*p.path && fatfs_find(p.fs, to, &at, &none);
    if (is)
        err_set(e, "%s is on %s: say %s:%s, and behind it where it is to go (. or a name)", to,
                p.image, p.image, to);
    close_place(&p, &none);
    return is;
}

int disk_get(struct disk_call *c)
{
    struct err e;
    const char *to = c->argv[c->argc - 1];
    bool into = is_folder(to), ok = true;
    if (c->argc > 2 && !into)
        ok = err_set(&e, "%s: several files go into a folder, which has to be there", to);
    ok = ok && (c->argc > 2 || access(to, F_OK) == 0 || strcmp(to, "-") == 0 ||
                !is_on_it(c, c->argv[0], to, &e));
    for (int i = 0; ok && i < c->argc - 1; i++)
        ok = get_from(c, c->argv[i], to, into, &e);
    return ok ? DISK_DONE : disk_failed(c, &e);
}

/* ---- put ---- */

static int get_fd(void *opaque, void *bytes, size_t size)
{
    char *p = bytes;
    while (size) {
        ssize_t n = read(*(int *)opaque, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENODATA; /* it became shorter */
        p += n;
        size -= (size_t)n;
    }
    return 0;
}

static bool put_one(struct fatfs *f, const char *path, const struct fatfs_entry *into,
                    const char *name, unsigned depth, struct err *e);

static bool put_folder(struct fatfs *f, const char *path, const struct fatfs_entry *to,
                       unsigned depth, struct err *e)
{
    struct dirent **entry;
    int n = scandir(path, &entry, NULL, alphasort);
    bool ok = n >= 0 || err_set(e, "%s: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        const char *name = entry[i]->d_name;
        char *below = NULL;
        if (ok && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            ok = asprintf(&below, "%s/%s", path, name) > 0 || err_set(e, "out of memory");
            ok = ok && put_one(f, below, to, name, depth + 1, e);
            free(below);
        }
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return ok;
}

static bool put_one(struct fatfs *f, const char *path, const struct fatfs_entry *into,
                    const char *name, unsigned depth, struct err *e)
{
    struct stat st;
    struct fatfs_entry made;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        err_set(e, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    struct tree_time time = {st.st_mtim.tv_sec, (u32)st.st_mtim.tv_nsec};
    bool ok;
    if (S_ISDIR(st.st_mode))
        ok = depth == DEEPEST ? err_set(e, "%s: folders too deep, or in a circle", path)
                              : fatfs_make_folder(f, into, name, time, &made, e) &&
                                    put_folder(f, path, &made, depth, e);
    else if (!S_ISREG(st.st_mode))
        ok = err_set(e, "%s: neither a file nor a folder", path);
    else if (st.st_size > UINT32_MAX)
        ok = err_set(e, "%s: 4 GiB and more have no place on a FAT file system", path);
    else
        ok = fatfs_write(f, into, name, (u32)st.st_size, time, get_fd, &fd, e);
    close(fd);
    return ok;
}

bool disk_put_tree(struct fatfs *f, const char *path, const char *into, struct err *e)
{
    struct fatfs_entry to;
    return fatfs_find(f, into, &to, e) && put_folder(f, path, &to, 0, e);
}

/* The name within `path` behind its last slash, without slashes at its end; freed by the caller. */
static char *base_name(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t from = end;
    while (from && path[from - 1] != '/')
        from--;
    return strndup(path + from, end - from);
}

/* The folder that files go into, and the name of a single one that is to be another. */
static bool find_target(struct place *p, bool single, struct fatfs_entry *into, char **name,
                        struct err *e)
{
    struct err none;
    *name = NULL;
    if (fatfs_find(p->fs, p->path, into, &none) && fatfs_is_folder(into))
        return true;
    size_t n = strlen(p->path);
    if (!single || (n && p->path[n - 1] == '/'))
        return err_set(e, "%s: there is no folder %s on it", p->image, p->path);
    *name = base_name(p->path);
    char *above = strndup(p->path, n - strlen(*name));
    bool ok = *name && above && fatfs_find(p->fs, above, into, e);
    free(above);
    if (ok && !fatfs_is_folder(into))
        ok = err_set(e, "%s: %s: not a folder", p->image, into->name);
    return ok;
}

/* "put IMAGE FILE...": the image stands first, as it does for get. */
static void say_order(struct disk_call *c, struct err *e)
{
    struct place p;
    struct err none;
    if (!open_place(&p, c, c->argv[0], true, &none))
        return;
    err_set(e, "%s: is no image with a FAT; %s is one, and the image comes last: put FILE... %s",
            c->argv[c->argc - 1], p.image, c->argv[0]);
    close_place(&p, &none);
}

int disk_put(struct disk_call *c)
{
    struct err e;
    struct place p;
    struct fatfs_entry into;
    char *name = NULL;
    if (!open_place(&p, c, c->argv[c->argc - 1], false, &e)) {
        say_order(c, &e);
        return disk_failed(c, &e);
    }
    bool ok = find_target(&p, c->argc == 2, &into, &name, &e);
    for (int i = 0; ok && i < c->argc - 1; i++) {
        char *own = name ? NULL : base_name(c->argv[i]);
        const char *as = name ? name : own;
        bool whole = as && (!strcmp(as, ".") || !strcmp(as, "..") || !strcmp(as, "/"));
        ok = as || err_set(&e, "out of memory");
        ok = ok && (whole ? put_folder(p.fs, c->argv[i], &into, 0, &e)
                          : put_one(p.fs, c->argv[i], &into, as, 0, &e));
        free(own);
    }
    struct err why;
    if (!close_place(&p, &why) && ok) {
        ok = false;
        e = why;
    }
    free(name);
    return ok ? DISK_DONE : disk_failed(c, &e);
}
