/*
 * live.c - rw=live: what is remembered of the guest's writes, and when they are compared and
 * applied. See live.h and README.md.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/live_inside.h"

#include "hw/base/hash.h"
#include "hw/storage/folder/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- objects ---- */

u64 live_name_hash(const struct long_name *name)
{
    u64 h = HASH_START;
    for (unsigned i = 0; i < name->units; i++)
        h = hash_u64(h, name->unit[i]);
    return h;
}

u32 live_owner(const struct live *l, u32 cluster)
{
    const struct cluster_info *c = counters_get(l->counters, cluster);
    if (c->owned)
        return c->owner;
    const struct layout_run *r = layout_find(l->layout, cluster);
    return r ? r->node : NOBODY;
}

bool live_same_identity(const struct live *l, const struct object *o)
{
    /* A guest that writes its tables back now and then may never say that a cluster was free. */
    return o->start && counters_get(l->counters, o->start)->freed == o->freed &&
           live_owner(l, o->start) == (u32)(o - l->object);
}

void live_link(struct live *l, u32 object, u32 parent)
{
    struct object *o = &l->object[object], *p = &l->object[parent];
    o->parent = parent;
    o->next = p->first;
    p->first = object;
}

void live_unlink(struct live *l, u32 object)
{
    struct object *o = &l->object[object];
    u32 *at = &l->object[o->parent].first;
    while (*at != object)
        at = &l->object[*at].next;
    *at = o->next;
    o->next = NOBODY;
}

u32 live_new_object(struct live *l, u32 parent, const char *name)
{
    if (l->objects == l->object_room) {
        u32 room = l->object_room + l->object_room / 2 + 64;
        struct object *more = realloc(l->object, room * sizeof(*more));
        if (!more)
            return NOBODY;
        l->object = more;
        u32 *dirty = realloc(l->dirty, room * sizeof(*dirty));
        if (!dirty)
            return NOBODY;
        l->dirty = dirty;
        l->object_room = room;
    }
    l->renamed = true;
    struct object *o = &l->object[l->objects];
    *o = (struct object){.next = NOBODY, .first = NOBODY, .alive = true, .own_name = true};
    o->name = strdup(name);
    if (!o->name)
        return NOBODY;
    live_link(l, l->objects, parent);
    return l->objects++;
}

void live_mark_dirty(struct live *l, u32 dir)
{
    if (!l->object[dir].dirty)
        l->dirty[l->dirties++] = dir;
    l->object[dir].dirty = true;
}

bool live_has_bytes(const struct live *l, u32 object, u32 cluster, u32 sector)
{
    const struct cluster_info *c = counters_get(l->counters, cluster);
    const struct layout_run *r = c->freed ? NULL : layout_find(l->layout, cluster);
    if (l->whole || (r && r->node == object))
        return true;
    return c->written[sector / 64] >> (sector % 64) & 1;
}

/*
 * Where an unfinished commit has put it. There it has the alias of the file that was there before,
 * as an exchange gives it, or none, until the comparison finds it under its own.
 */
static void move_node(struct live *l, u32 i, const struct moved_node *at)
{
    const struct tree *t = l->layout->tree;
    const struct tree_node *p = &t->node[at->parent];
    struct object *o = &l->object[i];
    struct long_name name;
    if (at->parent == t->node[i].parent && strcmp(at->name, o->name) == 0)
        return;
    memset(o->alias, 0, ALIAS_BYTES);
    o->shown = 0;
    for (u32 k = p->first; k < p->first + p->count; k++) {
        if (strcmp(tree_name(t, k), at->name) != 0)
            continue;
        layout_name(l->layout, k, &name);
        o->shown = live_name_hash(&name);
        memcpy(o->alias, l->layout->node[k].alias.bytes, ALIAS_BYTES);
    }
    if (*at->name && (*at->name == '.') != (*o->name == '.'))
        o->raw[11] ^= FAT_HIDDEN; /* as in live_moved() */
    o->name = (char *)at->name;   /* the folder's, as the tree's own are */
}

/* Object i is node i of the tree, as it was laid out. */
static bool take_tree(struct live *l)
{
    const struct tree *t = l->layout->tree;
    const struct moved *m = folder_moved(l->folder);
    l->object_room = t->nodes + 64;
    l->object = calloc(l->object_room, sizeof(*l->object));
    l->dirty = malloc(l->object_room * sizeof(*l->dirty));
    if (!l->object || !l->dirty)
        return false;
    l->objects = t->nodes;
    for (u32 i = 0; i < t->nodes; i++)
        l->object[i].next = l->object[i].first = NOBODY;
    for (u32 i = t->nodes; i-- > 0;) {
        const struct tree_node *n = &t->node[i];
        const struct layout_node *k = &l->layout->node[i];
        struct object *o = &l->object[i];
        struct long_name name;
        struct fat_entry e;
        layout_name(l->layout, i, &name);
        layout_entry(l->layout, i, &e);
        fat_put_entry(o->raw, &e); /* of the root: only that it is a directory */
        o->parent = n->parent;
        o->name = t->pool + n->name;
        if (i)
            live_link(l, i, m ? moved_at(m, i)->parent : n->parent);
        o->alive = true;
        o->linked = n->linked;
        o->start = k->start;
        o->slot = k->slot;
        o->slots = k->slots;
        o->shown = live_name_hash(&name);
        memcpy(o->alias, k->alias.bytes, ALIAS_BYTES);
        o->device = n->device;
        o->inode = n->inode;
        o->size = n->size;
        o->modified = n->modified;
        if (m && i)
            move_node(l, i, moved_at(m, i));
    }
    return true;
}

size_t live_path(const struct live *l, u32 object, char *out, size_t size)
{
    size_t length = 0;
    for (u32 i = object; i != TREE_ROOT; i = l->object[i].parent)
        length += strlen(l->object[i].name) + 1;
    if (length > size || !size)
        return 0;
    out[length ? length - 1 : 0] = 0;
    size_t at = length;
    for (u32 i = object; i != TREE_ROOT; i = l->object[i].parent) {
        size_t n = strlen(l->object[i].name);
        at -= n + 1;
        memcpy(out + at, l->object[i].name, n);
        if (i != object)
            out[at + n] = '/';
    }
    return length ? length : 1;
}

struct owner {
    struct live *l;
    u32 object;
};

static bool own_cluster(void *opaque, u32 cluster, u32 index)
{
    const struct owner *w = opaque;
    (void)index;
    if (live_owner(w->l, cluster) != w->object) {
        struct cluster_info *c = counters_at(w->l->counters, cluster);
        if (c) { /* without memory for it, its writes are noticed by their folder's */
            c->owned = true;
            c->owner = w->object;
        }
    }
    return true;
}

void live_own_chain(struct live *l, u32 object)
{
    struct owner w = {l, object};
    struct chain chain;
    if (l->object[object].start)
        volume_walk(&l->volume, l->object[object].start, 0, &chain, own_cluster, &w);
}

/* Where a file that the guest reads is now; see source.h. */
static bool find_file(void *opaque, u32 node, struct source_file *out)
{
    const struct live *l = opaque;
    const struct object *o = &l->object[node];
    if (!o->alive || !live_path(l, node, out->path, sizeof(out->path)))
        return false;
    out->device = o->device;
    out->inode = o->inode;
    out->size = o->size;
    out->modified = o->modified;
    return true;
}

static int read_disk(void *opaque, u64 sector, u32 count, u8 *buf)
{
    const struct live *l = opaque;
    return l->disk.read(l->disk.opaque, sector, count, buf);
}

struct live *live_new(struct folder *f, const struct live_disk *disk, struct log *log,
                      struct err *e)
{
    struct live *l = calloc(1, sizeof(*l));
    if (l) {
        l->folder = f;
        l->layout = folder_layout(f);
        l->disk = *disk;
        l->log = log;
        volume_init(&l->volume, &l->layout->volume, read_disk, l);
        l->counters = counters_new(l->layout->volume.clusters);
        l->buffer = malloc(fat_cluster_bytes(&l->layout->volume));
    }
    if (!l || !l->counters || !l->buffer || !take_tree(l)) {
        live_free(l);
        err_set(e, "folder: out of memory");
        return NULL;
    }
    l->renamed = true;
    folder_find_by(f, find_file, l);
    return l;
}

void live_free(struct live *l)
{
    if (!l)
        return;
    for (u32 i = 0; l->object && i < l->objects; i++) {
        if (l->object[i].own_name)
            free(l->object[i].name);
    }
    free(l->object);
    free(l->dirty);
    counters_free(l->counters);
    free(l->diff.seen);
    free(l->diff.op);
    free(l->diff.dir);
    free(l->diff.claims);
    free(l->buffer);
    free(l);
}

void live_tell(struct live *l, void (*say)(void *opaque, const char *what), void *opaque, bool dry)
{
    l->say = say;
    l->say_opaque = opaque;
    l->dry = dry;
}

const struct live_counts *live_counts(const struct live *l)
{
    return &l->counts;
}

bool live_names_changed(const struct live *l)
{
    return l->renamed;
}

bool live_aliases(struct live *l, struct aliases *out)
{
    char path[PATH_MAX];
    struct long_name name;
    l->renamed = false;
    for (u32 i = 1; i < l->objects; i++) {
        const struct object *o = &l->object[i];
        if (!o->alive || !name_from_host(o->name, strlen(o->name), &name) ||
            alias_is_plain(l->layout->options.cp, &name, o->alias) ||
            !live_path(l, i, path, sizeof(path)))
            continue;
        if (!aliases_add(out, path, o->alias))
            return false;
    }
    return true;
}

/* ---- the guest writes ---- */

/* Who has this cluster has changed: its folder must be compared. */
static void touch(struct live *l, u32 cluster, bool table)
{
    u32 owner = live_owner(l, cluster);
    if (owner == NOBODY || !l->object[owner].alive)
        return;
    struct object *o = &l->object[owner];
    bool directory = o->raw[11] & FAT_DIRECTORY;
    if (directory)
        live_mark_dirty(l, owner);
    if (directory && !table)
        return;
    o->touched = true;
    if (owner != TREE_ROOT)
        live_mark_dirty(l, o->parent);
}

static int table_entry(struct live *l, u32 cluster, u32 old, u32 new)
{
    if (cluster == 1) { /* the bit that says whether the volume was closed */
        u32 bit = l->layout->volume.bits == 32 ? 1u << 27 : 1u << 15;
        l->clean |= l->layout->volume.bits != 12 && !(old & bit) && new &bit;
        return 0;
    }
    struct cluster_info *c = counters_at(l->counters, cluster);
    if (!c)
        return cluster < 2 || cluster - 2 >= l->layout->volume.clusters ? 0 : ENOMEM;
    touch(l, cluster, true);
    c->table_tick = l->tick + 1;
    if (old && !new) {
        c->freed++;
        c->written[0] = c->written[1] = 0;
    }
    return 0;
}

/* Sectors at .. at + count of the first table, with what comes in `buf`. */
static int write_table(struct live *l, u32 at, u32 count, const u8 *buf)
{
    const struct fat_volume *v = &l->layout->volume;
    u32 sectors = fat_piece_sectors(v->bits), entries = fat_piece_entries(v->bits);
    for (u32 piece = at / sectors; piece <= (at + count - 1) / sectors; piece++) {
        u8 old[3 * FAT_SECTOR] = {0}, now[3 * FAT_SECTOR];
        u32 first = piece * sectors;
        u32 n = v->table_sectors - first < sectors ? v->table_sectors - first : sectors;
        int error = l->disk.read(l->disk.opaque, (u64)v->start + v->reserved + first, n, old);
        if (error)
            return error;
        memcpy(now, old, sizeof(now));
        for (u32 i = 0; i < n; i++) {
            if (first + i >= at && first + i < at + count)
                memcpy(now + i * FAT_SECTOR, buf + (size_t)(first + i - at) * FAT_SECTOR,
                       FAT_SECTOR);
        }
        for (u32 i = 0; !error && i < entries; i++) {
            u32 was = fat_get(v->bits, old, i), is = fat_get(v->bits, now, i);
            if (was != is)
                error = table_entry(l, piece * entries + i, was, is);
        }
        if (error)
            return error;
    }
    return 0;
}

/* A sector of a directory that is known: which of its slots change? */
static int write_slots(struct live *l, u32 at, const u8 *buf)
{
    u8 old[FAT_SECTOR];
    int error = l->disk.read(l->disk.opaque, (u64)l->layout->volume.start + at, 1, old);
    for (unsigned i = 0; !error && i < FAT_SLOTS; i++) {
        if (memcmp(old + i * FAT_ENTRY, buf + i * FAT_ENTRY, FAT_ENTRY) != 0 &&
            !counters_set_slot(l->counters, at, i, l->tick + 1))
            error = ENOMEM;
    }
    return error;
}

static int write_cluster(struct live *l, u32 at, const u8 *buf)
{
    const struct fat_volume *v = &l->layout->volume;
    u32 in = at - fat_data_at(v), cluster = 2 + in / v->cluster_sectors;
    u32 sector = in % v->cluster_sectors;
    struct cluster_info *c = counters_at(l->counters, cluster);
    if (!c)
        return fat_is_cluster(v, cluster) ? ENOMEM : 0;
    u32 owner = live_owner(l, cluster);
    int error = 0;
    if (owner != NOBODY && l->object[owner].raw[11] & FAT_DIRECTORY)
        error = write_slots(l, at, buf);
    c->data_tick = l->tick + 1;
    c->changed = true;
    c->written[sector / 64] |= 1ull << (sector % 64);
    touch(l, cluster, false);
    return error;
}

/* Another file system, or this one elsewhere: whatever comes now is not what we know. */
static void formatted(struct live *l)
{
    if (!l->counts.stopped && l->log)
        log_line(l->log, LOG_DISK,
                 "the guest has put another file system on the folder's disk: from now on nothing "
                 "that it writes is saved in the folder");
    l->counts.stopped = true;
}

static void write_boot(struct live *l, const u8 *buf)
{
    const struct fat_volume *v = &l->layout->volume;
    struct fat_volume new;
    unsigned state = v->bits == 32 ? 0x41 : 0x25;
    u8 old[FAT_SECTOR];
    if (!fat_parse_boot(buf, v->start, &new) || new.cluster_sectors != v->cluster_sectors ||
        new.reserved != v->reserved || new.tables != v->tables ||
        new.table_sectors != v->table_sectors || new.root_entries != v->root_entries ||
        new.sectors != v->sectors || new.root_cluster != v->root_cluster) {
        formatted(l);
        return;
    }
    /* Linux keeps its mark of an open volume here. */
    if (l->disk.read(l->disk.opaque, v->start, 1, old) == 0 && old[state] & 1 && !(buf[state] & 1))
        l->clean = true;
}

static void write_mbr(struct live *l, const u8 *buf)
{
    const struct fat_volume *v = &l->layout->volume;
    if (get_le16(buf + 510) != 0xaa55 || get_le32(buf + 454) != v->start ||
        get_le32(buf + 458) != v->sectors)
        formatted(l);
}

int live_write(struct live *l, u64 sector, u32 count, const u8 *buf)
{
    const struct fat_volume *v = &l->layout->volume;
    l->wrote = true;
    volume_forget(&l->volume);
    for (u32 i = 0; i < count && !l->counts.stopped;) {
        u64 s = sector + i;
        const u8 *p = buf + (size_t)i * FAT_SECTOR;
        u32 n = 1, at = (u32)(s - v->start);
        int error = 0;
        if (s < v->start || s - v->start >= v->sectors) {
            if (s == 0)
                write_mbr(l, p);
        } else if (at == 0) {
            write_boot(l, p);
        } else if (at < v->reserved ||
                   (at >= v->reserved + v->table_sectors && at < fat_root_at(v))) {
            /* FSInfo, copies; the second table is compared when a chain is followed */
        } else if (at < v->reserved + v->table_sectors) {
            u32 left = v->reserved + v->table_sectors - at;
            n = count - i < left ? count - i : left;
            error = write_table(l, at - v->reserved, n, p);
        } else if (at < fat_data_at(v)) {
            error = write_slots(l, at, p);
            live_mark_dirty(l, TREE_ROOT);
        } else {
            error = write_cluster(l, at, p);
        }
        if (error)
            return error;
        i += n;
    }
    return 0;
}

/* ---- moments ---- */

static u32 settle(struct live *l, u32 quiet)
{
    l->wrote = false;
    l->trouble = 0;
    volume_forget(&l->volume);
    live_compare(l, quiet);
    /* A folder that grew has more clusters. */
    for (u32 i = 0; i < l->diff.dirs; i++) {
        const struct object *o = &l->object[l->diff.dir[i]];
        if (!o->dirty && (l->diff.dir[i] == TREE_ROOT || live_same_identity(l, o)))
            live_own_chain(l, l->diff.dir[i]);
    }
    u32 done = live_apply(l);
    l->again = done > 0;
    return done;
}

int live_trouble(const struct live *l)
{
    return l->trouble;
}

int live_retry(struct live *l)
{
    if (l->trouble && !l->counts.stopped)
        settle(l, LIVE_QUIET);
    return l->trouble;
}

void live_tick(struct live *l)
{
    l->tick++;
    if (l->counts.stopped)
        return;
    bool retry = l->retry_at && l->tick >= l->retry_at;
    if (!l->wrote && !l->diff.young && !l->again && !retry && !l->clean)
        return;
    u32 quiet = l->clean ? 0 : LIVE_QUIET;
    l->clean = false;
    if (retry)
        l->retry_at = 0;
    settle(l, quiet);
}

/* A folder's files can be compared when the folder is there: a level at a time. */
enum { MAX_ROUNDS = 1000 };

void live_flush(struct live *l)
{
    l->tick++;
    /* Who saw only the end cannot tell a file that was moved from a new one: all new ones first. */
    l->keep = l->whole;
    for (int i = 0; i < MAX_ROUNDS && !l->counts.stopped; i++) {
        if (settle(l, 0))
            continue;
        if (!l->keep)
            break;
        live_sync(l);
        l->keep = false;
    }
    live_sync(l);
}

/* The folder with all above it, for nobody else to see. */
static void make_folders(const char *path)
{
    char part[4096];
    snprintf(part, sizeof(part), "%s", path);
    for (char *p = part + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        mkdir(part, 0700);
        *p = '/';
    }
    mkdir(part, 0700);
}

/* For messages, and for a file that is to lie somewhere else: no folders in it. */
static void flat_name(const struct seen *s, char name[NAME_BYTES + 1])
{
    if (!name_to_host(&s->e.name, name))
        snprintf(name, NAME_BYTES + 1, "%.8s.%.3s", s->e.fat.alias, s->e.fat.alias + 8);
    for (char *p = name; *p; p++)
        *p = *p == '/' ? '_' : *p;
}

static void save_elsewhere(struct live *l, u32 seen, const char *unsaved)
{
    const struct seen *s = &l->diff.seen[seen];
    char path[4096], name[NAME_BYTES + 1];
    flat_name(s, name);
    if (!unsaved || s->e.fat.attributes & FAT_DIRECTORY ||
        (size_t)snprintf(path, sizeof(path), "%s/%u-%s", unsaved, seen, name) >= sizeof(path))
        return;
    make_folders(unsaved);
    live_save_as(l, s, path);
}

enum { SAID_UNFINISHED = 8 };

/*
 * What was seen at last and has no place in the folder. An entry that never became consistent is a
 * file that the guest was not done with: no harm of ours, but the person should know.
 */
static u32 save_rest(struct live *l, const char *unsaved, char *why, size_t size)
{
    struct diff *d = &l->diff;
    u32 files = 0, unfinished = 0;
    for (u32 i = 0; i < d->seens; i++)
        d->seen[i].takes = false; /* from here on: has been dealt with */
    for (u32 i = 0; i < d->ops; i++) {
        const struct op *op = &d->op[i];
        bool done = op->done && !op->failed;
        if (op->seen == NOBODY || op->kind == OP_ATTRIBUTES) {
            files += !done && op->kind == OP_DELETE;
        } else if (!done) {
            files++;
            save_elsewhere(l, op->seen, unsaved);
        }
        if (op->seen != NOBODY)
            d->seen[op->seen].takes = true;
    }
    for (u32 i = 0; i < d->seens; i++) {
        const struct seen *s = &d->seen[i];
        char name[NAME_BYTES + 1];
        if (s->takes)
            continue;
        if (s->verdict == VERDICT_READY) {
            files++;
            save_elsewhere(l, i, unsaved);
            flat_name(s, name);
            if (!l->why[0])
                snprintf(l->why, sizeof(l->why), "%.150s: what was there before is not deleted",
                         name);
        } else if (++unfinished <= SAID_UNFINISHED) {
            flat_name(s, name);
            live_said(l, name, "the guest was not done writing it; the folder has it as before");
        }
    }
    if (files)
        snprintf(why, size, "%s", l->why);
    return files;
}

u32 live_end(struct live *l, const char *unsaved, char *why, size_t size)
{
    if (size)
        *why = 0;
    live_flush(l);
    return l->counts.stopped ? 0 : save_rest(l, unsaved, why, size);
}
