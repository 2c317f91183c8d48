/*
 * fatfs.c - see fatfs.h: volumes of a disk, paths, whole files.
 */
#include "hw/storage/fatfs_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 64 }; /* sectors that are moved at once */

bool fatfs_wrong(const struct fatfs *f, struct err *e, const char *what)
{
    const char *why = disk_why(f->disk);
    return err_set(e, "%s: %s%s%s", disk_name(f->disk), what, why ? ": " : "", why ? why : "");
}

/* ---- partitions ---- */

static bool is_fat(u8 type)
{
    switch (type & ~0x10) { /* hidden ones, too */
    case 0x01:
    case 0x04:
    case 0x06:
    case 0x0b:
    case 0x0c:
    case 0x0e:
        return true;
    default:
        return false;
    }
}

static bool is_extended(u8 type)
{
    return type == 0x05 || type == 0x0f || type == 0x85;
}

static bool parse_at(struct fatfs *f, u64 sector)
{
    u8 boot[FAT_SECTOR];
    u64 size = disk_sectors(f->disk);
    return sector < size && sector <= UINT32_MAX && disk_read(f->disk, sector, 1, boot) &&
           fat_parse_boot(boot, (u32)sector, &f->shape) && f->shape.sectors <= size - sector;
}

/* Logical drives, 5 on: a chain of tables with one partition each. */
static bool find_logical(struct fatfs *f, u32 extended, unsigned wanted, unsigned *number)
{
    u8 table[FAT_SECTOR];
    u64 at = extended;
    for (unsigned n = 0; n < 60 && at < disk_sectors(f->disk); n++) {
        if (!disk_read(f->disk, at, 1, table) || get_le16(table + 510) != 0xaa55)
            return false;
        const u8 *p = table + 446, *next = p + 16;
        ++*number;
        if ((!wanted || wanted == *number) && is_fat(p[4]) && parse_at(f, at + get_le32(p + 8)))
            return true;
        if (!is_extended(next[4]) || !get_le32(next + 8))
            return false;
        at = (u64)extended + get_le32(next + 8);
    }
    return false;
}

static bool find_volume(struct fatfs *f, unsigned wanted, struct err *e)
{
    u8 table[FAT_SECTOR];
    unsigned number = 4;
    if (!disk_read(f->disk, 0, 1, table))
        return fatfs_wrong(f, e, "it cannot be read");
    if (!wanted && parse_at(f, 0))
        return true;
    bool has_table = get_le16(table + 510) == 0xaa55;
    for (unsigned i = 0; has_table && i < 4; i++) {
        const u8 *p = table + 446 + 16 * i;
        if ((!wanted || wanted == i + 1) && is_fat(p[4]) && parse_at(f, get_le32(p + 8)))
            return true;
    }
    for (unsigned i = 0; has_table && i < 4; i++) {
        const u8 *p = table + 446 + 16 * i;
        if (is_extended(p[4]) && find_logical(f, get_le32(p + 8), wanted, &number))
            return true;
    }
    if (wanted)
        return err_set(e, "%s: partition %u holds no FAT file system, or is not there",
                       disk_name(f->disk), wanted);
    return fatfs_wrong(f, e, "no FAT file system is on it (ferrite disk mkfs makes one)");
}

static int read_sectors(void *opaque, u64 sector, u32 count, u8 *buf)
{
    struct fatfs *f = opaque;
    return disk_read(f->disk, sector, count, buf) ? 0 : EIO;
}

struct fatfs *fatfs_open(struct disk *d, unsigned partition, struct err *e)
{
    struct fatfs *f = calloc(1, sizeof(*f));
    if (!f) {
        err_set(e, "out of memory");
        return NULL;
    }
    f->disk = d;
    f->next = 2;
    f->cp = codepage_find(codepage_of_locale(getenv("LANG")));
    if (!find_volume(f, partition, e)) {
        free(f);
        return NULL;
    }
    volume_init(&f->volume, &f->shape, read_sectors, f);
    return f;
}

bool fatfs_close(struct fatfs *f, struct err *e)
{
    bool ok = disk_read_only(f->disk) || disk_flush(f->disk) ||
              fatfs_wrong(f, e, "not all that was written is on it");
    free(f);
    return ok;
}

const struct fat_volume *fatfs_shape(const struct fatfs *f)
{
    return &f->shape;
}

/* ---- paths ---- */

static u32 first_cluster(const struct fatfs *f, const struct fatfs_entry *e)
{
    return e->root ? f->shape.root_cluster : e->fat.start;
}

static bool name_of(struct fatfs *f, const char *text, size_t len, struct long_name *name,
                    struct err *e)
{
    return (len && len <= NAME_BYTES && !(len == 1 && *text == '.') &&
            !(len == 2 && memcmp(text, "..", 2) == 0) && name_from_host(text, len, name)) ||
           err_set(e, "%s: \"%.*s\" is no name for a file", disk_name(f->disk),
                   (int)(len < 80 ? len : 80), text);
}

bool fatfs_find(struct fatfs *f, const char *path, struct fatfs_entry *out, struct err *e)
{
    *out = (struct fatfs_entry){.root = true};
    for (const char *p = path;;) {
        struct long_name name;
        p += strspn(p, "/");
        size_t len = strcspn(p, "/");
        if (!len)
            return true;
        if (!fatfs_is_folder(out))
            return err_set(e, "%s: %.*s: not a folder", disk_name(f->disk), (int)(p - path), path);
        if (!name_of(f, p, len, &name, e))
            return false;
        if (!fatfs_lookup(f, first_cluster(f, out), &name, out, e))
            return e->text[0] ? false
                              : err_set(e, "%s: there is no %.*s on it", disk_name(f->disk),
                                        (int)(p + len - path), path);
        p += len;
    }
}

struct telling {
    bool (*fn)(void *opaque, const struct fatfs_entry *e);
    void *opaque;
    u32 folder;
};

static bool tell(void *opaque, const struct volume_entry *v)
{
    struct telling *t = opaque;
    struct fatfs_entry e = {.fat = v->fat, .slot = v->slot, .slots = v->slots, .folder = t->folder};
    return !name_to_host(&v->name, e.name) || t->fn(t->opaque, &e);
}

bool fatfs_list(struct fatfs *f, const struct fatfs_entry *folder,
                bool (*fn)(void *opaque, const struct fatfs_entry *e), void *opaque, struct err *e)
{
    struct telling t = {fn, opaque, first_cluster(f, folder)};
    return volume_list(&f->volume, f->cp, t.folder, tell, &t) ||
           err_set(e, "%s: the folder %s is damaged", disk_name(f->disk),
                   folder->root ? "at the root" : folder->name);
}

/* ---- whole files ---- */

bool fatfs_read(struct fatfs *f, const struct fatfs_entry *file,
                int (*put)(void *opaque, const void *bytes, size_t size), void *opaque,
                struct err *e)
{
    u8 buf[PIECE * FAT_SECTOR];
    u32 left = file->fat.size, c = file->fat.start;
    for (u32 n = 0; left; n++, c = volume_fat(&f->volume, 0, c)) {
        if (!fat_is_cluster(&f->shape, c) || n >= f->shape.clusters)
            return err_set(e, "%s: %s: its clusters end too early: the file system is damaged",
                           disk_name(f->disk), file->name);
        u64 sector = volume_sector(&f->volume, c);
        for (u32 in = 0; left && in < f->shape.cluster_sectors; in += PIECE) {
            u32 count =
                f->shape.cluster_sectors - in < PIECE ? f->shape.cluster_sectors - in : PIECE;
            size_t size = (size_t)count * FAT_SECTOR;
            size = left < size ? left : size;
            if (!disk_read(f->disk, sector + in, count, buf))
                return err_set(e, "%s: %s: cannot be read", disk_name(f->disk), file->name);
            int error = put(opaque, buf, size);
            if (error)
                return err_set(e, "%s: %s", file->name, strerror(error));
            left -= (u32)size;
        }
    }
    return true;
}

static bool write_chain(struct fatfs *f, u32 start, u32 size,
                        int (*get)(void *opaque, void *bytes, size_t size), void *opaque,
                        const char *name, struct err *e)
{
    u8 buf[PIECE * FAT_SECTOR];
    u32 left = size;
    for (u32 c = start; left; c = volume_fat(&f->volume, 0, c)) {
        u64 sector = volume_sector(&f->volume, c);
        for (u32 in = 0; left && in < f->shape.cluster_sectors; in += PIECE) {
            u32 count =
                f->shape.cluster_sectors - in < PIECE ? f->shape.cluster_sectors - in : PIECE;
            size_t n = (size_t)count * FAT_SECTOR;
            n = left < n ? left : n;
            memset(buf + n, 0, sizeof(buf) - n);
            int error = get(opaque, buf, n);
            if (error)
                return err_set(e, "%s: %s", name, strerror(error));
            if (!disk_write(f->disk, sector + in, (u32)((n + FAT_SECTOR - 1) / FAT_SECTOR), buf))
                return fatfs_wrong(f, e, "it cannot be written");
            left -= (u32)n;
        }
    }
    return true;
}

static struct fat_entry entry_of(u32 start, u32 size, u8 attributes, struct tree_time time)
{
    struct fat_time t = fat_time_of(time, false);
    return (struct fat_entry){.attributes = attributes,
                              .created = t,
                              .modified = t,
                              .accessed = t.date,
                              .start = start,
                              .size = size};
}

/* The name in a folder: what has it already is in *old. */
static bool look_for(struct fatfs *f, const struct fatfs_entry *folder, const char *text,
                     struct long_name *name, struct fatfs_entry *old, bool *there, struct err *e)
{
    if (!fatfs_is_folder(folder))
        return err_set(e, "%s: %s: not a folder", disk_name(f->disk), folder->name);
    if (disk_read_only(f->disk))
        return fatfs_wrong(f, e, "it is write-protected");
    if (!name_of(f, text, strlen(text), name, e))
        return false;
    *there = fatfs_lookup(f, first_cluster(f, folder), name, old, e);
    return *there || !e->text[0];
}

bool fatfs_write(struct fatfs *f, const struct fatfs_entry *folder, const char *text, u32 size,
                 struct tree_time time, int (*get)(void *opaque, void *bytes, size_t size),
                 void *opaque, struct err *e)
{
    struct long_name name;
    struct fatfs_entry old;
    bool there;
    u32 bytes = fat_cluster_bytes(&f->shape), start;
    if (!look_for(f, folder, text, &name, &old, &there, e))
        return false;
    if (there && fatfs_is_folder(&old))
        return err_set(e, "%s: %s is a folder on it", disk_name(f->disk), text);
    if (!fatfs_allocate(f, (u32)(((u64)size + bytes - 1) / bytes), &start, e))
        return false;
    struct err why;
    struct fat_entry entry = entry_of(start, size, FAT_ARCHIVE, time);
    bool ok = write_chain(f, start, size, get, opaque, text, e);
    if (ok && there) /* the old version is to be given up only when the new one is safe */
        ok = disk_flush(f->disk) || fatfs_wrong(f, e, "it cannot be written");
    if (ok && there) {
        memcpy(entry.alias, old.fat.alias, ALIAS_BYTES);
        entry.case_bits = old.fat.case_bits;
        entry.created = old.fat.created;
        entry.attributes |= old.fat.attributes & (FAT_HIDDEN | FAT_SYSTEM);
        ok = fatfs_replace(f, &old, &entry, e) &&
             (disk_flush(f->disk) || fatfs_wrong(f, e, "it cannot be written")) &&
             fatfs_release(f, old.fat.start, e);
    } else if (ok) {
        ok = fatfs_add(f, first_cluster(f, folder), &name, &entry, e);
    }
    if (ok)
        return fatfs_forget_free(f, e);
    if (!there)
        fatfs_release(f, start, &why);
    return false;
}

bool fatfs_make_folder(struct fatfs *f, const struct fatfs_entry *parent, const char *text,
                       struct tree_time time, struct fatfs_entry *out, struct err *e)
{
    struct long_name name;
    bool there;
    u32 start, above = first_cluster(f, parent);
    u8 sector[FAT_SECTOR] = {0}, zero[FAT_SECTOR] = {0};
    if (!look_for(f, parent, text, &name, out, &there, e))
        return false;
    if (there)
        return fatfs_is_folder(out) ||
               err_set(e, "%s: %s is a file on it", disk_name(f->disk), text);
    if (!fatfs_allocate(f, 1, &start, e))
        return false;
    struct fat_entry entry = entry_of(start, 0, FAT_DIRECTORY, time), dots = entry;
    memcpy(dots.alias, ".          ", ALIAS_BYTES);
    fat_put_entry(sector, &dots);
    memcpy(dots.alias, "..         ", ALIAS_BYTES);
    dots.start = parent->root ? 0 : above;
    fat_put_entry(sector + FAT_ENTRY, &dots);
    bool ok = true;
    for (u32 i = 0; ok && i < f->shape.cluster_sectors; i++)
        ok = disk_write(f->disk, volume_sector(&f->volume, start) + i, 1, i ? zero : sector) ||
             fatfs_wrong(f, e, "it cannot be written");
    struct err why;
    if (ok && fatfs_add(f, above, &name, &entry, e) && fatfs_lookup(f, above, &name, out, e))
        return fatfs_forget_free(f, e);
    fatfs_release(f, start, &why);
    return false;
}
