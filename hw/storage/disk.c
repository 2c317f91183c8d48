/*
 * disk.c - disk images as sectors: opening, range checks, error reports, geometry, snapshots.
 *
 * Not modelled: image formats other than raw (image_kind.c refuses them), and defects of the medium
 * other than those that the host reports.
 */
#include "hw/storage/disk.h"

#include "hw/base/hostfile.h"
#include "hw/base/state.h"
#include "hw/storage/disk_budget.h"
#include "hw/storage/disk_layer.h"
#include "hw/storage/disk_nbd.h"
#include "hw/storage/folder/folder.h"
#include "hw/storage/image_kind.h"
#include "hw/storage/overlay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Larger ones have no use in an ATA disk of this age and would make the overlay's table huge. */
#define MAX_SECTORS (1ull << 35)
/* Data (not holes) that are hashed for a fingerprint; beyond, the time of change has to do. */
#define FINGERPRINT_SECTORS (128ull * 1024)

/* So many errors of the host are all said. */
enum { SAID_ERRORS = 8 };

struct disk {
    struct disk_layer *top;
    struct disk_layer *image; /* what remains after us: a file, with its overlay file */
    struct log *log;
    char *name;
    struct floppy_format floppy; /* DISK_FLOPPY; total 0: none */
    bool read_only;
    u64 written;
    u64 was_read;    /* sectors, for those who watch */
    u64 settled_at;  /* value of `written` at the last disk_settle() */
    int first_error; /* of a write or flush, errno; reported by disk_close() */
    enum on_error write_error, read_error;
    bool waits;
    u64 errors; /* of the host, said or not */
    void (*on_stop)(void *opaque, const char *why);
    void *on_stop_opaque;
    u64 fingerprint; /* of image, valid for this value of `written` */
    u64 fingerprint_at;
    bool fingerprint_known;
    /* How it was opened, for disk_take_up(). */
    struct media media; /* path and overlay are ours, as are the folder's options and their texts */
    struct folder_options folder;
    enum disk_kind kind;
    bool snapshot;
    u32 opening;            /* the number that media.shown has given it */
    struct budget *budget;  /* disk_budget.h */
    struct disk_layer gone; /* instead of the layers, between disk_let_go() and disk_take_up() */
};

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

static bool open_layers(struct disk *d, const struct media *m, enum disk_kind kind, bool snapshot,
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

static void free_disk(struct disk *d)
{
    free((char *)(uintptr_t)d->media.path);
    free((char *)(uintptr_t)d->media.overlay);
    free((char *)(uintptr_t)d->folder.path);
    free((char *)(uintptr_t)d->folder.label);
    free(d->name);
    free(d);
}

static struct disk *open_disk(const struct media *m, enum disk_kind kind, bool snapshot,
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
            free_disk(d);
        return NULL;
    }
    d->log = log;
    d->opening = opening;
    d->read_error = m->read_error;
    d->write_error = m->write_error      ? m->write_error
                     : kind == DISK_HARD ? ON_ERROR_ENOSPC
                                         : ON_ERROR_REPORT;
    if (open_layers(d, &d->media, kind, snapshot, e))
        return d;
    if (d->top)
        d->top->ops->close(d->top);
    free_disk(d);
    return NULL;
}

struct disk *disk_open(const struct media *m, enum disk_kind kind, bool snapshot, struct log *log,
                       struct err *e)
{
    return open_disk(m, kind, snapshot, log, 0, e);
}

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
    bool ok = open_layers(d, &d->media, d->kind, d->snapshot, e);
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

/* ---- errors of the host ---- */

void disk_on_stop(struct disk *d, void (*fn)(void *opaque, const char *why), void *opaque)
{
    d->on_stop = fn;
    d->on_stop_opaque = opaque;
}

bool disk_waits(const struct disk *d)
{
    return d->waits;
}

/* Of very many, as a guest that tries again makes them, the first ones and then fewer and fewer. */
static void log_error(struct disk *d, const char *text)
{
    u64 n = ++d->errors;
    if (!d->log || (n > SAID_ERRORS && (n & (n - 1))))
        return;
    if (n > SAID_ERRORS)
        log_line(d->log, LOG_DISK, "%s (error %llu; not all of them are shown)", text,
                 (unsigned long long)n);
    else
        log_line(d->log, LOG_DISK, "%s", text);
}

static bool no_room(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* What the operation returns. `action` is what is to be done about it. */
static bool host_error(struct disk *d, enum on_error action, const char *what, u64 sector,
                       int error)
{
    char text[400];
    bool stop =
        d->on_stop && (action == ON_ERROR_STOP || (action == ON_ERROR_ENOSPC && no_room(error)));
    snprintf(text, sizeof(text), "%.200s: host error, cannot %s sector %llu: %s", d->name, what,
             (unsigned long long)sector,
             error == ENODATA ? "the file became shorter" : strerror(error));
    d->waits = stop;
    if (stop) {
        d->on_stop(d->on_stop_opaque, text);
        return false;
    }
    log_error(d, text);
    return action == ON_ERROR_IGNORE;
}

/* The same of a write or a flush. What the guest does not do again is lost. */
static bool write_error(struct disk *d, const char *what, u64 sector, int error)
{
    bool ok = host_error(d, d->write_error, what, sector, error);
    if (!d->waits && !d->first_error)
        d->first_error = error;
    return ok;
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
    if (!open_layers(d, &d->media, d->kind, d->snapshot, e)) {
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
    struct disk *n = open_disk(&d->media, d->kind, d->snapshot, d->log, opening, e);
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

bool disk_close(struct disk *d, struct err *e)
{
    if (!d)
        return true;
    d->on_stop = NULL; /* nobody is there any more who could let it go on */
    disk_flush(d);
    int error = d->top->ops->close(d->top);
    if (d->first_error)
        error = d->first_error;
    if (error)
        err_set(e, "%s: not everything that the guest wrote is in the image: %s", d->name,
                strerror(error));
    free_disk(d);
    return error == 0;
}

/* ---- sectors ---- */

static bool in_range(const struct disk *d, u64 sector, u32 count)
{
    return sector <= d->top->sectors && count <= d->top->sectors - sector;
}

bool disk_read(struct disk *d, u64 sector, u32 count, void *buf)
{
    d->waits = false;
    if (!in_range(d, sector, count))
        return false;
    d->was_read += count;
    int error = d->top->ops->read(d->top, sector, count, buf);
    if (!error)
        return true;
    if (!host_error(d, d->read_error, "read", sector, error))
        return false;
    memset(buf, 0, (size_t)count * SECTOR_SIZE); /* ignored */
    return true;
}

bool disk_write(struct disk *d, u64 sector, u32 count, const void *buf)
{
    d->waits = false;
    if (!in_range(d, sector, count) || d->read_only || !d->top->ops->write)
        return false;
    d->written += count;
    int error = d->top->ops->write(d->top, sector, count, buf);
    return error ? write_error(d, "write", sector, error) : true;
}

bool disk_flush(struct disk *d)
{
    d->waits = false;
    int error = d->top->ops->flush ? d->top->ops->flush(d->top) : 0;
    return error ? write_error(d, "flush after", 0, error) : true;
}

/* Whoever fails here is asked again at the next flush, which then says so. */
bool disk_settle(struct disk *d)
{
    if (d->settled_at == d->written)
        return true;
    d->settled_at = d->written;
    return !d->top->ops->settle || d->top->ops->settle(d->top) == 0;
}

void disk_tick(struct disk *d)
{
    if (d->top->ops->tick)
        d->top->ops->tick(d->top);
}

void disk_rest(struct disk *d)
{
    if (d->top->ops->tick)
        disk_flush(d);
}

u64 disk_sectors(const struct disk *d)
{
    return d->top->sectors;
}

u64 disk_bytes(const struct disk *d)
{
    return d->image->bytes;
}

const struct floppy_format *disk_floppy(const struct disk *d)
{
    return d->floppy.total ? &d->floppy : NULL;
}

bool disk_read_only(const struct disk *d)
{
    return d->read_only;
}

const char *disk_name(const struct disk *d)
{
    return d->name;
}

u64 disk_was_read(const struct disk *d)
{
    return d->was_read;
}

u64 disk_written(const struct disk *d)
{
    return d->written;
}

struct disk_geometry disk_geometry(u64 sectors)
{
    struct disk_geometry g = {.heads = 16, .sectors = 63};
    if (sectors < 63) {
        g.heads = 1;
        g.sectors = sectors ? (u32)sectors : 1;
    } else if (sectors < 16 * 63) {
        g.heads = (u32)(sectors / 63);
    }
    u64 cylinders = sectors / (g.heads * g.sectors);
    g.cylinders = cylinders > 16383 ? 16383 : cylinders ? (u32)cylinders : 1;
    return g;
}

bool disk_export(struct disk *d, int fd, struct err *e)
{
    enum { RUN = 128, PAGE = 8 }; /* a file system's block: what is zero stays a hole */
    u8 buf[RUN * SECTOR_SIZE];
    struct disk_layer *l = d->top;
    if (ftruncate(fd, (off_t)(l->sectors * SECTOR_SIZE)) != 0)
        return err_set(e, "%s", strerror(errno));
    for (u64 at = 0; at < l->sectors;) {
        u64 next = l->ops->next_data ? l->ops->next_data(l, at) : at;
        if (next >= l->sectors)
            break;
        at = next - next % PAGE;
        u32 n = l->sectors - at < RUN ? (u32)(l->sectors - at) : RUN;
        int error = l->ops->read(l, at, n, buf);
        if (error)
            return err_set(e, "%s: cannot be read from sector %llu on: %s", d->name,
                           (unsigned long long)at, strerror(error));
        for (u32 i = 0; i < n; i += PAGE) {
            size_t size = (size_t)(n - i < PAGE ? n - i : PAGE) * SECTOR_SIZE;
            const u8 *p = buf + i * SECTOR_SIZE;
            bool zero = !p[0] && memcmp(p, p + 1, size - 1) == 0;
            error = zero ? 0 : host_write(fd, p, size, (at + i) * SECTOR_SIZE);
            if (error)
                return err_set(e, "%s", strerror(error));
        }
        at += n;
    }
    return true;
}

/* ---- snapshots ---- */

static u64 mix(u64 h, u64 v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15ull;
    return h ^ h >> 29;
}

u64 disk_layer_fingerprint(struct disk_layer *l)
{
    enum { CHUNK = 64 };
    u8 buf[CHUNK * SECTOR_SIZE];
    static const u8 zero[SECTOR_SIZE];
    u64 h = l->sectors, hashed = 0;
    if (l->ops->print)
        return l->ops->print(l);
    if (l->ops->fingerprint)
        return mix(h, l->ops->fingerprint(l));
    for (u64 sector = 0; sector < l->sectors;) {
        /* Zero sectors count for nothing, so a sparse image and its full copy are equal. */
        if (l->ops->next_data)
            sector = l->ops->next_data(l, sector);
        u64 left = l->sectors - sector;
        u32 count = left < CHUNK ? (u32)left : CHUNK;
        if (!count)
            break;
        if (hashed >= FINGERPRINT_SECTORS)
            return mix(h, l->ops->stamp ? l->ops->stamp(l) : 0);
        if (l->ops->read(l, sector, count, buf) != 0)
            memset(buf, 0xff, sizeof(buf));
        for (u32 i = 0; i < count; i++) {
            const u8 *data = buf + i * SECTOR_SIZE;
            if (memcmp(data, zero, SECTOR_SIZE) == 0)
                continue;
            h = mix(h, sector + i);
            for (unsigned k = 0; k < SECTOR_SIZE; k += 8)
                h = mix(h, get_le64(data + k));
        }
        hashed += count;
        sector += count;
    }
    return h;
}

static u64 fingerprint(struct disk *d)
{
    u64 changes = d->top == d->image ? d->written : 0;
    if (!d->fingerprint_known || d->fingerprint_at != changes) {
        d->fingerprint = disk_layer_fingerprint(d->image);
        d->fingerprint_at = changes;
        d->fingerprint_known = true;
    }
    return d->fingerprint;
}

void disk_state(struct disk *d, struct state *s)
{
    state_same_u64(s, "disk sectors", d->top->sectors);
    u64 print = state_digesting(s) ? 0 : fingerprint(d), found = print;
    state_u64(s, "image fingerprint", &found);
    if (state_loading(s) && state_ok(s) && found != print) {
        state_fail(s,
                   "%s is not the image, or not in the state, that the snapshot was taken with "
                   "(take snapshots with -snapshot, so that the image stays as it is)",
                   d->name);
        return;
    }
    bool overlay = d->top->ops->state != NULL, had_overlay = overlay;
    state_bool(s, "overlay", &had_overlay);
    if (!state_ok(s))
        return;
    if (had_overlay && !overlay)
        state_fail(s, "%s: the snapshot was taken with -snapshot, so it can only be loaded with it",
                   d->name);
    else if (had_overlay)
        d->top->ops->state(d->top, s);
    else if (overlay)
        d->top->ops->clear(d->top);
}
