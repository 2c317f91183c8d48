/*
 * http_none.c - stands in for the page's server in a build without libwebsockets' headers.
 */
#include "frontend/http/http.h"

struct http *http_open(struct control *c, const char *where, const struct http_facts *facts,
                       struct err *e)
{
    (void)c, (void)facts;
    err_set(e, "-http %.200s: this build serves no page; install libwebsockets-dev and build again",
            where);
    return NULL;
}

void http_attend(struct http *h)
{
    (void)h;
}

void http_wait(struct http *h, double seconds)
{
    (void)h, (void)seconds;
}

void http_tell(struct http *h, const char *text)
{
    (void)h, (void)text;
}

void http_end(struct http *h, const char *why)
{
    (void)h, (void)why;
}

void http_close(struct http *h)
{
    (void)h;
}
