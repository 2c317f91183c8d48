/*
 * share_attr.c - attributes and times of DOS on a host's files. See share.h.
 *
 * Read-only is the permission to write; a name with a dot in front is hidden. What else DOS wants
 * to know is in the extended attribute user.DOSATTRIB ("0x22"), where Samba and dosemu2 look for it
 * too; where the file system has none, files are what files are: hidden no, system no, archive yes.
 * Times are local, as DOS' are, and a change that DOS cannot express is none.
 */
#define _GNU_SOURCE
#include "hw/guest/share_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static const char xattr[] = "user.DOSATTRIB";
enum { KEPT = ATTR_HIDDEN | ATTR_SYSTEM | ATTR_ARCHIVE };

/* What it has without anybody having said so. */
static u8 plain_attr(const char *name, const struct stat *st)
{
    const char *last = strrchr(name, '/');
    last = last ? last + 1 : name;
    return (u8)((S_ISDIR(st->st_mode) ? 0 : ATTR_ARCHIVE) |
                (last[0] == '.' && last[1] ? ATTR_HIDDEN : 0));
}

static u8 read_xattr(int fd, u8 otherwise)
{
    char text[24];
    ssize_t n = fgetxattr(fd, xattr, text, sizeof(text) - 1);
    if (n < 3 || text[0] != '0' || text[1] != 'x')
        return otherwise; /* none, or Samba's newer form */
    text[n] = 0;
    return (u8)(strtoul(text, NULL, 16) & KEPT);
}

static u8 mode_attr(const struct stat *st)
{
    return (u8)((S_ISDIR(st->st_mode) ? ATTR_DIRECTORY : 0) |
                (!S_ISDIR(st->st_mode) && !(st->st_mode & 0222) ? ATTR_READ_ONLY : 0));
}

/* Only files with permission to read can be asked; the others are plain. */
static int open_for_attr(int root, const char *path)
{
    return path_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

u8 attr_get(int root, const char *path, const struct stat *st)
{
    u8 kept = plain_attr(path, st);
    int fd = open_for_attr(root, path);
    if (fd >= 0) {
        kept = read_xattr(fd, kept);
        close(fd);
    }
    return kept | mode_attr(st);
}

static void write_xattr(int fd, u8 attr, u8 plain)
{
    char text[8];
    attr &= KEPT;
    if (attr == plain && read_xattr(fd, plain) == plain)
        return;
    int n = snprintf(text, sizeof(text), "0x%x", attr);
    if (fsetxattr(fd, xattr, text, (size_t)n, 0) != 0)
        return; /* this file system has none: nothing is kept */
}

u8 attr_set(int root, const char *path, const struct stat *st, u8 attr)
{
    int fd = open_for_attr(root, path);
    if (fd < 0)
        return dos_error(errno);
    u8 error = DOS_OK;
    mode_t mode = st->st_mode & 07777, wanted = mode & ~(mode_t)0222;
    if (!(attr & ATTR_READ_ONLY))
        wanted = mode & 0222 ? mode : mode | 0200;
    if (!S_ISDIR(st->st_mode) && wanted != mode && fchmod(fd, wanted) != 0)
        error = dos_error(errno);
    else
        write_xattr(fd, attr, plain_attr(path, st));
    close(fd);
    return error;
}

void attr_new(int fd, const char *name, u8 attr)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return;
    write_xattr(fd, attr | ATTR_ARCHIVE, plain_attr(name, &st));
    if (attr & ATTR_READ_ONLY && fchmod(fd, st.st_mode & 07777 & ~(mode_t)0222) != 0)
        return; /* it stays writable */
}

u32 dos_time(const struct timespec *t)
{
    struct tm tm;
    if (!localtime_r(&t->tv_sec, &tm) || tm.tm_year < 80)
        return 1u << 21 | 1u << 16; /* 1980-01-01 */
    if (tm.tm_year > 207)
        return 127u << 25 | 12u << 21 | 31u << 16 | 23u << 11 | 59u << 5 | 29;
    unsigned seconds = tm.tm_sec < 60 ? (unsigned)tm.tm_sec : 59;
    return (unsigned)(tm.tm_year - 80) << 25 | (unsigned)(tm.tm_mon + 1) << 21 |
           (unsigned)tm.tm_mday << 16 | (unsigned)tm.tm_hour << 11 | (unsigned)tm.tm_min << 5 |
           seconds / 2;
}

bool time_of_dos(u32 time, time_t *out)
{
    struct tm tm = {
        .tm_year = (int)(time >> 25) + 80,
        .tm_mon = (int)(time >> 21 & 15) - 1,
        .tm_mday = (int)(time >> 16 & 31),
        .tm_hour = (int)(time >> 11 & 31),
        .tm_min = (int)(time >> 5 & 63),
        .tm_sec = (int)(time & 31) * 2,
        .tm_isdst = -1,
    };
    if (tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1)
        return false;
    *out = mktime(&tm);
    return *out != -1;
}

void time_set(int fd, u32 time)
{
    struct stat st;
    struct timespec set[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 0}};
    if (fstat(fd, &st) != 0 || dos_time(&st.st_mtim) == time || !time_of_dos(time, &set[1].tv_sec))
        return;
    if (futimens(fd, set) != 0)
        return; /* another one's file: it was written to, and has the host's time */
}
