/*
 * zip.h - archives as PKZIP makes them (APPNOTE.TXT), in memory, to be read only.
 */
#ifndef FERRITE_ZIP_H
#define FERRITE_ZIP_H

#include "hw/base/err.h"

enum { ZIP_PATH_MAX = 1024 };

struct zip_entry {
    char *name; /* UTF-8, "FOLDER/FILE.EXT"; safe: it leads nowhere but below where it is put */
    bool folder;
    bool read_only, hidden;
    u32 size, packed, crc;
    u32 header; /* of the file's own, within the archive */
    u16 method, flags;
    u16 time, date; /* as FAT has them */
};

struct zip {
    const u8 *bytes; /* the caller's; must outlive us */
    size_t size;
    struct zip_entry *entries;
    size_t count;
    u64 total; /* bytes of all files, unpacked */
};

/*
 * Read the archive's directory. `name` is for messages. false + err: no zip, damaged, of a kind
 * that is not read (parts on several disks, ZIP64), or a name in it would be written elsewhere
 * than below one folder: an absolute one, one with "..", a device's, a link.
 */
bool zip_open(struct zip *z, const char *name, const u8 *bytes, size_t size, struct err *e);
void zip_close(struct zip *z);

/* One file, unpacked and compared with its checksum; free() it. NULL + err. */
u8 *zip_read(const struct zip *z, size_t entry, struct err *e);
/* The entry of this name, whatever the case; zip->count: there is none. */
size_t zip_find(const struct zip *z, const char *name);

#endif
