/* headless.h - running a machine without a window. */
#ifndef FERRITE_HEADLESS_H
#define FERRITE_HEADLESS_H

#include "frontend/cli/machine.h"

/* Run to the end; the exit status is in m->status afterwards. */
void headless_run(struct machine *m);

#endif
