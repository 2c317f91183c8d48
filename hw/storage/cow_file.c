/*
 * cow_file.c - an overlay file: its header, its table, opening, checking, emptying. The format is
 * described in hw/storage/overlay.h.
 *
 * The whole table is checked when the file is opened. Entries that lead behind the file's end are
 * what is left when a host lost the last clusters: without them the rest is sound, so they are
 * dropped and counted. An entry that two clusters claim is damage that somebody has to decide on.
 */
#define _GNU_SOURCE
#include "hw/storage/disk_cow.h"

#include "hw/base/crc32.h"
#include "hw/base/hostfile.h"
#include "hw/storage/disk_nbd.h"
#include "hw/storage/folder/folder.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 2, CHECKED = COW_HEADER - 4 };
/* Places in the header. In version 1 the checksum was at its end. */
enum { AT_VERSION = 16, AT_SUM = 56, AT_BASE = 64, AT_OLD_SUM = CHECKED };
static const char magic[16] = "FERRITE-OVERLAY\x1a";

/* 2 TiB: the table of a larger one would not fit into memory with ease. */
#define MAX_SECTORS (1ull << 32)

u64 cow_clusters(u64 sectors)
{
    return (sectors + COW_SECTORS - 1) / COW_SECTORS;
}

u64 cow_data_offset(u64 sectors)
{
    u64 end = COW_TABLE_AT + cow_clusters(sectors) * 4;
    return (end + COW_HEADER - 1) / COW_HEADER * COW_HEADER;
}

/* ---- header ---- */

static void header_bytes(const struct cow *c, u8 h[COW_HEADER])
{
    memset(h, 0, COW_HEADER);
    memcpy(h, magic, sizeof(magic));
    put_le32(h + AT_VERSION, VERSION);
    put_le32(h + 20, COW_HEADER);
    put_le64(h + 24, c->header.sectors);
    put_le32(h + 32, COW_CLUSTER);
    put_le32(h + 36, c->header.flags);
    put_le64(h + 40, c->header.fingerprint);
    put_le64(h + 48, cow_data_offset(c->header.sectors));
    memcpy(h + AT_BASE, c->header.base, sizeof(c->header.base));
    put_le32(h + AT_SUM, crc32_of(0, h, CHECKED));
}

/* Only the first sector, which disks write as a whole: all that changes lies in it. */
int cow_write_header(struct cow *c)
{
    u8 h[COW_HEADER];
    header_bytes(c, h);
    int error = host_write(c->fd, h, SECTOR_SIZE, 0);
    return error ? error : host_sync(c->fd);
}

int cow_write_new(struct cow *c)
{
    u8 h[COW_HEADER];
    header_bytes(c, h);
    int error = host_write(c->fd, h, sizeof(h), 0);
    if (!error && ftruncate(c->fd, (off_t)cow_data_offset(c->header.sectors)) != 0)
        error = errno;
    return error ? error : host_sync(c->fd);
}

static bool sum_is_right(u8 h[COW_HEADER])
{
    bool old = get_le32(h + AT_VERSION) == 1;
    u32 found = get_le32(h + (old ? AT_OLD_SUM : AT_SUM));
    if (!old)
        put_le32(h + AT_SUM, 0);
    return found == crc32_of(0, h, CHECKED);
}

static bool read_header(struct cow *c, const char *path, struct err *e)
{
    u8 h[COW_HEADER];
    static_assert(AT_BASE + sizeof(c->header.base) <= CHECKED, "the path must fit in");
    int error = host_read(c->fd, h, sizeof(h), 0);
    if (error && error != ENODATA)
        return err_set(e, "%s: %s", path, strerror(error));
    if (error || memcmp(h, magic, sizeof(magic)) != 0)
        return err_set(e, "%s: is no overlay file (ferrite disk create makes one)", path);
    u32 version = get_le32(h + AT_VERSION);
    if (version < 1 || version > VERSION)
        return err_set(e, "%s: an overlay of version %u; this program knows version 1 to %u", path,
                       version, VERSION);
    if (!sum_is_right(h))
        return err_set(e, "%s: the overlay's header is damaged (wrong checksum)", path);
    c->header.sectors = get_le64(h + 24);
    c->header.flags = get_le32(h + 36);
    c->begun = c->header.flags & (COW_COMMITTING | COW_BEGUN);
    c->header.fingerprint = get_le64(h + 40);
    memcpy(c->header.base, h + AT_BASE, sizeof(c->header.base));
    if (get_le32(h + 20) != COW_HEADER || get_le32(h + 32) != COW_CLUSTER || !c->header.sectors ||
        c->header.sectors > MAX_SECTORS || c->header.flags & ~(u32)COW_FLAGS ||
        !c->header.base[0] || !memchr(c->header.base, 0, sizeof(c->header.base)) ||
        get_le64(h + 48) != cow_data_offset(c->header.sectors))
        return err_set(e, "%s: the overlay's header makes no sense", path);
    return true;
}

/* ---- table ---- */

u32 cow_entry(const struct cow *c, u64 cluster)
{
    const u32 *leaf = c->leaf[cluster / COW_LEAF];
    return leaf ? leaf[cluster % COW_LEAF] : 0;
}

bool cow_entry_room(struct cow *c, u64 cluster)
{
    u32 **leaf = &c->leaf[cluster / COW_LEAF];
    return *leaf || (*leaf = calloc(COW_LEAF, sizeof(**leaf)));
}

void cow_set_entry(struct cow *c, u64 cluster, u32 entry)
{
    c->leaf[cluster / COW_LEAF][cluster % COW_LEAF] = entry;
}

int cow_write_entry(struct cow *c, u64 cluster, u32 entry)
{
    u8 raw[4];
    put_le32(raw, entry);
    return host_write(c->fd, raw, sizeof(raw), COW_TABLE_AT + cluster * 4);
}

static void forget_table(struct cow *c)
{
    for (u64 i = 0; c->leaf && i < c->leaves; i++) {
        free(c->leaf[i]);
        c->leaf[i] = NULL;
    }
    c->used = 0;
    c->pending_count = 0;
}

/* While the table is read: a bit for each cluster of the file that has an owner. */
struct owners {
    u8 *seen;
    u64 in_file, named;
};

static bool take_entry(struct cow *c, u64 cluster, u32 entry, struct owners *o)
{
    u32 at = entry - 1;
    if (at >= o->in_file) {
        if (!c->damage.missing++)
            c->damage.first_missing = cluster;
        return true;
    }
    if (o->seen[at / 8] >> at % 8 & 1) {
        if (!c->damage.shared++)
            c->damage.first_shared = cluster;
    } else {
        o->named++;
    }
    o->seen[at / 8] |= (u8)(1u << at % 8);
    if (c->used < entry)
        c->used = entry;
    if (!cow_entry_room(c, cluster))
        return false;
    cow_set_entry(c, cluster, entry);
    return true;
}

static bool read_leaf(struct cow *c, u64 i, struct owners *o, const char *path, struct err *e)
{
    u8 raw[COW_LEAF * 4] = {0}; /* what the file does not reach is empty */
    u64 clusters = cow_clusters(c->header.sectors), first = i * COW_LEAF;
    u32 n = clusters - first < COW_LEAF ? (u32)(clusters - first) : COW_LEAF;
    int error = host_read(c->fd, raw, n * 4, COW_TABLE_AT + first * 4);
    if (error && error != ENODATA)
        return err_set(e, "%s: the overlay's table cannot be read: %s", path, strerror(error));
    for (u32 k = 0; k < n; k++) {
        u32 entry = get_le32(raw + 4 * k);
        if (entry && !take_entry(c, first + k, entry, o))
            return err_set(e, "%s: out of memory", path);
    }
    return true;
}

/* Pieces from `i` on that lie in a hole of the file: most of a large table does. */
static u64 next_leaf(const struct cow *c, u64 i)
{
    off_t at = (off_t)(COW_TABLE_AT + i * COW_LEAF * 4), next = lseek(c->fd, at, SEEK_DATA);
    if (next < 0)
        return errno == ENXIO ? c->leaves : i;
    return next > at ? i + (u64)(next - at) / (COW_LEAF * 4) : i;
}

static bool read_table(struct cow *c, const char *path, struct err *e)
{
    u64 clusters = cow_clusters(c->header.sectors), data = cow_data_offset(c->header.sectors);
    off_t size = lseek(c->fd, 0, SEEK_END);
    if (size < 0)
        return err_set(e, "%s: %s", path, strerror(errno));
    struct owners o = {.in_file = (u64)size > data ? ((u64)size - data) / COW_CLUSTER : 0};
    c->damage.table_cut = (u64)size < data;
    c->leaves = (clusters + COW_LEAF - 1) / COW_LEAF;
    c->leaf = calloc(c->leaves, sizeof(*c->leaf));
    o.seen = calloc(1, o.in_file / 8 + 1);
    bool ok = c->leaf && o.seen;
    if (!ok)
        err_set(e, "%s: out of memory", path);
    for (u64 i = 0; ok && (i = next_leaf(c, i)) < c->leaves; i++)
        ok = read_leaf(c, i, &o, path, e);
    c->damage.unused = o.in_file - o.named;
    free(o.seen);
    return ok;
}

/* A table that is to be empty, whatever is in the file. */
static bool empty_table(struct cow *c, const char *path, struct err *e)
{
    c->leaves = (cow_clusters(c->header.sectors) + COW_LEAF - 1) / COW_LEAF;
    c->leaf = calloc(c->leaves, sizeof(*c->leaf));
    return c->leaf || err_set(e, "%s: out of memory", path);
}

/* ---- putting right ---- */

static int finish_emptying(struct cow *c)
{
    /* Cut off and grown again, the table is all zeros. */
    if (ftruncate(c->fd, COW_TABLE_AT) != 0 ||
        ftruncate(c->fd, (off_t)cow_data_offset(c->header.sectors)) != 0)
        return errno;
    int error = host_sync(c->fd);
    if (error)
        return error;
    c->header.flags = 0;
    return cow_write_header(c);
}

int cow_empty(struct cow *c, u64 fingerprint)
{
    c->header.flags = COW_EMPTYING;
    c->header.fingerprint = fingerprint;
    int error = cow_write_header(c);
    if (error)
        return error;
    forget_table(c);
    return finish_emptying(c);
}

/*
 * Entries behind the file's end, out of the table: they must be gone before the file grows, or they
 * would name what is written there next.
 */
static int drop_missing(struct cow *c)
{
    u64 data = cow_data_offset(c->header.sectors), clusters = cow_clusters(c->header.sectors);
    int error = c->damage.table_cut && ftruncate(c->fd, (off_t)data) != 0 ? errno : 0;
    for (u64 k = 0; !error && c->damage.missing && k < clusters; k++) {
        u8 raw[4];
        if (k % COW_LEAF == 0 && (k = next_leaf(c, k / COW_LEAF) * COW_LEAF) >= clusters)
            break;
        error = host_read(c->fd, raw, sizeof(raw), COW_TABLE_AT + k * 4);
        if (!error && get_le32(raw) && !cow_entry(c, k))
            error = cow_write_entry(c, k, 0);
    }
    return error ? error : host_sync(c->fd);
}

static int put_right(struct cow *c)
{
    if (c->header.flags & COW_EMPTYING)
        return finish_emptying(c);
    return c->damage.missing || c->damage.table_cut ? drop_missing(c) : 0;
}

/* Data first, then the entry, as always. */
static int copy_cluster(struct cow *c, u64 cluster, u8 *buf)
{
    u32 number = (u32)c->used + 1;
    int error = cow_read_cluster(c, cow_entry(c, cluster), buf);
    if (!error)
        error = host_write(c->fd, buf, COW_CLUSTER, cow_cluster_offset(c, number));
    if (!error)
        error = host_sync(c->fd);
    if (!error)
        error = cow_write_entry(c, cluster, number);
    if (!error) {
        cow_set_entry(c, cluster, number);
        c->used = number;
    }
    return error;
}

int cow_separate(struct cow *c)
{
    u8 *seen = calloc(1, c->used / 8 + 1), *buf = malloc(COW_CLUSTER);
    u64 clusters = cow_clusters(c->header.sectors), owned = c->used;
    int error = seen && buf ? 0 : ENOMEM;
    for (u64 k = 0; !error && k < clusters; k++) {
        u32 entry = cow_entry(c, k), at = entry - 1;
        if (!entry || at >= owned)
            continue;
        if (seen[at / 8] >> at % 8 & 1)
            error = copy_cluster(c, k, buf);
        seen[at / 8] |= (u8)(1u << at % 8);
    }
    free(seen);
    free(buf);
    return error ? error : host_sync(c->fd);
}

/* ---- opening ---- */

static int open_file(const char *path, bool *read_only)
{
    const int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    if (!*read_only) {
        int fd = open(path, O_RDWR | flags);
        if (fd >= 0 || (errno != EACCES && errno != EROFS && errno != EPERM))
            return fd;
        *read_only = true;
    }
    return open(path, O_RDONLY | flags);
}

static bool lock_file(int fd, bool read_only, const char *path, struct err *e)
{
    struct flock lock = {.l_type = read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0 || (errno != EACCES && errno != EAGAIN))
        return true;
    return err_set(e, "%s: in use: a machine, or a `ferrite disk`, has this overlay open", path);
}

static bool read_all(struct cow *c, bool read_only, const char *path, struct err *e)
{
    if (!read_header(c, path, e))
        return false;
    bool empty = c->header.flags & COW_EMPTYING;
    if (!(empty ? empty_table(c, path, e) : read_table(c, path, e)))
        return false;
    int error = read_only ? 0 : put_right(c);
    return !error || err_set(e, "%s: cannot be put right: %s", path, strerror(error));
}

struct cow *cow_open(const char *path, bool *read_only, struct err *e)
{
    struct stat st;
    struct cow *c = calloc(1, sizeof(*c));
    if (!c) {
        err_set(e, "%s: out of memory", path);
        return NULL;
    }
    bool wanted = *read_only;
    c->fd = open_file(path, read_only);
    bool ok = c->fd >= 0 && fstat(c->fd, &st) == 0;
    if (!ok)
        err_set(e, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        ok = err_set(e, "%s: is not a regular file; an overlay file is wanted", path);
    else if (!(st.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)))
        *read_only = true; /* honoured even for root, as for images */
    *read_only |= wanted;
    ok = ok && lock_file(c->fd, *read_only, path, e) && read_all(c, *read_only, path, e);
    if (!ok) {
        cow_close(c);
        return NULL;
    }
    c->nameless = host_is_deleted(c->fd);
    c->layer.sectors = c->header.sectors;
    return c;
}

int cow_close(struct cow *c)
{
    int error = 0;
    if (c->layer.below)
        error = c->layer.below->ops->close(c->layer.below);
    if (c->fd >= 0 && close(c->fd) != 0 && errno != EINTR)
        error = errno;
    forget_table(c);
    free(c->leaf);
    free(c);
    return error;
}

bool cow_kept_name(const char *overlay_path, char *out, size_t size)
{
    return (size_t)snprintf(out, size, "%s.files", overlay_path) < size;
}

/* As it was when the overlay was made, if that was kept; else as it is now. */
struct folder *cow_open_folder(const struct cow *c, struct folder_options *o,
                               const char *overlay_path, struct disk_layer **base, struct err *e)
{
    char kept[4096 + 8];
    if (cow_kept_name(overlay_path, kept, sizeof(kept)) && access(kept, R_OK) == 0) {
        o->kept = kept;
        o->begun = c->begun;
        struct folder *f = disk_folder_base(o, base, e);
        o->kept = NULL;
        o->begun = false;
        if (!f || disk_layer_fingerprint(*base) == c->header.fingerprint)
            return f;
        (*base)->ops->close(*base); /* kept for another overlay, or not up to date */
        *base = NULL;
    }
    return disk_folder_base(o, base, e);
}

/* The file of the base's name in the overlay's folder. false: it is not there, or the base itself.
 */
static bool name_beside(const struct cow *c, const char *overlay_path, char *out, size_t size)
{
    const char *slash = strrchr(overlay_path, '/'), *name = strrchr(c->header.base, '/');
    struct stat here, named;
    if (disk_is_uri(c->header.base) || !name ||
        (size_t)snprintf(out, size, "%.*s%s", slash ? (int)(slash - overlay_path) : 1,
                         slash ? overlay_path : ".", name) >= size ||
        stat(out, &here) != 0)
        return false;
    return stat(c->header.base, &named) != 0 || here.st_dev != named.st_dev ||
           here.st_ino != named.st_ino;
}

/* Is it what the overlay was made over? */
static bool fits(const struct cow *c, const char *path)
{
    struct err ignored;
    bool read_only = true;
    struct disk_layer *l = disk_image_open(path, false, &read_only, &ignored);
    bool same =
        l && l->sectors == c->header.sectors && disk_layer_fingerprint(l) == c->header.fingerprint;
    if (l)
        l->ops->close(l);
    return same;
}

/* Both were moved together; or copied: then a commit is for the copy's base. One that has begun
 * goes on where it began (overlay_commit()), which fits no more. */
void cow_base_path(const struct cow *c, const char *overlay_path, char *out, size_t size)
{
    if (folder_is_text(c->header.base) || !name_beside(c, overlay_path, out, size) ||
        (access(c->header.base, F_OK) == 0 && (c->header.flags & COW_COMMITTING || !fits(c, out))))
        snprintf(out, size, "%s", c->header.base);
}

struct disk_layer *cow_open_base(const struct cow *c, const char *path, const char *overlay_path,
                                 bool *read_only, struct err *e)
{
    char beside[8192];
    if (!path && folder_is_text(c->header.base)) {
        struct folder_options o;
        struct disk_layer *base = NULL;
        char text[sizeof(c->header.base)];
        memcpy(text, c->header.base, sizeof(text));
        *read_only = true;
        if (!folder_from_text(text, &o))
            err_set(e, "%s: it does not say of which folder it is", overlay_path);
        else
            cow_open_folder(c, &o, overlay_path, &base, e);
        return base;
    }
    if (!path) {
        cow_base_path(c, overlay_path, beside, sizeof(beside));
        path = beside;
    }
    return disk_image_open(path, false, read_only, e);
}

u64 cow_cluster_offset(const struct cow *c, u32 entry)
{
    return cow_data_offset(c->header.sectors) + (u64)(entry - 1) * COW_CLUSTER;
}

int cow_read_cluster(const struct cow *c, u32 entry, u8 *buf)
{
    return host_read(c->fd, buf, COW_CLUSTER, cow_cluster_offset(c, entry));
}

int cow_each_cluster(const struct cow *c,
                     int (*take)(void *opaque, u64 sector, u32 count, const u8 *data), void *opaque)
{
    u8 *buf = malloc(COW_CLUSTER);
    int error = buf ? 0 : ENOMEM;
    for (u64 k = 0; !error && k < cow_clusters(c->header.sectors); k++) {
        u32 entry = cow_entry(c, k);
        if (!entry)
            continue;
        u64 first = k * COW_SECTORS, left = c->header.sectors - first;
        error = cow_read_cluster(c, entry, buf);
        if (!error)
            error = take(opaque, first, left < COW_SECTORS ? (u32)left : COW_SECTORS, buf);
    }
    free(buf);
    return error;
}
