/*
 * monitor.h - the machine for people: lines of the table of commands (frontend/control/command.h)
 * over a socket or a terminal, each answered as text behind which a prompt comes.
 *
 * Names are QEMU's where they mean the same, and so are spellings such as `x/4xw 0x7c00`
 * (request_spelling.c). A client's lines are done one after the other; one that takes guest time
 * holds only its own client's next ones, and Ctrl-C (byte 03h) ends its waiting.
 */
#ifndef FERRITE_MONITOR_H
#define FERRITE_MONITOR_H

#include "frontend/control/control.h"
#include "frontend/link/link.h"

struct monitor;

/* NULL: out of memory. The control is borrowed. */
struct monitor *monitor_new(struct control *c, const char *version);
/* After links_close(); waits for the terminal's thread. NULL is fine. */
void monitor_free(struct monitor *m);
/* Who speaks at a place of -monitor. */
struct link_user monitor_user(struct monitor *m);
/*
 * The terminal at standard input and output, with lines that can be edited (terminal.h). false +
 * err: there is no terminal, or no libedit; then standard input can still be one more place.
 */
bool monitor_terminal(struct monitor *m, struct links *l, struct err *e);

#endif
