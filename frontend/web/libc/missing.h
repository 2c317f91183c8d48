/*
 * missing.h - what the sources use of Linux and emscripten's libc does not have, as a host that
 * does not know it would answer: included before every source of a build for WebAssembly
 * (emscripten.cmake). Who calls these has another way, or says that it cannot be done.
 */
#ifndef FERRITE_WEB_MISSING_H
#define FERRITE_WEB_MISSING_H

#include <errno.h>

/* lseek(2): all of a file is data. Its EINVAL is what a file system without holes says. */
#define SEEK_DATA 3
#define SEEK_HOLE 4

/* renameat2(2) */
#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE 2u
static inline int renameat2(int from_dir, const char *from, int to_dir, const char *to,
                            unsigned flags)
{
    (void)from_dir, (void)from, (void)to_dir, (void)to, (void)flags;
    errno = ENOSYS;
    return -1;
}

#endif
