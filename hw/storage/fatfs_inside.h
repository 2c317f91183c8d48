/* fatfs_inside.h - between fatfs.c, fatfs_table.c and fatfs_dir.c. */
#ifndef FERRITE_FATFS_INSIDE_H
#define FERRITE_FATFS_INSIDE_H

#include "hw/storage/fatfs.h"

struct fatfs {
    struct disk *disk;
    const struct codepage *cp;
    struct fat_volume shape;
    struct volume volume;
    u32 next; /* where to look for a free cluster first */
};

bool fatfs_wrong(const struct fatfs *f, struct err *e, const char *what);

/* ---- fatfs_table.c ---- */

/* An entry of all tables. */
bool fatfs_set(struct fatfs *f, u32 cluster, u32 value, struct err *e);
/* A chain of so many free clusters, ended, in the tables; *start 0 for none. */
bool fatfs_allocate(struct fatfs *f, u32 count, u32 *start, struct err *e);
/* What is no chain is left alone. */
bool fatfs_release(struct fatfs *f, u32 start, struct err *e);
/* FSInfo no longer knows how much is free: whoever mounts it counts. */
bool fatfs_forget_free(struct fatfs *f, struct err *e);

/* ---- fatfs_dir.c ---- */

/* The entry `fat`, with its long name, into a folder; its alias is chosen here. */
bool fatfs_add(struct fatfs *f, u32 folder, const struct long_name *name, struct fat_entry *fat,
               struct err *e);
/* Over the alias' slot of one that is there. */
bool fatfs_replace(struct fatfs *f, const struct fatfs_entry *at, const struct fat_entry *fat,
                   struct err *e);
/* false: there is none (e->text[0] 0), or an error. */
bool fatfs_lookup(struct fatfs *f, u32 folder, const struct long_name *name,
                  struct fatfs_entry *out, struct err *e);

#endif
