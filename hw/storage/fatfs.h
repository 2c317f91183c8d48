/*
 * fatfs.h - files on a FAT volume of a disk, read and written from outside of any guest, by names:
 * what `ferrite disk ls, get, put` are made of.
 *
 * Paths are UTF-8 with / between, "" is the root; long names and aliases are found whatever their
 * case. What is written is a whole file: its clusters first, then the table, then the entry, and
 * only then is the old version freed; so a program that is killed leaves the one or the other.
 *
 * Microsoft FAT specification (fatgen103). Not modelled: volumes with sectors of other sizes than
 * 512 bytes, exFAT.
 */
#ifndef FERRITE_FATFS_H
#define FERRITE_FATFS_H

#include "hw/storage/disk.h"
#include "hw/storage/folder/volume.h"

struct fatfs;

/*
 * The volume of a diskette, or of a partition: 1 to 4 the primary ones, 5 on the logical ones; 0:
 * the first that is a FAT. Borrows the disk. NULL + err: there is none.
 */
struct fatfs *fatfs_open(struct disk *d, unsigned partition, struct err *e);
/* false + err: not all could be written. Frees it. */
bool fatfs_close(struct fatfs *f, struct err *e);
const struct fat_volume *fatfs_shape(const struct fatfs *f);
u32 fatfs_free_clusters(struct fatfs *f);

/* A file or folder that was found. Entry and names are copies. */
struct fatfs_entry {
    char name[NAME_BYTES + 1]; /* as a host has it */
    struct fat_entry fat;
    u32 slot, slots; /* where its entry begins in its folder */
    u32 folder;      /* first cluster of that folder; 0: the root of FAT12/16 */
    bool root;       /* the root itself, which has no entry */
};

/* false + err when there is no such thing. */
bool fatfs_find(struct fatfs *f, const char *path, struct fatfs_entry *out, struct err *e);
static inline bool fatfs_is_folder(const struct fatfs_entry *e)
{
    return e->root || e->fat.attributes & FAT_DIRECTORY;
}
/* Each thing in a folder, but . and .. and the label; `fn` false ends it. */
bool fatfs_list(struct fatfs *f, const struct fatfs_entry *folder,
                bool (*fn)(void *opaque, const struct fatfs_entry *e), void *opaque, struct err *e);
/* A file's bytes, piece by piece; `put` returns 0 or an errno value. */
bool fatfs_read(struct fatfs *f, const struct fatfs_entry *file,
                int (*put)(void *opaque, const void *bytes, size_t size), void *opaque,
                struct err *e);

/*
 * A file of `size` bytes, new or over an old one of that name in the same folder. `get` fills a
 * piece; 0 or an errno value.
 */
bool fatfs_write(struct fatfs *f, const struct fatfs_entry *folder, const char *name, u32 size,
                 struct tree_time time, int (*get)(void *opaque, void *bytes, size_t size),
                 void *opaque, struct err *e);
/* A folder; one that is there already is fine. *out is it. */
bool fatfs_make_folder(struct fatfs *f, const struct fatfs_entry *parent, const char *name,
                       struct tree_time time, struct fatfs_entry *out, struct err *e);

#endif
