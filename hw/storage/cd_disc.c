/*
 * cd_disc.c - discs: opening image files, finding sectors in them. See cd_disc.h.
 */
#include "hw/storage/cd_disc.h"

#include "hw/base/state.h"
#include "hw/storage/cd_decode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* No image is larger than a double-layered DVD by much; addresses stay in 32 bits of bytes / 2048.
 */
#define MAX_BLOCKS 0xfffffff0u

/* ---- files ---- */

bool cd_add_file(struct cd_disc *d, const struct media *m, struct log *log, u32 *file,
                 struct err *e)
{
    if (d->files == CD_FILES)
        return err_set(e, "%s: more than %d files", d->name, CD_FILES);
    struct disk *f = disk_open(m, DISK_CD, false, log, e);
    if (!f)
        return false;
    *file = d->files;
    d->file[d->files++] = f;
    return true;
}

void cd_on_stop(struct cd_disc *d, void (*fn)(void *opaque, const char *why), void *opaque)
{
    for (unsigned i = 0; i < d->files; i++)
        disk_on_stop(d->file[i], fn, opaque);
}

bool cd_waits(const struct cd_disc *d)
{
    for (unsigned i = 0; i < d->files; i++) {
        if (disk_waits(d->file[i]))
            return true;
    }
    return false;
}

bool cd_add_extent(struct cd_disc *d, const struct cd_extent *x, struct err *e)
{
    if (!x->count)
        return true;
    if (d->extents == CD_EXTENTS)
        return err_set(e, "%s: too many indices", d->name);
    if (x->count > MAX_BLOCKS - d->blocks)
        return err_set(e, "%s: longer than any disc", d->name);
    d->extent[d->extents] = *x;
    d->extent[d->extents++].first = d->blocks;
    d->blocks += x->count;
    return true;
}

bool cd_decode(struct cd_disc *d, unsigned file, const char *path, u64 *bytes, struct err *e)
{
    d->decoder[file] = cd_decoder_open(path, e);
    if (d->decoder[file])
        *bytes = cd_decoder_bytes(d->decoder[file]);
    return d->decoder[file] != NULL;
}

bool cd_file_bytes(struct cd_disc *d, unsigned file, u64 offset, void *buf, u32 len)
{
    if (d->decoder[file])
        return cd_decoder_read(d->decoder[file], offset, buf, len);
    u8 sectors[8 * SECTOR_SIZE];
    u64 first = offset / SECTOR_SIZE, end = (offset + len + SECTOR_SIZE - 1) / SECTOR_SIZE;
    u64 there = disk_sectors(d->file[file]);
    if (len > sizeof(sectors) - SECTOR_SIZE)
        return false;
    memset(sectors, 0, sizeof(sectors));
    if (end > there)
        end = there;
    if (first < end && !disk_read(d->file[file], first, (u32)(end - first), sectors))
        return false;
    memcpy(buf, sectors + offset % SECTOR_SIZE, len);
    return true;
}

/* ---- one file without a cue sheet: one data track ---- */

static bool has_sync(struct cd_disc *d, u64 offset, u8 *mode)
{
    u8 head[16];
    if (offset + sizeof(head) > disk_bytes(d->file[0]) ||
        !cd_file_bytes(d, 0, offset, head, sizeof(head)))
        return false;
    *mode = head[15];
    return cd_has_sync(head) && head[15] >= 1 && head[15] <= 2;
}

/* Sectors without sync and header: known by ISO 9660's first descriptor in block 16. */
static bool is_2336(struct cd_disc *d)
{
    u8 here[5], there[5];
    return cd_file_bytes(d, 0, 16 * CD_BLOCK + 1, here, sizeof(here)) &&
           cd_file_bytes(d, 0, 16 * 2336 + 8 + 1, there, sizeof(there)) &&
           memcmp(here, "CD001", 5) != 0 && memcmp(there, "CD001", 5) == 0;
}

static bool open_single(struct cd_disc *d, const struct media *m, struct log *log, struct err *e)
{
    struct cd_extent x = {.size = CD_BLOCK, .track = 1, .index = 1};
    u32 file;
    u8 mode = 1, second;
    if (!cd_add_file(d, m, log, &file, e))
        return false;
    u64 bytes = disk_bytes(d->file[0]);
    if (!m->raw && has_sync(d, 0, &mode)) {
        x.size = bytes % 2448 == 0 && has_sync(d, 2448, &second) ? 2448 : CD_RAW;
        if (bytes < x.size)
            return err_set(e, "%s: %llu bytes is too little for a CD image of raw sectors", d->name,
                           (unsigned long long)bytes);
    } else if (!m->raw && is_2336(d)) {
        x.size = 2336;
        mode = 2;
    }
    if (log && x.size != CD_BLOCK)
        log_line(log, LOG_DISK, "%s: raw sectors of %u bytes, Mode %u", d->name, x.size, mode);
    u64 blocks = bytes / x.size;
    if (x.size == CD_BLOCK && bytes % CD_BLOCK) { /* as the last sector of a disk's image */
        blocks++;
        if (log)
            log_line(log, LOG_DISK, "%s: %llu bytes end in the midst of a block; zeros follow",
                     d->name, (unsigned long long)bytes);
    }
    x.count = blocks > MAX_BLOCKS ? MAX_BLOCKS : (u32)blocks;
    d->track[0] = (struct cd_track){.mode = mode == 2 ? CD_MODE2 : CD_MODE1, .control = CD_DATA};
    d->tracks = 1;
    return cd_add_extent(d, &x, e);
}

/* ---- opening and closing ---- */

static bool is_cue(const struct media *m)
{
    size_t len = m->path ? strlen(m->path) : 0;
    return len > 4 && !m->raw && strcasecmp(m->path + len - 4, ".cue") == 0;
}

struct cd_disc *cd_open(const struct media *m, struct log *log, struct err *e)
{
    struct cd_disc *d = calloc(1, sizeof(*d));
    if (!d || !(d->name = strdup(m->path ? m->path : "built-in image"))) {
        err_set(e, "CD: out of memory");
        free(d);
        return NULL;
    }
    if (is_cue(m) ? cd_cue_open(d, m, log, e) : open_single(d, m, log, e))
        return d;
    cd_close(d, NULL);
    return NULL;
}

bool cd_close(struct cd_disc *d, struct err *e)
{
    bool ok = true;
    if (!d)
        return true;
    for (unsigned i = 0; i < d->files; i++) {
        cd_decoder_close(d->decoder[i]);
        ok = disk_close(d->file[i], ok ? e : NULL) && ok;
    }
    free(d->name);
    free(d);
    return ok;
}

const char *cd_name(const struct cd_disc *d)
{
    return d->name;
}

/* ---- sectors ---- */

u32 cd_blocks(const struct cd_disc *d)
{
    return d->blocks;
}

static const struct cd_extent *extent_at(const struct cd_disc *d, u32 lba)
{
    unsigned low = 0, high = d->extents;
    if (lba >= d->blocks)
        return NULL;
    while (high - low > 1) { /* the last one that begins at or before it */
        unsigned middle = (low + high) / 2;
        if (d->extent[middle].first <= lba)
            low = middle;
        else
            high = middle;
    }
    return &d->extent[low];
}

unsigned cd_track_at(const struct cd_disc *d, u32 lba, u8 *index)
{
    const struct cd_extent *x = extent_at(d, lba);
    if (!x) {
        *index = 1;
        return CD_LEAD_OUT;
    }
    *index = x->index;
    return x->track;
}

bool cd_is_data(const struct cd_disc *d, u32 lba)
{
    const struct cd_extent *x = extent_at(d, lba);
    return x && d->track[x->track - 1].mode != CD_AUDIO;
}

static bool sector_bytes(struct cd_disc *d, const struct cd_extent *x, u32 lba, u32 at, void *buf,
                         u32 len)
{
    if (x->file < 0) {
        memset(buf, 0, len);
        return true;
    }
    return cd_file_bytes(d, (unsigned)x->file, x->offset + (u64)(lba - x->first) * x->size + at,
                         buf, len);
}

bool cd_read(struct cd_disc *d, u32 lba, u8 *block)
{
    d->blocks_read++;
    const struct cd_extent *x = extent_at(d, lba);
    u8 head[8];
    if (!x || d->track[x->track - 1].mode == CD_AUDIO)
        return false;
    if (x->file < 0 || x->size == CD_BLOCK)
        return sector_bytes(d, x, lba, 0, block, CD_BLOCK);
    /* Raw sectors say themselves what they are: data after the header, or after the sub-header. */
    if (x->size == 2336)
        return sector_bytes(d, x, lba, 0, head, 8) && !(head[2] & 0x20) &&
               sector_bytes(d, x, lba, 8, block, CD_BLOCK);
    u8 start[24];
    if (!sector_bytes(d, x, lba, 0, start, sizeof(start)))
        return false;
    if (start[15] == 2)
        return !(start[18] & 0x20) && sector_bytes(d, x, lba, 24, block, CD_BLOCK);
    return sector_bytes(d, x, lba, 16, block, CD_BLOCK);
}

bool cd_read_raw(struct cd_disc *d, u32 lba, u8 raw[CD_RAW])
{
    d->blocks_read++;
    const struct cd_extent *x = extent_at(d, lba);
    if (!x)
        return false;
    bool data = d->track[x->track - 1].mode != CD_AUDIO;
    memset(raw, 0, CD_RAW);
    if (x->file < 0) {
        if (data)
            cd_raw_sector(lba, raw);
        return true;
    }
    if (x->size == CD_BLOCK) {
        if (!sector_bytes(d, x, lba, 0, raw + 16, CD_BLOCK))
            return false;
        cd_raw_sector(lba, raw);
        return true;
    }
    if (x->size == 2336) {
        cd_raw_header(lba, 2, raw);
        return sector_bytes(d, x, lba, 0, raw + 16, 2336);
    }
    if (!sector_bytes(d, x, lba, 0, raw, CD_RAW))
        return false;
    for (u32 i = 0; x->swapped && i < CD_RAW; i += 2) {
        u8 high = raw[i];
        raw[i] = raw[i + 1];
        raw[i + 1] = high;
    }
    return true;
}

/* ---- snapshots ---- */

void cd_state(struct cd_disc *d, struct state *s)
{
    state_same_u64(s, "files of the CD", d->files);
    state_same_u64(s, "tracks of the CD", d->tracks);
    state_same_u64(s, "blocks of the CD", d->blocks);
    for (unsigned i = 0; i < d->files && state_ok(s); i++)
        disk_state(d->file[i], s);
}
