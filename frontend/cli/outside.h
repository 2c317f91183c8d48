/*
 * outside.h - those who steer a machine from outside, as -monitor, -qmp and -gdb say.
 */
#ifndef FERRITE_OUTSIDE_H
#define FERRITE_OUTSIDE_H

#include "frontend/cli/machine.h"

/* Open their places; the machine is there. */
bool outside_open(struct machine *m, struct err *e);
/* Did the user ask for a place? The one that a machine with a folder has anyway is none: nobody
 * need ever come there. */
bool outside_expected(const struct machine *m);
/* They hear what the guest has done: why vm_run() came back; VM_RESET_REQUEST: the machine has been
 * reset for it. */
void outside_tell(struct machine *m, enum vm_stop stop);
/* They hear the last, and are gone. */
void outside_close(struct machine *m);

#endif
