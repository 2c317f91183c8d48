/*
 * confine.h - the sandbox of one machine: what it may still reach is made from its command line and
 * its script, and then it is closed in (frontend/sandbox/).
 */
#ifndef FERRITE_CONFINE_H
#define FERRITE_CONFINE_H

#include "frontend/cli/machine.h"

/* Before anything is opened: what has to be started outside of it. */
void confine_prepare(struct machine *m);
/* Between machine_open() and the first slice, when the window is open. false + err: it must not
 * run. Its limit of memory is set here as well, whether there is a sandbox or not. */
bool confine(struct machine *m, struct err *e);
/* Does it, or its script, name a disk of a server? Before that is opened, or later. */
bool confine_has_servers(const struct machine *m);
/* What was made for it is removed; from machine_close(). */
void confine_end(struct machine *m);

/* -sandbox; -sandbox HOW[,folder=DIR]... */
bool option_sandbox(void *options, const char *value, struct err *e);

#endif
