/*
 * scan.c - reading a host's folder, names and sizes only. See scan.h.
 *
 * Breadth first: one descriptor at a time, however deep it goes. Symbolic links are followed where
 * they stay inside; one that leads to a folder above itself is a circle and is left out.
 *
 * Attributes: read-only is a file without write permission for anybody; hidden, system and archive
 * are kept in the extended attribute user.DOSATTRIB, as text ("0x22"), which Samba and dosemu2
 * write; where that is not there, hidden is a name with a dot in front.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/scan.h"

#include "hw/base/hash.h"
#include "hw/base/memory.h"
#include "hw/storage/folder/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FAT_TOO_LARGE (1ull << 32)

struct scan {
    struct tree *tree;
    int root;
    u32 max_files;
    bool tidy;
    const char *name; /* of the folder */
    struct err *e;
    char path[PATH_MAX];
};

/* ---- one folder's names ---- */

struct names {
    char **name;
    size_t count, room;
};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_free(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->name[i]);
    free(n->name);
    *n = (struct names){0};
}

static bool names_add(struct names *n, const char *name)
{
    if (!ARRAY_ROOM(n->name, n->room, n->count + 1))
        return false;
    n->name[n->count] = strdup(name);
    return n->name[n->count] && ++n->count;
}

static bool too_many(const struct scan *s)
{
    return err_set(s->e,
                   "%s: more than %u files and folders; show a sub-folder, reach it from DOS with "
                   "the redirector, or raise max-files=",
                   s->name, s->max_files);
}

/* Half a file of a machine that was killed while it wrote it: see apply.c. */
static bool is_leftover(const char *name)
{
    return strncmp(name, SCAN_TEMPORARY, sizeof(SCAN_TEMPORARY) - 1) == 0 &&
           strspn(name + sizeof(SCAN_TEMPORARY) - 1, "0123456789abcdef") == 8 &&
           !name[sizeof(SCAN_TEMPORARY) + 7];
}

static bool read_names(const struct scan *s, DIR *d, struct names *n)
{
    const struct dirent *k;
    while ((k = readdir(d))) {
        if (!strcmp(k->d_name, ".") || !strcmp(k->d_name, ".."))
            continue;
        if (is_leftover(k->d_name)) {
            if (s->tidy)
                unlinkat(dirfd(d), k->d_name, 0);
            continue;
        }
        if (s->tree->nodes - 1 + n->count >= s->max_files)
            return too_many(s);
        if (!names_add(n, k->d_name))
            return err_set(s->e, "%s: out of memory", s->name);
    }
    if (n->count)
        qsort(n->name, n->count, sizeof(*n->name), by_bytes);
    return true;
}

/* ---- one file ---- */

static struct tree_time time_of(struct timespec t)
{
    return (struct tree_time){t.tv_sec, (u32)t.tv_nsec};
}

/* Attributes that the host keeps for DOS beside a file. Without any a dot in front hides it. */
static u8 stored_attributes(int dir, const char *name)
{
    u8 usual = name[0] == '.' ? FAT_HIDDEN : 0;
    char path[64 + NAME_MAX], text[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, name);
    ssize_t n = lgetxattr(path, "user.DOSATTRIB", text, sizeof(text) - 1);
    if (n < 3 || text[0] != '0' || (text[1] | 32) != 'x')
        return usual;
    text[n] = 0;
    return strtoul(text + 2, NULL, 16) & (FAT_HIDDEN | FAT_SYSTEM | FAT_ARCHIVE);
}

/* Does a link lead to a folder that it is itself in? */
static bool is_circle(const struct tree *t, u32 dir, const struct stat *st)
{
    for (u32 i = dir;; i = t->node[i].parent) {
        if (t->node[i].inode == st->st_ino && t->node[i].device == st->st_dev)
            return true;
        if (i == TREE_ROOT)
            return false;
    }
}

/* What a link leads to, if that is in the folder. */
static bool follow(struct scan *s, u32 dir, const char *name, struct stat *st)
{
    size_t n = tree_path(s->tree, dir, s->path, sizeof(s->path)), length = strlen(name);
    if (!n || n + length + 1 > sizeof(s->path))
        return false;
    if (n > 1)
        s->path[n - 1] = '/';
    memcpy(s->path + (n > 1 ? n : 0), name, length + 1);
    int fd = beneath_open(s->root, s->path, O_PATH, 0);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, st) == 0 && !(S_ISDIR(st->st_mode) && is_circle(s->tree, dir, st));
    close(fd);
    return ok;
}

static bool add_file(struct scan *s, u32 dir, int fd, const char *name)
{
    struct tree *t = s->tree;
    struct stat st;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        t->left_out.unreadable++;
        return true;
    }
    bool link = S_ISLNK(st.st_mode);
    if (link && !follow(s, dir, name, &st)) {
        t->left_out.links++;
        return true;
    }
    bool directory = S_ISDIR(st.st_mode);
    if (!directory && !S_ISREG(st.st_mode)) {
        t->left_out.special++;
        return true;
    }
    if (!directory && (u64)st.st_size >= FAT_TOO_LARGE) {
        t->left_out.large++;
        return true;
    }
    struct tree_node n = {
        .size = directory ? 0 : (u64)st.st_size,
        .device = st.st_dev,
        .inode = st.st_ino,
        .modified = time_of(st.st_mtim),
        .changed = time_of(st.st_ctim),
        .accessed = time_of(st.st_atim),
        .linked = link || t->node[dir].linked,
    };
    n.attributes =
        (u8)((directory ? FAT_DIRECTORY : 0) | (link && name[0] == '.' ? FAT_HIDDEN : 0) |
             (directory || st.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH) ? 0 : FAT_READ_ONLY) |
             (link ? 0 : stored_attributes(fd, name)));
    if (tree_add(t, dir, name, strlen(name), &n) != TREE_NONE)
        return true;
    return err_set(s->e, "%s: out of memory", s->name);
}

static bool scan_directory(struct scan *s, u32 dir)
{
    struct tree *t = s->tree;
    struct names names = {0};
    int fd = -1;
    DIR *d = NULL;
    t->node[dir].first = t->nodes;
    if (tree_path(t, dir, s->path, sizeof(s->path)))
        fd = beneath_open(s->root, s->path, O_RDONLY | O_DIRECTORY, 0);
    if (fd >= 0 && !(d = fdopendir(fd)))
        close(fd);
    if (!d) { /* it is shown, and empty */
        t->left_out.unreadable++;
        return true;
    }
    bool ok = read_names(s, d, &names);
    for (size_t i = 0; ok && i < names.count; i++)
        ok = add_file(s, dir, dirfd(d), names.name[i]);
    names_free(&names);
    closedir(d);
    t->node[dir].count = t->nodes - t->node[dir].first;
    return ok;
}

bool tree_scan(struct tree *t, int root, u32 max_files, bool tidy, const char *name, struct err *e)
{
    struct scan *s = malloc(sizeof(*s));
    struct stat st;
    if (!s)
        return err_set(e, "%s: out of memory", name);
    *s = (struct scan){.tree = t,
                       .root = root,
                       .max_files = max_files ? max_files : SCAN_MAX_FILES,
                       .tidy = tidy,
                       .name = name};
    s->e = e;
    bool ok = fstat(root, &st) == 0 || err_set(e, "%s: %s", name, strerror(errno));
    if (ok) {
        struct tree_node *n = &t->node[TREE_ROOT];
        n->device = st.st_dev;
        n->inode = st.st_ino;
        n->modified = time_of(st.st_mtim);
        n->changed = time_of(st.st_ctim);
        n->accessed = time_of(st.st_atim);
    }
    /* The list grows meanwhile: each folder's children come behind all that are there. */
    for (u32 i = 0; ok && i < t->nodes; i++)
        ok = !tree_is_directory(&t->node[i]) || scan_directory(s, i);
    free(s);
    return ok;
}

/* ---- what was found ---- */

bool tree_left_out_text(const struct tree_left_out *l, char *out, size_t size)
{
    const struct {
        u32 count;
        const char *what;
    } parts[] = {{l->large, "of 4 GiB or more"},
                 {l->special, "that are sockets, pipes or devices"},
                 {l->links, "that are links which lead out of it or nowhere"},
                 {l->unreadable, "that cannot be read"}};
    size_t used = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(parts) && used < size; i++) {
        if (parts[i].count)
            used += (size_t)snprintf(out + used, size - used, "%s%u %s", used ? ", " : "",
                                     parts[i].count, parts[i].what);
    }
    return used > 0;
}

u64 tree_hash(const struct tree *t)
{
    u64 h = HASH_START;
    for (u32 i = 0; i < t->nodes; i++) {
        const struct tree_node *n = &t->node[i];
        h = hash_bytes(h, tree_name(t, i), n->name_bytes);
        h = hash_u64(h, n->parent);
        h = hash_u64(h, n->attributes);
        if (!tree_is_directory(n)) {
            h = hash_u64(h, n->size);
            h = hash_u64(h, (u64)n->modified.seconds);
            h = hash_u64(h, n->modified.nanos);
        }
    }
    return h;
}
