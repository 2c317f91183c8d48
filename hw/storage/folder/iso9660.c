/*
 * iso9660.c - see iso9660.h. Chapters are ECMA-119's.
 */
#include "hw/storage/folder/iso9660.h"

#include <string.h>

/* ---- records (9.1) ---- */

enum {
    REC_LENGTH = 0,
    REC_ATTRIBUTES = 1, /* blocks of extended attributes in front of the data */
    REC_START = 2,
    REC_SIZE = 10,
    REC_FLAGS = 25,
    REC_UNIT = 26,
    REC_GAP = 27,
    REC_NAME_LENGTH = 32,
    REC_NAME = 33,
};

/* What lies at `at` of a block; false: that is no record. */
static bool take(const u8 *bytes, u32 block, u32 at, struct iso_entry *e)
{
    u8 length = at < ISO_BLOCK ? bytes[at + REC_LENGTH] : 0;
    if (length < ISO_RECORD || at + length > ISO_BLOCK)
        return false;
    u8 name = bytes[at + REC_NAME_LENGTH];
    if (!name || REC_NAME + name > length)
        return false;
    memset(e, 0, sizeof(*e));
    memcpy(e->record, bytes + at, length);
    e->length = length;
    e->block = block;
    e->at = (u16)at;
    e->start = get_le32(e->record + REC_START) + e->record[REC_ATTRIBUTES];
    e->size = get_le32(e->record + REC_SIZE);
    e->flags = e->record[REC_FLAGS];
    e->gaps = e->record[REC_UNIT] || e->record[REC_GAP];
    e->name_length = name;
    return true;
}

static bool read_block(const struct iso_disc *d, u32 block, u8 *to)
{
    return block < d->blocks && d->read(d->opaque, block, to);
}

bool iso_entry_at(const struct iso_disc *d, u32 block, u16 at, struct iso_entry *out)
{
    u8 bytes[ISO_BLOCK];
    return read_block(d, block, bytes) && take(bytes, block, at, out);
}

/* ---- directories (6.8.1) ---- */

static u32 directory_bytes(u32 size)
{
    return size < ISO_DIRECTORY_BLOCKS * ISO_BLOCK ? size : ISO_DIRECTORY_BLOCKS * ISO_BLOCK;
}

bool iso_next(const struct iso_disc *d, struct iso_walk *w, struct iso_entry *out)
{
    u32 end = directory_bytes(w->size);
    while (w->at < end) {
        u32 block = w->start + w->at / ISO_BLOCK, at = w->at % ISO_BLOCK;
        if (block < w->start)
            return false;
        if (w->loaded != block + 1 && !read_block(d, block, w->bytes))
            return false;
        w->loaded = block + 1;
        if (take(w->bytes, block, at, out)) {
            w->at += out->length;
            return true;
        }
        w->at += ISO_BLOCK - at; /* no record lies in two blocks */
    }
    return false;
}

bool iso_directory(const struct iso_disc *d, u32 start, struct iso_walk *out)
{
    struct iso_entry self;
    memset(out, 0, sizeof(*out));
    if (!iso_entry_at(d, start, 0, &self) || !(self.flags & ISO_DIRECTORY))
        return false;
    out->start = start;
    out->size = self.size;
    return true;
}

bool iso_alias(const struct iso_entry *e, const struct codepage *cp, u8 alias[ALIAS_BYTES])
{
    const u8 *name = iso_name(e);
    unsigned n = e->name_length, base, at = 0;
    memset(alias, ' ', ALIAS_BYTES);
    if (n == 1 && name[0] <= 1) {
        memset(alias, '.', name[0] + 1u);
        return true;
    }
    const u8 *version = memchr(name, ';', n);
    if (version)
        n = (unsigned)(version - name);
    for (base = n; base && name[base - 1] != '.';)
        base--;
    unsigned end = base ? base - 1 : n; /* of what is before the last dot */
    for (unsigned i = 0; i < n; i++) {
        u8 c = codepage_upper(cp, name[i]);
        if (i == end) {
            at = 8;
            continue;
        }
        if (c <= ' ' || strchr("\"/\\[]:|<>+=;,.*?", c))
            c = '_';
        if (at < (i < end ? 8u : 11u))
            alias[at++] = c;
    }
    return alias[0] != ' ' && !(e->flags & ISO_ASSOCIATED);
}

/* ---- the volume (8.4) ---- */

enum { VD_PRIMARY = 1, VD_END = 255 };
enum { PVD_LABEL = 40, PVD_BLOCK_SIZE = 128, PVD_ROOT = 156 };

/* Of the whole descriptor, which has the times when the disc was made. */
static u16 stamp(const u8 *bytes)
{
    u32 sum = 0x811c9dc5;
    for (unsigned i = 0; i < ISO_BLOCK; i++)
        sum = (sum ^ bytes[i]) * 0x01000193;
    u16 both = (u16)(sum >> 16 ^ sum);
    return both ? both : 1;
}

bool iso_open(const struct iso_disc *d, struct iso_volume *out)
{
    u8 bytes[ISO_BLOCK];
    for (u32 i = 0; i < ISO_DESCRIPTORS; i++) {
        u32 block = ISO_FIRST_DESCRIPTOR + i;
        if (!read_block(d, block, bytes) || memcmp(bytes + 1, "CD001", 5) != 0 ||
            bytes[0] == VD_END)
            return false;
        if (bytes[0] != VD_PRIMARY)
            continue;
        if (get_le16(bytes + PVD_BLOCK_SIZE) != ISO_BLOCK ||
            !take(bytes, block, PVD_ROOT, &out->root) || !(out->root.flags & ISO_DIRECTORY))
            return false;
        out->descriptor = block;
        memcpy(out->label, bytes + PVD_LABEL, sizeof(out->label));
        out->stamp = stamp(bytes);
        return true;
    }
    return false;
}

/* ---- files (6.5) ---- */

/* The next piece of the same file: the record behind. false: there is none. */
static bool next_piece(const struct iso_disc *d, struct iso_entry *e)
{
    u8 bytes[ISO_BLOCK];
    u32 block = e->block, at = (u32)e->at + e->length;
    if (!(e->flags & ISO_MORE))
        return false;
    for (unsigned i = 0; i < 2; i++) {
        if (!read_block(d, block, bytes))
            return false;
        if (take(bytes, block, at, e))
            return true;
        block++;
        at = 0;
    }
    return false;
}

/* What of a piece is on the disc. */
static u32 piece_bytes(const struct iso_disc *d, const struct iso_entry *e)
{
    if (e->start >= d->blocks)
        return 0;
    u64 room = (u64)(d->blocks - e->start) * ISO_BLOCK;
    return e->size < room ? e->size : (u32)room;
}

u64 iso_file_size(const struct iso_disc *d, const struct iso_entry *e)
{
    struct iso_entry piece = *e;
    u64 size = piece_bytes(d, e);
    for (unsigned i = 1; i < ISO_EXTENTS && next_piece(d, &piece); i++)
        size += piece_bytes(d, &piece);
    return size;
}

/* n bytes of a piece, all of them on the disc. */
static bool read_piece(const struct iso_disc *d, const struct iso_entry *e, u32 position, u8 *to,
                       u32 n)
{
    u8 bytes[ISO_BLOCK];
    while (n) {
        u32 at = position % ISO_BLOCK, part = ISO_BLOCK - at < n ? ISO_BLOCK - at : n;
        if (!read_block(d, e->start + position / ISO_BLOCK, bytes))
            return false;
        memcpy(to, bytes + at, part);
        to += part;
        position += part;
        n -= part;
    }
    return true;
}

s32 iso_read(const struct iso_disc *d, const struct iso_entry *e, u64 position, u8 *to, u32 n)
{
    struct iso_entry piece = *e;
    u32 done = 0;
    for (unsigned i = 0; i < ISO_EXTENTS && done < n; i++) {
        u32 size = piece_bytes(d, &piece);
        if (position < size) {
            u32 part = size - (u32)position;
            part = part < n - done ? part : n - done;
            if (piece.gaps || !read_piece(d, &piece, (u32)position, to + done, part))
                return done ? (s32)done : -1;
            done += part;
            position += part;
        }
        position -= size;
        if (!next_piece(d, &piece))
            break;
    }
    return (s32)done;
}
