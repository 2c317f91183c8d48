/*
 * files.c - see files.h.
 */
#define _GNU_SOURCE /* SEEK_DATA, fdopendir order, asprintf */
#include "frontend/machines/files.h"

#include "frontend/machines/interrupted.h"
#include "hw/base/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, DEEPEST = 32 };

static bool failed(struct err *e, const char *path)
{
    return err_set(e, "%s: %s", path, strerror(errno));
}

bool files_make_folder(const char *path, struct err *e)
{
    char *copy = strdup(path);
    bool ok = copy || err_set(e, "out of memory");
    for (char *p = copy; ok && p;) {
        p = strchr(p + 1, '/');
        if (p)
            *p = 0;
        ok = mkdir(copy, 0777) == 0 || errno == EEXIST || failed(e, copy);
        if (p)
            *p = '/';
    }
    free(copy);
    return ok;
}

bool files_make_empty(const char *path, u64 bytes, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return failed(e, path);
    bool ok = ftruncate(fd, (off_t)bytes) == 0 || failed(e, path);
    close(fd);
    if (!ok)
        unlink(path);
    return ok;
}

/* The parts between holes, one after the other. errno value. */
static int copy_parts(int in, int out, off_t size)
{
    struct err ignored;
    char *buf = malloc(CHUNK);
    int error = buf ? 0 : ENOMEM;
    for (off_t at = 0; !error && at < size;) {
        off_t data = lseek(in, at, SEEK_DATA), hole = size;
        if (data < 0 && errno == ENXIO)
            break; /* nothing but a hole is left */
        if (data < 0)
            data = at; /* a file system that does not know */
        else if ((hole = lseek(in, data, SEEK_HOLE)) < 0)
            hole = size;
        for (at = data; !error && at < hole;) {
            size_t n = hole - at < CHUNK ? (size_t)(hole - at) : CHUNK;
            error = host_read(in, buf, n, (u64)at);
            if (!error)
                error = host_write(out, buf, n, (u64)at);
            if (!error && !interrupted_not_yet(&ignored))
                error = EINTR;
            at += (off_t)n;
        }
    }
    free(buf);
    return error;
}

bool files_copy(const char *from, const char *to, struct err *e)
{
    struct stat st;
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0 || fstat(in, &st) != 0) {
        failed(e, from);
        if (in >= 0)
            close(in);
        return false;
    }
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st.st_mode & 0777);
    int error = out < 0 ? errno : 0;
    if (!error && ioctl(out, FICLONE, in) != 0) {
        if (ftruncate(out, st.st_size) != 0)
            error = errno;
        else
            error = copy_parts(in, out, st.st_size);
    }
    /* An overlay over a large image knows it by its time. */
    const struct timespec times[2] = {st.st_atim, st.st_mtim};
    if (!error && futimens(out, times) != 0)
        error = errno;
    if (!error)
        error = host_sync(out);
    if (out >= 0)
        close(out);
    close(in);
    if (!error)
        return true;
    if (out >= 0)
        unlink(to);
    errno = error;
    return interrupted_not_yet(e) && failed(e, to);
}

/* ---- trees ---- */

static char *below(const char *folder, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* The names in a folder, in order. -1: errno. */
static int names_in(const char *folder, struct dirent ***list)
{
    return scandir(folder, list, NULL, alphasort);
}

static bool dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void free_names(struct dirent **list, int count)
{
    for (int i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

static bool walk(const char *folder, const char *prefix, int depth, files_visitor *visit,
                 void *opaque, struct err *e)
{
    struct dirent **list;
    int count = names_in(folder, &list);
    if (count < 0)
        return failed(e, folder);
    bool ok = depth < DEEPEST || err_set(e, "%s: too many folders in one another", folder);
    for (int i = 0; ok && i < count; i++) {
        struct stat st;
        if (dots(list[i]->d_name))
            continue;
        char *path = below(folder, list[i]->d_name), *name = NULL;
        if (!path || asprintf(&name, "%s%s%s", prefix, *prefix ? "/" : "", list[i]->d_name) < 0) {
            name = NULL;
            ok = err_set(e, "out of memory");
        } else if (lstat(path, &st) != 0) {
            ok = failed(e, path);
        } else if (S_ISDIR(st.st_mode)) {
            ok = walk(path, name, depth + 1, visit, opaque, e);
        } else if (S_ISREG(st.st_mode)) {
            ok = visit(opaque, path, name, e);
        } else if (!S_ISSOCK(st.st_mode)) { /* one is left by a machine that was killed */
            ok = err_set(e, "%s: this is neither a file nor a folder", path);
        }
        free(path);
        free(name);
    }
    free_names(list, count);
    return ok;
}

bool files_walk(const char *folder, files_visitor *visit, void *opaque, struct err *e)
{
    return walk(folder, "", 0, visit, opaque, e);
}

static bool among(const char *name, const char *const *list)
{
    for (; list && *list; list++) {
        if (strcmp(name, *list) == 0)
            return true;
    }
    return false;
}

static bool copy_tree(const char *from, const char *to, const char *const *but, int depth,
                      struct err *e)
{
    struct dirent **list;
    int count = names_in(from, &list);
    if (count < 0)
        return failed(e, from);
    bool ok = depth < DEEPEST || err_set(e, "%s: too many folders in one another", from);
    ok = ok && (mkdir(to, 0777) == 0 || failed(e, to));
    for (int i = 0; ok && i < count; i++) {
        struct stat st;
        if (dots(list[i]->d_name) || among(list[i]->d_name, but))
            continue;
        char *path = below(from, list[i]->d_name), *new = below(to, list[i]->d_name);
        if (!path || !new)
            ok = err_set(e, "out of memory");
        else if (lstat(path, &st) != 0)
            ok = failed(e, path);
        else if (S_ISDIR(st.st_mode))
            ok = copy_tree(path, new, NULL, depth + 1, e);
        else if (S_ISREG(st.st_mode))
            ok = files_copy(path, new, e);
        else if (!S_ISSOCK(st.st_mode))
            ok = err_set(e, "%s: this is neither a file nor a folder", path);
        free(path);
        free(new);
    }
    free_names(list, count);
    return ok;
}

bool files_copy_tree(const char *from, const char *to, const char *const *but, struct err *e)
{
    return copy_tree(from, to, but, 0, e);
}

bool files_remove_tree(const char *path, struct err *e)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT || failed(e, path);
    if (!S_ISDIR(st.st_mode))
        return unlink(path) == 0 || failed(e, path);
    struct dirent **list;
    int count = names_in(path, &list);
    if (count < 0)
        return failed(e, path);
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        if (dots(list[i]->d_name))
            continue;
        char *one = below(path, list[i]->d_name);
        ok = one ? files_remove_tree(one, e) : err_set(e, "out of memory");
        free(one);
    }
    free_names(list, count);
    return ok && (rmdir(path) == 0 || failed(e, path));
}

u64 files_room(const char *path)
{
    struct stat st;
    struct dirent **list;
    if (lstat(path, &st) != 0)
        return 0;
    u64 bytes = (u64)st.st_blocks * 512;
    int count = S_ISDIR(st.st_mode) ? names_in(path, &list) : -1;
    for (int i = 0; i < count; i++) {
        char *one = dots(list[i]->d_name) ? NULL : below(path, list[i]->d_name);
        if (one)
            bytes += files_room(one);
        free(one);
    }
    if (count >= 0)
        free_names(list, count);
    return bytes;
}

/* ---- sizes ---- */

bool files_parse_size(const char *text, u64 *bytes, struct err *e)
{
    static const char units[] = "KMGT";
    char *end;
    double v = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end >= 'a' && *end <= 'z' ? *end - 32 : *end) : NULL;
    double factor = 1;
    for (const char *u = units; unit && u <= unit; u++)
        factor *= 1024;
    if (unit)
        end++;
    if (unit && (*end == 'B' || *end == 'b'))
        end++;
    v *= factor;
    if (end == text || *end || !(v >= 1 && v <= 2.0 * 1024 * 1024 * 1024 * 1024))
        return err_set(e, "\"%.40s\" is no size: say 512M, 2G, or bytes, up to 2T", text);
    *bytes = (u64)v;
    return true;
}

const char *files_size_text(u64 bytes, char *text)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
    double v = (double)bytes;
    unsigned u = 0;
    for (; v >= 1024 && u < 4; u++)
        v /= 1024;
    snprintf(text, 20, u == 0 || v >= 100 ? "%.0f %s" : "%.1f %s", v, units[u]);
    return text;
}
