/*
 * iso9660.h - the file system of a CD, read only: volume descriptors, directories, files.
 *
 * ECMA-119 (ISO 9660). Nothing is kept between two calls but what the caller holds: an entry is
 * found again by where its record lies on the disc. Whatever is on the disc is bytes: records past
 * the end of their block, files and directories past the end of the disc, and directories in
 * circles end or are cut, and no call reads more blocks than ISO_DIRECTORY_BLOCKS.
 *
 * Not modelled: Joliet and Rock Ridge, whose names programs of DOS never saw; High Sierra; files
 * in pieces with gaps (interleaved), which cannot be read; volumes of more than one disc.
 */
#ifndef FERRITE_ISO9660_H
#define FERRITE_ISO9660_H

#include "hw/storage/folder/names.h"

enum {
    ISO_BLOCK = 2048,
    ISO_FIRST_DESCRIPTOR = 16,
    ISO_DESCRIPTORS = 64,        /* so many are looked at for the primary one */
    ISO_DIRECTORY_BLOCKS = 8191, /* of a directory; what is behind is not there */
    ISO_EXTENTS = 1024,          /* pieces of one file */
    ISO_RECORD = 34,             /* bytes of the shortest record */
};

enum iso_flags { /* 9.1.6 */
                 ISO_HIDDEN = 0x01,
                 ISO_DIRECTORY = 0x02,
                 ISO_ASSOCIATED = 0x04,
                 ISO_MORE = 0x80, /* the next record is the next piece of the same file */
};

/* Where blocks come from. */
struct iso_disc {
    /* 2048 bytes of data; false: that block is none, or the host cannot read it. */
    bool (*read)(void *opaque, u32 block, u8 *to);
    void *opaque;
    u32 blocks; /* of the disc */
};

/* A directory's record. */
struct iso_entry {
    u32 block; /* the record lies there ... */
    u16 at;    /* ... from this byte on */
    u8 record[256];
    u8 length;      /* of the record */
    u32 start;      /* its first block, behind the extended attributes */
    u32 size;       /* bytes of this piece */
    u8 flags;       /* enum iso_flags */
    bool gaps;      /* interleaved */
    u8 name_length; /* of iso_name(); 1, and a byte of 0 or 1: "." and ".." */
};

static inline const u8 *iso_name(const struct iso_entry *e)
{
    return e->record + 33;
}

struct iso_volume {
    struct iso_entry root;
    u32 descriptor; /* the block of the primary volume descriptor */
    u8 label[32];
    u16 stamp; /* tells discs apart; never 0 */
};

/* A way through a directory. Set start, size and at, the rest zero. */
struct iso_walk {
    u32 start, size;
    u32 at;     /* the next record, in bytes from the start; advanced by iso_next() */
    u32 loaded; /* block number + 1 of what is in bytes[] */
    u8 bytes[ISO_BLOCK];
};

/* false: no such file system. */
bool iso_open(const struct iso_disc *d, struct iso_volume *out);
/* The next record; false: the end, or what is there cannot be read. */
bool iso_next(const struct iso_disc *d, struct iso_walk *w, struct iso_entry *out);
/* The record at this place, as iso_next() gave it. */
bool iso_entry_at(const struct iso_disc *d, u32 block, u16 at, struct iso_entry *out);
/* A walk through the directory that begins at this block: its first record says how long it is. */
bool iso_directory(const struct iso_disc *d, u32 start, struct iso_walk *out);
/*
 * The name as MSCDEX shows it to DOS: without the version, cut to eight and three characters, in
 * capitals; what DOS could not write in a path is _. "." and ".." are themselves. false: one that
 * DOS does not see.
 */
bool iso_alias(const struct iso_entry *e, const struct codepage *cp, u8 alias[ALIAS_BYTES]);
/* All pieces of the file whose first record this is. */
u64 iso_file_size(const struct iso_disc *d, const struct iso_entry *e);
/* At most n bytes from `position` on; how many, or -1 when the disc cannot be read there. */
s32 iso_read(const struct iso_disc *d, const struct iso_entry *e, u64 position, u8 *to, u32 n);

#endif
