/*
 * aftermath.h - what a run that failed leaves for a person: the screen as picture and text, the
 * last fault and what the processor was doing, the whole machine as a snapshot.
 */
#ifndef FERRITE_SUITE_AFTERMATH_H
#define FERRITE_SUITE_AFTERMATH_H

#include "frontend/cli/machine.h"

/* Into `folder`, which is made; what cannot be written is said on `messages`, the rest is. */
void aftermath_keep(struct machine *m, const char *folder, FILE *messages);

#endif
