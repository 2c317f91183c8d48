/*
 * scan.h - names, sizes and times of all that is in a host's folder.
 */
#ifndef FERRITE_SCAN_H
#define FERRITE_SCAN_H

#include "hw/storage/folder/tree.h"

enum { SCAN_MAX_FILES = 250000 };

/* Half-written files of a machine that was killed are called so, with eight digits behind. */
#define SCAN_TEMPORARY ".ferrite-"

/*
 * Add everything below the folder `root` (a descriptor) to the empty tree, arranged, siblings in
 * the order of their names' bytes. No file is opened, so their sizes do not matter. More than
 * max_files entries (0: SCAN_MAX_FILES) are refused. Half-written files are not shown, and with
 * `tidy` removed. false + err; `name` is the folder's, for messages.
 */
bool tree_scan(struct tree *t, int root, u32 max_files, bool tidy, const char *name, struct err *e);

/* "3 links that lead out of it, 1 file of 4 GiB or more" of what is not shown; false: nothing. */
bool tree_left_out_text(const struct tree_left_out *l, char *out, size_t size);

/* A hash of names, sizes, times and attributes: two scans with the same one found the same. */
u64 tree_hash(const struct tree *t);

#endif
