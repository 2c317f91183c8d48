/*
 * diff.c - comparing the tree that the guest sees with the tree that was applied last. A function
 * of these two and the counters: it touches neither the host nor the disk. The rules are in
 * README.md.
 *
 * A folder is compared when something in it was written, and as long as an entry in it is not what
 * was applied. An entry whose 32 bytes are as they were, and whose clusters nobody touched, costs a
 * look at its name.
 */
#include "hw/storage/folder/live_inside.h"

#include "hw/base/hash.h"
#include "hw/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists that grow ---- */

static struct seen *add_seen(struct diff *d)
{
    if (!ARRAY_ROOM(d->seen, d->seen_room, d->seens + 1)) {
        d->no_memory = true;
        return NULL;
    }
    return &d->seen[d->seens++];
}

static void add_op(struct diff *d, enum op_kind kind, u32 object, u32 seen, u32 over)
{
    if (!ARRAY_ROOM(d->op, d->op_room, d->ops + 1))
        d->no_memory = true;
    else
        d->op[d->ops++] = (struct op){kind, object, seen, over, false, false};
}

/* ---- claims: who has a cluster in the guest's tree? ---- */

static u32 claim_place(const struct diff *d, u32 cluster)
{
    for (u32 i = cluster * 0x9e3779b1u;; i++) {
        i &= d->claim_places - 1;
        if (!d->claims[i] || d->claims[i] >> 32 == cluster)
            return i;
    }
}

static bool claim_room(struct diff *d)
{
    if (d->claim_count * 2 < d->claim_places)
        return true;
    u32 places = d->claim_places ? d->claim_places * 2 : 1024, old_places = d->claim_places;
    u64 *made = calloc(places, sizeof(*made)), *old = d->claims;
    if (!made) {
        d->no_memory = true;
        return false;
    }
    d->claims = made;
    d->claim_places = places;
    for (u32 i = 0; i < old_places; i++) {
        if (old[i])
            made[claim_place(d, (u32)(old[i] >> 32))] = old[i];
    }
    free(old);
    return true;
}

/* Claims of objects, and of entries that are new. */
#define CLAIM_NEW 0x80000000u

/* true: nobody else has it. *other: who has. */
static bool claim(struct diff *d, u32 cluster, u32 id, u32 *other)
{
    if (!claim_room(d))
        return false;
    u64 *at = &d->claims[claim_place(d, cluster)];
    if (!*at) {
        *at = (u64)cluster << 32 | (id + 1);
        d->claim_count++;
    }
    *other = (u32)*at - 1;
    return *other == id;
}

static void spoil(struct diff *d, const struct live *l, u32 id)
{
    u32 entry = id & CLAIM_NEW                  ? id & ~CLAIM_NEW
                : l->object[id].seen == l->pass ? l->object[id].entry
                                                : NOBODY;
    if (entry != NOBODY && entry < d->seens)
        d->seen[entry].verdict = VERDICT_BAD;
}

/* Has it, or a folder that it is in, no entry any more where it was? */
static bool is_lost(const struct live *l, u32 object)
{
    for (u32 i = object; i != TREE_ROOT; i = l->object[i].parent) {
        const struct object *o = &l->object[i];
        if (o->seen != l->pass && l->object[o->parent].listed == l->pass)
            return true;
    }
    return false;
}

struct claimer {
    struct live *l;
    u32 id;
    bool ok, takes;
};

/* A chain of an object whose entry was not looked at: it has what it can reach. */
static bool claim_for_object(void *opaque, u32 cluster, u32 index)
{
    struct claimer *c = opaque;
    u32 other = 0;
    (void)index;
    if (!claim(&c->l->diff, cluster, c->id, &other) && !c->l->diff.no_memory)
        spoil(&c->l->diff, c->l, other);
    return true;
}

static void claim_others(struct live *l, u32 owner)
{
    struct object *o = &l->object[owner];
    struct claimer c = {l, owner, true, false};
    struct chain chain;
    if (o->walked == l->pass)
        return;
    o->walked = l->pass;
    volume_walk(&l->volume, o->start, 0, &chain, claim_for_object, &c);
}

static bool claim_for_entry(void *opaque, u32 cluster, u32 index)
{
    struct claimer *c = opaque;
    struct live *l = c->l;
    u32 owner = live_owner(l, cluster), other = 0;
    (void)index;
    if (owner != NOBODY && owner != c->id) {
        const struct object *o = &l->object[owner];
        bool has_entry = o->seen == l->pass && o->entry != NOBODY; /* which claims for itself */
        if (o->alive && live_same_identity(l, o) && !has_entry) {
            if (is_lost(l, owner))
                c->takes = true;
            else
                claim_others(l, owner);
        }
    }
    if (claim(&l->diff, cluster, c->id, &other))
        return true;
    if (!l->diff.no_memory)
        spoil(&l->diff, l, other);
    c->ok = false;
    return true;
}

/* ---- reading a folder ---- */

/* The children of a folder, by the name and by the alias that the guest knows. */
struct index {
    u32 *by_name, *by_alias;
    u32 places;
};

static u64 alias_key(const u8 alias[ALIAS_BYTES])
{
    return hash_bytes(HASH_START, alias, ALIAS_BYTES);
}

static bool index_make(const struct live *l, u32 dir, struct index *x)
{
    u32 count = 0;
    for (u32 i = l->object[dir].first; i != NOBODY; i = l->object[i].next)
        count++;
    x->places = 16;
    while (x->places < count * 2)
        x->places *= 2;
    x->by_name = malloc(x->places * sizeof(u32));
    x->by_alias = malloc(x->places * sizeof(u32));
    if (!x->by_name || !x->by_alias)
        return false;
    memset(x->by_name, 0xff, x->places * sizeof(u32));
    memset(x->by_alias, 0xff, x->places * sizeof(u32));
    for (u32 i = l->object[dir].first; i != NOBODY; i = l->object[i].next) {
        u32 k = (u32)l->object[i].shown;
        while (x->by_name[k &= x->places - 1] != NOBODY)
            k++;
        x->by_name[k] = i;
        k = (u32)alias_key(l->object[i].alias);
        while (x->by_alias[k &= x->places - 1] != NOBODY)
            k++;
        x->by_alias[k] = i;
    }
    return true;
}

static void index_free(struct index *x)
{
    free(x->by_name);
    free(x->by_alias);
}

/* The child that this entry's path leads to. */
static u32 index_find(const struct live *l, const struct index *x, const struct volume_entry *e)
{
    u64 shown = live_name_hash(&e->name);
    for (u32 k = (u32)shown;; k++) {
        u32 i = x->by_name[k &= x->places - 1];
        if (i == NOBODY)
            break;
        if (l->object[i].shown == shown)
            return i;
    }
    /* A name that DOS writes is an alias: of a file with a long name, too. */
    for (u32 k = (u32)alias_key(e->fat.alias); !e->has_long; k++) {
        u32 i = x->by_alias[k &= x->places - 1];
        if (i == NOBODY || memcmp(l->object[i].alias, e->fat.alias, ALIAS_BYTES) == 0)
            return i;
    }
    return NOBODY;
}

struct reader {
    struct live *l;
    struct index index;
    u32 dir;
};

static void want_dir(struct live *l, u32 dir)
{
    struct diff *d = &l->diff;
    if (!ARRAY_ROOM(d->dir, d->dir_room, d->dirs + 1))
        d->no_memory = true;
    else if (l->object[dir].listed != l->pass) {
        l->object[dir].listed = l->pass;
        d->dir[d->dirs++] = dir;
    }
}

/* As it was applied, bit for bit, but for the date of the last read? */
static bool same_raw(const u8 *a, const u8 *b)
{
    return memcmp(a, b, 18) == 0 && memcmp(a + 20, b + 20, 12) == 0;
}

static bool take_entry(void *opaque, const struct volume_entry *e)
{
    struct reader *r = opaque;
    struct live *l = r->l;
    u32 at = index_find(l, &r->index, e), object = e->fat.start ? live_owner(l, e->fat.start) : at;
    if (object != NOBODY) {
        const struct object *o = &l->object[object];
        bool same = e->fat.start ? o->start == e->fat.start && live_same_identity(l, o)
                                 : !o->start && !e->fat.size;
        bool kind = !((o->raw[11] ^ e->raw[11]) & FAT_DIRECTORY);
        if (!o->alive || !same || !kind || object == TREE_ROOT)
            object = NOBODY;
    }
    bool twice = object != NOBODY && l->object[object].seen == l->pass;
    if (object != NOBODY && !twice) {
        struct object *o = &l->object[object];
        o->seen = l->pass;
        o->entry = NOBODY;
        if (object == at && !o->touched && same_raw(o->raw, e->raw)) {
            o->slot = e->slot;
            o->slots = e->slots;
            return true;
        }
        o->entry = l->diff.seens;
        /* Where it was before must be looked at, too: there may still be an entry of it. */
        if (o->parent != r->dir)
            want_dir(l, o->parent);
    }
    struct seen *s = add_seen(&l->diff);
    if (!s)
        return false;
    *s =
        (struct seen){.dir = r->dir, .object = object, .at = at, .verdict = VERDICT_READY, .e = *e};
    if (twice) {
        s->verdict = VERDICT_BAD;
        spoil(&l->diff, l, object);
    }
    return true;
}

struct holes {
    struct live *l;
    u32 object;
    u32 sectors; /* that matter */
    u32 youngest;
    bool holes;
};

/* Of a chain: is a sector among those that matter not written, and when was the last write? */
static bool look_at_cluster(void *opaque, u32 cluster, u32 index)
{
    struct holes *h = opaque;
    const struct cluster_info *c = counters_get(h->l->counters, cluster);
    u32 per = h->l->layout->volume.cluster_sectors;
    if (c->table_tick > h->youngest)
        h->youngest = c->table_tick;
    if (c->data_tick > h->youngest)
        h->youngest = c->data_tick;
    for (u32 i = 0; i < per && !h->holes; i++)
        h->holes =
            (u64)index * per + i < h->sectors && !live_has_bytes(h->l, h->object, cluster, i);
    return true;
}

/* A folder's clusters were all written since it has them, and begin with . in all but the root. */
static bool is_directory(struct live *l, u32 object, u32 start, bool root)
{
    struct holes h = {.l = l, .object = object, .sectors = UINT32_MAX};
    struct chain chain;
    u8 s[FAT_SECTOR];
    struct fat_entry dot;
    if (root && !start)
        return true;
    if (volume_walk(&l->volume, start, 0, &chain, look_at_cluster, &h) != VOLUME_GOOD || h.holes)
        return false;
    if (root)
        return true;
    if (l->disk.read(l->disk.opaque, volume_sector(&l->volume, start), 1, s) != 0)
        return false;
    fat_get_entry(s, l->layout->volume.bits, &dot);
    return memcmp(s, ".          ", ALIAS_BYTES) == 0 && dot.attributes & FAT_DIRECTORY &&
           dot.start == start;
}

/* false: it cannot be read as a folder now. */
static bool read_dir(struct live *l, u32 dir)
{
    struct reader r = {.l = l, .dir = dir};
    const struct object *o = &l->object[dir];
    u32 start = o->start;
    if (dir != TREE_ROOT && !live_same_identity(l, o))
        return true; /* freed: nothing is in it any more */
    if (!is_directory(l, dir, start, dir == TREE_ROOT))
        return false;
    bool ok = index_make(l, dir, &r.index);
    l->diff.no_memory |= !ok;
    ok = ok && volume_list(&l->volume, l->layout->options.cp, start, take_entry, &r);
    index_free(&r.index);
    return ok;
}

/* ---- verdicts ---- */

static u32 slot_tick(struct live *l, u32 dir, u32 slot, u32 slots)
{
    u32 youngest = 0;
    for (u32 i = slot; i < slot + slots; i++) {
        u32 sector = volume_slot_sector(&l->volume, l->object[dir].start, i);
        u32 tick = sector ? counters_slot(l->counters, sector, i % FAT_SLOTS) : 0;
        /* A folder that was not known when it was written: the cluster's tick is all there is. */
        if (sector >= fat_data_at(&l->layout->volume) && !tick) {
            u32 cluster =
                2 + (sector - fat_data_at(&l->layout->volume)) / l->layout->volume.cluster_sectors;
            const struct cluster_info *c = counters_get(l->counters, cluster);
            tick = c->owned ? 0 : layout_find(l->layout, cluster) ? 0 : c->data_tick;
        }
        youngest = tick > youngest ? tick : youngest;
    }
    return youngest;
}

static bool settled(const struct live *l, u32 tick, u32 quiet)
{
    return !quiet || !tick || l->tick >= tick + quiet;
}

static void judge(struct live *l, u32 n, u32 quiet)
{
    struct seen *s = &l->diff.seen[n];
    const struct fat_entry *f = &s->e.fat;
    const struct fat_volume *v = &l->layout->volume;
    bool directory = f->attributes & FAT_DIRECTORY;
    u32 bytes = fat_cluster_bytes(v), needed = (u32)(((u64)f->size + bytes - 1) / bytes);
    struct claimer c = {l, s->object != NOBODY ? s->object : CLAIM_NEW | n, true, false};
    struct holes h = {.l = l,
                      .object = s->object,
                      .sectors = (u32)(((u64)f->size + FAT_SECTOR - 1) / FAT_SECTOR)};
    if (s->verdict == VERDICT_BAD)
        return;
    bool good = s->e.sound && (f->start || (!f->size && !directory)) && (!directory || !f->size);
    if (good && f->start) {
        struct chain again;
        good = volume_walk(&l->volume, f->start, needed, &s->chain, claim_for_entry, &c) ==
                   VOLUME_GOOD &&
               c.ok && s->chain.count >= needed &&
               (!directory || is_directory(l, s->object, f->start, false));
        if (good)
            volume_walk(&l->volume, f->start, 0, &again, look_at_cluster, &h);
    }
    s->takes = c.takes;
    /* Another entry may have spoiled it meanwhile. */
    if (!good) {
        l->diff.seen[n].verdict = VERDICT_BAD;
        return;
    }
    u32 tick = slot_tick(l, s->dir, s->e.slot, s->e.slots);
    if (!settled(l, tick, quiet) || (!directory && !settled(l, h.youngest, quiet)) ||
        (h.holes && !directory && quiet && !settled(l, h.youngest, LIVE_HOLES))) {
        if (s->verdict == VERDICT_READY)
            s->verdict = VERDICT_YOUNG;
    }
}

/* ---- what is to be done ---- */

struct changed {
    struct live *l;
    u32 needed;
    bool any;
};

static bool is_changed(void *opaque, u32 cluster, u32 index)
{
    struct changed *c = opaque;
    c->any |= index < c->needed && counters_get(c->l->counters, cluster)->changed;
    return !c->any;
}

static bool data_changed(struct live *l, const struct seen *s, const struct object *o)
{
    const struct fat_entry *f = &s->e.fat;
    u32 bytes = fat_cluster_bytes(&l->layout->volume);
    struct changed c = {l, (u32)(((u64)f->size + bytes - 1) / bytes), false};
    struct chain chain;
    if (f->attributes & FAT_DIRECTORY)
        return false;
    if (f->size != o->size || (f->size && s->chain.hash != o->chain))
        return true;
    if (f->size)
        volume_walk(&l->volume, f->start, 0, &chain, is_changed, &c);
    return c.any;
}

/* What was at a path and is there no more: freed, or a file that never had a cluster. */
static bool is_gone(const struct live *l, const struct object *o)
{
    return !o->start || o->taken == l->pass || !live_same_identity(l, o);
}

static bool take_cluster(void *opaque, u32 cluster, u32 index)
{
    struct live *l = opaque;
    u32 owner = live_owner(l, cluster);
    (void)index;
    if (owner != NOBODY && l->object[owner].start == cluster && is_lost(l, owner))
        l->object[owner].taken = l->pass;
    return true;
}

/*
 * Clusters of a file that is deleted may belong to another one before the guest writes the table:
 * then nobody has ever seen them free. What has no entry, and its first cluster in a chain of
 * somebody who has one, is gone.
 */
static void find_taken(struct live *l)
{
    for (u32 i = 0; i < l->diff.seens; i++) {
        const struct seen *s = &l->diff.seen[i];
        struct chain chain;
        if (s->takes && s->verdict == VERDICT_READY)
            volume_walk(&l->volume, s->e.fat.start, 0, &chain, take_cluster, l);
    }
}

/* Is the object, which has an entry elsewhere, about to be renamed? */
static bool moves_away(const struct live *l, u32 object)
{
    const struct object *o = &l->object[object];
    return o->seen == l->pass && o->entry != NOBODY &&
           l->diff.seen[o->entry].verdict == VERDICT_READY && l->diff.seen[o->entry].at != object;
}

/* true: something has to wait. */
static bool decide(struct live *l, u32 n)
{
    struct diff *d = &l->diff;
    struct seen *s = &d->seen[n];
    u32 at = s->at, over = NOBODY;
    bool directory = s->e.fat.attributes & FAT_DIRECTORY;
    if (s->verdict != VERDICT_READY) {
        d->young |= s->verdict == VERDICT_YOUNG;
        return true;
    }
    if (s->object != NOBODY && s->object == at) {
        const struct object *o = &l->object[at];
        bool was = o->raw[11] & FAT_DIRECTORY;
        if (was != directory)
            return true; /* a file cannot become a folder */
        if (data_changed(l, s, o))
            add_op(d, OP_WRITE, at, n, NOBODY);
        else
            add_op(d, OP_ATTRIBUTES, at, n, NOBODY);
        return false;
    }
    if (at != NOBODY) {
        const struct object *o = &l->object[at];
        bool was = o->raw[11] & FAT_DIRECTORY;
        if ((!is_gone(l, o) || o->seen == l->pass) && !moves_away(l, at))
            return true; /* whose it was is still somewhere */
        if (is_gone(l, o) && s->object == NOBODY && !was && !directory) {
            add_op(d, OP_WRITE, at, n, NOBODY); /* deleted and made again: the same file */
            return false;
        }
        over = at;
        if (is_gone(l, o) && (was || directory)) {
            live_mark_dirty(l, at); /* what was in it goes first */
            add_op(d, OP_DELETE, at, NOBODY, NOBODY);
        }
    }
    if (s->object != NOBODY)
        add_op(d, OP_RENAME, s->object, n, over);
    else
        add_op(d, directory ? OP_MKDIR : OP_WRITE, NOBODY, n, over);
    return false;
}

/* An object of a folder that was compared, without any entry. true: it has to wait. */
static bool decide_vanished(struct live *l, u32 object, u32 quiet)
{
    struct object *o = &l->object[object];
    bool directory = o->raw[11] & FAT_DIRECTORY;
    u32 dir = o->parent;
    bool dir_gone = dir != TREE_ROOT && !live_same_identity(l, &l->object[dir]);
    if (o->start && !is_gone(l, o))
        return true; /* its clusters are still allocated: it is on its way somewhere */
    u32 tick = o->start ? counters_get(l->counters, o->start)->table_tick : 0;
    u32 slot = dir_gone ? 0 : slot_tick(l, dir, o->slot, o->slots);
    if (!settled(l, tick > slot ? tick : slot, quiet)) {
        l->diff.young = true;
        return true;
    }
    if (directory && o->first != NOBODY)
        live_mark_dirty(l, object); /* what was in it goes first */
    add_op(&l->diff, OP_DELETE, object, NOBODY, NOBODY);
    return false;
}

/* Does an entry that was not decided upon stand at the object's path? */
static void mark_occupied(struct live *l)
{
    for (u32 i = 0; i < l->diff.seens; i++) {
        const struct seen *s = &l->diff.seen[i];
        if (s->at != NOBODY && l->object[s->at].seen != l->pass) {
            l->object[s->at].seen = l->pass; /* it will be replaced, or renamed over */
            l->object[s->at].entry = NOBODY;
        }
    }
}

static void start_pass(struct live *l)
{
    struct diff *d = &l->diff;
    d->seens = d->ops = d->dirs = d->claim_count = 0;
    if (d->claims)
        memset(d->claims, 0, d->claim_places * sizeof(*d->claims));
    d->young = d->no_memory = false;
    l->pass++;
    u32 dirty = l->dirties;
    l->dirties = 0;
    for (u32 i = 0; i < dirty; i++) {
        u32 dir = l->dirty[i];
        l->object[dir].dirty = false;
        if (l->object[dir].alive)
            want_dir(l, dir);
    }
}

void live_compare(struct live *l, u32 quiet)
{
    struct diff *d = &l->diff;
    start_pass(l);
    for (u32 i = 0; i < d->dirs && !d->no_memory; i++) {
        bool readable = read_dir(l, d->dir[i]);
        /* What is in it cannot be told: it is as it was, until it can. */
        for (u32 k = readable ? NOBODY : l->object[d->dir[i]].first; k != NOBODY;
             k = l->object[k].next) {
            if (l->object[k].seen != l->pass) {
                l->object[k].seen = l->pass;
                l->object[k].entry = NOBODY;
            }
        }
        if (!readable)
            live_mark_dirty(l, d->dir[i]);
    }
    for (u32 i = 0; i < d->seens && !d->no_memory; i++)
        judge(l, i, quiet);
    find_taken(l);
    for (u32 i = 0; i < d->seens && !d->no_memory; i++) {
        if (decide(l, i))
            live_mark_dirty(l, d->seen[i].dir);
    }
    mark_occupied(l);
    for (u32 i = 0; i < d->dirs && !d->no_memory; i++) {
        for (u32 k = l->object[d->dir[i]].first; k != NOBODY; k = l->object[k].next) {
            if (l->object[k].seen != l->pass && decide_vanished(l, k, quiet))
                live_mark_dirty(l, d->dir[i]);
        }
    }
    for (u32 i = 0; i < d->dirs && d->no_memory; i++) {
        live_mark_dirty(l, d->dir[i]); /* nothing was decided: again, later */
        d->ops = 0;
    }
}
