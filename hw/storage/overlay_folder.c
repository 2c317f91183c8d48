/*
 * overlay_folder.c - an overlay file over a folder's disk: what a guest wrote with rw=overlay, and
 * how it goes to the folder's files.
 *
 * A commit shows the folder as it is with rw=live, and then writes to it what the overlay holds, as
 * a guest would: the same comparison finds what is to be done. Of a cluster that the overlay has
 * whole, only sectors that differ from the folder's are written.
 *
 * The folder is laid out as it was when the overlay was made (folder/kept.h), whatever the host has
 * changed since: of a file that both have changed the host's version is kept beside the guest's,
 * and one that the guest changed in a part cannot be put together again and is left in the overlay.
 * What a commit did before it was killed is found done.
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

struct replay {
    struct disk_layer *to;
    struct live *live;
    bool other; /* what lies in a file that the host has changed or taken away; else all but that */
    bool others; /* there is such */
};

/*
 * What lies in a file that the host has changed or taken away cannot be compared. Of such sectors
 * count those of files whose entry the guest has changed, too: the rest only came with their
 * neighbours when a cluster was copied.
 */
static int replay_sector(struct replay *r, u64 sector, const u8 *s)
{
    u8 theirs[SECTOR_SIZE];
    int error = r->to->ops->read(r->to, sector, 1, theirs);
    if (error && error != ESTALE)
        return error;
    r->others |= error == ESTALE;
    if ((error == ESTALE) != r->other || (!error && memcmp(s, theirs, SECTOR_SIZE) == 0) ||
        (error && live_entry_same(r->live, sector)))
        return 0;
    error = live_write(r->live, sector, 1, s);
    return error ? error : r->to->ops->write(r->to, sector, 1, s);
}

/* Sectors that differ, in their order: the first table comes before the second one. */
static int replay_cluster(void *opaque, u64 sector, u32 count, const u8 *data)
{
    struct replay *r = opaque;
    int error = 0;
    for (u32 i = 0; !error && i < count; i++)
        error = replay_sector(r, sector + i, data + (size_t)i * SECTOR_SIZE);
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
    struct replay r = {.to = over, .live = live};
    int error = cow_each_cluster(c, replay_cluster, &r);
    r.other = true;
    if (!error && r.others)
        error = cow_each_cluster(c, replay_cluster, &r);
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
    struct folder *f = cow_open_folder(c, &o, path, &base, e);
    if (!f)
        return false;
    if (say && *folder_note(f))
        say(opaque, folder_note(f));
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
