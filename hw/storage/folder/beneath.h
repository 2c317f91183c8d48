/*
 * beneath.h - files of a folder, and of nothing outside of it, whatever links and dots say.
 */
#ifndef FERRITE_BENEATH_H
#define FERRITE_BENEATH_H

#include "hw/base/types.h"

#include <sys/types.h>

/*
 * Open `path`, which is relative and may be "" for the folder itself, below the folder `root`.
 * Symbolic links are followed as long as they stay inside (never the last one with O_NOFOLLOW or
 * O_CREAT). Never waits for a FIFO. A descriptor, or -1 and errno:
 * EXDEV, ELOOP or ENOENT for what leads out.
 */
int beneath_open(int root, const char *path, int flags, mode_t mode);

#endif
