/*
 * disk_shown.c - what a guest is shown of a disk that is no image file: a layer that tells of all
 * that is read, for whoever writes the run down, and one that gives it again (hw/base/shown.h).
 */
#include "hw/storage/disk_layer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct shown_layer {
    struct disk_layer layer;
    const struct shown *shown;
    u32 number;
    u64 fingerprint; /* of a replay */
};

/* ---- told ---- */

static int told_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    const struct shown_layer *t = (const struct shown_layer *)l;
    const struct shown *s = t->shown;
    int error = l->below->ops->read(l->below, sector, count, buf);
    s->told(s->opaque, t->number, sector, count, error ? NULL : buf, error);
    return error;
}

static int told_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    const struct shown_layer *t = (const struct shown_layer *)l;
    const struct shown *s = t->shown;
    int error = l->below->ops->write ? l->below->ops->write(l->below, sector, count, buf) : EROFS;
    if (!error)
        s->written(s->opaque, t->number, sector, count);
    return error;
}

static int told_flush(struct disk_layer *l)
{
    return l->below->ops->flush ? l->below->ops->flush(l->below) : 0;
}

static int told_settle(struct disk_layer *l)
{
    return l->below->ops->settle ? l->below->ops->settle(l->below) : 0;
}

static void told_tick(struct disk_layer *l)
{
    if (l->below->ops->tick)
        l->below->ops->tick(l->below);
}

static int shown_close(struct disk_layer *l)
{
    int error = l->below ? l->below->ops->close(l->below) : 0;
    free(l);
    return error;
}

static void told_state(struct disk_layer *l, struct state *s)
{
    l->below->ops->state(l->below, s);
}

static void told_clear(struct disk_layer *l)
{
    l->below->ops->clear(l->below);
}

static u64 told_next_data(struct disk_layer *l, u64 sector)
{
    return l->below->ops->next_data ? l->below->ops->next_data(l->below, sector) : sector;
}

static bool told_look(struct disk_layer *l, const struct folder_options *o, u64 *hash)
{
    return l->below->ops->look && l->below->ops->look(l->below, o, hash);
}

static u64 told_print(struct disk_layer *l)
{
    return disk_layer_fingerprint(l->below);
}

/* What a disk's writes are in a snapshot, or not, is seen by others by its operations. */
static const struct disk_layer_ops told_ops = {
    .read = told_read,
    .write = told_write,
    .flush = told_flush,
    .settle = told_settle,
    .tick = told_tick,
    .close = shown_close,
    .state = told_state,
    .clear = told_clear,
    .next_data = told_next_data,
    .look = told_look,
    .print = told_print,
};
static const struct disk_layer_ops told_plain_ops = {
    .read = told_read,
    .write = told_write,
    .flush = told_flush,
    .settle = told_settle,
    .tick = told_tick,
    .close = shown_close,
    .next_data = told_next_data,
    .look = told_look,
    .print = told_print,
};

struct disk_layer *disk_shown_over(struct disk_layer *image, const struct shown *shown, u32 number)
{
    struct shown_layer *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->layer.ops = image->ops->state ? &told_ops : &told_plain_ops;
    l->layer.below = image;
    l->layer.sectors = image->sectors;
    l->layer.bytes = image->bytes;
    snprintf(l->layer.note, sizeof(l->layer.note), "%s", image->note);
    l->shown = shown;
    l->number = number;
    return &l->layer;
}

/* ---- given again ---- */

static int given_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    const struct shown_layer *t = (const struct shown_layer *)l;
    const struct shown *s = t->shown;
    return s->read(s->opaque, t->number, sector, count, buf);
}

static u64 given_print(struct disk_layer *l)
{
    return ((struct shown_layer *)l)->fingerprint;
}

static const struct disk_layer_ops given_ops = {
    .read = given_read, .close = shown_close, .print = given_print};

struct disk_layer *disk_shown_again(const struct shown *shown, u32 number,
                                    const struct shown_disk *d)
{
    struct shown_layer *l = calloc(1, sizeof(*l));
    if (!l)
        return NULL;
    l->layer.ops = &given_ops;
    l->layer.sectors = d->sectors;
    l->layer.bytes = d->bytes;
    l->shown = shown;
    l->number = number;
    l->fingerprint = d->fingerprint;
    return &l->layer;
}
