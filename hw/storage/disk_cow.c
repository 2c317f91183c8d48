/*
 * disk_cow.c - the overlay-file layer: clusters that the guest has written, over a base image that
 * is only read. The format is described in hw/storage/overlay.h; the file itself is cow_file.c's.
 *
 * A cluster is copied from the base when the guest first writes into it. Its data go into the file
 * at once, its entry into the table only behind a barrier (cow_settle()): at a flush, when many are
 * waiting, and now and then (disk_settle()). A host that crashes in between, and may then have
 * written any part of what it had taken, leaves a table whose entries all lead to whole clusters.
 *
 * Not modelled: overlays over overlays, compression, freeing clusters that became equal to the
 * base again; a host that loses data for good after a sync has failed once and then succeeds.
 */
#define _GNU_SOURCE
#include "hw/storage/disk_cow.h"

#include "hw/base/hostfile.h"
#include "hw/storage/folder/folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- sectors ---- */

static int layer_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    struct cow *c = (struct cow *)l;
    while (count) {
        u32 in = (u32)(sector % COW_SECTORS);
        u32 n = COW_SECTORS - in < count ? COW_SECTORS - in : count;
        u32 entry = cow_entry(c, sector / COW_SECTORS);
        int error = entry ? host_read(c->fd, buf, (size_t)n * SECTOR_SIZE,
                                      cow_cluster_offset(c, entry) + in * SECTOR_SIZE)
                          : l->below->ops->read(l->below, sector, n, buf);
        if (error)
            return error;
        buf += (size_t)n * SECTOR_SIZE;
        sector += n;
        count -= n;
    }
    return 0;
}

int cow_settle(struct cow *c)
{
    int error = c->pending_count ? host_sync(c->fd) : 0;
    for (u32 i = 0; !error && i < c->pending_count; i++)
        error = cow_write_entry(c, c->pending[i], cow_entry(c, c->pending[i]));
    if (!error)
        c->pending_count = 0; /* else all of them again: writing an entry twice does no harm */
    return error;
}

/*
 * A cluster of the base. Of a folder's disk a part may belong to a file that is gone by now; that
 * is no reason to refuse what the guest writes beside it.
 */
static int read_base(struct disk_layer *below, u64 first, u32 count, u8 *buf)
{
    int error = below->ops->read(below, first, count, buf);
    for (u32 i = 0; error == ESTALE && i < count; i++) {
        u8 *at = buf + (size_t)i * SECTOR_SIZE;
        int one = below->ops->read(below, first + i, 1, at);
        if (one == ESTALE)
            memset(at, 0, SECTOR_SIZE);
        else if (one)
            return one;
    }
    return error == ESTALE ? 0 : error;
}

/* The first write into a cluster: the rest of it comes from the base. */
static int add_cluster(struct cow *c, u64 cluster, u32 in, u32 n, const u8 *data)
{
    struct disk_layer *below = c->layer.below;
    u64 first = cluster * COW_SECTORS, left = c->layer.sectors - first;
    u32 there = left < COW_SECTORS ? (u32)left : COW_SECTORS;
    int error = c->pending_count == COW_PENDING ? cow_settle(c) : 0;
    if (error)
        return error;
    u8 *buf = calloc(1, COW_CLUSTER);
    if (!buf || !cow_entry_room(c, cluster)) {
        free(buf);
        return ENOMEM;
    }
    if (in || n < there)
        error = read_base(below, first, there, buf);
    memcpy(buf + in * SECTOR_SIZE, data, (size_t)n * SECTOR_SIZE);
    u32 number = (u32)c->used + 1;
    if (!error && !budget_take(c->layer.budget, COW_CLUSTER))
        error = ENOSPC;
    if (!error)
        error = host_write(c->fd, buf, COW_CLUSTER, cow_cluster_offset(c, number));
    free(buf);
    if (error)
        return error;
    cow_set_entry(c, cluster, number);
    c->used = number;
    c->pending[c->pending_count++] = cluster;
    return 0;
}

static int layer_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    struct cow *c = (struct cow *)l;
    c->unsynced = c->written = true;
    while (count) {
        u32 in = (u32)(sector % COW_SECTORS);
        u32 n = COW_SECTORS - in < count ? COW_SECTORS - in : count;
        u32 entry = cow_entry(c, sector / COW_SECTORS);
        int error = entry ? host_write(c->fd, buf, (size_t)n * SECTOR_SIZE,
                                       cow_cluster_offset(c, entry) + in * SECTOR_SIZE)
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
    int error = cow_settle(c);
    if (!error && c->unsynced)
        error = host_sync(c->fd);
    if (!error)
        c->unsynced = false;
    return error;
}

static int layer_settle(struct disk_layer *l)
{
    return cow_settle((struct cow *)l);
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

static bool layer_lost(const struct disk_layer *l)
{
    const struct cow *c = (const struct cow *)l;
    return c->written && !c->nameless && host_is_deleted(c->fd);
}

static const struct disk_layer_ops cow_ops = {
    .read = layer_read,
    .write = layer_write,
    .flush = layer_flush,
    .settle = layer_settle,
    .close = layer_close,
    .next_data = layer_next_data,
    .stamp = layer_stamp,
    .lost = layer_lost,
};

/* What a person has to know about an overlay that is usable all the same. */
static void note_damage(struct cow *c, const char *path)
{
    const struct cow_damage *d = &c->damage;
    if (d->missing)
        snprintf(
            c->layer.note, sizeof(c->layer.note),
            "%.200s: the file became shorter, and %llu clusters of 64 KiB that the guest wrote "
            "are lost, the first at sector %llu: the guest finds the base image's there",
            path, (unsigned long long)d->missing,
            (unsigned long long)(d->first_missing * COW_SECTORS));
    else if (d->table_cut)
        snprintf(c->layer.note, sizeof(c->layer.note),
                 "%.200s: the file ends within its table: what the guest wrote is lost", path);
}

/* Does the overlay belong to this base, and may a machine use it as it is? */
static bool fits(const struct cow *c, const char *path, const char *base, struct err *e)
{
    struct disk_layer *below = c->layer.below;
    if (c->damage.shared)
        return err_set(e,
                       "%s: the overlay is damaged: the cluster at sector %llu is another one's "
                       "too; ferrite disk check says more",
                       path, (unsigned long long)(c->damage.first_shared * COW_SECTORS));
    if (c->header.flags & COW_COMMITTING)
        return err_set(e, "%s: its commit was interrupted; finish it: ferrite disk commit %s", path,
                       path);
    bool same = below->sectors == c->header.sectors &&
                disk_layer_fingerprint(below) == c->header.fingerprint;
    if (!same && folder_is_text(c->header.base))
        return err_set(
            e,
            "%s: files of the folder %s were changed since this overlay was made, and it "
            "does not fit them any more; put them back, or throw away what the guest "
            "wrote: ferrite disk discard %s",
            path, strstr(c->header.base, ";path=") + 6, path);
    if (!same)
        return err_set(e,
                       "%s: %s is not the image that this overlay was made over, or was written to "
                       "since (to throw the overlay's contents away: ferrite disk discard %s)",
                       path, base ? base : c->header.base, path);
    return true;
}

struct disk_layer *disk_cow_open(const char *path, const char *base, bool *read_only, struct err *e)
{
    bool base_read_only = true;
    struct cow *c = cow_open(path, read_only, e);
    if (!c)
        return NULL;
    c->layer.ops = &cow_ops;
    c->layer.below = cow_open_base(c, base, path, &base_read_only, e);
    if (c->layer.below && fits(c, path, base, e)) {
        snprintf(c->layer.note, sizeof(c->layer.note), "%s", c->layer.below->note);
        note_damage(c, path);
        c->layer.bytes = c->layer.below->bytes;
        return &c->layer;
    }
    cow_close(c);
    return NULL;
}
