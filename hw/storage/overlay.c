/*
 * overlay.c - making overlay files, looking at them, committing and discarding what they hold.
 *
 * A commit marks the header first and takes the mark away last: in between the base is neither
 * what it was nor what it will be, and only the commit itself may go on. Writing the same clusters
 * twice does no harm, so it can be repeated.
 */
#define _GNU_SOURCE
#include "hw/storage/overlay.h"

#include "hw/storage/disk_cow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool usable_base(const struct disk_layer *base, const char *path, struct err *e)
{
    if (!base->sectors)
        return err_set(e, "%s: the image is empty", path);
    if (base->sectors > 1ull << 32)
        return err_set(e, "%s: is too large for an overlay (at most 2 TiB)", path);
    return true;
}

static bool absolute_path(struct cow_header *h, const char *path, struct err *e)
{
    char *whole = realpath(path, NULL);
    if (!whole)
        return err_set(e, "%s: %s", path, strerror(errno));
    size_t len = strlen(whole);
    bool ok = len < sizeof(h->base);
    if (ok)
        memcpy(h->base, whole, len + 1);
    else
        err_set(e, "%s: its path is too long", path);
    free(whole);
    return ok;
}

bool overlay_create(const char *path, const char *base_path, struct err *e)
{
    bool read_only = true;
    struct cow c = {.fd = -1};
    struct disk_layer *base = disk_file_open(base_path, &read_only, e);
    if (!base)
        return false;
    bool ok = usable_base(base, base_path, e) && absolute_path(&c.header, base_path, e);
    if (ok) {
        c.header.sectors = base->sectors;
        c.header.fingerprint = disk_layer_fingerprint(base);
        c.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (c.fd < 0)
            ok = err_set(e, "%s: %s", path, strerror(errno));
    }
    base->ops->close(base);
    if (!ok)
        return false;
    int error = cow_empty(&c);
    if (!error)
        error = cow_write_header(&c);
    if (close(c.fd) != 0 && !error)
        error = errno;
    if (!error)
        return true;
    unlink(path);
    return err_set(e, "%s: %s", path, strerror(error));
}

static u64 count_clusters(const struct cow *c)
{
    u64 n = 0;
    for (u64 i = 0; i < c->leaves; i++) {
        for (u32 k = 0; c->leaf[i] && k < COW_LEAF; k++)
            n += c->leaf[i][k] != 0;
    }
    return n;
}

bool overlay_info(const char *path, struct overlay_info *info, struct err *e)
{
    bool read_only = true, base_read_only = true;
    struct err why;
    struct cow *c = cow_open(path, &read_only, e);
    if (!c)
        return false;
    *info = (struct overlay_info){.cluster_bytes = COW_CLUSTER,
                                  .clusters = count_clusters(c),
                                  .disk_bytes = c->header.sectors * SECTOR_SIZE,
                                  .committing = c->header.flags & COW_COMMITTING};
    snprintf(info->base, sizeof(info->base), "%s", c->header.base);
    c->layer.below = cow_open_base(c, NULL, path, &base_read_only, &why);
    info->base_there = c->layer.below != NULL;
    info->base_same = info->base_there && c->layer.below->sectors == c->header.sectors &&
                      disk_layer_fingerprint(c->layer.below) == c->header.fingerprint;
    cow_close(c);
    return true;
}

/* For writing, with the base opened for writing (commit) or for reading (discard). */
static struct cow *open_for_change(const char *path, bool base_too, struct err *e)
{
    bool read_only = false, base_read_only = !base_too;
    struct cow *c = cow_open(path, &read_only, e);
    if (!c)
        return NULL;
    c->layer.below = read_only ? NULL : cow_open_base(c, NULL, path, &base_read_only, e);
    if (read_only)
        err_set(e, "%s: the file cannot be written", path);
    else if (c->layer.below && base_too && base_read_only)
        err_set(e, "%s: the base image %s cannot be written", path, c->header.base);
    else if (c->layer.below && c->layer.below->sectors != c->header.sectors)
        err_set(e, "%s: the base image %s has another size now", path, c->header.base);
    else if (c->layer.below)
        return c;
    cow_close(c);
    return NULL;
}

/* Nothing is in the overlay any more; the base is what it is. */
static int start_again(struct cow *c)
{
    int error = cow_empty(c);
    c->header.flags = 0;
    c->header.fingerprint = disk_layer_fingerprint(c->layer.below);
    return error ? error : cow_write_header(c);
}

static bool close_changed(struct cow *c, const char *path, int error, struct err *e)
{
    int closed = cow_close(c);
    error = error ? error : closed;
    return !error || err_set(e, "%s: %s", path, strerror(error));
}

static int copy_to_base(struct cow *c)
{
    struct disk_layer *base = c->layer.below;
    u8 *buf = malloc(COW_CLUSTER);
    int error = buf ? 0 : ENOMEM;
    for (u64 k = 0; !error && k < cow_clusters(c->header.sectors); k++) {
        u32 entry = cow_entry(c, k);
        if (!entry)
            continue;
        u64 first = k * COW_SECTORS, left = c->header.sectors - first;
        error = cow_read_cluster(c, entry, buf);
        if (!error)
            error =
                base->ops->write(base, first, left < COW_SECTORS ? (u32)left : COW_SECTORS, buf);
    }
    free(buf);
    return error ? error : base->ops->flush(base);
}

bool overlay_commit(const char *path, struct err *e)
{
    struct cow *c = open_for_change(path, true, e);
    if (!c)
        return false;
    if (!(c->header.flags & COW_COMMITTING) &&
        disk_layer_fingerprint(c->layer.below) != c->header.fingerprint) {
        err_set(e, "%s: the base image %s was written to since; the overlay does not fit it", path,
                c->header.base);
        cow_close(c);
        return false;
    }
    c->header.flags |= COW_COMMITTING;
    int error = cow_write_header(c);
    if (!error)
        error = copy_to_base(c);
    if (!error)
        error = start_again(c);
    return close_changed(c, path, error, e);
}

bool overlay_discard(const char *path, struct err *e)
{
    struct cow *c = open_for_change(path, false, e);
    if (!c)
        return false;
    if (c->header.flags & COW_COMMITTING) {
        err_set(e,
                "%s: its commit was interrupted, so the base image needs it; finish it: "
                "ferrite disk commit %s",
                path, path);
        cow_close(c);
        return false;
    }
    return close_changed(c, path, start_again(c), e);
}
