/*
 * share_dir.c - what is in a directory of the host, and how DOS calls it. See share.h.
 *
 * A directory is read when it is first asked for and again when its time of change says that the
 * host has done something there. What the guest does itself is entered at once. A name keeps its
 * alias and its place as long as it exists, so that a search goes on where it was whatever comes
 * and goes around it: new names stand behind the others, as free slots of FAT do.
 *
 * Times of change are as coarse as the host's ticks: what happened in the same tick as the last
 * look is not seen by them, so the next look after LOOK_AGAIN reads the directory once more.
 */
#define _GNU_SOURCE
#include "hw/guest/share_internal.h"

#include "hw/base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOOK_AGAIN (50 * NS_PER_MS)

static u64 host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (u64)t.tv_sec * NS_PER_SEC + (u64)t.tv_nsec;
}

/* ---- slots ---- */

static u32 alias_key(const u8 alias[ALIAS_BYTES])
{
    u32 h = 2166136261u;
    for (unsigned i = 0; i < ALIAS_BYTES; i++)
        h = (h ^ alias[i]) * 16777619u;
    return h;
}

static void hash_put(struct dir *d, u32 slot)
{
    u32 at = alias_key(d->slot[slot].alias) & (d->hash_size - 1);
    while (d->hash[at])
        at = (at + 1) & (d->hash_size - 1);
    d->hash[at] = slot + 1;
}

static bool hash_again(struct dir *d)
{
    u32 size = 16;
    while (size < d->slots * 2 + 2)
        size *= 2;
    u32 *hash = calloc(size, sizeof(*hash));
    if (!hash)
        return false;
    free(d->hash);
    d->hash = hash;
    d->hash_size = size;
    for (u32 i = 0; i < d->slots; i++)
        hash_put(d, i);
    return true;
}

long dir_find(const struct dir *d, const u8 alias[ALIAS_BYTES])
{
    if (!d->hash_size)
        return -1;
    for (u32 at = alias_key(alias) & (d->hash_size - 1); d->hash[at];
         at = (at + 1) & (d->hash_size - 1)) {
        const struct slot *slot = &d->slot[d->hash[at] - 1];
        if (slot->name && memcmp(slot->alias, alias, ALIAS_BYTES) == 0)
            return (long)d->hash[at] - 1;
    }
    return -1;
}

/* The name's memory is the slot's from now on. `name` NULL: a slot of what has gone. */
static bool append(struct shares *s, struct dir *d, char *name, const u8 alias[ALIAS_BYTES])
{
    if (!ARRAY_ROOM(d->slot, d->room, d->slots + 1))
        return false;
    d->slot[d->slots].name = name;
    memcpy(d->slot[d->slots].alias, alias, ALIAS_BYTES);
    d->slots++;
    d->gone += !name;
    s->slots++;
    if (d->slots * 2 > d->hash_size)
        return hash_again(d);
    hash_put(d, d->slots - 1);
    return true;
}

bool dir_append(struct shares *s, struct dir *d, const char *name, const u8 alias[ALIAS_BYTES])
{
    char *copy = name ? strdup(name) : NULL;
    if ((name && !copy) || !append(s, d, copy, alias)) {
        free(copy);
        return false;
    }
    return true;
}

static void forget_slots(struct shares *s, struct dir *d)
{
    for (u32 i = 0; i < d->slots; i++)
        free(d->slot[i].name);
    s->slots -= d->slots;
    free(d->slot);
    free(d->hash);
    name_table_free(d->table);
    d->slot = NULL;
    d->hash = NULL;
    d->table = NULL;
    d->slots = d->room = d->hash_size = d->gone = 0;
    d->listed = false;
}

void dir_drop(struct shares *s, struct dir *d)
{
    if (!d->used)
        return;
    forget_slots(s, d);
    free(d->path);
    d->path = NULL;
    d->used = false;
    d->generation = (d->generation + 1) & 63;
}

/* ---- reading ---- */

struct names {
    char **name;
    size_t count, room;
};

static void free_names(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->name[i]);
    free(n->name);
}

static bool add_name(struct names *n, const char *name)
{
    if (!ARRAY_ROOM(n->name, n->room, n->count + 1))
        return false;
    n->name[n->count] = strdup(name);
    return n->name[n->count] && ++n->count;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes fd. What is no file and no folder is not shown. */
static bool read_names(int fd, struct names *n)
{
    DIR *stream = fdopendir(fd);
    bool ok = stream != NULL;
    const struct dirent *entry;
    if (!stream)
        close(fd);
    while (ok && (entry = readdir(stream))) {
        bool other = entry->d_type == DT_FIFO || entry->d_type == DT_SOCK ||
                     entry->d_type == DT_CHR || entry->d_type == DT_BLK;
        if (other || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ok = n->count < SHARE_SLOTS && add_name(n, entry->d_name);
    }
    if (stream)
        closedir(stream);
    if (ok && n->count)
        qsort(n->name, n->count, sizeof(*n->name), by_bytes);
    return ok;
}

/* Enter the long name, or the next number of it that is free. false: nothing DOS could call it. */
static bool enter(struct name_table *t, const char *name, struct long_name *as)
{
    struct long_name first;
    if (!name_from_host(name, strlen(name), &first))
        return false;
    *as = first;
    for (unsigned n = 2; n < 1000; n++) {
        enum name_added added = name_table_add(t, as);
        if (added != NAME_TAKEN)
            return added == NAME_ADDED;
        name_number(&first, n, as);
    }
    return false;
}

/* A new table with the names that are left, when some have gone. */
static bool table_again(struct shares *s, struct dir *d)
{
    struct long_name name;
    name_table_free(d->table);
    d->table = name_table_new(s->cp);
    for (u32 i = 0; d->table && i < d->slots; i++) {
        if (d->slot[i].name) {
            enter(d->table, d->slot[i].name, &name);
            name_table_add_alias(d->table, d->slot[i].alias);
        }
    }
    return d->table != NULL;
}

/* All of names[] that is no slot yet becomes one; names[] is sorted. */
static bool add_new(struct shares *s, struct dir *d, char **fresh, size_t count)
{
    struct long_name *name = count ? malloc(count * sizeof(*name)) : NULL;
    bool *known = count ? calloc(count, sizeof(*known)) : NULL;
    bool ok = !count || (name && known);
    for (size_t i = 0; ok && i < count; i++)
        known[i] = enter(d->table, fresh[i], &name[i]);
    for (size_t i = 0; ok && i < count; i++) {
        struct alias alias;
        if (!known[i] || !name_table_alias(d->table, &name[i], &alias))
            continue; /* there is no name left for it */
        ok = append(s, d, fresh[i], alias.bytes);
        if (ok)
            fresh[i] = NULL; /* the slot's */
    }
    free(name);
    free(known);
    return ok;
}

struct by_name {
    const char *name;
    u32 slot;
};

static int compare_by_name(const void *a, const void *b)
{
    return strcmp(((const struct by_name *)a)->name, ((const struct by_name *)b)->name);
}

/* Slots whose name is not in the sorted list have gone; `seen` says which of the list have one. */
static bool compare(struct dir *d, const struct names *n, bool *seen)
{
    struct by_name *old = malloc((d->slots + 1) * sizeof(*old));
    size_t olds = 0, at = 0;
    if (!old)
        return false;
    for (u32 i = 0; i < d->slots; i++) {
        if (d->slot[i].name)
            old[olds++] = (struct by_name){d->slot[i].name, i};
    }
    qsort(old, olds, sizeof(*old), compare_by_name);
    for (size_t i = 0; i < olds; i++) {
        while (at < n->count && strcmp(n->name[at], old[i].name) < 0)
            at++;
        if (at < n->count && strcmp(n->name[at], old[i].name) == 0) {
            seen[at] = true;
            continue;
        }
        free(d->slot[old[i].slot].name);
        d->slot[old[i].slot].name = NULL;
        d->gone++;
    }
    free(old);
    return true;
}

static bool merge(struct shares *s, struct dir *d, struct names *n)
{
    u32 gone = d->gone;
    size_t fresh = 0;
    bool *seen = calloc(n->count + 1, sizeof(*seen));
    if (!seen || !compare(d, n, seen)) {
        free(seen);
        return false;
    }
    for (size_t i = 0; i < n->count; i++) {
        if (seen[i]) {
            free(n->name[i]);
            n->name[i] = NULL;
        } else {
            char *name = n->name[i];
            n->name[i] = NULL;
            n->name[fresh++] = name;
        }
    }
    free(seen);
    n->count = fresh;
    return ((d->table && d->gone == gone) || table_again(s, d)) && add_new(s, d, n->name, fresh);
}

/* The directories that were not used for longest make room. */
static void make_room(struct shares *s, const struct dir *keep)
{
    while (s->slots > SHARE_SLOTS) {
        struct dir *oldest = NULL;
        for (unsigned i = 0; i < SHARE_DIRS; i++) {
            struct dir *d = &s->dir[i];
            if (d->used && d != keep && d->slots && (!oldest || d->used_at < oldest->used_at))
                oldest = d;
        }
        if (!oldest)
            return;
        forget_slots(s, oldest);
    }
}

bool dir_refresh(struct shares *s, struct dir *d, u8 *error)
{
    struct stat st;
    struct names names = {0};
    int fd = path_open(s->share[d->share].root, d->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_nlink == 0) {
        *error = fd >= 0 || errno == ENOENT ? DOS_PATH_NOT_FOUND : dos_error(errno);
        if (fd >= 0)
            close(fd);
        return false;
    }
    d->used_at = ++s->uses;
    u64 now = host_ns();
    if (d->listed && st.st_mtim.tv_sec == d->changed.tv_sec &&
        st.st_mtim.tv_nsec == d->changed.tv_nsec && (!d->look_again || now < d->look_again)) {
        close(fd);
        return true;
    }
    bool ok = read_names(fd, &names) && merge(s, d, &names);
    free_names(&names);
    if (!ok) {
        forget_slots(s, d);
        *error = DOS_MEMORY;
        return false;
    }
    d->listed = true;
    d->changed = st.st_mtim;
    u64 changed = (u64)st.st_mtim.tv_sec * NS_PER_SEC + (u64)st.st_mtim.tv_nsec;
    d->look_again = changed + LOOK_AGAIN > now ? now + LOOK_AGAIN : 0;
    make_room(s, d);
    return true;
}

/* ---- directories by path and number ---- */

u16 dir_id(const struct shares *s, const struct dir *d)
{
    return (u16)((unsigned)(d - s->dir) | (unsigned)d->generation << 10);
}

struct dir *dir_by_id(struct shares *s, u16 id)
{
    struct dir *d = &s->dir[id & (SHARE_DIRS - 1)];
    return d->used && d->generation == id >> 10 ? d : NULL;
}

struct dir *dir_get(struct shares *s, u8 share, const char *path, u8 *error)
{
    struct dir *free_one = NULL, *d = NULL;
    for (unsigned i = 0; i < SHARE_DIRS && !d; i++) {
        struct dir *at = &s->dir[i];
        if (at->used && at->share == share && strcmp(at->path, path) == 0)
            d = at;
        else if (!free_one || (free_one->used && (!at->used || at->used_at < free_one->used_at)))
            free_one = at;
    }
    if (!d) {
        d = free_one;
        dir_drop(s, d);
        d->path = strdup(path);
        if (!d->path) {
            *error = DOS_MEMORY;
            return NULL;
        }
        d->used = true;
        d->share = share;
    }
    if (dir_refresh(s, d, error))
        return d;
    dir_drop(s, d);
    return NULL;
}

void dirs_drop_below(struct shares *s, u8 share, const char *path)
{
    size_t n = strlen(path);
    for (unsigned i = 0; i < SHARE_DIRS; i++) {
        struct dir *d = &s->dir[i];
        if (d->used && d->share == share && strncmp(d->path, path, n) == 0 &&
            (!d->path[n] || d->path[n] == '/'))
            dir_drop(s, d);
    }
}

/* ---- what the guest does itself ---- */

/* Its own change is no reason to read the directory, until some time has passed. */
static void dir_changed(struct shares *s, struct dir *d)
{
    struct stat st;
    int fd = path_open(s->share[d->share].root, d->path, O_PATH | O_DIRECTORY);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        d->changed = st.st_mtim;
        d->look_again = host_ns() + LOOK_AGAIN;
    }
    if (fd >= 0)
        close(fd);
}

bool dir_add(struct shares *s, struct dir *d, const char *name, const u8 alias[ALIAS_BYTES])
{
    struct long_name entered;
    if (d->table) {
        enter(d->table, name, &entered);
        name_table_add_alias(d->table, alias);
    }
    bool ok = dir_append(s, d, name, alias);
    dir_changed(s, d);
    if (!ok)
        forget_slots(s, d); /* and read again */
    return ok;
}

void dir_remove(struct shares *s, struct dir *d, long slot)
{
    free(d->slot[slot].name);
    d->slot[slot].name = NULL;
    d->gone++;
    /* The names that are left may have the numbers and aliases of what has gone. */
    name_table_free(d->table);
    d->table = NULL;
    dir_changed(s, d);
}

bool dir_promise(struct shares *s, struct dir *d, const struct long_name *name,
                 u8 alias[ALIAS_BYTES])
{
    struct alias made;
    bool ok = table_again(s, d) && name_table_add(d->table, name) == NAME_ADDED &&
              name_table_alias(d->table, name, &made);
    if (ok)
        memcpy(alias, made.bytes, ALIAS_BYTES);
    name_table_free(d->table); /* it may never be made */
    d->table = NULL;
    return ok;
}
