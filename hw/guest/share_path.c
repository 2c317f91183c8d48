/*
 * share_path.c - from DOS' paths to the host's, and never out of the folder. See share.h.
 *
 * The kernel resolves each path beneath the folder's descriptor (openat2 with RESOLVE_BENEATH and
 * RESOLVE_NO_MAGICLINKS): a symbolic link within the folder leads on, one that leaves it is not
 * there. Kernels before 5.6, and sandboxes that know no openat2, get each part opened by itself
 * with O_NOFOLLOW: then no link leads anywhere.
 */
#define _GNU_SOURCE /* O_PATH */
#include "hw/guest/share_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- on the host ---- */

static int open_by_parts(int root, const char *path, int flags)
{
    char part[NAME_BYTES + 1];
    int at = root;
    for (;;) {
        size_t n = strcspn(path, "/");
        if (n == 0 || n >= sizeof(part) || (n == 2 && path[0] == '.' && path[1] == '.')) {
            errno = n >= sizeof(part) ? ENAMETOOLONG : ENOENT;
            n = 0;
        } else {
            memcpy(part, path, n);
            part[n] = 0;
        }
        bool last = !path[n];
        int fd = !n     ? -1
                 : last ? openat(at, part, flags | O_NOFOLLOW)
                        : openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;
        if (at != root)
            close(at);
        errno = error;
        if (fd < 0 || last)
            return fd;
        at = fd;
        path += n + 1;
    }
}

int path_open(int root, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    enum { TRIES = 100 }; /* EAGAIN: somebody renames directories on the way */
    long fd = -1;
    for (unsigned i = 0; i < TRIES; i++) {
        fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
        if (fd >= 0 || (errno != EINTR && errno != EAGAIN))
            break;
    }
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return open_by_parts(root, path, flags | O_CLOEXEC);
    return (int)fd;
}

bool path_join(char out[SHARE_PATH], const char *dir, const char *name)
{
    int n = strcmp(dir, ".") == 0 ? snprintf(out, SHARE_PATH, "%s", name)
                                  : snprintf(out, SHARE_PATH, "%s/%s", dir, name);
    return n > 0 && n < SHARE_PATH;
}

bool path_plain(const char *path)
{
    if (strcmp(path, ".") == 0)
        return true;
    for (;;) {
        size_t n = strcspn(path, "/");
        if (n == 0 || n > NAME_BYTES || (n == 1 && path[0] == '.') ||
            (n == 2 && path[0] == '.' && path[1] == '.'))
            return false;
        if (!path[n])
            return true;
        path += n + 1;
    }
}

u8 dos_error(int error)
{
    switch (error) {
    case ENOENT:
        return DOS_FILE_NOT_FOUND;
    case ENOTDIR:
    case ENAMETOOLONG:
        return DOS_PATH_NOT_FOUND;
    case EMFILE:
    case ENFILE:
        return DOS_TOO_MANY_FILES;
    case ENOMEM:
        return DOS_MEMORY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return DOS_DISK_FULL;
    case ESTALE:
    case ENODEV:
    case ENXIO:
    case ENOTCONN:
        return DOS_NOT_READY; /* what the folder was on has gone */
    default:
        return DOS_ACCESS;
    }
}

bool entry_stat(int root, const char *dir, const char *name, struct stat *st)
{
    char path[SHARE_PATH];
    if (!path_join(path, dir, name)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = path_open(root, path, O_PATH);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, st) == 0;
    close(fd);
    return ok;
}

int place_dir(const struct place *p)
{
    return path_open(p->share->root, p->dir, O_PATH | O_DIRECTORY);
}

bool place_path(const struct place *p, char out[SHARE_PATH])
{
    if (p->root)
        return snprintf(out, SHARE_PATH, ".") > 0;
    return p->slot >= 0 && path_join(out, p->dir, p->listing->slot[p->slot].name);
}

bool place_stat(const struct place *p, struct stat *st)
{
    if (p->root)
        return fstat(p->share->root, st) == 0;
    if (p->slot < 0) {
        errno = ENOENT;
        return false;
    }
    return entry_stat(p->share->root, p->dir, p->listing->slot[p->slot].name, st);
}

bool place_new_name(const struct shares *s, const struct dir *d, const u8 alias[ALIAS_BYTES],
                    char out[NAME_BYTES + 1])
{
    struct long_name name;
    const char *before = tunnel_name(s, d, alias);
    if (before) {
        snprintf(out, NAME_BYTES + 1, "%s", before);
        return true;
    }
    u8 lower = s->share[d->share].lower ? CASE_NAME | CASE_EXTENSION : 0;
    name_from_alias(s->cp, alias, lower, &name);
    return name_to_host(&name, out);
}

/* ---- DOS' names ---- */

bool alias_matches(const u8 pattern[ALIAS_BYTES], const u8 alias[ALIAS_BYTES])
{
    for (unsigned i = 0; i < ALIAS_BYTES; i++) {
        if (pattern[i] != '?' && pattern[i] != alias[i])
            return false;
    }
    return true;
}

bool place_alias(const struct codepage *cp, const u8 *part, size_t n, u8 alias[ALIAS_BYTES],
                 bool *wild)
{
    unsigned at = 0, end = 8;
    memset(alias, ' ', ALIAS_BYTES);
    *wild = false;
    for (size_t i = 0; i < n; i++) {
        u8 c = codepage_upper(cp, part[i]);
        if (c == '.') {
            if (i == 0 || end == ALIAS_BYTES)
                return false;
            at = 8;
            end = ALIAS_BYTES;
        } else if (c < ' ' || strchr("\"/\\[]:|<>+=;,", c)) {
            return false;
        } else if (c == '*') {
            *wild = true;
            while (at < end)
                alias[at++] = '?';
        } else if (at < end) {
            *wild |= c == '?';
            alias[at++] = c;
        }
    }
    return alias[0] != ' ' && n > 0;
}

bool place_device(const u8 alias[ALIAS_BYTES])
{
    unsigned n = 8;
    while (n && alias[n - 1] == ' ')
        n--;
    return alias_is_device(alias, n);
}

/*
 * Nothing is found in a folder that somebody has removed from under the drive: DOS says no more
 * than that, so whoever sits before the host is told, once.
 */
static void say_if_gone(const struct shares *s, struct share *share)
{
    struct stat st;
    if (share->gone || fstat(share->root, &st) != 0 || st.st_nlink != 0)
        return;
    share->gone = true;
    log_line(s->log, LOG_DISK,
             "share %s: its folder was removed from this computer; the drive is empty",
             share->name);
}

u8 place_find(struct shares *s, u8 drive, const u8 *name, struct place *out)
{
    const u8 *end = memchr(name, 0, 128), *at = name + 3;
    u8 error;
    if (drive >= DRIVES || !s->drive[drive])
        return DOS_DRIVE;
    if (!end || end - name < 3 || name[1] != ':' || name[2] != '\\')
        return DOS_PATH_NOT_FOUND;
    out->number = (u8)(s->drive[drive] - 1);
    out->share = &s->share[out->number];
    out->root = at == end;
    out->slot = -1;
    out->wild = false;
    strcpy(out->dir, ".");
    for (;;) {
        const u8 *stop = memchr(at, '\\', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);
        if (stop && stop + 1 == end)
            stop = NULL; /* "D:\SUB\" is "D:\SUB" */
        out->listing = dir_get(s, out->number, out->dir, &error);
        if (!out->listing) { /* of a removed folder there is none */
            say_if_gone(s, out->share);
            return error;
        }
        if (out->root)
            return DOS_OK;
        if (!place_alias(s->cp, at, n, out->alias, &out->wild) || (stop && out->wild))
            return DOS_PATH_NOT_FOUND;
        if (!out->wild && !place_device(out->alias))
            out->slot = dir_find(out->listing, out->alias);
        if (!stop)
            return DOS_OK;
        char path[SHARE_PATH];
        if (out->slot < 0 || !path_join(path, out->dir, out->listing->slot[out->slot].name))
            return DOS_PATH_NOT_FOUND;
        memcpy(out->dir, path, strlen(path) + 1);
        out->slot = -1;
        at = stop + 1;
    }
}
