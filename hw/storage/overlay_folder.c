/*
 * overlay_folder.c - an overlay file over a folder's disk: what a guest wrote with rw=overlay, and
 * how it goes to the folder's files.
 *
 * A commit shows the folder as it is with rw=live, and then writes to it what the overlay holds, as
 * a guest would: the same comparison finds what is to be done. Of a cluster that the overlay has
 * whole, only sectors that differ from the folder's are written.
 *
 * Not modelled: an overlay over a folder that was changed since is refused as a whole.
 */
#include "hw/storage/disk_cow.h"
#include "hw/storage/folder/live.h"
#include "hw/storage/overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_sectors(void *opaque, u64 sector, u32 count, u8 *buf)
{
    struct disk_layer *l = opaque;
    return l->ops->read(l, sector, count, buf);
}

static int write_sectors(void *opaque, u64 sector, u32 count, const u8 *buf)
{
    struct disk_layer *l = opaque;
    return l->ops->write(l, sector, count, buf);
}

/* Sectors that differ, in their order: the first table comes before the second one. */
static int replay(struct cow *c, struct disk_layer *to, struct live *live)
{
    u8 *buf = malloc(2 * COW_CLUSTER), *theirs = buf + COW_CLUSTER;
    int error = buf ? 0 : ENOMEM;
    for (u64 k = 0; !error && k < cow_clusters(c->header.sectors); k++) {
        u32 entry = cow_entry(c, k);
        if (!entry)
            continue;
        u64 first = k * COW_SECTORS, left = c->header.sectors - first;
        u32 n = left < COW_SECTORS ? (u32)left : COW_SECTORS;
        error = cow_read_cluster(c, entry, buf);
        if (!error)
            error = to->ops->read(to, first, n, theirs);
        for (u32 i = 0; !error && i < n; i++) {
            const u8 *s = buf + (size_t)i * SECTOR_SIZE;
            if (memcmp(s, theirs + (size_t)i * SECTOR_SIZE, SECTOR_SIZE) == 0)
                continue;
            error = live_write(live, first + i, 1, s);
            if (!error)
                error = to->ops->write(to, first + i, 1, s);
        }
    }
    free(buf);
    return error;
}

static bool run(struct cow *c, const char *path, struct folder *f, struct disk_layer *over,
                void (*say)(void *opaque, const char *what), void *opaque, bool dry, struct err *e)
{
    struct live_disk disk = {read_sectors, write_sectors, over};
    char why[300] = "";
    struct live *live = live_new(f, &disk, NULL, e);
    if (!live)
        return false;
    live_tell(live, say, opaque, dry);
    int error = replay(c, over, live);
    if (!error && !live_doubt(live))
        error = ENOMEM;
    u32 files = error ? 0 : live_end(live, NULL, why, sizeof(why));
    bool stopped = live_counts(live)->stopped;
    live_free(live);
    if (error)
        return err_set(e, "%s: %s", path, strerror(error));
    if (stopped)
        return err_set(
            e, "%s: the guest has formatted the disk: nothing of it can go to the folder", path);
    return !files ||
           err_set(e, "%s: %u not written to the folder (%s); the overlay is left as it was", path,
                   files, why);
}

bool overlay_commit_folder(struct cow *c, const char *path,
                           void (*say)(void *opaque, const char *what), void *opaque, bool dry,
                           struct err *e)
{
    struct folder_options o;
    char text[sizeof(c->header.base)];
    memcpy(text, c->header.base, sizeof(text));
    if (!folder_from_text(text, &o))
        return err_set(e, "%s: it does not say of which folder it is", path);
    o.write = dry ? FOLDER_READ_ONLY : FOLDER_LIVE;
    struct disk_layer *base = NULL;
    struct folder *f = disk_folder_base(&o, &base, e);
    if (!f)
        return false;
    bool same =
        base->sectors == c->header.sectors && disk_layer_fingerprint(base) == c->header.fingerprint;
    if (!same)
        err_set(e,
                "%s: the folder %s was changed since the overlay was made; the overlay does not "
                "fit it any more (to throw it away: ferrite disk discard %s)",
                path, o.path, path);
    struct disk_layer *over = disk_overlay_new(base, 0);
    if (!over) {
        base->ops->close(base);
        return err_set(e, "%s: out of memory", path);
    }
    bool ok = same && run(c, path, f, over, say, opaque, dry, e);
    over->ops->close(over);
    return ok;
}
