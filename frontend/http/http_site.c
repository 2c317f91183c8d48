/*
 * http_site.c - the files of the page, from memory. See http_server.h; RFC 9110.
 *
 * Only GET of a file that is in the program; nothing of the host's files is ever looked for. What a
 * browser may do with the page is said in its headers: it loads from here alone, no other page
 * may show it in a frame, and its address, whose fragment has the token, is told to nobody.
 */
#include "frontend/http/http_server.h"

#include "frontend/http/http_files.h"

#include <string.h>
#include <strings.h>

enum { CHUNK = 1 << 15, HEADERS = 2048, URI = 256 };

struct transfer {
    const struct http_site_file *file;
    size_t at;
};

size_t http_site_session(void)
{
    return sizeof(struct transfer);
}

static const struct {
    const char *name, *value;
} headers[] = {
    /* Styles are set by scripts through the object model, which this allows. */
    {"content-security-policy:",
     "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' "
     "data: blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"x-content-type-options:", "nosniff"},
    {"x-frame-options:", "DENY"},
    {"referrer-policy:", "no-referrer"},
    {"cross-origin-opener-policy:", "same-origin"},
    {"cross-origin-embedder-policy:", "require-corp"},
    {"cross-origin-resource-policy:", "same-origin"},
    {"cache-control:", "no-cache"},
};

bool http_site_trusted(struct http *h, struct lws *wsi, bool origin)
{
    char host[URI], from[URI];
    if (h->lib.lws_hdr_copy(wsi, host, sizeof(host), WSI_TOKEN_HOST) <= 0 ||
        !http_host_ok(&h->where, host, h->own_name))
        return false;
    return !origin || (h->lib.lws_hdr_copy(wsi, from, sizeof(from), WSI_TOKEN_ORIGIN) > 0 &&
                       http_origin_ok(from, host));
}

static const struct http_site_file *find(const char *uri)
{
    const char *path = http_path(uri);
    for (const struct http_site_file *f = http_site_files; path && f->path; f++) {
        if (strcmp(f->path, path) == 0)
            return f;
    }
    return NULL;
}

/* Any error ends the connection. */
static int refuse(struct http *h, struct lws *wsi, unsigned status, const char *why)
{
    h->lib.lws_return_http_status(wsi, status, why);
    return -1;
}

static int begin(struct http *h, struct lws *wsi, struct transfer *t, const char *uri)
{
    u8 buffer[LWS_PRE + HEADERS], *begin = buffer + LWS_PRE, *at = begin,
                                  *end = buffer + sizeof(buffer) - 1;
    if (!http_site_trusted(h, wsi, false))
        return refuse(h, wsi, HTTP_STATUS_FORBIDDEN,
                      "This machine is not reached by that name; take the address that it has "
                      "printed.");
    if (!h->lib.lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI))
        return refuse(h, wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, "Only GET.");
    t->file = find(uri);
    t->at = 0;
    if (!t->file)
        return refuse(h, wsi, HTTP_STATUS_NOT_FOUND, "There is no such file.");
    if (h->lib.lws_add_http_common_headers(wsi, HTTP_STATUS_OK, t->file->type, t->file->size, &at,
                                           end))
        return -1;
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
        if (h->lib.lws_add_http_header_by_name(wsi, (const u8 *)headers[i].name,
                                               (const u8 *)headers[i].value,
                                               (int)strlen(headers[i].value), &at, end))
            return -1;
    }
    if (h->lib.lws_finalize_write_http_header(wsi, begin, &at, end))
        return -1;
    h->lib.lws_callback_on_writable(wsi);
    return 0;
}

static int go_on(struct http *h, struct lws *wsi, struct transfer *t)
{
    u8 buffer[LWS_PRE + CHUNK];
    if (!t->file)
        return 0;
    size_t n = t->file->size - t->at < CHUNK ? t->file->size - t->at : CHUNK;
    bool last = t->at + n == t->file->size;
    memcpy(buffer + LWS_PRE, t->file->bytes + t->at, n);
    if (h->lib.lws_write(wsi, buffer + LWS_PRE, n, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
        0)
        return -1;
    t->at += n;
    if (!last) {
        h->lib.lws_callback_on_writable(wsi);
        return 0;
    }
    t->file = NULL;
    return h->lib.lws_http_transaction_completed(wsi) ? -1 : 0;
}

int http_site(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
    struct transfer *t = user;
    char uri[URI];
    struct http *h;
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        h = http_of_thread();
        if (!in || len >= sizeof(uri))
            return refuse(h, wsi, HTTP_STATUS_REQ_URI_TOO_LONG, NULL);
        memcpy(uri, in, len);
        uri[len] = 0;
        return begin(h, wsi, t, uri);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return go_on(http_of_thread(), wsi, t);
    case LWS_CALLBACK_WSI_DESTROY:
        h = http_of_thread();
        h->sockets -= h->sockets > 0;
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: /* to HTTP/2, in which requests look otherwise */
        return in && strcasecmp(in, "websocket") == 0 ? 0 : -1;
    /* A WebSocket of no protocol, or of another: there is none. */
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return -1;
    default:
        return 0;
    }
}
