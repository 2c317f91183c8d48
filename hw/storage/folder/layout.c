/*
 * layout.c - places of files on a FAT disk: names, slots, type and size of the volume, clusters.
 * See layout.h; the sectors themselves are made in layout_emit.c.
 *
 * Sizes and cluster sizes: what DOS, Windows 95 to XP and Linux accept (Microsoft FAT
 * specification, "FAT Volume Initialization"). The partition begins at sector 63 and ends on a
 * cylinder of the geometry that the BIOS gives the disk (bios/disk_setup.asm).
 */
#include "hw/storage/folder/layout.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SECTOR = 63, MAX_SLOTS_ROOT = FAT16_MAX_ROOT };

#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define FAT16_AUTO (500 * MIB)  /* up to here FAT16 */
#define FAT16_MOST (2047 * MIB) /* clusters of 32 KiB, as all of DOS knows them */
#define FAT12_MOST (127 * MIB)
#define FAT32_USUAL (127 * GIB) /* 28 bits of LBA */
#define FAT32_MOST (2047 * GIB) /* 32 bits of a partition table */

/* ---- names and slots ---- */

void layout_name(const struct layout *l, u32 node, struct long_name *out)
{
    const struct tree *t = l->tree;
    if (!name_from_host(tree_name(t, node), t->node[node].name_bytes, out))
        out->units = 0;
    if (l->node[node].number)
        name_number(out, l->node[node].number, out);
}

static bool out_of_memory(const char *name, struct err *e)
{
    return err_set(e, "%s: out of memory", name);
}

/* Those that have a name for themselves first, whatever their order; then the others get a number.
 */
static bool add_names(struct layout *l, u32 dir, struct name_table *t, const char *name,
                      struct err *e)
{
    const struct tree_node *d = &l->tree->node[dir];
    struct long_name n;
    bool again = false;
    for (u32 i = d->first; i < d->first + d->count; i++) {
        layout_name(l, i, &n);
        enum name_added added = n.units ? name_table_add(t, &n) : NAME_TAKEN;
        if (added == NAME_NO_MEMORY)
            return out_of_memory(name, e);
        l->node[i].number = added == NAME_TAKEN;
        again |= added == NAME_TAKEN;
    }
    for (u32 i = d->first; again && i < d->first + d->count; i++) {
        if (!l->node[i].number)
            continue;
        enum name_added added = NAME_TAKEN;
        for (u32 number = 2; added == NAME_TAKEN; number++) {
            l->node[i].number = number;
            layout_name(l, i, &n);
            added = name_table_add(t, &n);
        }
        if (added == NAME_NO_MEMORY)
            return out_of_memory(name, e);
        l->renamed++;
    }
    return true;
}

/* Those that files had before, as far as they can have them still. false: out of memory. */
static bool take_known(struct layout *l, u32 dir, struct name_table *t)
{
    const struct tree_node *d = &l->tree->node[dir];
    struct aliases *known = l->options.known;
    char path[PATH_MAX];
    struct long_name n;
    if (!known || !aliases_count(known))
        return true;
    for (u32 i = d->first; i < d->first + d->count; i++) {
        const u8 *alias =
            tree_path(l->tree, i, path, sizeof(path)) ? aliases_find(known, path) : NULL;
        layout_name(l, i, &n);
        if (alias && name_table_known_alias(t, &n, alias, &l->node[i].alias) == NAME_NO_MEMORY)
            return false;
    }
    return true;
}

static bool name_children(struct layout *l, u32 dir, struct name_table *t, const char *name,
                          struct err *e)
{
    const struct tree_node *d = &l->tree->node[dir];
    bool label = dir == TREE_ROOT && l->options.label;
    u64 slot = dir == TREE_ROOT ? label : 2;
    struct long_name n;
    if (!add_names(l, dir, t, name, e))
        return false;
    if (!take_known(l, dir, t))
        return out_of_memory(name, e);
    for (u32 i = d->first; i < d->first + d->count; i++) {
        struct layout_node *k = &l->node[i];
        layout_name(l, i, &n);
        if (!k->alias.bytes[0] && !name_table_alias(t, &n, &k->alias))
            return out_of_memory(name, e);
        k->slots = (u8)(1 + (k->alias.needs_long ? fat_long_slots(&n) : 0));
        k->slot = (u32)slot;
        slot += k->slots;
    }
    if (slot > FAT_MAX_ENTRIES - 1)
        return err_set(e,
                       "%s: a folder in it (%s) has %u files, more than a FAT directory can name; "
                       "show a sub-folder",
                       name, dir == TREE_ROOT ? "the top" : tree_name(l->tree, dir), d->count);
    l->node[dir].entries = (u32)slot;
    return true;
}

static bool name_all(struct layout *l, const char *name, struct err *e)
{
    const struct codepage *cp = l->options.cp;
    for (u32 i = 0; i < l->tree->nodes; i++) {
        if (!tree_is_directory(&l->tree->node[i]))
            continue;
        struct name_table *t = name_table_new(cp);
        bool ok = t ? name_children(l, i, t, name, e) : out_of_memory(name, e);
        name_table_free(t);
        if (!ok)
            return false;
    }
    return true;
}

static void set_label(struct layout *l)
{
    struct long_name n;
    struct alias_parts p;
    const char *label = l->options.label;
    u8 *out = l->volume.label;
    unsigned used = 0;
    memset(out, ' ', ALIAS_BYTES);
    if (label && *label && name_from_host(label, strlen(label), &n)) {
        /* A label is an alias without a dot, in which spaces may stand. */
        for (unsigned i = 0; i < n.units && used < ALIAS_BYTES; i++) {
            struct long_name one = {.unit = {n.unit[i]}, .units = 1};
            alias_parts(l->options.cp, &one, &p);
            if (n.unit[i] == ' ' ? used > 0 : p.bases > 0)
                out[used++] = n.unit[i] == ' ' ? ' ' : p.base[0];
        }
    }
    if (!used || out[0] == ' ')
        memcpy(out, "NO NAME    ", ALIAS_BYTES);
    if (!used)
        l->options.label = NULL;
}

/* ---- size and type ---- */

/* Slots for a folder that is to grow a little without moving. */
static u32 with_slack(u32 entries)
{
    u64 slots = (u64)entries + entries / 4 + 1;
    return slots < FAT_MAX_ENTRIES ? (u32)slots : FAT_MAX_ENTRIES;
}

/* What node i takes, in clusters of so many bytes. */
static u32 clusters_of(const struct layout *l, u32 i, u32 bytes)
{
    const struct tree_node *n = &l->tree->node[i];
    if (i == TREE_ROOT && l->volume.bits != 32)
        return 0;
    u64 size = tree_is_directory(n) ? (u64)with_slack(l->node[i].entries) * FAT_ENTRY : n->size;
    return (u32)((size + bytes - 1) / bytes);
}

static u64 used_clusters(const struct layout *l, u32 bytes)
{
    u64 used = 0;
    for (u32 i = 0; i < l->tree->nodes; i++)
        used += clusters_of(l, i, bytes);
    return used;
}

static u32 root_entries_for(const struct layout *l)
{
    u32 entries = (with_slack(l->node[TREE_ROOT].entries) + FAT_SLOTS - 1) / FAT_SLOTS * FAT_SLOTS;
    u32 least = l->options.diskette ? 224 : 512;
    return entries < least ? least : entries > MAX_SLOTS_ROOT ? MAX_SLOTS_ROOT : entries;
}

/* As the BIOS will see a disk of this size; with it the end of the last whole cylinder. */
static u32 heads_for(u64 sectors)
{
    u64 heads = 16;
    if (sectors > 1024ull * 16 * 63) {
        while (heads < 256 && sectors / (63 * 1024) > heads)
            heads *= 2;
    }
    return heads > 255 ? 255 : (u32)heads;
}

static void set_disk(struct layout *l, u64 bytes)
{
    struct fat_volume *v = &l->volume;
    u64 sectors = bytes / FAT_SECTOR;
    v->track_sectors = 63;
    for (;;) {
        v->heads = heads_for(sectors);
        u64 cylinder = (u64)v->heads * 63, whole = (sectors + cylinder - 1) / cylinder * cylinder;
        if (whole > UINT32_MAX)
            whole = UINT32_MAX / cylinder * cylinder;
        if (heads_for(whole) == v->heads || sectors == whole) {
            sectors = whole;
            break;
        }
        sectors = whole;
    }
    v->start = FIRST_SECTOR;
    v->media = 0xf8;
    v->sectors = (u32)(sectors - FIRST_SECTOR);
    l->sectors = sectors;
}

/* The smallest clusters that this type can have at this size; what the specification says for
 * FAT32. */
static bool choose_clusters(struct layout *l)
{
    struct fat_volume *v = &l->volume;
    u32 first = 1;
    if (v->bits == 32) {
        u64 bytes = (u64)v->sectors * FAT_SECTOR;
        first = bytes < 260 * MIB   ? 1
                : bytes <= 8 * GIB  ? 8
                : bytes <= 16 * GIB ? 16
                : bytes <= 32 * GIB ? 32
                                    : 64;
        for (v->cluster_sectors = first; v->cluster_sectors; v->cluster_sectors /= 2) {
            if (fat_volume_shape(v))
                return true;
        }
        return false;
    }
    for (v->cluster_sectors = first; v->cluster_sectors <= 64; v->cluster_sectors *= 2) {
        if (fat_volume_shape(v))
            return true;
    }
    return false;
}

/* Is this type with this size a volume that holds all? */
static bool try_size(struct layout *l, unsigned bits, u64 bytes)
{
    l->volume.bits = bits;
    l->volume.root_entries = bits == 32 ? 0 : root_entries_for(l);
    if (bits != 32 && l->node[TREE_ROOT].entries > MAX_SLOTS_ROOT)
        return false;
    set_disk(l, bytes);
    return choose_clusters(l) &&
           used_clusters(l, fat_cluster_bytes(&l->volume)) <= l->volume.clusters;
}

static u64 most_of(unsigned bits)
{
    return bits == 12 ? FAT12_MOST : bits == 16 ? FAT16_MOST : FAT32_MOST;
}

/* The size is ours: from `bytes` on, ever more until it fits. */
static bool grow(struct layout *l, unsigned bits, u64 bytes)
{
    for (u64 most = most_of(bits);; bytes += bytes / 4) {
        if (try_size(l, bits, bytes < most ? bytes : most))
            return true;
        if (bytes >= most)
            return false;
    }
}

static bool choose_disk(struct layout *l, const char *name, struct err *e)
{
    const struct layout_options *o = &l->options;
    u64 used = used_clusters(l, 4096) * 4096, wanted = used + used / 10 + 64 * MIB;
    u64 roomy = used + (o->room > 64 * MIB ? o->room : 64 * MIB);
    unsigned bits = o->fat;
    if (o->bytes) {
        u64 largest = most_of(bits ? bits : 32);
        if (o->bytes > largest)
            return err_set(e, "%s: FAT%u has at most %llu MiB; ask for less with size=", name,
                           bits ? bits : 32, (unsigned long long)(largest / MIB));
        if (!bits)
            bits = o->bytes <= FAT16_AUTO && l->node[TREE_ROOT].entries <= MAX_SLOTS_ROOT ? 16 : 32;
        if (try_size(l, bits, o->bytes) ||
            (!o->fat && (try_size(l, bits == 16 ? 32 : 16, o->bytes) ||
                         (o->bytes <= FAT12_MOST && try_size(l, 12, o->bytes)))))
            return true;
        return err_set(e,
                       "%s: %llu MiB of files in %u entries do not fit into a FAT%u disk of %llu "
                       "MiB; give it another size= (or none) or fat=auto",
                       name, (unsigned long long)(used / MIB), l->tree->nodes - 1, bits,
                       (unsigned long long)(o->bytes / MIB));
    }
    if ((bits == 12 && grow(l, 12, 32 * MIB)) || (bits == 16 && grow(l, 16, FAT16_AUTO)) ||
        (!bits && wanted <= FAT16_AUTO && try_size(l, 16, FAT16_AUTO)))
        return true;
    u64 bytes = roomy < FAT32_USUAL ? roomy : wanted < FAT32_USUAL ? FAT32_USUAL : wanted;
    if ((!bits || bits == 32) && grow(l, 32, bytes < 512 * MIB ? 512 * MIB : bytes))
        return true;
    return err_set(e,
                   "%s: %llu MiB of files in %u entries are too much for FAT%u%s; show a "
                   "sub-folder%s",
                   name, (unsigned long long)(used / MIB), l->tree->nodes - 1, bits ? bits : 32,
                   bits == 12 || bits == 16 ? " (or the top folder has too many entries)" : "",
                   bits == 12 || bits == 16 ? ", or say fat=auto" : "");
}

/* Diskettes of 1.44 and 2.88 MB; smaller drives read them as well as they read anything. */
static bool choose_diskette(struct layout *l, const char *name, struct err *e)
{
    static const struct {
        u32 sectors, track, cluster, root;
        u8 media;
    } sizes[] = {{2880, 18, 1, 224, 0xf0}, {5760, 36, 2, 240, 0xf0}};
    struct fat_volume *v = &l->volume;
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
        v->bits = 12;
        v->sectors = sizes[i].sectors;
        v->track_sectors = sizes[i].track;
        v->heads = 2;
        v->cluster_sectors = sizes[i].cluster;
        v->root_entries = sizes[i].root;
        v->media = sizes[i].media;
        l->sectors = v->sectors;
        if (l->node[TREE_ROOT].entries <= v->root_entries && fat_volume_shape(v) &&
            used_clusters(l, fat_cluster_bytes(v)) <= v->clusters)
            return true;
    }
    return err_set(e,
                   "%s: its files do not fit on a diskette (2.88 MB, 240 entries at the top); show "
                   "it as a hard disk (if=ide)",
                   name);
}

/* ---- clusters ---- */

static bool place(struct layout *l, const char *name, struct err *e)
{
    const struct tree *t = l->tree;
    u32 next = 2, bytes = fat_cluster_bytes(&l->volume);
    l->run = malloc(t->nodes * sizeof(*l->run));
    if (!l->run)
        return out_of_memory(name, e);
    for (u32 i = 0; i < t->nodes; i++) {
        struct layout_node *n = &l->node[i];
        n->count = clusters_of(l, i, bytes);
        n->start = n->count ? next : 0;
        if (n->count)
            l->run[l->runs++] = (struct layout_run){next, n->count, i};
        next += n->count;
    }
    l->used = next - 2;
    return true;
}

struct layout *layout_new(const struct tree *t, const struct layout_options *o, const char *name,
                          struct err *e)
{
    struct layout *l = calloc(1, sizeof(*l));
    if (!l || !(l->node = calloc(t->nodes, sizeof(*l->node)))) {
        free(l);
        out_of_memory(name, e);
        return NULL;
    }
    l->tree = t;
    l->options = *o;
    if (!l->options.cp)
        l->options.cp = codepage_find(437);
    l->volume.serial = o->serial;
    set_label(l);
    if (name_all(l, name, e) &&
        (o->diskette ? choose_diskette(l, name, e) : choose_disk(l, name, e)) && place(l, name, e))
        return l;
    layout_free(l);
    return NULL;
}

void layout_free(struct layout *l)
{
    if (!l)
        return;
    free(l->node);
    free(l->run);
    free(l);
}
