/*
 * share_find.c - searches of a directory (INT 2Fh AX=111Bh, 111Ch). See share.h.
 *
 * DOS keeps a search in 21 bytes that belong to the program: it copies them, uses several at once,
 * and never says that it is done. So nothing of a search is kept here but the directory, found by
 * the number that is in those bytes. They are, as DOS has them:
 *
 *   00h  C0h + the drive, 1 = A:
 *   01h  the pattern, 11 bytes
 *   0Ch  the attribute
 *   0Dh  place in the directory, lower word    (of these two words and the directory's number
 *   0Fh  the directory's number                 FCBs keep what they have room for)
 *   11h  place in the directory, upper word
 *   13h  unused
 *
 * Places 0 and 1 are "." and "..", which only the root has not.
 */
#define _GNU_SOURCE
#include "hw/guest/share_internal.h"

#include <errno.h>

enum {
    SDB_SIZE = 21,
    ENTRY_SIZE = 32,
    SDB_PATTERN = 1,
    SDB_ATTR = 12,
    SDB_PLACE = 13,
    SDB_DIR = 15
};
enum { SDB_PLACE_HIGH = 17, DOTS = 2 };

static bool attr_fits(u8 attr, u8 wanted)
{
    return !(attr & (ATTR_HIDDEN | ATTR_SYSTEM | ATTR_DIRECTORY) & ~wanted);
}

static u32 dos_size(const struct stat *st)
{
    if (S_ISDIR(st->st_mode) || st->st_size < 0)
        return 0;
    return st->st_size > 0xffffffffll ? 0xffffffffu : (u32)st->st_size;
}

/* The answer: the 21 bytes and the entry of the directory. */
static u8 answer(struct call *c, u8 drive, const u8 pattern[ALIAS_BYTES], u8 attr, u16 dir,
                 u32 place, const u8 name[ALIAS_BYTES], u8 entry_attr, const struct stat *st)
{
    u8 out[SDB_SIZE + ENTRY_SIZE] = {(u8)(0xc0 | (drive + 1))}, *entry = out + SDB_SIZE;
    memcpy(out + SDB_PATTERN, pattern, ALIAS_BYTES);
    out[SDB_ATTR] = attr;
    put_le16(out + SDB_PLACE, place & 0xffff);
    put_le16(out + SDB_DIR, dir);
    put_le16(out + SDB_PLACE_HIGH, place >> 16);
    memcpy(entry, name, ALIAS_BYTES);
    entry[11] = entry_attr;
    put_le32(entry + 22, dos_time(&st->st_mtim));
    put_le32(entry + 28, dos_size(st));
    answer_add(c->to, out, sizeof(out));
    return DOS_OK;
}

/* "." and "..": with the directory's own time, as FAT has it. */
static bool dots(struct shares *s, const struct dir *d, u32 place, u8 name[ALIAS_BYTES],
                 struct stat *st)
{
    if (strcmp(d->path, ".") == 0)
        return false;
    memset(name, ' ', ALIAS_BYTES);
    memset(name, '.', place + 1);
    return entry_stat(s->share[d->share].root, ".", d->path, st);
}

/* The first entry from `place` on that fits. */
static u8 search(struct shares *s, struct call *c, u8 drive, const struct dir *d,
                 const u8 pattern[ALIAS_BYTES], u8 wanted, u32 place)
{
    int root = s->share[d->share].root;
    for (u32 at = place; at < d->slots + DOTS; at++) {
        const struct slot *slot = at < DOTS ? NULL : &d->slot[at - DOTS];
        u8 name[ALIAS_BYTES];
        char path[SHARE_PATH];
        struct stat st;
        if (slot && !slot->name)
            continue;
        if (slot)
            memcpy(name, slot->alias, ALIAS_BYTES);
        else if (!(wanted & ATTR_DIRECTORY) || !dots(s, d, at, name, &st))
            continue;
        if (!alias_matches(pattern, name))
            continue;
        u8 attr = ATTR_DIRECTORY;
        if (slot) {
            if (!path_join(path, d->path, slot->name) ||
                !entry_stat(root, d->path, slot->name, &st) ||
                (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
                continue; /* gone, or a link that leads out */
            attr = attr_get(root, path, &st);
        }
        if (attr_fits(attr, wanted))
            return answer(c, drive, pattern, wanted, dir_id(s, d), at + 1, name, attr, &st);
    }
    return DOS_NO_MORE_FILES;
}

u8 do_find_first(struct shares *s, struct call *c)
{
    struct place p;
    u8 drive = c->r->drive, label[ALIAS_BYTES];
    u8 error = place_find(s, drive, c->name, &p);
    if (error)
        return error == DOS_FILE_NOT_FOUND ? DOS_NO_MORE_FILES : error;
    if ((c->attribute & ~(ATTR_READ_ONLY | ATTR_ARCHIVE)) == ATTR_LABEL) {
        struct stat st;
        memset(label, ' ', sizeof(label));
        memcpy(label, p.share->name, strlen(p.share->name));
        if (fstat(p.share->root, &st) != 0)
            return dos_error(errno);
        for (unsigned i = 0; i < sizeof(label); i++)
            label[i] = codepage_upper(s->cp, label[i]);
        if (p.root || strcmp(p.dir, ".") != 0 || !alias_matches(p.alias, label))
            return DOS_NO_MORE_FILES;
        /* A search for the rest of the labels finds nothing: it begins behind the directory. */
        return answer(c, drive, p.alias, c->attribute, dir_id(s, p.listing), 0xffffffff, label,
                      ATTR_LABEL, &st);
    }
    if (p.root)
        return DOS_NO_MORE_FILES;
    return search(s, c, drive, p.listing, p.alias, c->attribute, 0);
}

u8 do_find_next(struct shares *s, struct call *c)
{
    u32 place = get_le16(c->sdb + SDB_PLACE) | (u32)get_le16(c->sdb + SDB_PLACE_HIGH) << 16;
    struct dir *d = dir_by_id(s, get_le16(c->sdb + SDB_DIR));
    u8 error, drive = c->r->drive;
    if (drive >= DRIVES || !s->drive[drive] || !d || d->share != s->drive[drive] - 1)
        return DOS_NO_MORE_FILES;
    if (!d->listed && !dir_refresh(s, d, &error)) /* it had to make room */
        return DOS_NO_MORE_FILES;
    d->used_at = ++s->uses;
    if (place > d->slots + DOTS)
        return DOS_NO_MORE_FILES;
    return search(s, c, drive, d, c->sdb + SDB_PATTERN, c->sdb[SDB_ATTR], place);
}
