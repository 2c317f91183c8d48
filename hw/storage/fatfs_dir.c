/*
 * fatfs_dir.c - entries of a FAT volume's folders: found, added, replaced. See fatfs.h.
 */
#include "hw/storage/fatfs_inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- finding ---- */

struct looking {
    struct fatfs *f;
    const struct long_name *name;
    struct alias_parts parts;
    struct fatfs_entry *out;
    u32 folder;
    bool found;
};

/* Eight and three, as an alias has them. */
static bool alias_is(const struct alias_parts *p, const u8 alias[ALIAS_BYTES])
{
    u8 whole[ALIAS_BYTES];
    if (p->lossy || p->bases > 8 || p->extensions > 3)
        return false;
    memset(whole, ' ', sizeof(whole));
    memcpy(whole, p->base, p->bases);
    memcpy(whole + 8, p->extension, p->extensions);
    return memcmp(whole, alias, ALIAS_BYTES) == 0;
}

static void fill(struct fatfs_entry *out, const struct volume_entry *v, u32 folder)
{
    *out =
        (struct fatfs_entry){.fat = v->fat, .slot = v->slot, .slots = v->slots, .folder = folder};
    if (!name_to_host(&v->name, out->name))
        snprintf(out->name, sizeof(out->name), "?");
}

static bool look(void *opaque, const struct volume_entry *v)
{
    struct looking *l = opaque;
    if (!name_same(&v->name, l->name) && !alias_is(&l->parts, v->fat.alias))
        return true;
    fill(l->out, v, l->folder);
    l->found = true;
    return false;
}

bool fatfs_lookup(struct fatfs *f, u32 folder, const struct long_name *name,
                  struct fatfs_entry *out, struct err *e)
{
    struct looking l = {.f = f, .name = name, .out = out, .folder = folder};
    alias_parts(f->cp, name, &l.parts);
    e->text[0] = 0;
    if (!volume_list(&f->volume, f->cp, folder, look, &l))
        return fatfs_wrong(f, e, "a folder on it is damaged");
    return l.found;
}

/* ---- adding ---- */

struct gathering {
    struct name_table *names;
    bool ok;
};

static bool gather(void *opaque, const struct volume_entry *v)
{
    struct gathering *g = opaque;
    g->ok = name_table_add(g->names, &v->name) != NAME_NO_MEMORY &&
            name_table_add_alias(g->names, v->fat.alias) != NAME_NO_MEMORY;
    return g->ok;
}

static bool choose_alias(struct fatfs *f, u32 folder, const struct long_name *name,
                         struct alias *alias, struct err *e)
{
    struct gathering g = {.names = name_table_new(f->cp), .ok = true};
    bool ok = g.names && volume_list(&f->volume, f->cp, folder, gather, &g) && g.ok &&
              name_table_add(g.names, name) != NAME_NO_MEMORY &&
              name_table_alias(g.names, name, alias);
    name_table_free(g.names);
    return ok || fatfs_wrong(f, e, "no short name is left for a file in this folder");
}

/* The sector of a slot, on the disk; 0: the folder ends before. */
static u64 slot_sector(struct fatfs *f, u32 folder, u32 slot)
{
    u32 sector = volume_slot_sector(&f->volume, folder, slot);
    return sector ? (u64)f->shape.start + sector : 0;
}

/* One cluster more, all zero, at the folder's end. */
static bool grow(struct fatfs *f, u32 folder, struct err *e)
{
    u8 zero[FAT_SECTOR] = {0};
    struct chain chain;
    u32 more, last = folder;
    if (!folder)
        return err_set(e, "%s: its root folder is full", disk_name(f->disk));
    if (volume_walk(&f->volume, folder, 0, &chain, NULL, NULL) != VOLUME_GOOD ||
        (u64)chain.count * f->shape.cluster_sectors * FAT_SLOTS >= FAT_MAX_ENTRIES)
        return fatfs_wrong(f, e, "a folder on it is full, or damaged");
    while (volume_fat(&f->volume, 0, last) != FAT_END)
        last = volume_fat(&f->volume, 0, last);
    if (!fatfs_allocate(f, 1, &more, e))
        return false;
    for (u32 i = 0; i < f->shape.cluster_sectors; i++) {
        if (!disk_write(f->disk, volume_sector(&f->volume, more) + i, 1, zero))
            return fatfs_wrong(f, e, "it cannot be written");
    }
    return fatfs_set(f, last, more, e);
}

/* The first of so many free slots in a row. */
static bool find_slots(struct fatfs *f, u32 folder, u32 wanted, u32 *first, struct err *e)
{
    u8 sector[FAT_SECTOR];
    u32 run = 0;
    u64 at = 0;
    bool over = false; /* behind the last entry all is free, whatever it holds */
    for (u32 slot = 0; slot < FAT_MAX_ENTRIES; slot++) {
        if (slot % FAT_SLOTS == 0) {
            at = slot_sector(f, folder, slot);
            if (!at && (!grow(f, folder, e) || !(at = slot_sector(f, folder, slot))))
                return false;
            if (!disk_read(f->disk, at, 1, sector))
                return fatfs_wrong(f, e, "a folder on it cannot be read");
        }
        u8 head = sector[slot % FAT_SLOTS * FAT_ENTRY];
        over |= head == 0;
        run = over || head == 0xe5 ? run + 1 : 0;
        if (run == wanted) {
            *first = slot + 1 - wanted;
            return true;
        }
    }
    return fatfs_wrong(f, e, "a folder on it is full");
}

/* `slot` gets these 32 bytes. */
static bool put_slot(struct fatfs *f, u32 folder, u32 slot, const u8 *bytes, struct err *e)
{
    u8 sector[FAT_SECTOR];
    u64 at = slot_sector(f, folder, slot);
    bool ok = at && disk_read(f->disk, at, 1, sector);
    if (ok) {
        memcpy(sector + slot % FAT_SLOTS * FAT_ENTRY, bytes, FAT_ENTRY);
        ok = disk_write(f->disk, at, 1, sector);
    }
    return ok || fatfs_wrong(f, e, "a folder on it cannot be written");
}

/* Was `slot` the folder's first one behind the last? Then the one after it must say so now. */
static bool end_after(struct fatfs *f, u32 folder, u32 slot, struct err *e)
{
    u8 sector[FAT_SECTOR];
    u64 at = slot_sector(f, folder, slot);
    if (!at)
        return true;
    if (!disk_read(f->disk, at, 1, sector))
        return fatfs_wrong(f, e, "a folder on it cannot be read");
    u8 *s = sector + slot % FAT_SLOTS * FAT_ENTRY;
    if (!s[0])
        return true;
    memset(s, 0, FAT_ENTRY);
    return disk_write(f->disk, at, 1, sector) ||
           fatfs_wrong(f, e, "a folder on it cannot be written");
}

/* Does the folder's list end before this slot? */
static bool ends_before(struct fatfs *f, u32 folder, u32 slot)
{
    u8 sector[FAT_SECTOR];
    for (u32 i = 0; i < slot; i++) {
        u64 at = i % FAT_SLOTS ? 0 : slot_sector(f, folder, i);
        if (i % FAT_SLOTS == 0 && (!at || !disk_read(f->disk, at, 1, sector)))
            return true;
        if (!sector[i % FAT_SLOTS * FAT_ENTRY])
            return true;
    }
    return false;
}

bool fatfs_add(struct fatfs *f, u32 folder, const struct long_name *name, struct fat_entry *fat,
               struct err *e)
{
    struct alias alias;
    u8 bytes[FAT_ENTRY];
    u32 first;
    if (!choose_alias(f, folder, name, &alias, e))
        return false;
    unsigned slots = alias.needs_long ? fat_long_slots(name) : 0;
    if (!find_slots(f, folder, slots + 1, &first, e))
        return false;
    bool last = ends_before(f, folder, first + slots + 1);
    memcpy(fat->alias, alias.bytes, ALIAS_BYTES);
    fat->case_bits = alias.needs_long ? 0 : alias.case_bits;
    if (last && !end_after(f, folder, first + slots + 1, e))
        return false;
    /* The alias last: until then there are only pieces of a name, which count for nothing. */
    for (unsigned i = 0; i < slots; i++) {
        fat_put_long(bytes, name, slots - i, alias_checksum(alias.bytes));
        if (!put_slot(f, folder, first + i, bytes, e))
            return false;
    }
    fat_put_entry(bytes, fat);
    return put_slot(f, folder, first + slots, bytes, e);
}

bool fatfs_replace(struct fatfs *f, const struct fatfs_entry *at, const struct fat_entry *fat,
                   struct err *e)
{
    u8 bytes[FAT_ENTRY];
    fat_put_entry(bytes, fat);
    return put_slot(f, at->folder, at->slot + at->slots - 1, bytes, e);
}
