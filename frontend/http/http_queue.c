/*
 * http_queue.c - what is on its way to a page, bounded. See http_server.h.
 */
#include "frontend/http/http_server.h"

#include "frontend/page/page_answer.h"

#include <stdlib.h>
#include <string.h>

void http_queue(struct http_client *c, const void *data, size_t len, bool binary, bool sound)
{
    if (c->state != HTTP_HERE || c->farewell || (sound && c->out_sound >= HTTP_SOUND))
        return;
    struct http_block *b = NULL;
    if (c->out_bytes + len <= HTTP_OUT)
        b = malloc(sizeof(*b) + LWS_PRE + len);
    if (!b) {
        if (!sound)
            c->farewell = "too much that was asked for has not been fetched";
        return;
    }
    *b = (struct http_block){.len = len, .binary = binary, .sound = sound};
    memcpy(b->bytes + LWS_PRE, data, len);
    *c->out_end = b;
    c->out_end = &b->next;
    c->out_bytes += len;
    c->out_sound += sound;
}

void http_queue_error(struct http_client *c, s64 id, const char *why)
{
    size_t len;
    char *text = page_error(id, why, &len);
    if (text)
        http_queue(c, text, len, false, false);
    free(text);
}

void http_message_free(struct http *h, struct http_message *m)
{
    page_message_free(&m->message, h->json);
    free(m->file);
    free(m);
}

void http_queue_drop_in(struct http_client *c)
{
    while (c->in) {
        struct http_message *next = c->in->next;
        http_message_free(c->http, c->in);
        c->in = next;
    }
    c->in_end = &c->in;
    c->waiting = 0;
}

void http_queue_free(struct http_client *c)
{
    while (c->out) {
        struct http_block *next = c->out->next;
        free(c->out);
        c->out = next;
    }
    http_queue_drop_in(c);
    c->out_end = &c->out;
    c->out_bytes = 0;
    c->out_sound = 0;
}
