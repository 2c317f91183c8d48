/*
 * net_slirp.c - the user's network: NAT with DHCP (10.0.2.15), DNS (10.0.2.3) and a router
 * (10.0.2.2) inside this process, by libslirp. The only file that knows libslirp.
 *
 * libslirp's clock is the guest's, so that its timeouts do not depend on the host. IPv4 only:
 * the guests of this machine are older than IPv6. No TFTP, no SMB.
 */
#include "hw/base/library.h"
#include "hw/base/memory.h"
#include "hw/net/net_backend.h"
#include "hw/net/net_fragments.h"

#ifndef HAVE_SLIRP

struct net_backend *net_slirp_new(const struct nic_config *nic, const struct net_backend *like,
                                  struct err *e)
{
    (void)nic;
    (void)like;
#ifdef FERRITE_STATIC
    err_set(e, "-nic user: a static build of Ferrite is without libslirp; -nic lan works");
#else
    err_set(e, "-nic user: this Ferrite was built without libslirp; install libslirp-dev, run "
               "cmake again, and build");
#endif
    return NULL;
}

#else

#include <errno.h>
#include <libslirp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define HOST_IP(a, b, c, d) htonl((u32)(a) << 24 | (u32)(b) << 16 | (u32)(c) << 8 | (d))

/* libslirp arms these in milliseconds of its clock; they fire when the host is looked at. */
struct slirp_timer {
    struct slirp_timer *next;
    SlirpTimerCb callback;
    void *opaque;
    s64 due; /* ms, -1 = not armed */
};

/* clang-format off */
#define SLIRP_FUNCTIONS(X) \
    X(add_hostfwd) X(cleanup) X(connection_info) X(input) X(new) X(pollfds_fill) \
    X(pollfds_poll) X(version_string)
/* clang-format on */

struct slirp_library {
    void *handle;
#define X(name) __typeof__(slirp_##name) *name;
    SLIRP_FUNCTIONS(X)
#undef X
};

static const struct library_function functions[] = {
#define X(name) {"slirp_" #name, offsetof(struct slirp_library, name)},
    SLIRP_FUNCTIONS(X)
#undef X
};

static const struct library library = {
    .what = "-nic user: libslirp",
    .package = "libslirp0",
    .file = "libslirp.so.0",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};

struct net_slirp {
    struct net_backend backend;
    struct slirp_library lib;
    Slirp *slirp;
    struct slirp_timer *timers;
    struct pollfd *fd;
    size_t fds, fd_capacity;
    unsigned forwards;
    struct net_fragments fragments;
};

/* ---- libslirp's questions ---- */

static ssize_t send_packet(const void *frame, size_t size, void *opaque)
{
    struct net_slirp *n = opaque;
    net_send(&n->backend.to_guest, frame, size);
    return (ssize_t)size;
}

static void guest_error(const char *message, void *opaque)
{
    struct net_slirp *n = opaque;
    log_at(n->backend.log, LOG_GUEST, "network: %s", message);
}

static s64 slirp_now_ns(void *opaque)
{
    struct net_slirp *n = opaque;
    return (s64)clock_now(n->backend.clock);
}

static void *timer_new(SlirpTimerCb callback, void *callback_opaque, void *opaque)
{
    struct net_slirp *n = opaque;
    struct slirp_timer *t = must_have(calloc(1, sizeof(*t)), "libslirp's timers");
    *t = (struct slirp_timer){n->timers, callback, callback_opaque, -1};
    n->timers = t;
    return t;
}

static void timer_free(void *timer, void *opaque)
{
    struct net_slirp *n = opaque;
    for (struct slirp_timer **t = &n->timers; *t; t = &(*t)->next) {
        if (*t == timer) {
            *t = (*t)->next;
            break;
        }
    }
    free(timer);
}

static void timer_mod(void *timer, s64 expire_ms, void *opaque)
{
    (void)opaque;
    ((struct slirp_timer *)timer)->due = expire_ms;
}

static void poll_fd_changed(int fd, void *opaque)
{
    (void)fd;
    (void)opaque; /* the list is made anew for every poll */
}

static void notify(void *opaque)
{
    (void)opaque;
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = slirp_now_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = poll_fd_changed,
    .unregister_poll_fd = poll_fd_changed,
    .notify = notify,
};

/* ---- the host's sockets ---- */

static int add_fd(int fd, int events, void *opaque)
{
    struct net_slirp *n = opaque;
    if (!ARRAY_ROOM(n->fd, n->fd_capacity, n->fds + 1))
        return -1;
    int wanted = (events & SLIRP_POLL_IN ? POLLIN : 0) | (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
                 (events & SLIRP_POLL_PRI ? POLLPRI : 0);
    n->fd[n->fds] = (struct pollfd){.fd = fd, .events = (short)wanted};
    return (int)n->fds++;
}

static int fd_events(int at, void *opaque)
{
    const struct net_slirp *n = opaque;
    if (at < 0 || (size_t)at >= n->fds)
        return 0;
    int r = n->fd[at].revents;
    return (r & POLLIN ? SLIRP_POLL_IN : 0) | (r & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (r & POLLPRI ? SLIRP_POLL_PRI : 0) | (r & POLLERR ? SLIRP_POLL_ERR : 0) |
           (r & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static int poll_host(struct net_slirp *n, int milliseconds)
{
    u32 timeout = 0; /* of no use: the guest's clock decides when libslirp is asked again */
    n->fds = 0;
    n->lib.pollfds_fill(n->slirp, &timeout, add_fd, n);
    return poll(n->fd, n->fds, milliseconds);
}

static void fire_timers(struct net_slirp *n)
{
    s64 now = slirp_now_ns(n) / (s64)NS_PER_MS;
    for (struct slirp_timer *t = n->timers; t;) {
        if (t->due < 0 || t->due > now) {
            t = t->next;
            continue;
        }
        t->due = -1;
        t->callback(t->opaque);
        t = n->timers; /* it may have changed the list */
    }
}

/* ---- the back end ---- */

static void user_send(struct net_backend *b, const u8 *frame, size_t size)
{
    struct net_slirp *n = (struct net_slirp *)b;
    if (net_fragments_join(&n->fragments, &frame, &size))
        n->lib.input(n->slirp, frame, (int)size);
}

static void user_poll(struct net_backend *b)
{
    struct net_slirp *n = (struct net_slirp *)b;
    int ready = poll_host(n, 0);
    n->lib.pollfds_poll(n->slirp, ready < 0, fd_events, n);
    fire_timers(n);
}

static void user_wait(struct net_backend *b, unsigned milliseconds)
{
    poll_host((struct net_slirp *)b, (int)milliseconds);
}

static void user_describe(const struct net_backend *b, FILE *out)
{
    const struct net_slirp *n = (const struct net_slirp *)b;
    fprintf(out, "user network 10.0.2.0/24, libslirp %s, %u forwarded ports\n",
            n->lib.version_string(), n->forwards);
    char *connections = n->lib.connection_info(n->slirp);
    if (connections)
        fputs(connections, out);
    free(connections); /* GLib's allocator is malloc since 2.46 */
}

static void user_free(struct net_backend *b)
{
    struct net_slirp *n = (struct net_slirp *)b;
    if (n->slirp)
        n->lib.cleanup(n->slirp);
    library_close(n->lib.handle);
    while (n->timers)
        timer_free(n->timers, n);
    free(n->fd);
    free(n);
}

static bool add_forward(struct net_slirp *n, const struct nic_forward *f, struct err *e)
{
    struct in_addr host, guest;
    memcpy(&host, f->host, sizeof(host));
    memcpy(&guest, f->guest, sizeof(guest));
    if (n->lib.add_hostfwd(n->slirp, f->udp, host, f->host_port, guest, f->guest_port) == 0) {
        n->forwards++;
        return true;
    }
    return err_set(e, "-nic hostfwd: %s port %u of %u.%u.%u.%u cannot be taken: %s",
                   f->udp ? "UDP" : "TCP", f->host_port, f->host[0], f->host[1], f->host[2],
                   f->host[3], strerror(errno));
}

struct net_backend *net_slirp_new(const struct nic_config *nic, const struct net_backend *like,
                                  struct err *e)
{
    struct net_slirp *n = calloc(1, sizeof(*n));
    if (!n) {
        err_set(e, "out of memory");
        return NULL;
    }
    n->backend = *like;
    n->backend.send = user_send;
    n->backend.poll = user_poll;
    n->backend.wait = user_wait;
    n->backend.describe = user_describe;
    n->backend.free = user_free;
    SlirpConfig config = {
        .version = 1,
        .restricted = nic->restricted,
        .in_enabled = true,
        .vnetwork = {HOST_IP(10, 0, 2, 0)},
        .vnetmask = {HOST_IP(255, 255, 255, 0)},
        .vhost = {HOST_IP(10, 0, 2, 2)},
        .vdhcp_start = {HOST_IP(10, 0, 2, 15)},
        .vnameserver = {HOST_IP(10, 0, 2, 3)},
    };
    n->lib.handle = library_open(&library, &n->lib, e);
    bool ok = n->lib.handle != NULL;
    if (ok) {
        n->slirp = n->lib.new(&config, &callbacks, n);
        ok = n->slirp || err_set(e, "-nic user: libslirp cannot start");
    }
    for (unsigned i = 0; ok && i < nic->forwards; i++)
        ok = add_forward(n, &nic->forward[i], e);
    if (!ok) {
        user_free(&n->backend);
        return NULL;
    }
    return &n->backend;
}

#endif
