/*
 * hostfile.c - whole transfers with files of the host. See hostfile.h.
 */
#define _GNU_SOURCE /* mkostemp */
#include "hw/base/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int host_open_output(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

/* A FIFO that was opened without waiting: *first becomes a byte that came out of it, or EOF. */
static bool has_writer(int fd, int *first)
{
    enum { PATIENCE_MS = 1000 };
    struct pollfd p = {.fd = fd, .events = POLLIN};
    u8 byte;
    struct timespec begun, now;
    s64 left = PATIENCE_MS;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    /* Also says that a writer has come and gone. Signals may come that mean nothing. */
    while (left > 0 && poll(&p, 1, (int)left) < 0 && errno == EINTR) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        left = PATIENCE_MS - (s64)(now.tv_sec - begun.tv_sec) * 1000 -
               (now.tv_nsec - begun.tv_nsec) / 1000000;
    }
    ssize_t n = read(fd, &byte, 1);
    *first = n == 1 ? byte : EOF;
    return n == 1 || (n < 0 && errno == EAGAIN) || p.revents & POLLHUP;
}

FILE *host_open_input(const char *path, const char **why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), first = EOF;
    FILE *f = NULL;
    if (fd < 0 || fstat(fd, &st) != 0)
        *why = strerror(errno);
    else if (S_ISDIR(st.st_mode))
        *why = "is a folder";
    else if (S_ISFIFO(st.st_mode) && !has_writer(fd, &first))
        *why = "a FIFO into which nobody writes";
    else if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) < 0 || !(f = fdopen(fd, "rb")))
        *why = strerror(errno);
    if (f && first != EOF)
        ungetc(first, f);
    if (!f && fd >= 0)
        close(fd);
    return f;
}

int host_read(int fd, void *buf, size_t size, u64 at)
{
    u8 *p = buf;
    while (size) {
        ssize_t n = pread(fd, p, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENODATA;
        p += n;
        at += (u64)n;
        size -= (size_t)n;
    }
    return 0;
}

u8 *host_read_whole(const char *path, size_t most, size_t *size, int *error)
{
    struct stat st;
    u8 *bytes = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *error = 0;
    if (fd < 0 || fstat(fd, &st) != 0)
        *error = errno;
    else if (!S_ISREG(st.st_mode))
        *error = S_ISDIR(st.st_mode) ? EISDIR : ENOTSUP;
    else if ((u64)st.st_size > most)
        *error = EFBIG;
    else if (!(bytes = malloc((size_t)st.st_size + 1)))
        *error = ENOMEM;
    else
        *error = host_read(fd, bytes, (size_t)st.st_size, 0);
    if (fd >= 0)
        close(fd);
    if (!*error) {
        *size = (size_t)st.st_size;
        return bytes;
    }
    free(bytes);
    return NULL;
}

const char *host_read_error(int error)
{
    switch (error) {
    case EISDIR:
        return "it is a folder";
    case ENOTSUP:
        return "it is a FIFO or a device, no file";
    case EFBIG:
        return "it is too large";
    case ENODATA:
        return "it became shorter meanwhile";
    default:
        return strerror(error);
    }
}

int host_write(int fd, const void *buf, size_t size, u64 at)
{
    const u8 *p = buf;
    while (size) {
        ssize_t n = pwrite(fd, p, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        p += n;
        at += (u64)n;
        size -= (size_t)n;
    }
    return 0;
}

int host_sync(int fd)
{
    while (fdatasync(fd) != 0) {
        if (errno == EINVAL || errno == EROFS)
            return 0;
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

bool host_is_deleted(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0;
}

int host_temporary(int *fd)
{
    const char *set = getenv("TMPDIR");
    const char *const folders[] = {set && *set ? set : "/var/tmp", "/tmp"};
    int error = 0;
    for (size_t i = 0; i < (set && *set ? 1 : ARRAY_SIZE(folders)); i++) {
        char name[4096];
        int n = snprintf(name, sizeof(name), "%s/ferrite-XXXXXX", folders[i]);
        if (n < 0 || (size_t)n >= sizeof(name))
            return ENAMETOOLONG;
        *fd = mkostemp(name, O_CLOEXEC);
        if (*fd >= 0) {
            unlink(name);
            return 0;
        }
        error = errno;
    }
    return error;
}

void host_sync_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}
