/*
 * share_long.c - long names for programs that know them (INT 21h AH=71h): the guest's side sends a
 * path as the program wrote it, and gets it as DOS can take it, with aliases, or in full; searches
 * by long names are made here. See share.h, and README.md for the packets.
 *
 * What a program makes under a long name DOS makes under the alias that was promised for it: for
 * the next 15 seconds of guest time the alias stands for the long name (share_tunnel.c). Names are
 * in the guest's code page; a character that it lacks is _, and the alias always works.
 *
 * Not modelled: two names that differ by case alone (the first is found), the volume's label in
 * searches. share_long_file.c has what is asked of files besides their names.
 */
#define _GNU_SOURCE
#include "hw/guest/share_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { LONG_MOST = 260, SHORT_MOST = 127, FIND_DATA = 318, FIND_NAME = 0x2c, FIND_ALIAS = 0x130 };
enum { HANDLE_TAG = 0x4600, DOTS = 2 };

enum long_function {
    LONG_SHORT, /* the path with aliases; what it leads to must be there */
    LONG_MAKE,  /* the same, and its last name may be one that is to be made; b: 1 it is there */
    LONG_FULL,  /* the path with long names */
    LONG_FIRST, /* search */
    LONG_NEXT,
    LONG_CLOSE,
    LONG_DELETE,
    LONG_INFO,      /* attributes, size, times */
    LONG_CANONICAL, /* the path without . and .., whether it is there or not */
    LONG_TIME,      /* Windows' times and DOS' */
    LONG_SET_TIME,  /* of a path */
    LONG_HANDLE,    /* of an open file: all about it */
    LONG_HANDLE_TIME,
    LONG_SPACE,
    LONG_ALIAS, /* that a name would get where there is no other */
};

/* ---- names in the guest's code page ---- */

/* The host's name as programs see it; its length, 0: it cannot be shown. */
static unsigned text_of(const struct codepage *cp, const char *name, u8 out[NAME_UNITS + 1])
{
    struct long_name as;
    if (!name_from_host(name, strlen(name), &as))
        return 0;
    for (unsigned i = 0; i < as.units; i++) {
        u8 c = as.unit[i] < 0x80 ? (u8)as.unit[i] : codepage_from_unicode(cp, as.unit[i]);
        out[i] = c ? c : '_';
    }
    out[as.units] = 0;
    return as.units;
}

static bool same_text(const struct codepage *cp, const u8 *a, unsigned n, const u8 *b, unsigned m)
{
    for (unsigned i = 0; n == m && i < n; i++) {
        if (codepage_upper(cp, a[i]) != codepage_upper(cp, b[i]))
            return false;
    }
    return n == m;
}

/* "NAME.EXT" */
static unsigned alias_text(const u8 alias[ALIAS_BYTES], u8 out[13])
{
    unsigned n = 0;
    for (unsigned i = 0; i < 8 && alias[i] != ' '; i++)
        out[n++] = alias[i];
    if (alias[8] != ' ')
        out[n++] = '.';
    for (unsigned i = 8; i < ALIAS_BYTES && alias[i] != ' '; i++)
        out[n++] = alias[i];
    out[n] = 0;
    return n;
}

/* The name that a program wants to give, for the host. false: it is none. */
static bool name_of(const struct codepage *cp, const u8 *text, unsigned n, struct long_name *as,
                    char host[NAME_BYTES + 1])
{
    as->units = 0;
    while (n && (text[n - 1] == ' ' || text[n - 1] == '.'))
        n--;
    if (!n || n > NAME_UNITS)
        return false;
    for (unsigned i = 0; i < n; i++) {
        u16 c = text[i] < 0x80 ? text[i] : codepage_to_unicode(cp, text[i]);
        if (c < ' ' || (c < 0x80 && strchr("\"*/:<>?\\|", (int)c)))
            return false;
        as->unit[as->units++] = c;
    }
    return name_to_host(as, host);
}

/* * and ? as Windows takes them: *.* is everything, a point at the end is one that is not there. */
static bool fits(const struct codepage *cp, const u8 *pattern, const u8 *name, unsigned n)
{
    u8 with_point[NAME_UNITS + 2];
    const u8 *star = NULL, *p = pattern;
    unsigned at = 0, back = 0;
    if (strcmp((const char *)pattern, "*.*") == 0)
        return true;
    if (strchr((const char *)pattern, '.') && !memchr(name, '.', n) && n < NAME_UNITS) {
        memcpy(with_point, name, n);
        with_point[n++] = '.';
        name = with_point;
    }
    while (at < n) {
        if (*p == '*') {
            star = ++p;
            back = at;
        } else if (*p && (*p == '?' || codepage_upper(cp, *p) == codepage_upper(cp, name[at]))) {
            p++;
            at++;
        } else if (star) {
            p = star;
            at = ++back;
        } else {
            return false;
        }
    }
    while (*p == '*' || *p == '?')
        p++;
    return !*p;
}

static bool slot_fits(const struct codepage *cp, const struct slot *slot, const u8 *pattern)
{
    u8 text[NAME_UNITS + 1], alias[13];
    unsigned n = text_of(cp, slot->name, text);
    return n &&
           (fits(cp, pattern, text, n) || fits(cp, pattern, alias, alias_text(slot->alias, alias)));
}

/* ---- paths ---- */

struct text {
    u8 bytes[LONG_MOST];
    unsigned len;
    bool over;
};

static void text_add(struct text *t, const void *bytes, unsigned n)
{
    t->over |= t->len + n >= LONG_MOST;
    if (t->over)
        return;
    memcpy(t->bytes + t->len, bytes, n);
    t->len += n;
    t->bytes[t->len] = 0;
}

static void text_part(struct text *t, const void *bytes, unsigned n)
{
    if (t->len > 3)
        text_add(t, "\\", 1);
    text_add(t, bytes, n);
}

/* What a path leads to. */
struct long_place {
    struct place p;
    struct text canonical, aliases, full; /* up to the last name; of the last one if it is there */
    u8 last[NAME_UNITS + 1];
    unsigned last_len;
    bool wild, device;
};

/* "D:\" and the parts of a path one after the other, without . and .. : the path that is meant. */
static bool canonical_path(const struct request *r, struct text *out)
{
    u8 both[2 * LONG_MOST + 2];
    const char *cwd = (const char *)r->payload;
    unsigned n = (unsigned)strnlen(cwd, LONG_MOST), at = 0;
    if (n >= LONG_MOST || n + 1u >= r->len)
        return false;
    const char *path = cwd + n + 1;
    unsigned m = (unsigned)strnlen(path, LONG_MOST);
    if (m >= LONG_MOST)
        return false;
    bool whole = path[0] == '\\' || path[0] == '/';
    unsigned size = 0;
    if (!whole) {
        memcpy(both, cwd, n);
        both[n] = '\\';
        size = n + 1;
    }
    memcpy(both + size, path, m);
    size += m;
    out->len = 0;
    out->over = false;
    u8 drive[3] = {(u8)('A' + r->drive), ':', '\\'};
    text_add(out, drive, 3);
    while (at < size) {
        unsigned from = at;
        while (at < size && both[at] != '\\' && both[at] != '/')
            at++;
        unsigned part = at++ - from;
        if (!part || (part == 1 && both[from] == '.'))
            continue;
        if (part == 2 && both[from] == '.' && both[from + 1] == '.') {
            while (out->len > 3 && out->bytes[out->len - 1] != '\\')
                out->len--;
            out->len -= out->len > 3;
            out->bytes[out->len] = 0;
            continue;
        }
        text_part(out, both + from, part);
    }
    return !out->over;
}

/* The slot of this name in a listing, by its alias or in full; -1: none. */
static long find_name(const struct shares *s, const struct dir *d, const u8 *name, unsigned n)
{
    u8 alias[ALIAS_BYTES], text[NAME_UNITS + 1];
    bool wild;
    long slot = place_alias(s->cp, name, n, alias, &wild) && !wild ? dir_find(d, alias) : -1;
    if (slot >= 0) {
        u8 whole[13];
        if (same_text(s->cp, whole, alias_text(alias, whole), name, n))
            return slot; /* not one that is longer than an alias can be */
    }
    for (u32 i = 0; i < d->slots; i++) {
        if (d->slot[i].name &&
            same_text(s->cp, text, text_of(s->cp, d->slot[i].name, text), name, n))
            return (long)i;
    }
    return -1;
}

static void add_found(const struct shares *s, struct long_place *out, long slot)
{
    u8 text[NAME_UNITS + 1], alias[13];
    const struct slot *found = &out->p.listing->slot[slot];
    text_part(&out->aliases, alias, alias_text(found->alias, alias));
    text_part(&out->full, text, text_of(s->cp, found->name, text));
}

/* 0, or DOS' error: 3 when its directory is not there. */
static u8 find_path(struct shares *s, const struct request *r, struct long_place *out)
{
    u8 error;
    struct place *p = &out->p;
    if (r->drive >= DRIVES || !s->drive[r->drive])
        return DOS_DRIVE;
    if (!canonical_path(r, &out->canonical))
        return DOS_PATH_NOT_FOUND;
    const u8 *path = out->canonical.bytes + 3, *end = out->canonical.bytes + out->canonical.len;
    p->number = (u8)(s->drive[r->drive] - 1);
    p->share = &s->share[p->number];
    p->root = path == end;
    p->wild = false;
    p->slot = -1;
    strcpy(p->dir, ".");
    out->aliases = out->full = (struct text){.len = 0};
    text_add(&out->aliases, out->canonical.bytes, 3);
    text_add(&out->full, out->canonical.bytes, 3);
    out->last_len = 0;
    out->wild = out->device = false;
    for (;;) {
        const u8 *stop = memchr(path, '\\', (size_t)(end - path));
        unsigned n = (unsigned)((stop ? stop : end) - path);
        char below[SHARE_PATH];
        p->listing = dir_get(s, p->number, p->dir, &error);
        if (!p->listing)
            return error;
        if (p->root)
            return DOS_OK;
        if (n > NAME_UNITS)
            return DOS_PATH_NOT_FOUND;
        bool wild = memchr(path, '*', n) || memchr(path, '?', n);
        if (stop && wild)
            return DOS_PATH_NOT_FOUND;
        p->slot = wild ? -1 : find_name(s, p->listing, path, n);
        if (!stop) {
            memcpy(out->last, path, n);
            out->last[n] = 0;
            out->last_len = n;
            out->wild = wild;
            bool any;
            out->device =
                !wild && place_alias(s->cp, path, n, p->alias, &any) && place_device(p->alias);
            if (p->slot >= 0)
                add_found(s, out, p->slot);
            return DOS_OK;
        }
        if (p->slot < 0 || !path_join(below, p->dir, p->listing->slot[p->slot].name))
            return DOS_PATH_NOT_FOUND;
        add_found(s, out, p->slot);
        memcpy(p->dir, below, strlen(below) + 1);
        path = stop + 1;
    }
}

static u8 answer_text(struct answer *to, const struct text *t, unsigned most)
{
    if (t->over || t->len > most)
        return DOS_PATH_NOT_FOUND;
    answer_add(to, t->bytes, t->len + 1);
    return DOS_OK;
}

/* With aliases; `make`: the last name may be new, and is promised one. */
static u8 short_path(struct shares *s, const struct request *r, struct answer *to, bool make)
{
    struct long_place at;
    struct long_name name;
    char host[NAME_BYTES + 1];
    u8 alias[ALIAS_BYTES], text[13];
    u8 error = find_path(s, r, &at);
    if (error)
        return error;
    to->b = at.p.slot >= 0 || at.p.root;
    if (at.device) { /* DOS knows it in every directory */
        text_part(&at.aliases, text, alias_text(at.p.alias, text));
        return answer_text(to, &at.aliases, SHORT_MOST);
    }
    if (to->b)
        return answer_text(to, &at.aliases, SHORT_MOST);
    if (!make || at.wild)
        return DOS_FILE_NOT_FOUND;
    if (!name_of(s->cp, at.last, at.last_len, &name, host) ||
        !dir_promise(s, at.p.listing, &name, alias))
        return DOS_PATH_NOT_FOUND;
    tunnel_promise(s, at.p.listing, alias, host);
    text_part(&at.aliases, text, alias_text(alias, text));
    return answer_text(to, &at.aliases, SHORT_MOST);
}

static u8 full_path(struct shares *s, const struct request *r, struct answer *to)
{
    struct long_place at;
    u8 error = find_path(s, r, &at);
    if (!error && at.p.slot < 0 && !at.p.root)
        error = DOS_FILE_NOT_FOUND;
    return error ? error : answer_text(to, &at.full, LONG_MOST);
}

static u8 canonical(struct shares *s, const struct request *r, struct answer *to)
{
    struct text t;
    if (r->drive >= DRIVES || !s->drive[r->drive])
        return DOS_DRIVE;
    return canonical_path(r, &t) ? answer_text(to, &t, LONG_MOST) : DOS_PATH_NOT_FOUND;
}

/* ---- searches ---- */

/* 100 ns since 1601, or the date and time of DOS. */
static void put_time(u8 *out, const struct timespec *t, bool dos)
{
    u64 v = dos ? dos_time(t) : ((u64)t->tv_sec + 11644473600u) * 10000000 + (u64)t->tv_nsec / 100;
    put_le64(out, v);
}

static void put_found(const struct shares *s, struct answer *to, const struct slot *slot, u32 dot,
                      u8 attr, const struct stat *st, bool dos)
{
    u8 out[FIND_DATA] = {attr}, text[NAME_UNITS + 1], alias[13];
    unsigned n = slot ? text_of(s->cp, slot->name, text) : dot + 1;
    if (!slot)
        memset(text, '.', n);
    put_time(out + 4, &st->st_mtim, dos);
    put_time(out + 12, &st->st_atim, dos);
    put_time(out + 20, &st->st_mtim, dos);
    u64 size = S_ISDIR(st->st_mode) || st->st_size < 0 ? 0 : (u64)st->st_size;
    put_le32(out + 28, (u32)(size >> 32));
    put_le32(out + 32, (u32)size);
    memcpy(out + FIND_NAME, text, n < 259 ? n : 259);
    if (slot) {
        unsigned m = alias_text(slot->alias, alias);
        if (m != n || memcmp(alias, text, n) != 0)
            memcpy(out + FIND_ALIAS, alias, m);
    }
    answer_add(to, out, sizeof(out));
}

static u8 go_on(struct shares *s, struct long_search *h, bool dos, struct answer *to)
{
    u8 error;
    struct dir *d = dir_by_id(s, h->dir);
    if (!d || (!d->listed && !dir_refresh(s, d, &error)))
        return DOS_NO_MORE_FILES;
    int root = s->share[d->share].root;
    d->used_at = ++s->uses;
    for (; h->place < d->slots + DOTS; h->place++) {
        const struct slot *slot = h->place < DOTS ? NULL : &d->slot[h->place - DOTS];
        u8 attr = ATTR_DIRECTORY;
        char path[SHARE_PATH];
        struct stat st;
        if (!slot) {
            u8 dots[3] = "..";
            if (strcmp(d->path, ".") == 0 || !fits(s->cp, h->pattern, dots, h->place + 1) ||
                !entry_stat(root, ".", d->path, &st))
                continue;
        } else {
            if (!slot->name || !slot_fits(s->cp, slot, h->pattern) ||
                !path_join(path, d->path, slot->name) ||
                !entry_stat(root, d->path, slot->name, &st) ||
                (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
                continue;
            attr = attr_get(root, path, &st);
        }
        if (attr & (ATTR_HIDDEN | ATTR_SYSTEM | ATTR_DIRECTORY) & ~h->wanted ||
            (attr & h->must) != h->must)
            continue;
        put_found(s, to, slot, h->place, attr, &st, dos);
        h->place++;
        return DOS_OK;
    }
    return DOS_NO_MORE_FILES;
}

/* a: the attributes that may and, in the second byte, must be; b: 1 for times of DOS. */
static u8 find_first(struct shares *s, const struct request *r, struct answer *to)
{
    struct long_place at;
    u8 error = find_path(s, r, &at);
    if (error)
        return error;
    if (at.p.root)
        return DOS_FILE_NOT_FOUND;
    unsigned i = 0, oldest = 0;
    while (i < LONG_SEARCHES && s->search[i].used) {
        if (s->search[i].used_at < s->search[oldest].used_at)
            oldest = i;
        i++;
    }
    i = i < LONG_SEARCHES ? i : oldest; /* programs forget to close */
    struct long_search *h = &s->search[i];
    *h = (struct long_search){.used = true,
                              .wanted = (u8)r->a,
                              .must = (u8)(r->a >> 8) & 0x37,
                              .used_at = ++s->uses,
                              .dir = dir_id(s, at.p.listing)};
    memcpy(h->pattern, at.last, at.last_len + 1u);
    error = go_on(s, h, r->b & 1, to);
    if (error) {
        h->used = false;
        return error == DOS_NO_MORE_FILES ? DOS_FILE_NOT_FOUND : error;
    }
    to->a = HANDLE_TAG | i;
    return DOS_OK;
}

static struct long_search *search_of(struct shares *s, u16 handle)
{
    unsigned i = handle & 0xff;
    bool ours = (handle & 0xff00) == HANDLE_TAG && i < LONG_SEARCHES && s->search[i].used;
    return ours ? &s->search[i] : NULL;
}

static u8 find_next(struct shares *s, const struct request *r, struct answer *to)
{
    struct long_search *h = search_of(s, r->handle);
    if (!h)
        return DOS_HANDLE;
    h->used_at = ++s->uses;
    return go_on(s, h, r->b & 1, to);
}

static u8 find_close(struct shares *s, const struct request *r)
{
    struct long_search *h = search_of(s, r->handle);
    if (!h)
        return DOS_HANDLE;
    h->used = false;
    return DOS_OK;
}

/* ---- delete, information ---- */

static u8 delete_one(struct shares *s, struct place *p, u32 i, u8 attr, const struct stat *st)
{
    if (!p->share->writable || attr & (ATTR_READ_ONLY | ATTR_DIRECTORY))
        return DOS_ACCESS;
    if (file_is_claimed(s, st))
        return DOS_SHARING;
    int dir = place_dir(p);
    if (dir < 0)
        return dos_error(errno);
    u8 error = unlinkat(dir, p->listing->slot[i].name, 0) == 0 ? DOS_OK : dos_error(errno);
    close(dir);
    if (!error) {
        tunnel_gone(s, p->listing, &p->listing->slot[i]);
        dir_remove(s, p->listing, i);
    }
    return error;
}

/* a: the attributes as in a search, for wildcards; b: 1 if these are allowed. */
static u8 delete (struct shares *s, const struct request *r)
{
    struct long_place at;
    u8 error = find_path(s, r, &at), result = DOS_FILE_NOT_FOUND;
    if (error)
        return error;
    if (at.p.root || (at.wild && !(r->b & 1)))
        return DOS_ACCESS;
    if (!at.wild && at.p.slot < 0)
        return DOS_FILE_NOT_FOUND;
    u32 first = at.wild ? 0 : (u32)at.p.slot, last = at.wild ? at.p.listing->slots : first + 1;
    for (u32 i = first; i < last; i++) {
        const struct slot *slot = &at.p.listing->slot[i];
        char path[SHARE_PATH];
        struct stat st;
        if (!slot->name || (at.wild && !slot_fits(s->cp, slot, at.last)) ||
            !path_join(path, at.p.dir, slot->name) ||
            !entry_stat(at.p.share->root, at.p.dir, slot->name, &st))
            continue;
        u8 attr = attr_get(at.p.share->root, path, &st), must = (u8)(r->a >> 8) & 0x37;
        if (at.wild && (attr & ATTR_DIRECTORY || attr & (ATTR_HIDDEN | ATTR_SYSTEM) & ~r->a ||
                        (attr & must) != must))
            continue;
        error = delete_one(s, &at.p, i, attr, &st);
        if (result == DOS_OK || result == DOS_FILE_NOT_FOUND)
            result = error;
    }
    return result;
}

/* Attributes, size, times of change, access and making as DOS has them. */
static u8 info(struct shares *s, const struct request *r, struct answer *to)
{
    struct long_place at;
    struct stat st;
    char path[SHARE_PATH];
    struct file_times t;
    u8 out[19];
    u8 error = find_path(s, r, &at);
    if (error)
        return error;
    if (!place_path(&at.p, path) || !place_stat(&at.p, &st))
        return DOS_FILE_NOT_FOUND;
    u64 size = S_ISDIR(st.st_mode) || st.st_size < 0 ? 0 : (u64)st.st_size;
    put_le16(out, attr_get(at.p.share->root, path, &st));
    put_le32(out + 2, size > 0xffffffff ? 0xffffffff : (u32)size);
    int fd = path_open(at.p.share->root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    file_times(fd, &st, &t);
    if (fd >= 0)
        close(fd);
    put_le32(out + 6, t.changed);
    put_le32(out + 10, t.accessed);
    put_le32(out + 14, t.made);
    out[18] = t.made_hundredths;
    answer_add(to, out, sizeof(out));
    return DOS_OK;
}

/* handle 0: Windows' time in a and b becomes DOS' in a, hundredths in b; 1: the other way. */
static u8 convert(const struct request *r, struct answer *to)
{
    u64 v = r->a | (u64)r->b << 32;
    struct timespec t = {0};
    if (r->handle == 0) {
        t.tv_sec = (time_t)(v / 10000000) - 11644473600;
        t.tv_nsec = (long)(v % 10000000) * 100;
        to->a = dos_time(&t);
        to->b = (u32)(t.tv_sec & 1) * 100 + (u32)(t.tv_nsec / 10000000);
        return DOS_OK;
    }
    if (!time_of_dos(r->a, &t.tv_sec))
        return DOS_PARAMETER;
    v = ((u64)t.tv_sec + 11644473600u) * 10000000 + (u64)(r->b & 0xff) * 100000;
    to->a = (u32)v;
    to->b = (u32)(v >> 32);
    return DOS_OK;
}

static u8 times(struct shares *s, const struct request *r)
{
    struct long_place at;
    u8 error = find_path(s, r, &at);
    return error ? error : long_set_time(&at.p, r);
}

/* The payload is a name. Eleven bytes as a directory has them, then the same as DOS writes it. */
static u8 alias_anywhere(struct shares *s, const struct request *r, struct answer *to)
{
    struct long_name name;
    struct alias_parts parts;
    char host[NAME_BYTES + 1];
    u8 alias[ALIAS_BYTES], text[13];
    unsigned n = (unsigned)strnlen((const char *)r->payload, r->len);
    if (!name_of(s->cp, r->payload, n, &name, host))
        return DOS_PATH_NOT_FOUND;
    alias_parts(s->cp, &name, &parts);
    memset(alias, ' ', sizeof(alias));
    memcpy(alias, parts.base, parts.bases < 8 ? parts.bases : 8);
    memcpy(alias + 8, parts.extension, parts.extensions < 3 ? parts.extensions : 3);
    answer_add(to, alias, sizeof(alias));
    answer_add(to, text, alias_text(alias, text) + 1);
    return DOS_OK;
}

u8 shares_long(struct shares *s, const struct request *r, struct answer *to)
{
    switch (r->al) {
    case LONG_SHORT:
    case LONG_MAKE:
        return short_path(s, r, to, r->al == LONG_MAKE);
    case LONG_FULL:
        return full_path(s, r, to);
    case LONG_FIRST:
        return find_first(s, r, to);
    case LONG_NEXT:
        return find_next(s, r, to);
    case LONG_CLOSE:
        return find_close(s, r);
    case LONG_DELETE:
        return delete (s, r);
    case LONG_INFO:
        return info(s, r, to);
    case LONG_CANONICAL:
        return canonical(s, r, to);
    case LONG_TIME:
        return convert(r, to);
    case LONG_SET_TIME:
        return times(s, r);
    case LONG_HANDLE:
        return long_handle(s, r, to);
    case LONG_HANDLE_TIME:
        return long_handle_time(s, r, to);
    case LONG_SPACE:
        return long_space(s, r, to);
    case LONG_ALIAS:
        return alias_anywhere(s, r, to);
    default:
        return DOS_FUNCTION;
    }
}

void shares_long_state(struct shares *s, struct state *st)
{
    for (unsigned i = 0; i < LONG_SEARCHES; i++) {
        struct long_search *h = &s->search[i];
        state_bool(st, "search", &h->used);
        state_u8(st, "wanted", &h->wanted);
        state_u8(st, "must", &h->must);
        state_u16(st, "directory", &h->dir);
        state_u32(st, "place", &h->place);
        state_bytes(st, "pattern", h->pattern, sizeof(h->pattern));
        h->pattern[NAME_UNITS] = 0;
    }
}
