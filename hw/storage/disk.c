/*
 * disk.c - disk images as sectors: range checks, error reports, geometry, snapshots. disk_open.c
 * opens them.
 *
 * Not modelled: defects of the medium other than those that the host reports.
 */
#include "hw/storage/disk_inside.h"

#include "hw/base/hostfile.h"
#include "hw/base/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Data (not holes) that are hashed for a fingerprint; beyond, the time of change has to do. */
#define FINGERPRINT_SECTORS (128ull * 1024)

/* So many errors of the host are all said. */
enum { SAID_ERRORS = 8 };

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

/* Whose error that is, where it is not the image's. */
static const char *elsewhere(const struct disk *d)
{
    return d->snapshot && d->top != d->image
               ? " (the temporary file of -snapshot: $TMPDIR says where, else /var/tmp)"
               : "";
}

static const char *in_words(int error)
{
    return error == ENODATA ? "the file became shorter" : strerror(error);
}

const char *disk_why(const struct disk *d)
{
    return d->last_error ? in_words(d->last_error) : NULL;
}

/* What the operation returns. `action` is what is to be done about it. */
static bool host_error(struct disk *d, enum on_error action, const char *what, u64 sector,
                       int error)
{
    char text[400];
    bool stop =
        d->on_stop && (action == ON_ERROR_STOP || (action == ON_ERROR_ENOSPC && no_room(error)));
    snprintf(text, sizeof(text), "%.200s: host error, cannot %s sector %llu: %s%s", d->name, what,
             (unsigned long long)sector, in_words(error), *what == 'r' ? "" : elsewhere(d));
    d->last_error = error;
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

/* What the guest wrote is in a file that nobody finds any more, and goes with it at the end. */
static bool is_lost(const struct disk *d)
{
    return d->top->ops->lost && d->top->ops->lost(d->top);
}

static const char deleted[] = "was deleted, or replaced by another file, while the machine ran";

/* While it runs something can be done about it. */
static void tell_if_lost(struct disk *d)
{
    if (d->told_lost || !is_lost(d))
        return;
    d->told_lost = true;
    if (d->log)
        log_line(d->log, LOG_DISK,
                 "%.200s: %s%s; what the guest has written is lost at the end: export DRIVE FILE "
                 "keeps it",
                 d->name, d->media.overlay ? "its overlay " : "", deleted);
}

bool disk_close(struct disk *d, struct err *e)
{
    if (!d)
        return true;
    d->on_stop = NULL; /* nobody is there any more who could let it go on */
    disk_flush(d);
    const char *where = elsewhere(d);
    bool lost = is_lost(d);
    int error = d->top->ops->close(d->top);
    if (d->first_error)
        error = d->first_error;
    if (error)
        err_set(e, "%s: not everything that the guest wrote is %s: %s%s", d->name,
                *where ? "kept" : "in the image", strerror(error), where);
    else if (lost)
        err_set(e, "%s: %s%s; what the guest wrote is in no file", d->name,
                d->media.overlay ? "its overlay " : "", deleted);
    disk_free(d);
    return !error && !lost;
}

/* ---- sectors ---- */

static bool in_range(const struct disk *d, u64 sector, u32 count)
{
    return sector <= d->top->sectors && count <= d->top->sectors - sector;
}

bool disk_read(struct disk *d, u64 sector, u32 count, void *buf)
{
    d->waits = false;
    d->last_error = 0;
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
    d->last_error = 0;
    if (!in_range(d, sector, count) || d->read_only || !d->top->ops->write)
        return false;
    d->written += count;
    int error = d->top->ops->write(d->top, sector, count, buf);
    return error ? write_error(d, "write", sector, error) : true;
}

bool disk_flush(struct disk *d)
{
    d->waits = false;
    d->last_error = 0;
    int error = d->top->ops->flush ? d->top->ops->flush(d->top) : 0;
    return error ? write_error(d, "flush after", 0, error) : true;
}

/* Whoever fails here is asked again at the next flush, which then says so. */
bool disk_settle(struct disk *d)
{
    if (d->settled_at == d->written)
        return true;
    d->settled_at = d->written;
    tell_if_lost(d);
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

void disk_set_go_on(struct disk *d, bool (*go_on)(struct err *e))
{
    d->go_on = go_on;
}

bool disk_may_go_on(const struct disk *d, struct err *e)
{
    return !d->go_on || d->go_on(e);
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
        if (!disk_may_go_on(d, e))
            return false;
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
