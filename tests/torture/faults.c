/*
 * faults.c - a host with a bad disk, by LD_PRELOAD: what is done to one file fails, is slow, or is
 * written down so that a loss of power can be played through afterwards. For torture.py.
 *
 * FAULTS_FILE: the end of the file's name. FAULTS: errno,after=BYTES (ENOSPC, EDQUOT, EIO or EROFS
 * from so many bytes written on), slow=MICROSECONDS, fsync=ENOSPC. FAULTS_JOURNAL: a file into
 * which go, in order, u32 kind, u32 length, u64 offset and the bytes: 1 a write, before it is done;
 * 2 a sync that has succeeded, 3 a change of the file's size, before it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, SIZE = 3 };

static unsigned long long written;

static int error_of(const char *name)
{
    return strncmp(name, "ENOSPC", 6) == 0   ? ENOSPC
           : strncmp(name, "EDQUOT", 6) == 0 ? EDQUOT
           : strncmp(name, "EROFS", 5) == 0  ? EROFS
                                             : EIO;
}

static int is_ours(int fd)
{
    const char *end = getenv("FAULTS_FILE");
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof(path) - 1);
    if (!end || n <= 0)
        return 0;
    path[n] = 0;
    size_t len = strlen(end);
    return (size_t)n >= len && strcmp(path + n - len, end) == 0;
}

/* 0, or the errno value of a write of so many bytes. */
static int failure(size_t size)
{
    const char *faults = getenv("FAULTS"), *after = faults ? strstr(faults, "after=") : NULL;
    const char *slow = faults ? strstr(faults, "slow=") : NULL;
    if (slow)
        usleep((useconds_t)atoi(slow + 5));
    written += size;
    return after && written > strtoull(after + 6, NULL, 10) ? error_of(faults) : 0;
}

static int journal = -1;

/* At the start: a machine that runs may open no more files (its sandbox). */
__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAULTS_JOURNAL");
    if (path)
        journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static void note(uint32_t kind, const void *bytes, uint32_t size, uint64_t offset)
{
    char head[16];
    if (journal < 0)
        return;
    memcpy(head, &kind, 4);
    memcpy(head + 4, &size, 4);
    memcpy(head + 8, &offset, 8);
    if (write(journal, head, sizeof(head)) != (ssize_t)sizeof(head) ||
        (size && write(journal, bytes, size) != (ssize_t)size))
        abort();
}

static ssize_t do_pwrite(const char *real, int fd, const void *bytes, size_t size, off64_t at)
{
    ssize_t (*next)(int, const void *, size_t, off64_t);
    *(void **)&next = dlsym(RTLD_NEXT, real);
    if (is_ours(fd)) {
        int error = failure(size);
        if (error) {
            errno = error;
            return -1;
        }
        note(WRITE, bytes, (uint32_t)size, (uint64_t)at);
    }
    return next(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return do_pwrite("pwrite", fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    return do_pwrite("pwrite64", fd, bytes, size, at);
}

static int do_sync(const char *real, int fd)
{
    const char *faults = getenv("FAULTS"), *fails = faults ? strstr(faults, "fsync=") : NULL;
    int (*next)(int);
    *(void **)&next = dlsym(RTLD_NEXT, real);
    if (!is_ours(fd))
        return next(fd);
    if (fails) {
        errno = error_of(fails + 6);
        return -1;
    }
    /* The medium is played, so the real one need not wait; what was written is in the journal. */
    if (journal < 0)
        return next(fd);
    note(SYNC, NULL, 0, 0);
    return 0;
}

int fdatasync(int fd)
{
    return do_sync("fdatasync", fd);
}

int fsync(int fd)
{
    return do_sync("fsync", fd);
}

static int do_truncate(const char *real, int fd, off64_t size)
{
    int (*next)(int, off64_t);
    *(void **)&next = dlsym(RTLD_NEXT, real);
    if (is_ours(fd))
        note(SIZE, NULL, 0, (uint64_t)size);
    return next(fd, size);
}

int ftruncate(int fd, off_t size)
{
    return do_truncate("ftruncate", fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return do_truncate("ftruncate64", fd, size);
}
