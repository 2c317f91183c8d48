/*
 * fat_format.h - making a FAT file system, and giving one another size.
 */
#ifndef FERRITE_FAT_FORMAT_H
#define FERRITE_FAT_FORMAT_H

#include "hw/storage/disk.h"

struct fat_format {
    u64 bytes;         /* of the whole image */
    unsigned bits;     /* 12, 16, 32; 0: what suits the size */
    const char *label; /* NULL: none */
};

/*
 * Into an empty file: a diskette, if the size is one of a usual diskette's (160K to 2.88M), else a
 * hard disk with one active partition. `name` is for messages.
 */
bool fat_format(int fd, const struct fat_format *f, const char *name, struct err *e);

/*
 * The image `d` into an empty file, with `bytes` as its new size. The FAT volume on it that ends
 * last grows or shrinks with it: its files, numbers of clusters and boot code stay. An image
 * without a FAT only gets longer, or loses zeros. false + err: there is more on it than the new
 * size holds, or its clusters are too small for it. *note: what was done, for a person.
 */
bool fat_resize(struct disk *d, int fd, u64 bytes, char *note, size_t note_size, struct err *e);

#endif
