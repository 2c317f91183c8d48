/*
 * vnc_server.h - what the parts of the VNC server share.
 *
 * Threads: the machine's own (main), which accepts clients, publishes frames and takes input
 * between slices; and one for each client, in which libvncserver speaks with it. The library waits
 * for the other end of a connection - when it reads half a message, when it writes to one that does
 * not read - and so it does that where nobody else is kept: each client has a screen and a copy of
 * the picture of its own there. The threads meet in struct vnc under one lock, which nobody holds
 * while waiting.
 */
#ifndef FERRITE_VNC_SERVER_H
#define FERRITE_VNC_SERVER_H

#include "frontend/cli/machine.h"
#include "frontend/cli/vnc_where.h"
#include "frontend/link/link_listen.h"
#include "frontend/vnc/vnc_keys.h"
#include "frontend/vnc/vnc_library.h"
#include "frontend/vnc/vnc_picture.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    VNC_CLIENTS = LINK_CLIENTS,
    VNC_QUEUE = 512,
    VNC_PASSWORD = 8, /* bytes: the protocol's DES key holds no more */
};

/* From a client's thread to the machine's. */
struct vnc_input {
    enum { VNC_KEY, VNC_POINTER, VNC_CUT_TEXT } kind;
    unsigned client;
    u32 keysym, code; /* VNC_KEY */
    bool down;
    unsigned x, y, mask; /* VNC_POINTER: pixels, RFB's buttons */
    bool first;          /* of this client's: from where it moves */
    char *text;          /* VNC_CUT_TEXT: UTF-8; freed by the receiver */
};

struct vnc_client {
    struct vnc *vnc;
    unsigned number;
    rfbScreenInfoPtr screen; /* made once: the library makes a lock of its own anew with each */
    struct vnc_copy copy;
    bool key_codes, key_codes_told; /* QEMU's extension */
    bool pointed;                   /* its thread only: its pointer has been somewhere */

    /* Under the lock. `connection`: our own descriptor of it, for shutdown(). */
    enum { CLIENT_FREE, CLIENT_HERE, CLIENT_GONE } state;
    int fd, connection;
    pthread_t thread;
    int wake; /* eventfd: there is something new, or all is over */

    /* The machine's thread only. */
    struct vnc_hands hands;
    unsigned x, y, mask;
    bool placed; /* x and y are known */
};

struct vnc {
    struct machine *m;
    struct vnc_library lib;
    struct vnc_where where;
    struct listener listener;
    char password[VNC_PASSWORD + 1];
    char *passwords[2]; /* as the library wants them; [0] NULL: none */
    rfbProtocolExtension extension;
    char name[128];
    struct vnc_client client[VNC_CLIENTS];
    atomic_bool over;
    /* The library keeps what it offers to new clients in one list for all. */
    pthread_mutex_t handshake;

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t room;  /* in the queue */
    struct vnc_input queue[VNC_QUEUE];
    unsigned queued;
    struct vnc_picture picture;
};

/* ---- vnc_client.c: the clients' threads ---- */

bool vnc_client_init(struct vnc_client *c, struct vnc *v, unsigned number, struct err *e);
void vnc_client_free(struct vnc_client *c);
/* Its thread; takes over c->fd. */
void *vnc_client_thread(void *client);
/* What the library asks when a client has sent a message of QEMU's; see rfbProtocolExtension. */
void vnc_extension(rfbProtocolExtension *x);

/* ---- vnc_input.c: the machine's thread ---- */

void vnc_take_input(struct vnc *v);
/* This client is no more: no key and no button of it stays down. */
void vnc_release(struct vnc_client *c);
/* To the machine's thread; waits for room. From a client's. */
void vnc_send(struct vnc *v, struct vnc_input in);

#endif
