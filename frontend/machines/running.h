/*
 * running.h - the snapshots of a machine while it runs: what the commands `snapshot take`,
 * `restore`, `rm` and `tree` do (frontend/control/tree.h).
 */
#ifndef FERRITE_RUNNING_H
#define FERRITE_RUNNING_H

#include "frontend/control/tree.h"
#include "frontend/machines/config.h"

#include <time.h>

struct running {
    struct control_tree tree; /* for struct options */
    struct config *config;
    struct control *control; /* during a call */
    /* The list is asked for ten times a second: read again when the folder has changed. */
    struct tree_entry *entry;
    unsigned entries;
    struct timespec read_at; /* the folder's time then */
    bool known;
};

/* `config` outlives it. */
void running_init(struct running *r, struct config *config);
void running_free(struct running *r);

#endif
