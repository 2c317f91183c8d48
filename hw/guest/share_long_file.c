/*
 * share_long_file.c - what programs that know long names ask of files besides their names: all
 * about an open one (INT 21h AX=71A6h), the three times of a file, to be read and set (7143h, 5704h
 * to 5707h), the room on a drive beyond 2 GB (7303h), the alias that a name would get anywhere
 * (71A8h). See share.h, and README.md for the packets.
 *
 * The host keeps the times of the last change and the last access. That of making cannot be set
 * there: what a program sets is kept in the extended attribute user.ferrite.made ("5a216c21 100",
 * the date and time of DOS and hundredths of a second); without it, it is the time of the last
 * change. A date of access has no time of day for DOS.
 */
#define _GNU_SOURCE
#include "hw/guest/share_internal.h"

#include "hw/base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char made_xattr[] = "user.ferrite.made";

enum { HANDLE_BYTES = 52, SPACE_BYTES = 44, SECTOR = 512 };

void file_times(int fd, const struct stat *st, struct file_times *out)
{
    char text[24] = "";
    unsigned time, hundredths;
    ssize_t n = fd >= 0 ? fgetxattr(fd, made_xattr, text, sizeof(text) - 1) : -1;
    out->changed = dos_time(&st->st_mtim);
    out->accessed = dos_time(&st->st_atim);
    out->made = out->changed;
    out->made_hundredths = 0;
    out->made_is_kept =
        n > 0 && sscanf(text, "%8x %3u", &time, &hundredths) == 2 && hundredths < 200;
    if (out->made_is_kept) {
        out->made = time;
        out->made_hundredths = (u8)hundredths;
    }
}

/* A DOS error. `at` as DOS has it, date << 16 | time. */
static u8 set_time(int fd, enum file_time which, u32 at, u8 hundredths)
{
    struct timespec set[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};
    char text[24];
    time_t when;
    if (which == TIME_ACCESSED)
        at &= 0xffff0000;
    if (hundredths > 199 || !time_of_dos(at, &when))
        return DOS_PARAMETER;
    if (which == TIME_MADE) {
        int n = snprintf(text, sizeof(text), "%08x %u", at, hundredths);
        return fsetxattr(fd, made_xattr, text, (size_t)n, 0) == 0 ? DOS_OK : DOS_ACCESS;
    }
    set[which == TIME_CHANGED] = (struct timespec){.tv_sec = when};
    return futimens(fd, set) == 0 ? DOS_OK : dos_error(errno);
}

u8 long_set_time(const struct place *p, const struct request *r)
{
    char path[SHARE_PATH];
    if (!p->share->writable || p->root)
        return DOS_ACCESS;
    if (p->slot < 0 || !place_path(p, path))
        return DOS_FILE_NOT_FOUND;
    if (r->handle >= FILE_TIMES)
        return DOS_FUNCTION;
    int fd = path_open(p->share->root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return dos_error(errno);
    u8 error = set_time(fd, (enum file_time)r->handle, r->a, (u8)(r->b < 255 ? r->b : 255));
    close(fd);
    return error;
}

/* ---- open files ---- */

/* The payload begins as the file table's entry. NULL: error 6. */
static struct open_file *file_asked(struct shares *s, const struct request *r, struct stat *st)
{
    struct open_file *f = r->len >= SFT_SENT ? file_of_sft(s, r->payload) : NULL;
    return f && fstat(f->fd, st) == 0 ? f : NULL;
}

/* 100 ns since 1601. */
static void put_windows_time(u8 *out, const struct timespec *t)
{
    put_le64(out, ((u64)t->tv_sec + 11644473600u) * 10000000 + (u64)t->tv_nsec / 100);
}

u8 long_handle(struct shares *s, const struct request *r, struct answer *to)
{
    u8 out[HANDLE_BYTES] = {0};
    struct stat st;
    struct file_times times;
    struct timespec made;
    struct open_file *f = file_asked(s, r, &st);
    if (!f)
        return DOS_HANDLE;
    file_times(f->fd, &st, &times);
    made = st.st_mtim;
    if (times.made_is_kept && time_of_dos(times.made, &made.tv_sec)) {
        made.tv_sec += times.made_hundredths / 100;
        made.tv_nsec = times.made_hundredths % 100 * 10000000l;
    }
    u64 size = st.st_size < 0 ? 0 : (u64)st.st_size;
    u64 device = (u64)st.st_dev;
    put_le32(out, attr_get(s->share[f->share].root, f->path, &st));
    put_windows_time(out + 4, &made);
    put_windows_time(out + 12, &st.st_atim);
    put_windows_time(out + 20, &st.st_mtim);
    put_le32(out + 28, (u32)hash_bytes(HASH_START, &device, sizeof(device)));
    put_le32(out + 32, (u32)(size >> 32));
    put_le32(out + 36, (u32)size);
    put_le32(out + 40, st.st_nlink > 0xffffffff ? 0xffffffff : (u32)st.st_nlink);
    put_le32(out + 44, (u32)((u64)st.st_ino >> 32));
    put_le32(out + 48, (u32)st.st_ino);
    answer_add(to, out, sizeof(out));
    return DOS_OK;
}

u8 long_handle_time(struct shares *s, const struct request *r, struct answer *to)
{
    struct stat st;
    struct file_times times;
    struct open_file *f = file_asked(s, r, &st);
    if (!f)
        return DOS_HANDLE;
    bool set = r->handle & 0x100;
    enum file_time which = r->handle & 0xff;
    if (which >= FILE_TIMES)
        return DOS_FUNCTION;
    if (set)
        return s->share[f->share].writable
                   ? set_time(f->fd, which, r->a, (u8)(r->b < 255 ? r->b : 255))
                   : DOS_ACCESS;
    file_times(f->fd, &st, &times);
    to->a = which == TIME_MADE       ? times.made
            : which == TIME_ACCESSED ? times.accessed & 0xffff0000
                                     : times.changed;
    to->b = which == TIME_MADE ? times.made_hundredths : 0;
    return DOS_OK;
}

/* ---- the drive ---- */

/* As much as 32 bits of clusters of 32 KB can say. */
u8 long_space(struct shares *s, const struct request *r, struct answer *to)
{
    enum { PER_CLUSTER = 64, CLUSTER = SECTOR * PER_CLUSTER };
    const u64 most = 0xffffffffu / PER_CLUSTER;
    u8 out[SPACE_BYTES] = {0};
    struct statvfs v;
    if (r->drive >= DRIVES || !s->drive[r->drive])
        return DOS_DRIVE;
    const struct share *share = &s->share[s->drive[r->drive] - 1];
    if (fstatvfs(share->root, &v) != 0)
        return dos_error(errno);
    u64 total = (u64)v.f_blocks * v.f_frsize / CLUSTER;
    u64 left = share->writable ? (u64)v.f_bavail * v.f_frsize / CLUSTER : 0;
    total = total < most ? total : most;
    left = left < most ? left : most;
    put_le16(out, SPACE_BYTES);
    put_le32(out + 4, PER_CLUSTER);
    put_le32(out + 8, SECTOR);
    put_le32(out + 12, (u32)left);
    put_le32(out + 16, (u32)total);
    put_le32(out + 20, (u32)left * PER_CLUSTER);
    put_le32(out + 24, (u32)total * PER_CLUSTER);
    put_le32(out + 28, (u32)left);
    put_le32(out + 32, (u32)total);
    answer_add(to, out, sizeof(out));
    return DOS_OK;
}
