/*
 * doubt.c - what can be told of a guest's writes by their end alone, as an overlay file keeps them:
 * not how often a cluster was freed in between, nor which of its sectors were never written. See
 * live_doubt() in live.h.
 *
 * A cluster that some file or folder began with may now begin another one, or lie within one. The
 * guest's whole tree tells: an object is still there if an entry of its kind begins with its
 * cluster. A file whose first bytes changed may be another one all the same; taken as another one,
 * it replaces the old one if it has its name, else it is new: either way the folder holds what the
 * guest sees. What no entry leads to stays an orphan.
 */
#include "hw/storage/folder/live_inside.h"

#include "hw/base/memory.h"

#include <stdlib.h>
#include <string.h>

enum role { ROLE_NONE, ROLE_FILE, ROLE_FOLDER, ROLE_INNER };

struct roles {
    struct live *l;
    u8 *role;    /* by cluster */
    u32 *folder; /* first clusters of those to be read */
    u32 folders, room;
    enum role now;
    bool no_memory;
};

static bool mark(void *opaque, u32 cluster, u32 index)
{
    struct roles *r = opaque;
    u8 *at = &r->role[cluster];
    if (*at) /* somebody else's, too: as it was claimed first; a folder within itself ends here */
        return false;
    *at = index ? ROLE_INNER : (u8)r->now;
    return true;
}

static void add_folder(struct roles *r, u32 start)
{
    if (!ARRAY_ROOM(r->folder, r->room, r->folders + 1)) {
        r->no_memory = true;
        return;
    }
    r->folder[r->folders++] = start;
}

static bool take(void *opaque, const struct volume_entry *e)
{
    struct roles *r = opaque;
    struct chain chain;
    u32 start = e->fat.start;
    bool directory = e->fat.attributes & FAT_DIRECTORY;
    if (!fat_is_cluster(r->l->volume.shape, start) || r->role[start] == ROLE_FOLDER ||
        r->role[start] == ROLE_FILE)
        return true;
    r->role[start] = ROLE_NONE; /* to begin something is more than to lie within something */
    r->now = directory ? ROLE_FOLDER : ROLE_FILE;
    volume_walk(&r->l->volume, start, 0, &chain, mark, r);
    if (directory)
        add_folder(r, start);
    return !r->no_memory;
}

static bool find_roles(struct roles *r)
{
    const struct live *l = r->l;
    add_folder(r, l->object[TREE_ROOT].start);
    /* The list grows meanwhile; what cannot be read has nothing in it. */
    for (u32 i = 0; i < r->folders && !r->no_memory; i++)
        volume_list(&r->l->volume, l->layout->options.cp, r->folder[i], take, r);
    return !r->no_memory;
}

static bool is_there(const struct roles *r, const struct object *o)
{
    u8 role = r->role[o->start];
    if (o->raw[11] & FAT_DIRECTORY)
        return role == ROLE_FOLDER || role == ROLE_NONE;
    return (role == ROLE_FILE || role == ROLE_NONE) &&
           !counters_get(r->l->counters, o->start)->changed;
}

bool live_entry_same(struct live *l, u64 sector)
{
    const struct fat_volume *v = &l->layout->volume;
    u64 data = (u64)v->start + fat_data_at(v);
    const struct layout_run *r =
        sector < data ? NULL
                      : layout_find(l->layout, 2 + (u32)((sector - data) / v->cluster_sectors));
    if (!r || r->node == TREE_ROOT)
        return true;
    const struct object *o = &l->object[r->node];
    u32 slot = o->slot + o->slots - 1;
    u32 at = volume_slot_sector(&l->volume, l->object[o->parent].start, slot);
    u8 s[FAT_SECTOR];
    if (!at || l->disk.read(l->disk.opaque, (u64)v->start + at, 1, s) != 0)
        return false;
    const u8 *e = s + slot % FAT_SLOTS * FAT_ENTRY;
    return memcmp(e, o->raw, 18) == 0 &&
           memcmp(e + 20, o->raw + 20, 12) == 0; /* but for its read */
}

bool live_doubt(struct live *l)
{
    struct roles r = {.l = l, .role = calloc((size_t)l->layout->volume.clusters + 2, 1)};
    bool ok = r.role && find_roles(&r);
    l->whole = true;
    for (u32 i = 1; ok && i < l->layout->tree->nodes; i++) {
        const struct object *o = &l->object[i];
        struct cluster_info *c;
        if (!o->start || !live_same_identity(l, o) || is_there(&r, o))
            continue;
        ok = (c = counters_at(l->counters, o->start)) != NULL;
        if (ok)
            c->freed++;
        live_mark_dirty(l, o->parent);
    }
    free(r.role);
    free(r.folder);
    return ok;
}
