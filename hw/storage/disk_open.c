/*
 * disk_open.c - from an image to the layers of a disk: what it is, its shape, what lies over it.
 *
 * Not modelled: image formats other than raw (image_kind.c refuses them).
 */
#include "hw/storage/disk_inside.h"

#include "hw/storage/disk_nbd.h"
#include "hw/storage/image_kind.h"
#include "hw/storage/overlay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Larger ones have no use in an ATA disk of this age and would make the overlay's table huge. */
#define MAX_SECTORS (1ull << 35)

/* ---- images that are somebody else's bytes ---- */

struct memory_layer {
    struct disk_layer layer;
    const u8 *bytes;
};

static int memory_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    const struct memory_layer *m = (const struct memory_layer *)l;
    u64 at = sector * SECTOR_SIZE, wanted = (u64)count * SECTOR_SIZE;
    u64 there = at < l->bytes ? l->bytes - at : 0;
    there = there < wanted ? there : wanted;
    if (there)
        memcpy(buf, m->bytes + at, there);
    memset(buf + there, 0, wanted - there);
    return 0;
}

static int memory_close(struct disk_layer *l)
{
    free(l);
    return 0;
}

static const struct disk_layer_ops memory_ops = {.read = memory_read, .close = memory_close};

static struct disk_layer *memory_open(const struct media *m, struct err *e)
{
    struct memory_layer *l = calloc(1, sizeof(*l));
    if (!l) {
        err_set(e, "built-in image: out of memory");
        return NULL;
    }
    l->layer.ops = &memory_ops;
    l->layer.bytes = m->size;
    l->layer.sectors = (m->size + SECTOR_SIZE - 1) / SECTOR_SIZE;
    l->bytes = m->bytes;
    return &l->layer;
}

/* ---- opening and closing ---- */

/* The file's first and last bytes, to see what it is. */
static bool look_at(struct disk *d, enum disk_kind kind, struct image_look *look, struct err *e)
{
    struct disk_layer *l = d->image;
    u8 end[2 * SECTOR_SIZE];
    *look = (struct image_look){.name = d->name, .bytes = l->bytes, .cd = kind == DISK_CD};
    u64 sectors = l->sectors < IMAGE_HEAD / SECTOR_SIZE ? l->sectors : IMAGE_HEAD / SECTOR_SIZE;
    int error = sectors ? l->ops->read(l, 0, (u32)sectors, look->head) : 0;
    if (!error && l->bytes >= IMAGE_TAIL) {
        u64 at = l->bytes - IMAGE_TAIL, first = at / SECTOR_SIZE;
        error = l->ops->read(l, first, (u32)(l->sectors - first), end);
        memcpy(look->tail, end + at % SECTOR_SIZE, IMAGE_TAIL);
    }
    if (!error && l->bytes >= IMAGE_VOLUME_AT + IMAGE_VOLUME)
        error = l->ops->read(l, IMAGE_VOLUME_AT / SECTOR_SIZE, 1, look->volume);
    return !error || err_set(e, "%s: cannot be read: %s", d->name, strerror(error));
}

/* The diskette that the image is of; what the file lacks of it reads as zeros. */
static bool shape_floppy(struct disk *d, const struct media *m, const u8 *boot, bool kept,
                         struct err *e)
{
    struct disk_layer *l = d->image;
    if (!floppy_geometry(l->bytes, boot, &d->floppy))
        return err_set(e,
                       "%s: %llu bytes is more than any diskette holds (2.88M); a hard disk's "
                       "image goes to -hda, a CD's to -cdrom",
                       d->name, (unsigned long long)l->bytes);
    u64 whole = (u64)d->floppy.total * SECTOR_SIZE;
    if (whole > l->bytes && m->overlay)
        return err_set(e,
                       "%s: a diskette cut short cannot lie under an overlay; complete it: "
                       "truncate -s %llu %s",
                       d->name, (unsigned long long)whole, d->name);
    if (whole != l->bytes && d->log)
        log_line(d->log, LOG_DISK, "%s: %llu bytes, taken as a diskette of %s; zeros follow%s",
                 d->name, (unsigned long long)l->bytes, d->floppy.name,
                 kept ? ", and the file grows when the guest writes there" : "");
    l->sectors = d->floppy.total;
    return true;
}

/* What the image is, and how large the medium. `kept`: the guest's writes reach the file. */
static bool shape(struct disk *d, const struct media *m, enum disk_kind kind, bool kept,
                  struct err *e)
{
    struct disk_layer *l = d->image;
    struct image_look look;
    if ((m->folder || (m->shown && m->shown->replays)) && kind == DISK_HARD)
        return true;
    if (!look_at(d, kind, &look, e))
        return false;
    if (l->bytes == 0)
        return err_set(e, "%s: the image is empty", d->name);
    u64 data = l->bytes;
    if (!m->raw && m->path && !image_is_raw(&look, &data, e))
        return false;
    if (data != l->bytes) { /* a footer behind the sectors, which is none of the guest's */
        l->bytes = data;
        l->sectors = data / SECTOR_SIZE;
    }
    if (kind == DISK_FLOPPY)
        return shape_floppy(d, m, look.head, kept, e);
    if (kind == DISK_CD && !m->raw && l->bytes < 2048)
        return err_set(e, "%s: %llu bytes is too little for a CD image (blocks of 2048 bytes)",
                       d->name, (unsigned long long)l->bytes);
    if (l->sectors > MAX_SECTORS)
        return err_set(e, "%s: %llu bytes is too large for a disk (at most 16 TiB)", d->name,
                       (unsigned long long)l->bytes);
    if (kind == DISK_HARD && l->bytes % SECTOR_SIZE && d->log)
        log_line(d->log, LOG_DISK, "%s: %llu bytes; its last sector is completed with zeros",
                 d->name, (unsigned long long)l->bytes);
    return true;
}

/* ---- what the guest is shown of it, told and given again (hw/base/shown.h) ---- */

static bool tell_of(struct disk *d, const struct media *m, struct err *e)
{
    d->opening = m->shown->begins(m->shown->opaque);
    struct disk_layer *over = disk_shown_over(d->image, m->shown, d->opening);
    if (!over)
        return err_set(e, "%s: out of memory", d->name);
    d->top = d->image = over;
    return true;
}

static u64 held(struct disk_layer *folder)
{
    return folder->ops->fingerprint ? folder->ops->fingerprint(folder) : 0;
}

/* What the guest writes in a replay goes nowhere. */
static bool open_given(struct disk *d, const struct media *m, enum disk_kind kind, struct err *e)
{
    struct shown_disk was;
    if (!m->shown->disk(m->shown->opaque, d->opening, &was) || was.sectors > MAX_SECTORS ||
        !was.sectors)
        return err_set(e, "%s: the recording has no such disk", d->name);
    d->top = d->image = disk_shown_again(m->shown, d->opening, &was);
    if (!d->image)
        return err_set(e, "%s: out of memory", d->name);
    if (kind == DISK_FLOPPY && !shape(d, m, kind, false, e))
        return false;
    d->read_only = !was.writable;
    if (!was.writable)
        return true;
    d->top = disk_overlay_new(d->image, m->snapshot_memory);
    if (d->top)
        return true;
    d->top = d->image;
    return err_set(e, "%s: out of memory", d->name);
}

bool disk_open_layers(struct disk *d, const struct media *m, enum disk_kind kind, bool snapshot,
                      struct err *e)
{
    bool overlay = kind != DISK_CD && (m->bytes || (snapshot && !m->read_only));
    bool given = m->shown && m->shown->replays;
    if (given)
        return open_given(d, m, kind, e);
    d->read_only = m->read_only || overlay || kind == DISK_CD;
    if (m->folder && kind == DISK_CD)
        return err_set(e, "%s: a folder is shown as a disk or a diskette, not as a CD", d->name);
    bool folder_overlay = m->folder && m->folder->write == FOLDER_OVERLAY;
    if (folder_overlay && (!m->overlay || kind != DISK_HARD))
        return err_set(e, "%s: rw=overlay is for a hard disk with an overlay file", d->name);
    if (folder_overlay && access(m->overlay, F_OK) != 0 &&
        !overlay_create_folder(m->overlay, m->folder, e))
        return false;
    d->image = folder_overlay ? disk_cow_open(m->overlay, NULL, &d->read_only, e)
               : m->folder
                   ? disk_folder_open(m->folder, kind == DISK_FLOPPY, &d->read_only, d->log, e)
               : m->path && m->overlay ? disk_cow_open(m->overlay, m->path, &d->read_only, e)
               : m->path               ? disk_image_open(m->path, m->raw, &d->read_only, e)
                                       : memory_open(m, e);
    if (!d->image)
        return false;
    d->top = d->image;
    if (m->shown && !tell_of(d, m, e))
        return false;
    if (!shape(d, m, kind, !d->read_only, e))
        return false;
    if (d->image->note[0] && d->log)
        log_line(d->log, LOG_DISK, "%s", d->image->note);
    if (overlay) {
        d->top = disk_overlay_new(d->image, m->snapshot_memory);
        if (!d->top) {
            d->top = d->image;
            return err_set(e, "%s: out of memory", d->name);
        }
        d->read_only = m->read_only;
    } else if (kind == DISK_HARD && d->read_only && !m->read_only && !m->folder) {
        return err_set(
            e, "%s: %s, or use -snapshot to throw the guest's writes away, or an overlay", d->name,
            disk_is_uri(m->path) ? "the server lets nobody write; start it otherwise"
                                 : "the file cannot be written; give write permission");
    }
    if (m->shown)
        m->shown->opened(m->shown->opaque, d->opening,
                         &(struct shown_disk){
                             .name = d->name,
                             .sectors = d->image->sectors,
                             .bytes = d->image->bytes,
                             .fingerprint = disk_layer_fingerprint(d->image),
                             .writable = !d->read_only,
                             .folder = m->folder != NULL,
                             .held = held(d->image->below),
                             .removable = m->folder && m->folder->removable,
                         });
    return true;
}

/* Kept to open it again; what is no file never is. */
static bool keep_media(struct disk *d, const struct media *m, enum disk_kind kind, bool snapshot)
{
    d->kind = kind;
    d->snapshot = snapshot;
    d->media = *m;
    d->media.path = m->path ? strdup(m->path) : NULL;
    d->media.overlay = m->overlay ? strdup(m->overlay) : NULL;
    if (m->folder) {
        d->folder = *m->folder;
        d->folder.path = m->folder->path ? strdup(m->folder->path) : NULL;
        d->folder.label = m->folder->label ? strdup(m->folder->label) : NULL;
        d->media.folder = &d->folder;
        if ((m->folder->path && !d->folder.path) || (m->folder->label && !d->folder.label))
            return false;
    }
    return (d->media.path || !m->path) && (d->media.overlay || !m->overlay);
}

void disk_free(struct disk *d)
{
    free((char *)(uintptr_t)d->media.path);
    free((char *)(uintptr_t)d->media.overlay);
    free((char *)(uintptr_t)d->folder.path);
    free((char *)(uintptr_t)d->folder.label);
    free(d->name);
    free(d);
}

struct disk *disk_open_again(const struct media *m, enum disk_kind kind, bool snapshot,
                             struct log *log, u32 opening, struct err *e)
{
    const char *name = m->folder && m->folder->path ? m->folder->path
                       : m->path                    ? m->path
                       : m->shown && m->shown->name ? m->shown->name
                                                    : "built-in image";
    if (!media_present(m)) {
        err_set(e, "no disk image was given");
        return NULL;
    }
    struct disk *d = calloc(1, sizeof(*d));
    if (!d || !(d->name = strdup(name)) || !keep_media(d, m, kind, snapshot)) {
        err_set(e, "%s: out of memory", name);
        if (d)
            disk_free(d);
        return NULL;
    }
    d->log = log;
    d->opening = opening;
    d->read_error = m->read_error;
    d->write_error = m->write_error      ? m->write_error
                     : kind == DISK_HARD ? ON_ERROR_ENOSPC
                                         : ON_ERROR_REPORT;
    if (disk_open_layers(d, &d->media, kind, snapshot, e))
        return d;
    if (d->top)
        d->top->ops->close(d->top);
    disk_free(d);
    return NULL;
}

struct disk *disk_open(const struct media *m, enum disk_kind kind, bool snapshot, struct log *log,
                       struct err *e)
{
    return disk_open_again(m, kind, snapshot, log, 0, e);
}
