/*
 * http_guard.h - who may come in: addresses, the headers Host and Origin, the token. Plain
 * functions of texts, without a socket.
 */
#ifndef FERRITE_HTTP_GUARD_H
#define FERRITE_HTTP_GUARD_H

#include "frontend/link/link.h"

enum { HTTP_TOKEN = 32 }; /* hexadecimal digits of 128 bits */

/* [ADDRESS:]PORT, [IPv6]:PORT or unix:PATH. false + err. */
bool http_where(struct link_where *w, const char *text, struct err *e);

/*
 * Is this Host a name that only we have: an address in figures, localhost, the name that -http was
 * given, or this computer's own (`own`, may be NULL)? Any other could be a name that somebody else
 * has made to lead here (DNS rebinding). With or without a port.
 */
bool http_host_ok(const struct link_where *w, const char *host, const char *own);
/* Is the page that connects one that came from this very host? */
bool http_origin_ok(const char *origin, const char *host);
/* In the same time whatever is wrong. */
bool http_token_ok(const char *token, const char *given);

/* The path of a file of the site, "index.html" for "/"; NULL: there can be none of this name. */
const char *http_path(const char *uri);

#endif
