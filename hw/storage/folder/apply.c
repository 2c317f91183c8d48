/*
 * apply.c - what a comparison found, done on the host. See live.h and README.md.
 *
 * A file is written whole under a name that nobody has, and takes its place by renaming: who looks
 * sees the old one or the new one. Operations wait for one another by names: a name is taken when
 * whoever had it is gone or moved; two that want each other's names are exchanged.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/live_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* It stays with the guest, and is tried again. */
static void failed(struct live *l, const struct op *op, const char *name, int error)
{
    const char *why = error == EEXIST      ? "the folder has another file of that name"
                      : error == ENOTEMPTY ? "the host has files in it that the guest does not see"
                      : error == EILSEQ    ? "the host cannot have a file of that name"
                      : error == ELOOP     ? "it is a symbolic link"
                      : error == ESTALE    ? "the host took away the file that it is a part of"
                                           : strerror(error);
    struct object *o = op->object == NOBODY ? NULL : &l->object[op->object];
    char text[300];
    snprintf(l->why, sizeof(l->why), "%.150s: %.140s", name, why);
    snprintf(text, sizeof(text), "not saved: %.200s", why);
    if (!o || !o->said)
        live_said(l, name, text);
    if (o)
        o->said = true;
    if (error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO)
        l->trouble = error;
    l->counts.failed++;
    l->retry_at = l->tick + LIVE_RETRY;
}

/* ---- remembering ---- */

static void remember_name(struct live *l, u32 object)
{
    const struct object *o = &l->object[object];
    struct tunnel *t = &l->tunnel[l->tunnels++ % TUNNELS];
    t->parent = o->parent;
    t->tick = l->tick;
    memcpy(t->alias, o->alias, ALIAS_BYTES);
    snprintf(t->name, sizeof(t->name), "%s", o->name);
}

/* What an entry is called on the host. 0 or EILSEQ. */
int live_host_name(const struct live *l, const struct seen *s, u32 over, char out[NAME_BYTES + 1])
{
    if (!s->e.has_long) {
        if (over != NOBODY && l->object[over].alive && l->object[over].parent == s->dir &&
            memcmp(l->object[over].alias, s->e.fat.alias, ALIAS_BYTES) == 0) {
            snprintf(out, NAME_BYTES + 1, "%s", l->object[over].name);
            return 0;
        }
        for (u32 i = 0; i < TUNNELS; i++) {
            const struct tunnel *t = &l->tunnel[i];
            if (t->name[0] && t->parent == s->dir && l->tick < t->tick + LIVE_TUNNEL &&
                memcmp(t->alias, s->e.fat.alias, ALIAS_BYTES) == 0) {
                snprintf(out, NAME_BYTES + 1, "%s", t->name);
                return 0;
            }
        }
    }
    return name_to_host(&s->e.name, out) ? 0 : EILSEQ;
}

static bool clear_changed(void *opaque, u32 cluster, u32 index)
{
    struct live *l = opaque;
    (void)index;
    struct cluster_info *c =
        counters_get(l->counters, cluster)->changed ? counters_at(l->counters, cluster) : NULL;
    if (c)
        c->changed = false;
    return true;
}

/* The object is what the entry says. */
void live_take_entry(struct live *l, u32 object, const struct seen *s, bool data)
{
    struct object *o = &l->object[object];
    struct chain chain;
    l->renamed |= memcmp(o->alias, s->e.fat.alias, ALIAS_BYTES) != 0;
    memcpy(o->raw, s->e.raw, FAT_ENTRY);
    memcpy(o->alias, s->e.fat.alias, ALIAS_BYTES);
    o->shown = live_name_hash(&s->e.name);
    o->slot = s->e.slot;
    o->slots = s->e.slots;
    if (data) {
        o->start = s->e.fat.start;
        o->freed = o->start ? counters_get(l->counters, o->start)->freed : 0;
        o->chain = s->chain.hash;
        if (o->start && !(s->e.fat.attributes & FAT_DIRECTORY))
            volume_walk(&l->volume, o->start, 0, &chain, clear_changed, l);
        live_own_chain(l, object);
    }
    o->touched = o->said = false;
}

/*
 * Clusters that were laid out for this file and are now somebody else's, or at another place in it:
 * the host's file will not have their bytes any more, so they are copied to what the guest wrote.
 */
static int keep_clusters(struct live *l, u32 object, bool contiguous, u32 start, u32 count)
{
    if (object >= l->layout->tree->nodes)
        return 0;
    const struct layout_node *n = &l->layout->node[object];
    u32 per = l->layout->volume.cluster_sectors;
    for (u32 i = 0; i < n->count; i++) {
        u32 c = n->start + i;
        if (contiguous && start == n->start && i < count)
            continue;
        bool freed = counters_get(l->counters, c)->freed && !l->whole;
        if (freed || volume_fat(&l->volume, 0, c) == FAT_FREE)
            continue;
        u64 sector = volume_sector(&l->volume, c);
        int error = l->disk.read(l->disk.opaque, sector, per, l->buffer);
        if (!error)
            error = l->disk.write(l->disk.opaque, sector, per, l->buffer);
        if (error && error != ESTALE) /* the host took the file away: there is nothing to keep */
            return error;
    }
    return 0;
}

void live_bury(struct live *l, u32 object)
{
    remember_name(l, object);
    l->renamed = true;
    live_unlink(l, object);
    l->object[object].alive = false;
    folder_forget(l->folder, object);
}

/* ---- operations; each 0 or an errno value, EAGAIN: others first ---- */

/* Who of the folder has this name on the host? */
u32 live_who_has(const struct live *l, u32 dir, const char *name)
{
    for (u32 i = l->object[dir].first; i != NOBODY; i = l->object[i].next) {
        if (strcmp(l->object[i].name, name) == 0)
            return i;
    }
    return NOBODY;
}

/*
 * 0: nobody has the name, or only the host. EAGAIN: somebody who is to make room for `over`'s sake.
 * EEXIST: another file that the guest sees.
 */
static int is_free(const struct live *l, int fd, u32 dir, const char *name, u32 over)
{
    struct stat st;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : errno;
    if (live_who_has(l, dir, name) == NOBODY)
        return 0;
    return over != NOBODY ? EAGAIN : EEXIST;
}

bool live_may_replace(const struct live *l, const struct op *op)
{
    const struct object *o = &l->object[op->over];
    bool gone = !o->start || o->taken == l->pass || !live_same_identity(l, o);
    return gone && !(o->raw[11] & FAT_DIRECTORY) &&
           !(l->diff.seen[op->seen].e.fat.attributes & FAT_DIRECTORY);
}

/*
 * A commit that was killed has written it before: what is there has the guest's size and time. Then
 * it is taken as written.
 */
static bool was_written(struct live *l, const struct op *op, int dir, const char *name)
{
    const struct seen *s = &l->diff.seen[op->seen];
    const struct object *o = op->object == NOBODY ? NULL : &l->object[op->object];
    u32 object = op->object;
    struct stat st;
    if (!l->whole || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
        st.st_size != s->e.fat.size || (o && live_is_ours(o, &st)))
        return false;
    struct tree_time t = {st.st_mtim.tv_sec, (u32)st.st_mtim.tv_nsec};
    struct fat_time there = fat_time_of(t, l->layout->options.utc);
    if (there.date != s->e.fat.modified.date || there.time != s->e.fat.modified.time)
        return false;
    if (object == NOBODY && (object = live_new_object(l, s->dir, name)) == NOBODY)
        return false;
    live_take_stat(&l->object[object], &st);
    live_take_entry(l, object, s, true);
    return true;
}

static int do_write(struct live *l, struct op *op)
{
    const struct seen *s = &l->diff.seen[op->seen];
    const struct fat_entry *f = &s->e.fat;
    char name[NAME_BYTES + 1], temporary[32];
    u32 object = op->object;
    struct stat st;
    int fd = -1, error = 0;
    if (object != NOBODY)
        snprintf(name, sizeof(name), "%s", l->object[object].name);
    else if ((error = live_host_name(l, s, op->over, name)))
        return error;
    int dir = live_open_dir(l, s->dir);
    if (dir < 0)
        return errno;
    if (was_written(l, op, dir, name)) {
        close(dir);
        return 0;
    }
    u32 bytes = fat_cluster_bytes(&l->layout->volume);
    if (object != NOBODY)
        error = keep_clusters(l, object, !s->chain.hash, f->start,
                              (u32)(((u64)f->size + bytes - 1) / bytes));
    else
        error = is_free(l, dir, s->dir, name, op->over);
    if (!error)
        error = live_write_temporary(l, s, dir, temporary, &fd);
    if (error) {
        close(dir);
        return error;
    }
    const struct object *old = object == NOBODY ? NULL : &l->object[object];
    live_dress(l, fd, dir, old ? name : NULL, name, old, f);
    error = live_put_in_place(l, dir, temporary, name, old);
    if (!error && object == NOBODY && (object = live_new_object(l, s->dir, name)) == NOBODY)
        error = ENOMEM;
    if (error)
        unlinkat(dir, temporary, 0);
    if (!error && fstat(fd, &st) == 0) {
        l->counts.created += op->object == NOBODY;
        l->counts.replaced += op->object != NOBODY;
        live_take_stat(&l->object[object], &st);
        live_take_entry(l, object, s, true);
        l->object[object].unsynced = l->object[s->dir].unsynced = l->unsynced = true;
        folder_forget(l->folder, object);
    }
    close(fd);
    close(dir);
    return error;
}

static int do_mkdir(struct live *l, struct op *op)
{
    const struct seen *s = &l->diff.seen[op->seen];
    char name[NAME_BYTES + 1];
    struct stat st;
    int error = live_host_name(l, s, op->over, name);
    if (error)
        return error;
    int dir = live_open_dir(l, s->dir);
    if (dir < 0)
        return errno;
    error = is_free(l, dir, s->dir, name, op->over);
    if (!error && mkdirat(dir, name, 0777) != 0)
        error = errno;
    if (error == EEXIST && l->whole && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(st.st_mode))
        error = 0; /* by a commit that was killed */
    int fd = error ? -1 : openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        live_store_attributes(fd, name, s->e.fat.attributes);
    if (fd >= 0)
        close(fd);
    if (!error && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        error = errno;
    close(dir);
    u32 object = error ? NOBODY : live_new_object(l, s->dir, name);
    if (object == NOBODY)
        return error ? error : ENOMEM;
    live_take_stat(&l->object[object], &st);
    live_take_entry(l, object, s, true);
    live_mark_dirty(l, object); /* what is in it comes next */
    l->object[s->dir].unsynced = l->unsynced = true;
    l->counts.made++;
    return 0;
}

/* Is `dir` the object itself, or somewhere below it? */
static bool is_below(const struct live *l, u32 dir, u32 object)
{
    for (u32 i = dir;; i = l->object[i].parent) {
        if (i == object)
            return true;
        if (i == TREE_ROOT)
            return false;
    }
}

void live_moved(struct live *l, u32 object, u32 dir, const char *name)
{
    struct object *o = &l->object[object];
    char *copy = strdup(name);
    /* A dot in front, or none any more: the host shows the file as hidden or not. */
    if ((o->name[0] == '.') != (name[0] == '.'))
        o->raw[11] ^= FAT_HIDDEN;
    l->object[o->parent].unsynced = l->object[dir].unsynced = l->unsynced = true;
    remember_name(l, object);
    l->renamed = true;
    live_unlink(l, object);
    live_link(l, object, dir);
    o = &l->object[object];
    if (copy) {
        if (o->own_name)
            free(o->name);
        o->name = copy;
        o->own_name = true;
    }
}

/* Two that have each other's places to go to, or one of them at least: both are named anew at once.
 */
static int exchange(struct live *l, u32 a, u32 b, int from, int to)
{
    char *a_name = strdup(l->object[a].name), *b_name = strdup(l->object[b].name);
    u32 a_dir = l->object[a].parent, b_dir = l->object[b].parent;
    int error = !a_name || !b_name ? ENOMEM : 0;
    if (!error && renameat2(from, a_name, to, b_name, RENAME_EXCHANGE) != 0)
        error = errno;
    if (!error) {
        u64 shown = l->object[a].shown;
        u8 alias[ALIAS_BYTES];
        live_moved(l, a, b_dir, b_name);
        live_moved(l, b, a_dir, a_name);
        /* The other one is found where it is now, until it is renamed itself. */
        memcpy(alias, l->object[a].alias, ALIAS_BYTES);
        memcpy(l->object[b].alias, alias, ALIAS_BYTES);
        l->object[b].shown = shown;
        live_mark_dirty(l, a_dir);
    }
    free(a_name);
    free(b_name);
    return error;
}

static int rename_files(struct live *l, struct op *op, const char *name, int from, int to,
                        bool force)
{
    const struct seen *s = &l->diff.seen[op->seen];
    const struct object *o = &l->object[op->object];
    struct stat st;
    u32 there =
        fstatat(to, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? live_who_has(l, s->dir, name) : NOBODY;
    if (fstatat(from, o->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    if (st.st_ino != o->inode || st.st_dev != o->device) {
        if (!o->linked)
            return EEXIST; /* the host has put something else there */
    }
    if (there == NOBODY || there == op->object)
        return there == op->object && renameat(from, o->name, to, name) == 0 ? 0
               : there == op->object                                         ? errno
                                     : live_rename_new(from, o->name, to, name);
    if (there != op->over)
        return EEXIST;
    if (live_may_replace(l, op)) {
        const struct object *old = &l->object[there];
        int error = keep_clusters(l, there, false, 0, 0);
        if (!error && fstatat(to, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !live_is_ours(old, &st)) {
            if (S_ISDIR(st.st_mode))
                return EEXIST;
            error = live_keep_hosts(l, to, name);
        }
        if (!error && renameat(from, o->name, to, name) != 0)
            error = errno;
        if (!error)
            live_bury(l, there);
        return error;
    }
    return force ? exchange(l, op->object, there, from, to) : EAGAIN;
}

/* Is the object there, on the host? After a commit that was killed it may be. */
static bool is_file(int dir, const char *name, const struct object *o)
{
    struct stat st;
    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == o->inode &&
           st.st_dev == o->device;
}

static int do_rename(struct live *l, struct op *op, bool force)
{
    const struct seen *s = &l->diff.seen[op->seen];
    char name[NAME_BYTES + 1];
    u32 object = op->object;
    int error = live_host_name(l, s, op->over, name);
    if (error)
        return error;
    if (is_below(l, s->dir, object))
        return EAGAIN; /* the folder it goes to must leave it first */
    int to = live_open_dir(l, s->dir);
    bool done = to >= 0 && l->whole && is_file(to, name, &l->object[object]);
    int from = to < 0 || done ? -1 : live_open_dir(l, l->object[object].parent);
    if (!done && from < 0) {
        error = errno;
        if (to >= 0)
            close(to);
        /* A commit that was killed may have moved a folder above it: that one is found first. */
        return error == ENOENT && l->whole && !force ? EAGAIN : error;
    }
    if (!done) {
        error = rename_files(l, op, name, from, to, force);
        close(from);
    }
    close(to);
    if (error)
        return error;
    if (l->object[object].parent != s->dir || strcmp(l->object[object].name, name) != 0)
        live_moved(l, object, s->dir, name);
    /* Its data and attributes are compared next. */
    struct object *o = &l->object[object];
    l->renamed = true;
    memcpy(o->alias, s->e.fat.alias, ALIAS_BYTES);
    o->shown = live_name_hash(&s->e.name);
    o->slot = s->e.slot;
    o->slots = s->e.slots;
    o->said = false;
    live_mark_dirty(l, s->dir);
    l->counts.renamed++;
    return 0;
}

static int do_delete(struct live *l, struct op *op, bool force)
{
    struct object *o = &l->object[op->object];
    bool directory = o->raw[11] & FAT_DIRECTORY;
    struct stat st;
    if (!o->alive)
        return 0;
    if (directory && o->first != NOBODY)
        return EAGAIN;
    int dir = live_open_dir(l, o->parent), error = 0;
    /* A commit that was killed has removed the folder, or a folder above it is found first. */
    bool killed = dir < 0 && errno == ENOENT && l->whole;
    if (killed && !force)
        return EAGAIN;
    if (dir < 0 && !killed)
        return errno;
    if (killed || fstatat(dir, o->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        error = killed ? ENOENT : errno;
    else if (!S_ISLNK(st.st_mode) && !live_is_ours(o, &st))
        live_said(l, o->name, "the guest deleted what the host has changed; the host's is kept");
    else if (directory && S_ISLNK(st.st_mode))
        error = unlinkat(dir, o->name, 0) == 0 ? 0 : errno;
    else {
        error = keep_clusters(l, op->object, false, 0, 0);
        if (!error && unlinkat(dir, o->name, directory ? AT_REMOVEDIR : 0) != 0)
            error = errno == EEXIST ? ENOTEMPTY : errno;
    }
    if (dir >= 0)
        close(dir);
    if (error == ENOENT)
        error = 0; /* the host did it already */
    if (!error) {
        l->object[o->parent].unsynced = l->unsynced = true;
        live_bury(l, op->object);
        l->counts.deleted++;
    }
    return error;
}

static int do_attributes(struct live *l, struct op *op)
{
    const struct seen *s = &l->diff.seen[op->seen];
    struct object *o = &l->object[op->object];
    const struct fat_entry *f = &s->e.fat;
    bool directory = f->attributes & FAT_DIRECTORY;
    bool attributes = (o->raw[11] ^ f->attributes) & (LIVE_STORED | FAT_READ_ONLY);
    bool time = !directory && memcmp(o->raw + 22, s->e.raw + 22, 4) != 0;
    struct stat st;
    int error = 0;
    if (attributes || time) {
        int dir = live_open_dir(l, o->parent);
        int fd = dir < 0 ? -1
                         : openat(dir, o->name,
                                  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
                                      (directory ? O_DIRECTORY : 0));
        error = fd < 0 ? errno : 0;
        if (dir >= 0)
            close(dir);
        if (fd >= 0 && fstat(fd, &st) == 0) {
            bool ours = live_is_ours(o, &st);
            struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, live_moment(l, o, f)};
            if (attributes)
                live_store_attributes(fd, o->name, f->attributes);
            if (attributes && !directory)
                fchmod(fd, live_mode(st.st_mode & 07777, f->attributes));
            if (time && ours && futimens(fd, times) != 0)
                error = errno;
            if (ours && fstat(fd, &st) == 0)
                live_take_stat(o, &st);
        }
        if (fd >= 0)
            close(fd);
        l->counts.attributes += !error;
    }
    if (!error)
        live_take_entry(l, op->object, s, false);
    return error;
}

static int perform(struct live *l, struct op *op, bool force)
{
    if (l->dry)
        return live_pretend(l, op, force);
    switch (op->kind) {
    case OP_MKDIR:
        return do_mkdir(l, op);
    case OP_WRITE:
        return do_write(l, op);
    case OP_RENAME:
        return do_rename(l, op, force);
    case OP_DELETE:
        return do_delete(l, op, force);
    default:
        return do_attributes(l, op);
    }
}

/* What was done is said afterwards, with the names from before. */
static int try_op(struct live *l, struct op *op, bool force)
{
    char text[LIVE_TEXT] = "";
    if (l->say)
        live_describe(l, op, text);
    int error = perform(l, op, force);
    if (!error && *text)
        l->say(l->say_opaque, text);
    return error;
}

/* For messages. */
static const char *name_of(struct live *l, const struct op *op, char out[NAME_BYTES + 1])
{
    if (op->object != NOBODY)
        snprintf(out, NAME_BYTES + 1, "%s", l->object[op->object].name);
    else if (!name_to_host(&l->diff.seen[op->seen].e.name, out))
        snprintf(out, NAME_BYTES + 1, "%.11s", (const char *)l->diff.seen[op->seen].e.fat.alias);
    return out;
}

/* It was not done: its folder is compared again. */
static void put_back(struct live *l, const struct op *op)
{
    live_mark_dirty(l,
                    op->seen != NOBODY ? l->diff.seen[op->seen].dir : l->object[op->object].parent);
    if (op->object != NOBODY && l->object[op->object].alive)
        live_mark_dirty(l, l->object[op->object].parent);
}

u32 live_apply(struct live *l)
{
    static const enum op_kind order[] = {OP_MKDIR, OP_RENAME, OP_WRITE, OP_DELETE, OP_ATTRIBUTES};
    struct diff *d = &l->diff;
    char name[NAME_BYTES + 1];
    u32 done = 0, before;
    bool force = false;
    do {
        before = done;
        for (unsigned k = 0; k < ARRAY_SIZE(order); k++) {
            for (u32 i = 0; i < d->ops; i++) {
                struct op *op = &d->op[i];
                if (op->done || op->kind != order[k] || (op->kind == OP_DELETE && l->keep))
                    continue;
                int error = try_op(l, op, force);
                if (error == EAGAIN)
                    continue;
                op->done = true;
                op->failed = error != 0;
                if (error) {
                    failed(l, op, name_of(l, op, name), error);
                    put_back(l, op);
                } else {
                    done++;
                    force = false;
                }
            }
        }
        if (done == before) { /* all wait for one another: exchange two */
            if (force)
                break;
            force = true;
            before--;
        }
    } while (done != before);
    for (u32 i = 0; i < d->ops; i++) {
        if (!d->op[i].done)
            put_back(l, &d->op[i]);
    }
    return done;
}
