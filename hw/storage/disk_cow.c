/*
 * disk_cow.c - the overlay-file layer: clusters that the guest has written, over a base image that
 * is only read. The format is described in hw/storage/overlay.h.
 *
 * A cluster is copied from the base when the guest first writes into it; the table gets its entry
 * after the data, so that a program that is killed leaves no entry without data. The whole table
 * is checked when the file is opened: no entry beyond the file, no cluster used twice.
 *
 * Not modelled: overlays over overlays, compression, freeing clusters that became equal to the
 * base again; the order of data and table on the host's disk between two flushes.
 */
#define _GNU_SOURCE
#include "hw/storage/disk_cow.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 4096, TABLE_AT = HEADER, VERSION = 1 };
static const char magic[16] = "FERRITE-OVERLAY\x1a";

/* 2 TiB: the table of a larger one would not fit into memory with ease. */
#define MAX_SECTORS (1ull << 32)

u64 cow_clusters(u64 sectors)
{
    return (sectors + COW_SECTORS - 1) / COW_SECTORS;
}

u64 cow_data_offset(u64 sectors)
{
    u64 end = TABLE_AT + cow_clusters(sectors) * 4;
    return (end + HEADER - 1) / HEADER * HEADER;
}

/* ---- plain file access: 0 or an errno value ---- */

static int read_all(int fd, void *buf, size_t left, u64 at)
{
    u8 *p = buf;
    while (left) {
        ssize_t n = pread(fd, p, left, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENODATA;
        p += n;
        at += (u64)n;
        left -= (size_t)n;
    }
    return 0;
}

static int write_all(int fd, const void *buf, size_t left, u64 at)
{
    const u8 *p = buf;
    while (left) {
        ssize_t n = pwrite(fd, p, left, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        p += n;
        at += (u64)n;
        left -= (size_t)n;
    }
    return 0;
}

int cow_sync(int fd)
{
    return fdatasync(fd) != 0 && errno != EINVAL && errno != EROFS ? errno : 0;
}

/* ---- header ---- */

static u32 crc32_of(const u8 *p, size_t size)
{
    u32 crc = ~0u;
    for (; size; size--) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

int cow_write_header(struct cow *c)
{
    u8 h[HEADER] = {0};
    memcpy(h, magic, sizeof(magic));
    put_le32(h + 16, VERSION);
    put_le32(h + 20, HEADER);
    put_le64(h + 24, c->header.sectors);
    put_le32(h + 32, COW_CLUSTER);
    put_le32(h + 36, c->header.flags);
    put_le64(h + 40, c->header.fingerprint);
    put_le64(h + 48, cow_data_offset(c->header.sectors));
    memcpy(h + 64, c->header.base, sizeof(c->header.base));
    put_le32(h + HEADER - 4, crc32_of(h, HEADER - 4));
    int error = write_all(c->fd, h, sizeof(h), 0);
    return error ? error : cow_sync(c->fd);
}

static bool read_header(struct cow *c, const char *path, struct err *e)
{
    u8 h[HEADER];
    static_assert(64 + sizeof(c->header.base) <= HEADER - 4, "the path must fit in");
    int error = read_all(c->fd, h, sizeof(h), 0);
    if (error && error != ENODATA)
        return err_set(e, "%s: %s", path, strerror(error));
    if (error || memcmp(h, magic, sizeof(magic)) != 0)
        return err_set(e, "%s: is no overlay file (ferrite disk create makes one)", path);
    if (get_le32(h + 16) != VERSION)
        return err_set(e, "%s: an overlay of version %u; this program knows version %u", path,
                       get_le32(h + 16), VERSION);
    if (get_le32(h + HEADER - 4) != crc32_of(h, HEADER - 4))
        return err_set(e, "%s: the overlay's header is damaged (wrong checksum)", path);
    c->header.sectors = get_le64(h + 24);
    c->header.flags = get_le32(h + 36);
    c->header.fingerprint = get_le64(h + 40);
    memcpy(c->header.base, h + 64, sizeof(c->header.base));
    if (get_le32(h + 20) != HEADER || get_le32(h + 32) != COW_CLUSTER || !c->header.sectors ||
        c->header.sectors > MAX_SECTORS || c->header.flags > COW_COMMITTING || !c->header.base[0] ||
        !memchr(c->header.base, 0, sizeof(c->header.base)) ||
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

static bool set_entry(struct cow *c, u64 cluster, u32 entry)
{
    u32 **leaf = &c->leaf[cluster / COW_LEAF];
    if (!*leaf && !(*leaf = calloc(COW_LEAF, sizeof(**leaf))))
        return false;
    (*leaf)[cluster % COW_LEAF] = entry;
    return true;
}

static void forget_table(struct cow *c)
{
    for (u64 i = 0; c->leaf && i < c->leaves; i++) {
        free(c->leaf[i]);
        c->leaf[i] = NULL;
    }
    c->used = 0;
}

/* One piece of the table. `seen` has a bit for each cluster of the file. */
static bool read_leaf(struct cow *c, u64 i, u64 in_file, u8 *seen, const char *path, struct err *e)
{
    u8 raw[COW_LEAF * 4];
    u64 clusters = cow_clusters(c->header.sectors), first = i * COW_LEAF;
    u32 n = clusters - first < COW_LEAF ? (u32)(clusters - first) : COW_LEAF;
    int error = read_all(c->fd, raw, n * 4, TABLE_AT + first * 4);
    if (error)
        return err_set(e, "%s: the overlay's table cannot be read: %s", path,
                       error == ENODATA ? "the file is truncated" : strerror(error));
    for (u32 k = 0; k < n; k++) {
        u32 entry = get_le32(raw + 4 * k);
        if (!entry)
            continue;
        u32 at = entry - 1;
        if (entry > in_file)
            return err_set(e, "%s: the overlay is damaged or truncated: cluster %llu is not in it",
                           path, (unsigned long long)(first + k));
        if (seen[at / 8] >> at % 8 & 1)
            return err_set(e, "%s: the overlay is damaged: cluster %llu is another one's too", path,
                           (unsigned long long)(first + k));
        seen[at / 8] |= (u8)(1u << at % 8);
        if (!set_entry(c, first + k, entry))
            return err_set(e, "%s: out of memory", path);
        if (c->used < entry)
            c->used = entry;
    }
    return true;
}

static bool read_table(struct cow *c, const char *path, struct err *e)
{
    u64 clusters = cow_clusters(c->header.sectors), data = cow_data_offset(c->header.sectors);
    off_t size = lseek(c->fd, 0, SEEK_END);
    if (size < 0 || (u64)size < data)
        return err_set(e, "%s: the overlay is truncated", path);
    u64 in_file = ((u64)size - data) / COW_CLUSTER;
    c->leaves = (clusters + COW_LEAF - 1) / COW_LEAF;
    c->leaf = calloc(c->leaves, sizeof(*c->leaf));
    u8 *seen = calloc(1, in_file / 8 + 1);
    bool ok = c->leaf && seen;
    if (!ok)
        err_set(e, "%s: out of memory", path);
    for (u64 i = 0; ok && i < c->leaves; i++) {
        /* Most of a large table is a hole. */
        off_t at = (off_t)(TABLE_AT + i * COW_LEAF * 4), next = lseek(c->fd, at, SEEK_DATA);
        if (next < 0 && errno == ENXIO)
            break;
        if (next >= (off_t)data)
            break;
        if (next > at)
            i += (u64)(next - at) / (COW_LEAF * 4);
        ok = i >= c->leaves || read_leaf(c, i, in_file, seen, path, e);
    }
    free(seen);
    return ok;
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
    ok = ok && lock_file(c->fd, *read_only, path, e) && read_header(c, path, e) &&
         read_table(c, path, e);
    if (!ok) {
        cow_close(c);
        return NULL;
    }
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

struct disk_layer *cow_open_base(const struct cow *c, const char *path, const char *overlay_path,
                                 bool *read_only, struct err *e)
{
    char beside[8192];
    if (!path) {
        path = c->header.base;
        const char *slash = strrchr(overlay_path, '/'), *name = strrchr(path, '/');
        if (access(path, F_OK) != 0 && name) { /* both were moved together */
            snprintf(beside, sizeof(beside), "%.*s%s", slash ? (int)(slash - overlay_path) : 1,
                     slash ? overlay_path : ".", name);
            if (access(beside, F_OK) == 0)
                path = beside;
        }
    }
    return disk_file_open(path, read_only, e);
}

/* ---- sectors ---- */

static u64 cluster_offset(const struct cow *c, u32 entry)
{
    return cow_data_offset(c->header.sectors) + (u64)(entry - 1) * COW_CLUSTER;
}

int cow_read_cluster(const struct cow *c, u32 entry, u8 *buf)
{
    return read_all(c->fd, buf, COW_CLUSTER, cluster_offset(c, entry));
}

static int layer_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    struct cow *c = (struct cow *)l;
    while (count) {
        u32 in = (u32)(sector % COW_SECTORS);
        u32 n = COW_SECTORS - in < count ? COW_SECTORS - in : count;
        u32 entry = cow_entry(c, sector / COW_SECTORS);
        int error = entry ? read_all(c->fd, buf, (size_t)n * SECTOR_SIZE,
                                     cluster_offset(c, entry) + in * SECTOR_SIZE)
                          : l->below->ops->read(l->below, sector, n, buf);
        if (error)
            return error;
        buf += (size_t)n * SECTOR_SIZE;
        sector += n;
        count -= n;
    }
    return 0;
}

/* The first write into a cluster: the rest of it comes from the base. */
static int add_cluster(struct cow *c, u64 cluster, u32 in, u32 n, const u8 *data)
{
    u8 *buf = calloc(1, COW_CLUSTER), entry[4];
    struct disk_layer *below = c->layer.below;
    u64 first = cluster * COW_SECTORS, left = c->layer.sectors - first;
    u32 there = left < COW_SECTORS ? (u32)left : COW_SECTORS;
    int error = 0;
    if (!buf)
        return ENOMEM;
    if (in || n < there)
        error = below->ops->read(below, first, there, buf);
    memcpy(buf + in * SECTOR_SIZE, data, (size_t)n * SECTOR_SIZE);
    u32 number = (u32)c->used + 1;
    if (!error)
        error = write_all(c->fd, buf, COW_CLUSTER, cluster_offset(c, number));
    free(buf);
    if (error)
        return error;
    put_le32(entry, number);
    error = write_all(c->fd, entry, 4, TABLE_AT + cluster * 4);
    if (!error && !set_entry(c, cluster, number))
        error = ENOMEM;
    c->used++; /* even then: the table on the host may have the entry */
    return error;
}

static int layer_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    struct cow *c = (struct cow *)l;
    c->unsynced = true;
    while (count) {
        u32 in = (u32)(sector % COW_SECTORS);
        u32 n = COW_SECTORS - in < count ? COW_SECTORS - in : count;
        u32 entry = cow_entry(c, sector / COW_SECTORS);
        int error = entry ? write_all(c->fd, buf, (size_t)n * SECTOR_SIZE,
                                      cluster_offset(c, entry) + in * SECTOR_SIZE)
                          : add_cluster(c, sector / COW_SECTORS, in, n, buf);
        if (error)
            return error;
        buf += (size_t)n * SECTOR_SIZE;
        sector += n;
        count -= n;
    }
    return 0;
}

static int layer_flush(struct disk_layer *l)
{
    struct cow *c = (struct cow *)l;
    int error = c->unsynced ? cow_sync(c->fd) : 0;
    c->unsynced = error != 0;
    return error;
}

static int layer_close(struct disk_layer *l)
{
    int flushed = layer_flush(l), closed = cow_close((struct cow *)l);
    return flushed ? flushed : closed;
}

static u64 layer_next_data(struct disk_layer *l, u64 sector)
{
    const struct cow *c = (const struct cow *)l;
    struct disk_layer *below = l->below;
    u64 next = below->ops->next_data ? below->ops->next_data(below, sector) : sector;
    for (u64 k = sector / COW_SECTORS; k * COW_SECTORS < next; k++) {
        if (!cow_entry(c, k))
            continue;
        u64 first = k * COW_SECTORS;
        return first > sector ? first : sector;
    }
    return next;
}

static u64 layer_stamp(struct disk_layer *l)
{
    const struct cow *c = (const struct cow *)l;
    struct stat st;
    u64 below = l->below->ops->stamp ? l->below->ops->stamp(l->below) : 0;
    if (fstat(c->fd, &st) != 0)
        return below;
    return below * 31 + (u64)st.st_mtim.tv_sec * NS_PER_SEC + (u64)st.st_mtim.tv_nsec;
}

static const struct disk_layer_ops cow_ops = {
    .read = layer_read,
    .write = layer_write,
    .flush = layer_flush,
    .close = layer_close,
    .next_data = layer_next_data,
    .stamp = layer_stamp,
};

struct disk_layer *disk_cow_open(const char *path, const char *base, bool *read_only, struct err *e)
{
    bool base_read_only = true;
    struct cow *c = cow_open(path, read_only, e);
    if (!c)
        return NULL;
    c->layer.ops = &cow_ops;
    struct disk_layer *below = c->layer.below = cow_open_base(c, base, path, &base_read_only, e);
    bool ok = below != NULL;
    const char *name = base ? base : c->header.base;
    if (ok && c->header.flags & COW_COMMITTING)
        ok = err_set(e, "%s: its commit was interrupted; finish it: ferrite disk commit %s", path,
                     path);
    else if (ok && (below->sectors != c->header.sectors ||
                    disk_layer_fingerprint(below) != c->header.fingerprint))
        ok = err_set(e,
                     "%s: %s is not the image that this overlay was made over, or was written to "
                     "since (to throw the overlay's contents away: ferrite disk discard %s)",
                     path, name, path);
    if (ok) {
        c->layer.bytes = below->bytes;
        return &c->layer;
    }
    cow_close(c);
    return NULL;
}

/* ---- emptying ---- */

int cow_empty(struct cow *c)
{
    u64 data = cow_data_offset(c->header.sectors);
    forget_table(c);
    /* Cut off and grown again, it is all zeros. */
    if (ftruncate(c->fd, TABLE_AT) != 0 || ftruncate(c->fd, (off_t)data) != 0)
        return errno;
    return cow_sync(c->fd);
}
