/*
 * guest_streams.c - see guest_streams.h. Both wait as long as the other side likes, and neither
 * holds the run when it is to end (frontend/control/ending.h).
 */
#include "frontend/cli/guest_streams.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* What a program in the guest reads: waited for, until a signal or the limit wants us to end. */
static bool read_for_guest(void *opaque, u8 *bytes, size_t *n)
{
    const struct machine *m = opaque;
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    ssize_t got = -1;
    while (got < 0) {
        if (ending_asked(m->ending))
            return false;
        if (poll(&in, 1, -1) == 1)
            got = read(STDIN_FILENO, bytes, *n);
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            got = 0;
    }
    *n = (size_t)got;
    return true;
}

/* All of it; false: the stream is broken. What is not taken when the run is to end is dropped. */
static bool write_whole(const struct machine *m, int fd, const u8 *bytes, size_t n)
{
    struct pollfd out = {.fd = fd, .events = POLLOUT};
    while (n && !ending_asked(m->ending)) {
        ssize_t took = write(fd, bytes, n);
        if (took < 0 && errno == EAGAIN)
            poll(&out, 1, -1);
        else if (took < 0 && errno != EINTR)
            return false;
        bytes += took > 0 ? took : 0;
        n -= took > 0 ? (size_t)took : 0;
    }
    return true;
}

/* What a program in the guest prints, as it prints it. Without its reader the run is over. */
static void print_guest(void *opaque, unsigned stream, const u8 *bytes, size_t n)
{
    struct machine *m = opaque;
    bool out = stream == 1;
    if (m->control.quit)
        return;
    if ((!out || fflush(stdout) == 0) &&
        write_whole(m, out ? STDOUT_FILENO : STDERR_FILENO, bytes, n))
        return;
    if (!out || ending_asked(m->ending))
        return;
    machine_tell(m, "standard output: %s", strerror(errno));
    m->control.quit = true;
    m->control.status = SCRIPT_BAD;
}

void guest_streams(struct machine *m, struct guest_config *c)
{
    c->input = read_for_guest;
    c->output = print_guest;
    c->output_opaque = m;
}
