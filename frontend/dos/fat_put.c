/*
 * fat_put.c - writing one file (Microsoft FAT specification, chapters 4 and 6). See fat_put.h.
 */
#include "frontend/dos/fat_put.h"

#include <string.h>

enum { FREE_SLOT = 0xe5 };

/* 2026-01-01 00:00, as the boot disk's own files. */
static const struct fat_time made = {.date = (2026 - 1980) << 9 | 1 << 5 | 1};

struct put {
    struct fat_files *f;
    fat_write_fn *write;
};

static bool read_at(const struct put *p, u64 sector, u32 count, u8 *buf)
{
    return p->f->read(p->f->opaque, p->f->volume.start + sector, count, buf);
}

static bool write_at(const struct put *p, u64 sector, u32 count, const u8 *buf)
{
    return p->write(p->f->opaque, p->f->volume.start + sector, count, buf);
}

/* ---- the table ---- */

/* The piece with this cluster's entry; its place in the table, and how much of it there is. */
static bool load_piece(const struct put *p, u32 cluster, u8 piece[3 * FAT_SECTOR], u64 *first,
                       u32 *sectors)
{
    const struct fat_volume *v = &p->f->volume;
    *sectors = fat_piece_sectors(v->bits);
    *first = (u64)(cluster / fat_piece_entries(v->bits)) * *sectors;
    if (*first >= v->table_sectors)
        return false;
    if (*sectors > v->table_sectors - *first)
        *sectors = (u32)(v->table_sectors - *first);
    memset(piece, 0, 3 * FAT_SECTOR);
    return read_at(p, v->reserved + *first, *sectors, piece);
}

static bool get_entry(const struct put *p, u32 cluster, u32 *value)
{
    u8 piece[3 * FAT_SECTOR];
    u64 first;
    u32 sectors;
    if (!load_piece(p, cluster, piece, &first, &sectors))
        return false;
    *value = fat_get(p->f->volume.bits, piece, cluster % fat_piece_entries(p->f->volume.bits));
    return true;
}

static bool set_entry(const struct put *p, u32 cluster, u32 value)
{
    const struct fat_volume *v = &p->f->volume;
    u8 piece[3 * FAT_SECTOR];
    u64 first;
    u32 sectors;
    if (!load_piece(p, cluster, piece, &first, &sectors))
        return false;
    fat_put(v->bits, piece, cluster % fat_piece_entries(v->bits), value);
    p->f->piece_at = 0; /* what the reader remembers of the table */
    for (u32 t = 0; t < v->tables; t++) {
        if (!write_at(p, v->reserved + (u64)t * v->table_sectors + first, sectors, piece))
            return false;
    }
    return true;
}

/* A chain that goes round in a circle ends where its entries are free already. */
static bool free_chain(const struct put *p, u32 cluster)
{
    while (fat_is_cluster(&p->f->volume, cluster)) {
        u32 next;
        if (!get_entry(p, cluster, &next) || !set_entry(p, cluster, FAT_FREE))
            return false;
        cluster = next;
    }
    return true;
}

/* ---- data ---- */

static bool write_cluster(const struct put *p, u32 cluster, const u8 *bytes, u32 size)
{
    const struct fat_volume *v = &p->f->volume;
    u64 at = fat_data_at(v) + (u64)(cluster - 2) * v->cluster_sectors;
    u8 sector[FAT_SECTOR];
    for (u32 i = 0; i < v->cluster_sectors; i++) {
        u32 from = i * FAT_SECTOR, n = size > from ? size - from : 0;
        memset(sector, 0, sizeof(sector));
        if (n)
            memcpy(sector, bytes + from, n < FAT_SECTOR ? n : FAT_SECTOR);
        if (!write_at(p, at + i, 1, sector))
            return false;
    }
    return true;
}

/* Each cluster is taken when its bytes are there, and linked behind the one before. */
static bool write_chain(const struct put *p, const u8 *bytes, u32 size, u32 *start)
{
    const struct fat_volume *v = &p->f->volume;
    u32 before = 0, at = 0;
    *start = 0;
    for (u32 cluster = 2; at < size && cluster < 2 + v->clusters; cluster++) {
        u32 value, left = size - at;
        if (!get_entry(p, cluster, &value))
            return false;
        if (value != FAT_FREE)
            continue;
        if (!write_cluster(p, cluster, bytes + at, left) || !set_entry(p, cluster, FAT_END) ||
            (before && !set_entry(p, before, cluster)))
            return false;
        if (!before)
            *start = cluster;
        before = cluster;
        at += left < fat_cluster_bytes(v) ? left : fat_cluster_bytes(v);
    }
    return at >= size;
}

/* ---- the directory ---- */

/* The slot with this name, else the first free one. false: neither. */
static bool find_slot(const struct put *p, const u8 alias[ALIAS_BYTES], u64 *sector, u32 *offset,
                      struct fat_entry *old)
{
    const struct fat_volume *v = &p->f->volume;
    u8 buf[FAT_SECTOR];
    bool free_found = false;
    *old = (struct fat_entry){.start = 0};
    for (u32 i = 0; i < fat_root_sectors(v); i++) {
        if (!read_at(p, fat_root_at(v) + (u64)i, 1, buf))
            return false;
        for (u32 at = 0; at < FAT_SECTOR; at += FAT_ENTRY) {
            struct fat_entry x;
            bool end = buf[at] == 0, unused = end || buf[at] == FREE_SLOT;
            if (unused && !free_found) {
                *sector = fat_root_at(v) + (u64)i;
                *offset = at;
                free_found = true;
            }
            if (end)
                return free_found;
            fat_get_entry(buf + at, v->bits, &x);
            if (unused || x.attributes & FAT_LABEL || memcmp(x.alias, alias, ALIAS_BYTES) != 0)
                continue;
            *sector = fat_root_at(v) + (u64)i;
            *offset = at;
            *old = x;
            return !(x.attributes & FAT_DIRECTORY);
        }
    }
    return free_found;
}

bool fat_put_file(struct fat_files *f, fat_write_fn *write, const char *name, const u8 *bytes,
                  u32 size)
{
    const struct put p = {f, write};
    struct fat_entry x = {.attributes = FAT_ARCHIVE, .modified = made, .size = size}, old;
    u8 buf[FAT_SECTOR];
    u64 sector;
    u32 offset;
    if (f->volume.bits == 32 || !fat_short_name(name, strlen(name), x.alias) ||
        !find_slot(&p, x.alias, &sector, &offset, &old) || !free_chain(&p, old.start) ||
        !write_chain(&p, bytes, size, &x.start) || !read_at(&p, sector, 1, buf))
        return false;
    fat_put_entry(buf + offset, &x);
    return write_at(&p, sector, 1, buf);
}
