/*
 * out_file.c - writing files that a user has named. See out_file.h.
 *
 * Not covered: somebody who swaps the file for another one between the check and the rename.
 */
#define _GNU_SOURCE /* asprintf, F_OFD_GETLK */
#include "frontend/control/out_file.h"

#include "hw/base/beside.h"
#include "hw/base/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };

static bool failed(struct err *e, const char *path)
{
    return err_set(e, "%s: cannot be written: %s", path, strerror(errno));
}

/* What a symbolic link says, seen from the link's own folder. NULL: errno. */
static char *one_link(const char *link)
{
    char to[4096], *path = NULL;
    ssize_t n = readlink(link, to, sizeof(to) - 1);
    if (n < 0)
        return NULL;
    to[n] = 0;
    const char *slash = strrchr(link, '/');
    int folder = to[0] != '/' && slash ? (int)(slash - link) + 1 : 0;
    return asprintf(&path, "%.*s%s", folder, link, to) < 0 ? NULL : path;
}

/* The name behind all symbolic links, whether there is a file of that name or not. */
static char *follow(const char *path)
{
    struct stat st;
    char *at = strdup(path);
    for (unsigned i = 0; at && lstat(at, &st) == 0 && S_ISLNK(st.st_mode); i++) {
        char *next = i < MAX_LINKS ? one_link(at) : NULL;
        if (i >= MAX_LINKS)
            errno = ELOOP;
        free(at);
        at = next;
    }
    return at;
}

/* Images are locked as a whole: by writers, and by readers as well (hw/storage/disk_file.c). */
static bool locked(const char *path)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool found = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return found;
}

static bool in_use(const char *path, struct err *e)
{
    return err_set(e, "%s: in use: it is an image of this machine or of another one that runs",
                   path);
}

static const char *kind(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

bool out_file_free(const char *path, struct err *e)
{
    struct stat st;
    return stat(path, &st) != 0 || !S_ISREG(st.st_mode) || !locked(path) || in_use(path, e);
}

bool out_file_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool may_replace(const char *path, const struct stat *st, struct err *e)
{
    if (!S_ISREG(st->st_mode))
        return err_set(e, "%s: is %s; only a regular file is written to", path, kind(st->st_mode));
    if (access(path, W_OK) != 0)
        return failed(e, path);
    return !locked(path) || in_use(path, e);
}

static bool replace(const char *target, const char *path, const struct stat *old,
                    out_file_fill fill, void *opaque, struct err *e)
{
    struct err why;
    struct beside b;
    errno = beside_open(&b, target);
    if (errno)
        return failed(e, path);
    bool ok =
        !old || fchmod(b.fd, old->st_mode & 07777) == 0 || err_set(&why, "%s", strerror(errno));
    ok = ok && fill(opaque, b.fd, &why);
    if (!ok)
        beside_drop(&b);
    else if ((errno = beside_finish(&b, target, true)))
        ok = err_set(&why, "%s", strerror(errno));
    return ok || err_set(e, "%s: cannot be written: %.400s", path, why.text);
}

bool out_file_save_by(const char *path, out_file_fill fill, void *opaque, struct err *e)
{
    struct stat st;
    char *target = follow(path);
    if (!target)
        return failed(e, path);
    bool there = lstat(target, &st) == 0;
    bool ok = !there || may_replace(target, &st, e);
    if (ok)
        ok = replace(target, path, there ? &st : NULL, fill, opaque, e);
    free(target);
    return ok;
}

bool out_file_ready(const char *path, struct err *e)
{
    struct stat st;
    char *target = follow(path), *folder = NULL;
    if (!target)
        return failed(e, path);
    bool ok;
    if (lstat(target, &st) == 0) {
        ok = may_replace(target, &st, e);
    } else {
        const char *slash = strrchr(target, '/');
        if (asprintf(&folder, "%.*s", slash ? (int)(slash - target) + 1 : 1, slash ? target : ".") <
            0)
            folder = NULL;
        ok = folder && access(folder, W_OK | X_OK) == 0;
        ok = ok || failed(e, path);
    }
    free(folder);
    free(target);
    return ok;
}

struct bytes {
    const void *bytes;
    size_t size;
};

static bool fill_with_bytes(void *opaque, int fd, struct err *e)
{
    const struct bytes *b = opaque;
    int error = host_write(fd, b->bytes, b->size, 0);
    return !error || err_set(e, "%s", strerror(error));
}

bool out_file_save(const char *path, const void *bytes, size_t size, struct err *e)
{
    struct bytes b = {bytes, size};
    return out_file_save_by(path, fill_with_bytes, &b, e);
}
