/*
 * moved.h - where a commit that was not finished has moved the files and folders that an overlay's
 * folder held (kept.h): found again by their inodes, so that the next commit goes on from there, be
 * it in the middle of names that go round.
 */
#ifndef FERRITE_MOVED_H
#define FERRITE_MOVED_H

#include "hw/storage/folder/tree.h"

/* Of a node of the kept tree. */
struct moved_node {
    bool found; /* by its inode */
    bool gone;  /* another one of the kept files is where it would be, and it is nowhere */
    /* Where it is now: in which kept folder, under which name. Of one that was not found by its
     * inode as it was; "" if it is gone, or in a folder that was not kept. */
    u32 parent;
    const char *name;
};

struct moved;

/* Looks through the folder `root` (a descriptor). NULL: it cannot be read, or memory ran out. */
struct moved *moved_find(const struct tree *kept, int root, u32 max_files);
void moved_free(struct moved *m); /* NULL is fine */
const struct moved_node *moved_at(const struct moved *m, u32 node);
/* As tree_path(), by where nodes are now; 0: it is nowhere. `m` may be NULL. */
size_t moved_path(const struct moved *m, const struct tree *kept, u32 node, char *out, size_t size);

#endif
