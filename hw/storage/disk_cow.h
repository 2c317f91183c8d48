/*
 * disk_cow.h - an overlay file that has been opened, for hw/storage/disk_cow.c, cow_file.c and
 * overlay.c only. The format, and what a crash may leave, is in hw/storage/overlay.h.
 */
#ifndef FERRITE_DISK_COW_H
#define FERRITE_DISK_COW_H

#include "hw/storage/disk_layer.h"

enum { COW_CLUSTER = 65536, COW_SECTORS = COW_CLUSTER / SECTOR_SIZE, COW_LEAF = 1024 };
enum { COW_HEADER = 4096, COW_TABLE_AT = COW_HEADER };
/*
 * Flags: a commit is under way; the clusters are being dropped, and count no more; a commit to a
 * folder has changed some of its files, and others are still to come.
 */
enum { COW_COMMITTING = 1, COW_EMPTYING = 2, COW_BEGUN = 4, COW_FLAGS = 7 };
/* So many clusters (4 MiB) wait for the barrier at most. */
enum { COW_PENDING = 64 };

/* Written and read field by field (cow_write_header(), read_header()). */
struct cow_header {
    u64 sectors;
    u64 fingerprint; /* of the base */
    u32 flags;
    char base[3968];
};

/* What is wrong with the table of a file that was opened. */
struct cow_damage {
    u64 missing,
        first_missing;        /* clusters that the file ends before; in memory they are not here */
    u64 shared, first_shared; /* clusters whose entry is another one's too */
    u64 unused;               /* clusters in the file that no entry names: room, no damage */
    bool table_cut;           /* the file ends within the table */
};

struct cow {
    struct disk_layer layer; /* layer.below is the base, NULL while none is wanted */
    int fd;
    bool unsynced, written;
    bool nameless; /* the file had no name when it was opened */
    bool begun;    /* COW_BEGUN or COW_COMMITTING, when it was opened */
    struct cow_header header;
    struct cow_damage damage;
    u32 **leaf; /* the table, COW_LEAF entries a piece; NULL: all zero */
    u64 leaves;
    u64 used; /* clusters in the file */
    /* Clusters whose data are in the file and whose entries are not: see cow_settle(). */
    u64 pending[COW_PENDING];
    u32 pending_count;
};

/* ---- cow_file.c ---- */

/*
 * The overlay without its base. NULL + err when it is foreign, in use, or its header is damaged;
 * damage of its table is in c->damage. Opened for writing, it is put right as far as nothing has to
 * be guessed: entries of missing clusters are taken out, an emptying is finished.
 */
struct cow *cow_open(const char *path, bool *read_only, struct err *e);
/* Closes the base too. 0 or an errno value. */
int cow_close(struct cow *c);
/* The base that the header names; or of that name beside us, when it is what the overlay was made
 * over, or the other is gone. A folder's is the header's text. `out` has room for that path. */
void cow_base_path(const struct cow *c, const char *overlay_path, char *out, size_t size);
/* The base: `path`, or NULL for that one. */
struct disk_layer *cow_open_base(const struct cow *c, const char *path, const char *overlay_path,
                                 bool *read_only, struct err *e);
/* Where it is kept what a folder held. false: too long. */
bool cow_kept_name(const char *overlay_path, char *out, size_t size);
/* The folder's disk as it was when the overlay was made, else as it is; as disk_folder_base(). */
struct folder *cow_open_folder(const struct cow *c, struct folder_options *o,
                               const char *overlay_path, struct disk_layer **base, struct err *e);
u32 cow_entry(const struct cow *c, u64 cluster);
/* Memory for the entry first, so that setting it cannot fail. */
bool cow_entry_room(struct cow *c, u64 cluster);
void cow_set_entry(struct cow *c, u64 cluster, u32 entry);
int cow_write_entry(struct cow *c, u64 cluster, u32 entry);
u64 cow_cluster_offset(const struct cow *c, u32 entry);
int cow_read_cluster(const struct cow *c, u32 entry, u8 *buf);
/*
 * Hands over each cluster that the overlay holds, in their order, as far as the disk reaches:
 * COW_SECTORS sectors, the last perhaps fewer. 0, or the first errno value that reading or `take`
 * gives.
 */
int cow_each_cluster(const struct cow *c,
                     int (*take)(void *opaque, u64 sector, u32 count, const u8 *data),
                     void *opaque);
/* Durable when it returns 0. A crash in the middle leaves the old header or the new one. */
int cow_write_header(struct cow *c);
/* A whole new file: header and an empty table. */
int cow_write_new(struct cow *c);
/*
 * Drop all clusters; `fingerprint` is the base's. A crash in the middle leaves the file as it was
 * or one that counts as empty.
 */
int cow_empty(struct cow *c, u64 fingerprint);
/* Each cluster that shares an entry gets a copy of its own. Durable. */
int cow_separate(struct cow *c);
u64 cow_data_offset(u64 sectors);
u64 cow_clusters(u64 sectors);

/* ---- overlay_folder.c ---- */

/*
 * What the overlay holds to the files of the folder that it was made over. `say` hears each thing
 * that is done, or with `dry` would be done.
 */
bool overlay_commit_folder(struct cow *c, const char *path,
                           void (*say)(void *opaque, const char *what), void *opaque, bool dry,
                           struct err *e);

/* ---- disk_cow.c ---- */

/*
 * The barrier: data of the pending clusters to the medium, then their entries into the table. What
 * a killed program or a crash leaves is then complete up to here.
 */
int cow_settle(struct cow *c);

#endif
