/*
 * gdb.h - a place at which a GDB can find the machine (-gdb, -s): sockets to conversations.
 */
#ifndef FERRITE_GDB_H
#define FERRITE_GDB_H

#include "frontend/control/control.h"
#include "frontend/link/link.h"

struct gdb;

/*
 * Listen there, "tcp::1234", "unix:PATH"; `option` is its name in messages. code32: see stub.h. One
 * GDB at a time: another one is turned away. NULL + err.
 */
struct gdb *gdb_open(struct links *l, struct control *c, const char *option, const char *where,
                     bool code32, struct err *e);
/* Is there work to do for it (stub.h), so that whoever runs the machine must not sleep? A part of
 * it. NULL is fine. */
bool gdb_busy(const struct gdb *g);
void gdb_work(struct gdb *g);
/* The processor has shut down: see stub.h. false as well when nobody is there. */
bool gdb_shutdown(struct gdb *g);
/* Tell the GDB that is there, before the links are closed. NULL is fine. */
void gdb_exits(struct gdb *g, int status);
/* After links_close(). */
void gdb_close(struct gdb *g);

#endif
