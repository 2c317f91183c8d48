/*
 * fatfs_table.c - the allocation table of a FAT volume, changed. See fatfs.h.
 */
#include "hw/storage/fatfs_inside.h"

#include <stdlib.h>
#include <string.h>

bool fatfs_set(struct fatfs *f, u32 cluster, u32 value, struct err *e)
{
    const struct fat_volume *s = &f->shape;
    u32 entries = fat_piece_entries(s->bits), sectors = fat_piece_sectors(s->bits);
    u32 piece = cluster / entries, at = piece * sectors;
    u32 n = s->table_sectors - at < sectors ? s->table_sectors - at : sectors;
    u8 buf[3 * FAT_SECTOR] = {0};
    bool ok = true;
    for (unsigned t = 0; ok && t < s->tables; t++) {
        u64 sector = (u64)s->start + s->reserved + (u64)t * s->table_sectors + at;
        ok = disk_read(f->disk, sector, n, buf);
        if (ok) {
            fat_put(s->bits, buf, cluster % entries, value);
            ok = disk_write(f->disk, sector, n, buf);
        }
    }
    volume_forget(&f->volume);
    return ok || fatfs_wrong(f, e, "its table cannot be written");
}

u32 fatfs_free_clusters(struct fatfs *f)
{
    u32 n = 0;
    for (u32 c = 2; c < f->shape.clusters + 2; c++)
        n += volume_fat(&f->volume, 0, c) == FAT_FREE;
    return n;
}

bool fatfs_release(struct fatfs *f, u32 start, struct err *e)
{
    struct chain chain;
    if (!start || volume_walk(&f->volume, start, 0, &chain, NULL, NULL) != VOLUME_GOOD)
        return true;
    for (u32 c = start, n = chain.count; n; n--) {
        u32 next = volume_fat(&f->volume, 0, c);
        if (!fatfs_set(f, c, FAT_FREE, e))
            return false;
        f->next = c < f->next ? c : f->next;
        c = next;
    }
    return true;
}

/* The first free one from `from` on, round the end; 0: none. */
static u32 find_free(struct fatfs *f, u32 from)
{
    u32 clusters = f->shape.clusters;
    for (u32 n = 0, c = from; n < clusters; n++, c = c + 1 < clusters + 2 ? c + 1 : 2) {
        if (volume_fat(&f->volume, 0, c) == FAT_FREE)
            return c;
    }
    return 0;
}

bool fatfs_allocate(struct fatfs *f, u32 count, u32 *start, struct err *e)
{
    u32 last = 0;
    struct err why;
    *start = 0;
    for (u32 i = 0; i < count; i++) {
        u32 c = find_free(f, f->next);
        bool ok = c ? fatfs_set(f, c, FAT_END, e) && (!last || fatfs_set(f, last, c, e))
                    : err_set(e, "%s: there is no room on it for that", disk_name(f->disk));
        if (!ok) {
            fatfs_release(f, *start, &why);
            *start = 0;
            return false;
        }
        if (!last)
            *start = c;
        last = c;
        f->next = c + 1 < f->shape.clusters + 2 ? c + 1 : 2;
    }
    return true;
}

bool fatfs_forget_free(struct fatfs *f, struct err *e)
{
    u8 info[FAT_SECTOR], boot[FAT_SECTOR];
    const struct fat_volume *s = &f->shape;
    if (s->bits != 32)
        return true;
    bool ok = disk_read(f->disk, s->start, 1, boot);
    u32 at = ok ? get_le16(boot + 48) : 0;
    if (!ok || !at || at >= s->reserved)
        return true; /* it has none */
    ok = disk_read(f->disk, s->start + at, 1, info);
    if (ok && get_le32(info) == 0x41615252 && get_le32(info + 484) == 0x61417272) {
        put_le32(info + 488, UINT32_MAX);
        put_le32(info + 492, UINT32_MAX);
        ok = disk_write(f->disk, s->start + at, 1, info);
    }
    return ok || fatfs_wrong(f, e, "its count of free clusters cannot be written");
}
