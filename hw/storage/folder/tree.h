/*
 * tree.h - the names, sizes and times of files and folders, before they get places on a disk. A
 * node's bytes are in the host's file, or in memory.
 *
 * Node 0 is the root. A tree that was built with tree_add*() in any order has to be arranged before
 * it is laid out: breadth first, so that the children of a node lie side by side.
 */
#ifndef FERRITE_TREE_H
#define FERRITE_TREE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* An entry's attributes, as FAT has them. */
enum {
    FAT_READ_ONLY = 0x01,
    FAT_HIDDEN = 0x02,
    FAT_SYSTEM = 0x04,
    FAT_LABEL = 0x08,
    FAT_DIRECTORY = 0x10,
    FAT_ARCHIVE = 0x20,
    FAT_LONG_NAME = 0x0f
};

enum { TREE_ROOT = 0 };
#define TREE_NONE UINT32_MAX

struct tree_time {
    s64 seconds; /* since 1970, UTC */
    u32 nanos;
};

struct tree_node {
    u32 parent, first, count; /* children: so many from `first` on, once arranged */
    u32 name_bytes;
    size_t name; /* in the tree's pool; tree_name() */
    u64 size;    /* of a file */
    u64 device, inode;
    const u8 *bytes; /* a file in memory, which outlives the tree; NULL: the host's */
    struct tree_time modified, changed, accessed;
    u8 attributes;
    bool linked; /* a symbolic link, or reached by one */
};

/* What of a folder is not in the tree. */
struct tree_left_out {
    u32 large;      /* 4 GiB and more */
    u32 special;    /* sockets, FIFOs, devices */
    u32 links;      /* that lead out, nowhere, or in a circle */
    u32 unreadable; /* folders, or what vanished during the scan */
};

struct tree {
    struct tree_node *node;
    u32 nodes, room;
    char *pool;
    size_t pool_used, pool_size;
    struct tree_left_out left_out;
};

/* The root alone. NULL: out of memory. */
struct tree *tree_new(void);
void tree_free(struct tree *t);
/* With the parent and name in place of the prototype's. TREE_NONE: out of memory. */
u32 tree_add(struct tree *t, u32 parent, const char *name, size_t name_bytes,
             const struct tree_node *prototype);
u32 tree_add_directory(struct tree *t, u32 parent, const char *name, struct tree_time time);
/* `bytes` are borrowed. */
u32 tree_add_file(struct tree *t, u32 parent, const char *name, const void *bytes, size_t size,
                  u8 attributes, struct tree_time time);
/* Breadth first; siblings stay in the order in which they were added. Numbers of nodes change. */
bool tree_arrange(struct tree *t);

static inline bool tree_is_directory(const struct tree_node *n)
{
    return n->attributes & FAT_DIRECTORY;
}

static inline const char *tree_name(const struct tree *t, u32 node)
{
    return t->pool + t->node[node].name; /* ends in NUL */
}

/* The path from the root, "" for the root itself. 0: longer than `size`; else its length + 1. */
size_t tree_path(const struct tree *t, u32 node, char *out, size_t size);

#endif
