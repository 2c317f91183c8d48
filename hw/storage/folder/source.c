/*
 * source.c - bytes of the host's files. See source.h.
 *
 * A few files stay open: one that is replaced by renaming another one over it can then still be
 * read as it was. A file of another inode than when the disk was laid out is another file, whose
 * bytes are not what the guest's directory promises: like one that is gone, it cannot be read, as
 * sectors that have gone bad, and a line in the log says why. Zeros would be taken for its
 * contents.
 */
#define _GNU_SOURCE
#include "hw/storage/folder/source.h"

#include "hw/base/hostfile.h"
#include "hw/storage/folder/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_FILES = 24, SAID_FILES = 8 };

struct open_file {
    u32 node; /* TREE_NONE: free */
    int fd;   /* -1: the file is gone and cannot be read */
    u64 size; /* that it should have; behind it zeros, as the guest has freed that */
    u64 used; /* when: the one that was used longest ago makes room */
};

struct source {
    int root;
    bool (*find)(void *opaque, u32 node, struct source_file *out);
    void *opaque;
    struct log *log;
    struct open_file file[OPEN_FILES];
    u64 uses;
    bool strict;
    u32 changed;
    struct source_file wanted;
};

struct source *source_new(int root, bool (*find)(void *opaque, u32 node, struct source_file *out),
                          void *opaque, struct log *log)
{
    struct source *s = malloc(sizeof(*s));
    if (!s)
        return NULL;
    *s = (struct source){.root = root, .find = find, .opaque = opaque, .log = log};
    for (unsigned i = 0; i < OPEN_FILES; i++)
        s->file[i] = (struct open_file){.node = TREE_NONE, .fd = -1};
    return s;
}

static void drop(struct open_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    *f = (struct open_file){.node = TREE_NONE, .fd = -1};
}

void source_free(struct source *s)
{
    source_forget(s, TREE_NONE);
    free(s);
}

void source_forget(struct source *s, u32 node)
{
    for (unsigned i = 0; s && i < OPEN_FILES; i++) {
        if (node == TREE_NONE || s->file[i].node == node)
            drop(&s->file[i]);
    }
}

void source_be_strict(struct source *s)
{
    s->strict = true;
}

static void say(struct source *s, const char *what)
{
    s->changed++;
    if (s->log && s->changed <= SAID_FILES)
        log_line(s->log, LOG_DISK, "%s: %s%s", s->wanted.path, what,
                 s->changed == SAID_FILES ? " (of more files it is not said)" : "");
}

/* Opened if it is still the file that it was; -1: it is gone. An errno value in *error else. */
static int open_file(struct source *s, u32 node, int *error)
{
    struct stat st;
    struct source_file *w = &s->wanted;
    *error = 0;
    w->size = 0;
    if (!s->find(s->opaque, node, w))
        return -1;
    int fd = beneath_open(s->root, w->path, O_RDONLY, 0);
    if (fd < 0) {
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != EXDEV)
            *error = errno;
        else
            say(s,
                "the host took it away while the guest had it: the guest cannot read it any more");
        return -1;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_ino != w->inode ||
        st.st_dev != w->device) {
        say(s, "the host put another file in its place: the guest cannot read it until the folder "
               "is opened again");
        close(fd);
        return -1;
    }
    bool same = (u64)st.st_size == w->size && st.st_mtim.tv_sec == w->modified.seconds &&
                (u32)st.st_mtim.tv_nsec == w->modified.nanos;
    if (!same && s->strict) {
        say(s, "the host changed it since the overlay was made: the guest cannot read it");
        close(fd);
        return -1;
    }
    if (!same)
        say(s, "the host changed it while the guest had it: the guest reads the new bytes with the "
               "old size");
    return fd;
}

int source_read(struct source *s, u32 node, u64 offset, size_t size, u8 *buf)
{
    struct stat st;
    struct open_file *f = NULL, *oldest = &s->file[0];
    for (unsigned i = 0; i < OPEN_FILES && !f; i++) {
        if (s->file[i].node == node)
            f = &s->file[i];
        else if (s->file[i].used < oldest->used)
            oldest = &s->file[i];
    }
    if (!f) {
        int error, fd = open_file(s, node, &error);
        if (error)
            return error;
        f = oldest;
        drop(f);
        f->node = node;
        f->fd = fd;
        f->size = s->wanted.size;
    }
    f->used = ++s->uses;
    memset(buf, 0, size);
    if (offset >= f->size)
        return 0;
    if (f->fd < 0)
        return ESTALE;
    int error = host_read(f->fd, buf, size, offset);
    if (error == ENODATA) /* cut short: zeros follow its last bytes, and then nothing can be read */
        error = fstat(f->fd, &st) == 0 && offset < (u64)st.st_size ? 0 : ESTALE;
    return error;
}
