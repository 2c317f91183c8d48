/*
 * served_room.h - the room that qemu-nbd runs in: it reads images that may come from anywhere, and
 * need not reach more of this computer than they. For disk_served.c.
 */
#ifndef FERRITE_SERVED_ROOM_H
#define FERRITE_SERVED_ROOM_H

#include "hw/base/err.h"
#include "hw/base/types.h"

#include <sys/types.h>

struct served {
    char *const *argv;
    const char *image;  /* without links */
    const char *format; /* as qemu-nbd calls it */
    const char *folder; /* where it makes its socket */
    bool read_only;
    int said; /* its standard error */
};

/*
 * Starts argv[0], which is looked for in the path, as a group of its own, with no new privileges,
 * with limits, and with what its kernel has of Landlock and seccomp: it reads the libraries and the
 * image's folder, writes to the image, and makes one socket. The image's parts - what a qcow2 was
 * made over, a VMDK's extents - have to lie in that folder, or in one that the environment's
 * FERRITE_SERVED_FOLDERS names (FOLDER:FOLDER; "/" alone: there is no room, as without a sandbox).
 * Where the kernel has these walls, it is not started without them.
 * 0 or an errno value: it could not be started; ENOENT: there is no such program.
 */
int served_start(const struct served *s, pid_t *process);

#endif
