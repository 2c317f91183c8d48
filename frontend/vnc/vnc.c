/*
 * vnc.c - the life of the VNC server, and the machine's loop with it. See vnc.h, vnc_server.h.
 *
 * The machine is kept to the host's clock as in the window. It is reached at the loopback address
 * or by a Unix socket of mode 0600 unless somebody says otherwise, and then with a password, or the
 * word that nobody wants one. What VNC calls a password is eight bytes against somebody who can
 * listen to a single login; a tunnel (ssh) is what is for networks that others use.
 */
#include "frontend/vnc/vnc.h"

#include "frontend/cli/confine.h"
#include "frontend/cli/pace.h"
#include "frontend/vnc/vnc_server.h"
#include "hw/base/hostfile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLICE (5 * NS_PER_MS)

/* ---- clients come and go ---- */

static void wake(const struct vnc_client *c)
{
    u64 one = 1;
    if (write(c->wake, &one, sizeof(one)) < 0)
        return; /* it is awake already */
}

/* Threads that have ended; their places are free again. */
static void clear_away(struct vnc *v)
{
    for (unsigned i = 0; i < VNC_CLIENTS; i++) {
        struct vnc_client *c = &v->client[i];
        pthread_mutex_lock(&v->lock);
        bool gone = c->state == CLIENT_GONE;
        pthread_mutex_unlock(&v->lock);
        if (!gone)
            continue;
        pthread_join(c->thread, NULL);
        vnc_take_input(v); /* its last keys, before they are let go */
        vnc_release(c);
        c->state = CLIENT_FREE;
    }
}

/* One more; false: it is turned away. */
static bool let_in(struct vnc *v, int fd)
{
    struct vnc_client *c = NULL;
    for (unsigned i = 0; i < VNC_CLIENTS && !c; i++)
        c = v->client[i].state == CLIENT_FREE ? &v->client[i] : NULL;
    if (!c || fd >= FD_SETSIZE) /* the library waits by select() */
        return false;
    c->connection = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (c->connection < 0)
        return false;
    c->fd = fd;
    c->state = CLIENT_HERE;
    if (pthread_create(&c->thread, NULL, vnc_client_thread, c) == 0)
        return true;
    c->state = CLIENT_FREE;
    close(c->connection);
    c->connection = -1;
    return false;
}

static void look_for_clients(struct vnc *v)
{
    clear_away(v);
    for (int fd; (fd = listen_accept(&v->listener)) >= 0;) {
        if (!let_in(v, fd))
            close(fd);
    }
}

/* ---- pictures ---- */

static void show(struct vnc *v, enum beam_sees sees, const struct screen *s)
{
    bool new = sees == BEAM_DARK;
    pthread_mutex_lock(&v->lock);
    if (sees == BEAM_PICTURE)
        new = vnc_picture_publish(&v->picture, s);
    else if (new)
        vnc_picture_dark(&v->picture);
    pthread_mutex_unlock(&v->lock);
    for (unsigned i = 0; new &&i < VNC_CLIENTS; i++)
        wake(&v->client[i]);
}

static void run(struct vnc *v)
{
    struct machine *m = v->m;
    struct control *c = &m->control;
    struct beam beam = {.end = 0};
    struct pace pace;
    struct screen s;
    m->window = false; /* an error of a disk ends the run unless somebody else can go on */
    ending_running(m->ending, m->vm);
    pace_begin(&pace, m->vm);
    for (;;) {
        look_for_clients(v);
        vnc_take_input(v);
        bool standing = control_stands(c);
        double before = host_seconds();
        u64 until = beam_next(&beam, m->vm, SLICE);
        if (!machine_run(m, until))
            break;
        if (!standing && c->follow && !m->script)
            pace_follow(&pace, m, host_seconds() - before);
        beam.fast = c->fast;
        show(v, beam_watch(&beam, m->vm, standing, v->picture.machines != 0, &s), &s);
        pace_keep(&pace, m, standing, 0.01);
    }
}

/* ---- life ---- */

/* The first line of the file. */
static bool read_password(struct vnc *v, struct err *e)
{
    const char *path = v->where.password_file;
    char line[VNC_PASSWORD + 2];
    const char *why;
    FILE *f = host_open_input(path, &why);
    if (!f)
        return err_set(e, "-display vnc: password file %.200s: %s", path, why);
    size_t n = fread(line, 1, sizeof(line) - 1, f);
    fclose(f);
    line[n] = 0;
    n = strcspn(line, "\r\n");
    if (n == 0 || n > VNC_PASSWORD)
        return err_set(e,
                       "-display vnc: password file %.200s: its first line is to be the password, "
                       "of 1 to %d bytes (VNC looks at no more)",
                       path, VNC_PASSWORD);
    memcpy(v->password, line, n);
    v->passwords[0] = v->password;
    /* The library takes its challenges from random(), and seeds that with the time of day. */
    unsigned char scratch[CHALLENGESIZE];
    unsigned seed;
    v->lib.rfbRandomBytes(scratch);
    if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
        srandom(seed);
    return true;
}

static bool open_listener(struct vnc *v, struct err *e)
{
    const struct vnc_where *w = &v->where;
    if (!listen_at(&v->listener, &w->place, "-display vnc", e))
        return false;
    if (w->place.kind == LINK_UNIX) {
        fprintf(stderr, "ferrite: VNC at unix:%s\n", w->place.path);
        return true;
    }
    if (!w->open && !w->password_file[0] && !listen_is_local(&v->listener))
        return err_set(e,
                       "-display vnc: others can reach the address %s; say password-file=FILE, or "
                       "no-password",
                       w->place.host);
    fprintf(stderr, "ferrite: VNC at %s port %s\n", w->place.host[0] ? w->place.host : "127.0.0.1",
            w->place.port);
    return true;
}

static bool open_server(struct vnc *v, struct err *e)
{
    const char *text = v->m->options->vnc;
    if (!vnc_where(&v->where, text ? text : "", e) || !vnc_library_open(&v->lib, e))
        return false;
    v->lib.rfbLogEnable(0);
    if (v->where.password_file[0] && !read_password(v, e))
        return false;
    snprintf(v->name, sizeof(v->name), "Ferrite");
    for (unsigned i = 0; i < VNC_CLIENTS; i++) {
        if (!vnc_client_init(&v->client[i], v, i, e))
            return false;
    }
    vnc_extension(&v->extension);
    v->lib.rfbRegisterProtocolExtension(&v->extension);
    return open_listener(v, e);
}

/* All clients are sent away; their threads end. */
static void close_server(struct vnc *v)
{
    listen_end(&v->listener);
    atomic_store(&v->over, true);
    pthread_mutex_lock(&v->lock);
    pthread_cond_broadcast(&v->room);
    for (unsigned i = 0; i < VNC_CLIENTS; i++) {
        if (v->client[i].connection >= 0)
            shutdown(v->client[i].connection, SHUT_RDWR);
    }
    pthread_mutex_unlock(&v->lock);
    for (unsigned i = 0; i < VNC_CLIENTS; i++) {
        struct vnc_client *c = &v->client[i];
        if (!c->vnc)
            continue;
        wake(c);
        if (c->state != CLIENT_FREE) {
            pthread_join(c->thread, NULL);
            control_cancel(&v->m->control, c);
        }
        vnc_client_free(c);
    }
    for (unsigned i = 0; i < v->queued; i++)
        free(v->queue[i].text);
    if (v->extension.enablePseudoEncoding)
        v->lib.rfbUnregisterProtocolExtension(&v->extension);
    vnc_picture_free(&v->picture);
    vnc_library_close(&v->lib);
}

bool vnc_run(struct machine *m, struct err *e)
{
    struct vnc *v = calloc(1, sizeof(*v));
    if (!v)
        return err_set(e, "out of memory");
    v->m = m;
    v->listener.fd = -1;
    pthread_mutex_init(&v->handshake, NULL);
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->room, NULL);
    for (unsigned i = 0; i < VNC_CLIENTS; i++)
        v->client[i].connection = v->client[i].wake = -1;
    bool ok = open_server(v, e) && confine(m, e);
    if (ok)
        run(v);
    close_server(v);
    pthread_cond_destroy(&v->room);
    pthread_mutex_destroy(&v->lock);
    pthread_mutex_destroy(&v->handshake);
    free(v);
    return ok;
}
