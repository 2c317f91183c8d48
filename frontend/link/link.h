/*
 * link.h - how somebody outside reaches a running machine: listening sockets, the clients that
 * connect to them, and standard input and output as one more client. What is spoken over it - the
 * monitor's lines, QMP, GDB's packets - is the user's matter.
 *
 * Nothing here waits, has a thread, or knows a machine. Whoever runs the machine calls links_look()
 * between slices, and links_wait() instead of sleeping. No client holds the machine:
 *
 * - Bytes come in as long as the user takes them. What it does not take is offered again; once
 *   LINK_INPUT bytes wait, nothing more is read, and the client's own writes wait.
 * - Output is kept, up to LINK_OUTPUT bytes, and goes out as the client reads. While LINK_SLOW
 * bytes or more are kept, the client's input waits: who does not read the answers gets no more of
 *   them. A client for which LINK_OUTPUT is not enough (events that nobody reads) is dropped.
 * - Clients are served in turn, a command each, for LINK_TURN all together; then the machine has as
 *   long as that took, however many they are.
 * - A client that vanishes is seen at the next look, and before another is turned away. What it has
 *   asked for is done for LINK_LAST_WORDS, without keeping a place; then it is dropped.
 *
 * A Unix socket has mode 0600 from its first moment. One that is there already is replaced when
 * nobody listens to it any more, and else an error; another kind of file is never touched. TCP
 * listens on 127.0.0.1 unless an address is given. Not here: TLS, passwords.
 */
#ifndef FERRITE_LINK_H
#define FERRITE_LINK_H

#include "hw/base/err.h"
#include "hw/base/types.h"

enum {
    LINK_INPUT = 1 << 16,
    LINK_SLOW = 1 << 18,
    LINK_OUTPUT = 4 << 20,
    LINK_CLIENTS = 8, /* of one place, at most; and as many that have vanished */
    LINK_PLACES = 8,
    LINK_TURN = 10000000,         /* ns of the host's time */
    LINK_LAST_WORDS = 1000000000, /* ns of the processor's time: nobody's load cuts them short */
};

/* ---- where ---- */

/*
 * "unix:PATH", "tcp:[HOST]:PORT" ([::1] in brackets; port 0: a free one, which is then said on
 * standard error), "stdio", "none". Behind it, as QEMU has them: ",server", which changes nothing,
 * for it is always we who listen; ",nowait" or ",wait=off", the usual; ",wait" or ",wait=on": the
 * machine starts when the first client has come.
 */
struct link_where {
    enum link_kind { LINK_NONE, LINK_STDIO, LINK_UNIX, LINK_TCP } kind;
    char path[108]; /* of a socket */
    char host[256]; /* "": the loopback address */
    char port[8];
    bool wait;
};

/* false + err: "-qmp tcp:x: what is wrong; what to write". */
bool link_where(struct link_where *w, const char *option, const char *text, struct err *e);

/* ---- clients ---- */

struct link;
struct link_client;

/* Who speaks with the clients of a place. All are called from links_look() and links_wait() only,
 * but for `left`, which links_close() calls, too. */
struct link_user {
    const char *option; /* "-qmp": for messages */
    void *opaque;
    /* At a time; 0: LINK_CLIENTS. Those that have vanished do not count; but of 1 the last has
     * `left` before the next one comes. */
    unsigned clients;
    /* What one more is told before it is turned away; NULL: nothing. */
    const char *busy;
    /* Somebody is there: link_set_data() now. false: turn it away. May be NULL. */
    bool (*came)(void *opaque, struct link_client *c);
    /*
     * Returns how many bytes it has taken: those of one command at most, for only between two calls
     * is it asked whether a client's turn is over. When it takes none it is asked at the next look.
     */
    size_t (*got)(void *opaque, struct link_client *c, const u8 *data, size_t len);
    /*
     * The client sends no more, all that it sent is taken, and it may still read (`echo quit | nc
     * -U`). The user answers what it still has to and then calls link_drop(). NULL: dropped at
     * once.
     */
    void (*ended)(void *opaque, struct link_client *c);
    /* It is gone, dropped or turned away; the last call. May be NULL. */
    void (*left)(void *opaque, struct link_client *c);
};

void link_set_data(struct link_client *c, void *data);
void *link_data(const struct link_client *c);
/* Can nobody come after it (standard input, or a client that was adopted)? */
bool link_only(const struct link_client *c);
/* Whole or not at all; false: the client is being dropped. Never waits; may be called anywhere. */
bool link_send(struct link_client *c, const void *data, size_t len);
/* No more input of it; what was sent goes out, for a second at most, and then it is closed. */
void link_drop(struct link_client *c);

/* ---- all places of a machine ---- */

struct links {
    struct link *link[LINK_PLACES];
    unsigned count;
    u64 looked; /* ns of the host's clock, when the last look was over */
    u64 rest;   /* how long not to look again: as long as the last look took */
    u64 turns;  /* commands that were taken, of all clients */
    bool more;  /* the turn was over before all were heard */
};

/*
 * Listen there; `user` is copied, what it points to outlives the links. One of standard input and
 * output, whose client comes at the first look. false + err.
 */
bool links_add(struct links *l, const struct link_where *where, const struct link_user *user,
               struct err *e);
/* A client that is there already, at the other end of this socket, which is taken over (closed also
 * in case of an error). */
bool links_adopt(struct links *l, int fd, const struct link_user *user, struct err *e);
/*
 * Accept, read and write what goes at once. May be called often: sockets are asked once a
 * millisecond of the host's time, or when a client's bytes have not been taken.
 */
void links_look(struct links *l);
/* Sleep until a client has something or so much time of the host has passed; then look. */
void links_wait(struct links *l, double seconds);
/* Has the machine to wait for a first client, that has not come? */
bool links_awaited(const struct links *l);
unsigned links_clients(const struct links *l);
/* Send what clients take within a moment, close all, remove the sockets. Not from a call of a user.
 */
void links_close(struct links *l);

#endif
