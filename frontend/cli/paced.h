/*
 * paced.h - the run loop for people who look at a page (-http) and not at a window: kept to the
 * host's clock.
 */
#ifndef FERRITE_PACED_H
#define FERRITE_PACED_H

#include "frontend/cli/machine.h"

void paced_run(struct machine *m);

#endif
