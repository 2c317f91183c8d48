/*
 * overlay.c - making overlay files, looking at them, committing and discarding what they hold.
 *
 * A commit marks the header first: from then on the base is neither what it was nor what it will
 * be, and only the commit itself may go on. Writing the same clusters twice does no harm, so it can
 * be repeated. When the base is whole and on the medium, the mark becomes that of an emptying, with
 * the base's new fingerprint: the clusters count no more, and whoever opens the file next finishes
 * that. Each step is durable before the next begins.
 */
#define _GNU_SOURCE
#include "hw/storage/overlay.h"

#include "hw/base/beside.h"
#include "hw/storage/disk_cow.h"
#include "hw/storage/disk_nbd.h"
#include "hw/storage/folder/folder.h"

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
    char *whole = disk_is_uri(path) ? strdup(path) : realpath(path, NULL);
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

/* A program that is killed leaves a whole overlay, or none. */
static int make_file(struct cow *c, const char *path)
{
    struct beside b;
    if (access(path, F_OK) == 0)
        return EEXIST;
    int error = beside_open(&b, path);
    if (error)
        return error;
    c->fd = b.fd;
    error = cow_write_new(c);
    if (error)
        beside_drop(&b);
    return error ? error : beside_finish(&b, path, false);
}

bool overlay_create(const char *path, const char *base_path, struct err *e)
{
    bool read_only = true;
    struct cow c = {.fd = -1};
    struct disk_layer *base = disk_image_open(base_path, false, &read_only, e);
    if (!base)
        return false;
    bool ok = usable_base(base, base_path, e) && absolute_path(&c.header, base_path, e);
    if (ok) {
        c.header.sectors = base->sectors;
        c.header.fingerprint = disk_layer_fingerprint(base);
    }
    base->ops->close(base);
    int error = ok ? make_file(&c, path) : 0;
    return error ? err_set(e, "%s: %s", path, strerror(error)) : ok;
}

/* What the folder holds now, beside the overlay. */
static int keep_folder(const struct folder *f, const char *path)
{
    char kept[4096 + 8];
    return cow_kept_name(path, kept, sizeof(kept)) ? folder_keep(f, kept) : ENAMETOOLONG;
}

bool overlay_create_folder(const char *path, const struct folder_options *o, struct err *e)
{
    struct cow c = {.fd = -1};
    struct disk_layer *base;
    struct folder *f = disk_folder_base(o, &base, e);
    if (!f)
        return false;
    bool ok = usable_base(base, o->path, e);
    if (ok && !folder_to_text(f, o, c.header.base, sizeof(c.header.base)))
        ok = err_set(e, "%s: its path is too long", o->path);
    c.header.sectors = base->sectors;
    c.header.fingerprint = disk_layer_fingerprint(base);
    int error = ok ? keep_folder(f, path) : 0;
    base->ops->close(base);
    if (ok && !error)
        error = make_file(&c, path);
    return error ? err_set(e, "%s: %s", path, strerror(error)) : ok;
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

static void take_damage(struct overlay_info *info, const struct cow *c)
{
    info->missing = c->damage.missing;
    info->first_missing = c->damage.first_missing * COW_SECTORS;
    info->shared = c->damage.shared;
    info->first_shared = c->damage.first_shared * COW_SECTORS;
    info->unused = c->damage.unused;
    info->table_cut = c->damage.table_cut;
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
    take_damage(info, c);
    cow_base_path(c, path, info->base, sizeof(info->base));
    c->layer.below = cow_open_base(c, NULL, path, &base_read_only, &why);
    info->base_there = c->layer.below != NULL;
    info->base_same = info->base_there && c->layer.below->sectors == c->header.sectors &&
                      disk_layer_fingerprint(c->layer.below) == c->header.fingerprint;
    cow_close(c);
    return true;
}

enum { PATH_ROOM = 8192 };

/* For writing, with the base opened for writing (commit) or for reading (discard), whose path is in
 * `base`. */
static struct cow *open_for_change(const char *path, bool base_too, char base[PATH_ROOM],
                                   struct err *e)
{
    bool read_only = false, base_read_only = !base_too;
    struct cow *c = cow_open(path, &read_only, e);
    if (!c)
        return NULL;
    bool folder = folder_is_text(c->header.base);
    cow_base_path(c, path, base, PATH_ROOM);
    c->layer.below =
        read_only ? NULL : cow_open_base(c, folder ? NULL : base, path, &base_read_only, e);
    if (read_only)
        err_set(e, "%s: the file cannot be written", path);
    else if (c->layer.below && base_too && base_read_only)
        err_set(e, "%s: the base image %s cannot be written", path, base);
    else if (c->layer.below && c->layer.below->sectors != c->header.sectors)
        err_set(e, "%s: the base image %s has another size now", path, base);
    else if (c->layer.below)
        return c;
    cow_close(c);
    return NULL;
}

static bool close_changed(struct cow *c, const char *path, int error, struct err *e)
{
    int closed = cow_close(c);
    error = error ? error : closed;
    return !error || err_set(e, "%s: %s", path, strerror(error));
}

static int into_base(void *base, u64 sector, u32 count, const u8 *data)
{
    struct disk_layer *l = base;
    return l->ops->write(l, sector, count, data);
}

/* EEXIST: they differ. */
static int as_in_base(void *base, u64 sector, u32 count, const u8 *data)
{
    struct disk_layer *l = base;
    u8 theirs[COW_CLUSTER];
    int error = l->ops->read(l, sector, count, theirs);
    return error || memcmp(data, theirs, (size_t)count * SECTOR_SIZE) == 0 ? error : EEXIST;
}

static int copy_to_base(struct cow *c)
{
    int error = cow_each_cluster(c, into_base, c->layer.below);
    return error ? error : c->layer.below->ops->flush(c->layer.below);
}

/* May its clusters be written into the base? */
static bool may_commit(struct cow *c, const char *path, const char *base, struct err *e)
{
    if (c->damage.shared)
        return err_set(e, "%s: the overlay is damaged; ferrite disk check %s says more", path,
                       path);
    return c->header.flags & COW_COMMITTING ||
           disk_layer_fingerprint(c->layer.below) == c->header.fingerprint ||
           /* A copy of an overlay that was committed before? */
           (count_clusters(c) && cow_each_cluster(c, as_in_base, c->layer.below) == 0) ||
           err_set(e, "%s: the base image %s was written to since; the overlay does not fit it",
                   path, base);
}

/*
 * An overlay over what the folder holds now. Emptied first: killed in between, it is one without
 * anything kept, over the folder as it is.
 */
static int begin_anew(struct cow *c, const char *path, struct err *e)
{
    struct folder_options o;
    struct folder *f = NULL;
    char text[sizeof(c->header.base)], kept[4096 + 8];
    memcpy(text, c->header.base, sizeof(text));
    if (folder_from_text(text, &o)) {
        o.write = FOLDER_LIVE; /* what a killed commit left is tidied up */
        f = disk_folder_base(&o, &c->layer.below, e);
    }
    if (!f || c->layer.below->sectors != c->header.sectors) {
        unlink(path); /* it has become too large for this disk: a new one will be made */
        if (cow_kept_name(path, kept, sizeof(kept)))
            unlink(kept);
        return 0;
    }
    int error = cow_empty(c, disk_layer_fingerprint(c->layer.below));
    return error ? error : keep_folder(f, path);
}

/* Over a folder: its files are changed, and the overlay begins anew over what is there then. */
static bool commit_folder(struct cow *c, const char *path, bool dry,
                          void (*say)(void *opaque, const char *what), void *opaque, struct err *e)
{
    int error = 0;
    if (c->damage.shared || c->damage.missing) {
        cow_close(c);
        return err_set(e, "%s: the overlay is damaged; ferrite disk check %s says more", path,
                       path);
    }
    /* A machine that saw the half of a commit would find files that it cannot read. */
    c->header.flags |= dry ? 0 : COW_COMMITTING | COW_BEGUN;
    error = dry ? 0 : cow_write_header(c);
    if (!error && !overlay_commit_folder(c, path, say, opaque, dry, e)) {
        c->header.flags &= ~(u32)COW_COMMITTING;
        if (!dry)
            cow_write_header(c); /* not killed, but refused: a machine may go on with it */
        cow_close(c);
        return false;
    }
    if (!dry && !error)
        error = begin_anew(c, path, e);
    return close_changed(c, path, error, e);
}

/* A commit that would be refused is, before anything is promised. Both files are only read. */
static bool commit_is_possible(struct cow *c, const char *path, struct err *e)
{
    char base[PATH_ROOM];
    bool read_only = true;
    cow_base_path(c, path, base, PATH_ROOM);
    c->layer.below = cow_open_base(c, base, path, &read_only, e);
    if (!c->layer.below)
        return false;
    if (c->layer.below->sectors != c->header.sectors)
        return err_set(e, "%s: the base image %s has another size now", path, base);
    return may_commit(c, path, base, e);
}

bool overlay_commit_saying(const char *path, bool dry, void (*say)(void *opaque, const char *what),
                           void *opaque, struct overlay_info *info, struct err *e)
{
    /* Only to look: to open it for writing would put right what overlay_commit() has to tell. */
    bool read_only = true;
    struct cow *c = cow_open(path, &read_only, e);
    if (!c)
        return false;
    bool folder = folder_is_text(c->header.base);
    *info = (struct overlay_info){.cluster_bytes = COW_CLUSTER, .clusters = count_clusters(c)};
    if (folder && dry)
        return commit_folder(c, path, dry, say, opaque, e);
    bool possible = folder || !dry || commit_is_possible(c, path, e);
    cow_close(c);
    if (!folder)
        return dry ? possible : overlay_commit(path, info, e);
    read_only = false;
    c = cow_open(path, &read_only, e);
    return c && commit_folder(c, path, dry, say, opaque, e);
}

/* Half-way the base is not known by its content any more: the header names it, and says so. */
static bool begin_commit(struct cow *c, const char *path, const char *base, struct err *e)
{
    if (strcmp(base, c->header.base) != 0 && !absolute_path(&c->header, base, e))
        return false;
    c->header.flags |= COW_COMMITTING;
    int error = cow_write_header(c);
    return !error || err_set(e, "%s: %s", path, strerror(error));
}

bool overlay_commit(const char *path, struct overlay_info *info, struct err *e)
{
    char base[PATH_ROOM];
    struct cow *c = open_for_change(path, true, base, e);
    if (!c)
        return false;
    *info = (struct overlay_info){.cluster_bytes = COW_CLUSTER, .clusters = count_clusters(c)};
    take_damage(info, c);
    bool begins = !(c->header.flags & COW_COMMITTING) && info->clusters;
    if (!may_commit(c, path, base, e) || (begins && !begin_commit(c, path, base, e))) {
        cow_close(c);
        return false;
    }
    int error = copy_to_base(c);
    if (!error)
        error = cow_empty(c, disk_layer_fingerprint(c->layer.below));
    return close_changed(c, path, error, e);
}

static bool discard_folder(struct cow *c, const char *path, struct err *e)
{
    return close_changed(c, path, begin_anew(c, path, e), e);
}

bool overlay_discard(const char *path, struct err *e)
{
    char base[PATH_ROOM];
    bool read_only = false;
    struct cow *c = cow_open(path, &read_only, e);
    if (c && !read_only && folder_is_text(c->header.base))
        return discard_folder(c, path, e);
    if (c)
        cow_close(c);
    c = open_for_change(path, false, base, e);
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
    return close_changed(c, path, cow_empty(c, disk_layer_fingerprint(c->layer.below)), e);
}

bool overlay_check(const char *path, bool repair, struct overlay_info *info, struct err *e)
{
    bool read_only = !repair;
    struct cow *c = cow_open(path, &read_only, e); /* for writing: that puts most of it right */
    if (!c)
        return false;
    *info = (struct overlay_info){.cluster_bytes = COW_CLUSTER,
                                  .clusters = count_clusters(c),
                                  .disk_bytes = c->header.sectors * SECTOR_SIZE,
                                  .committing = c->header.flags & COW_COMMITTING};
    take_damage(info, c);
    if (repair && read_only) {
        err_set(e, "%s: the file cannot be written", path);
        cow_close(c);
        return false;
    }
    return close_changed(c, path, repair && info->shared ? cow_separate(c) : 0, e);
}
