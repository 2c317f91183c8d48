/*
 * machine_counts.h - -symbols, -profile, -coverage and the instructions of -d of a command line's
 * machine, for machine.c.
 */
#ifndef FERRITE_MACHINE_COUNTS_H
#define FERRITE_MACHINE_COUNTS_H

#include "frontend/cli/machine.h"

/* With the machine as it is when the run begins. false + err. */
bool machine_begin_counts(struct machine *m, struct err *e);
/* At the end of the run: the files are written. What goes wrong is said, and counts. */
void machine_end_counts(struct machine *m);

#endif
