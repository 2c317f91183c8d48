/*
 * http_socket.c - the WebSockets of pages: who may come in, messages in, frames out. See
 * http_server.h; RFC 6455.
 *
 * A connection has to come from our own page (Origin and Host), says the token first and has
 * HELLO_SECONDS for that. No compression is offered: a few bytes could become many.
 */
#include "frontend/http/http_server.h"

#include <stdlib.h>
#include <string.h>

enum { HELLO_SECONDS = 10, TEXT_ROOM = 4096 };

/* ---- clients come and go ---- */

static struct http_client *place(struct http *h)
{
    struct http_client *c = NULL;
    pthread_mutex_lock(&h->lock);
    for (unsigned i = 0; i < HTTP_CLIENTS && !c; i++)
        c = h->client[i].state == HTTP_FREE ? &h->client[i] : NULL;
    if (c) {
        c->state = HTTP_HERE;
        c->held = false;
    }
    pthread_mutex_unlock(&h->lock);
    if (!c)
        return NULL;
    c->text_len = 0;
    c->greeted = c->parted = c->only_looks = false;
    c->sent = c->seen = 0;
    c->upload.fd = -1;
    return c;
}

static int come(struct http *h, struct lws *wsi, struct http_client **session)
{
    struct http_client *c = *session = place(h);
    if (!c) {
        static u8 why[] = "eight pages look at this machine already";
        h->lib.lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, why, sizeof(why) - 1);
        return -1;
    }
    c->wsi = wsi;
    h->lib.lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, HELLO_SECONDS);
    return 0;
}

/* The machine's thread makes its place free, when it has let go of its keys. */
static void leave(struct http *h, struct http_client *c)
{
    if (!c)
        return;
    http_upload_end(c);
    page_copy_free(&c->copy);
    free(c->text);
    c->text = NULL;
    c->text_room = 0;
    c->wsi = NULL;
    pthread_mutex_lock(&h->lock);
    c->state = HTTP_GONE;
    h->said = true;
    pthread_cond_signal(&h->something);
    pthread_mutex_unlock(&h->lock);
}

/* ---- messages ---- */

/* To the machine's thread. */
static void hand_over(struct http_client *c, struct http_message *m)
{
    struct http *h = c->http;
    pthread_mutex_lock(&h->lock);
    *c->in_end = m;
    c->in_end = &m->next;
    if (++c->waiting >= HTTP_WAITING && !c->held) {
        c->held = true;
        h->lib.lws_rx_flow_control(c->wsi, 0);
    }
    h->said = true;
    pthread_cond_signal(&h->something);
    pthread_mutex_unlock(&h->lock);
}

static void hand_over_message(struct http_client *c, struct page_message *message, char *file)
{
    struct http_message *m = malloc(sizeof(*m));
    if (m) {
        *m = (struct http_message){.message = *message, .file = file};
        hand_over(c, m);
        return;
    }
    page_message_free(message, c->http->json);
    free(file);
}

static void refuse(struct http_client *c, s64 id, const char *why)
{
    pthread_mutex_lock(&c->http->lock);
    http_queue_error(c, id, why);
    pthread_mutex_unlock(&c->http->lock);
    c->http->lib.lws_callback_on_writable(c->wsi);
}

/* `why` is not copied. */
static void send_away(struct http_client *c, const char *why)
{
    pthread_mutex_lock(&c->http->lock);
    c->farewell = why;
    pthread_mutex_unlock(&c->http->lock);
}

static void dismiss(struct http_client *c, s64 id, const char *why)
{
    refuse(c, id, why);
    send_away(c, why);
}

/* Which of the two tokens it is decides what the page may ever do. */
static bool says_token(struct http_client *c, const struct page_message *m)
{
    struct json *j = c->http->json;
    const struct json_value *token =
        m->kind == PAGE_COMMAND && strcmp(m->execute, "hello") == 0 && m->arguments
            ? json_get(j, m->arguments, "token")
            : NULL;
    const char *text = token ? json_text(j, token) : NULL;
    c->only_looks = text && http_token_ok(c->http->looking, text);
    return c->only_looks || (text && http_token_ok(c->http->token, text));
}

static void take_message(struct http_client *c)
{
    struct http *h = c->http;
    struct page_message m;
    struct err e;
    bool ok = page_message_read(&m, h->json, c->text, c->text_len, &e);
    if (!c->greeted && !(ok && says_token(c, &m))) {
        dismiss(c, m.id,
                ok ? "the token is wrong: take the address that the machine has printed"
                   : "the first message has to say hello, with the token");
    } else if (!ok) {
        refuse(c, m.id, e.text);
    } else if (m.kind == PAGE_SEEN) {
        if (m.seen - c->seen <= c->sent - c->seen) /* not one from the future */
            c->seen = m.seen;
        h->lib.lws_callback_on_writable(c->wsi);
    } else if (c->greeted && strcmp(m.execute, "page-insert") == 0) {
        s64 id = m.id;
        if (!http_upload_begin(c, &m, &e))
            refuse(c, id, e.text);
    } else if (c->greeted &&
               (strcmp(m.execute, "page-disks") == 0 || strcmp(m.execute, "page-fetch") == 0)) {
        if (!http_download(c, &m, &e))
            refuse(c, m.id, e.text);
        h->lib.lws_callback_on_writable(c->wsi);
    } else {
        if (!c->greeted)
            h->lib.lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
        c->greeted = true;
        hand_over_message(c, &m, NULL);
        return;
    }
    page_message_free(&m, h->json);
}

static int take_text(struct http_client *c, const u8 *data, size_t len)
{
    if (c->text_len + len > PAGE_BYTES) {
        dismiss(c, PAGE_NO_ID, "a message of more than 1 MiB");
        return 0;
    }
    if (!c->text || c->text_len + len > c->text_room) {
        size_t room = c->text_room ? c->text_room : TEXT_ROOM;
        while (room < c->text_len + len)
            room *= 2;
        char *bigger = realloc(c->text, room);
        if (!bigger)
            return -1;
        c->text = bigger;
        c->text_room = room;
    }
    memcpy(c->text + c->text_len, data, len);
    c->text_len += len;
    return 0;
}

static void take_bytes(struct http_client *c, const u8 *data, size_t len)
{
    struct err e;
    bool whole = false;
    s64 id = c->upload.message.id;
    if (!c->greeted || c->upload.fd < 0) {
        dismiss(c, PAGE_NO_ID, "bytes that nobody has asked for");
        return;
    }
    if (!http_upload_take(c, data, len, &whole, &e)) {
        http_upload_end(c);
        refuse(c, id, e.text);
        send_away(c, "the file has not arrived"); /* its bytes still come, and are nothing now */
        return;
    }
    if (!whole)
        return;
    struct page_message m = c->upload.message;
    char *path = c->upload.path;
    c->upload.message.tree = NULL;
    c->upload.path = NULL;
    http_upload_end(c);
    hand_over_message(c, &m, path);
}

/* It is being sent away. */
static bool parts(struct http_client *c)
{
    pthread_mutex_lock(&c->http->lock);
    bool does = c->farewell != NULL;
    pthread_mutex_unlock(&c->http->lock);
    return does;
}

static int receive(struct http *h, struct http_client *c, const u8 *data, size_t len)
{
    if (parts(c))
        return 0;
    if (h->lib.lws_frame_is_binary(c->wsi)) {
        take_bytes(c, data, len);
        return 0;
    }
    if (take_text(c, data, len) != 0)
        return -1;
    bool whole =
        h->lib.lws_is_final_fragment(c->wsi) && h->lib.lws_remaining_packet_payload(c->wsi) == 0;
    if (whole && !parts(c)) {
        take_message(c);
        c->text_len = 0;
    }
    return 0;
}

/* ---- frames ---- */

static int send_block(struct http *h, struct http_client *c, struct http_block *b)
{
    int n = h->lib.lws_write(c->wsi, b->bytes + LWS_PRE, b->len,
                             b->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
    free(b);
    return n < 0 ? -1 : 0;
}

/* false: there is no new picture, or those before it have not been seen. */
static bool wants_picture(struct http *h, struct http_client *c)
{
    if (!c->greeted || c->sent - c->seen >= HTTP_UNSEEN)
        return false;
    pthread_mutex_lock(&h->lock);
    bool new = c->known &&page_copy_take(&c->copy, &h->picture);
    pthread_mutex_unlock(&h->lock);
    return new;
}

static int send_picture(struct http *h, struct http_client *c)
{
    u8 *frame = malloc(LWS_PRE + page_frame_most(&c->copy));
    if (!frame)
        return -1;
    size_t len = page_frame_write(&c->copy, ++c->sent, frame + LWS_PRE);
    int n = h->lib.lws_write(c->wsi, frame + LWS_PRE, len, LWS_WRITE_BINARY);
    free(frame);
    return n < 0 ? -1 : 0;
}

/* The library sends the close, and ends the connection when it is answered or after five seconds.
 * Ended at once it would be one that was lost to a page that is still sending: it never reads why.
 */
static int part(struct http *h, struct http_client *c)
{
    u8 why[120];
    size_t len = strlen(c->farewell);
    len = len < sizeof(why) ? len : sizeof(why);
    memcpy(why, c->farewell, len);
    h->lib.lws_close_reason(c->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION, why, len);
    h->lib.lws_rx_flow_control(c->wsi, 1); /* for the answer, also behind too many messages */
    c->parted = true;
    return -1;
}

static int writeable(struct http *h, struct http_client *c)
{
    if (c->parted)
        return 0;
    pthread_mutex_lock(&h->lock);
    struct http_block *b = c->out;
    if (b) {
        c->out = b->next;
        if (!c->out)
            c->out_end = &c->out;
        c->out_bytes -= b->len;
        c->out_sound -= b->sound;
    }
    bool leaves = !b && c->farewell;
    pthread_mutex_unlock(&h->lock);
    if (leaves)
        return part(h, c);
    int result = b ? send_block(h, c, b) : wants_picture(h, c) ? send_picture(h, c) : 1;
    if (result == 0)
        h->lib.lws_callback_on_writable(c->wsi);
    return result < 0 ? -1 : 0;
}

void http_socket_look(struct http *h)
{
    for (unsigned i = 0; i < HTTP_CLIENTS; i++) {
        struct http_client *c = &h->client[i];
        if (!c->wsi || c->parted)
            continue;
        pthread_mutex_lock(&h->lock);
        bool again = c->held && c->waiting < HTTP_WAITING / 2;
        bool stuck = c->farewell && c->out_bytes > HTTP_OUT / 2;
        c->held = c->held && !again;
        pthread_mutex_unlock(&h->lock);
        if (stuck) { /* it fetches nothing, not even why */
            h->lib.lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
            continue;
        }
        if (again)
            h->lib.lws_rx_flow_control(c->wsi, 1);
        h->lib.lws_callback_on_writable(c->wsi);
    }
}

int http_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct http_client **session = user;
    struct http *h = http_of_thread();
    switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return http_site_trusted(h, wsi, true) ? 0 : -1;
    case LWS_CALLBACK_ESTABLISHED:
        return come(h, wsi, session);
    case LWS_CALLBACK_RECEIVE:
        return *session ? receive(h, *session, in, len) : 0; /* none: it is being sent away */
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return *session ? writeable(h, *session) : 0;
    case LWS_CALLBACK_CLOSED:
        leave(h, *session);
        *session = NULL;
        return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        http_socket_look(h);
        return 0;
    default:
        return 0;
    }
}
