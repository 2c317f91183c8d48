/*
 * volume.c - reading the guest's file system. See volume.h.
 *
 * Everything in it may be wrong: it is the guest's, and in the middle of a change. Chains are
 * followed for at most as many steps as there are clusters.
 */
#include "hw/storage/folder/volume.h"

#include "hw/base/hash.h"

#include <string.h>

void volume_init(struct volume *v, const struct fat_volume *shape,
                 int (*read)(void *opaque, u64 sector, u32 count, u8 *buf), void *opaque)
{
    v->shape = shape;
    v->read = read;
    v->opaque = opaque;
    volume_forget(v);
}

void volume_forget(struct volume *v)
{
    v->piece_at[0] = v->piece_at[1] = UINT32_MAX;
}

u32 volume_fat(struct volume *v, unsigned table, u32 cluster)
{
    const struct fat_volume *s = v->shape;
    u32 entries = fat_piece_entries(s->bits), sectors = fat_piece_sectors(s->bits);
    u32 piece = cluster / entries;
    if (v->piece_at[table] != piece) {
        u32 at = piece * sectors,
            n = s->table_sectors - at < sectors ? s->table_sectors - at : sectors;
        v->piece_at[table] = UINT32_MAX;
        memset(v->piece[table], 0, sizeof(v->piece[table]));
        if (v->read(v->opaque, (u64)s->start + s->reserved + table * s->table_sectors + at, n,
                    v->piece[table]) != 0)
            return FAT_BAD;
        v->piece_at[table] = piece;
    }
    return fat_get(s->bits, v->piece[table], cluster % entries);
}

u64 volume_sector(const struct volume *v, u32 cluster)
{
    const struct fat_volume *s = v->shape;
    return (u64)s->start + fat_data_at(s) + (u64)(cluster - 2) * s->cluster_sectors;
}

enum volume_chain volume_walk(struct volume *v, u32 start, u32 hashed, struct chain *out,
                              bool (*fn)(void *opaque, u32 cluster, u32 index), void *opaque)
{
    u64 hash = HASH_START;
    bool follow = true;
    *out = (struct chain){.contiguous = true};
    for (u32 c = start; c != FAT_END;) {
        if (!fat_is_cluster(v->shape, c) || out->count >= v->shape->clusters ||
            (fn && !fn(opaque, c, out->count)))
            return VOLUME_BAD;
        u32 next = volume_fat(v, 0, c);
        if (next == FAT_FREE || (v->shape->tables > 1 && next != volume_fat(v, 1, c)))
            return VOLUME_BAD;
        if (c != start + out->count) {
            out->contiguous = false;
            follow &= out->count >= hashed;
        }
        if (out->count < hashed)
            hash = hash_u64(hash, c);
        out->count++;
        c = next;
    }
    out->hash = follow ? 0 : hash | 1;
    return VOLUME_GOOD;
}

/* ---- directories ---- */

/* A long name as its slots come by, the last one first. */
struct gather {
    struct long_name name;
    unsigned next;  /* the slot that is expected; 0: none */
    unsigned total; /* of this name */
    u8 checksum;
};

static const u8 unit_at[FAT_LONG_UNITS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

static void gather_slot(struct gather *g, const u8 *s)
{
    unsigned order = s[0] & 0x3f;
    if (s[0] & 0x40) {
        g->total = g->next = order;
        g->checksum = s[13];
        g->name.units = 0;
    }
    if (!order || order > 20 || order != g->next || s[13] != g->checksum) {
        g->next = g->total = 0;
        return;
    }
    g->next--;
    for (unsigned i = FAT_LONG_UNITS; i-- > 0;) {
        unsigned at = (order - 1) * FAT_LONG_UNITS + i;
        u16 unit = get_le16(s + unit_at[i]);
        if (at < NAME_UNITS)
            g->name.unit[at] = unit;
        else if (unit && unit != 0xffff)
            g->total = 0; /* more than 255 */
        if (order == g->total && (!unit || at >= NAME_UNITS))
            g->name.units = at; /* the first 0 ends it */
        else if (order == g->total && unit != 0xffff && !g->name.units)
            g->name.units = at + 1;
    }
}

static bool sound_name(const struct long_name *n)
{
    for (unsigned i = 0; i < n->units; i++) {
        u16 c = n->unit[i];
        if (c < 0x20 || (c < 0x80 && strchr("\"*/:<>?\\|", c)))
            return false;
    }
    return n->units > 0;
}

static bool is_dot(const u8 *alias)
{
    return memcmp(alias, ".          ", ALIAS_BYTES) == 0 ||
           memcmp(alias, "..         ", ALIAS_BYTES) == 0;
}

/* An entry that is complete; `g` holds what came in front of it. */
static void complete(const struct volume *v, const struct codepage *cp, const u8 *s,
                     struct gather *g, u32 slot, struct volume_entry *e)
{
    memcpy(e->raw, s, FAT_ENTRY);
    fat_get_entry(s, v->shape->bits, &e->fat);
    e->has_long = g->total && !g->next && g->name.units && alias_checksum(s) == g->checksum;
    e->slots = 1 + (e->has_long ? g->total : 0);
    e->slot = slot + 1 - e->slots;
    if (e->has_long)
        e->name = g->name;
    else
        name_from_alias(cp, e->fat.alias, e->fat.case_bits, &e->name);
    bool dotted = !e->has_long && memchr(s, '.', ALIAS_BYTES);
    e->sound = sound_name(&e->name) && s[0] != ' ' && !dotted;
}

struct lister {
    struct volume *v;
    const struct codepage *cp;
    bool (*fn)(void *opaque, const struct volume_entry *e);
    void *opaque;
    struct gather gather;
    struct volume_entry entry;
    u32 slot;
};

enum { GO_ON, ENDED, UNREADABLE };

static int list_sector(struct lister *l, const u8 *sector)
{
    for (unsigned i = 0; i < FAT_SLOTS; i++, l->slot++) {
        const u8 *s = sector + i * FAT_ENTRY;
        if (!s[0])
            return ENDED;
        if (s[0] == 0xe5) {
            l->gather.next = l->gather.total = 0;
        } else if ((s[11] & 0x3f) == FAT_LONG_NAME) {
            gather_slot(&l->gather, s);
        } else {
            if (!(s[11] & FAT_LABEL) && !is_dot(s)) {
                complete(l->v, l->cp, s, &l->gather, l->slot, &l->entry);
                if (!l->fn(l->opaque, &l->entry))
                    return ENDED;
            }
            l->gather.next = l->gather.total = 0;
        }
    }
    return GO_ON;
}

static int list_run(struct lister *l, u64 sector, u32 count)
{
    u8 buf[FAT_SECTOR];
    int how = GO_ON;
    for (u32 i = 0; how == GO_ON && i < count; i++)
        how = l->v->read(l->v->opaque, sector + i, 1, buf) ? UNREADABLE : list_sector(l, buf);
    return how;
}

bool volume_list(struct volume *v, const struct codepage *cp, u32 start,
                 bool (*fn)(void *opaque, const struct volume_entry *e), void *opaque)
{
    const struct fat_volume *s = v->shape;
    struct lister l = {.v = v, .cp = cp, .fn = fn, .opaque = opaque};
    if (!start && s->bits != 32)
        return list_run(&l, (u64)s->start + fat_root_at(s), fat_root_sectors(s)) != UNREADABLE;
    u32 most = FAT_MAX_ENTRIES / FAT_SLOTS / s->cluster_sectors + 1;
    for (u32 c = start, n = 0; c != FAT_END; c = volume_fat(v, 0, c), n++) {
        if (!fat_is_cluster(s, c) || n > most)
            return false;
        int how = list_run(&l, volume_sector(v, c), s->cluster_sectors);
        if (how != GO_ON)
            return how == ENDED;
    }
    return true;
}

u32 volume_slot_sector(struct volume *v, u32 start, u32 slot)
{
    const struct fat_volume *s = v->shape;
    u32 sector = slot / FAT_SLOTS;
    if (!start && s->bits != 32)
        return sector < fat_root_sectors(s) ? fat_root_at(s) + sector : 0;
    u32 c = start;
    for (u32 n = sector / s->cluster_sectors; n && fat_is_cluster(s, c); n--)
        c = volume_fat(v, 0, c);
    if (!fat_is_cluster(s, c))
        return 0;
    return (u32)(volume_sector(v, c) - s->start) + sector % s->cluster_sectors;
}
