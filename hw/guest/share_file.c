/*
 * share_file.c - open files of the redirector, what others may do with them meanwhile, and locks.
 * See share.h.
 *
 * DOS keeps the position, size and time of an open file in its file table (SFT), of which the guest
 * sends 51 bytes and gets them back. Seven of them are ours, and hold the number and generation of
 * the entry here:
 *
 *   00h  handles      05h  flags: 8000h network, 4000h the time is to stay, 40h not written to
 *   02h  mode         0Dh  time     0Fh  date    11h  size    15h  position
 *   04h  attribute    19h  number   1Bh  generation           20h  name, 11 bytes
 *   0Bh  for FCBs: what tells two open files apart            31h  the process
 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "hw/guest/share_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SFT_NUMBER = 0x19, SFT_GENERATION = 0x1b, SFT_REST = 0x1d, SFT_BYTES = SFT_SENT };

enum access { READ_ONLY, WRITE_ONLY, READ_WRITE };
enum deny { COMPATIBLE, DENY_ALL, DENY_WRITE, DENY_READ, DENY_NONE };

/* ---- the table ---- */

void file_close(struct shares *s, struct open_file *f)
{
    u16 number = (u16)(f - s->file + 1);
    if (!f->used)
        return;
    for (unsigned i = 0; i < SHARE_LOCKS; i++) {
        if (s->lock[i].file == number)
            s->lock[i].file = 0;
    }
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    *f = (struct open_file){.fd = -1, .generation = f->generation};
}

void files_of_process(struct shares *s, u16 psp)
{
    for (unsigned i = 0; i < SHARE_FILES; i++) {
        if (s->file[i].used && s->file[i].psp == psp)
            file_close(s, &s->file[i]);
    }
}

void files_of_share(struct shares *s, u8 share)
{
    for (unsigned i = 0; i < SHARE_FILES; i++) {
        if (s->file[i].used && s->file[i].share == share)
            file_close(s, &s->file[i]);
    }
}

static bool same_file(const struct open_file *f, const struct stat *st)
{
    return f->used && f->dev == st->st_dev && f->ino == st->st_ino;
}

bool file_is_claimed(const struct shares *s, const struct stat *st)
{
    for (unsigned i = 0; i < SHARE_FILES; i++) {
        if (same_file(&s->file[i], st) && s->file[i].deny != COMPATIBLE)
            return true;
    }
    return false;
}

/* Does this mode forbid that access? */
static bool denies(u8 deny, u8 access)
{
    switch (deny) {
    case DENY_ALL:
        return true;
    case DENY_WRITE:
        return access != READ_ONLY;
    case DENY_READ:
        return access != WRITE_ONLY;
    default:
        return false; /* who opens in compatibility mode knows nothing of others */
    }
}

static bool sharing_allows(const struct shares *s, const struct stat *st, u8 access, u8 deny)
{
    for (unsigned i = 0; i < SHARE_FILES; i++) {
        const struct open_file *f = &s->file[i];
        if (same_file(f, st) && (denies(f->deny, access) || denies(deny, f->access)))
            return false;
    }
    return true;
}

struct open_file *file_of_sft(struct shares *s, const u8 *sft)
{
    u16 number = get_le16(sft + SFT_NUMBER);
    if (number >= SHARE_FILES)
        return NULL;
    struct open_file *f = &s->file[number];
    return f->used && !f->dead && f->generation == get_le16(sft + SFT_GENERATION) ? f : NULL;
}

static struct open_file *file_of(struct shares *s, const struct call *c)
{
    return file_of_sft(s, c->sft);
}

/* ---- opening ---- */

static u32 clamp_size(off_t size)
{
    return size < 0 ? 0 : size > 0xffffffffll ? 0xffffffffu : (u32)size;
}

/* The SFT as DOS wants it of an open file. */
static void fill_sft(struct shares *s, struct call *c, const struct place *p, unsigned number,
                     const struct stat *st, u8 attr, u8 mode)
{
    u8 out[SFT_BYTES];
    memcpy(out, c->sft, sizeof(out));
    put_le16(out + SFT_MODE, (get_le16(out + SFT_MODE) & 0xff00u) | mode);
    out[SFT_ATTR] = attr;
    put_le16(out + SFT_FLAGS, FLAG_NETWORK | FLAG_CLEAN | c->r->drive);
    put_le32(out + SFT_DRIVER, 0);
    put_le16(out + SFT_CLUSTER, s->file[number].generation);
    put_le32(out + SFT_TIME, dos_time(&st->st_mtim));
    put_le32(out + SFT_SIZE, clamp_size(st->st_size));
    put_le32(out + SFT_POSITION, 0);
    put_le16(out + SFT_NUMBER, number);
    put_le16(out + SFT_GENERATION, s->file[number].generation);
    memset(out + SFT_REST, 0, SFT_NAME - SFT_REST);
    memcpy(out + SFT_NAME, p->alias, ALIAS_BYTES);
    put_le16(out + SFT_PROCESS, c->psp); /* MS-DOS takes an FCB's file for lost without it */
    answer_add(c->to, out, sizeof(out));
}

static struct open_file *free_file(struct shares *s)
{
    for (unsigned i = 0; i < SHARE_FILES; i++) {
        if (!s->file[i].used)
            return &s->file[i];
    }
    return NULL;
}

/* An access or a sharing mode that does not exist; 6C00h may ask for such a one with a new file,
 * too. */
static bool bad_mode(u8 mode)
{
    return (mode & 3) > READ_WRITE || (mode >> 4 & 7) > DENY_NONE;
}

/* Enter what was opened. Takes fd and, when it is well, gives it to the table. */
static u8 enter(struct shares *s, struct call *c, const struct place *p, int fd, const char *path,
                u8 mode)
{
    struct stat st;
    struct open_file *f = free_file(s);
    char *kept = strdup(path);
    u8 access = mode & 3, deny = mode >> 4 & 7;
    u8 error = DOS_OK;
    if (!f || !kept)
        error = f ? DOS_MEMORY : DOS_TOO_MANY_FILES;
    else if (fstat(fd, &st) != 0)
        error = dos_error(errno);
    else if (!S_ISREG(st.st_mode))
        error = DOS_ACCESS;
    else if (!sharing_allows(s, &st, access, deny))
        error = DOS_SHARING;
    if (error) {
        free(kept);
        close(fd);
        return error;
    }
    if (++s->generation == 0)
        s->generation = 1; /* 0 is nobody's */
    *f = (struct open_file){
        .used = true,
        .share = p->number,
        .access = access,
        .deny = deny,
        .generation = s->generation,
        .psp = c->psp,
        .fd = fd,
        .path = kept,
        .dev = st.st_dev,
        .ino = st.st_ino,
    };
    fill_sft(s, c, p, (unsigned)(f - s->file), &st, attr_get(p->share->root, path, &st), mode);
    return DOS_OK;
}

/* A file that is there. `truncate`: as if it had been made now. */
static u8 open_existing(struct shares *s, struct call *c, const struct place *p, u8 mode,
                        bool truncate)
{
    static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR};
    char path[SHARE_PATH];
    struct stat st;
    u8 access = mode & 3;
    if (bad_mode(mode))
        return 12; /* invalid access code */
    if (!place_path(p, path) || !place_stat(p, &st))
        return dos_error(errno);
    if (!S_ISREG(st.st_mode))
        return DOS_ACCESS;
    bool fcb = get_le16(c->sft + SFT_MODE) & MODE_FCB;
    if (!p->share->writable || !(st.st_mode & 0222)) {
        if (truncate || (access != READ_ONLY && !fcb))
            return DOS_ACCESS;
        if (access != READ_ONLY) { /* an FCB says nothing of how it is meant */
            access = READ_ONLY;
            mode = (u8)(mode & ~3);
        }
    }
    /* Before anything is cut off. */
    if (!sharing_allows(s, &st, access, mode >> 4 & 7))
        return DOS_SHARING;
    int fd = path_open(p->share->root, path, flags[access] | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return dos_error(errno);
    if (truncate && ftruncate(fd, 0) != 0) {
        close(fd);
        return dos_error(errno);
    }
    return enter(s, c, p, fd, path, mode);
}

static u8 create_new(struct shares *s, struct call *c, struct place *p, u8 mode, u8 attr)
{
    char name[NAME_BYTES + 1], path[SHARE_PATH];
    if (bad_mode(mode))
        return 12; /* invalid access code */
    if (p->root || p->wild || !p->share->writable || attr & (ATTR_LABEL | ATTR_DIRECTORY) ||
        !place_new_name(s, p->listing, p->alias, name) || !path_join(path, p->dir, name))
        return DOS_ACCESS;
    if (!free_file(s))
        return DOS_TOO_MANY_FILES;
    int dir = place_dir(p);
    if (dir < 0)
        return dos_error(errno);
    unsigned base = 8;
    while (base && p->alias[base - 1] == ' ')
        base--;
    bool device = alias_is_device(p->alias, base); /* DOS' own, with any path and extension */
    int fd =
        device ? -1 : openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    u8 error = fd >= 0 ? DOS_OK : device || errno == EEXIST ? DOS_ACCESS : dos_error(errno);
    close(dir);
    if (error)
        return error;
    attr_new(fd, name, attr);
    dir_add(s, p->listing, name, p->alias);
    return enter(s, c, p, fd, path, mode);
}

u8 do_open(struct shares *s, struct call *c)
{
    struct place p;
    u8 error = place_find(s, c->r->drive, c->name, &p);
    if (error)
        return error;
    if (p.slot < 0)
        return p.root ? DOS_ACCESS : DOS_FILE_NOT_FOUND;
    return open_existing(s, c, &p, c->stack & 0x7f, false);
}

u8 do_create(struct shares *s, struct call *c)
{
    struct place p;
    u8 error = place_find(s, c->r->drive, c->name, &p);
    if (error)
        return error;
    if (p.slot < 0)
        return create_new(s, c, &p, READ_WRITE, (u8)c->stack);
    if (c->stack & 0x100) /* INT 21h AH=5Bh: only new ones */
        return DOS_EXISTS;
    return open_existing(s, c, &p, READ_WRITE, true);
}

/*
 * INT 21h AX=6C00h. What to do is in DOS' data, not in registers: action (low digit: it is there;
 * next: it is not), attribute, mode. What was done goes to CX.
 */
u8 do_extended_open(struct shares *s, struct call *c)
{
    enum { OPENED = 1, CREATED, REPLACED };
    struct place p;
    u16 action = get_le16(c->extended);
    u8 attr = c->extended[2], mode = c->extended[4] & 0x7f, done;
    u8 error = place_find(s, c->r->drive, c->name, &p);
    if (error)
        return error;
    if (p.slot < 0) {
        done = CREATED;
        if (p.root)
            error = DOS_ACCESS;
        else
            error = action & 0x10 ? create_new(s, c, &p, mode, attr) : DOS_FILE_NOT_FOUND;
    } else {
        done = (action & 0x0f) == 2 ? REPLACED : OPENED;
        error = (action & 0x0f) == 0 ? DOS_EXISTS : open_existing(s, c, &p, mode, done == REPLACED);
    }
    if (!error)
        set_cx(c, done);
    return error;
}

/* ---- using ---- */

/* DOS leaves it to us to count the handles down; what is not ours any more counts too. */
u8 do_close(struct shares *s, struct call *c)
{
    u8 out[SFT_BYTES];
    memcpy(out, c->sft, sizeof(out));
    unsigned handles = get_le16(out + SFT_HANDLES);
    if (handles && handles != 0xffff)
        put_le16(out + SFT_HANDLES, handles - 1);
    struct open_file *f = file_of(s, c);
    if (f && (handles <= 1 || handles == 0xffff)) { /* FFFFh: DOS is at the last one */
        if (get_le16(out + SFT_FLAGS) & FLAG_TIME_STAYS && f->access != READ_ONLY)
            time_set(f->fd, get_le32(out + SFT_TIME));
        file_close(s, f);
    }
    answer_add(c->to, out, sizeof(out));
    return DOS_OK;
}

u8 do_commit(struct shares *s, struct call *c)
{
    struct open_file *f = file_of(s, c);
    if (!f)
        return DOS_HANDLE;
    if (f->access != READ_ONLY && fdatasync(f->fd) != 0 && errno != EINVAL && errno != EROFS)
        return errno == ENOSPC || errno == EDQUOT ? DOS_DISK_FULL : DOS_WRITE_FAULT;
    answer_add(c->to, c->sft, SFT_BYTES);
    return DOS_OK;
}

static bool overlaps(const struct file_lock *l, u32 at, u32 length)
{
    return (u64)at < (u64)l->at + l->length && (u64)l->at < (u64)at + length;
}

/* Has another open file of the guest's locked something there? */
static bool locked(const struct shares *s, const struct open_file *f, u32 at, u32 length)
{
    for (unsigned i = 0; i < SHARE_LOCKS; i++) {
        const struct file_lock *l = &s->lock[i];
        if (!l->file || l->file == f - s->file + 1 || !overlaps(l, at, length))
            continue;
        const struct open_file *other = &s->file[l->file - 1];
        if (other->dev == f->dev && other->ino == f->ino)
            return true;
    }
    return false;
}

u8 answer_read(struct call *c, const u8 *data, size_t n)
{
    u8 sft[SFT_SENT];
    memcpy(sft, c->sft, sizeof(sft));
    put_le32(sft + SFT_POSITION, get_le32(sft + SFT_POSITION) + (u32)n);
    answer_add(c->to, sft, sizeof(sft));
    answer_add(c->to, data, n);
    set_cx(c, (u16)n);
    return DOS_OK;
}

u8 do_read(struct shares *s, struct call *c)
{
    struct open_file *f = file_of(s, c);
    u8 data[PACKET_DATA];
    u32 at = get_le32(c->sft + SFT_POSITION);
    size_t wanted = c->cx < sizeof(data) ? c->cx : sizeof(data);
    ssize_t n;
    if (!f)
        return DOS_HANDLE;
    if (f->access == WRITE_ONLY)
        return DOS_ACCESS;
    if (locked(s, f, at, (u32)wanted))
        return DOS_LOCK;
    if (wanted > 0xffffffffu - at)
        wanted = 0xffffffffu - at;
    do
        n = pread(f->fd, data, wanted, (off_t)at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return DOS_READ_FAULT;
    return answer_read(c, data, (size_t)n);
}

/* As much as there is room for; DOS calls a full disk fewer bytes, and no error. */
static u8 write_bytes(struct budget *budget, const struct open_file *f, const u8 *data, size_t size,
                      u32 at, size_t *done)
{
    struct stat st;
    u64 end = (u64)at + size;
    bool grows = fstat(f->fd, &st) == 0 && (u64)st.st_size < end;
    *done = 0;
    if (grows && !budget_take(budget, end - (u64)st.st_size))
        return DOS_OK;
    while (*done < size) {
        ssize_t n = pwrite(f->fd, data + *done, size - *done, (off_t)at + (off_t)*done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != ENOSPC && errno != EDQUOT && errno != EFBIG)
            return *done ? DOS_OK : DOS_WRITE_FAULT;
        if (n <= 0)
            break;
        *done += (size_t)n;
    }
    return DOS_OK;
}

u8 do_write(struct shares *s, struct call *c)
{
    struct open_file *f = file_of(s, c);
    u8 sft[SFT_BYTES], error = DOS_OK;
    u32 at = get_le32(c->sft + SFT_POSITION);
    size_t size = c->size < c->cx ? c->size : c->cx, done = 0;
    struct stat st;
    if (!f)
        return DOS_HANDLE;
    if (f->access == READ_ONLY)
        return DOS_ACCESS;
    if (size > 0xffffffffu - at)
        size = 0xffffffffu - at;
    if (locked(s, f, at, c->cx ? (u32)size : 0xffffffffu - at))
        return DOS_LOCK;
    if (c->cx)
        error = write_bytes(s->budget, f, c->data, size, at, &done);
    else if (ftruncate(f->fd, (off_t)at) != 0) /* nothing written: the file ends here */
        error = dos_error(errno);
    if (error)
        return error;
    memcpy(sft, c->sft, sizeof(sft));
    put_le32(sft + SFT_POSITION, at + (u32)done);
    put_le16(sft + SFT_FLAGS,
             get_le16(sft + SFT_FLAGS) & ~(unsigned)(FLAG_CLEAN | FLAG_TIME_STAYS));
    if (fstat(f->fd, &st) == 0) {
        put_le32(sft + SFT_SIZE, clamp_size(st.st_size));
        put_le32(sft + SFT_TIME, dos_time(&st.st_mtim));
    }
    answer_add(c->to, sft, sizeof(sft));
    set_cx(c, (u16)done);
    return DOS_OK;
}

/* From the end, by a distance with a sign. DOS itself sets the position. */
u8 do_seek_end(struct shares *s, struct call *c)
{
    struct open_file *f = file_of(s, c);
    struct stat st;
    if (!f)
        return DOS_HANDLE;
    if (fstat(f->fd, &st) != 0)
        return dos_error(errno);
    u32 at = clamp_size(st.st_size) + ((u32)c->cx << 16 | c->dx);
    u8 sft[SFT_BYTES];
    memcpy(sft, c->sft, sizeof(sft));
    put_le32(sft + SFT_SIZE, clamp_size(st.st_size));
    answer_add(c->to, sft, sizeof(sft));
    set_ax(c, (u16)at);
    set_dx(c, (u16)(at >> 16));
    return DOS_OK;
}

/* ---- locks ---- */

/* For other programs of the host. Who has no locks (some networks) is no reason to fail. */
static bool host_lock(const struct open_file *f, u32 at, u32 length, bool unlock)
{
    struct flock l = {
        .l_type = (short)(unlock                   ? F_UNLCK
                          : f->access == READ_ONLY ? F_RDLCK
                                                   : F_WRLCK),
        .l_whence = SEEK_SET,
        .l_start = (off_t)at,
        .l_len = (off_t)length,
    };
    return fcntl(f->fd, F_OFD_SETLK, &l) == 0 || (errno != EAGAIN && errno != EACCES);
}

void locks_again(struct shares *s)
{
    for (unsigned i = 0; i < SHARE_LOCKS; i++) {
        const struct file_lock *l = &s->lock[i];
        if (l->file && s->file[l->file - 1].fd >= 0)
            host_lock(&s->file[l->file - 1], l->at, l->length, false);
    }
}

static u8 lock_region(struct shares *s, struct open_file *f, u32 at, u32 length)
{
    struct file_lock *place = NULL;
    u16 number = (u16)(f - s->file + 1);
    if (!length || locked(s, f, at, length))
        return length ? DOS_LOCK : DOS_FUNCTION;
    for (unsigned i = 0; i < SHARE_LOCKS; i++) {
        if (!s->lock[i].file)
            place = &s->lock[i];
        else if (s->lock[i].file == number && overlaps(&s->lock[i], at, length))
            return DOS_LOCK; /* its own lock is one too */
    }
    if (!place)
        return 36; /* sharing buffer overflow */
    if (!host_lock(f, at, length, false))
        return DOS_LOCK;
    *place = (struct file_lock){number, at, length};
    return DOS_OK;
}

static u8 unlock_region(struct shares *s, struct open_file *f, u32 at, u32 length)
{
    for (unsigned i = 0; i < SHARE_LOCKS; i++) {
        struct file_lock *l = &s->lock[i];
        if (l->file == f - s->file + 1 && l->at == at && l->length == length) {
            l->file = 0;
            host_lock(f, at, length, true);
            return DOS_OK;
        }
    }
    return DOS_LOCK; /* only what was locked, as it was locked */
}

/* 0Ah, from DOS 4 on with BL = 1 for unlock; 0Bh unlocks in DOS 3. */
u8 do_lock(struct shares *s, struct call *c)
{
    struct open_file *f = file_of(s, c);
    u32 at = get_le32(c->lock), length = get_le32(c->lock + 4);
    bool unlock = c->r->al == 0x0b || (c->bx & 0xff) == 1;
    u8 error;
    if (!f)
        return DOS_HANDLE;
    error = unlock ? unlock_region(s, f, at, length) : lock_region(s, f, at, length);
    if (!error)
        answer_add(c->to, c->sft, SFT_BYTES);
    return error;
}
