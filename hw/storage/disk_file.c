/*
 * disk_file.c - the image-file layer: pread/pwrite on a regular file or block device.
 *
 * No cache of our own and no mmap: a write that succeeded is in the kernel's hands, and a file that
 * somebody truncates under us gives a read error instead of a SIGBUS. Sparse files stay sparse
 * where the guest does not write. Locks are open-file-description locks on the whole file, so they
 * also work between two machines of one process and against other emulators that use them.
 */
#define _GNU_SOURCE
#include "hw/storage/disk_layer.h"

#include "hw/base/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_layer {
    struct disk_layer layer;
    int fd;
    bool unsynced, written;
    bool nameless; /* from the beginning, as /proc/self/fd/N may be: who gave it to us has it */
};

static int file_read(struct disk_layer *l, u64 sector, u32 count, u8 *buf)
{
    struct file_layer *f = (struct file_layer *)l;
    u64 at = sector * SECTOR_SIZE;
    size_t size = (size_t)count * SECTOR_SIZE;
    size_t there = at >= l->bytes ? 0 : l->bytes - at < size ? (size_t)(l->bytes - at) : size;
    memset(buf + there, 0, size - there);
    return host_read(f->fd, buf, there, at);
}

static int file_write(struct disk_layer *l, u64 sector, u32 count, const u8 *buf)
{
    struct file_layer *f = (struct file_layer *)l;
    f->unsynced = f->written = true;
    u64 at = sector * SECTOR_SIZE;
    size_t size = (size_t)count * SECTOR_SIZE;
    int error = host_write(f->fd, buf, size, at);
    if (!error && at + size > l->bytes)
        l->bytes = at + size;
    return error;
}

static int file_flush(struct disk_layer *l)
{
    struct file_layer *f = (struct file_layer *)l;
    int error = f->unsynced ? host_sync(f->fd) : 0;
    if (!error)
        f->unsynced = false;
    return error;
}

static int file_close(struct disk_layer *l)
{
    struct file_layer *f = (struct file_layer *)l;
    int error = 0;
    /* close() reports what the host could not write later (quota, NFS). */
    if (close(f->fd) != 0 && errno != EINTR)
        error = errno;
    free(f);
    return error;
}

static u64 file_next_data(struct disk_layer *l, u64 sector)
{
    struct file_layer *f = (struct file_layer *)l;
    off_t at = lseek(f->fd, (off_t)(sector * SECTOR_SIZE), SEEK_DATA);
    if (at < 0)
        return errno == ENXIO ? l->sectors : sector; /* ENXIO: a hole up to the end */
    u64 found = (u64)at / SECTOR_SIZE;
    return found < l->sectors ? found : l->sectors;
}

static u64 file_stamp(struct disk_layer *l)
{
    struct file_layer *f = (struct file_layer *)l;
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return 0;
    return (u64)st.st_mtim.tv_sec * NS_PER_SEC + (u64)st.st_mtim.tv_nsec;
}

static bool file_lost(const struct disk_layer *l)
{
    const struct file_layer *f = (const struct file_layer *)l;
    return f->written && !f->nameless && host_is_deleted(f->fd);
}

static const struct disk_layer_ops file_ops = {
    .read = file_read,
    .write = file_write,
    .flush = file_flush,
    .close = file_close,
    .next_data = file_next_data,
    .stamp = file_stamp,
    .lost = file_lost,
};

/* Opens without following surprises: no FIFO may block us, no terminal may become ours. */
static int open_image(const char *path, bool *read_only)
{
    const int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    if (!*read_only) {
        int fd = open(path, O_RDWR | flags);
        if (fd >= 0 || (errno != EACCES && errno != EROFS && errno != EPERM && errno != ETXTBSY))
            return fd;
        *read_only = true;
    }
    return open(path, O_RDONLY | flags);
}

static bool lock_image(int fd, bool read_only, const char *path, struct err *e)
{
    struct flock lock = {.l_type = read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return true;
    if (errno == EACCES || errno == EAGAIN)
        return err_set(e,
                       "%s: in use: another machine, or another drive of this one, has it open%s; "
                       "close that one, copy the image, or use -snapshot in both",
                       path, read_only ? " for writing" : "");
    return true; /* a file system without locks: better an unlocked machine than none */
}

struct disk_layer *disk_file_open(const char *path, bool *read_only, struct err *e)
{
    bool wanted_read_only = *read_only;
    struct stat st;
    if (stat(path, &st) != 0) {
        err_set(e, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
        err_set(e, "%s: %s; a disk image is wanted", path,
                S_ISDIR(st.st_mode) ? "is a directory" : "is not a regular file");
        return NULL;
    }
    /* A file that nobody may write to has its notch covered, even for root. */
    if (!(st.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)))
        *read_only = true;
    int fd = open_image(path, read_only);
    if (fd < 0) {
        err_set(e, "%s: %s", path, strerror(errno));
        return NULL;
    }
    off_t size = lseek(fd, 0, SEEK_END);
    if (size < 0) {
        err_set(e, "%s: %s", path, strerror(errno));
        close(fd);
        return NULL;
    }
    if (!lock_image(fd, *read_only, path, e)) {
        close(fd);
        return NULL;
    }
    struct file_layer *f = calloc(1, sizeof(*f));
    if (!f) {
        err_set(e, "%s: out of memory", path);
        close(fd);
        return NULL;
    }
    f->layer.ops = &file_ops;
    f->layer.bytes = (u64)size;
    f->layer.sectors = ((u64)size + SECTOR_SIZE - 1) / SECTOR_SIZE;
    f->fd = fd;
    f->nameless = host_is_deleted(fd);
    if (wanted_read_only)
        *read_only = true;
    return &f->layer;
}
