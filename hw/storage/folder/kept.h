/*
 * kept.h - a scanned folder in a file: which files there were, and when they were changed last. An
 * overlay over a folder's disk has one beside it (OVERLAY.files), so that the disk is laid out as
 * it was whatever the host has changed since, and the files that do not fit any more can be named.
 *
 * The file: "FERRITE-FOLDER\x1a\n", u32 version 1, u32 nodes, then each node but the root in the
 * order of the tree: u32 parent, u8 attributes, u8 1 if reached by a link, u16 bytes of the name,
 * u64 size, device, inode, three times (s64 seconds, u32 nanoseconds) of change, of status change
 * and of access, the name; at the end u32 CRC-32 of all before. Little-endian.
 */
#ifndef FERRITE_KEPT_H
#define FERRITE_KEPT_H

#include "hw/storage/folder/moved.h"

/* NULL: it is none, damaged, or memory ran out. */
struct tree *kept_parse(const u8 *bytes, size_t size);
/* NULL: there is none that can be read. */
struct tree *kept_load(const char *file);
/* Whole or not at all. 0 or an errno value. */
int kept_save(const struct tree *t, const char *file);

/*
 * Compares the files with those below `root`: inodes are taken over where size and time are the
 * same. How many are not; the first ones' names in `names`. `moved`: after an unfinished commit;
 * else NULL.
 */
u32 kept_compare(struct tree *t, const struct moved *moved, int root, char *names, size_t size);

#endif
