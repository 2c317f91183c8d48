/*
 * tree.h - the snapshots by name of a machine that remembers them (frontend/machines/), for those
 * who steer it while it runs. A struct of functions, because the floor with machines lies above.
 */
#ifndef FERRITE_CONTROL_TREE_H
#define FERRITE_CONTROL_TREE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

struct control;

enum { TREE_NAME = 64, TREE_PATH = 1024 };

struct tree_entry {
    char name[TREE_NAME];
    char picture[TREE_PATH]; /* the screen at that time; there may be none */
    s64 taken;               /* seconds since 1970 */
    bool memory;             /* the machine ran, and goes on from there */
    bool here;               /* the disks came from it */
};

/* All in the machine's thread, between two slices of guest time. false + err. */
struct control_tree {
    void *opaque;
    const char *name; /* of the machine, for people */
    /* The machine has just been made: a restored snapshot's memory goes into it. */
    bool (*begin)(void *opaque, struct control *c, struct err *e);
    /* Disks and memory as they are now. "" as the name: one of date and time goes into `name`. */
    bool (*take)(void *opaque, struct control *c, char name[TREE_NAME], const char *note,
                 struct err *e);
    /* Back to it; without memory in it the machine starts. */
    bool (*restore)(void *opaque, struct control *c, const char *name, struct err *e);
    bool (*remove)(void *opaque, const char *name, struct err *e);
    /* The newest `most` first; how many there are in all. */
    unsigned (*list)(void *opaque, struct tree_entry *out, unsigned most);
};

#endif
