/*
 * http_thread.c - the clients' thread: libwebsockets' context, and connections that come. See
 * http_server.h.
 *
 * All of the library is called from this thread alone, from making the context to its end. The
 * library calls back without saying for whom: the thread itself knows.
 *
 * The socket that listens is ours (frontend/link): its address, its mode, how many may come. The
 * library is told of it as of a file, and gets each connection to look after.
 */
#include "frontend/http/http_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_SECONDS = 10, IDLE_SECONDS = 30, PING_SECONDS = 20, GONE_SECONDS = 45 };
enum { REST = 1 }; /* s, when the host has no file left for a new connection */

/* All of a thread that begins with serve(). */
static _Thread_local struct http *served; /* by this thread */

struct http *http_of_thread(void)
{
    return served;
}

static void accept_all(struct http *h, struct lws *wsi)
{
    for (int fd; (fd = listen_accept(&h->listener)) >= 0;) {
        struct lws_vhost *vhost = h->lib.lws_get_vhost_by_name(h->context, "default");
        if (h->sockets >= HTTP_SOCKETS || !vhost) {
            close(fd);
            continue;
        }
        h->sockets++;
        if (!h->lib.lws_adopt_socket_vhost(vhost, fd)) /* which has closed it */
            h->sockets--;
    }
    if (listen_is_full(errno)) {
        h->lib.lws_rx_flow_control(wsi, 0);
        h->lib.lws_set_timer_usecs(wsi, REST * LWS_USEC_PER_SEC);
    }
}

/* The listening socket, as a file that can be read. */
static int on_listener(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                       size_t len)
{
    (void)user, (void)in, (void)len;
    if (reason == LWS_CALLBACK_RAW_RX_FILE)
        accept_all(served, wsi);
    else if (reason == LWS_CALLBACK_TIMER)
        served->lib.lws_rx_flow_control(wsi, 1);
    return 0;
}

static bool make_context(struct http *h, struct err *e)
{
    h->patience = (lws_retry_bo_t){.secs_since_valid_ping = PING_SECONDS,
                                   .secs_since_valid_hangup = GONE_SECONDS};
    h->protocols[0] = (struct lws_protocols){
        .name = "http", .callback = http_site, .per_session_data_size = http_site_session()};
    h->protocols[1] = (struct lws_protocols){.name = "ferrite",
                                             .callback = http_socket,
                                             .per_session_data_size = sizeof(struct http_client *)};
    h->protocols[2] = (struct lws_protocols){.name = "listener", .callback = on_listener};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN_SERVER,
        .protocols = h->protocols,
        .user = h,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .timeout_secs = HEADER_SECONDS,
        .keepalive_timeout = IDLE_SECONDS,
        .pt_serv_buf_size = 1 << 16,
        .retry_and_idle_policy = &h->patience,
        .options = LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
    };
    h->lib.lws_set_log_level(0, NULL);
    h->context = h->lib.lws_create_context(&info);
    return h->context || err_set(e, "-http: libwebsockets does not start");
}

static bool take_listener(struct http *h, struct err *e)
{
    struct lws_vhost *vhost = h->lib.lws_get_vhost_by_name(h->context, "default");
    /* A descriptor of its own: the library closes it. */
    lws_sock_file_fd_type fd = {.filefd = fcntl(h->listener.fd, F_DUPFD_CLOEXEC, 0)};
    return (vhost && fd.filefd >= 0 &&
            h->lib.lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "listener",
                                              NULL)) ||
           err_set(e, "-http: libwebsockets does not take the socket");
}

struct beginning {
    struct http *http;
    struct err *e;
    enum { BEGINS, BEGUN, FAILED } state; /* under the lock */
};

static void *serve(void *opaque)
{
    struct beginning *b = opaque;
    struct http *h = served = b->http;
    bool ok = make_context(h, b->e) && take_listener(h, b->e);
    pthread_mutex_lock(&h->lock);
    b->state = ok ? BEGUN : FAILED; /* and is no more */
    h->awake = ok;
    pthread_cond_signal(&h->something);
    pthread_mutex_unlock(&h->lock);
    while (ok && !atomic_load(&h->over) && h->lib.lws_service(h->context, 0) >= 0)
        ;
    pthread_mutex_lock(&h->lock);
    h->awake = false;
    pthread_mutex_unlock(&h->lock);
    if (h->context)
        h->lib.lws_context_destroy(h->context);
    return NULL;
}

bool http_thread_begin(struct http *h, struct err *e)
{
    struct beginning b = {.http = h, .e = e};
    /* Signals are the machine's. */
    sigset_t all, old;
    sigfillset(&all);
    sigdelset(&all, SIGSYS); /* the sandbox's word to each thread */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&h->thread, NULL, serve, &b);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error)
        return err_set(e, "-http: no thread: %s", strerror(error));
    h->runs = true;
    pthread_mutex_lock(&h->lock);
    while (b.state == BEGINS)
        pthread_cond_wait(&h->something, &h->lock);
    pthread_mutex_unlock(&h->lock);
    return b.state == BEGUN;
}

void http_wake(struct http *h)
{
    pthread_mutex_lock(&h->lock);
    if (h->awake)
        h->lib.lws_cancel_service(h->context);
    pthread_mutex_unlock(&h->lock);
}

void http_thread_end(struct http *h)
{
    atomic_store(&h->over, true);
    http_wake(h);
    if (h->runs)
        pthread_join(h->thread, NULL);
    h->runs = false;
}
