/*
 * http.h - a machine for the pages of browsers (-http): the page itself by HTTP, and what page and
 * machine say to each other by a WebSocket (RFC 6455). See README.md.
 *
 * A thread of its own speaks with the clients, through libwebsockets, which is loaded for it alone.
 * All functions here are called by the machine's thread, and none of them waits for a client.
 */
#ifndef FERRITE_HTTP_H
#define FERRITE_HTTP_H

#include "frontend/control/control.h"

struct http;

/* Borrowed; outlives it. */
struct http_facts {
    const char *version; /* "0.1.0" */
    const char *name;    /* of the machine; NULL: none */
    bool script;         /* one drives the machine: pages look on */
};

/* `where`: [ADDRESS:]PORT or unix:PATH. Says on standard error where the page is. NULL + err. */
struct http *http_open(struct control *c, const char *where, const struct http_facts *facts,
                       struct err *e);
/* Is it such a place? For the option. */
bool http_where_ok(const char *where, struct err *e);
/* Between slices of guest time: what pages have asked for is done, they get picture and sound. */
void http_attend(struct http *h);
/* Instead of sleeping: until a page has something, so many seconds at most. */
void http_wait(struct http *h, double seconds);
/* A sentence for the people at the pages. */
void http_tell(struct http *h, const char *text);
/* All are told why and sent away. NULL is fine. Calls that it has submitted are forgotten. */
void http_end(struct http *h, const char *why);
/* And the files that pages have sent are removed: behind the machine, whose disks they may be. */
void http_close(struct http *h);

#endif
