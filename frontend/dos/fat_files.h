/*
 * fat_files.h - files out of a disk's image: FAT12, FAT16 and FAT32, a diskette or the first
 * partition of a hard disk. For taking a DOS out of an image; nothing is written.
 */
#ifndef FERRITE_DOS_FAT_FILES_H
#define FERRITE_DOS_FAT_FILES_H

#include "hw/base/err.h"
#include "hw/storage/folder/fat.h"

struct fat_files {
    /* Whole sectors; false: there are none, or they cannot be read. */
    bool (*read)(void *opaque, u64 sector, u32 count, u8 *buf);
    void *opaque;
    struct fat_volume volume;
    u8 piece[3 * FAT_SECTOR]; /* of the table, the one that was looked at last */
    u64 piece_at;             /* its first sector on the volume, 0: none yet */
};

/* Set `read` and `opaque` before. false + err: no file system of DOS, and what it is. */
bool fat_files_open(struct fat_files *f, const char *name, struct err *e);
/*
 * Find a file or folder by its path ("FREEDOS/BIN/COMMAND.COM", 8.3 names, whatever the case).
 * false: it is not there, or the file system is damaged on the way.
 */
bool fat_files_find(struct fat_files *f, const char *path, struct fat_entry *entry);
/* "COMMAND.COM" of `n` characters as an entry has it. false: no such name. */
bool fat_short_name(const char *part, size_t n, u8 out[ALIAS_BYTES]);
/*
 * A whole file of at most `most` bytes; free() it. NULL: it is a folder, larger, its chain is
 * damaged, or it cannot be read.
 */
u8 *fat_files_read(struct fat_files *f, const struct fat_entry *entry, u32 most);

#endif
