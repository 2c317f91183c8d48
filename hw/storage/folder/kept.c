/*
 * kept.c - a scanned folder in a file. See kept.h.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/kept.h"

#include "hw/base/beside.h"
#include "hw/base/crc32.h"
#include "hw/base/hostfile.h"
#include "hw/storage/folder/beneath.h"
#include "hw/storage/folder/names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[16] = "FERRITE-FOLDER\x1a\n";
enum { VERSION = 1, HEAD = 24, NODE = 68, SUM = 4, SAID_NAMES = 5 };
#define MOST_BYTES (1u << 30)

static void get_time(const u8 *p, struct tree_time *t)
{
    t->seconds = (s64)get_le64(p);
    t->nanos = get_le32(p + 8) % 1000000000;
}

static void put_time(u8 *p, const struct tree_time *t)
{
    put_le64(p, (u64)t->seconds);
    put_le32(p + 8, t->nanos);
}

/* One component of a path, as a host may have it. */
static bool is_name(const char *name, size_t bytes)
{
    return bytes && bytes <= NAME_BYTES && !memchr(name, '/', bytes) && !memchr(name, 0, bytes) &&
           !(bytes == 1 && name[0] == '.') && !(bytes == 2 && name[0] == '.' && name[1] == '.');
}

/* The node at `p`; how many bytes it takes, 0: it makes no sense. */
static size_t take_node(struct tree *t, const u8 *p, size_t left)
{
    if (left < NODE)
        return 0;
    u32 parent = get_le32(p);
    size_t bytes = get_le16(p + 6);
    struct tree_node n = {.attributes = p[4] & (u8) ~(FAT_LABEL | 0xc0),
                          .linked = p[5] != 0,
                          .size = get_le64(p + 8),
                          .device = get_le64(p + 16),
                          .inode = get_le64(p + 24)};
    get_time(p + 32, &n.modified);
    get_time(p + 44, &n.changed);
    get_time(p + 56, &n.accessed);
    if (left - NODE < bytes || !is_name((const char *)p + NODE, bytes) || parent >= t->nodes ||
        !tree_is_directory(&t->node[parent]) || n.size >= 1ull << 32 ||
        (tree_is_directory(&n) && n.size))
        return 0;
    return tree_add(t, parent, (const char *)p + NODE, bytes, &n) == TREE_NONE ? 0 : NODE + bytes;
}

struct tree *kept_parse(const u8 *bytes, size_t size)
{
    if (size < HEAD + SUM || memcmp(bytes, magic, sizeof(magic)) != 0 ||
        get_le32(bytes + 16) != VERSION ||
        get_le32(bytes + size - SUM) != crc32_of(0, bytes, size - SUM))
        return NULL;
    struct tree *t = tree_new();
    u32 nodes = get_le32(bytes + 20);
    size_t at = HEAD, end = size - SUM, took = 1;
    for (u32 i = 1; t && took && i < nodes; i++, at += took)
        took = take_node(t, bytes + at, end - at);
    if (t && took && at == end && nodes && tree_arrange(t))
        return t;
    tree_free(t);
    return NULL;
}

struct tree *kept_load(const char *file)
{
    struct stat st;
    struct tree *t = NULL;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < MOST_BYTES) {
        u8 *bytes = malloc((size_t)st.st_size + 1);
        if (bytes && host_read(fd, bytes, (size_t)st.st_size, 0) == 0)
            t = kept_parse(bytes, (size_t)st.st_size);
        free(bytes);
    }
    close(fd);
    return t;
}

static u8 *all_bytes(const struct tree *t, size_t *size)
{
    size_t total = HEAD + SUM;
    for (u32 i = 1; i < t->nodes; i++)
        total += NODE + t->node[i].name_bytes;
    u8 *bytes = calloc(1, total), *p = bytes + HEAD;
    if (!bytes)
        return NULL;
    memcpy(bytes, magic, sizeof(magic));
    put_le32(bytes + 16, VERSION);
    put_le32(bytes + 20, t->nodes);
    for (u32 i = 1; i < t->nodes; i++) {
        const struct tree_node *n = &t->node[i];
        put_le32(p, n->parent);
        p[4] = n->attributes;
        p[5] = n->linked;
        put_le16(p + 6, (u16)n->name_bytes);
        put_le64(p + 8, n->size);
        put_le64(p + 16, n->device);
        put_le64(p + 24, n->inode);
        put_time(p + 32, &n->modified);
        put_time(p + 44, &n->changed);
        put_time(p + 56, &n->accessed);
        memcpy(p + NODE, tree_name(t, i), n->name_bytes);
        p += NODE + n->name_bytes;
    }
    put_le32(p, crc32_of(0, bytes, total - SUM));
    *size = total;
    return bytes;
}

int kept_save(const struct tree *t, const char *file)
{
    size_t size;
    struct beside b;
    u8 *bytes = all_bytes(t, &size);
    int error = bytes ? beside_open(&b, file) : ENOMEM;
    if (!error && (error = host_write(b.fd, bytes, size, 0)))
        beside_drop(&b);
    else if (!error)
        error = beside_finish(&b, file, true);
    free(bytes);
    return error;
}

u32 kept_compare(struct tree *t, const struct moved *moved, int root, char *names, size_t size)
{
    char path[PATH_MAX];
    struct stat st;
    size_t used = 0;
    u32 others = 0;
    *names = 0;
    for (u32 i = 1; i < t->nodes; i++) {
        struct tree_node *n = &t->node[i];
        bool known = moved && moved_at(moved, i)->gone; /* the commit did it */
        if (known)
            continue;
        bool named = moved_path(moved, t, i, path, sizeof(path)) != 0;
        int fd = named ? beneath_open(root, path, O_PATH, 0) : -1;
        if (!named)
            tree_path(t, i, path, sizeof(path));
        bool there = fd >= 0 && fstat(fd, &st) == 0;
        bool directory = tree_is_directory(n);
        bool same = there && (directory ? S_ISDIR(st.st_mode)
                                        : S_ISREG(st.st_mode) && (u64)st.st_size == n->size &&
                                              st.st_mtim.tv_sec == n->modified.seconds &&
                                              (u32)st.st_mtim.tv_nsec == n->modified.nanos);
        if (fd >= 0)
            close(fd);
        if (same) {
            n->device = st.st_dev;
            n->inode = st.st_ino;
            continue;
        }
        if (others++ < SAID_NAMES && used < size)
            used += (size_t)snprintf(names + used, size - used, "%s%.60s", used ? ", " : "", path);
    }
    return others;
}
