/*
 * fat_files.c - reading a FAT file system (Microsoft FAT specification, chapters 3 to 6). See
 * fat_files.h. Long names are not read: what a DOS is made of has none.
 *
 * Images may be hostile: a chain is followed for as many clusters as the file's size, or the
 * volume, has, so one that goes round in a circle ends.
 */
#include "frontend/dos/fat_files.h"

#include <stdlib.h>
#include <string.h>

enum { PARTITIONS = 4, TABLE_AT = 446, FIRST_DELETED = 0xe5 };

static bool read_sectors(struct fat_files *f, u64 sector, u32 count, u8 *buf)
{
    return f->read(f->opaque, f->volume.start + sector, count, buf);
}

/* ---- the volume ---- */

static bool is_fat_type(u8 type)
{
    static const u8 types[] = {0x01, 0x04, 0x06, 0x0b, 0x0c, 0x0e};
    return memchr(types, type, sizeof(types)) != NULL;
}

static bool open_at(struct fat_files *f, u32 start)
{
    u8 boot[FAT_SECTOR];
    return f->read(f->opaque, start, 1, boot) && fat_parse_boot(boot, start, &f->volume);
}

bool fat_files_open(struct fat_files *f, const char *name, struct err *e)
{
    u8 first[FAT_SECTOR];
    f->piece_at = 0;
    if (!f->read(f->opaque, 0, 1, first))
        return err_set(e, "%s: is too short for a disk's image, or cannot be read", name);
    if (open_at(f, 0))
        return true;
    if (get_le16(first + 510) != 0xaa55)
        return err_set(e, "%s: is no image of a disk with a FAT file system", name);
    /* The partition that is booted from before the others. */
    for (int active = 1; active >= 0; active--) {
        for (unsigned i = 0; i < PARTITIONS; i++) {
            const u8 *row = first + TABLE_AT + 16 * i;
            if (is_fat_type(row[4]) && (row[0] == 0x80) == active && get_le32(row + 8) &&
                open_at(f, get_le32(row + 8)))
                return true;
        }
    }
    return err_set(e, "%s: no partition in it has a FAT file system", name);
}

/* ---- clusters ---- */

/* What follows a cluster; FAT_BAD also when the table cannot be read. */
static u32 next_cluster(struct fat_files *f, u32 cluster)
{
    const struct fat_volume *v = &f->volume;
    u32 entries = fat_piece_entries(v->bits), sectors = fat_piece_sectors(v->bits);
    u64 first = (u64)(cluster / entries) * sectors;
    if (first >= v->table_sectors)
        return FAT_BAD;
    if (sectors > v->table_sectors - first)
        sectors = (u32)(v->table_sectors - first);
    if (f->piece_at != v->reserved + first) {
        f->piece_at = 0;
        memset(f->piece, 0, sizeof(f->piece));
        if (!read_sectors(f, v->reserved + first, sectors, f->piece))
            return FAT_BAD;
        f->piece_at = v->reserved + first;
    }
    return fat_get(v->bits, f->piece, cluster % entries);
}

static u64 cluster_at(const struct fat_volume *v, u32 cluster)
{
    return fat_data_at(v) + (u64)(cluster - 2) * v->cluster_sectors;
}

/* ---- directories ---- */

/* One sector's entries: 1 found, 0 not here, -1 the directory's end. */
static int look_in(struct fat_files *f, const u8 *sector, const u8 name[ALIAS_BYTES],
                   struct fat_entry *entry)
{
    for (unsigned i = 0; i < FAT_SLOTS; i++) {
        const u8 *slot = sector + i * FAT_ENTRY;
        if (slot[0] == 0)
            return -1;
        u8 attributes = slot[11];
        if (slot[0] == FIRST_DELETED || attributes & FAT_LABEL)
            continue;
        fat_get_entry(slot, f->volume.bits, entry);
        if (memcmp(entry->alias, name, ALIAS_BYTES) == 0)
            return 1;
    }
    return 0;
}

/* `start` 0: the root. */
static bool find_in(struct fat_files *f, u32 start, const u8 name[ALIAS_BYTES],
                    struct fat_entry *entry)
{
    const struct fat_volume *v = &f->volume;
    u8 sector[FAT_SECTOR];
    int found = 0;
    if (!start && v->bits != 32) {
        for (u32 i = 0; !found && i < fat_root_sectors(v); i++) {
            if (!read_sectors(f, fat_root_at(v) + (u64)i, 1, sector))
                return false;
            found = look_in(f, sector, name, entry);
        }
        return found == 1;
    }
    u32 cluster = start ? start : v->root_cluster;
    /* A directory has 65,536 entries at most. */
    for (u32 seen = 0; !found && fat_is_cluster(v, cluster) && seen <= FAT_MAX_ENTRIES / FAT_SLOTS;
         seen++) {
        for (u32 i = 0; !found && i < v->cluster_sectors; i++) {
            if (!read_sectors(f, cluster_at(v, cluster) + i, 1, sector))
                return false;
            found = look_in(f, sector, name, entry);
        }
        cluster = next_cluster(f, cluster);
    }
    return found == 1;
}

bool fat_short_name(const char *part, size_t n, u8 out[ALIAS_BYTES])
{
    size_t at = 0, end = 8;
    memset(out, ' ', ALIAS_BYTES);
    for (size_t i = 0; i < n; i++) {
        u8 c = (u8)part[i];
        if (c == '.' && end == 8 && i > 0) {
            at = 8;
            end = ALIAS_BYTES;
            continue;
        }
        if (at == end || c <= ' ' || c == '.')
            return false;
        out[at++] = c >= 'a' && c <= 'z' ? (u8)(c - 'a' + 'A') : c;
    }
    return out[0] != ' ';
}

bool fat_files_find(struct fat_files *f, const char *path, struct fat_entry *entry)
{
    u32 start = 0;
    for (;;) {
        size_t n = strcspn(path, "/");
        u8 name[ALIAS_BYTES];
        if (!fat_short_name(path, n, name) || !find_in(f, start, name, entry))
            return false;
        if (!path[n])
            return true;
        if (!(entry->attributes & FAT_DIRECTORY) || !entry->start)
            return false;
        start = entry->start;
        path += n + 1;
    }
}

u8 *fat_files_read(struct fat_files *f, const struct fat_entry *entry, u32 most)
{
    const struct fat_volume *v = &f->volume;
    u32 size = entry->size, cluster = entry->start;
    if (entry->attributes & FAT_DIRECTORY || size > most)
        return NULL;
    /* Whole sectors are read. */
    u8 *bytes = calloc(1, ((size_t)size / FAT_SECTOR + 2) * FAT_SECTOR);
    for (u32 at = 0; bytes && at < size;) {
        if (!fat_is_cluster(v, cluster)) {
            free(bytes);
            return NULL;
        }
        u32 left = (size - at + FAT_SECTOR - 1) / FAT_SECTOR;
        u32 sectors = left < v->cluster_sectors ? left : v->cluster_sectors;
        if (!read_sectors(f, cluster_at(v, cluster), sectors, bytes + at)) {
            free(bytes);
            return NULL;
        }
        at += sectors * FAT_SECTOR;
        cluster = next_cluster(f, cluster);
    }
    return bytes;
}
