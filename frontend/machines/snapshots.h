/*
 * snapshots.h - a machine's snapshots: what its disks held at a time, by name, each with the one it
 * came from. The machine is off meanwhile.
 *
 *     states/NAME/meta.ini    [state] parent, taken, note; [drive.X] copy, of
 *     states/NAME/drive.X     the copy of the file that took the drive's writes
 *     states/current          the one that the disks came from
 *     states/restoring        a restore is under way: the one to be restored again
 *
 * A hard disk whose image lies in the machine's folder gets an overlay with its first snapshot, and
 * only overlays are copied. An image elsewhere must have one already (mode = overlay), or be
 * read-only. Copies share their blocks with the original where the host's file system can.
 */
#ifndef FERRITE_SNAPSHOTS_H
#define FERRITE_SNAPSHOTS_H

#include "frontend/machines/config.h"

#include <stdio.h>

enum { SNAPSHOTS_MAX = 1000 };

bool snapshots_take(struct config *s, const char *name, const char *note, struct err *e);
bool snapshots_restore(struct config *s, const char *name, struct err *e);
/* Those that came from it come from its parent then. */
bool snapshots_remove(struct config *s, const char *name, struct err *e);
bool snapshots_list(const struct config *s, FILE *out, struct err *e);
unsigned snapshots_count(const struct config *s);
/* false + err: a restore was interrupted, and the machine must not run before it is finished. */
bool snapshots_whole(const struct config *s, struct err *e);

#endif
