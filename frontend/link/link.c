/*
 * link.c - places and their clients: reading, keeping what cannot be written yet, dropping. See
 * link.h.
 *
 * Standard output is often shared with others who must not find it non-blocking; it is written in
 * small pieces, and only when poll() says that there is room.
 */
#include "frontend/link/link.h"

#include "frontend/link/link_listen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY 1000000ull    /* ns */
#define LINGER 1000000000ull     /* ns that a dropped client may take for the last bytes */
#define LAST_MOMENT 300000000ull /* the same when all is closed */
#define REST 1000000000ull       /* when the host has no file left for a new client */

enum { FILES = LINK_PLACES * (2 * LINK_CLIENTS + 1), SHARED_WRITE = 256, AT_ONCE = 1 << 16 };

struct link_client {
    struct link_client *next;
    struct link *link;
    void *data;
    int in, out;   /* the same but for standard input and output */
    bool ended;    /* sends no more */
    bool told_end; /* and the user knows */
    bool dropped;  /* `in` is not read any more */
    bool gone;     /* nothing goes out any more either */
    bool unheard;  /* it reads no more, but what it has sent before is still to be read */
    bool later;    /* its user wants no more at this look */
    bool quiet;    /* was turned away: `left` is not called */
    u64 linger;    /* ns: dropped since */
    u64 turn;      /* the last that it had: links.turns */
    u64 worked;    /* ns of the processor, for it while nobody hears it */
    size_t in_len; /* of in_bytes: not taken by the user yet */
    u8 *out_bytes; /* out_len from out_start */
    size_t out_start, out_len, out_capacity;
    u8 in_bytes[LINK_INPUT];
};

struct link {
    struct link_where where;
    struct link_user user;
    struct listener listener;
    bool awaited; /* the machine waits for its first client */
    u64 rest;     /* accept nobody before */
    struct link_client *first;
};

static u64 now_by(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (u64)t.tv_sec * 1000000000ull + (u64)t.tv_nsec;
}

static u64 host_now(void)
{
    return now_by(CLOCK_MONOTONIC);
}

void link_set_data(struct link_client *c, void *data)
{
    c->data = data;
}

void *link_data(const struct link_client *c)
{
    return c->data;
}

bool link_only(const struct link_client *c)
{
    return c->link->listener.fd < 0;
}

/* ---- output ---- */

/* Bytes written; 0: not now; -1: never again. */
static ssize_t write_some(struct link_client *c)
{
    size_t len = c->out_len < AT_ONCE ? c->out_len : AT_ONCE;
    ssize_t n;
    if (c->link->where.kind == LINK_STDIO) {
        struct pollfd room = {.fd = c->out, .events = POLLOUT};
        if (poll(&room, 1, 0) <= 0)
            return 0;
        n = write(c->out, c->out_bytes + c->out_start, len < SHARED_WRITE ? len : SHARED_WRITE);
    } else {
        n = send(c->out, c->out_bytes + c->out_start, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    return n > 0 ? n : -1;
}

/* What it has said before it went still counts. */
static void nobody_reads(struct link_client *c)
{
    c->unheard = true;
    c->out_len = 0;
}

static void write_out(struct link_client *c)
{
    while (c->out_len && !c->gone) {
        ssize_t n = write_some(c);
        if (n == 0)
            return;
        if (n < 0 && c->in == c->out) { /* "quit", and away it was before the answer */
            nobody_reads(c);
            break;
        }
        if (n < 0) {
            c->gone = c->dropped = true;
            return;
        }
        c->out_start += (size_t)n;
        c->out_len -= (size_t)n;
    }
    c->out_start = 0;
}

static bool make_room(struct link_client *c, size_t len)
{
    if (c->out_start + c->out_len + len <= c->out_capacity)
        return true;
    if (c->out_start) {
        memmove(c->out_bytes, c->out_bytes + c->out_start, c->out_len);
        c->out_start = 0;
    }
    if (c->out_len + len <= c->out_capacity)
        return true;
    size_t capacity = 2 * (c->out_len + len) < 4096 ? 4096 : 2 * (c->out_len + len);
    u8 *more = capacity <= 2 * (size_t)LINK_OUTPUT ? realloc(c->out_bytes, capacity) : NULL;
    if (!more)
        return false;
    c->out_bytes = more;
    c->out_capacity = capacity;
    return true;
}

bool link_send(struct link_client *c, const void *data, size_t len)
{
    if (c->dropped)
        return false;
    if (c->unheard)
        return true;
    if (c->out_len + len > LINK_OUTPUT || !make_room(c, len)) {
        fprintf(stderr, "ferrite: %s: a client does not read what it is told, and is dropped\n",
                c->link->user.option);
        c->gone = c->dropped = true;
        return false;
    }
    memcpy(c->out_bytes + c->out_start + c->out_len, data, len);
    c->out_len += len;
    write_out(c);
    return !c->dropped;
}

void link_drop(struct link_client *c)
{
    if (!c->dropped)
        c->linger = host_now();
    c->dropped = true;
}

/* ---- clients come and go ---- */

static void free_client(struct link_client *c)
{
    if (!c->quiet && c->link->user.left)
        c->link->user.left(c->link->user.opaque, c);
    if (c->link->where.kind != LINK_STDIO)
        close(c->in);
    free(c->out_bytes);
    free(c);
}

/* Those that are gone, or have had their time. */
static void sweep(struct link *l, u64 now)
{
    for (struct link_client **at = &l->first; *at;) {
        struct link_client *c = *at;
        bool over = c->gone || (c->dropped && (!c->out_len || now - c->linger > LINGER));
        if (!over) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        free_client(c);
    }
}

static unsigned count_clients(const struct link *l)
{
    unsigned n = 0;
    for (const struct link_client *c = l->first; c; c = c->next)
        n += !c->quiet && !c->unheard;
    return n;
}

/* Those that have vanished since the last look, or while others were served. */
static void notice_vanished(struct link *l)
{
    for (struct link_client *c = l->first; c; c = c->next) {
        struct pollfd there = {.fd = c->in};
        if (c->in == c->out && !c->unheard && poll(&there, 1, 0) > 0)
            nobody_reads(c);
    }
}

/* Of those that have vanished the oldest go, for others come and vanish, too. */
static void drop_vanished(struct link *l, unsigned most)
{
    unsigned n = 0;
    for (const struct link_client *c = l->first; c; c = c->next)
        n += c->unheard && !c->dropped;
    for (struct link_client *c = l->first; n > most; c = c->next) {
        if (c->unheard && !c->dropped) {
            c->gone = c->dropped = true;
            n--;
        }
    }
}

static void add_client(struct link *l, int in, int out)
{
    unsigned most = l->user.clients ? l->user.clients : LINK_CLIENTS, have = count_clients(l);
    if (have >= most) {
        notice_vanished(l);
        have = count_clients(l);
    }
    if (most == 1 && !have) { /* its user knows one alone */
        drop_vanished(l, 0);
        sweep(l, host_now());
    }
    struct link_client *c = calloc(1, sizeof(*c));
    if (!c) {
        if (l->where.kind != LINK_STDIO)
            close(in);
        return;
    }
    c->link = l;
    c->in = in;
    c->out = out;
    struct link_client **last = &l->first;
    while (*last)
        last = &(*last)->next;
    *last = c;
    l->awaited = false;
    if (have >= most) {
        c->quiet = true;
        fprintf(stderr,
                "ferrite: %s: one client more than the %u that there may be was turned "
                "away\n",
                l->user.option, most);
        if (l->user.busy)
            link_send(c, l->user.busy, strlen(l->user.busy));
        link_drop(c);
    } else if (l->user.came && !l->user.came(l->user.opaque, c)) {
        c->quiet = true;
        link_drop(c);
    }
}

static void accept_clients(struct link *l, u64 now)
{
    if (now < l->rest)
        return;
    for (unsigned i = 0; i < LINK_CLIENTS; i++) {
        int fd = listen_accept(&l->listener);
        if (fd < 0) {
            if (listen_is_full(errno))
                l->rest = now + REST;
            return;
        }
        add_client(l, fd, fd);
    }
}

/* ---- input ---- */

static bool wants_input(const struct link_client *c)
{
    return !c->dropped && !c->ended && c->in_len < LINK_INPUT && c->out_len < LINK_SLOW;
}

/* Once: who sends without end does not keep the others from their turn. */
static void read_in(struct link_client *c)
{
    ssize_t n = read(c->in, c->in_bytes + c->in_len, LINK_INPUT - c->in_len);
    if (n < 0 && errno == ECONNRESET) /* it left answers unread; what it has sent is still there */
        n = read(c->in, c->in_bytes + c->in_len, LINK_INPUT - c->in_len);
    if (n > 0)
        c->in_len += (size_t)n;
    else if (n == 0)
        c->ended = true;
    else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
        c->gone = c->dropped = true;
}

/* Has it bytes for its user, who may have them? */
static bool has_words(const struct link_client *c)
{
    return c->in_len && !c->dropped && c->out_len < LINK_SLOW;
}

/* Whose turn it is: of those that have something to say who has waited for longest. */
static struct link_client *next_in_turn(const struct links *l)
{
    struct link_client *next = NULL;
    for (unsigned i = 0; i < l->count; i++) {
        for (struct link_client *c = l->link[i]->first; c; c = c->next) {
            if (has_words(c) && !c->later && (!next || c->turn < next->turn))
                next = c;
        }
    }
    return next;
}

/* Nobody waits for this answer, and nobody shall have to wait for it. */
static void offer_unheard(struct link_client *c, u64 began)
{
    c->worked += now_by(CLOCK_THREAD_CPUTIME_ID) - began;
    if (c->worked < LINK_LAST_WORDS || !c->in_len)
        return;
    fprintf(stderr,
            "ferrite: %s: a client is gone, and the rest of the much that it has asked for is not "
            "done\n",
            c->link->user.option);
    c->gone = c->dropped = true;
}

static void offer(struct link_client *c)
{
    const struct link_user *u = &c->link->user;
    bool unheard = c->unheard;
    u64 began = unheard ? now_by(CLOCK_THREAD_CPUTIME_ID) : 0;
    size_t n = u->got(u->opaque, c, c->in_bytes, c->in_len);
    c->later = n == 0;
    c->in_len -= n;
    memmove(c->in_bytes, c->in_bytes + n, c->in_len);
    if (unheard && !c->dropped)
        offer_unheard(c, began);
}

static void tell_end(struct link_client *c)
{
    const struct link_user *u = &c->link->user;
    if (!c->ended || c->in_len || c->dropped || c->told_end)
        return;
    c->told_end = true;
    if (u->ended)
        u->ended(u->opaque, c);
    else
        link_drop(c);
}

/* Command by command of all, while there are any, for one turn. */
static void offer_all(struct links *l)
{
    u64 began = host_now();
    struct link_client *c;
    for (unsigned i = 0; i < l->count; i++) {
        for (c = l->link[i]->first; c; c = c->next)
            c->later = false;
    }
    do { /* once at least, however long the host was away */
        if ((c = next_in_turn(l))) {
            c->turn = ++l->turns;
            offer(c);
        }
    } while (c && host_now() - began < LINK_TURN);
    l->more = next_in_turn(l) != NULL;
    for (unsigned i = 0; i < l->count; i++) {
        for (c = l->link[i]->first; c; c = c->next)
            tell_end(c);
    }
}

/* ---- looking ---- */

/* What poll() is asked about: a place's listener, or a client. */
struct watched {
    struct pollfd file[FILES];
    struct link *place[FILES]; /* NULL: a client */
    struct link_client *client[FILES];
    unsigned count;
};

static void watch_file(struct watched *w, int fd, short events, struct link *l,
                       struct link_client *c)
{
    if (w->count == FILES)
        return;
    w->file[w->count] = (struct pollfd){.fd = fd, .events = events};
    w->place[w->count] = l;
    w->client[w->count++] = c;
}

static void watch_all(struct watched *w, struct links *l, u64 now)
{
    w->count = 0;
    for (unsigned i = 0; i < l->count; i++) {
        struct link *at = l->link[i];
        if (at->listener.fd >= 0 && now >= at->rest)
            watch_file(w, at->listener.fd, POLLIN, at, NULL);
        for (struct link_client *c = at->first; c; c = c->next) {
            short in = wants_input(c) ? POLLIN : 0, out = c->out_len ? POLLOUT : 0;
            if (c->ended && c->unheard)
                continue; /* nothing comes any more, and it would say so all the time */
            if (c->in == c->out && !c->gone)
                watch_file(w, c->in, in | out, NULL, c); /* 0: it says when the client vanishes */
            else if (in)
                watch_file(w, c->in, in, NULL, c);
            if (c->in != c->out && out)
                watch_file(w, c->out, out, NULL, c);
        }
    }
}

/* What it has said before it went waits for the user's time, if it is not too much. */
static void hang_up(struct link_client *c)
{
    nobody_reads(c);
    if (!c->ended || !c->in_len)
        c->gone = c->dropped = true;
}

static void serve_client(struct link_client *c, int fd, short got)
{
    if (got & (POLLOUT | POLLERR))
        write_out(c);
    if (got & (POLLHUP | POLLERR) && c->in == c->out)
        nobody_reads(c);
    if (fd == c->in && wants_input(c) && got & (POLLIN | POLLHUP | POLLERR))
        read_in(c);
    else if (got & (POLLERR | POLLNVAL | POLLHUP)) /* it neither sends nor reads any more */
        hang_up(c);
}

/* Who goes makes room for who comes. */
static void serve(struct watched *w, u64 now)
{
    for (unsigned i = 0; i < w->count; i++) {
        if (w->client[i] && w->file[i].revents)
            serve_client(w->client[i], w->file[i].fd, w->file[i].revents);
    }
    for (unsigned i = 0; i < w->count; i++) {
        if (w->place[i] && w->file[i].revents)
            accept_clients(w->place[i], now);
    }
}

/* Standard input and output, once somebody looks. */
static void greet_stdio(struct links *l)
{
    for (unsigned i = 0; i < l->count; i++) {
        struct link *at = l->link[i];
        if (at->where.kind == LINK_STDIO && at->awaited)
            add_client(at, STDIN_FILENO, STDOUT_FILENO);
    }
}

static void look(struct links *l, int milliseconds)
{
    struct watched w;
    u64 now = host_now();
    greet_stdio(l);
    watch_all(&w, l, now);
    int n = poll(w.file, w.count, milliseconds);
    now = host_now();
    if (n > 0)
        serve(&w, now);
    offer_all(l);
    for (unsigned i = 0; i < l->count; i++) {
        drop_vanished(l->link[i], LINK_CLIENTS);
        sweep(l->link[i], now);
    }
    l->looked = host_now();
    l->rest = l->looked - now;
}

/* Has a client bytes that the user has left for later? */
static bool waits_for_user(const struct links *l)
{
    for (unsigned i = 0; i < l->count; i++) {
        for (const struct link_client *c = l->link[i]->first; c; c = c->next) {
            if (has_words(c))
                return true;
        }
    }
    return false;
}

void links_look(struct links *l)
{
    u64 since = host_now() - l->looked;
    if (l->count && since >= l->rest && (waits_for_user(l) || since >= LOOK_EVERY))
        look(l, 0);
}

void links_wait(struct links *l, double seconds)
{
    look(l, seconds > 0 && !l->more ? (int)(seconds * 1e3 + 0.999) : 0);
}

bool links_awaited(const struct links *l)
{
    for (unsigned i = 0; i < l->count; i++) {
        if (l->link[i]->awaited && l->link[i]->where.kind != LINK_STDIO)
            return true;
    }
    return false;
}

unsigned links_clients(const struct links *l)
{
    unsigned n = 0;
    for (unsigned i = 0; i < l->count; i++)
        n += count_clients(l->link[i]);
    return n;
}

/* ---- places ---- */

static struct link *new_link(struct links *l, const struct link_where *where,
                             const struct link_user *user, struct err *e)
{
    struct link *at = l->count < LINK_PLACES ? calloc(1, sizeof(*at)) : NULL;
    if (!at) {
        err_set(e, "%s: %s", user->option,
                l->count < LINK_PLACES ? "out of memory" : "too many places to listen at");
        return NULL;
    }
    at->where = *where;
    at->user = *user;
    at->listener.fd = -1;
    return at;
}

bool links_add(struct links *l, const struct link_where *where, const struct link_user *user,
               struct err *e)
{
    if (where->kind == LINK_NONE)
        return true;
    for (unsigned i = 0; i < l->count; i++) {
        if (where->kind == LINK_STDIO && l->link[i]->where.kind == LINK_STDIO)
            return err_set(e, "%s stdio: %s has standard input and output already; say unix:PATH",
                           user->option, l->link[i]->user.option);
    }
    struct link *at = new_link(l, where, user, e);
    if (!at)
        return false;
    at->awaited = where->wait || where->kind == LINK_STDIO;
    if (where->kind != LINK_STDIO && !listen_at(&at->listener, where, user->option, e)) {
        free(at);
        return false;
    }
    l->link[l->count++] = at;
    return true;
}

bool links_adopt(struct links *l, int fd, const struct link_user *user, struct err *e)
{
    static const struct link_where nowhere;
    struct link *at = new_link(l, &nowhere, user, e);
    if (!at) {
        close(fd);
        return false;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    l->link[l->count++] = at;
    add_client(at, fd, fd);
    return true;
}

static bool has_output(const struct links *l)
{
    bool any = false;
    for (unsigned i = 0; i < l->count; i++) {
        for (const struct link_client *c = l->link[i]->first; c; c = c->next)
            any |= c->out_len && !c->gone;
    }
    return any;
}

void links_close(struct links *l)
{
    for (u64 end = host_now() + LAST_MOMENT; has_output(l) && host_now() < end;) {
        struct watched w = {.count = 0};
        for (unsigned i = 0; i < l->count; i++) {
            for (struct link_client *c = l->link[i]->first; c; c = c->next) {
                if (c->out_len && !c->gone)
                    watch_file(&w, c->out, POLLOUT, NULL, c);
            }
        }
        poll(w.file, w.count, 10);
        for (unsigned i = 0; i < w.count; i++)
            write_out(w.client[i]);
    }
    for (unsigned i = 0; i < l->count; i++) {
        struct link *at = l->link[i];
        while (at->first) {
            struct link_client *c = at->first;
            at->first = c->next;
            free_client(c);
        }
        listen_end(&at->listener);
        free(at);
    }
    *l = (struct links){.count = 0};
}
