/*
 * share_cd.c - the files of the CD in the machine's drive, for the redirector (INT 2Fh AH=11h).
 *
 * The drive is the machine's own, and the disc is part of the machine: unlike those about folders
 * these answers follow from the machine's state, so no journal keeps them, and nothing about them
 * is in a snapshot. Open files and searches are all in DOS' own tables:
 *
 *   file table (share_file.c has the rest)    search, 21 bytes (share_find.c)
 *   19h  3 bytes: block of the record         0Dh  3 bytes: the directory's first block
 *   1Ch  where in the block                   10h  3 bytes: the next record in it
 *   1Eh  tells discs apart
 *
 * Names are as iso_alias() makes them.
 */
#include "hw/guest/share_internal.h"
#include "hw/storage/folder/iso9660.h"

enum { SFT_BLOCK = 0x19, SFT_PLACE = 0x1c, SFT_STAMP = 0x1e };
enum { SDB_SIZE = 21, ENTRY_SIZE = 32, SDB_PATTERN = 1, SDB_ATTR = 12, SDB_DIR = 13, SDB_AT = 16 };
enum { DOS_WRONG_DISK = 34 };

/* ---- the disc ---- */

/*
 * A call costs the guest no time, so what it may cost us has an end: the longest directory and a
 * file of many pieces. Where a disc is made so that a path needs more, its end is not found.
 */
enum { CD_BLOCKS = ISO_DIRECTORY_BLOCKS + 2 * ISO_EXTENTS + ISO_DESCRIPTORS };

struct cd { /* of one call */
    struct iso_disc drive;
    struct iso_disc disc; /* the same with an end */
    u32 left;
    struct iso_volume volume;
};

static bool read_while_left(void *opaque, u32 block, u8 *to)
{
    struct cd *cd = opaque;
    if (!cd->left)
        return false;
    cd->left--;
    return cd->drive.read(cd->drive.opaque, block, to);
}

static u8 open_cd(const struct shares *s, struct cd *cd)
{
    memset(&cd->drive, 0, sizeof(cd->drive));
    if (!s->cd.drive || !s->cd.drive(s->cd.opaque, &cd->drive))
        return DOS_DRIVE;
    if (!cd->drive.read)
        return DOS_NOT_READY;
    cd->disc = (struct iso_disc){read_while_left, cd, cd->drive.blocks};
    cd->left = CD_BLOCKS;
    return iso_open(&cd->disc, &cd->volume) ? DOS_OK : DOS_READ_FAULT;
}

static u8 entry_attr(const struct iso_entry *e)
{
    return (u8)((e->flags & ISO_DIRECTORY ? ATTR_DIRECTORY : ATTR_READ_ONLY) |
                (e->flags & ISO_HIDDEN ? ATTR_HIDDEN : 0));
}

static u32 entry_size(const struct cd *cd, const struct iso_entry *e)
{
    u64 size = e->flags & ISO_DIRECTORY ? 0 : iso_file_size(&cd->disc, e);
    return size > 0xffffffffu ? 0xffffffffu : (u32)size;
}

/* The time as it was written on the disc, whatever its zone (9.1.5). */
static u32 entry_time(const struct iso_entry *e)
{
    const u8 *t = e->record + 18; /* years since 1900, month, day, hour, minute, second */
    unsigned year = t[0] < 80 ? 80 : t[0] > 207 ? 207 : t[0];
    if (t[1] < 1 || t[1] > 12 || t[2] < 1 || t[2] > 31 || t[3] > 23 || t[4] > 59 || t[5] > 59)
        return 1u << 21 | 1u << 16; /* 1980-01-01 */
    return (year - 80) << 25 | (u32)t[1] << 21 | (u32)t[2] << 16 | (u32)t[3] << 11 |
           (u32)t[4] << 5 | t[5] / 2u;
}

/* ---- paths ---- */

struct cd_place {
    struct iso_walk dir; /* the directory of the last name */
    u8 alias[ALIAS_BYTES];
    bool root, wild, found;
    struct iso_entry entry; /* of the last name, or the root */
};

/* The next entry that DOS sees; *piece carries the flags of the record before. */
static bool next(const struct shares *s, const struct cd *cd, struct iso_walk *w, u8 *before,
                 struct iso_entry *e, u8 alias[ALIAS_BYTES])
{
    while (iso_next(&cd->disc, w, e)) {
        bool piece = *before & ISO_MORE;
        *before = e->flags;
        if (!piece && iso_alias(e, s->cp, alias))
            return true;
    }
    return false;
}

static bool find_in(const struct shares *s, const struct cd *cd, const struct iso_walk *dir,
                    const u8 wanted[ALIAS_BYTES], struct iso_entry *e)
{
    struct iso_walk w = *dir;
    u8 alias[ALIAS_BYTES], before = 0;
    w.at = 0;
    while (next(s, cd, &w, &before, e, alias)) {
        if (memcmp(alias, wanted, ALIAS_BYTES) == 0)
            return true;
    }
    return false;
}

/* "E:\SUB\NAME.EXT" of at most 128 bytes. */
static u8 find_place(const struct shares *s, const struct cd *cd, const u8 *name,
                     struct cd_place *out)
{
    const u8 *end = memchr(name, 0, 128), *at = name + 3;
    memset(out, 0, sizeof(*out));
    if (!end || end - name < 3 || name[1] != ':' || name[2] != '\\')
        return DOS_PATH_NOT_FOUND;
    out->entry = cd->volume.root;
    out->root = out->found = at == end;
    for (;;) {
        if (!iso_directory(&cd->disc, out->entry.start, &out->dir))
            return DOS_READ_FAULT;
        if (out->root)
            return DOS_OK;
        const u8 *stop = memchr(at, '\\', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);
        if (stop && stop + 1 == end)
            stop = NULL; /* "E:\SUB\" is "E:\SUB" */
        if (!place_alias(s->cp, at, n, out->alias, &out->wild) || (stop && out->wild))
            return DOS_PATH_NOT_FOUND;
        out->found = !out->wild && find_in(s, cd, &out->dir, out->alias, &out->entry);
        if (!stop)
            return DOS_OK;
        if (!out->found || !(out->entry.flags & ISO_DIRECTORY))
            return DOS_PATH_NOT_FOUND;
        at = stop + 1;
    }
}

static u8 look_up(struct shares *s, const u8 *name, struct cd *cd, struct cd_place *p)
{
    u8 error = open_cd(s, cd);
    return error ? error : find_place(s, cd, name, p);
}

/* ---- searches ---- */

static void put_le24(u8 *to, u32 v)
{
    put_le16(to, v & 0xffff);
    to[2] = (u8)(v >> 16);
}

static u32 get_le24(const u8 *from)
{
    return get_le16(from) | (u32)from[2] << 16;
}

static u8 answer(struct call *c, const u8 pattern[ALIAS_BYTES], u8 wanted, const struct iso_walk *w,
                 const u8 name[ALIAS_BYTES], u8 attr, u32 time, u32 size)
{
    u8 out[SDB_SIZE + ENTRY_SIZE] = {(u8)(0xc0 | (c->r->drive + 1))}, *entry = out + SDB_SIZE;
    memcpy(out + SDB_PATTERN, pattern, ALIAS_BYTES);
    out[SDB_ATTR] = wanted;
    put_le24(out + SDB_DIR, w->start);
    put_le24(out + SDB_AT, w->at);
    memcpy(entry, name, ALIAS_BYTES);
    entry[11] = attr;
    put_le32(entry + 22, time);
    put_le32(entry + 28, size);
    answer_add(c->to, out, sizeof(out));
    return DOS_OK;
}

/* In front of this record: was it the piece of a file that goes on? From its block's start. */
static u8 flags_before(const struct cd *cd, const struct iso_walk *w)
{
    struct iso_walk way = *w;
    struct iso_entry e;
    u8 flags = 0;
    way.at = (w->at ? w->at - 1 : 0) / ISO_BLOCK * ISO_BLOCK;
    while (way.at < w->at && iso_next(&cd->disc, &way, &e) && way.at <= w->at)
        flags = e.flags;
    return flags;
}

static u8 search(const struct shares *s, const struct cd *cd, struct call *c, struct iso_walk *w,
                 const u8 pattern[ALIAS_BYTES], u8 wanted)
{
    struct iso_entry e;
    u8 alias[ALIAS_BYTES], before = flags_before(cd, w);
    bool root = w->start == cd->volume.root.start;
    while (next(s, cd, w, &before, &e, alias)) {
        u8 attr = entry_attr(&e);
        if ((root && alias[0] == '.') || !alias_matches(pattern, alias) ||
            attr & (ATTR_HIDDEN | ATTR_DIRECTORY) & ~wanted)
            continue;
        return answer(c, pattern, wanted, w, alias, attr, entry_time(&e), entry_size(cd, &e));
    }
    return DOS_NO_MORE_FILES;
}

static u8 cd_find_first(struct shares *s, struct call *c)
{
    struct cd cd;
    struct cd_place p;
    u8 error = look_up(s, c->name, &cd, &p), label[ALIAS_BYTES];
    if (error)
        return error;
    if ((c->attribute & ~(ATTR_READ_ONLY | ATTR_ARCHIVE)) == ATTR_LABEL) {
        for (unsigned i = 0; i < ALIAS_BYTES; i++)
            label[i] = codepage_upper(s->cp, cd.volume.label[i]);
        bool blank = memcmp(label, "           ", ALIAS_BYTES) == 0 || !label[0];
        if (blank || p.root || p.dir.start != cd.volume.root.start ||
            !alias_matches(p.alias, label))
            return DOS_NO_MORE_FILES;
        p.dir.at = 0xffffff; /* the rest of the labels: there is none */
        return answer(c, p.alias, c->attribute, &p.dir, label, ATTR_LABEL,
                      entry_time(&cd.volume.root), 0);
    }
    return p.root ? DOS_NO_MORE_FILES : search(s, &cd, c, &p.dir, p.alias, c->attribute);
}

static u8 cd_find_next(struct shares *s, struct call *c)
{
    struct cd cd;
    struct iso_walk w;
    if (open_cd(s, &cd) || !iso_directory(&cd.disc, get_le24(c->sdb + SDB_DIR), &w))
        return DOS_NO_MORE_FILES;
    w.at = get_le24(c->sdb + SDB_AT);
    return search(s, &cd, c, &w, c->sdb + SDB_PATTERN, c->sdb[SDB_ATTR]);
}

/* ---- files ---- */

static u8 open_file(struct call *c, const struct cd *cd, const struct cd_place *p, u8 mode)
{
    u8 sft[SFT_SENT];
    const struct iso_entry *e = &p->entry;
    bool fcb = get_le16(c->sft + SFT_MODE) & MODE_FCB;
    if (!p->found)
        return DOS_FILE_NOT_FOUND;
    if (e->flags & ISO_DIRECTORY || e->gaps || e->block > 0xffffff)
        return DOS_ACCESS;
    if ((mode & 3) != 0 && !fcb)
        return (mode & 3) == 3 ? 12 : DOS_ACCESS; /* invalid access code */
    memcpy(sft, c->sft, sizeof(sft));
    put_le16(sft + SFT_MODE, (get_le16(sft + SFT_MODE) & 0xff00u) | (mode & ~3u));
    sft[SFT_ATTR] = entry_attr(e);
    put_le16(sft + SFT_FLAGS, FLAG_NETWORK | FLAG_CLEAN | c->r->drive);
    put_le32(sft + SFT_DRIVER, 0);
    put_le16(sft + SFT_CLUSTER, (e->block * (ISO_BLOCK / 32) + e->at / 32) & 0xffff);
    put_le32(sft + SFT_TIME, entry_time(e));
    put_le32(sft + SFT_SIZE, entry_size(cd, e));
    put_le32(sft + SFT_POSITION, 0);
    put_le24(sft + SFT_BLOCK, e->block);
    put_le16(sft + SFT_PLACE, e->at);
    put_le16(sft + SFT_STAMP, cd->volume.stamp);
    memcpy(sft + SFT_NAME, p->alias, ALIAS_BYTES);
    put_le16(sft + SFT_PROCESS, c->psp);
    answer_add(c->to, sft, sizeof(sft));
    return DOS_OK;
}

static u8 cd_open_existing(struct shares *s, struct call *c)
{
    struct cd cd;
    struct cd_place p;
    u8 error = look_up(s, c->name, &cd, &p);
    return error ? error : open_file(c, &cd, &p, c->stack & 0x7f);
}

static u8 cd_extended_open(struct shares *s, struct call *c)
{
    struct cd cd;
    struct cd_place p;
    u16 action = get_le16(c->extended);
    u8 error = look_up(s, c->name, &cd, &p);
    if (!error && !p.found)
        error = action & 0x10 ? DOS_ACCESS : DOS_FILE_NOT_FOUND;
    else if (!error)
        error = (action & 0x0f) == 0   ? DOS_EXISTS
                : (action & 0x0f) == 2 ? DOS_ACCESS
                                       : open_file(c, &cd, &p, c->extended[4] & 0x7f);
    if (!error)
        set_cx(c, 1);
    return error;
}

static u8 cd_close_file(struct shares *s, struct call *c)
{
    u8 sft[SFT_SENT];
    (void)s;
    memcpy(sft, c->sft, sizeof(sft));
    unsigned handles = get_le16(sft + SFT_HANDLES);
    if (handles && handles != 0xffff)
        put_le16(sft + SFT_HANDLES, handles - 1);
    answer_add(c->to, sft, sizeof(sft));
    return DOS_OK;
}

/* Of the entry of the file table; the disc may be another one by now. */
static u8 file_of(const struct shares *s, const u8 *sft, struct cd *cd, struct iso_entry *e)
{
    u8 error = open_cd(s, cd);
    if (error)
        return error;
    if (get_le16(sft + SFT_STAMP) != cd->volume.stamp)
        return DOS_WRONG_DISK;
    bool ok = iso_entry_at(&cd->disc, get_le24(sft + SFT_BLOCK), get_le16(sft + SFT_PLACE), e);
    return ok && !(e->flags & ISO_DIRECTORY) ? DOS_OK : DOS_HANDLE;
}

static u8 cd_read_file(struct shares *s, struct call *c)
{
    struct cd cd;
    struct iso_entry e;
    u8 data[PACKET_DATA];
    u32 wanted = c->cx < sizeof(data) ? c->cx : sizeof(data);
    u8 error = file_of(s, c->sft, &cd, &e);
    if (error)
        return error;
    s32 n = iso_read(&cd.disc, &e, get_le32(c->sft + SFT_POSITION), data, wanted);
    if (n < 0)
        return DOS_READ_FAULT;
    return answer_read(c, data, (size_t)n);
}

static u8 cd_seek_end(struct shares *s, struct call *c)
{
    struct cd cd;
    struct iso_entry e;
    u8 error = file_of(s, c->sft, &cd, &e);
    if (error)
        return error;
    u32 at = entry_size(&cd, &e) + ((u32)c->cx << 16 | c->dx);
    answer_add(c->to, c->sft, SFT_SENT);
    set_ax(c, (u16)at);
    set_dx(c, (u16)(at >> 16));
    return DOS_OK;
}

/* ---- the rest ---- */

static u8 cd_chdir(struct shares *s, struct call *c)
{
    struct cd cd;
    struct cd_place p;
    u8 error = look_up(s, c->name, &cd, &p);
    if (error)
        return error;
    return p.found && p.entry.flags & ISO_DIRECTORY ? DOS_OK : DOS_PATH_NOT_FOUND;
}

static u8 cd_get_attr(struct shares *s, struct call *c)
{
    struct cd cd;
    struct cd_place p;
    u8 error = look_up(s, c->name, &cd, &p), low[2];
    if (error)
        return error;
    if (!p.found)
        return DOS_FILE_NOT_FOUND;
    u32 size = entry_size(&cd, &p.entry);
    set_ax(c, entry_attr(&p.entry));
    set_bx(c, (u16)(size >> 16));
    put_le16(low, size & 0xffff);
    answer_add(c->to, low, sizeof(low));
    return DOS_OK;
}

/* As MSCDEX tells it: blocks of the disc's own size, none of them free. */
static u8 cd_space(struct shares *s, struct call *c)
{
    struct cd cd;
    u8 error = open_cd(s, &cd);
    if (error)
        return error;
    set_ax(c, 0xf801);
    set_bx(c, (u16)(cd.disc.blocks < 0xffff ? cd.disc.blocks : 0xffff));
    set_cx(c, ISO_BLOCK);
    set_dx(c, 0);
    return DOS_OK;
}

static u8 cd_no_attributes(struct shares *s, struct call *c)
{
    (void)s;
    set_cx(c, 2);
    answer_add(c->to, c->sft, SFT_SENT);
    return DOS_OK;
}

/* What would change the disc. */
static u8 cd_refuse(struct shares *s, struct call *c)
{
    (void)s;
    (void)c;
    return DOS_ACCESS;
}

static u8 cd_lock(struct shares *s, struct call *c)
{
    (void)s;
    answer_add(c->to, c->sft, SFT_SENT);
    return DOS_OK;
}

const struct share_function cd_functions[SHARE_FUNCTIONS] = {
    [0x01] = {cd_refuse, SECTION_NAME},
    [0x02] = {cd_refuse, SECTION_NAME},
    [0x03] = {cd_refuse, SECTION_NAME},
    [0x04] = {cd_refuse, SECTION_NAME},
    [0x05] = {cd_chdir, SECTION_NAME},
    [0x06] = {cd_close_file, SECTION_SFT},
    [0x07] = {cd_lock, SECTION_SFT},
    [0x08] = {cd_read_file, SECTION_SFT},
    [0x09] = {cd_refuse, SECTION_SFT},
    [0x0a] = {cd_lock, SECTION_SFT | SECTION_LOCK},
    [0x0b] = {cd_lock, SECTION_SFT | SECTION_LOCK},
    [0x0c] = {cd_space, 0},
    [0x0e] = {cd_refuse, SECTION_NAME},
    [0x0f] = {cd_get_attr, SECTION_NAME},
    [0x11] = {cd_refuse, SECTION_NAME | SECTION_NAME2},
    [0x13] = {cd_refuse, SECTION_NAME},
    [0x16] = {cd_open_existing, SECTION_NAME | SECTION_SFT},
    [0x17] = {cd_refuse, SECTION_NAME | SECTION_SFT},
    [0x18] = {cd_refuse, SECTION_NAME | SECTION_SFT},
    [0x19] = {cd_find_first, SECTION_NAME},
    [0x1b] = {cd_find_first, SECTION_NAME},
    [0x1c] = {cd_find_next, SECTION_SDB},
    [0x21] = {cd_seek_end, SECTION_SFT},
    [0x2d] = {cd_no_attributes, SECTION_SFT},
    [0x2e] = {cd_extended_open, SECTION_NAME | SECTION_SFT | SECTION_EXTENDED},
};

/* ---- what MSCDEX says of a file (INT 2Fh AX=150Fh) ---- */

enum { RECORD_FORM = 1, FORM_BYTES = 285, FORM_NAME = 38, FORM_SYSTEM = 220 };

/* The record in the form that is the same for all file systems. */
static void put_form(const struct iso_entry *e, u8 out[FORM_BYTES])
{
    unsigned n = e->name_length < FORM_NAME ? e->name_length : FORM_NAME;
    unsigned behind = 33u + e->name_length + !(e->name_length & 1);
    memset(out, 0, FORM_BYTES);
    out[0x00] = e->record[1];
    put_le32(out + 0x01, e->start - e->record[1]);
    put_le16(out + 0x05, ISO_BLOCK);
    put_le32(out + 0x07, e->size);
    memcpy(out + 0x0b, e->record + 18, 7);
    out[0x12] = e->flags;
    out[0x13] = e->record[26];
    out[0x14] = e->record[27];
    memcpy(out + 0x15, e->record + 28, 2);
    const u8 *name = iso_name(e), *version = memchr(name, ';', e->name_length);
    if (version && (unsigned)(version - name) < n)
        n = (unsigned)(version - name);
    out[0x17] = (u8)n;
    memcpy(out + 0x18, name, n);
    for (const u8 *p = version ? version + 1 : name; version && p < name + e->name_length; p++) {
        if (*p >= '0' && *p <= '9')
            put_le16(out + 0x3e, (get_le16(out + 0x3e) * 10u + *p - '0') & 0xffff);
    }
    unsigned more = behind < e->length ? e->length - behind : 0;
    out[0x40] = (u8)(more < FORM_SYSTEM ? more : FORM_SYSTEM);
    memcpy(out + 0x41, e->record + behind, out[0x40]);
}

u8 share_cd_record(const struct shares *s, const struct request *r, struct answer *to)
{
    struct cd cd;
    struct cd_place p;
    u8 path[128 + 4] = "X:\\", form[FORM_BYTES], error = open_cd(s, &cd);
    const char *name = (const char *)r->payload;
    if (name[0] && name[1] == ':')
        name += 2;
    if (*name == '\\' || *name == '/')
        name++;
    size_t n = strnlen(name, 124);
    memcpy(path + 3, name, n);
    path[3 + n] = 0;
    for (size_t i = 3; i < 3 + n; i++)
        path[i] = path[i] == '/' ? '\\' : path[i];
    if (!error)
        error = find_place(s, &cd, path, &p);
    if (error || !p.found)
        return error ? error : DOS_FILE_NOT_FOUND;
    put_form(&p.entry, form);
    if (r->a & RECORD_FORM)
        answer_add(to, form, sizeof(form));
    else
        answer_add(to, p.entry.record, p.entry.length);
    return DOS_OK;
}
