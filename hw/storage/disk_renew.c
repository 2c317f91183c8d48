/*
 * disk_renew.c - an image that changes under a machine: files that are replaced while nothing is
 * read, and a host's folder that is looked at again.
 */
#include "hw/storage/disk_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- while its files are being replaced ---- */

static int gone_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    (void)l;
    (void)sector;
    (void)count;
    (void)buf;
    return ENOMEDIUM;
}

static int gone_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    (void)l;
    (void)sector;
    (void)count;
    (void)buf;
    return ENOMEDIUM;
}

static int gone_close(struct disk_layer *l)
{
    (void)l;
    return 0;
}

static const struct disk_layer_ops gone_ops = {gone_read, gone_write, .close = gone_close};

static bool let_go(struct disk *d, struct err *e)
{
    disk_flush(d);
    d->gone =
        (struct disk_layer){.ops = &gone_ops, .sectors = d->top->sectors, .bytes = d->image->bytes};
    int error = d->top->ops->close(d->top);
    d->top = d->image = &d->gone;
    return !error || err_set(e, "%s: %s", d->name, strerror(error));
}

bool disk_let_go(struct disk *d, struct err *e)
{
    if (!d->media.path || d->media.folder)
        return err_set(e, "%s is no file that could be replaced", d->name);
    return let_go(d, e);
}

void disk_budget(struct disk *d, struct budget *b)
{
    d->budget = b;
    for (struct disk_layer *l = d->top; l; l = l->below)
        l->budget = b;
}

bool disk_take_up(struct disk *d, const char *overlay, struct err *e)
{
    if (overlay) {
        char *copy = strdup(overlay);
        if (!copy)
            return err_set(e, "%s: out of memory", d->name);
        free((char *)(uintptr_t)d->media.overlay);
        d->media.overlay = copy;
    }
    d->top = d->image = NULL;
    d->fingerprint_known = false;
    d->written++; /* whoever counts sees that the contents may be others */
    bool ok = disk_open_layers(d, &d->media, d->kind, d->snapshot, e);
    if (ok)
        disk_budget(d, d->budget);
    if (ok && d->top->sectors != d->gone.sectors)
        ok = err_set(e, "%s has another size now", d->name);
    if (ok)
        return true;
    if (d->top)
        d->top->ops->close(d->top);
    d->top = d->image = &d->gone;
    return false;
}

/* ---- a host's folder that has changed ---- */

bool disk_folder_look(struct disk *d, u64 *shown, u64 *now)
{
    struct disk_layer *l = d->image;
    if (!d->media.folder || !l->ops->look || !l->ops->fingerprint)
        return false;
    *shown = l->ops->fingerprint(l);
    return l->ops->look(l, &d->folder, now);
}

/* One that nobody else may have open beside us: first closed, then opened. */
static bool renew_in_place(struct disk *d, enum renewed *how, struct err *e)
{
    struct err why;
    bool saved = let_go(d, &why); /* what could not be is in `unsaved`, and said */
    d->top = d->image = NULL;
    if (!disk_open_layers(d, &d->media, d->kind, d->snapshot, e)) {
        if (d->top)
            d->top->ops->close(d->top);
        d->top = d->image = &d->gone;
        *how = RENEW_LOST;
        return false;
    }
    *how = RENEWED;
    return saved || err_set(e, "%s", why.text);
}

void disk_lose(struct disk *d)
{
    let_go(d, NULL);
}

/* Beside what is shown, which then goes; when it cannot be opened, all is as it was. */
static bool renew_beside(struct disk *d, u32 opening, struct err *e)
{
    u64 sectors = d->top->sectors;
    struct disk *n = disk_open_again(&d->media, d->kind, d->snapshot, d->log, opening, e);
    if (!n)
        return false;
    if (d->kind == DISK_HARD && n->top->sectors != sectors) {
        disk_close(n, NULL);
        return err_set(e, "%s: it has no room on the disk that is shown", d->name);
    }
    struct disk_layer *top = d->top, *image = d->image;
    d->top = n->top;
    d->image = n->image;
    d->floppy = n->floppy;
    d->opening = n->opening;
    n->top = top;
    n->image = image;
    disk_close(n, NULL); /* nothing was written to it */
    return true;
}

bool disk_renew(struct disk *d, u32 *opening, enum renewed *how, struct err *e)
{
    bool saved = true;
    *how = RENEW_NOT;
    bool given = d->media.shown && d->media.shown->replays;
    if (!given && (!d->media.folder || !d->folder.path || d->media.overlay))
        return err_set(e, "%s: only a folder's disk with rw=no or rw=live can be read anew",
                       d->name);
    if (!given && d->top != d->image && d->written)
        return err_set(e,
                       "%s: the guest has written to it under -snapshot, which fits only what "
                       "is shown",
                       d->name);
    bool live = d->folder.write == FOLDER_LIVE && !d->read_only && d->top == d->image;
    if (d->kind == DISK_HARD) /* a disk does not grow while it is in the machine */
        d->folder.bytes = d->top->sectors * SECTOR_SIZE;
    d->fingerprint_known = false;
    if (live) {
        saved = renew_in_place(d, how, e);
        if (*how != RENEWED)
            return false;
    } else if (!renew_beside(d, *opening, e)) {
        return false;
    }
    *opening = d->opening;
    *how = RENEWED;
    d->written++; /* whoever counts sees that the contents are others */
    return saved;
}
