/*
 * share_state.c - shares in snapshots. See share.h.
 *
 * Saved are drives, open files, locks, and the directories in which searches may be, with their
 * names in order, so that a search goes on at its place. At load each file is opened again beneath
 * its folder: one that is not the same file any more, or was written to since, is dead: its handle
 * answers error 6, and the log names it. Files that a machine without the share had open are too.
 */
#define _GNU_SOURCE
#include "hw/guest/share_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A path that may be NULL. Loading takes what is plain, or fails. */
static void path_state(struct state *st, const char *name, char **path)
{
    u16 size = (u16)(*path ? strlen(*path) + 1 : 0);
    state_u16(st, name, &size);
    if (!state_loading(st)) {
        if (size)
            state_bytes(st, name, *path, size);
        return;
    }
    free(*path);
    *path = NULL;
    if (!state_ok(st) || size == 0)
        return;
    char *loaded = size <= SHARE_PATH ? calloc(1, size) : NULL;
    if (!loaded) {
        state_fail(st, "shares: a path of %u bytes", size);
        return;
    }
    state_bytes(st, name, loaded, size);
    if (state_ok(st) && loaded[size - 1] == 0 && path_plain(loaded)) {
        *path = loaded;
        return;
    }
    free(loaded);
    state_fail(st, "shares: not a path beneath a folder");
}

/* ---- files ---- */

static void reopen(struct shares *s, struct open_file *f, u64 size, s64 seconds, u64 ns)
{
    static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR};
    struct stat now = {0};
    if (f->share < s->count)
        f->fd =
            path_open(s->share[f->share].root, f->path, flags[f->access] | O_NONBLOCK | O_NOCTTY);
    if (f->fd >= 0 && fstat(f->fd, &now) == 0 && S_ISREG(now.st_mode) && now.st_dev == f->dev &&
        now.st_ino == f->ino && (u64)now.st_size == size && now.st_mtim.tv_sec == seconds &&
        (u64)now.st_mtim.tv_nsec == ns && (s->share[f->share].writable || f->access == 0))
        return;
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    f->dead = true;
    log_at(s->log, LOG_RESET, "snapshot: %s was open in the guest and is another file now",
           f->path);
}

static void file_state(struct shares *s, struct open_file *f, struct state *st)
{
    u64 dev = f->dev, ino = f->ino, size = 0, ns = 0;
    s64 seconds = 0;
    struct stat now;
    state_u8(st, "share", &f->share);
    state_u8(st, "access", &f->access);
    state_u8(st, "deny", &f->deny);
    state_u16(st, "generation", &f->generation);
    state_u16(st, "psp", &f->psp);
    state_bool(st, "dead", &f->dead);
    path_state(st, "path", &f->path);
    if (!state_loading(st) && f->fd >= 0 && fstat(f->fd, &now) == 0) {
        size = (u64)now.st_size;
        seconds = now.st_mtim.tv_sec;
        ns = (u64)now.st_mtim.tv_nsec;
    }
    state_u64(st, "dev", &dev);
    state_u64(st, "ino", &ino);
    state_u64(st, "size", &size);
    state_s64(st, "seconds", &seconds);
    state_u64(st, "ns", &ns);
    if (!state_loading(st))
        return;
    f->dev = (dev_t)dev;
    f->ino = (ino_t)ino;
    f->fd = -1;
    if (state_ok(st) && (!f->path || f->access > 2))
        state_fail(st, "shares: an open file without a path");
    if (state_ok(st) && !f->dead)
        reopen(s, f, size, seconds, ns);
}

static void files_state(struct shares *s, struct state *st)
{
    u8 used[SHARE_FILES];
    u16 locks = 0;
    for (unsigned i = 0; i < SHARE_FILES; i++)
        used[i] = s->file[i].used;
    state_bytes(st, "open", used, sizeof(used));
    for (unsigned i = 0; i < SHARE_FILES; i++) {
        struct open_file *f = &s->file[i];
        f->used = used[i] && state_ok(st);
        if (f->used)
            file_state(s, f, st);
        f->used = f->used && f->path; /* not: a stream that failed */
    }
    for (unsigned i = 0; i < SHARE_LOCKS; i++)
        locks += s->lock[i].file != 0;
    state_u16(st, "locks", &locks);
    if (state_loading(st) && locks > SHARE_LOCKS)
        state_fail(st, "shares: %u locks", locks);
    for (unsigned i = 0, n = 0; n < locks && i < SHARE_LOCKS && state_ok(st); i++) {
        struct file_lock *l = &s->lock[i];
        if (!state_loading(st) && !l->file)
            continue;
        n++;
        state_u16(st, "lock", &l->file);
        state_u32(st, "at", &l->at);
        state_u32(st, "length", &l->length);
        if (!l->file || l->file > SHARE_FILES || !state_ok(st)) {
            l->file = 0;
            state_fail(st, "shares: a lock of no file");
        }
    }
}

/* ---- directories ---- */

static void slots_state(struct shares *s, struct dir *d, struct state *st)
{
    u32 count = d->slots;
    state_u32(st, "slots", &count);
    if (state_loading(st) && count > SHARE_SLOTS)
        state_fail(st, "shares: a directory with %u names", count);
    for (u32 i = 0; state_ok(st) && i < count; i++) {
        u8 alias[ALIAS_BYTES], size = 0;
        char name[NAME_BYTES + 1] = "";
        if (!state_loading(st)) {
            const struct slot *slot = &d->slot[i];
            memcpy(alias, slot->alias, ALIAS_BYTES);
            size = (u8)(slot->name ? strlen(slot->name) : 0);
            memcpy(name, slot->name ? slot->name : "", size);
        }
        state_bytes(st, "alias", alias, sizeof(alias));
        state_u8(st, "length", &size);
        state_bytes(st, "name", name, size);
        if (!state_loading(st) || !state_ok(st))
            continue;
        bool plain = size == 0 || (strlen(name) == size && !strchr(name, '/') && path_plain(name) &&
                                   strcmp(name, ".") != 0);
        if (!plain)
            state_fail(st, "shares: not a name");
        else if (!dir_append(s, d, size ? name : NULL, alias))
            state_fail(st, "shares: out of memory");
    }
}

static void dir_state(struct shares *s, struct dir *d, struct state *st)
{
    state_u8(st, "share", &d->share);
    path_state(st, "path", &d->path);
    if (state_loading(st) && state_ok(st) && (!d->path || d->share >= GUEST_SHARES))
        state_fail(st, "shares: a directory without a path");
    d->used = d->path != NULL; /* not: a stream that failed */
    if (state_ok(st))
        slots_state(s, d, st);
    if (state_loading(st) && (!state_ok(st) || d->share >= s->count))
        dir_drop(s, d); /* a share that this machine has not */
}

static void dirs_state(struct shares *s, struct state *st)
{
    enum { USED = 0x80 };
    u8 is[SHARE_DIRS];
    for (unsigned i = 0; i < SHARE_DIRS; i++)
        is[i] = (u8)(s->dir[i].generation | (s->dir[i].used ? USED : 0));
    state_bytes(st, "directories", is, sizeof(is));
    for (unsigned i = 0; i < SHARE_DIRS; i++) {
        struct dir *d = &s->dir[i];
        if (state_loading(st)) {
            dir_drop(s, d);
            d->generation = is[i] & 63;
        }
        if (is[i] & USED && state_ok(st))
            dir_state(s, d, st);
    }
}

void shares_state(struct shares *s, struct state *st)
{
    if (state_digesting(st))
        return; /* the host's side: what the guest has been told of it is in its memory */
    if (state_loading(st))
        shares_reset(s);
    state_bytes(st, "drives", s->drive, sizeof(s->drive));
    state_u16(st, "next generation", &s->generation);
    for (unsigned i = 0; i < DRIVES; i++) {
        path_state(st, "current directory", &s->cwd[i]);
        if (s->drive[i] > s->count)
            s->drive[i] = 0; /* a share that this machine has not: the drive is not ready */
    }
    files_state(s, st);
    dirs_state(s, st);
    if (state_version(st) >= 2)
        shares_long_state(s, st);
    if (state_loading(st) && state_ok(st))
        locks_again(s);
}
