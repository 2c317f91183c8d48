/*
 * beside.h - a file that is made beside its place, and gets its name when it is whole and on the
 * medium: a failure or a crash leaves what was there before, or the new one.
 *
 * Where the host's file system can (O_TMPFILE, open(2)) it has no name until then, and goes with
 * its process, however that ends. Elsewhere it is TARGET.part-PROCESS-N, and who is killed leaves
 * it: locked as images in use are (hw/storage/disk_file.c) as long as its maker lives, so that
 * whoever makes the same file next knows the ones that nobody writes any more, and removes them.
 */
#ifndef FERRITE_BESIDE_H
#define FERRITE_BESIDE_H

#include "hw/base/types.h"

struct beside {
    int fd;     /* for reading and writing */
    char *name; /* NULL: none */
};

/* An empty file. All that return int: 0 or an errno value. */
int beside_open(struct beside *b, const char *target);
/* The same, with a name in any case. */
int beside_open_named(struct beside *b, const char *target);

enum { BESIDE_PATH = 4096 + 32 };
/* A path for who opens it by one, other programs included, until this process closes it. The lock
 * is given up for them: they have their own. */
const char *beside_path(struct beside *b, char path[BESIDE_PATH]);

/* It becomes `target`, instead of what is there; unless `replace`: EEXIST. It is closed in any
 * case, and gone if that failed. */
int beside_finish(struct beside *b, const char *target, bool replace);
/* It is closed, and gone. */
void beside_drop(struct beside *b);

/* The files beside `target` whose makers were killed are removed. */
void beside_tidy(const char *target);
/* Is it such a file? Then a descriptor, until whose closing nobody else removes it; else -1. */
int beside_take_left(const char *path);

#endif
