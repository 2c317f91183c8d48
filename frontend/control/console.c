/*
 * console.c - character channels of the machine on the host. See console.h.
 */
#include "frontend/control/console.h"

#include "frontend/control/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Where poll() says that there is room, this much never waits: a pipe has room for PIPE_BUF, a
 * terminal for what a driver buffers. */
enum { SHARED_WRITE = 256, WAIT_STEP_MS = 20 };

static bool is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && !S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode) && !isatty(fd);
}

static bool open_file(struct console *c, const char *path, struct err *e)
{
    c->out_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    c->owned = true;
    if (c->out_fd < 0 && errno == ENXIO)
        return err_set(e, "%s: a FIFO that nobody reads; start its reader first", path);
    if (c->out_fd < 0)
        return err_set(e, "%s: cannot be written: %s", path, strerror(errno));
    c->kind = is_file(c->out_fd) ? CONSOLE_FILE : CONSOLE_READER;
    return true;
}

static bool open_unix(struct console *c, const char *path, struct err *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(addr.sun_path))
        return err_set(e, "%s: too long a name for a socket", path);
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
        err_set(e, "%s: cannot connect (is a program listening there?): %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    c->in_fd = c->out_fd = fd;
    c->owned = true;
    c->kind = CONSOLE_SOCKET;
    return true;
}

/*
 * Standard output is often shared with others, who must not find it non-blocking: a pipe or a
 * terminal is opened once more, by its name in /proc; where that cannot be, it is written with
 * care.
 */
static void open_stdout(struct console *c)
{
    struct stat st;
    c->out_fd = STDOUT_FILENO;
    c->kind = is_file(STDOUT_FILENO) ? CONSOLE_FILE : CONSOLE_SHARED;
    if (c->kind == CONSOLE_FILE || fstat(STDOUT_FILENO, &st) != 0)
        return;
    if (S_ISSOCK(st.st_mode)) {
        c->kind = CONSOLE_SOCKET;
        return;
    }
    int again = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (again >= 0) {
        c->out_fd = again;
        c->owned = true;
        c->kind = CONSOLE_READER;
    }
}

static void open_stdio(struct console *c, bool input)
{
    open_stdout(c);
    if (!input)
        return;
    c->in_fd = STDIN_FILENO;
    /* A terminal hands over every key at once and leaves the echo to the guest; Ctrl-C stays. */
    if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &c->before) == 0) {
        struct termios raw = c->before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_iflag &= ~(tcflag_t)ICRNL;
        c->terminal = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
}

bool console_open(struct console *c, const char *where, bool input, struct err *e)
{
    *c = (struct console){.in_fd = -1, .out_fd = -1};
    if (!where || strcmp(where, "null") == 0 || strcmp(where, "none") == 0)
        return true;
    if (strncmp(where, "file:", 5) == 0)
        return open_file(c, where + 5, e);
    if (strncmp(where, "unix:", 5) == 0)
        return open_unix(c, where + 5, e);
    open_stdio(c, input);
    return true;
}

void console_attend(struct console *c, const char *what, const char *where,
                    const struct ending *ending)
{
    c->what = what;
    c->where = where;
    c->ending = ending;
}

/* ---- output ---- */

/* As much as goes without waiting. 0: nothing at present; -1: never again. */
static ssize_t write_some(struct console *c)
{
    const u8 *p = c->out + c->out_start;
    size_t len = c->out_len < 65536 ? c->out_len : 65536;
    ssize_t n;
    if (c->kind == CONSOLE_FILE && c->budget && c->budget->refused)
        return (ssize_t)len; /* the run is about to end for it */
    if (c->kind == CONSOLE_FILE && !budget_take(c->budget, len))
        return (ssize_t)len;
    if (c->kind == CONSOLE_SHARED) {
        struct pollfd room = {.fd = c->out_fd, .events = POLLOUT};
        if (poll(&room, 1, 0) <= 0)
            return 0;
        len = len < SHARED_WRITE ? len : SHARED_WRITE;
    }
    errno = 0;
    if (c->kind == CONSOLE_SOCKET)
        n = send(c->out_fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    else
        n = write(c->out_fd, p, len);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    return n > 0 ? n : -1;
}

bool console_ok(const struct console *c, struct err *e)
{
    if (!c->error)
        return true;
    const char *where = c->where ? c->where : "console";
    return err_set(e, "%s %s: cannot be written: %s", c->what ? c->what : "output",
                   strcmp(where, "stdio") == 0 ? "standard output" : where, strerror(c->error));
}

void console_flush(struct console *c)
{
    c->fresh = 0;
    while (c->out_fd >= 0 && c->out_len) {
        ssize_t n = write_some(c);
        if (n == 0)
            return;
        if (n < 0) { /* the reader is gone: the guest carries on, as with an unplugged cable */
            if (c->kind == CONSOLE_FILE && !c->error)
                c->error = errno ? errno : ENOSPC;
            c->out_len = 0;
            break;
        }
        c->stuck = false;
        c->out_start += (size_t)n;
        c->out_len -= (size_t)n;
    }
    c->out_start = 0;
}

/* Until the reader took something; false when it stands still. */
static bool wait_for_reader(struct console *c)
{
    size_t before = c->out_len;
    for (int ms = 0; ms < CONSOLE_PATIENCE_MS && !c->stuck; ms += WAIT_STEP_MS) {
        if (ending_asked(c->ending))
            break;
        struct pollfd room = {.fd = c->out_fd, .events = POLLOUT};
        poll(&room, 1, WAIT_STEP_MS);
        console_flush(c);
        if (c->out_len < before)
            return true;
    }
    c->stuck = true;
    return false;
}

static void tell_stuck(struct console *c)
{
    if (c->told)
        return;
    c->told = true;
    fprintf(stderr,
            "ferrite: %s %s: nobody reads its output; %u KB are kept, the rest is dropped until "
            "somebody does\n",
            c->what ? c->what : "console", c->where ? c->where : "", CONSOLE_KEEP / 1024);
}

/* Room for one more byte behind the others. */
static bool make_room(struct console *c)
{
    if (c->out_start + c->out_len < c->out_capacity)
        return true;
    if (c->out_start) {
        memmove(c->out, c->out + c->out_start, c->out_len);
        c->out_start = 0;
        return true;
    }
    if (c->out_capacity == CONSOLE_KEEP)
        return false;
    size_t capacity = c->out_capacity ? 4 * c->out_capacity : CONSOLE_CHUNK;
    u8 *more = realloc(c->out, capacity);
    if (!more)
        return false;
    c->out = more;
    c->out_capacity = capacity;
    return true;
}

void console_write(struct console *c, const u8 *data, size_t len)
{
    if (c->out_fd < 0)
        return;
    for (size_t i = 0; i < len; i++) {
        if (!make_room(c) && (c->stuck || !wait_for_reader(c) || !make_room(c))) {
            tell_stuck(c);
            c->dropped++;
            continue;
        }
        c->out[c->out_start + c->out_len++] = data[i];
        c->fresh++;
        if ((data[i] == '\n' && !c->stuck) || c->fresh == CONSOLE_CHUNK)
            console_flush(c);
    }
}

void console_close(struct console *c)
{
    console_flush(c);
    while (c->out_fd >= 0 && c->out_len && wait_for_reader(c))
        ;
    c->dropped += c->out_fd >= 0 ? c->out_len : 0;
    if (c->dropped)
        fprintf(stderr, "ferrite: %s %s: %llu bytes were dropped, for nobody read them\n",
                c->what ? c->what : "console", c->where ? c->where : "",
                (unsigned long long)c->dropped);
    if (c->terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &c->before);
    if (c->owned && c->out_fd >= 0)
        close(c->out_fd);
    free(c->out);
    *c = (struct console){.in_fd = -1, .out_fd = -1};
}

/* ---- input ---- */

void console_poll(struct console *c)
{
    console_flush(c);
    if (c->in_fd < 0 || c->in_len)
        return;
    struct pollfd p = {.fd = c->in_fd, .events = POLLIN};
    if (poll(&p, 1, 0) <= 0)
        return;
    ssize_t n = read(c->in_fd, c->in, sizeof(c->in));
    if (n > 0) {
        c->in_start = 0;
        c->in_len = (size_t)n;
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        c->in_fd = -1; /* end of the input */
    }
}

static void stream_write(void *opaque, const u8 *data, size_t len)
{
    console_write(opaque, data, len);
}

static size_t stream_read(void *opaque, u8 *data, size_t max)
{
    struct console *c = opaque;
    size_t n = c->in_len < max ? c->in_len : max;
    memcpy(data, c->in + c->in_start, n);
    c->in_start += n;
    c->in_len -= n;
    return n;
}

struct stream console_stream(struct console *c)
{
    return (struct stream){.write = stream_write, .read = stream_read, .opaque = c};
}
