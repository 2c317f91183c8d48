/*
 * http.c - the life of the page's server. See http.h, http_server.h.
 */
#include "frontend/http/http.h"

#include "frontend/http/http_machine.h"
#include "frontend/page/page_event.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A browser that is there answers in a moment; on a host with a lot to do that can be a second. */
enum { FAREWELL_SECONDS = 3 };

double http_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- opening ---- */

static bool make_token(char token[HTTP_TOKEN + 1], struct err *e)
{
    u8 bytes[HTTP_TOKEN / 2];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return err_set(e, "-http: the host has no random numbers");
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* Where a browser finds it; the part behind # is sent nowhere by it. */
static void say_where(const struct http *h)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (h->where.kind == LINK_UNIX) {
        fprintf(stderr,
                "ferrite: the page is at unix:%s, for a tunnel (ssh -L 8080:%s); then "
                "http://localhost:8080/#token=%s\n"
                "ferrite: for who only looks on: http://localhost:8080/#token=%s\n",
                h->where.path, h->where.path, h->token, h->looking);
        return;
    }
    if (getsockname(h->listener.fd, (struct sockaddr *)&a, &len) != 0 ||
        getnameinfo((struct sockaddr *)&a, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    bool any = strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
    bool six = strchr(host, ':') && !any;
    const char *name = any ? (h->own_name[0] ? h->own_name : "localhost") : host;
    const char *open = six ? "[" : "", *close = six ? "]" : "";
    fprintf(stderr, "ferrite: the page is at http://%s%s%s:%s/#token=%s\n", open, name, close, port,
            h->token);
    fprintf(stderr, "ferrite: for who only looks on: http://%s%s%s:%s/#token=%s\n", open, name,
            close, port, h->looking);
}

static void hear(void *opaque, const struct control_event *event)
{
    struct http *h = opaque;
    struct reply r;
    reply_init(&r);
    const char *name = page_event(event, &r);
    http_event(h, name, &r);
    reply_free(&r);
    http_wake(h);
}

static bool open_server(struct http *h, const char *where, struct err *e)
{
    struct err why;
    h->listener.fd = -1;
    if (!http_where(&h->where, where, e) || !make_token(h->token, e) || !make_token(h->looking, e))
        return false;
    if (!http_library_open(&h->lib, &why) || !(h->json = json_open(&why)))
        return err_set(e, "-http %.200s: %.400s", where, why.text);
    if (gethostname(h->own_name, sizeof(h->own_name) - 1) != 0)
        h->own_name[0] = 0;
    if (!listen_at(&h->listener, &h->where, "-http", e) || !http_thread_begin(h, e))
        return false;
    say_where(h);
    if (!listen_is_local(&h->listener))
        fprintf(stderr,
                "ferrite: -http: others can reach this address, and nothing is encrypted on "
                "the way; a tunnel (ssh -L) is safer\n");
    h->listener_of_events = (struct control_listener){.hear = hear, .opaque = h};
    control_listen(h->control, &h->listener_of_events);
    return true;
}

struct http *http_open(struct control *c, const char *where, const struct http_facts *facts,
                       struct err *e)
{
    struct http *h = calloc(1, sizeof(*h));
    if (!h) {
        err_set(e, "out of memory");
        return NULL;
    }
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&h->something, &steady);
    pthread_condattr_destroy(&steady);
    pthread_mutex_init(&h->lock, NULL);
    h->control = c;
    h->facts = *facts;
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        struct http_client *client = &h->client[i];
        client->http = h;
        client->upload.fd = -1;
        client->out_end = &client->out;
        client->in_end = &client->in;
    }
    if (open_server(h, where, e))
        return h;
    http_end(h, "");
    http_close(h);
    return NULL;
}

/* ---- running ---- */

void http_attend(struct http *h)
{
    http_take(h);
    http_show(h);
}

static struct timespec steady_in(double seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    long long ns = t.tv_nsec + (long long)(seconds * 1e9);
    t.tv_sec += (time_t)(ns / 1000000000);
    t.tv_nsec = (long)(ns % 1000000000);
    return t;
}

void http_wait(struct http *h, double seconds)
{
    struct timespec until = steady_in(seconds);
    pthread_mutex_lock(&h->lock);
    while (!h->said && pthread_cond_timedwait(&h->something, &h->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&h->lock);
}

void http_tell(struct http *h, const char *text)
{
    struct reply r;
    reply_init(&r);
    reply_text(&r, "text", text);
    http_event(h, "notice", &r);
    reply_free(&r);
    http_wake(h);
}

/* ---- the end ---- */

/* Is anyone still here? Whoever is has been told to go, also one that has come only now. */
static bool send_away(struct http *h, const char *why)
{
    bool any = false;
    pthread_mutex_lock(&h->lock);
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        struct http_client *c = &h->client[i];
        any |= c->state == HTTP_HERE;
        if (c->state == HTTP_HERE && !c->farewell)
            c->farewell = why;
    }
    h->said = false; /* from here on: someone goes, or there is more that is not done any more */
    pthread_mutex_unlock(&h->lock);
    return any;
}

/* All that is on its way may still go, and the reason arrives: a connection that is cut before the
 * page has answered the close is one that was lost, to the page. */
static void say_farewell(struct http *h, const char *why)
{
    double end = http_seconds() + FAREWELL_SECONDS;
    for (double left; send_away(h, why) && (left = end - http_seconds()) > 0;) {
        http_wake(h);
        http_wait(h, left);
    }
}

void http_end(struct http *h, const char *why)
{
    if (!h)
        return;
    if (h->runs)
        say_farewell(h, why);
    http_thread_end(h);
    if (h->listener_of_events.hear)
        control_listen_no_more(h->control, &h->listener_of_events);
    http_forget(h);
    listen_end(&h->listener);
}

void http_close(struct http *h)
{
    if (!h)
        return;
    http_upload_remove_all(h);
    page_picture_free(&h->picture);
    json_close(h->json);
    http_library_close(&h->lib);
    pthread_cond_destroy(&h->something);
    pthread_mutex_destroy(&h->lock);
    free(h);
}
