/*
 * missing.c - system calls that emscripten's libc declares and does not have: they fail as on a
 * kernel without them, which all callers know to live with. Linked into every program of a build
 * for WebAssembly (emscripten.cmake).
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
