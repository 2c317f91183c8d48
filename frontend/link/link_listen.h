/* link_listen.h - sockets that listen: between link.c and link_listen.c. */
#ifndef FERRITE_LINK_LISTEN_H
#define FERRITE_LINK_LISTEN_H

#include "frontend/link/link.h"

#include <sys/types.h>

struct listener {
    int fd; /* -1: none */
    char path[108];
    dev_t dev; /* of the socket that we have made there */
    ino_t ino;
};

bool listen_at(struct listener *l, const struct link_where *where, const char *option,
               struct err *e);
/* Can only this computer's users reach it? */
bool listen_is_local(const struct listener *l);
/* The next client, without waiting; -1: nobody, or not now. */
int listen_accept(struct listener *l);
/* Why it said -1 (errno): the host has no file left for who stands at the door. Asked again at once
 * it would say the same, and whoever polls the listener would do nothing else. */
bool listen_is_full(int error);
void listen_end(struct listener *l);

#endif
