/*
 * folder_watch.h - folders that lie in floppy drives (-drive folder=DIR,if=floppy) or are removable
 * disks (removable=on), under the eyes of a person: when the host changes one, the medium is
 * changed, and the guest reads it anew. One that the guest has locked (mounted, that is) is left
 * alone.
 */
#ifndef FERRITE_FOLDER_WATCH_H
#define FERRITE_FOLDER_WATCH_H

#include "frontend/control/control.h"

struct folder_watch {
    double next; /* host seconds of the next look */
    struct watched {
        u64 base;          /* hash of the folder that counts as shown */
        u64 last;          /* and at the last look */
        u64 read, written; /* sectors, likewise */
        unsigned own;      /* looks during which a change is the guest's own */
        bool known;
    } drive[VM_FLOPPIES + VM_DISKS];
};

/* Now and then: look, if it is time; `now` in host seconds. Between two slices of guest time. */
void folder_watch_look(struct folder_watch *w, struct control *c, double now);

#endif
