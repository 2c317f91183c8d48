/*
 * snapshots.h - a machine's snapshots by name, each with the one it came from: what its disks held,
 * and, when it ran, its memory.
 *
 *     states/NAME/meta.ini      [state] parent, taken, note, memory; [drive.X] copy, of;
 *                               [medium.fda] file: what was in a drive (memory only)
 *     states/NAME/drive.X       the copy of the file that took the drive's writes
 *     states/NAME/memory.state  the machine itself (`-loadvm`)
 *     states/NAME/shot.png      its screen
 *     states/current            the one that the disks came from
 *     states/resume             the machine goes on from this one's memory when it runs next
 *     states/restoring          a restore is under way: the one to be restored again
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

/* A machine that runs, and stands still meanwhile. NULL in its place: it is off. */
struct snapshot_live {
    void *opaque;
    /* All that the guest wrote is in the files. */
    bool (*flush)(void *opaque, struct err *e);
    /* The drive with this image, if there is one, closes its files, and opens them again; from then
     * on with this overlay unless it is NULL. */
    bool (*let_go)(void *opaque, const char *image, struct err *e);
    bool (*take_up)(void *opaque, const char *image, const char *overlay, struct err *e);
    /* What only it knows, into the snapshot's folder. */
    bool (*save)(void *opaque, const char *folder, struct ini *meta, struct err *e);
};

bool snapshots_take(struct config *s, const char *name, const char *note,
                    const struct snapshot_live *live, struct err *e);
/* Of a machine that runs only the disks; *memory: there is memory, too, for snapshots_folder(). */
bool snapshots_restore(struct config *s, const char *name, const struct snapshot_live *live,
                       bool *memory, struct err *e);
/* Those that came from it come from its parent then. */
bool snapshots_remove(struct config *s, const char *name, struct err *e);
bool snapshots_list(const struct config *s, FILE *out, struct err *e);
unsigned snapshots_count(const struct config *s);
/* false + err: a restore was interrupted, and the machine must not run before it is finished. */
bool snapshots_whole(const struct config *s, struct err *e);

/* Its folder; the caller frees it. NULL + err. */
char *snapshots_folder(const struct config *s, const char *name, struct err *e);
/* The one from whose memory the machine goes on; the caller frees it. NULL: it starts. */
char *snapshots_resume(const struct config *s);
/* It has, or is to start instead. */
void snapshots_resumed(const struct config *s);

/* Each one, in no order; false from `visit` ends it. */
typedef bool snapshots_visitor(void *opaque, const char *name, const struct ini *meta, bool here);
bool snapshots_walk(const struct config *s, snapshots_visitor *visit, void *opaque, struct err *e);

#endif
