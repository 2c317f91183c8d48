/*
 * apply_file.c - single files of the host, for apply.c: their bytes, times and attributes, and how
 * a new one takes an old one's place.
 *
 * Not modelled: extended attributes of more than 4096 bytes, access control lists where the host
 * does not show them as such; hard links (a file that was written is a file of its own).
 */
#define _GNU_SOURCE
#include "hw/storage/folder/live_inside.h"

#include "hw/base/hostfile.h"
#include "hw/storage/folder/beneath.h"
#include "hw/storage/folder/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

void live_said(struct live *l, const char *name, const char *what)
{
    if (l->log)
        log_line(l->log, LOG_DISK, "%s/%s: %s", folder_path(l->folder), name, what);
}

/* ---- files of the host ---- */

/* The host's folder of an object; -1 and errno. */
int live_open_dir(const struct live *l, u32 dir)
{
    char path[PATH_MAX];
    if (!live_path(l, dir, path, sizeof(path))) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return beneath_open(folder_root(l->folder), path, O_RDONLY | O_DIRECTORY, 0);
}

/* Is what is there what was applied last? */
bool live_is_ours(const struct object *o, const struct stat *st)
{
    return st->st_ino == o->inode && st->st_dev == o->device &&
           (S_ISDIR(st->st_mode) ||
            ((u64)st->st_size == o->size && st->st_mtim.tv_sec == o->modified.seconds &&
             (u32)st->st_mtim.tv_nsec == o->modified.nanos));
}

void live_take_stat(struct object *o, const struct stat *st)
{
    o->device = st->st_dev;
    o->inode = st->st_ino;
    o->size = S_ISDIR(st->st_mode) ? 0 : (u64)st->st_size;
    o->modified = (struct tree_time){st->st_mtim.tv_sec, (u32)st->st_mtim.tv_nsec};
}

int live_rename_new(int from_dir, const char *from, int to_dir, const char *to)
{
    if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    /* A file system without it: near enough. */
    struct stat st;
    if (fstatat(to_dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(from_dir, from, to_dir, to) == 0 ? 0 : errno;
}

/* The host has changed a file that the guest has changed, too: it keeps its own under another name.
 */
int live_keep_hosts(struct live *l, int dir, const char *name)
{
    char other[NAME_BYTES + 1];
    for (unsigned i = 1; i < 1000; i++) {
        if ((size_t)snprintf(other, sizeof(other), "%s.host-%u", name, i) >= sizeof(other))
            return ENAMETOOLONG;
        int error = live_rename_new(dir, name, dir, other);
        if (!error) {
            char text[NAME_BYTES + 100];
            snprintf(text, sizeof(text), "host and guest have both changed it; the host's is %s",
                     other);
            live_said(l, name, text);
            l->counts.conflicts++;
        }
        if (error != EEXIST)
            return error;
    }
    return EEXIST;
}

/* ---- contents ---- */

struct copy {
    struct live *l;
    u32 object;
    int fd;
    u64 left;
    int error;
};

/* A cluster of the guest's file; what was never written is zeros, not what lay there before. */
static bool copy_cluster(void *opaque, u32 cluster, u32 index)
{
    struct copy *c = opaque;
    struct live *l = c->l;
    u32 per = l->layout->volume.cluster_sectors, bytes = per * FAT_SECTOR;
    u64 n = c->left < bytes ? c->left : bytes;
    if (!n)
        return false;
    c->error = l->disk.read(l->disk.opaque, volume_sector(&l->volume, cluster), per, l->buffer);
    for (u32 i = 0; i < per; i++) {
        if (!live_has_bytes(l, c->object, cluster, i))
            memset(l->buffer + i * FAT_SECTOR, 0, FAT_SECTOR);
    }
    if (!c->error)
        c->error = host_write(c->fd, l->buffer, n, (u64)index * bytes);
    c->left -= n;
    return !c->error;
}

static int copy_file(struct live *l, const struct seen *s, int fd)
{
    struct copy c = {.l = l, .object = s->object, .fd = fd, .left = s->e.fat.size};
    struct chain chain;
    if (c.left)
        volume_walk(&l->volume, s->e.fat.start, 0, &chain, copy_cluster, &c);
    return c.error ? c.error : c.left ? EIO : 0;
}

int live_save_as(struct live *l, const struct seen *s, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    int error = copy_file(l, s, fd);
    return close(fd) != 0 && !error ? errno : error;
}

/* ---- times and attributes ---- */

/* The moment of an entry; the host's own if the guest did not change it. */
struct timespec live_moment(const struct live *l, const struct object *o, const struct fat_entry *f)
{
    bool utc = l->layout->options.utc;
    struct tree_time t = fat_time_to(f->modified, utc);
    if (o) {
        struct fat_time was = fat_time_of(o->modified, utc);
        if (was.date == f->modified.date && was.time == f->modified.time)
            t = o->modified;
    }
    return (struct timespec){t.seconds, t.nanos};
}

/* What the host keeps for DOS: nothing if its name alone says the same. */
void live_store_attributes(int fd, const char *name, u8 attributes)
{
    char text[8];
    u8 usual = name[0] == '.' ? FAT_HIDDEN : 0;
    if ((attributes & LIVE_STORED) == usual) {
        fremovexattr(fd, "user.DOSATTRIB");
        return;
    }
    /* A host that cannot keep them has files without them. */
    snprintf(text, sizeof(text), "0x%x", attributes & 0x37);
    fsetxattr(fd, "user.DOSATTRIB", text, strlen(text), 0);
}

mode_t live_mode(mode_t mode, u8 attributes)
{
    if (attributes & FAT_READ_ONLY)
        return mode & ~(mode_t)0222;
    return mode & 0222 ? mode : mode | S_IWUSR;
}

static void copy_xattrs(int from, int to)
{
    char names[4096], value[4096];
    ssize_t n = flistxattr(from, names, sizeof(names));
    for (ssize_t i = 0; i < n; i += (ssize_t)strlen(names + i) + 1) {
        ssize_t size = fgetxattr(from, names + i, value, sizeof(value));
        if (size >= 0)
            fsetxattr(to, names + i, value, (size_t)size, 0);
    }
}

/* The old file's owner, rights and extended attributes; the guest's time. */
void live_dress(struct live *l, int fd, int dir, const char *old_name, const char *name,
                const struct object *o, const struct fat_entry *f)
{
    struct stat st;
    mode_t mode = fstat(fd, &st) == 0 ? st.st_mode & 07777 : 0644; /* by the umask */
    int old = old_name ? openat(dir, old_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    if (old >= 0 && fstat(old, &st) == 0) {
        mode = st.st_mode & 07777;
        copy_xattrs(old, fd);
        if (fchown(fd, st.st_uid, st.st_gid) != 0)
            mode &= 01777; /* not ours to give away */
    }
    if (old >= 0)
        close(old);
    live_store_attributes(fd, name, f->attributes);
    fchmod(fd, live_mode(mode, f->attributes));
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, live_moment(l, o, f)};
    futimens(fd, times);
}

/* A whole new file beside the place where it goes; its name in `temporary`. */
int live_write_temporary(struct live *l, const struct seen *s, int dir, char temporary[32],
                         int *out)
{
    for (u32 i = 0; i < 100; i++) {
        snprintf(temporary, 32, SCAN_TEMPORARY "%08x", (u32)getpid() * 4096 + l->pass * 128 + i);
        *out = openat(dir, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (*out >= 0 || errno != EEXIST)
            break;
    }
    if (*out < 0)
        return errno;
    int error = copy_file(l, s, *out);
    if (error) {
        unlinkat(dir, temporary, 0);
        close(*out);
    }
    return error;
}

/* `temporary` gets the name: what is there is the file that was applied, or is kept beside it. */
int live_put_in_place(struct live *l, int dir, const char *temporary, const char *name,
                      const struct object *old)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno != ENOENT ? errno : live_rename_new(dir, temporary, dir, name);
    if (S_ISDIR(st.st_mode))
        return EEXIST;
    if (S_ISLNK(st.st_mode))
        return ELOOP;
    if (!old || !live_is_ours(old, &st)) {
        int error = live_keep_hosts(l, dir, name);
        return error ? error : live_rename_new(dir, temporary, dir, name);
    }
    return renameat(dir, temporary, dir, name) == 0 ? 0 : errno;
}

void live_sync(struct live *l)
{
    for (u32 i = 0; l->unsynced && i < l->objects; i++) {
        struct object *o = &l->object[i];
        char path[PATH_MAX];
        if (!o->unsynced)
            continue;
        o->unsynced = false;
        if (!o->alive || !live_path(l, i, path, sizeof(path)))
            continue;
        int fd = beneath_open(folder_root(l->folder), path, O_RDONLY | O_NOFOLLOW, 0);
        if (fd < 0)
            continue;
        fsync(fd); /* what cannot be synced is not asked again */
        close(fd);
    }
    l->unsynced = false;
}
