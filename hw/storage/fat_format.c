/*
 * fat_format.c - see fat_format.h.
 *
 * A hard disk is laid out as that of an empty folder (hw/storage/folder/layout.h); diskettes as DOS
 * formats them (MS-DOS Programmer's Reference, ch. 3: BPBs of the usual formats).
 *
 * A volume that grows needs a longer table: all behind it moves by the same number of sectors, so
 * that clusters keep their numbers, chains their order, and boot code, which finds files by the
 * boot sector's figures, goes on working. The result is a new file; the old one stays as it was.
 */
#include "hw/storage/fat_format.h"

#include "hw/base/crc32.h"
#include "hw/base/hostfile.h"
#include "hw/storage/fatfs.h"
#include "hw/storage/floppy.h"
#include "hw/storage/folder/folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool failed(struct err *e, const char *name, int error)
{
    return err_set(e, "%s: %s", name, strerror(error));
}

/* ---- a new one ---- */

static const struct diskette {
    u16 sectors;
    u8 track, heads, cluster, root, media;
} diskettes[] = {
    {320, 8, 1, 1, 64, 0xfe},    {360, 9, 1, 1, 64, 0xfc},    {640, 8, 2, 2, 112, 0xff},
    {720, 9, 2, 2, 112, 0xfd},   {1440, 9, 2, 2, 112, 0xf9},  {2400, 15, 2, 1, 224, 0xf9},
    {2880, 18, 2, 1, 224, 0xf0}, {5760, 36, 2, 2, 240, 0xf0},
};

static void set_label(u8 to[ALIAS_BYTES], const char *label)
{
    struct long_name name;
    struct alias_parts p;
    memset(to, ' ', ALIAS_BYTES);
    if (!label || !name_from_host(label, strlen(label), &name)) {
        memcpy(to, "NO NAME", 7);
        return;
    }
    alias_parts(codepage_find(437), &name, &p);
    memcpy(to, p.base, p.bases < ALIAS_BYTES ? p.bases : ALIAS_BYTES);
}

static bool format_diskette(int fd, const struct diskette *d, const struct fat_format *f,
                            const char *name, struct err *e)
{
    struct fat_volume v = {.bits = 12,
                           .cluster_sectors = d->cluster,
                           .root_entries = d->root,
                           .sectors = d->sectors,
                           .heads = d->heads,
                           .track_sectors = d->track,
                           .media = d->media};
    u8 sector[FAT_SECTOR];
    set_label(v.label, f->label);
    v.serial = crc32_of(d->sectors, v.label, sizeof(v.label));
    if (!fat_volume_shape(&v))
        return err_set(e, "%s: no FAT12 fits on it", name);
    fat_emit_boot(&v, NULL, sector);
    int error = ftruncate(fd, (off_t)d->sectors * FAT_SECTOR) == 0 ? 0 : errno;
    if (!error)
        error = host_write(fd, sector, sizeof(sector), 0);
    memset(sector, 0, sizeof(sector));
    sector[0] = d->media;
    sector[1] = sector[2] = 0xff;
    for (u32 t = 0; !error && t < v.tables; t++)
        error = host_write(fd, sector, sizeof(sector),
                           (u64)(v.reserved + t * v.table_sectors) * FAT_SECTOR);
    memset(sector, 0, sizeof(sector));
    memcpy(sector, v.label, ALIAS_BYTES);
    sector[11] = FAT_LABEL;
    if (!error && f->label)
        error = host_write(fd, sector, sizeof(sector), (u64)fat_root_at(&v) * FAT_SECTOR);
    return !error || failed(e, name, error);
}

/* Whole cylinders, of which a layout has them, in so many sectors: never more. */
static u64 whole_cylinders(u64 sectors)
{
    for (u64 before = 0; sectors != before;) {
        u64 heads = 16, cylinder;
        before = sectors;
        while (heads < 256 && sectors > 1024 * 63 * heads)
            heads *= 2;
        cylinder = 63 * (heads < 255 ? heads : 255);
        sectors = sectors / cylinder * cylinder;
    }
    return sectors;
}

static bool format_disk(int fd, const struct fat_format *f, const char *name, struct err *e)
{
    struct tree *t = tree_new();
    struct folder_options o = {.tree = t,
                               .fat = f->bits,
                               .bytes = whole_cylinders(f->bytes / FAT_SECTOR) * FAT_SECTOR,
                               .label = f->label ? f->label : "NO NAME"};
    struct media m = {.folder = &o, .read_only = true};
    if (!o.bytes) {
        tree_free(t);
        return err_set(
            e,
            "%s: a hard disk has at least a cylinder, 504 KiB; diskettes are 160K, 180K, "
            "320K, 360K, 720K, 1.2M, 1.44M, 2.88M",
            name);
    }
    struct disk *d = t && tree_arrange(t) ? disk_open(&m, DISK_HARD, false, NULL, e) : NULL;
    bool ok = d || (t ? false : err_set(e, "%s: out of memory", name));
    if (d && disk_sectors(d) * FAT_SECTOR > f->bytes)
        ok = err_set(e, "%s: the file system wants at least %llu bytes", name,
                     (unsigned long long)(disk_sectors(d) * FAT_SECTOR));
    ok = ok && disk_export(d, fd, e);
    if (ok && ftruncate(fd, (off_t)f->bytes) != 0)
        ok = failed(e, name, errno);
    disk_close(d, NULL);
    tree_free(t);
    return ok;
}

bool fat_format(int fd, const struct fat_format *f, const char *name, struct err *e)
{
    for (size_t i = 0; i < ARRAY_SIZE(diskettes); i++) {
        if ((u64)diskettes[i].sectors * FAT_SECTOR != f->bytes)
            continue;
        if (f->bits && f->bits != 12)
            return err_set(e, "%s: a diskette has FAT12", name);
        return format_diskette(fd, &diskettes[i], f, name, e);
    }
    return format_disk(fd, f, name, e);
}

/* ---- another size ---- */

struct resizing {
    struct disk *from;
    int fd;
    const char *name;
    struct err *e;
};

/* Sectors from one place to another; zeros stay holes. */
static bool copy(struct resizing *r, u64 from, u64 to, u64 count)
{
    enum { RUN = 128 };
    u8 buf[RUN * FAT_SECTOR];
    for (u64 i = 0; i < count; i += RUN) {
        u32 n = count - i < RUN ? (u32)(count - i) : RUN;
        size_t size = (size_t)n * FAT_SECTOR;
        if (!disk_may_go_on(r->from, r->e))
            return false;
        if (!disk_read(r->from, from + i, n, buf))
            return err_set(r->e, "%s: cannot be read", r->name);
        bool zero = !buf[0] && memcmp(buf, buf + 1, size - 1) == 0;
        int error = zero ? 0 : host_write(r->fd, buf, size, (to + i) * FAT_SECTOR);
        if (error)
            return failed(r->e, r->name, error);
    }
    return true;
}

static bool put(struct resizing *r, u64 sector, const u8 *bytes)
{
    int error = host_write(r->fd, bytes, FAT_SECTOR, sector * FAT_SECTOR);
    return !error || failed(r->e, r->name, error);
}

/* Without a file system that we know: what lies behind a smaller size must be zeros. */
static bool resize_plain(struct resizing *r, u64 sectors)
{
    u64 have = disk_sectors(r->from), keep = have < sectors ? have : sectors;
    u8 sector[FAT_SECTOR];
    for (u64 i = sectors; i < have; i++) {
        if (!disk_may_go_on(r->from, r->e))
            return false;
        if (!disk_read(r->from, i, 1, sector))
            return err_set(r->e, "%s: cannot be read", r->name);
        if (sector[0] || memcmp(sector, sector + 1, FAT_SECTOR - 1) != 0)
            return err_set(r->e,
                           "%s: there are data at sector %llu, behind its new end, and no FAT "
                           "file system that could be made smaller",
                           r->name, (unsigned long long)i);
    }
    return copy(r, 0, 0, keep);
}

static u32 last_used(struct fatfs *f, struct volume *v)
{
    u32 last = 1;
    for (u32 c = 2; c < fatfs_shape(f)->clusters + 2; c++)
        last = volume_fat(v, 0, c) != FAT_FREE ? c : last;
    return last;
}

static int read_disk(void *opaque, u64 sector, u32 count, u8 *buf)
{
    return disk_read(opaque, sector, count, buf) ? 0 : EIO;
}

/* The figures for a volume of so many sectors with the same clusters. false: there are none. */
static bool reshape(const struct fat_volume *old, u64 sectors, struct fat_volume *v)
{
    u64 fixed = old->reserved + fat_root_sectors(old), table = 1, clusters;
    u64 most = old->bits == 12   ? FAT12_CLUSTERS - 1
               : old->bits == 16 ? FAT16_CLUSTERS - 1
                                 : FAT32_MAX_CLUSTERS;
    u64 least = old->bits == 12 ? 1 : old->bits == 16 ? FAT12_CLUSTERS : FAT16_CLUSTERS;
    if (sectors > UINT32_MAX)
        return false;
    for (;; table = ((clusters + 2) * old->bits + 8 * FAT_SECTOR - 1) / (8 * FAT_SECTOR)) {
        if (fixed + old->tables * table >= sectors)
            return false;
        clusters = (sectors - fixed - old->tables * table) / old->cluster_sectors;
        if (((clusters + 2) * old->bits + 8 * FAT_SECTOR - 1) / (8 * FAT_SECTOR) <= table)
            break;
    }
    if (clusters < least)
        return false;
    *v = *old;
    v->clusters = (u32)(clusters < most ? clusters : most);
    v->table_sectors = (u32)table;
    v->sectors = (u32)(fixed + old->tables * table + (u64)v->clusters * old->cluster_sectors);
    if (v->sectors < sectors && clusters <= most)
        v->sectors = (u32)sectors; /* a part of a cluster at the end */
    return true;
}

/* Boot sector, and FAT32's copy of it, with the new figures; FSInfo knows nothing any more. */
static bool put_boot(struct resizing *r, const struct fat_volume *v)
{
    u8 b[FAT_SECTOR];
    if (!copy(r, v->start, v->start, v->reserved) || !disk_read(r->from, v->start, 1, b))
        return false;
    bool small = v->bits != 32 && v->sectors < 0x10000;
    put_le16(b + 19, small ? (u16)v->sectors : 0);
    put_le32(b + 32, small ? 0 : v->sectors);
    if (v->bits == 32)
        put_le32(b + 36, v->table_sectors);
    else
        put_le16(b + 22, (u16)v->table_sectors);
    u32 info = get_le16(b + 48), again = get_le16(b + 50);
    if (!put(r, v->start, b))
        return false;
    if (v->bits != 32)
        return true;
    if (again && again < v->reserved && !put(r, v->start + again, b))
        return false;
    if (!info || info >= v->reserved || !disk_read(r->from, v->start + info, 1, b) ||
        get_le32(b) != 0x41615252)
        return true;
    put_le32(b + 488, UINT32_MAX);
    put_le32(b + 492, UINT32_MAX);
    return put(r, v->start + info, b);
}

/* All but the volume itself, whose partition gets its new size. */
static bool put_partition(struct resizing *r, const struct fat_volume *old,
                          const struct fat_volume *v)
{
    u8 b[FAT_SECTOR];
    if (!old->start)
        return true;
    if (!copy(r, 0, 0, old->start) || !disk_read(r->from, 0, 1, b))
        return false;
    for (u8 *p = b + 446; p < b + 510; p += 16) {
        if (get_le32(p + 8) != old->start)
            continue;
        put_le32(p + 12, v->sectors);
        /* Its last sector by cylinder, head, sector: behind what that reaches, the last there is.
         */
        u64 last = (u64)v->start + v->sectors - 1;
        u32 heads = v->heads ? v->heads : 255, track = v->track_sectors ? v->track_sectors : 63;
        u64 cylinder = last / ((u64)heads * track);
        u32 head = cylinder > 1023 ? heads - 1 : (u32)(last / track % heads);
        u32 in = cylinder > 1023 ? track : (u32)(last % track) + 1;
        cylinder = cylinder > 1023 ? 1023 : cylinder;
        p[5] = (u8)head;
        p[6] = (u8)((in & 0x3f) | (u32)(cylinder >> 8) << 6);
        p[7] = (u8)cylinder;
        return put(r, 0, b);
    }
    return err_set(r->e, "%s: only a primary partition's FAT can be given another size", r->name);
}

/* The tables: as long as before or longer. */
static bool put_tables(struct resizing *r, const struct fat_volume *old, const struct fat_volume *v)
{
    u32 n = old->table_sectors < v->table_sectors ? old->table_sectors : v->table_sectors;
    for (u32 t = 0; t < old->tables; t++) {
        if (!copy(r, (u64)old->start + old->reserved + (u64)t * old->table_sectors,
                  (u64)v->start + v->reserved + (u64)t * v->table_sectors, n))
            return false;
    }
    return true;
}

static bool other_partitions_behind(struct resizing *r, const struct fat_volume *old)
{
    u8 b[FAT_SECTOR];
    if (!old->start || !disk_read(r->from, 0, 1, b))
        return false;
    for (const u8 *p = b + 446; p < b + 510; p += 16) {
        if (p[4] && get_le32(p + 8) > old->start)
            return true;
    }
    return false;
}

static bool resize_volume(struct resizing *r, struct fatfs *f, u64 sectors, char *note,
                          size_t note_size)
{
    const struct fat_volume *old = fatfs_shape(f);
    struct fat_volume v;
    struct volume reader;
    volume_init(&reader, old, read_disk, r->from);
    u32 last = last_used(f, &reader);
    if (sectors <= old->start || !reshape(old, sectors - old->start, &v))
        return err_set(r->e,
                       "%s: a FAT%u with clusters of %u bytes cannot have that size; make a new "
                       "one: ferrite disk mkfs",
                       r->name, old->bits, fat_cluster_bytes(old));
    if (last >= v.clusters + 2)
        return err_set(r->e, "%s: a file lies in cluster %u, and only %u fit into the new size",
                       r->name, last, v.clusters);
    bool ok = put_partition(r, old, &v) && put_boot(r, &v) && put_tables(r, old, &v) &&
              copy(r, (u64)old->start + fat_root_at(old), (u64)v.start + fat_root_at(&v),
                   fat_root_sectors(old) + (u64)(last - 1) * old->cluster_sectors);
    snprintf(note, note_size, "FAT%u of %llu bytes, before %llu", v.bits,
             (unsigned long long)v.sectors * FAT_SECTOR,
             (unsigned long long)old->sectors * FAT_SECTOR);
    if (ok && v.start + (u64)v.sectors < sectors)
        snprintf(note + strlen(note), note_size - strlen(note),
                 "; clusters of %u bytes reach no further", fat_cluster_bytes(&v));
    return ok;
}

bool fat_resize(struct disk *d, int fd, u64 bytes, char *note, size_t note_size, struct err *e)
{
    struct resizing r = {.from = d, .fd = fd, .name = disk_name(d), .e = e};
    u64 sectors = bytes / FAT_SECTOR;
    struct err none;
    if (!sectors)
        return err_set(e, "%s: it would be empty", r.name);
    if (ftruncate(fd, (off_t)bytes) != 0)
        return failed(e, r.name, errno);
    struct fatfs *f = fatfs_open(d, 0, &none);
    bool ok;
    if (f && !other_partitions_behind(&r, fatfs_shape(f))) {
        ok = resize_volume(&r, f, sectors, note, note_size);
    } else {
        ok = resize_plain(&r, sectors);
        snprintf(note, note_size, "what is on it stays as it is");
    }
    if (f)
        fatfs_close(f, &none);
    return ok;
}
