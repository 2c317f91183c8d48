/*
 * layout.h - a tree of files as a disk: which names, slots and clusters each one has, and any
 * sector of the disk made from that on demand.
 *
 * Everything gets its place before the first sector is read, because a guest that has seen a part
 * of the table may use what it saw as free. Breadth first, each object in one run of clusters, so a
 * sector of the table is found by bisection. All that is free lies behind.
 */
#ifndef FERRITE_LAYOUT_H
#define FERRITE_LAYOUT_H

#include "hw/storage/folder/aliases.h"
#include "hw/storage/folder/fat.h"

struct layout_options {
    const struct codepage *cp; /* NULL: 437 */
    unsigned fat;              /* 12, 16, 32; 0: by size */
    u64 bytes;                 /* size of the disk; 0: by what is in it */
    u64 room;                  /* bytes to leave free if the size is ours to choose (FAT32) */
    const char *label;         /* UTF-8; NULL: none */
    bool utc;                  /* times in UTC, not in the host's zone */
    bool diskette;             /* no partitions; a diskette's size */
    u32 serial;
    const u8 *boot; /* 512 bytes to start from, FAT12/16; NULL: a message. Borrowed, as mbr */
    const u8 *mbr;  /* 440 bytes of code, NULL: a message */
    struct aliases *known; /* that files had before (aliases.h); NULL: none. Borrowed */
};

struct layout_node {
    u32 start, count; /* clusters; 0: none */
    u32 slot;         /* of its parent: where its entry begins, long name first */
    u32 entries;      /* slots that a folder's children and . .. or the label take */
    u32 number;       /* n > 1: shown as "NAME (n)", because another one has the name */
    struct alias alias;
    u8 slots;
};

/* A run of clusters. */
struct layout_run {
    u32 start, count, node;
};

struct layout {
    const struct tree *tree; /* borrowed, arranged */
    struct layout_options options;
    struct fat_volume volume;
    struct layout_node *node; /* as many as the tree has */
    struct layout_run *run;   /* sorted by start */
    u32 runs;
    u32 used;    /* clusters; they are 2 to used + 1 */
    u64 sectors; /* of the disk */
    u32 renamed; /* nodes with a number */
};

/* NULL + err: it does not fit, in words with a remedy. `name`: of the folder, for messages. */
struct layout *layout_new(const struct tree *t, const struct layout_options *o, const char *name,
                          struct err *e);
void layout_free(struct layout *l);

/* The long name that a node is shown with. */
void layout_name(const struct layout *l, u32 node, struct long_name *out);
/* The entry of a node. */
void layout_entry(const struct layout *l, u32 node, struct fat_entry *e);
/* Whose a cluster is; NULL: nobody's. */
const struct layout_run *layout_find(const struct layout *l, u32 cluster);

/* Bytes of a file, for whoever reads sectors. */
struct layout_data {
    u32 node;
    u64 offset;
    u32 sectors; /* so many, from the one that was asked for on, follow one another in the file */
};
/* true: `out` is the sector. false: it is a part of a file, see *data. `sector` is on the disk. */
bool layout_sector(const struct layout *l, u64 sector, u8 out[FAT_SECTOR],
                   struct layout_data *data);
/* First sector from `sector` on that may hold something; the disk's end if there is none. */
u64 layout_next_data(const struct layout *l, u64 sector);

#endif
