/*
 * machine_close.h - is what a machine writes complete? For machine.c, between slices; and when it
 * is closed (machine_close()).
 */
#ifndef FERRITE_MACHINE_CLOSE_H
#define FERRITE_MACHINE_CLOSE_H

#include "frontend/cli/machine.h"

/* A run whose output has gaps is worth nothing: it ends. false: that has been said, once. */
bool machine_outputs_ok(struct machine *m);

#endif
