/*
 * fat.c - the FAT file system in bytes. See fat.h.
 *
 * Not modelled: sectors of other sizes than 512 bytes; the FAT of 16 bits without a BPB that DOS 1
 * had.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/fat.h"

#include <string.h>
#include <time.h>

/* ---- shape ---- */

u32 fat_piece_sectors(unsigned bits)
{
    return bits == 12 ? 3 : 1;
}

u32 fat_piece_entries(unsigned bits)
{
    return fat_piece_sectors(bits) * FAT_SECTOR * 8 / bits;
}

static u32 table_sectors_for(unsigned bits, u64 clusters)
{
    return (u32)(((clusters + 2) * bits + 8 * FAT_SECTOR - 1) / (8 * FAT_SECTOR));
}

bool fat_volume_shape(struct fat_volume *v)
{
    v->reserved = v->bits == 32 ? 32 : 1;
    v->tables = 2;
    v->root_cluster = v->bits == 32 ? 2 : 0;
    u64 fixed = v->reserved + fat_root_sectors(v);
    if (v->sectors <= fixed)
        return false;
    /* A larger table leaves room for fewer clusters: the smallest one that names all of them. */
    u64 most_clusters = (v->sectors - fixed) / v->cluster_sectors, clusters = 0;
    u64 table = table_sectors_for(v->bits, most_clusters), before;
    table -= table * v->tables * table / (v->sectors + 1); /* near to it, from below */
    for (;; table++) {
        before = fixed + v->tables * table;
        if (before >= v->sectors)
            return false;
        clusters = (v->sectors - before) / v->cluster_sectors;
        if (table_sectors_for(v->bits, clusters) <= table)
            break;
    }
    v->table_sectors = (u32)table;
    v->clusters = (u32)clusters;
    u64 least = v->bits == 12   ? 1
                : v->bits == 16 ? FAT12_CLUSTERS + FAT_BORDER
                                : FAT16_CLUSTERS + FAT_BORDER;
    u64 most = v->bits == 12   ? FAT12_CLUSTERS - FAT_BORDER
               : v->bits == 16 ? FAT16_CLUSTERS - FAT_BORDER
                               : FAT32_MAX_CLUSTERS;
    return clusters >= least && clusters <= most;
}

/* ---- boot sectors ---- */

/*
 * Prints the text behind it and gives up the boot (INT 18h): cs = 0, this at 7C00h + `at`.
 *     push cs / pop ds / mov si, text / next: lodsb / or al, al / jz end / mov ah, 0Eh
 *     mov bx, 7 / int 10h / jmp next / end: int 18h / hlt / jmp $-1
 */
static void put_stub(u8 *out, unsigned at)
{
    static const char text[] = "This folder holds no operating system.\r\n";
    static const u8 code[] = {0x0e, 0x1f, 0xbe, 0,    0,    0xac, 0x08, 0xc0,
                              0x74, 0x09, 0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd,
                              0x10, 0xeb, 0xf2, 0xcd, 0x18, 0xf4, 0xeb, 0xfd};
    memcpy(out + at, code, sizeof(code));
    put_le16(out + at + 3, (u16)(0x7c00 + at + sizeof(code)));
    memcpy(out + at + sizeof(code), text, sizeof(text));
}

enum { BPB16_END = 62, BPB32_END = 90 };

void fat_emit_boot(const struct fat_volume *v, const u8 *code, u8 out[FAT_SECTOR])
{
    bool wide = v->bits == 32;
    unsigned end = wide ? BPB32_END : BPB16_END;
    u8 *extended = out + (wide ? 64 : 36);
    if (code) {
        memcpy(out, code, FAT_SECTOR);
        memset(out + 3, 0, end - 3);
    } else {
        memset(out, 0, FAT_SECTOR);
        out[0] = 0xeb;
        out[1] = (u8)(end - 2);
        out[2] = 0x90;
        put_stub(out, end);
    }
    memcpy(out + 3, "MSWIN4.1", 8); /* what the oldest systems look for before they trust a BPB */
    put_le16(out + 11, FAT_SECTOR);
    out[13] = (u8)v->cluster_sectors;
    put_le16(out + 14, (u16)v->reserved);
    out[16] = (u8)v->tables;
    put_le16(out + 17, (u16)v->root_entries);
    put_le16(out + 19, !wide && v->sectors < 0x10000 ? (u16)v->sectors : 0);
    out[21] = v->media;
    put_le16(out + 22, wide ? 0 : (u16)v->table_sectors);
    put_le16(out + 24, (u16)v->track_sectors);
    put_le16(out + 26, (u16)v->heads);
    put_le32(out + 28, v->start);
    put_le32(out + 32, wide || v->sectors >= 0x10000 ? v->sectors : 0);
    if (wide) {
        put_le32(out + 36, v->table_sectors);
        put_le32(out + 44, v->root_cluster);
        put_le16(out + 48, 1); /* FSInfo */
        put_le16(out + 50, 6); /* copy of the boot sector */
    }
    extended[0] = v->start ? 0x80 : 0;
    extended[2] = 0x29;
    put_le32(extended + 3, v->serial);
    memcpy(extended + 7, v->label, ALIAS_BYTES);
    memcpy(extended + 18, wide ? "FAT32   " : v->bits == 16 ? "FAT16   " : "FAT12   ", 8);
    put_le16(out + 510, 0xaa55);
}

void fat_emit_fsinfo(u32 free_clusters, u32 next_free, u8 out[FAT_SECTOR])
{
    memset(out, 0, FAT_SECTOR);
    put_le32(out, 0x41615252);
    put_le32(out + 484, 0x61417272);
    put_le32(out + 488, free_clusters);
    put_le32(out + 492, next_free);
    put_le32(out + 508, 0xaa550000);
}

/* Cylinder, head, sector as a partition table packs them; behind cylinder 1023 the last one. */
static void put_chs(const struct fat_volume *v, u64 sector, u8 out[3])
{
    u64 cylinder = sector / (v->heads * v->track_sectors);
    u32 head = (u32)(sector / v->track_sectors % v->heads);
    u32 in = (u32)(sector % v->track_sectors) + 1;
    if (cylinder > 1023) {
        cylinder = 1023;
        head = v->heads - 1;
        in = v->track_sectors;
    }
    out[0] = (u8)head;
    out[1] = (u8)(in | (cylinder >> 8 << 6));
    out[2] = (u8)cylinder;
}

void fat_emit_mbr(const struct fat_volume *v, const u8 *code, u8 out[FAT_SECTOR])
{
    bool beyond = (u64)v->start + v->sectors > 1024ull * v->heads * v->track_sectors;
    u8 *p = out + 446;
    memset(out, 0, FAT_SECTOR);
    if (code)
        memcpy(out, code, 440);
    else
        put_stub(out, 0);
    put_le32(out + 440, v->serial);
    p[0] = 0x80;
    put_chs(v, v->start, p + 1);
    p[4] = v->bits == 32           ? 0x0c /* FAT32, LBA */
           : v->sectors >= 0x10000 ? (beyond ? 0x0e : 0x06)
           : v->bits == 12         ? 0x01
                                   : 0x04;
    put_chs(v, (u64)v->start + v->sectors - 1, p + 5);
    put_le32(p + 8, v->start);
    put_le32(p + 12, v->sectors);
    put_le16(out + 510, 0xaa55);
}

bool fat_parse_boot(const u8 boot[FAT_SECTOR], u32 start, struct fat_volume *v)
{
    u32 small = get_le16(boot + 19), table = get_le16(boot + 22);
    *v = (struct fat_volume){
        .cluster_sectors = boot[13],
        .reserved = get_le16(boot + 14),
        .tables = boot[16],
        .table_sectors = table ? table : get_le32(boot + 36),
        .root_entries = get_le16(boot + 17),
        .sectors = small ? small : get_le32(boot + 32),
        .start = start,
        .heads = get_le16(boot + 26),
        .track_sectors = get_le16(boot + 24),
        .media = boot[21],
    };
    if (get_le16(boot + 510) != 0xaa55 || get_le16(boot + 11) != FAT_SECTOR || !v->reserved ||
        !v->cluster_sectors || v->cluster_sectors & (v->cluster_sectors - 1) || !v->tables ||
        v->tables > 2 || !v->table_sectors)
        return false;
    u64 data = (u64)v->reserved + (u64)v->tables * v->table_sectors + fat_root_sectors(v);
    if (data >= v->sectors)
        return false;
    v->clusters = (u32)((v->sectors - data) / v->cluster_sectors);
    v->bits = v->clusters < FAT12_CLUSTERS ? 12 : v->clusters < FAT16_CLUSTERS ? 16 : 32;
    if ((v->bits == 32) != !table || (v->bits == 32) != !v->root_entries ||
        v->clusters > FAT32_MAX_CLUSTERS || !v->clusters)
        return false;
    u64 entries = (u64)v->table_sectors * FAT_SECTOR * 8 / v->bits;
    if (entries < 2ull + v->clusters)
        return false;
    const u8 *extended = boot + (v->bits == 32 ? 64 : 36);
    if (extended[2] == 0x29) {
        v->serial = get_le32(extended + 3);
        memcpy(v->label, extended + 7, ALIAS_BYTES);
    }
    v->root_cluster = v->bits == 32 ? get_le32(boot + 44) & 0x0fffffff : 0;
    return v->bits != 32 || fat_is_cluster(v, v->root_cluster);
}

/* ---- the table ---- */

u32 fat_get(unsigned bits, const u8 *piece, u32 index)
{
    u32 v, top;
    if (bits == 32) {
        v = get_le32(piece + index * 4) & 0x0fffffff;
        top = 0x0ffffff0;
    } else if (bits == 16) {
        v = get_le16(piece + index * 2);
        top = 0xfff0;
    } else {
        v = get_le16(piece + index * 3 / 2);
        v = index & 1 ? v >> 4 : v & 0xfff;
        top = 0xff0;
    }
    u32 low = v & 15;
    return v < top ? v : low >= 8 ? FAT_END : 0x0ffffff0 | low;
}

void fat_put(unsigned bits, u8 *piece, u32 index, u32 value)
{
    if (bits == 32) {
        u8 *p = piece + index * 4;
        put_le32(p, (get_le32(p) & 0xf0000000) | (value & 0x0fffffff));
    } else if (bits == 16) {
        put_le16(piece + index * 2, (u16)value);
    } else {
        u8 *p = piece + index * 3 / 2;
        u16 there = get_le16(p);
        put_le16(p, index & 1 ? (u16)((there & 0x00f) | value << 4)
                              : (u16)((there & 0xf000) | (value & 0xfff)));
    }
}

/* ---- times ---- */

struct fat_time fat_time_of(struct tree_time t, bool utc)
{
    static const struct fat_time first = {.date = 0x0021}, last = {0xff9f, 0xbf7d, 199};
    time_t seconds = (time_t)t.seconds;
    struct tm tm;
    if (!(utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)))
        return t.seconds < 0 ? first : last;
    if (tm.tm_year < 80)
        return first;
    if (tm.tm_year > 207)
        return last;
    int second = tm.tm_sec < 60 ? tm.tm_sec : 59; /* a leap second has no place */
    return (struct fat_time){.date =
                                 (u16)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday),
                             .time = (u16)(tm.tm_hour << 11 | tm.tm_min << 5 | second / 2),
                             .hundredths = (u8)(second % 2 * 100 + t.nanos / 10000000)};
}

struct tree_time fat_time_to(struct fat_time t, bool utc)
{
    struct tm tm = {.tm_year = 80 + (t.date >> 9),
                    .tm_mon = (t.date >> 5 & 15) - 1,
                    .tm_mday = t.date & 31,
                    .tm_hour = t.time >> 11,
                    .tm_min = t.time >> 5 & 63,
                    .tm_sec = (t.time & 31) * 2 + t.hundredths / 100,
                    .tm_isdst = -1};
    if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday == 0 || tm.tm_hour > 23 || tm.tm_min > 59 ||
        tm.tm_sec > 59)
        tm = (struct tm){.tm_year = 80, .tm_mday = 1, .tm_isdst = -1};
    s64 seconds = utc ? timegm(&tm) : mktime(&tm);
    return (struct tree_time){seconds, t.hundredths % 100 * 10000000u};
}

/* ---- directory entries ---- */

void fat_put_entry(u8 out[FAT_ENTRY], const struct fat_entry *e)
{
    memset(out, 0, FAT_ENTRY);
    memcpy(out, e->alias, ALIAS_BYTES);
    if (out[0] == 0xe5)
        out[0] = 0x05;
    out[11] = e->attributes;
    out[12] = e->case_bits;
    out[13] = e->created.hundredths;
    put_le16(out + 14, e->created.time);
    put_le16(out + 16, e->created.date);
    put_le16(out + 18, e->accessed);
    put_le16(out + 20, (u16)(e->start >> 16));
    put_le16(out + 22, e->modified.time);
    put_le16(out + 24, e->modified.date);
    put_le16(out + 26, (u16)e->start);
    put_le32(out + 28, e->size);
}

void fat_get_entry(const u8 in[FAT_ENTRY], unsigned bits, struct fat_entry *e)
{
    *e = (struct fat_entry){
        .attributes = in[11],
        .case_bits = in[12],
        .created = {get_le16(in + 16), get_le16(in + 14), in[13]},
        .accessed = get_le16(in + 18),
        .modified = {get_le16(in + 24), get_le16(in + 22), 0},
        .start = get_le16(in + 26) | (bits == 32 ? (u32)get_le16(in + 20) << 16 : 0),
        .size = get_le32(in + 28),
    };
    memcpy(e->alias, in, ALIAS_BYTES);
    if (e->alias[0] == 0x05)
        e->alias[0] = 0xe5;
}

/* Where the 13 units of a slot are. */
static const u8 unit_at[FAT_LONG_UNITS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

unsigned fat_long_slots(const struct long_name *name)
{
    return (name->units + FAT_LONG_UNITS - 1) / FAT_LONG_UNITS;
}

void fat_put_long(u8 out[FAT_ENTRY], const struct long_name *name, unsigned order, u8 checksum)
{
    memset(out, 0, FAT_ENTRY);
    out[0] = (u8)(order | (order == fat_long_slots(name) ? 0x40 : 0));
    out[11] = FAT_LONG_NAME;
    out[13] = checksum;
    for (unsigned i = 0; i < FAT_LONG_UNITS; i++) {
        unsigned at = (order - 1) * FAT_LONG_UNITS + i;
        put_le16(out + unit_at[i], at < name->units    ? name->unit[at]
                                   : at == name->units ? 0
                                                       : 0xffff);
    }
}
