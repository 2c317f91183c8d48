/*
 * console.c - character channels of the machine on the host. See console.h.
 */
#include "frontend/control/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool open_file(struct console *c, const char *path, struct err *e)
{
    c->out_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    c->owned = true;
    return c->out_fd >= 0 || err_set(e, "%s: cannot be written: %s", path, strerror(errno));
}

static bool open_unix(struct console *c, const char *path, struct err *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(addr.sun_path))
        return err_set(e, "%s: too long a name for a socket", path);
    strcpy(addr.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
        err_set(e, "%s: cannot connect (is a program listening there?): %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    c->in_fd = c->out_fd = fd;
    c->owned = true;
    return true;
}

static void open_stdio(struct console *c, bool input)
{
    c->out_fd = STDOUT_FILENO;
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

void console_close(struct console *c)
{
    console_flush(c);
    if (c->terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &c->before);
    if (c->owned && c->out_fd >= 0)
        close(c->out_fd);
    *c = (struct console){.in_fd = -1, .out_fd = -1};
}

void console_flush(struct console *c)
{
    size_t done = 0;
    while (c->out_fd >= 0 && done < c->out_len) {
        ssize_t n = write(c->out_fd, c->out + done, c->out_len - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = c->out_fd, .events = POLLOUT};
            poll(&p, 1, 1000);
        } else if (n == 0 || errno != EINTR) {
            break; /* the reader is gone: the guest carries on, as with an unplugged cable */
        }
    }
    c->out_len = 0;
}

void console_write(struct console *c, const u8 *data, size_t len)
{
    if (c->out_fd < 0)
        return;
    for (size_t i = 0; i < len; i++) {
        c->out[c->out_len++] = data[i];
        if (data[i] == '\n' || c->out_len == sizeof(c->out))
            console_flush(c);
    }
}

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
