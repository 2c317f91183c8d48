/*
 * missing.c - system calls that emscripten's libc declares and does not have: they fail as on a
 * kernel without them, which all callers know to live with. Linked into every program of a build
 * for WebAssembly (emscripten.cmake).
 *
 * mmap(2) is here because the libc's writes zeros over memory that is zero: over all of a guest's,
 * at each start.
 *
 * memcmp(3) is here because the libc's goes byte by byte: a machine's memory is compared with what
 * was kept of it, at its start and for each instant that is kept.
 *
 * pread(2) and pwrite(2) are here because the libc's take the lower half of the offset alone.
 *
 * poll(2) is here because the libc's says of every file that it can be read: nobody types at a
 * console of such a program, and what is written is taken at once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/xattr.h>
#include <unistd.h>

static int none(int error)
{
    errno = error;
    return -1;
}

int poll(struct pollfd *p, nfds_t count, int milliseconds)
{
    int ready = 0;
    (void)milliseconds;
    for (nfds_t i = 0; i < count; i++) {
        p[i].revents = p[i].fd < 0 ? 0 : p[i].events & POLLOUT;
        ready += p[i].revents != 0;
    }
    return ready;
}

ssize_t getrandom(void *buf, size_t size, unsigned flags)
{
    (void)flags;
    size = size < 256 ? size : 256;
    return getentropy(buf, size) == 0 ? (ssize_t)size : -1;
}

int signalfd(int fd, const sigset_t *mask, int flags)
{
    (void)fd, (void)mask, (void)flags;
    return none(ENOSYS);
}

int prctl(int option, ...)
{
    (void)option;
    return none(ENOSYS);
}

int pthread_kill(pthread_t thread, int signal)
{
    (void)thread, (void)signal;
    return ENOSYS;
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file,
                 const posix_spawn_file_actions_t *restrict actions,
                 const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
                 char *const environment[restrict])
{
    (void)pid, (void)file, (void)actions, (void)attributes, (void)argv, (void)environment;
    return ENOSYS;
}

/* Four words at a time while they are the same; then whoever differs is near. */
int memcmp(const void *one, const void *other, size_t len)
{
    const unsigned char *a = one, *b = other, *end = a + len;
    for (; (size_t)(end - a) >= 32; a += 32, b += 32) {
        uint64_t x[4], y[4];
        __builtin_memcpy(x, a, 32);
        __builtin_memcpy(y, b, 32);
        if ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]))
            break;
    }
    for (; a < end; a++, b++) {
        if (*a != *b)
            return *a - *b;
    }
    return 0;
}

/* ---- files ---- */

static ssize_t at_offset(int fd, void *to, const void *from, size_t size, off_t offset)
{
    off_t was = lseek(fd, 0, SEEK_CUR);
    if (was < 0 || lseek(fd, offset, SEEK_SET) < 0)
        return -1;
    ssize_t done = to ? read(fd, to, size) : write(fd, from, size);
    int error = errno;
    lseek(fd, was, SEEK_SET);
    errno = error;
    return done;
}

ssize_t pread(int fd, void *to, size_t size, off_t offset)
{
    return at_offset(fd, to, NULL, size, offset);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t offset)
{
    return at_offset(fd, NULL, from, size, offset);
}

/* ---- attributes of files ---- */

ssize_t fgetxattr(int fd, const char *name, void *value, size_t size)
{
    (void)fd, (void)name, (void)value, (void)size;
    return none(ENOTSUP);
}

ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size)
{
    (void)path, (void)name, (void)value, (void)size;
    return none(ENOTSUP);
}

ssize_t flistxattr(int fd, char *list, size_t size)
{
    (void)fd, (void)list, (void)size;
    return none(ENOTSUP);
}

int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    (void)fd, (void)name, (void)value, (void)size, (void)flags;
    return none(ENOTSUP);
}

int fremovexattr(int fd, const char *name)
{
    (void)fd, (void)name;
    return none(ENOTSUP);
}

/*
 * Memory alone: files are mapped by nobody in such a build. Fresh memory of WebAssembly is zero.
 * What is given back is kept, as the libc's is, and cleared when somebody wants as much again.
 */
static struct given_back {
    struct given_back *next;
    size_t size;
} * given_back;

void *mmap(void *hint, size_t size, int prot, int flags, int fd, off_t offset)
{
    const size_t page = 65536;
    (void)hint, (void)prot, (void)offset;
    if (!(flags & MAP_ANONYMOUS) || (flags & MAP_FIXED) || fd >= 0 || !size ||
        size > SIZE_MAX - 2 * page) {
        errno = ENODEV;
        return MAP_FAILED;
    }
    size = (size + page - 1) & ~(page - 1);
    for (struct given_back **at = &given_back; *at; at = &(*at)->next) {
        struct given_back *found = *at;
        if (found->size != size)
            continue;
        *at = found->next;
        return memset(found, 0, size);
    }
    uintptr_t now = (uintptr_t)sbrk(0);
    size_t gap = (0 - now) & (page - 1);
    void *fresh = sbrk((intptr_t)(gap + size));
    if (fresh == (void *)-1) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (char *)fresh + gap;
}

int munmap(void *at, size_t size)
{
    const size_t page = 65536;
    struct given_back *back = at;
    *back = (struct given_back){given_back, (size + page - 1) & ~(page - 1)};
    given_back = back;
    return 0;
}
