/*
 * beneath.c - opening files inside of one folder. See beneath.h, and openat2(2).
 *
 * Where the kernel has no openat2(), or a sandbox forbids it, the path is walked here: each
 * component is opened without following it, and a link's target takes its place. What was opened
 * stays open, so that .. is the folder that we came from and not where somebody moved it to.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As <linux/openat2.h> has it, which older hosts lack. */
struct how {
    u64 flags, mode, resolve;
};
enum { NO_MAGICLINKS = 0x02, BENEATH = 0x08 };

static int open_by_kernel(int root, const char *path, int flags, mode_t mode)
{
#ifdef SYS_openat2
    struct how how = {.flags = (unsigned)flags,
                      .mode = flags & O_CREAT ? mode : 0,
                      .resolve = BENEATH | NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
#else
    (void)root, (void)path, (void)flags, (void)mode;
    errno = ENOSYS;
    return -1;
#endif
}

/* ---- step by step ---- */

enum { MAX_DEPTH = 512, MAX_LINKS = 40 };

struct walk {
    int fd[MAX_DEPTH]; /* the folders from the root (which is not ours) to where we are */
    int depth;
    int links;
    char left[2][PATH_MAX]; /* of the path; taken in turns when a link is put in */
    unsigned turn;
};

static bool is_link(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

/* The target of the link `fd` in front of what is left. 0 or an errno value. */
static int put_target(struct walk *w, int fd, const char *rest)
{
    char target[PATH_MAX], *to = w->left[w->turn ^ 1];
    ssize_t n = readlinkat(fd, "", target, sizeof(target));
    if (n <= 0)
        return n < 0 ? errno : ENOENT;
    if (target[0] == '/')
        return EXDEV;
    if (++w->links > MAX_LINKS)
        return ELOOP;
    if ((size_t)n + strlen(rest) + 2 > PATH_MAX)
        return ENAMETOOLONG;
    memcpy(to, target, (size_t)n);
    snprintf(to + n, PATH_MAX - (size_t)n, "%s%s", *rest ? "/" : "", rest);
    w->turn ^= 1;
    return 0;
}

/* Into the folder, link, or whatever `fd` is; `rest` is what comes behind it. */
static int step(struct walk *w, int fd, const char *rest)
{
    if (is_link(fd)) {
        int error = put_target(w, fd, rest);
        close(fd);
        return error;
    }
    if (w->depth + 1 == MAX_DEPTH) {
        close(fd);
        return ENAMETOOLONG;
    }
    w->fd[++w->depth] = fd;
    memmove(w->left[w->turn], rest, strlen(rest) + 1);
    return 0;
}

/* One component. *out is the result when it was the last one. 0 or an errno value. */
static int take_component(struct walk *w, int flags, mode_t mode, int *out)
{
    char name[NAME_MAX + 1], *left = w->left[w->turn];
    size_t n = strcspn(left, "/");
    const char *rest = left + n + strspn(left + n, "/");
    bool last = !*rest;
    if (n > NAME_MAX)
        return ENAMETOOLONG;
    memcpy(name, left, n);
    name[n] = 0;
    if (strcmp(name, "..") == 0) {
        if (w->depth == 0)
            return EXDEV;
        close(w->fd[w->depth--]);
        strcpy(name, ".");
    }
    if (!last && (!*name || strcmp(name, ".") == 0)) {
        memmove(left, rest, strlen(rest) + 1);
        return 0;
    }
    int at = w->fd[w->depth];
    if (last && (flags & (O_NOFOLLOW | O_CREAT))) {
        *out = openat(at, *name ? name : ".", flags | O_NOFOLLOW, mode);
        return *out < 0 ? errno : 0;
    }
    int fd = openat(at, *name ? name : ".", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno;
    if (!last || is_link(fd))
        return step(w, fd, rest);
    close(fd);
    *out = openat(at, *name ? name : ".", flags | O_NOFOLLOW, mode);
    return *out < 0 ? errno : 0;
}

static int open_by_steps(int root, const char *path, int flags, mode_t mode)
{
    struct walk *w = malloc(sizeof(*w));
    int fd = -1, error = !w ? ENOMEM : *path == '/' ? EXDEV : 0;
    if (!error && strlen(path) >= PATH_MAX)
        error = ENAMETOOLONG;
    if (!error) {
        w->depth = w->links = 0;
        w->turn = 0;
        w->fd[0] = root;
        strcpy(w->left[0], path);
        while (!error && fd < 0)
            error = take_component(w, flags, mode, &fd);
        while (w->depth > 0)
            close(w->fd[w->depth--]);
    }
    free(w);
    errno = error;
    return error ? -1 : fd;
}

int beneath_open(int root, const char *path, int flags, mode_t mode)
{
    flags |= O_CLOEXEC | O_NOCTTY;
    if (!(flags & O_PATH))
        flags |= O_NONBLOCK;
    if (!*path)
        path = ".";
    int fd = open_by_kernel(root, path, flags, mode);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EINVAL || errno == E2BIG))
        fd = open_by_steps(root, path, flags, mode);
    return fd;
}
