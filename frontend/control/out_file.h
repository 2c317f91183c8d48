/*
 * out_file.h - files that a user names to be written: screenshots, snapshots, logs, dumps.
 *
 * A name may lead, by a slip or through a link, to something that must not be written: the image
 * of a machine that runs, a device, a FIFO. Nothing is touched before that is ruled out.
 */
#ifndef FERRITE_OUT_FILE_H
#define FERRITE_OUT_FILE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/*
 * Replace the contents of `path`, or make it: written beside it (hw/base/beside.h), so that a
 * failure or a crash leaves the old contents or the new. Symbolic links are followed; the file
 * keeps its permissions. Refused: what is no regular file, what may not be written, what is locked
 * as images in use are (hw/storage/disk.h).
 */
bool out_file_save(const char *path, const void *bytes, size_t size, struct err *e);
/* The same of what `fill` writes to the empty file; false + err: the reason why it could not. */
typedef bool (*out_file_fill)(void *opaque, int fd, struct err *e);
bool out_file_save_by(const char *path, out_file_fill fill, void *opaque, struct err *e);

/*
 * May `path` be opened to be written from its beginning? Devices and FIFOs may; a file that is
 * locked may not. "PATH: reason".
 */
bool out_file_free(const char *path, struct err *e);

/*
 * Could out_file_save() write `path` now? Nothing is made: for what is written at the end of a run,
 * whose work would be lost otherwise. "PATH: reason".
 */
bool out_file_ready(const char *path, struct err *e);

/* Do both names mean the same file? */
bool out_file_same(const char *a, const char *b);

#endif
