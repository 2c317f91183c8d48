/*
 * machine_consoles.h - where a command line's machine writes and reads bytes: -serial, -parallel,
 * -debugcon and -chardev, for machine.c.
 */
#ifndef FERRITE_MACHINE_CONSOLES_H
#define FERRITE_MACHINE_CONSOLES_H

#include "frontend/cli/machine.h"

/* None is open yet. */
void machine_no_consoles(struct machine *m);
/* All of them, and into the configuration. false + err: one that cannot be opened. */
bool machine_open_consoles(struct machine *m, struct vm_config *c, struct err *e);
/* Between slices: what came in, and what has not got out yet. */
void machine_poll_consoles(struct machine *m);
/* false + err: one has lost what was written. */
bool machine_consoles_ok(struct machine *m, struct err *e);
void machine_flush_consoles(struct machine *m);
void machine_close_consoles(struct machine *m);

#endif
