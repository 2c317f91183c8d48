/*
 * overlay.h - overlay files: what a guest wrote over a base image that stays as it is. For the
 * sub-commands of `ferrite disk`; a machine opens one through struct media.
 *
 * The file, all numbers little-endian:
 *
 *        0  header, 4096 bytes, see hw/storage/disk_cow.c; ends with a CRC-32 of the rest of it
 *     4096  table: u32 for each cluster of 64 KiB of the disk: 0 not here, n the n-th in the file
 *     data  clusters, in the order in which they were first written
 *
 * The header holds the base's path, size and a fingerprint of its contents: an overlay over
 * anything else would be garbage, so it is refused.
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
};

/* A new, empty one; never over an existing file. */
bool overlay_create(const char *path, const char *base, struct err *e);
bool overlay_info(const char *path, struct overlay_info *info, struct err *e);
/* Write what it holds into the base, then empty it. Can be repeated after an interruption. */
bool overlay_commit(const char *path, struct err *e);
/* Forget what it holds, and take the base as it is now. */
bool overlay_discard(const char *path, struct err *e);

#endif
