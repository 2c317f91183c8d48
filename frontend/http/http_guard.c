/*
 * http_guard.c - who may come in. See http_guard.h; RFC 6454 (Origin), RFC 9110, 7.2 (Host).
 */
#include "frontend/http/http_guard.h"

#include "frontend/http/http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool wrong(const char *text, const char *why, struct err *e)
{
    return err_set(e, "-http %.200s: %s; write PORT, ADDRESS:PORT or unix:PATH", text, why);
}

static bool is_port(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= 5 && strspn(text, "0123456789") == len && atoi(text) <= 65535;
}

static bool take_tcp(struct link_where *w, const char *text, struct err *e)
{
    const char *port = strrchr(text, ':');
    size_t len = port ? (size_t)(port - text) : 0;
    port = port ? port + 1 : text;
    if (!is_port(port))
        return wrong(text, "no port from 0 to 65535", e);
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (memchr(text, ':', len)) {
        return wrong(text, "an IPv6 address stands in brackets", e);
    }
    if (len >= sizeof(w->host))
        return wrong(text, "too long an address", e);
    w->kind = LINK_TCP;
    memcpy(w->host, text, len);
    w->host[len] = 0;
    snprintf(w->port, sizeof(w->port), "%s", port);
    return true;
}

bool http_where(struct link_where *w, const char *text, struct err *e)
{
    *w = (struct link_where){.kind = LINK_UNIX};
    if (strncmp(text, "unix:", 5) != 0)
        return take_tcp(w, text, e);
    if (!text[5])
        return wrong(text, "the path is missing", e);
    if (strlen(text + 5) >= sizeof(w->path))
        return wrong(text, "too long a path for a socket", e);
    snprintf(w->path, sizeof(w->path), "%s", text + 5);
    return true;
}

bool http_where_ok(const char *where, struct err *e)
{
    struct link_where scratch;
    return http_where(&scratch, where, e);
}

/* The host without its port and without brackets. */
static bool bare_host(const char *host, char *out, size_t size)
{
    size_t len = strcspn(host, ":");
    if (host[0] == '[') {
        host++;
        len = strcspn(host, "]");
        if (host[len] != ']')
            return false;
        if (host[len + 1] && (host[len + 1] != ':' || !is_port(host + len + 2)))
            return false;
    } else if (host[len] && !is_port(host + len + 1)) {
        return false;
    }
    if (!len || len >= size)
        return false;
    memcpy(out, host, len);
    out[len] = 0;
    return true;
}

bool http_host_ok(const struct link_where *w, const char *host, const char *own)
{
    char name[256];
    struct in6_addr a;
    if (!bare_host(host, name, sizeof(name)))
        return false;
    if (inet_pton(AF_INET, name, &a) == 1 || inet_pton(AF_INET6, name, &a) == 1)
        return true;
    return strcasecmp(name, "localhost") == 0 || (w->host[0] && strcasecmp(name, w->host) == 0) ||
           (own && *own && strcasecmp(name, own) == 0);
}

bool http_origin_ok(const char *origin, const char *host)
{
    const char *rest = strncasecmp(origin, "http://", 7) == 0    ? origin + 7
                       : strncasecmp(origin, "https://", 8) == 0 ? origin + 8
                                                                 : NULL;
    return rest && *host && strcasecmp(rest, host) == 0;
}

bool http_token_ok(const char *token, const char *given)
{
    unsigned different = 0;
    if (strlen(given) != HTTP_TOKEN || strlen(token) != HTTP_TOKEN)
        return false;
    for (size_t i = 0; i < HTTP_TOKEN; i++)
        different |= (unsigned)(token[i] ^ given[i]);
    return !different;
}

const char *http_path(const char *uri)
{
    if (uri[0] != '/')
        return NULL;
    return uri[1] ? uri + 1 : "index.html";
}
