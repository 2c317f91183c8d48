/*
 * hostfile.h - whole transfers at a place of a host's file: short ones and interruptions by signals
 * are dealt with here. Each returns 0 or an errno value.
 */
#ifndef FERRITE_HOSTFILE_H
#define FERRITE_HOSTFILE_H

#include "hw/base/types.h"

#include <stdio.h>

/*
 * Open a file to be written from its beginning, made if need be, without waiting for anybody: -1
 * and errno, which is ENXIO for a FIFO that nobody reads. Writing may wait, as usual.
 */
int host_open_output(const char *path);
/*
 * Open a file to be read from its beginning, as fopen(path, "rb") would, without waiting for
 * anybody to open the other side of a FIFO: one that gets a writer within a second is read, and
 * reading waits for that writer as usual. NULL: *why says it in words, a folder included.
 */
FILE *host_open_input(const char *path, const char **why);

/* ENODATA: the file ends before. What was read up to there is in buf. */
int host_read(int fd, void *buf, size_t size, u64 at);
/* A whole regular file of at most `most` bytes, to be freed. NULL: *error, among others EISDIR,
 * ENOTSUP for what else is no regular file, EFBIG. */
u8 *host_read_whole(const char *path, size_t most, size_t *size, int *error);
/* That *error in words: "it is a folder". */
const char *host_read_error(int error);
/* After an error, a part may have been written. */
int host_write(int fd, const void *buf, size_t size, u64 at);
/* What was written is on the medium. What has no medium (a FIFO) has nothing to sync: 0. */
int host_sync(int fd);
/* Has somebody deleted it, or put another in its place, so that nobody will find it any more? */
bool host_is_deleted(int fd);
/* A file without a name, that goes when it is closed: in $TMPDIR, else in /var/tmp or /tmp. */
int host_temporary(int *fd);
/* As host_sync(), for the name of a file that was made or renamed; a host that cannot is not asked.
 */
void host_sync_name(const char *path);

#endif
