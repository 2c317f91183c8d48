/*
 * beside.c - see beside.h.
 *
 * A name is made by nobody twice (O_EXCL), so what is locked by nobody stays so, but for the moment
 * between making and locking it: who finds its new file locked or unlinked then takes the next
 * name. Not covered: hosts of one network file system without locks, where nothing is ever removed.
 */
#define _GNU_SOURCE /* asprintf, renameat2, O_TMPFILE, F_OFD_SETLK */
#include "hw/base/beside.h"

#include "hw/base/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = 100, FD_PATH = 48 };

static const char mark[] = ".part-";

/* The target's folder, to be freed; *name is the rest. NULL: out of memory. */
static char *folder_of(const char *target, const char **name)
{
    const char *slash = strrchr(target, '/');
    *name = slash ? slash + 1 : target;
    return slash ? strndup(target, (size_t)(slash - target) + 1) : strdup("./");
}

static int lock(int fd, short type)
{
    struct flock all = {.l_type = type, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &all) == 0 ? 0 : errno;
}

/* By it a file without a name can be reached, where /proc is to be seen. */
static void fd_path(int fd, char path[FD_PATH])
{
    snprintf(path, FD_PATH, "/proc/%d/fd/%d", (int)getpid(), fd);
}

static bool open_nameless(struct beside *b, const char *target)
{
#ifdef O_TMPFILE
    struct stat by_fd, by_path;
    char path[FD_PATH];
    const char *name;
    char *folder = folder_of(target, &name);
    b->fd = folder ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666) : -1;
    free(folder);
    if (b->fd < 0)
        return false;
    fd_path(b->fd, path);
    if (fstat(b->fd, &by_fd) == 0 && stat(path, &by_path) == 0 && by_fd.st_ino == by_path.st_ino &&
        by_fd.st_dev == by_path.st_dev)
        return true;
    close(b->fd);
    b->fd = -1;
#endif
    (void)target;
    return false;
}

static char *part_name(const char *target, unsigned i)
{
    char *name;
    return asprintf(&name, "%s%s%d-%u", target, mark, (int)getpid(), i) < 0 ? NULL : name;
}

/* Has somebody else taken it for one that is left, before it was locked? */
static bool taken(int fd)
{
    int error = lock(fd, F_WRLCK);
    return error == EAGAIN || error == EACCES || host_is_deleted(fd);
}

int beside_open_named(struct beside *b, const char *target)
{
    *b = (struct beside){.fd = -1};
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        char *name = part_name(target, i);
        if (!name)
            return ENOMEM;
        int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666), error = errno;
        if (fd >= 0 && !taken(fd)) {
            *b = (struct beside){.fd = fd, .name = name};
            return 0;
        }
        free(name);
        if (fd >= 0)
            close(fd);
        else if (error != EEXIST)
            return error;
    }
    return EEXIST;
}

int beside_open(struct beside *b, const char *target)
{
    *b = (struct beside){.fd = -1};
    if (open_nameless(b, target))
        return 0;
    beside_tidy(target);
    return beside_open_named(b, target);
}

const char *beside_path(struct beside *b, char path[BESIDE_PATH])
{
    if (b->name) {
        lock(b->fd, F_UNLCK);
        return b->name;
    }
    fd_path(b->fd, path);
    return path;
}

/* A name for the finished file, which nobody else may have. */
static int name_anew(const char *made, const char *target)
{
    if (renameat2(AT_FDCWD, made, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (link(made, target) != 0) /* the host does not know this way of renaming */
        return errno;
    unlink(made);
    return 0;
}

/* What has no name gets one beside the target: a link replaces nothing, a renaming does. */
static int give_name(struct beside *b, const char *target, bool replace)
{
    char path[FD_PATH];
    int error = EEXIST;
    fd_path(b->fd, path);
    for (unsigned i = 0; error == EEXIST && i < ATTEMPTS; i++) {
        char *name = i ? part_name(target, i - 1) : strdup(target);
        if (!name)
            return ENOMEM;
        error = linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
        if (!error && i) {
            b->name = name;
            return 0;
        }
        free(name);
        if (!replace)
            break;
    }
    return error;
}

int beside_finish(struct beside *b, const char *target, bool replace)
{
    int error = host_sync(b->fd);
    lock(b->fd, F_WRLCK); /* until it has its name, nobody takes it for one that is left */
    if (!error && !b->name)
        error = give_name(b, target, replace);
    if (!error && b->name && replace)
        error = rename(b->name, target) == 0 ? 0 : errno;
    else if (!error && b->name)
        error = name_anew(b->name, target);
    if (!error) {
        free(b->name);
        b->name = NULL;
        host_sync_name(target);
    }
    beside_drop(b);
    return error;
}

void beside_drop(struct beside *b)
{
    if (b->name)
        unlink(b->name);
    if (b->fd >= 0)
        close(b->fd);
    free(b->name);
    *b = (struct beside){.fd = -1};
}

/* ---- what is left ---- */

/* NAME.part-PROCESS-N? *name_len: of NAME. */
static bool is_part(const char *name, size_t *name_len)
{
    const char *at = NULL;
    long process;
    int attempt, end = 0;
    for (const char *next = name; (next = strstr(next, mark)); next++)
        at = next;
    if (!at || sscanf(at + sizeof(mark) - 1, "%10ld-%2d%n", &process, &attempt, &end) != 2 ||
        at[sizeof(mark) - 1 + (size_t)end] || process <= 0)
        return false;
    *name_len = (size_t)(at - name);
    return true;
}

int beside_take_left(const char *path)
{
    struct stat by_fd, by_path;
    const char *slash = strrchr(path, '/');
    size_t len;
    if (!is_part(slash ? slash + 1 : path, &len))
        return -1;
    int fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &by_fd) == 0 && S_ISREG(by_fd.st_mode) && lock(fd, F_WRLCK) == 0 &&
        lstat(path, &by_path) == 0 && by_path.st_ino == by_fd.st_ino &&
        by_path.st_dev == by_fd.st_dev)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

void beside_tidy(const char *target)
{
    const char *name;
    char *folder = folder_of(target, &name);
    DIR *dir = folder ? opendir(folder) : NULL;
    struct dirent *d;
    while (dir && (d = readdir(dir))) {
        size_t len;
        char *path;
        if (!is_part(d->d_name, &len) || len != strlen(name) ||
            strncmp(d->d_name, name, len) != 0 || asprintf(&path, "%s%s", folder, d->d_name) < 0)
            continue;
        int fd = beside_take_left(path);
        if (fd >= 0) {
            unlink(path);
            close(fd);
        }
        free(path);
    }
    if (dir)
        closedir(dir);
    free(folder);
}
