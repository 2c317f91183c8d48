/*
 * order.c - see order.h. Sockets of the kind SOCK_SEQPACKET keep messages apart; descriptors go
 * with them (SCM_RIGHTS, unix(7)).
 */
#define _GNU_SOURCE /* MSG_CMSG_CLOEXEC */
#include "frontend/suite/order.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union passed {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int) * ORDER_FDS)];
};

bool order_send(int orders, const struct order *o, const int fd[ORDER_FDS])
{
    union passed control = {.room = {0}};
    struct order copy = *o;
    struct iovec io = {&copy, sizeof(copy)};
    struct msghdr m = {.msg_iov = &io,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int) * ORDER_FDS),
                                    .cmsg_level = SOL_SOCKET,
                                    .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), fd, sizeof(int) * ORDER_FDS);
    ssize_t n;
    do
        n = sendmsg(orders, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(copy);
}

bool order_hear(int line, int *word)
{
    ssize_t n;
    do
        n = recv(line, word, sizeof(*word), 0);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(*word);
}

enum order_state order_take(int orders, struct order *o, int fd[ORDER_FDS])
{
    union passed control;
    struct iovec io = {o, sizeof(*o)};
    struct msghdr m = {.msg_iov = &io,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(orders, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? ORDER_NONE : ORDER_OVER;
    if (n == 0)
        return ORDER_OVER;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    unsigned count = 0;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        count = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fd, CMSG_DATA(c), count * sizeof(int));
    }
    if (n == (ssize_t)sizeof(*o) && count == ORDER_FDS)
        return ORDER_TAKEN;
    for (unsigned i = 0; i < count; i++) /* there was no room for all of them */
        close(fd[i]);
    return ORDER_NONE;
}

void order_tell(int line, int word)
{
    (void)!send(line, &word, sizeof(word), MSG_NOSIGNAL | MSG_DONTWAIT);
}
