/*
 * share_name.c - the redirector's functions on names: directories, attributes, rename, delete, free
 * space. See share.h.
 */
#define _GNU_SOURCE /* renameat2 */
#include "hw/guest/share_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* ---- directories ---- */

u8 do_mkdir(struct shares *s, struct call *c)
{
    struct place p;
    char name[NAME_BYTES + 1];
    u8 error = place_find(s, c->r->drive, c->name, &p);
    if (error)
        return error;
    if (p.root || p.wild || p.slot >= 0 || !p.share->writable ||
        !place_new_name(s, p.listing, p.alias, name))
        return DOS_ACCESS;
    int dir = place_dir(&p);
    if (dir < 0)
        return dos_error(errno);
    error = mkdirat(dir, name, 0777) == 0 ? DOS_OK : dos_error(errno);
    close(dir);
    if (!error)
        dir_add(s, p.listing, name, p.alias);
    return error;
}

static bool is_current(const struct shares *s, u8 share, const char *path)
{
    for (unsigned i = 0; i < DRIVES; i++) {
        if (s->drive[i] == share + 1 && s->cwd[i] && strcmp(s->cwd[i], path) == 0)
            return true;
    }
    return false;
}

u8 do_rmdir(struct shares *s, struct call *c)
{
    struct place p;
    struct stat st;
    char path[SHARE_PATH];
    u8 error = place_find(s, c->r->drive, c->name, &p);
    if (error)
        return error;
    if (p.root)
        return DOS_CURRENT_DIRECTORY; /* what DOS says of a root */
    if (!place_path(&p, path) || !place_stat(&p, &st) || !S_ISDIR(st.st_mode))
        return DOS_PATH_NOT_FOUND;
    if (!p.share->writable)
        return DOS_ACCESS;
    if (is_current(s, p.number, path))
        return DOS_CURRENT_DIRECTORY;
    int dir = place_dir(&p);
    if (dir < 0)
        return dos_error(errno);
    if (unlinkat(dir, p.listing->slot[p.slot].name, AT_REMOVEDIR) != 0)
        error = errno == ENOTDIR ? DOS_ACCESS : dos_error(errno); /* a link */
    close(dir);
    if (!error) {
        dir_remove(s, p.listing, p.slot);
        dirs_drop_below(s, p.number, path);
    }
    return error;
}

u8 do_chdir(struct shares *s, struct call *c)
{
    struct place p;
    struct stat st;
    char path[SHARE_PATH];
    u8 error = place_find(s, c->r->drive, c->name, &p);
    if (error)
        return error;
    if (!place_path(&p, path) || !place_stat(&p, &st) || !S_ISDIR(st.st_mode))
        return DOS_PATH_NOT_FOUND;
    char *kept = strdup(path);
    free(s->cwd[c->r->drive]);
    s->cwd[c->r->drive] = kept;
    return DOS_OK;
}

/* ---- attributes and space ---- */

u8 do_get_attr(struct shares *s, struct call *c)
{
    struct place p;
    struct stat st;
    char path[SHARE_PATH];
    u8 di[2];
    u8 error = place_find(s, c->r->drive, c->name, &p);
    if (error)
        return error;
    if (!place_path(&p, path) || !place_stat(&p, &st) ||
        (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
        return DOS_FILE_NOT_FOUND;
    u64 size = S_ISREG(st.st_mode) && st.st_size > 0 ? (u64)st.st_size : 0;
    if (size > 0xffffffff)
        size = 0xffffffff;
    u32 time = dos_time(&st.st_mtim);
    set_ax(c, attr_get(p.share->root, path, &st));
    set_bx(c, (u16)(size >> 16));
    set_cx(c, (u16)time);
    set_dx(c, (u16)(time >> 16));
    put_le16(di, size & 0xffff);
    answer_add(c->to, di, sizeof(di));
    return DOS_OK;
}

u8 do_set_attr(struct shares *s, struct call *c)
{
    struct place p;
    struct stat st;
    char path[SHARE_PATH];
    u8 error = place_find(s, c->r->drive, c->name, &p);
    if (error)
        return error;
    if (!place_path(&p, path) || !place_stat(&p, &st))
        return DOS_FILE_NOT_FOUND;
    bool bad = c->stack & ATTR_LABEL || (c->stack & ATTR_DIRECTORY && !S_ISDIR(st.st_mode));
    if (bad || p.root || !p.share->writable)
        return DOS_ACCESS;
    return attr_set(p.share->root, path, &st, (u8)c->stack);
}

/* DOS has three words for it, and programs that multiply them in 32 bits with a sign. */
u8 do_space(struct shares *s, struct call *c)
{
    enum { SECTOR = 512, PER_CLUSTER = 64, CLUSTER = SECTOR * PER_CLUSTER, MOST = 65525 };
    struct statvfs v;
    if (c->r->drive >= DRIVES || !s->drive[c->r->drive])
        return DOS_DRIVE;
    const struct share *share = &s->share[s->drive[c->r->drive] - 1];
    if (fstatvfs(share->root, &v) != 0)
        return dos_error(errno);
    u64 total = (u64)v.f_blocks * v.f_frsize / CLUSTER;
    u64 left = share->writable ? (u64)v.f_bavail * v.f_frsize / CLUSTER : 0;
    set_ax(c, 0xf800 | PER_CLUSTER);
    set_bx(c, (u16)(total < MOST ? total : MOST));
    set_cx(c, SECTOR);
    set_dx(c, (u16)(left < MOST ? left : MOST));
    return DOS_OK;
}

/* ---- rename and delete ---- */

/*
 * Does this entry take part? Named in full it always does; by wildcards, hidden ones, system files
 * and directories only if they were asked for.
 */
static bool takes_part(const struct place *p, const struct slot *slot, u8 wanted, struct stat *st,
                       u8 *attr)
{
    char path[SHARE_PATH];
    if (!slot->name || !alias_matches(p->alias, slot->alias) ||
        !path_join(path, p->dir, slot->name) || !entry_stat(p->share->root, p->dir, slot->name, st))
        return false;
    *attr = attr_get(p->share->root, path, st);
    return !p->wild || !(*attr & (ATTR_HIDDEN | ATTR_SYSTEM | ATTR_DIRECTORY) & ~wanted);
}

u8 do_delete(struct shares *s, struct call *c)
{
    struct place p;
    u8 error = place_find(s, c->r->drive, c->name, &p), result = DOS_FILE_NOT_FOUND;
    if (error)
        return error;
    if (p.root)
        return DOS_ACCESS;
    u32 first = p.wild ? 0 : (u32)p.slot, last = p.wild ? p.listing->slots : first + 1;
    if (!p.wild && p.slot < 0)
        return DOS_FILE_NOT_FOUND;
    int dir = place_dir(&p);
    if (dir < 0)
        return dos_error(errno);
    for (u32 i = first; i < last; i++) {
        struct stat st;
        u8 attr;
        if (!takes_part(&p, &p.listing->slot[i], (u8)(c->attribute & ~ATTR_DIRECTORY), &st, &attr))
            continue;
        if (!p.share->writable || attr & (ATTR_READ_ONLY | ATTR_DIRECTORY))
            error = DOS_ACCESS;
        else if (file_is_claimed(s, &st))
            error = DOS_SHARING;
        else
            error = unlinkat(dir, p.listing->slot[i].name, 0) == 0 ? DOS_OK : dos_error(errno);
        if (!error) {
            tunnel_gone(s, p.listing, &p.listing->slot[i]);
            dir_remove(s, p.listing, i);
        }
        /* The first failure is the result, else that something was there. */
        if (result == DOS_OK || result == DOS_FILE_NOT_FOUND)
            result = error;
    }
    close(dir);
    return result;
}

/* The new name: a ? keeps the old one's character. false: there is a hole in it. */
static bool new_alias(const u8 pattern[ALIAS_BYTES], const u8 old[ALIAS_BYTES], u8 out[ALIAS_BYTES])
{
    for (unsigned i = 0; i < ALIAS_BYTES; i++)
        out[i] = pattern[i] == '?' ? old[i] : pattern[i];
    for (unsigned i = 0; i < ALIAS_BYTES - 1; i++) {
        if (i != 7 && out[i] == ' ' && out[i + 1] != ' ')
            return false;
    }
    return out[0] != ' ';
}

/* One entry of `from`. The target's listing may be the same; it is asked for when all is done. */
static u8 rename_one(struct shares *s, const struct place *from, u32 slot, const struct place *to,
                     int from_dir, int to_dir)
{
    u8 alias[ALIAS_BYTES], error;
    char name[NAME_BYTES + 1], old[SHARE_PATH];
    struct stat st;
    if (!new_alias(to->alias, from->listing->slot[slot].alias, alias))
        return DOS_ACCESS;
    struct dir *target = dir_get(s, to->number, to->dir, &error);
    if (!target)
        return error;
    if (slot >= from->listing->slots || !from->listing->slot[slot].name)
        return DOS_FILE_NOT_FOUND; /* the host was faster */
    if (!place_new_name(s, target, alias, name))
        return DOS_ACCESS;
    long there = dir_find(target, alias);
    bool same_dir = target == from->listing;
    if (there >= 0)
        return same_dir && (u32)there == slot ? DOS_OK : DOS_ACCESS;
    if (!entry_stat(from->share->root, from->dir, from->listing->slot[slot].name, &st))
        return dos_error(errno);
    if (file_is_claimed(s, &st))
        return DOS_SHARING;
    if (!path_join(old, from->dir, from->listing->slot[slot].name))
        return DOS_PATH_NOT_FOUND;
    int result =
        renameat2(from_dir, from->listing->slot[slot].name, to_dir, name, RENAME_NOREPLACE);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS) &&
        faccessat(to_dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        result = renameat(from_dir, from->listing->slot[slot].name, to_dir, name);
    if (result != 0)
        return errno == EXDEV    ? DOS_NOT_SAME_DEVICE
               : errno == EEXIST ? DOS_ACCESS
                                 : dos_error(errno);
    tunnel_gone(s, from->listing, &from->listing->slot[slot]);
    dir_remove(s, from->listing, slot);
    dir_add(s, target, name, alias);
    if (S_ISDIR(st.st_mode))
        dirs_drop_below(s, from->number, old);
    return DOS_OK;
}

static u8 rename_all(struct shares *s, struct call *c, const struct place *from,
                     const struct place *to)
{
    u8 result = DOS_FILE_NOT_FOUND;
    u32 last = from->wild ? from->listing->slots : (u32)from->slot + 1;
    int from_dir = place_dir(from), to_dir = place_dir(to);
    if (from_dir < 0 || to_dir < 0)
        result = dos_error(errno);
    else if (!from->wild && from->slot < 0)
        last = 0;
    for (u32 i = from->wild ? 0 : (u32)from->slot; from_dir >= 0 && to_dir >= 0 && i < last; i++) {
        struct stat st;
        u8 attr;
        if (i >= from->listing->slots ||
            !takes_part(from, &from->listing->slot[i], c->attribute, &st, &attr))
            continue;
        u8 error = rename_one(s, from, i, to, from_dir, to_dir);
        if (result == DOS_OK || result == DOS_FILE_NOT_FOUND)
            result = error;
    }
    if (from_dir >= 0)
        close(from_dir);
    if (to_dir >= 0)
        close(to_dir);
    return result;
}

u8 do_rename(struct shares *s, struct call *c)
{
    struct place from, to;
    u8 target = (u8)(codepage_upper(s->cp, c->name2[0]) - 'A');
    u8 error = place_find(s, target, c->name2, &to);
    if (error)
        return error == DOS_DRIVE ? DOS_NOT_SAME_DEVICE : error;
    error =
        place_find(s, c->r->drive, c->name, &from); /* last: its listing is certain to be there */
    if (error)
        return error;
    if (from.number != to.number)
        return DOS_NOT_SAME_DEVICE;
    if (from.root || to.root || !from.share->writable)
        return DOS_ACCESS;
    return rename_all(s, c, &from, &to);
}
