/*
 * overlay.h - overlay files: what a guest wrote over a base image that stays as it is. For the
 * sub-commands of `ferrite disk`; a machine opens one through struct media.
 *
 * The file, all numbers little-endian:
 *
 *     0 header, 4096 bytes: 16 magic, u32 version 2, u32 header's size, u64 sectors of the disk,
 *       u32 cluster's size, u32 flags (1: a commit is under way, 2: being emptied, 4: a commit has
 *       changed files of the folder and did not finish), u64 the base's fingerprint, u64 offset of
 *       the data, u32 CRC-32 of the header with 0 in this place; at 64 the base's path. In version
 *       1 the CRC was the header's last word.
 *  4096 table: u32 for each cluster of 64 KiB of the disk: 0 not here, n the n-th in the file
 *  data clusters, in the order in which they were first written
 *
 * Data are on the medium before an entry leads to them, and all of the header that ever changes
 * lies in one sector. So a file is whole after a program was killed or a host has crashed at any
 * point, with all that the guest had flushed; the writes behind its last flush may be there or not,
 * cluster by cluster, as in a drive that loses power.
 *
 * The header holds the base's path, size and a fingerprint of its contents: an overlay over
 * anything else would be garbage, so it is refused. A file of the base's name beside the overlay
 * goes before that path if it fits (a copy of both is a pair of its own), or if the other is gone.
 */
#ifndef FERRITE_OVERLAY_H
#define FERRITE_OVERLAY_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct overlay_info {
    char base[4096];
    u64 disk_bytes;
    u64 clusters, cluster_bytes; /* that the overlay holds */
    bool base_there, base_same;  /* base_same: as it was when the overlay was made */
    bool committing;             /* a commit was interrupted */
    /* Damage, in clusters, each time with the first one's sector. */
    u64 missing, first_missing; /* the file ends before them: the base shows */
    u64 shared, first_shared;   /* their entry is another one's too */
    u64 unused;                 /* in the file and not in the table: only room, used again */
    bool table_cut;             /* the file ends within its table */
};

/* A new, empty one; never over an existing file. */
bool overlay_create(const char *path, const char *base, struct err *e);
bool overlay_info(const char *path, struct overlay_info *info, struct err *e);
/*
 * Write what it holds into the base, then empty it. After an interruption at any point the same
 * call finishes it. *info: what was written and what was missing.
 */
bool overlay_commit(const char *path, struct overlay_info *info, struct err *e);
struct folder_options;
/* A new, empty one over the disk that a folder is shown as (rw=overlay). */
bool overlay_create_folder(const char *path, const struct folder_options *o, struct err *e);
/*
 * As overlay_commit(); over a folder `say` hears each thing that is done to its files. `dry`: only
 * that, and nothing is done.
 */
bool overlay_commit_saying(const char *path, bool dry, void (*say)(void *opaque, const char *what),
                           void *opaque, struct overlay_info *info, struct err *e);
/* Forget what it holds, and take the base as it is now. Can be repeated in the same way. */
bool overlay_discard(const char *path, struct err *e);
/*
 * Look for damage, without the base. With `repair` it is put right: what is missing is taken out of
 * the table, what is shared gets a copy of its own. *info says what was found.
 */
bool overlay_check(const char *path, bool repair, struct overlay_info *info, struct err *e);

#endif
