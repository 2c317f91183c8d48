/*
 * guest_streams.h - our standard input, output and error for a program in the guest (ferrite dos).
 */
#ifndef FERRITE_GUEST_STREAMS_H
#define FERRITE_GUEST_STREAMS_H

#include "frontend/cli/machine.h"

/* The machine outlives what is made of the configuration. */
void guest_streams(struct machine *m, struct guest_config *c);

#endif
