/*
 * source.h - bytes of the host's files, while the guest reads a disk that is made of them.
 */
#ifndef FERRITE_SOURCE_H
#define FERRITE_SOURCE_H

#include "hw/base/log.h"
#include "hw/storage/folder/tree.h"

#include <limits.h>

/* Which file it was when its place on the disk was made. */
struct source_file {
    char path[PATH_MAX]; /* below the root */
    u64 device, inode, size;
    struct tree_time modified;
};

struct source;

/*
 * Files below the folder `root` (a descriptor, borrowed). `find` tells what node n is, false: it is
 * no file any more. NULL: out of memory.
 */
struct source *source_new(int root, bool (*find)(void *opaque, u32 node, struct source_file *out),
                          void *opaque, struct log *log);
/* From now on a file that was changed in its place is another one, too. */
void source_be_strict(struct source *s);
void source_free(struct source *s);
/*
 * Bytes of a file. 0 or an errno value: ESTALE for what the host has taken away meanwhile, which is
 * said once.
 */
int source_read(struct source *s, u32 node, u64 offset, size_t size, u8 *buf);
/* Node n is another file from now on, or none: look again. TREE_NONE: all of them. */
void source_forget(struct source *s, u32 node);

#endif
