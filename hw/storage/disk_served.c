/*
 * disk_served.c - images in formats of others: qemu-nbd is started for each, serves it on a socket
 * that nobody else can reach, and ends when the connection does, so also when this program is
 * killed. See disk_nbd.h.
 *
 * It is a process group of its own: Ctrl-C at a terminal must not take away a disk that the machine
 * is still writing to. It is closed in (served_room.h): it reads images from anywhere.
 */
#define _GNU_SOURCE /* asprintf */
#include "hw/storage/disk_nbd.h"

#include "hw/base/hostfile.h"
#include "hw/storage/served_room.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *suffix, *format, *magic;
    u8 length, at;
} formats[] = {
    {".qcow2", "qcow2", "QFI\xfb", 4, 0},
    {".qcow", "qcow2", "QFI\xfb", 4, 0},
    {".qed", "qed", "QED\0", 4, 0},
    {".vhdx", "vhdx", "vhdxfile", 8, 0},
    {".vdi", "vdi", "\x7f\x10\xda\xbe", 4, 64},
    {".vmdk", "vmdk", "KDMV", 4, 0},
    {".vmdk", "vmdk", "# Disk DescriptorFile", 21, 0},
    {".vhd", "vpc", "conectix", 8, 0},
    {".vpc", "vpc", "conectix", 8, 0},
};

static bool read_head(const char *path, u8 *head, size_t size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    memset(head, 0, size);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
    if (ok)
        host_read(fd, head, size, 0); /* a short one is zero behind its end */
    if (fd >= 0)
        close(fd);
    return ok;
}

const char *disk_served_format(const char *path)
{
    u8 head[128];
    size_t n = strlen(path);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        size_t s = strlen(formats[i].suffix);
        if (n > s && strcasecmp(path + n - s, formats[i].suffix) == 0 &&
            read_head(path, head, sizeof(head)) &&
            memcmp(head + formats[i].at, formats[i].magic, formats[i].length) == 0)
            return formats[i].format;
    }
    return NULL;
}

/* ---- the server ---- */

struct server {
    pid_t process;
    char folder[200], socket[220];
    int said; /* what it says on standard error */
};

static bool make_folder(struct server *s, struct err *e)
{
    const char *run = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
    const char *const places[] = {run, tmp, "/tmp"};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        int n = places[i] && *places[i]
                    ? snprintf(s->folder, sizeof(s->folder), "%s/ferrite-nbd-XXXXXX", places[i])
                    : -1;
        /* A socket's name has room for 107 characters, and a URI takes none with a meaning. */
        if (n < 0 || n > 90 || strpbrk(places[i], "%&?#+ ") || !mkdtemp(s->folder))
            continue;
        snprintf(s->socket, sizeof(s->socket), "%s/s", s->folder);
        return true;
    }
    s->folder[0] = 0;
    return err_set(e, "no folder for a socket: %s", strerror(errno));
}

/* What it said, or why there is nothing of it. */
static bool say_why(struct server *s, const char *path, struct err *e)
{
    char text[300] = "it does not answer";
    ssize_t n = pread(s->said, text, sizeof(text) - 1, 0);
    if (n > 0)
        text[n] = 0;
    text[strcspn(text, "\n")] = 0;
    /* Also what qemu-nbd itself would have been let read: hw/storage/served_room.h. */
    bool parts = strstr(text, "Permission denied") || strstr(text, "Operation not permitted");
    return err_set(e, "%.180s: qemu-nbd does not open it: %s%s", path, text,
                   parts ? "; the parts of an image have to lie in its folder, or in one of "
                           "-sandbox on,folder=DIR (or of FERRITE_SERVED_FOLDERS)"
                         : "");
}

/* Until its socket is there. */
static bool is_up(struct server *s, const char *path, struct err *e)
{
    enum { WAIT_MS = 10000, LOOK_MS = 5 };
    for (int waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
        int status;
        if (access(s->socket, F_OK) == 0)
            return true;
        if (waitpid(s->process, &status, WNOHANG) != 0) {
            s->process = 0;
            return say_why(s, path, e);
        }
        poll(NULL, 0, LOOK_MS);
    }
    return say_why(s, path, e);
}

static bool start(struct server *s, const char *path, const char *format, bool read_only,
                  struct err *e)
{
    char *whole = realpath(path, NULL), *socket = NULL, *kind = NULL;
    int error = host_temporary(&s->said);
    bool ok = whole ? !error || err_set(e, "%s: %s", path, strerror(error))
                    : err_set(e, "%s: %s", path, strerror(errno));
    ok = ok && make_folder(s, e);
    if (ok && (asprintf(&socket, "--socket=%s", s->socket) < 0 ||
               asprintf(&kind, "--format=%s", format) < 0))
        ok = err_set(e, "%s: out of memory", path);
    if (ok) {
        char *argv[] = {"qemu-nbd",
                        socket,
                        kind,
                        "--shared=1",
                        "--cache=writeback",
                        read_only ? "--read-only" : "--",
                        read_only ? "--" : whole,
                        read_only ? whole : NULL,
                        NULL};
        const struct served served = {.argv = argv,
                                      .image = whole,
                                      .format = format,
                                      .folder = s->folder,
                                      .read_only = read_only,
                                      .said = s->said};
        error = served_start(&served, &s->process);
        if (error == ENOENT)
            ok = err_set(e,
                         "%.200s: this is no image of plain sectors; to use it as it is, install "
                         "qemu-nbd (apt-get install qemu-utils), or convert it: ferrite disk "
                         "convert %.100s NEW.img",
                         path, path);
        else if (error)
            ok = err_set(e, "%.200s: qemu-nbd cannot be started, or not be closed in: %s", path,
                         strerror(error));
        s->process = error ? 0 : s->process;
    }
    ok = ok && is_up(s, path, e);
    free(whole);
    free(socket);
    free(kind);
    return ok;
}

/* Once the connection stands, or never will: nothing is left in the file system. */
static void tidy(struct server *s)
{
    if (s->folder[0]) {
        unlink(s->socket);
        rmdir(s->folder);
    }
    if (s->said >= 0)
        close(s->said);
}

/* A socket has its name a moment before somebody listens there. */
static struct disk_layer *connect_to(struct server *s, const char *uri, const char *path,
                                     bool *read_only, struct err *e)
{
    enum { TRIES = 200, BETWEEN_MS = 10 };
    struct disk_layer *l = NULL;
    for (int i = 0; i < TRIES && !l; i++) {
        int status;
        l = disk_nbd_open(uri, path, s->process, read_only, e);
        if (l || !strstr(e->text, "refused"))
            break;
        if (waitpid(s->process, &status, WNOHANG) != 0) {
            s->process = -1; /* there is nobody any more */
            break;
        }
        poll(NULL, 0, BETWEEN_MS);
    }
    return l;
}

/* Its socket was there, and it would not talk: what it says is the better reason. */
static void end_failed(struct server *s, const char *path, struct err *e)
{
    int status = 0, waited = 0;
    while (s->process > 0 && waitpid(s->process, &status, WNOHANG) == 0) {
        if (waited++ == 100)
            kill(s->process, SIGKILL);
        poll(NULL, 0, 10);
    }
    if (lseek(s->said, 0, SEEK_END) > 0)
        say_why(s, path, e);
}

/* The image through a qemu-nbd that is started for it and ends with it. NULL + err. */
static struct disk_layer *disk_served_open(const char *path, const char *format, bool *read_only,
                                           struct err *e)
{
    struct server s = {.said = -1};
    char uri[300];
    struct stat st;
    struct disk_layer *l = NULL;
    if (access(path, W_OK) != 0 || (stat(path, &st) == 0 && !(st.st_mode & 0222)))
        *read_only = true;
    if (start(&s, path, format, *read_only, e)) {
        snprintf(uri, sizeof(uri), "nbd+unix:///?socket=%s", s.socket);
        l = connect_to(&s, uri, path, read_only, e);
    }
    if (!l && s.process)
        end_failed(&s, path, e);
    tidy(&s);
    return l;
}

struct disk_layer *disk_image_open(const char *path, bool raw, bool *read_only, struct err *e)
{
    if (disk_is_uri(path))
        return disk_nbd_open(path, path, 0, read_only, e);
    const char *format = raw ? NULL : disk_served_format(path);
    return format ? disk_served_open(path, format, read_only, e)
                  : disk_file_open(path, read_only, e);
}
