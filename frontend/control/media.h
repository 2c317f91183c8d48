/*
 * media.h - a file named by the user, checked before the machine sees it.
 */
#ifndef FERRITE_FRONTEND_MEDIA_H
#define FERRITE_FRONTEND_MEDIA_H

#include "hw/machine/vm.h"

/* Exists, is a file (or block device), can be read; else err "WHAT FILE: reason". */
bool media_readable(const char *what, const char *path, struct err *e);

/*
 * A floppy from a file. A file without write permission is a write-protected disk, unless writes
 * go elsewhere anyway (snapshot). "tools:" is the built-in disk with FERRITE.COM.
 */
bool media_floppy(struct media *m, const char *what, const char *path, bool snapshot,
                  struct err *e);
/* A hard disk from a file: must be writable, unless snapshot. */
bool media_disk(struct media *m, const char *what, const char *path, bool snapshot, struct err *e);
/* A CD image: only read. */
bool media_cd(struct media *m, const char *what, const char *path, struct err *e);
/* Is this file rather a CD's image than a diskette's? By its name; a .bin by its size as well. */
bool media_is_cd(const char *path);

#endif
