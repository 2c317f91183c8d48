/* terminal_thread.h - between monitor.c and the thread that sits at the terminal. */
#ifndef FERRITE_TERMINAL_THREAD_H
#define FERRITE_TERMINAL_THREAD_H

#include "frontend/link/link.h"

struct terminal_thread;

/* Its end of a pair of sockets becomes a client of the links. NULL + err. */
struct terminal_thread *terminal_thread_start(struct links *l, const struct link_user *user,
                                              struct err *e);
/* The other end is closed: it comes to its end. */
void terminal_thread_end(struct terminal_thread *t);

#endif
