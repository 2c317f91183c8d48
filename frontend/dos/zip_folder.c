/*
 * zip_folder.c - see zip_folder.h.
 *
 * Files are reached from the folder's descriptor, a folder at a time and never through a link: what
 * lies in GAME.zip.d may have come with the zip from a stranger.
 */
#include "frontend/dos/zip_folder.h"

#include "frontend/control/xdg.h"
#include "hw/base/crc32.h"
#include "hw/base/hash.h"
#include "hw/base/hostfile.h"
#include "hw/storage/folder/fat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { ARCHIVE_MOST = 1 << 30 };

/* Names that the guest deleted, each ended by a zero: none of a zip's has one. */
static const char deleted_name[] = ".ferrite-deleted";

/* ---- paths ---- */

/*
 * The folder that `name` lies in, and its last part. `make`: with the folders that are missing. -1
 * and errno.
 */
static int open_parent(int root, const char *name, bool make, const char **last)
{
    int at = dup(root);
    while (at >= 0 && strchr(name, '/')) {
        char part[NAME_MAX + 1];
        size_t n = strcspn(name, "/");
        snprintf(part, sizeof(part), "%.*s", (int)n, name);
        if (make && mkdirat(at, part, 0777) != 0 && errno != EEXIST) {
            close(at);
            return -1;
        }
        int next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int why = errno;
        close(at);
        errno = why;
        at = next;
        name += n + 1;
    }
    *last = name;
    return at;
}

/* 0; 1: it is not there; -1 and errno. */
static int look_at(int root, const char *name, struct stat *st)
{
    const char *last;
    int parent = open_parent(root, name, false, &last);
    int result = parent < 0 ? -1 : fstatat(parent, last, st, AT_SYMLINK_NOFOLLOW);
    int why = errno;
    if (parent >= 0)
        close(parent);
    errno = why;
    return result == 0 ? 0 : why == ENOENT || why == ENOTDIR ? 1 : -1;
}

/* ---- the list of deleted names ---- */

static char *read_deleted(int root, size_t *size)
{
    struct stat st;
    int fd = openat(root, deleted_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char *list = NULL;
    *size = 0;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < ARCHIVE_MOST)
        list = malloc((size_t)st.st_size + 1);
    if (list && host_read(fd, list, (size_t)st.st_size, 0) == 0) {
        *size = (size_t)st.st_size;
        list[*size] = 0;
    }
    if (fd >= 0)
        close(fd);
    return list;
}

static bool is_deleted(const char *list, size_t size, const char *name)
{
    for (size_t at = 0; at < size; at += strlen(list + at) + 1) {
        if (strcmp(list + at, name) == 0)
            return true;
    }
    return false;
}

/* In place of the old one, or away with that when there are none. */
static bool write_deleted(int root, const char *list, size_t size)
{
    static const char fresh[] = ".ferrite-deleted.new";
    if (size == 0)
        return unlinkat(root, deleted_name, 0) == 0 || errno == ENOENT;
    unlinkat(root, fresh, 0);
    int fd = openat(root, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int error = fd < 0 ? errno : host_write(fd, list, size, 0);
    if (!error)
        error = host_sync(fd);
    if (fd >= 0 && close(fd) != 0 && !error)
        error = errno;
    if (!error && renameat(root, fresh, root, deleted_name) != 0)
        error = errno;
    errno = error;
    return error == 0;
}

/* ---- unpacking ---- */

static bool unpack_file(struct zip_folder *f, size_t i, struct err *e)
{
    const struct zip_entry *x = &f->zip.entries[i];
    struct err why;
    u8 *bytes = zip_read(&f->zip, i, &why);
    if (!bytes)
        return err_set(e, "%.*s: %s", (int)strlen(f->path) - 2, f->path, why.text); /* no ".d" */
    const char *last;
    int parent = open_parent(f->folder, x->name, true, &last);
    int fd = parent < 0 ? -1
                        : openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                 x->read_only ? 0444 : 0666);
    int error = fd < 0 ? errno : host_write(fd, bytes, x->size, 0);
    if (!error && x->date) {
        struct tree_time t =
            fat_time_to((struct fat_time){.date = x->date, .time = x->time}, false);
        const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = (time_t)t.seconds}};
        (void)!futimens(fd, times);
    }
    if (fd >= 0 && close(fd) != 0 && !error)
        error = errno;
    if (fd >= 0 && error)
        unlinkat(parent, last, 0); /* half a file would look like a change */
    if (parent >= 0)
        close(parent);
    free(bytes);
    return !error || err_set(e, "%s/%s: cannot be unpacked: %s", f->path, x->name, strerror(error));
}

static bool unpack_folder(struct zip_folder *f, const struct zip_entry *x, struct err *e)
{
    const char *last;
    int parent = open_parent(f->folder, x->name, true, &last);
    bool ok = parent >= 0 && (mkdirat(parent, last, 0777) == 0 || errno == EEXIST);
    if (!ok)
        err_set(e, "%s/%s: cannot be made: %s", f->path, x->name, strerror(errno));
    if (parent >= 0)
        close(parent);
    return ok;
}

/* What is neither there nor deleted. */
static bool unpack(struct zip_folder *f, struct err *e)
{
    struct statvfs v;
    struct stat st;
    size_t size;
    char *deleted = read_deleted(f->folder, &size);
    bool ok = true;
    if (fstatvfs(f->folder, &v) == 0 && f->zip.total > (u64)v.f_bavail * v.f_frsize)
        ok = err_set(e, "%s: unpacked it has %llu bytes, and that disk has no room for it", f->path,
                     (unsigned long long)f->zip.total);
    for (size_t i = 0; ok && i < f->zip.count; i++) {
        const struct zip_entry *x = &f->zip.entries[i];
        if (is_deleted(deleted, size, x->name))
            continue;
        int there = look_at(f->folder, x->name, &st);
        if (there < 0)
            ok = err_set(e, "%s/%s: %s", f->path, x->name, strerror(errno));
        else if (x->folder)
            ok = unpack_folder(f, x, e);
        else if (there == 1)
            ok = unpack_file(f, i, e);
    }
    free(deleted);
    return ok;
}

/* ---- keeping changes only ---- */

/* Is the file in the folder what the zip has? */
static bool unchanged(const struct zip_folder *f, const struct zip_entry *x, const struct stat *st)
{
    if (!S_ISREG(st->st_mode) || (u64)st->st_size != x->size)
        return false;
    const char *last;
    int parent = open_parent(f->folder, x->name, false, &last);
    int fd = parent < 0 ? -1 : openat(parent, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    u8 buf[16384];
    u32 crc = 0;
    u64 at = 0;
    while (fd >= 0 && at < x->size) {
        size_t n = x->size - at < sizeof(buf) ? (size_t)(x->size - at) : sizeof(buf);
        if (host_read(fd, buf, n, at) != 0)
            break;
        crc = crc32_of(crc, buf, n);
        at += n;
    }
    bool same = fd >= 0 && at == x->size && crc == x->crc;
    if (fd >= 0)
        close(fd);
    if (parent >= 0)
        close(parent);
    return same;
}

static void remove_entry(struct zip_folder *f, const struct zip_entry *x)
{
    const char *last;
    int parent = open_parent(f->folder, x->name, false, &last);
    if (parent < 0)
        return;
    unlinkat(parent, last, x->folder ? AT_REMOVEDIR : 0); /* a folder with changes stays */
    close(parent);
}

/* Folders that lie on the way to a file, deepest first, whether the zip lists them or not. */
static void remove_parents(struct zip_folder *f, const char *name)
{
    char path[ZIP_PATH_MAX];
    snprintf(path, sizeof(path), "%s", name);
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
        *slash = 0;
        const struct zip_entry folder = {.name = path, .folder = true};
        remove_entry(f, &folder);
    }
}

static int longest_first(const void *a, const void *b)
{
    const struct zip_entry *const *x = a, *const *y = b;
    size_t n = strlen((*x)->name), m = strlen((*y)->name);
    return n < m ? 1 : n > m ? -1 : strcmp((*x)->name, (*y)->name);
}

/*
 * What is as in the zip goes. `list`: what is missing was deleted by the guest, and is listed as
 * such before anything is taken away.
 */
static bool prune(struct zip_folder *f, bool list, struct err *e)
{
    size_t count = f->zip.count, used = 0, room = 1;
    for (size_t i = 0; i < count; i++)
        room += strlen(f->zip.entries[i].name) + 1;
    char *gone = malloc(room);
    const struct zip_entry **same = calloc(count + 1, sizeof(struct zip_entry *));
    size_t sames = 0;
    bool ok = (gone && same) || err_set(e, "%s: out of memory", f->path);
    for (size_t i = 0; ok && i < count; i++) {
        const struct zip_entry *x = &f->zip.entries[i];
        struct stat st;
        int there = look_at(f->folder, x->name, &st);
        if (there < 0) {
            ok = err_set(e, "%s/%s: %s; all files were left there", f->path, x->name,
                         strerror(errno));
        } else if (there == 1) {
            size_t n = strlen(x->name) + 1;
            memcpy(gone + used, x->name, n);
            used += n;
        } else if (x->folder || unchanged(f, x, &st)) {
            same[sames++] = x;
        }
    }
    if (ok && list && !write_deleted(f->folder, gone, used))
        ok = err_set(e, "%s/%s: cannot be written: %s; all files were left there", f->path,
                     deleted_name, strerror(errno));
    if (ok)
        qsort(same, sames, sizeof(*same), longest_first);
    for (size_t i = 0; ok && i < sames; i++)
        remove_entry(f, same[i]);
    for (size_t i = 0; ok && i < count; i++)
        remove_parents(f, f->zip.entries[i].name);
    free(gone);
    free(same);
    return ok;
}

/* ---- opening and closing ---- */

static u8 *read_archive(const char *path, size_t *size, struct err *e)
{
    int error;
    u8 *bytes = host_read_whole(path, ARCHIVE_MOST, size, &error);
    if (bytes)
        return bytes;
    if (error == EFBIG)
        err_set(e, "%s: is larger than 1 GB; unpack it into a folder", path);
    else
        err_set(e, "%s: cannot be read: %s", path, host_read_error(error));
    return NULL;
}

/* Beside the zip; where nobody may write, among the user's data under the zip's name and sum. */
static bool make_folder(struct zip_folder *f, const char *path, const u8 *bytes, size_t size,
                        struct err *e)
{
    char real[PATH_MAX], relative[300];
    if (!realpath(path, real))
        return err_set(e, "%s: %s", path, strerror(errno));
    if (snprintf(f->path, sizeof(f->path), "%s.d", real) >= (int)sizeof(f->path))
        return err_set(e, "%s: the path is too long", path);
    bool made = mkdir(f->path, 0777) == 0 || errno == EEXIST;
    if (!made && (errno == EACCES || errno == EROFS || errno == EPERM)) {
        const char *slash = strrchr(real, '/');
        snprintf(relative, sizeof(relative), ".zip/%.200s-%016llx.d", slash + 1,
                 (unsigned long long)hash_bytes(HASH_START, bytes, size));
        made = xdg_path(XDG_DATA, relative, f->path) && xdg_make_parents(f->path) &&
               (mkdir(f->path, 0777) == 0 || errno == EEXIST);
    }
    if (!made)
        return err_set(e, "%s: cannot be made: %s", f->path, strerror(errno));
    f->folder = open(f->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (f->folder < 0)
        return err_set(e, "%s: is there, but no folder that can be used: %s", f->path,
                       strerror(errno));
    return flock(f->folder, LOCK_EX | LOCK_NB) == 0 ||
           err_set(e, "%s: another ferrite dos is running with it", path);
}

static void forget(struct zip_folder *f)
{
    if (f->folder >= 0)
        close(f->folder);
    f->folder = -1;
    zip_close(&f->zip);
    free(f->bytes);
    f->bytes = NULL;
}

bool zip_folder_open(struct zip_folder *f, const char *path, struct err *e)
{
    size_t size = 0;
    struct err ignored;
    *f = (struct zip_folder){.folder = -1};
    f->bytes = read_archive(path, &size, e);
    bool ok = f->bytes && zip_open(&f->zip, path, f->bytes, size, e);
    ok = ok && make_folder(f, path, f->bytes, size, e);
    if (ok && !unpack(f, e)) {
        /* Nothing has run: what is not as in the zip was there before. */
        prune(f, false, &ignored);
        rmdir(f->path);
        ok = false;
    }
    if (!ok)
        forget(f);
    return ok;
}

bool zip_folder_close(struct zip_folder *f, struct err *e)
{
    if (f->folder < 0)
        return true;
    bool ok = prune(f, true, e);
    rmdir(f->path); /* only if it is empty */
    forget(f);
    return ok;
}
