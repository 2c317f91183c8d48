/*
 * link_listen.c - sockets that listen. See link_listen.h; unix(7), tcp(7), getaddrinfo(3).
 */
#define _GNU_SOURCE /* accept4 */
#include "frontend/link/link_listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 16 };

/* ---- Unix sockets ---- */

/* Is the name free, or can it be made so? */
static bool make_way(const struct sockaddr_un *addr, const char *option, struct err *e)
{
    struct stat st;
    if (lstat(addr->sun_path, &st) != 0)
        return true; /* bind() says it, if something is wrong with it */
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, "%s unix:%s: is there already, and is no socket", option, addr->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set(e, "%s unix:%s: no socket: %s", option, addr->sun_path, strerror(errno));
    bool stale =
        connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0 && errno == ECONNREFUSED;
    close(fd);
    if (!stale)
        return err_set(e,
                       "%s unix:%s: another program listens there already; choose another name, "
                       "or end it",
                       option, addr->sun_path);
    if (unlink(addr->sun_path) != 0)
        return err_set(e, "%s unix:%s: an old socket that cannot be removed: %s", option,
                       addr->sun_path, strerror(errno));
    return true;
}

static bool listen_unix(struct listener *l, const char *path, const char *option, struct err *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct stat st;
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    if (!make_way(&addr, option, e))
        return false;
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Linux makes the file with the socket's own mode, so that it is never open to others; where
     * it is not so, chmod() sets it right before anybody can be accepted. */
    if (l->fd < 0 || fchmod(l->fd, 0600) != 0 ||
        bind(l->fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || chmod(path, 0600) != 0 ||
        listen(l->fd, BACKLOG) != 0)
        return err_set(e, "%s unix:%s: cannot be made: %s", option, path, strerror(errno));
    if (lstat(path, &st) == 0) {
        snprintf(l->path, sizeof(l->path), "%s", path);
        l->dev = st.st_dev;
        l->ino = st.st_ino;
    }
    return true;
}

/* ---- TCP ---- */

/* "127.0.0.1:1234", the port as it has become. */
static void say_port(int fd, const char *option)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof(addr);
    char host[64], port[8];
    if (getsockname(fd, (struct sockaddr *)&addr, &len) == 0 &&
        getnameinfo((struct sockaddr *)&addr, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        fprintf(stderr, "ferrite: %s listens at %s port %s\n", option, host, port);
}

static bool listen_tcp(struct listener *l, const struct link_where *where, const char *option,
                       struct err *e)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found;
    const char *host = where->host[0] ? where->host : "127.0.0.1";
    int yes = 1, why = getaddrinfo(host, where->port, &hints, &found);
    if (why)
        return err_set(e, "%s tcp:%s:%s: no such address: %s", option, where->host, where->port,
                       gai_strerror(why));
    int error = 0;
    for (struct addrinfo *a = found; a && l->fd < 0; a = a->ai_next) {
        int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
            bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) {
            l->fd = fd;
            break;
        }
        error = errno;
        if (fd >= 0)
            close(fd);
    }
    freeaddrinfo(found);
    if (l->fd < 0)
        return err_set(e, "%s tcp:%s:%s: cannot listen there: %s", option, where->host, where->port,
                       strerror(error));
    if (strcmp(where->port, "0") == 0)
        say_port(l->fd, option);
    return true;
}

/* ---- both ---- */

bool listen_at(struct listener *l, const struct link_where *where, const char *option,
               struct err *e)
{
    *l = (struct listener){.fd = -1};
    bool ok = where->kind == LINK_UNIX ? listen_unix(l, where->path, option, e)
                                       : listen_tcp(l, where, option, e);
    if (!ok)
        listen_end(l);
    return ok;
}

bool listen_is_local(const struct listener *l)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    if (getsockname(l->fd, (struct sockaddr *)&a, &len) != 0)
        return false;
    if (a.ss_family == AF_INET)
        return ntohl(((struct sockaddr_in *)&a)->sin_addr.s_addr) >> 24 == 127;
    return a.ss_family == AF_UNIX ||
           (a.ss_family == AF_INET6 &&
            IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&a)->sin6_addr));
}

int listen_accept(struct listener *l)
{
    int yes = 1;
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0 && !l->path[0]) /* answers are short, and waited for */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return fd;
}

bool listen_is_full(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
}

void listen_end(struct listener *l)
{
    struct stat st;
    if (l->fd < 0)
        return;
    close(l->fd);
    /* Somebody may have put another one there. */
    if (l->path[0] && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        unlink(l->path);
    *l = (struct listener){.fd = -1};
}
