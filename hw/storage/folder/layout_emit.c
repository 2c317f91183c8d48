/*
 * layout_emit.c - any sector of a folder's disk, made from the layout. See layout.h.
 */
#include "hw/storage/folder/layout.h"

#include <string.h>

/* ---- the table ---- */

/* The last run that begins at or before the cluster; runs lie side by side from cluster 2 on. */
static u32 run_before(const struct layout *l, u32 cluster)
{
    u32 low = 0, high = l->runs;
    while (high - low > 1) {
        u32 middle = low + (high - low) / 2;
        if (l->run[middle].start <= cluster)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const struct layout_run *layout_find(const struct layout *l, u32 cluster)
{
    if (cluster < 2 || cluster - 2 >= l->used)
        return NULL;
    return &l->run[run_before(l, cluster)];
}

/* Entries 0 and 1: the media byte; a clean volume without errors. */
static u32 first_entry(const struct layout *l, u32 cluster)
{
    return cluster ? FAT_END : 0x0fffff00 | l->volume.media;
}

static void emit_table(const struct layout *l, u32 sector, u8 *out)
{
    unsigned bits = l->volume.bits;
    u8 piece[3 * FAT_SECTOR] = {0};
    u32 sectors = fat_piece_sectors(bits), entries = fat_piece_entries(bits);
    u32 first = sector / sectors * entries;
    u32 run = first >= 2 && first - 2 < l->used ? run_before(l, first) : 0;
    for (u32 i = 0; i < entries && first + i < l->used + 2; i++) {
        u32 cluster = first + i;
        if (cluster < 2) {
            fat_put(bits, piece, i, first_entry(l, cluster));
            continue;
        }
        while (cluster >= l->run[run].start + l->run[run].count)
            run++;
        bool last = cluster + 1 == l->run[run].start + l->run[run].count;
        fat_put(bits, piece, i, last ? FAT_END : cluster + 1);
    }
    memcpy(out, piece + sector % sectors * FAT_SECTOR, FAT_SECTOR);
}

/* ---- directories ---- */

void layout_entry(const struct layout *l, u32 node, struct fat_entry *e)
{
    const struct tree_node *n = &l->tree->node[node];
    const struct layout_node *k = &l->node[node];
    bool utc = l->options.utc;
    *e = (struct fat_entry){
        .attributes = n->attributes,
        .case_bits = k->alias.case_bits,
        .created = fat_time_of(n->changed, utc),
        .modified = fat_time_of(n->modified, utc),
        .accessed = fat_time_of(n->accessed, utc).date,
        .start = k->start,
        .size = tree_is_directory(n) ? 0 : (u32)n->size,
    };
    memcpy(e->alias, k->alias.bytes, ALIAS_BYTES);
}

/* . and .., or the label in the root. */
static void emit_special(const struct layout *l, u32 dir, u32 slot, u8 *out)
{
    struct fat_entry e;
    layout_entry(l, dir, &e);
    e.case_bits = 0;
    e.attributes = FAT_DIRECTORY;
    memset(e.alias, ' ', ALIAS_BYTES);
    if (dir == TREE_ROOT) {
        memcpy(e.alias, l->volume.label, ALIAS_BYTES);
        e.attributes = FAT_LABEL;
        e.start = 0;
    } else if (slot == 0) {
        e.alias[0] = '.';
    } else {
        u32 parent = l->tree->node[dir].parent;
        e.alias[0] = e.alias[1] = '.';
        e.start = parent == TREE_ROOT ? 0 : l->node[parent].start;
    }
    fat_put_entry(out, &e);
}

static void emit_child(const struct layout *l, u32 child, u32 slot, u8 *out)
{
    const struct layout_node *k = &l->node[child];
    unsigned left = k->slots - slot; /* this slot and what follows of the name */
    if (left == 1) {
        struct fat_entry e;
        layout_entry(l, child, &e);
        fat_put_entry(out, &e);
    } else {
        struct long_name name;
        layout_name(l, child, &name);
        /* The checksum is of the bytes on the disk. */
        u8 stored[ALIAS_BYTES];
        memcpy(stored, k->alias.bytes, ALIAS_BYTES);
        if (stored[0] == 0xe5)
            stored[0] = 0x05;
        fat_put_long(out, &name, left - 1, alias_checksum(stored));
    }
}

/* Slots first to first + 15 of a folder. */
static void emit_directory(const struct layout *l, u32 dir, u32 first, u8 *out)
{
    const struct tree_node *d = &l->tree->node[dir];
    u32 low = 0, high = d->count; /* the first child that ends behind `first` */
    memset(out, 0, FAT_SECTOR);
    while (low < high) {
        u32 middle = low + (high - low) / 2;
        const struct layout_node *k = &l->node[d->first + middle];
        if (k->slot + k->slots <= first)
            low = middle + 1;
        else
            high = middle;
    }
    u32 begin = d->count ? l->node[d->first].slot : l->node[dir].entries;
    for (u32 i = 0; i < FAT_SLOTS; i++) {
        u32 slot = first + i;
        u8 *to = out + i * FAT_ENTRY;
        if (slot >= l->node[dir].entries)
            break;
        if (slot < begin) {
            emit_special(l, dir, slot, to);
            continue;
        }
        const struct layout_node *k = &l->node[d->first + low];
        emit_child(l, d->first + low, slot - k->slot, to);
        low += slot + 1 == k->slot + k->slots;
    }
}

/* ---- sectors ---- */

/* In front of the tables: boot sector, FSInfo, and their copies at 6 and 7. */
static void emit_reserved(const struct layout *l, u32 sector, u8 *out)
{
    const struct fat_volume *v = &l->volume;
    memset(out, 0, FAT_SECTOR);
    if (sector == 0 || (v->bits == 32 && sector == 6))
        fat_emit_boot(v, l->options.boot, out);
    else if (v->bits == 32 && (sector == 1 || sector == 7))
        fat_emit_fsinfo(v->clusters - l->used, l->used + 2, out);
    else if (v->bits == 32 && (sector == 2 || sector == 8))
        put_le16(out + 510, 0xaa55); /* what a boot sector may be longer by: nothing */
}

static bool emit_cluster(const struct layout *l, u32 sector, u8 *out, struct layout_data *data)
{
    u32 per = l->volume.cluster_sectors, cluster = 2 + sector / per;
    const struct layout_run *r = layout_find(l, cluster);
    memset(out, 0, FAT_SECTOR);
    if (!r)
        return true;
    const struct tree_node *n = &l->tree->node[r->node];
    u64 in = (u64)(cluster - r->start) * per + sector % per;
    if (tree_is_directory(n)) {
        emit_directory(l, r->node, (u32)(in * FAT_SLOTS), out);
        return true;
    }
    u64 sectors = (n->size + FAT_SECTOR - 1) / FAT_SECTOR;
    if (in >= sectors)
        return true; /* slack */
    u64 left = sectors - in;
    *data =
        (struct layout_data){r->node, in * FAT_SECTOR, left < UINT32_MAX ? (u32)left : UINT32_MAX};
    return false;
}

bool layout_sector(const struct layout *l, u64 sector, u8 out[FAT_SECTOR], struct layout_data *data)
{
    const struct fat_volume *v = &l->volume;
    if (sector < v->start || sector - v->start >= v->sectors) {
        memset(out, 0, FAT_SECTOR);
        if (sector == 0)
            fat_emit_mbr(v, l->options.mbr, out);
        return true;
    }
    u32 at = (u32)(sector - v->start);
    if (at < v->reserved)
        emit_reserved(l, at, out);
    else if (at < fat_root_at(v))
        emit_table(l, (at - v->reserved) % v->table_sectors, out);
    else if (at < fat_data_at(v))
        emit_directory(l, TREE_ROOT, (at - fat_root_at(v)) * FAT_SLOTS, out);
    else
        return emit_cluster(l, at - fat_data_at(v), out, data);
    return true;
}

u64 layout_next_data(const struct layout *l, u64 sector)
{
    const struct fat_volume *v = &l->volume;
    u64 end = (u64)v->start + fat_data_at(v) + (u64)l->used * v->cluster_sectors;
    if (sector > 0 && sector < v->start)
        return v->start;
    return sector < end ? sector : l->sectors;
}
