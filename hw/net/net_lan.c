/*
 * net_lan.c - a network of machines on this host: every machine has a datagram socket
 * NAME.0 to NAME.15 in a directory of the user's own, and sends each frame to all the others, as
 * on a coaxial cable. Machines come and go as they like.
 *
 * The kernel keeps few datagrams for a machine that does not look (net.unix.max_dgram_qlen), and
 * machines do not run at the same pace: frames are lost then, as on any busy Ethernet.
 */
#include "hw/net/net_backend.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PLACES = LAN_PLACES, FRAMES_PER_POLL = 64 };

struct net_lan {
    struct net_backend backend;
    int fd;
    unsigned place;
    struct sockaddr_un member[PLACES];
};

static void lan_send(struct net_backend *b, const u8 *frame, size_t size)
{
    struct net_lan *n = (struct net_lan *)b;
    for (unsigned i = 0; i < PLACES; i++) {
        /* Nobody at that place, or too slow: Ethernet promises nothing. */
        if (i != n->place)
            (void)!sendto(n->fd, frame, size, MSG_DONTWAIT | MSG_NOSIGNAL,
                          (struct sockaddr *)&n->member[i], sizeof(n->member[i]));
    }
}

static void lan_poll(struct net_backend *b)
{
    struct net_lan *n = (struct net_lan *)b;
    u8 frame[NET_MAX + 1]; /* one more, to see what is too long */
    for (unsigned i = 0; i < FRAMES_PER_POLL; i++) {
        ssize_t size = recv(n->fd, frame, sizeof(frame), MSG_DONTWAIT);
        if (size < 0)
            return;
        net_send(&n->backend.to_guest, frame, (size_t)size);
    }
}

static void lan_wait(struct net_backend *b, unsigned milliseconds)
{
    struct pollfd p = {.fd = ((struct net_lan *)b)->fd, .events = POLLIN};
    poll(&p, 1, (int)milliseconds);
}

static void lan_describe(const struct net_backend *b, FILE *out)
{
    const struct net_lan *n = (const struct net_lan *)b;
    fprintf(out, "LAN at %s, place %u of %d\n", n->member[n->place].sun_path, n->place, PLACES);
}

static void lan_free(struct net_backend *b)
{
    struct net_lan *n = (struct net_lan *)b;
    if (n->place < PLACES)
        unlink(n->member[n->place].sun_path);
    if (n->fd >= 0)
        close(n->fd);
    free(n);
}

/* ---- joining ---- */

/* The sockets' directory, which nobody else may write to: whoever can, reads and sends frames. */
static bool find_directory(char *path, size_t size, struct err *e)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    int length = runtime && *runtime == '/'
                     ? snprintf(path, size, "%s/ferrite-lan", runtime)
                     : snprintf(path, size, "/tmp/ferrite-lan-%u", (unsigned)getuid());
    struct stat st;
    if (length < 0 || (size_t)length >= size)
        return err_set(e, "-nic lan: XDG_RUNTIME_DIR is too long a name for sockets");
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_set(e, "-nic lan: %s cannot be made: %s", path, strerror(errno));
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != getuid() ||
        (st.st_mode & 022))
        return err_set(e, "-nic lan: %s must be a directory that only you can write to", path);
    return true;
}

/*
 * Is nobody at the other end of this socket? A machine that crashed leaves its name behind. 0: that
 * is so; else why not, EISCONN where somebody is.
 */
static int in_use(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int why = EISCONN;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
        why = errno == ENOENT || errno == ECONNREFUSED ? 0 : errno;
    close(fd);
    return why;
}

static bool take_place(struct net_lan *n, const char *name, struct err *e)
{
    for (unsigned i = 0; i < PLACES; i++) {
        int why = in_use(&n->member[i]);
        if (why == EISCONN)
            continue;
        if (why)
            return err_set(e, "-nic lan: nobody can tell whether a machine is at %s: %s",
                           n->member[i].sun_path, strerror(why));
        unlink(n->member[i].sun_path);
        if (bind(n->fd, (struct sockaddr *)&n->member[i], sizeof(n->member[i])) != 0)
            return err_set(e, "-nic lan: %s: %s", n->member[i].sun_path, strerror(errno));
        n->place = i;
        return true;
    }
    return err_set(e, "-nic lan,name=%s: there are %d machines already", name, PLACES);
}

static bool join(struct net_lan *n, const char *name, struct err *e)
{
    char directory[sizeof(n->member[0].sun_path) - NIC_LAN_NAME - 8];
    char lock_path[sizeof(n->member[0].sun_path)];
    if (!find_directory(directory, sizeof(directory), e))
        return false;
    for (unsigned i = 0; i < PLACES; i++) {
        n->member[i].sun_family = AF_UNIX;
        snprintf(n->member[i].sun_path, sizeof(n->member[i].sun_path), "%s/%s.%u", directory, name,
                 i);
    }
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (n->fd < 0)
        return err_set(e, "-nic lan: no socket: %s", strerror(errno));
    /* Two machines that start together must not take the same place. */
    snprintf(lock_path, sizeof(lock_path), "%s/lock", directory);
    int lock = open(lock_path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        err_set(e, "-nic lan: %s cannot be locked: %s", lock_path, strerror(errno));
        if (lock >= 0)
            close(lock);
        return false;
    }
    bool ok = take_place(n, name, e);
    close(lock);
    return ok;
}

struct net_backend *net_lan_new(const struct nic_config *nic, const struct net_backend *like,
                                unsigned *place, struct err *e)
{
    struct net_lan *n = calloc(1, sizeof(*n));
    if (!n) {
        err_set(e, "out of memory");
        return NULL;
    }
    n->backend = *like;
    n->backend.send = lan_send;
    n->backend.poll = lan_poll;
    n->backend.wait = lan_wait;
    n->backend.describe = lan_describe;
    n->backend.free = lan_free;
    n->fd = -1;
    n->place = PLACES;
    if (!join(n, nic->lan, e)) {
        lan_free(&n->backend);
        return NULL;
    }
    *place = n->place;
    return &n->backend;
}
