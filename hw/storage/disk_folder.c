/*
 * disk_folder.c - a host's folder, or a tree in memory, as the lowest layer of a disk. What it is
 * made of is in hw/storage/folder/.
 */
#include "hw/base/hash.h"
#include "hw/base/state.h"
#include "hw/storage/disk_layer.h"
#include "hw/storage/folder/folder.h"
#include "hw/storage/folder/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct folder_layer {
    struct disk_layer layer;
    struct folder *folder;
};

static int layer_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    return folder_read(((struct folder_layer *)l)->folder, sector, count, buf);
}

static int layer_close(struct disk_layer *l)
{
    folder_close(((struct folder_layer *)l)->folder);
    free(l);
    return 0;
}

static u64 layer_next_data(struct disk_layer *l, u64 sector)
{
    return layout_next_data(folder_layout(((struct folder_layer *)l)->folder), sector);
}

static u64 layer_fingerprint(struct disk_layer *l)
{
    return folder_hash(((struct folder_layer *)l)->folder);
}

static bool layer_look(struct disk_layer *l, const struct folder_options *o, u64 *hash)
{
    return folder_look(((struct folder_layer *)l)->folder, o, hash);
}

static const struct disk_layer_ops ops = {
    .read = layer_read,
    .close = layer_close,
    .next_data = layer_next_data,
    .look = layer_look,
    .fingerprint = layer_fingerprint,
    .stamp = layer_fingerprint, /* of an overlay over it */
};

static void set_layer(struct folder_layer *l)
{
    l->layer.ops = &ops;
    l->layer.sectors = folder_layout(l->folder)->sectors;
    l->layer.bytes = l->layer.sectors * SECTOR_SIZE;
    snprintf(l->layer.note, sizeof(l->layer.note), "%s", folder_note(l->folder));
}

/* ---- rw=live: what the guest writes is in an overlay, and from there goes to the files ---- */

struct live_layer {
    struct disk_layer layer;
    struct disk_layer *sectors; /* overlay over the folder's */
    struct folder *folder;
    struct live *live;
    struct log *log;
    char name[200];
    char aliases[700]; /* where they are kept; "": nowhere */
    u64 ticks, keep_at;
    bool said; /* that they cannot be kept */
};

static int sectors_read(void *opaque, u64 sector, u32 count, u8 *buf)
{
    struct disk_layer *l = opaque;
    return l->ops->read(l, sector, count, buf);
}

static int sectors_write(void *opaque, u64 sector, u32 count, const u8 *buf)
{
    struct disk_layer *l = opaque;
    return l->ops->write(l, sector, count, buf);
}

static int live_layer_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    return sectors_read(((struct live_layer *)l)->sectors, sector, count, buf);
}

static int live_layer_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    struct live_layer *v = (struct live_layer *)l;
    /* What was written before has no room: the guest is told now, with this one. */
    int error = live_retry(v->live);
    if (error)
        return error;
    error = live_write(v->live, sector, count, buf);
    return error ? error : sectors_write(v->sectors, sector, count, buf);
}

/* Aliases are kept now and then; what a flush of many would cost is too much. */
enum { KEEP_TICKS = 50 };

static void keep_aliases(struct live_layer *v, bool now)
{
    if (!v->aliases[0] || !live_names_changed(v->live) || (!now && v->ticks < v->keep_at))
        return;
    struct aliases *a = aliases_new();
    int error = a && live_aliases(v->live, a) ? aliases_save(a, v->aliases, folder_path(v->folder),
                                                             folder_layout(v->folder)->options.cp)
                                              : ENOMEM;
    aliases_free(a);
    v->keep_at = v->ticks + KEEP_TICKS;
    if (error && !v->said && v->log)
        log_line(v->log, LOG_DISK, "%s: aliases of this folder's files cannot be kept: %s",
                 v->aliases, strerror(error));
    v->said |= error != 0;
}

static int live_layer_flush(struct disk_layer *l)
{
    struct live_layer *v = (struct live_layer *)l;
    live_flush(v->live);
    keep_aliases(v, false);
    return live_trouble(v->live); /* what else could not be saved is said, and tried again */
}

static void live_layer_tick(struct disk_layer *l)
{
    struct live_layer *v = (struct live_layer *)l;
    v->ticks++;
    live_tick(v->live);
    keep_aliases(v, false);
}

/* What belongs to this folder and is not in it: `what` of its number. false: there is no home. */
static bool state_place(const char *what, const char *path, char *out, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char base[600], *whole = realpath(path, NULL);
    u64 hash = whole ? hash_bytes(HASH_START, whole, strlen(whole)) : 0;
    free(whole);
    if (state && *state == '/')
        snprintf(base, sizeof(base), "%.500s", state);
    else if (home && *home == '/')
        snprintf(base, sizeof(base), "%.500s/.local/state", home);
    else
        return false;
    snprintf(out, size, "%s/ferrite/%s/%08x", base, what, (u32)(hash ^ hash >> 32));
    return true;
}

static int live_layer_close(struct disk_layer *l)
{
    struct live_layer *v = (struct live_layer *)l;
    char place[700] = "", why[300];
    bool somewhere = state_place("unsaved", folder_path(v->folder), place, sizeof(place));
    u32 files = live_end(v->live, somewhere ? place : NULL, why, sizeof(why));
    keep_aliases(v, true);
    if (files && v->log)
        log_line(v->log, LOG_DISK, "%s: %u not saved (%s)%s%s", v->name, files, why,
                 somewhere ? "; what could be kept is in " : "", place);
    live_free(v->live);
    int error = v->sectors->ops->close(v->sectors);
    free(l);
    return files ? EIO : error;
}

static void live_layer_state(struct disk_layer *l, struct state *s)
{
    struct live_layer *v = (struct live_layer *)l;
    if (!state_digesting(s))
        state_fail(
            s,
            "%s: a folder that the guest changes cannot be in a snapshot: its files would not "
            "go back with it; show it with rw=no, or add -snapshot",
            v->name);
    else
        v->sectors->ops->state(v->sectors, s);
}

static void live_layer_clear(struct disk_layer *l)
{
    (void)l; /* a snapshot of another machine: state() has refused */
}

static u64 live_layer_fingerprint(struct disk_layer *l)
{
    return folder_hash(((struct live_layer *)l)->folder);
}

static u64 live_layer_next_data(struct disk_layer *l, u64 sector)
{
    struct disk_layer *sectors = ((struct live_layer *)l)->sectors;
    return sectors->ops->next_data(sectors, sector);
}

static bool live_layer_look(struct disk_layer *l, const struct folder_options *o, u64 *hash)
{
    return folder_look(((struct live_layer *)l)->folder, o, hash);
}

static const struct disk_layer_ops live_ops = {
    .next_data = live_layer_next_data,
    .read = live_layer_read,
    .write = live_layer_write,
    .flush = live_layer_flush,
    .tick = live_layer_tick,
    .close = live_layer_close,
    .state = live_layer_state,
    .clear = live_layer_clear,
    .look = live_layer_look,
    .fingerprint = live_layer_fingerprint,
};

/* `base` is taken over, also when NULL + err is returned. */
static struct disk_layer *live_layer_new(struct folder_layer *base, const char *name,
                                         const char *aliases, struct log *log, struct err *e)
{
    struct live_layer *v = calloc(1, sizeof(*v));
    struct disk_layer *sectors = disk_overlay_new(&base->layer, 0);
    if (!v || !sectors) {
        free(v);
        if (sectors)
            sectors->ops->close(sectors);
        else
            layer_close(&base->layer);
        err_set(e, "folder: out of memory");
        return NULL;
    }
    struct live_disk disk = {sectors_read, sectors_write, sectors};
    v->layer.ops = &live_ops;
    v->layer.sectors = base->layer.sectors;
    v->layer.bytes = base->layer.bytes;
    snprintf(v->layer.note, sizeof(v->layer.note), "%s", base->layer.note);
    snprintf(v->name, sizeof(v->name), "%s", name);
    v->sectors = sectors;
    v->folder = base->folder;
    v->log = log;
    snprintf(v->aliases, sizeof(v->aliases), "%s", aliases);
    v->live = live_new(base->folder, &disk, log, e);
    if (v->live) {
        keep_aliases(v, true);
        return &v->layer;
    }
    sectors->ops->close(sectors);
    free(v);
    return NULL;
}

struct folder *disk_folder_base(const struct folder_options *o, struct disk_layer **base,
                                struct err *e)
{
    struct folder_layer *l = calloc(1, sizeof(*l));
    if (!l || !(l->folder = folder_open(o, false, NULL, e))) {
        if (!l)
            err_set(e, "folder: out of memory");
        free(l);
        return NULL;
    }
    set_layer(l);
    *base = &l->layer;
    return l->folder;
}

struct disk_layer *disk_folder_open(const struct folder_options *o, bool diskette, bool *read_only,
                                    struct log *log, struct err *e)
{
    struct folder_layer *l = calloc(1, sizeof(*l));
    if (!l) {
        err_set(e, "folder: out of memory");
        return NULL;
    }
    bool live = o->write == FOLDER_LIVE && !*read_only;
    struct folder_options with = *o;
    char aliases[700] = "";
    if (live && o->path && state_place("aliases", o->path, aliases, sizeof(aliases)))
        with.aliases = aliases;
    l->folder = folder_open(&with, diskette, log, e);
    if (!l->folder) {
        free(l);
        return NULL;
    }
    set_layer(l);
    if (live)
        return live_layer_new(l, o->path, aliases, log, e);
    *read_only = true;
    return &l->layer;
}
