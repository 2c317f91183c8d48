/* http_machine.h - what http.c wants of http_machine.c; all by the machine's thread. */
#ifndef FERRITE_HTTP_MACHINE_H
#define FERRITE_HTTP_MACHINE_H

#include "frontend/http/http_server.h"

/* Messages that have come, clients that are gone. */
void http_take(struct http *h);
/* Picture and sound that are new. */
void http_show(struct http *h);
/* An event, to all who have said hello; `data`: an object, or NULL. Without the lock. */
void http_event(struct http *h, const char *name, const struct reply *data);
/* Nobody is there any more. */
void http_forget(struct http *h);

#endif
