/*
 * disk_cow.h - an overlay file that has been opened, for hw/storage/disk_cow.c and
 * hw/storage/overlay.c only.
 */
#ifndef FERRITE_DISK_COW_H
#define FERRITE_DISK_COW_H

#include "hw/storage/disk_layer.h"

enum { COW_CLUSTER = 65536, COW_SECTORS = COW_CLUSTER / SECTOR_SIZE, COW_LEAF = 1024 };
enum { COW_COMMITTING = 1 };

/* Written and read field by field (header_bytes(), read_header()). */
struct cow_header {
    u64 sectors;
    u64 fingerprint; /* of the base */
    u32 flags;
    char base[3968];
};

struct cow {
    struct disk_layer layer; /* layer.below is the base, NULL while none is wanted */
    int fd;
    bool unsynced;
    struct cow_header header;
    u32 **leaf; /* the table, COW_LEAF entries a piece; NULL: all zero */
    u64 leaves;
    u64 used; /* clusters in the file */
};

/* The overlay without its base. NULL + err when it is damaged, foreign, in use. */
struct cow *cow_open(const char *path, bool *read_only, struct err *e);
/* Closes the base too. 0 or an errno value. */
int cow_close(struct cow *c);
/* The base: `path`, or NULL for the one that the header names (or of that name beside us). */
struct disk_layer *cow_open_base(const struct cow *c, const char *path, const char *overlay_path,
                                 bool *read_only, struct err *e);
u32 cow_entry(const struct cow *c, u64 cluster);
int cow_read_cluster(const struct cow *c, u32 entry, u8 *buf);
int cow_write_header(struct cow *c);
int cow_empty(struct cow *c); /* zeroes the table, drops the clusters */
u64 cow_data_offset(u64 sectors);
u64 cow_clusters(u64 sectors);
int cow_sync(int fd);

#endif
